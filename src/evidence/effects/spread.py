"""The SD, standard error or sampling variance behind a reported interval, test statistic or p value.

Ratios must be given as logarithms: their intervals are symmetric there and nowhere else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.checks import Columns, Need, above, aligned, not_negative, one_or_many, require

_ORDERED = Need(("low", "high"), lambda low, high: low < high, "the lower limit must lie below the upper one")
_EXACT_P = Need(("p",), lambda p: (p > 0) & (p < 1), "p must be exact and lie between 0 and 1")
_NOT_NULL = Need(
    ("estimate",), lambda estimate: estimate != 0, "an estimate of exactly zero tells nothing of its SE"
)
_MOVED = Need(("t",), lambda t: t != 0, "a test statistic of zero tells nothing of the SE")


def sd_from_se(se: ArrayLike, *, n: ArrayLike) -> float | FloatArray:
    """Return the SD of the people measured, SE √n.

    Parameters
    ----------
    se : float or array_like
        Standard error of one group's mean.
    n : float or array_like
        People in the group.

    Returns
    -------
    float or ndarray
        On the scale of the outcome; NaN where an input is a gap.

    Raises
    ------
    InputError
        If an SE is negative or a group is empty.

    Notes
    -----
    Cochrane Handbook 6.5.2.2.

    Examples
    --------
    >>> sd_from_se(0.5, n=16)
    2.0
    """
    c, _ = aligned({"se": se, "n": n})
    require("sd_from_se", c, (*not_negative("se"), *above(0, "n")))
    return one_or_many(c["se"] * np.sqrt(c["n"]), se, n)


def sd_from_md_se(se: ArrayLike, *, n1: ArrayLike, n2: ArrayLike) -> float | FloatArray:
    """Return the SD within groups behind the SE of a mean difference, SE / √(1/n1 + 1/n2).

    Parameters
    ----------
    se : float or array_like
        Standard error of the difference of two independent means.
    n1, n2 : float or array_like
        People in the groups.

    Returns
    -------
    float or ndarray
        The average SD, assumed to be that of both groups.

    Raises
    ------
    InputError
        If an SE is negative or a group is empty.

    Notes
    -----
    Cochrane Handbook 6.5.2.3.

    Examples
    --------
    >>> round(sd_from_md_se(1.0, n1=8, n2=8), 4)
    2.0
    """
    c, _ = aligned({"se": se, "n1": n1, "n2": n2})
    require("sd_from_md_se", c, (*not_negative("se"), *above(0, "n1", "n2")))
    return one_or_many(c["se"] / np.sqrt(1 / c["n1"] + 1 / c["n2"]), se, n1, n2)


def se_from_ci(
    low: ArrayLike, high: ArrayLike, *, level: float = 0.95, df: ArrayLike | None = None
) -> float | FloatArray:
    """Return the SE behind a confidence interval, its width over twice the quantile.

    Parameters
    ----------
    low, high : float or array_like
        Limits on the analysis scale (logarithms for ratios).
    level : float
        Confidence level, as a fraction.
    df : float or array_like, optional
        Degrees of freedom if the interval was made with Student's t; normal otherwise.

    Returns
    -------
    float or ndarray

    Raises
    ------
    InputError
        If the limits are not in order, the level is not a fraction, or df is not above zero.

    Notes
    -----
    Cochrane Handbook 6.5.2.2 and 6.3. Assumes an interval symmetric around its estimate.

    Examples
    --------
    >>> round(se_from_ci(0.1, 0.9), 4), round(se_from_ci(0.1, 0.9, df=10), 4)
    (0.2041, 0.1795)
    """
    c, _ = aligned({"low": low, "high": high, **_optional_df(df)})
    require("se_from_ci", c, (_ORDERED, *_df_needs(c)))
    tail = (1 - checked_level(level)) / 2
    se = (c["high"] - c["low"]) / (2 * _quantile(tail, c))
    return one_or_many(se, low, high, 0 if df is None else df)


def sd_from_ci(
    low: ArrayLike, high: ArrayLike, *, n: ArrayLike, level: float = 0.95, test: str = "t"
) -> float | FloatArray:
    """Return the SD behind the confidence interval of one group's mean.

    Parameters
    ----------
    low, high : float or array_like
        Limits of the interval of the mean (not of a difference).
    n : float or array_like
        People in the group.
    level : float
        Confidence level, as a fraction.
    test : {"t", "z"}
        Whether the interval was made with Student's t (n - 1 degrees of freedom) or the normal.

    Returns
    -------
    float or ndarray

    Raises
    ------
    InputError
        If the limits are not in order or n < 2.
    OptionError
        If `test` is neither.

    Notes
    -----
    Cochrane Handbook 6.5.2.2.

    Examples
    --------
    >>> round(sd_from_ci(30, 34.2, n=25, test="z"), 2), round(sd_from_ci(30, 34.2, n=25), 2)
    (5.36, 5.09)
    """
    c, _ = aligned({"low": low, "high": high, "n": n})
    require("sd_from_ci", c, (_ORDERED, *above(1, "n")))
    df = c["n"] - 1 if option("test", test, ("t", "z")) == "t" else None
    se = se_from_ci(c["low"], c["high"], level=level, df=df)
    return one_or_many(np.atleast_1d(se) * np.sqrt(c["n"]), low, high, n)


def se_from_t(estimate: ArrayLike, t: ArrayLike) -> float | FloatArray:
    """Return the SE behind a t or z statistic, |estimate / t|.

    Parameters
    ----------
    estimate : float or array_like
        On the analysis scale (logarithms for ratios).
    t : float or array_like
        Its t or z statistic; signs may follow either direction.

    Returns
    -------
    float or ndarray

    Raises
    ------
    InputError
        If estimate or statistic is exactly zero.

    Notes
    -----
    Cochrane Handbook 6.5.2.3.

    Examples
    --------
    >>> se_from_t(-3.0, 1.5)
    2.0
    """
    c, _ = aligned({"estimate": estimate, "t": t})
    require("se_from_t", c, (_NOT_NULL, _MOVED))
    return one_or_many(np.abs(c["estimate"] / c["t"]), estimate, t)


def se_from_p(estimate: ArrayLike, p: ArrayLike, *, df: ArrayLike | None = None) -> float | FloatArray:
    """Return the SE behind a two-sided p value.

    Parameters
    ----------
    estimate : float or array_like
        On the analysis scale (logarithms for ratios).
    p : float or array_like
        Exact two-sided p value of the test that the estimate is zero; "p < 0.05" does not do.
    df : float or array_like, optional
        Degrees of freedom if the test was Student's t; normal otherwise.

    Returns
    -------
    float or ndarray

    Raises
    ------
    InputError
        If p is not between 0 and 1, the estimate is exactly zero, or df is not above zero.

    Notes
    -----
    Cochrane Handbook 6.5.2.3; Altman and Bland (2011).

    Examples
    --------
    >>> round(se_from_p(0.5, 0.014), 4)
    0.2035
    """
    c, _ = aligned({"estimate": estimate, "p": p, **_optional_df(df)})
    require("se_from_p", c, (_NOT_NULL, _EXACT_P, *_df_needs(c)))
    se = np.abs(c["estimate"]) / _quantile(c["p"] / 2, c)
    return one_or_many(se, estimate, p, 0 if df is None else df)


def vi_from_ci(
    low: ArrayLike, high: ArrayLike, *, level: float = 0.95, df: ArrayLike | None = None
) -> float | FloatArray:
    """Return the sampling variance behind a confidence interval; see `se_from_ci`.

    Parameters
    ----------
    low, high : float or array_like
        Limits on the analysis scale (logarithms for ratios).
    level : float
        Confidence level, as a fraction.
    df : float or array_like, optional
        Degrees of freedom if the interval was made with Student's t; normal otherwise.

    Returns
    -------
    float or ndarray

    Raises
    ------
    InputError
        As `se_from_ci`.

    Examples
    --------
    >>> round(vi_from_ci(0.1, 0.9), 6)
    0.041651
    """
    return se_from_ci(low, high, level=level, df=df) ** 2


def vi_from_p(estimate: ArrayLike, p: ArrayLike, *, df: ArrayLike | None = None) -> float | FloatArray:
    """Return the sampling variance behind an exact two-sided p value; see `se_from_p`.

    Parameters
    ----------
    estimate, p : float or array_like
        Estimate on the analysis scale, and its p value.
    df : float or array_like, optional
        Degrees of freedom if the test was Student's t; normal otherwise.

    Returns
    -------
    float or ndarray

    Raises
    ------
    InputError
        As `se_from_p`.

    Examples
    --------
    >>> round(vi_from_p(0.5, 0.014), 6)
    0.041403
    """
    return se_from_p(estimate, p, df=df) ** 2


def _optional_df(df: ArrayLike | None) -> dict[str, ArrayLike]:
    return {} if df is None else {"df": df}


def _df_needs(columns: Columns) -> tuple[Need, ...]:
    return above(0, "df") if "df" in columns else ()


def _quantile(tail: float | FloatArray, columns: Columns) -> FloatArray:
    return stats.t.isf(tail, columns["df"]) if "df" in columns else stats.norm.isf(tail)
