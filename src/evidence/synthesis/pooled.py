"""`Pooled`: one pooled estimate with its uncertainty, its heterogeneity and every choice behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.synthesis.inference import quantile
from evidence.synthesis.pool_words import method_sentence
from evidence.synthesis.result import Result

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Pooled(Result):
    """Result of `evidence.synthesis.pool.pool`.

    Attributes
    ----------
    estimate, se, statistic, df, p : float
        Pooled mean on the analysis scale with its test; `df` is infinite for the normal distribution.
    ci_low, ci_high, pi_low, pi_high : float
        Confidence and prediction interval; the latter NaN where there is none.
    tau2, tau2_se : float
        Between-study variance.
    tau2_ci, i2_ci, h2_ci : tuple of float
        Interval of tau2 (see `tau2_interval`), and I2 and H2 at its ends.
    i2, h2 : float
        Share of variance between studies in percent, and total over sampling variance, from tau2 (Higgins and
        Thompson 2002, Stat Med 21:1539, with their typical sampling variance); from Q for method "EE".
    i2_q : float
        I2 from Q, in percent.
    q, q_df, q_p : float
        Cochran's Q with its test of homogeneity.
    k : int
        Number of studies pooled.
    weights : array, shape (k,)
        In percent.
    common_estimate, common_ci : float, tuple of float
        The common-effect estimate and its normal-theory interval, to be shown beside.
    method, test, level, prediction, tau2_interval : str or float
        The choices as they were carried out; "none" where an interval was not made.
    notes : tuple of str
        What a reader should know of this fit: tau2 at its boundary, an interval that could not be had.
    scale : str
        Scale of the estimate: "identity", "log", "logit" or "arcsine".
    yi, vi : array, shape (k,)
        What was pooled.
    source : Effects or None
        What was given; see `effects`.
    """

    estimate: float
    se: float
    statistic: float
    df: float
    p: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    tau2: float
    tau2_se: float
    tau2_ci: Bounds
    i2: float
    i2_ci: Bounds
    i2_q: float
    h2: float
    h2_ci: Bounds
    q: float
    q_df: int
    q_p: float
    k: int
    weights: FloatArray = field(repr=False)
    common_estimate: float
    common_ci: Bounds
    method: str
    test: str
    level: float
    prediction: str
    tau2_interval: str
    notes: tuple[str, ...]
    scale: str
    yi: FloatArray = field(repr=False)
    vi: FloatArray = field(repr=False)
    source: Effects | None = field(repr=False)

    @property
    def effects(self) -> Effects:
        """The effect sizes, those left out included."""
        if self.source is not None:
            return self.source
        return Effects(pd.DataFrame({"yi": self.yi, "vi": self.vi}))

    def summary(self) -> pd.DataFrame:
        """Return one row a quantity: term, estimate, se, ci_low, ci_high, statistic, df, p.

        The interval of the row "prediction" is the prediction interval. Estimates stand on the analysis
        scale; see `display` for the reader's.
        """
        nan = math.nan
        critical = float(quantile(math.inf, self.level))
        common_se = (self.common_ci[1] - self.common_ci[0]) / (2 * critical)
        common_z = self.common_estimate / common_se
        common_p = math.erfc(abs(common_z) / math.sqrt(2))
        rows = [
            ("pooled", self.estimate, self.se, self.ci_low, self.ci_high, self.statistic, self.df, self.p),
            ("prediction", self.estimate, nan, self.pi_low, self.pi_high, nan, nan, nan),
            ("common effect", self.common_estimate, common_se, *self.common_ci, common_z, math.inf, common_p),
            ("tau2", self.tau2, self.tau2_se, *self.tau2_ci, nan, nan, nan),
            ("tau", *np.sqrt([self.tau2]).tolist(), nan, *np.sqrt(self.tau2_ci).tolist(), nan, nan, nan),
            ("I2 (tau2-based, %)", self.i2, nan, *self.i2_ci, nan, nan, nan),
            ("I2 (Q-based, %)", self.i2_q, nan, nan, nan, nan, nan, nan),
            ("H2", self.h2, nan, *self.h2_ci, nan, nan, nan),
            ("Q", self.q, nan, nan, nan, self.q, float(self.q_df), self.q_p),
        ]
        columns = ["term", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p"]
        return pd.DataFrame(rows, columns=columns)

    def studies(self) -> pd.DataFrame:
        """Return one row a study: label, yi, vi, ci_low, ci_high, weight, included, reason.

        Those left out are there too. Intervals are Wald's at the level of the result; weights are percent.
        """
        table = self.effects.table
        used = table["included"].to_numpy()
        half = float(quantile(math.inf, self.level)) * np.sqrt(table["vi"].where(table["vi"] > 0))
        weight = np.full(len(table), np.nan)
        weight[used] = self.weights
        return pd.DataFrame(
            {
                "label": table["label"],
                "yi": table["yi"],
                "vi": table["vi"],
                "ci_low": table["yi"] - half,
                "ci_high": table["yi"] + half,
                "weight": weight,
                "included": used,
                "reason": table["reason"],
            }
        )

    def display(self) -> dict[str, float]:
        """Return estimate, ci_low, ci_high, pi_low, pi_high on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        return {name: float(back(getattr(self, name))) for name in names}

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return method_sentence(
            k=self.k,
            method=self.method,
            test=self.test,
            level=self.level,
            prediction=self.prediction,
            tau2_interval=self.tau2_interval,
        )
