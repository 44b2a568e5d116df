"""Three-level meta-analysis of dependent effects, with correlated sampling errors if asked for (CHE)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from evidence.arguments import level as checked_level
from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError, TooFewStudiesError
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.nested import (
    IntArray,
    Nested,
    evaluate,
    maximise_variances,
    nested,
    typical_variance,
)
from evidence.synthesis.result import Result, plain
from evidence.synthesis.robust import Robust, robust
from evidence.synthesis.study_input import Studies, studies

METHODS = {"REML": "restricted maximum likelihood", "ML": "maximum likelihood"}
TESTS = {"z": "normal distribution", "t": "t distribution with k - 1 degrees of freedom"}


@dataclass(frozen=True, slots=True, eq=False)
class Multilevel(Result):
    """Result of `multilevel`.

    Attributes
    ----------
    estimate, se, statistic, df, p, ci_low, ci_high : float
        Pooled mean with its model-based test; `df` is infinite for test "z".
    sigma2 : tuple of float
        Variance between outer clusters, and between inner units of one cluster.
    log_likelihood : float
        Restricted for "REML".
    k, clusters : int
        Number of effects and of outer clusters.
    i2 : float
        Share of variance that is heterogeneity, in percent.
    i2_levels : tuple of float
        The same for the outer and the inner level.
    q, q_df, q_p : float
        Test of homogeneity of all effects.
    method, test, level, rho : str or float
    notes : tuple of str
    scale : str
    data : Nested
        The sorted effects.
    """

    estimate: float
    se: float
    statistic: float
    df: float
    p: float
    ci_low: float
    ci_high: float
    sigma2: tuple[float, float]
    log_likelihood: float
    k: int
    clusters: int
    i2: float
    i2_levels: tuple[float, float]
    q: float
    q_df: int
    q_p: float
    method: str
    test: str
    level: float
    rho: float
    notes: tuple[str, ...]
    scale: str
    data: Nested = field(repr=False)

    def robust(self, kind: str = "CR2", *, level: float | None = None) -> Robust:
        """Return the mean with a cluster-robust test, which holds if the working model does not.

        Parameters
        ----------
        kind : {"CR0", "CR1", "CR2"}
            See `evidence.synthesis.robust.robust`.
        level : float, optional
            By default that of the model.

        Raises
        ------
        OptionError
            If there is no such kind.

        Warns
        -----
        FewStudiesWarning
            Below five clusters.

        Examples
        --------
        >>> result = multilevel(yi=[0.1, 0.3, 0.5, 0.2, 0.9, 0.7, 0.4], vi=[0.05] * 7, outer=list("aabbcde"))
        >>> found = result.robust("CR2")
        >>> round(found.se, 4), round(found.df, 3)
        (0.1249, 3.879)
        """
        wanted = self.level if level is None else checked_level(level)
        return robust(self.data, self.sigma2, self.estimate, kind=kind, level=wanted)

    def display(self) -> dict[str, float]:
        """Return estimate, ci_low and ci_high on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        return {
            name: float(back(np.asarray(getattr(self, name)))) for name in ("estimate", "ci_low", "ci_high")
        }

    def summary(self) -> pd.DataFrame:
        """Return the result in one row."""
        names = ("estimate", "se", "statistic", "df", "p", "ci_low", "ci_high")
        row = {name: getattr(self, name) for name in names}
        row |= {"sigma2_outer": self.sigma2[0], "sigma2_inner": self.sigma2[1], "i2": self.i2}
        return pd.DataFrame([row | {"k": self.k, "clusters": self.clusters}])

    def method_text(self) -> str:
        """Return the sentence a methods section needs."""
        errors = "independent sampling errors"
        if self.rho > 0:
            errors = (
                f"sampling errors correlated at {self.rho:g} within a cluster"
                " (correlated and hierarchical effects, Pustejovsky and Tipton 2022)"
            )
        return (
            f"Three-level meta-analysis of {self.k} effects in {self.clusters} clusters with {errors};"
            f" variances by {METHODS[self.method]}; {100 * self.level:g} % confidence interval by the"
            f" {TESTS[self.test]}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return every number in types that JSON can hold; the sorted effects are left out."""
        names = [name for name in self.__dataclass_fields__ if name != "data"]
        return {name: plain(getattr(self, name)) for name in names}


def multilevel(
    effects: Effects | pd.DataFrame | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    outer: str | ArrayLike | None = None,
    inner: str | ArrayLike | None = None,
    rho: float | None = None,
    method: str = "REML",
    test: str = "z",
    level: float = 0.95,
) -> Multilevel:
    """Pool dependent effects in a three-level model.

    Parameters
    ----------
    effects : Effects or DataFrame, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    outer : str or array, shape (k,), optional
        Cluster of every effect, usually the study: a column of `effects` (by default "study_id") or values.
    inner : str or array, shape (k,), optional
        Unit within the cluster; effects of one unit share their true effect. By default each effect is one.
    rho : float, optional
        Correlation of the sampling errors of one cluster, from 0 to below 1; by default 0, independent.
    method : {"REML", "ML"}
    test : {"z", "t"}
        Normal, or t with k - 1 degrees of freedom as metafor's. With few clusters use ``.robust("CR2")``.
    level : float

    Returns
    -------
    Multilevel

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two effects or fewer than two clusters.
    OptionError, InputError
        If an option does not exist, a column is missing, lengths differ, `rho` is out of range, or a variance
        is not above 0.

    Notes
    -----
    Effects of a cluster have covariance ``rho sqrt(vi vj) + sigma2_outer`` and, within one inner unit,
    ``sigma2_inner`` more. Likelihoods are those of metafor's `rma.mv`, constants included. I2 by level after
    Nakagawa and Santos 2012 (Evol Ecol 26:1253) with the typical variance of Higgins and Thompson (2002).

    References
    ----------
    Konstantopoulos 2011, Res Synth Methods 2:61; Van den Noortgate et al. 2013, Behav Res Methods 45:576;
    Pustejovsky and Tipton 2022, Prev Sci 23:425 (correlated and hierarchical effects).

    Examples
    --------
    >>> result = multilevel(yi=[0.1, 0.3, 0.5, 0.2, 0.9, 0.7, 0.4], vi=[0.05] * 7, outer=list("aabbcde"))
    >>> round(result.estimate, 4), [round(x, 4) for x in result.sigma2]
    (0.4787, [0.0401, 0.0])
    """
    option("method", method, METHODS)
    option("test", test, TESTS)
    level = checked_level(level)
    rho = _checked_rho(rho)
    given = studies("multilevel", effects, yi, vi, least=2, instead="Show the effect itself.")
    cluster = _codes(given, "outer", outer)
    unit = np.arange(given.y.size) if inner is None else _codes(given, "inner", inner)
    data = nested(given.y, given.v, cluster, unit, rho)
    if data.clusters < 2:
        raise TooFewStudiesError(
            f"outer holds one cluster ({given.y.size} effects); a mean over clusters needs two or more."
            " Pool within the cluster, or name the unit that differs."
        )
    sigma2 = maximise_variances(data, restricted=method == "REML")
    return _result(given, data, sigma2, method=method, test=test, level=level)


def _checked_rho(rho: float | None) -> float:
    if rho is None:
        return 0.0
    if isinstance(rho, bool) or not isinstance(rho, Real) or not 0 <= rho < 1:
        raise InputError(
            f"rho={rho!r} must lie between 0 and 1 (below 1: effects of a cluster are not copies), as 0.6."
        )
    return float(rho)


def _codes(given: Studies, name: str, values: str | ArrayLike | None) -> IntArray:
    """Codes of clusters or units, from values or a column of the table."""
    if values is None:
        if given.table is None:
            raise InputError(f"multilevel needs {name}: the cluster of every effect, usually its study.")
        values = "study_id"
    if isinstance(values, str):
        if given.table is None or values not in given.table:
            has = "no table of effects was given" if given.table is None else f"it has {list(given.table)}"
            raise InputError(f"{name}={values!r} is not a column of effects; {has}.")
        values = given.table[values]
    column = pd.Series(np.asarray(values, dtype=object).ravel())
    if column.size != given.y.size:
        raise InputError(f"{name} has {column.size} values where {given.y.size} are needed, one an effect.")
    if column.isna().any():
        where = int(np.flatnonzero(column.isna())[0])
        raise InputError(f"{name} is missing at position {where}; every effect belongs to one.")
    return pd.factorize(column)[0]


def _result(
    given: Studies, data: Nested, sigma2: np.ndarray, *, method: str, test: str, level: float
) -> Multilevel:
    k = data.y.size
    fit = evaluate(data, sigma2[None], restricted=method == "REML")
    estimate, se = data.origin + float(fit.mean[0]), 1 / math.sqrt(fit.precision[0])
    df = math.inf if test == "z" else float(k - 1)
    half = float(quantile(df, level)) * se
    q = float(evaluate(data, np.zeros((1, 2)), restricted=False).q[0])
    whole = float(sigma2.sum()) + typical_variance(data)
    outer, inner = (float(100 * part / whole) for part in sigma2)
    return Multilevel(
        estimate=estimate,
        se=se,
        statistic=estimate / se,
        df=df,
        p=float(p_value(estimate / se, df)),
        ci_low=estimate - half,
        ci_high=estimate + half,
        sigma2=(float(sigma2[0]), float(sigma2[1])),
        log_likelihood=float(fit.value[0]),
        k=k,
        clusters=data.clusters,
        i2=outer + inner,
        i2_levels=(outer, inner),
        q=q,
        q_df=k - 1,
        q_p=float(gammaincc((k - 1) / 2, max(q, 0.0) / 2)),
        method=method,
        test=test,
        level=level,
        rho=data.rho,
        notes=_notes(data, sigma2),
        scale=given.scale,
        data=data,
    )


def _notes(data: Nested, sigma2: np.ndarray) -> tuple[str, ...]:
    notes = []
    if not data.separable:
        notes.append(
            "every cluster has one unit: the two variances cannot be told apart, all of it is shown as outer"
        )
    names = ("outer", "inner") if data.separable else ("outer",)
    zero = [name for name, value in zip(names, sigma2, strict=False) if value == 0]
    notes += [f"the {name} variance is estimated as 0, the least it can be" for name in zero]
    return tuple(notes)
