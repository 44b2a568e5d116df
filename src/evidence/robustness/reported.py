"""What was reported: the studies of a result, a table or two arrays, with their p values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.effects.scale import scale
from evidence.errors import InputError
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies, studies

LEAST_ALPHA = 1e-300
ALTERNATIVES = ("greater", "less", "two-sided")


def reported(
    what: str,
    effects: Effects | pd.DataFrame | Pooled | None,
    yi: ArrayLike | None,
    vi: ArrayLike | None,
    *,
    least: int,
    instead: str,
    tested: bool = True,
) -> Studies:
    """Read the studies; a pooled result stands for the effects it was made of.

    Parameters
    ----------
    what : str
        Name of the function, for errors.
    effects : Effects, DataFrame, Pooled or None
    yi, vi : array, shape (k,), or None
    least : int
        Number of studies that the method needs.
    instead : str
        What to do with fewer, for the error.
    tested : bool
        Whether the method rests on p values of the studies.

    Raises
    ------
    InputError
        If both or neither are given, a value cannot be right, or p values are needed of proportions.
    TooFewStudiesError
        If fewer than `least` studies are left.

    Examples
    --------
    >>> reported("p_curve", None, [0.1, 0.4], [0.2, 0.1], least=2, instead="").labels
    ['Study 1', 'Study 2']
    """
    source = effects.effects if isinstance(effects, Pooled) else effects
    found = studies(what, source, yi, vi, least=least, instead=instead)
    if tested and math.isnan(scale(found.scale).null):
        raise InputError(
            f"{what} rests on p values against no effect, which proportions (measure {found.measure}) do not"
            " have."
        )
    return found


def p_values(y: FloatArray, v: FloatArray, alternative: str) -> FloatArray:
    """p value of each study from its estimate and variance, by the normal distribution.

    Parameters
    ----------
    y, v : array, shape (k,)
    alternative : {"greater", "less", "two-sided"}
        "greater": small for large positive estimates.

    Examples
    --------
    >>> [round(float(p), 3) for p in p_values(np.array([1.96, -1.96]), np.ones(2), "greater")]
    [0.025, 0.975]
    """
    z = y / np.sqrt(v)
    if option("alternative", alternative, ALTERNATIVES) == "two-sided":
        return 2 * ndtr(-np.abs(z))
    return ndtr(-z if alternative == "greater" else z)


def significance_level(value: object, *, most: float = 1.0) -> float:
    """Return an `alpha` whose normal quantile is a number.

    Raises
    ------
    InputError
        If it does not lie between 1e-300 and `most`.

    Examples
    --------
    >>> significance_level(0.05)
    0.05
    """
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        found = np.nan
    if isinstance(value, bool) or not LEAST_ALPHA < found < most:
        raise InputError(f"alpha={value!r} must be a number between {LEAST_ALPHA:g} and {most:g}.")
    return found
