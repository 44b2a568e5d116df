"""One hash over the tables, which says whether two folders hold the same data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from evidence.tables.load import Tables
from evidence.tables.schema import TABLES

# The log holds the hash, so the hash cannot hold the log.
HASHED = tuple(name for name in TABLES if name != "changelog")


def content_hash(contents: Mapping[str, bytes]) -> str:
    """Return one hash over the contents of tables, the changelog left out.

    Parameters
    ----------
    contents : mapping of str to bytes
        Content of each CSV file by the table's name.

    Returns
    -------
    str
        SHA-256 as 64 hexadecimal digits.

    Examples
    --------
    >>> content_hash({"changelog": b"no part of it"}) == content_hash({})
    True
    """
    digest = hashlib.sha256()
    for name in HASHED:
        digest.update(contents.get(name, b""))
    return digest.hexdigest()


def folder_hash(folder: Path, changed: Mapping[str, str] | None = None) -> str:
    """Return the hash over the tables of a folder, as it would be with some of their texts changed."""
    contents = {name: (folder / f"{name}.csv").read_bytes() for name in HASHED}
    return content_hash(contents | {name: text.encode("utf-8") for name, text in (changed or {}).items()})


def data_hash(tables: Tables) -> str:
    """Return one hash over all tables but the changelog, as their files stand on disk."""
    return folder_hash(tables.folder)
