"""Take a study out of the tables again, and leave every other byte as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evidence.arguments import nearest
from evidence.errors import DataError, OptionError, Problem
from evidence.living.add import begins_addition_of, write_texts, write_version
from evidence.living.changelog import Entry, last_entry, text_without
from evidence.living.draft import NOUNS, STUDY_TABLES, counted
from evidence.living.lines import columns, records, without_rows
from evidence.living.merge import read_texts, validate_with
from evidence.tables.fingerprint import folder_hash
from evidence.tables.load import Tables
from evidence.tables.schema import LIST_SEPARATOR, TABLES

# What refers to others goes first, so that the tables are valid after each write.
ORDER = ("outcomes", "contrasts", "arms", "studies", "changelog")


@dataclass(frozen=True, slots=True)
class Removal:
    """What is to go.

    Attributes
    ----------
    study_id, label : str
    texts : dict of str to str
        Text of each study table without the study.
    counts : str
        How many rows go, in words.
    """

    study_id: str
    label: str
    texts: dict[str, str]
    counts: str


def removal(tables: Tables, study_id: str) -> Removal:
    """Return what has to go with a study.

    Raises
    ------
    OptionError
        If there is no such study.
    DataError
        If other tables refer to the study, or would not be valid without it.
    """
    studies = tables.studies.set_index("study_id")
    if study_id not in studies.index:
        hint = nearest(study_id, studies.index)
        raise OptionError(f"studies.csv has no study {study_id!r}.{hint}")
    referring = list(_references(tables, study_id))
    if referring:
        raise DataError(referring)
    old = read_texts(tables.folder, STUDY_TABLES)
    texts = {
        name: without_rows(text, lambda cells: cells["study_id"] == study_id) for name, text in old.items()
    }
    _, problems = validate_with(tables.folder, texts)
    if problems:
        raise DataError(problems)
    gone = {name: (getattr(tables, name)["study_id"] == study_id).sum() for name in STUDY_TABLES[1:]}
    counts = ", ".join(counted(int(count), NOUNS[name]) for name, count in gone.items())
    return Removal(study_id, studies.loc[study_id, "label"], texts, counts)


def _references(tables: Tables, study_id: str) -> Iterator[Problem]:
    """Yield every row of another table that names the study."""
    for name, model in TABLES.items():
        if name in STUDY_TABLES:
            continue
        links = [
            column
            for column, field in model.to_schema().columns.items()
            if (field.metadata or {}).get("refers_to") == "studies"
        ]
        if not links:
            continue
        text = read_texts(tables.folder, [name])[name]
        header = columns(text)
        for record in records(text)[1:]:
            cells = dict(zip(header, record.cells, strict=False))
            for column in links:
                if study_id in cells.get(column, "").strip().split(LIST_SEPARATOR):
                    remedy = f"this row refers to {study_id}; change or remove it first."
                    yield Problem(f"{name}.csv", record.line, column, cells[column], remedy)


def remove(tables: Tables, gone: Removal, *, day: str | None = None) -> Entry | None:
    """Take a study out of the tables, and log it.

    If its addition was the last thing logged, that entry goes too: the addition is taken back. What was
    never logged, such as an addition that was cut off, goes without an entry.

    Parameters
    ----------
    tables : Tables
    gone : Removal
    day : str, optional
        Day of the changelog's entry, today by default.

    Returns
    -------
    Entry or None
        The new version; None where there is nothing to log.

    Raises
    ------
    InputError
        If a file cannot be written.
    """
    last = last_entry(tables)
    if last is not None and begins_addition_of(last.change, gone.study_id):
        texts = {**gone.texts, "changelog": text_without(tables.folder, last.version)}
        write_texts(tables.folder, texts, ORDER)
        return None
    if last is not None and last.sha256 == folder_hash(tables.folder, gone.texts):
        write_texts(tables.folder, gone.texts, ORDER[:-1])
        return None
    change = f"Removed {gone.study_id} ({gone.label}): {gone.counts}"
    return write_version(tables, gone.texts, change, order=ORDER, day=day)
