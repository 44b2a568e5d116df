"""Mean and SD behind a median with quartiles, with extremes, or with both."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from evidence.arguments import FloatArray
from evidence.effects.checks import Columns, Need, above, aligned, at_most, require

_ORDER = ("minimum", "q1", "median", "q3", "maximum")
_NEEDS: tuple[Need, ...] = (
    *(need for low, high in pairwise(_ORDER) for need in at_most(low, high)),
    *at_most("minimum", "median"),
    *at_most("median", "maximum"),
    *at_most("minimum", "maximum"),
    Need(("minimum", "maximum"), lambda low, high: low < high, "a range of zero says nothing of the SD"),
    Need(("q1", "q3"), lambda low, high: low < high, "quartiles that coincide say nothing of the SD"),
    *above(4, "n", remedy="these estimates need at least 5 people"),
)


def mean_sd_from_five_numbers(
    *,
    n: ArrayLike,
    median: ArrayLike,
    minimum: ArrayLike | None = None,
    q1: ArrayLike | None = None,
    q3: ArrayLike | None = None,
    maximum: ArrayLike | None = None,
) -> pd.DataFrame:
    """Estimate means and SDs of normal data from what is reported of their quantiles.

    Study by study the method follows from what is there: minimum, median and maximum; the three
    quartiles; or all five.

    Parameters
    ----------
    n : float or array_like
        People measured.
    median, minimum, q1, q3, maximum : float or array_like
        As reported, NaN for a gap.

    Returns
    -------
    DataFrame
        One row a study: `mean`, `sd`; `route` ("min, median, max", "quartiles", "five numbers" or
        "none", with NaN beside it); `skewness` and `critical`, the test statistic of Shi et al. (2023)
        and its 5 % critical value; `skewed`, True where the data are too skewed for these estimates.

    Raises
    ------
    InputError
        If the numbers are not in order, the range or the quartiles' distance is zero, or n < 5.

    Notes
    -----
    Means: Luo et al. (2018), equations 7, 11 and 15. SDs: Wan et al. (2014), equations 9 and 16,
    and Shi et al. (2020), equation 10. All assume a normal distribution: leave out a study, or test
    the result without it, where `skewed` is True.

    Examples
    --------
    >>> mean_sd_from_five_numbers(n=30, q1=2.1, median=3, q3=4.6).round(3)
       mean     sd      route  skewness  critical  skewed
    0  3.25  1.946  quartiles      0.28     0.477   False
    """
    given = {"minimum": minimum, "q1": q1, "median": median, "q3": q3, "maximum": maximum, "n": n}
    c, index = aligned({name: np.nan if value is None else value for name, value in given.items()})
    require("mean_sd_from_five_numbers", c, _NEEDS, index)
    known = {name: np.isfinite(c[name]) for name in given}
    centre = known["median"] & known["n"]
    extremes = centre & known["minimum"] & known["maximum"]
    quartiles = centre & known["q1"] & known["q3"]
    cases = (extremes & quartiles, quartiles, extremes)
    routes = ("five numbers", "quartiles", "min, median, max")
    with np.errstate(all="ignore"):
        results = [method(c) for method in (_five, _quartiles, _extremes)]
    mean, sd, skewness, critical = (
        np.select(cases, [result[i] for result in results], np.nan) for i in range(4)
    )
    return pd.DataFrame(
        {
            "mean": mean,
            "sd": sd,
            "route": np.select(cases, routes, "none"),
            "skewness": skewness,
            "critical": critical,
            "skewed": skewness > critical,
        },
        index=index,
    )


Estimate = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _range_quantile(n: FloatArray) -> FloatArray:
    return stats.norm.ppf((n - 0.375) / (n + 0.25))


def _quartile_quantile(n: FloatArray) -> FloatArray:
    return stats.norm.ppf((0.75 * n - 0.125) / (n + 0.25))


def _asymmetry(low: FloatArray, middle: FloatArray, high: FloatArray) -> FloatArray:
    return np.abs(low + high - 2 * middle) / (high - low)


def _extremes(c: Columns) -> Estimate:
    low, middle, high, n = c["minimum"], c["median"], c["maximum"], c["n"]
    weight = 4 / (4 + n**0.75)
    mean = weight * (low + high) / 2 + (1 - weight) * middle
    sd = (high - low) / (2 * _range_quantile(n))
    return mean, sd, _asymmetry(low, middle, high), 1.01 / np.log(n + 9) + 2.43 / (n + 1)


def _quartiles(c: Columns) -> Estimate:
    low, middle, high, n = c["q1"], c["median"], c["q3"], c["n"]
    weight = 0.7 + 0.39 / n
    mean = weight * (low + high) / 2 + (1 - weight) * middle
    sd = (high - low) / (2 * _quartile_quantile(n))
    return mean, sd, _asymmetry(low, middle, high), 2.65 / np.sqrt(n) - 6 / n**2


def _five(c: Columns) -> Estimate:
    n, middle = c["n"], c["median"]
    of_range, of_quartiles = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    mean = (
        of_range * (c["minimum"] + c["maximum"]) / 2
        + of_quartiles * (c["q1"] + c["q3"]) / 2
        + (1 - of_range - of_quartiles) * middle
    )
    sd = (c["maximum"] - c["minimum"]) / ((2 + 0.14 * n**0.6) * _range_quantile(n)) + (c["q3"] - c["q1"]) / (
        (2 + 2 / (0.07 * n**0.6)) * _quartile_quantile(n)
    )
    outer = 2.65 * np.log(0.6 * n) / np.sqrt(n) * _asymmetry(c["minimum"], middle, c["maximum"])
    skewness = np.maximum(outer, _asymmetry(c["q1"], middle, c["q3"]))
    return mean, sd, skewness, 3 / np.sqrt(n) - 40 / n**3
