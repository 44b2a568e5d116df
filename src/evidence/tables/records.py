"""Rows of a table as dictionaries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return every row as a dictionary; faster than `frame.to_dict("records")`.

    Examples
    --------
    >>> records(pd.DataFrame({"key": ["a", None], "n": [1, 2]}, dtype=object))
    [{'key': 'a', 'n': 1}, {'key': None, 'n': 2}]
    """
    columns = [np.asarray(frame[name].array, dtype=object).tolist() for name in frame.columns]
    names = list(frame.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def by_key(frame: pd.DataFrame, column: str) -> dict[Any, dict[str, Any]]:
    """Return the rows by the value of a column whose values differ."""
    return {row[column]: row for row in records(frame)}
