"""Sums over people, one term a person, that take no longer for a million of them.

The likelihood of the beta-binomial is a product over people. Up to `NEAR` every factor is taken; beyond, the
sum of a smooth function over a stretch of whole numbers is had from a dozen places, as an integral is by
Gauss's rule. The weight is discrete, so that the polynomials are those of Chebyshev (1875; Gautschi 2004,
Orthogonal Polynomials, section 1.5.2).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evidence.arguments import FloatArray

NEAR = 4096
PLACES = 12  # on a stretch no longer than its distance from zero: an error of 1e-18


def survivors(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return places j and weights, such that a weighted sum over them is one over every person.

    Parameters
    ----------
    values : array, shape (k,)
        Whole numbers of people; the weight of j = 0, 1, ... is the number of values above it.

    Returns
    -------
    places, weights : array, shape (m,)

    Examples
    --------
    >>> places, weights = survivors(np.array([2.0, 3.0]))
    >>> places.tolist(), weights.tolist()
    ([0.0, 1.0, 2.0], [2.0, 2.0, 1.0])
    """
    near = np.bincount(np.minimum(values, NEAR).astype(int))
    parts = [(np.arange(near.size - 1.0), (values.size - np.cumsum(near)[:-1]).astype(float))]
    start = NEAR
    for end in np.unique(values[values > NEAR]).astype(int).tolist():
        above = float(np.count_nonzero(values >= end))
        while start < end:
            size = min(start, end - start)
            places, weights = stretch(size)
            parts.append((start + places, above * weights))
            start += size
    return np.concatenate([places for places, _ in parts]), np.concatenate([each for _, each in parts])


@lru_cache(maxsize=256)
def stretch(size: int) -> tuple[FloatArray, FloatArray]:
    """Return places and weights for the sum over 0, 1, ..., size - 1.

    Examples
    --------
    >>> places, weights = stretch(10_000)
    >>> round(float(weights @ places**2)) == sum(j**2 for j in range(10_000))
    True
    """
    if size <= PLACES:
        return np.arange(float(size)), np.ones(size)
    n = np.arange(1.0, PLACES)
    beside = n * np.sqrt((float(size) ** 2 - n**2) / (4 * (4 * n**2 - 1)))
    middle = np.full(PLACES, (size - 1) / 2)
    places, vectors = np.linalg.eigh(np.diag(middle) + np.diag(beside, 1) + np.diag(beside, -1))
    return places, size * vectors[0] ** 2
