"""Intervals from bootstrap draws: percentile, basic, bias-corrected and accelerated, and studentised."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray

INTERVALS = ("percentile", "basic", "bca", "t")

Bounds = tuple[float, float]


def percentile(draws: FloatArray, level: float) -> Bounds:
    """Quantiles of the draws.

    References
    ----------
    Efron and Tibshirani 1993, An Introduction to the Bootstrap, ch. 13.

    Examples
    --------
    >>> percentile(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    low, high = np.quantile(draws, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def basic(draws: FloatArray, observed: float, level: float) -> Bounds:
    """The quantiles mirrored at the estimate.

    References
    ----------
    Davison and Hinkley 1997, Bootstrap Methods and their Application, section 5.2.

    Examples
    --------
    >>> basic(np.arange(101.0), 60.0, 0.5)
    (45.0, 95.0)
    """
    low, high = percentile(draws, level)
    return 2 * observed - high, 2 * observed - low


def accelerated(draws: FloatArray, observed: float, left_out: FloatArray, level: float) -> Bounds:
    """Quantiles of the draws, shifted for bias and for a spread that changes with the estimate (BCa).

    Parameters
    ----------
    draws : array, shape (n,)
    observed : float
    left_out : array, shape (m,)
        The estimate without each cluster in turn.
    level : float

    Returns
    -------
    tuple of float
        NaN where all draws, or none, lie below the estimate, so that the bias cannot be had.

    Notes
    -----
    Draws equal to the estimate count half, which matters where tau2 is often 0.

    References
    ----------
    Efron 1987, J Am Stat Assoc 82:171; Efron and Tibshirani 1993, ch. 14.

    Examples
    --------
    >>> low, high = accelerated(np.arange(101.0), 50.0, np.array([1.0, 2.0, 3.0]), 0.9)
    >>> round(low, 6), round(high, 6)
    (5.0, 95.0)
    """
    below = float((draws < observed).mean() + (draws == observed).mean() / 2)
    if not 0 < below < 1:
        return np.nan, np.nan
    apart = left_out.mean() - left_out
    squares = float((apart**2).sum())
    acceleration = float((apart**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0
    bias = ndtri(below)
    z = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    low, high = np.quantile(draws, ndtr(bias + z / (1 - acceleration * z)))
    return float(low), float(high)


def studentised(draws: FloatArray, errors: FloatArray, observed: float, error: float, level: float) -> Bounds:
    """Bounds by the quantiles of (draw - estimate) / standard error of the draw.

    References
    ----------
    Efron and Tibshirani 1993, ch. 12.

    Examples
    --------
    >>> studentised(np.arange(101.0), np.full(101, 2.0), 50.0, 1.0, 0.5)
    (37.5, 62.5)
    """
    known = errors > 0
    if not known.any():
        return np.nan, np.nan
    low, high = percentile((draws[known] - observed) / errors[known], level)
    return observed - high * error, observed - low * error
