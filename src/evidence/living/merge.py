"""Put a draft into a copy of the tables and say what would be wrong, in the words of the draft's rows."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from evidence.errors import Problem
from evidence.living.draft import STUDY_TABLES, Draft, NewRow
from evidence.living.lines import records, with_rows
from evidence.tables import rules
from evidence.tables.load import Tables, validate
from evidence.tables.schema import TABLES
from evidence.tables.suspicions import suspicions

_LINKS = ("study_id", "arm_id", "arm_id_1", "arm_id_2")
# What a row without this cell is taken to say, so that no rule speaks of a cell that nobody filled in.
_SILENT = {"value_kind": "no_value", "usable": "no"}


def read_texts(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the text of tables by name, byte for byte."""
    return {name: (folder / f"{name}.csv").read_bytes().decode("utf-8") for name in names}


def merged_texts(folder: Path, draft: Draft) -> dict[str, str]:
    """Return the text of the four study tables with the draft's rows at their ends."""
    return {
        name: with_rows(text, [row.cells for row in draft.of(name)])
        for name, text in read_texts(folder, STUDY_TABLES).items()
    }


def validate_with(folder: Path, texts: Mapping[str, str]) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Validate a temporary copy of the tables in which some have another text."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for name in TABLES:
            if name not in texts:
                shutil.copyfile(folder / f"{name}.csv", copy / f"{name}.csv")
        for name, text in texts.items():
            (copy / f"{name}.csv").write_bytes(text.encode("utf-8"))
        return validate(copy)


def problems_with(tables: Tables, draft: Draft) -> tuple[list[Problem], list[Problem]]:
    """Return what would be wrong, and what would look doubtful, if a draft was added to the tables.

    Rules between tables are asked only of sound tables; where cells are not sound they are asked
    a second time with stand-ins for these cells, so that everything wrong is said at once.

    Parameters
    ----------
    tables : Tables
        The tables as they are, without problems of their own.
    draft : Draft

    Returns
    -------
    problems, doubts : list of Problem
        File, row and column are those of the draft. Keys that are taken are left to `duplicates`,
        which knows where they stand.
    """
    frames, found, doubts = _look(tables, draft)
    if found and len(frames) < len(TABLES):
        named = {(problem.file, problem.row, problem.column) for problem in found}
        _, more, _ = _look(tables, _mended(tables, draft, named))
        found += [each for each in more if (each.file, each.row, each.column) not in named]
    return _distinct(found), _distinct(doubts)


def _look(tables: Tables, draft: Draft) -> tuple[dict[str, pd.DataFrame], list[Problem], list[Problem]]:
    texts = merged_texts(tables.folder, draft)
    frames, found = validate_with(tables.folder, texts)
    place = {name: _new_lines(texts[name], draft.of(name)) for name in STUDY_TABLES}
    doubts = [] if found else suspicions(frames)
    of_new_rows = [each for each in doubts if each.row in place[each.file.removesuffix(".csv")]]
    found = [each for each in found if not each.remedy.startswith(rules.SAME_KEY)]
    return frames, [_renamed(each, place) for each in found], [_renamed(each, place) for each in of_new_rows]


def _new_lines(text: str, rows: Sequence[NewRow]) -> dict[int, NewRow]:
    """Return the rows of a draft by the line at which each begins in the merged text."""
    if not rows:
        return {}
    return {record.line: row for record, row in zip(records(text)[-len(rows) :], rows, strict=True)}


def _renamed(problem: Problem, place: Mapping[str, Mapping[int, NewRow]]) -> Problem:
    """Name the draft's row and column in a problem of the merged tables."""
    rows = place.get(problem.file.removesuffix(".csv"), {})
    if problem.row not in rows or problem.column is None:
        return problem
    return rows[problem.row].problem(problem.column, problem.value, problem.remedy)


def _mended(tables: Tables, draft: Draft, named: set[tuple[str, int | None, str | None]]) -> Draft:
    """Return the draft with stand-ins for the cells that are wrong by themselves."""
    rows = []
    for row in draft.rows:
        cells = {
            column: re.sub(r"\s+", "_", cell) if column in _LINKS else cell
            for column, cell in row.cells.items()
        }
        if row.table == "contrasts":
            cells = {"arm_id_1": "baseline", "arm_id_2": "baseline"} | cells
        for column, field in TABLES[row.table].to_schema().columns.items():
            place = row.problem(column, None, "")
            if (place.file, place.row, place.column) not in named or column in _LINKS:
                continue
            known = getattr(tables, row.table)[column].dropna()
            cells[column] = "" if field.nullable else _SILENT.get(column, str(known.iloc[0]))
        rows.append(replace(row, cells=cells))
    return Draft(tuple(rows))


def _distinct(problems: Iterable[Problem]) -> list[Problem]:
    """Return each problem once, in the order of the draft's rows."""
    return sorted(dict.fromkeys(problems), key=lambda each: (each.file, each.row or 0))
