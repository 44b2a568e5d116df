"""Array kernels for many meta-regressions at once: weighted least squares, traces and forms in O(k p^2).

With weights ``w = 1 / (v + t)``, the weighted design has the decomposition ``W^(1/2) X = Q R``, and the
matrix ``P = W - W X (X'WX)^-1 X'W`` of Viechtbauer (2005, J Educ Behav Stat 30:261) is
``W^(1/2) (I - QQ') W^(1/2)``. All traces and forms of P follow from the k x p matrix Q; none is k x k.
They lose digits where one study has nearly all the weight: a variance 10^8 times smaller than the others'
costs 8 of the 16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.errors import InputError, TooFewStudiesError
from evidence.synthesis.kernels import BLOCK, WIDEST
from evidence.synthesis.study_input import LARGEST

TESTS = ("z", "t", "knha", "adhoc")


@dataclass(frozen=True, slots=True)
class Regressions:
    """Meta-regressions of one outcome each, studies ordered by precision.

    Attributes
    ----------
    x : array, shape (n, k, p)
        Designs, the first column all ones.
    y : array, shape (n, k)
        Distance from the most precise estimate, in units of its standard error.
    v : array, shape (n, k)
        Sampling variances in units of the smallest.
    origin, unit : array, shape (n,)
        The most precise study's estimate and variance.
    """

    x: FloatArray
    y: FloatArray
    v: FloatArray
    origin: FloatArray
    unit: FloatArray

    @property
    def df(self) -> int:
        """Residual degrees of freedom, k - p."""
        return self.x.shape[1] - self.x.shape[2]


class Fit(NamedTuple):
    """Weighted least squares at a value of t: w (n, k), q (n, k, p), r (n, p, p), e (n, k) and rss (n,).

    `e` are the residuals times the root of the weights; `rss` is their sum of squares, y'Py.
    """

    w: FloatArray
    q: FloatArray
    r: FloatArray
    e: FloatArray
    rss: FloatArray


def regressions(x: ArrayLike, yi: ArrayLike, vi: ArrayLike) -> Regressions:
    """Prepare meta-regressions for the kernels.

    Parameters
    ----------
    x : array, shape (k, p) or (n, k, p)
        Designs of full rank, the first column all ones.
    yi, vi : array, shape (k,) or (n, k)
        Estimates and positive sampling variances; one row for all, or one a problem.

    Raises
    ------
    TooFewStudiesError
        If k is not above p.
    InputError
        If shapes do not fit, a number is not finite, a variance is not positive, the first column is not all
        ones, or estimates lie more than 1e100 standard errors apart.

    Examples
    --------
    >>> given = regressions([[1, 0], [1, 1], [1, 2]], [0.1, 0.2, 0.6], [0.04, 0.01, 0.02])
    >>> given.v.tolist(), given.df
    ([[1.0, 2.0, 4.0]], 1)
    """
    x = np.asarray(x, dtype=float)
    x = x[None] if x.ndim == 2 else x
    y, v = (np.atleast_2d(np.asarray(values, dtype=float)) for values in (yi, vi))
    n, (k, p) = max(len(x), len(y), len(v)), x.shape[1:]
    if k <= p:
        raise TooFewStudiesError(f"{k} studies cannot carry {p} coefficients; {p + 1} or more are needed.")
    if any(array.shape[1] != k or len(array) not in (1, n) for array in (x, y, v)):
        raise InputError(f"yi of shape {y.shape} and vi of shape {v.shape} do not fit x of shape {x.shape}.")
    if not all(np.isfinite(array).all() for array in (x, y, v)) or v.min() <= 0 or (x[..., 0] != 1).any():
        raise InputError("x, yi and vi must be finite, vi above 0, and the first column of x all ones.")
    if max(np.abs(y).max(), v.max()) > LARGEST:
        raise InputError(f"An estimate or a variance is beyond {LARGEST:g}; measure in larger units.")
    order = v.argsort(axis=-1, kind="stable")  # rows of falling weight keep the decomposition exact
    order = np.broadcast_to(order, (n, k))
    y, v = (np.take_along_axis(np.broadcast_to(array, (n, k)), order, axis=-1) for array in (y, v))
    x = np.take_along_axis(np.broadcast_to(x, (n, k, p)), order[..., None], axis=1)
    origin, unit = y[:, 0].copy(), v[:, 0].copy()
    with np.errstate(over="ignore"):
        v = v / unit[:, None]
        y = (y - origin[:, None]) / np.sqrt(unit)[:, None]
        widest = max(v.max(), np.abs(y).max() ** 2)
    if not widest < WIDEST:
        raise InputError(
            f"A variance of {unit.min():g} cannot be right: another, or the square of the distance between"
            f" two estimates, is more than {WIDEST:g} times as large."
        )
    return Regressions(x, y, v, origin, unit)


def regression_blocks(given: Regressions) -> Iterator[Regressions]:
    """Cut many problems into blocks of rows that fit the processor's cache, with the copies a scan makes."""
    rows = max(1, BLOCK // (4 * given.x[0].size))
    for first in range(0, len(given.unit), rows):
        part = slice(first, first + rows)
        arrays = (given.x, given.y, given.v, given.origin, given.unit)
        yield Regressions(*(array[part] for array in arrays))


def fit_at(x: FloatArray, y: FloatArray, v: FloatArray, t: FloatArray) -> Fit:
    """Weighted least squares at between-study variances `t` (n,), in units of the smallest variance."""
    w = 1 / (v + t[:, None])
    root = np.sqrt(w)
    q, r = np.linalg.qr(root[..., None] * x)
    e = root * y
    for _ in range(2):  # the second projection removes what rounding left of the first
        e = e - _times(q, _into(q, e))
    return Fit(w, q, r, e, np.vecdot(e, e))


def _into(q: FloatArray, values: FloatArray) -> FloatArray:
    """Q' values, shape (n, p)."""
    return np.einsum("nkp,nk->np", q, values)


def _times(q: FloatArray, values: FloatArray) -> FloatArray:
    """Q values, shape (n, k)."""
    return np.einsum("nkp,np->nk", q, values)


def free(at: Fit) -> FloatArray:
    """One minus the leverages, shape (n, k)."""
    return np.maximum(1 - np.einsum("nkp,nkp->nk", at.q, at.q), 0.0)


def trace_of_two(at: Fit, scale: FloatArray) -> FloatArray:
    """Trace of S M S M with S = diag(scale) and M = I - QQ': sum s^2 (1 - 2 h) + |Q'SQ|^2.

    Never below (k - p) min s^2, the least it can be, whatever rounding takes away.
    """
    inner = np.einsum("nkp,nk,nkr->npr", at.q, scale, at.q)
    found = np.vecdot(scale * scale, 2 * free(at) - 1) + np.einsum("npr,npr->n", inner, inner)
    return np.maximum(found, _df(at) * scale.min(axis=-1) ** 2)


def trace_p(at: Fit) -> FloatArray:
    """Trace of P: sum of w (1 - h), and never below (k - p) min w."""
    return np.maximum(np.vecdot(at.w, free(at)), _df(at) * at.w.min(axis=-1))


def _df(at: Fit) -> int:
    return at.q.shape[1] - at.q.shape[2]


def trace_pp(at: Fit) -> FloatArray:
    """Trace of PP."""
    return trace_of_two(at, at.w)


def quadratic(at: Fit) -> FloatArray:
    """y'PPy, minus the derivative of y'Py in t."""
    return np.vecdot(at.w, at.e * at.e)


def cubic(at: Fit) -> FloatArray:
    """y'PPPy, minus half the derivative of y'PPy in t."""
    z = at.w * at.e
    z = z - _times(at.q, _into(at.q, z))
    return np.vecdot(z, z)


def coefficients(given: Regressions, between: FloatArray) -> tuple[FloatArray, FloatArray, Fit]:
    """Coefficients and the inverse of R (whose square is the Wald covariance), in units of yi.

    Parameters
    ----------
    given : Regressions
    between : array, shape (n,)
        Between-study variance in units of vi.

    Returns
    -------
    beta : array, shape (n, p)
    inverse : array, shape (n, p, p)
        ``(X'WX)^-1 = inverse inverse'``.
    at : Fit
    """
    at = fit_at(given.x, given.y, given.v, between / given.unit)
    root = np.sqrt(given.unit)
    if not np.abs(np.diagonal(at.r, axis1=1, axis2=2)).min() > 0:
        raise InputError(
            "Variances differ so much that studies of no weight would have to carry a coefficient."
        )
    inverse = np.linalg.inv(at.r)
    beta = np.einsum("npr,nr->np", inverse, _into(at.q, np.sqrt(at.w) * given.y)) * root[:, None]
    beta[:, 0] += given.origin
    return beta, inverse * root[:, None, None], at


def variance_factor(at: Fit, df: int, test: str) -> FloatArray:
    """Factor of the Wald covariance, shape (n,): the weighted residual mean square, for "adhoc" at least 1.

    References
    ----------
    Knapp and Hartung 2003, Stat Med 22:2693.
    """
    if option("test", test, TESTS) in ("z", "t"):
        return np.ones_like(at.rss)
    return at.rss / df if test == "knha" else np.maximum(at.rss / df, 1.0)
