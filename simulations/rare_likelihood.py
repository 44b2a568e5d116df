"""The binomial-normal model by maximum likelihood for many meta-analyses of groups of one size.

Each set of counts is fitted once, and each count of it enters once, with how often it occurred. The model,
its standard error and what it refuses are those of `evidence.synthesis.glmm.fit_one_group`; the climb starts
at the highest point of a grid, so that of several maxima the highest is found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import logit

from evidence.arguments import FloatArray
from evidence.synthesis.kernels import product
from evidence.synthesis.quadrature import Arm, Binomial, marginal
from evidence.synthesis.random_fit import LARGEST, ZERO_TAU
from simulations.climb import Derivatives, climbed
from simulations.rare_bayes import GRID, alike, log_probabilities, taus

BANDS = (0.0, 0.7, 2.0, np.inf)  # of tau: the larger it is, the more points an integral needs
BLOCK = 250
EVERY = 5  # point of the grid of logits


class Fits(NamedTuple):
    """Logit of the median group, its standard error, tau and the log-likelihood, each of shape (rows,)."""

    estimate: FloatArray
    se: FloatArray
    tau: FloatArray
    value: FloatArray


def likelihood_fits(events: FloatArray, n: int) -> Fits:
    """Fit the binomial-normal model to rows of counts.

    Parameters
    ----------
    events : array of int, shape (rows, k)
    n : int
        People of every group.

    Returns
    -------
    Fits
        NaN where there is no event or nothing else, or where the likelihood rises without end.

    Examples
    --------
    >>> fits = likelihood_fits(np.array([[0, 1, 0], [0, 8, 0], [0, 0, 0]]), 30)
    >>> fits.estimate.round(3).tolist(), fits.tau.round(3).tolist()
    ([-4.489, -5.028, nan], [0.0, 3.401, nan])
    """
    times, place = alike(events)
    share = times @ np.arange(times.shape[1]) / (n * events.shape[1])
    found = np.full((len(Fits._fields), len(times)), np.nan)
    rows = np.flatnonzero((share > 0) & (share < 1))
    for first in range(0, rows.size, BLOCK):
        block = rows[first : first + BLOCK]
        found[:, block] = _higher(_same(times[block], n, share[block]), _differing(times[block], n))
    return Fits(*found[:, place])


def _higher(one: Fits, other: Fits) -> FloatArray:
    return np.where(other.value > one.value, other, one)


def _same(times: FloatArray, n: int, share: FloatArray) -> Fits:
    """One proportion for all groups, in closed form but for the value."""
    at = np.stack([logit(share), np.zeros(len(share))], axis=1)
    value, _, hessian = _summed(times, n, at)
    return Fits(at[:, 0], 1 / np.sqrt(-hessian[:, 0, 0]), at[:, 1], value)


def _differing(times: FloatArray, n: int) -> Fits:
    """Where a climb from the grid ends; its value is infinite without a top, and lowest at a tau of zero."""
    at = climbed(lambda rows, at: _summed(times[rows], n, at), _starts(times, n), largest=LARGEST)
    away = np.isnan(at).any(axis=1)
    value, _, hessian = _summed(times, n, np.where(away[:, None], 0, at))
    information = -hessian
    bound = information[:, 0, 0] * information[:, 1, 1] - information[:, 0, 1] ** 2
    none = away | ~((np.linalg.eigvalsh(information) > 0).all(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(information[:, 1, 1] / bound)
    tau = np.abs(at[:, 1])
    found = np.stack([at[:, 0], se, tau, value])
    found[:, none] = np.array([[np.nan], [np.nan], [np.nan], [np.inf]])
    found[3, tau < ZERO_TAU] = -np.inf
    return Fits(*found)


def _starts(times: FloatArray, n: int) -> FloatArray:
    """Highest point of a grid of logits and taus, for every row."""
    table = log_probabilities(n, times.shape[1] - 1)[:, ::EVERY]
    best = product(times, table.reshape(len(table), -1)).argmax(axis=1)
    logits, between = np.unravel_index(best, table.shape[1:])
    return np.stack([GRID[::EVERY][logits], taus()[0][between]], axis=1)


def _summed(times: FloatArray, n: int, at: FloatArray) -> Derivatives:
    """Log-likelihood of every row at its own logit and tau, with its gradient and Hessian."""
    rows, parameters = at.shape
    found = np.empty(rows), np.empty((rows, parameters)), np.empty((rows, parameters, parameters))
    tau = np.abs(at[:, 1])
    for least, most in itertools.pairwise(BANDS):
        part = (least <= tau) & (tau < most)
        if part.any():
            for whole, sums in zip(found, _sums(times[part], n, at[part]), strict=True):
                whole[part] = sums
    return found


def _sums(times: FloatArray, n: int, at: FloatArray) -> Iterator[FloatArray]:
    row, count = np.nonzero(times)
    ones = np.ones((row.size, 1))
    arm = Arm(Binomial(count.astype(float), np.full(row.size, float(n))), ones, ones, np.zeros(row.size))
    weight, starts = times[row, count], np.searchsorted(row, np.arange(len(times)))
    for each in marginal([arm], at[row, :1], at[row, 1:]):
        yield np.add.reduceat(each * weight.reshape(-1, *(1,) * (each.ndim - 1)), starts)
