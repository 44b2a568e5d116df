"""Subsets of the same few studies, pooled at once: sums over each subset are products of two small matrices.

A sum over the studies of a subset is the product of its row of 0 and 1 with what is summed. For values of
tau2 that all subsets share, the sums of n subsets are thus one matrix product, which brackets the maximum
of every likelihood; only the last few steps are each subset's own. Estimates stand about their common mean,
in units of the smallest standard error.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evidence.arguments import FloatArray, option
from evidence.synthesis.kernels import BLOCK, ones, problems, product, roots
from evidence.synthesis.tau2 import tau2
from evidence.synthesis.tau2_scan import CONDITION, last_maximum, shared_grid

SHARED = ("EE", "DL", "REML")  # methods for which sums over subsets are enough


class SubsetFits(NamedTuple):
    """Pooled means of subsets, with tau2, I2 (percent), Cochran's Q and the number of studies: (n,) each."""

    estimate: FloatArray
    tau2: FloatArray
    i2: FloatArray
    q: FloatArray
    k: FloatArray


class Common(NamedTuple):
    """What all subsets share: estimates and variances (k,), their origin and unit, and sums to be taken.

    For "REML" `grid` (g,) holds values of tau2 and `powers` (k, g) w, wy, w^2, w^2 y and w^2 y^2 there.
    `pairs` (k, k) has ``w_i w_j``, and ``w_i w_j (y_i - y_j)^2``, at a tau2 of 0.
    """

    method: str
    y: FloatArray
    v: FloatArray
    origin: float
    unit: float
    grid: FloatArray
    powers: tuple[FloatArray, ...]
    pairs: tuple[FloatArray, FloatArray]

    @property
    def rows(self) -> int:
        """Subsets of a block whose arrays fit the processor's cache."""
        return max(1, BLOCK // max(self.y.size, self.grid.size))


def common_sums(yi: FloatArray, vi: FloatArray, method: str) -> Common:
    """Prepare what is summed over the subsets of the studies `yi`, `vi` (k,).

    Raises
    ------
    OptionError
        If the method is not one of `SHARED`.
    """
    option("method", method, SHARED)
    unit, origin = float(vi.min()), float(np.average(yi, weights=1 / vi))
    y, v = (yi - origin) / np.sqrt(unit), vi / unit
    each, pair = y[:, None], np.outer(1 / v, 1 / v)
    np.fill_diagonal(pair, 0.0)
    grid, powers = np.empty(0), ()
    if method == "REML":
        # No subset has more unweighted variance than the two outermost estimates.
        grid = shared_grid(float(last_maximum(np.ptp(y) ** 2 / 2, v.max())))
        w = 1 / (v[:, None] + grid)
        powers = (w, w * each, w * w, w * w * each, (w * each) ** 2)
    return Common(method, y, v, origin, unit, grid, powers, (pair, pair * (y - each) ** 2))


def well_conditioned(yi: FloatArray, vi: FloatArray) -> bool:
    """Return whether sums over subsets keep the digits that a likelihood needs."""
    return max(vi.max(), np.ptp(yi) ** 2) < CONDITION * vi.min()


def fit_subsets(common: Common, inside: FloatArray) -> SubsetFits:
    """Pool subsets, each as `evidence.synthesis.pool.pool` pools it.

    Parameters
    ----------
    common : Common
        For "REML" the studies should be `well_conditioned`.
    inside : array of 0 and 1, shape (n, k)
        Studies of each subset, one or more; at best `common.rows` subsets at a time.

    Returns
    -------
    SubsetFits
        In units of yi; I2 of a single study is NaN, its tau2 and Q are 0.

    Notes
    -----
    Q and the trace of P at a tau2 of 0 are sums over pairs of studies, ``sum w_i w_j (y_i - y_j)^2 / sum w``
    and ``sum w_i w_j / sum w``, all of whose terms are positive, so that no digit is lost.

    Examples
    --------
    >>> common = common_sums(np.array([0.1, 0.5, 1.4]), np.array([0.03, 0.05, 0.04]), "DL")
    >>> fits = fit_subsets(common, np.array([[1.0, 1, 0], [1, 1, 1]]))
    >>> fits.estimate.round(3).tolist(), fits.k.tolist()
    ([0.275, 0.664], [2.0, 3.0])
    """
    k, s1 = inside @ ones(common.v.size), inside @ (1 / common.v)
    trace, twice = (np.vecdot(product(inside, pair), inside) / s1 for pair in common.pairs)
    q = twice / 2
    t = np.zeros(len(k))
    if common.method == "DL":
        np.divide(q - (k - 1), trace, out=t, where=(k > 1) & (q > k - 1))
    elif common.method == "REML":
        t = _restricted(common, inside)
    w = inside / (common.v + t[:, None])
    mean = w @ common.y / (w @ ones(common.v.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(q > 0, 1 - (k - 1) / q, 0.0) if common.method == "EE" else t / (t + (k - 1) / trace)
    i2 = np.where(k > 1, 100 * np.maximum(share, 0.0), np.nan)
    return SubsetFits(common.origin + math.sqrt(common.unit) * mean, common.unit * t, i2, q, k)


def _restricted(common: Common, inside: FloatArray) -> FloatArray:
    """The tau2 of the highest restricted likelihood of each subset: all maxima are found, as in `tau2`."""
    gap, square = _score(*(product(inside, power) for power in common.powers))
    rising = (gap < 0) | (inside @ ones(common.v.size) < 2)[:, None]  # one study says nothing of tau2
    row, cell = np.nonzero(rising[:, :-1] & ~rising[:, 1:])
    several = np.bincount(row, minlength=len(inside)) + ~rising[:, 0] > 1
    alone = ~several[row]
    row, cell = row[alone], cell[alone]
    low, high = common.grid[cell], common.grid[cell + 1]
    start, end = (gap[row, at] / square[row, at] for at in (cell, cell + 1))
    found = np.zeros(len(inside))
    found[row] = roots(
        lambda t, chosen: _equation(common, t, chosen),
        (inside if row.size == len(inside) else inside[row],),
        low,
        high,
        low + (high - low) * start / (start - end),
    )
    if several.any():
        found[several] = tau2(problems(common.y, common.v, inside[several]), "REML")
    return found


def _score(
    s1: FloatArray, y1: FloatArray, s2: FloatArray, y2: FloatArray, yy2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Minus twice the score, tr P - y'PPy, and y'PPy, from sums of w, wy, w^2, w^2 y and w^2 y^2.

    The sums are overwritten: memory that is asked for anew costs more than the arithmetic.
    """
    mean = np.divide(y1, s1, out=y1)
    y2 *= 2
    y2 -= mean * s2
    y2 *= mean
    yy2 -= y2
    s2 /= s1
    s1 -= s2
    s1 -= yy2
    return s1, yy2


def _equation(common: Common, t: FloatArray, inside: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The REML score as tr P / y'PPy - 1 and its slope; see `tau2._restricted_equation`.

    Sums are taken about the subset's own mean, since far from it they would lose the digits of a small tau2.
    """
    w = inside / (common.v + t[:, None])
    s1 = w @ ones(common.y.size)
    inverse = 1 / s1
    u = common.y - ((w @ common.y) * inverse)[:, None]
    u *= w
    s2, form, centre = np.vecdot(w, w), np.vecdot(u, u), np.vecdot(w, u) * inverse
    square = w * w
    s3 = np.vecdot(square, w)
    u *= u
    cubic = np.vecdot(w, u) - s1 * centre**2
    share = s2 * inverse
    ratio = (s1 - share) / form
    return ratio - 1, (2 * cubic * ratio - (s2 - 2 * s3 * inverse + share**2)) / form
