"""The marks of a forest plot: squares, intervals, diamonds, and arrows where an interval leaves the axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from evidence.arguments import FloatArray
from evidence.figures.forest_axis import Axis, ticks
from evidence.figures.forest_rows import Row
from evidence.figures.style import BLUE, INK, MUTED, ORANGE, PAPER, RULE, VERMILLION

_SMALLEST = 0.08


@dataclass(frozen=True, slots=True)
class Marks:
    """How the marks look; `through` draws the pooled estimate as a dotted line through the studies."""

    square: str = BLUE
    line: str = INK
    diamond: str = VERMILLION
    bar: str = ORANGE
    shape: str = "s"
    through: bool = True


HOUSE = Marks()


def draw_marks(pen: Pen, rows: Sequence[Row], middles: Sequence[float]) -> None:
    """Draw every row's marks at its height."""
    pen.references(rows, middles)
    for row, middle in zip(rows, middles, strict=True):
        if row.kind in ("study", "excluded"):
            pen.interval(row, middle)
        elif row.kind == "pooled":
            pen.diamond(row, middle)
        elif row.kind == "prediction":
            pen.bar(row, middle)
    pen.points(rows, middles)


def draw_axis(axes: Axes, units: Axis, limits: tuple[float, float], width: float, size: float) -> None:
    """Set the limits, the ticks and the one spine the plot keeps."""
    spots, labels = ticks(units, limits, width, size)
    axes.set_xlim(limits)
    axes.set_xticks(spots, labels, fontsize=size)
    axes.tick_params(axis="x", length=0.35 * size, pad=0.3 * size, colors=INK, width=0.08 * size)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=INK, linewidth=0.08 * size)


def leaves(row: Row, units: Axis, limits: tuple[float, float]) -> tuple[bool, bool]:
    """Tell whether a row's interval or point lies partly below, and partly above, the limits."""
    ends = units.drawn([row.low, row.high, row.yi])
    ends = ends[~np.isnan(ends)]
    return bool((ends < limits[0]).any()), bool((ends > limits[1]).any())


@dataclass(frozen=True, slots=True)
class Pen:
    """Axes with what every mark needs to know.

    `base` is the body type in points, which sizes the marks; `em` is its height in units of the y axis.
    `heaviest` is the weight that the largest square stands for, by default the heaviest of the rows drawn.
    """

    axes: Axes
    units: Axis
    limits: tuple[float, float]
    base: float
    em: float = 1.0
    marks: Marks = HOUSE
    heaviest: float = np.nan

    def references(self, rows: Sequence[Row], middles: Sequence[float]) -> None:
        """Draw the line of no effect and, dotted, the pooled estimate from the top to its diamond."""
        low, high = self.limits
        if np.isfinite(self.units.null) and low <= self.units.null <= high:
            self.axes.axvline(self.units.null, color=RULE, linewidth=0.1 * self.base, zorder=1)
        for row, middle in zip(rows, middles, strict=True):
            spot = float(self.units.drawn(row.yi))
            if row.kind == "pooled" and row.overall and low <= spot <= high:
                self.through(spot, [min(middles) - 0.8 * self.em, middle])

    def through(self, spot: float, heights: Sequence[float]) -> None:
        """Draw the dotted line of the pooled estimate, where the marks have one."""
        if self.marks.through:
            style = {"color": self.marks.diamond, "linestyle": ":", "linewidth": 0.09 * self.base}
            self.axes.plot([spot, spot], heights, zorder=1, **style)

    def interval(self, row: Row, middle: float) -> None:
        """Draw a study's interval up to the limits."""
        color = self.marks.line if row.kind == "study" else MUTED
        ends = self.units.drawn([row.low, row.high])
        if np.isfinite(ends).all():
            style = {"color": color, "linewidth": 0.12 * self.base, "solid_capstyle": "butt"}
            self.axes.plot(np.clip(ends, *self.limits), [middle, middle], zorder=2, **style)
        self.arrows(row, middle, color)

    def arrows(self, row: Row, middle: float, color: str) -> None:
        """Point outwards at each limit that a row goes beyond."""
        style = {"s": 0.28 * self.base**2, "color": color, "linewidths": 0, "clip_on": False}
        for edge, marker, gone in zip(self.limits, "<>", leaves(row, self.units, self.limits), strict=True):
            if gone:
                self.axes.scatter([edge], [middle], marker=marker, zorder=4, **style)

    def points(self, rows: Sequence[Row], middles: Sequence[float]) -> None:
        """Draw squares, their area by weight, and hollow circles for what is not pooled."""
        spots, heights = self.units.drawn([row.yi for row in rows]), np.asarray(middles, dtype=float)
        seen = np.isfinite(spots) & (spots >= self.limits[0]) & (spots <= self.limits[1])
        kinds = np.array([row.kind for row in rows])
        full, hollow = seen & (kinds == "study"), seen & (kinds == "excluded")
        if full.any():
            area = 1.1 * self.base**2 * np.maximum(_shares(rows, self.heaviest)[full], _SMALLEST)
            look = {"marker": self.marks.shape, "color": self.marks.square, "linewidths": 0}
            self.axes.scatter(spots[full], heights[full], s=area, zorder=3, **look)
        if hollow.any():
            style = {"facecolor": PAPER, "edgecolor": MUTED, "linewidths": 0.12 * self.base}
            self.axes.scatter(spots[hollow], heights[hollow], s=0.36 * self.base**2, zorder=3, **style)

    def diamond(self, row: Row, middle: float) -> None:
        """Draw a pooled estimate: its width is the interval."""
        low, spot, high = (float(value) for value in self.units.drawn([row.low, row.yi, row.high]))
        half = 0.52 * self.em
        heights = [middle, middle - half, middle, middle + half]
        self._fill([low, spot, high, spot], heights, self.marks.diamond)
        self.arrows(row, middle, INK)

    def bar(self, row: Row, middle: float) -> None:
        """Draw a prediction interval up to the limits."""
        low, high = np.clip(self.units.drawn([row.low, row.high]), *self.limits)
        half = 0.2 * self.em
        heights = [middle - half, middle - half, middle + half, middle + half]
        self._fill([low, high, high, low], heights, self.marks.bar)
        self.arrows(row, middle, INK)

    def _fill(self, spots: Sequence[float], heights: Sequence[float], color: str) -> None:
        self.axes.fill(spots, heights, facecolor=color, edgecolor=INK, linewidth=0.07 * self.base, zorder=3)


def _shares(rows: Sequence[Row], top: float = np.nan) -> FloatArray:
    """Weight of each study relative to the heaviest, or to `top`."""
    weights = _weights(rows)
    return np.nan_to_num(weights / (top if np.isfinite(top) else np.nanmax(weights)))


def _weights(rows: Sequence[Row]) -> FloatArray:
    """Weight of each study; precision stands in where nothing was pooled."""
    weights = np.array([row.weight if row.kind == "study" else np.nan for row in rows])
    if not np.isfinite(weights).any():
        spread = np.array([row.high - row.low if row.kind == "study" else np.nan for row in rows])
        weights = 1 / spread**2
    return weights


def heaviest(rows: Sequence[Row]) -> float:
    """Return the weight of the heaviest study, NaN where there is none: pages share it."""
    weights = _weights(rows)
    return float(np.nanmax(weights)) if np.isfinite(weights).any() else np.nan
