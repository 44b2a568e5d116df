"""Bayesian random-effects meta-analysis: the normal-normal model, integrated rather than sampled."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import ScaleWarning
from evidence.synthesis.bayes_result import Bayes, Interval, Spec, checked_mu_prior, numbers
from evidence.synthesis.study_input import Studies, studies
from evidence.synthesis.tau_posterior import NormalNormal, TauPosterior, integrate, mixture_quantile
from evidence.synthesis.tau_priors import tau_prior as made_prior

FEW = 5
CONFLICT = 0.999  # quantile of the prior of tau that a posterior median should not exceed
FAR = 4.0  # prior standard deviations of mu, likewise


def bayes(
    effects: Effects | pd.DataFrame | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    tau_prior: Spec = ("halfnormal", 0.5),
    mu_prior: Interval | None = (0, 4),
    level: float = 0.95,
) -> Bayes:
    """Pool effect sizes by Bayes' rule in the normal-normal random-effects model.

    Parameters
    ----------
    effects : Effects or DataFrame, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    tau_prior : tuple
        Name and parameters of the prior of the heterogeneity standard deviation: ("halfnormal", scale),
        ("halfcauchy", scale), ("halft", df, scale), ("uniform", upper), ("exponential", scale),
        ("lognormal", mean, sd) or ("logt", location, scale, df) of tau^2, or the empirical ("turner", ...)
        and ("rhodes", ...); see `evidence.synthesis.tau_priors.tau_prior`. The default suits log ratios and
        standardised mean differences (Röver et al. 2021, Res Synth Methods 12:448).
    mu_prior : tuple of float or None
        Mean and standard deviation of a normal prior of the mean effect; None is the improper flat prior.
    level : float
        Of all intervals.

    Returns
    -------
    Bayes

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two studies.
    OptionError, InputError
        If a prior does not exist or its parameters make no sense, values are missing, or a variance is not
        above 0.

    Warns
    -----
    ScaleWarning
        If the data lie where a prior has next to no probability, as happens to the default on other scales.

    Notes
    -----
    Deterministic: given tau the mean is normal, and the one integral over tau is done by adaptive
    Gauss-Legendre panels in log tau to about 13 digits.

    References
    ----------
    Röver 2020, J Stat Softw 93(6):1; Gelman et al. 2013, Bayesian Data Analysis, section 5.4; Higgins,
    Thompson and Spiegelhalter 2009, J R Stat Soc A 172:137.

    Examples
    --------
    >>> result = bayes(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04])
    >>> round(result.mu_median, 3), [round(end, 3) for end in result.mu_interval]
    (0.656, [-0.138, 1.446])
    >>> [round(end, 3) for end in result.prediction_interval]
    [-0.896, 2.204]
    """
    level = checked_level(level)
    given = studies(
        "bayes", effects, yi, vi, least=2, instead="One study says nothing of tau: show the study itself."
    )
    prior = made_prior(tau_prior)
    model = NormalNormal(given.y, given.v, checked_mu_prior(mu_prior))
    posterior = integrate(model, prior)
    result = Bayes(
        **numbers(posterior, level),
        shrinkage=_shrinkage(given, posterior, level),
        k=given.y.size,
        level=level,
        tau_prior=prior.spec,
        mu_prior=model.mu_prior,
        measure=given.measure,
        scale=given.scale,
        notes=_notes(posterior, given.y.size),
        posterior=posterior,
    )
    _warn_of_conflict(result)
    return result


def _shrinkage(given: Studies, posterior: TauPosterior, level: float) -> pd.DataFrame:
    """Posterior of every study's own true effect (Gelman et al. 2013, equation 5.17)."""
    v = given.v[:, None]
    share = posterior.tau**2 / (v + posterior.tau**2)
    mean = share * given.y[:, None] + (1 - share) * posterior.mean
    sd = np.sqrt(share * v + ((1 - share) * posterior.sd) ** 2)
    average = mean @ posterior.weight
    variance = (sd**2 + (mean - average[:, None]) ** 2) @ posterior.weight
    tails = np.array([0.5, (1 - level) / 2, (1 + level) / 2])
    p, rows = np.tile(tails, given.y.size), np.repeat(np.arange(given.y.size), tails.size)
    median, low, high = mixture_quantile(p, posterior.weight, mean[rows], sd[rows]).reshape(-1, 3).T
    return pd.DataFrame(
        {
            "label": given.labels,
            "yi": given.y,
            "vi": given.v,
            "mean": average,
            "sd": np.sqrt(variance),
            "median": median,
            "ci_low": low,
            "ci_high": high,
        }
    )


def _notes(posterior: TauPosterior, k: int) -> tuple[str, ...]:
    notes = []
    if k < FEW:
        notes.append(
            f"{k} studies say little of tau, so that its prior weighs heavily: see prior_sensitivity()."
        )
    if not np.isfinite(posterior.tau_moments[1]):
        notes.append("the posterior of tau has tails too heavy for a standard deviation, shown as infinite")
    return tuple(notes)


def _warn_of_conflict(result: Bayes) -> None:
    """Warn if the data lie where a prior has next to no probability."""
    prior = result.posterior.prior
    limit = float(prior.quantile(np.array(CONFLICT)))
    if result.tau_median > limit and np.isinf(prior.upper):
        warnings.warn(
            f"The posterior median of tau is {result.tau_median:.3g}, beyond {100 * CONFLICT:g} % of its"
            f" prior ({prior.text}, {limit:.3g}): choose a prior on the scale of yi.",
            ScaleWarning,
            stacklevel=3,
        )
    if result.mu_prior is not None:
        mean, sd = result.mu_prior
        if abs(result.mu_median - mean) > FAR * sd:
            warnings.warn(
                f"The posterior median of mu is {result.mu_median:.3g}, more than {FAR:g} standard deviations"
                f" from the mean of its prior ({mean:g}, {sd:g}): choose a prior on the scale of yi.",
                ScaleWarning,
                stacklevel=3,
            )
