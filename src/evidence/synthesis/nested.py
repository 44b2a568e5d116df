"""Likelihood of effects nested in inner units in outer clusters, by sums over groups: no matrix of effects.

In a cluster the covariance of the estimates is
``(1 - rho) diag(v) + sigma2_inner ZZ' + sigma2_outer 11' + rho aa'`` with ``a = sqrt(v)``: a diagonal and
rank-one terms, each inverted by the formula of Sherman and Morrison (1950, Ann Math Stat 21:124). The columns
(ones, a, y) enter through their products in the metric of the inverse, which are sums over groups: one
evaluation costs O(number of inner units). Sums are split into a part within and a part between groups, for a
difference of nearly equal sums would lose digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError

ONE, ROOT, Y = 0, 1, 2  # columns: ones, standard errors, estimates
GRID = np.concatenate([[0.0], np.logspace(-4, 1.4, 10)])
STEP = 1e-20  # of a complex step, which has no rounding error to balance
CONVERGED = 1e-7  # relative; a Newton step this short squares to rounding error
MAX_STEPS = 100
HALVINGS = 30
BLOCK = 16_384  # units times pairs of variances that are looked at in one go

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """Effects sorted by cluster and inner unit, with their sums by inner unit.

    Attributes
    ----------
    y, v : array, shape (k,)
        Sorted; `y` about `origin`.
    origin : float
    rho : float
        Correlation of the sampling errors within a cluster.
    cluster, unit : array of int, shape (k,)
        Codes of the outer cluster and the inner unit of every effect.
    cluster_of_unit : array of int, shape (g,)
    first_unit : array of int, shape (m,)
        Where each cluster begins among the units.
    sums : array, shape (g, 3)
        Of the columns over ``(1 - rho) v``.
    within : array, shape (g, 3, 3)
        Products of the columns about their weighted means within a unit.
    log_diagonal : float
        Sum of ``log((1 - rho) v)``.
    """

    y: FloatArray
    v: FloatArray
    origin: float
    rho: float
    cluster: IntArray
    unit: IntArray
    cluster_of_unit: IntArray
    first_unit: IntArray
    sums: FloatArray
    within: FloatArray
    log_diagonal: float

    @property
    def clusters(self) -> int:
        """Number of outer clusters."""
        return self.first_unit.size

    @property
    def separable(self) -> bool:
        """Whether some cluster has more than one inner unit, which tells the two variances apart."""
        return self.cluster_of_unit.size > self.clusters


def nested(y: FloatArray, v: FloatArray, cluster: IntArray, unit: IntArray, rho: float) -> Nested:
    """Sort effects and sum them by unit.

    Parameters
    ----------
    y, v : array, shape (k,)
    cluster, unit : array of int, shape (k,)
        Codes; units of two clusters are different units even if their codes are the same.
    rho : float
        From 0 to below 1.

    Examples
    --------
    >>> codes = np.array([0, 0, 1])
    >>> nested(np.array([0.1, 0.2, 0.3]), np.ones(3), codes, np.arange(3), 0.0).clusters
    2
    """
    order = np.lexsort((unit, cluster))
    y, v, cluster, unit = y[order], v[order], cluster[order], unit[order]
    origin = float(np.average(y, weights=1 / v))
    y = y - origin
    new_cluster = np.append(True, cluster[1:] != cluster[:-1])
    new_unit = new_cluster | np.append(True, unit[1:] != unit[:-1])
    cluster, unit = np.cumsum(new_cluster) - 1, np.cumsum(new_unit) - 1
    first = np.flatnonzero(new_unit)
    diagonal = (1 - rho) * v
    columns = np.stack([np.ones(y.size), np.sqrt(v), y], axis=1)
    weighted = columns / diagonal[:, None]
    sums = np.add.reduceat(weighted, first)
    apart = columns - (sums / sums[:, :1])[unit]
    within = np.add.reduceat(apart[:, :, None] * apart[:, None, :] / diagonal[:, None, None], first)
    cluster_of_unit = cluster[first]
    return Nested(
        y,
        v,
        origin,
        rho,
        cluster,
        unit,
        cluster_of_unit,
        np.flatnonzero(np.append(True, np.diff(cluster_of_unit) > 0)),
        sums,
        within,
        float(np.log(diagonal).sum()),
    )


class Evaluation(NamedTuple):
    """Log-likelihood at n pairs of variances, gradient (n, 2), mean about `origin`, its precision, and Q."""

    value: FloatArray
    gradient: FloatArray
    mean: FloatArray
    precision: FloatArray
    q: FloatArray


def evaluate(data: Nested, sigma2: FloatArray, *, restricted: bool) -> Evaluation:
    """Evaluate the (restricted) log-likelihood with its gradient at many pairs of variances.

    Parameters
    ----------
    data : Nested
    sigma2 : array, shape (n, 2)
        Outer and inner variance; complex numbers differentiate.
    restricted : bool

    Notes
    -----
    Harville 1977 (J Am Stat Assoc 72:320), with the term log(k) / 2 that makes the restricted likelihood that
    of orthonormal error contrasts.
    """
    outer, inner = sigma2[:, 0, None], sigma2[:, 1, None]
    size = data.sums[:, ONE]
    shrink = 1 / (1 + inner * size)  # (n, g)
    unit_row = data.sums * shrink[..., None]
    unit_own = size * shrink
    spread = data.within + unit_row[..., :, None] * (data.sums / size[:, None])[:, None, :]
    gram = np.add.reduceat(spread, data.first_unit, axis=1)  # (n, m, 3, 3)
    log_det = data.log_diagonal - np.log(shrink).sum(axis=1)
    for column, amount in ((ONE, outer), (ROOT, np.full_like(outer, data.rho))):
        if column == ROOT and data.rho == 0:
            continue
        own = gram[..., column, column]
        factor = amount / (1 + amount * own)  # (n, m)
        row = gram[..., column, :]
        at = data.cluster_of_unit
        touch = unit_row[..., column]
        unit_own = unit_own - factor[:, at] * touch**2
        unit_row = unit_row - (factor[:, at] * touch)[..., None] * row[:, at]
        between = row[..., :, None] * row[..., None, :] / own[..., None, None]
        gram = (gram - between) + between / (1 + amount * own)[..., None, None]
        log_det = log_det + np.log1p(amount * own).sum(axis=1)
    total = gram.sum(axis=1)
    precision = total[:, ONE, ONE]
    mean = total[:, ONE, Y] / precision
    q = total[:, Y, Y] - mean * total[:, ONE, Y]
    k = data.y.size
    value = k * math.log(2 * math.pi) + log_det + q
    if restricted:
        value = value + np.log(precision) - math.log(2 * math.pi) - math.log(k)
    leverage = 1 / precision[:, None] if restricted else 0.0
    slopes = [
        np.sum((row_y - mean[:, None] * row_1) ** 2 - own + leverage * row_1**2, axis=1)
        for row_y, row_1, own in (
            (gram[..., ONE, Y], gram[..., ONE, ONE], gram[..., ONE, ONE]),
            (unit_row[..., Y], unit_row[..., ONE], unit_own),
        )
    ]
    return Evaluation(-0.5 * value, 0.5 * np.stack(slopes, axis=1), mean, precision, q)


def maximise_variances(data: Nested, *, restricted: bool) -> FloatArray:
    """Find the outer and the inner variance, both 0 or more, that maximise the (restricted) likelihood.

    Every peak of a grid (zero included) starts Newton's method with the exact Hessian, a complex step of the
    gradient (Squire and Trapp 1998, SIAM Rev 40:110); the highest end wins.

    Returns
    -------
    array, shape (2,)

    Raises
    ------
    ConvergenceError
        If Newton's method does not settle.
    """
    unit = float(np.var(data.y) + data.v.mean())
    inner = unit * GRID if data.separable else np.zeros(1)
    outer = unit * GRID
    points = np.stack(np.meshgrid(outer, inner, indexing="ij"), axis=-1).reshape(-1, 2)
    rows = max(1, BLOCK // data.cluster_of_unit.size)
    parts = [points[first : first + rows] for first in range(0, len(points), rows)]
    height = np.concatenate([evaluate(data, part, restricted=restricted).value for part in parts])
    height = height.reshape(outer.size, inner.size)
    padded = np.pad(height, 1, constant_values=-np.inf)
    around = [np.roll(padded, (i, j), (0, 1))[1:-1, 1:-1] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    peaks = points[(height >= np.max(around, axis=0)).ravel()]
    ends = np.array([_climb(data, peak, unit, restricted=restricted) for peak in peaks])
    return ends[np.argmax(evaluate(data, ends, restricted=restricted).value)]


def _climb(data: Nested, start: FloatArray, unit: float, *, restricted: bool) -> FloatArray:
    """Newton's method within the quadrant of variances of 0 or more."""
    at = start
    movable = np.array([True, data.separable])
    for _ in range(MAX_STEPS):
        here = evaluate(data, at + 1j * STEP * unit * np.eye(2), restricted=restricted)
        value, gradient = here.value[0].real, here.gradient[0].real
        hessian = here.gradient.imag / (STEP * unit)
        free = movable & ((at > 0) | (gradient > 0))
        if not free.any():
            return at
        step = np.zeros(2)
        step[free] = _uphill(gradient[free], hessian[np.ix_(free, free)])
        whole = np.maximum(at + step, 0.0)
        if np.max(np.abs(whole - at)) <= CONVERGED * whole.max():
            return whole
        for halving in range(HALVINGS):
            new = np.maximum(at + step / 2**halving, 0.0)
            if evaluate(data, new[None], restricted=restricted).value[0] > value:
                break
        else:  # the top, up to rounding; a full Newton step is still the best of guesses
            close = np.max(np.abs(whole - at)) <= 1e-4 * (unit + at.max())
            return whole if close else at
        at = new
    raise ConvergenceError("multilevel: the variances do not settle; look at yi and vi for extremes.")


def _uphill(gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """Newton step with the Hessian made negative definite."""
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    values = np.maximum(np.abs(values), 1e-12 * np.abs(values).max() + 1e-300)
    return vectors @ ((vectors.T @ gradient) / values)


def typical_variance(data: Nested) -> float:
    """Typical sampling variance (k - 1) / tr(P) of effects with correlated errors, P without heterogeneity.

    Higgins and Thompson 2002 (Stat Med 21:1539), equation 9, for a full covariance matrix.
    """
    diagonal = (1 - data.rho) * data.v
    b = np.sqrt(data.v) / diagonal
    first = np.flatnonzero(np.append(True, np.diff(data.cluster) > 0))
    factor = data.rho / (1 + data.rho * np.add.reduceat(np.sqrt(data.v) * b, first))
    row_sums = 1 / diagonal - (factor * np.add.reduceat(b, first))[data.cluster] * b
    trace = np.sum(1 / diagonal) - np.sum(factor * np.add.reduceat(b * b, first))
    return float((data.y.size - 1) / (trace - np.sum(row_sums**2) / np.sum(row_sums)))
