"""How sure the pooled mean is: standard errors and reference distributions, for many problems at once."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from evidence.arguments import FloatArray
from evidence.synthesis.kernels import Problems, Weighted, trace_pp

TESTS = ("z", "t", "knha", "adhoc", "KR", "HC")


def quantile(df: FloatArray | float, level: float) -> FloatArray | float:
    """Two-sided quantile of t, or of the normal distribution where `df` is infinite.

    Examples
    --------
    >>> [round(float(quantile(df, 0.95)), 4) for df in (np.inf, 4)]
    [1.96, 2.7764]
    """
    upper = (1 + level) / 2
    if _normal(df):
        return ndtri(upper)
    if isinstance(df, (int, float)):
        return stdtrit(df, upper)
    values, place = np.unique(df, return_inverse=True)  # a quantile costs more than a sort
    return stdtrit(values, upper)[place]


def p_value(statistic: FloatArray | float, df: FloatArray | float) -> FloatArray | float:
    """Two-sided p value from t, or from the normal distribution where `df` is infinite.

    Examples
    --------
    >>> round(float(p_value(1.96, np.inf)), 4)
    0.05
    """
    return 2 * (ndtr(-np.abs(statistic)) if _normal(df) else stdtr(df, -np.abs(statistic)))


def _normal(df: FloatArray | float) -> bool:
    return math.isinf(df if isinstance(df, (int, float)) else df.flat[0])  # a test has one distribution


def mean_error(given: Problems, at: Weighted, test: str) -> tuple[FloatArray, FloatArray]:
    """Standard error of the pooled mean and its degrees of freedom.

    Parameters
    ----------
    given : Problems
    at : Weighted
        At the estimate of tau2.
    test : {"z", "t", "knha", "adhoc", "KR"}
        See `evidence.synthesis.pool.pool`.

    Returns
    -------
    se : array, shape (n,)
        In units of the anchor's standard error.
    df : array, shape (n,)
        Infinite for "z".
    """
    if test == "KR":
        return kenward_roger(at)
    se = 1 / np.sqrt(at.s1)
    if test == "z":
        return se, np.full(se.shape, np.inf)
    df = given.k - 1
    if test == "t":
        return se, df
    return (hartung_knapp if test == "knha" else ad_hoc)(at, df), df


def hartung_knapp(at: Weighted, df: FloatArray) -> FloatArray:
    """Standard error from the weighted spread of the estimates, in units of the anchor's standard error.

    References
    ----------
    Hartung and Knapp 2001, Stat Med 20:3875; Sidik and Jonkman 2002, Stat Med 21:3153.
    """
    return np.sqrt(at.q / df / at.s1)


def ad_hoc(at: Weighted, df: FloatArray) -> FloatArray:
    """Hartung-Knapp standard error, never below the Wald one.

    References
    ----------
    Knapp and Hartung 2003, Stat Med 22:2693; Cochrane Handbook 10.10.4.
    """
    return np.sqrt(np.maximum(at.q / df, 1) / at.s1)


def kenward_roger(at: Weighted) -> tuple[FloatArray, FloatArray]:
    """Kenward-Roger standard error, in units of the anchor's, and degrees of freedom, for REML.

    With I = tr PP / 2 the expected information on tau2 and s_j the sums of powers of the weights, the
    variance is ``1 / s1 + 2 (s3 - s2^2 / s1) / (I s1^2)`` and the degrees of freedom are ``2 I / (variance
    s2)^2``.

    Notes
    -----
    The degrees of freedom hold the adjusted variance, as Partlett and Riley (2017) apply the method (and R's
    meta with them); Kenward and Roger (1997) hold the unadjusted one there, which gives slightly more of
    them.

    References
    ----------
    Kenward and Roger 1997, Biometrics 53:983; Partlett and Riley 2017, Stat Med 36:301.
    """
    square = at.w * at.w
    s2 = np.vecdot(at.w, at.w) + at.w0**2
    centre = s2 / at.s1
    third = np.vecdot(square, at.w) + at.w0**3
    information = trace_pp(at) / 2
    variance = 1 / at.s1 + 2 * np.maximum(third - s2 * centre, 0) / (information * at.s1**2)
    return np.sqrt(variance), 2 * information / (variance * s2) ** 2


def common_weight_error(at: Weighted, t: FloatArray) -> FloatArray:
    """Standard error, under random effects, of a mean with common-effect weights.

    ``sqrt(1 / s1 + t s2 / s1^2)``, in units of the anchor's standard error; `at` belongs to tau2 = 0.

    References
    ----------
    Henmi and Copas 2010, Stat Med 29:2969; Doi et al. 2015, Contemp Clin Trials 45:130 (IVhet).
    """
    s2 = np.vecdot(at.w, at.w) + at.w0**2
    return np.sqrt(1 / at.s1 + t * s2 / at.s1**2)
