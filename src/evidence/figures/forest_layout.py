"""Where everything on the page of a forest plot goes, from measured text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.figures.forest_rows import Plan, Row
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, text_width, wrapped

HEADINGS = {"n": "n", "design": "Design", "route": "Route", "weight": "Weight, %"}

_LABEL_LINES = 3
_TIGHT = 0.78  # rows of a slide, which spread out again where there is room
_HEIGHTS = {"group": 2.0, "study": 1.75, "excluded": 1.75, "pooled": 2.0, "prediction": 1.75, "note": 1.75}
_WIDEST_PLOT = 1.7
_MOST_STRETCH = 1.6


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text: its heading, and where its text is aligned (inches from the left)."""

    name: str
    heading: str
    align: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A row on the page: its middle and height in body ems from the top of the rows, and its lines."""

    row: Row
    middle: float
    height: float
    lines: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The texts around the rows; `null` is where no effect lies along the axis (0 left, 1 right) or NaN."""

    title: str
    subtitle: str
    footer: tuple[str, ...]
    source: str
    xlabel: str
    favours: tuple[str, str]
    null: float
    arrows: bool = True


@dataclass(frozen=True, slots=True)
class UnderAxis:
    """What stands under the axis: tick labels, the two directions beside `null_x`, and the axis label."""

    ticks: float
    null_x: float
    left: Block
    right: Block
    label: Block
    label_x: float

    @property
    def height(self) -> float:
        """Inches from the axis to the end of its label."""
        return self.ticks + self.favours_height + self.label.height

    @property
    def favours_height(self) -> float:
        """Inches the two directions take, with the gap below them."""
        return 1.15 * max(self.left.height, self.right.height)


@dataclass(frozen=True, slots=True)
class Head:
    """A heading of several lines: where it is aligned and starts, and the ends of the rule under it."""

    text: Block
    x: float
    top: float
    align: str
    rule: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures of the page, inches unless said otherwise.

    `unit` is what one em of a row takes; `head` the top of the column headings, `top` that of the rows;
    `heads` are the headings of a layout that has more than one line of them.
    """

    preset: Preset
    width: float
    height: float
    columns: tuple[Column, ...]
    plot_left: float
    plot_width: float
    rows: tuple[Placed, ...]
    head: float
    top: float
    unit: float
    heading: Block
    footer: Block
    under: UnderAxis
    heads: tuple[Head, ...] = ()

    @property
    def ems(self) -> float:
        """Height of all rows, in ems."""
        return sum(placed.height for placed in self.rows)

    @property
    def bottom(self) -> float:
        """Lower edge of the rows: where the axis runs."""
        return self.top + self.ems * self.unit


def arrange(
    plan: Plan,
    rows: Sequence[Row],
    headings: Mapping[str, str],
    words: Words,
    preset: Preset,
    sized: Sequence[Row] | None = None,
) -> Layout:
    """Measure the texts and place every row and column.

    Where the preset asks for a fixed shape the page keeps it: rows spread out when they are few, and
    the page grows in both directions when they are many. `sized` are the rows that the columns must hold,
    where those are more than stand on this page.
    """

    def measure(width: float) -> Layout:
        return _arranged(plan, (rows, sized or rows), headings, words, preset, width)

    return spread(shaped(measure, preset), preset)


def spread(layout: Layout, preset: Preset) -> Layout:
    """Spread the rows over a page whose shape is fixed."""
    if preset.aspect is None:
        return layout
    height = layout.width / preset.aspect
    stretch = min(_MOST_STRETCH, 1 + (height - layout.height) / (layout.ems * layout.unit))
    return replace(layout, height=height, unit=layout.unit * stretch)


def _arranged(
    plan: Plan,
    both: tuple[Sequence[Row], Sequence[Row]],
    headings: Mapping[str, str],
    words: Words,
    preset: Preset,
    width: float,
) -> Layout:
    rows, sized = both
    columns, plot_left, plot_width, page = _columns(plan, sized, headings, preset, width)
    inner = page - 2 * preset.margin
    head = [(words.title, preset.title, True, INK), (words.subtitle, preset.base, False, MUTED)]
    foot = [(text, preset.small, False, INK) for text in words.footer]
    heading = block(head, inner)
    footer = block([*foot, (words.source, preset.fine, False, MUTED)], inner)
    under = under_axis(words, page, plot_left, plot_width, preset)
    placed = place_rows(rows, columns, plot_left, preset)
    above = preset.margin + heading.height + (0.9 * preset.em if heading.lines else 0)
    top = above + 2.1 * preset.em
    bottom = top + sum(each.height for each in placed) * preset.em
    height = bottom + under.height + (0.8 * preset.em if footer.lines else 0) + footer.height + preset.margin
    return Layout(
        preset,
        page,
        height,
        columns,
        plot_left,
        plot_width,
        placed,
        above,
        top,
        preset.em,
        heading,
        footer,
        under,
    )


def under_axis(words: Words, page: float, plot_left: float, plot_width: float, preset: Preset) -> UnderAxis:
    """Wrap what stands under the axis into the room it has up to the page's edges."""
    small, gap = preset.small, 0.5 * preset.em
    middle = plot_left + plot_width / 2
    room = 2 * (min(middle, page - middle) - preset.margin)
    label = block([(words.xlabel, small, False, INK)], room)
    null_x = plot_left + words.null * plot_width
    if not np.isfinite(words.null) or not 0 <= words.null <= 1:
        return UnderAxis(2.1 * small / 72, middle, Block(), Block(), label, middle)
    left, right = (text.strip() for text in words.favours)
    return UnderAxis(
        2.1 * small / 72,
        null_x,
        block(
            [(f"← {left}" if left and words.arrows else left, small, True, INK)], null_x - gap - preset.margin
        ),
        block(
            [(f"{right} →" if right and words.arrows else right, small, True, INK)],
            page - preset.margin - null_x - gap,
        ),
        label,
        middle,
    )


def _columns(
    plan: Plan, rows: Sequence[Row], headings: Mapping[str, str], preset: Preset, width: float
) -> tuple[tuple[Column, ...], float, float, float]:
    """Place the columns: labels and facts left of the plot, numbers right of it."""
    gap = 1.5 * preset.em
    widths = {name: column_width(rows, name, headings[name], preset) for name in plan.columns}
    left = [name for name in plan.columns if name not in ("estimate", "weight")]
    right = [name for name in plan.columns if name in ("estimate", "weight")]
    taken = sum(widths.values()) + gap * (len(widths) + 1) + 2 * preset.margin
    label = label_width(rows, headings["label"], preset, width - taken - preset.plot_width)
    fill = width - taken - label
    widest = fill if preset.aspect else _WIDEST_PLOT * preset.plot_width
    plot_width = max(preset.plot_width, min(fill, widest))
    columns = [Column("label", headings["label"], "left", preset.margin, label)]
    x = preset.margin + label + gap
    for name in left:
        columns.append(_column(name, headings[name], x, widths[name], rows))
        x += widths[name] + gap
    plot_left = x
    x += plot_width + gap
    for name in right:
        columns.append(_column(name, headings[name], x, widths[name], rows))
        x += widths[name] + gap
    return tuple(columns), plot_left, plot_width, x - gap + preset.margin


def _column(name: str, heading: str, x: float, width: float, rows: Sequence[Row]) -> Column:
    if name in ("design", "route"):
        return Column(name, heading, "center", x + width / 2, width)
    texts = [row.cells[name] for row in rows if name in row.cells]
    if name in ("n", "estimate", "weight") or all(_is_number(text) for text in texts):
        return Column(name, heading, "right", x + width, width)
    return Column(name, heading, "left", x, width)


def _is_number(text: str) -> bool:
    return text == "–" or text.replace("−", "").replace(".", "", 1).replace(",", "").isdigit()


def column_width(rows: Sequence[Row], name: str, heading: str, preset: Preset) -> float:
    cells = (text_width(row.cells.get(name, ""), preset.base, _bold(row)) for row in rows)
    return max([text_width(heading, preset.base, True), *cells])


def label_width(rows: Sequence[Row], heading: str, preset: Preset, free: float) -> float:
    """Width of the label column: what the labels need, within what is free and what is legible."""
    sized = [(row.label, preset.base, _bold(row)) for row in rows if row.kind not in ("group", "note")]
    wanted = max((text_width(*each) for each in [*sized, (heading, preset.base, True)]), default=0.0)
    notes = max((text_width(row.note, preset.small) for row in rows), default=0.0)
    wanted = max(wanted, min(notes, preset.label_width)) * 1.001 + 0.01
    return float(np.clip(free, min(wanted, 13 * preset.em), min(wanted, preset.label_width)))


def place_rows(
    rows: Sequence[Row], columns: Sequence[Column], plot_left: float, preset: Preset
) -> tuple[Placed, ...]:
    label = columns[0].width
    left = plot_left - preset.margin - preset.em
    placed, top = [], 0.0
    for row in rows:
        size = preset.small if row.kind == "note" else preset.base
        bare = row.kind in ("group", "note") or (row.kind == "excluded" and not row.cells)
        room = left if bare else label
        lines = wrapped(row.label, room, size, bold=_bold(row), lines=_LABEL_LINES)
        notes = (
            wrapped(row.note, left if bare else label, preset.small, lines=_LABEL_LINES) if row.note else []
        )
        text = LEADING * (len(lines) * size + len(notes) * preset.small) / preset.base
        tight = _TIGHT if preset.aspect else 1.0
        height = max(tight * _HEIGHTS[row.kind], text + 0.43 * tight**4)
        placed.append(Placed(row, top + height / 2, height, tuple(lines), tuple(notes)))
        top += height
    return tuple(placed)


def _bold(row: Row) -> bool:
    return row.kind in ("group", "pooled")
