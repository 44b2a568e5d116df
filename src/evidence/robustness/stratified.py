"""Random numbers that waste none: one from each part of a distribution, and normals cut to intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray

Regions = tuple[tuple[float, float], ...]
_NO_MASS = 1e-12


@dataclass(frozen=True, slots=True)
class Mixture:
    """Normal distributions with weights that add up to 1; every array has shape (components,)."""

    centre: FloatArray
    variance: FloatArray
    weight: FloatArray

    @property
    def mean(self) -> float:
        """Mean of the mixture."""
        return float(self.centre @ self.weight)

    def density(self, at: float, sampling_variance: FloatArray | float) -> float:
        """Return the density at a point, with a variance added to each component."""
        variance = self.variance + sampling_variance
        return float(np.exp(-((at - self.centre) ** 2) / (2 * variance)) / np.sqrt(variance) @ self.weight)


def stratified(rng: np.random.Generator, draws: int) -> FloatArray:
    """Return numbers between 0 and 1, one from each of `draws` equal parts, in random order.

    Examples
    --------
    >>> sorted(np.floor(4 * stratified(np.random.default_rng(1), 4)).tolist())
    [0.0, 1.0, 2.0, 3.0]
    """
    return (rng.permutation(draws) + rng.random(draws)) / draws


def cut_mixture(
    mixture: Mixture, sampling_variance: FloatArray, regions: Regions, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Draw from a mixture of normals that is cut to some intervals, by the inverse of its distribution.

    Parameters
    ----------
    mixture : Mixture
    sampling_variance : float or array, shape (components,)
        Added to the variance of each component.
    regions : tuple of (low, high)
        Intervals, in order, that do not overlap.
    rng : Generator
    draws : int

    Returns
    -------
    array, shape (draws,)
        Where the mixture has no mass in the intervals, their end that lies nearest its mean.

    Examples
    --------
    >>> one = Mixture(np.array([0.0]), np.array([1.0]), np.array([1.0]))
    >>> half = cut_mixture(one, 0.0, ((0.0, np.inf),), np.random.default_rng(1), 1000)
    >>> bool(half.min() > 0), round(float(np.median(half)), 2)
    (True, 0.67)
    """
    sd = np.sqrt(mixture.variance + sampling_variance)
    low, high = np.array(regions, dtype=float).T[:, :, None]
    below = ndtr((low - mixture.centre) / sd)
    mass = (ndtr((high - mixture.centre) / sd) - below) * mixture.weight
    if mass.sum() < _NO_MASS:
        ends = np.array([end for region in regions for end in region if np.isfinite(end)])
        return np.full(draws, ends[np.abs(ends - mixture.mean).argmin()])
    steps = np.cumsum(mass.ravel() / mass.sum())
    place = np.minimum(np.searchsorted(steps, stratified(rng, draws), side="right"), steps.size - 1)
    region, component = np.unravel_index(place, mass.shape)
    part = mass[region, component] / mixture.weight[component]
    tail = below[region, component] + stratified(rng, draws) * part
    drawn = mixture.centre[component] + sd[component] * ndtri(np.clip(tail, 1e-300, 1 - 1e-16))
    return np.clip(drawn, low[region, 0], high[region, 0])


def resampled(values: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Return values drawn with equal chance, each as often as the others (to one).

    Examples
    --------
    >>> sorted(resampled(np.array([2.0, 5.0]), np.random.default_rng(1), 4).tolist())
    [2.0, 2.0, 5.0, 5.0]
    """
    return values[(stratified(rng, draws) * len(values)).astype(int)]
