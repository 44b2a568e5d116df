"""The radial (Galbraith) plot: standardised effects against precision, the effects themselves on an arc."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.path import Path

from evidence.arguments import FloatArray
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.figures import marks
from evidence.figures.bubble_labels import Room
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, ticks
from evidence.figures.key import Entry
from evidence.figures.network_page import place_words, sheet
from evidence.figures.plane import Plane, along, draw_labels, draw_plane, frame, inches, needed
from evidence.figures.style import BLUE, INK, MUTED, SKY, VERMILLION, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, number, printable, shortened, text_width
from evidence.synthesis.inference import quantile
from evidence.synthesis.pooled import Pooled

_MARK = 0.65  # width of a mark, of the type
_CLEAR = 0.14  # inches between the furthest study and the arc
_BAND = 0.22  # opacity
_ARC = 0.3  # of the height, that the ends of the arc may add


@dataclass(frozen=True, slots=True)
class Arc:
    """The arc about the origin: its radius and the origin in inches, and inches per unit up over across."""

    radius: float
    origin: tuple[float, float]
    slope: float

    def at(self, effect: FloatArray | float, beyond: float = 0.0) -> FloatArray:
        """Place of an effect on the arc, or `beyond` it: inches from the lower left corner."""
        angle = np.arctan(np.asarray(effect, dtype=float) * self.slope)
        out = self.radius + beyond
        return np.stack([out * np.cos(angle), out * np.sin(angle)], axis=-1) + self.origin


@house_style()
def radial(
    result: Pooled,
    *,
    labels: bool = True,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "radial",
) -> EvidenceFigure:
    """Draw a radial plot (Galbraith 1988, Stat Med 7:889).

    A study stands at its precision ``1 / sqrt(v + tau2)`` and its standardised effect ``y / sqrt(v + tau2)``,
    as metafor draws random-effects models: a line from the origin through it meets the arc at its effect. The
    line of the pooled mean has the mean as its slope; the thick part of the arc is its confidence interval.
    Were the model true, the band about the line would hold as many studies as its level says.

    Parameters
    ----------
    result : Pooled
        Of two or more studies; tau2 is taken as 0 where the mean has common-effect weights.
    labels : bool
        Write the studies' labels where there is room.
    title : str, optional
        What the figure says; default the title of the effects.
    subtitle, source : str, optional
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
        If the result is of another kind, or pools fewer than two studies.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.synthesis.pool import pool
    >>> print(radial(pool(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")).alt)
    Radial plot of 3 studies: Estimate 0.66 (−0.12 to 1.45); none outside the 95 % band.
    """
    if not isinstance(result, Pooled):
        raise InputError(f"radial draws a pooled result, not {type(result).__name__}.")
    if result.k < 2:
        raise InputError(f"radial needs 2 or more studies, not {result.k}.")
    units = axis(result.scale, result.effects.measure, None)
    style = preset_called(preset)
    x, z = coordinates(result)
    outside = np.abs(z - result.estimate * x) > quantile(np.inf, result.level)
    plane = _plane(result, units, x, z)
    title = result.effects.title if title is None else title
    key = _key(result)
    page = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(plane, style, w))
    names = [printable(label) for label in result.effects.included["label"]]
    alt = _alt(result, units, names, outside)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} {_words(names, units, result, x, z)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    plane, arc = _with_arc(plane, frame(page, plane)[2:], units, style, (x, z), result.yi)
    axes, size = draw_plane(figure, page, plane, "radial")
    line = _draw_model(axes, result, arc, plane, size, style.base)
    limits = _reach(arc, result, size)
    _draw_arc(axes, arc, units, result, (size, limits), style)
    width = _MARK * style.base
    look = {"facecolor": BLUE, "edgecolor": INK, "linewidths": 0.5, "zorder": 5}
    axes.scatter(x, z, s=width**2, **look)
    if labels:
        room = Room(inches(x, z, plane, size), np.full(x.size, width / 144), size, along(line, plane, size))
        beyond = [
            arc.at(np.linspace(*limits, 400), step) for step in np.arange(0, size[0] - arc.radius, 0.05)
        ]
        draw_labels(axes, names, room, style.small, never=np.vstack(beyond))
    return figure


def coordinates(result: Pooled) -> tuple[FloatArray, FloatArray]:
    """Return precision and standardised effect of every study."""
    common = result.method in ("EE", "IVhet") or result.test == "HC"
    error = np.sqrt(result.vi + (0.0 if common else result.tau2))
    return 1 / error, result.yi / error


def _plane(result: Pooled, units: Axis, x: FloatArray, z: FloatArray) -> Plane:
    reach = float(quantile(np.inf, result.level))
    low, high = _heights(result, x, z, reach)
    pad = 0.06 * (high - low)
    words = units.estimate(result.estimate, result.ci_low, result.ci_high)
    percent = f"{100 * result.level:g} %"
    within = "y / standard error" if result.tau2 == 0 else "y / √(v + tau²)"
    return Plane(
        across=(0.0, 1.0),
        up=(float(low - pad), float(high + pad)),
        xlabel="Precision, 1 / standard error" if result.tau2 == 0 else "Precision, 1 / √(v + tau²)",
        ylabel=f"Standardised effect, {within}",
        ratio=0.55,
        entries=(
            Entry(marks.line(color=VERMILLION, width=0.18), f"pooled {units.short} {words}", 2.2),
            Entry(marks.area(facecolor=SKY, alpha=_BAND), f"band that would hold {percent} of studies"),
        ),
    )


def _heights(result: Pooled, x: FloatArray, z: FloatArray, reach: float) -> tuple[float, float]:
    """Lowest and highest standardised effect to show: studies, the band, and what is near of the arc."""
    band = result.estimate * x.max()
    low, high = min(z.min(), -reach, band - reach), max(z.max(), reach, band + reach)
    room = _ARC * (high - low)
    ends = np.array([result.yi.min(), result.yi.max()]) * x.max()
    return float(max(min(low, ends[0]), low - room)), float(min(max(high, ends[1]), high + room))


def _with_arc(
    plane: Plane,
    size: tuple[float, float],
    units: Axis,
    style: Preset,
    points: tuple[FloatArray, FloatArray],
    effects: FloatArray,
) -> tuple[Plane, Arc]:
    """Choose the scale of the precision so that every study lies within the arc."""
    low, high = plane.up
    up = size[1] / (high - low)
    widest = max(text_width(units.number(value), style.small) for value in effects.tolist())
    radius = size[0] - widest - 1.6 * style.em
    x, z = points
    across = float((np.sqrt((radius - _CLEAR) ** 2 - (up * z) ** 2) / x).min())
    return replace(plane, across=(0.0, size[0] / across)), Arc(radius, (0.0, -low * up), up / across)


def _draw_model(
    axes: Axes, result: Pooled, arc: Arc, plane: Plane, size: tuple[float, float], base: float
) -> FloatArray:
    """Draw the line of the pooled mean up to the arc, and the band about it; return the line."""
    reach = float(quantile(np.inf, result.level))
    end = float(arc.at(result.estimate)[0] / size[0] * plane.across[1])
    line = np.array([[0.0, 0.0], [end, end * result.estimate]])
    last = plane.across[1]
    top = np.array([[0.0, reach], [last, last * result.estimate + reach]])
    outline = np.vstack([top, top[::-1] - [0, 2 * reach]])
    (band,) = axes.fill(*outline.T, facecolor=SKY, alpha=_BAND, edgecolor="none", zorder=1)
    half = np.linspace(-np.pi / 2, np.pi / 2, 181)
    rim = arc.origin + arc.radius * np.column_stack([np.cos(half), np.sin(half)])
    sector = np.clip(np.vstack([rim, [[0.0, size[1]], [0.0, 0.0]]]), 0, size) / size
    band.set_clip_path(Path(sector), transform=axes.transAxes)
    axes.plot(*line.T, color=VERMILLION, linewidth=0.18 * base, zorder=3)
    return line


def _draw_arc(
    axes: Axes,
    arc: Arc,
    units: Axis,
    result: Pooled,
    place: tuple[tuple[float, float], tuple[float, float]],
    style: Preset,
) -> None:
    """Draw the arc with its ticks, and the interval of the mean as its thick part.

    `place` is the size of the frame, inches, and the effects at the ends of the arc.
    """
    size, (low, high) = place

    def draw(points: FloatArray, color: str, width: float) -> None:
        axes.plot(*(points / size).T, transform=axes.transAxes, color=color, linewidth=width * style.base)

    draw(arc.at(np.linspace(low, high, 200)), MUTED, 0.09)
    interval = np.clip([result.ci_low, result.ci_high], low, high)
    draw(arc.at(np.linspace(*interval, 50)), VERMILLION, 0.3)
    for value, words in _arc_ticks(arc, units, (low, high), style):
        draw(np.stack([arc.at(value), arc.at(value, beyond=0.05)]), INK, 0.09)
        spot = arc.at(value, beyond=0.09) / size
        weight = "bold" if value == units.null else "normal"
        axes.text(
            *spot, words, transform=axes.transAxes, size=style.small, weight=weight, va="center", color=INK
        )


def _reach(arc: Arc, result: Pooled, size: tuple[float, float]) -> tuple[float, float]:
    """Effects at the ends of the arc: those of the studies, within the frame."""
    sines = (np.array([0.0, size[1]]) - arc.origin[1]) / arc.radius
    ends = 0.97 * np.tan(np.arcsin(np.clip(sines, -0.999, 0.999))) / arc.slope
    wanted = [result.yi.min(), result.yi.max(), result.ci_low, result.ci_high, named_scale(result.scale).null]
    low, high = np.clip([np.nanmin(wanted), np.nanmax(wanted)], *ends)
    return float(low), float(high)


def _arc_ticks(arc: Arc, units: Axis, limits: tuple[float, float], style: Preset) -> list[tuple[float, str]]:
    """Return the densest ticks whose labels stay apart, one above the other."""
    if limits[1] - limits[0] < 1e-9:
        return [(limits[0], units.number(limits[0]))]
    for width in np.linspace(6.0, 0.3, 24):
        spots, words = ticks(_as_ratio(units), limits, float(width), style.small)
        if spots and (np.diff(arc.at(spots)[:, 1]) > 1.3 * style.small / 72).all():
            return list(zip(spots, words, strict=True))
    return []


def _as_ratio(units: Axis) -> Axis:
    """The axis of the arc: proportions stay on the analysis scale, where the plot is straight."""
    return axis("identity", "", None) if units.percent else units


def _alt(result: Pooled, units: Axis, names: list[str], outside: FloatArray) -> str:
    far = [name for name, beyond in zip(names, outside, strict=True) if beyond]
    words = units.estimate(result.estimate, result.ci_low, result.ci_high)
    beyond = "none" if not far else ", ".join(far) if len(far) < 3 else str(len(far))
    count = counted(len(names), "study", "studies")
    return (
        f"Radial plot of {count}: {units.short} {words}; {beyond} outside the {100 * result.level:g} % band."
    )


def _words(names: list[str], units: Axis, result: Pooled, x: FloatArray, z: FloatArray) -> str:
    rows = zip(names, result.yi, x, z, strict=True)
    return "; ".join(
        f"{name} {units.number(y)} (precision {number(at)}, standardised {number(up)})"
        for name, y, at, up in rows
    )


def _key(result: Pooled) -> str:
    arc = "A line from the origin through a study meets the arc at its effect"
    scale = {"logit": " (logit scale)", "arcsine": " (arcsine scale)"}.get(result.scale, "")
    thick = f"the thick part of the arc is the {100 * result.level:g} % confidence interval of the mean."
    return f"{arc}{scale}; {thick} {result.method_text()}"
