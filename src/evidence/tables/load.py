"""Load and validate the tables: all of them, or every reason why not."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from pathlib import Path

import pandas as pd

from evidence.errors import DataError, InputError, Problem, ScaleWarning
from evidence.tables import rules
from evidence.tables.pandas_only import SchemaErrors, pa
from evidence.tables.plain_number import is_plain, not_plain
from evidence.tables.read import content, table_in
from evidence.tables.schema import TABLES
from evidence.tables.suspicions import suspicions
from evidence.tables.tables import Tables


def default_folder() -> Path:
    """Return the project's own data folder: beside the working folder, above it, or the checkout's.

    Raises
    ------
    InputError
        If no such folder is found.
    """
    here = Path.cwd()
    checkout = Path(__file__).resolve().parents[3]
    for base in (here, *here.parents, checkout):
        if (base / "data" / "studies.csv").is_file():
            return base / "data"
    raise InputError(f"No folder data/ with studies.csv at or above {here}; name the folder to load.")


def load_tables(folder: str | Path | None = None) -> Tables:
    """Read every table of a folder and validate it.

    Parameters
    ----------
    folder : path, optional
        Folder with the CSV files; the project's own data/ by default.

    Returns
    -------
    Tables

    Raises
    ------
    InputError
        If the folder does not exist, or cannot be looked at.
    DataError
        With every problem found: file, row, column, value and what would be right.

    Warns
    -----
    ScaleWarning
        For numbers that may stand on another scale, such as an SE typed as an SD.
    """
    path = default_folder() if folder is None else Path(folder)
    try:
        file, there = path.is_file(), path.is_dir()
    except OSError as error:
        raise InputError(f"The folder {path} cannot be looked at: {error.strerror}.") from error
    if file:
        raise InputError(f"{path} is a file; name the folder that holds studies.csv and the others.")
    if not there:
        raise InputError(f"The folder {path} does not exist; name one that holds studies.csv and the others.")
    frames, problems = validate(path)
    if problems:
        raise DataError(problems)
    doubts = suspicions(frames)
    if doubts:
        warnings.warn("\n".join(map(str, doubts)), ScaleWarning, stacklevel=2)
    return Tables(path, **{name: frame.reset_index(drop=True) for name, frame in frames.items()})


def validate(path: Path) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Return the typed tables of a folder and every problem in them.

    The rules between tables are asked only once each table by itself is sound.
    """
    contents: dict[str, bytes] = {}
    frames: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for name in TABLES:
        raw = content(path / f"{name}.csv")
        if isinstance(raw, Problem):
            problems.append(raw)
            continue
        contents[name] = raw
        frame, wrong = _validated(name, raw)
        problems += wrong
        if frame is not None:
            # A copy shares its cells until somebody writes to it.
            frames[name] = frame.copy(deep=False)
    return frames, problems or list(_wrong_between(tuple(contents.items())))


# What is right depends on the bytes alone. Adding a study, or comparing versions, reads the same tables
# several times; what was validated once is not validated again.
@lru_cache(maxsize=4 * len(TABLES))
def _validated(name: str, raw: bytes) -> tuple[pd.DataFrame | None, tuple[Problem, ...]]:
    frame, problems = _validate_table(name, raw)
    return frame, tuple(problems)


@lru_cache(maxsize=4)
def _wrong_between(contents: tuple[tuple[str, bytes], ...]) -> tuple[Problem, ...]:
    """Return every breach of a rule between tables that are sound by themselves."""
    frames = {name: frame for name, raw in contents if (frame := _validated(name, raw)[0]) is not None}
    return tuple(rules.problems(frames))


def cell_remedy(tables: Tables, name: str, column: str, cell: str) -> str:
    """Say what is wrong with one cell of a table by itself; '' if nothing.

    Rules between cells are not asked.
    """
    schema = TABLES[name].to_schema().select_columns([column])
    cells = pd.DataFrame({column: [cell.strip() or None]}, dtype="str")
    found = _odd_cells("", cells, schema)
    if not found:
        try:
            schema.validate(cells, lazy=True)
        except SchemaErrors as error:
            found = _explain("", cells, error.failure_cases)
    if found or not cell.strip():
        return found[0].remedy if found else ""
    return rules.cell_remedy({each: getattr(tables, each) for each in TABLES}, name, column, cell.strip())


def _validate_table(name: str, raw: bytes) -> tuple[pd.DataFrame | None, list[Problem]]:
    schema = TABLES[name].to_schema()
    frame, problems = table_in(f"{name}.csv", raw, list(schema.columns))
    if frame is None:
        return None, problems
    odd = _odd_cells(f"{name}.csv", frame, schema)
    sound = frame.copy()
    for problem in odd:
        sound.loc[problem.row, problem.column] = None
    try:
        typed, others = schema.validate(sound, lazy=True), []
    except SchemaErrors as error:
        typed, others = None, _explain(f"{name}.csv", frame, error.failure_cases)
    named = {(problem.row, problem.column) for problem in odd}
    problems = odd + [problem for problem in others if (problem.row, problem.column) not in named]
    return (None if problems else typed), problems


def _odd_cells(file: str, cells: pd.DataFrame, schema: pa.DataFrameSchema) -> list[Problem]:
    """Find what Python would read as a number, or as text, but no author wrote as one."""
    found = []
    for name, column in schema.columns.items():
        number = str(column.dtype).startswith("float")
        for line, cell in cells[name].dropna().items():
            if number and not is_plain(cell):
                found.append(Problem(file, line, name, cell, not_plain(cell)))
            elif not number and not column.nullable and cell.lower() in _MISSING:
                found.append(Problem(file, line, name, cell, "this cell must be filled in."))
    return found


def _explain(file: str, cells: pd.DataFrame, cases: pd.DataFrame) -> list[Problem]:
    """Turn pandera's failure cases into problems a table's owner can mend."""
    found: dict[tuple[int, str], Problem] = {}
    for case in cases.itertuples():
        if pd.isna(case.index):
            continue  # a column whose text could not be compared; its cells have cases of their own
        line, column = int(case.index), str(case.column)
        cell = cells.loc[line, column]
        value = None if pd.isna(cell) else str(cell)
        found.setdefault((line, column), Problem(file, line, column, value, _remedy(str(case.check), value)))
    return sorted(found.values(), key=lambda problem: (problem.row or 0, problem.column or ""))


_MISSING = {"nan", "na", "n/a", "null"}
_LIMITS = {
    "greater_than_or_equal_to": "at least",
    "greater_than": "above",
    "less_than_or_equal_to": "at most",
    "less_than": "below",
}


def _remedy(check: str, value: str | None) -> str:
    limit = re.fullmatch(r"(\w+)\((.+)\)", check)
    if check == "not_nullable":
        return "this cell must be filled in."
    if limit and limit[1] in _LIMITS:
        return f"the number must be {_LIMITS[limit[1]]} {float(limit[2]):g}."
    if check.startswith("coerce_dtype"):
        return not_plain(value or "")
    if check.startswith("str_matches"):
        return "a key has no spaces."
    return f"this breaks the rule {check}."
