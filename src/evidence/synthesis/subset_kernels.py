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

from evidence.arguments import FloatArray
from evidence.synthesis.kernels import ones, problems, roots
from evidence.synthesis.many import pool_many
from evidence.synthesis.tau2 import tau2

FAST = ("EE", "DL", "REML")  # methods whose sums are shared; others are fitted one by one
STRIDE = 0.5  # of the values of tau2 tried, in log(1 + tau2 / smallest variance)
LEAST_STEPS = 12
CONDITION = 1e6  # ratio of variances, or of a squared distance to a variance, beyond which sums lose digits
ROWS = 2_048  # subsets of a block


class SubsetFits(NamedTuple):
    """Pooled means of subsets, with tau2, I2 (percent), Cochran's Q and the number of studies: (n,) each."""

    estimate: FloatArray
    tau2: FloatArray
    i2: FloatArray
    q: FloatArray
    k: FloatArray


class Common(NamedTuple):
    """What all subsets share: estimates and variances (k,), their origin and unit, and sums to be taken.

    `grid` (g,) holds values of tau2 and `powers` (k, g) each the weights there to the powers 1 and 2, with
    and without y. `pairs` (k, k) has ``w_i w_j``, and ``w_i w_j (y_i - y_j)^2``, at a tau2 of 0.
    """

    y: FloatArray
    v: FloatArray
    origin: float
    unit: float
    grid: FloatArray
    powers: tuple[FloatArray, ...]
    pairs: tuple[FloatArray, FloatArray]


def common_sums(yi: FloatArray, vi: FloatArray) -> Common:
    """Prepare what is summed over the subsets of the studies `yi`, `vi` (k,)."""
    unit, origin = float(vi.min()), float(np.average(yi, weights=1 / vi))
    y, v = (yi - origin) / np.sqrt(unit), vi / unit
    between = np.ptp(y) ** 2 / 2  # no subset has more unweighted variance than its two outermost estimates
    last = (between + np.sqrt(between**2 + 4 * between * v.max())) / 2 * (1 + 1e-9)
    steps = max(LEAST_STEPS, 1 + math.ceil(math.log1p(last) / STRIDE))
    grid = np.expm1(np.linspace(0, math.log1p(last), steps))
    w = 1 / (v[:, None] + grid)
    square, each = w * w, y[:, None]
    powers = (w, w * each, square, square * each, square * each**2)
    pair = np.outer(1 / v, 1 / v)
    np.fill_diagonal(pair, 0.0)
    return Common(y, v, origin, unit, grid, powers, (pair, pair * (y - each) ** 2))


def well_conditioned(yi: FloatArray, vi: FloatArray) -> bool:
    """Return whether sums over subsets keep the digits that a likelihood needs."""
    return max(vi.max(), np.ptp(yi) ** 2) < CONDITION * vi.min()


def fit_subsets(common: Common, inside: FloatArray, method: str) -> SubsetFits:
    """Pool subsets by "EE", "DL" or "REML", each as `evidence.synthesis.pool.pool` pools it.

    Parameters
    ----------
    common : Common
    inside : array of 0 and 1, shape (n, k)
        Studies of each subset, one or more; at best some `ROWS` subsets at a time.
    method : str
        Of `FAST`. For "REML" the studies should be `well_conditioned`.

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
    >>> common = common_sums(np.array([0.1, 0.5, 1.4]), np.array([0.03, 0.05, 0.04]))
    >>> fits = fit_subsets(common, np.array([[1.0, 1, 0], [1, 1, 1]]), "DL")
    >>> fits.estimate.round(3).tolist(), fits.k.tolist()
    ([0.275, 0.664], [2.0, 3.0])
    """
    weight = 1 / common.v
    k, s1 = inside @ ones(common.v.size), inside @ weight
    trace, q = (np.vecdot(inside @ pair, inside) / s1 for pair in common.pairs)
    q /= 2
    if method == "EE":
        t = np.zeros(len(k))
    elif method == "DL":
        with np.errstate(invalid="ignore"):
            t = np.where(k > 1, np.maximum((q - (k - 1)) / trace, 0.0), 0.0)
    else:
        t = _restricted(common, inside)
    w = inside / (common.v + t[:, None])
    mean = w @ common.y / (w @ ones(common.v.size))
    with np.errstate(divide="ignore", invalid="ignore"):
        typical = np.where(q > 0, (k - 1) / q, 1.0) if method == "EE" else (k - 1) / trace
        share = 1 - typical if method == "EE" else t / (t + typical)
    i2 = np.where(k > 1, 100 * np.maximum(share, 0.0), np.nan)
    root = np.sqrt(common.unit)
    return SubsetFits(common.origin + root * mean, common.unit * t, i2, q, k)


def _restricted(common: Common, inside: FloatArray) -> FloatArray:
    """Find the tau2 of the highest restricted likelihood of each subset; see `tau2._highest`."""
    gap, square = _score(*(inside @ power for power in common.powers))
    rising = (gap < 0) | (inside @ ones(common.v.size) < 2)[:, None]  # one study has no likelihood of tau2
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
    """Minus twice the score, tr P - y'PPy, and y'PPy from sums of w, wy, w^2, w^2 y and w^2 y^2."""
    inverse = 1 / s1
    mean = y1 * inverse
    square = yy2 - mean * (2 * y2 - mean * s2)
    return s1 - s2 * inverse - square, square


def _equation(common: Common, t: FloatArray, inside: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The REML score as tr P / y'PPy - 1 and its slope; see `tau2._restricted_equation`."""
    sums = np.stack([ones(common.y.size), common.y, common.y**2], axis=1)
    w = inside / (common.v + t[:, None])
    square = w * w
    s1, y1 = (w @ sums[:, :2]).T
    s2, y2, yy2 = (square @ sums).T
    square *= w
    s3, y3, yy3 = (square @ sums).T
    inverse = 1 / s1
    mean, centre, share = y1 * inverse, (y2 - y1 * inverse * s2) * inverse, s2 * inverse
    form = yy2 - mean * (2 * y2 - mean * s2)
    cubic = yy3 - mean * (2 * y3 - mean * s3) - s1 * centre**2
    ratio = (s1 - share) / form
    return ratio - 1, (2 * cubic * ratio - (s2 - 2 * s3 * inverse + share**2)) / form
