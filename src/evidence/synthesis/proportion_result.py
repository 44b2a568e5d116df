"""The result of pooling proportions of single groups."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evidence.synthesis.binomial_bayes import MU_SD, TAU_SCALE
from evidence.synthesis.result import Result

SCALES = {"PLO": "logit", "PAS": "arcsine", "PFT": "arcsine", "PR": "identity", "PLN": "log"}
NAMES = {
    "PLO": "log odds",
    "PAS": "arcsine square root",
    "PFT": "Freeman-Tukey double arcsine",
    "PR": "raw proportion",
    "PLN": "log proportion",
}
GLMM, EXACT, BAYES = "GLMM", "exact (summed counts)", "Bayesian binomial-normal"
PRIMARY_TEXTS = {
    GLMM: (
        "Proportions were pooled with a binomial-normal generalised linear mixed model on the logit scale"
        " (maximum likelihood, quadrature, no continuity correction)."
    ),
    EXACT: "The proportion of the summed counts is shown with its exact (Clopper-Pearson) interval.",
    BAYES: (
        "Events being rare by the stated rule, proportions were pooled with a Bayesian binomial-normal model"
        f" on the logit scale, priors half-normal({TAU_SCALE:g}) for tau and normal(0, {MU_SD:g}) for the"
        " logit of the median proportion, by numerical integration."
    ),
}


@dataclass(frozen=True, slots=True, repr=False)
class Proportion(Result):
    """A pooled proportion on its analysis scale and as a proportion.

    Attributes
    ----------
    measure, method, test, scale : str
        As asked for; `scale` is that of `estimate` and its intervals.
    primary : str
        Row of `alternatives` that `estimate` and all intervals come from.
    rare : bool
        Fewer than ten events, or fewer than ten people without, in total; or no event (or only events)
        in half of the groups or more.
    estimate, se, statistic, p, ci_low, ci_high, pi_low, pi_high : float
        On the analysis scale; the test is that of a proportion of one half (logit) or of zero on the scale.
    tau2, tau2_se : float
    tau2_ci : tuple of float
    i2, h2, q, q_df, q_p : float
        With the GLMM, Q is the likelihood-ratio test of one proportion for all, and I2 is not defined.
    proportion, proportion_low, proportion_high, proportion_pi_low, proportion_pi_high : float
    k, events, total : int
    alternatives : DataFrame
        One row a method: method, proportion, low, high, primary, assumes.
    studies : DataFrame
        One row a group: label, xi, ni, proportion and its Clopper-Pearson interval (low, high), weight.
    level : float
    notes : tuple of str
        What a reader must know: the rule that chose the primary interval, and what the numbers assume.
    """

    measure: str
    method: str
    test: str
    primary: str
    rare: bool
    level: float
    k: int
    events: int
    total: int
    proportion: float
    proportion_low: float
    proportion_high: float
    proportion_pi_low: float
    proportion_pi_high: float
    estimate: float
    se: float
    statistic: float
    p: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    tau2: float
    tau2_se: float
    tau2_ci: tuple[float, float]
    i2: float
    h2: float
    q: float
    q_df: float
    q_p: float
    alternatives: pd.DataFrame
    studies: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def scale(self) -> str:
        """Scale of `estimate`: logit, arcsine, log or identity."""
        return SCALES[self.measure]

    def summary(self) -> pd.DataFrame:
        """Return the primary result on the scale of proportions in one row."""
        return pd.DataFrame(
            {
                "method": [self.primary],
                "proportion": [self.proportion],
                "ci_low": [self.proportion_low],
                "ci_high": [self.proportion_high],
                "pi_low": [self.proportion_pi_low],
                "pi_high": [self.proportion_pi_high],
                "tau2": [self.tau2],
                "k": [self.k],
                "events": [self.events],
                "total": [self.total],
            }
        )

    def method_text(self) -> str:
        """Return the sentence a methods section needs."""
        level = f"Intervals have a level of {100 * self.level:g} %."
        if self.method not in ("GLMM", "exact"):
            return (
                f"Proportions were pooled by inverse variance on the {NAMES[self.measure]} scale (tau2 by"
                f" {self.method}, {self.test} interval) and transformed back. {level}"
            )
        return f"{PRIMARY_TEXTS[self.primary]} {level}"

    def __repr__(self) -> str:
        return (
            f"Proportion({self.events}/{self.total} in {self.k} groups, {self.primary}: {self.proportion:.4f}"
            f" [{self.proportion_low:.4f}, {self.proportion_high:.4f}])"
        )
