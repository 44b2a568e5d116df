"""Add a study with its arms, numbers and comparisons to the tables, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from evidence.errors import DataError, InputError, Problem
from evidence.files import write_whole
from evidence.living.changelog import Entry, last_entry, logged_text, next_version, today
from evidence.living.draft import Draft, counted
from evidence.living.duplicates import duplicates, likenesses
from evidence.living.merge import merged_texts, problems_with
from evidence.tables.fingerprint import folder_hash
from evidence.tables.load import Tables

# After each of these writes the tables are valid: a usable change may rest on an interval in contrasts.
ORDER = ("studies", "arms", "contrasts", "outcomes", "changelog")


def examine(tables: Tables, draft: Draft, problems: Sequence[Problem] = ()) -> list[Problem]:
    """Refuse a draft with everything that is wrong in it, or return what is worth a second look.

    Parameters
    ----------
    tables : Tables
        The tables the draft is to be added to.
    draft : Draft
    problems : sequence of Problem
        What was found wrong when the draft was read.

    Returns
    -------
    list of Problem
        Studies much like one that is there already, and spreads that may be standard errors.

    Raises
    ------
    DataError
        With every problem: file, row and column of the draft, value and what would be right.
    """
    found = [*problems, *duplicates(tables, draft)]
    wrong, doubts = problems_with(tables, draft)
    named = {(each.file, each.row, each.column) for each in found}
    found += [each for each in wrong if each.row is None or (each.file, each.row, each.column) not in named]
    if found:
        raise DataError(sorted(found, key=lambda each: (each.file, each.row or 0)))
    return [*likenesses(tables, draft), *doubts]


def addition_of(draft: Draft) -> str:
    """Return the changelog's words for a draft.

    The words for one study begin as `begins_addition_of` expects.
    """
    studies = [row.cells for row in draft.of("studies")]
    named = ", ".join(f"{cells['study_id']} ({cells['label']})" for cells in studies)
    what = named if len(studies) == 1 else f"{counted(len(studies), 'study')}: {named}"
    return f"Added {what}: {draft.counts()}"


def begins_addition_of(change: str, study_id: str) -> bool:
    """Say whether an entry of the changelog is the addition of this study, and of no other."""
    return change.startswith(f"Added {study_id} (")


def add(tables: Tables, draft: Draft, *, day: str | None = None) -> Entry:
    """Add a draft that was examined to the tables, and log it.

    Existing rows keep their bytes. Each file is written whole, in an order that leaves valid tables
    behind if the machine stops between two of them.

    Parameters
    ----------
    tables : Tables
    draft : Draft
    day : str, optional
        Day of the changelog's entry, today by default.

    Returns
    -------
    Entry
        The new version.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    texts = merged_texts(tables.folder, draft)
    return write_version(tables, texts, addition_of(draft), order=ORDER, day=day)


def write_version(
    tables: Tables, texts: Mapping[str, str], change: str, *, order: Iterable[str], day: str | None = None
) -> Entry:
    """Write new texts of tables and log them as the next minor version."""
    last, now = last_entry(tables), folder_hash(tables.folder)
    if last is not None and last.sha256 != now:
        change += f"; other changes since {last.version} were not logged"
    version = next_version(last.version if last else None, "minor")
    entry = Entry(version, day or today(), change, folder_hash(tables.folder, texts))
    write_texts(tables.folder, {**texts, "changelog": logged_text(tables.folder, entry)}, order)
    return entry


def write_texts(folder: Path, texts: Mapping[str, str], order: Iterable[str]) -> None:
    """Write the texts of tables in the order given, each file whole, and all of them or none.

    Raises
    ------
    InputError
        If a file cannot be written; those written before it are put back.
    """
    before: dict[Path, bytes] = {}
    for name in order:
        path = folder / f"{name}.csv"
        try:
            kept = path.read_bytes()
            write_whole(path, texts[name])
        except OSError as error:
            for done, content in reversed(before.items()):
                write_whole(done, content)
            raise InputError(f"{path} cannot be written, so nothing was: {error}.") from error
        before[path] = kept
