"""Integrate the heterogeneity tau out of the normal-normal model by adaptive Gauss-Legendre panels.

Given tau the mean mu is normal, so that every posterior is a mixture of normals over the nodes of one rule
(Röver 2020, J Stat Softw 93(6), sections 2.5 to 2.7). In log tau the integrand is analytic, which makes the
rule converge geometrically; below the first panel tau is too small to change the likelihood, so that the
prior's own probability stands there as one node at 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.synthesis.tau_priors import TauPrior

ORDER = 10  # nodes a panel
SCAN = 0.5  # width of the first panels in log tau
FIRST = 1e-8  # of the smallest standard error: a tau that changes no weight
FARTHEST = 60.0  # in log tau beyond all scales of the problem
NEGLIGIBLE = 45.0  # in log density below the highest
TOLERANCE = 1e-13  # of the whole integral, for one panel
ROUNDS = 60
ROOT_STEPS = 300

_X, _W = (np.asarray(part) for part in np.polynomial.legendre.leggauss(ORDER))
_X, _W = (_X + 1) / 2, _W / 2  # on (0, 1)


@dataclass(frozen=True, slots=True, eq=False)
class NormalNormal:
    """The normal-normal model of one set of studies, with a normal or flat prior of mu.

    Attributes
    ----------
    y, v : array, shape (k,)
    mu_prior : tuple of float or None
        Mean and standard deviation of mu; None is flat with density 1.
    """

    y: FloatArray
    v: FloatArray
    mu_prior: tuple[float, float] | None

    def given(self, tau: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log marginal likelihood of tau, and mean and standard deviation of mu given tau, shape of `tau`.

        Gelman et al. 2013 (Bayesian Data Analysis, 3rd ed.), equations 5.20 and 5.21, with the prior of mu
        as one more study without heterogeneity.
        """
        total = self.v + np.square(tau)[..., None]
        w = 1 / total
        origin = self.y[np.argmin(self.v)]
        y = self.y - origin
        precision, moment = w.sum(axis=-1), w @ y
        log_density = -0.5 * (y.size * math.log(2 * math.pi) + np.log(total).sum(axis=-1))
        if self.mu_prior is None:
            mean = moment / precision
            log_density += 0.5 * (math.log(2 * math.pi) - np.log(precision))
        else:
            centre, sd = self.mu_prior[0] - origin, self.mu_prior[1]
            precision, moment = precision + 1 / sd**2, moment + centre / sd**2
            mean = moment / precision
            log_density -= 0.5 * (np.log(precision * sd**2) + ((mean - centre) / sd) ** 2)
        log_density -= 0.5 * np.sum(w * (y - mean[..., None]) ** 2, axis=-1)
        return log_density, origin + mean, 1 / np.sqrt(precision)


@dataclass(frozen=True, slots=True, eq=False)
class TauPosterior:
    """Posterior of tau as nodes with weights, and of mu given each node.

    Attributes
    ----------
    model : NormalNormal
    prior : TauPrior
    tau, weight, mean, sd : array, shape (J,)
        Nodes in rising order, the first at 0; probabilities; mean and standard deviation of mu given tau.
    edges, below : array, shape (P + 1,)
        Ends of the panels in log tau, and the posterior probability below each.
    log_marginal : float
        Log of the marginal likelihood.
    tau_moments : tuple of float
        Mean of tau and of tau^2; infinite where the integral has no value.
    """

    model: NormalNormal
    prior: TauPrior
    tau: FloatArray
    weight: FloatArray
    mean: FloatArray
    sd: FloatArray
    edges: FloatArray
    below: FloatArray
    log_marginal: float
    tau_moments: tuple[float, float]

    def log_density(self, log_tau: FloatArray) -> FloatArray:
        """Log posterior density of log tau."""
        return _log_integrand(self.model, self.prior, log_tau)[0] - self.log_marginal

    def tau_cdf(self, tau: FloatArray) -> FloatArray:
        """Posterior probability of a heterogeneity of at most `tau`, elementwise."""
        positive = np.maximum(tau, np.finfo(float).tiny)
        inside = np.clip(np.log(positive), self.edges[0], self.edges[-1])
        panel = np.clip(np.searchsorted(self.edges, inside, side="right") - 1, 0, self.edges.size - 2)
        found = np.minimum(self._partial(panel, inside)[0], 1.0)
        # Left of the panels the posterior is the prior.
        first = np.exp(self.edges[:1])
        found = np.where(
            positive < first, self.below[0] * self.prior.cdf(positive) / self.prior.cdf(first), found
        )
        return np.where(tau > 0, found, 0.0)

    def tau_quantile(self, p: FloatArray) -> FloatArray:
        """Posterior quantiles of tau for probabilities `p`, shape (n,)."""
        panel = np.clip(np.searchsorted(self.below, p, side="right") - 1, 0, self.edges.size - 2)
        low, high = self.edges[panel], self.edges[panel + 1]

        def equation(log_tau: FloatArray) -> tuple[FloatArray, FloatArray]:
            value, slope = self._partial(panel, log_tau)
            return value - p, slope

        found = np.exp(rising_root(equation, low, high, (low + high) / 2, high - low))
        if self.below[0] > 0:
            share = self.prior.cdf(np.exp(self.edges[:1])) * np.minimum(p / self.below[0], 1.0)
            found = np.where(p < self.below[0], self.prior.quantile(share), found)
        return found

    def _partial(self, panel: FloatArray, log_tau: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Probability below points inside given panels, and density of log tau there."""
        start, width = self.edges[panel], log_tau - self.edges[panel]
        at = start[..., None] + width[..., None] * _X
        mass = np.exp(self.log_density(at)) @ _W * width
        return self.below[panel] + mass, np.exp(self.log_density(log_tau))


def integrate(model: NormalNormal, prior: TauPrior) -> TauPosterior:
    """Integrate over tau.

    Parameters
    ----------
    model : NormalNormal
    prior : TauPrior

    Returns
    -------
    TauPosterior

    Raises
    ------
    ConvergenceError
        If panels do not settle.

    Examples
    --------
    >>> from evidence.synthesis.tau_priors import tau_prior
    >>> model = NormalNormal(np.array([0.1, 0.5]), np.array([0.04, 0.04]), (0.0, 4.0))
    >>> posterior = integrate(model, tau_prior(("halfnormal", 0.5)))
    >>> round(float(posterior.tau_quantile(np.array([0.5]))[0]), 4)
    0.2815
    """
    # Moments of tau that exist: the likelihood falls as tau^-decay, the prior as tau^-(tail + 1).
    decay = model.y.size - (model.mu_prior is None)
    powers = [n for n in (0, 1, 2) if n < decay + prior.tail or (prior.tail == 0 and n == decay)]
    edges, complete = _range(model, prior, powers)
    edges, log_tau, log_g, mean, sd, log_w = _refine(model, prior, edges, powers)
    top = log_g.max()
    mass = np.exp(log_g - top + log_w)
    panel_mass = mass.sum(axis=1)
    atom = 0.0
    if complete:
        at_zero, mean_0, sd_0 = model.given(np.zeros(1))
        atom = float(np.exp(at_zero - top)[0] * prior.cdf(np.exp(edges[:1]))[0])
        log_tau, mass = np.append(-np.inf, log_tau), np.append(atom, mass)
        mean, sd = np.append(mean_0, mean), np.append(sd_0, sd)
    mass, mean, sd, tau = mass.ravel(), mean.ravel(), sd.ravel(), np.exp(log_tau.ravel())
    whole = mass.sum()
    below = (atom + np.append(0.0, np.cumsum(panel_mass))) / whole
    weight = mass / whole
    log_marginal = float(top + math.log(whole))
    beyond = [_beyond(model, prior, edges[-1], n, decay, log_marginal) for n in (1, 2)]
    moments = tuple(
        float(weight @ tau**n) + extra if n in powers else math.inf
        for n, extra in zip((1, 2), beyond, strict=True)
    )
    keep = weight > 1e-18
    return TauPosterior(
        model,
        prior,
        tau[keep],
        weight[keep] / weight[keep].sum(),
        mean[keep],
        sd[keep],
        edges,
        below,
        log_marginal,
        moments,
    )


def _log_integrand(
    model: NormalNormal, prior: TauPrior, log_tau: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log of likelihood times prior density of log tau, and mean and standard deviation of mu."""
    tau = np.exp(log_tau)
    log_likelihood, mean, sd = model.given(tau)
    return log_likelihood + prior.log_density(tau) + log_tau, mean, sd


def _range(model: NormalNormal, prior: TauPrior, powers: list[int]) -> tuple[FloatArray, bool]:
    """Panels where the integrand (also times tau^n) is not negligible; whether the left end is in."""
    middle = float(prior.quantile(np.array(0.5)))
    left = min(math.log(FIRST) + 0.5 * math.log(model.v.min()), math.log(middle) - 18)
    largest = max(np.ptp(model.y), math.sqrt(model.v.max()), middle)
    right = math.log(prior.upper) if math.isfinite(prior.upper) else math.log(largest) + FARTHEST
    edges = np.linspace(left, right, 1 + math.ceil((right - left) / SCAN))
    log_g = _log_integrand(model, prior, edges)[0]
    needed = np.zeros(edges.size, dtype=bool)
    for n in powers:
        height = log_g + n * edges
        needed |= height > height.max() - NEGLIGIBLE
    found = np.flatnonzero(needed)
    first, last = max(found[0] - 1, 0), min(found[-1] + 1, edges.size - 1)
    return edges[first : last + 1], first == 0


def _refine(
    model: NormalNormal, prior: TauPrior, edges: FloatArray, powers: list[int]
) -> tuple[FloatArray, ...]:
    """Halve panels until halving changes nothing; give edges and, panel by panel, nodes and log weights."""
    orders = np.array([0, max(powers)])
    start, width = edges[:-1], np.diff(edges)
    done: list[tuple[FloatArray, ...]] = []

    def evaluate(start: FloatArray, width: FloatArray) -> tuple[FloatArray, ...]:
        nodes = start[:, None] + width[:, None] * _X
        return nodes, *_log_integrand(model, prior, nodes), np.log(width[:, None] * _W)

    def integrals(part: tuple[FloatArray, ...]) -> FloatArray:
        nodes, log_g, _, _, log_w = part
        exponent = log_g + log_w + orders[:, None, None] * nodes - top[:, None, None]
        return np.exp(exponent).sum(axis=-1)

    coarse = evaluate(start, width)
    finished = np.zeros(2)
    top = np.array([np.max(coarse[1] + n * coarse[0]) for n in orders])
    for _ in range(ROUNDS):
        halves_start = np.stack([start, start + width / 2], axis=1).ravel()
        halves_width = np.repeat(width / 2, 2)
        fine = evaluate(halves_start, halves_width)
        higher = np.maximum(top, [np.max(fine[1] + n * fine[0]) for n in orders])
        finished, top = finished * np.exp(top - higher), higher
        whole, halves = integrals(coarse), integrals(fine)
        pairs = halves.reshape(2, -1, 2).sum(axis=2)
        limit = TOLERANCE * (finished + pairs.sum(axis=1))
        settled = np.all(np.abs(pairs - whole) <= limit[:, None], axis=0)
        both = np.repeat(settled, 2)
        done.append((halves_start[both], halves_width[both], *(part[both] for part in fine)))
        finished = finished + pairs[:, settled].sum(axis=1)
        if settled.all():
            break
        start, width = halves_start[~both], halves_width[~both]
        coarse = tuple(part[~both] for part in fine)
    else:
        raise ConvergenceError(
            "bayes: the integral over tau does not settle; look at yi and vi for extremes."
        )
    order = np.argsort(np.concatenate([part[0] for part in done]))
    starts, _, nodes, log_g, mean, sd, log_w = (
        np.concatenate(parts)[order] for parts in zip(*done, strict=True)
    )
    return np.append(starts, edges[-1]), nodes, log_g, mean, sd, log_w


def _beyond(
    model: NormalNormal, prior: TauPrior, end: float, n: int, decay: int, log_marginal: float
) -> float:
    """What tau beyond the last panel adds to the mean of tau^n where the prior falls as a power only."""
    if math.isinf(prior.tail) or math.isfinite(prior.upper) or n > decay + prior.tail:
        return 0.0
    at = np.array([end])
    log_likelihood = model.given(np.exp(at))[0]
    height = np.exp(_log_integrand(model, prior, at)[0] + n * end - log_marginal)[0]
    if n < decay + prior.tail:
        return float(height / (decay + prior.tail - n))
    # The likelihood times tau^n is constant out there; what is left is the prior's own tail.
    return float(np.exp(log_likelihood + n * end - log_marginal)[0] * prior.survival(np.exp(at))[0])


def mixture_cdf(x: FloatArray, weight: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Distribution function of mixtures of normals over the last axis; `x` has the leading shape."""
    return ndtr((x[..., None] - mean) / sd) @ weight


def mixture_density(x: FloatArray, weight: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Density of mixtures of normals over the last axis; `x` has the leading shape."""
    z = (x[..., None] - mean) / sd
    return (np.exp(-0.5 * z * z) / sd) @ weight / math.sqrt(2 * math.pi)


def mixture_quantile(p: FloatArray, weight: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    """Quantiles of mixtures of normals.

    Parameters
    ----------
    p : array, shape (n,)
    weight : array, shape (J,)
    mean, sd : array, shape (J,) or (n, J)

    Examples
    --------
    >>> half = np.array([0.5, 0.5])
    >>> mixture_quantile(np.array([0.5]), half, np.array([-1.0, 3.0]), np.ones(2)).round(6)
    array([1.])
    """
    component = mean + sd * ndtri(p)[:, None]
    middle = np.searchsorted(np.cumsum(weight), 0.5)
    unit = np.broadcast_to(sd, component.shape)[:, middle]

    def equation(x: FloatArray) -> tuple[FloatArray, FloatArray]:
        return mixture_cdf(x, weight, mean, sd) - p, mixture_density(x, weight, mean, sd)

    return rising_root(equation, component.min(axis=1), component.max(axis=1), component[:, middle], unit)


def rising_root(
    equation: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    low: FloatArray,
    high: FloatArray,
    guess: FloatArray,
    unit: FloatArray,
) -> FloatArray:
    """Roots of rising functions by Newton steps kept inside brackets, else bisection; all shapes (n,).

    `unit` is the length on which the functions change: a Newton step of 1e-9 units squares to rounding error.

    Examples
    --------
    >>> rising_root(lambda x: (x**3 - 8, 3 * x**2), np.zeros(1), np.full(1, 9.0), np.ones(1), np.ones(1))
    array([2.])
    """
    x = guess
    for _ in range(ROOT_STEPS):
        value, slope = equation(x)
        low, high = np.where(value < 0, x, low), np.where(value > 0, x, high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new = x - value / slope
        new = np.where(value == 0, x, np.where((new >= low) & (new <= high), new, low + (high - low) / 2))
        moved, x = np.abs(new - x), new
        if np.all(moved <= 1e-9 * unit):
            return x
    raise ConvergenceError("A quantile of the posterior was not found; look at yi and vi for extremes.")
