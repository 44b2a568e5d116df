"""`MetaRegression`: how effects change with study characteristics, and what the regression predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.synthesis.design_matrix import Design, unknown_names
from evidence.synthesis.inference import quantile
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.result import Result

PREDICTIONS = ("HTS", "test")
PER_MODERATOR = 10  # studies each moderator needs: Cochrane Handbook 10.11.5.1

_TEST_WORDS = {
    "z": "normal distributions (Wald)",
    "t": "t and F distributions with {df} residual degrees of freedom and Wald standard errors",
    "knha": "the Hartung-Knapp method ({df} degrees of freedom)",
    "adhoc": "the Hartung-Knapp method, never narrower than Wald (ad hoc rule, {df} degrees of freedom)",
}


@dataclass(frozen=True, slots=True, eq=False)
class MetaRegression(Result):
    """Result of `evidence.synthesis.regression.metareg`.

    Attributes
    ----------
    terms : tuple of str
        Names of the coefficients: "intercept", "year", "design[single_arm]".
    beta, se, statistic, p, ci_low, ci_high : array, shape (p,)
        Coefficients on the analysis scale, with their tests.
    covariance : array, shape (p, p)
        Of the coefficients.
    df : float
        Of the tests of coefficients: k - p, infinite for the normal distribution.
    tau2, tau2_se : float
        Residual between-study variance.
    tau2_without : float
        Between-study variance of the model without moderators, by the same method.
    i2, h2 : float
        Share of the unexplained variance that lies between studies (percent), and total over sampling
        variance, from tau2 (from Q for method "EE").
    r2 : float
        Share of the between-study variance that the moderators account for, percent, at least 0; NaN where
        there is none to account for.
    qm, qm_df, qm_p : float
        Omnibus test of all coefficients but the intercept: chi-squared for "z", else F with `qm_df` and `df`
        degrees of freedom.
    qe, qe_df, qe_p : float
        Test of residual heterogeneity.
    k : int
        Number of studies.
    weights : array, shape (k,)
        In percent.
    method, test, level : str or float
        The choices.
    notes : tuple of str
        What a reader should know of this fit: studies left out, few studies, tau2 at its boundary.
    design : Design
        Moderators and design matrix.
    source : Effects
        What was given. The studies of this fit are included in it, others are not and say why; the moderators
        are columns of its table.
    """

    terms: tuple[str, ...]
    beta: FloatArray
    se: FloatArray
    statistic: FloatArray
    p: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    covariance: FloatArray = field(repr=False)
    df: float
    tau2: float
    tau2_se: float
    tau2_without: float
    i2: float
    h2: float
    r2: float
    qm: float
    qm_df: int
    qm_p: float
    qe: float
    qe_df: int
    qe_p: float
    k: int
    weights: FloatArray = field(repr=False)
    method: str
    test: str
    level: float
    notes: tuple[str, ...]
    design: Design = field(repr=False)
    source: Effects = field(repr=False)

    @property
    def effects(self) -> Effects:
        """The effect sizes, those left out included."""
        return self.source

    @property
    def scale(self) -> str:
        """Scale of the effects: "identity", "log", "logit" or "arcsine"."""
        return self.source.scale

    @property
    def exploratory(self) -> bool:
        """True with fewer than ten studies a moderator."""
        return self.k < PER_MODERATOR * len(self.design.moderators)

    def summary(self) -> pd.DataFrame:
        """Return one row a coefficient: term, estimate, se, ci_low, ci_high, statistic, df, p."""
        return pd.DataFrame(
            {
                "term": self.terms,
                "estimate": self.beta,
                "se": self.se,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
                "statistic": self.statistic,
                "df": self.df,
                "p": self.p,
            }
        )

    def heterogeneity(self) -> pd.DataFrame:
        """Return one row a quantity: tau2, R2, I2, H2, QM and QE with df and p where they have them."""
        nan = np.nan
        rows = [
            ("tau2", self.tau2, nan, nan),
            ("R2 (%)", self.r2, nan, nan),
            ("I2 (%)", self.i2, nan, nan),
            ("H2", self.h2, nan, nan),
            ("QM", self.qm, self.qm_df, self.qm_p),
            ("QE", self.qe, self.qe_df, self.qe_p),
        ]
        return pd.DataFrame(rows, columns=["term", "estimate", "df", "p"])

    def predict(self, values: Mapping[str, Any] | pd.DataFrame, *, prediction: str = "HTS") -> pd.DataFrame:
        """Predict mean effects at values of the moderators.

        Parameters
        ----------
        values : mapping or DataFrame
            A value, or an array of n, for each moderator. A moderator left out is held at its mean over the
            studies (a categorical one at the shares of its levels).
        prediction : {"HTS", "test"}
            Interval for the true effect of a further study: t with k - p - 1 degrees of freedom and Wald
            standard error (Higgins, Thompson and Spiegelhalter 2009, J R Stat Soc A 172:137, section 4.2,
            with p coefficients for one mean), or distribution and standard error of the test (as metafor's
            `predict`).

        Returns
        -------
        DataFrame
            The moderators given, then estimate, se, ci_low, ci_high, pi_low, pi_high on the analysis scale,
            and extrapolated (outside the range of the studies). No prediction interval for method "EE" or
            without degrees of freedom (NaN).

        Raises
        ------
        OptionError
            If a moderator, a level or the prediction does not exist.
        InputError
            If a value is missing or lengths differ.

        Examples
        --------
        >>> from evidence.synthesis.regression import metareg
        >>> year = {"year": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}
        >>> fit = metareg(yi=[3, 4, 7, 8, 11, 11, 16, 15, 19, 20], vi=[1] * 10, moderators=year)
        >>> fit.predict({"year": [5, 12]})[["year", "estimate", "extrapolated"]].round(2).to_dict("list")
        {'year': [5, 12], 'estimate': [10.42, 24.08], 'extrapolated': [False, True]}
        """
        option("prediction", prediction, PREDICTIONS)
        table = self._table(values)
        rows = self.design.rows(table)
        estimate = rows @ self.beta
        se = np.sqrt(np.vecdot(rows @ self.covariance, rows))
        half = float(quantile(self.df, self.level)) * se
        pi_half = self._prediction_half(rows, se, prediction)
        beyond = np.zeros(len(table), dtype=bool)
        for each in self.design.moderators:
            if each.numeric and each.name in table:
                beyond |= ~table[each.name].astype(float).between(each.low, each.high).to_numpy()
        return table.assign(
            estimate=estimate,
            se=se,
            ci_low=estimate - half,
            ci_high=estimate + half,
            pi_low=estimate - pi_half,
            pi_high=estimate + pi_half,
            extrapolated=beyond,
        )

    def _table(self, values: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
        known = [each.name for each in self.design.moderators]
        unknown_names(list(values), known, "Moderator")
        if not len(list(values)):
            raise InputError(f"values is empty; give a value for one of {', '.join(known)} or more.")
        columns = {name: np.atleast_1d(np.asarray(values[name])) for name in values}
        sizes = {len(column) for column in columns.values()} - {1}
        if len(sizes) > 1 or any(column.ndim > 1 for column in columns.values()):
            raise InputError(f"values must hold arrays of one length, not of {sorted(sizes)}.")
        size = sizes.pop() if sizes else 1
        return pd.DataFrame({name: np.broadcast_to(column, size) for name, column in columns.items()})

    def _prediction_half(self, rows: FloatArray, se: FloatArray, prediction: str) -> FloatArray:
        if self.method == "EE":
            return np.full(len(rows), np.nan)
        if prediction == "test":
            return float(quantile(self.df, self.level)) * np.hypot(np.sqrt(self.tau2), se)
        df = self.qe_df - 1
        if df < 1:
            return np.full(len(rows), np.nan)
        wald = np.linalg.norm(rows @ self._wald_root(), axis=-1)
        return float(quantile(df, self.level)) * np.hypot(np.sqrt(self.tau2), wald)

    def _wald_root(self) -> FloatArray:
        """A square root of the Wald covariance of the coefficients."""
        w = 1 / (self.source.vi + self.tau2)
        return np.linalg.inv(np.linalg.qr(np.sqrt(w)[:, None] * self.design.matrix).R)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        names = ", ".join(
            each.name if each.numeric else f"{each.name} (categorical, reference {each.levels[0]})"
            for each in self.design.moderators
        )
        kind = "Common-effect" if self.method == "EE" else "Random-effects"
        parts = [f"{kind} meta-regression of {self.k} studies on {names}"]
        if self.method != "EE":
            parts.append(f"residual between-study variance by {TAU2_WORDS[self.method]}")
        words = _TEST_WORDS[self.test].format(df=self.qe_df)
        parts.append(f"tests and {100 * self.level:g} % confidence intervals by {words}")
        return "; ".join(parts) + "."
