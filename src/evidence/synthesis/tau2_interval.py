"""Confidence intervals of the between-study variance tau2: Q-profile and profile likelihood."""

from __future__ import annotations

import numpy as np
from scipy.special import gammainccinv, gammaincinv

from evidence.arguments import FloatArray
from evidence.synthesis.kernels import Problems, quadratic, roots, trace_p, weighted
from evidence.synthesis.tau2 import log_likelihood, solve_q

INTERVALS = ("QP", "PL")
WIDEN = 4.0


def q_profile(given: Problems, *, level: float) -> tuple[FloatArray, FloatArray]:
    """Q-profile interval of tau2, exact when estimates are normal; it fits every estimator.

    Parameters
    ----------
    given : Problems
    level : float

    Returns
    -------
    low, high : array, shape (n,)
        In units of vi. Always finite, since Q falls to 0. Both are 0 if even Q at 0 lies below its lower
        quantile.

    References
    ----------
    Viechtbauer 2007, Stat Med 26:37, section 3.5.

    Examples
    --------
    >>> from evidence.synthesis.kernels import problems
    >>> low, high = q_profile(problems([0.0, 1.0, 2.0], [0.5, 0.5, 0.5]), level=0.95)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0, 38.9979)
    """
    tail, half = (1 - level) / 2, (given.k - 1) / 2
    target = 2 * np.concatenate([gammainccinv(half, tail), gammaincinv(half, tail)])
    n = len(given.k)
    bounds = solve_q(given, target, np.concatenate([np.arange(n), np.arange(n)]))
    return given.unit * bounds[:n], given.unit * bounds[n:]


def profile_likelihood(
    given: Problems, between: FloatArray, *, level: float, restricted: bool
) -> tuple[FloatArray, FloatArray]:
    """Profile-likelihood interval of tau2: as far as twice the log-likelihood stays near enough to its top.

    Parameters
    ----------
    given : Problems
    between : array, shape (n,)
        ML or (restricted) REML estimate, in units of vi.
    level : float
    restricted : bool

    Returns
    -------
    low, high : array, shape (n,)
        The crossings next to the estimate, in units of vi.

    References
    ----------
    Hardy and Thompson 1996, Stat Med 15:619.

    Examples
    --------
    >>> from evidence.synthesis.kernels import problems
    >>> three = problems([0.0, 1.0, 2.0], [0.5, 0.5, 0.5])
    >>> low, high = profile_likelihood(three, np.array([0.5]), level=0.95, restricted=True)
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.0, 17.0257)
    """
    t = between / given.unit
    floor = log_likelihood(given.y, given.v, t, restricted=restricted) - gammainccinv(0.5, 1 - level)

    def above(
        t: FloatArray, y: FloatArray, v: FloatArray, floor: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        at = weighted(y, v, t)
        slope = (quadratic(at) - (trace_p(at) if restricted else at.s1)) / 2
        return log_likelihood(y, v, t, restricted=restricted) - floor, slope

    def below(
        t: FloatArray, y: FloatArray, v: FloatArray, floor: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        value, slope = above(t, y, v, floor)
        return -value, -slope

    data = (given.y, given.v, floor)
    far = WIDEN * (1 + t)
    while (short := above(far, *data)[0] > 0).any():
        far = np.where(short, WIDEN * far, far)
    high = roots(below, data, t, far, (t + far) / 2)
    low = np.zeros(t.size)
    rows = np.flatnonzero(above(low, *data)[0] < 0)
    if rows.size:
        cut = tuple(part[rows] for part in data)
        low[rows] = roots(above, cut, low[rows], t[rows], t[rows] / 2)
    return given.unit * low, given.unit * high
