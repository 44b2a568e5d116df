"""Maximise a random-effects likelihood, down to a variance of zero, and profile that variance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.synthesis.profile import profile_end
from evidence.synthesis.quadrature import Objective, Top, maximise

TAU_STARTS = (0.2, 1.0)
ZERO_TAU = 1e-4
LARGEST = 20.0  # on a logit scale: a proportion of 2e-9
FLAT = 1e-9  # a fall of the log-likelihood that says nothing


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
    highest = _highest(_bounded(objective, what), start, what)
    at, value, hessian = highest.at, highest.value, highest.hessian
    at[list(scales)] = np.abs(at[list(scales)])
    zero = [i for i in scales if at[i] < ZERO_TAU]
    if zero:
        at[zero] = 0.0
        value, _, hessian = objective(at)
    inside = [i for i in range(at.size) if i not in zero]
    information = -hessian[np.ix_(inside, inside)]
    if np.linalg.eigvalsh(information)[0] <= 0:
        raise _flat(what)
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


def _flat(what: str) -> ConvergenceError:
    return ConvergenceError(
        f"{what}: the likelihood is flat at its top; the data do not bound its parameters."
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


def _highest(objective: Objective, start: FloatArray, what: str) -> Top:
    """Best of several climbs; the likelihood can have a maximum at tau = 0 and another inside."""
    tops = [maximise(objective, np.append(start[:-1], tau), what=what) for tau in TAU_STARTS]
    return max(tops, key=lambda top: top.value)


class _Profile:
    """Log-likelihood of tau at the best values of all other parameters, with its slope.

    Each climb starts where the last one and its Hessian say that the others go when tau moves.
    """

    def __init__(self, objective: Objective, at: FloatArray, what: str) -> None:
        self.objective = objective
        self.what = what
        self.at = at
        self.drift = np.zeros(at.size - 1)

    def __call__(self, tau: float) -> tuple[float, float]:
        start = np.append(self.at[:-1] + self.drift * (tau - self.at[-1]), tau)
        found = maximise(self.objective, start, what=self.what, held=[start.size - 1])
        self.at = found.at
        self.drift = -np.linalg.lstsq(found.hessian[:-1, :-1], found.hessian[:-1, -1])[0]
        return found.value, float(found.gradient[-1])


def _tau2_interval(
    objective: Objective, at: FloatArray, top: float, what: str, level: float
) -> tuple[float, float]:
    """Profile-likelihood interval of tau2; an end without bound is infinite.

    Raises
    ------
    ConvergenceError
        If a larger tau is as likely: with one event a study, say, where no spread shows.
    """
    drop = float(stats.chi2.ppf(level, 1)) / 2
    profile = _Profile(objective, at, what)
    tau = float(at[-1])
    low = 0.0
    if tau > 0 and top - profile(0.0)[0] > drop:
        low = profile_end(profile, tau, 0.0, top=top, drop=drop) ** 2
    profile = _Profile(objective, at, what)
    inside, upper = tau, tau + 0.5
    fall = top - profile(upper)[0]
    if fall < FLAT * (1 + abs(top)):
        raise _flat(what)
    while fall < drop:
        if upper > LARGEST:
            return low, np.inf
        inside, upper = upper, 1.5 * upper
        fall = top - profile(upper)[0]
    return low, profile_end(profile, inside, upper, top=top, drop=drop) ** 2
