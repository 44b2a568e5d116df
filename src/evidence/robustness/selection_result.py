"""`SelectionModel`: a pooled mean adjusted for selective reporting, beside the one that is not."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, vector
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.robustness.reported import p_values
from evidence.robustness.selection_weights import weight_terms
from evidence.robustness.selection_words import interval_names, method_sentence
from evidence.synthesis.inference import quantile
from evidence.synthesis.result import Result

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class SelectionModel(Result):
    """Result of `evidence.robustness.selection.selection_model`.

    Attributes
    ----------
    estimate, se, statistic, p, ci_low, ci_high : float
        Mean effect of all studies, reported or not, on the analysis scale, with its test by the normal
        distribution.
    tau2, tau2_se : float
        Between-study variance; no standard error where it is held or 0.
    tau2_ci : tuple of float
    tau2_lrt, tau2_lrt_p : float
        Likelihood-ratio test of tau2 = 0, chi-square with 1 degree of freedom.
    delta, delta_se : array, shape (m,)
        Parameters of the weight function. Step: relative probability of being reported in each interval of p,
        1 in the first. Beta: both shapes. Half-normal: the rate.
    delta_ci : array, shape (m, 2)
    ll, unadjusted_ll : float
        Log-likelihood with and without selection.
    lrt, lrt_p : float
    lrt_df : int
        Likelihood-ratio test of the weight function against equal weights; no p value where it is given.
    unadjusted, unadjusted_ci, unadjusted_tau2 : float, tuple of float, float
        The same model without selection.
    counts : tuple of int
        Number of studies in each interval of p; empty but for a step function.
    covariance : array, shape (2 + m, 2 + m)
        Of (estimate, tau2, delta); NaN for what is held.
    kind, alternative, method, interval, steps, level : str, tuple or float
        The choices as they were carried out.
    k : int
    notes : tuple of str
    scale, measure : str
    labels : tuple of str
    yi, vi : array, shape (k,)
    """

    estimate: float
    se: float
    statistic: float
    p: float
    ci_low: float
    ci_high: float
    tau2: float
    tau2_se: float
    tau2_ci: Bounds
    tau2_lrt: float
    tau2_lrt_p: float
    delta: FloatArray
    delta_se: FloatArray
    delta_ci: FloatArray
    ll: float
    unadjusted_ll: float
    lrt: float
    lrt_df: int
    lrt_p: float
    unadjusted: float
    unadjusted_ci: Bounds
    unadjusted_tau2: float
    counts: tuple[int, ...]
    covariance: FloatArray = field(repr=False)
    kind: str
    alternative: str
    method: str
    interval: str
    steps: tuple[float, ...]
    level: float
    k: int
    notes: tuple[str, ...]
    scale: str
    measure: str
    labels: tuple[str, ...] = field(repr=False)
    yi: FloatArray = field(repr=False)
    vi: FloatArray = field(repr=False)

    @property
    def two_sided(self) -> bool:
        """True if p values are those of two-sided tests."""
        return self.alternative == "two-sided"

    @property
    def fixed(self) -> bool:
        """True if the weights were given, not estimated."""
        return self.lrt_df == 0

    def delta_names(self) -> tuple[str, ...]:
        """Return what each weight parameter is called."""
        if self.kind == "step":
            return tuple(f"weight, {name}" for name in interval_names(self.steps))
        return ("delta 1", "delta 2") if self.kind == "beta" else ("delta",)

    def summary(self) -> pd.DataFrame:
        """Return one row a quantity: term, estimate, se, ci_low, ci_high, statistic, df, p."""
        nan = math.nan
        half = float(quantile(math.inf, self.level))
        plain_se = (self.unadjusted_ci[1] - self.unadjusted_ci[0]) / (2 * half)
        plain_z = self.unadjusted / plain_se
        plain_p = math.erfc(abs(plain_z) / math.sqrt(2))
        own = (self.estimate, self.se, self.ci_low, self.ci_high, self.statistic, math.inf, self.p)
        plain = (self.unadjusted, plain_se, *self.unadjusted_ci, plain_z, math.inf, plain_p)
        rows = [
            ("adjusted for selection", *own),
            ("unadjusted", *plain),
            ("tau2", self.tau2, self.tau2_se, *self.tau2_ci, self.tau2_lrt, 1.0, self.tau2_lrt_p),
        ]
        for name, value, se, ci in zip(
            self.delta_names(), self.delta, self.delta_se, self.delta_ci, strict=True
        ):
            rows.append((name, float(value), float(se), float(ci[0]), float(ci[1]), nan, nan, nan))
        rows.append(("selection", nan, nan, nan, nan, self.lrt, float(self.lrt_df), self.lrt_p))
        columns = ["term", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p"]
        return pd.DataFrame(rows, columns=columns)

    def weights(self, p: ArrayLike) -> pd.DataFrame:
        """Return the weight function at p values, with its interval: p, weight, ci_low, ci_high.

        A weight is the probability of being reported relative to that of a study in the first interval
        (step), with p near 0 (half-normal), or with p of 0.025, 0.05 for two-sided tests (beta).

        Parameters
        ----------
        p : array, shape (n,)
            Between 0 and 1, as of the alternative of the model.

        Raises
        ------
        InputError
            If a value lies outside.
        """
        at = vector("p", p)
        if at.size and not (at.min() >= 0 and at.max() <= 1):
            raise InputError(f"p holds {at.min():g} to {at.max():g}; p values lie between 0 and 1.")
        if self.kind == "step":
            place = np.searchsorted(np.array(self.steps), at, side="left")
            low, high = self.delta_ci[place].T
            return pd.DataFrame({"p": at, "weight": self.delta[place], "ci_low": low, "ci_high": high})
        offset, features = weight_terms(self.kind, (), at)
        if self.kind == "beta":
            reference = weight_terms("beta", (), np.array([0.05 if self.two_sided else 0.025]))
            offset, features = offset - reference[0], features - reference[1]
        log_weight = offset + features @ self.delta
        spread = np.einsum("nd,de,ne->n", features, self.covariance[2:, 2:], features)
        half = float(quantile(math.inf, self.level)) * np.sqrt(np.maximum(spread, 0))
        with np.errstate(over="ignore"):
            ends = (np.exp(log_weight - half), np.exp(log_weight + half))
        return pd.DataFrame({"p": at, "weight": np.exp(log_weight), "ci_low": ends[0], "ci_high": ends[1]})

    def studies(self) -> pd.DataFrame:
        """Return one row a study: label, yi, vi, p, and its relative probability of being reported."""
        p = p_values(self.yi, self.vi, self.alternative)
        weight = self.weights(p)["weight"]
        columns = {"label": self.labels, "yi": self.yi, "vi": self.vi, "p": p, "weight": weight}
        return pd.DataFrame(columns)

    def display(self) -> dict[str, float]:
        """Return estimates and intervals on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        values = {
            "estimate": self.estimate,
            "ci_low": self.ci_low,
            "ci_high": self.ci_high,
            "unadjusted": self.unadjusted,
            "unadjusted_ci_low": self.unadjusted_ci[0],
            "unadjusted_ci_high": self.unadjusted_ci[1],
        }
        return {name: float(back(value)) for name, value in values.items()}

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return method_sentence(
            k=self.k,
            kind=self.kind,
            steps=self.steps,
            alternative=self.alternative,
            method=self.method,
            fixed=self.delta if self.fixed else None,
            interval=self.interval,
            level=self.level,
        )
