"""Check what callers hand in: one helper a kind of argument, one wording for all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidence.errors import InputError, OptionError

FloatArray = NDArray[np.float64]


def nearest(value: str, known: Iterable[str]) -> str:
    """Say which known names come nearest to a misspelt one ('' when none does).

    Examples
    --------
    >>> nearest("REMl", ["REML", "ML"])
    " Did you mean 'REML'?"
    """
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(str(value).lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean {by_lower[close[0]]!r}?" if close else ""


def option(name: str, value: Any, allowed: Iterable[Any]) -> Any:
    """Return `value` if it is one of the `allowed` choices.

    Raises
    ------
    OptionError
        Naming the option, the value, every choice and the nearest one.

    Examples
    --------
    >>> option("method", "REML", ("REML", "DL"))
    'REML'
    """
    choices = tuple(allowed)
    if value in choices:
        return value
    listed = ", ".join(repr(choice) for choice in choices)
    raise OptionError(f"{name}={value!r} is not one of {listed}.{nearest(str(value), map(str, choices))}")


def floats(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as an array of floats of any shape; gaps stay NaN.

    Raises
    ------
    InputError
        If a value is text, a date or a container, or rows differ in length.

    Examples
    --------
    >>> floats("ni", [[1, 2], [3, None]])
    array([[ 1.,  2.],
           [ 3., nan]])
    """
    try:
        kind = np.asarray(values).dtype.kind
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must hold numbers only: {error}.") from error
    if kind in "mMUSc":
        raise InputError(f"{name} must hold plain numbers, not text, dates or complex numbers.")
    return array


def vector(name: str, values: ArrayLike, *, size: int | None = None) -> FloatArray:
    """Return `values` as a one-dimensional float array of finite numbers.

    Raises
    ------
    InputError
        If a value is text, missing or infinite (named by its position), or the length is wrong.

    Examples
    --------
    >>> vector("yi", [0.1, 2])
    array([0.1, 2. ])
    """
    array = np.atleast_1d(floats(name, values))
    if array.ndim != 1:
        raise InputError(f"{name} must be one-dimensional, not of shape {array.shape}.")
    if size is not None and array.size != size:
        raise InputError(f"{name} has {array.size} values where {size} are needed.")
    if not np.isfinite(array).all():
        where = np.flatnonzero(~np.isfinite(array))
        raise InputError(
            f"{name} holds {array[where[0]]} at position {where[0]}"
            f" ({where.size} such values); leave these studies out or complete them."
        )
    return array


def level(value: float) -> float:
    """Return a confidence level as a fraction between 0 and 1.

    Raises
    ------
    InputError
        If it lies outside (0, 1), as a percentage would.

    Examples
    --------
    >>> level(0.95)
    0.95
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not 0 < number < 1:
        raise InputError(f"level={value!r} must lie between 0 and 1, for instance 0.95 for 95 %.")
    return number
