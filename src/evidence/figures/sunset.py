"""The sunset funnel: which studies had the power to find an effect, and which found one without it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from scipy.special import ndtri

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.figures import sunset_words as say
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import axis
from evidence.figures.funnel_draw import DASHES, Frame, draw_names, points_along, upright
from evidence.figures.funnel_page import Layout, draw_page, page_of
from evidence.figures.funnel_rows import across
from evidence.figures.key import Drawer, Entry
from evidence.figures.style import BLUE, INK, PAPER, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import shortened, text_width, write
from evidence.robustness.study_power import StudyPower, study_power
from evidence.synthesis.pooled import Pooled

POWERS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# From least to most power; each lighter than the one before, so that grey shows them too.
SHADES = (
    "#D28A4E",
    "#D89965",
    "#DDA678",
    "#E2B38B",
    "#E7BF9D",
    "#EBCBAF",
    "#F0D6C0",
    "#F4E2D1",
    "#F9EDE2",
    "#FDF8F2",
)

_LABELS = ("underpowered", "all", "none")
_HALF = 0.5


@house_style()
def sunset(
    result: Pooled | Effects | pd.DataFrame,
    *,
    effect: float | None = None,
    null: float | None = None,
    alpha: float = 0.05,
    labels: str = "underpowered",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "sunset",
) -> EvidenceFigure:
    """Draw a power-enhanced ("sunset") funnel plot (Kossmeier, Tran and Voracek 2020, Z Psychol 228:43).

    A point is a study, full if it is significant. The bands are the power of a two-sided test, by standard
    error, to find the effect; significant studies in the dark bands found what they could hardly find.

    Parameters
    ----------
    result : Pooled, Effects or DataFrame
    effect : float, optional
        True effect on the analysis scale (a log ratio); by default the pooled estimate, which small studies
        may inflate.
    null : float, optional
        No effect on the analysis scale; default 0. A proportion needs one.
    alpha : float
        Two-sided level of significance.
    labels : {"underpowered", "all", "none"}
        Name the significant studies with a power below one half, or all, where there is room.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result cannot be drawn, a number is out of bounds, or a proportion has no `null`.
    OptionError
        If an option does not exist.

    Examples
    --------
    >>> table = pd.DataFrame({"yi": [0.3, 0.5, 0.9, 2.4], "vi": [0.01, 0.04, 0.16, 0.2]})
    >>> print(sunset(Effects(table, measure="SMD"), effect=0.4).alt)
    Sunset funnel plot of 4 studies: median power 34 % to find SMD 0.40; 4 significant, 1.8 expected.
    """
    option("labels", labels, _LABELS)
    style = preset_called(preset)
    if not isinstance(result, (Pooled, Effects, pd.DataFrame)):
        raise InputError(f"sunset draws a pooled result or effects, not {type(result).__name__}.")
    found = study_power(result, effect=effect, null=null, alpha=alpha)
    units = axis(found.scale, found.measure, None)
    shown = say.Shown(found, units, found.summary())
    layout = _layout(result, shown, style)
    entries = _entries(shown)
    page = page_of(layout, entries, style, (title or "", subtitle or "", say.notes(shown), source))
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(say.alt(shown), ALT_LENGTH),
        long_alt=say.long_alt(shown, title or ""),
        caption=f"{say.alt(shown)} {say.notes(shown)}",
        dpi=style.dpi,
    )
    at = draw_page(figure, page, layout, entries)
    edges = _edges(found, at.bottom)
    _draw_bands(at, edges, found)
    _write_powers(figure, at, edges, style)
    _draw(at, shown, labels)
    return figure


def _layout(result: Pooled | Effects | pd.DataFrame, shown: say.Shown, style: Preset) -> Layout:
    found, effects = shown.found, result.effects if isinstance(result, Pooled) else result
    bottom = 1.05 * float(np.sqrt(found.vi.max()))
    seen = np.array([*found.yi, found.effect, found.null])
    reach = _critical(found) * bottom
    right = text_width("Power", style.base) + 0.3 * style.em
    favours = effects.favours if isinstance(effects, Effects) else ("", "")
    return Layout(
        shown.units, across(seen, found.null, reach), bottom, "Standard error", favours, right=right
    )


def _critical(found: StudyPower) -> float:
    return float(ndtri(1 - found.alpha / 2))


def _edges(found: StudyPower, bottom: float) -> list[tuple[float, float]]:
    """Powers with the standard errors that have them, within the frame, from the top down."""
    edges = [(power, found.standard_error(power)) for power in reversed(POWERS)]
    return [(power, se) for power, se in edges if math.isfinite(se) and se < bottom]


def _draw_bands(at: Frame, edges: list[tuple[float, float]], found: StudyPower) -> None:
    low, high = at.across
    ends = [0.0, *(se for _, se in edges), at.bottom]
    powers = [1.0, *(power for power, _ in edges)]
    for above, below, power in zip(ends[:-1], ends[1:], powers, strict=True):
        shade = SHADES[round(10 * power) - 1] if found.effect != found.null else SHADES[0]
        band = Rectangle((low, above), high - low, below - above, facecolor=shade, edgecolor=PAPER, zorder=0)
        band.set_linewidth(0.04 * at.base)
        at.axes.add_patch(band)


def _write_powers(figure: EvidenceFigure, at: Frame, edges: list[tuple[float, float]], style: Preset) -> None:
    """Write the power beside each edge that has room, and what the numbers are above them."""
    box = at.axes.get_position()
    width, height = figure.get_size_inches()
    right, top = box.x1 * width + 0.4 * style.em, (1 - box.y1) * height
    write(figure, "Power", width - style.margin, top - style.em, size=style.base, align="right")
    last = -math.inf
    for power, se in edges:
        y = se / at.bottom * at.inches[1]
        if y - last < 1.2 * style.small / 72:
            continue
        last = y
        write(figure, f"{100 * power:.0f} %", right, top + y, size=style.small)


def _draw(at: Frame, shown: say.Shown, labels: str) -> None:
    found, reach = shown.found, _critical(shown.found) * at.bottom
    lines = [[(found.null, found.null + side * reach), (0, at.bottom)] for side in (-1, 1)]
    for x, y in lines:
        at.axes.plot(x, y, color=INK, linewidth=0.1 * at.base, zorder=2)
    upright(at, found.null, color=RULE, linewidth=0.1 * at.base, zorder=1)
    upright(at, found.effect, color=INK, dashes=DASHES, linewidth=0.14 * at.base, zorder=2)
    lines += [[(x, x), (0, at.bottom)] for x in (found.null, found.effect)]
    x, y, full = found.yi, np.sqrt(found.vi), shown.significant
    for chosen, face in ((~full, PAPER), (full, BLUE)):
        _points(at, x[chosen], y[chosen], face, x.size)
    named = (full & (found.power < _HALF)) | (labels == "all")
    if labels != "none" and named.any():
        names = [label if wanted else "" for label, wanted in zip(shown.labels, named, strict=True)]
        clear = [points_along(at, np.asarray(a, dtype=float), np.asarray(b, dtype=float)) for a, b in lines]
        nowhere = (np.empty(0), np.empty(0))
        draw_names(at, names, (x, y), nowhere, clear)


def _points(at: Frame, x: FloatArray, y: FloatArray, face: str, k: int) -> None:
    size = at.sized(k)
    look = {"facecolor": face, "edgecolor": PAPER if face == BLUE else BLUE, "clip_on": False}
    at.axes.scatter(x, y, s=size**2, linewidths=(0.1 if face == BLUE else 0.16) * size, zorder=5, **look)


def _entries(shown: say.Shown) -> list[Entry]:
    found = shown.found
    return [
        Entry(_dot(BLUE), f"significant at {found.alpha:g} ({found.observed})"),
        Entry(_dot(PAPER), f"not significant ({found.k - found.observed})"),
        Entry(_dashes, say.effect(shown)),
        Entry(_slope, f"p = {found.alpha:g}, outside: significant", 2.0),
        Entry(_ramp, "power, dark: low", 4.0),
    ]


def _dot(face: str) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        axes.scatter([x], [y], s=(0.55 * size) ** 2, facecolor=face, edgecolor=BLUE, linewidths=0.09 * size)

    return draw


def _dashes(axes: Axes, x: float, y: float, size: float) -> None:
    half = 0.55 * size / 72
    axes.plot([x, x], [y - half, y + half], color=INK, dashes=(3, 1.5), linewidth=0.12 * size)


def _slope(axes: Axes, x: float, y: float, size: float) -> None:
    half = 0.5 * size / 72
    axes.plot([x - half, x, x + half], [y + half, y - half, y + half], color=INK, linewidth=0.08 * size)


def _ramp(axes: Axes, x: float, y: float, size: float) -> None:
    wide, high = 3.0 * size / 72 / len(SHADES), 0.75 * size / 72
    left = x - wide * len(SHADES) / 2
    for i, shade in enumerate(SHADES):
        axes.add_patch(Rectangle((left + i * wide, y - high / 2), wide, high, facecolor=shade, linewidth=0))
    edge = {"edgecolor": RULE, "linewidth": 0.04 * size}
    axes.add_patch(Rectangle((left, y - high / 2), wide * len(SHADES), high, facecolor="none", **edge))
