"""The layout of the effect-direction plot: columns of studies, designs and people, and one an outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidence.figures.canvas import head, page_height
from evidence.figures.direction_rows import Findings
from evidence.figures.key import Entry, Key, key
from evidence.figures.style import FRAME, INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, breakable, text_width, wrapped

ROW = 2.1  # ems
TALLY = "For the claim"
_CELL = (3.6, 13.0)  # narrowest column, and the widest a single word may make it
_DESIGN = {"web": 9.0, "paper": 9.0, "slide": 14.0}


@dataclass(frozen=True, slots=True)
class Row:
    """A study or, where `key` is empty, the heading of a group: lines, upper edge and height in inches."""

    key: str
    lines: tuple[str, ...]
    design: tuple[str, ...]
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches; `design` and `people` are edges, `left` is that of the first outcome."""

    preset: Preset
    width: float
    height: float
    heading: Block
    heads: tuple[Block, ...]
    design: float
    people: float
    left: float
    cells: tuple[float, ...]
    top: float
    rows: tuple[Row, ...]
    bottom: float
    key: Key
    footer: Block

    @property
    def centres(self) -> tuple[float, ...]:
        """Return the middles of the outcomes' columns, counted from the left edge of the first."""
        return tuple(float(sum(self.cells[:i]) + cell / 2) for i, cell in enumerate(self.cells))


def arrange(
    found: Findings,
    style: Preset,
    title: str | None,
    subtitle: str | None,
    entries: list[Entry],
    foot: str,
) -> Sheet:
    """Measure the page."""
    sheet = shaped(lambda width: _measured(found, style, title, subtitle, entries, foot, width), style)
    return replace(sheet, height=page_height(sheet.height, sheet.width, style))


def _measured(
    found: Findings,
    style: Preset,
    title: str | None,
    subtitle: str | None,
    entries: list[Entry],
    foot: str,
    width: float,
) -> Sheet:
    em, margin = style.em, style.margin
    label, design, people = _left_columns(found, style)
    edge = margin + label + 1.2 * em
    left = edge + (design + 1.2 * em if design else 0.0) + people + 1.4 * em
    least = [_least(outcome, style) for outcome in found.outcomes]
    spare = max(0.0, width - margin - left - sum(least)) / len(least)
    cells = [each + min(spare, max(0.0, _CELL[1] * em - each)) for each in least]
    page = max(width, left + sum(cells) + margin)
    inner = page - 2 * margin
    heads = tuple(
        block([(outcome, style.base, True, INK)], cell - 0.6 * em)
        for outcome, cell in zip(found.outcomes, cells, strict=True)
    )
    heading = head(title, subtitle, style, inner)
    top = margin + heading.height + (0.7 * em if heading.lines else 0.0)
    top += max(each.height for each in heads) + 0.4 * em
    rows, bottom = _rows(found, style, label, design, top)
    bottom += ROW * em  # the row that counts
    marks, footer = key(entries, style, inner), _footer(found, style, foot, inner)
    height = bottom + 0.8 * em + marks.height + 0.4 * em + footer.height + margin
    columns = (edge if design else 0.0, left - 1.4 * em, left, tuple(cells))
    return Sheet(style, page, height, heading, heads, *columns, top, rows, bottom, marks, footer)


def _least(outcome: str, style: Preset) -> float:
    """Return the narrowest an outcome's column may be: its longest word stays whole, if words are words."""
    em = style.em
    longest = max(text_width(word, style.base, True) for _, word in breakable(outcome)) + 0.8 * em
    count = text_width("99 of 99", style.base, True) + 0.8 * em
    return max(_CELL[0] * em, count, min(longest, _CELL[1] * em))


def _left_columns(found: Findings, style: Preset) -> tuple[float, float, float]:
    """Return the widths of the columns of names, designs (0 if there are none) and people."""
    studies = found.studies.values()
    label = min(max(text_width(each.label, style.base) for each in studies) + 0.01, style.label_width)
    label = max(label, text_width(TALLY, style.base, True) + 0.01)
    design = 0.0
    if any(each.design for each in studies) and FRAME.get() is None:  # beside other words there is no room
        longest = max(text_width(each.design, style.base) for each in studies) + 0.01
        design = max(min(longest, _DESIGN[style.name] * style.em), text_width("Design", style.base, True))
    people = max(text_width(people_in(each.n), style.base) for each in studies)
    return label, design, max(people, text_width("n", style.base, True))


def people_in(n: float) -> str:
    """Return a number of people as the plot prints it."""
    return "–" if np.isnan(n) else f"{n:g}"


def _rows(
    found: Findings, style: Preset, label: float, design: float, top: float
) -> tuple[tuple[Row, ...], float]:
    """Place the rows under one another, every group below its heading."""
    em, line, rows, group = style.em, style.base * LEADING / 72, [], ""
    for name, study in found.studies.items():
        if study.group != group:
            group = study.group
            lines = tuple(wrapped(group, label + design + 1.2 * em, style.base, bold=True))
            height = len(lines) * line + 0.5 * em
            rows.append(Row("", lines, (), top, height))
            top += height
        lines = tuple(wrapped(study.label, label, style.base))
        designs = tuple(wrapped(study.design, design, style.base)) if design else ()
        height = max(ROW * em, max(len(lines), len(designs)) * line + 0.4 * em)
        rows.append(Row(name, lines, designs, top, height))
        top += height
    return tuple(rows), top


def _footer(found: Findings, style: Preset, foot: str, width: float) -> Block:
    """Write the notes with their numbers; a slide has no room for them."""
    parts = []
    if style.aspect is None:
        parts = [(f"{i}  {note}", style.small, False, INK) for i, note in enumerate(found.notes, start=1)]
    return block([*parts, (foot, style.fine, False, MUTED)], width)
