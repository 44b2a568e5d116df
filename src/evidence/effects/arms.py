"""Arms put together, and the SD of a change against the SDs before and after."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, vector
from evidence.effects.checks import Need, above, aligned, not_negative, one_or_many, require, within
from evidence.effects.paired import change_variance
from evidence.errors import InputError


class Arm(NamedTuple):
    """What is known of one arm's continuous outcome."""

    n: float
    mean: float
    sd: float


def combine_arms(n: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Arm:
    """Put several arms of one trial together as if their people had been one group.

    Parameters
    ----------
    n, mean, sd : array_like, shape (arms,)
        People, means and SDs of the arms.

    Returns
    -------
    Arm
        `n`, `mean` and `sd` of all the people: exactly what their raw data would give.

    Raises
    ------
    InputError
        If there are fewer than two arms, a number is missing, an SD is negative or an arm is empty.

    Notes
    -----
    Cochrane Handbook 6.5.2.10, for any number of arms: the sum of squares within arms plus that
    between them.

    Examples
    --------
    >>> arm = combine_arms([10, 20], [5.0, 8.0], [2.0, 3.0])
    >>> arm.n, arm.mean, round(arm.sd, 4)
    (30.0, 7.0, 3.0343)
    """
    sizes = vector("n", n)
    c = {
        "n": sizes,
        "mean": vector("mean", mean, size=sizes.size),
        "sd": vector("sd", sd, size=sizes.size),
    }
    if sizes.size < 2:
        raise InputError(f"combine_arms needs at least two arms, not {sizes.size}.")
    require(
        "combine_arms", c, (*above(0, "n", remedy="an arm needs at least one person"), *not_negative("sd"))
    )
    total = sizes.sum()
    grand = float(sizes @ c["mean"] / total)
    squares = (sizes - 1) @ c["sd"] ** 2 + sizes @ (c["mean"] - grand) ** 2
    return Arm(float(total), grand, float(np.sqrt(squares / (total - 1))))


def change_sd(sd1: ArrayLike, sd2: ArrayLike, r: ArrayLike) -> float | FloatArray:
    """Return the SD of the differences between two measurements of the same people.

    Parameters
    ----------
    sd1, sd2 : float or array_like
        SDs of the two measurements.
    r : float or array_like
        Correlation between them.

    Returns
    -------
    float or ndarray
        √(sd1² + sd2² - 2 r sd1 sd2).

    Raises
    ------
    InputError
        If an SD is negative or r lies outside -1 to 1.

    Notes
    -----
    Cochrane Handbook 6.5.2.8.

    Examples
    --------
    >>> round(change_sd(3, 4, 0.5), 4)
    3.6056
    """
    c, _ = aligned({"sd1": sd1, "sd2": sd2, "r": r})
    require("change_sd", c, (*not_negative("sd1", "sd2"), *within(-1, 1, "r")))
    return one_or_many(np.sqrt(change_variance(c["sd1"], c["sd2"], c["r"])), sd1, sd2, r)


_POSSIBLE = Need(
    ("sd1", "sd2", "sd_change"),
    lambda sd1, sd2, sd_change: np.abs(sd1**2 + sd2**2 - sd_change**2) <= 2 * sd1 * sd2 * (1 + 1e-12),
    "no correlation between -1 and 1 gives these three SDs: sd_change must lie between |sd1 - sd2| and"
    " sd1 + sd2, so one of them may be a standard error or belong to other people",
)


def correlation_from_change_sd(sd1: ArrayLike, sd2: ArrayLike, sd_change: ArrayLike) -> float | FloatArray:
    """Return the correlation within people behind three reported SDs.

    Parameters
    ----------
    sd1, sd2 : float or array_like
        SDs of the two measurements.
    sd_change : float or array_like
        SD of the differences.

    Returns
    -------
    float or ndarray
        (sd1² + sd2² - sd_change²) / (2 sd1 sd2).

    Raises
    ------
    InputError
        If an SD is not above zero (that of the change may be zero), or no correlation fits them.

    Notes
    -----
    Cochrane Handbook 6.5.2.8. Assumes that all three describe the same people.

    Examples
    --------
    >>> round(correlation_from_change_sd(3, 4, 13**0.5), 4)
    0.5
    """
    c, _ = aligned({"sd1": sd1, "sd2": sd2, "sd_change": sd_change})
    require("correlation_from_change_sd", c, (*above(0, "sd1", "sd2"), *not_negative("sd_change"), _POSSIBLE))
    r = (c["sd1"] ** 2 + c["sd2"] ** 2 - c["sd_change"] ** 2) / (2 * c["sd1"] * c["sd2"])
    return one_or_many(np.clip(r, -1, 1), sd1, sd2, sd_change)
