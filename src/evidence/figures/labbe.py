"""L'Abbé's plot: event rates of two groups against each other, with the pooled effect as a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from evidence.arguments import FloatArray
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError
from evidence.figures import marks
from evidence.figures.bubble_labels import Room
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis
from evidence.figures.key import Entry
from evidence.figures.network_page import place_words, sheet
from evidence.figures.plane import Plane, along, draw_labels, draw_plane, inches, needed
from evidence.figures.style import BLUE, MUTED, VERMILLION, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import counted, printable, shortened
from evidence.robustness.count_models import counts
from evidence.synthesis.pooled import Pooled

MEASURES = ("OR", "PETO", "RR", "RD")

_POINTS = 201
_SMALLEST = 0.06
_FREE = 10


@dataclass(frozen=True, slots=True)
class Rates:
    """Event rates of both groups in percent, counts, weights relative to the heaviest, and the effects."""

    first: FloatArray
    second: FloatArray
    given: dict[str, FloatArray]
    share: FloatArray
    labels: tuple[str, ...]
    effects: Effects
    pooled: Pooled | None


@house_style()
def labbe(
    result: Pooled | Effects,
    *,
    groups: tuple[str, str] = ("treatment", "control"),
    labels: bool = True,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "labbe",
) -> EvidenceFigure:
    """Draw the event rates of two groups against each other (L'Abbé et al. 1987, Ann Intern Med 107:224).

    The area of a bubble is the weight of its study. On the thin line both groups fare alike; the thick curve
    is the pooled odds ratio, risk ratio or risk difference at each rate of the second group, the band its
    confidence interval.

    Parameters
    ----------
    result : Pooled or Effects
        Of odds ratios, risk ratios or risk differences with the counts of both groups (columns events_1,
        total_1, events_2, total_2), as a question on events gives them. Effects alone, or one study, are
        shown without a pooled curve.
    groups : (str, str)
        Names of the first and the second group.
    labels : bool
        Write the studies' labels beside their bubbles where there is room.
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
        If the result is of another kind, has no counts, or no study is included.
    OptionError
        If the measure is none of the three, or there is no such preset.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"yi": [0.85, 0.51], "vi": [0.2, 0.1], "events_1": [12, 30], "total_1": [30, 60],
    ...                       "events_2": [6, 22], "total_2": [30, 60]})
    >>> print(labbe(Effects(table, measure="OR", scale="log")).alt)
    L'Abbé plot of 2 studies: events in 40 to 50 % (treatment) and 20 to 37 % (control).
    """
    rates = _rates(result)
    units = axis(rates.effects.scale, rates.effects.measure, None)
    style = preset_called(preset)
    names = tuple(printable(group) for group in groups)
    plane = _plane(rates, units, names)
    title = rates.effects.title if title is None else title
    key = _key(rates)
    page = sheet(style, (title, subtitle or ""), key, source, lambda w: needed(plane, style, w))
    alt = _alt(rates, units, names)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} {_words(rates, names)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    axes, size = draw_plane(figure, page, plane, "labbe")
    lines = _draw_lines(axes, rates, style.base)
    largest = 1.9 * style.base * min(1.0, (_FREE / rates.share.size) ** 0.35)
    area = largest**2 * np.maximum(rates.share, _SMALLEST)
    order = np.argsort(-area, kind="stable")
    look = {"facecolor": (*_rgb(BLUE), 0.62), "edgecolor": BLUE, "linewidths": 0.08 * style.base}
    axes.scatter(rates.second[order], rates.first[order], s=area[order], clip_on=False, zorder=4, **look)
    if labels:
        points = np.vstack([along(line, plane, size) for line in lines])
        room = Room(inches(rates.second, rates.first, plane, size), np.sqrt(area) / 2 / 72, size, points)
        draw_labels(axes, rates.labels, room, style.small)
    return figure


def _rates(result: Any) -> Rates:
    if not isinstance(result, (Pooled, Effects)):
        raise InputError(f"labbe draws Effects or a pooled result of them, not {type(result).__name__}.")
    effects = result if isinstance(result, Effects) else result.effects
    if effects.measure not in MEASURES:
        raise OptionError(f"labbe draws {', '.join(MEASURES)}, not the measure {effects.measure!r}.")
    if not effects.k:
        raise InputError("labbe needs a study; none is included.")
    given = counts(effects)
    pooled = result if isinstance(result, Pooled) and result.k > 1 else None
    weights = 1 / effects.vi if pooled is None else pooled.weights
    return Rates(
        100 * given["ai"] / given["n1i"],
        100 * given["ci"] / given["n2i"],
        given,
        weights / weights.max(),
        tuple(printable(label) for label in effects.included["label"]),
        effects,
        pooled,
    )


def at_rate(rate: FloatArray, effect: float, measure: str) -> FloatArray:
    """Return the event rate of the first group at each rate of the second, as proportions.

    Examples
    --------
    >>> round(float(at_rate(0.2, np.log(4), "OR")), 6), float(at_rate(0.2, np.log(2), "RR"))
    (0.5, 0.4)
    """
    rate = np.asarray(rate, dtype=float)
    if measure == "RD":
        return rate + effect
    if measure == "RR":
        return rate * np.exp(effect)
    return expit(logit(rate) + effect)


def _curve(effect: float, measure: str) -> FloatArray:
    """Points of a pooled effect within the square, percent, shape (m, 2)."""
    with np.errstate(divide="ignore"):
        second = np.linspace(0, 1, _POINTS)
        first = at_rate(second, effect, measure)
    if measure == "RR" and effect > 0:
        second = np.append(second[first < 1], np.exp(-effect))
        first = at_rate(second, effect, measure)
    elif measure == "RD":
        low, high = max(0.0, -effect), min(1.0, 1 - effect)
        second = np.linspace(low, high, _POINTS)
        first = second + effect
    return 100 * np.column_stack([second, first])


def _band(low: float, high: float, measure: str) -> FloatArray:
    """Outline of the confidence interval of the pooled effect, percent."""
    second = np.linspace(0, 1, _POINTS)
    with np.errstate(divide="ignore"):
        edges = [np.clip(at_rate(second, end, measure), 0, 1) for end in (low, high)]
    return 100 * np.column_stack([np.r_[second, second[::-1]], np.r_[edges[0], edges[1][::-1]]])


def _draw_lines(axes: Any, rates: Rates, base: float) -> list[FloatArray]:
    """Draw the line of no effect and the pooled curve with its band; return the lines."""
    alike = np.array([[0.0, 0.0], [100.0, 100.0]])
    axes.plot(*alike.T, color=MUTED, linestyle="--", linewidth=0.1 * base, zorder=2)
    if rates.pooled is None:
        return [alike]
    measure = rates.effects.measure
    band = _band(rates.pooled.ci_low, rates.pooled.ci_high, measure)
    axes.fill(*band.T, facecolor=VERMILLION, alpha=0.16, edgecolor="none", zorder=1)
    curve = _curve(rates.pooled.estimate, measure)
    axes.plot(*curve.T, color=VERMILLION, linewidth=0.22 * base, zorder=3)
    return [alike, curve]


def _rgb(color: str) -> tuple[float, ...]:
    return tuple(int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _plane(rates: Rates, units: Axis, groups: tuple[str, ...]) -> Plane:
    entries = [
        Entry(marks.point(facecolor=(*_rgb(BLUE), 0.62), edgecolor=BLUE), "study, area by weight"),
        Entry(marks.line(color=MUTED, linestyle="--", width=0.08), "no effect", 2.2),
    ]
    if rates.pooled is not None:
        pooled = rates.pooled
        words = units.estimate(pooled.estimate, pooled.ci_low, pooled.ci_high)
        said = f"pooled {units.short} {words}, band {100 * pooled.level:g} % CI"
        entries.append(Entry(marks.line(color=VERMILLION, width=0.18), said, 2.2))
    highest = max(rates.first.max(), rates.second.max())
    end = min(100.0, 10 * np.ceil((highest + 5) / 10))
    limits = (-0.02 * end, 1.02 * end)
    return Plane(
        across=limits,
        up=limits,
        xlabel=f"Events, %: {groups[1]}",
        ylabel=f"Events, %: {groups[0]}",
        ratio=0.66,
        entries=tuple(entries),
    )


def _alt(rates: Rates, units: Axis, groups: tuple[str, ...]) -> str:
    reach = [f"{values.min():.0f} to {values.max():.0f} %" for values in (rates.first, rates.second)]
    pooled = ""
    if rates.pooled is not None:
        words = units.estimate(rates.pooled.estimate, rates.pooled.ci_low, rates.pooled.ci_high)
        pooled = f"; pooled {units.short} {words}"
    return (
        f"L'Abbé plot of {counted(len(rates.labels), 'study', 'studies')}: events in {reach[0]} ({groups[0]})"
        f" and {reach[1]} ({groups[1]}){pooled}."
    )


def _words(rates: Rates, groups: tuple[str, ...]) -> str:
    given = rates.given
    rows = zip(rates.labels, given["ai"], given["n1i"], given["ci"], given["n2i"], strict=True)
    return "; ".join(
        f"{label}: {a:.6g} of {n1:.6g} ({groups[0]}), {c:.6g} of {n2:.6g} ({groups[1]})"
        for label, a, n1, c, n2 in rows
    )


def _key(rates: Rates) -> str:
    if rates.pooled is None:
        return "Each bubble is a study; area by inverse variance. Nothing is pooled."
    same = {"RD": "the difference of rates", "RR": "the ratio of rates"}
    what = same.get(rates.effects.measure, "the odds ratio")
    return f"Bubbles would lie along the curve if {what} were the same in all. {rates.pooled.method_text()}"
