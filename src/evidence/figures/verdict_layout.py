"""The layout of the verdict chart: what every column needs, and how high the rows become."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from evidence.figures.canvas import head, page_height
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.symbols import circles
from evidence.figures.text import Block, block, breakable, text_width, wrapped
from evidence.figures.verdict_chip import Chips, measure_chips

_SCALE = "Bar under a verdict: its place from supported (left) to contradicted (right)."
KEY = f"{_SCALE} Circles: certainty of the evidence (GRADE), from four filled, high, to one, very low."
_SLIDE_KEY = "Bars run from supported to contradicted."
_NOTHING = "–"
_PAD = {"web": 0.9, "paper": 0.9, "slide": 0.02}


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the chart."""

    id: str
    claim: str
    short: str
    verdict: str
    verdict_label: str
    certainty: str
    certainty_label: str
    estimate: str
    against: str
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of text: its heading, its left edge and width in inches, and one block a row."""

    heading: Block
    left: float
    width: float
    cells: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    preset: Preset
    width: float
    height: float
    top: float
    heights: tuple[float, ...]
    columns: tuple[Column, ...]
    chips: Chips
    chips_left: float
    heading: Block
    footer: Block


def arrange(claims: list[Claim], style: Preset, title: str | None, subtitle: str | None, foot: str) -> Sheet:
    """Measure the page; where its shape is fixed, the rows share the height that is left.

    The chips of verdicts take two lines, on a slide one where that makes the page lower.
    """
    slide = style.aspect is not None

    def measured(width: float) -> Sheet:
        tried = [
            _measured(claims, style, title, subtitle, foot, width, lines)
            for lines in ((1, 2) if slide else (2,))
        ]
        return min(tried, key=lambda sheet: sheet.height * sheet.width)

    sheet = shaped(measured, style)
    height = page_height(sheet.height, sheet.width, style)
    spare = (height - sheet.height) / len(claims)
    heights = tuple(row + min(spare, 0.6 * row) for row in sheet.heights)
    return replace(sheet, height=height, heights=heights)


def _measured(
    claims: list[Claim],
    style: Preset,
    title: str | None,
    subtitle: str | None,
    foot: str,
    width: float,
    lines: int,
) -> Sheet:
    em, slide = style.em, style.aspect is not None
    chips = measure_chips([each.verdict_label for each in claims], style, lines=lines)
    gap = (0.75 if slide else 1.4) * em
    ids = max(text_width(each.id, style.base, True) for each in claims) + 0.65 * em
    sure = _certainty_width(claims, style)
    fixed = 2 * style.margin + ids + chips.width + sure + 2 * gap
    free = width - fixed
    if slide:
        longest = max(text_width(each.short, style.base) for each in claims) + 0.02
        wording = min(longest, 0.6 * (free - gap))
        shares = [wording, free - gap - wording]
    else:
        shares = [share * (free - 2 * gap) for share in (0.36, 0.34, 0.3)]
    page = width + max(0.0, 8 * em - min(shares)) * len(shares)
    shares = [share + (page - width) / len(shares) for share in shares]
    columns, chips_left = _columns(claims, style, ids, shares, chips.width, sure, gap, lines)
    heights = tuple(
        max(*(column.cells[i].height for column in columns), chips.height(i)) + _PAD[style.name] * em
        for i in range(len(claims))
    )
    inner = page - 2 * style.margin
    heading = head(title, subtitle, style, inner)
    parts = [(KEY, style.small, False, INK), (foot, style.fine, False, MUTED)]
    footer = block([(f"{_SLIDE_KEY} {foot}", *parts[1][1:])] if slide else parts, inner)
    above = edge(style) + heading.height + (0.2 if slide else 0.9) * em * bool(heading.lines)
    top = above + max(column.heading.height for column in columns) + (0.15 if slide else 0.5) * em
    height = top + sum(heights) + (0.4 if slide else 0.9) * em + footer.height + edge(style)
    return Sheet(style, page, height, top, heights, columns, chips, chips_left, heading, footer)


def edge(style: Preset) -> float:
    """Return the white edge above and below, inches; on a slide every bit of height is type."""
    return style.margin if style.aspect is None else 0.75 * style.margin


def _marks(style: Preset) -> float:
    """Return the size of the circles, points; on a slide rows are low."""
    return 1.1 * style.base if style.aspect is None else style.fine


def _certainty_width(claims: list[Claim], style: Preset) -> float:
    marks = max(text_width(circles(each.certainty), _marks(style)) for each in claims)
    parts = [word for each in claims for _, word in breakable(each.certainty_label)]
    longest = max(text_width(part, style.small) for part in parts)
    return max(marks, longest, text_width("Certainty", style.base, True)) + 0.01


def _columns(
    claims: list[Claim],
    style: Preset,
    ids: float,
    shares: list[float],
    chip: float,
    sure: float,
    gap: float,
    lines: int,
) -> tuple[tuple[Column, ...], float]:
    """Place the columns of text; return them with the left edge of the chips."""
    slide = style.aspect is not None
    x = style.margin
    numbers = _column("", [(each.id, style.base, True, INK) for each in claims], x, ids, style)
    columns = [replace(numbers, heading=_heading("Claim", ids + shares[0], style))]
    x += ids
    wording = [each.short if slide else each.claim for each in claims]
    columns.append(_column("", [(text, style.base, False, INK) for text in wording], x, shares[0], style))
    chips_left = x + shares[0] + gap
    columns.append(_column("Verdict", [], chips_left, chip, style, len(claims)))
    x = chips_left + chip + gap
    columns.append(Column(_heading("Certainty", sure, style), x, sure, _certainties(claims, sure, style)))
    x += sure + gap
    if slide:
        reasons = [_clause(each.reason or _NOTHING, shares[1], style.fine, 1 + lines) for each in claims]
        columns.append(
            _column("Why", [(text, style.fine, False, INK) for text in reasons], x, shares[1], style)
        )
        return tuple(columns), chips_left
    found = [(each.estimate or _NOTHING, style.small, False, INK) for each in claims]
    columns.append(_column("What was found", found, x, shares[1], style))
    x += shares[1] + gap
    against = [(each.against or _NOTHING, style.small, False, INK) for each in claims]
    columns.append(_column("Strongest evidence against", against, x, shares[2], style))
    return tuple(columns), chips_left


def _column(
    heading: str,
    cells: list[tuple[str, float, bool, str]],
    left: float,
    width: float,
    style: Preset,
    rows: int = 0,
) -> Column:
    blocks = [block([cell], width) for cell in cells] or [Block()] * rows
    return Column(_heading(heading, width, style), left, width, tuple(blocks))


def _clause(text: str, width: float, size: float, lines: int) -> str:
    """Leave out the last clauses of a reason that takes too many lines; no number or bracket is cut."""
    ends = [found.start() for found in re.finditer(r"[;,:]? \(|[;,:.] ", text)]
    ends = [end for end in ends if text.count("(", 0, end) == text.count(")", 0, end)]
    for end in [len(text), *reversed(ends)]:
        kept = text if end == len(text) else f"{text[:end]} …"
        if len(wrapped(kept, width, size)) <= lines:
            return kept
    return text


def _heading(text: str, width: float, style: Preset) -> Block:
    return block([(text, style.base, True, INK)], width)


def _certainties(claims: list[Claim], width: float, style: Preset) -> tuple[Block, ...]:
    """Write the circles with the words under them; what was not rated has the words alone."""
    size = style.small if style.aspect is None else style.fine
    return tuple(
        block(
            [
                (circles(each.certainty), _marks(style), False, INK),
                (each.certainty_label, size, False, INK if circles(each.certainty) else MUTED),
            ],
            width,
        )
        for each in claims
    )
