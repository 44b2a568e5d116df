"""Before and after: two bells of scores on one line, how far they lie apart, and what that cannot show."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from evidence.arguments import FloatArray
from evidence.certainty.absolute import Absolute
from evidence.figures.before_after_words import CAUTION, STEP, Change, change_of, facts_of
from evidence.figures.canvas import box, put
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import cut, lay, plain_figure
from evidence.figures.style import BLUE, INK, MUTED, YELLOW, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import Block, text_width

_TALL = {"web": 9.0, "paper": 9.0, "slide": 2.0}  # height of the bells, ems
_TAIL = 3.2
_WHISKER, _TICKS = 2.0, 3.2  # ems


Place = Callable[[FloatArray | float], FloatArray]


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
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
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
    change = change_of((estimate, low, high))
    facts = facts_of(change, points, groups, people)
    style = preset_called(preset)
    page = sheet(style, (title or "", subtitle or ""), STEP, source, partial(_needed, facts, style))
    said = [*facts, CAUTION, STEP]
    figure, axes = plain_figure(
        page, name=name, title=title, subtitle=subtitle, said=said, short=change.moved()
    )
    _draw(axes, page, change, facts)
    return figure


def _words(facts: list[str], style: Preset, width: float) -> list[Block]:
    first, *others = facts
    blocks = [cut(first, width, 1.1 * style.base, 3, bold=True)]
    return blocks + [cut(text, width, style.base, 4) for text in others]


def _caution(style: Preset, width: float) -> Block:
    return cut(CAUTION, width - 1.6 * style.em, style.base, 6)


def _below(facts: list[str], style: Preset, width: float) -> float:
    """Return the height of everything under the bells, inches."""
    words = sum(each.height + _between(style) for each in _words(facts, style, width))
    around = (1.15 if style.aspect else 1.7) * style.em
    return (_WHISKER + _TICKS) * style.em + words + _caution(style, width).height + around


def _between(style: Preset) -> float:
    """Return the space between the sentences, inches."""
    return (0.06 if style.aspect else 0.25) * style.em


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
        top = lay(axes, each, 0.0, top) + _between(style)
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
