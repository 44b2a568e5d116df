"""PET, PEESE and their conditional estimator: the effect that an infinitely large study would show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import level as checked_level
from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.robustness.asymmetry import AsymmetryTest, judged
from evidence.robustness.egger import STANDARDISED, asymmetry, predictor_of
from evidence.robustness.reported import significance_level
from evidence.robustness.small_study_input import given
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result

PREDICTORS = ("sei", "sqrtninv", "pustejovsky")
ALPHA = 0.10

_SMD = (
    "the standard error of a standardised mean difference holds the difference itself, which biases both"
    " estimates; predictor='pustejovsky' or 'sqrtninv' does not"
)


@dataclass(frozen=True, slots=True, eq=False)
class PetPeese(Result):
    """Result of `pet_peese`.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, p : float
        Of the conditional estimator, with the test that it is no effect.
    chosen : {"PET", "PEESE"}
        Which of the two that is.
    pet, peese : AsymmetryTest
        Both regressions; `limit` is their estimate.
    pet_p : float
        Of the test that the estimate of PET is 0; what decides.
    alpha : float
        PEESE is chosen where `pet_p` lies below it.
    predictor : str
    k, level : int or float
    forced : bool
        True if fewer than ten studies were forced through.
    notes : tuple of str
    scale : str
        Scale of the estimates.
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    chosen: str
    pet: AsymmetryTest
    peese: AsymmetryTest
    pet_p: float
    alpha: float
    predictor: str
    k: int
    level: float
    forced: bool
    notes: tuple[str, ...]
    scale: str

    def summary(self) -> pd.DataFrame:
        """Return one row an estimator: term, estimate, se, ci_low, ci_high, statistic, df, p, chosen."""
        rows = []
        for name, fit in (("PET", self.pet), ("PEESE", self.peese)):
            statistic, p = judged(fit.limit, fit.limit_se, fit.df)
            rows.append(
                (name, fit.limit, fit.limit_se, *fit.limit_ci, statistic, fit.df, p, name == self.chosen)
            )
        columns = ["term", "estimate", "se", "ci_low", "ci_high", "statistic", "df", "p", "chosen"]
        return pd.DataFrame(rows, columns=columns)

    def display(self) -> dict[str, float]:
        """Return estimate, ci_low and ci_high on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        return {name: float(back(getattr(self, name))) for name in ("estimate", "ci_low", "ci_high")}

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        on = {"sei": "the standard error", "sqrtninv": "the inverse root of the number of people"}
        size = on.get(self.predictor, "sqrt(1/n1 + 1/n2)")
        said = (
            f"PET-PEESE (Stanley and Doucouliagos 2014), {self.k} studies: weighted least squares on {size}"
            f" (PET) and on its square (PEESE), t with {self.k - 2} degrees of freedom; PEESE where the"
            f" estimate of PET differs from 0 (two-sided p < {self.alpha:g}), else PET (here {self.chosen});"
            f" {100 * self.level:g} % intervals."
        )
        return " ".join([said, *(f"{note[0].upper()}{note[1:]}." for note in self.notes)])


def pet_peese(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    ni: ArrayLike | None = None,
    predictor: str = "sei",
    alpha: float = ALPHA,
    level: float = 0.95,
    force: bool = False,
) -> PetPeese:
    """Estimate the effect of an infinitely large study by PET, PEESE and the rule that picks one.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    n1i, n2i, ni : array, shape (k,), optional
        People, as `evidence.robustness.egger.egger` takes them.
    predictor : {"sei", "sqrtninv", "pustejovsky"}
        Measure of study size; PEESE takes its square.
    alpha : float
        PEESE is chosen where the two-sided p value of PET's estimate lies below it.
    level : float
        Of the intervals.
    force : bool
        Fit fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    PetPeese

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies.
    InputError
        If the predictor does not vary or is not known, or alpha is no probability.

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.

    Notes
    -----
    PET (precision-effect test) is the place at 0 of the line of estimates on their standard errors, PEESE
    (precision-effect estimate with standard error) that of the line on their variances; weights ``1 / vi``.
    PET errs towards 0 where there is an effect, PEESE away from it where there is none, hence the rule.
    Stanley (2017, Soc Psychol Personal Sci 8:581) shows where both fail: few or only small studies, much
    heterogeneity.

    References
    ----------
    Stanley and Doucouliagos 2014, Res Synth Methods 5:60.

    Examples
    --------
    >>> yi = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
    >>> vi = [0.01, 0.01, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
    >>> found = pet_peese(yi=yi, vi=vi)
    >>> found.chosen, round(found.estimate, 3), round(found.peese.limit, 3)
    ('PEESE', 0.098, 0.098)
    """
    option("predictor", predictor, PREDICTORS)
    level = checked_level(level)
    alpha = significance_level(alpha)
    read = given("pet_peese", effects, yi, vi, force=force)
    sizes = {name: value for name, value in (("n1i", n1i), ("n2i", n2i), ("ni", ni)) if value is not None}
    unused = set(sizes) - {"pustejovsky": {"n1i", "n2i"}, "sqrtninv": {"ni"}}.get(predictor, set())
    if unused:
        raise InputError(
            f"pet_peese: {min(unused)} has no effect with predictor={predictor!r}; leave it out."
        )
    x = predictor_of("pet_peese", read.studies, predictor, **sizes)
    names = {"sei": "vi", "sqrtninv": "ninv", "pustejovsky": "1/n1 + 1/n2"}
    pet = asymmetry("egger", read, x, predictor=predictor, level=level, what="Precision-effect test (PET)")
    square = names[predictor]
    peese = asymmetry("egger", read, np.square(x), predictor=square, level=level, what="PEESE")
    pet_p = judged(pet.limit, pet.limit_se, pet.df)[1]
    away = pet_p < alpha if not math.isnan(pet_p) else pet.limit != 0
    chosen = peese if away else pet
    biased = predictor == "sei" and read.studies.measure in STANDARDISED
    return PetPeese(
        estimate=chosen.limit,
        se=chosen.limit_se,
        ci_low=chosen.limit_ci[0],
        ci_high=chosen.limit_ci[1],
        p=judged(chosen.limit, chosen.limit_se, chosen.df)[1],
        chosen="PEESE" if away else "PET",
        pet=pet,
        peese=peese,
        pet_p=pet_p,
        alpha=alpha,
        predictor=predictor,
        k=read.k,
        level=level,
        forced=read.forced,
        notes=(*read.notes, *((_SMD,) if biased else ())),
        scale=read.studies.scale,
    )
