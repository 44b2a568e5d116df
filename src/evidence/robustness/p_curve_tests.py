"""The tests of the p-curve, from the sizes of significant z values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import bdtr, bdtrc, ndtr, ndtri

from evidence.arguments import FloatArray

ALPHA = 0.05
HALF = 0.025
BINS = (0.01, 0.02, 0.03, 0.04, 0.05)
POWER_RANGE = (0.0501, 0.99)
_TINY = 2.2e-16

Bounds = tuple[float, float]


def noncentrality(power: float) -> float:
    """Mean of z at which a two-sided test at 0.05 has that power.

    Examples
    --------
    >>> round(noncentrality(1 / 3), 4)
    1.5286
    """
    return float(brentq(lambda mean: larger(_critical(ALPHA), mean) - power, 0.0, 10.0, xtol=1e-13))


def larger(size: FloatArray | float, mean: float) -> FloatArray | float:
    """Probability that abs(z) exceeds `size` when z is normal about `mean` with variance 1."""
    return ndtr(mean - size) + ndtr(-mean - size)


def _critical(p: float) -> float:
    return float(-ndtri(p / 2))


def _stouffer(share: FloatArray) -> tuple[float, float]:
    """z and lower-tail p of Stouffer's test of uniform probabilities; NaN without any."""
    if not share.size:
        return math.nan, math.nan
    z = float(ndtri(np.clip(share, _TINY, 1 - _TINY)).sum() / math.sqrt(share.size))
    return z, float(ndtr(z))


def _smaller_given(size: FloatArray, mean: float, p: float) -> FloatArray:
    """Probability of a smaller abs(z) given significance at `p`."""
    return 1 - larger(size, mean) / larger(_critical(p), mean)


def both_tests(size: FloatArray, p: FloatArray) -> pd.DataFrame:
    """Tests of right skew and of flatness, one row each, of significant results."""
    k, half = p.size, p < HALF
    mean = noncentrality(1 / 3)
    share = 3 * float(larger(_critical(HALF), mean))  # of significant results with p < 0.025
    skew = {
        "test": "right skew",
        "binomial_p": float(bdtrc(half.sum() - 1, k, 0.5)) if half.any() else 1.0,
        **_both(p / ALPHA, p[half] / HALF),
    }
    flat = {
        "test": "flatter than 33 % power",
        "binomial_p": float(bdtr(half.sum(), k, share)),
        **_both(_smaller_given(size, mean, ALPHA), _smaller_given(size[half], mean, HALF)),
    }
    return pd.DataFrame([skew, flat])


def _both(full: FloatArray, half: FloatArray) -> dict[str, float]:
    values = (*_stouffer(full), *_stouffer(half))
    return dict(zip(("full_z", "full_p", "half_z", "half_p"), values, strict=True))


def power_of(size: FloatArray, level: float) -> tuple[float, Bounds]:
    """Power at which Stouffer's z is 0, and at its upper and lower quantile."""

    def at(goal: float) -> float:
        def above(power: float) -> float:
            return _stouffer(_smaller_given(size, noncentrality(power), ALPHA))[0] - goal

        least, most = POWER_RANGE
        if above(least) <= 0:
            return 0.05
        if above(most) >= 0:
            return most
        return float(brentq(above, least, most, xtol=1e-10))

    reach = float(ndtri((1 + level) / 2))
    return at(0.0), (at(reach), at(-reach))


def curve(p: FloatArray) -> pd.DataFrame:
    """Shares of the significant results in each hundredth of p: observed, with no effect, with 33 % power."""
    edges = np.r_[0.0, BINS]
    observed = np.histogram(p, edges)[0] / p.size
    sizes = np.r_[np.inf, [_critical(edge) for edge in BINS]]
    power33 = 3 * np.diff(larger(sizes, noncentrality(1 / 3)))
    columns = {"p_from": edges[:-1], "p_to": edges[1:], "observed": observed, "null": 0.2, "power33": power33}
    return pd.DataFrame(columns)
