"""The path of increasing selection through a grid of (gamma0, gamma1), across contours of the estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.robustness.bounded import climb
from evidence.robustness.copas_likelihood import CopasLikelihood

RHO_BOUND = 0.9999
NO_SELECTION = (10.0, 0.0)  # Copas and Shi 2001, p. 256
_FURTHEST = 1e4
_CONTOURS = 10
_STEEPEST, _FLATTEST = 50.0, 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Estimates over a grid of selection: shape (gamma0, gamma1), NaN where there is no fit."""

    gamma0: FloatArray
    gamma1: FloatArray
    estimate: FloatArray


def ranges(s: FloatArray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Ranges of gamma0 and gamma1 to look at, from the standard errors, as R's metasens has them.

    Between the largest and the smallest standard error, gamma1 then moves u by at most 1.29.

    Examples
    --------
    >>> [tuple(round(end, 3) for end in ends) for ends in ranges(np.array([0.1, 0.5]))]
    [(-0.573, 2.0), (0.0, 0.161)]
    """
    least, most = float(s.min()), float(s.max())
    top = 1.29 / (1 / least - 1 / most)
    return (-0.25 - top / most, 2.0), (0.0, top)


def bounds(*, slope: bool, side: str | None) -> tuple[FloatArray, FloatArray]:
    """Least and largest parameters; `side` on which studies are missing keeps the sign of rho."""
    low, high = {"left": (0.0, RHO_BOUND), "right": (-RHO_BOUND, 0.0), None: (-RHO_BOUND, RHO_BOUND)}[side]
    more = np.full(1 if slope else 0, _FURTHEST)
    return np.r_[-_FURTHEST, low, 0.0, -more], np.r_[_FURTHEST, high, _FURTHEST, more]


def best(
    model: CopasLikelihood, starts: list[FloatArray], lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """Climb from each start and keep the highest maximum (see `climb`).

    Raises
    ------
    ConvergenceError
        If no start leads to one.
    """
    found = []
    for start in starts:
        try:
            found.append(climb(model, start, lower, upper, what="copas"))
        except ConvergenceError:
            continue
    if not found:
        raise ConvergenceError("copas: no start leads to a maximum of the likelihood; it may be flat in rho.")
    return max(found, key=lambda each: each[1])


def grid(y: FloatArray, s: FloatArray, size: int, start: FloatArray, unit: float) -> Grid:
    """Estimate mu at each point of the grid.

    Parameters
    ----------
    y, s : array, shape (k,)
        In units of `unit`; gamma1 refers to the standard errors themselves.
    size : int
        Points a side.
    start : array, shape (3,)
        mu, rho and tau2 to climb from.
    unit : float
    """
    (low0, high0), (low1, high1) = ranges(unit * s)
    gamma0, gamma1 = np.linspace(low0, high0, size), np.linspace(low1, high1, size)
    lower, upper = bounds(slope=False, side=None)
    estimate = np.full((size, size), np.nan)
    for j, slope in enumerate(gamma1):
        near = start
        # Down from little selection: the fit before is near the next one.
        for i in range(size - 1, -1, -1):
            model = CopasLikelihood(y, s, gamma0[i] + slope / (unit * s))
            try:
                near = climb(model, near, lower, upper, what="copas")[0]
            except ConvergenceError:
                near = start
                continue
            estimate[i, j] = unit * near[0]
            if abs(near[1]) >= RHO_BOUND:
                near = np.r_[near[0], 0.9 * near[1], near[2]]
    return Grid(gamma0, gamma1, estimate)


def steepest(found: Grid) -> float:
    """Slope of the line across the contours of the estimate, both gammas scaled to run from 0 to 1.

    A straight line is fitted to each of ten contours; the mean of their slopes, weighted by the points
    of each, is turned by a right angle (Carpenter et al. 2009, J Clin Epidemiol 62:624, as R's metasens
    does). NaN where the estimate hardly changes or no line across leads to stronger selection.
    """
    surface = found.estimate
    known = surface[np.isfinite(surface)]
    if known.size < 4 or np.ptp(known) < 1e-8 * (1 + np.abs(known).max()):
        return math.nan
    x = np.linspace(0, 1, surface.shape[0])
    slopes, weights = [], []
    for level in np.linspace(known.min(), known.max(), _CONTOURS + 2)[1:-1]:
        points = _crossings(surface, x, level)
        if len(points) < 3 or np.ptp(points[:, 0]) < 1e-9:
            continue
        across = points[:, 0] - points[:, 0].mean()
        up = points[:, 1] - points[:, 1].mean()
        slope = float(across @ up / (across @ across))
        left = float(np.sum((up - slope * across) ** 2))
        n = len(points)
        if left / (n - 2) < float(up @ up) / (n - 1):  # adjusted R squared above 0
            slopes.append(slope)
            weights.append(n)
    if not slopes:
        return math.nan
    mean = float(np.average(slopes, weights=weights))
    slope = -1 / mean if mean else math.nan
    return slope if _FLATTEST < slope < _STEEPEST else math.nan


def along(found: Grid, slope: float, points: int) -> FloatArray:
    """Pairs (gamma0, gamma1) from no selection down the line with that slope, shape (points + 1, 2).

    The line begins at the weakest selection of the grid and ends where it leaves the grid.
    """
    down = np.linspace(0, min(1.0, 1 / slope), points)
    x, y = 1 - down, np.maximum(1 - slope * down, 0.0)
    ends0, ends1 = (axis[-1] - axis[0] for axis in (found.gamma0, found.gamma1))
    return np.vstack(
        [NO_SELECTION, np.column_stack([found.gamma0[0] + x * ends0, found.gamma1[0] + y * ends1])]
    )


def _crossings(surface: FloatArray, x: FloatArray, level: float) -> FloatArray:
    """Points (n, 2) at which the edges of the grid meet a level."""
    found = []
    for turned in (False, True):
        values = surface.T if turned else surface
        first, second = values[:-1], values[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (level - first) / (second - first)
            i, j = np.nonzero((share >= 0) & (share < 1))
        along_edge = x[i] + share[i, j] * (x[i + 1] - x[i])
        pair = (x[j], along_edge) if turned else (along_edge, x[j])
        found.append(np.column_stack(pair))
    return np.vstack(found)
