"""p values combined, as printed: exact ones as numbers, "<0.05" and "not significant" as intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from evidence.arguments import FloatArray, option, vector
from evidence.errors import InputError, TooFewStudiesError

METHODS = ("fisher", "stouffer", "edgington")
SIGNIFICANT = 0.05
_LEAST, _MOST = 1e-16, 1 - 1e-16
_EXACT_UP_TO = 60
_SAYS = {
    "fisher": (
        "Fisher's method (1932) asks whether the first-named treatment did better in at least one study; one"
        " very small p value can decide it alone."
    ),
    "stouffer": (
        "Stouffer's method (1949), weighted by the square root of the number of people, asks whether studies"
        " point to the first-named treatment on the whole."
    ),
    "edgington": (
        "Edgington's method (1972) adds the p values and asks whether they are small on the whole; one"
        " large p value weighs against it as much as a small one for it."
    ),
}
_CANNOT = (
    " None says how large an effect is, and a study that printed nothing is not in it"
    " (Cochrane Handbook 12.2.1.2)."
)


def p_interval(op: str, p: float = np.nan) -> tuple[float, float]:
    """Return what a printed two-sided p value can be, as an interval.

    Parameters
    ----------
    op : str
        "=", "<", "<=", ">", or in words "sig" (significant), "ns" (not significant), "trend".
    p : float
        The number, where one was printed.

    Returns
    -------
    tuple of float

    Raises
    ------
    OptionError
        If `op` is none of these.
    InputError
        If a number is needed and `p` is none between 0 and 1.

    Examples
    --------
    >>> p_interval("<", 0.05), p_interval("ns"), p_interval("=", 0.03)
    ((0.0, 0.05), (0.05, 1.0), (0.03, 0.03))
    """
    words = {"sig": (0.0, SIGNIFICANT), "ns": (SIGNIFICANT, 1.0), "trend": (SIGNIFICANT, 1.0)}
    option("op", op, ("=", "<", "<=", ">", *words))
    if op in words:
        return words[op]
    number = float(p)
    if not 0 <= number <= 1:
        raise InputError(f"p={p!r} with op={op!r} must be a number from 0 to 1.")
    return {"=": (number, number), ">": (number, 1.0)}.get(op, (0.0, number))


def one_sided(low: float, high: float, direction: str) -> tuple[float, float]:
    """Return the one-sided p value for the first-named treatment from a two-sided one, as an interval.

    Parameters
    ----------
    low, high : float
        What the two-sided p value can be.
    direction : str
        "first", "second", or "" where the side is not printed: then both sides are possible.

    Examples
    --------
    >>> one_sided(0.0, 0.05, "first"), one_sided(0.25, 0.25, "second"), one_sided(0.5, 0.5, "")
    ((0.0, 0.025), (0.875, 0.875), (0.25, 0.75))
    """
    option("direction", direction, ("first", "second", ""))
    if direction == "first":
        return low / 2, high / 2
    if direction == "second":
        return 1 - high / 2, 1 - low / 2
    return low / 2, 1 - low / 2


@dataclass(frozen=True, slots=True)
class CombinedP:
    """One-sided p values combined.

    Attributes
    ----------
    method : str
        "fisher", "stouffer" or "edgington".
    low, high : float
        The combined p value with every uncertain one at its smallest and at its largest.
    k : int
        Studies.
    exact : int
        Studies whose p value is printed as a number with its side.
    """

    method: str
    low: float
    high: float
    k: int
    exact: int

    def method_text(self) -> str:
        """Return what was done, what it can say and what it cannot."""
        uncertain = self.k - self.exact
        said = f"{self.k} one-sided p values. {_SAYS[self.method]}{_CANNOT}"
        if uncertain:
            said += (
                f" {uncertain} of them are not printed as a number with its side (only '<0.05', 'not"
                " significant', or no direction); the result runs from all of these at their smallest to all"
                " at their largest."
            )
        return said

    def summary(self) -> pd.DataFrame:
        """Return the result as one row."""
        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a dict."""
        return {name: getattr(self, name) for name in ("method", "low", "high", "k", "exact")}


def combine_p(
    low: ArrayLike, high: ArrayLike | None = None, *, method: str = "stouffer", n: ArrayLike | None = None
) -> CombinedP:
    """Combine one-sided p values, each a number or an interval.

    Every method grows with each p value, so that the ends of the result are those of its parts.

    Parameters
    ----------
    low : array, shape (k,)
        One-sided p values, or the lower ends of what they can be.
    high : array, shape (k,), optional
        The upper ends; the same as `low` by default.
    method : str
        "fisher", "stouffer" or "edgington".
    n : array, shape (k,), optional
        People in each study; needed by, and only by, "stouffer" with weights (equal weights without).

    Returns
    -------
    CombinedP

    Raises
    ------
    OptionError
        If the method does not exist.
    InputError
        If a p value lies outside 0 to 1, an interval is upside down, `n` is not positive, or `n` is given
        to a method that has no weights.
    TooFewStudiesError
        If there are fewer than two.

    Examples
    --------
    >>> found = combine_p([0.01, 0.04, 0.3], method="fisher")
    >>> round(found.low, 5)
    0.00609
    """
    option("method", method, METHODS)
    lower = vector("low", low)
    upper = lower if high is None else vector("high", high, size=lower.size)
    if lower.size < 2:
        raise TooFewStudiesError(f"{lower.size} p value cannot be combined; two or more are needed.")
    bad = np.flatnonzero((lower < 0) | (upper > 1) | (lower > upper))
    if bad.size:
        at = bad[0]
        raise InputError(
            f"p value {at + 1} runs from {lower[at]:g} to {upper[at]:g}; both must lie in 0 to 1."
        )
    if n is not None and method != "stouffer":
        raise InputError(f"n is for method='stouffer'; {method!r} has no weights.")
    weights = np.ones(lower.size) if n is None else np.sqrt(vector("n", n, size=lower.size))
    if not (weights > 0).all():
        raise InputError("n must be positive for every study.")
    ends = (_combined(method, np.clip(each, _LEAST, _MOST), weights) for each in (lower, upper))
    return CombinedP(method, *ends, k=lower.size, exact=int((lower == upper).sum()))


def _combined(method: str, p: FloatArray, weights: FloatArray) -> float:
    if method == "fisher":
        return float(chdtrc(2 * p.size, -2 * np.log(p).sum()))
    if method == "stouffer":
        return float(ndtr((weights * ndtri(p)).sum() / np.sqrt((weights**2).sum())))
    return edgington(p.tolist())


def edgington(p: Sequence[float]) -> float:
    """Return the chance that k even p values add up to no more than these (Edgington 1972, eq. 2).

    The alternating sum is taken in fractions, which lose no digit; above 60 studies the normal limit with
    mean k/2 and variance k/12 is used.

    Examples
    --------
    >>> edgington([0.1, 0.3])
    0.08
    """
    k, total = len(p), sum(map(Fraction, p))
    if k > _EXACT_UP_TO:
        return float(ndtr((float(total) - k / 2) / math.sqrt(k / 12)))
    terms = ((-1) ** j * math.comb(k, j) * (total - j) ** k for j in range(math.floor(total) + 1))
    return min(max(float(sum(terms) / math.factorial(k)), 0.0), 1.0)
