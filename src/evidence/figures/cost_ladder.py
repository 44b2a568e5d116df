"""The cost ladder: from the price of a session, step by step, to what all sessions together may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.errors import InputError
from evidence.figures.cost_data import Prices, Total, prices_of, total_of
from evidence.figures.figure import EvidenceFigure
from evidence.figures.frames import checked, numbered, once, wrong
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import cut, lay, plain_figure
from evidence.figures.style import BLUE, INK, MUTED, ORANGE, PAPER, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import Block, counted, number
from evidence.synthesis.cost import TotalCost

SESSIONS = ("sessions", "groups")
MOST = 8
_TALL = {"web": 17.0, "paper": 17.0, "slide": 7.0}  # height of the ladder, ems
_LARGE = 1e6
_WIDE = 0.62  # of its place, a step
_SIMULATED = "All sessions (a simulation)"
_SIDE = 2.5  # places of a step that the simulation takes
_NOTE = (
    "Each box runs from the lowest to the highest price on the web pages, times the sessions."
    " The thick line is the middle page. The hatched box is a simulation, not data:"
    " it mixes these prices with how often people came in trials."
)


Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Step:
    """What a number of sessions costs: lowest, middle and highest, and the groups that had as many."""

    sessions: int
    low: float
    middle: float
    high: float
    groups: int

    @property
    def name(self) -> str:
        """The number of sessions, in words."""
        return counted(self.sessions, "session")

    def said(self, currency: str, of: int) -> str:
        """Return the step as a sentence."""
        span = f"{_money(self.low)} to {_money(self.high)} {currency}, middle {_money(self.middle)}"
        return f"{self.name}: {span}; {self.groups} of {of} groups in trials."


def _money(value: float) -> str:
    return f"{value:,.0f}" if value < _LARGE else number(value)


def steps_of(prices: Prices, sessions: pd.DataFrame) -> tuple[Step, ...]:
    """Return the steps of the ladder: each number of sessions times the printed prices.

    The middle is the median of the pages' midpoints.

    Raises
    ------
    OptionError
        If a column is missing.
    InputError
        If there are no rows or more than eight, or a number of sessions or groups is no whole number of 1 or
        more, or stands twice.

    Examples
    --------
    >>> pages = pd.DataFrame({"label": ["A", "B"], "low": [100, 300], "high": [500, 300]})
    >>> given = pd.DataFrame({"sessions": [2, 3], "groups": [4, 6]})
    >>> [step.middle for step in steps_of(prices_of(pages.assign(year=None, scope="")), given)]
    [600.0, 900.0]
    """
    table = checked(sessions, SESSIONS, "a cost ladder")
    if len(table) > MOST:
        raise InputError(f"sessions has {len(table)} rows; a cost ladder has at most {MOST} steps.")
    once(table, ("sessions",))
    counts = {name: numbered(table, name, low=1, gaps=False) for name in SESSIONS}
    for name, values in counts.items():
        for row, value in zip(table.index, values, strict=True):
            if value != round(value):
                raise InputError(wrong(row, name, value, "a whole number belongs here."))
    low, high = float(prices.low.min()), float(prices.high.max())
    middle = float(np.median((prices.low + prices.high) / 2))
    pairs = sorted(zip(*(values.astype(int).tolist() for values in counts.values()), strict=True))
    return tuple(Step(n, n * low, n * middle, n * high, groups) for n, groups in pairs)


@house_style()
def cost_ladder(
    cost: TotalCost,
    *,
    currency: str = "US dollars",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "cost_ladder",
) -> EvidenceFigure:
    """Draw what one session costs, then two, and so on, and beside them the simulated total.

    Parameters
    ----------
    cost : TotalCost
        Of `total_cost`: prices, sessions given in trials, and the simulated total.
    currency : str
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
        If `cost` is no such result, its sessions are more than eight, or a price or number cannot be used.
    OptionError
        If a column is missing, or there is no such preset.

    Examples
    --------
    >>> import evidence as ev
    >>> from evidence.synthesis.cost import total_cost
    >>> print(cost_ladder(total_cost(ev.load(), draws=1000)).alt)
    From 100 to 1,000 US dollars for 1 session, to 600 to 6,000 for 6 sessions, as 8 web pages print prices.
    """
    if not isinstance(cost, TotalCost):
        raise InputError(f"cost is drawn from the result of total_cost, not from {type(cost).__name__}.")
    pages, total = prices_of(cost.prices), total_of(cost.levels())
    steps = steps_of(pages, cost.sessions)
    style = preset_called(preset)
    page = sheet(style, (title or "", subtitle or ""), _NOTE, source, partial(_needed, steps, total, style))
    first, last = steps[0], steps[-1]
    rest = f", to {_money(last.low)} to {_money(last.high)} for {last.name}" if len(steps) > 1 else ""
    count = counted(len(pages.labels), "web page prints", "web pages print")
    start = f"From {_money(first.low)} to {_money(first.high)} {currency} for {first.name}"
    short = f"{start}{rest}, as {count} prices."
    groups = sum(step.groups for step in steps)
    said = [short, *(step.said(currency, groups) for step in steps), _total_said(total, currency), _NOTE]
    figure, axes = plain_figure(page, name=name, title=title, subtitle=subtitle, said=said, short=short)
    _draw(axes, page, steps, total, currency)
    return figure


def _total_said(total: Total, currency: str) -> str:
    return (
        f"Simulated: half of all treatments cost {_ten(total.low)} to {_ten(total.high)} {currency},"
        f" nine of ten cost {_ten(total.p05)} to {_ten(total.p95)}, the middle one {_ten(total.median)}."
    )


def _ten(value: float) -> str:
    """Write simulated money to the nearest ten."""
    return _money(round(value, -1))


def _feet(steps: tuple[Step, ...], total: Total, style: Preset, slot: float) -> list[Block]:
    """Return what stands under each step and under the simulation."""
    groups, room = sum(step.groups for step in steps), slot - 0.4 * style.em
    feet = []
    for step in steps:
        lines = cut(step.name, room, style.base, 2, bold=True).lines
        lines += cut(f"{_money(step.low)} to {_money(step.high)}", room, style.small, 3).lines
        tail = f"{step.groups} of {groups} groups"
        feet.append(Block(lines + cut(tail, room, style.small, 3, color=MUTED).lines))
    room = 2 * slot - 0.4 * style.em
    lines = cut(_SIMULATED, room, style.base, 4, bold=True).lines
    lines += cut(f"half cost {_ten(total.low)} to {_ten(total.high)}", room, style.small, 3).lines
    tail = f"nine of ten: {_ten(total.p05)} to {_ten(total.p95)}"
    return [*feet, Block(lines + cut(tail, room, style.small, 3, color=MUTED).lines)]


def _slot(steps: tuple[Step, ...], width: float) -> float:
    """Return the width of a step; the simulation takes that of two and a half."""
    return width / (len(steps) + _SIDE)


def _needed(steps: tuple[Step, ...], total: Total, style: Preset, width: float) -> tuple[float, float]:
    width = max(width, (len(steps) + _SIDE) * (5.7 if style.aspect else 6.3) * style.em)
    feet = _feet(steps, total, style, _slot(steps, width))
    return width, (_TALL[style.name] + 2.2) * style.em + max(each.height for each in feet)


def _draw(axes: Axes, page: Sheet, steps: tuple[Step, ...], total: Total, currency: str) -> None:
    style, em = page.preset, page.preset.em
    slot = _slot(steps, page.inner)
    feet = _feet(steps, total, style, slot)
    foot = page.middle - max(each.height for each in feet) - 0.6 * em
    top = 1.6 * em
    most = max(steps[-1].high, total.p95)

    def place(value: float) -> float:
        return foot - (foot - top) * value / most

    axes.plot([0, page.inner], [foot, foot], color=INK, linewidth=0.08 * style.base, zorder=1)
    for i, step in enumerate(steps):
        _box(axes, step, i, slot, place, style)
        lay(axes, feet[i], (i + 0.5) * slot, foot + 0.4 * em, align="center")
    _risers(axes, steps, slot, place, style)
    middle = (len(steps) + 1.3) * slot
    _simulation(axes, total, middle, 0.45 * slot, place, style)
    lay(axes, feet[-1], middle, foot + 0.4 * em, align="center")
    words = cut(f"Thick line: middle price, {currency}", page.inner, style.small, 1, color=MUTED)
    lay(axes, words, 0.0, 0.0)


def _box(axes: Axes, step: Step, i: int, slot: float, place: Place, style: Preset) -> None:
    """Draw one step from its lowest to its highest price, its middle as a thick line with its number."""
    left, wide = (i + (1 - _WIDE) / 2) * slot, _WIDE * slot
    look = {"facecolor": tint(BLUE, 0.25), "edgecolor": BLUE, "linewidth": 0.08 * style.base, "zorder": 2}
    high, low = place(step.high), place(step.low)
    axes.add_patch(Rectangle((left, high), wide, low - high, label="printed", **look))
    middle = place(step.middle)
    axes.plot([left, left + wide], [middle] * 2, color=INK, linewidth=0.28 * style.base, zorder=4)
    words = cut(_money(step.middle), slot, style.base, 1, bold=True)
    over = middle - words.height - 0.1 * style.em
    lay(axes, words, (i + 0.5) * slot, over, align="center")


def _risers(axes: Axes, steps: tuple[Step, ...], slot: float, place: Place, style: Preset) -> None:
    """Join the middles by dotted steps, so that they read as a ladder."""
    for i, (one, other) in enumerate(pairwise(steps)):
        start, end = (i + 0.5 + _WIDE / 2) * slot, (i + 1.5 - _WIDE / 2) * slot
        half = (start + end) / 2
        down, up = place(one.middle), place(other.middle)
        line = {"color": RULE, "linewidth": 0.1 * style.base, "linestyle": ":", "zorder": 1}
        axes.plot([start, half, half, end], [down, down, up, up], **line)


def _simulation(axes: Axes, total: Total, middle: float, half: float, place: Place, style: Preset) -> None:
    """Draw the simulated total, hatched: nine in ten, the middle half, and the middle."""
    fine, em = 0.08 * style.base, style.em
    ends = place(total.p05), place(total.p95)
    for end in ends:
        axes.plot([middle - 0.4 * half, middle + 0.4 * half], [end, end], color=INK, linewidth=fine, zorder=2)
    axes.plot([middle, middle], ends, color=INK, linewidth=fine, linestyle="--", zorder=2)
    high, low = place(total.high), place(total.low)
    look = {"facecolor": tint(ORANGE, 0.5), "edgecolor": INK, "linewidth": fine, "zorder": 3}
    patch = Rectangle((middle - half, high), 2 * half, low - high, label="simulated", **look)
    patch.set(hatch="////", hatchcolor=(0.1, 0.1, 0.1, 0.35), hatch_linewidth=0.06 * style.base)
    axes.add_patch(patch)
    at = place(total.median)
    for color, points in ((PAPER, 0.5), (INK, 0.28)):
        axes.plot(
            [middle - half, middle + half], [at, at], color=color, linewidth=points * style.base, zorder=4
        )
    words = cut(_ten(total.median), 2 * half, style.base, 1, bold=True)
    lay(axes, words, middle + half + 0.3 * em, at - words.height / 2)
