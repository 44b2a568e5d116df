"""Intervals of many meta-analyses at once by every test, and how often they hold what they should."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from evidence.arguments import FloatArray
from evidence.synthesis.inference import hartung_knapp, kenward_roger, mean_error, quantile
from evidence.synthesis.kernels import Problems, Weighted, blocks, problems, weighted
from evidence.synthesis.tau2 import tau2

LEVEL = 0.95
TESTS = ("z", "t", "knha", "adhoc", "KR")
PREDICTIONS = ("HTS", "V", "HK", "KR", "S", "test")
ONLY_REML = ("KR",)

Numbers = dict[str, FloatArray]


def pooled(yi: FloatArray, vi: FloatArray, method: str) -> Numbers:
    """Pool rows of studies with one tau2 method by all tests.

    Parameters
    ----------
    yi, vi : array, shape (n, k)
    method : str

    Returns
    -------
    dict of str to array, shape (n,)
        "estimate", "tau2", half widths of confidence intervals ("ci_" and the test) and of prediction
        intervals ("pi_" and its kind, "test" being that of test "adhoc").

    Examples
    --------
    >>> numbers = pooled(np.array([[0.1, 0.5, 1.4]]), np.array([[0.03, 0.05, 0.04]]), "REML")
    >>> round(float(numbers["estimate"][0]), 3), round(float(numbers["ci_adhoc"][0]), 3)
    (0.664, 1.666)
    """
    parts = [_block(block, method) for block in blocks(problems(yi, vi))]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _block(block: Problems, method: str) -> Numbers:
    between = tau2(block, method)
    at = weighted(block.y, block.v, between / block.unit)
    root = np.sqrt(block.unit)
    found = {"estimate": block.origin + root * at.mean, "tau2": between}
    for test in TESTS:
        if method == "REML" or test not in ONLY_REML:
            se, df = mean_error(block, at, test)
            found[f"ci_{test}"] = quantile(df, LEVEL) * root * se
    for kind in PREDICTIONS:
        if method == "REML" or kind not in ONLY_REML:
            se, df = _prediction_error(block, at, kind)
            found[f"pi_{kind}"] = _quantile(df) * np.hypot(np.sqrt(between), root * se)
    return found


def _prediction_error(block: Problems, at: Weighted, kind: str) -> tuple[FloatArray, FloatArray]:
    """Standard error and degrees of freedom of `evidence.synthesis.prediction`, for many rows."""
    wald = 1 / np.sqrt(at.s1)
    if kind == "HTS":
        return wald, block.k - 2
    if kind == "V":
        return wald, block.k - 1
    if kind == "S":
        return wald, np.full(wald.shape, np.inf)
    if kind == "HK":
        return hartung_knapp(at, block.k - 1), block.k - 1
    if kind == "KR":
        return kenward_roger(at)
    return mean_error(block, at, "adhoc")


def _quantile(df: FloatArray) -> FloatArray:
    return quantile(df, LEVEL) if df.min() > 0 else np.full(df.shape, np.nan)


def scores(numbers: Numbers, effect: float, tau: float) -> dict[str, float]:
    """Return bias and coverage of many meta-analyses of one scenario.

    Parameters
    ----------
    numbers : dict of str to array
        Of `pooled`.
    effect, tau : float
        Mean and standard deviation of the true effects.

    Returns
    -------
    dict of str to float
        bias, rmse, tau2_bias; for each interval the share that holds what it should, and for confidence
        intervals "width_" and the test, their mean width. A prediction interval is scored by the share of
        the true effects that it holds, which needs no draw of a further study.
    """
    estimate = numbers["estimate"]
    error = estimate - effect
    found = {
        "bias": error.mean(),
        "rmse": np.sqrt(np.mean(error**2)),
        "tau2_bias": numbers["tau2"].mean() - tau**2,
    }
    for name, half in numbers.items():
        if name.startswith("ci_"):
            found[name] = np.mean(np.abs(error) <= half)
            found[name.replace("ci_", "width_")] = 2 * half.mean()
        elif name.startswith("pi_"):
            found[name] = _held(error, half, tau)
    return {name: float(value) for name, value in found.items()}


def _held(error: FloatArray, half: FloatArray, tau: float) -> float:
    if np.isnan(half).all():
        return float("nan")
    if tau == 0:
        return float(np.mean(np.abs(error) <= half))
    return float(np.mean(ndtr((error + half) / tau) - ndtr((error - half) / tau)))
