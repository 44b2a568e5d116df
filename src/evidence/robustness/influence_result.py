"""`Influence`: the diagnostics of each study, and which of them metafor's rule calls influential."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.robustness.deletion import Fit
from evidence.robustness.refit_words import model_sentence, unit_words
from evidence.synthesis.many import Many
from evidence.synthesis.result import Result

# Half of chi-squared with one degree of freedom lies below this.
COOK_LIMIT = 2 * float(gammaincinv(0.5, 0.5))
DFBETAS_LIMIT = 1.0

BoolArray = NDArray[np.bool_]


def limits(g: int) -> dict[str, float]:
    """Return the values beyond which a study of `g` counts as influential, for a model of one mean.

    Examples
    --------
    >>> {name: round(value, 3) for name, value in limits(10).items()}
    {'dffits': 1.0, 'cook_d': 0.455, 'hat': 0.3, 'dfbetas': 1.0}
    """
    return {
        "dffits": 3 * math.sqrt(1 / (g - 1)),
        "cook_d": COOK_LIMIT,
        "hat": 3 / g,
        "dfbetas": DFBETAS_LIMIT,
    }


def flagged(
    dffits: FloatArray, cook_d: FloatArray, hat: FloatArray, dfbetas: FloatArray
) -> tuple[BoolArray, tuple[str, ...]]:
    """Tell which studies are influential, and by which of the four.

    A study is if its absolute DFFITS is above ``3 sqrt(p / (g - p))``, its Cook's distance cuts off more than
    half of a chi-squared distribution with p degrees of freedom, its hat value is above ``3 p / g``, or an
    absolute DFBETAS is above 1, with g studies and p = 1 coefficient: the rule of metafor's `influence`
    (Viechtbauer 2010, J Stat Softw 36(3)).

    Examples
    --------
    >>> flags, reasons = flagged(*np.array([[0.1, -2], [0, 0.5], [0.2, 0.8], [0.1, -0.4]]))
    >>> flags.tolist(), reasons
    ([False, True], ('', 'cook_d'))
    """
    values = {"dffits": np.abs(dffits), "cook_d": cook_d, "hat": hat, "dfbetas": np.abs(dfbetas)}
    above = {name: values[name] > limit for name, limit in limits(dffits.size).items()}
    reasons = tuple(
        ", ".join(name for name, beyond in above.items() if beyond[i]) for i in range(dffits.size)
    )
    return np.any(list(above.values()), axis=0), reasons


@dataclass(frozen=True, slots=True, eq=False)
class Influence(Result):
    """Result of `evidence.robustness.influence.influence`; arrays have one value a study (or row).

    Attributes
    ----------
    labels : tuple of str
    rstudent, dffits, cook_d, cov_r, dfbetas : array
        Studentised deleted residual, DFFITS, Cook's distance, covariance ratio and DFBETAS.
    tau2_del, qe_del : array
        Between-study variance and Cochran's Q without the study.
    hat, weight : array
        Hat value, and the same in percent: the weight of the study.
    influential : array of bool
        See `flagged`.
    reasons : tuple of str
        Which of the four limits a study is beyond.
    contribution, shift : array
        Squared Pearson residual, and squared move of the mean over its variance without the study: the axes
        of Baujat's plot for the model that was fitted.
    common_contribution, common_shift : array
        The same in the common-effect model, where contributions add up to Cochran's Q: the axes as Baujat et
        al. (2002) drew them.
    without : Many
        The meta-analyses without each study.
    whole : Fit
        The meta-analysis of all studies.
    by, method, test, level
        The choices.
    notes : tuple of str
        What hangs on a single study.
    source : Effects
        What was given.
    """

    labels: tuple[str, ...]
    rstudent: FloatArray = field(repr=False)
    dffits: FloatArray = field(repr=False)
    cook_d: FloatArray = field(repr=False)
    cov_r: FloatArray = field(repr=False)
    tau2_del: FloatArray = field(repr=False)
    qe_del: FloatArray = field(repr=False)
    hat: FloatArray = field(repr=False)
    weight: FloatArray = field(repr=False)
    dfbetas: FloatArray = field(repr=False)
    influential: BoolArray
    reasons: tuple[str, ...] = field(repr=False)
    contribution: FloatArray = field(repr=False)
    shift: FloatArray = field(repr=False)
    common_contribution: FloatArray = field(repr=False)
    common_shift: FloatArray = field(repr=False)
    without: Many = field(repr=False)
    whole: Fit
    by: str
    method: str
    test: str
    level: float
    notes: tuple[str, ...]
    source: Effects = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Return one row a study with its diagnostics.

        Columns: study, rstudent, dffits, cook_d, cov_r, tau2_del, qe_del, hat, weight (percent), dfbetas,
        influential, reasons.
        """
        names = ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "qe_del", "hat", "weight", "dfbetas")
        columns = {"study": self.labels} | {name: getattr(self, name) for name in names}
        return pd.DataFrame(columns | {"influential": self.influential, "reasons": self.reasons})

    def baujat(self, *, model: str = "common") -> pd.DataFrame:
        """Return the coordinates of Baujat's plot: study, contribution, influence.

        Parameters
        ----------
        model : {"common", "fitted"}
            "common" takes the common-effect model, as Baujat et al. (2002, Stat Med 21:2641): the
            contribution of a study to Cochran's Q, and the squared move of the mean without it over the
            variance of the mean without it. "fitted" takes the model of this result, as metafor does:
            squared Pearson residuals in place of contributions to Q.

        Raises
        ------
        OptionError
            If there is no such model.
        """
        common = option("model", model, ("common", "fitted")) == "common"
        x, y = (
            (self.common_contribution, self.common_shift) if common else (self.contribution, self.shift)
        )  # fmt: skip
        return pd.DataFrame({"study": self.labels, "contribution": x, "influence": y})

    def limits(self) -> dict[str, float]:
        """Return the values of dffits, cook_d, hat and dfbetas beyond which a study is influential."""
        return limits(len(self.labels))

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        what = unit_words(self.by, self.source)
        model = model_sentence(int(self.whole.k), self.method, self.test, self.level)
        return (
            f"Influence diagnostics (Viechtbauer and Cheung 2010) from leaving out each {what} in turn; a"
            " study counts as influential by its DFFITS, Cook's distance, hat value or DFBETAS, by the"
            f" limits of R's metafor. {model}"
        )
