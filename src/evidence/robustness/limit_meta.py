"""Limit meta-analysis: a random-effects model with a small-study effect, and studies grown without bound."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.robustness.asymmetry import bounds, judged, line
from evidence.robustness.small_study_input import given, varied
from evidence.synthesis.kernels import problems
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result
from evidence.synthesis.tau2 import METHODS, tau2

ADJUSTMENTS = {
    "beta0": "the expectation at a standard error of 0 (beta-0)",
    "betalim": "the slope of the limit radial plot with intercept (beta-lim)",
    "mulim": "the slope of the limit radial plot through the origin (mu-lim)",
}
_AT_ZERO = "tau2 is 0: all studies have one limit, so that G2 says nothing"


@dataclass(frozen=True, slots=True, eq=False)
class LimitMeta(Result):
    """Result of `limit_meta`.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, statistic, p : float
        Adjusted mean with its normal-theory interval and test.
    intercept, slope : float
        Of the generalised radial plot, ``yi / s`` on ``1 / s`` with ``s^2 = vi + tau2``: the small-study
        effect alpha and the estimate beta without it.
    tau2 : float
    q, q_small, q_small_p, q_rest, q_rest_df, q_rest_p : float
        Cochran's Q, the part that a small-study effect accounts for (chi-squared, 1 df) and the rest (k - 2
        df).
    g2 : float
        Heterogeneity that a small-study effect does not account for, 0 to 1. It depends on where 0 lies.
    limits : array, shape (k,)
        Estimate of each study, had it grown without bound.
    k : int
    adjust, method, level : str or float
        The choices.
    forced : bool
        True if fewer than ten studies were forced through.
    notes : tuple of str
    scale : str
        Scale of the estimates.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float
    intercept: float
    slope: float
    tau2: float
    q: float
    q_small: float
    q_small_p: float
    q_rest: float
    q_rest_df: int
    q_rest_p: float
    g2: float
    limits: FloatArray = field(repr=False)
    k: int
    adjust: str
    method: str
    level: float
    forced: bool
    notes: tuple[str, ...]
    scale: str

    def at(self, se: FloatArray) -> FloatArray:
        """Return what the model expects of a study with standard error `se`: ``beta + alpha s``."""
        return self.slope + self.intercept * np.sqrt(np.square(se) + self.tau2)

    def summary(self) -> pd.DataFrame:
        """Return one row a quantity: term, estimate, se, ci_low, ci_high, statistic, df, p."""
        nan = math.nan
        rows = [
            ("adjusted", self.estimate, self.se, self.ci_low, self.ci_high, self.statistic, math.inf, self.p),
            ("tau2", self.tau2, nan, nan, nan, nan, nan, nan),
            ("G2", self.g2, nan, nan, nan, nan, nan, nan),
            ("Q, small-study effect", self.q_small, nan, nan, nan, self.q_small, 1.0, self.q_small_p),
            ("Q, the rest", self.q_rest, nan, nan, nan, self.q_rest, float(self.q_rest_df), self.q_rest_p),
        ]
        columns = ["term", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p"]
        return pd.DataFrame(rows, columns=columns)

    def display(self) -> dict[str, float]:
        """Return estimate, ci_low and ci_high on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        return {name: float(back(getattr(self, name))) for name in ("estimate", "ci_low", "ci_high")}

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        said = (
            f"Limit meta-analysis (Rücker et al. 2011) of {self.k} studies; between-study variance by"
            f" {TAU2_WORDS[self.method]}; adjusted mean by {ADJUSTMENTS[self.adjust]};"
            f" {100 * self.level:g} % normal-theory interval."
        )
        return " ".join([said, *(f"{note[0].upper()}{note[1:]}." for note in self.notes)])


def limit_meta(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    adjust: str = "beta0",
    method: str = "DL",
    level: float = 0.95,
    force: bool = False,
) -> LimitMeta:
    """Adjust a random-effects mean for small-study effects by limit meta-analysis.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    adjust : {"beta0", "betalim", "mulim"}
        Adjusted mean: expectation at a standard error of 0, or slope of the limit radial plot with or without
        intercept.
    method : str
        Tau2 by "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM" or "PMM".
    level : float
        Of the interval.
    force : bool
        Fit fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    LimitMeta

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies.
    OptionError
        If an option does not exist.
    InputError
        If all standard errors are alike.

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.

    Notes
    -----
    The model is ``yi = beta + s (alpha + e)`` with ``s^2 = vi + tau2``; alpha and beta by ordinary least
    squares of ``yi / s`` on ``1 / s``. "beta0" is ``beta + tau alpha`` with the standard error that least
    squares give it at the model's residual variance of 1. The limit of a study is ``beta + (yi - beta) tau /
    s``; G2 is 1 minus the R2 of their radial plot.

    References
    ----------
    Rücker, Schwarzer, Carpenter, Binder and Schumacher 2011, Biostatistics 12:122.

    Examples
    --------
    >>> yi = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
    >>> vi = [0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
    >>> found = limit_meta(yi=yi, vi=vi)
    >>> round(found.estimate, 3), round(found.ci_low, 3), round(found.ci_high, 3)
    (0.043, -0.215, 0.301)
    """
    option("adjust", adjust, ADJUSTMENTS)
    option("method", method, [name for name in METHODS if name != "EE"])
    level = checked_level(level)
    read = given("limit_meta", effects, yi, vi, force=force)
    y, v = read.y, read.v
    sei = varied("limit_meta", "the standard error", np.sqrt(v))
    pooling = problems(y, v)
    between = float(tau2(pooling, method)[0])
    spread = np.sqrt(v + between)
    plain, general = line(sei, y, v), line(spread, y, v + between)
    alpha, beta = general.slope, general.limit
    limits = beta + math.sqrt(between) / spread * (y - beta)
    radial = line(sei, limits, v)
    mean = float(np.average(limits, weights=1 / v))
    if adjust == "beta0":
        estimate, se = beta + math.sqrt(between) * alpha, _expectation_error(spread, math.sqrt(between))
    elif adjust == "betalim":
        estimate, se = radial.limit, radial.limit_se
    else:
        estimate, se = mean, 1 / math.sqrt(np.sum(1 / v))
    low, high = bounds(estimate, se, math.inf, level)
    statistic, p = judged(estimate, se, math.inf)
    q, q_rest = float(pooling.zero.q[0]), plain.dispersion * (read.k - 2)
    q_small = max(q - q_rest, 0.0)
    return LimitMeta(
        estimate=estimate,
        se=se,
        ci_low=low,
        ci_high=high,
        statistic=statistic,
        p=p,
        intercept=alpha,
        slope=beta,
        tau2=between,
        q=q,
        q_small=q_small,
        q_small_p=float(gammaincc(0.5, q_small / 2)),
        q_rest=q_rest,
        q_rest_df=read.k - 2,
        q_rest_p=float(gammaincc((read.k - 2) / 2, q_rest / 2)),
        g2=_unexplained(limits / sei, radial.dispersion * (read.k - 2)),
        limits=limits,
        k=read.k,
        adjust=adjust,
        method=method,
        level=level,
        forced=read.forced,
        notes=(*read.notes, *((_AT_ZERO,) if between == 0 else ())),
        scale=read.studies.scale,
    )


def _expectation_error(spread: FloatArray, tau: float) -> float:
    """Standard error of ``beta + tau alpha``: ``tau^2 / k + (1 - tau mean)^2 / S`` is its variance.

    S is the sum of squares of ``1 / spread`` about its mean.
    """
    x = 1 / spread
    apart = x - x.mean()
    return math.sqrt(tau**2 / x.size + (1 - tau * float(x.mean())) ** 2 / float(apart @ apart))


def _unexplained(radial: FloatArray, residual: float) -> float:
    """One minus the R2 of a radial plot (with intercept); 0 where nothing is left to explain."""
    total = float(np.sum(np.square(radial - radial.mean())))
    return residual / total if residual > 0 else 0.0
