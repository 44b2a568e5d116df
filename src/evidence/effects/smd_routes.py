"""A standardised mean difference from an odds ratio, a t statistic or a p value."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from evidence.arguments import FloatArray, option
from evidence.effects.binary import COX, LOGISTIC
from evidence.effects.checks import Need, above, aligned, not_negative, one_or_many, require
from evidence.effects.small_sample import hedges_correction

Estimate = tuple[float | FloatArray, float | FloatArray]

_FACTORS = {"logistic": LOGISTIC, "normal": COX}
_GROUPS = above(1, "n1", "n2", remedy="an SD needs at least two people in each group")


def or_to_smd(yi: ArrayLike, vi: ArrayLike, *, distribution: str = "logistic") -> Estimate:
    """Turn log odds ratios into standardised mean differences.

    Parameters
    ----------
    yi, vi : float or array_like
        Log odds ratios and their sampling variances.
    distribution : {"logistic", "normal"}
        What the outcome behind the yes or no is assumed to follow in both groups, with one
        variance: factor √3/π (Hasselblad and Hedges, 1995; Chinn, 2000) or 1/1.65 (Cox and Snell, 1989).

    Returns
    -------
    yi, vi : float or ndarray

    Raises
    ------
    OptionError
        If the distribution is neither.
    InputError
        If a variance is negative.

    Examples
    --------
    >>> yi, vi = or_to_smd(1.0, 0.2)
    >>> round(yi, 4), round(vi, 4)
    (0.5513, 0.0608)
    """
    factor = _FACTORS[option("distribution", distribution, _FACTORS)]
    return _scaled("or_to_smd", yi, vi, factor)


def smd_to_or(yi: ArrayLike, vi: ArrayLike, *, distribution: str = "logistic") -> Estimate:
    """Turn standardised mean differences into log odds ratios: the way back of `or_to_smd`.

    Parameters
    ----------
    yi, vi : float or array_like
        Standardised mean differences and their sampling variances.
    distribution : {"logistic", "normal"}
        What the outcome is assumed to follow in both groups.

    Returns
    -------
    yi, vi : float or ndarray
        Log odds ratios and their sampling variances.

    Raises
    ------
    OptionError
        If the distribution is neither.
    InputError
        If a variance is negative.

    Notes
    -----
    Factors as in `or_to_smd`; Cochrane Handbook 10.6.

    Examples
    --------
    >>> yi, vi = smd_to_or(0.5, 0.1)
    >>> round(yi, 4), round(vi, 4)
    (0.9069, 0.329)
    """
    factor = _FACTORS[option("distribution", distribution, _FACTORS)]
    return _scaled("smd_to_or", yi, vi, 1 / factor)


def _scaled(where: str, yi: ArrayLike, vi: ArrayLike, factor: float) -> Estimate:
    c, _ = aligned({"yi": yi, "vi": vi})
    require(where, c, not_negative("vi"))
    return one_or_many(c["yi"] * factor, yi, vi), one_or_many(c["vi"] * factor**2, yi, vi)


def smd_from_t(t: ArrayLike, *, n1: ArrayLike, n2: ArrayLike) -> Estimate:
    """Return Hedges' g from Student's t of two independent groups with one variance.

    Parameters
    ----------
    t : float or array_like
        Statistic with n1 + n2 - 2 degrees of freedom, positive where group 1 lies higher. Neither a
        paired test's nor Welch's.
    n1, n2 : float or array_like
        People in the groups.

    Returns
    -------
    yi, vi : float or ndarray
        As measure "SMD" with its large-sample variance: exactly what means and SDs would give.

    Raises
    ------
    InputError
        If a group has fewer than two people.

    Notes
    -----
    d = t √(1/n1 + 1/n2) (Rosenthal, 1994), times the small-sample correction (Hedges, 1981).

    Examples
    --------
    >>> yi, vi = smd_from_t(2.5, n1=20, n2=20)
    >>> round(yi, 4), round(vi, 4)
    (0.7748, 0.1075)
    """
    c, _ = aligned({"t": t, "n1": n1, "n2": n2})
    require("smd_from_t", c, _GROUPS)
    sizes, total = 1 / c["n1"] + 1 / c["n2"], c["n1"] + c["n2"]
    g = hedges_correction(total - 2) * c["t"] * np.sqrt(sizes)
    return one_or_many(g, t, n1, n2), one_or_many(sizes + g**2 / (2 * total), t, n1, n2)


def smd_from_p(p: ArrayLike, *, n1: ArrayLike, n2: ArrayLike, direction: ArrayLike) -> Estimate:
    """Return Hedges' g from the exact two-sided p value of Student's t test of two groups.

    Parameters
    ----------
    p : float or array_like
        Exact two-sided p value; "p < 0.05" does not do.
    n1, n2 : float or array_like
        People in the groups.
    direction : {1, -1} or array_like
        1 where group 1 lies higher, -1 where it lies lower: a p value does not tell.

    Returns
    -------
    yi, vi : float or ndarray
        As `smd_from_t`.

    Raises
    ------
    InputError
        If p is not above 0 and at most 1, a direction is neither 1 nor -1, or a group has fewer
        than two people.

    Notes
    -----
    The quantile of Student's t, then as `smd_from_t` (Cochrane Handbook 6.5.2.3).

    Examples
    --------
    >>> yi, vi = smd_from_p(0.05, n1=20, n2=20, direction=-1)
    >>> round(yi, 4), round(vi, 4)
    (-0.6274, 0.1049)
    """
    c, _ = aligned({"p": p, "n1": n1, "n2": n2, "direction": direction})
    needs = (
        *_GROUPS,
        Need(("p",), lambda x: (x > 0) & (x <= 1), "p must be exact, above 0 and at most 1"),
        Need(("direction",), lambda x: np.abs(x) == 1, "direction must be 1 or -1"),
    )
    require("smd_from_p", c, needs)
    t = c["direction"] * stats.t.isf(c["p"] / 2, c["n1"] + c["n2"] - 2)
    yi, vi = smd_from_t(t, n1=c["n1"], n2=c["n2"])
    given = (p, n1, n2, direction)
    return one_or_many(np.atleast_1d(yi), *given), one_or_many(np.atleast_1d(vi), *given)
