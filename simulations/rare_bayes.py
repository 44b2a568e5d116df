"""The Bayesian interval of rare events for many meta-analyses of groups of one size.

With groups of one size, only how often each count occurred matters: the likelihood of any meta-analysis is a
product of a table of log probabilities, made once, with those frequencies. The model and its priors are those
of `evidence.synthesis.binomial_bayes`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evidence.arguments import FloatArray
from evidence.synthesis.binomial_bayes import MU_SD, TAU_NODES, TAU_SCALE
from evidence.synthesis.kernels import product
from evidence.synthesis.quadrature import Arm, Binomial, log_marginal

GRID = np.linspace(-15.0, 4.0, 381)
BLOCK = 100


@lru_cache(maxsize=4)
def log_probabilities(n: int, most: int) -> FloatArray:
    """Return log marginal probabilities of 0 to `most` events, shape (most + 1, logits, taus)."""
    tau = taus()[0]
    logit, between = (axis.ravel() for axis in np.meshgrid(GRID, tau, indexing="ij"))
    table = []
    for events in range(most + 1):
        counts, people = np.full(logit.size, float(events)), np.full(logit.size, float(n))
        arm = Arm(Binomial(counts, people), np.empty((logit.size, 0)), np.ones((logit.size, 1)), logit)
        table.append(log_marginal([arm], np.empty(0), between[:, None]))
    return np.array(table).reshape(most + 1, GRID.size, tau.size)


def taus() -> tuple[FloatArray, FloatArray]:
    """Return nodes of the half-normal prior of tau, and the log of their weights."""
    legendre, weights = np.polynomial.legendre.leggauss(TAU_NODES)
    tau = 2.5 * TAU_SCALE * (legendre + 1)
    return tau, np.log(weights) - 0.5 * (tau / TAU_SCALE) ** 2


def alike(events: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return how often each count occurs in every set of counts that differs, and the set of every row.

    Examples
    --------
    >>> times, place = alike(np.array([[0, 2], [1, 1], [2, 0]]))
    >>> times.tolist(), place.tolist()
    ([[1.0, 0.0, 1.0], [0.0, 2.0, 0.0]], [0, 1, 0])
    """
    sets, place = np.unique(np.sort(events, axis=1), axis=0, return_inverse=True)
    counts = range(int(sets.max()) + 1)
    times = np.stack([(sets == count).sum(axis=1) for count in counts], axis=1).astype(float)
    return times, place.ravel()


def logit_intervals(events: FloatArray, n: int, level: float) -> tuple[FloatArray, FloatArray]:
    """Return the equal-tailed interval of the median group's logit, for rows of counts.

    Parameters
    ----------
    events : array of int, shape (rows, k)
    n : int
        People of every group.
    level : float

    Returns
    -------
    low, high : array, shape (rows,)

    Examples
    --------
    >>> low, high = logit_intervals(np.array([[0, 1, 0]]), 30, 0.95)
    >>> round(float(low[0]), 2), round(float(high[0]), 2)
    (-6.29, -2.48)
    """
    times, place = alike(events)
    prior = taus()[1] - 0.5 * (GRID[:, None] / MU_SD) ** 2
    table = log_probabilities(n, times.shape[1] - 1).reshape(times.shape[1], -1)
    ends = [
        _ends(product(times[first : first + BLOCK], table).reshape(-1, *prior.shape) + prior, level)
        for first in range(0, len(times), BLOCK)
    ]
    low, high = (np.concatenate(end)[place] for end in zip(*ends, strict=True))
    return low, high


def _ends(log_posterior: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
    """Invert the distribution function of every row between the points of the grid."""
    mass = np.exp(log_posterior - log_posterior.max(axis=(1, 2), keepdims=True)).sum(axis=2)
    steps = (mass[:, 1:] + mass[:, :-1]) / 2
    below = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(steps, axis=1)], axis=1)
    below /= below[:, -1:]
    tail = (1 - level) / 2
    found = np.array([np.interp((tail, 1 - tail), row, GRID) for row in below])
    return found[:, 0], found[:, 1]
