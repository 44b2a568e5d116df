"""How much is added to the cells of a table that holds a zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evidence.arguments import FloatArray

RULES = ("only0", "all", "if0all", "none")


def continuity_correction(cells: Sequence[FloatArray], add: float, to: str) -> FloatArray:
    """Return what is added to every cell of each study's table.

    Parameters
    ----------
    cells : sequence of ndarray
        The cells, each of shape (k,).
    add : float
        The amount, commonly 1/2 (Gart and Zweifel, 1967).
    to : {"only0", "all", "if0all", "none"}
        To tables with a zero cell; to all; to all if one of them has a zero cell; to none.

    Returns
    -------
    ndarray
        Shape (k,).

    Examples
    --------
    >>> continuity_correction([np.array([0.0, 3.0]), np.array([5.0, 4.0])], 0.5, "only0")
    array([0.5, 0. ])
    """
    zero = (np.asarray(cells) == 0).any(axis=0)
    added_to = {
        "only0": zero,
        "all": np.ones_like(zero),
        "if0all": np.full_like(zero, zero.any()),
        "none": np.zeros_like(zero),
    }
    return np.where(added_to[to], add, 0.0)
