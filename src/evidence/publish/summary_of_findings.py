"""Write the summary of findings as a page, as CSV and as slides with a native table."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, select_autoescape
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.util import Emu, Pt

from evidence.arguments import option
from evidence.certainty.summary_of_findings import HEADINGS, SummaryOfFindings
from evidence.errors import InputError
from evidence.files import write_whole
from evidence.publish.exchange.cells import csv_text
from evidence.publish.stable_zip import stable_zip

FORMATS = ("html", "csv", "pptx")
STEM = "summary_of_findings"
WIDE, HIGH = Emu(12_192_000), Emu(6_858_000)
ROWS_A_SLIDE = 3
_ON_SLIDE = ("outcome", "absolute", "people", "certainty", "plain")
_SHARES = (0.25, 0.23, 0.12, 0.16, 0.24)
_HEAD, _STRIPE, _WHITE, _INK = (
    RGBColor.from_string(code) for code in ("0B4F7A", "EEF3F7", "FFFFFF", "1A1A1A")
)
_FIXED = datetime.datetime(2020, 1, 1)


def write_summary(
    summary: SummaryOfFindings, folder: Path, *, formats: Sequence[str] = FORMATS
) -> list[Path]:
    """Write a summary of findings, each file whole or not at all.

    Parameters
    ----------
    summary : SummaryOfFindings
    folder : Path
        Made if missing.
    formats : sequence of str
        "html", "csv" and "pptx".

    Returns
    -------
    list of Path

    Raises
    ------
    OptionError
        If a format does not exist.
    InputError
        If none is named, or the folder cannot be written to.
    """
    kinds = [option("format", kind, FORMATS) for kind in formats]
    if not kinds:
        raise InputError(f"Name at least one format of {', '.join(FORMATS)}.")
    makers = {"html": html_page, "csv": csv_table, "pptx": slides}
    made = [(folder / f"{STEM}.{kind}", makers[kind](summary)) for kind in kinds]
    try:
        for path, content in made:
            write_whole(path, content)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written to: {error}.") from error
    return [path for path, _ in made]


def html_page(summary: SummaryOfFindings) -> str:
    """Return the summary as a page that needs nothing else; text is escaped."""
    environment = Environment(
        loader=PackageLoader("evidence.publish"), autoescape=select_autoescape(), keep_trailing_newline=True
    )
    rows = []
    for row in summary.rows.to_dict("records"):
        circles, _, words = row["certainty"].partition(" ")
        rows.append(row | {"symbols": circles, "words": words})
    template = environment.get_template(f"{STEM}.html")
    return template.render(
        title=summary.title, headings=HEADINGS.values(), rows=rows, footnotes=summary.footnotes
    )


def csv_table(summary: SummaryOfFindings) -> str:
    """Return the summary as CSV, its footnotes below the table; cells a spreadsheet would run are guarded."""
    table = summary.summary()
    notes = pd.DataFrame(summary.notes(), columns=table.columns[:2])
    return csv_text(pd.concat([table, notes]).fillna(""))


def slides(summary: SummaryOfFindings) -> bytes:
    """Return the summary as 16:9 slides with native tables; the footnotes stand in the speaker notes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDE, HIGH
    rows = summary.rows.to_dict("records")
    pages = [rows[start : start + ROWS_A_SLIDE] for start in range(0, len(rows), ROWS_A_SLIDE)]
    for number, page in enumerate(pages, start=1):
        _slide(deck, page, f"Summary of findings ({number} of {len(pages)})", summary)
    core = deck.core_properties
    core.title, core.author, core.last_modified_by = "Summary of findings", "", ""
    core.created = core.modified = core.last_printed = _FIXED
    packed = io.BytesIO()
    deck.save(packed)
    return stable_zip(packed.getvalue())


def _slide(deck: Any, rows: list[dict[str, Any]], title: str, summary: SummaryOfFindings) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    edge = int(0.045 * WIDE)
    inner = WIDE - 2 * edge
    heading = slide.shapes.title
    heading.left, heading.top, heading.width, heading.height = edge, edge // 2, inner, Pt(44)
    _say(heading.text_frame, title, Pt(30), bold=True)
    frame = slide.shapes.add_table(len(rows) + 1, len(_ON_SLIDE), edge, edge // 2 + Pt(56), inner, Pt(60))
    words = "; ".join(f"{row['outcome']}: {row['absolute']}, {row['certainty']}" for row in rows)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", f"Table: {words}")
    table = frame.table
    for column, (name, share) in enumerate(zip(_ON_SLIDE, _SHARES, strict=True)):
        table.columns[column].width = int(share * inner)
        _cell(table.cell(0, column), HEADINGS[name], _HEAD, _WHITE, bold=True)
        for line, row in enumerate(rows, start=1):
            fill = _STRIPE if line % 2 else _WHITE
            _cell(table.cell(line, column), str(row[name]), fill, _INK, bold=column == 0)
    foot = slide.shapes.add_textbox(edge, HIGH - Pt(44), inner, Pt(28))
    _say(foot.text_frame, f"{summary.title} Letters: see the notes of this slide.", Pt(14))
    notes = "\n".join(f"{letter}. {note}" for letter, note in summary.notes())
    slide.notes_slide.notes_text_frame.text = f"{summary.title}\n\n{notes}"


def _cell(cell: Any, text: str, fill: RGBColor, ink: RGBColor, *, bold: bool) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = fill
    cell.margin_left = cell.margin_right = Pt(6)
    _say(cell.text_frame, text, Pt(18), bold=bold)
    cell.text_frame.paragraphs[0].font.color.rgb = ink


def _say(frame: Any, text: str, size: Pt, *, bold: bool = False) -> None:
    frame.text = text
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    paragraph.font.size = size
    paragraph.font.bold = bold
