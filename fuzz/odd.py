"""Values that do not belong where they are put, and arrays with one of them inside."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    "", "x", "3", "nan", "é" * 3, b"x", None, pd.NA, pd.NaT, float("nan"), float("inf"), -float("inf"),
    0, -1, -0.0, 1, 2, 0.5, True, False, 1e300, -1e300, 1e-300, 5e-324, 1.7e308, 10**400, 2**63, 1j,
    [], [None], [1, 2], [[1, 2], [3, 4]], (), {}, {"a": 1}, set(), object, datetime.date(2020, 1, 1),
)  # fmt: skip
ODD_CELLS = (float("nan"), float("inf"), -1.0, 0.0, 1e300, 1e-300, 1e12, 0.5, "x", "3", None, True, 10**400)

odd = st.sampled_from(ODD)
odd_cells = st.sampled_from(ODD_CELLS)


def now_and_then(usual: st.SearchStrategy[Any], strange: st.SearchStrategy[Any] = odd) -> Any:
    """Draw what is right mostly, and what is strange one time in eight."""
    return st.integers(0, 7).flatmap(lambda number: strange if number == 0 else usual)


def numbers_near(low: float, high: float) -> st.SearchStrategy[float]:
    """Draw numbers of a usual size, and of any size one time in eight."""
    anything = st.floats(allow_nan=False, allow_infinity=False)
    return now_and_then(st.floats(low, high), anything)


@st.composite
def arrays(draw: st.DrawFn, cells: st.SearchStrategy[Any], size: int) -> Any:
    """Draw a column of `size` numbers, in one of the shapes callers use, now and then with a fault."""
    values = draw(st.lists(cells, min_size=size, max_size=size))
    fault = draw(st.integers(0, 19))
    if fault == 0 and values:
        values[draw(st.integers(0, size - 1))] = draw(odd_cells)
    if fault == 1:
        values = values[: draw(st.integers(0, size))]
    if fault == 2:
        return draw(odd)
    return shaped(values, draw(st.integers(0, 7)))


def shaped(values: list[Any], shape: int) -> Any:
    """Return values as a list, tuple, array, Series, column of a table or table of one row."""
    if shape == 1:
        return tuple(values)
    if shape == 2:
        return pd.Series(values, dtype=object if any(isinstance(each, str) for each in values) else None)
    if shape == 3:
        return np.array(values, dtype=object)
    if shape == 4 and len(values) == 1:
        return values[0]
    if shape == 5:
        try:
            return np.array(values, dtype=float)
        except (TypeError, ValueError, OverflowError):
            return values
    return values
