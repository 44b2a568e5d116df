"""The drapery plot: the p value of every hypothesis about the effect, for all studies and for their mean."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from evidence.arguments import FloatArray
from evidence.errors import InputError, OptionError
from evidence.figures import marks
from evidence.figures.bubble_labels import Room
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, robust_limits
from evidence.figures.key import Entry
from evidence.figures.network_page import place_words, sheet
from evidence.figures.plane import Plane, along, draw_labels, draw_plane, inches, needed
from evidence.figures.style import INK, MUTED, ORANGE, RULE, VERMILLION, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, printable, shortened, text_width
from evidence.figures.text import p_value as p_words
from evidence.synthesis.inference import quantile
from evidence.synthesis.kernels import problems, weighted
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.prediction import prediction_half_width

P = np.r_[1.0, np.linspace(0.995, 0.05, 70), np.geomspace(0.045, 0.0005, 30)]

_TOP = 1.24  # of the axis: room for labels over the peaks
_TICKS = ((0.0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1.0, "1"))
_PALEST = 0.25  # opacity of the lightest study


@house_style()
def drapery(
    result: Pooled,
    *,
    labels: bool = True,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "drapery",
) -> EvidenceFigure:
    """Draw p value functions of studies, pooled mean and prediction (Rücker and Schwarzer 2021).

    At each effect a curve gives the two-sided p value of the hypothesis that this is the true effect: its
    width at p = 0.05 is the 95 % interval, and so for every other level. Thin curves are studies, the darker
    the heavier; the thick one is the pooled mean, the shaded region belongs to the prediction interval.

    Parameters
    ----------
    result : Pooled
        Of two or more studies.
    labels : bool
        Write the studies' labels over their peaks where there is room.
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
        If the interval is that of Henmi and Copas, which has no simple p value function, or there is no
        such preset.

    References
    ----------
    Rücker and Schwarzer 2021, Res Synth Methods 12:13.

    Examples
    --------
    >>> from evidence.synthesis.pool import pool
    >>> print(drapery(pool(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")).alt)
    Drapery plot of 3 studies: Estimate 0.66 (−0.12 to 1.45), p = 0.097 at no effect.
    """
    if not isinstance(result, Pooled):
        raise InputError(f"drapery draws a pooled result, not {type(result).__name__}.")
    if result.k < 2:
        raise InputError(f"drapery needs 2 or more studies, not {result.k}.")
    if result.test == "HC":
        raise OptionError("drapery does not draw test='HC'; pool again with test='z' or 'adhoc'.")
    units = axis(result.scale, result.effects.measure, None)
    style = preset_called(preset)
    plane = _plane(result, units, text_width(_level_words(result), style.small) / style.em)
    title = result.effects.title if title is None else title
    key = _key(result)
    page = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(plane, style, w))
    names = [printable(label) for label in result.effects.included["label"]]
    alt = _alt(result, units)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} {_words(names, units, result)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    axes, size = draw_plane(figure, page, plane, "drapery")
    curves = _draw(axes, result, units, style.base)
    _draw_level(axes, result, style.small)
    if labels:
        points = np.vstack([along(curve, plane, size) for curve in curves])
        peaks = inches(units.drawn(result.yi), np.ones(result.k), plane, size)
        order = np.argsort(-result.weights, kind="stable")
        room = Room(peaks[order], np.full(result.k, 0.01), size, points)
        draw_labels(axes, [names[i] for i in order], room, style.small, never=points)
    return figure


def curve(centre: float, half: FloatArray, units: Axis) -> FloatArray:
    """Points of a p value function, shape (m, 2): effects on the axis and p values.

    `half` is half the width of the interval at the level ``1 - P``.
    """
    effect = np.r_[(centre - half)[::-1], (centre + half)[1:]]
    return np.column_stack([units.drawn(effect), np.r_[P[::-1], P[1:]]])


def mean_half(result: Pooled) -> FloatArray:
    """Half the width of the confidence interval of the mean at each level ``1 - P``."""
    return result.se * _quantiles(result.df)


def prediction_half(result: Pooled) -> FloatArray | None:
    """Half the width of the prediction interval at each level ``1 - P``, or None where there is none."""
    if result.prediction == "none":
        return None
    given = problems(result.yi, result.vi)
    at = weighted(given.y, given.v, np.array([result.tau2]) / given.unit)
    error = (result.se, result.df)
    return np.array(
        [
            prediction_half_width(
                result.prediction, given, at, tau2=result.tau2, level=1 - p, test_error=error
            )
            for p in P
        ]
    )


def _quantiles(df: float) -> FloatArray:
    return np.array([float(quantile(float(df), 1 - p)) for p in P])


def _plane(result: Pooled, units: Axis, right: float) -> Plane:
    reach = 1.3 * _quantiles(math.inf)[np.searchsorted(-P, -(1 - result.level))] * np.sqrt(result.vi)
    point, low, high = units.drawn([result.yi, result.yi - reach, result.yi + reach])
    anchors = units.drawn([result.ci_low, result.ci_high])
    predicted = units.drawn([result.pi_low, result.pi_high])
    words = units.estimate(result.estimate, result.ci_low, result.ci_high)
    entries = [
        Entry(marks.line(color=INK, alpha=0.6, width=0.07), "study, darker the heavier", 2.2),
        Entry(marks.line(color=VERMILLION, width=0.22), f"pooled {units.short} {words}", 2.2),
    ]
    if result.prediction != "none":
        said = f"prediction {units.interval(result.pi_low, result.pi_high)}"
        entries.append(Entry(marks.area(facecolor=ORANGE, alpha=0.25, edgecolor=ORANGE), said))
    return Plane(
        across=robust_limits(point, low, high, anchors, predicted, null=units.null),
        up=(0.0, _TOP),
        xlabel=units.long,
        ylabel="p value of each effect (two-sided)",
        x_units=units,
        ratio=0.5,
        entries=tuple(entries),
        right=right + 0.8,
        y_ticks=_TICKS,
    )


def _draw(axes: Axes, result: Pooled, units: Axis, base: float) -> list[FloatArray]:
    """Draw all curves; return those that labels must keep clear of."""
    if np.isfinite(units.null):
        axes.plot([units.null] * 2, [0, 1], color=RULE, linewidth=0.1 * base, zorder=0.5)
    predicted = prediction_half(result)
    if predicted is not None:
        points = curve(result.estimate, predicted, units)
        axes.fill_between(*points.T, facecolor=ORANGE, alpha=0.25, linewidth=0, zorder=0.8)
        axes.plot(*points.T, color=ORANGE, linestyle="--", linewidth=0.1 * base, zorder=1)
    normal = _quantiles(math.inf)
    share = result.weights / result.weights.max()
    curves = []
    for y, v, weight in zip(result.yi, result.vi, share, strict=True):
        curves.append(curve(float(y), normal * math.sqrt(v), units))
        opacity = _PALEST + (1 - _PALEST) * float(weight)
        axes.plot(*curves[-1].T, color=INK, alpha=0.75 * opacity, linewidth=0.08 * base, zorder=2)
    curves.append(curve(result.estimate, mean_half(result), units))
    axes.plot(*curves[-1].T, color=VERMILLION, linewidth=0.24 * base, zorder=3)
    axes.spines["left"].set_bounds(0, 1)
    return curves


def _draw_level(axes: Axes, result: Pooled, small: float) -> None:
    """Draw the height at which a curve is as wide as its interval, and name it right of the plot."""
    p = 1 - result.level
    axes.plot([0, 1], [p, p], transform=axes.get_yaxis_transform(), color=MUTED, linestyle=":", linewidth=0.8)
    axes.text(
        1.01,
        p,
        _level_words(result),
        transform=axes.get_yaxis_transform(),
        size=small,
        color=MUTED,
        va="center",
        parse_math=False,
    )


def _level_words(result: Pooled) -> str:
    return f"{100 * result.level:g} % CI"


def _alt(result: Pooled, units: Axis) -> str:
    words = units.estimate(result.estimate, result.ci_low, result.ci_high)
    null = f", {p_words(result.p)} at no effect" if np.isfinite(units.null) else ""
    return f"Drapery plot of {counted(result.k, 'study', 'studies')}: {units.short} {words}{null}."


def _words(names: list[str], units: Axis, result: Pooled) -> str:
    half = float(quantile(math.inf, result.level)) * np.sqrt(result.vi)
    rows = zip(names, result.yi, half, strict=True)
    return "; ".join(f"{name} {units.estimate(y, y - reach, y + reach)}" for name, y, reach in rows)


def _key(result: Pooled) -> str:
    wide = f"The dotted line cuts each curve at its {100 * result.level:g} % interval"
    region = "; shaded: where a further study's true effect may lie" if result.prediction != "none" else ""
    what = "A curve gives the p value of every effect as a hypothesis"
    return f"{what}. {wide}{region}. {result.method_text()}"
