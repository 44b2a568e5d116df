"""`AsymmetryTest`: whether small studies give other estimates than large ones, and what the largest would."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.regression_kernels import coefficients, regressions, variance_factor
from evidence.synthesis.regression_tau2 import regression_tau2
from evidence.synthesis.result import Result

Bounds = tuple[float, float]

NO_ERROR = "the estimates lie exactly on a line: nothing is left to judge it by, and no p value can be had"
_ON_A_LINE = 1e-24  # of the weighted sum of squares of the estimates: rounding, not residuals
_TESTS = {
    "z": "a normal distribution (Wald)",
    "t": "a t distribution with {df:g} degrees of freedom and Wald standard errors",
    "knha": "the Hartung-Knapp method ({df:g} degrees of freedom)",
    "adhoc": "the Hartung-Knapp method, never narrower than Wald ({df:g} degrees of freedom)",
}


@dataclass(frozen=True, slots=True, eq=False)
class AsymmetryTest(Result):
    """Result of a regression test of small-study effects: a line of estimates on a measure of study size.

    Attributes
    ----------
    name : str
        "egger", "peters", "harbord", "deeks" or "thompson".
    statistic, df, p : float
        Test of the slope, two-sided; `df` is infinite for the normal distribution.
    slope, slope_se, slope_ci : float, float, tuple of float
        Change of the estimate per unit of the predictor.
    intercept : float
        Place of the line where the predictor is 0.
    limit, limit_se, limit_ci : float, float, tuple of float
        The same as the estimate of an infinitely large study; NaN for a predictor without such a place.
    tau2 : float
        Residual between-study variance; NaN where it is not modelled.
    dispersion : float
        Weighted residual mean square; what standard errors are scaled by where `model` is "lm".
    k : int
        Number of studies.
    predictor, model, method, test, level : str or float
        The choices as they were carried out.
    forced : bool
        True if fewer than ten studies were forced through.
    notes : tuple of str
        What a reader should know of this test.
    measure, scale : str
        What the estimates are.
    labels : tuple of str
    x, y, v : array, shape (k,)
        Predictor, estimates, and inverse weights without tau2.
    what : str
        The test in words, with its source.
    """

    name: str
    statistic: float
    df: float
    p: float
    slope: float
    slope_se: float
    slope_ci: Bounds
    intercept: float
    limit: float
    limit_se: float
    limit_ci: Bounds
    tau2: float
    dispersion: float
    k: int
    predictor: str
    model: str
    method: str
    test: str
    level: float
    forced: bool
    notes: tuple[str, ...]
    measure: str
    scale: str
    labels: tuple[str, ...] = field(repr=False)
    x: FloatArray = field(repr=False)
    y: FloatArray = field(repr=False)
    v: FloatArray = field(repr=False)
    what: str = field(repr=False)

    def at(self, x: FloatArray) -> FloatArray:
        """Return the line at values of the predictor."""
        return self.intercept + self.slope * np.asarray(x, dtype=float)

    def summary(self) -> pd.DataFrame:
        """Return one row a coefficient: term, estimate, se, ci_low, ci_high, statistic, df, p.

        Numbers stand on the analysis scale.
        """
        nan = math.nan
        rows = [
            (
                f"slope on {self.predictor}",
                *(self.slope, self.slope_se, *self.slope_ci),
                *(self.statistic, self.df, self.p),
            ),
            ("limit", self.limit, self.limit_se, *self.limit_ci, nan, nan, nan),
        ]
        columns = ["term", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p"]
        return pd.DataFrame(rows[: 1 if math.isnan(self.limit) else 2], columns=columns)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        if self.model == "lm":
            how = f"weighted least squares, t with {self.df:g} degrees of freedom"
        else:
            between = f"between-study variance by {TAU2_WORDS[self.method]}" if self.method != "EE" else ""
            how = "; ".join(
                part for part in ("random effects" if between else "common effect", between) if part
            )
            how += f"; inference by {_TESTS[self.test].format(df=self.df)}"
        said = f"{self.what}, {self.k} studies: {how}; {100 * self.level:g} % intervals."
        return f"{said} {_sentences(self.notes)}".strip()


def _sentences(notes: tuple[str, ...]) -> str:
    return " ".join(f"{note[0].upper()}{note[1:]}." for note in notes)


@dataclass(frozen=True, slots=True)
class Line:
    """A weighted line: its coefficients with their errors, and what was found on the way."""

    limit: float
    slope: float
    limit_se: float
    slope_se: float
    df: float
    tau2: float
    dispersion: float


def line(
    x: FloatArray, y: FloatArray, v: FloatArray, *, model: str = "lm", method: str = "EE", test: str = "knha"
) -> Line:
    """Fit a line to estimates `y` with weights ``1 / (v + tau2)``.

    Parameters
    ----------
    x, y, v : array, shape (k,)
    model : {"lm", "mixed"}
        "lm" has no tau2 and scales its errors by the residual mean square (weighted least squares).
    method, test : str
        Of "mixed": see `evidence.synthesis.regression.metareg`.

    Examples
    --------
    >>> found = line(np.array([1.0, 2, 3]), np.array([2.0, 3, 4.5]), np.ones(3))
    >>> round(found.slope, 3), round(found.limit, 3)
    (1.25, 0.667)
    """
    reach = float(np.abs(x).max())  # a predictor of its own size loses no digit in the decomposition
    fit = regressions(np.column_stack([np.ones(x.size), x / reach]), y, v)
    if model == "lm":
        method, test = "EE", "knha"
    between = regression_tau2(fit, method)
    beta, inverse, at = coefficients(fit, between)
    total = float(np.vecdot(at.w[0], fit.y[0] ** 2))
    rss = float(at.rss[0]) if at.rss[0] > _ON_A_LINE * total else 0.0
    factor = float(variance_factor(at, fit.df, test)[0]) if rss or test != "knha" else 0.0
    se = np.sqrt(factor * (inverse @ inverse.mT)[0].diagonal())
    df = math.inf if test == "z" else float(fit.df)
    return Line(
        limit=float(beta[0, 0]),
        slope=float(beta[0, 1]) / reach,
        limit_se=float(se[0]),
        slope_se=float(se[1]) / reach,
        df=df,
        tau2=math.nan if model == "lm" else float(between[0]),
        dispersion=rss / fit.df,
    )


def judged(slope: float, se: float, df: float) -> tuple[float, float]:
    """Return the statistic and the two-sided p value; NaN where there is no error to judge by."""
    if not se > 0:
        return math.nan, math.nan
    return slope / se, float(p_value(slope / se, df))


def bounds(estimate: float, se: float, df: float, level: float) -> Bounds:
    """Return an interval of t, or of the normal distribution where `df` is infinite."""
    half = float(quantile(df, level)) * se
    return estimate - half, estimate + half
