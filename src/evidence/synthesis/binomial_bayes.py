"""Bayesian binomial-normal model of one proportion, by integration on a grid: no sampling, no seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.optimize import brentq
from scipy.special import logsumexp, ndtr

from evidence.arguments import FloatArray
from evidence.synthesis.quadrature import Arm, Binomial, log_marginal

MU_SD = 2.5
TAU_SCALE = 1.0
FINE = 121
COARSE = 57
TAU_NODES = 24
FARTHEST = 9.0  # standard deviations: less than 1e-18 of a normal distribution lies beyond
NEGLIGIBLE = 18.0


@dataclass(frozen=True, slots=True)
class BinomialBayes:
    """Posterior of the logit of the median proportion: median, mean, sd, interval, and tau."""

    median: float
    mean: float
    sd: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    tau_median: float
    tau_scale: float
    mu_sd: float


def binomial_bayes(
    x: FloatArray, n: FloatArray, *, level: float, tau_scale: float = TAU_SCALE, mu_sd: float = MU_SD
) -> BinomialBayes:
    """Integrate the binomial-normal model over its two parameters.

    Parameters
    ----------
    x, n : array, shape (k,)
        Events and people; any count is allowed.
    level : float
    tau_scale : float
        Scale of the half-normal prior of the standard deviation between studies (logit scale).
    mu_sd : float
        Standard deviation of the normal prior, centred at a proportion of one half, of the logit of the
        median proportion. The default of 2.5 puts 95 % between proportions of 0.7 % and 99.3 %.

    Returns
    -------
    BinomialBayes
        Equal-tailed intervals; `pi_low` and `pi_high` for the logit of a new study's proportion.

    Notes
    -----
    Gauss-Legendre in tau, a uniform grid in mu placed where the posterior lives, evenly spaced points within
    studies. Half-normal priors for tau: Röver et al. 2021, Research Synthesis Methods 12:448.

    Examples
    --------
    >>> fit = binomial_bayes(np.array([0.0, 1, 0]), np.array([30.0, 40, 35]), level=0.95)
    >>> fit.ci_low < fit.median < fit.ci_high
    True
    """
    legendre, weights = np.polynomial.legendre.leggauss(TAU_NODES)
    tau = 2.5 * tau_scale * (legendre + 1)  # five prior scales hold all but 6e-7 of the prior
    log_prior_tau = np.log(weights) - 0.5 * (tau / tau_scale) ** 2

    def log_posterior(mu: FloatArray, some: slice = slice(None)) -> FloatArray:
        prior = log_prior_tau[some] - 0.5 * (mu[:, None] / mu_sd) ** 2
        return _log_likelihood(x, n, mu, tau[some]) + prior

    wide = np.linspace(-7 * mu_sd, 7 * mu_sd, COARSE)
    height = logsumexp(log_posterior(wide, slice(None, None, 4)), axis=1)
    kept = np.flatnonzero(height > height.max() - NEGLIGIBLE)
    low, high = max(kept[0] - 1, 0), min(kept[-1] + 1, wide.size - 1)
    mu = np.linspace(wide[low], wide[high], FINE)
    joint = log_posterior(mu)
    joint = np.exp(joint - joint.max())
    joint /= joint.sum()
    return _summary(mu, tau, joint, level, tau_scale, mu_sd)


def _log_likelihood(x: FloatArray, n: FloatArray, mu: FloatArray, tau: FloatArray) -> FloatArray:
    """Log-likelihood on the grid, shape (mu, tau); groups of the same counts are integrated once."""
    (events, people), times = np.unique(np.stack([x, n]), axis=1, return_counts=True)
    cells = mu.size
    arm = Arm(
        Binomial(np.repeat(events, cells), np.repeat(people, cells)),
        np.empty((events.size * cells, 0)),
        np.ones((events.size * cells, 1)),
        np.tile(mu, events.size),
    )
    found = [log_marginal([arm], np.empty(0), np.array([each])) for each in tau]
    return np.stack([times @ value.reshape(events.size, cells) for value in found], axis=1)


def _summary(
    mu: FloatArray, tau: FloatArray, joint: FloatArray, level: float, tau_scale: float, mu_sd: float
) -> BinomialBayes:
    """Moments and quantiles of the normalised grid."""
    tails = ((1 - level) / 2, 0.5, (1 + level) / 2)
    mass = joint.sum(axis=1)
    # A spline through the density: summing the grid itself moves the tails by as much as its steps are wide.
    fine = np.linspace(mu[0], mu[-1], 16 * mu.size)
    low, median, high = _quantiles(fine, CubicSpline(mu, mass).antiderivative()(fine), tails)
    mean = float(mu @ mass)
    pi_low, pi_high = _predicted(mu, tau, joint, tails[0])
    # Each tau node stands for the middle of its weight.
    mass_tau = joint.sum(axis=0)
    tau_median = _quantiles(tau, np.cumsum(mass_tau) - mass_tau / 2, tails)[1]
    sd = float(np.sqrt(((mu - mean) ** 2) @ mass))
    return BinomialBayes(median, mean, sd, low, high, pi_low, pi_high, tau_median, tau_scale, mu_sd)


def _predicted(mu: FloatArray, tau: FloatArray, joint: FloatArray, tail: float) -> tuple[float, float]:
    """Logits with a tail of the predictive distribution, a mixture of normal ones, below and above."""
    ends = mu[0] - FARTHEST * tau[-1], mu[-1] + FARTHEST * tau[-1]

    def excess(at: float, sign: float) -> float:
        return float(np.sum(joint * ndtr(sign * (at - mu[:, None]) / tau))) - tail

    return brentq(excess, *ends, args=(1.0,)), brentq(excess, *ends, args=(-1.0,))


def _quantiles(at: FloatArray, cdf: FloatArray, tails: tuple[float, ...]) -> tuple[float, ...]:
    """Invert a distribution function by monotone interpolation."""
    cdf = cdf / cdf[-1]
    cdf = np.maximum.accumulate(cdf)
    rising = np.append(True, np.diff(cdf) > 1e-15)
    return tuple(float(value) for value in PchipInterpolator(cdf[rising], at[rising])(tails))
