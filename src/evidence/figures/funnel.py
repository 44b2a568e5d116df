"""The funnel plot: estimates against the size of studies, with regions of significance about no effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.figures import funnel_words as say
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.funnel_draw import (
    ADJUSTED_DASHES,
    CENTRE,
    DASHES,
    LINE_DASHES,
    REGIONS,
    Frame,
    draw_curve,
    draw_limits,
    draw_names,
    draw_points,
    draw_regions,
    points_along,
    rimmed,
    upright,
)
from evidence.figures.funnel_page import Layout, draw_page, page_of
from evidence.figures.funnel_rows import SIZES, Line, Picture, picture
from evidence.figures.key import Drawer, Entry
from evidence.figures.style import BLUE, INK, PAPER, RULE, VERMILLION, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import shortened
from evidence.robustness.trim_and_fill import TrimAndFill
from evidence.synthesis.pooled import Pooled

_LABELS = ("outside", "all", "none")
_POINTS = 101  # of the line of a test


@house_style()
def funnel(
    result: Pooled | Effects | pd.DataFrame | TrimAndFill,
    *,
    contours: bool | None = None,
    filled: TrimAndFill | None = None,
    line: Line | None = None,
    y: str = "sei",
    labels: str = "outside",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "funnel",
) -> EvidenceFigure:
    """Draw a funnel plot, enhanced by contours of significance (Peters et al. 2008, J Clin Epidemiol 61:991).

    A point is a study, large ones at the top. The dashed lines are the limits within which studies would lie
    if all had the pooled effect. The shades are regions of two-sided p values about no effect: where studies
    seem missing in the white region of no significance, publication bias is likely; where they seem missing
    elsewhere, other reasons are.

    Parameters
    ----------
    result : Pooled, Effects, DataFrame or TrimAndFill
        Effects are pooled with the defaults of `pool`.
    contours : bool, optional
        Shade the regions; by default wherever the scale has a place of no effect and sizes are standard
        errors.
    filled : TrimAndFill, optional
        Of the same studies; filled studies are open rings, their mean a dotted line.
    line : AsymmetryTest or LimitMeta, optional
        Of the same studies: the line of `egger` (on what `y` shows, or "vi"), or the curve of `limit_meta`.
    y : {"sei", "pustejovsky", "sqrtninv"}
        What measures size: standard error; sqrt(1/n1 + 1/n2), the standard error of no standardised
        difference, which does not depend on the estimate; or the inverse root of people, without limits.
    labels : {"outside", "all", "none"}
        Name the studies outside the limits, or all, where there is room.
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
        If contours are asked for where there are none, sizes are missing, or `filled` or `line` belong to
        other studies.
    OptionError
        If an option does not exist.

    Examples
    --------
    >>> table = pd.DataFrame({"yi": [0.3, 0.5, 0.9, 2.4], "vi": [0.01, 0.04, 0.16, 0.2]})
    >>> print(funnel(Effects(table, measure="SMD")).alt)
    Funnel plot of 4 studies: pooled SMD 0.96 (−0.51 to 2.42); 3 outside the 95 % limits.
    """
    option("labels", labels, _LABELS)
    option("contours", contours, (None, True, False))
    style = preset_called(preset)
    shown = picture(result, filled, line, y, null=contours is not False)
    drawn = _contours(shown, contours)
    layout = Layout(shown.units, shown.across, shown.bottom, SIZES[y], shown.pooled.effects.favours)
    entries = _entries(shown, drawn)
    page = page_of(layout, entries, style, (title or "", subtitle or "", say.notes(shown), source))
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(say.alt(shown), ALT_LENGTH),
        long_alt=say.long_alt(shown, title or "", contours=drawn),
        caption=say.caption(shown),
        dpi=style.dpi,
    )
    _draw(draw_page(figure, page, layout, entries), shown, labels, contours=drawn)
    return figure


def _contours(shown: Picture, wanted: bool | None) -> bool:
    possible = shown.limits and np.isfinite(shown.units.null)
    if wanted and not possible:
        why = "sizes are no standard errors" if not shown.limits else "a proportion has no value of no effect"
        raise InputError(f"funnel: contours=True cannot be, for {why}.")
    return possible if wanted is None else bool(wanted)


def _draw(at: Frame, shown: Picture, labels: str, *, contours: bool) -> None:
    lines = []
    if contours:
        draw_regions(at, shown.units.null)
        lines.append([(shown.units.null,) * 2, (0, at.bottom)])
    mean = shown.pooled.estimate
    upright(at, mean, color=INK, linewidth=0.14 * at.base, zorder=2)
    lines.append([(mean, mean), (0, at.bottom)])
    if shown.limits:
        draw_limits(at, mean, shown.critical)
        reach = shown.critical * at.bottom
        lines += [[(mean, mean + side * reach), (0, at.bottom)] for side in (-1, 1)]
    if shown.line is not None:
        down = np.linspace(0, at.bottom, _POINTS)
        draw_curve(at, shown.line_at(down), down)
        lines.append([shown.line_at(down), down])
    if shown.filled is not None and shown.filled.k0:
        adjusted = shown.filled.estimate
        look = {"color": VERMILLION, "dashes": ADJUSTED_DASHES, "linewidth": 0.14 * at.base, "zorder": 2}
        upright(at, adjusted, path_effects=[rimmed(0.14 * at.base)], **look)
        lines.append([(adjusted, adjusted), (0, at.bottom)])
        draw_points(at, shown.filled_x, shown.filled_y, filled_in=True)
    draw_points(at, shown.x, shown.y)
    named = shown.outside | (labels == "all")
    if labels != "none" and named.any():
        names = [label if chosen else "" for label, chosen in zip(shown.labels, named, strict=True)]
        clear = [points_along(at, np.asarray(x, dtype=float), np.asarray(y, dtype=float)) for x, y in lines]
        draw_names(at, names, (shown.x, shown.y), (shown.filled_x, shown.filled_y), clear)


def _entries(shown: Picture, contours: bool) -> list[Entry]:
    """The key: what each mark is, with its numbers."""
    done = [Entry(_dot(), "study"), Entry(_upright(INK), say.mean(shown))]
    if shown.limits:
        done.append(Entry(_stroke(INK, DASHES, 0.08), say.limits(shown), 3.0))
    if shown.filled is not None:
        done.append(Entry(_dot(filled_in=True), f"filled in by trim and fill ({shown.filled.k0})"))
        if shown.filled.k0:
            words = f"mean with them {say.adjusted(shown)}"
            done.append(Entry(_upright(VERMILLION, ADJUSTED_DASHES), words))
    if shown.line is not None:
        done.append(Entry(_stroke(VERMILLION, LINE_DASHES, 0.12), say.line(shown), 3.0))
    if contours:
        (one, outer), (five, middle), (ten, inner) = REGIONS
        regions = (
            (CENTRE, f"two-sided p > {ten:.2f}"),
            (inner, f"{five:g} to {ten:.2f}"),
            (middle, f"{one:g} to {five:g}"),
        )
        done += [Entry(_swatch(shade), words, 2.0) for shade, words in (*regions, (outer, f"p < {one:g}"))]
    return done


def _dot(*, filled_in: bool = False) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        look = (
            {"facecolor": PAPER, "edgecolor": VERMILLION}
            if filled_in
            else {"facecolor": BLUE, "edgecolor": BLUE}
        )
        axes.scatter([x], [y], s=(0.55 * size) ** 2, linewidths=0.09 * size, **look)

    return draw


def _upright(color: str, dashes: tuple[float, ...] = ()) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        half = 0.5 * size / 72
        style = {"dashes": dashes} if dashes else {}
        axes.plot([x, x], [y - half, y + half], color=color, linewidth=0.12 * size, **style)

    return draw


def _stroke(color: str, dashes: tuple[float, ...], width: float) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        half = 1.1 * size / 72
        axes.plot([x - half, x + half], [y, y], color=color, dashes=dashes, linewidth=width * size)

    return draw


def _swatch(shade: str) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        wide, high = 1.3 * size / 72, 0.75 * size / 72
        edge = {"edgecolor": RULE, "linewidth": 0.04 * size}
        axes.add_patch(Rectangle((x - wide / 2, y - high / 2), wide, high, facecolor=shade, **edge))

    return draw
