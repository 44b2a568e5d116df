"""The likelihood of a selection model, with its exact gradient and Hessian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evidence.arguments import FloatArray
from evidence.robustness.selection_weights import Selection

_ROOT = np.sqrt(2 * np.pi)
_LEAST = 1e-250  # mean weight of a study, below which parameters are out of the question


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Studies that were selected by their p values.

    A study's density is ``w(p_i) f(y_i) / A_i`` with f that of N(mu, v_i + tau2) and ``A_i`` the mean of w
    under it (Hedges 1992, Stat Sci 7:246, equation 5).

    Attributes
    ----------
    y, v : array, shape (k,)
        Estimates and variances, turned so that positive estimates have small p values.
    s : array, shape (k,)
        Standard errors.
    selection : Selection
    offset : float
        Sum over the studies of the offset of log w.
    features : array, shape (d,)
        Sum of the features.
    """

    y: FloatArray
    v: FloatArray
    s: FloatArray
    selection: Selection
    offset: float
    features: FloatArray

    def __call__(self, at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood, gradient and Hessian at (mu, tau2, eta)."""
        mu, tau2, eta = at[0], at[1], at[2:]
        own = _own_terms(self.y, self.v, mu, tau2)
        cells = _cells(self.selection, self.s, self.v + tau2, mu)
        w = np.exp(self.selection.offset + self.selection.features @ eta)
        weighted = w[:, None] * self.selection.features
        a = cells @ w  # A and its first to fourth derivative by mu
        if not a[0].min() > _LEAST:
            return -np.inf, np.zeros_like(at), np.zeros((at.size, at.size))
        by_eta = cells[:3] @ weighted  # (3, k, d)
        # The normal density obeys the heat equation: a derivative by tau2 is half the second one by mu.
        first = np.column_stack([a[1], a[2] / 2, by_eta[0]]) / a[0][:, None]
        second = np.empty((at.size, at.size))
        second[:2, :2] = np.array([[a[2], a[3] / 2], [a[3] / 2, a[4] / 4]]) @ (1 / a[0])
        second[0, 2:] = second[2:, 0] = (1 / a[0]) @ by_eta[1]
        second[1, 2:] = second[2:, 1] = (1 / a[0]) @ by_eta[2] / 2
        mass = (1 / a[0]) @ cells[0]
        second[2:, 2:] = self.selection.features.T @ (mass[:, None] * weighted)
        value = own[0] + self.offset + self.features @ eta - np.log(a[0]).sum()
        gradient = np.r_[own[1], self.features] - first.sum(axis=0)
        hessian = first.T @ first - second
        hessian[:2, :2] += own[2]
        return float(value), gradient, hessian


def likelihood(
    y: FloatArray, v: FloatArray, p: FloatArray, chosen: Selection, held: FloatArray | None = None
) -> Likelihood:
    """Set up the likelihood of studies with p values `p`; `held` gives eta where it is not estimated.

    Examples
    --------
    >>> from evidence.robustness.selection_weights import selection
    >>> y, v = np.array([0.5, 0.1]), np.array([0.04, 0.09])
    >>> at = likelihood(y, v, np.array([0.006, 0.37]), selection("step", (0.025,), two_sided=False))
    >>> value, gradient, _ = at(np.array([0.3, 0.0, 0.0]))  # equal weights: nothing is selected
    >>> round(value, 6) == round(float(np.sum(-np.log(2 * np.pi * v) / 2 - (y - 0.3) ** 2 / 2 / v)), 6)
    True
    """
    offset, features = chosen.of_p(p)
    if held is None:
        return Likelihood(y, v, np.sqrt(v), chosen, float(offset.sum()), features.sum(axis=0))
    known = float((offset + features @ held).sum())
    return Likelihood(y, v, np.sqrt(v), chosen.held(held), known, np.empty(0))


def _own_terms(y: FloatArray, v: FloatArray, mu: float, tau2: float) -> tuple[float, FloatArray, FloatArray]:
    """Sum of the log densities of the estimates, with derivatives by mu and tau2."""
    total = v + tau2
    r = y - mu
    by_mu, square = r / total, r**2 / total
    value = -0.5 * np.sum(np.log(2 * np.pi * total) + square)
    gradient = np.array([by_mu.sum(), 0.5 * np.sum((square - 1) / total)])
    mixed = -np.sum(by_mu / total)
    hessian = np.array([[-np.sum(1 / total), mixed], [mixed, np.sum((0.5 - square) / total**2)]])
    return float(value), gradient, hessian


def _cells(chosen: Selection, s: FloatArray, total: FloatArray, mu: float) -> FloatArray:
    """Probability of each cell for each study and its first four derivatives by mu, shape (5, k, m + q)."""
    sigma = np.sqrt(total)[:, None]
    intervals = _intervals(chosen.low, chosen.high, s, sigma, mu)
    if chosen.two_sided:
        intervals = intervals + _intervals(-chosen.high, -chosen.low, s, sigma, mu)
    if not chosen.z.size:
        return intervals
    r = (s[:, None] * chosen.z - mu) / sigma
    mass = chosen.rule * s[:, None] * np.exp(-(r**2) / 2) / (_ROOT * sigma)
    square = r**2
    nodes = [
        mass,
        mass * r / sigma,
        mass * (square - 1) / sigma**2,
        mass * r * (square - 3) / sigma**3,
        mass * (square * (square - 6) + 3) / sigma**4,
    ]
    return np.concatenate([intervals, np.stack(nodes)], axis=2)


def _intervals(low: FloatArray, high: FloatArray, s: FloatArray, sigma: FloatArray, mu: float) -> FloatArray:
    """Probability that z lies between `low` and `high`, with derivatives by mu, shape (5, k, m)."""
    lower, upper = ((mu - s[:, None] * z) / sigma for z in (low, high))
    # The difference of two probabilities near 1 is taken in the other tail.
    mass = np.where(upper > 0, ndtr(-upper) - ndtr(-lower), ndtr(lower) - ndtr(upper))
    return np.concatenate([mass[None], _edge(lower, sigma) - _edge(upper, sigma)])


def _edge(u: FloatArray, sigma: FloatArray) -> FloatArray:
    """First to fourth derivative by mu of the normal distribution function at u = (mu - x) / sigma."""
    density = np.exp(-(u**2) / 2) / _ROOT
    square = u**2
    terms = [
        density / sigma,
        -density * u / sigma**2,
        density * (square - 1) / sigma**3,
        density * u * (3 - square) / sigma**4,
    ]
    return np.stack(terms)
