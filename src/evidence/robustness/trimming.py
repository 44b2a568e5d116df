"""The trimming of trim and fill: how many studies the ranks of their distances let seem missing."""

from __future__ import annotations

import math

import numpy as np

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError, InputError
from evidence.synthesis.many import pool_many


def trim(
    y: FloatArray, v: FloatArray, estimator: str, method: str
) -> tuple[tuple[int, ...], float, float, float]:
    """Trim rising estimates from their upper end until the number of missing studies stays.

    Parameters
    ----------
    y, v : array, shape (k,)
        In rising order of `y`, not all of it equal.
    estimator : {"L0", "R0", "Q0"}
    method : str
        Of the mean of the untrimmed studies.

    Returns
    -------
    tuple
        Numbers of trimmed studies from step to step, the last mean, and standard error and p value of the
        last number (NaN where there is none).

    Raises
    ------
    ConvergenceError
        If the numbers go round in circles.
    InputError
        If Q0 does not exist.

    Examples
    --------
    >>> trim(np.array([0.0, 0.1, 0.2, 0.3, 1.4, 1.6, 1.9]), np.ones(7), "L0", "EE")[0]
    (0, 1)
    """
    k, steps = y.size, [0]
    while True:
        keep = k - steps[-1]
        centre = _mean(y[:keep], v[:keep], method)
        found, se = _missing(y - centre, estimator)
        k0 = max(0, round(found))
        if k0 == steps[-1]:
            return tuple(steps), centre, se, 0.5**k0 if estimator == "R0" else math.nan
        if k0 in steps:
            raise ConvergenceError(
                f"trim_and_fill: the number of missing studies goes round in circles ({steps[-1]}, {k0});"
                " use another estimator."
            )
        steps.append(k0)


def _mean(y: FloatArray, v: FloatArray, method: str) -> float:
    if y.size == 1:
        return float(y[0])
    return float(pool_many(y, v, method=method, test="z").estimate[0])


def _missing(centred: FloatArray, estimator: str) -> tuple[float, float]:
    """Estimate of the number of missing studies, unrounded, and its standard error."""
    k = centred.size
    rank = np.empty(k)
    rank[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    above = float(rank[centred > 0].sum())
    if estimator == "R0":
        k0 = k - float(rank[centred < 0].max(initial=0.0)) - 1
        return k0, math.sqrt(2 * max(0.0, k0) + 2)
    if estimator == "L0":
        k0 = (4 * above - k * (k + 1)) / (2 * k - 1)
        return k0, 4 * math.sqrt(_variance(k, k0)) / (2 * k - 1)
    square = 2 * k**2 - 4 * above + 0.25
    if square < 0:
        raise InputError(
            "trim_and_fill: estimator Q0 does not exist for these studies, nearly all of whose ranks lie on"
            " one side; use 'L0' or 'R0'."
        )
    k0 = k - 0.5 - math.sqrt(square)
    slope = (k - 0.5) ** 2 - k0 * (2 * k - k0 - 1)
    return k0, 2 * math.sqrt(_variance(k, k0)) / math.sqrt(slope) if slope > 0 else math.nan


def _variance(k: int, k0: float) -> float:
    """Variance of the sum of ranks on the full side with `k0` studies missing on the other."""
    even = k * (k + 1) * (2 * k + 1)
    missing = 10 * k0**3 + 27 * k0**2 + 17 * k0 - 18 * k * k0**2 - 18 * k * k0 + 6 * k**2 * k0
    return max((even + missing) / 24, 0.0)
