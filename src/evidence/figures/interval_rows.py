"""Rows of a label, a point with its interval on a common axis, and the numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray
from evidence.figures.figure import EvidenceFigure
from evidence.figures.network_page import Sheet, add_frame
from evidence.figures.style import BLUE, INK, MUTED, RULE, Preset
from evidence.figures.text import LEADING, fitted, text_width, wrapped, write

_LABELS, _SLIDE_LABELS = 0.3, 0.45  # most of the width that labels take before they are wrapped
_GAP = 1.2  # ems between the columns


@dataclass(frozen=True, slots=True)
class Rows:
    """What is drawn, from the top.

    Attributes
    ----------
    labels, words : tuple of str
        What stands left and right of each row.
    point, low, high : array, shape (k,)
        Positions on the axis; NaN where there is none.
    headings : tuple of str
        Over labels and words.
    limits : tuple of float
        Of the axis; every interval lies within.
    ticks : tuple of (float, str)
    null : float
        A line across all rows; NaN for none.
    sides : tuple of str
        What lies below and above the line, in words under the axis; may be empty.
    """

    labels: tuple[str, ...]
    words: tuple[str, ...]
    point: FloatArray
    low: FloatArray
    high: FloatArray
    headings: tuple[str, str]
    limits: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]
    null: float = np.nan
    sides: tuple[str, str] = ("", "")

    def only(self, places: Sequence[int]) -> Rows:
        """Return some of the rows, on the same axis."""
        at = list(places)
        texts = (tuple(texts[i] for i in at) for texts in (self.labels, self.words))
        return Rows(
            *texts,
            *(positions[at] for positions in (self.point, self.low, self.high)),
            headings=self.headings,
            limits=self.limits,
            ticks=self.ticks,
            null=self.null,
            sides=self.sides,
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures, inches: lines of the labels, widths of both columns, height of a row, of head and of foot."""

    labels: tuple[tuple[str, ...], ...]
    room: float
    numbers: float
    row: float
    head: float
    foot: float


def layout(rows: Rows, style: Preset, inner: float) -> Layout:
    """Measure the columns on a page of `inner` inches between its margins."""
    longest = max(text_width(name, style.base) for name in rows.labels)
    longest = max(longest, text_width(rows.headings[0], style.base, True)) + 0.02
    share = _SLIDE_LABELS if style.aspect else _LABELS
    room = min(longest, max(style.label_width, share * inner))
    labels = tuple(tuple(wrapped(name, room, style.base, lines=3)) for name in rows.labels)
    numbers = max(text_width(each, style.base) for each in rows.words)
    numbers = max(numbers, text_width(rows.headings[1], style.base, True))
    row = (max(map(len, labels)) * LEADING + 0.3) * style.em
    foot = (1.6 if not any(rows.sides) else 3.2) * style.em
    return Layout(labels, room, numbers, row, 1.9 * style.em, foot)


def needed(rows: Rows, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the rows need."""
    found = layout(rows, style, inner)
    least = found.room + found.numbers + 2 * _GAP * style.em + style.plot_width
    return max(inner, least), found.head + len(rows.labels) * found.row + found.foot


def draw_rows(figure: EvidenceFigure, page: Sheet, rows: Rows, label: str) -> None:
    """Draw the rows in the middle of the page."""
    style, k = page.preset, len(rows.labels)
    found = layout(rows, style, page.inner)
    row = min((page.middle - found.head - found.foot) / k, 1.7 * found.row)
    left = style.margin + found.room + _GAP * style.em
    right = page.width - style.margin
    width = right - found.numbers - _GAP * style.em - left
    top = page.top + found.head
    axes = add_frame(figure, page, left, top, (width, k * row), label)
    axes.set_xlim(rows.limits)
    axes.set_ylim(k, 0)
    middle = page.top + found.head / 2 - 0.1 * style.em
    write(figure, rows.headings[0], style.margin, middle, size=style.base, bold=True)
    write(figure, rows.headings[1], right, middle, size=style.base, bold=True, align="right")
    _draw_axis(figure, page, rows, (left, top + k * row, width))
    for tick, _ in rows.ticks:
        axes.plot([tick, tick], [0, k], color=RULE, linewidth=0.03 * style.base, zorder=0)
    if np.isfinite(rows.null):
        axes.plot([rows.null] * 2, [0, k], color=INK, linewidth=0.09 * style.base, zorder=0.5)
    look = {"color": MUTED, "linewidth": 0.22 * style.base, "solid_capstyle": "butt", "zorder": 1}
    for i, (lines, words) in enumerate(zip(found.labels, rows.words, strict=True)):
        axes.plot([rows.low[i], rows.high[i]], [i + 0.5] * 2, **look)
        centre = top + (i + 0.5) * row
        for j, line in enumerate(lines):
            at = centre + (j - (len(lines) - 1) / 2) * style.base * LEADING / 72
            write(figure, line, style.margin, at, size=style.base)
        known = np.isfinite(rows.point[i])
        write(figure, words, right, centre, size=style.base, align="right", color=INK if known else MUTED)
    spots = np.arange(k) + 0.5
    axes.scatter(rows.point, spots, s=(0.8 * style.base) ** 2, color=BLUE, zorder=3, clip_on=False)


def _draw_axis(figure: EvidenceFigure, page: Sheet, rows: Rows, place: tuple[float, float, float]) -> None:
    """Write the ticks, and below them what the sides mean; `place` is left, bottom and width of the plot."""
    style = page.preset
    left, bottom, width = place
    low, high = rows.limits
    for tick, words in rows.ticks:
        spot = left + (tick - low) / (high - low) * width
        write(figure, words, spot, bottom + 0.8 * style.em, size=style.small, align="center")
    null = left + (rows.null - low) / (high - low) * width
    for words, align, sign in zip(rows.sides, ("right", "left"), (-1, 1), strict=True):
        if not words:
            continue
        edge = style.margin if sign < 0 else page.width - style.margin
        arrow = f"← {words}" if sign < 0 else f"{words} →"
        spot = null + sign * 0.5 * style.em
        text = fitted(arrow, abs(edge - spot), style.base, bold=True)
        write(figure, text, spot, bottom + 2.3 * style.em, size=style.base, bold=True, align=align)
