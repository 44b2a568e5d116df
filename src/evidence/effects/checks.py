"""What a column may hold, and how the study that breaks the rule is named.

A gap (NaN, None, `pandas.NA`) is no mistake: the study it belongs to is simply not computable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray
from evidence.errors import InputError

MOST_PEOPLE = 1e12  # a count beyond is a slip, and its products leave what a float holds

BoolArray = NDArray[np.bool_]
Columns = dict[str, FloatArray]


@dataclass(frozen=True, slots=True)
class Need:
    """A rule that the numbers of every study must keep.

    Attributes
    ----------
    columns : tuple of str
        Names of the columns the rule is about.
    holds : callable
        Takes these columns in order, says study by study whether the rule is kept.
    remedy : str
        What would be right.
    """

    columns: tuple[str, ...]
    holds: Callable[..., BoolArray]
    remedy: str


def above(limit: float, *names: str, remedy: str = "") -> tuple[Need, ...]:
    """Every named column lies above `limit`."""
    return tuple(
        Need((name,), lambda x: x > limit, remedy or f"{name} must be greater than {limit:g}")
        for name in names
    )


def not_negative(*names: str) -> tuple[Need, ...]:
    """No named column is below zero."""
    return tuple(Need((name,), lambda x: x >= 0, f"{name} cannot be negative") for name in names)


def within(low: float, high: float, *names: str) -> tuple[Need, ...]:
    """Every named column lies between `low` and `high`, both included."""
    return tuple(
        Need((name,), lambda x: (x >= low) & (x <= high), f"{name} must lie between {low:g} and {high:g}")
        for name in names
    )


def at_most(small: str, large: str) -> tuple[Need, ...]:
    """`small` is never greater than `large`."""
    return (Need((small, large), lambda x, y: x <= y, f"{small} cannot be greater than {large}"),)


def countable(*names: str) -> tuple[Need, ...]:
    """No named column holds more people than a float's products can carry."""
    return tuple(
        Need((name,), lambda x: x <= MOST_PEOPLE, f"{name} must be at most {MOST_PEOPLE:g} people")
        for name in names
    )


def numbers(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as floats; gaps become NaN, and a scalar stays without dimensions.

    Raises
    ------
    InputError
        If a value is text or infinite, or the values are a table.

    Examples
    --------
    >>> numbers("sd1i", [1, None])
    array([ 1., nan])
    """
    try:
        if isinstance(values, pd.Series):
            array = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            array = np.asarray(np.nan if values is None or values is pd.NA else values, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name} must hold numbers only: {error}.") from error
    if array.ndim > 1:
        raise InputError(f"{name} must be one-dimensional, not of shape {array.shape}.")
    if np.isinf(array).any():
        where = np.flatnonzero(np.isinf(array))[0]
        raise InputError(f"{name} holds {np.ravel(array)[where]} at position {where}; it must be finite.")
    return array


def aligned(values: Mapping[str, ArrayLike]) -> tuple[Columns, pd.Index | None]:
    """Return columns of one length, and the index of the Series among them.

    A scalar stands for every study.

    Raises
    ------
    InputError
        If lengths or the indexes of Series differ.

    Examples
    --------
    >>> columns, index = aligned({"mi": [1.0, 2.0], "ni": 10})
    >>> columns["ni"]
    array([10., 10.])
    """
    arrays = {name: numbers(name, column) for name, column in values.items()}
    sizes = {name: array.size for name, array in arrays.items() if array.ndim == 1}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise InputError(f"All columns must have the same number of studies: {listed}.")
    size = next(iter(sizes.values()), 1)
    columns = {name: np.broadcast_to(array, (size,)).astype(float) for name, array in arrays.items()}
    return columns, _common_index(values)


def _common_index(values: Mapping[str, ArrayLike]) -> pd.Index | None:
    series = {name: column for name, column in values.items() if isinstance(column, pd.Series)}
    if not series:
        return None
    first, *others = series
    for name in others:
        if not series[name].index.equals(series[first].index):
            raise InputError(
                f"{name} and {first} have different indexes; take both from one table so that rows match."
            )
    return series[first].index


def require(
    where: str, columns: Mapping[str, FloatArray], needs: Iterable[Need], index: pd.Index | None = None
) -> None:
    """Check every rule; the first study that breaks one is named with its numbers.

    Raises
    ------
    InputError
        Naming the study by its position (from 0) and its label, the values and the remedy.

    Examples
    --------
    >>> require("MD", {"sd1i": np.array([1.0, 2.0])}, not_negative("sd1i"))
    """
    for need in needs:
        used = [columns[name] for name in need.columns]
        known = np.isfinite(used).all(axis=0)
        broken = np.flatnonzero(known & ~need.holds(*used))
        if broken.size:
            first = int(broken[0])
            values = ", ".join(f"{name}={columns[name][first]:g}" for name in need.columns)
            raise InputError(f"{where}: {values} in {study(first, index)}; {need.remedy}.")


def study(position: int, index: pd.Index | None = None) -> str:
    """Name a study for a message.

    Examples
    --------
    >>> study(2), study(0, pd.Index(["Cho 2020"]))
    ('the study at position 2', "the study at position 0 ('Cho 2020')")
    """
    label = "" if index is None or isinstance(index, pd.RangeIndex) else f" ({index[position]!r})"
    return f"the study at position {position}{label}"


def one_or_many(array: FloatArray, *given: ArrayLike) -> float | FloatArray:
    """Return a plain float when everything given was a scalar, else the array.

    Examples
    --------
    >>> one_or_many(np.array([2.0]), 1.0, 3)
    2.0
    """
    return float(array[0]) if all(np.ndim(value) == 0 for value in given) else array
