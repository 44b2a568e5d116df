"""Evenly spaced points for an integral over one random effect, as many as its integrand needs.

The trapezoid rule converges exponentially for analytic integrands that fall off at both ends. A Gauss-Hermite
rule at the mode expects the shape of a normal density; where studies differ much, that of a rare event is a
step, and 101 nodes leave errors in the third digit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence.arguments import FloatArray

FALL = 38.0  # of the log integrand, to either side: what lies beyond is lost in rounding
WIDER = 1.3
PER_SD, PER_LOAD = 0.5, 0.4  # longest distance of two points, in proportion to what narrows an integrand


def spaced(
    log_f: Callable[[FloatArray], FloatArray], mode: FloatArray, sd: FloatArray, load: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return points that cover every integrand, and the log of their distance.

    Parameters
    ----------
    log_f : callable
        Takes points of shape (N, Q), gives the logs of N integrands there: a standard normal density times
        something log-concave.
    mode, sd : array, shape (N,)
        Top of each integrand, and the root of the inverse of its curvature there.
    load : array, shape (N,)
        What a logit moves by when the random effect moves by one.

    Returns
    -------
    points : array, shape (N, Q)
    log_step : array, shape (N,)

    Notes
    -----
    An integrand falls at least as fast as a normal density with an SD of one, which bounds how far it
    reaches. A logit of `load` times z has poles at a distance of pi / load from the real line, and the error
    of the rule falls with their distance over that of the points (Trefethen and Weideman 2014, SIAM Review
    56:385, theorem 5.1).

    Examples
    --------
    >>> one = np.ones(1)
    >>> points, log_step = spaced(lambda z: -0.5 * z**2, 0 * one, one, 0 * one)
    >>> round(float(np.exp(-0.5 * points**2 + log_step[:, None]).sum() ** 2 / np.pi), 12)
    2.0
    """
    left, right = _reach(log_f, mode, sd).T
    width = left + right
    step = np.minimum(PER_SD * sd, PER_LOAD / np.maximum(load, PER_LOAD))
    count = int(np.ceil((width / step).max())) + 1
    points = (mode - left)[:, None] + width[:, None] * np.linspace(0, 1, count)
    return points, np.log(width / (count - 1))


def _reach(log_f: Callable[[FloatArray], FloatArray], mode: FloatArray, sd: FloatArray) -> FloatArray:
    """Distances from the mode, to the left and to the right, at which integrands are negligible: (N, 2)."""
    longest = np.sqrt(2 * FALL)
    top = log_f(mode[:, None])
    reach = np.repeat(longest * sd[:, None], 2, axis=1)
    while True:
        fall = top - log_f(mode[:, None] + reach * np.array([-1.0, 1.0]))
        short = (fall < FALL) & (reach < longest)
        if not short.any():
            return reach
        reach = np.where(short, np.minimum(WIDER * reach, longest), reach)
