"""`Sequential`: where the cumulative Z curve stands against its boundaries, and what that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, vector
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.robustness import sequential_words as say
from evidence.robustness.boundaries import boundaries
from evidence.synthesis.result import Result


@dataclass(frozen=True, slots=True, eq=False)
class Sequential(Result):
    """Result of `evidence.robustness.sequential.sequential`.

    Arrays and tuples have one entry a look. Benefit is the side on which `delta` lies.

    Attributes
    ----------
    added : tuple of str
        Studies that came with the look.
    k : array
        Studies so far.
    information : array
        Sum of the inverse sampling variances so far.
    people : array
        People so far; NaN from the first study whose number is not known.
    fraction : array
        Information (or people, see `unit`) over what is required.
    estimate, se, z, tau2 : array
        Cumulative pooled mean on the analysis scale and its Z.
    upper, futility : array
        Boundary of significance (its mirror image is that of harm) and upper edge of the futility wedge, on
        the Z scale, on the side of benefit; infinite or NaN where there is none.
    alpha_spent, beta_spent : array
    status : tuple of str
        "benefit", "harm" or "futility" beyond a boundary; "inside"; "no boundary" for looks that carry too
        little information, or come after the required size was reached.
    conclusion : str
        "benefit", "harm", "futility", "required size reached" or "undecided".
    decided_at : int or None
        Position of the look that decided.
    ci_low, ci_high : float
        Interval adjusted for repeated looks, of the last look that has a boundary.
    multiplier : float
        That boundary, in place of 1.96.
    interval_at : int
        Position of that look.
    p : float
        Of the last look, without any adjustment.
    required_unadjusted, required : float
        Information size without and with allowance for heterogeneity.
    required_people_unadjusted, required_people : float
        The same in people, as informative as those of the studies at hand; NaN where numbers are not known.
    heterogeneity : float
        Percent by which the size allows for heterogeneity: D2, I2 or what was given.
    attained_power : float
        Power of this sequence of looks, ended at the required size, to find `delta`; whoever stops in the
        futility wedge has not found it.
    delta, delta_from, alpha, power, two_sided, spending, beta_spending, adjust, unit, order, method, test
        The choices as they were carried out.
    notes : tuple of str
        What must temper the reading, and what cannot be said.
    scale, measure, favours : str, str, tuple of str
        Of the estimates.
    """

    added: tuple[str, ...]
    k: FloatArray
    information: FloatArray = field(repr=False)
    people: FloatArray = field(repr=False)
    fraction: FloatArray
    estimate: FloatArray = field(repr=False)
    se: FloatArray = field(repr=False)
    z: FloatArray
    tau2: FloatArray = field(repr=False)
    upper: FloatArray
    futility: FloatArray
    alpha_spent: FloatArray = field(repr=False)
    beta_spent: FloatArray = field(repr=False)
    status: tuple[str, ...]
    conclusion: str
    decided_at: int | None
    ci_low: float
    ci_high: float
    multiplier: float
    interval_at: int
    p: float
    required_unadjusted: float
    required: float
    required_people_unadjusted: float
    required_people: float
    heterogeneity: float
    attained_power: float
    delta: float
    delta_from: str
    alpha: float
    power: float
    two_sided: bool
    spending: str
    beta_spending: bool
    adjust: str
    unit: str
    order: str
    method: str
    test: str
    notes: tuple[str, ...]
    scale: str
    measure: str
    favours: tuple[str, str]

    @property
    def side(self) -> float:
        """1 where benefit lies above no effect, -1 where it lies below."""
        return float(np.sign(self.delta))

    def summary(self) -> pd.DataFrame:
        """Return one row a look.

        Columns: look, added, k, information, people, fraction, estimate, se, z, upper, lower, futility_low,
        futility_high, alpha_spent, beta_spent, status. Estimates stand on the analysis scale; `upper` and
        `lower` are the boundaries above and below no effect, NaN where there is none.
        """
        edge = np.where(np.isfinite(self.upper), self.upper, np.nan)
        other = edge if self.two_sided else np.full(edge.size, np.nan)
        above, below = (edge, -other) if self.side > 0 else (other, -edge)
        near = -self.futility if self.two_sided else np.full(edge.size, np.nan)
        low, high = (near, self.futility) if self.side > 0 else (-self.futility, -near)
        return pd.DataFrame(
            {
                "look": np.arange(1, self.k.size + 1),
                "added": self.added,
                "k": self.k,
                "information": self.information,
                "people": self.people,
                "fraction": self.fraction,
                "estimate": self.estimate,
                "se": self.se,
                "z": self.z,
                "upper": above,
                "lower": below,
                "futility_low": low,
                "futility_high": high,
                "alpha_spent": self.alpha_spent,
                "beta_spent": self.beta_spent,
                "status": self.status,
            }
        )

    def display(self) -> dict[str, float]:
        """Return estimate, ci_low, ci_high and delta on the reader's scale (ratios, not logarithms).

        The estimate is that of the look to which the interval belongs.
        """
        back = named_scale(self.scale).back
        values = (self.estimate[self.interval_at], self.ci_low, self.ci_high, self.delta)
        names = ("estimate", "ci_low", "ci_high", "delta")
        return {name: float(back(value)) for name, value in zip(names, values, strict=True)}

    def next_look(self, fractions: ArrayLike | Sequence[float]) -> pd.DataFrame:
        """Return the boundaries that one further look would meet, wherever it may fall.

        Parameters
        ----------
        fractions : array, shape (m,)
            Of the required information, each above that of the last look.

        Returns
        -------
        DataFrame
            One row a fraction: fraction, information, people, boundary, futility; on the Z scale, on the side
            of benefit (NaN or infinite where there is none).

        Raises
        ------
        InputError
            If the required size is reached already, or a fraction is not above that of the last look.
        """
        t, last = vector("fractions", fractions), float(self.fraction[-1])
        if last >= 1:
            raise InputError(f"The required size is reached ({last:.2f}); no further look has a boundary.")
        if not (t > last).all():
            raise InputError(f"fractions must lie above {last:.4g}, that of the last look.")
        options = {name: getattr(self, name) for name in ("alpha", "power", "two_sided", "spending")}
        found = [boundaries([*self.fraction, f], **options, futility=self.beta_spending) for f in t]
        unit = self.people if self.unit == "people" else self.information
        grown = t * float(unit[-1]) / last
        known = float(self.information[-1] / self.people[-1]) if self.people[-1] > 0 else np.nan
        return pd.DataFrame(
            {
                "fraction": t,
                "information": grown * known if self.unit == "people" else grown,
                "people": grown if self.unit == "people" else grown / known,
                "boundary": [each.upper[-1] for each in found],
                "futility": [each.futility[-1] for each in found],
            }
        )

    def words(self) -> str:
        """Return the conclusion in sentences."""
        return say.conclusion(self)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return say.method_sentence(self)
