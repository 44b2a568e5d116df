"""Matched yes-or-no outcomes from their margins: the four cells behind two counts and a correlation.

Split-face trials print how many people improved on each side, seldom how many improved on both. With the phi
correlation of the two sides the table of pairs follows, and with it the variance that pairing deserves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray
from evidence.effects.checks import above, aligned, at_most, countable, not_negative, require, study, within
from evidence.errors import InputError

NEEDS = (
    *not_negative("x1i", "x2i"),
    *above(0, "ni", remedy="a study needs at least one pair"),
    *countable("ni"),
    *at_most("x1i", "ni"),
    *at_most("x2i", "ni"),
)
ROUNDING = 1e-9


def phi_bounds(*, x1i: ArrayLike, x2i: ArrayLike, ni: ArrayLike) -> pd.DataFrame:
    """Smallest and largest phi correlation that two margins allow.

    Parameters
    ----------
    x1i, x2i : array_like, shape (k,)
        People with the event under the first and under the second treatment.
    ni : array_like, shape (k,)
        Pairs (people, in a split-face trial).

    Returns
    -------
    DataFrame
        Columns `low` and `high`; both are 0 where a margin is nobody or everybody, for there the table is
        known without a correlation.

    Raises
    ------
    InputError
        If a count is impossible.

    Notes
    -----
    Bounds of the joint proportion by Fréchet (1951), turned into phi.

    Examples
    --------
    >>> phi_bounds(x1i=[12], x2i=[6], ni=[20]).round(3)
         low   high
    0 -0.802  0.535
    """
    columns, index = aligned({"x1i": x1i, "x2i": x2i, "ni": ni})
    require("phi_bounds", columns, NEEDS, index)
    low, high = _bounds(columns["x1i"], columns["x2i"], columns["ni"])
    return pd.DataFrame({"low": low, "high": high}, index=index)


def matched_pairs(*, x1i: ArrayLike, x2i: ArrayLike, ni: ArrayLike, phi: ArrayLike) -> pd.DataFrame:
    """Build the table of pairs from its margins and a stated correlation.

    Parameters
    ----------
    x1i, x2i : array_like, shape (k,)
        People with the event under the first and under the second treatment.
    ni : array_like, shape (k,)
        Pairs (people, in a split-face trial).
    phi : float or array_like, shape (k,)
        Phi correlation of the two outcomes of a person; 0 for independence. Where a margin is nobody or
        everybody the table is the same for every phi.

    Returns
    -------
    DataFrame
        Columns `ai bi ci di` for `escalc` and its matched-pair measures: event under both, the first only,
        the second only, neither. Cells need not be whole numbers.

    Raises
    ------
    InputError
        If a count is impossible, or the margins do not allow the correlation.

    Notes
    -----
    ``ai = ni * (p1 * p2 + phi * sqrt(p1 * q1 * p2 * q2))``, the definition of phi; the rest from the margins.
    Elbourne et al. 2002, Int J Epidemiol 31:140, on using a borrowed correlation for paired binary data.

    Examples
    --------
    >>> matched_pairs(x1i=[12], x2i=[6], ni=[20], phi=0.5).round(2)
         ai    bi    ci    di
    0  5.84  6.16  0.16  7.84
    """
    columns, index = aligned({"x1i": x1i, "x2i": x2i, "ni": ni, "phi": phi})
    require("matched_pairs", columns, (*NEEDS, *within(-1, 1, "phi")), index)
    first, second, pairs, r = (columns[name] for name in ("x1i", "x2i", "ni", "phi"))
    low, high = _bounds(first, second, pairs)
    root = _root(first, second, pairs)
    impossible = np.flatnonzero((root > 0) & ((r < low - ROUNDING) | (r > high + ROUNDING)))
    if impossible.size:
        i = int(impossible[0])
        raise InputError(
            f"matched_pairs: phi={r[i]:g} in {study(i, index)} cannot be with {first[i]:g} and {second[i]:g}"
            f" events of {pairs[i]:g}; it must lie between {low[i]:.3f} and {high[i]:.3f}."
        )
    both = (first * second + r * root) / pairs
    # At the bounds rounding can leave a cell a hair below zero.
    both = np.clip(both, np.maximum(0, first + second - pairs), np.minimum(first, second))
    cells = {"ai": both, "bi": first - both, "ci": second - both, "di": pairs - first - second + both}
    return pd.DataFrame(cells, index=index)


def _root(first: FloatArray, second: FloatArray, pairs: FloatArray) -> FloatArray:
    """Square root of the product of the four margins."""
    return np.sqrt(first * (pairs - first) * second * (pairs - second))


def _bounds(first: FloatArray, second: FloatArray, pairs: FloatArray) -> tuple[FloatArray, FloatArray]:
    root = _root(first, second, pairs)
    lowest, highest = np.maximum(0, first + second - pairs), np.minimum(first, second)
    safe = np.where(root > 0, root, 1.0)  # where it is 0 so are both numerators
    return (pairs * lowest - first * second) / safe, (pairs * highest - first * second) / safe
