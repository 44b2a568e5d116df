"""How much of the variation among the paths of a full grid each choice explains: Sobol's indices, exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evidence.arguments import FloatArray

_ROUNDING = 1e-12


class Shares(NamedTuple):
    """Shares of the variance, one a choice.

    Attributes
    ----------
    first : array, shape (choices,)
        First-order: by the choice alone.
    total : array, shape (choices,)
        Total: by the choice and its interactions with others.
    """

    first: FloatArray
    total: FloatArray


def variance_shares(grid: FloatArray) -> Shares:
    """Take the variance of a grid apart by its axes.

    Parameters
    ----------
    grid : array, shape (levels of the first choice, levels of the second, ...)
        One number a path; NaN where a path has none.

    Returns
    -------
    Shares
        NaN where nothing varies.

    Notes
    -----
    With every level as likely as another, the first-order share of a choice is the variance of the means of
    its levels (Sobol 2001, Math Comput Simul 55:271), and its total share the mean variance that is left
    when all other choices are held (Homma and Saltelli 1996, Reliab Eng Syst Saf 52:1), both of the whole
    variance. On a complete grid these are the main effect's, and all that the choice has a part in, of the
    sums of squares of the factorial design. Where paths are missing, means are over the paths there are;
    then choices are not orthogonal, and first-order shares may add up to more than 1.

    Examples
    --------
    >>> variance_shares(np.array([[0.0, 1.0], [2.0, 3.0]]))
    Shares(first=array([0.8, 0.2]), total=array([0.8, 0.2]))
    """
    known = np.isfinite(grid)
    values = np.where(known, grid, 0.0)
    count = known.sum()
    nothing = np.full(grid.ndim, np.nan)
    if not count:
        return Shares(nothing, nothing)
    mean = values.sum() / count
    apart = np.where(known, values - mean, 0.0)
    whole = float((apart**2).sum())
    if whole <= (_ROUNDING * np.abs(values).max()) ** 2 * count:
        return Shares(nothing, nothing)
    first, total = np.empty(grid.ndim), np.empty(grid.ndim)
    for axis in range(grid.ndim):
        others = tuple(i for i in range(grid.ndim) if i != axis)
        of_level = known.sum(axis=others)
        first[axis] = float((apart.sum(axis=others) ** 2 / np.maximum(of_level, 1)).sum()) / whole
        in_cell = known.sum(axis=axis, keepdims=True)
        left = np.where(known, apart - apart.sum(axis=axis, keepdims=True) / np.maximum(in_cell, 1), 0.0)
        total[axis] = float((left**2).sum()) / whole
    return Shares(first, total)
