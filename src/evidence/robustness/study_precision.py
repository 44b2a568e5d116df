"""How precise a further study would be: its sampling variance from its people, and the test it allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from evidence.arguments import FloatArray
from evidence.effects.small_sample import hedges_correction
from evidence.robustness.stratified import Mixture


@dataclass(frozen=True, slots=True)
class Model:
    """What the pooled rows of a question say of a further study.

    Attributes
    ----------
    predictive : Mixture
        True effect of a further study: given tau it is normal, and tau follows its posterior distribution.
    per_person : float
        Median of sampling variance times people over the pooled rows.
    people : float
        Median number of people of the pooled rows.
    r : float
        Correlation of two measurements of the same people.
    """

    predictive: Mixture
    per_person: float
    people: float
    r: float


@dataclass(frozen=True, slots=True)
class Precision:
    """Sampling variance of an effect y, and its test of no effect.

    Attributes
    ----------
    at_zero, slope : float
        The variance is `at_zero` + `slope` y².
    tested : float
        Squared standard error of the test, of y without its small-sample correction.
    df : float
        Degrees of freedom of the test; infinite for the normal distribution.
    factor : float
        Small-sample correction.
    """

    at_zero: float
    slope: float
    tested: float
    df: float = np.inf
    factor: float = 1.0

    def variance(self, y: FloatArray) -> FloatArray:
        """Return the sampling variance at the effects y."""
        return self.at_zero + self.slope * y**2

    def effect(self, p: float) -> float:
        """Return the size of effect whose two-sided test gives p."""
        return float(self.factor * stats.t.isf(p / 2, self.df) * np.sqrt(self.tested))


def precision(measure: str, people: tuple[float, ...], model: Model, *, paired: bool) -> Precision:
    """Return the sampling variance that a study of so many people has.

    Standardised changes (Becker, 1988) and differences (Hedges and Olkin, 1985, p. 86; for sides of one face
    Bonett, 2008) by their formulas; other measures by the pooled rows' median variance times people.
    """
    n = float(min(people) if paired else sum(people))
    if measure in {"SMCR", "SMCC"} and n > 2:
        unit = 2 * (1 - model.r) if measure == "SMCR" else 1.0
        return Precision(unit / n, 1 / (2 * n), unit / n, n - 1, float(hedges_correction(n - 1)))
    if measure == "SMD" and paired and n > 2:
        factor = float(hedges_correction(2 * (n - 1) / (1 + model.r**2)))
        unit, slope = 2 * (1 - model.r), (1 + model.r**2) / (4 * (n - 1))
        return Precision(unit / (n - 1), slope, unit / n, n - 1, factor)
    if measure == "SMD" and len(people) == 2 and n > 3:
        factor = float(hedges_correction(n - 2))
        sizes = 1 / people[0] + 1 / people[1]
        return Precision(sizes, 1 / (2 * n), sizes, n - 2, factor)
    return Precision(model.per_person / n, 0.0, model.per_person / n)
