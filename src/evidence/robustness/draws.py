"""Random numbers that waste none: one from each part of a distribution, and a normal cut to intervals."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray

_NO_MASS = 1e-12


def stratified(rng: np.random.Generator, draws: int) -> FloatArray:
    """Return numbers between 0 and 1, one from each of `draws` equal parts, in random order.

    Examples
    --------
    >>> sorted(np.floor(4 * stratified(np.random.default_rng(1), 4)).tolist())
    [0.0, 1.0, 2.0, 3.0]
    """
    return (rng.permutation(draws) + rng.random(draws)) / draws


def cut_normal(
    centre: float, sd: float, regions: tuple[tuple[float, float], ...], u: FloatArray
) -> FloatArray:
    """Return quantiles of a normal distribution that is cut to some intervals.

    Where the distribution has no mass in them, the point of them that lies nearest its centre.

    Examples
    --------
    >>> cut_normal(0.0, 1.0, ((0.0, np.inf),), np.array([0.5])).round(4)
    array([0.6745])
    """
    below = [ndtr((low - centre) / sd) for low, _ in regions]
    mass = np.array([ndtr((high - centre) / sd) for _, high in regions]) - below
    if mass.sum() < _NO_MASS:
        ends = np.array([end for region in regions for end in region if np.isfinite(end)])
        return np.full(u.shape, ends[np.abs(ends - centre).argmin()])
    filled = np.concatenate([[0.0], np.cumsum(mass)])
    target = u * filled[-1]
    place = np.clip(np.searchsorted(filled, target, side="right") - 1, 0, len(regions) - 1)
    tail = np.asarray(below)[place] + (target - filled[place])
    drawn = centre + sd * ndtri(np.clip(tail, 1e-300, 1 - 1e-16))
    low, high = np.array(regions).T
    return np.clip(drawn, low[place], high[place])


def resampled(values: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Return values drawn with equal chance, each as often as the others (to one).

    Examples
    --------
    >>> sorted(resampled(np.array([2.0, 5.0]), np.random.default_rng(1), 4).tolist())
    [2.0, 2.0, 5.0, 5.0]
    """
    return values[(stratified(rng, draws) * len(values)).astype(int)]
