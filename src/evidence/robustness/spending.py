"""How much of an error may have been spent by a fraction of the information: the spending functions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray, floats, option
from evidence.errors import InputError

SPENDING_WORDS = {
    "obrien_fleming": "the O'Brien-Fleming type function",
    "pocock": "the Pocock type function",
}


def _obrien_fleming(t: FloatArray, error: float) -> FloatArray:
    with np.errstate(divide="ignore"):
        return 2 * ndtr(ndtri(error / 2) / np.sqrt(t))


def _pocock(t: FloatArray, error: float) -> FloatArray:
    return error * np.log1p((math.e - 1) * t)


SPENDING: dict[str, Callable[[FloatArray, float], FloatArray]] = {
    "obrien_fleming": _obrien_fleming,
    "pocock": _pocock,
}


def spent(fractions: ArrayLike, error: float, *, spending: str = "obrien_fleming") -> FloatArray:
    """Return the error spent by each fraction of the required information.

    Parameters
    ----------
    fractions : array, shape (k,)
        Information over the required information; above 1 nothing is left to spend.
    error : float
        What is spent when the fraction is 1: alpha of one side of a test, or beta.
    spending : {"obrien_fleming", "pocock"}
        Lan and DeMets (1983, Biometrika 70:659): 2 - 2 Phi(z(error / 2) / sqrt(t)), which spends nearly
        nothing early, or error ln(1 + (e - 1) t), which spends evenly.

    Returns
    -------
    array, shape (k,)

    Raises
    ------
    OptionError
        If there is no such function.
    InputError
        If a fraction is negative or missing, or the error does not lie between 0 and 1.

    Examples
    --------
    >>> spent([0.25, 0.5, 1, 1.2], 0.025).round(5)
    array([1.00e-05, 1.53e-03, 2.50e-02, 2.50e-02])
    >>> spent([0.5, 1], 0.025, spending="pocock").round(5)
    array([0.0155, 0.025 ])
    """
    function = SPENDING[option("spending", spending, SPENDING)]
    if not 0 < error < 1:
        raise InputError(f"error={error!r} must lie between 0 and 1.")
    t = floats("fractions", fractions)
    if not (t >= 0).all():
        raise InputError("fractions of the information must be 0 or more.")
    return np.where(t == 0, 0.0, function(np.clip(t, 0.0, 1.0), error))
