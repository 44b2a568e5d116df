"""The bars of a harvest plot, sorted and numbered, and the places they take on the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from evidence.errors import InputError
from evidence.figures.canvas import head, page_height
from evidence.figures.direction_layout import people_in
from evidence.figures.frames import checked, coded, named, numbered, once, words, wrong
from evidence.figures.key import Entry, Key, key
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, breakable, counted, text_width, wrapped

COLUMNS = ("label", "panel", "direction", "rank", "by", "n")
SIDES = ("second", "", "first")  # from left to right
BY = ("estimate", "source")
NEITHER = "no direction"
TALLEST = 3.4  # ems
TOTAL = 2.1
SPACE = 1.4  # between columns
_PAD = 0.55  # above the tallest bar and below a panel
_SLOT = 1.75  # narrowest place of a bar
_HEAD = 13.0  # the widest a single word may make a column
_LIST = 1.5  # between columns of studies

# A study of the list: number, lines, left edge and top within the list.
Listed = tuple[str, tuple[str, ...], float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One study under one panel; `number` is its place in the list of studies."""

    label: str
    panel: str
    direction: str
    rank: int
    by: str
    n: float
    number: int = 0


@dataclass(frozen=True, slots=True)
class Crop:
    """Bars in reading order, names of ranks from the highest down, and heads of the columns by direction."""

    bars: tuple[Bar, ...]
    ranks: dict[int, str]
    heads: dict[str, str]

    @property
    def panels(self) -> tuple[str, ...]:
        """Return the panels from top to bottom."""
        return tuple(dict.fromkeys(bar.panel for bar in self.bars))

    @property
    def studies(self) -> dict[str, int]:
        """Return the studies with their numbers."""
        return {bar.label: bar.number for bar in sorted(self.bars, key=lambda bar: bar.number)}

    def of(self, side: str, panel: str | None = None) -> tuple[Bar, ...]:
        """Return the bars of a column, of one panel or of all."""
        return tuple(bar for bar in self.bars if bar.direction == side and panel in (None, bar.panel))


def crop(table: pd.DataFrame, ranks: Mapping[int, str], first: str, second: str) -> Crop:
    """Read a data frame of directions; bars are sorted by panel, column, rank and source, then numbered.

    Raises
    ------
    OptionError
        If a column is missing, or a direction or `by` is no known code.
    InputError
        If the table is empty, a study stands twice in a panel, a cell is blank or no fitting number, or
        `ranks`, `first` or `second` name nothing.

    Examples
    --------
    >>> rows = [("Minh 2019", "Scars", "", 1, "source", 31), ("Abbas 2020", "Scars", "", 3, "estimate", 20)]
    >>> found = crop(pd.DataFrame(rows, columns=list(COLUMNS)), {3: "trial", 1: "series"}, "for", "against")
    >>> found.studies
    {'Abbas 2020': 1, 'Minh 2019': 2}
    """
    names = _names(ranks)
    heads = {"second": second, "": NEITHER, "first": first}
    for name in ("first", "second"):
        if not isinstance(heads[name], str) or not heads[name].strip():
            raise InputError(f"{name}={heads[name]!r}: write what the column is to be called.")
    table = checked(table, COLUMNS, "a harvest plot")
    once(table, ("panel", "label"))
    table = table.assign(direction=words(table, "direction"))
    cells = (
        named(table, "label"),
        named(table, "panel"),
        coded(table, "direction", SIDES),
        _ranked(table, names),
        coded(table, "by", BY),
        numbered(table, "n", low=0).tolist(),
    )
    bars = [Bar(*row) for row in zip(*cells, strict=True)]
    panels = list(dict.fromkeys(bar.panel for bar in bars))
    bars.sort(key=lambda b: (panels.index(b.panel), SIDES.index(b.direction), -b.rank, BY.index(b.by)))
    places = {label: i for i, label in enumerate(dict.fromkeys(bar.label for bar in bars), start=1)}
    return Crop(tuple(replace(bar, number=places[bar.label]) for bar in bars), names, heads)


def _names(ranks: Mapping[int, str]) -> dict[int, str]:
    if not isinstance(ranks, Mapping) or not ranks:
        raise InputError(
            f"ranks={ranks!r}: write a dictionary of names, such as {{2: 'trial', 1: 'series'}}."
        )
    for rank, name in ranks.items():
        if isinstance(rank, bool) or not isinstance(rank, int) or not 1 <= rank <= 3:
            raise InputError(f"ranks has the key {rank!r}; ranks are whole numbers from 1 to 3.")
        if not isinstance(name, str) or not name.strip():
            raise InputError(f"ranks has the name {name!r} for rank {rank}; write a word.")
    return dict(sorted(ranks.items(), reverse=True))


def _ranked(table: pd.DataFrame, ranks: Mapping[int, str]) -> list[int]:
    values = numbered(table, "rank", gaps=False)
    for (row, cell), value in zip(table["rank"].items(), values, strict=True):
        if value not in ranks:
            listed = ", ".join(str(rank) for rank in sorted(ranks))
            raise InputError(wrong(row, "rank", cell, f"it must be one of the ranks {listed}."))
    return [int(value) for value in values]


@dataclass(frozen=True, slots=True)
class Strip:
    """A panel: lines of its label, what it holds in words, upper edge and height in inches."""

    lines: tuple[str, ...]
    holds: tuple[str, ...]
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches; `places` are left edge and foot of every bar within the plot."""

    preset: Preset
    width: float
    height: float
    heading: Block
    heads: tuple[Block, ...]
    left: float
    cells: tuple[float, ...]
    slot: float
    top: float
    strips: tuple[Strip, ...]
    places: tuple[tuple[float, float], ...]
    floors: tuple[tuple[float, float, float], ...]
    bottom: float
    keys: tuple[Key, ...]
    listed: tuple[Listed, ...]
    listing: float
    footer: Block

    @property
    def edges(self) -> tuple[float, ...]:
        """Return the left edges of the columns, counted from that of the first."""
        return tuple(float(sum(self.cells[:i])) for i in range(len(self.cells)))


def arrange(
    found: Crop,
    style: Preset,
    title: str | None,
    subtitle: str | None,
    entries: tuple[list[Entry], ...],
    foot: str,
) -> Sheet:
    """Measure the page."""

    def measure(width: float) -> Sheet:
        return _measured(
            found, style, head(title, subtitle, style, width - 2 * style.margin), entries, foot, width
        )

    sheet = shaped(measure, style)
    return replace(sheet, height=page_height(sheet.height, sheet.width, style))


def _measured(
    found: Crop, style: Preset, heading: Block, entries: tuple[list[Entry], ...], foot: str, width: float
) -> Sheet:
    em, margin = style.em, style.margin
    label = _label_width(found, style)
    left = margin + label + 1.6 * em
    slot = max(_SLOT * em, text_width(str(len(found.studies)), style.small) + 0.5 * em)
    cells = _cells(found, style, slot, width - margin - left + SPACE * em)
    page = max(width, left + sum(cells) - SPACE * em + margin)
    inner = page - 2 * margin
    heads = tuple(
        block([(found.heads[side], style.base, True, INK)], cell - SPACE * em)
        for side, cell in zip(SIDES, cells, strict=True)
    )
    top = margin + heading.height + (0.7 * em if heading.lines else 0.0)
    top += max(each.height for each in heads) + 0.4 * em
    strips, places, floors, bottom = _strips(found, style, label, slot, cells, top)
    bottom += TOTAL * em
    keys = tuple(key(each, style, inner) for each in entries)
    listed, listing = _listing(found, style, inner)
    footer = block([(foot, style.fine, False, MUTED)], inner)
    height = bottom + 0.8 * em + sum(each.height for each in keys) + 0.5 * em + listing
    height += 0.6 * em + footer.height + margin
    plot = (left, cells, slot, top, strips, places, floors, bottom)
    return Sheet(style, page, height, heading, heads, *plot, keys, listed, listing, footer)


def _label_width(found: Crop, style: Preset) -> float:
    widest = max(text_width(panel, style.base, True) for panel in found.panels)
    studies = counted(len(found.bars), "study", "studies")
    least = text_width("Total", style.base, True), text_width(studies, style.small)
    return max(min(widest, 0.8 * style.label_width), *least) + 0.01


def _cells(found: Crop, style: Preset, slot: float, room: float) -> tuple[float, ...]:
    """Return the widths of the columns: alike if all bars fit so, else by their bars, in tiers if need be."""
    em = style.em
    most = [max(len(found.of(side, panel)) for panel in found.panels) for side in SIDES]
    count = text_width(f"{len(found.bars)} of {len(found.bars)}", style.base, True) + (SPACE + 0.2) * em
    least = []
    for side in SIDES:
        longest = max(text_width(word, style.base, True) for _, word in breakable(found.heads[side]))
        least.append(max(count, min(longest, _HEAD * em) + (SPACE + 0.1) * em))
    for tiers in range(1, max(most) + 1):
        needs = [
            max(low, -(-many // tiers) * slot + (SPACE + 0.01) * em)
            for low, many in zip(least, most, strict=True)
        ]
        if sum(needs) <= room:
            break
    if len(needs) * max(needs) <= room:
        return (room / len(needs),) * len(needs)
    spare = max(0.0, room - sum(needs)) / len(needs)
    return tuple(each + spare for each in needs)


def _strips(
    found: Crop, style: Preset, label: float, slot: float, cells: tuple[float, ...], top: float
) -> tuple[tuple[Strip, ...], tuple[tuple[float, float], ...], tuple[tuple[float, float, float], ...], float]:
    """Place the panels under one another; bars that a column cannot hold side by side start a new tier."""
    em, start = style.em, top
    tier = (_PAD + TALLEST) * em + style.small * LEADING / 72
    edges = np.cumsum([0.0, *cells]).tolist()
    strips, places, floors = [], [], []
    for panel in found.panels:
        deepest = 1
        for low, high, side in zip(edges, edges[1:], SIDES, strict=False):
            bars, fits = found.of(side, panel), int((high - SPACE * em - low) / slot)
            tiers = max(1, -(-len(bars) // fits))
            deepest = max(deepest, tiers)
            feet = [top - start + i * tier + (_PAD + TALLEST) * em for i in range(tiers)]
            floors += [(low, high - SPACE * em, foot) for foot in feet]
            places += [(low + i % fits * slot, feet[i // fits]) for i in range(len(bars))]
        lines = tuple(wrapped(panel, label, style.base, bold=True))
        many = sum(bar.panel == panel for bar in found.bars)
        said = tuple(wrapped(counted(many, "study", "studies"), label, style.small))
        text = (len(lines) * style.base + len(said) * style.small) * LEADING / 72
        height = max(deepest * tier, text + _PAD * em) + _PAD * em
        strips.append(Strip(lines, said, top, height))
        top += height
    return tuple(strips), tuple(places), tuple(floors), top


def _listing(found: Crop, style: Preset, width: float) -> tuple[tuple[Listed, ...], float]:
    """Lay the numbered studies in columns, each read downwards."""
    line, gap = style.small * LEADING / 72, _LIST * style.small / 72
    people: dict[str, list[str]] = {}
    for bar in found.bars:
        people.setdefault(bar.label, []).append(people_in(bar.n))
    texts = [f"{label} ({', '.join(dict.fromkeys(people[label]))})" for label in found.studies]
    before = text_width(str(len(texts)), style.small, True) + 0.5 * style.small / 72
    widest = max(text_width(text, style.small) for text in texts) + 0.01
    taken = before + min(widest, style.label_width, width - before)
    across = max(1, int((width + gap) / (taken + gap)))
    down = -(-len(texts) // across)
    placed, deepest = [], 0.0
    for i, start in enumerate(range(0, len(texts), down)):
        top = 1.2 * line
        for number, text in enumerate(texts[start : start + down], start=start + 1):
            lines = tuple(wrapped(text, taken - before, style.small))
            placed.append((str(number), lines, i * (taken + gap) + before, top))
            top += len(lines) * line
        deepest = max(deepest, top)
    return tuple(placed), deepest
