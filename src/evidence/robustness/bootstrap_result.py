"""`Bootstrap`: bootstrap draws of a pooled mean, tau2 and I2, with every interval they give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.robustness.bootstrap_intervals import (
    INTERVALS,
    Bounds,
    accelerated,
    basic,
    percentile,
    studentised,
)
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.result import Result

TERMS = {"estimate": "estimate", "tau2": "tau2", "i2": "I2 (%)"}
_LIMITS = {"estimate": (-np.inf, np.inf), "tau2": (0.0, np.inf), "i2": (0.0, 100.0)}
_WORDS = {
    "percentile": "percentile intervals",
    "basic": "basic intervals",
    "bca": "bias-corrected and accelerated intervals (Efron 1987)",
    "t": "bootstrap-t interval of the mean",
}


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap(Result):
    """Result of `evidence.robustness.bootstrap.bootstrap`.

    Attributes
    ----------
    estimate, tau2, i2 : float
        As observed, on the analysis scale; I2 in percent.
    estimate_ci, tau2_ci, i2_ci : tuple of float
        Intervals of the kind `interval`; NaN where it is not defined.
    draws : dict of array, shape (n,)
        Of "estimate", "tau2", "i2" and "se", the standard error of the mean.
    left_out : dict of array, shape (clusters,)
        The three without each cluster in turn; empty for the parametric bootstrap.
    se : float
        Standard error of the mean as observed.
    k, clusters : int
        Number of rows, and of what was resampled (rows of the parametric bootstrap).
    kind, interval, method, test, level, seed
        The choices as they were carried out.
    notes : tuple of str
        What a reader should know.
    """

    estimate: float
    tau2: float
    i2: float
    estimate_ci: Bounds
    tau2_ci: Bounds
    i2_ci: Bounds
    draws: dict[str, FloatArray] = field(repr=False)
    left_out: dict[str, FloatArray] = field(repr=False)
    se: float
    k: int
    clusters: int
    kind: str
    interval: str
    method: str
    test: str
    level: float
    seed: int
    notes: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of draws."""
        return self.draws["estimate"].size

    def ci(self, term: str, kind: str | None = None, level: float | None = None) -> Bounds:
        """Return an interval of "estimate", "tau2" or "i2", by default of the result's kind and level.

        Intervals of tau2 and I2 are cut off at what they may be. Not defined, and NaN, are "bca" for the
        parametric bootstrap and "t" for tau2 and I2.

        Raises
        ------
        OptionError
            If there is no such term or kind.
        """
        option("term", term, TERMS)
        kind = option("kind", self.interval if kind is None else kind, INTERVALS)
        level = self.level if level is None else checked_level(level)
        draws, observed = self.draws[term], getattr(self, term)
        found: Any = (np.nan, np.nan)
        if kind == "percentile":
            found = percentile(draws, level)
        elif kind == "basic":
            found = basic(draws, observed, level)
        elif kind == "bca" and self.left_out:
            found = accelerated(draws, observed, self.left_out[term], level)
        elif kind == "t" and term == "estimate":
            found = studentised(draws, self.draws["se"], observed, self.se, level)
        low, high = np.clip(found, *_LIMITS[term])
        return float(low), float(high)

    def intervals(self) -> pd.DataFrame:
        """Return every interval that is defined: columns term, interval, ci_low, ci_high."""
        rows = [(TERMS[term], kind, *self.ci(term, kind)) for term in TERMS for kind in INTERVALS]
        table = pd.DataFrame(rows, columns=["term", "interval", "ci_low", "ci_high"])
        return table.dropna().reset_index(drop=True)

    def summary(self) -> pd.DataFrame:
        """Return one row a quantity: term, estimate, bias, se, ci_low, ci_high.

        Bias is the mean of the draws less the estimate, `se` their standard deviation.
        """
        rows = []
        for term, words in TERMS.items():
            draws, observed = self.draws[term], getattr(self, term)
            rows.append(
                (words, observed, float(draws.mean()) - observed, float(draws.std(ddof=1)), *self.ci(term))
            )
        return pd.DataFrame(rows, columns=["term", "estimate", "bias", "se", "ci_low", "ci_high"])

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        if self.kind == "parametric":
            model = "common-effect" if self.method == "EE" else "random-effects"
            how = f"Parametric bootstrap ({self.n:,} draws from the {model} model, seed {self.seed})"
        else:
            studies = f"{self.clusters} studies"
            if self.clusters < self.k:
                studies = f"{self.clusters} clusters, each with all of its rows ({self.k} in all)"
            how = f"Nonparametric bootstrap ({self.n:,} resamples of {studies}, seed {self.seed})"
        tau2 = "a common effect" if self.method == "EE" else f"tau2 by {TAU2_WORDS[self.method]}"
        return f"{how}; {tau2}; {100 * self.level:g} % {_WORDS[self.interval]}."
