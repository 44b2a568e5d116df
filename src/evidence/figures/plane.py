"""A page with one framed plot: axes with their words, a key above, notes below, labels that find room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from evidence.arguments import FloatArray
from evidence.figures.bubble_labels import Placed, Room, place_labels
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import Axis, axis, ticks
from evidence.figures.key import Entry
from evidence.figures.key import key as laid_out
from evidence.figures.network_page import Sheet
from evidence.figures.style import INK, RULE, Preset
from evidence.figures.text import fitted, text_width, write

PLAIN = axis("identity", "", None)

_BELOW = 3.6  # ems for the ticks and the label under the plot
_ABOVE = 1.7  # ems for the label over the plot


@dataclass(frozen=True, slots=True)
class Plane:
    """What the page holds.

    Attributes
    ----------
    across, up : tuple of float
        Limits of the axes.
    xlabel, ylabel : str
        Under and over the plot.
    x_units, y_units : Axis
        How the ticks are written.
    ratio : float
        Height of the plot over its width, where the page has no shape of its own.
    entries : tuple of Entry
        Key over the plot.
    right : float
        Ems kept free right of the plot.
    y_ticks : tuple of (float, str)
        In place of those chosen from the limits.
    """

    across: tuple[float, float]
    up: tuple[float, float]
    xlabel: str
    ylabel: str
    x_units: Axis = PLAIN
    y_units: Axis = PLAIN
    ratio: float = 0.5
    entries: tuple[Entry, ...] = ()
    right: float = 0.0
    y_ticks: tuple[tuple[float, str], ...] = ()

    def marks(self, height: float, size: float) -> tuple[list[float], list[str]]:
        """Places and words of the ticks on a vertical axis of `height` inches."""
        if self.y_ticks:
            return [spot for spot, _ in self.y_ticks], [words for _, words in self.y_ticks]
        return ticks(self.y_units, self.up, height, size)


def needed(plane: Plane, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the plot needs with its words; a page of fixed shape gives it what is left."""
    ratio = plane.ratio if style.aspect is None else 0.3
    height = ratio * (inner - _left(plane, style, inner * ratio) - plane.right * style.em)
    return inner, _key_height(plane, style, inner) + (_ABOVE + _BELOW) * style.em + height


def _key_height(plane: Plane, style: Preset, inner: float) -> float:
    return laid_out(plane.entries, style, inner).height + 0.4 * style.em if plane.entries else 0.0


def _left(plane: Plane, style: Preset, height: float) -> float:
    """Width of the tick labels left of the plot."""
    marks = plane.marks(height, style.small)[1]
    return max((text_width(mark, style.small) for mark in marks), default=0.0) + 0.9 * style.em


def frame(page: Sheet, plane: Plane) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the plot, inches from the upper left corner of the page."""
    style, margin = page.preset, page.preset.margin
    above = _key_height(plane, style, page.inner) + _ABOVE * style.em
    height = page.middle - above - _BELOW * style.em
    left = margin + _left(plane, style, height)
    return left, page.top + above, page.width - margin - plane.right * style.em - left, height


def draw_plane(
    figure: EvidenceFigure, page: Sheet, plane: Plane, label: str
) -> tuple[Axes, tuple[float, float]]:
    """Draw frame, ticks, words and key; return the axes and their size in inches."""
    style, margin = page.preset, page.preset.margin
    if plane.entries:
        laid_out(plane.entries, style, page.inner).place(figure, margin, page.top)
    left, top, width, height = frame(page, plane)
    words = fitted(plane.ylabel, page.inner, style.base)
    write(figure, words, margin, top - 0.5 * _ABOVE * style.em, size=style.base)
    room = 2 * min(left + width / 2 - margin, page.width - margin - left - width / 2)
    words = fitted(plane.xlabel, room, style.base)
    middle = top + height + (_BELOW - 1.1) * style.em
    write(figure, words, left + width / 2, middle, size=style.base, align="center")
    rect = (left / page.width, 1 - (top + height) / page.height, width / page.width, height / page.height)
    axes = figure.add_axes(rect, label=label)
    axes.patch.set_visible(False)
    axes.set_xlim(plane.across)
    axes.set_ylim(plane.up)
    axes.set_xticks(*ticks(plane.x_units, plane.across, width, style.small), fontsize=style.small)
    axes.set_yticks(*plane.marks(height, style.small), fontsize=style.small)
    axes.tick_params(length=0.35 * style.small, pad=0.3 * style.small, width=0.08 * style.small, colors=INK)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=INK, linewidth=0.08 * style.small)
    return axes, (width, height)


def inches(x: FloatArray, y: FloatArray, plane: Plane, size: tuple[float, float]) -> FloatArray:
    """Return places in the plot, inches from its lower left corner, shape (k, 2)."""
    spans = np.array([plane.across, plane.up])
    return (np.column_stack([x, y]) - spans[:, 0]) / (spans[:, 1] - spans[:, 0]) * size


def along(line: FloatArray, plane: Plane, size: tuple[float, float]) -> FloatArray:
    """Return points every twentieth of an inch along a line of shape (m, 2), in inches."""
    ends = inches(*line.T, plane, size)
    steps = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    whole = np.r_[0, np.cumsum(steps)]
    at = np.linspace(0, whole[-1], max(2, int(np.ceil(whole[-1] / 0.05))))
    return np.column_stack([np.interp(at, whole, ends[:, i]) for i in (0, 1)])


def draw_labels(
    axes: Axes, texts: Sequence[str], room: Room, size: float, never: FloatArray | None = None
) -> None:
    """Write the labels that find room, the largest marks first, with a line to those further away.

    No label covers a point of `never` (m, 2), inches.
    """
    if never is not None:
        room = replace(room, lines=np.vstack([room.lines, never]))
    for placed in place_labels(texts, room, size):
        half = np.array([text_width(placed.text, size) / 2, 0.62 * size / 72])
        if never is None or not (np.abs(never - placed.centre) < half).all(axis=1).any():
            _draw_label(axes, placed, room, size)


def _draw_label(axes: Axes, placed: Placed, room: Room, size: float) -> None:
    if placed.leader is not None:
        ends = np.array([room.centres[placed.study], placed.leader]) / room.frame
        axes.plot(*ends.T, transform=axes.transAxes, color=RULE, linewidth=0.07 * size, zorder=3.5)
    spot = np.array(placed.centre) / room.frame
    text = axes.text(
        *spot,
        placed.text,
        transform=axes.transAxes,
        size=size,
        color=INK,
        ha="center",
        va="center",
        parse_math=False,
        zorder=6,
    )
    text.set_path_effects([withStroke(linewidth=0.25 * size, foreground=(1, 1, 1, 0.8))])
