"""Meta-regression: whether the effects of studies change with what the studies are like."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import fdtrc, gammaincc

from evidence.arguments import FloatArray, instance, option, vector
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError, TooFewStudiesError
from evidence.synthesis.design_matrix import Design, build_design, missing_values, unknown_names
from evidence.synthesis.float_range import refuse_gaps, within_floats
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.kernels import problems
from evidence.synthesis.regression_kernels import (
    TESTS,
    Regressions,
    coefficients,
    fit_at,
    regressions,
    trace_p,
    variance_factor,
)
from evidence.synthesis.regression_result import PER_MODERATOR, MetaRegression
from evidence.synthesis.regression_tau2 import regression_tau2, regression_tau2_se
from evidence.synthesis.tau2 import METHODS, tau2

_AT_ZERO = "residual tau2 is estimated as 0, the least it can be"
_NOTHING_TO_EXPLAIN = "R2 is not defined: tau2 is 0 without the moderators"
_NO_ERROR = (
    "the moderators explain all estimates exactly, so that the Hartung-Knapp standard errors are 0;"
    " test='adhoc' does not rely on them"
)
_COMMON_R2 = "R2 is not defined for a common effect, which has no between-study variance"


def metareg(
    effects: Effects | pd.DataFrame | None = None,
    moderators: str | Sequence[str] | Mapping[str, ArrayLike] | pd.DataFrame | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    method: str = "REML",
    test: str = "adhoc",
    level: float = 0.95,
    reference: Mapping[str, Any] | None = None,
) -> MetaRegression:
    """Regress effect sizes on characteristics of their studies.

    Parameters
    ----------
    effects : Effects or DataFrame, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    moderators : str, sequence of str, mapping or DataFrame
        Columns of the effects' table; or, with `yi` and `vi`, arrays of shape (k,) by name. Text, booleans
        and categories get treatment contrasts, numbers enter as they are. A study without a value is left
        out, with a note.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    method : str
        "EE" (no residual heterogeneity), or residual tau2 by "DL", "HE", "HS", "HSk", "SJ", "ML", "REML",
        "EB", "PM" or "PMM" (see `evidence.synthesis.regression_tau2.regression_tau2`).
    test : str
        "z" (normal, Wald), "t" (k - p degrees of freedom, Wald), "knha" (the same with a variance
        factor: Knapp and Hartung 2003, Stat Med 22:2693) or "adhoc" (a factor of at least 1; ibid.).
    level : float
        Of all intervals.
    reference : mapping, optional
        Reference level of categorical moderators, such as ``{"design": "single_arm"}``; default the
        first in alphabetical order.

    Returns
    -------
    MetaRegression

    Raises
    ------
    TooFewStudiesError
        If there are not more studies than coefficients.
    OptionError
        If an option, a moderator or a reference does not exist.
    InputError
        If a moderator does not vary, or is a linear combination of others.

    Warns
    -----
    FewStudiesWarning
        With fewer than ten studies a moderator (Cochrane Handbook 10.11.5.1).

    Notes
    -----
    Coefficients are those of weighted least squares, ``(X'WX)^-1 X'W y`` with ``w = 1 / (vi + tau2)``
    (Raudenbush 2009, in Cooper, Hedges and Valentine, The Handbook of Research Synthesis, ch. 16). R2 is the
    fall of tau2 against the model without moderators (ibid.), of the same studies.

    Examples
    --------
    >>> latitude = {"latitude": [44, 55, 42, 52, 13, 44, 19, 13, 27, 42]}
    >>> yi = [-0.89, -1.59, -1.35, -1.44, -0.22, -0.79, -1.62, 0.01, -0.47, -1.37]
    >>> vi = [0.33, 0.19, 0.42, 0.02, 0.05, 0.01, 0.22, 0.004, 0.06, 0.07]
    >>> fit = metareg(yi=yi, vi=vi, moderators=latitude)
    >>> fit.terms, fit.beta.round(3).tolist()
    (('intercept', 'latitude'), [0.196, -0.03])
    >>> round(fit.r2, 1), round(fit.qm_p, 4)
    (78.7, 0.0044)
    """
    option("method", method, METHODS)
    option("test", test, TESTS)
    level = checked_level(level)
    source, columns, notes = _studies(*_inputs(effects, moderators, yi, vi))
    if not source.k:
        raise TooFewStudiesError("No study has an effect size and every moderator.")
    design = build_design(columns, reference)
    k, p = design.matrix.shape
    if k <= p:
        raise TooFewStudiesError(
            f"{k} studies cannot carry {p} coefficients ({', '.join(design.terms)});"
            f" {p + 1} or more are needed. Use fewer moderators."
        )
    if k < PER_MODERATOR * len(columns.columns):
        notes.append(_few(k, len(columns.columns)))
        warnings.warn(notes[-1], FewStudiesWarning, stacklevel=2)
    with within_floats("metareg"):
        found = _fitted(source, design, method=method, test=test, level=level, notes=notes)
    refuse_gaps("metareg", found.beta, found.se, found.ci_low, found.ci_high)
    return found


def _few(k: int, moderators: int) -> str:
    each = "1 moderator" if moderators == 1 else f"{moderators} moderators"
    return f"exploratory: {k} studies for {each}, fewer than {PER_MODERATOR} a moderator"


def _inputs(
    effects: Effects | pd.DataFrame | None, moderators: Any, yi: ArrayLike | None, vi: ArrayLike | None
) -> tuple[Effects, pd.DataFrame]:
    """The studies, and the moderators of all of them."""
    if moderators is None:
        raise InputError("metareg needs moderators; without any, use pool.")
    if effects is not None:
        if yi is not None or vi is not None:
            raise InputError("metareg takes effects or yi and vi, not both.")
        effects = Effects(effects) if isinstance(effects, pd.DataFrame) else effects
        if not isinstance(effects, Effects):
            raise InputError(f"effects must be Effects or a DataFrame, not {type(effects).__name__}.")
        return effects, _named_columns(effects.table, moderators)
    if yi is None or vi is None:
        raise InputError("metareg needs effects, or both yi and vi.")
    y = vector("yi", yi)
    v = vector("vi", vi, size=y.size)
    if y.size and v.min() <= 0:
        where = int(v.argmin())
        raise InputError(f"vi holds {v[where]:g} at position {where}; a sampling variance is above 0.")
    columns = _given_columns(moderators, y.size)
    both = [name for name in columns if name in ("yi", "vi", "included", "reason")]
    if both:
        raise InputError(f"A moderator cannot be called {both[0]!r}; give it another name.")
    return Effects(columns.assign(yi=y, vi=v)), columns


def _named_columns(table: pd.DataFrame, moderators: Any) -> pd.DataFrame:
    names = [moderators] if isinstance(moderators, str) else moderators
    if (
        not isinstance(names, Iterable)
        or isinstance(names, (Mapping, pd.DataFrame))
        or not all(isinstance(name, str) for name in names)
    ):
        raise InputError("With effects, moderators are names of columns of their table, such as ['design'].")
    names = list(names)
    if not names:
        raise InputError("moderators is empty; without any, use pool.")
    unknown_names(names, list(table.columns), "Moderator")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"Moderator {twice[0]!r} is named twice.")
    return table[names]


def _given_columns(moderators: Any, size: int) -> pd.DataFrame:
    if not isinstance(moderators, (Mapping, pd.DataFrame)):
        raise InputError("With yi and vi, moderators is a DataFrame or a mapping of names to arrays.")
    if not len(list(moderators)):
        raise InputError("moderators is empty; without any, use pool.")
    columns = {str(name): list(_listed(name, moderators[name])) for name in moderators}
    for name, values in columns.items():
        if len(values) != size:
            raise InputError(f"Moderator {name!r} has {len(values)} values where {size} are needed.")
    return pd.DataFrame({name: pd.Series(values) for name, values in columns.items()})


def _listed(name: Any, values: Any) -> Iterable[Any]:
    return instance(f"Moderator {name!r}", values, Iterable, "an array with a value for each study")


def _studies(effects: Effects, columns: pd.DataFrame) -> tuple[Effects, pd.DataFrame, list[str]]:
    """Leave out studies without a moderator's value; return the rest, their moderators and notes."""
    included, notes = effects.table["included"].to_numpy(), []
    infinite = included & ~np.isfinite(effects.table["vi"].to_numpy())
    if infinite.any():
        raise InputError(f"{effects.table.loc[infinite, 'label'].iloc[0]} has vi=inf; it must be finite.")
    for name in columns:
        gone = included & missing_values(columns[name])
        if gone.any():
            table = effects.table.copy()
            table.loc[gone, ["included", "reason"]] = [False, f"no value of {name}"]
            notes.append(f"left out for want of {name}: {', '.join(table.loc[gone, 'label'].astype(str))}")
            effects, included = replace(effects, table=table), included & ~gone
    return effects, columns.loc[included].reset_index(drop=True).infer_objects(), notes


def _fitted(
    source: Effects, design: Design, *, method: str, test: str, level: float, notes: list[str]
) -> MetaRegression:
    y, v = source.yi, source.vi
    given = regressions(design.matrix, y, v)
    between = regression_tau2(given, method)
    beta, inverse, at = coefficients(given, between)
    residual, without = float(between[0]), float(tau2(problems(y, v), method)[0])
    df = math.inf if test == "z" else float(given.df)
    factor = variance_factor(at, given.df, test)
    covariance = (factor[:, None, None] * inverse @ inverse.mT)[0]
    if method == "EE":
        notes.append(_COMMON_R2)
    else:
        notes += [_AT_ZERO] * (residual == 0) + [_NOTHING_TO_EXPLAIN] * (without == 0)
    if factor[0] == 0:
        notes.append(_NO_ERROR)
    w = 1 / (v + residual)
    return MetaRegression(
        terms=design.terms,
        **_coefficient_tests(beta[0], np.sqrt(covariance.diagonal()), df, level),
        covariance=covariance,
        df=df,
        tau2=residual,
        tau2_se=float(regression_tau2_se(given, between, method)[0]),
        tau2_without=without,
        r2=100 * max(0.0, 1 - residual / without) if without > 0 else math.nan,
        **_omnibus(beta[0], at.r[0], float(given.unit[0]), float(factor[0]), df),
        **_residual_heterogeneity(given, residual, method),
        k=y.size,
        weights=100 * w / w.sum(),
        method=method,
        test=test,
        level=level,
        notes=tuple(notes),
        design=design,
        source=source,
    )


def _coefficient_tests(beta: FloatArray, se: FloatArray, df: float, level: float) -> dict[str, FloatArray]:
    half = float(quantile(df, level)) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = beta / se
    return {
        "beta": beta,
        "se": se,
        "statistic": statistic,
        "p": np.asarray(p_value(statistic, df)),
        "ci_low": beta - half,
        "ci_high": beta + half,
    }


def _omnibus(beta: FloatArray, r: FloatArray, unit: float, factor: float, df: float) -> dict[str, float]:
    """Test all coefficients but the intercept: ``b' C^-1 b`` with their covariance C.

    Its inverse is ``R2'R2 / unit`` for the lower right part R2 of the triangular factor. Divided by its
    degrees of freedom it has an F distribution where the variance factor is estimated (Knapp and Hartung
    2003).
    """
    m = beta.size - 1
    wald = float(np.sum((r[1:, 1:] @ beta[1:]) ** 2)) / unit
    if math.isinf(df):
        return {"qm": wald, "qm_df": m, "qm_p": float(gammaincc(m / 2, wald / 2))}
    qm = wald / factor / m if factor > 0 else math.inf if wald > 0 else math.nan
    return {"qm": qm, "qm_df": m, "qm_p": float(fdtrc(m, df, qm))}


def _residual_heterogeneity(given: Regressions, residual: float, method: str) -> dict[str, float]:
    """QE with its test, and I2 and H2 from tau2 and the typical sampling variance (k - p) / tr P."""
    zero = fit_at(given.x, given.y, given.v, np.zeros(1))
    qe, df = float(zero.rss[0]), given.df
    found = {"qe": qe, "qe_df": df, "qe_p": float(gammaincc(df / 2, qe / 2))}
    if method == "EE":
        return found | {"i2": 100 * max(0.0, 1 - df / qe) if qe > 0 else 0.0, "h2": qe / df}
    typical = float(given.unit[0] * df / trace_p(zero)[0])
    return found | {"i2": 100 * residual / (residual + typical), "h2": residual / typical + 1}
