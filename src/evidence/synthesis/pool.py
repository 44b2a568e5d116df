"""Pool effect sizes into one mean: common effect, random effects, and the heterogeneity between studies."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from evidence.arguments import FloatArray, option, vector
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.synthesis.float_range import refuse_gaps, within_floats
from evidence.synthesis.henmi_copas import henmi_copas
from evidence.synthesis.inference import TESTS, common_weight_error, mean_error, p_value, quantile
from evidence.synthesis.kernels import Problems, Weighted, problems, trace_p, weighted
from evidence.synthesis.pooled import Bounds, Pooled
from evidence.synthesis.prediction import PREDICTIONS, prediction_half_width
from evidence.synthesis.tau2 import METHODS as TAU2_METHODS
from evidence.synthesis.tau2 import tau2, tau2_se
from evidence.synthesis.tau2_interval import INTERVALS, profile_likelihood, q_profile

METHODS = (*TAU2_METHODS, "IVhet")

_NAN = (math.nan, math.nan)
_ONE_STUDY = "one study: shown, not pooled"
_AT_ZERO = "tau2 is estimated as 0, the least it can be"
_EMPTY_QP = (
    "the studies agree better than chance allows: the Q-profile interval of tau2 is empty, shown as 0 to 0"
)
_OUTSIDE = "the estimate of tau2 lies outside its interval, which rests on another equation"
_NO_ERROR = (
    "all estimates are equal, so that the Hartung-Knapp standard error is 0; test='adhoc' does not rely on it"
)
_COMMON_PI = "a common effect leaves nothing to predict: no prediction interval"
_WEIGHTS_PI = "no prediction interval is defined about a mean with common-effect weights"
_FEW_PI = "the HTS prediction interval needs 3 or more studies"


def pool(
    effects: Effects | pd.DataFrame | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    method: str = "REML",
    test: str = "adhoc",
    level: float = 0.95,
    prediction: str | None = "HTS",
    tau2_interval: str = "QP",
) -> Pooled:
    """Pool effect sizes.

    Parameters
    ----------
    effects : Effects or DataFrame, optional
        A table has columns `yi` and `vi`; rows with `included` False are shown, not pooled.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    method : str
        "EE" (common effect), a random-effects model with tau2 by "DL", "HE", "HS", "HSk", "SJ", "ML",
        "REML", "EB", "PM" or "PMM" (see `evidence.synthesis.tau2.tau2`), or "IVhet": common-effect weights
        with an error that allows for tau2 by DL (Doi et al. 2015, Contemp Clin Trials 45:130; test "z" or
        "t").
    test : str
        "z" (normal, Wald), "t" (k - 1 degrees of freedom, Wald), "knha" (Hartung and Knapp 2001, Stat Med
        20:3875), "adhoc" (the same with a variance factor of at least 1: Knapp and Hartung 2003, Stat Med
        22:2693), "KR" (Kenward-Roger, for REML: Partlett and Riley 2017, Stat Med 36:301) or "HC" (Henmi and
        Copas 2010, Stat Med 29:2969, for DL; the estimate then has common-effect weights).
    level : float
        Of all intervals.
    prediction : str or None
        "HTS", "V", "HK", "KR" (for REML), "S", "test" (see `evidence.synthesis.prediction`), "none" or None.
        There is none for one study and for means with common-effect weights; a note says so.
    tau2_interval : {"QP", "PL"}
        Q-profile (Viechtbauer 2007, Stat Med 26:37) or, for ML and REML, profile likelihood.

    Returns
    -------
    Pooled

    Raises
    ------
    TooFewStudiesError
        If no study is left.
    OptionError
        If an option does not exist, or does not fit the method.
    InputError
        If values are missing, or a variance is not above 0.

    Notes
    -----
    One study is not pooled: its own estimate and Wald interval come back, with a note.

    Examples
    --------
    >>> pooled = pool(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")
    >>> round(pooled.estimate, 3), round(pooled.ci_low, 3), round(pooled.ci_high, 3)
    (0.664, -0.121, 1.448)
    >>> pooled.method_text()[:87]
    'Random-effects meta-analysis of 3 studies; between-study variance by the DerSimonian-La'
    """
    prediction = "none" if prediction is None else prediction
    _check_options(method, test, prediction, tau2_interval)
    level = checked_level(level)
    source, y, v = _inputs(effects, yi, vi)
    with within_floats("pool"):
        if y.size == 1:
            found = _single(source, y, v, method, level)
        else:
            found = _several(source, y, v, method, test, level, prediction, tau2_interval)
    refuse_gaps("pool", found.estimate, found.se, found.ci_low, found.ci_high)
    return found


def _several(
    source: Effects | None,
    y: FloatArray,
    v: FloatArray,
    method: str,
    test: str,
    level: float,
    prediction: str,
    tau2_interval: str,
) -> Pooled:
    """Two studies or more, pooled."""
    given = problems(y, v)
    zero = given.zero
    estimator = "DL" if method == "IVhet" else method
    between = tau2(given, estimator)
    common = method in ("EE", "IVhet") or test == "HC"
    at = zero if common else weighted(given.y, given.v, between / given.unit)
    notes: list[str] = []
    unit, root = float(given.unit[0]), math.sqrt(given.unit[0])
    estimate = float(given.origin[0] + root * at.mean[0])
    mean = _mean(given, at, estimate, between, method=method, test=test, level=level, vi=v)
    if mean["se"] == 0:
        notes.append(_NO_ERROR)
    made, pi_half = _predicted(given, at, mean, float(between[0]), method, test, level, prediction, notes)
    tau2_ci, interval = _tau2_bounds(given, between, method, tau2_interval, level, notes)
    w = unit / (v + (0.0 if common else between[0]))
    common_estimate = float(given.origin[0] + root * zero.mean[0])
    common_half = float(quantile(math.inf, level)) * root / math.sqrt(zero.s1[0])
    return Pooled(
        **mean,
        pi_low=estimate - pi_half,
        pi_high=estimate + pi_half,
        tau2=float(between[0]),
        tau2_se=float(tau2_se(given, between, estimator, at=at)[0]),
        tau2_ci=tau2_ci,
        **_heterogeneity(given, zero, float(between[0]), tau2_ci, method),
        k=y.size,
        weights=100 * w / w.sum(),
        common_estimate=common_estimate,
        common_ci=(common_estimate - common_half, common_estimate + common_half),
        method=method,
        test=test,
        level=level,
        prediction=made,
        tau2_interval=interval,
        notes=tuple(notes),
        scale="identity" if source is None else source.scale,
        yi=y,
        vi=v,
        source=source,
    )


def _check_options(method: str, test: str, prediction: str, tau2_interval: str) -> None:
    option("method", method, METHODS)
    option("test", test, TESTS)
    option("prediction", prediction, PREDICTIONS)
    option("tau2_interval", tau2_interval, INTERVALS)
    if test == "KR" and method != "REML":
        raise OptionError(f"test='KR' is made for method='REML', not method={method!r}.")
    if test == "HC" and method != "DL":
        raise OptionError(f"test='HC' is made for method='DL', not method={method!r}.")
    if prediction == "KR" and method != "REML":
        raise OptionError(f"prediction='KR' is made for method='REML', not method={method!r}.")
    if method == "IVhet" and test not in ("z", "t"):
        raise OptionError(
            f"method='IVhet' has a standard error of its own: use test='z' or 't', not {test!r}."
        )
    if tau2_interval == "PL" and method not in ("ML", "REML"):
        raise OptionError(f"tau2_interval='PL' needs method='ML' or 'REML', not method={method!r}.")


def _inputs(
    effects: Effects | pd.DataFrame | None, yi: ArrayLike | None, vi: ArrayLike | None
) -> tuple[Effects | None, FloatArray, FloatArray]:
    if effects is None:
        if yi is None or vi is None:
            raise InputError("pool needs effects, or both yi and vi.")
        y = vector("yi", yi)
        v = vector("vi", vi, size=y.size)
        if y.size and v.min() <= 0:
            where = int(v.argmin())
            raise InputError(f"vi holds {v[where]:g} at position {where}; a sampling variance is above 0.")
        source = None
    else:
        if yi is not None or vi is not None:
            raise InputError("pool takes effects or yi and vi, not both.")
        if isinstance(effects, pd.DataFrame):
            effects = Effects(effects)
        if not isinstance(effects, Effects):
            raise InputError(f"effects must be Effects or a DataFrame, not {type(effects).__name__}.")
        source, used = effects, effects.table["included"].to_numpy()
        y, v = (effects.table[name].to_numpy()[used] for name in ("yi", "vi"))
        infinite = np.flatnonzero(~np.isfinite(v))
        if infinite.size:
            label = effects.included["label"].iloc[infinite[0]]
            raise InputError(f"{label} has vi={v[infinite[0]]:g}; a sampling variance must be finite.")
    if not y.size:
        raise TooFewStudiesError("No study is left to pool; each is excluded or the table is empty.")
    return source, y, v


def _mean(
    given: Problems,
    at: Weighted,
    estimate: float,
    between: FloatArray,
    *,
    method: str,
    test: str,
    level: float,
    vi: FloatArray,
) -> dict[str, float]:
    """The pooled mean with its standard error, test and interval, in units of yi."""
    root = math.sqrt(given.unit[0])
    if test == "HC" or method == "IVhet":
        se = root * float(common_weight_error(at, between / given.unit)[0])
        df = float(given.k[0] - 1) if test == "t" else math.inf
    else:
        error, free = mean_error(given, at, test)
        se, df = root * float(error[0]), float(free[0])
    statistic = estimate / se if se > 0 else math.copysign(math.inf, estimate) if estimate else math.nan
    if test == "HC":
        pivot = henmi_copas(vi, float(between[0]))
        half, p, df = pivot.quantile(level) * se, pivot.p_value(statistic), math.nan
    else:
        half, p = float(quantile(df, level)) * se, float(p_value(statistic, df))
    return {
        "estimate": estimate,
        "se": se,
        "statistic": statistic,
        "df": df,
        "p": p,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
    }


def _predicted(
    given: Problems,
    at: Weighted,
    mean: dict[str, float],
    between: float,
    method: str,
    test: str,
    level: float,
    prediction: str,
    notes: list[str],
) -> tuple[str, float]:
    """The kind of prediction interval that was made and half its width; a note where there is none."""
    if prediction == "none":
        return "none", math.nan
    if method == "EE":
        notes.append(_COMMON_PI)
        return "none", math.nan
    if method == "IVhet" or test == "HC":
        notes.append(_WEIGHTS_PI)
        return "none", math.nan
    error = (mean["se"], mean["df"])
    half = prediction_half_width(prediction, given, at, tau2=between, level=level, test_error=error)
    if math.isnan(half):
        notes.append(_FEW_PI)
        return "none", half
    return prediction, half


def _tau2_bounds(
    given: Problems, between: FloatArray, method: str, kind: str, level: float, notes: list[str]
) -> tuple[Bounds, str]:
    if method == "EE":
        return _NAN, "none"
    if between[0] == 0:
        notes.append(_AT_ZERO)
    if kind == "PL":
        low, high = profile_likelihood(given, between, level=level, restricted=method == "REML")
    else:
        low, high = q_profile(given, level=level)
        if high[0] == 0:
            notes.append(_EMPTY_QP)
        elif not low[0] <= between[0] <= high[0]:
            notes.append(_OUTSIDE)
    return (float(low[0]), float(high[0])), kind


def _heterogeneity(
    given: Problems, zero: Weighted, between: float, tau2_ci: Bounds, method: str
) -> dict[str, float | int | Bounds]:
    """Q with its test, and I2 and H2 with their intervals."""
    q, df = float(zero.q[0]), given.y.shape[1] - 1
    i2_q = 100 * max(0.0, 1 - df / q) if q > 0 else 0.0
    found = {"q": q, "q_df": df, "q_p": float(gammaincc(df / 2, q / 2)), "i2_q": i2_q}
    if method == "EE":
        return found | {"i2": i2_q, "i2_ci": _NAN, "h2": q / df, "h2_ci": _NAN}
    typical = float(given.unit[0] * df / trace_p(zero)[0])
    i2, i2_low, i2_high = (100 * x / (x + typical) for x in (between, *tau2_ci))
    h2, h2_low, h2_high = (x / typical + 1 for x in (between, *tau2_ci))
    return found | {"i2": i2, "i2_ci": (i2_low, i2_high), "h2": h2, "h2_ci": (h2_low, h2_high)}


def _single(source: Effects | None, yi: FloatArray, vi: FloatArray, method: str, level: float) -> Pooled:
    """One study as it stands: estimate, Wald interval, and no word on heterogeneity."""
    nan, estimate, se = math.nan, float(yi[0]), math.sqrt(vi[0])
    half = float(quantile(math.inf, level)) * se
    interval = (estimate - half, estimate + half)
    return Pooled(
        estimate=estimate,
        se=se,
        statistic=estimate / se,
        df=math.inf,
        p=float(p_value(estimate / se, math.inf)),
        ci_low=interval[0],
        ci_high=interval[1],
        pi_low=nan,
        pi_high=nan,
        tau2=0.0,
        tau2_se=nan,
        tau2_ci=_NAN,
        i2=nan,
        i2_ci=_NAN,
        i2_q=nan,
        h2=nan,
        h2_ci=_NAN,
        q=0.0,
        q_df=0,
        q_p=nan,
        k=1,
        weights=np.array([100.0]),
        common_estimate=estimate,
        common_ci=interval,
        method=method,
        test="z",
        level=level,
        prediction="none",
        tau2_interval="none",
        notes=(_ONE_STUDY,),
        scale="identity" if source is None else source.scale,
        yi=yi,
        vi=vi,
        source=source,
    )
