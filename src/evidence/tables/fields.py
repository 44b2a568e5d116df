"""The kinds of columns a table may have, and the parent of all tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evidence.tables.pandas_only import pa
from evidence.tables.records import records

LIST_SEPARATOR = "; "
KINDS_WITH_EFFECTS = ("change", "contrast", "proportion")  # of questions; others are shown, not pooled


def listed(cell: Any) -> list[str]:
    """Return what a cell lists; nothing for a blank one.

    Examples
    --------
    >>> listed("mn; mn_prp"), listed(None)
    (['mn', 'mn_prp'], [])
    """
    return [] if pd.isna(cell) or cell == "" else str(cell).split(LIST_SEPARATOR)


def by_line(frame: pd.DataFrame) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the line and the cells of every row: what iterrows does, at a tenth of its price.

    Examples
    --------
    >>> list(by_line(pd.DataFrame({"key": ["a", "b"], "n": [1.0, 2.0]}, index=[2, 3])))
    [(2, {'key': 'a', 'n': 1.0}), (3, {'key': 'b', 'n': 2.0})]
    """
    yield from zip(frame.index, records(frame), strict=True)


def key(description: str) -> Any:
    """Return a required column of keys, which hold no spaces."""
    return pa.Field(description=description, str_matches=r"^\S+$")


def need(description: str) -> Any:
    """Return a required column of text."""
    return pa.Field(description=description)


def text(description: str) -> Any:
    """Return a column of text that may be blank."""
    return pa.Field(description=description, nullable=True)


def code(vocabulary: str, description: str, *, optional: bool = False, many: bool = False) -> Any:
    """Return a column whose values stand in codes.csv under `vocabulary`."""
    metadata = {"vocabulary": vocabulary, "many": many}
    return pa.Field(description=description, nullable=optional or many, metadata=metadata)


def link(table: str, description: str, *, optional: bool = False, many: bool = False) -> Any:
    """Return a column whose values are keys of another table."""
    metadata = {"refers_to": table, "many": many}
    return pa.Field(description=description, nullable=optional or many, metadata=metadata)


def number(description: str, **limits: float) -> Any:
    """Return a column of numbers that may be blank, within limits."""
    return pa.Field(description=description, nullable=True, **limits)


class Table(pa.DataFrameModel):
    """Parent of the tables: no unknown columns, text turned into numbers where numbers belong."""

    class Config:
        """What holds for every table."""

        strict = True
        coerce = True
