"""Check what callers hand in: one helper a kind of argument, one wording for all."""

from __future__ import annotations

import contextlib
import difflib
import math
import numbers
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidence.errors import InputError, OptionError

FloatArray = NDArray[np.float64]

LONGEST_SHOWN = 60  # letters of a wrong value
MOST_DIGITS = 15  # decimals; a float holds no more
MOST_DRAWS = 10**7  # more would fill the memory of a usual machine


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
    if _is_one_of(value, choices):
        return value
    listed = ", ".join(repr(choice) for choice in choices)
    raise OptionError(f"{name}={value!r} is not one of {listed}.{nearest(str(value), map(str, choices))}")


def _is_one_of(value: Any, choices: tuple[Any, ...]) -> bool:
    """Compare by hash first: arrays and pandas' gaps refuse to say whether they equal a name."""
    try:
        return value in frozenset(choices)
    except TypeError:
        return False


def instance(name: str, value: Any, kind: Any, like: str) -> Any:
    """Return `value` if it is of a kind (a class, or several joined by ``|``).

    Parameters
    ----------
    name : str
        Name of the argument.
    value : object
    kind : type
    like : str
        What would be right, in words.

    Raises
    ------
    InputError
        Naming the argument, what it is and what would be right.

    Examples
    --------
    >>> instance("sep", "+", str, "text")
    '+'
    """
    if isinstance(value, kind):
        return value
    raise InputError(f"{name} must be {like}, not {_brief(value)}.")


def progress_of(value: Any) -> Any:
    """Return what is to be told of the progress: a function, or None for nobody.

    Raises
    ------
    InputError
        If it cannot be called.

    Examples
    --------
    >>> progress_of(None)
    """
    return instance("progress", value, Callable | None, "a function that is told how far the work is")


def _brief(value: Any) -> str:
    """Show a short value as it is, and name the type of any other."""
    if value is None or isinstance(value, (str, bytes, bool, float)):
        return repr(value) if len(repr(value)) <= LONGEST_SHOWN else f"{repr(value)[:LONGEST_SHOWN]} ..."
    if isinstance(value, int) and abs(value) < 10**LONGEST_SHOWN:
        return repr(value)
    return f"an object of type {type(value).__name__}"


def not_negative(name: str, value: Any) -> float:
    """Return a single number of zero or more, such as a continuity correction.

    Raises
    ------
    InputError
        If it is below zero, not finite or no number.

    Examples
    --------
    >>> not_negative("add", 0.5)
    0.5
    """
    found = real(name, value, like="zero or more, for instance 0.5")
    if found < 0:
        raise InputError(f"{name}={value!r} must be zero or more, for instance 0.5.")
    return found


def names(name: str, values: Any, example: str) -> list[str]:
    """Return a list of names, each once.

    Raises
    ------
    InputError
        If it is a single text, no list, or holds anything but text.

    Examples
    --------
    >>> names("claims", ("C4", "C1", "C4"), "C1")
    ['C4', 'C1']
    """
    like = f"a list such as [{example!r}]"
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise InputError(f"{name} must be {like}, not {_brief(values)}.")
    return list(
        dict.fromkeys(instance(f"Each of {name}", each, str, f"text such as {example!r}") for each in values)
    )


def real(name: str, value: Any, *, like: str = "a number") -> float:
    """Return a single number as a float.

    Raises
    ------
    InputError
        If it is text, a bool, missing, infinite or beyond what a float holds.

    Examples
    --------
    >>> real("delta", 0.5)
    0.5
    """
    found = math.nan
    if isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_)):
        with contextlib.suppress(OverflowError):
            found = float(value)
    if not math.isfinite(found):
        raise InputError(f"{name}={_brief(value)} must be {like}.")
    return found


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
    except (TypeError, ValueError, OverflowError) as error:
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
    except (TypeError, ValueError, OverflowError):
        number = np.nan
    if not 0 < number < 1:
        raise InputError(f"level={value!r} must lie between 0 and 1, for instance 0.95 for 95 %.")
    return number


def correlation(name: str, value: float) -> float:
    """Return a correlation of repeated measurements: at least 0 and below 1.

    Raises
    ------
    InputError
        If it lies elsewhere or is no number.

    Examples
    --------
    >>> correlation("r", 0.5)
    0.5
    """
    if not isinstance(value, numbers.Real) or isinstance(value, (bool, np.bool_)) or not 0 <= value < 1:
        raise InputError(f"{name}={value!r} must be at least 0 and below 1, for instance 0.5.")
    return float(value)


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return `value` if it is a whole number of `least` or more, and not beyond `most`.

    Raises
    ------
    InputError
        Naming the value and the limit.

    Examples
    --------
    >>> whole_number("draws", 1000, 100)
    1000
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name}={value!r} must be a whole number of {least:,} or more.")
    if most is not None and value > most:
        raise InputError(f"{name} must be at most {most:,}, not {_brief(value)}.")
    return int(value)
