"""`Permutation`: p values of a permutation test beside those of the model, and the interval of the mean."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.result import Result

_SIDES = {
    "two-sided": "Two-sided",
    "less": "One-sided (effects below 0)",
    "greater": "One-sided (effects above 0)",
}
_TESTS = {
    "z": "Wald standard errors",
    "t": "Wald standard errors",
    "knha": "Hartung-Knapp standard errors",
    "adhoc": "Hartung-Knapp standard errors, never smaller than Wald's",
    "KR": "Kenward-Roger standard errors",
}


@dataclass(frozen=True, slots=True, eq=False)
class Permutation(Result):
    """Result of `evidence.robustness.permutation.permutation_test`.

    Attributes
    ----------
    terms : tuple of str
        "mean", or the coefficients of the meta-regression.
    estimate, statistic : array, shape (p,)
        As observed, on the analysis scale; `statistic` is what was compared.
    p, p_model : array, shape (p,)
        By permutation, and from the distribution that the model assumes (two-sided).
    qm, qm_p, qm_p_model : float
        Omnibus test of the moderators; NaN without any.
    ci_low, ci_high : float
        Interval of the mean by inversion of the test; NaN where there is none.
    permuted : array, shape (n, p)
        Statistics of the rearrangements, the observed one among them.
    n, available : int
        Number of rearrangements compared, and of those there are.
    exact : bool
        True if all were taken.
    k : int
        Number of studies.
    method, test, compared, alternative, level, seed
        The choices as they were carried out; `compared` is "test" or "coefficient", `level` and `seed` None
        where they do not apply.
    notes : tuple of str
        What a reader should know.
    """

    terms: tuple[str, ...]
    estimate: FloatArray
    statistic: FloatArray
    p: FloatArray
    p_model: FloatArray
    qm: float
    qm_p: float
    qm_p_model: float
    ci_low: float
    ci_high: float
    permuted: FloatArray = field(repr=False)
    n: int
    available: int
    exact: bool
    k: int
    method: str
    test: str
    compared: str
    alternative: str
    level: float | None
    seed: int | None
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return one row a test: term, estimate, statistic, p, p_se, p_model, ci_low, ci_high.

        `p_se` is the standard error of a p value from drawn rearrangements, 0 where all were taken. The row
        "moderators (QM)" is the omnibus test.
        """
        bounds = (self.ci_low, self.ci_high) if self.terms == ("mean",) else (np.nan, np.nan)
        numbers = zip(self.estimate, self.statistic, self.p, self.p_model, strict=True)
        rows = [
            (term, *each[:3], self._error(each[2]), each[3], *bounds)
            for term, each in zip(self.terms, numbers, strict=True)
        ]
        if not np.isnan(self.qm):
            omnibus = (self.qm, self.qm_p, self._error(self.qm_p), self.qm_p_model)
            rows.append(("moderators (QM)", np.nan, *omnibus, np.nan, np.nan))
        columns = ["term", "estimate", "statistic", "p", "p_se", "p_model", "ci_low", "ci_high"]
        return pd.DataFrame(rows, columns=columns)

    def _error(self, p: float) -> float:
        return 0.0 if self.exact else float(np.sqrt(p * (1 - p) / self.n))

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        flips = self.terms == ("mean",)
        what = "sign flips of the estimates" if flips else "orders of the moderators' rows"
        source = "Follmann and Proschan 1999" if flips else "Higgins and Thompson 2004"
        if self.exact:
            which = f"all {self.available:,} {'' if flips else 'different '}{what}"
        else:
            which = f"{self.n - 1:,} random {what} (seed {self.seed}) and the observed arrangement"
        tau2 = "a common effect" if self.method == "EE" else f"tau2 by {TAU2_WORDS[self.method]}"
        compared = (
            "coefficients" if self.compared == "coefficient" else f"statistics with {_TESTS[self.test]}"
        )
        text = f"{_SIDES[self.alternative]} permutation test ({source}) over {which}, comparing {compared}"
        text += f"; {tau2}, {self.k} studies"
        if self.level is not None:
            text += f"; {100 * self.level:g} % interval by inversion of the test"
        return f"{text}."
