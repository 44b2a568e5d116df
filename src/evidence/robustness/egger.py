"""Egger's regression test: do estimates change with their standard error, or another measure of size?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.robustness.asymmetry import NO_ERROR, AsymmetryTest, bounds, judged, line
from evidence.robustness.small_study_input import Given, given, group_sizes, refused, total_size, varied
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.regression_kernels import TESTS
from evidence.synthesis.study_input import Studies
from evidence.synthesis.tau2 import METHODS

MODELS = ("lm", "mixed")
PREDICTORS = {
    "sei": "the standard error",
    "vi": "the sampling variance",
    "ni": "the number of people",
    "ninv": "the inverse of the number of people",
    "sqrtninv": "the inverse root of the number of people",
    "pustejovsky": "sqrt(1/n1 + 1/n2) (Pustejovsky and Rodgers 2019)",
}
STANDARDISED = ("SMD", "SMDH", "SMD1", "SMCC", "SMCR", "SMCRH", "SMCRPH")

_OWN_ERROR = (
    "the standard error of a standardised mean difference holds the difference itself, which feigns"
    " asymmetry; prefer predictor='pustejovsky' (two groups) or 'sqrtninv' (one group, or sides of one face)"
)


def egger(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    ni: ArrayLike | None = None,
    model: str = "lm",
    predictor: str = "sei",
    method: str | None = None,
    test: str | None = None,
    level: float = 0.95,
    force: bool = False,
) -> AsymmetryTest:
    """Test for small-study effects by a regression of the estimates on a measure of study size.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    n1i, n2i : array, shape (k,), optional
        People in each group, for ``predictor="pustejovsky"``; by default columns n1i and n2i, n_1 and n_2, or
        total_1 and total_2 of the table.
    ni : array, shape (k,), optional
        People of each study, for "ni", "ninv" and "sqrtninv"; by default column n.
    model : {"lm", "mixed"}
        "lm": weights ``1 / vi`` and a residual variance that multiplies them (Egger et al. 1997); "mixed":
        weights ``1 / (vi + tau2)`` (Sterne and Egger 2005).
    predictor : {"sei", "vi", "ni", "ninv", "sqrtninv", "pustejovsky"}
        Standard error, its square, people, or functions of their number that do not depend on the estimate;
        "pustejovsky" is ``sqrt(1/n1 + 1/n2)``, for standardised mean differences.
    method : str, optional
        Residual tau2 of "mixed", default "REML"; see `evidence.synthesis.regression_tau2.regression_tau2`.
    test : {"z", "t", "knha", "adhoc"}, optional
        Inference of "mixed", default "adhoc" (Knapp and Hartung 2003, Stat Med 22:2693); "z" is metafor's
        default.
    level : float
        Of the intervals.
    force : bool
        Test fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    AsymmetryTest

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies (Sterne et al. 2011, BMJ 343:d4002).
    OptionError
        If an option does not exist.
    InputError
        If the predictor does not vary or is not known, or an option is given that changes nothing.

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.

    Notes
    -----
    The regression of the estimate on its standard error with weights ``1 / vi`` is that of the standard
    normal deviate ``yi / sei`` on precision ``1 / sei`` with intercept and slope exchanged, Egger's original
    form: the slope here is his intercept.

    References
    ----------
    Egger, Davey Smith, Schneider and Minder 1997, BMJ 315:629. Sterne and Egger 2005, in Rothstein, Sutton
    and Borenstein, Publication Bias in Meta-Analysis, ch. 6. Pustejovsky and Rodgers 2019, Res Synth Methods
    10:57.

    Examples
    --------
    >>> yi = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
    >>> vi = [0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
    >>> found = egger(yi=yi, vi=vi)
    >>> round(found.statistic, 2), round(found.p, 5), round(found.limit, 3)
    (6.93, 0.00012, -0.143)
    """
    _check(model, predictor, method, test)
    level = checked_level(level)
    _unused_sizes(predictor, n1i=n1i, n2i=n2i, ni=ni)
    read = given("egger", effects, yi, vi, force=force)
    x = predictor_of("egger", read.studies, predictor, n1i=n1i, n2i=n2i, ni=ni)
    notes = (_OWN_ERROR,) if predictor in ("sei", "vi") and read.studies.measure in STANDARDISED else ()
    what = f"Regression test of funnel plot asymmetry (Egger et al. 1997) on {PREDICTORS[predictor]}"
    choices = {"model": model, "method": method, "test": test, "level": level}
    return asymmetry("egger", read, x, predictor=predictor, what=what, notes=notes, **choices)


def _check(model: str, predictor: str, method: str | None, test: str | None) -> None:
    option("model", model, MODELS)
    option("predictor", predictor, PREDICTORS)
    if method is not None:
        option("method", method, METHODS)
    if test is not None:
        option("test", test, TESTS)
    if model == "lm":
        refused("egger", "with model='lm', which has no tau2 and one test", method=method, test=test)


def _unused_sizes(predictor: str, **sizes: ArrayLike | None) -> None:
    needed = {"pustejovsky": ("n1i", "n2i"), "ni": ("ni",), "ninv": ("ni",), "sqrtninv": ("ni",)}
    for name, values in sizes.items():
        if values is not None and name not in needed.get(predictor, ()):
            refused("egger", f"with predictor={predictor!r}", **{name: values})


def predictor_of(
    what: str,
    read: Studies,
    predictor: str,
    *,
    n1i: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    ni: ArrayLike | None = None,
) -> FloatArray:
    """Return a measure of study size by its code, refused if it does not vary."""
    if predictor == "sei":
        values = np.sqrt(read.v)
    elif predictor == "vi":
        values = read.v
    elif predictor == "pustejovsky":
        one, two = group_sizes(what, read, n1i, n2i)
        values = np.sqrt(1 / one + 1 / two)
    else:
        people = total_size(what, read, ni)
        values = {"ni": people, "ninv": 1 / people, "sqrtninv": 1 / np.sqrt(people)}[predictor]
    return varied(what, PREDICTORS[predictor], values)


def asymmetry(
    name: str,
    read: Given,
    x: FloatArray,
    *,
    predictor: str,
    what: str,
    level: float,
    model: str = "lm",
    method: str | None = None,
    test: str | None = None,
    notes: tuple[str, ...] = (),
) -> AsymmetryTest:
    """Fit the line of a test and put its numbers together."""
    method, test = (method or "REML", test or "adhoc") if model == "mixed" else ("none", "t")
    choices: dict[str, Any] = {} if model == "lm" else {"method": method, "test": test}
    found = line(x, read.y, read.v, model=model, **choices)
    statistic, p = judged(found.slope, found.slope_se, found.df)
    endless = predictor == "ni"  # no study has infinitely many people on this line
    nan = (math.nan, math.nan)
    limit_ci = nan if endless else bounds(found.limit, found.limit_se, found.df, level)
    return AsymmetryTest(
        name=name,
        statistic=statistic,
        df=found.df,
        p=p,
        slope=found.slope,
        slope_se=found.slope_se,
        slope_ci=bounds(found.slope, found.slope_se, found.df, level),
        intercept=found.limit,
        limit=math.nan if endless else found.limit,
        limit_se=math.nan if endless else found.limit_se,
        limit_ci=limit_ci,
        tau2=found.tau2,
        dispersion=found.dispersion,
        k=read.k,
        predictor=predictor,
        model=model,
        method=method,
        test=test,
        level=level,
        forced=read.forced,
        notes=(*read.notes, *notes, *((NO_ERROR,) if math.isnan(p) else ())),
        measure=read.studies.measure,
        scale=read.studies.scale,
        labels=tuple(read.studies.labels),
        x=x,
        y=read.y,
        v=read.v,
        what=what,
    )
