"""The binomial-normal models of two groups by maximum likelihood, for many meta-analyses.

With groups of one size only pairs of counts matter: the log-likelihood of a study, its gradient and its
Hessian stand in a table over (theta, tau), made once for every pair that occurs. A meta-analysis is a sum of
such tables; its top is found on the grid, and then by Newton steps between the points. What the tables cannot
settle goes to the package itself, so that what has no fit is what the package refuses.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from evidence.arguments import FloatArray
from evidence.errors import EvidenceError
from evidence.synthesis.counts import Tables
from evidence.synthesis.glmm import (
    conditional_arms,
    first_intercepts,
    glmm,
    profiled,
    unconditional_arms,
)
from evidence.synthesis.quadrature import marginal
from evidence.synthesis.tau2 import IntArray
from simulations.climb import Derivatives, uphill

MODELS = ("UM.FS", "CM.EL")
THETA = np.linspace(-6.0, 6.0, 41)
TAU = 0.3 * np.sinh(np.arange(25) / 6)  # narrow steps where the likelihood bends most
REACH = 3  # points of the grid on either side of the highest, between which is interpolated
ROUNDS, STEPS = 2, 25
ARRIVED = 1e-7  # steps of the grid
ZERO = 1e-5  # tau
FLAT = 1e-3  # information on tau below which the package decides whether there is any
BLOCK = 250
FLIPPED = np.array([1.0, -1.0, 1.0, 1.0, -1.0, 1.0])  # signs of derivatives with the groups exchanged
BACKWARDS = np.array([1.0, 1.0, -1.0, 1.0, -1.0, 1.0])  # and with the sign of tau turned


class Fits(NamedTuple):
    """Log odds ratio, standard error, tau and the studies that inform them, each of shape (rows,)."""

    estimate: FloatArray
    se: FloatArray
    tau: FloatArray
    informative: IntArray


class Points(NamedTuple):
    """Points of the grid about a top of every row: thetas and taus, and there the parts of `_table`."""

    theta: FloatArray
    tau: FloatArray
    parts: FloatArray


def two_group_fits(ai: IntArray, ci: IntArray, n: int, model: str) -> Fits:
    """Fit a model to rows of counts.

    Parameters
    ----------
    ai, ci : array of int, shape (rows, k)
        Events of the first and of the second group.
    n : int
        People of every group.
    model : {"UM.FS", "CM.EL"}

    Returns
    -------
    Fits
        NaN where `evidence.glmm` refuses: fewer than two studies with an event and a person without, one
        group without events (or with nothing else), or no maximum.

    Examples
    --------
    >>> fits = two_group_fits(np.array([[1, 2, 5], [0, 0, 1]]), np.array([[3, 3, 4], [1, 0, 3]]), 30, "UM.FS")
    >>> fits.estimate.round(3).tolist(), fits.tau.tolist(), fits.informative.tolist()
    ([-0.251, -1.459], [0.0, 0.0], [3, 2])
    """
    pairs, place = _sets(ai, ci, n)
    informative = np.count_nonzero(pairs, axis=1)
    sums = [(pairs // (n + 1)).sum(axis=1), (pairs % (n + 1)).sum(axis=1)]
    fitted = (informative >= 2) & np.all([(each > 0) & (each < informative * n) for each in sums], axis=0)
    found = np.full((3, len(pairs)), np.nan)
    rows = np.flatnonzero(fitted)
    for first in range(0, rows.size, BLOCK):
        block = rows[first : first + BLOCK]
        found[:, block] = _block(pairs[block], n, model)
    for row in rows[np.isnan(found[1, rows])]:
        found[:, row] = _by_the_package(tuple(pairs[row][pairs[row] > 0].tolist()), n, model)
    return Fits(*found[:, place], informative[place])


def _sets(ai: IntArray, ci: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Sets of pairs that differ, and the set of every row; a pair is a number, zero where it says nothing."""
    silent = (ai + ci == 0) | (ai + ci == 2 * n)
    pairs = np.sort(np.where(silent, 0, (n + 1) * ai + ci), axis=1)
    sets, place = np.unique(pairs, axis=0, return_inverse=True)
    return sets, place.ravel()


def _block(pairs: IntArray, n: int, model: str) -> FloatArray:
    """Estimate, standard error and tau of sets of pairs; NaN where the package has to say.

    The highest top stands at a tau of zero or above; a grid cannot tell which of two is higher.
    """
    known, place = np.unique(pairs, return_inverse=True)
    tables = np.stack([_table(int(pair), n, model) for pair in known])
    place = place.reshape(pairs.shape)
    value = sum(tables[column, :, :, 0] for column in place.T)
    same = np.stack([value[:, :, 0].argmax(axis=1), np.zeros(len(pairs), int)], axis=1)
    inner = value[:, :, 1:].reshape(len(pairs), -1).argmax(axis=1)
    theta, tau = np.unravel_index(inner, (THETA.size, TAU.size - 1))
    differing = np.stack([theta, tau + 1], axis=1)
    one, other = (_tops(tables, place, start) for start in (same, differing))
    found = np.where(one[3] >= other[3], one, other)
    found[:, np.isnan(one[3]) | np.isnan(other[3])] = np.nan
    return found[:3]


def _tops(tables: FloatArray, place: IntArray, top: IntArray) -> FloatArray:
    """Climb from points of the grid, and again from the point that is nearest to where that led.

    Returns
    -------
    array, shape (4, rows)
        Estimate, standard error, tau and value; a tau of zero stays. NaN where the climb does not arrive, or
        the likelihood is flat in tau.
    """
    at, held = np.stack([THETA[top[:, 0]], TAU[top[:, 1]]], axis=1), top[:, 1] == 0
    free = np.stack([np.ones(len(top)), ~held], axis=1)
    for _ in range(ROUNDS):
        points = _points(tables, place, top)
        at, arrived = _climbed(points, at, free)
        at[:, 1] = np.where(np.abs(at[:, 1]) < ZERO, 0.0, np.abs(at[:, 1]))
        top = np.stack([_nearest(THETA, at[:, 0]), _nearest(TAU, at[:, 1])], axis=1)
    value, _, hessian = _interpolated(points, at)
    own, cross, between = -hessian[:, 0, 0], -hessian[:, 0, 1], -hessian[:, 1, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = between - cross**2 / own < FLAT
        se = 1 / np.sqrt(np.where(at[:, 1] == 0, own, own - cross**2 / between))
    # Where a tau of zero is no top, the other climb finds a higher one.
    good = arrived & (own > 0) & (held | ~flat)
    return np.where(good, [at[:, 0], se, at[:, 1], value], np.nan)


def _nearest(grid: FloatArray, at: FloatArray) -> IntArray:
    return np.abs(at[:, None] - grid).argmin(axis=1)


def _climbed(points: Points, start: FloatArray, free: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where Newton steps lead, and whether they come to rest between the points; what is not free stays."""
    ends = np.stack([points.theta[:, [0, -1]], points.tau[:, [0, -1]]], axis=1)
    width = np.diff(ends, axis=2)[:, :, 0] / (2 * REACH)
    at = start
    for _ in range(STEPS):
        _, gradient, hessian = _interpolated(points, at)
        step = uphill(gradient * width, hessian * width[:, :, None] * width[:, None, :])[0]
        step *= free * width
        at = np.clip(at + step, ends[:, :, 0], ends[:, :, 1])
    inside = (at > ends[:, :, 0]) & (at < ends[:, :, 1])
    return at, (inside & (np.abs(step) < ARRIVED * width)).all(axis=1)


def _points(tables: FloatArray, place: IntArray, top: IntArray) -> Points:
    """Sums over studies on the points about every top; below a tau of zero they are the mirror image."""
    near = np.arange(-REACH, REACH + 1)
    theta = np.clip(top[:, :1], REACH, THETA.size - 1 - REACH) + near
    tau = np.minimum(top[:, 1:], TAU.size - 1 - REACH) + near
    around = theta[:, :, None], np.abs(tau)[:, None, :]
    parts = sum(tables[column[:, None, None], *around] for column in place.T)
    turned = np.where((tau < 0)[:, None, :, None], BACKWARDS, 1.0)
    return Points(THETA[theta], np.where(tau < 0, -1, 1) * TAU[np.abs(tau)], parts * turned)


def _interpolated(points: Points, at: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Value, gradient and Hessian of every row at its own place, by Lagrange's polynomials both ways."""
    along, across = _lagrange(points.theta, at[:, 0]), _lagrange(points.tau, at[:, 1])
    found = np.einsum("rijd,ri,rj->rd", points.parts, along, across, optimize=True)
    return found[:, 0], found[:, 1:3], found[:, [3, 4, 4, 5]].reshape(-1, 2, 2)


def _lagrange(nodes: FloatArray, at: FloatArray) -> FloatArray:
    """Weights of the values at a row's nodes in the polynomial through them."""
    points = nodes.shape[1]
    away = at[:, None] - nodes
    weights = np.ones(nodes.shape)
    for own in range(points):
        for other in set(range(points)) - {own}:
            weights[:, own] *= away[:, other] / (nodes[:, own] - nodes[:, other])
    return weights


@cache
def _table(pair: int, n: int, model: str) -> FloatArray:
    """Value, gradient (two parts) and Hessian (three) of a pair of counts, shape (thetas, taus, 6)."""
    a, c = divmod(pair, n + 1)
    if pair == 0:
        return np.zeros((THETA.size, TAU.size, len(FLIPPED)))
    if a < c:
        return _table((n + 1) * c + a, n, model)[::-1] * FLIPPED
    one = Tables(*(np.full(THETA.size, float(x)) for x in (a, n, c, n)))
    of_a_model = _unconditional if model == "UM.FS" else _conditional
    # One tau at a time: the larger it is, the more points an integral needs.
    columns = [of_a_model(one, np.full(THETA.size, tau)) for tau in TAU]
    return np.stack([np.column_stack([v, g, h[:, 0], h[:, 1, 1]]) for v, g, h in columns], axis=1)


def _unconditional(tables: Tables, tau: FloatArray) -> Derivatives:
    return profiled(unconditional_arms(tables), first_intercepts(tables), THETA, tau)[:3]


def _conditional(tables: Tables, tau: FloatArray) -> Derivatives:
    return marginal(conditional_arms(tables), THETA[:, None], tau[:, None])


@cache
def _by_the_package(pairs: tuple[int, ...], n: int, model: str) -> tuple[float, float, float]:
    """Estimate, standard error and tau of the package; NaN where it refuses."""
    ai, ci = np.divmod(pairs, n + 1)
    people = np.full(len(pairs), n)
    try:
        fit = glmm(ai=ai, n1i=people, ci=ci, n2i=people, model=model)
    except EvidenceError:
        return np.nan, np.nan, np.nan
    return fit.estimate, fit.se, float(np.sqrt(fit.tau2))
