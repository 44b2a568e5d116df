"""Intervals of one proportion that hold for any count: Clopper-Pearson and Wilson."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evidence.arguments import FloatArray, level, option, vector
from evidence.effects.checks import MOST_PEOPLE
from evidence.errors import InputError

METHODS = ("Clopper-Pearson", "Wilson")


def checked_counts(
    events: ArrayLike, totals: ArrayLike, names: tuple[str, str]
) -> tuple[FloatArray, FloatArray]:
    """Return events and totals as arrays of whole numbers with 0 <= events <= totals and totals >= 1.

    Raises
    ------
    InputError
        Naming the argument, the study's position and both numbers.

    Examples
    --------
    >>> checked_counts([1], [4], ("xi", "ni"))
    (array([1.]), array([4.]))
    """
    n = vector(names[1], totals)
    x = vector(names[0], events, size=n.size)
    for name, values in zip(names, (x, n), strict=True):
        broken = np.flatnonzero(values != np.round(values))
        if broken.size:
            raise InputError(
                f"{name} must hold counts; position {broken[0]} has {values[broken[0]]:g}."
                " Give the number of people, not a percentage."
            )
    if n.max(initial=0.0) > MOST_PEOPLE:
        raise InputError(f"{names[1]} holds {n.max():g} people; {MOST_PEOPLE:g} is the largest allowed.")
    for i in np.flatnonzero((n < 1) | (x < 0) | (x > n)):
        raise InputError(
            f"Position {i}: {names[0]}={x[i]:g} events of {names[1]}={n[i]:g} people cannot be;"
            f" {names[1]} must be 1 or more and {names[0]} between 0 and {names[1]}."
        )
    return x, n


def exact_interval(
    x: ArrayLike, n: ArrayLike, *, method: str = "Clopper-Pearson", level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Confidence interval of single proportions.

    Parameters
    ----------
    x, n : int or array, shape (k,)
        Events and people.
    method : {"Clopper-Pearson", "Wilson"}
        Clopper-Pearson never covers less than `level`; Wilson covers it on average and is shorter.
    level : float

    Returns
    -------
    low, high : array, shape (k,)

    Raises
    ------
    InputError
        If a count is impossible.
    OptionError
        If there is no such method.

    References
    ----------
    Clopper and Pearson 1934, Biometrika 26:404; Wilson 1927, J Am Stat Assoc 22:209.

    Examples
    --------
    >>> low, high = exact_interval(0, 39)
    >>> float(low[0]), round(float(high[0]), 4)
    (0.0, 0.0903)
    """
    option("method", method, METHODS)
    events, totals = checked_counts(x, n, ("x", "n"))
    kernel = _clopper_pearson if method == "Clopper-Pearson" else _wilson
    return kernel(events, totals, _tail(level))


def _tail(value: float) -> float:
    return (1 - level(value)) / 2


def _clopper_pearson(x: FloatArray, n: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Beta quantiles (Clopper and Pearson 1934); 0 and 1 are reached at no and at all events."""
    low = np.where(x > 0, stats.beta.ppf(tail, np.maximum(x, 1), n - x + 1), 0.0)
    high = np.where(x < n, stats.beta.isf(tail, x + 1, np.maximum(n - x, 1)), 1.0)
    return low, high


def _wilson(x: FloatArray, n: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Roots of the score test's quadratic (Wilson 1927)."""
    z2 = stats.norm.isf(tail) ** 2
    centre = (x + z2 / 2) / (n + z2)
    half = np.sqrt(z2) / (n + z2) * np.sqrt(x * (n - x) / n + z2 / 4)
    low = np.where(x > 0, centre - half, 0.0)
    return low, np.where(x < n, centre + half, 1.0)
