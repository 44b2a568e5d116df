"""A page of rows: labels, marks on a common axis, and columns of text, as in a forest plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.figures.canvas import rule, stripe
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import Axis
from evidence.figures.forest_draw import Pen, draw_axis
from evidence.figures.forest_rows import Row
from evidence.figures.network_page import Sheet
from evidence.figures.style import INK, SKY, Preset
from evidence.figures.text import LEADING, block, fitted, text_width, wrapped, write

_LABELS = 0.34  # most of the width that labels take before they are wrapped
_GAP = 1.4  # ems between the columns
_HEAD = 2.1  # ems
_MOST_STRETCH = 1.6
_BAND = 0.16  # opacity

Drawer = Callable[[Pen, Sequence[Row], Sequence[float]], None]


@dataclass(frozen=True, slots=True)
class Table:
    """What stands on the page, from the top.

    Attributes
    ----------
    rows : tuple of Row
        Marks, with the labels of their rows.
    headings : tuple of str
        Over the labels and each column.
    columns : tuple of tuple of str
        Cells right of the marks.
    units : Axis
    limits : tuple of float
        Of the axis.
    xlabel : str
    favours : tuple of str
        What lies below and above no effect; may be empty.
    strong : tuple of bool
        Rows in bold type.
    band : tuple of float or None
        An interval, in positions on the axis, behind all rows.
    row : float
        Height of a row with one line, ems.
    """

    rows: tuple[Row, ...]
    headings: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    units: Axis
    limits: tuple[float, float]
    xlabel: str
    favours: tuple[str, str] = ("", "")
    strong: tuple[bool, ...] = ()
    band: tuple[float, float] | None = None
    row: float = 1.75

    def only(self, places: Sequence[int]) -> Table:
        """Return some of the rows, on the same axis."""
        return replace(
            self,
            rows=tuple(self.rows[i] for i in places),
            columns=tuple(tuple(cells[i] for i in places) for cells in self.columns),
            strong=tuple(self.strong[i] for i in places) if self.strong else (),
        )

    def bold(self, i: int) -> bool:
        """Tell whether row i stands in bold type."""
        return self.rows[i].kind == "pooled" or bool(self.strong and self.strong[i])


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures, inches: lines and width of the labels, widths of columns, heights of rows and of the foot."""

    labels: tuple[tuple[str, ...], ...]
    room: float
    columns: tuple[float, ...]
    heights: tuple[float, ...]
    foot: float

    @property
    def right(self) -> float:
        """Width of all columns of cells."""
        return sum(self.columns)


def layout(table: Table, style: Preset, inner: float) -> Layout:
    """Measure the columns on a page of `inner` inches between its margins."""
    names = [(row.label, table.bold(i)) for i, row in enumerate(table.rows)]
    longest = max(text_width(name, style.base, bold) for name, bold in names)
    longest = max(longest, text_width(table.headings[0], style.base, True)) + 0.02
    room = min(longest, max(style.label_width, _LABELS * inner))
    lines = tuple(tuple(wrapped(name, room, style.base, bold=bold, lines=3)) for name, bold in names)
    widths = []
    for heading, cells in zip(table.headings[1:], table.columns, strict=True):
        widest = max(text_width(cell, style.base, table.bold(i)) for i, cell in enumerate(cells))
        widths.append(max(widest, text_width(heading, style.base, True)) + _GAP * style.em)
    heights = tuple(max(table.row, len(each) * LEADING + 0.43) * style.em for each in lines)
    foot = (1.9 + (1.3 if any(table.favours) else 0.0) + (1.4 if table.xlabel else 0.0)) * style.em
    return Layout(lines, room, tuple(widths), heights, foot)


def needed(table: Table, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the rows need."""
    found = layout(table, style, inner)
    least = found.room + found.right + _GAP * style.em + style.plot_width
    return max(inner, least), _HEAD * style.em + sum(found.heights) + found.foot


def draw_table(figure: EvidenceFigure, page: Sheet, table: Table, draw: Drawer, label: str) -> None:
    """Draw the rows in the middle of the page; `draw` makes the marks."""
    style = page.preset
    found = layout(table, style, page.inner)
    head = _HEAD * style.em
    stretch = min(_MOST_STRETCH, max(1.0, (page.middle - head - found.foot) / sum(found.heights)))
    heights = stretch * np.array(found.heights)
    left = style.margin + found.room + _GAP * style.em
    width = page.width - style.margin - found.right - left
    top, whole = page.top + head, float(heights.sum())
    middles = np.cumsum(heights) - heights / 2
    _backdrop(figure, page, heights, top)
    _words(figure, page, table, found, top + middles)
    rect = (left / page.width, 1 - (top + whole) / page.height, width / page.width, whole / page.height)
    axes = figure.add_axes(rect, label=label)
    axes.patch.set_visible(False)
    axes.set_ylim(whole / style.em, 0)
    axes.set_yticks([])
    draw_axis(axes, table.units, table.limits, width, style.small)
    if table.band is not None:
        _draw_band(axes, table.band, whole / style.em)
    draw(Pen(axes, table.units, table.limits, style.base), table.rows, (middles / style.em).tolist())
    _under(figure, page, table, (left, top + whole, width))


def _backdrop(figure: EvidenceFigure, page: Sheet, heights: np.ndarray, top: float) -> None:
    left, right = page.preset.margin / 2, page.width - page.preset.margin / 2
    rule(figure, top, left, right, color=INK, points=0.08 * page.preset.base)
    for i, height in enumerate(heights.tolist()):
        if i % 2 == 0:
            stripe(figure, left, right, top + float(heights[:i].sum()), height)


def _words(figure: EvidenceFigure, page: Sheet, table: Table, found: Layout, middles: np.ndarray) -> None:
    style = page.preset
    middle = page.top + 0.5 * _HEAD * style.em
    write(figure, table.headings[0], style.margin, middle, size=style.base, bold=True)
    right = page.width - style.margin - found.right + np.cumsum(found.columns)
    for heading, x in zip(table.headings[1:], right.tolist(), strict=True):
        write(figure, heading, x, middle, size=style.base, bold=True, align="right")
    for i, (lines, centre) in enumerate(zip(found.labels, middles.tolist(), strict=True)):
        bold = table.bold(i)
        for j, line in enumerate(lines):
            at = centre + (j - (len(lines) - 1) / 2) * style.base * LEADING / 72
            write(figure, line, style.margin, at, size=style.base, bold=bold)
        for cells, x in zip(table.columns, right.tolist(), strict=True):
            write(figure, cells[i], x, centre, size=style.base, bold=bold, align="right")


def _draw_band(axes: Axes, band: tuple[float, float], height: float) -> None:
    low, high = np.clip(band, *axes.get_xlim())
    patch = Rectangle((low, 0), high - low, height, facecolor=SKY, alpha=_BAND, edgecolor="none", zorder=0)
    axes.add_patch(patch)


def _under(figure: EvidenceFigure, page: Sheet, table: Table, place: tuple[float, float, float]) -> None:
    """Write the directions beside no effect, and the label of the axis; `place` is left, bottom and width."""
    style = page.preset
    left, top, width = place
    top += 1.9 * style.em
    low, high = table.limits
    null = left + (table.units.null - low) / (high - low) * width
    if any(table.favours) and np.isfinite(null):
        for words, align, sign in zip(table.favours, ("right", "left"), (-1, 1), strict=True):
            edge = style.margin if sign < 0 else page.width - style.margin
            spot = null + sign * 0.5 * style.em
            arrow = (f"← {words}" if sign < 0 else f"{words} →") if words else ""
            text = fitted(arrow, abs(edge - spot), style.small, bold=True)
            write(figure, text, spot, top + 0.6 * style.em, size=style.small, bold=True, align=align)
        top += 1.3 * style.em
    centre = left + width / 2
    room = 2 * min(centre - style.margin, page.width - style.margin - centre)
    label = block([(fitted(table.xlabel, room, style.small), style.small, False, INK)], room)
    label.place(figure, centre, top, align="center")
