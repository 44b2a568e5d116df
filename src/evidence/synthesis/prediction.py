"""Prediction intervals: where the true effect of a further study may lie."""

from __future__ import annotations

import math

import numpy as np

from evidence.synthesis.inference import hartung_knapp, kenward_roger, quantile
from evidence.synthesis.kernels import Problems, Weighted

PREDICTIONS = ("HTS", "V", "HK", "KR", "S", "test", "none")


def prediction_half_width(
    kind: str,
    given: Problems,
    at: Weighted,
    *,
    tau2: float,
    level: float,
    test_error: tuple[float, float],
) -> float:
    """Half the width of the prediction interval of one meta-analysis.

    All are ``quantile * sqrt(tau2 + se^2)`` about the pooled mean; they differ in quantile and standard
    error.

    Parameters
    ----------
    kind : str
        "HTS": t with k - 2 degrees of freedom, Wald standard error (Higgins et al. 2009, J R
        Stat Soc A 172:137, section 4.2). "V": t with k - 1, Wald (Veroniki et al. 2019, Res Synth Methods
        10:23). "HK": t with k - 1, Hartung-Knapp without the ad hoc rule; "KR": t and standard error of
        Kenward and Roger (both Partlett and Riley 2017, Stat Med 36:301). "S": normal, Wald (Skipka 2006).
        "test": quantile and standard error of the test of the mean, as metafor's `predict`.
    given : Problems
        One row.
    at : Weighted
        At the estimate of tau2.
    tau2 : float
        In units of vi.
    level : float
    test_error : tuple of float
        Standard error of the test of the mean, in the units of vi's root, and its degrees of freedom
        (infinite for the normal distribution).

    Returns
    -------
    float
        In units of yi; NaN if k leaves no degree of freedom.
    """
    root, k = math.sqrt(given.unit[0]), float(given.k[0])
    wald = root / math.sqrt(at.s1[0])
    if kind == "HTS":
        se, df = wald, k - 2
    elif kind == "V":
        se, df = wald, k - 1
    elif kind == "S":
        se, df = wald, math.inf
    elif kind == "HK":
        se, df = root * float(hartung_knapp(at, given.k - 1)[0]), k - 1
    elif kind == "KR":
        adjusted, free = kenward_roger(at)
        se, df = root * float(adjusted[0]), float(free[0])
    else:
        se, df = test_error
    if df <= 0:
        return math.nan
    return float(quantile(df, level)) * float(np.hypot(math.sqrt(tau2), se))
