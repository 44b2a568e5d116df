"""A forest plot in the layout of a journal, laid out from measured text and drawn on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from evidence.figures.forest_journal import Journal
from evidence.figures.forest_journal_columns import Field, Fields
from evidence.figures.forest_layout import (
    Column,
    Head,
    Layout,
    Words,
    column_width,
    label_width,
    place_rows,
    spread,
    under_axis,
)
from evidence.figures.forest_rows import Row
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, Line, block, text_width, wrapped

_GAP = 1.3  # ems between columns
_WIDEST_PLOT = 1.5
_OVER = 7.0  # ems that a shared heading may take before it is wrapped
_LINES_OVER_PLOT = 3


def arrange_journal(
    journal: Journal,
    rows: Sequence[Row],
    fields: Fields,
    words: Words,
    preset: Preset,
    studies: str,
    sized: Sequence[Row],
) -> Layout:
    """Measure the texts and place every row and column as the journal does; `sized` as in `arrange`."""

    def measure(width: float) -> Layout:
        columns = _columns(sized, fields, preset, studies, width)
        return _measured(journal, rows, fields, words, preset, columns)

    return spread(shaped(measure, preset), preset)


def _measured(
    journal: Journal,
    rows: Sequence[Row],
    fields: Fields,
    words: Words,
    preset: Preset,
    measures: tuple[tuple[Column, ...], tuple[float, float], float],
) -> Layout:
    columns, plot, page = measures
    inner = page - 2 * preset.margin
    heading = block(
        [(words.title, preset.title, True, INK), (words.subtitle, preset.base, False, MUTED)], inner
    )
    foot = [(text, preset.small, False, INK) for text in words.footer]
    footer = block([*foot, (words.source, preset.fine, False, MUTED)], inner)
    above = preset.margin + heading.height + (0.9 * preset.em if heading.lines else 0)
    over = _directions(journal, words, fields, columns, plot, page, preset)
    if over:
        words = replace(words, favours=("", ""))
    elif journal.plot_heading:
        over = _plot_heading(fields, plot, preset)
    heads, top = _heads(fields, columns, over, above, preset)
    under = under_axis(words, page, *plot, preset)
    placed = place_rows(rows, columns, plot[0], preset)
    unit = preset.em * journal.spacing
    bottom = top + sum(each.height for each in placed) * unit
    height = bottom + under.height + (0.8 * preset.em if footer.lines else 0) + footer.height + preset.margin
    return Layout(
        preset, page, height, columns, *plot, placed, above, top, unit, heading, footer, under, tuple(heads)
    )


def _columns(
    rows: Sequence[Row], fields: Fields, preset: Preset, studies: str, width: float
) -> tuple[tuple[Column, ...], tuple[float, float], float]:
    """Place the columns; the plot takes what is left, and the page grows where that is too little."""
    gap = _GAP * preset.em
    widths = _widths(rows, fields, preset)
    taken = sum(widths.values()) + gap * (len(widths) + 1) + 2 * preset.margin
    label = label_width(rows, studies, preset, width - taken - preset.plot_width)
    fill = width - taken - label
    widest = fill if preset.aspect else _WIDEST_PLOT * preset.plot_width
    plot_width = max(preset.plot_width, min(fill, widest))
    columns = [Column("label", studies, "left", preset.margin, label)]
    x = preset.margin + label + gap
    for field in fields.before:
        columns.append(_column(field, x, widths[field.name]))
        x += widths[field.name] + gap
    plot = (x, plot_width)
    x += plot_width + gap
    for field in fields.after:
        columns.append(_column(field, x, widths[field.name]))
        x += widths[field.name] + gap
    return tuple(columns), plot, x - gap + preset.margin


def _column(field: Field, x: float, width: float) -> Column:
    anchor = {"left": x, "center": x + width / 2, "right": x + width}[field.align]
    return Column(field.name, field.heading, field.align, anchor, width)


def _widths(rows: Sequence[Row], fields: Fields, preset: Preset) -> dict[str, float]:
    """Measure each column; those under a shared heading grow until it fits over them."""
    widths = {}
    for field in fields.every:
        lines = _lines(field, preset)
        widths[field.name] = max(column_width(rows, field.name, line, preset) for line in lines)
    for over, some in groupby(fields.every, key=lambda field: field.over):
        names = [field.name for field in some]
        if over:
            span = sum(widths[name] for name in names) + _GAP * preset.em * (len(names) - 1)
            lines = _wrapped(over, span, preset)
            lacking = max(text_width(line, preset.base, True) for line in lines) - span
            for name in names:
                widths[name] += max(0.0, lacking) / len(names)
    return widths


def _lines(field: Field, preset: Preset) -> list[str]:
    """Break a heading where it says so, and the name of a group where it is long."""
    return _wrapped(field.heading, 0.0, preset) if field.over else field.heading.split("\n")


def _wrapped(text: str, width: float, preset: Preset) -> list[str]:
    """Break a heading into lines without cutting a word, if words are no longer than a label may be."""
    words = [text_width(word, preset.base, True) for word in text.split()]
    longest = min(max(words, default=0.0), preset.label_width) + 0.01
    return wrapped(text, max(width, _OVER * preset.em, longest), preset.base, bold=True, lines=3)


def _edges(column: Column) -> tuple[float, float]:
    left = {"left": column.x, "center": column.x - column.width / 2, "right": column.x - column.width}
    return left[column.align], left[column.align] + column.width


def _bold(text: Sequence[str], preset: Preset) -> Block:
    return Block(tuple(Line(line, preset.base, True) for line in text))


def _heads(
    fields: Fields, columns: Sequence[Column], over: Sequence[Head], above: float, preset: Preset
) -> tuple[list[Head], float]:
    """Stand the headings on one line above the rows, the shared ones over theirs; return where rows begin."""
    studies = wrapped(columns[0].heading, columns[0].width, preset.base, bold=True, lines=3)
    texts = [
        _bold(studies, preset),
        *(_bold(_lines(each, preset), preset) for each in fields.every),
    ]
    shared = _shared(fields, columns, preset)
    room = 0.35 * preset.em
    lower = room + max(
        [text.height for text, each in zip(texts[1:], fields.every, strict=True) if each.over] or [0]
    )
    tops = [text.height for text in texts] + [lower + text.height for text, _ in shared]
    tops += [head.top + head.text.height for head in over]
    bottom = above + 0.4 * preset.em + max(tops)
    heads = [
        Head(text, column.x, bottom - text.height, column.align)
        for text, column in zip(texts, columns, strict=True)
    ]
    heads += [
        Head(text, sum(ends) / 2, bottom - lower - text.height, "center", ends) for text, ends in shared
    ]
    heads += [replace(head, top=bottom - head.top - head.text.height) for head in over]
    return heads, bottom + 0.5 * preset.em


def _shared(
    fields: Fields, columns: Sequence[Column], preset: Preset
) -> list[tuple[Block, tuple[float, float]]]:
    """Return the headings over several columns, with the ends of these."""
    shared = []
    for words, some in groupby(zip(fields.every, columns[1:], strict=True), key=lambda pair: pair[0].over):
        spans = [_edges(column) for _, column in some]
        if words:
            ends = (min(left for left, _ in spans), max(right for _, right in spans))
            shared.append((_bold(_wrapped(words, ends[1] - ends[0] + 0.01, preset), preset), ends))
    return shared


def _directions(
    journal: Journal,
    words: Words,
    fields: Fields,
    columns: Sequence[Column],
    plot: tuple[float, float],
    page: float,
    preset: Preset,
) -> list[Head]:
    """Write the two directions over the plot, a line higher where they are wider than it.

    `top` of what is returned counts upwards from the rows. Where there is no room at all, nothing is returned
    and they stay under the axis.
    """
    if not journal.favours_above or not any(words.favours) or not 0 <= words.null <= 1:
        return []
    spot, gap = plot[0] + words.null * plot[1], 0.4 * preset.em
    taken = max([ends[1] for _, ends in _shared(fields, columns, preset)] or [preset.margin])
    line = preset.base * LEADING / 72 + 0.35 * preset.em
    for edges, up in ((plot[0], plot[0] + plot[1]), 0.0), ((taken + 2 * gap, page - preset.margin), line):
        rooms = (spot - gap - edges[0], edges[1] - spot - gap)
        lines = [_fitting(text, room, preset) for text, room in zip(words.favours, rooms, strict=True)]
        if None not in lines:
            return [
                Head(_bold(each, preset), spot + side * gap, up, "right" if side < 0 else "left")
                for each, side in zip(lines, (-1, 1), strict=True)
            ]
    return []


def _fitting(text: str, room: float, preset: Preset) -> list[str] | None:
    """Wrap a direction without cutting a word; None where that takes too many lines."""
    widest = max((text_width(word, preset.base, True) for word in text.split()), default=0.0)
    lines = wrapped(text, room, preset.base, bold=True) if widest < room else [""] * (_LINES_OVER_PLOT + 1)
    return lines if len(lines) <= _LINES_OVER_PLOT else None


def _plot_heading(fields: Fields, plot: tuple[float, float], preset: Preset) -> list[Head]:
    """Repeat over the plot what the estimates are."""
    words = next((field.heading for field in fields.every if field.name == "estimate"), "")
    lines = [line for part in words.split("\n") for line in wrapped(part, plot[1], preset.base, bold=True)]
    return [Head(_bold(lines, preset), plot[0] + plot[1] / 2, 0.0, "center")] if words else []
