"""Add rows to the text of a CSV file, or take them out, and leave every other byte as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BOM = "\ufeff"
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a CSV file as it stands there.

    Attributes
    ----------
    line : int
        Line on which the row begins (the header is line 1).
    raw : str
        The row with its line end.
    cells : tuple of str
        Empty for a blank line.
    """

    line: int
    raw: str
    cells: tuple[str, ...]


def records(text: str) -> list[Record]:
    """Take a CSV text apart into its rows; joined again they give the same text.

    Examples
    --------
    >>> [(record.line, record.cells) for record in records('a,b\\n1,"x\\ny"\\n2,z')]
    [(1, ('a', 'b')), (2, ('1', 'x\\ny')), (4, ('2', 'z'))]
    """
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(iter(lines))
    found, done = [], 0
    for cells in reader:
        raw = "".join(lines[done : reader.line_num])
        found.append(Record(done + 1, raw, tuple(cells)))
        done = reader.line_num
    return found


def columns(text: str) -> tuple[str, ...]:
    """Return the header of a CSV text."""
    return tuple(cell.strip() for cell in records(text.removeprefix(BOM))[0].cells)


def with_rows(text: str, rows: Sequence[Cells]) -> str:
    """Return a CSV text with rows added at its end, each in the order of the header.

    Line ends are those of the header; a last line without one stays the last line's habit.

    Parameters
    ----------
    text : str
    rows : sequence of mapping
        Cells by column; a column that is absent is left blank.

    Examples
    --------
    >>> with_rows("id,note\\n1,x\\n", [{"note": 'said "so", twice', "id": "2"}])
    'id,note\\n1,x\\n2,"said ""so"", twice"\\n'
    """
    if not rows:
        return text
    header = columns(text)
    first = records(text)[0].raw
    end = "\r\n" if first.endswith("\r\n") else "\n"
    added = io.StringIO(newline="")
    writer = csv.writer(added, lineterminator=end)
    writer.writerows([row.get(column, "") for column in header] for row in rows)
    if text.endswith(("\n", "\r")):
        return text + added.getvalue()
    return text + end + added.getvalue().removesuffix(end)


def without_rows(text: str, gone: Callable[[dict[str, str]], bool]) -> str:
    """Return a CSV text without the rows that are to go.

    Parameters
    ----------
    text : str
    gone : callable
        Told the cells of a row by column, without blanks around them; says whether the row goes.

    Examples
    --------
    >>> without_rows("id,note\\n1,x\\n2,y", lambda cells: cells["id"] == "2")
    'id,note\\n1,x'
    """
    header = columns(text)
    head, *rest = records(text)
    kept = [head.raw]
    for record in rest:
        cells = dict(zip(header, (cell.strip() for cell in record.cells), strict=False))
        if not (record.cells and gone(cells)):
            kept.append(record.raw)
    joined = "".join(kept)
    if not text.endswith(("\n", "\r")) and joined.endswith(("\n", "\r")):
        return joined.removesuffix("\n").removesuffix("\r")
    return joined
