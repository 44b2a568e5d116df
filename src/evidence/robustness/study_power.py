"""How likely each study was to find an effect of a given size, and what follows for all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray, real
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.errors import InputError
from evidence.robustness.reported import significance_level
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result
from evidence.synthesis.study_input import studies

_OBSERVED = (
    "power to find the pooled estimate of the same studies: where small studies or selection inflate it,"
    " power is inflated too; a least effect worth having, set beforehand, says more"
)
_R_INDEX = "the R-index is a rough sign, without a standard error; it should not be tested or ranked by"
_TARGETS = (1 / 3, 2 / 3)


@dataclass(frozen=True, slots=True, eq=False)
class StudyPower(Result):
    """Result of `study_power`.

    Attributes
    ----------
    power : array, shape (k,)
        Of each study, 0 to 1.
    median : float
        Of the studies.
    expected, observed : float, int
        Number of significant studies that power lets expect, and that there are.
    r_index : float
        Twice the median power minus the share of significant studies, 0 to 1.
    effect_third, effect_two_thirds : float
        Distance from no effect that half the studies would find with a power of 1/3 and 2/3 or more.
    effect, null, alpha : float
        True effect, no effect (both on the analysis scale) and level of significance.
    given : bool
        True if the effect was given; False if it is the pooled estimate.
    k : int
    labels : tuple of str
    yi, vi : array, shape (k,)
    measure, scale : str
    notes : tuple of str
    """

    power: FloatArray = field(repr=False)
    median: float
    expected: float
    observed: int
    r_index: float
    effect_third: float
    effect_two_thirds: float
    effect: float
    null: float
    alpha: float
    given: bool
    k: int
    labels: tuple[str, ...] = field(repr=False)
    yi: FloatArray = field(repr=False)
    vi: FloatArray = field(repr=False)
    measure: str
    scale: str
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return one row a study: label, yi, se, power, p, significant."""
        p = _p_values(self.yi, self.vi, self.null)
        columns = {"label": self.labels, "yi": self.yi, "se": np.sqrt(self.vi), "power": self.power, "p": p}
        return pd.DataFrame(columns | {"significant": p <= self.alpha})

    def standard_error(self, power: float) -> float:
        """Return the standard error at which a study has this power; NaN where none has.

        Power falls from 1 to `alpha` as the standard error grows.
        """
        distance = abs(self.effect - self.null)
        if not self.alpha < power < 1 or distance == 0:
            return math.nan
        return distance / _needed(power, self.alpha)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        said = (
            f"Power of {self.k} studies in two-sided Wald tests at {self.alpha:g} to find"
            f" {'a true effect' if self.given else 'the pooled estimate'} of {self._shown(self.effect)} (no"
            f" effect: {self._shown(self.null)}); median power, and R-index, as Kossmeier et al. (2020)."
        )
        return " ".join([said, *(f"{note[0].upper()}{note[1:]}." for note in self.notes)])

    def _shown(self, value: float) -> str:
        return f"{float(named_scale(self.scale).back(value)):.3g}"


def study_power(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    effect: float | None = None,
    null: float | None = None,
    alpha: float = 0.05,
) -> StudyPower:
    """Compute the power of each study to find an effect.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    effect : float, optional
        True effect on the analysis scale (a log ratio); by default the pooled estimate (of `pool` with its
        defaults, or of the result given).
    null : float, optional
        No effect on the analysis scale; default 0. A proportion needs one.
    alpha : float
        Two-sided level of significance.

    Returns
    -------
    StudyPower

    Raises
    ------
    InputError
        If a number is out of bounds, or a proportion has no `null`.

    Notes
    -----
    Power is ``Phi(d / se - z) + Phi(-d / se - z)`` with d the distance of the effect from no effect and z the
    two-sided quantile. The R-index (Schimmack 2016, The Replicability-Index, a report on the web) is twice
    the median power minus the share of significant studies.

    References
    ----------
    Kossmeier, Tran and Voracek 2020, Z Psychol 228:43 (sunset funnel plot).

    Examples
    --------
    >>> found = study_power(yi=[0.3, 0.5, 0.9], vi=[0.01, 0.04, 0.16], effect=0.4)
    >>> found.power.round(2).tolist(), round(found.median, 2), found.observed
    ([0.98, 0.52, 0.17], 0.52, 3)
    """
    alpha = significance_level(alpha)
    pooled = effects if isinstance(effects, Pooled) else None
    effects = effects.effects if isinstance(effects, Pooled) else effects
    read = studies("study_power", effects, yi, vi, least=1, instead="There is no study.")
    null = _number("null", named_scale(read.scale).null if null is None else null)
    if math.isnan(null):
        raise InputError(
            "study_power: a proportion has no value of no effect; give null= on the analysis scale."
        )
    true = _true_effect(read.y, read.v, pooled) if effect is None else _number("effect", effect)
    distance, se = abs(true - null), np.sqrt(read.v)
    with np.errstate(over="ignore"):  # an effect beyond all numbers is always found
        power, p = _power(distance / se, alpha), _p_values(read.y, read.v, null)
    median, significant = float(np.median(power)), p <= alpha
    third, two_thirds = (_median_needs(se, target, alpha) for target in _TARGETS)
    return StudyPower(
        power=power,
        median=median,
        expected=float(power.sum()),
        observed=int(significant.sum()),
        r_index=float(np.clip(2 * median - significant.mean(), 0, 1)),
        effect_third=third,
        effect_two_thirds=two_thirds,
        effect=true,
        null=null,
        alpha=alpha,
        given=effect is not None,
        k=read.y.size,
        labels=tuple(read.labels),
        yi=read.y,
        vi=read.v,
        measure=read.measure,
        scale=read.scale,
        notes=(_R_INDEX,) if effect is not None else (_OBSERVED, _R_INDEX),
    )


def _true_effect(y: FloatArray, v: FloatArray, pooled: Pooled | None) -> float:
    return (pool(yi=y, vi=v) if pooled is None else pooled).estimate


def _number(name: str, value: float) -> float:
    # A proportion has no value of no effect, which is asked for when this is known.
    if isinstance(value, float) and math.isnan(value):
        return value
    return real(f"study_power: {name}", value, like="a number on the analysis scale")


def _p_values(y: FloatArray, v: FloatArray, null: float) -> FloatArray:
    return 2 * ndtr(-np.abs(y - null) / np.sqrt(v))


def _power(distance: FloatArray | float, alpha: float) -> FloatArray:
    """Power at a distance from no effect in standard errors."""
    z = -ndtri(alpha / 2)
    return ndtr(np.asarray(distance) - z) + ndtr(-np.asarray(distance) - z)


def _needed(power: float, alpha: float) -> float:
    """Distance from no effect, in standard errors, that has this power."""
    high = float(-ndtri(alpha / 2) + max(ndtri(power), 0.0) + 10.0)
    return float(brentq(lambda distance: float(_power(distance, alpha)) - power, 0.0, high, xtol=1e-13))


def _median_needs(se: FloatArray, target: float, alpha: float) -> float:
    """Distance from no effect at which the median power of the studies is `target`."""
    if target <= alpha:
        return math.nan
    ends = np.quantile(se, (0.0, 1.0)) * _needed(target, alpha)
    if ends[0] == ends[1]:
        return float(ends[0])
    return float(brentq(lambda d: float(np.median(_power(d / se, alpha))) - target, *ends, xtol=1e-13))
