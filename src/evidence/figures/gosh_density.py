"""The subsets of a GOSH plot counted in the cells of a grid, and their picture: many points, few bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.figures.style import BLUE

# Vermillion and sky blue, darkened until both have 3:1 on white and still differ in grey.
WITH = "#AC4600"
WITHOUT = "#3A93CF"
ALONE = BLUE

_DEEPEST = 0.55  # of the colour that is left, black mixed in, in the cell that holds most
_MANY = 4_000  # subsets from which on cells are as small as they may be
_SHADES = 12  # of hue and of depth; few of them make small files

Limits = tuple[float, float]
Counts = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Subsets in cells.

    Attributes
    ----------
    across, up : tuple of float
        Limits of the axes.
    shape : tuple of int
        Rows and columns.
    cell : array of int, shape (n,)
        Cell of each subset, row by row from below.
    """

    across: Limits
    up: Limits
    shape: tuple[int, int]
    cell: Counts

    def counts(self, chosen: NDArray[np.bool_] | None = None) -> Counts:
        """Number of (chosen) subsets in each cell."""
        cells = self.cell if chosen is None else self.cell[chosen]
        return np.bincount(cells, minlength=self.shape[0] * self.shape[1]).reshape(self.shape)


def grid(x: FloatArray, y: FloatArray, across: Limits, up: Limits, shape: tuple[int, int]) -> Grid:
    """Count points into cells; all must lie within the limits.

    Examples
    --------
    >>> grid(np.array([0.1, 0.9]), np.array([0.2, 0.2]), (0, 1), (0, 1), (1, 2)).counts().tolist()
    [[1, 1]]
    """
    rows, columns = shape
    column = np.minimum(((x - across[0]) / (across[1] - across[0]) * columns).astype(int), columns - 1)
    row = np.minimum(((y - up[0]) / (up[1] - up[0]) * rows).astype(int), rows - 1)
    return Grid(across, up, shape, row * columns + column)


def fitting(shape: tuple[int, int], subsets: int) -> tuple[int, int]:
    """Return fewer rows and columns for few subsets, whose cells would be too small to see.

    Examples
    --------
    >>> fitting((100, 150), 10), fitting((100, 150), 8191)
    ((40, 60), (100, 150))
    """
    share = min(1.0, max(0.4, (subsets / _MANY) ** 0.25))
    return round(share * shape[0]), round(share * shape[1])


def picture(total: Counts, inside: Counts | None, most: int | None = None) -> NDArray[np.uint8]:
    """Colour cells: deeper the more subsets (on a log scale), its hue by the share of `inside` among them.

    Parameters
    ----------
    total, inside : array of int, shape (rows, columns)
    most : int, optional
        Count with the deepest colour; default the largest of `total`.

    Returns
    -------
    array of uint8, shape (rows, columns, 4)
        Red, green, blue and opacity; cells without subsets are clear.
    """
    share = np.zeros(total.shape) if inside is None else inside / np.maximum(total, 1)
    ends = (ALONE, ALONE) if inside is None else (WITHOUT, WITH)
    low, high = (np.array([int(end[i : i + 2], 16) for i in (1, 3, 5)], dtype=float) for end in ends)
    depth = np.log(np.maximum(total, 1)) / np.log(max(total.max(initial=1), most or 1, 2))
    share, depth = (np.round(_SHADES * part) / _SHADES for part in (share, depth))
    colours = low + share[..., None] * (high - low)
    colours *= 1 - (1 - _DEEPEST) * depth[..., None]
    opacity = np.where(total > 0, 255.0, 0.0)
    return np.concatenate([colours, opacity[..., None]], axis=2).round().astype(np.uint8)
