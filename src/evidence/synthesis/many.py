"""Many meta-analyses in one call: subsets, leave-one-out, permutations, simulated data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.errors import OptionError
from evidence.synthesis.inference import TESTS, mean_error, p_value, quantile
from evidence.synthesis.kernels import Problems, blocks, problems, trace_p, weighted
from evidence.synthesis.tau2 import METHODS, tau2

MANY_TESTS = tuple(test for test in TESTS if test != "HC")


@dataclass(frozen=True, slots=True, eq=False)
class Many:
    """Results of n meta-analyses; every array has shape (n,).

    Attributes
    ----------
    estimate, se, statistic, df, p, ci_low, ci_high : array
        Pooled mean; `df` is infinite for test "z".
    tau2, i2 : array
        Between-study variance, and I2 from it in percent (for method "EE" from Q).
    q : array
        Cochran's Q.
    k : array
        Number of studies used.
    """

    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    df: FloatArray
    p: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    tau2: FloatArray
    i2: FloatArray
    q: FloatArray
    k: FloatArray


def pool_many(
    yi: ArrayLike,
    vi: ArrayLike,
    mask: ArrayLike | None = None,
    *,
    method: str = "REML",
    test: str = "adhoc",
    level: float = 0.95,
) -> Many:
    """Pool many meta-analyses at once; each number is that of `evidence.synthesis.pool.pool`.

    Parameters
    ----------
    yi, vi : array, shape (k,) or (n, k)
        Estimates and sampling variances; one row a meta-analysis, or one row for all.
    mask : array of 0 and 1, shape (n, k), optional
        0 leaves a study out; two or more must stay.
    method : str
        As of `pool`, but for "IVhet".
    test : {"z", "t", "knha", "adhoc", "KR"}
    level : float

    Returns
    -------
    Many

    Raises
    ------
    TooFewStudiesError
        If a meta-analysis has fewer than two studies.
    InputError
        If arrays do not fit each other, or a value cannot be right.
    OptionError
        If there is no such method or test, or "KR" is asked of a method other than REML.

    Examples
    --------
    >>> leave_one_out = pool_many([0.1, 0.5, 1.4], [0.03, 0.05, 0.04], 1 - np.eye(3), method="DL")
    >>> [round(float(x), 3) for x in leave_one_out.estimate]
    [0.956, 0.746, 0.275]
    """
    option("method", method, METHODS)
    option("test", test, MANY_TESTS)
    if test == "KR" and method != "REML":
        raise OptionError(f"test='KR' is made for method='REML', not method={method!r}.")
    critical = checked_level(level)
    given = problems(yi, vi, mask)
    parts = [
        np.concatenate(part) for part in zip(*(_fit(b, method, test) for b in blocks(given)), strict=True)
    ]
    estimate, se, df, between, i2, q = parts
    with np.errstate(divide="ignore", invalid="ignore"):  # equal estimates have a Hartung-Knapp error of 0
        statistic = estimate / se
    half = quantile(df, critical) * se
    p = p_value(statistic, df)
    return Many(estimate, se, statistic, df, p, estimate - half, estimate + half, between, i2, q, given.k)


def _fit(given: Problems, method: str, test: str) -> tuple[FloatArray, ...]:
    between = tau2(given, method)
    at = weighted(given.y, given.v, between / given.unit)
    zero = given.zero
    se, df = mean_error(given, at, test)
    root = np.sqrt(given.unit)
    if method == "EE":
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            i2 = 100 * np.where(zero.q > 0, np.maximum(0, 1 - (given.k - 1) / zero.q), 0)
    else:
        typical = given.unit * (given.k - 1) / trace_p(zero)
        i2 = 100 * between / (between + typical)
    return given.origin + root * at.mean, root * se, df, between, i2, zero.q
