"""Array kernels for many meta-analyses at once: sums of weights, quadratic forms and roots, all O(k).

Every problem is a row. The most precise study of a row is its anchor: the row is moved and scaled so that the
anchor has ``y = 0`` and ``v = 1`` and lies outside the arrays (its ``v`` there is infinite, as is that of a
dropped study, so that its weight is 0). Differences of nearly equal sums are then written as sums of
positive terms, which keeps every digit when variances differ by many orders of magnitude.

With weights ``w = 1 / (v + t)`` and ``P = W - w w' / sum(w)`` (Viechtbauer 2005, J Educ Behav Stat 30:261).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray, floats
from evidence.errors import ConvergenceError, InputError, TooFewStudiesError

RELATIVE = 1e-6  # a Newton step this short leaves an error of about its square
ABSOLUTE = 1e-15  # of the smallest sampling variance
NEWTON_STEPS = 12  # from then on every other step halves the bracket
MAX_STEPS = 400
BLOCK = 32_768  # numbers in an array of a block
ALONE = 250_000  # multiplications of a matrix product up to which BLAS stays in one thread
WIDEST = 1e140  # ratio of variances, or of squared distances to a variance, up to which squares stay finite

Equation = Callable[..., tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, slots=True)
class Problems:
    """Meta-analyses of one outcome each, ready for the kernels.

    Attributes
    ----------
    y : array, shape (n, k)
        Distance from the anchor's estimate, in units of the anchor's standard error.
    v : array, shape (n, k)
        Sampling variances in units of the anchor's; infinite for the anchor and for dropped studies.
    others : array, shape (n, k)
        1 for studies other than the anchor, 0 for the anchor and for dropped studies.
    k : array, shape (n,)
        Number of studies used.
    origin, unit : array, shape (n,)
        The anchor's estimate and variance.
    zero : Weighted
        Of the common-effect model, where tau2 is 0.
    """

    y: FloatArray
    v: FloatArray
    others: FloatArray
    k: FloatArray
    origin: FloatArray
    unit: FloatArray
    zero: Weighted


def blocks(given: Problems) -> Iterator[Problems]:
    """Cut many problems into blocks of rows that fit the processor's cache.

    Examples
    --------
    >>> [len(block.k) for block in blocks(problems(np.ones((5000, 10)), np.ones(10)))]
    [3276, 1724]
    """
    rows = max(1, BLOCK // given.y.shape[-1])
    if len(given.k) <= rows:
        yield given
        return
    for first in range(0, len(given.k), rows):
        part = slice(first, first + rows)
        arrays = (given.y, given.v, given.others, given.k, given.origin, given.unit)
        yield Problems(*(array[part] for array in arrays), Weighted(*(array[part] for array in given.zero)))


@lru_cache(maxsize=64)
def ones(size: int) -> FloatArray:
    """Vector of ones: a product with it sums rows faster than `sum`."""
    vector = np.ones(size)
    vector.flags.writeable = False
    return vector


def product(rows: FloatArray, table: FloatArray) -> FloatArray:
    """Return ``rows @ table`` for many rows and a small table, without threads.

    Threads of BLAS wait for each other in a loop, which takes far longer than the product where another
    process has the other processor.

    Examples
    --------
    >>> product(np.ones((3, 2)), np.eye(2)).sum()
    np.float64(6.0)
    """
    size = max(1, ALONE // max(1, table.size))
    if len(rows) <= size:
        return rows @ table
    found = np.empty((len(rows), table.shape[1]))
    for first in range(0, len(rows), size):
        part = slice(first, first + size)
        np.matmul(rows[part], table, out=found[part])
    return found


def problems(yi: ArrayLike, vi: ArrayLike, mask: ArrayLike | None = None) -> Problems:
    """Prepare meta-analyses for the kernels.

    Parameters
    ----------
    yi, vi : array, shape (k,) or (n, k)
        Estimates and positive sampling variances; one row a problem, or one row for all.
    mask : array of 0 and 1, shape (n, k), optional
        0 drops a study from a problem; what stands in its place does not matter.

    Raises
    ------
    TooFewStudiesError
        If a problem has fewer than two studies.
    InputError
        If an estimate or variance in use is not finite, a variance is not positive, or one is 1e140 times
        smaller than another or than a squared distance of estimates.

    Examples
    --------
    >>> two = problems([0.2, 0.4, 0.9], [0.1, 0.2, 0.1], mask=[[1, 1, 0], [1, 1, 1]])
    >>> two.k
    array([2., 3.])
    """
    y, v, k = _rows(yi, vi, mask)
    if k.min() < 2:
        row = int(k.argmin())
        raise TooFewStudiesError(f"Problem {row} has {k[row]:.0f} studies; pooling needs 2 or more.")
    rows, anchor = np.arange(len(y)), v.argmin(axis=-1)
    origin, unit = y[rows, anchor], v[rows, anchor]
    if not unit.min() > 0:
        raise InputError(f"vi holds {unit.min():g}; a sampling variance must be finite and above 0.")
    if not np.isfinite(y).all() or np.isnan(v).any():
        raise InputError("yi and vi of the studies in use must be finite numbers.")
    others = np.isfinite(v).astype(float)
    others[rows, anchor] = 0.0
    with np.errstate(over="ignore"):
        v = v / unit[:, None]
        y = (y - origin[:, None]) / np.sqrt(unit)[:, None]
        widest = max(np.where(others > 0, v, 0.0).max(), np.abs(y * others).max() ** 2)
    if not widest < WIDEST:
        raise InputError(
            f"A variance of {unit.min():g} cannot be right: another, or the square of the distance between"
            f" two estimates, is more than {WIDEST:g} times as large."
        )
    v[rows, anchor] = np.inf
    if mask is not None:
        y *= others
    return Problems(y, v, others, k, origin, unit, weighted(y, v, np.zeros(len(y))))


def _rows(yi: ArrayLike, vi: ArrayLike, mask: ArrayLike | None) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimates and variances as rows, dropped ones as (0, inf), and the number of studies."""
    y, v = np.atleast_2d(floats("yi", yi)), np.atleast_2d(floats("vi", vi))
    if y.ndim > 2 or v.ndim > 2 or y.shape[-1] != v.shape[-1]:
        raise InputError(f"yi of shape {y.shape} does not fit vi of shape {v.shape}.")
    keep = None if mask is None else np.atleast_2d(floats("mask", mask)) != 0
    if keep is not None and keep.shape[-1] != y.shape[-1]:
        raise InputError(f"mask of shape {keep.shape} does not fit yi of shape {y.shape}.")
    n = max(len(y), len(v), 1 if keep is None else len(keep))
    shape = (n, y.shape[-1])
    if any(len(array) not in (1, n) for array in (y, v, y if keep is None else keep)):
        raise InputError("yi, vi and mask must have the same number of rows, or one row for all.")
    if keep is not None:
        y, v = np.where(keep, y, 0.0), np.where(keep, v, np.inf)
        y, v, keep = (np.broadcast_to(array, shape) for array in (y, v, keep))
        return y, v, keep.sum(axis=-1).astype(float)
    if np.isinf(v).any():
        raise InputError("yi and vi of the studies in use must be finite numbers.")
    if not len(y) == len(v) == n:
        y, v = np.broadcast_to(y, shape), np.broadcast_to(v, shape)
    return y, v, np.full(n, float(shape[1]))


class Weighted(NamedTuple):
    """Weighted means of rows, in the units of `Problems`: all of shape (n,) but `w` and `u`.

    `w` (n, k) and `u = w (y - mean)` (n, k) belong to the studies other than the anchor, `w0` and `u0` to the
    anchor; `s1` is the sum of all weights and `rest` that of the others'.
    """

    w: FloatArray
    u: FloatArray
    w0: FloatArray
    u0: FloatArray
    rest: FloatArray
    s1: FloatArray
    mean: FloatArray
    q: FloatArray


def weighted(y: FloatArray, v: FloatArray, t: FloatArray) -> Weighted:
    """Inverse-variance means at between-study variances `t`, with Cochran's generalised Q.

    Parameters
    ----------
    y, v : array, shape (..., k)
        Of `Problems`.
    t : array, shape (...)
        Between-study variances in units of the anchor's variance.
    """
    w = v + t[..., None]
    np.divide(1, w, out=w)
    w0 = 1 / (1 + t)
    rest = w @ ones(w.shape[-1])
    s1 = rest + w0
    mean = np.vecdot(w, y) / s1
    residual = y - mean[..., None]
    u = w * residual
    u0 = -w0 * mean
    return Weighted(w, u, w0, u0, rest, s1, mean, np.vecdot(u, residual) - u0 * mean)


def trace_p(at: Weighted) -> FloatArray:
    """Trace of P, s1 - s2 / s1, as (2 w0 rest + rest^2 - sum of the others' w^2) / s1 to lose no digit."""
    return (at.rest * (2 * at.w0 + at.rest) - np.vecdot(at.w, at.w)) / at.s1


def trace_pp(at: Weighted) -> FloatArray:
    """Trace of PP = s2 - 2 s3 / s1 + (s2 / s1)^2, block by block (anchor, anchor with others, others)."""
    square = at.w * at.w
    r2, r3 = np.vecdot(at.w, at.w), np.vecdot(square, at.w)
    corner, side = at.w0 * at.rest / at.s1, at.w0 / at.s1
    return corner**2 + 2 * side**2 * r2 + r2 - 2 * r3 / at.s1 + (r2 / at.s1) ** 2


def quadratic(at: Weighted) -> FloatArray:
    """y'PPy, minus the derivative of Q in t."""
    return np.vecdot(at.u, at.u) + at.u0**2


def cubic(at: Weighted) -> FloatArray:
    """y'PPPy, minus half the derivative of y'PPy in t."""
    centre = (np.vecdot(at.w, at.u) + at.w0 * at.u0) / at.s1
    apart = at.u - centre[..., None]
    apart *= apart
    return np.vecdot(at.w, apart) + at.w0 * (at.u0 - centre) ** 2


def spread(given: Problems) -> FloatArray:
    """Unweighted sum of squares about the unweighted mean, shape (n,), in units of the anchor's variance."""
    mean = np.vecdot(given.others, given.y) / given.k
    apart = (given.y - mean[:, None]) * given.others
    return np.vecdot(apart, apart) + mean**2


def widest_variance(given: Problems) -> FloatArray:
    """Largest sampling variance of each row in units of the anchor's, shape (n,)."""
    return np.where(given.others > 0, given.v, 1.0).max(axis=-1)


def roots(
    equation: Equation,
    data: tuple[NDArray[np.float64], ...],
    low: FloatArray,
    high: FloatArray,
    guess: FloatArray,
) -> FloatArray:
    """Find the root of many equations at once: Newton steps kept inside a bracket, else bisection.

    Parameters
    ----------
    equation : callable
        Takes ``t`` (n,) and `data`, gives value and slope (n,); the value is below 0 at `low`, above at
        `high`.
    data : tuple of array, shape (n, ...)
        Rows that belong to the roots; those of finished roots are left out of further steps.
    low, high, guess : array, shape (n,)

    Raises
    ------
    ConvergenceError
        If bisection does not end, which only an equation that is not a number can bring about.

    Examples
    --------
    >>> square = lambda t, c: (t**2 - c, 2 * t)
    >>> low, high = np.zeros(2), np.full(2, 10.0)
    >>> roots(square, (np.array([4.0, 9.0]),), low, high, guess=high)
    array([2., 3.])
    """
    found, left = guess.copy(), np.arange(guess.size)
    t = guess
    for step in range(MAX_STEPS if left.size else 0):
        value, slope = equation(t, *data)
        above = value > 0
        low, high = np.where(above, low, t), np.where(above, t, high)
        new = t - value / slope
        inside = (new >= low) & (new <= high)
        if step > NEWTON_STEPS and step % 2:
            inside &= value == 0
        if np.count_nonzero(inside) < inside.size:
            new = np.where(inside, new, low + (high - low) / 2 + 0 * value)  # NaN stays NaN
        unfinished = ~(np.abs(new - t) <= RELATIVE * new + ABSOLUTE)
        found[left] = t = new
        remaining = np.count_nonzero(unfinished)
        if not remaining:
            return found
        if remaining < left.size:
            left, t, low, high = left[unfinished], t[unfinished], low[unfinished], high[unfinished]
            data = tuple(part[unfinished] for part in data)
    if not left.size:
        return found
    raise ConvergenceError(
        f"{left.size} equations have no root in their brackets; look for values that are NaN."
    )
