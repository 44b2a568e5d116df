"""The changelog of the tables: versions that increase, each with its day, its reason and its hash."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from evidence.arguments import option
from evidence.errors import DataError, Problem
from evidence.living.lines import with_rows, without_rows
from evidence.living.merge import read_texts
from evidence.tables.fingerprint import folder_hash
from evidence.tables.load import Tables

BUMPS = ("major", "minor", "patch")
FIRST = "1.0.0"


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of the tables.

    Attributes
    ----------
    version : str
        major.minor.patch
    date : str
        YYYY-MM-DD
    change : str
    sha256 : str
        Hash over all tables but the changelog.
    """

    version: str
    date: str
    change: str
    sha256: str


def parts_of(version: str) -> tuple[int, int, int] | None:
    """Return a version as three numbers, None if it is not one.

    Examples
    --------
    >>> parts_of("1.10.0"), parts_of("1.0")
    ((1, 10, 0), None)
    """
    found = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def next_version(last: str | None, bump: str) -> str:
    """Return the version after `last`.

    Raises
    ------
    OptionError
        If `bump` is not major, minor or patch.

    Examples
    --------
    >>> next_version("1.2.3", "minor"), next_version("1.2.3", "major"), next_version(None, "patch")
    ('1.3.0', '2.0.0', '1.0.0')
    """
    option("bump", bump, BUMPS)
    if last is None:
        return FIRST
    major, minor, patch = parts_of(last) or (0, 0, 0)
    after = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(map(str, after[bump]))


def entries(log: pd.DataFrame) -> list[Entry]:
    """Return the versions of a changelog, the last one last.

    Raises
    ------
    DataError
        If a version is not of the form major.minor.patch or does not increase.
    """
    found, problems = [], []
    for position, cells in enumerate(log.to_dict("records")):
        entry = Entry(**cells)
        numbers, before = parts_of(entry.version), parts_of(found[-1].version) if found else None
        remedy = "" if numbers else "a version is three numbers, such as 1.2.0."
        if numbers and before and numbers <= before:
            remedy = f"versions increase; the row above says {found[-1].version}."
        if remedy:
            problems.append(Problem("changelog.csv", position + 2, "version", entry.version, remedy))
        found.append(entry)
    if problems:
        raise DataError(problems)
    return found


def last_entry(tables: Tables) -> Entry | None:
    """Return the last version that was logged, None if there is none.

    Raises
    ------
    DataError
        If the versions do not increase.
    """
    logged = entries(tables.changelog)
    return logged[-1] if logged else None


def doubt(tables: Tables) -> str:
    """Say that the tables are no longer those that were logged last; '' if they are."""
    last, now = last_entry(tables), folder_hash(tables.folder)
    if last is None:
        return 'changelog.csv: no version is logged; say why the tables are as they are: evidence log "..."'
    if last.sha256 == now:
        return ""
    return (
        f"changelog.csv, row {len(tables.changelog) + 1}, column sha256: the tables changed since version"
        f' {last.version} was logged; say what changed: evidence log "..."'
    )


def logged_text(folder: Path, entry: Entry) -> str:
    """Return the text of the changelog with an entry added."""
    row = {name: getattr(entry, name) for name in Entry.__slots__}
    return with_rows(read_texts(folder, ["changelog"])["changelog"], [row])


def text_without(folder: Path, version: str) -> str:
    """Return the text of the changelog without one version."""
    text = read_texts(folder, ["changelog"])["changelog"]
    return without_rows(text, lambda cells: cells["version"] == version)


def today() -> str:
    """Return the day as YYYY-MM-DD."""
    return date.today().isoformat()
