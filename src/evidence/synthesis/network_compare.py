"""Every treatment against every other: estimates of a fitted network with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.effects.scale import scale as named_scale
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.network_kernels import se_matrix
from evidence.synthesis.network_pairs import IntArray
from evidence.synthesis.result import Result

NUMBERS = ("te", "se", "ci_low", "ci_high", "statistic", "p", "pi_low", "pi_high")


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A network under one model.

    Attributes
    ----------
    tau2 : float
        0 for the common effect.
    effects : array, shape (n,)
        Of the treatments, up to a constant in each part.
    covariance : array, shape (n, n)
    part : array of int, shape (n,)
        Treatments are comparable within a part.
    prediction_df : float
        Degrees of freedom of prediction intervals; NaN where there are none.
    """

    tau2: float
    effects: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)
    part: IntArray = field(repr=False)
    prediction_df: float

    def te(self) -> FloatArray:
        """Effects of row against column, shape (n, n); NaN across parts."""
        return np.where(self._joined(), self.effects[:, None] - self.effects, np.nan)

    def se(self) -> FloatArray:
        """Their standard errors, shape (n, n); 0 on the diagonal."""
        return np.where(self._joined(), se_matrix(self.covariance), np.nan)

    def _joined(self) -> FloatArray:
        return self.part[:, None] == self.part


def numbers(te: FloatArray, se: FloatArray, fit: Fit, level: float) -> dict[str, FloatArray]:
    """Return te and se with test and intervals; NaN test where a treatment meets itself.

    The prediction interval has t with one degree of freedom fewer than Q, for tau2 (Higgins, Thompson and
    Spiegelhalter 2009, J R Stat Soc A 172:137, section 4.2, carried over to networks: with two treatments it
    is their k - 2).
    """
    half = float(quantile(math.inf, level)) * se
    ahead = np.full_like(se, np.nan)
    if fit.prediction_df >= 1:
        ahead = float(quantile(fit.prediction_df, level)) * np.sqrt(fit.tau2 + se**2)
    apart = np.where(se > 0, se, np.nan)
    statistic = te / apart
    return {
        "te": te,
        "se": se,
        "ci_low": te - half,
        "ci_high": te + half,
        "statistic": statistic,
        "p": p_value(statistic, math.inf),
        "pi_low": np.where(se > 0, te - ahead, np.nan),
        "pi_high": np.where(se > 0, te + ahead, np.nan),
    }


@dataclass(frozen=True, slots=True)
class Comparison(Result):
    """One treatment against another: `t1` minus (on the log scale over) `t2`.

    Attributes
    ----------
    t1, t2 : str
    te, se, ci_low, ci_high, statistic, p : float
        On the analysis scale, normal distribution.
    pi_low, pi_high : float
        Prediction interval; NaN for the common effect and without degrees of freedom.
    model, level, scale : str or float
    """

    t1: str
    t2: str
    te: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float
    pi_low: float
    pi_high: float
    model: str
    level: float
    scale: str

    def display(self) -> dict[str, float]:
        """Return te and both intervals on the reader's scale (ratios)."""
        back = named_scale(self.scale).back
        shown = ("te", "ci_low", "ci_high", "pi_low", "pi_high")
        return {name: float(back(np.asarray(getattr(self, name)))) for name in shown}

    def summary(self) -> pd.DataFrame:
        """Return the comparison in one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in ("t1", "t2", *NUMBERS)}])

    def method_text(self) -> str:
        """Say what is compared, and how sure."""
        kind = "random effects" if self.model == "random" else "common effect"
        return (
            f"{self.t1} against {self.t2}, network estimate ({kind}), {100 * self.level:g} % confidence"
            " interval by the normal distribution."
        )


def league(fit: Fit, treatments: tuple[str, ...], order: IntArray, level: float) -> pd.DataFrame:
    """One row a cell: `treatment` (the row of a league table) against `comparator` (its column)."""
    row, column = np.meshgrid(order, order, indexing="ij")
    row, column = row.ravel(), column.ravel()
    te, se = (matrix[row, column] for matrix in (fit.te(), fit.se()))
    labels = np.array(treatments, dtype=object)
    return pd.DataFrame(
        {"treatment": labels[row], "comparator": labels[column], **numbers(te, se, fit, level)}
    )


def league_words(table: pd.DataFrame, scale: str, digits: int) -> pd.DataFrame:
    """A league as a square of words, every cell its row against its column."""
    back = named_scale(scale).back
    shown = {name: back(table[name].to_numpy()) for name in ("te", "ci_low", "ci_high")}
    words = [
        ""
        if one == two
        else "not connected"
        if math.isnan(te)
        else f"{te:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
        for one, two, te, low, high in zip(
            table["treatment"],
            table["comparator"],
            shown["te"],
            shown["ci_low"],
            shown["ci_high"],
            strict=True,
        )
    ]
    names = table["treatment"].drop_duplicates().tolist()
    square = np.array(words, dtype=object).reshape(len(names), len(names))
    return pd.DataFrame(
        square, index=pd.Index(names, name="row against column"), columns=pd.Index(names, name="against")
    )
