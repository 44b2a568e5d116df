"""The measures of a specification curve's page: columns of words, the plot, and rows of choices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray
from evidence.figures.forest_axis import ticks
from evidence.figures.specification_data import Curve
from evidence.figures.style import Preset
from evidence.figures.text import text_width, wrapped

SHARES = "Share of variance"
HEAD = 3.1  # over the curve, ems: the words of its axis, and those of the protocol's path
_ROW, _SLIDE_ROW = 1.5, 1.35  # ems of the small type
_GAP = 0.55  # between choices, ems
_CURVE, _SLIDE_CURVE = 15.0, 7.0  # least height of the curve, ems
STUDIES = 2.2  # height of the line of studies, ems
BELOW = 1.6  # between studies and choices, ems
_BESIDE = 16.0  # least room for the words beside the curve, ems
_GROUP = 0.19  # most of the width that names of choices take


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures, inches.

    Attributes
    ----------
    shares, marks : float
        Widths of the column of shares, and of the marks of the curve's axis.
    left, plot : float
        Left edge, from the margin, and width of the plot.
    row, gap : float
    wraps : tuple of tuple of str
        Lines of each choice's name.
    """

    shares: float
    marks: float
    left: float
    plot: float
    row: float
    gap: float
    wraps: tuple[tuple[str, ...], ...]

    def matrix(self, curve: Curve) -> float:
        """Height of the rows of choices."""
        rows = sum(len(group.levels) for group in curve.groups)
        return rows * self.row + len(curve.groups) * self.gap


def layout(curve: Curve, style: Preset, inner: float) -> Layout:
    """Measure the columns on a page of `inner` inches between its margins."""
    em, small = style.em, style.small
    room = max(_GROUP * inner, 8 * em)
    wraps = tuple(tuple(wrapped(g.name, room, small, bold=True, lines=len(g.levels))) for g in curve.groups)
    lines = [line for lines in wraps for line in lines]
    names = max((text_width(line, small, True) for line in lines), default=0.0)
    words = [level for group in curve.groups for level in group.levels]
    levels = max((text_width(word, small, True) for word in [*words, "Studies"]), default=0.0)
    found = ticks(curve.units, curve.limits, least(style) * em, small)[1]
    marks = max((text_width(mark, small) for mark in found), default=0.0)
    levels = max(levels, marks, _BESIDE * em - names)
    known = any(np.isfinite(group.total) for group in curve.groups)
    ranges = [f"{curve.said(g.alone[0])} to {curve.said(g.alone[1])}" for g in curve.groups]
    shares = max([8 * em, text_width(SHARES, small, True), *(text_width(words, small) for words in ranges)])
    shares = shares if known else 8 * em
    left = names + (0.8 * em if names else 0.0) + levels + 0.6 * em
    plot = max(style.plot_width, inner - left - shares - 0.9 * em)
    row = (_SLIDE_ROW if style.aspect else _ROW) * small / 72
    return Layout(shares, marks, left, plot, row, _GAP * em, wraps)


def least(style: Preset) -> float:
    """Return the least height of the curve, ems; a slide gives it what is left."""
    return _SLIDE_CURVE if style.aspect else _CURVE


def needed(curve: Curve, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the middle of the page needs."""
    found = layout(curve, style, inner)
    width = found.left + found.plot + 0.9 * style.em + found.shares
    return width, (HEAD + least(style) + STUDIES + BELOW) * style.em + found.matrix(curve)


@dataclass(frozen=True, slots=True)
class Across:
    """Places of paths from left to right, inches."""

    left: float
    width: float
    count: int

    @property
    def step(self) -> float:
        """Width of one path."""
        return self.width / self.count

    @property
    def spots(self) -> FloatArray:
        """Middle of each path."""
        return self.left + (np.arange(self.count) + 0.5) * self.step
