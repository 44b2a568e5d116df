"""Check a data frame that a figure is to draw; what is wrong is named by row, column and value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, nearest
from evidence.errors import InputError, OptionError


def checked(table: Any, needed: Sequence[str], what: str) -> pd.DataFrame:
    """Return the table with its rows counted from 1, if it holds the columns a figure needs.

    Raises
    ------
    InputError
        If it is no data frame or has no rows.
    OptionError
        If a column is missing.

    Examples
    --------
    >>> checked(pd.DataFrame({"a": [1], "b": [2]}), ("a",), "a figure").index.tolist()
    [1]
    """
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"{what} is drawn from a pandas DataFrame, not from {type(table).__name__}.")
    missing = [name for name in needed if name not in table]
    if missing:
        known = [str(name) for name in table.columns]
        hints = "".join(nearest(name, known) for name in missing)
        raise OptionError(
            f"table has no column {', '.join(missing)}; {what} needs {', '.join(needed)}.{hints}"
        )
    if table.empty:
        raise InputError(f"table has no rows; {what} needs at least one.")
    return table.set_axis(range(1, len(table) + 1), axis=0)


def wrong(row: Any, column: str, value: Any, remedy: str) -> str:
    """Word what is wrong in one cell."""
    value = value.item() if isinstance(value, np.generic) else value
    return f"row {row}, column {column}, value {value!r}: {remedy}"


def words(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column as text; what is missing is empty, and so is a column that is not there."""
    if column not in table:
        return [""] * len(table)
    return ["" if is_gap(cell) else " ".join(str(cell).split()) for cell in table[column]]


def is_gap(cell: Any) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or (pd.api.types.is_scalar(cell) and bool(pd.isna(cell)))


def named(table: pd.DataFrame, column: str) -> list[str]:
    """Return a column of text in which no cell may be empty.

    Raises
    ------
    InputError
        Naming the first empty cell.
    """
    texts = words(table, column)
    for row, text, cell in zip(table.index, texts, table[column], strict=True):
        if not text:
            raise InputError(wrong(row, column, cell, "this cell must be filled in."))
    return texts


def coded(table: pd.DataFrame, column: str, known: Iterable[str]) -> list[str]:
    """Return a column of codes.

    Raises
    ------
    OptionError
        Naming the first cell that is none of the known codes.

    Examples
    --------
    >>> coded(pd.DataFrame({"side": ["left"]}), "side", ("left", "right"))
    ['left']
    """
    allowed = list(known)
    for row, cell in table[column].items():
        if cell not in allowed:
            listed = ", ".join(repr(code) for code in allowed)
            hint = nearest(str(cell), allowed)
            raise OptionError(wrong(row, column, cell, f"not one of {listed}.{hint}"))
    return [str(cell) for cell in table[column]]


def numbered(
    table: pd.DataFrame, column: str, *, low: float = -np.inf, high: float = np.inf, gaps: bool = True
) -> FloatArray:
    """Return a column of numbers within limits; a gap is NaN, and so is a column that is not there.

    Raises
    ------
    InputError
        Naming the first cell that is no number, or beyond the limits.

    Examples
    --------
    >>> numbered(pd.DataFrame({"n": [12, None]}), "n", low=0)
    array([12., nan])
    """
    if column not in table:
        return np.full(len(table), np.nan)
    done = []
    for row, cell in table[column].items():
        value = np.nan if is_gap(cell) else cell
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
            raise InputError(wrong(row, column, cell, "a plain number belongs here."))
        if np.isnan(value) and not gaps:
            raise InputError(wrong(row, column, cell, "this cell must be filled in."))
        if np.isinf(value) or value < low or value > high:
            bounds = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of {low:g} or more"
            limits = bounds if np.isfinite(low) else "that is finite"
            raise InputError(wrong(row, column, cell, f"it must be a number {limits}."))
        done.append(float(value))
    return np.array(done)


def once(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a table in which the same key stands twice, read as figures read text: cleaned of spaces.

    Raises
    ------
    InputError
        Naming the second row with the key.
    """
    keys = pd.DataFrame({name: words(table, name) for name in columns}, index=table.index)
    again = keys.duplicated()
    if again.any():
        row = again.idxmax()
        first = keys.index[(keys == keys.loc[row]).all(axis=1)][0]
        value = ", ".join(keys.loc[row])
        raise InputError(
            wrong(row, " + ".join(columns), value, f"this stands already in row {first}; each needs one row.")
        )
