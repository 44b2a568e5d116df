"""Log what changed in the tables since the last version, and how much of a change it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from evidence.errors import InputError
from evidence.living.add import write_texts
from evidence.living.changelog import Entry, last_entry, logged_text, next_version, today
from evidence.living.lines import columns
from evidence.living.past import logged_contents
from evidence.tables.fingerprint import HASHED, folder_hash
from evidence.tables.load import Tables
from evidence.tables.schema import KEYS

Rows = dict[tuple[str, ...], dict[str, str]]


def bump_between(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> str:
    """Say how much of a change lies between two versions of the tables.

    Parameters
    ----------
    old, new : mapping of str to bytes
        Content of each table's file.

    Returns
    -------
    str
        "major" if tables or columns changed, "patch" if only labels and notes did, else "minor".

    Examples
    --------
    >>> old = {"claims": b"claim_id,claim,note\\nC1,It works,\\n"}
    >>> bump_between(old, {"claims": b"claim_id,claim,note\\nC1,It works,seen again\\n"})
    'patch'
    >>> bump_between(old, {"claims": b"claim_id,claim\\nC1,It works\\n"})
    'major'
    """
    if set(old) != set(new):
        return "major"
    bump = "patch"
    for name in old:
        before, after = (contents[name].decode("utf-8-sig") for contents in (old, new))
        if set(columns(before)) != set(columns(after)):
            return "major"
        if before != after and not _only_words(_rows(name, before), _rows(name, after)):
            bump = "minor"
    return bump


def _rows(name: str, text: str) -> Rows:
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return {tuple(row[column] for column in KEYS[name]): row for row in rows}


def _only_words(before: Rows, after: Rows) -> bool:
    """Say whether rows differ in their labels and notes only."""
    if set(before) != set(after):
        return False
    return all(
        value == after[key][column] or _is_words(column)
        for key, row in before.items()
        for column, value in row.items()
    )


def _is_words(column: str) -> bool:
    return column in {"label", "note"} or column.endswith("_note")


def log(tables: Tables, change: str, *, bump: str | None = None, day: str | None = None) -> Entry:
    """Log the tables as they are now as the next version.

    Parameters
    ----------
    tables : Tables
    change : str
        What changed and why, in words.
    bump : str, optional
        "major", "minor" or "patch"; by default it follows from what changed, as far as git holds the
        version that was logged last.
    day : str, optional
        Today by default.

    Returns
    -------
    Entry

    Raises
    ------
    InputError
        If nothing changed, `change` is blank, or git does not hold the last version and no `bump` is given.
    """
    change = " ".join(change.split())
    if not change:
        raise InputError('Say what changed and why: evidence log "what changed".')
    last, now = last_entry(tables), folder_hash(tables.folder)
    if last is not None and last.sha256 == now:
        raise InputError(f"Nothing changed in the tables since version {last.version} was logged.")
    if bump is None and last is not None:
        bump = _bump_since(tables, last)
    version = next_version(last.version if last else None, bump or "minor")
    entry = Entry(version, day or today(), change, now)
    write_texts(tables.folder, {"changelog": logged_text(tables.folder, entry)}, ["changelog"])
    return entry


def _bump_since(tables: Tables, last: Entry) -> str:
    old = logged_contents(tables.folder, last.sha256)
    if old is None:
        raise InputError(
            f"git does not hold the tables of version {last.version}; say how much changed: --bump patch"
            " (labels or notes only), --bump minor (rows or cells) or --bump major (tables or columns)."
        )
    new = {name: (tables.folder / f"{name}.csv").read_bytes() for name in HASHED}
    return bump_between({name: content for name, content in old.items() if name in HASHED}, new)
