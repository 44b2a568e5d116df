"""Which rows of the tables were added, removed or changed, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.tables.fingerprint import HASHED
from evidence.tables.load import Tables
from evidence.tables.schema import KEYS

# What tells a reader which row it is, where the key does not.
_SAID = {
    "studies": ("label",),
    "arms": ("treatment", "treatment_tag", "n_arm"),
    "outcomes": ("arm_id", "outcome", "timepoint_label", "value_kind"),
    "contrasts": ("arm_id_1", "arm_id_2", "outcome", "direction"),
    "claims_evidence": ("source_label", "what_was_measured"),
    "codes": ("label",),
    "questions": ("question",),
}
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell before and after; '' is blank."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row that was added, removed or changed.

    Attributes
    ----------
    table : str
    key : str
        The cells of the row's key.
    kind : str
        "added", "removed" or "changed".
    said : str
        The row in short.
    cells : tuple of Cell
        The cells that changed; empty for a row that is new or gone.
    """

    table: str
    key: str
    kind: str
    said: str
    cells: tuple[Cell, ...] = ()


def row_changes(old: Tables, new: Tables) -> tuple[RowChange, ...]:
    """Return every row that differs between two versions, table by table.

    Numbers are compared exactly, as numbers: 3 and 3.0 are the same. The changelog is left out; it
    tells of the others.

    Parameters
    ----------
    old, new : Tables

    Returns
    -------
    tuple of RowChange
    """
    return tuple(
        change for name in HASHED for change in _of_table(name, getattr(old, name), getattr(new, name))
    )


def _of_table(name: str, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[RowChange]:
    key = list(KEYS[name])
    before, after = (frame.set_index(key, drop=False) for frame in (old, new))
    for kind, frame, other in ((REMOVED, before, after), (ADDED, after, before)):
        for cells in frame.loc[~frame.index.isin(other.index)].to_dict("records"):
            yield RowChange(name, _key(name, cells), kind, _said(name, cells))
    shared = after.index[after.index.isin(before.index)]
    left, right = before.loc[shared], after.loc[shared]
    differs = (left != right) & ~(left.isna() & right.isna())
    for place in differs.any(axis=1).to_numpy().nonzero()[0]:
        one, two = left.iloc[place], right.iloc[place]
        columns = differs.columns[differs.iloc[place].to_numpy(dtype=bool)]
        cells = tuple(Cell(column, shown(one[column]), shown(two[column])) for column in columns)
        yield RowChange(name, _key(name, two), CHANGED, _said(name, two), cells)


def _key(name: str, cells: Any) -> str:
    return " ".join(filter(None, (shown(cells[column]) for column in KEYS[name])))


def _said(name: str, cells: Any) -> str:
    return ", ".join(filter(None, (shown(cells[column]) for column in _SAID.get(name, ()))))


def shown(value: Any) -> str:
    """Return a cell as a person would type it.

    Examples
    --------
    >>> [shown(value) for value in (3.0, 2.79, float("nan"), "text")]
    ['3', '2.79', '', 'text']
    """
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(float(value))
    return str(value)
