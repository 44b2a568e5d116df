"""A native, editable table on a slide, its rows as high as their text needs."""

from __future__ import annotations

from collections.abc import Sequence
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


def table_height(row: Sequence[str], shares: Sequence[float], width: int, *, bold: bool = False) -> int:
    """Return how high a row must be for its longest cell, EMU."""
    room = [Emu(int(share * width) - 2 * _PAD).inches for share in shares]
    lines = max(
        lines_of(clean(text), wide, SIZE.pt, bold=bold or i == 0)
        for i, (text, wide) in enumerate(zip(row, room, strict=True))
    )
    return Inches(lines * LEADING * SIZE.pt / 72) + 2 * _ABOVE


def pages(
    rows: Sequence[Sequence[str]], headings: Sequence[str], shares: Sequence[float], width: int, height: int
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

    Returns
    -------
    list of range
        Positions of the rows of each slide.
    """
    free = height - table_height(headings, shares, width, bold=True)
    heights = [table_height(row, shares, width) for row in rows]
    fewest = len(_packed(heights, free))
    spans = {sum(heights[i:j]) for i in range(len(heights)) for j in range(i + 1, len(heights) + 1)}
    return _packed(heights, min(span for span in spans if len(_packed(heights, span)) == fewest))


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

    Returns
    -------
    pptx.shapes.graphfrm.GraphicFrame
    """
    heights = [table_height(headings, shares, width, bold=True)]
    heights += [table_height(row, shares, width) for row in rows]
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
