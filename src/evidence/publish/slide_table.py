"""A native, editable table on a slide, its rows as high as their text needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Emu, Inches, Pt

from evidence.figures.text import LEADING
from evidence.publish.deck_text import clean, lines_of

SIZE = Pt(18)
_PAD, _ABOVE = Pt(6), Pt(4)
_HEAD, _STRIPE, _WHITE, _INK = (
    RGBColor.from_string(code) for code in ("0B4F7A", "EEF3F7", "FFFFFF", "1A1A1A")
)


def row_height(
    row: Sequence[str], shares: Sequence[float], width: int, *, wider: float = 1.0, bold: bool = False
) -> int:
    """Return how high a row must be for its longest cell, EMU; `wider` is that of `Layouts`."""
    room = [wider * Emu(int(share * width) - 2 * _PAD).inches for share in shares]
    lines = max(
        lines_of(clean(text), wide, SIZE.pt, bold=bold or i == 0)
        for i, (text, wide) in enumerate(zip(row, room, strict=True))
    )
    return Inches(lines * LEADING * SIZE.pt / 72) + 2 * _ABOVE


def pages(
    rows: Sequence[Sequence[str]],
    headings: Sequence[str],
    shares: Sequence[float],
    *,
    width: int,
    height: int,
    wider: float = 1.0,
) -> list[range]:
    """Split rows over slides: as few slides as will do, and all of about the same height.

    Parameters
    ----------
    rows : sequence of sequence of str
    headings : sequence of str
    shares : sequence of float
        Widths of the columns, which sum to one.
    width, height : int
        Room for the table with its headings, EMU.
    wider : float
        How much wider text is measured than it is set.

    Returns
    -------
    list of range
        Positions of the rows of each slide.
    """
    free = height - row_height(headings, shares, width, wider=wider, bold=True)
    heights = [row_height(row, shares, width, wider=wider) for row in rows]
    return min(
        _splits(heights, len(_packed(heights, free)), free), key=lambda split: _unevenness(split, heights)
    )


def _splits(heights: Sequence[int], count: int, free: int) -> Iterator[list[range]]:
    """Yield every way of splitting rows over so many slides, none fuller than it may be."""
    for inner in combinations(range(1, len(heights)), count - 1):
        split = [range(start, end) for start, end in pairwise((0, *inner, len(heights)))]
        if all(len(page) == 1 or _height(page, heights) <= free for page in split):
            yield split


def _unevenness(split: Sequence[range], heights: Sequence[int]) -> float:
    return sum(_height(page, heights) ** 2 for page in split)


def _height(page: range, heights: Sequence[int]) -> int:
    return sum(heights[i] for i in page)


def _packed(heights: Sequence[int], free: int) -> list[range]:
    found: list[range] = []
    start, used = 0, 0
    for i, height in enumerate(heights):
        if i > start and used + height > free:
            found.append(range(start, i))
            start, used = i, 0
        used += height
    return [*found, range(start, len(heights))]


def add_table(
    slide: Any,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    shares: Sequence[float],
    *,
    left: int,
    top: int,
    width: int,
    alt: str,
    wider: float = 1.0,
) -> Any:
    """Add a table with a row of headings; the first column is bold.

    Parameters
    ----------
    slide : pptx.slide.Slide
    headings : sequence of str
    rows : sequence of sequence of str
    shares : sequence of float
        Widths of the columns, which sum to one.
    left, top, width : int
        EMU.
    alt : str
        Alternative text.
    wider : float
        How much wider text is measured than it is set.

    Returns
    -------
    pptx.shapes.graphfrm.GraphicFrame
    """
    heights = [row_height(headings, shares, width, wider=wider, bold=True)]
    heights += [row_height(row, shares, width, wider=wider) for row in rows]
    frame = slide.shapes.add_table(len(heights), len(shares), left, top, width, sum(heights))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", clean(alt))
    for column, share in enumerate(shares):
        frame.table.columns[column].width = int(share * width)
    for line, (cells, height) in enumerate(zip((headings, *rows), heights, strict=True)):
        frame.table.rows[line].height = height
        fill = _HEAD if line == 0 else (_STRIPE if line % 2 else _WHITE)
        for column, text in enumerate(cells):
            ink = _INK if line else _WHITE
            _write(frame.table.cell(line, column), text, fill, ink, bold=not (line and column))
    return frame


def _write(cell: Any, text: str, fill: RGBColor, ink: RGBColor, *, bold: bool) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = fill
    cell.margin_left = cell.margin_right = _PAD
    cell.margin_top = cell.margin_bottom = _ABOVE
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = clean(text)
    run.font.size, run.font.bold = SIZE, bold
    run.font.color.rgb = ink
