"""Maximise a random-effects likelihood, down to a variance of zero, and profile that variance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.synthesis.quadrature import Objective, maximise

TAU_STARTS = (0.2, 1.0)
ZERO_TAU = 1e-4
LARGEST = 20.0  # on a logit scale: a proportion of 2e-9


@dataclass(frozen=True, slots=True)
class RandomFit:
    """Maximum of a random-effects likelihood: estimate, se, tau2 with its se and interval, log-likelihood."""

    estimate: float
    se: float
    tau2: float
    tau2_se: float
    tau2_ci: tuple[float, float]
    log_likelihood: float
    others: tuple[float, ...] = ()


def fit_random(
    objective: Objective, start: FloatArray, scales: tuple[int, ...], *, what: str, level: float
) -> RandomFit:
    """Maximise over location and standard deviations, from several starts, down to a variance of zero.

    Parameters
    ----------
    objective : callable
        Log-likelihood in parameters of which the first is the effect and the last its standard deviation.
    start : array
        Starting values; the standard deviation is started at each of `TAU_STARTS`.
    scales : tuple of int
        Positions of standard deviations, the last being tau.
    what : str
        Name of the model for errors.
    level : float
        Of the profile-likelihood interval of tau2.

    Raises
    ------
    ConvergenceError
        If the likelihood has no maximum.
    """
    at, value, hessian = _highest(_bounded(objective, what), start, what)
    at[list(scales)] = np.abs(at[list(scales)])
    zero = [i for i in scales if at[i] < ZERO_TAU]
    if zero:
        at[zero] = 0.0
        value, _, hessian = objective(at)
    inside = [i for i in range(at.size) if i not in zero]
    information = -hessian[np.ix_(inside, inside)]
    if np.linalg.eigvalsh(information)[0] <= 0:
        raise ConvergenceError(
            f"{what}: the likelihood is flat at its top; the data do not bound its parameters."
        )
    variance = dict(zip(inside, np.diag(np.linalg.inv(information)).tolist(), strict=True))
    tau = float(at[-1])
    return RandomFit(
        estimate=float(at[0]),
        se=math.sqrt(variance[0]),
        tau2=tau**2,
        tau2_se=2 * tau * math.sqrt(variance[at.size - 1]) if tau > 0 else math.nan,
        tau2_ci=_tau2_interval(objective, at, value, what, level),
        log_likelihood=value,
        others=tuple(at[1:-1].tolist()),
    )


def _bounded(objective: Objective, what: str) -> Objective:
    """The objective, refusing to follow a likelihood that rises without end."""

    def bounded(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        if np.max(np.abs(at)) > LARGEST:
            raise ConvergenceError(
                f"{what}: estimate {at[0]:.3g} and tau {abs(at[-1]):.3g} run away; no data bound them."
            )
        return objective(at)

    return bounded


def _highest(objective: Objective, start: FloatArray, what: str) -> tuple[FloatArray, float, FloatArray]:
    """Best of several climbs; the likelihood can have a maximum at tau = 0 and another inside."""
    fits = [maximise(objective, np.append(start[:-1], tau), what=what) for tau in TAU_STARTS]
    at, value, hessian = max(fits, key=lambda fit: fit[1])
    return at.copy(), value, hessian


def _tau2_interval(
    objective: Objective, at: FloatArray, top: float, what: str, level: float
) -> tuple[float, float]:
    """Profile-likelihood interval of tau2; an end without bound is infinite."""
    drop = stats.chi2.ppf(level, 1) / 2
    nearby = at[:-1].copy()

    def excess(tau: float) -> float:
        nonlocal nearby

        def held(rest: FloatArray) -> tuple[float, FloatArray, FloatArray]:
            value, gradient, hessian = objective(np.append(rest, tau))
            return value, gradient[:-1], hessian[:-1, :-1]

        nearby, value, _ = maximise(held, nearby, what=what)
        return top - value - drop

    tau = at[-1]
    low = 0.0
    if tau > 0 and excess(0.0) > 0:
        low = float(optimize.brentq(excess, 0.0, tau, xtol=1e-10)) ** 2
    nearby = at[:-1].copy()
    upper = tau + 0.5
    while excess(upper) < 0:
        if upper > LARGEST:
            return low, np.inf
        upper *= 1.5
    return low, float(optimize.brentq(excess, tau, upper, xtol=1e-10)) ** 2
