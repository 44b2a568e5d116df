"""Read the data rows of a RevMan review: one row a study, outcome and arm."""

from __future__ import annotations

import io
import zipfile
from os import PathLike
from pathlib import Path, PurePosixPath

import pandas as pd

from evidence.arguments import instance, nearest
from evidence.errors import DataError, InputError, Problem
from evidence.tables.formula_guard import unguarded
from evidence.tables.plain_number import is_plain, not_plain
from evidence.tables.read import as_table, read_records

DATA_ROWS = (
    *("Analysis group", "Analysis number", "Analysis name"),
    *("Subgroup", "Applicability", "Study", "Study year"),
    *("GIV Mean", "GIV SE"),
    *("Experimental mean", "Experimental SD", "Experimental cases", "Experimental N"),
    *("Control mean", "Control SD", "Control cases", "Control N"),
    *("O-E", "Variance", "Weight", "Mean", "CI start", "CI end", "Footnotes"),
)
ARMS = ("Experimental", "Control")
_NEEDED = ("Analysis name", "Study")
_PER_ARM = {"mean": "mean", "sd": "SD", "events": "cases", "n": "N"}
_NUMBERS = (
    *("Study year", "GIV Mean", "GIV SE"),
    *(f"{arm} {name}" for arm in ARMS for name in _PER_ARM.values()),
)
_BLANK = {"#N/A", "NA", "N/A"}
_ENDING = "data-rows.csv"
_LARGEST = 50_000_000


def read_revman(path: str | Path) -> pd.DataFrame:
    """Read the data rows of a RevMan review into a tidy table.

    Parameters
    ----------
    path : path
        A CSV file of data rows, or the zip file of a data package that holds one (its name ends with
        data-rows.csv).

    Returns
    -------
    DataFrame
        One row a study, analysis and arm, in the order of the file: line (of the file), analysis (such as
        "1.2"), outcome (name of the analysis), subgroup, study, year, arm ("experimental" or "control"),
        mean, sd, n, events, total, estimate, se. `total` is `n` where events are counted. `estimate` and `se`
        are the generic ones of the experimental against the control arm, on the scale of analysis (the
        logarithm of a ratio); they stand on the row of the experimental arm only.

    Raises
    ------
    InputError
        If there is no such file.
    DataError
        With every problem found: file, row, column, value and what would be right.

    Notes
    -----
    Columns are named as in the data package of RevMan Web
    (https://documentation.cochrane.org/revman-kb/data-package-specification-249561249.html); further columns
    are passed over, and so are O-E and its variance. No description of a JSON format of RevMan was found,
    so none is read.
    """
    path = Path(instance("path", path, str | PathLike, "a path"))
    if not path.is_file():
        raise InputError(f"{path} is not a file; name a CSV file of data rows or a zip file that holds one.")
    name, raw = _data_rows(path)
    records, problems = read_records(name, raw)
    problems = problems or _header_problems(name, records[0][1])
    if not problems and len(records) == 1:
        problems = [Problem(name, None, None, None, "there are no rows below the header.")]
    if problems:
        raise DataError(problems)
    cells = as_table(records)
    cells = cells.mask(cells.isin(_BLANK))
    problems = _cell_problems(name, cells)
    if problems:
        raise DataError(problems)
    return _tidy(cells)


def _data_rows(path: Path) -> tuple[str, bytes]:
    """Return the name and the content of the data rows: the file itself, or one inside a package."""
    raw = path.read_bytes()
    if not raw.startswith(b"PK\x03\x04"):
        return path.name, raw
    try:
        found = _inside(raw)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        remedy = f"the zip file cannot be unpacked ({error}); export the data package again."
        raise DataError([Problem(path.name, None, None, None, remedy)]) from error
    if len(found) != 1:
        listed = ", ".join(name for name, _ in found) or "none"
        remedy = f"a data package holds one file whose name ends with {_ENDING}; found: {listed}."
        raise DataError([Problem(path.name, None, None, None, remedy)])
    return found[0]


def _inside(raw: bytes, *, deeper: bool = True) -> list[tuple[str, bytes]]:
    """Return the data rows of a package; the Cochrane Library packs a package into a package."""
    found = []
    with zipfile.ZipFile(io.BytesIO(raw)) as package:
        for member in package.infolist():
            name = PurePosixPath(member.filename).name
            nested = deeper and name.endswith("-data.zip")
            if not nested and not name.replace("_", "-").endswith(_ENDING):
                continue
            if member.file_size > _LARGEST:
                raise zipfile.BadZipFile(f"{name} is larger than {_LARGEST // 1_000_000} MB")
            content = package.read(member)
            found += _inside(content, deeper=False) if nested else [(name, content)]
    return found


def _header_problems(name: str, header: list[str]) -> list[Problem]:
    problems = []
    for column in DATA_ROWS:
        if header.count(column) > 1:
            problems.append(Problem(name, 1, column, None, "the column stands there twice."))
        elif column in _NEEDED and column not in header:
            others = [found for found in header if found not in DATA_ROWS]
            remedy = f"the column is missing; data rows of RevMan have it.{nearest(column, others)}"
            problems.append(Problem(name, 1, column, None, remedy))
    if not any(column in header for column in _NUMBERS[1:]):
        remedy = f"no column holds numbers of a study; at least one of {', '.join(_NUMBERS[1:])} is needed."
        problems.append(Problem(name, 1, None, None, remedy))
    return problems


def _cell_problems(name: str, cells: pd.DataFrame) -> list[Problem]:
    problems = []
    for line, row in cells.iterrows():
        blank = [column for column in _NEEDED if pd.isna(row[column])]
        problems += [Problem(name, line, column, None, "this cell must be filled in.") for column in blank]
        for column in _NUMBERS:
            cell = row.get(column)
            if not pd.isna(cell):
                remedy = _remedy(column, cell) if is_plain(cell) else not_plain(cell)
                problems += [Problem(name, line, column, cell, remedy)] if remedy else []
        for arm in ARMS:
            problems += _more_events_than_people(name, line, row, arm)
    return problems


def _remedy(column: str, cell: str) -> str:
    """Say what is wrong with a plain number in its column; '' where nothing is.

    Examples
    --------
    >>> _remedy("Control N", "12.5"), _remedy("Control mean", "-3")
    ('a count must be a whole number of 0 or more.', '')
    """
    value = float(cell)
    if column.endswith((" N", " cases")) and (value < 0 or value % 1):
        return "a count must be a whole number of 0 or more."
    if column.endswith(" SD") and value < 0:
        return "a standard deviation is 0 or more."
    if column == "GIV SE" and value <= 0:
        return "a standard error is above 0; leave it blank if there is none."
    if column == "Study year" and not (1900 <= value <= 2100 and value % 1 == 0):
        return "a year between 1900 and 2100 belongs here; leave it blank if it is not known."
    return ""


def _more_events_than_people(name: str, line: int, row: pd.Series, arm: str) -> list[Problem]:
    cases, people = row.get(f"{arm} cases"), row.get(f"{arm} N")
    if pd.isna(cases) or pd.isna(people) or not (is_plain(cases) and is_plain(people)):
        return []
    if float(cases) <= float(people):
        return []
    remedy = f"more events than people; {arm} N, which is {people}, must be at least as large."
    return [Problem(name, line, f"{arm} cases", cases, remedy)]


def _tidy(cells: pd.DataFrame) -> pd.DataFrame:
    """Turn one row a study into one row an arm."""
    numbers = {column: _floats(cells, column) for column in _NUMBERS}
    shared = pd.DataFrame(
        {
            "line": cells.index,
            "analysis": _numbers_of_analyses(cells),
            "outcome": _texts(cells, "Analysis name"),
            "subgroup": _texts(cells, "Subgroup"),
            "study": _texts(cells, "Study"),
            "year": numbers["Study year"],
        },
        index=cells.index,
    )
    parts = []
    for arm in ARMS:
        part = shared.assign(arm=arm.lower())
        for column, name in _PER_ARM.items():
            part[column] = numbers[f"{arm} {name}"]
        part["total"] = part["n"].where(part["events"].notna())
        experimental = arm == ARMS[0]
        part["estimate"] = numbers["GIV Mean"] if experimental else float("nan")
        part["se"] = numbers["GIV SE"] if experimental else float("nan")
        parts.append(part)
    order = ["arm", "mean", "sd", "n", "events", "total", "estimate", "se"]
    table = pd.concat(parts).sort_values("line", kind="stable").reset_index(drop=True)
    return table[[*shared.columns, *order]]


def _numbers_of_analyses(cells: pd.DataFrame) -> pd.Series:
    return (_texts(cells, "Analysis group") + "." + _texts(cells, "Analysis number")).str.strip(".")


def _texts(cells: pd.DataFrame, column: str) -> pd.Series:
    if column not in cells:
        return pd.Series("", index=cells.index)
    return cells[column].fillna("").map(unguarded)


def _floats(cells: pd.DataFrame, column: str) -> pd.Series:
    if column not in cells:
        return pd.Series(float("nan"), index=cells.index)
    return cells[column].astype(float)
