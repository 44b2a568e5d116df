"""Trim and fill: how many studies seem to be missing on one side, and the mean with them put back."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.robustness.asymmetry import line
from evidence.robustness.small_study_input import given
from evidence.robustness.trimming import trim
from evidence.synthesis.inference import TESTS
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result
from evidence.synthesis.tau2 import METHODS

ESTIMATORS = ("L0", "R0", "Q0")
SIDES = ("auto", "left", "right")
_CAUTION = (
    "trim and fill takes asymmetry to come from missing extreme studies alone; it misleads where studies"
    " differ for other reasons, and filled studies are no data (Cochrane Handbook 5.1, 10.4.4.2)"
)
_ALIKE = "all estimates are equal: nothing is missing on either side"


@dataclass(frozen=True, slots=True, eq=False)
class TrimAndFill(Result):
    """Result of `trim_and_fill`.

    Attributes
    ----------
    k0, k0_se : int, float
        Number of studies that seem to be missing, and its standard error.
    k0_p : float
        Of the test that none is, which "R0" has alone; else NaN.
    side : {"left", "right"}
        Where they are missing.
    observed, adjusted : Pooled
        Mean of the studies, and of them with those filled in.
    filled : DataFrame
        One row a filled study: label, yi, vi, mirror (the study it mirrors) and position (its place among
        those pooled).
    centre : float
        Mean of the trimmed studies, about which they are mirrored.
    trimmed : tuple of int
        Numbers of trimmed studies from step to step.
    estimator : str
    forced : bool
        True if fewer than ten studies were forced through.
    notes : tuple of str
    """

    k0: int
    k0_se: float
    k0_p: float
    side: str
    observed: Pooled
    adjusted: Pooled
    filled: pd.DataFrame = field(repr=False)
    centre: float
    trimmed: tuple[int, ...]
    estimator: str
    forced: bool
    notes: tuple[str, ...]

    @property
    def estimate(self) -> float:
        """The adjusted mean."""
        return self.adjusted.estimate

    @property
    def ci_low(self) -> float:
        """Lower end of its interval."""
        return self.adjusted.ci_low

    @property
    def ci_high(self) -> float:
        """Upper end of its interval."""
        return self.adjusted.ci_high

    def summary(self) -> pd.DataFrame:
        """Return one row a mean: term, k, estimate, se, ci_low, ci_high, tau2, i2."""
        names = ["k", "estimate", "se", "ci_low", "ci_high", "tau2", "i2"]
        found = (("observed", self.observed), (f"with {self.k0} filled", self.adjusted))
        rows = [[term, *(getattr(pooled, name) for name in names)] for term, pooled in found]
        return pd.DataFrame(rows, columns=["term", *names])

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        said = (
            f"Trim and fill (Duval and Tweedie 2000) with estimator {self.estimator}: {self.k0} studies"
            f" filled in on the {self.side}. {self.adjusted.method_text()}"
        )
        return " ".join([said, *(f"{note[0].upper()}{note[1:]}." for note in self.notes)])


def trim_and_fill(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    estimator: str = "L0",
    side: str = "auto",
    method: str = "REML",
    test: str = "adhoc",
    level: float = 0.95,
    force: bool = False,
) -> TrimAndFill:
    """Fill in the studies that a symmetric funnel would hold, and pool again.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    estimator : {"L0", "R0", "Q0"}
        Of the number of missing studies.
    side : {"auto", "left", "right"}
        Where studies may be missing; by default opposite to where small studies lie (the sign of the slope of
        a meta-regression on the standard error).
    method, test, level
        Of the means; see `evidence.synthesis.pool.pool`.
    force : bool
        Take fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    TrimAndFill

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies.
    OptionError
        If an option does not exist.
    ConvergenceError
        If the number of trimmed studies goes round in circles.
    InputError
        If Q0 does not exist, as where nearly all ranks lie on one side.

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.

    Notes
    -----
    With the ranks of the absolute distances from the mean of the untrimmed studies, S the sum of those on the
    side of the extreme studies and g their rightmost run: ``R0 = g - 1``, ``L0 = (4 S - k (k + 1)) / (2 k -
    1)``, ``Q0 = k - 1/2 - sqrt(2 k^2 - 4 S + 1/4)``, rounded and at least 0, over and over until it stays.
    Tied distances are ranked in the order of the estimates.

    References
    ----------
    Duval and Tweedie 2000, J Am Stat Assoc 95:89; 2000, Biometrics 56:455.

    Examples
    --------
    >>> yi = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
    >>> vi = [0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
    >>> found = trim_and_fill(yi=yi, vi=vi)
    >>> found.k0, found.side, round(found.observed.estimate, 3), round(found.estimate, 3)
    (4, 'left', 0.354, 0.23)
    """
    option("estimator", estimator, ESTIMATORS)
    option("side", side, SIDES)
    option("method", method, METHODS)
    option("test", test, TESTS)
    level = checked_level(level)
    read = given("trim_and_fill", effects, yi, vi, force=force)
    notes = [*read.notes, _CAUTION]
    y, v = read.y, read.v
    if side == "auto":
        side = _side(y, v, method)
    sign = 1.0 if side == "left" else -1.0
    order = np.argsort(sign * y, kind="stable")
    if y.min() == y.max():
        steps, centre, k0_se, rank_p = (0,), float(y[0]), math.nan, math.nan
        notes.append(_ALIKE)
    else:
        steps, centre, k0_se, rank_p = trim(sign * y[order], v[order], estimator, method)
    k0, mirrored = steps[-1], order[y.size - steps[-1] :]
    labels = [read.studies.labels[i] for i in mirrored]
    filled = pd.DataFrame(
        {
            "label": [f"Filled: {label}" for label in labels],
            "yi": 2 * sign * centre - y[mirrored],
            "vi": v[mirrored],
            "mirror": labels,
            "position": mirrored,
        }
    )
    whole = _effects(effects, y, v)
    choices = {"method": method, "test": test, "level": level}
    observed = pool(whole, **choices)
    return TrimAndFill(
        k0=k0,
        k0_se=k0_se,
        k0_p=rank_p,
        side=side,
        observed=observed,
        adjusted=pool(_with(whole, filled), **choices) if k0 else observed,
        filled=filled,
        centre=sign * centre,
        trimmed=steps,
        estimator=estimator,
        forced=read.forced,
        notes=tuple(notes),
    )


def _effects(effects: Effects | pd.DataFrame | Pooled | None, y: FloatArray, v: FloatArray) -> Effects:
    if effects is None:
        return Effects(pd.DataFrame({"yi": y, "vi": v}))
    if isinstance(effects, Pooled):
        return effects.effects
    return effects if isinstance(effects, Effects) else Effects(effects)


def _with(whole: Effects, filled: pd.DataFrame) -> Effects:
    rows = filled[["label", "yi", "vi"]].assign(route="filled in by trim and fill", design="")
    table = pd.concat([whole.table, Effects(rows, whole.measure).table], ignore_index=True)
    return Effects(table, whole.measure, whole.scale, whole.title, whole.favours)


def _side(y: FloatArray, v: FloatArray, method: str) -> str:
    sei = np.sqrt(v)
    if sei.min() == sei.max():
        raise InputError(
            "trim_and_fill: all standard errors are alike, so that no side can be told; give side= 'left' or"
            " 'right'."
        )
    return "right" if line(sei, y, v, model="mixed", method=method, test="z").slope < 0 else "left"
