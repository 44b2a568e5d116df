"""Prior distributions of the heterogeneity tau: weakly informative families and empirical ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv, erf, erfc, erfinv, gammaln, ndtr, ndtri, stdtr, stdtrit

from evidence.arguments import FloatArray, option
from evidence.errors import InputError
from evidence.synthesis.empirical_priors import rhodes, turner

Function = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class TauPrior:
    """A proper prior distribution of tau.

    Attributes
    ----------
    spec : tuple
        As it was asked for.
    text : str
        In words, for a methods section.
    log_density, cdf, survival, quantile : callable
        Of tau (the last: of a probability), elementwise.
    tail : float
        The density falls as tau to the power of -(tail + 1); infinite where it falls faster than any power,
        0 where only logarithms keep it proper.
    upper : float
        End of the support.
    """

    spec: tuple[Any, ...]
    text: str
    log_density: Function
    cdf: Function
    survival: Function
    quantile: Function
    tail: float = math.inf
    upper: float = math.inf


def _half_normal(spec: tuple[Any, ...], scale: float) -> TauPrior:
    constant = 0.5 * math.log(2 / math.pi) - math.log(scale)
    return TauPrior(
        spec,
        f"half-normal({scale:g}) on tau",
        lambda tau: constant - 0.5 * (tau / scale) ** 2,
        lambda tau: erf(tau / scale / math.sqrt(2)),
        lambda tau: erfc(tau / scale / math.sqrt(2)),
        lambda p: scale * math.sqrt(2) * erfinv(p),
    )


def _log_t(z: FloatArray, df: float) -> FloatArray:
    """Log density of Student's t."""
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * math.log(df * math.pi)
    return constant - (df + 1) / 2 * np.log1p(z**2 / df)


def _half_t(spec: tuple[Any, ...], df: float, scale: float) -> TauPrior:
    name = f"half-Cauchy({scale:g})" if spec[0] == "halfcauchy" else f"half-t({df:g} df, scale {scale:g})"
    return TauPrior(
        spec,
        f"{name} on tau",
        lambda tau: math.log(2 / scale) + _log_t(tau / scale, df),
        # The share of t between -x and x as a beta distribution keeps its digits near 0.
        lambda tau: betainc(0.5, df / 2, (tau / scale) ** 2 / (df + (tau / scale) ** 2)),
        lambda tau: 2 * stdtr(df, -tau / scale),
        lambda p: scale * np.sqrt(df * betaincinv(0.5, df / 2, p) / betaincinv(df / 2, 0.5, 1 - p)),
        tail=df,
    )


def _uniform(spec: tuple[Any, ...], upper: float) -> TauPrior:
    return TauPrior(
        spec,
        f"uniform(0, {upper:g}) on tau",
        lambda tau: np.full(np.shape(tau), -math.log(upper)),
        lambda tau: np.minimum(tau / upper, 1.0),
        lambda tau: 1 - np.minimum(tau / upper, 1.0),
        lambda p: upper * np.asarray(p),
        upper=upper,
    )


def _exponential(spec: tuple[Any, ...], scale: float) -> TauPrior:
    return TauPrior(
        spec,
        f"exponential(mean {scale:g}) on tau",
        lambda tau: -math.log(scale) - tau / scale,
        lambda tau: -np.expm1(-tau / scale),
        lambda tau: np.exp(-tau / scale),
        lambda p: -scale * np.log1p(-p),
    )


def _log_normal(spec: tuple[Any, ...], mean: float, sd: float, source: str = "") -> TauPrior:
    def z(tau: FloatArray) -> FloatArray:
        return (2 * np.log(tau) - mean) / sd

    constant = math.log(2 / sd) - 0.5 * math.log(2 * math.pi)
    return TauPrior(
        spec,
        f"log-normal({mean:g}, {sd:g}^2) on tau^2{source}",
        lambda tau: constant - np.log(tau) - 0.5 * z(tau) ** 2,
        lambda tau: ndtr(z(tau)),
        lambda tau: ndtr(-z(tau)),
        lambda p: np.exp((mean + sd * ndtri(p)) / 2),
    )


def _log_student(
    spec: tuple[Any, ...], location: float, scale: float, df: float, source: str = ""
) -> TauPrior:
    def z(tau: FloatArray) -> FloatArray:
        return (2 * np.log(tau) - location) / scale

    return TauPrior(
        spec,
        f"log-t({location:g}, {scale:g}^2, {df:g} df) on tau^2{source}",
        lambda tau: math.log(2 / scale) - np.log(tau) + _log_t(z(tau), df),
        lambda tau: stdtr(df, z(tau)),
        lambda tau: stdtr(df, -z(tau)),
        lambda p: np.exp((location + scale * stdtrit(df, p)) / 2),
        tail=0.0,
    )


# Name -> its parameters; those in _ANY_SIGN may be zero or negative.
_PARAMETERS = {
    "halfnormal": ("scale",),
    "halfcauchy": ("scale",),
    "halft": ("df", "scale"),
    "uniform": ("upper",),
    "exponential": ("scale",),
    "lognormal": ("mean", "sd"),
    "logt": ("location", "scale", "df"),
}
_ANY_SIGN = {"mean", "location"}
_BUILD: dict[str, Callable[..., TauPrior]] = {
    "halfnormal": _half_normal,
    "halfcauchy": lambda spec, scale: _half_t(spec, 1.0, scale),
    "halft": _half_t,
    "uniform": _uniform,
    "exponential": _exponential,
    "lognormal": _log_normal,
    "logt": _log_student,
}
NAMES = (*_PARAMETERS, "turner", "rhodes")


def tau_prior(spec: tuple[Any, ...]) -> TauPrior:
    """Make a prior distribution of tau from its name and parameters.

    Parameters
    ----------
    spec : tuple
        ("halfnormal", scale), ("halfcauchy", scale), ("halft", df, scale), ("uniform", upper),
        ("exponential", scale) with mean `scale`; ("lognormal", mean, sd) and ("logt", location, scale, df)
        are distributions of tau^2 by their logarithm. ("turner",) and ("turner", outcome, comparison) are the
        predictive distributions of Turner et al. 2015 for log odds ratios, ("rhodes",) and
        ("rhodes", outcome, comparison) those of Rhodes et al. 2015 for standardised mean differences (see
        `evidence.synthesis.empirical_priors`).

    Returns
    -------
    TauPrior

    Raises
    ------
    OptionError
        If there is no such prior, outcome or comparison.
    InputError
        If a parameter is missing, not a number, or not above 0 where it has to be.

    References
    ----------
    Gelman 2006, Bayesian Anal 1:515; Röver et al. 2021, Res Synth Methods 12:448.

    Examples
    --------
    >>> prior = tau_prior(("halfnormal", 0.5))
    >>> round(float(prior.quantile(0.5)), 4)
    0.3372
    >>> tau_prior(("rhodes",)).text
    'log-t(-3.44, 2.59^2, 5 df) on tau^2 (Rhodes et al. 2015, any outcome)'
    """
    if not isinstance(spec, (tuple, list)) or not spec:
        raise InputError(f"tau_prior={spec!r} must be a name with its parameters, as ('halfnormal', 0.5).")
    spec = tuple(spec)
    name = option("tau_prior", spec[0], NAMES)
    if name == "turner":
        mean, sd, setting = turner(*_setting(spec))
        return _log_normal(spec, mean, sd, source=f" (Turner et al. 2015, {setting})")
    if name == "rhodes":
        location, scale, df, setting = rhodes(*_setting(spec))
        return _log_student(spec, location, scale, df, source=f" (Rhodes et al. 2015, {setting})")
    return _BUILD[name](spec, *_numbers(spec, _PARAMETERS[name]))


def _setting(spec: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(spec) not in (1, 3):
        raise InputError(f"tau_prior={spec!r}: give ({spec[0]!r},) or ({spec[0]!r}, outcome, comparison).")
    return spec[1:]


def _numbers(spec: tuple[Any, ...], names: tuple[str, ...]) -> list[float]:
    if len(spec) != 1 + len(names):
        raise InputError(f"tau_prior={spec!r} must be ({spec[0]!r}, {', '.join(names)}).")
    values = []
    for name, value in zip(names, spec[1:], strict=True):
        if isinstance(value, (bool, str)) or not np.isscalar(value) or not np.isfinite(value):
            raise InputError(f"tau_prior={spec!r}: {name} must be a finite number, not {value!r}.")
        if value <= 0 and name not in _ANY_SIGN:
            raise InputError(f"tau_prior={spec!r}: {name} must be above 0, not {value!r}.")
        values.append(float(value))
    return values
