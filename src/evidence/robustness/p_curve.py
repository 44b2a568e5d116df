"""The p-curve: do significant results look like those of a true effect, or of chance and selection?"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import TooFewStudiesError
from evidence.robustness.p_curve_tests import ALPHA, HALF, Bounds, both_tests, curve, power_of
from evidence.robustness.reported import p_values, reported
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result

LEAST = 3
FEW = 10


@dataclass(frozen=True, slots=True, eq=False)
class PCurve(Result):
    """Result of `p_curve`.

    Attributes
    ----------
    tests : DataFrame
        Two rows, "right skew" and "flatter than 33 % power": binomial_p, full_z, full_p, half_z, half_p.
        Right skew speaks for a true effect behind some of the studies; flatness for one that is absent or
        too small for these studies to find.
    power : float
        Estimate of the mean power of the significant studies, corrected for their selection (0.05 to 0.99).
    power_ci : tuple of float
    curve : DataFrame
        One row a bin of p: p_from, p_to, observed, null, power33 (shares of the significant results).
    evidential_value, inadequate : bool
        The rule of Simonsohn, Simmons and Nelson (2015): right skew of the half curve with p < 0.05, or of
        both curves with p < 0.1; flatness of the full curve with p < 0.05, or of the half curve and the
        binomial test with p < 0.1.
    k, significant, half : int
        Studies, those with p < 0.05, and those with p < 0.025.
    level : float
        Of the interval of the power.
    notes : tuple of str
    studies : DataFrame
        One row a study: label, z, p, significant.
    """

    tests: pd.DataFrame
    power: float
    power_ci: Bounds
    curve: pd.DataFrame
    evidential_value: bool
    inadequate: bool
    k: int
    significant: int
    half: int
    level: float
    notes: tuple[str, ...]
    studies: pd.DataFrame = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Return both tests and the estimated power, one row each.

        Columns: test, binomial_p, full_z, full_p, half_z, half_p, power, ci_low, ci_high.
        """
        low, high = self.power_ci
        power = pd.DataFrame([{"test": "power", "power": self.power, "ci_low": low, "ci_high": high}])
        return pd.concat([self.tests, power], ignore_index=True)

    def verdict(self) -> str:
        """Return in words what the tests say."""
        if self.evidential_value:
            return "evidential value: the p-curve is right-skewed"
        if self.inadequate:
            return "evidential value absent or inadequate: flatter than with 33 % power"
        return "inconclusive: neither right-skewed nor flatter than with 33 % power"

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return (
            f"p-curve of {self.significant} significant of {self.k} results (Simonsohn, Nelson and Simmons"
            " 2014; Simonsohn, Simmons and Nelson 2015), from two-sided p values of estimates over their"
            " standard errors by the normal distribution: Stouffer tests of right skew and of flatness"
            " against 33 % power, on the full (p < 0.05) and the half (p < 0.025) curve; mean power with a"
            f" {100 * self.level:g} % interval."
        )


def p_curve(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    level: float = 0.9,
) -> PCurve:
    """Test the distribution of the significant p values.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    level : float
        Of the interval of the power; 0.9 is the authors' choice.

    Returns
    -------
    PCurve

    Raises
    ------
    TooFewStudiesError
        If fewer than 3 results have p < 0.05.
    InputError
        If values are missing or wrong.

    Notes
    -----
    Under no effect p / 0.05 of a significant result is uniform; under an effect with power P of a test, its
    probability of a smaller abs(z), given significance, is. Stouffer's sum of the normal quantiles of these
    tests either (Simonsohn, Nelson and Simmons 2014, J Exp Psychol Gen 143:534; with Stouffer's test and the
    half curve: Simonsohn, Simmons and Nelson 2015, J Exp Psychol Gen 144:1146). The estimate of the power is
    the one under which that sum is 0, the ends of its interval those under which it lies at its quantiles.

    On the half curve, probabilities under 33 % power are taken given p < 0.025. The authors' program divides
    by the chance of p < 0.025 among significant results instead, which makes its test of flatness there all
    but unable to reject.

    Examples
    --------
    >>> strong = p_curve(yi=[0.5, 0.6, 0.4, 0.7, 0.1], vi=[0.01, 0.02, 0.01, 0.03, 0.04])
    >>> strong.significant, strong.verdict(), round(strong.power, 2)
    (4, 'evidential value: the p-curve is right-skewed', 0.99)
    """
    level = checked_level(level)
    what = reported(
        "p_curve", effects, yi, vi, least=LEAST, instead="The p-curve is made of significant results."
    )
    z = what.y / np.sqrt(what.v)
    p = p_values(what.y, what.v, "two-sided")
    chosen = p < ALPHA
    if chosen.sum() < LEAST:
        named = ", ".join(label for label, keep in zip(what.labels, chosen, strict=True) if keep)
        raise TooFewStudiesError(
            f"p_curve needs {LEAST} or more significant results (p < {ALPHA:g}); {int(chosen.sum())} of"
            f" {p.size} {'is' if chosen.sum() == 1 else 'are'}{f' ({named})' if named else ''}."
        )
    size = np.abs(z[chosen])
    both = both_tests(size, p[chosen])
    power, power_ci = power_of(size, level)
    right, flat = both.iloc[0], both.iloc[1]
    evidential = bool(right["half_p"] < 0.05 or (right["full_p"] < 0.1 and right["half_p"] < 0.1))
    inadequate = bool(flat["full_p"] < 0.05 or (flat["half_p"] < 0.1 and flat["binomial_p"] < 0.1))
    return PCurve(
        tests=both,
        power=power,
        power_ci=power_ci,
        curve=curve(p[chosen]),
        evidential_value=evidential,
        inadequate=inadequate,
        k=p.size,
        significant=int(chosen.sum()),
        half=int((p < HALF).sum()),
        level=level,
        notes=_notes(z[chosen], evidential=evidential),
        studies=pd.DataFrame({"label": what.labels, "z": z, "p": p, "significant": chosen}),
    )


def _notes(z: FloatArray, *, evidential: bool) -> tuple[str, ...]:
    notes: list[str] = []
    against = int(min((z > 0).sum(), (z < 0).sum()))
    if against:
        notes.append(
            f"{against} significant result{'s point' if against > 1 else ' points'} the other way; the"
            " p-curve counts size only"
        )
    if z.size < FEW:
        notes.append(f"{z.size} significant results are few: the tests have little power")
    if evidential:
        notes.append("right skew shows that not all of these results are chance, not how large the effect is")
    notes.append(
        "when true effects differ between studies, the estimated power is too high (van Aert et al. 2016)"
    )
    return tuple(notes)
