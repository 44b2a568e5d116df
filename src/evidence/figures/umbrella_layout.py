"""The rows of the plot of earlier reviews, checked, put into blocks of one scale and laid out on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evidence.errors import InputError
from evidence.figures.canvas import head, page_height
from evidence.figures.forest_axis import Axis, axis, robust_limits
from evidence.figures.frames import checked, coded, named, numbered, words, wrong
from evidence.figures.key import Entry, Key, key
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, text_width, wrapped

COLUMNS = ("review", "group", "outcome", "measure", "estimate", "low", "high", "favours", "disagrees")
RATIOS, STANDARDISED, POINTS = "Ratios", "Standardised differences", "Differences in points"
FAMILIES = dict.fromkeys(("OR", "RR", "HR"), RATIOS)
FAMILIES |= {"SMD": STANDARDISED, "MD": POINTS, "WMD": POINTS}
GUTTER = 1.5  # ems before a review, for the mark of a disagreement
GAP = 1.2  # ems between columns
SAYS = "In the review's words"
FOOT = 2.0  # ems for the ticks under a block
_BETWEEN = 1.1  # ems between blocks
_LABEL = {"web": 2.15, "paper": 1.75, "slide": 4.6}  # widest first column, inches
_FAVOURS = {"web": 1.75, "paper": 1.3, "slide": 3.2}  # widest column of what a review favours, inches
_PLOT = 0.72  # of the preset's narrowest plot, for there are many columns
_WIDEST = 1.4  # times the preset's width that a slide may take before rows are left out


@dataclass(frozen=True, slots=True)
class Estimate:
    """A pooled estimate of an earlier review; low and high are NaN where there is no interval."""

    review: str
    group: str
    outcome: str
    measure: str
    estimate: float
    low: float
    high: float
    k: float
    n: float
    i2: float
    favours: str
    disagrees: bool
    compared: str = ""

    @property
    def name(self) -> str:
        """The review, and what it compared where it stands twice with an outcome."""
        return f"{self.review}: {self.compared}" if self.compared else self.review

    @property
    def family(self) -> str:
        """The kind of scale: one block of the plot."""
        return FAMILIES[self.measure]

    @property
    def units(self) -> Axis:
        """The axis on which the estimate is drawn."""
        return axis("log" if self.family == RATIOS else "identity", self.measure, None)

    @property
    def drawn(self) -> tuple[float, float, float]:
        """Estimate and interval as they stand on the axis."""
        known = np.array([self.estimate, self.low, self.high])
        return tuple(float(each) for each in (np.log(known) if self.family == RATIOS else known))

    @property
    def said(self) -> str:
        """The measure, the estimate and its interval in words."""
        return f"{self.measure} {self.units.estimate(*self.drawn)}"

    @property
    def known(self) -> tuple[str, str, str]:
        """Studies, people and I2 as they are printed; empty where they are not known."""
        studies, people = ("" if np.isnan(each) else f"{each:,.0f}" for each in (self.k, self.n))
        return studies, people, "" if np.isnan(self.i2) else f"{self.i2:.0f} %"


EXTRAS = ("k", "People", "I²")


def estimates(rows: pd.DataFrame) -> list[Estimate]:
    """Return the checked rows in the order of the plot: by scale, then by group, then by outcome.

    Where there are several conditions, the condition is named with the group.

    Raises
    ------
    OptionError
        If a column is missing or a measure is not known.
    InputError
        If a name is blank, a number is missing or impossible, or an interval is not one.
    """
    table = checked(rows, COLUMNS, "umbrella_forest")
    columns = [named(table, name) for name in ("review", "group", "outcome")]
    columns[2] = [text[0].upper() + text[1:] for text in columns[2]]
    conditions = words(table, "condition")
    if len(set(conditions)) > 1:
        columns[1] = [f"{c}: {g}" if c else g for c, g in zip(conditions, columns[1], strict=True)]
    columns[1] = [text[0].upper() + text[1:] for text in columns[1]]
    columns.append(coded(table, "measure", FAMILIES))
    columns.append(numbered(table, "estimate", gaps=False).tolist())
    columns += [numbered(table, name).tolist() for name in ("low", "high")]
    columns += [numbered(table, name, low=0).tolist() for name in ("k", "n")]
    columns.append(numbered(table, "i2", low=0, high=100).tolist())
    columns += [words(table, "favours"), _flags(table), words(table, "comparison")]
    found = [Estimate(*cells) for cells in zip(*columns, strict=True)]
    for row, each in zip(table.index, found, strict=True):
        _possible(row, each)
    stands = Counter((each.group, each.outcome, each.measure, each.review) for each in found)
    once = [stands[each.group, each.outcome, each.measure, each.review] == 1 for each in found]
    found = [replace(each, compared="") if one else each for each, one in zip(found, once, strict=True)]
    keys = [(each.family, each.group, each.outcome) for each in found]
    first = [{name: i for i, name in reversed(list(enumerate(part)))} for part in zip(*keys, strict=True)]
    first[0] = {name: i for i, name in enumerate((RATIOS, STANDARDISED, POINTS))}
    place = [tuple(order[part] for order, part in zip(first, each, strict=True)) for each in keys]
    return [found[i] for i in sorted(range(len(found)), key=place.__getitem__)]


def _flags(table: pd.DataFrame) -> list[bool]:
    for row, cell in table["disagrees"].items():
        if not isinstance(cell, (bool, np.bool_)):
            raise InputError(wrong(row, "disagrees", cell, "True or False belongs here."))
    return [bool(cell) for cell in table["disagrees"]]


def _possible(row: int, each: Estimate) -> None:
    cells = {"estimate": each.estimate, "low": each.low, "high": each.high}
    for column, value in cells.items():
        if each.family == RATIOS and value <= 0:
            raise InputError(wrong(row, column, value, f"{each.measure} must be above 0."))
        if column != "estimate" and np.isnan(value) and np.isfinite([each.low, each.high]).any():
            raise InputError(wrong(row, column, None, "an interval needs both ends."))
    if each.low > each.high:
        raise InputError(wrong(row, "low", each.low, f"the lower end is above the upper, {each.high:g}."))


@dataclass(frozen=True, slots=True)
class Item:
    """A heading (level 1 for a group, 2 for an outcome) or, level 0, an estimate; its place in inches."""

    level: int
    lines: tuple[str, ...]
    favours: tuple[str, ...]
    estimate: Estimate | None
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Panel:
    """The estimates of one scale: heads above `top`, the plot from there to `bottom`, the ticks below."""

    family: str
    title: tuple[str, ...]
    units: Axis
    limits: tuple[float, float]
    top: float
    bottom: float
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches; `plot` is left edge and width, `extras` are right edges by heading."""

    preset: Preset
    width: float
    height: float
    heading: Block
    plot: tuple[float, float]
    numbers: float
    extras: tuple[tuple[str, float], ...]
    favours: float
    panels: tuple[Panel, ...]
    key: Key
    footer: Block


Words = tuple[str | None, str | None, str, str]
Entries = Callable[[Sequence[Panel]], Sequence[Entry]]


def arrange(found: Sequence[Estimate], style: Preset, words_: Words, entries: Entries) -> tuple[Sheet, int]:
    """Measure the page; on a slide, rows that would make the type too small are left out, and counted.

    Rows on which reviews disagree stay first, then those on the same scales. `words_` are title,
    subtitle, note and last line.
    """

    def measured(kept: Sequence[Estimate], width: float) -> Sheet:
        title, subtitle, note, foot = words_
        if len(kept) < len(found):
            note = f"{len(kept)} of {len(found)} estimates, disagreements first. {note}"
        return _measured(kept, style, (title, subtitle, note, foot), entries, width)

    kept = list(found)
    if style.aspect is not None:
        argued = {each.family for each in found if each.disagrees}
        ranks = [(not e.disagrees, e.family not in argued, e.compared != "") for e in found]
        order = sorted(range(len(found)), key=ranks.__getitem__)
        widest = _WIDEST * style.width
        for count in range(len(found), 0, -1):
            kept = [found[i] for i in sorted(order[:count])]
            page = measured(kept, widest)
            if page.width <= 1.001 * widest and page.height <= widest / style.aspect:
                break
    sheet = shaped(lambda width: measured(kept, width), style)
    return replace(sheet, height=page_height(sheet.height, sheet.width, style)), len(kept)


def _measured(
    found: Sequence[Estimate], style: Preset, texts: Words, entries: Entries, width: float
) -> Sheet:
    em, margin, size = style.em, style.margin, style.base
    label, gap = _label(found, style), GAP * em
    numbers = max(text_width(each.said, size) for each in found)
    numbers = max(numbers, text_width("Estimate (interval)", size, True))
    extras = [] if style.aspect else [i for i in range(3) if any(each.known[i] for each in found)]
    wide = [
        max(text_width(EXTRAS[i], size, True), *(text_width(each.known[i], size) for each in found))
        for i in extras
    ]
    longest = max(text_width(each.favours, style.small) for each in found) + 0.02
    favours = max(min(longest, style.scale * _FAVOURS[style.name]), text_width(SAYS, size, True))
    rest = label + numbers + sum(wide) + favours + gap * (3 + len(extras))
    page = max(width, 2 * margin + rest + _PLOT * style.plot_width)
    plot = page - 2 * margin - rest
    left = margin + label + gap
    right = left + plot + gap + numbers
    edges = tuple((EXTRAS[i], right + sum(wide[: j + 1]) + gap * (j + 1)) for j, i in enumerate(extras))
    says = page - margin - favours
    title, subtitle, note, foot = texts
    heading = head(title, subtitle, style, page - 2 * margin)
    top = margin + heading.height + (0.9 * em if heading.lines else 0.0)
    panels = []
    for family in dict.fromkeys(each.family for each in found):
        rows = [each for each in found if each.family == family]
        panels.append(_panel(family, rows, style, (label, favours, label + gap + plot), top))
        top = panels[-1].bottom + (FOOT + _BETWEEN) * em
    marks = key(entries(panels), style, page - 2 * margin)
    footer = block([(note, style.small, False, INK), (foot, style.fine, False, MUTED)], page - 2 * margin)
    whole = top - 0.5 * em + marks.height + 0.3 * em + footer.height + margin
    return Sheet(style, page, whole, heading, (left, plot), right, edges, says, tuple(panels), marks, footer)


def _label(found: Sequence[Estimate], style: Preset) -> float:
    """Width of the first column: the reviews behind their marks, below the outcomes in bold."""
    outcomes = max(text_width(each.outcome, style.base, True) for each in found)
    reviews = max(text_width(_name(each, style), style.base) for each in found) + GUTTER * style.em
    return min(max(outcomes, reviews) + 0.02, style.scale * _LABEL[style.name])


def _name(each: Estimate, style: Preset) -> str:
    """What stands before an estimate; a slide has no lines for outcomes of their own."""
    return each.name if style.aspect is None else f"{each.outcome}: {each.name}"


def _panel(
    family: str, rows: Sequence[Estimate], style: Preset, widths: tuple[float, float, float], top: float
) -> Panel:
    em, line, small = style.em, style.base * LEADING / 72, style.small * LEADING / 72
    label, favours, across = widths
    measures = ", ".join(dict.fromkeys(each.measure for each in rows))
    log = ", log scale" if family == RATIOS else ""
    one = style.aspect is not None and len({each.group for each in rows}) == 1
    about = f". {rows[0].group}" if one else ""  # on a slide every line counts
    title = tuple(wrapped(f"{family} ({measures}{log}){about}", across, style.base, bold=True, lines=3))
    top += len(title) * line + 0.45 * em
    items, at, before = [], top + 0.15 * em, ("", "")
    for each in rows:
        heads = [(1, each.group, across - 0.02)] if each.group != before[0] and not one else []
        if style.aspect is None and (each.group, each.outcome) != before:
            heads.append((2, each.outcome, label))
        before = each.group, each.outcome
        for level, text, room in heads:
            lines = tuple(wrapped(text, room, style.base, bold=True, lines=3))
            height = len(lines) * line + (0.5 if level == 1 else 0.4) * em
            at += 0.35 * em if level == 1 and items else 0.0
            items.append(Item(level, lines, (), None, at, height))
            at += height
        name = tuple(wrapped(_name(each, style), label - GUTTER * em, style.base, lines=4))
        said = tuple(wrapped(each.favours, favours, style.small, lines=3))
        height = max(len(name) * line, len(said) * small) + (0.15 if len(name) == 1 else 0.4) * em
        items.append(Item(0, name, said, each, at, height))
        at += height
    bottom = at + 0.35 * em
    units, (spots, low, high) = rows[0].units, np.array([each.drawn for each in rows]).T
    limits = robust_limits(spots, low, high, [], [], null=0.0)
    return Panel(family, title, units, limits, top, bottom, tuple(items))
