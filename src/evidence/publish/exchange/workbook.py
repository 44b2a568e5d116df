"""The tables and the effects as one workbook, in which no cell is a formula."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evidence.errors import InputError
from evidence.publish.exchange.cells import cell
from evidence.publish.stable_zip import stable_zip

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_CREATED = datetime.datetime(2000, 1, 1)
_NARROWEST, _WIDEST = 8, 48
_LOOKED_AT = 200
MOST_LETTERS = 32_767
README = "Read me"


def workbook(title: str, about: Sequence[str], sheets: Mapping[str, pd.DataFrame]) -> bytes:
    """Return a workbook with a page about it and a sheet a table.

    Parameters
    ----------
    title : str
        Heading of the page, and title of the file.
    about : sequence of str
        Paragraphs of the page.
    sheets : mapping of str to DataFrame
        Tables by the name of their sheet.

    Returns
    -------
    bytes
        The same for the same content.

    Raises
    ------
    InputError
        If a text is longer than a cell can hold.
    """
    out = io.BytesIO()
    book = Workbook(out, _OPTIONS)
    book.set_properties({"title": title, "comments": "Not medical advice.", "created": _CREATED})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    page = book.add_worksheet(README)
    page.set_column(0, 0, 100)
    page.write_string(0, 0, title, bold)
    for line, paragraph in enumerate(about, start=1):
        page.write_string(line, 0, paragraph, wrapped)
    for name, frame in sheets.items():
        _fill(book.add_worksheet(name), name, frame, bold)
    book.close()
    return stable_zip(out.getvalue())


def _fill(sheet: Worksheet, name: str, frame: pd.DataFrame, bold: Format) -> None:
    for place, column in enumerate(frame.columns):
        sheet.write_string(0, place, str(column), bold)
        sheet.set_column(place, place, _width(frame.iloc[:, place], str(column)))
    for line, row in enumerate(frame.itertuples(index=False, name=None), start=1):
        for place, value in enumerate(map(cell, row)):
            if isinstance(value, str):
                if len(value) > MOST_LETTERS:
                    raise InputError(
                        f"Sheet {name}, row {line + 1}, column {frame.columns[place]}: the text has"
                        f" {len(value)} letters where a cell of a workbook holds {MOST_LETTERS}; shorten it."
                    )
                sheet.write_string(line, place, value)
            elif value is not None:
                sheet.write_number(line, place, value)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(frame), 1), max(len(frame.columns) - 1, 0))


def _width(cells: pd.Series, heading: str) -> int:
    """Return a width that shows most of a column's cells, in letters."""
    shown = [str(value) for value in map(cell, cells.head(_LOOKED_AT)) if value is not None]
    return min(max(_NARROWEST, len(heading) + 3, *(len(text) + 1 for text in shown or [""])), _WIDEST)
