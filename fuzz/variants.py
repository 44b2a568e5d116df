"""Neighbours of a call: each of its columns changed in the ways numbers go wrong, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from fuzz.odd import ODD_CELLS

Column = list[Any]
CHANGES: tuple[Callable[[Column, int], Column], ...] = (
    lambda cells, at: [*cells[:at], ODD_CELLS[len(str(cells)) % len(ODD_CELLS)], *cells[at + 1 :]],
    lambda cells, at: [*cells[:at], 0, *cells[at + 1 :]],
    lambda cells, at: [*cells[:at], cells[0], *cells[at + 1 :]],
    lambda cells, at: [*cells[:at], cells[at] * 1000, *cells[at + 1 :]],
    lambda cells, _: cells[::-1],
    lambda cells, at: [cells[at]] * len(cells),
    lambda cells, _: [each * 1e-6 for each in cells],
    lambda cells, _: [each * 10 for each in cells],
    lambda cells, _: [0 for _ in cells],
    lambda cells, _: cells[:-1],
)


def neighbours(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a call, and then each change of each of its columns.

    Examples
    --------
    >>> len(list(neighbours({"yi": [1.0, 2.0], "method": "DL"})))
    11
    """
    yield given
    for column, (name, value) in enumerate(given.items()):
        cells = _cells(value)
        if not cells:
            continue
        for number, change in enumerate(CHANGES):
            try:
                changed = change(cells, (column + number + len(cells) ** 2 // 3) % len(cells))
            except (TypeError, OverflowError):
                continue  # text and the like cannot be scaled
            yield given | {name: changed}


def neighbours_of_table(given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a call with a table, and then each change of each of its columns."""
    yield given
    table = given["contrasts"]
    if not isinstance(table, pd.DataFrame) or table.empty or table.columns.duplicated().any():
        return
    for changed in list(neighbours({str(name): table[name].tolist() for name in table}))[1:]:
        size = {len(cells) for cells in changed.values()}
        if len(size) == 1:
            yield given | {"contrasts": pd.DataFrame(changed)}


def _cells(value: Any) -> Column:
    if isinstance(value, dict):
        return []
    if isinstance(value, (pd.Series, np.ndarray)):
        return value.tolist() if value.ndim == 1 else []
    return list(value) if isinstance(value, (list, tuple)) else []
