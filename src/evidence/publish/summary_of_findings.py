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
from pptx.enum.text import PP_ALIGN
from pptx.util import Emu, Pt

from evidence.arguments import option
from evidence.certainty.summary_of_findings import HEADINGS, SummaryOfFindings
from evidence.errors import InputError
from evidence.files import as_input_error, write_whole
from evidence.publish.exchange.cells import csv_text
from evidence.publish.slide_table import add_table
from evidence.publish.stable_zip import stable_zip

FORMATS = ("html", "csv", "pptx")
STEM = "summary_of_findings"
WIDE, HIGH = Emu(12_192_000), Emu(6_858_000)
ROWS_A_SLIDE = 3
_ON_SLIDE = ("outcome", "absolute", "people", "certainty", "plain")
SLIDE_HEADINGS = [HEADINGS[name] for name in _ON_SLIDE]
SHARES = (0.25, 0.23, 0.12, 0.16, 0.24)
FIXED = datetime.datetime(2020, 1, 1)


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
    with as_input_error(f"The folder {folder} cannot be written to"):
        for path, content in made:
            write_whole(path, content)
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
    core.created = core.modified = core.last_printed = FIXED
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
    findings_table(slide, rows, edge, edge // 2 + Pt(56), inner)
    foot = slide.shapes.add_textbox(edge, HIGH - Pt(44), inner, Pt(28))
    _say(foot.text_frame, f"{summary.title} Letters: see the notes of this slide.", Pt(14))
    notes = "\n".join(f"{letter}. {note}" for letter, note in summary.notes())
    slide.notes_slide.notes_text_frame.text = f"{summary.title}\n\n{notes}"


def findings_table(
    slide: Any, rows: Sequence[dict[str, Any]], left: int, top: int, width: int, wider: float = 1.0
) -> None:
    """Add rows of a summary of findings to a slide as a native table."""
    words = "; ".join(f"{row['outcome']}: {row['absolute']}, {row['certainty']}" for row in rows)
    place = {"left": left, "top": top, "width": width, "wider": wider}
    add_table(slide, SLIDE_HEADINGS, slide_rows(rows), SHARES, **place, alt=f"Table: {words}")


def slide_rows(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return the cells that a slide shows of a summary's rows."""
    return [[str(row[name]) for name in _ON_SLIDE] for row in rows]


def _say(frame: Any, text: str, size: Pt, *, bold: bool = False) -> None:
    frame.text = text
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT
    paragraph.font.size = size
    paragraph.font.bold = bold
