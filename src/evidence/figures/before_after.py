"""Before and after: two bells of scores on one line, how far they lie apart, and what that cannot show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from scipy.special import ndtr

from evidence.arguments import FloatArray
from evidence.certainty.absolute import Absolute
from evidence.errors import InputError
from evidence.figures.canvas import box, put
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import cut, lay, plain_figure
from evidence.figures.plain_words import PER, people_words
from evidence.figures.style import BLUE, INK, MUTED, YELLOW, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import Block, counted, text_width

CAUTION = (
    "Take care: this is a change over time. It does not show what the treatment did."
    " Scars can change on their own, and no untreated group stands beside this one."
)
_STEP = (
    "Hatched: people who score better than the average before. Dot and bar: the average after and its range."
    " One step is how far a person is from the average as a rule (one standard deviation)."
)
_TALL = {"web": 9.0, "paper": 9.0, "slide": 5.5}  # height of the bells, ems
_TAIL = 3.2
_WHISKER, _TICKS = 2.0, 3.2  # ems


Place = Callable[[FloatArray | float], FloatArray]


@dataclass(frozen=True, slots=True)
class Change:
    """A change in steps (standard deviations before), better above nought, with its range."""

    estimate: float
    low: float
    high: float

    def shares(self) -> tuple[float, float, float]:
        """Return how many of 100 people score better than the average before, with the range.

        The normal distribution function of the change: Cohen's U3 (Cohen 1977, Statistical Power Analysis
        for the Behavioral Sciences, chapter 2), for scores that spread normally and alike.

        Examples
        --------
        >>> [round(share, 1) for share in Change(0.5, 0.0, 1.0).shares()]
        [69.1, 50.0, 84.1]
        """
        return tuple(float(PER * ndtr(value)) for value in (self.estimate, self.low, self.high))

    def moved(self) -> str:
        """Return how far the average moved, in words."""
        return f"The average moved by about {_span(self.estimate, self.low, self.high, 'step')}."


def _span(value: float, low: float, high: float, noun: str) -> str:
    """Write a change with its range, its sides named where they differ.

    Examples
    --------
    >>> _span(2.0, 1.2, 2.7, "step"), _span(1.0, -0.5, 2.5, "point")
    ('2.0 steps for the better (from 1.2 to 2.7)', '1.0 points for the better (from 0.5 worse to 2.5 better)')
    """
    side = "worse" if value < 0 else "better"
    ends = sorted((abs(low), abs(high)))
    between = f"from {ends[0]:.1f} to {ends[1]:.1f}"
    if low < 0 < high:
        between = f"from {-low:.1f} worse to {high:.1f} better"
    return f"{abs(value):.1f} {noun}s for the {side} ({between})"


def _checked(change: tuple[float, float, float]) -> Change:
    for name, value in zip(("estimate", "low", "high"), change, strict=True):
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float, np.number))
            or not np.isfinite(value)
        ):
            raise InputError(f"{name}={value!r} must be a finite number of standard deviations.")
    estimate, low, high = map(float, change)
    if not low <= estimate <= high:
        raise InputError(f"estimate={estimate:g} lies outside its range, low={low:g} to high={high:g}.")
    return Change(estimate, low, high)


@house_style()
def before_after_distributions(
    estimate: float,
    low: float,
    high: float,
    *,
    points: Absolute | None = None,
    groups: int | None = None,
    people: int | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "before_after_distributions",
) -> EvidenceFigure:
    """Draw the scores before and after as two bells, as far apart as the average changed.

    Parameters
    ----------
    estimate, low, high : float
        Standardised change with its 95 % interval, standard deviations; above nought is better.
    points : Absolute, optional
        The same in points of a scale, as `absolute` gives it.
    groups, people : int, optional
        How many groups of how many people it rests on.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If a number is not finite, the estimate lies outside its range, points are none of a scale, or a
        count is below 1.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> print(before_after_distributions(0.5, 0.2, 0.8).alt)
    The average moved by about 0.5 steps for the better (from 0.2 to 0.8).
    """
    change = _checked((estimate, low, high))
    for label, count in (("groups", groups), ("people", people)):
        if count is not None and (isinstance(count, bool) or count != int(count) or count < 1):
            raise InputError(f"{label}={count!r} must be a whole number of 1 or more.")
    facts = _facts(change, points, groups, people)
    style = preset_called(preset)
    page = sheet(style, (title or "", subtitle or ""), _STEP, source, partial(_needed, facts, style))
    said = [*facts, CAUTION, _STEP]
    figure, axes = plain_figure(
        page, name=name, title=title, subtitle=subtitle, said=said, short=change.moved()
    )
    _draw(axes, page, change, facts)
    return figure


def _facts(change: Change, points: Absolute | None, groups: int | None, people: int | None) -> list[str]:
    """Return the sentences under the bells."""
    facts = [change.moved()]
    if points is not None and points.unit:
        if not points.unit.startswith("points of "):
            raise InputError(f"points.unit={points.unit!r} must be points of a scale, or points be left out.")
        scale = points.unit.removeprefix("points of ")
        span = _span(points.value, points.low, points.high, "point")
        facts.append(f"On the {scale} scale that is {span}.")
    share = people_words(*change.shares())
    tail = " then score better than the average before."
    facts.append(f"{share}{tail} This holds if scores spread like a bell.")
    if groups and people:
        facts.append(f"It rests on {counted(groups, 'group')} with {counted(people, 'person', 'people')}.")
    return facts


def _words(facts: list[str], style: Preset, width: float) -> list[Block]:
    first, *others = facts
    blocks = [cut(first, width, 1.1 * style.base, 3, bold=True)]
    return blocks + [cut(text, width, style.base, 4) for text in others]


def _caution(style: Preset, width: float) -> Block:
    return cut(CAUTION, width - 1.6 * style.em, style.base, 6)


def _below(facts: list[str], style: Preset, width: float) -> float:
    """Return the height of everything under the bells, inches."""
    words = sum(each.height + 0.25 * style.em for each in _words(facts, style, width))
    return (_WHISKER + _TICKS) * style.em + words + _caution(style, width).height + 1.7 * style.em


def _needed(facts: list[str], style: Preset, width: float) -> tuple[float, float]:
    return width, (1.6 + _TALL[style.name]) * style.em + _below(facts, style, width)


def _draw(axes: Axes, page: Sheet, change: Change, facts: list[str]) -> None:
    style, em = page.preset, page.preset.em
    foot = page.middle - _below(facts, style, page.inner)
    start = min(0.0, change.low) - _TAIL if change.low < -_TAIL else min(0.0, change.estimate) - _TAIL
    limits = (start, max(max(0.0, change.estimate) + _TAIL, change.high + 0.3))
    scale = page.inner / (limits[1] - limits[0])

    def place(values: FloatArray | float) -> FloatArray:
        return (np.asarray(values, dtype=float) - limits[0]) * scale

    _bells(axes, change, place, foot, foot - 1.6 * em, style)
    _names(axes, change, place, 0.6 * em, style)
    _whisker(axes, change, place, foot + 0.5 * _WHISKER * em, style)
    line = foot + _WHISKER * em
    axes.plot([0, page.inner], [line, line], color=INK, linewidth=0.08 * style.base, zorder=3)
    spots, marks = ticks(axis("identity", "", None), limits, page.inner, style.small)
    for spot, mark in zip(spots, marks, strict=True):
        x = float(place(spot))
        axes.plot([x, x], [line, line + 0.3 * em], color=INK, linewidth=0.08 * style.base, zorder=3)
        half = text_width(mark, style.small) / 2
        if half <= x <= page.inner - half:
            put(axes, mark, x, line + 0.9 * em, size=style.small, align="center")
    caption = cut(
        "steps better than the average before (below 0: worse)", page.inner, style.small, 1, color=MUTED
    )
    lay(axes, caption, page.inner / 2, line + 1.45 * em, align="center")
    top = line + _TICKS * em
    for each in _words(facts, style, page.inner):
        top = lay(axes, each, 0.0, top) + 0.25 * em
    words = _caution(style, page.inner)
    box(
        axes,
        0.0,
        top + 0.15 * em,
        page.inner,
        words.height + 0.9 * em,
        face=tint(YELLOW, 0.35),
        radius=0.35 * em,
    )
    lay(axes, words, 0.8 * em, top + 0.6 * em)


def _bells(axes: Axes, change: Change, place: Place, foot: float, tall: float, style: Preset) -> None:
    """Draw both bells; of the one after, the people beyond the average before are hatched."""
    grid = np.linspace(-_TAIL, _TAIL, 161)
    height = foot - tall * np.exp(-(grid**2) / 2)
    looks = (
        ("before", 0.0, {"facecolor": "#C9CED4", "alpha": 0.75}, {"color": MUTED, "linestyle": (0, (4, 2))}),
        ("after", change.estimate, {"facecolor": tint(BLUE, 0.45), "alpha": 0.6}, {"color": BLUE}),
    )
    for z, (label, middle, fill, edge) in enumerate(looks):
        spots = np.column_stack([place(grid + middle), height])
        axes.add_patch(Polygon(spots, edgecolor="none", label=label, zorder=1 + z, clip_on=False, **fill))
        axes.plot(*spots.T, linewidth=0.17 * style.base, zorder=3, clip_on=False, **edge)
    beyond = grid[grid + change.estimate >= 0]
    if beyond.size > 1:
        first = -change.estimate if change.estimate < _TAIL else -_TAIL
        beyond = np.r_[first, beyond]
        curve = np.column_stack([place(beyond + change.estimate), foot - tall * np.exp(-(beyond**2) / 2)])
        spots = np.vstack([[curve[0, 0], foot], curve, [curve[-1, 0], foot]])
        hatch = {"hatch": "//", "hatchcolor": BLUE, "hatch_linewidth": 0.06 * style.base}
        axes.add_patch(Polygon(spots, facecolor="none", edgecolor="none", label="better", zorder=3, **hatch))
    x = float(place(0.0))
    axes.plot([x, x], [foot - tall, foot], color=INK, linewidth=0.1 * style.base, linestyle=":", zorder=4)


def _names(axes: Axes, change: Change, place: Place, middle: float, style: Preset) -> None:
    """Name the bells over their peaks; where these are close, one name ends where the other begins."""
    pairs = sorted([(0.0, "Before", MUTED), (change.estimate, "After", BLUE)], key=lambda pair: pair[0])
    (first, left, one), (second, right, other) = pairs
    wide = {name: text_width(name, 1.1 * style.base, True) for name in (left, right)}
    gap = 0.4 * style.em
    centre = float(place(first)) - wide[left] / 2, float(place(second)) - wide[right] / 2
    across = centre[0] + wide[left] + gap - centre[1]
    shift = max(0.0, across) / 2
    x = max(0.0, centre[0] - shift)
    again = max(centre[1] + shift, x + wide[left] + gap)
    for name, spot, color in ((left, x, one), (right, again, other)):
        put(axes, name, spot, middle, size=1.1 * style.base, bold=True, color=color)


def _whisker(axes: Axes, change: Change, place: Place, middle: float, style: Preset) -> None:
    """Draw how far the average after may lie, under the bells."""
    ends = place(np.array([change.low, change.high]))
    axes.plot(ends, [middle, middle], color=BLUE, linewidth=0.3 * style.base, label="range", zorder=4)
    for end in ends:
        caps = [middle - 0.35 * style.em, middle + 0.35 * style.em]
        axes.plot([end, end], caps, color=BLUE, linewidth=0.2 * style.base, zorder=4)
    dot = {"facecolor": BLUE, "edgecolor": "white", "linewidths": 0.1 * style.base, "zorder": 5}
    axes.scatter([place(change.estimate)], [middle], s=(0.95 * style.base) ** 2, label="average after", **dot)
