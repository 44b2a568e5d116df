"""The measures of a specification curve's page: columns of words, the plot, and rows of choices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidence.arguments import FloatArray
from evidence.figures.forest_axis import ticks
from evidence.figures.specification_data import Curve
from evidence.figures.style import Preset
from evidence.figures.text import text_width, wrapped

SHARES, _SHARES_ON_SLIDES = "Share of variance", "% of variance"
_BESIDE = 16.0  # least room for the words beside the curve, ems
_GROUP = 0.19  # most of the width that names of choices take
_SHORT = {
    "without imputed denominators": "none imputed",
    "without doubtful rows": "without them",
    "EE (common effect)": "common effect",
    "Hartung-Knapp, ad hoc": "HK, ad hoc",
    "binomial-normal (GLMM)": "GLMM",
    "exact, summed counts": "exact",
    "arcsine square root, REML": "arcsine, REML",
    "arcsine square root, DL": "arcsine, DL",
}


@dataclass(frozen=True, slots=True)
class Ems:
    """Heights in ems, from above.

    Attributes
    ----------
    head : float
        Over the curve: the words of its axis, unless they stand beside it, and those of the protocol's path.
    curve : float
        Least height of the curve.
    studies : float
        The line of studies; without it they are counted beside the curve.
    below : float
        Between what is above and the choices.
    row, gap : float
        A level, in ems of the small type, and the space between choices.
    """

    head: float
    curve: float
    studies: float
    below: float
    row: float
    gap: float


_PAGE = Ems(3.1, 15.0, 2.2, 1.6, 1.5, 0.55)
_SLIDE = Ems(1.9, 6.0, 0.0, 1.6, 1.27, 0.45)


def ems(style: Preset) -> Ems:
    """Return the heights of a page, or of a slide, whose curve takes what is left."""
    return _PAGE if style.aspect is None else _SLIDE


def in_short(curve: Curve) -> Curve:
    """Return the curve with levels in few words, as a slide has room for."""
    groups = (
        replace(each, levels=tuple(_SHORT.get(word, word) for word in each.levels)) for each in curve.groups
    )
    return replace(curve, groups=tuple(groups))


def shares_heading(style: Preset) -> str:
    """Return what stands over the shares of the choices."""
    return SHARES if style.aspect is None else _SHARES_ON_SLIDES


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
    high = ems(style)
    found = ticks(curve.units, curve.limits, high.curve * em, small)[1]
    marks = max((text_width(mark, small) for mark in found), default=0.0)
    levels = max(levels, marks, _BESIDE * em - names)
    known = any(np.isfinite(group.total) for group in curve.groups)
    ranges = [f"{curve.said(g.alone[0])} to {curve.said(g.alone[1])}" for g in curve.groups]
    shares = max(
        [
            8 * em,
            text_width(shares_heading(style), small, True),
            *(text_width(words, small) for words in ranges),
        ]
    )
    shares = shares if known else 8 * em
    left = names + (0.8 * em if names else 0.0) + levels + 0.6 * em
    plot = max(style.plot_width, inner - left - shares - 0.9 * em)
    return Layout(shares, marks, left, plot, high.row * small / 72, high.gap * em, wraps)


def needed(curve: Curve, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the middle of the page needs."""
    found = layout(curve, style, inner)
    high = ems(style)
    width = found.left + found.plot + 0.9 * style.em + found.shares
    return width, (high.head + high.curve + high.studies + high.below) * style.em + found.matrix(curve)


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
