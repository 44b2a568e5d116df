"""Which treatment is best, and how sure that is: P-scores, and ranks drawn from the joint distribution."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from evidence.arguments import FloatArray, option
from evidence.errors import InputError
from evidence.synthesis.network_compare import Fit

SMALL_VALUES = ("desirable", "undesirable")
BLOCK = 2_000_000  # ranks held at a time


def p_scores(fit: Fit, small_values: str) -> FloatArray:
    """P-scores, shape (n,): mean certainty that a treatment is better than another of its part.

    Parameters
    ----------
    fit : Fit
    small_values : {"desirable", "undesirable"}

    References
    ----------
    Rücker and Schwarzer 2015, BMC Med Res Methodol 15:58, section "P-scores".

    Examples
    --------
    >>> fit = Fit(0.0, np.array([0.0, -1.0]), np.diag([0.0, 1.0]), np.zeros(2, dtype=int), 1.0)
    >>> p_scores(fit, "desirable").round(3)
    array([0.159, 0.841])
    """
    sign = -1.0 if option("small_values", small_values, SMALL_VALUES) == "desirable" else 1.0
    te, se = fit.te(), fit.se()
    certainty = ndtr(sign * np.divide(te, se, out=np.zeros_like(te), where=se > 0))
    certainty[np.isnan(se)] = np.nan
    np.fill_diagonal(certainty, np.nan)
    return np.nanmean(certainty, axis=1)


def rank_shares(fit: Fit, small_values: str, draws: int, seed: int) -> FloatArray:
    """Share of draws in which each treatment has each rank, shape (n, n); ranks count within a part.

    Effects are drawn from their joint normal distribution with a generator of their own, so that equal seeds
    give equal shares.
    """
    option("small_values", small_values, SMALL_VALUES)
    for name, value, least in (("draws", draws, 100), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise InputError(f"{name}={value!r} must be a whole number of {least} or more.")
    sign = 1.0 if small_values == "desirable" else -1.0
    generator = np.random.default_rng(seed)
    n = fit.effects.size
    shares = np.zeros((n, n))
    for part in range(int(fit.part.max()) + 1):
        at = np.flatnonzero(fit.part == part)
        root = _root(fit.covariance[np.ix_(at, at)])
        size = max(1, BLOCK // at.size)
        for first in range(0, draws, size):
            noise = generator.standard_normal((min(size, draws - first), at.size))
            order = np.argsort(sign * (fit.effects[at] + noise @ root), axis=1)
            for rank in range(at.size):
                shares[at, rank] += np.bincount(order[:, rank], minlength=at.size)
    return shares / draws


def _root(covariance: FloatArray) -> FloatArray:
    """Symmetric root: the only one that does not depend on how a library orders and signs eigenvectors."""
    values, vectors = np.linalg.eigh(covariance)
    values[values < 1e-12 * values[-1]] = 0.0  # the root of rounding error would be 1e-8
    return (vectors * np.sqrt(values)) @ vectors.T


def rank_table(
    fit: Fit, treatments: tuple[str, ...], shares: FloatArray, scores: FloatArray, level: float
) -> pd.DataFrame:
    """P-score, SUCRA, mean rank, chance of being best, intervals of rank and P-score; a row a treatment.

    The interval of the P-score is that of a draw's rank r among n, as (n - r) / (n - 1): its mean is the
    SUCRA, which estimates the P-score (Rücker and Schwarzer 2015).
    """
    n = shares.shape[1]
    rank = np.arange(1, n + 1)
    size = np.bincount(fit.part)[fit.part]
    mean = shares @ rank
    cumulated = shares.cumsum(axis=1)
    tail = (1 - level) / 2
    low = 1 + (cumulated < tail - 1e-12).sum(axis=1)
    high = 1 + (cumulated < 1 - tail - 1e-12).sum(axis=1)
    return pd.DataFrame(
        {
            "treatment": treatments,
            "subnetwork": fit.part + 1,
            "p_score": scores,
            "p_score_low": (size - high) / (size - 1),
            "p_score_high": (size - low) / (size - 1),
            "sucra": (size - mean) / (size - 1),
            "mean_rank": mean,
            "rank_low": low,
            "rank_high": high,
            "best": shares[:, 0],
        }
    ).sort_values(["subnetwork", "p_score"], ascending=[True, False], kind="stable", ignore_index=True)
