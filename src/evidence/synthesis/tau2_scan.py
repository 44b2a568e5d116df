"""Where the maxima of a likelihood of tau2 may lie: its score looked at over a few values of tau2."""

from __future__ import annotations

import math

import numpy as np

from evidence.arguments import FloatArray
from evidence.synthesis.kernels import (
    Problems,
    Weighted,
    product,
    quadratic,
    spread,
    trace_p,
    weighted,
    widest_variance,
)

SCAN = 12  # values of tau2 at which the score is looked at to find every maximum of the likelihood
STRIDE = 0.5  # widest step, in log(1 + tau2 / smallest variance), where problems share these values
CELLS = 2_048  # for fewer numbers than that all values of the scan are looked at in one go
CONDITION = (
    1e6  # ratio of variances, or of a squared distance to a variance, beyond which plain sums lose digits
)

_STEPS = np.linspace(0, 1, SCAN)


def last_maximum(between: FloatArray, widest: FloatArray) -> FloatArray:
    """Return a value of t beyond which the score is surely negative.

    With B the unweighted variance of the estimates, y'PPy <= (k - 1) B / (1 + t)^2 and
    tr P >= (k - 1) / (t + max v), so that no maximum lies beyond (B + sqrt(B^2 + 4 B max v)) / 2.
    """
    return (between + np.sqrt(between**2 + 4 * between * widest)) / 2 * (1 + 1e-9)


def shared_grid(last: float) -> FloatArray:
    """Return values of t for many problems, from 0 to `last`, even and never far apart in log(1 + t)."""
    reach = math.log1p(last)
    return np.expm1(np.linspace(0, reach, max(SCAN, 1 + math.ceil(reach / STRIDE))))


def scan(given: Problems, *, restricted: bool) -> tuple[FloatArray, FloatArray]:
    """Look at the score of every problem.

    Returns
    -------
    grid : array, shape (n, steps)
        Values of t, even in log(1 + t), from 0 to where the score is surely negative.
    ratio : array, shape (n, steps)
        tr P / y'PPy - 1 there (for ML tr W / y'PPy - 1), below 0 where the likelihood rises.
    """
    widest = widest_variance(given)
    last = last_maximum(spread(given) / (given.k - 1), widest)
    if given.y.size <= CELLS:
        grid = np.expm1(np.log1p(last)[:, None] * _STEPS)
        return grid, _ratio(given.y[:, None, :], given.v[:, None, :], grid, restricted=restricted)
    if (given.v == given.v[0]).all() and max(widest[0], (given.y**2).max()) < CONDITION:
        return _shared(given, shared_grid(float(last.max())), restricted=restricted)
    grid = np.expm1(np.log1p(last)[:, None] * _STEPS)
    ratio = np.empty_like(grid)
    for column in range(SCAN):
        ratio[:, column] = _ratio(given.y, given.v, grid[:, column], restricted=restricted)
    return grid, ratio


def _ratio(y: FloatArray, v: FloatArray, t: FloatArray, *, restricted: bool) -> FloatArray:
    at = weighted(y, v, t)
    # Equal estimates leave nothing to divide by, and no maximum above 0.
    with np.errstate(divide="ignore", over="ignore"):
        return _trace(at, restricted=restricted) / quadratic(at) - 1


def _trace(at: Weighted, *, restricted: bool) -> FloatArray:
    return trace_p(at) if restricted else at.s1


def _shared(given: Problems, grid: FloatArray, *, restricted: bool) -> tuple[FloatArray, FloatArray]:
    """Look at problems that differ in their estimates only: their sums are products with the same weights."""
    v = np.broadcast_to(given.v[0], (grid.size, given.v.shape[1]))
    at = weighted(np.zeros(v.shape), v, grid)
    square = at.w * at.w
    s2 = np.vecdot(at.w, at.w) + at.w0**2
    mean = product(given.y, at.w.T) / at.s1
    form = product(given.y**2, square.T) - mean * (2 * product(given.y, square.T) - mean * s2)
    with np.errstate(divide="ignore", over="ignore"):
        ratio = _trace(at, restricted=restricted) / np.maximum(form, 0.0) - 1
    return np.broadcast_to(grid, ratio.shape), ratio
