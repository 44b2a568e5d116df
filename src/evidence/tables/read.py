"""Read one CSV file as text, strictly: what is not a clean table is named, not guessed at."""

from __future__ import annotations

import csv
import io
from collections.abc import Container
from pathlib import Path

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import Problem

Record = tuple[int, list[str]]


def read_table(
    path: Path, columns: list[str], *, may_lack: Container[str] = ()
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read a CSV file into a table of text, blank cells as missing.

    Parameters
    ----------
    path : Path
    columns : list of str
        Columns the file must have, in any order.
    may_lack : container of str
        Columns that may be absent; they come back blank.

    Returns
    -------
    table : DataFrame or None
        None if the file cannot be read as this table. Its index holds the line of each row in
        the file (the header is line 1).
    problems : list of Problem
    """
    raw = content(path)
    if isinstance(raw, Problem):
        return None, [raw]
    return table_in(path.name, raw, columns, may_lack=may_lack)


def content(path: Path) -> bytes | Problem:
    """Return the bytes of a file, or that it is missing."""
    if path.is_file():
        return path.read_bytes()
    return Problem(path.name, None, None, None, f"the file is missing; it belongs into {path.parent}.")


def table_in(
    name: str, raw: bytes, columns: list[str], *, may_lack: Container[str] = ()
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Take the bytes of a CSV file for a table, as `read_table` does."""
    records, problems = read_records(name, raw)
    if not records:
        return None, problems
    problems += _header_problems(name, records[0][1], columns, may_lack)
    if problems:
        return None, problems
    return as_table(records).reindex(columns=columns), []


def read_records(name: str, raw: bytes) -> tuple[list[Record], list[Problem]]:
    """Take the bytes of a CSV file apart into its lines and cells.

    Parameters
    ----------
    name : str
        Name of the file, for the problems.
    raw : bytes

    Returns
    -------
    records : list of (int, list of str)
        Line and cells of each row that is not blank, the header first; none where the file cannot be read.
    problems : list of Problem
    """
    text, problem = _decode(name, raw)
    if text is None:
        return [], [problem] if problem else []
    return _records(name, text)


def as_table(records: list[Record]) -> pd.DataFrame:
    """Return records as a table of text, blank cells as missing, with the line of each row as its index."""
    rows = {line: [cell.strip() or None for cell in cells] for line, cells in records[1:]}
    return pd.DataFrame.from_dict(rows, orient="index", columns=records[0][1], dtype="str")


def _decode(name: str, raw: bytes) -> tuple[str | None, Problem | None]:
    def bad(remedy: str) -> tuple[None, Problem]:
        return None, Problem(name, None, None, None, remedy)

    if not raw.strip():
        return bad("the file is empty; it needs a header row and its rows.")
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")) or b"\x00" in raw:
        return bad("this is not a CSV file (a workbook or another format?); save it as 'CSV UTF-8'.")
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return None, Problem(name, line, None, None, "the text is not UTF-8; save the file as 'CSV UTF-8'.")


def _records(name: str, text: str) -> tuple[list[Record], list[Problem]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[Record] = []
    problems: list[Problem] = []
    line = 1
    try:
        for cells in reader:
            if cells and any(cell.strip() for cell in cells):
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        return [], [Problem(name, line, None, None, f"this is not a well-formed CSV row ({error}).")]
    if not records:
        return [], [Problem(name, None, None, None, "the file is empty; it needs a header row and its rows.")]
    width = len(records[0][1])
    if width == 1 and any(mark in records[0][1][0] for mark in ";\t"):
        remedy = "the columns are not separated by commas; save the file as 'CSV UTF-8 (comma separated)'."
        return [], [Problem(name, 1, None, None, remedy)]
    for line, cells in records[1:]:
        if len(cells) != width:
            remedy = (
                f"the row has {len(cells)} cells where the header has {width}; quote text that holds commas."
            )
            problems.append(Problem(name, line, None, None, remedy))
    return records, problems


def _header_problems(
    name: str, header: list[str], columns: list[str], may_lack: Container[str]
) -> list[Problem]:
    problems = []
    for column in columns:
        if column not in header and column not in may_lack:
            unknown = [found for found in header if found not in columns]
            remedy = f"the column is missing.{nearest(column, unknown)}"
            problems.append(Problem(name, 1, column, None, remedy))
    for column in dict.fromkeys(header):
        if column not in columns:
            remedy = f"there is no such column in this table.{nearest(column, columns)}"
            problems.append(Problem(name, 1, column, None, remedy))
        elif header.count(column) > 1:
            problems.append(Problem(name, 1, column, None, "the column stands there twice."))
    return problems
