"""Subgroups: a pooled result for each kind of study, and the test whether the kinds differ."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import gammaincc

from evidence.arguments import level as checked_level
from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError, OptionError
from evidence.synthesis.design_matrix import missing_values, unknown_names
from evidence.synthesis.inference import p_value
from evidence.synthesis.kernels import problems, trace_p, weighted
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.regression import metareg
from evidence.synthesis.regression_kernels import TESTS
from evidence.synthesis.regression_result import MetaRegression
from evidence.synthesis.result import Result
from evidence.synthesis.tau2 import METHODS

_BY = "subgroup"
_NAN = (math.nan, math.nan)
_ALONE = "one study: its interval rests on its sampling variance alone"
_ALONE_COMMON = "one study: its heterogeneity is borrowed from the other subgroups"
_SHARED = "tau2 is estimated once, for all subgroups together"


@dataclass(frozen=True, slots=True, eq=False)
class Subgroups(Result):
    """Result of `subgroups`.

    Attributes
    ----------
    by : str
        Column that makes the subgroups.
    results : dict of str to Pooled
        In alphabetical order of the subgroups.
    overall : Pooled
        All of these studies together.
    q_between, df, p : float
        Test whether the subgroups have one mean: chi-squared with `df` degrees of freedom, or F with `df`
        and `df_error` where `df_error` is finite.
    df_error : float
    tau2 : float
        The common between-study variance; NaN where each subgroup has its own.
    common_tau2 : bool
    method, test, level : str or float
        The choices.
    notes : tuple of str
        Studies left out, and subgroups of one study.
    """

    by: str
    results: dict[str, Pooled] = field(repr=False)
    overall: Pooled = field(repr=False)
    q_between: float
    df: int
    df_error: float
    p: float
    tau2: float
    common_tau2: bool
    method: str
    test: str
    level: float
    notes: tuple[str, ...]

    @property
    def single(self) -> tuple[str, ...]:
        """Subgroups of one study."""
        return tuple(name for name, result in self.results.items() if result.k == 1)

    @property
    def effects(self) -> Effects:
        """The effect sizes, those left out included."""
        return self.overall.effects

    def summary(self) -> pd.DataFrame:
        """Return one row a subgroup, then "overall": estimate, intervals, p, tau2, I2, and whether single."""
        rows = [*self.results.items(), ("overall", self.overall)]
        names = ("k", "estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high", "p", "tau2", "i2")
        table = pd.DataFrame(
            [{"subgroup": name} | {each: getattr(result, each) for each in names} for name, result in rows]
        )
        return table.assign(single=table["k"] == 1)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        model = self.overall.method_text().rstrip(".")
        model = model[0].lower() + model[1:]
        if self.method == "EE":
            shared = "no between-study variance"
        else:
            shared = "one between-study variance for all" if self.common_tau2 else "each with its own"
            shared += "" if self.common_tau2 else " between-study variance"
        if math.isfinite(self.df_error):
            test = f"the F test of the moderator in a meta-regression ({self.df} and {self.df_error:g} df)"
        else:
            test = (
                f"Cochran's Q between their means (chi-squared, {self.df} df, Borenstein et al. 2009, ch. 19)"
            )
        count = len(self.results)
        return f"Studies in {count} subgroups by {self.by}, {shared} ({model}); compared by {test}."


def subgroups(
    effects: Effects | pd.DataFrame,
    by: str,
    *,
    method: str = "REML",
    test: str = "adhoc",
    level: float = 0.95,
    common_tau2: bool = False,
) -> Subgroups:
    """Pool subgroups of studies and test whether their means differ.

    Parameters
    ----------
    effects : Effects or DataFrame
    by : str
        Column of their table; each of its values is a subgroup. Studies without one are left out, with a
        note.
    method : str
        As `evidence.synthesis.pool.pool`, but for "IVhet".
    test : {"z", "t", "knha", "adhoc"}
        Of the pooled means.
    level : float
        Of all intervals.
    common_tau2 : bool
        Estimate one tau2 for all subgroups, as a meta-regression on `by` does, in place of one each.

    Returns
    -------
    Subgroups

    Raises
    ------
    OptionError
        If an option or the column does not exist, or common_tau2 is asked of the common-effect model.
    InputError
        If there are fewer than two subgroups.
    TooFewStudiesError
        If, for a common tau2, every subgroup is a single study.

    Warns
    -----
    FewStudiesWarning
        If a subgroup has one study. It is shown, not pooled; see `notes`.

    Notes
    -----
    With separate tau2, ``Q = sum of w (m - mean)^2`` with the inverse Wald variances of the means as
    weights, whatever the test of the means: chi-squared with one degree of freedom fewer than subgroups
    (Borenstein, Hedges, Higgins and Rothstein 2009, Introduction to Meta-Analysis, ch. 19). With a common
    tau2 and test "z" the same formula gives QM of the meta-regression; with the other tests its F test is
    used, and all intervals have its degrees of freedom.

    Examples
    --------
    >>> table = pd.DataFrame({"yi": [0.1, 0.3, 0.8, 1.1], "vi": [0.02, 0.03, 0.02, 0.04],
    ...                       "design": ["parallel", "parallel", "split-face", "split-face"]})
    >>> found = subgroups(table, "design", method="EE", test="z")
    >>> {name: round(result.estimate, 2) for name, result in found.results.items()}
    {'parallel': 0.18, 'split-face': 0.9}
    >>> round(found.q_between, 2), found.df
    (20.46, 1)
    """
    option("method", method, METHODS)
    option("test", test, TESTS)
    option("common_tau2", common_tau2, (True, False))
    if common_tau2 and method == "EE":
        raise OptionError("common_tau2=True needs a method that estimates tau2, not method='EE'.")
    level = checked_level(level)
    used, levels, notes = _grouped(effects, by)
    choices = {"method": method, "test": test, "level": level}
    results = {name: pool(_part(used, levels == name), **choices) for name in sorted(set(levels))}
    alone = [name for name, result in results.items() if result.k == 1]
    notes += [f"{by}={name}: {_ALONE_COMMON if common_tau2 else _ALONE}" for name in alone]
    if alone:
        warnings.warn("; ".join(notes[-len(alone) :]), FewStudiesWarning, stacklevel=2)
    if common_tau2:
        fit = _regression(used, levels, choices)
        predicted = fit.predict({_BY: list(results)}).set_index(_BY)
        results = {
            name: _with_common_tau2(result, fit, predicted.loc[name]) for name, result in results.items()
        }
        between = (fit.qm, fit.qm_df, fit.df, fit.qm_p)
    else:
        between = _q_between(results)
    q_between, df, df_error, p = between
    return Subgroups(
        by=by,
        results=results,
        overall=pool(used, **choices),
        q_between=q_between,
        df=df,
        df_error=df_error,
        p=p,
        tau2=fit.tau2 if common_tau2 else math.nan,
        common_tau2=common_tau2,
        **choices,
        notes=tuple(notes),
    )


def _grouped(effects: Effects | pd.DataFrame, by: str) -> tuple[Effects, np.ndarray, list[str]]:
    """The studies that have a subgroup, their subgroups as text, and notes on the others."""
    effects = Effects(effects) if isinstance(effects, pd.DataFrame) else effects
    if not isinstance(effects, Effects):
        raise InputError(f"effects must be Effects or a DataFrame, not {type(effects).__name__}.")
    unknown_names([by], list(effects.table.columns), "Subgroup column")
    table, notes = effects.table.copy(), []
    gone = table["included"].to_numpy() & missing_values(table[by])
    if gone.any():
        notes.append(f"left out for want of {by}: {', '.join(table.loc[gone, 'label'].astype(str))}")
        table.loc[gone, "included"] = False
        table.loc[gone, "reason"] = f"no value of {by}"
    levels = table.loc[table["included"], by].astype(str).to_numpy()
    count = len(set(levels))
    if count < 2:
        raise InputError(f"by={by!r} makes {count} subgroups of the {len(levels)} studies; 2 or more needed.")
    return replace(effects, table=table), levels, notes


def _part(used: Effects, chosen: np.ndarray) -> Effects:
    return replace(used, table=used.included.loc[chosen])


def _regression(used: Effects, levels: np.ndarray, choices: dict[str, Any]) -> MetaRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewStudiesWarning)  # subgroups warn in their own words
        return metareg(yi=used.yi, vi=used.vi, moderators={_BY: levels}, **choices)


def _with_common_tau2(own: Pooled, fit: MetaRegression, row: pd.Series) -> Pooled:
    """The result of a subgroup with tau2, standard error and degrees of freedom of the regression."""
    w = 1 / (own.vi + fit.tau2)
    found = {name: float(row[name]) for name in ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high")}
    statistic = found["estimate"] / found["se"] if found["se"] > 0 else math.inf
    i2, h2 = _share_between(own, fit.tau2)
    return replace(
        own,
        **found,
        statistic=statistic,
        df=fit.df,
        p=float(p_value(statistic, fit.df)),
        tau2=fit.tau2,
        tau2_se=fit.tau2_se,
        tau2_ci=_NAN,
        i2=i2,
        i2_ci=_NAN,
        h2=h2,
        h2_ci=_NAN,
        weights=100 * w / w.sum(),
        test=fit.test,
        prediction="none" if math.isnan(found["pi_low"]) else "HTS",
        tau2_interval="none",
        notes=(_SHARED, *([_ALONE_COMMON] if own.k == 1 else [])),
    )


def _share_between(own: Pooled, tau2: float) -> tuple[float, float]:
    """I2 and H2 of a subgroup at the common tau2; NaN for one study."""
    if own.k == 1:
        return math.nan, math.nan
    given = problems(own.yi, own.vi)
    typical = float(given.unit[0] * (own.k - 1) / trace_p(weighted(given.y, given.v, np.zeros(1)))[0])
    return 100 * tau2 / (tau2 + typical), tau2 / typical + 1


def _q_between(results: dict[str, Pooled]) -> tuple[float, int, float, float]:
    """Q of the subgroup means about their weighted mean, with inverse Wald variances as weights."""
    means = np.array([result.estimate for result in results.values()])
    weights = np.array([np.sum(1 / (result.vi + result.tau2)) for result in results.values()])
    q = float(weights @ (means - weights @ means / weights.sum()) ** 2)
    df = len(means) - 1
    return q, df, math.inf, float(gammaincc(df / 2, q / 2))
