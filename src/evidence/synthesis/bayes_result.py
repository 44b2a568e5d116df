"""`Bayes`: the posterior of a random-effects meta-analysis and the questions it can answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize

from evidence.arguments import FloatArray, option
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.synthesis.result import Result, plain
from evidence.synthesis.tau_posterior import (
    NormalNormal,
    TauPosterior,
    integrate,
    mixture_cdf,
    mixture_density,
    mixture_quantile,
)
from evidence.synthesis.tau_priors import tau_prior as made_prior

Spec = tuple[Any, ...]
Interval = tuple[float, float]

SENSITIVITY = (
    ("halfnormal", 0.5),
    ("halfnormal", 1.0),
    ("halfcauchy", 0.5),
    ("exponential", 0.5),
    ("uniform", 4.0),
)
EMPIRICAL = {"OR": ("turner",), "SMD": ("rhodes",)}
QUANTITIES = ("mu", "prediction", "tau")


@dataclass(frozen=True, slots=True, eq=False)
class Bayes(Result):
    """Result of `evidence.synthesis.bayes.bayes`.

    Attributes
    ----------
    mu_mean, mu_median, mu_sd : float
        Posterior of the mean effect, on the analysis scale.
    mu_interval : tuple of float
        Equal-tailed credible interval.
    tau_mean, tau_median, tau_sd : float
        Posterior of the heterogeneity standard deviation; infinite where the posterior has no such moment.
    tau_interval : tuple of float
    prediction_interval : tuple of float
        Equal-tailed, for the true effect of a new study.
    shrinkage : DataFrame
        One row a study: label, yi, vi, and mean, sd, median, ci_low, ci_high of its true effect.
    log_marginal_likelihood : float
        With a flat prior of mu up to that prior's constant (density 1).
    k : int
    level : float
    tau_prior : tuple
    mu_prior : tuple of float or None
    measure, scale : str
    notes : tuple of str
    posterior : TauPosterior
        Nodes, weights and the conditional normals that all numbers come from.
    """

    mu_mean: float
    mu_median: float
    mu_sd: float
    mu_interval: Interval
    tau_mean: float
    tau_median: float
    tau_sd: float
    tau_interval: Interval
    prediction_interval: Interval
    shrinkage: pd.DataFrame = field(repr=False)
    log_marginal_likelihood: float
    k: int
    level: float
    tau_prior: Spec
    mu_prior: Interval | None
    measure: str
    scale: str
    notes: tuple[str, ...]
    posterior: TauPosterior = field(repr=False)

    def probability(self, *, below: float | None = None, above: float | None = None, of: str = "mu") -> float:
        """Return the posterior probability that a quantity lies below, above, or between two values.

        Parameters
        ----------
        below, above : float, optional
            One or both; with both, the probability of lying above `above` and below `below`.
        of : {"mu", "prediction", "tau"}
            The mean effect, the true effect of a new study, or the heterogeneity.

        Raises
        ------
        OptionError, InputError
            If `of` does not exist, no limit is given, or the limits leave nothing between them.

        Examples
        --------
        >>> from evidence.synthesis.bayes import bayes
        >>> result = bayes(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04])
        >>> round(result.probability(above=0), 3), round(result.probability(below=0, of="prediction"), 3)
        (0.955, 0.164)
        """
        option("of", of, QUANTITIES)
        if below is None and above is None:
            raise InputError("probability needs below, above, or both.")
        if below is not None and above is not None and not above < below:
            raise InputError(f"above={above!r} must be smaller than below={below!r}.")
        for name, value in (("below", below), ("above", above)):
            if value is not None and not np.isfinite(value):
                raise InputError(f"{name}={value!r} must be a finite number.")
        limits = np.array([value for value in (above, below) if value is not None], dtype=float)
        left = self._cdf(of, limits)
        if len(left) == 2:
            return float(left[1] - left[0])
        if below is not None:
            return float(left[0])
        # The upper tail on its own, which 1 - cdf would round away.
        return float(1 - left[0]) if of == "tau" else float(self._cdf(of, limits, mirrored=True)[0])

    def shortest(self, of: str = "mu") -> Interval:
        """Return the shortest interval of the result's level.

        Parameters
        ----------
        of : {"mu", "prediction", "tau"}

        Notes
        -----
        Found by its lower tail probability; its ends are right to about seven digits.

        Examples
        --------
        >>> from evidence.synthesis.bayes import bayes
        >>> result = bayes(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04])
        >>> [round(end, 3) for end in result.tau_interval], [round(end, 3) for end in result.shortest("tau")]
        ([0.263, 1.154], [0.221, 1.075])
        """
        option("of", of, QUANTITIES)
        outside = 1 - self.level

        def ends(low_tail: float) -> FloatArray:
            tails = np.array([low_tail, low_tail + self.level])
            return self._quantile(of, tails)

        margin = 1e-9 * outside
        found = optimize.minimize_scalar(
            lambda tail: float(np.diff(ends(tail))[0]),
            bounds=(margin, outside - margin),
            method="bounded",
            options={"xatol": 1e-10},
        )
        best = ends(found.x)
        if of == "tau":  # a posterior that falls from tau = 0 on
            high = self.posterior.tau_quantile(np.array([self.level]))[0]
            if high <= best[1] - best[0]:
                return 0.0, float(high)
        return float(best[0]), float(best[1])

    def bayes_factor(self, *, mu: float | None = None, tau: float | None = None) -> float:
        """Return the Bayes factor in favour of one value against the model as it stands.

        Parameters
        ----------
        mu, tau : float
            One of them: the mean effect, or the heterogeneity (0 is the common-effect model).

        Returns
        -------
        float
            Above 1: the data speak for the value; below 1: against it.

        Raises
        ------
        InputError
            If not exactly one value is given, tau is negative, or the prior of mu is flat (improper), which
            leaves marginal likelihoods without a constant.

        Notes
        -----
        For mu the ratio of posterior to prior density (Dickey 1971, Ann Math Stat 42:204), for tau the
        ratio of marginal likelihoods.

        Examples
        --------
        >>> from evidence.synthesis.bayes import bayes
        >>> result = bayes(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04])
        >>> round(result.bayes_factor(mu=0), 3), round(result.bayes_factor(tau=0), 6)
        (1.928, 0.000329)
        """
        if (mu is None) == (tau is None):
            raise InputError("bayes_factor needs either mu or tau.")
        if self.mu_prior is None:
            raise InputError(
                "bayes_factor needs a proper prior of mu; mu_prior=None is flat. Use (mean, sd)."
            )
        if mu is not None:
            if not np.isfinite(mu):
                raise InputError(f"mu={mu!r} must be a finite number.")
            mean, sd = self.mu_prior
            prior = math.exp(-0.5 * ((mu - mean) / sd) ** 2) / (sd * math.sqrt(2 * math.pi))
            post = self.posterior
            return float(mixture_density(np.array([mu]), post.weight, post.mean, post.sd)[0]) / prior
        if not np.isfinite(tau) or tau < 0:
            raise InputError(f"tau={tau!r} must be a number of 0 or more.")
        log_likelihood = self.posterior.model.given(np.array([float(tau)]))[0][0]
        return math.exp(log_likelihood - self.log_marginal_likelihood)

    def prior_sensitivity(
        self,
        tau_priors: Sequence[Spec] | None = None,
        *,
        mu_priors: Sequence[Interval | None] | None = None,
    ) -> pd.DataFrame:
        """Return the main results under several priors, the present one first.

        Parameters
        ----------
        tau_priors : sequence of tuple, optional
            As `tau_prior` of `bayes`; by default those of `SENSITIVITY`, and for odds ratios and standardised
            mean differences the empirical one of Cochrane reviews.
        mu_priors : sequence of (mean, sd) or None, optional
            By default the present one.

        Returns
        -------
        DataFrame
            One row a pair of priors.

        Examples
        --------
        >>> from evidence.synthesis.bayes import bayes
        >>> result = bayes(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04])
        >>> result.prior_sensitivity([("halfnormal", 1.0)])[["tau_prior", "mu_median", "tau_median"]].round(3)
                         tau_prior  mu_median  tau_median
        0  half-normal(0.5) on tau      0.656       0.572
        1    half-normal(1) on tau      0.654       0.753
        """
        given = SENSITIVITY if tau_priors is None else tuple(tau_priors)
        if tau_priors is None and self.measure in EMPIRICAL:
            given = (*given, EMPIRICAL[self.measure])
        pairs = [(self.tau_prior, self.mu_prior)]
        for mu in [self.mu_prior] if mu_priors is None else mu_priors:
            pairs += [(tuple(spec), mu) for spec in given if (tuple(spec), mu) not in pairs]
        return pd.DataFrame([self._row(spec, mu) for spec, mu in pairs])

    def _row(self, spec: Spec, mu_prior: Interval | None) -> dict[str, Any]:
        model = NormalNormal(self.posterior.model.y, self.posterior.model.v, checked_mu_prior(mu_prior))
        prior = made_prior(spec)
        found = numbers(integrate(model, prior), self.level)
        return {
            "tau_prior": prior.text,
            "mu_prior": mu_text(model.mu_prior),
            "mu_median": found["mu_median"],
            "mu_low": found["mu_interval"][0],
            "mu_high": found["mu_interval"][1],
            "pi_low": found["prediction_interval"][0],
            "pi_high": found["prediction_interval"][1],
            "tau_median": found["tau_median"],
            "tau_low": found["tau_interval"][0],
            "tau_high": found["tau_interval"][1],
            "log_marginal_likelihood": found["log_marginal_likelihood"],
        }

    def _cdf(self, of: str, x: FloatArray, *, mirrored: bool = False) -> FloatArray:
        if of == "tau":
            return self.posterior.tau_cdf(x)
        sign = -1.0 if mirrored else 1.0
        weight, mean, sd = mixture(self.posterior, of)
        return np.minimum(mixture_cdf(sign * x, weight, sign * mean, sd), 1.0)

    def _quantile(self, of: str, p: FloatArray) -> FloatArray:
        if of == "tau":
            return self.posterior.tau_quantile(p)
        return mixture_quantile(p, *mixture(self.posterior, of))

    def display(self) -> dict[str, float]:
        """Return median, credible and prediction interval on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        values = (self.mu_median, *self.mu_interval, *self.prediction_interval)
        return {name: float(back(np.asarray(value))) for name, value in zip(names, values, strict=True)}

    def summary(self) -> pd.DataFrame:
        """Return mean effect, new study and heterogeneity, one row each."""
        prediction = float(self._quantile("prediction", np.array([0.5]))[0])
        rows = [
            ("mu", self.mu_mean, self.mu_median, self.mu_sd, *self.mu_interval),
            ("new study", self.mu_mean, prediction, self._new_sd(), *self.prediction_interval),
            ("tau", self.tau_mean, self.tau_median, self.tau_sd, *self.tau_interval),
        ]
        return pd.DataFrame(rows, columns=["quantity", "mean", "median", "sd", "ci_low", "ci_high"])

    def _new_sd(self) -> float:
        return math.sqrt(self.mu_sd**2 + self.posterior.tau_moments[1])

    def method_text(self) -> str:
        """Return the sentence a methods section needs."""
        return (
            f"Bayesian random-effects meta-analysis of {self.k} studies in the normal-normal model; priors"
            f" {self.posterior.prior.text} and {mu_text(self.mu_prior)} on the mean; numerical integration"
            f" over tau, no sampling (Röver 2020); {100 * self.level:g} % equal-tailed credible and"
            " prediction intervals."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return every number in types that JSON can hold; the integration nodes are left out."""
        names = [name for name in self.__dataclass_fields__ if name != "posterior"]
        return {name: plain(getattr(self, name)) for name in names}


def checked_mu_prior(mu_prior: Interval | None) -> Interval | None:
    if mu_prior is None:
        return None
    if not isinstance(mu_prior, (tuple, list)) or len(mu_prior) != 2:
        raise InputError(
            f"mu_prior={mu_prior!r} must be (mean, sd) of a normal distribution, or None for flat."
        )
    for name, value in zip(("mean", "sd"), mu_prior, strict=True):
        if isinstance(value, (bool, str)) or not np.isscalar(value) or not np.isfinite(value):
            raise InputError(f"mu_prior={mu_prior!r}: {name} must be a finite number, not {value!r}.")
    if mu_prior[1] <= 0:
        raise InputError(f"mu_prior={mu_prior!r}: sd must be above 0.")
    return float(mu_prior[0]), float(mu_prior[1])


def mu_text(mu_prior: Interval | None) -> str:
    return "flat (improper)" if mu_prior is None else f"normal({mu_prior[0]:g}, {mu_prior[1]:g}^2)"


def mixture(posterior: TauPosterior, of: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and standard deviations of the normals that make up mu or a new study's effect."""
    sd = posterior.sd if of == "mu" else np.hypot(posterior.sd, posterior.tau)
    return posterior.weight, posterior.mean, sd


def numbers(posterior: TauPosterior, level: float) -> dict[str, Any]:
    """Every number of the result but the table of studies, by name."""
    tails = np.array([(1 - level) / 2, 0.5, (1 + level) / 2])
    weight, mean, sd = mixture(posterior, "mu")
    low, mu_median, high = mixture_quantile(tails, weight, mean, sd).tolist()
    pi_low, pi_high = mixture_quantile(tails[[0, 2]], *mixture(posterior, "prediction")).tolist()
    tau_low, tau_median, tau_high = posterior.tau_quantile(tails).tolist()
    mu_mean = float(weight @ mean)
    variance = float(weight @ (sd**2 + (mean - mu_mean) ** 2))
    tau_mean, tau_square = posterior.tau_moments
    beyond = tau_square - float(weight @ posterior.tau**2)  # what lies beyond the nodes, under heavy tails
    if posterior.model.mu_prior is None:
        variance += beyond / posterior.model.y.size
    finite = math.isfinite(tau_square)
    spread = float(weight @ (posterior.tau - tau_mean) ** 2) + beyond if finite else math.inf
    return {
        "mu_mean": mu_mean,
        "mu_median": mu_median,
        "mu_sd": math.sqrt(variance),
        "mu_interval": (low, high),
        "tau_mean": tau_mean,
        "tau_median": tau_median,
        "tau_sd": math.sqrt(spread),
        "tau_interval": (tau_low, tau_high),
        "prediction_interval": (pi_low, pi_high),
        "log_marginal_likelihood": posterior.log_marginal,
    }
