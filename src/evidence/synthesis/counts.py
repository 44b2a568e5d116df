"""What the models of two-group counts share: checked tables and the result they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from evidence.arguments import FloatArray, floats
from evidence.effects.scale import scale
from evidence.errors import InputError, TooFewStudiesError
from evidence.synthesis.exact import checked_counts
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.result import Result

SCALES = {"OR": "log", "RR": "log", "RD": "identity"}
NAMES = {"OR": "odds ratio", "RR": "risk ratio", "RD": "risk difference"}


@dataclass(frozen=True, slots=True)
class Tables:
    """Two-by-two tables of independent groups: events and people, each of shape (..., k)."""

    ai: FloatArray
    n1i: FloatArray
    ci: FloatArray
    n2i: FloatArray

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.ai.size

    @property
    def columns(self) -> dict[str, FloatArray]:
        """The counts by the names that `escalc` and its kernels take."""
        return {"ai": self.ai, "n1i": self.n1i, "ci": self.ci, "n2i": self.n2i}

    @property
    def one_sided(self) -> FloatArray:
        """True where nobody, or everybody, had the event in both groups."""
        events = self.ai + self.ci
        return (events == 0) | (events == self.n1i + self.n2i)

    def take(self, keep: FloatArray) -> Tables:
        """Return the studies where `keep` is true."""
        return Tables(self.ai[keep], self.n1i[keep], self.ci[keep], self.n2i[keep])


def two_groups(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike, *, least: int = 1) -> Tables:
    """Check the counts of two groups.

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and people of the first and of the second group.
    least : int
        Studies the model needs.

    Raises
    ------
    InputError
        If a count is impossible, a study has only one arm (a gap or zero people), or lengths differ.
    TooFewStudiesError
        If there are fewer studies than `least`.

    Examples
    --------
    >>> two_groups([1, 2], [10, 12], [0, 3], [11, 12]).k
    2
    """
    second = np.atleast_1d(floats("n2i", n2i))
    for position in np.flatnonzero(~np.isfinite(second) | (second == 0)):
        raise InputError(
            f"n2i at position {position} is {second[position]:g}: a study with one arm cannot be compared;"
            " pool its proportion instead, or leave it out."
        )
    first_events, first = checked_counts(ai, n1i, ("ai", "n1i"))
    second_events, second = checked_counts(ci, n2i, ("ci", "n2i"))
    if first.size != second.size:
        raise InputError(
            f"n1i has {first.size} studies and n2i {second.size}; every study needs both groups."
        )
    if first.size < least:
        raise TooFewStudiesError(f"The model needs {least} or more studies; there is {first.size}.")
    return Tables(first_events, first, second_events, second)


def refuse_empty(tables: Tables, what: str) -> None:
    """Raise unless there are events and non-events somewhere.

    Raises
    ------
    InputError
        If no study has an event, or every person has one: no relative effect exists.
    """
    if tables.one_sided.all():
        kind = "no events" if not (tables.ai + tables.ci).any() else "only events, or none,"
        raise InputError(
            f"{what}: all {tables.k} studies have {kind} in both groups (ai+ci), so no relative effect can be"
            " estimated. Use measure='RD' with mantel_haenszel, or show the exact interval of each group."
        )


@dataclass(frozen=True, slots=True, repr=False)
class CountPooled(Result):
    """A pooled comparison of two groups of counts.

    Attributes
    ----------
    measure, method, model, scale : str
        Ratios stand on the log scale, the risk difference on its own.
    estimate, se, statistic, p, ci_low, ci_high : float
    pi_low, pi_high : float
        Prediction interval; NaN for a common-effect method or fewer than three studies.
    tau2, tau2_se : float
        Variance between studies; NaN for a common-effect method.
    tau2_ci : tuple of float
        Profile-likelihood interval of tau2 where the model has one.
    i2, h2 : float
        Percent, and ratio, by Q; NaN where the model has no Q.
    q, q_df, q_p : float
        Test of heterogeneity; `q_name` says which.
    k : int
        Studies handed in.
    k_used : int
        Studies that inform the estimate.
    weights : array, shape (k,)
        Percent; NaN where the model has none.
    association : dict
        Further tests of no association, by name: (statistic, p).
    parameters : dict
        Further parameters of the model by name.
    log_likelihood : float
    test, level, notes
    """

    measure: str
    method: str
    model: str
    estimate: float
    se: float
    statistic: float
    p: float
    ci_low: float
    ci_high: float
    k: int
    k_used: int
    level: float
    test: str
    weights: FloatArray
    text: str
    pi_low: float = np.nan
    pi_high: float = np.nan
    tau2: float = np.nan
    tau2_se: float = np.nan
    tau2_ci: tuple[float, float] = (np.nan, np.nan)
    i2: float = np.nan
    h2: float = np.nan
    q: float = np.nan
    q_df: float = np.nan
    q_p: float = np.nan
    q_name: str = ""
    association: dict[str, tuple[float, float]] | None = None
    parameters: dict[str, float] | None = None
    log_likelihood: float = np.nan
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> str:
        """Scale the estimate stands on: "log" or "identity"."""
        return SCALES[self.measure]

    @property
    def null(self) -> float:
        """Value of no effect on the analysis scale."""
        return scale(self.scale).null

    def summary(self) -> pd.DataFrame:
        """Return one row on the analysis scale and one as a reader understands it."""
        names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        values = np.array([getattr(self, name) for name in names])
        rows = [self._row(f"{'log ' if self.scale == 'log' else ''}{NAMES[self.measure]}", names, values)]
        if self.scale == "log":
            rows.append(self._row(NAMES[self.measure], names, scale("log").back(values)))
        return pd.DataFrame(rows)

    def _row(self, measure: str, names: tuple[str, ...], values: FloatArray) -> dict[str, object]:
        numbers = dict(zip(names, (float(value) for value in values), strict=True))
        return {
            "measure": measure,
            "method": self.method,
            **numbers,
            "p": self.p,
            "tau2": self.tau2,
            "k": self.k,
        }

    def method_text(self) -> str:
        """Return the sentence a methods section needs."""
        return self.text

    def __repr__(self) -> str:
        return (
            f"CountPooled({self.measure}, {self.method}: {self.estimate:.4f}"
            f" [{self.ci_low:.4f}, {self.ci_high:.4f}], k={self.k})"
        )


def wald(estimate: float, se: float, *, test: str, df: float, level: float) -> dict[str, float]:
    """Statistic, p value and interval of an estimate by the normal (test "z") or the t distribution.

    Examples
    --------
    >>> round(wald(1.0, 0.5, test="z", df=4, level=0.95)["ci_low"], 2)
    0.02
    """
    df = np.inf if test == "z" else float(df)
    statistic = estimate / se
    half = float(quantile(df, level)) * se
    return {
        "estimate": float(estimate),
        "se": float(se),
        "statistic": float(statistic),
        "p": float(p_value(statistic, df)),
        "ci_low": float(estimate - half),
        "ci_high": float(estimate + half),
    }


def prediction(estimate: float, se: float, tau2: float, k: int, level: float) -> tuple[float, float]:
    """Prediction interval of a new study's effect with k - 2 degrees of freedom (Higgins et al. 2009).

    Examples
    --------
    >>> low, high = prediction(0.0, 1.0, 0.0, 4, 0.95)
    >>> round(high, 3)
    4.303
    """
    if k < 3:
        return np.nan, np.nan
    half = float(quantile(float(k - 2), level)) * np.sqrt(tau2 + se**2)
    return float(estimate - half), float(estimate + half)


def q_test(q: float, df: int) -> dict[str, float]:
    """Q with its p value, I2 (percent, not below zero) and H2 (Higgins and Thompson 2002).

    Examples
    --------
    >>> round(q_test(10.0, 5)["i2"], 1)
    50.0
    """
    if df < 1:
        return {"q": float(q), "q_df": float(df), "q_p": np.nan, "i2": np.nan, "h2": np.nan}
    i2 = max(0.0, 100 * (q - df) / q) if q > 0 else 0.0
    return {
        "q": float(q),
        "q_df": float(df),
        "q_p": float(chdtrc(df, q)),
        "i2": i2,
        "h2": float(q / df),
    }
