"""The subsets that a GOSH plot draws, placed on its axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.forest_axis import Axis, axis
from evidence.figures.gosh_density import Grid, Limits, fitting, grid
from evidence.robustness.gosh_result import Gosh


@dataclass(frozen=True, slots=True)
class Cloud:
    """What is drawn: subsets in the units of the axes, those with a single study and no I2 left out."""

    result: Gosh
    units: Axis
    against: str
    x: FloatArray
    y: FloatArray
    known: NDArray[np.bool_]
    across: Limits
    up: Limits

    def grid(self, shape: tuple[int, int]) -> Grid:
        """Count the subsets in cells: `shape` rows and columns, or fewer where subsets are few."""
        return grid(self.x, self.y, self.across, self.up, fitting(shape, self.x.size))

    def holding(self, study: int) -> NDArray[np.bool_]:
        """Which of the subsets drawn hold a study."""
        return self.result.holds(study)[self.known]

    @property
    def full(self) -> tuple[float, float]:
        """Where all studies together lie."""
        position = float(self.units.drawn(self.result.full_estimate))
        return position, getattr(self.result, f"full_{self.against}")


def cloud_of(result: Gosh, against: str) -> Cloud:
    """Place the subsets on their axes.

    Raises
    ------
    InputError
        If there is no subset of two or more studies.
    """
    amounts = getattr(result, against)
    known = ~np.isnan(amounts) & (result.k > 1)
    if not known.any():
        raise InputError("The result holds no subset of two or more studies; there is nothing to draw.")
    units = axis(result.scale, result.measure, None)
    x, y = units.drawn(result.estimate[known]), amounts[known]
    low, high = float(x.min()), float(x.max())
    room = 0.03 * (high - low) or 0.5
    top = 100.0 if against == "i2" else float(y.max()) or 1.0
    up = -0.02 * top, 1.02 * top  # so that a row of cells at 0 is seen
    return Cloud(result, units, against, x, y, known, (low - room, high + room), up)
