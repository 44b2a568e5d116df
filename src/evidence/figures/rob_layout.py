"""The layout of the traffic-light plot: columns of domains, and rows that may run over several panels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evidence.figures.canvas import head, page_height
from evidence.figures.key import Entry, Key, key
from evidence.figures.rob_data import OVERALL, Judged, heading, legend
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, text_width, wrapped

ROW = 1.9  # ems
_HEAD = 1.9
_TOOL = 2.0
_BETWEEN = 1.1
_CELL = (2.1, 4.4)  # narrowest and widest column of a domain
_GAP = 2.4
_MOST_STRETCH = 1.5
WEIGHT = "Weight, %"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of a panel stand, inches from its left edge: centres by tool and domain."""

    name: float
    centres: tuple[dict[str, float], ...]
    weight: float
    width: float


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one tool in one panel: studies `first` to `last`, inches from the top of the page."""

    tool: int
    first: int
    last: int
    panel: int
    top: float
    head: float
    heights: tuple[float, ...]

    @property
    def rows_top(self) -> float:
        """Upper edge of the first row."""
        return self.top + self.head


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    preset: Preset
    width: float
    height: float
    heading: Block
    columns: Columns
    parts: tuple[Part, ...]
    lines: tuple[tuple[tuple[str, ...], ...], ...]
    bottom: float
    key: Key
    footer: Block

    def left(self, panel: int) -> float:
        """Return the left edge of a panel."""
        return self.preset.margin + panel * (self.columns.width + _GAP * self.preset.em)


def arrange(
    tools: tuple[Judged, ...],
    style: Preset,
    title: str | None,
    subtitle: str | None,
    entries: list[Entry],
    foot: str,
) -> Sheet:
    """Measure the page."""
    sheet = shaped(lambda width: _measured(tools, style, title, subtitle, entries, foot, width), style)
    height = page_height(sheet.height, sheet.width, style)
    return _spread(sheet, height) if style.aspect else replace(sheet, height=height)


def _spread(sheet: Sheet, height: float) -> Sheet:
    """Make the rows higher where a slide has room for it."""
    panels: dict[int, float] = {}
    for part in sheet.parts:
        panels[part.panel] = panels.get(part.panel, 0.0) + sum(part.heights)
    stretch = min(_MOST_STRETCH, 1 + (height - sheet.height) / max(panels.values()))
    lower, parts = dict.fromkeys(panels, 0.0), []
    for part in sheet.parts:
        heights = tuple(stretch * row for row in part.heights)
        parts.append(replace(part, top=part.top + lower[part.panel], heights=heights))
        lower[part.panel] += sum(heights) - sum(part.heights)
    return replace(sheet, height=height, parts=tuple(parts), bottom=sheet.bottom + max(lower.values()))


def _measured(
    tools: tuple[Judged, ...],
    style: Preset,
    title: str | None,
    subtitle: str | None,
    entries: list[Entry],
    foot: str,
    width: float,
) -> Sheet:
    em = style.em
    labels = [label for tool in tools for label in tool.studies.values()]
    name = min(max(text_width(label, style.base) for label in labels) + 0.01, style.label_width)
    least = _columns(tools, style, name, _CELL[0] * em)
    inner = max(width - 2 * style.margin, least.width)
    lines = tuple(
        tuple(tuple(wrapped(label, name, style.base)) for label in tool.studies.values()) for tool in tools
    )
    most = max(1, int((inner + _GAP * em) / (least.width + _GAP * em))) if style.aspect else 1
    plans = [_parts(tools, lines, style, panels) for panels in range(1, most + 1)]
    plan = min(plans, key=lambda parts: max(_end(part) for part in parts))
    panels = 1 + max(part.panel for part in plan)
    room = (inner - (panels - 1) * _GAP * em) / panels
    columns = _stretched(tools, style, name, room)
    page = inner + 2 * style.margin
    top_block = head(title, subtitle, style, inner)
    marks = key(entries, style, inner)
    footer = _footer(tools, style, foot, inner)
    top = style.margin + top_block.height + (0.6 * em if top_block.lines else 0)
    parts = tuple(replace(part, top=part.top + top) for part in plan)
    bottom = max(_end(part) for part in parts) + 0.9 * em
    height = bottom + marks.height + 0.3 * em + footer.height + style.margin
    return Sheet(style, page, height, top_block, columns, parts, lines, bottom, marks, footer)


def _end(part: Part) -> float:
    return part.rows_top + sum(part.heights)


def _columns(tools: tuple[Judged, ...], style: Preset, name: float, cell: float) -> Columns:
    """Place the columns for cells of a width; a column is at least as wide as its heading."""
    em, centres, ends = style.em, [], []
    for tool in tools:
        x, spots = name + 0.6 * em, {}
        for domain in tool.domains:
            wide = max(cell, text_width(heading(domain), style.base, True) + 0.7 * em)
            x += 0.5 * em if domain == OVERALL and spots else 0.0
            spots[domain] = x + wide / 2
            x += wide
        centres.append(spots)
        ends.append(x)
    end = max(ends)
    centres = [_to_the_right(spots, last, end) for spots, last in zip(centres, ends, strict=True)]
    weight = 0.0
    if any(tool.weighted for tool in tools):
        weight = text_width(WEIGHT, style.base, True) + 1.2 * em
    return Columns(name, tuple(centres), end + weight, end + weight + 0.4 * em * (not weight))


def _to_the_right(spots: dict[str, float], last: float, end: float) -> dict[str, float]:
    """Move the overall judgement to where it stands in the block with the most domains."""
    return {domain: x + (end - last if domain == OVERALL else 0.0) for domain, x in spots.items()}


def _stretched(tools: tuple[Judged, ...], style: Preset, name: float, room: float) -> Columns:
    """Widen the cells until the panel is full or they are as wide as looks well."""
    cell = _CELL[1] * style.em
    while cell > _CELL[0] * style.em and _columns(tools, style, name, cell).width > room:
        cell -= 0.05 * style.em
    return _columns(tools, style, name, max(cell, _CELL[0] * style.em))


def _parts(
    tools: tuple[Judged, ...], lines: tuple[tuple[tuple[str, ...], ...], ...], style: Preset, panels: int
) -> list[Part]:
    """Fill so many panels, each as low as can be."""
    em, line = style.em, style.base * LEADING / 72
    heights = [[max(ROW * em, len(text) * line + 0.35 * em) for text in of_tool] for of_tool in lines]
    heads = (_HEAD + (_TOOL if len(tools) > 1 else 0.0)) * em
    total = sum(map(sum, heights)) + len(tools) * (heads + _BETWEEN * em)
    room = total / panels if panels > 1 else total
    parts = _filled(heights, heads, _BETWEEN * em, room)
    while 1 + max(part.panel for part in parts) > panels:
        room += 0.5 * em
        parts = _filled(heights, heads, _BETWEEN * em, room)
    return parts


def _filled(heights: list[list[float]], head_height: float, between: float, room: float) -> list[Part]:
    """Put the rows of every tool under one another, going on in the next panel where `room` is used up."""
    parts, panel, y = [], 0, 0.0
    for tool, rows in enumerate(heights):
        first = 0
        while first < len(rows):
            start = y + (between if y else 0.0)
            last, end = first, start + head_height
            while last < len(rows) and (end + rows[last] <= room + 1e-9 or (last == first and not y)):
                end += rows[last]
                last += 1
            if last > first:
                parts.append(Part(tool, first, last, panel, start, head_height, tuple(rows[first:last])))
                first, y = last, end
            if first < len(rows):
                panel, y = panel + 1, 0.0
    return parts


def _footer(tools: tuple[Judged, ...], style: Preset, foot: str, width: float) -> Block:
    parts = [(f"{tool.label} – {legend(tool)}", style.small, False, INK) for tool in tools]
    return block([*parts, (foot, style.fine, False, MUTED)], width)
