"""The tables of data/ with a few of their studies, so that a load takes milliseconds."""

from __future__ import annotations

import atexit
import csv
import io
import shutil
import tempfile
from collections.abc import Collection
from functools import cache
from pathlib import Path

import evidence as ev
from evidence.tables.schema import TABLES

DATA = Path(__file__).resolve().parents[1] / "data"
FIRST = 3


@cache
def some_studies() -> tuple[str, ...]:
    """Return the first studies that answer each question, and the groups of overlap they stand in."""
    found = ev.answers(ev.load(DATA)).values()
    kept = {key for each in found for key in each.effects.table["study_id"].head(FIRST)}
    overlapping = [row[1].split("; ") for row in read((DATA / "overlaps.csv").read_bytes())[1:]]
    return tuple(sorted(kept.union(*(group for group in overlapping if kept & set(group)))))


@cache
def folder() -> Path:
    """Return a folder with a few studies, which ends with the process; who changes it puts it back."""
    whole = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, whole, ignore_errors=True)
    return copy_of_some(whole / "data", some_studies())


@cache
def contents() -> dict[str, bytes]:
    """Return the bytes of every table of the folder, as they are."""
    return {name: (folder() / f"{name}.csv").read_bytes() for name in TABLES}


def copy_of_some(target: Path, kept: Collection[str]) -> Path:
    """Copy the tables, with the rows of some studies only.

    Parameters
    ----------
    target : Path
        Folder to be made.
    kept : collection of str
        Keys of studies.

    Returns
    -------
    Path
        The folder.
    """
    shutil.copytree(DATA, target)
    for path in target.glob("*.csv"):
        rows = read(path.read_bytes())
        columns = rows[0]
        if path.name == "review_trials.csv":
            at = columns.index("study_id")
            rows = [row if row[at] in kept else [*row[:at], "", *row[at + 1 :]] for row in rows[1:]]
        elif path.name == "overlaps.csv":
            rows = [row for row in rows[1:] if set(row[columns.index("studies")].split("; ")) <= set(kept)]
        elif "study_id" in columns:
            at = columns.index("study_id")
            rows = [row for row in rows[1:] if not row[at] or row[at] in kept]
        else:
            continue
        path.write_bytes(written([columns, *rows]))
    return target


def read(raw: bytes) -> list[list[str]]:
    """Return the cells of a table, its header first."""
    return list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))


def written(rows: list[list[str]]) -> bytes:
    """Return a table as the bytes of its file."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")
