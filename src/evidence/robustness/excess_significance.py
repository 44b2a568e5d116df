"""The test of excess significance: are more studies significant than their power leads one to expect?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import bdtrc, chdtrc, ndtr, ndtri

from evidence.arguments import FloatArray, nearest, real
from evidence.effects.effects import Effects
from evidence.errors import OptionError
from evidence.robustness.reported import p_values, reported, significance_level
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result
from evidence.synthesis.study_input import Studies

TRUE_EFFECTS = ("pooled", "random", "largest")
FEW = 10
HETEROGENEOUS = 50.0

_CHOICES = {
    "pooled": "the common-effect mean",
    "random": "the random-effects mean and tau2 (REML)",
    "largest": "the estimate of the most precise study",
    "given": "a given value",
}


@dataclass(frozen=True, slots=True, eq=False)
class ExcessSignificance(Result):
    """Result of `excess_significance`.

    Attributes
    ----------
    observed : int
        Number of significant studies.
    expected, ratio : float
        Sum of the power of the studies at the plausible true effect, and observed over expected.
    statistic, p : float
        Chi-square with 1 degree of freedom of observed against expected.
    excess_p : float
        One-sided p value of the same, small where more are significant than expected.
    binomial_p : float
        Exact one-sided binomial test with the mean power.
    exact_p : float
        Exact one-sided p value of a sum of unequal chances (Poisson-binomial distribution).
    true_effect, tau2 : float
        The plausible true effect, and the variance about it.
    choice : {"pooled", "random", "largest", "given"}
    i2 : float
        From Q, in percent.
    alpha : float
        Two-sided level of significance of a study.
    k : int
    notes : tuple of str
    studies : DataFrame
        One row a study: label, yi, vi, p, significant, power.
    """

    observed: int
    expected: float
    ratio: float
    statistic: float
    p: float
    excess_p: float
    binomial_p: float
    exact_p: float
    true_effect: float
    tau2: float
    choice: str
    i2: float
    alpha: float
    k: int
    notes: tuple[str, ...]
    studies: pd.DataFrame = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Return one row: k, observed, expected, ratio, statistic and all p values."""
        names = ["k", "observed", "expected", "ratio", "statistic", "p", "excess_p", "binomial_p", "exact_p"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return (
            f"Test of excess significance (Ioannidis and Trikalinos 2007) of {self.k} studies: the number"
            f" with two-sided p < {self.alpha:g} against the sum of their power at {_CHOICES[self.choice]},"
            " by a chi-square test with 1 degree of freedom and exact one-sided tests."
        )


def excess_significance(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    alpha: float = 0.05,
    true_effect: str | float = "pooled",
) -> ExcessSignificance:
    """Compare the number of significant studies with the number expected from their power.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    alpha : float
        Two-sided level at which a study is significant.
    true_effect : {"pooled", "random", "largest"} or float
        The plausible true effect: the common-effect mean, the random-effects mean with effects that vary by
        tau2 (REML), the estimate of the most precise study, or a value on the scale of `yi`.

    Returns
    -------
    ExcessSignificance

    Raises
    ------
    TooFewStudiesError
        If there are fewer than 3 studies.
    InputError
        If values are missing or wrong.
    OptionError
        If there is no such choice of a true effect.

    Notes
    -----
    With power ``P_i`` of study i, E = sum P_i and O observed, ``(O - E)^2 / E + (O - E)^2 / (k - E)`` is
    chi-square with 1 degree of freedom (Ioannidis and Trikalinos 2007, Clin Trials 4:245, who read p < 0.1 as
    a sign). A study's estimate is normal about the true effect with variance v_i + tau2.

    Examples
    --------
    >>> found = excess_significance(yi=[0.4, 0.5, 0.6, 0.1], vi=[0.03, 0.05, 0.08, 0.01])
    >>> found.observed, round(found.expected, 2)
    (3, 1.32)
    """
    alpha = significance_level(alpha)
    what = reported("excess_significance", effects, yi, vi, least=3, instead="It counts significant studies.")
    common = pool(yi=what.y, vi=what.v, method="EE", test="z")
    mean, tau2, choice = _truth(what, common, true_effect)
    significant = p_values(what.y, what.v, "two-sided") < alpha
    power = _power(what.v, mean, tau2, alpha)
    k, observed, expected = what.y.size, int(significant.sum()), float(power.sum())
    distance = observed - expected
    statistic = distance**2 / expected + distance**2 / (k - expected) if expected < k else math.inf
    ways = _counts_distribution(power)
    return ExcessSignificance(
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        statistic=statistic,
        p=float(chdtrc(1, statistic)),
        excess_p=float(ndtr(-math.copysign(math.sqrt(statistic), distance))),
        binomial_p=float(bdtrc(observed - 1, k, expected / k)) if observed else 1.0,
        exact_p=min(1.0, float(ways[observed:].sum())),
        true_effect=mean,
        tau2=tau2,
        choice=choice,
        i2=common.i2_q,
        alpha=alpha,
        k=k,
        notes=_notes(k, common, choice),
        studies=pd.DataFrame(
            {
                "label": what.labels,
                "yi": what.y,
                "vi": what.v,
                "p": p_values(what.y, what.v, "two-sided"),
                "significant": significant,
                "power": power,
            }
        ),
    )


def _truth(what: Studies, common: Pooled, true_effect: str | float) -> tuple[float, float, str]:
    """The plausible true effect, tau2, and how it was chosen."""
    if isinstance(true_effect, str):
        if true_effect not in TRUE_EFFECTS:
            listed = ", ".join(repr(name) for name in TRUE_EFFECTS)
            hint = nearest(true_effect, TRUE_EFFECTS)
            raise OptionError(f"true_effect={true_effect!r} is not one of {listed}, nor a number.{hint}")
        if true_effect == "pooled":
            return common.estimate, 0.0, true_effect
        if true_effect == "largest":
            return float(what.y[np.argmin(what.v)]), 0.0, true_effect
        random = pool(yi=what.y, vi=what.v, method="REML")
        return random.estimate, random.tau2, true_effect
    like = f"a finite number or one of {', '.join(TRUE_EFFECTS)}"
    return real("true_effect", true_effect, like=like), 0.0, "given"


def _power(v: FloatArray, mean: float, tau2: float, alpha: float) -> FloatArray:
    """Chance of a significant estimate, either way, of studies whose estimates vary by v + tau2."""
    edge, sigma = -ndtri(alpha / 2) * np.sqrt(v), np.sqrt(v + tau2)
    with np.errstate(over="ignore"):  # an effect beyond all numbers is always found
        return ndtr((mean - edge) / sigma) + ndtr((-mean - edge) / sigma)


def _counts_distribution(power: FloatArray) -> FloatArray:
    """Chances of 0, 1, ..., k significant studies when each has its own power."""
    ways = np.ones(1)
    for chance in power:
        ways = np.convolve(ways, [1 - chance, chance])
    return ways


def _notes(k: int, common: Pooled, choice: str) -> tuple[str, ...]:
    notes = []
    if k < FEW:
        notes.append(f"{k} studies are few: the test has little power")
    if common.i2_q >= HETEROGENEOUS and choice != "random":
        notes.append(
            f"heterogeneity (I2 {common.i2_q:.0f} %): no single effect is true of all studies, and an excess"
            " may be due to that; true_effect='random' allows for it"
        )
    if choice == "pooled":
        notes.append("selective reporting inflates the pooled mean itself, and with it the expected number")
    notes.append("an excess does not say which results are biased, nor why")
    return tuple(notes)
