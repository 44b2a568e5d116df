"""Cells as other programs read them: plain numbers, guarded text, blanks; and CSV made of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import pandas as pd

from evidence.tables.formula_guard import guarded

# More digits differ between machines.
DIGITS = 10


def number(value: float) -> int | float | None:
    """Return a number with ten significant digits, a whole one as int; None for NaN and infinity.

    Examples
    --------
    >>> number(35.0), number(-0.1 - 0.2), number(float("nan"))
    (35, -0.3, None)
    """
    value = float(value)
    if not abs(value) < float("inf"):
        return None
    short = float(f"{value:.{DIGITS}g}")
    return int(short) if short.is_integer() else short


def cell(value: Any) -> str | int | float | None:
    """Return a value as a number, a text or None where it is missing.

    Examples
    --------
    >>> cell(True), cell(pd.NA), cell("=1+1"), cell(-2.50)
    ('yes', None, '=1+1', -2.5)
    """
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    return number(value)


def csv_text(frame: pd.DataFrame) -> str:
    """Return a table as CSV with the text in it kept from being run as a formula.

    Parameters
    ----------
    frame : DataFrame
        Its index is not written.

    Returns
    -------
    str
        Rows end with a line feed; a missing value is a blank.

    Examples
    --------
    >>> print(csv_text(pd.DataFrame({"study": ["=1+1"], "yi": [-0.5]})))
    study,yi
    '=1+1,-0.5
    """
    rows = frame.itertuples(index=False, name=None)
    return "".join(map(_line, [tuple(map(str, frame.columns)), *rows]))


def _line(row: Iterable[Any]) -> str:
    """Write one row; the writer quotes both characters of its own line end wherever they stand in a cell."""
    out = io.StringIO(newline="")
    cells = map(cell, row)
    written = [guarded(value) if isinstance(value, str) else value for value in cells]
    csv.writer(out, lineterminator="\r\n").writerow(written)
    return out.getvalue().removesuffix("\r\n") + "\n"
