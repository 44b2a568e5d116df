"""How many people give an effect of one size a certain p value: the contours of an albatross plot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from evidence.arguments import FloatArray, option
from evidence.errors import InputError

MEASURES = ("SMD", "OR")
CONTOURS = {"SMD": (0.2, 0.5, 0.8), "OR": (1.5, 2.0, 3.0)}
MOST = 5


def people(
    effect: float, p: ArrayLike, measure: str, *, ratio: float = 1.0, baseline: float = 0.3
) -> FloatArray:
    """Return the number of people at which an effect has this two-sided p value.

    The Wald test sets z = |effect| / SE, and SE falls with the root of the number of people N, so that
    N = z² V / effect² with V the variance for N = 1 (Harrison et al. 2017, Res Synth Methods 8:281). With r
    the size of the first group over that of the second, V of a standardised mean difference d is
    (1 + r)² / r + d² / 2; V of a log odds ratio is (1 + r) / (r p1 (1 - p1)) + (1 + r) / (p2 (1 - p2)), where
    p2 is the baseline risk and p1 follows from it and the odds ratio.

    Parameters
    ----------
    effect : float
        A standardised mean difference, or an odds ratio; not that of no effect.
    p : array_like
        Two-sided p values, above 0.
    measure : str
        "SMD" or "OR".
    ratio : float
        People in the first group for one in the second.
    baseline : float
        Risk in the second group; of use for "OR" only.

    Returns
    -------
    array

    Raises
    ------
    OptionError
        If the measure is neither.

    Examples
    --------
    >>> people(0.5, [0.05], "SMD").round(1)
    array([63.4])
    >>> people(2.0, [0.05], "OR", baseline=0.3).round()
    array([140.])
    """
    option("measure", measure, MEASURES)
    z = -ndtri(np.asarray(p, dtype=float) / 2)
    if measure == "SMD":
        return z**2 * ((1 + ratio) ** 2 / ratio + effect**2 / 2) / effect**2
    odds = effect * baseline / (1 - baseline)
    risk = odds / (1 + odds)
    variance = (1 + ratio) / (ratio * risk * (1 - risk)) + (1 + ratio) / (baseline * (1 - baseline))
    return z**2 * variance / np.log(effect) ** 2


def checked_contours(contours: Sequence[float] | None, measure: str) -> tuple[float, ...]:
    """Return the contours in rising order, those of the measure where none are given.

    Raises
    ------
    InputError
        If there are more than five, one stands twice, or one is no effect or less.

    Examples
    --------
    >>> checked_contours((0.8, 0.2), "SMD"), checked_contours(None, "OR")
    ((0.2, 0.8), (1.5, 2.0, 3.0))
    """
    given = CONTOURS[measure] if contours is None else tuple(contours)
    least = 1.0 if measure == "OR" else 0.0
    for value in given:
        plain = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not plain or not np.isfinite(value) or value <= least:
            raise InputError(f"contours holds {value!r}; those of {measure} must be numbers above {least:g}.")
    if len(set(given)) < len(given) or len(given) > MOST:
        raise InputError(f"contours={given!r} must be at most {MOST} different numbers.")
    return tuple(sorted(float(value) for value in given))


def checked_baseline(baseline: float) -> float:
    """Return the risk in the second group.

    Raises
    ------
    InputError
        If it does not lie between 0 and 1.

    Examples
    --------
    >>> checked_baseline(0.3)
    0.3
    """
    plain = isinstance(baseline, (int, float, np.number)) and not isinstance(baseline, bool)
    if not plain or not 0 < baseline < 1:
        raise InputError(f"baseline={baseline!r} must be a risk between 0 and 1, such as 0.3.")
    return float(baseline)


def on_side(effect: float, measure: str, side: int) -> float:
    """Return the effect that a contour stands for right (1) and left (-1) of the middle.

    Examples
    --------
    >>> on_side(0.5, "SMD", -1), on_side(2.0, "OR", -1)
    (-0.5, 0.5)
    """
    return effect if side > 0 else 1 / effect if measure == "OR" else -effect
