"""The layout of the courses over time: panels with their labels beside the ends of the lines."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidence.figures.canvas import head, page_height
from evidence.figures.course_data import Panel, label
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, text_width, wrapped

_GAP = 2.5  # ems between panels
_LABELS = {"web": 15.0, "paper": 14.0, "slide": 10.0}  # widest column of labels, ems
_HEIGHT = {"slide": 9.0}  # least height of a plot on a slide, ems
_ALONE, _AMONG = 20.0, 14.0  # height of a single plot elsewhere, and of one of several
_BEFORE_LABEL = 2.6


@dataclass(frozen=True, slots=True)
class Plot:
    """A panel with its measures, inches from the upper left corner of the page.

    `labels` holds the lines of each course's label, `middles` where they stand below the plot's upper edge,
    `below` the words under the axis with their places from the plot's left edge.
    """

    panel: Panel
    title: Block
    left: float
    right: float
    top: float
    plot_left: float
    plot_top: float
    plot_width: float
    plot_height: float
    across: tuple[float, float]
    up: tuple[float, float]
    yticks: tuple[list[float], list[str]]
    labels: tuple[tuple[str, ...], ...]
    middles: tuple[float, ...]
    below: tuple[tuple[Block, float], ...]
    bottom: float

    def place_y(self, value: float) -> float:
        """Return how far below the plot's upper edge a value lies, inches."""
        low, high = self.up
        return self.plot_height * (high - value) / (high - low)

    def place_x(self, spot: float) -> float:
        """Return how far right of the plot's left edge a visit lies, inches."""
        low, high = self.across
        return self.plot_width * (spot - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    preset: Preset
    width: float
    height: float
    heading: Block
    plots: tuple[Plot, ...]
    footer: Block


def arrange(
    panels: tuple[Panel, ...],
    style: Preset,
    title: str | None,
    subtitle: str | None,
    xlabel: str,
    foot: list[str],
) -> Sheet:
    """Measure the page; where its shape is fixed, the plots share the height that is left."""
    sheet = shaped(lambda width: _measured(panels, style, title, subtitle, xlabel, foot, width), style)
    height = page_height(sheet.height, sheet.width, style)
    rows = len({plot.top for plot in sheet.plots})
    sheet = _measured(
        panels, style, title, subtitle, xlabel, foot, sheet.width, (height - sheet.height) / rows
    )
    return replace(sheet, height=page_height(sheet.height, sheet.width, style))


def _measured(
    panels: tuple[Panel, ...],
    style: Preset,
    title: str | None,
    subtitle: str | None,
    xlabel: str,
    foot: list[str],
    width: float,
    spare: float = 0.0,
) -> Sheet:
    em = style.em
    names = [label(course, panel) for panel in panels for course in panel.courses]
    room = max(text_width(name, style.small) for name in names) + 0.02
    room = min(room, _LABELS[style.name] * style.small / 72)
    least = 3 * em + 14 * em + _BEFORE_LABEL * em + room
    inner = max(width - 2 * style.margin, least)
    most = min(len(panels), max(1, int((inner + _GAP * em) / (least + _GAP * em))))
    columns = most if style.aspect else 1
    wide = (inner - (columns - 1) * _GAP * em) / columns
    heading = head(title, subtitle, style, inner)
    parts = [(foot[0], style.small, False, INK), (foot[1], style.fine, False, MUTED)]
    footer = block(parts, inner)
    top = style.margin + heading.height + (0.7 * em if heading.lines else 0.0)
    tall = _HEIGHT.get(style.name, _ALONE if len(panels) == 1 else _AMONG)
    plots: list[Plot] = []
    for start in range(0, len(panels), columns):
        row = [
            _plot(panel, style, (style.margin + i * (wide + _GAP * em), top, wide), room, xlabel, tall, spare)
            for i, panel in enumerate(panels[start : start + columns])
        ]
        plots += row
        top = max(plot.bottom for plot in row) + 1.1 * em
    height = top - 0.2 * em + footer.height + style.margin
    return Sheet(style, inner + 2 * style.margin, height, heading, tuple(plots), footer)


def _plot(
    panel: Panel,
    style: Preset,
    spot: tuple[float, float, float],
    room: float,
    xlabel: str,
    tall: float,
    spare: float,
) -> Plot:
    """Measure a panel at a spot: its left edge, its upper edge, its width."""
    left, top, wide = spot
    em = style.em
    labels = tuple(tuple(wrapped(label(course, panel), room, style.small)) for course in panel.courses)
    line = style.small * LEADING / 72
    stacked = sum(len(lines) * line + 0.35 * em for lines in labels)
    high = max(tall * em, stacked) + spare
    up = _limits(panel)
    yticks = ticks(axis("identity", "", None), up, high, style.small)
    before = max((text_width(mark, style.small) for mark in yticks[1]), default=0.0) + 0.8 * em
    title = block([(panel.title, style.base, True, INK)], wide)
    plot_top = top + title.height + 0.5 * em
    plot_width = wide - before - _BEFORE_LABEL * em - room
    across = _across(panel)
    below = _below(panel, style, plot_width, across, xlabel)
    bottom = plot_top + high + 0.5 * em + max((words.height for words, _ in below), default=0.0)
    if panel.dated:
        bottom += 1.4 * em  # the numbers of the weeks
    measures = (left, left + wide, top, left + before, plot_top, plot_width, high, across, up, yticks)
    plot = Plot(panel, title, *measures, labels, (), below, bottom)
    return replace(plot, middles=_middles(plot, line, 0.35 * em))


def _limits(panel: Panel) -> tuple[float, float]:
    ends = [[course.value, course.low, course.high] for course in panel.courses]
    values = np.concatenate([np.ravel(each) for each in ends])
    values = np.append(values[np.isfinite(values)], 0.0)
    low, high = float(values.min()), float(values.max())
    pad = 0.07 * ((high - low) or 1.0)
    return low - pad, high + pad


def _across(panel: Panel) -> tuple[float, float]:
    spots = np.concatenate([panel.spots(course) for course in panel.courses])
    low, high = float(spots.min()), float(spots.max())
    span = (high - low) or 1.0
    pad = 0.05 * span if panel.dated else 0.5
    return low - pad, high + pad


def _below(
    panel: Panel, style: Preset, width: float, across: tuple[float, float], xlabel: str
) -> tuple[tuple[Block, float], ...]:
    """Return what stands under the axis: its name, or the words of every visit."""
    if panel.dated:
        return ((block([(xlabel, style.small, False, INK)], width), width / 2),)
    step = width / (across[1] - across[0])
    found = []
    for i, visit in enumerate(panel.visits):
        lines = wrapped(visit, max(step - 0.6 * style.em, 1.2 * style.em), style.small, lines=5)
        words = block([(line, style.small, False, INK) for line in lines], 99.0)
        found.append((words, (i - across[0]) * step))
    return tuple(found)


def _middles(plot: Plot, line: float, gap: float) -> tuple[float, ...]:
    """Place the labels as near to the ends of their lines as they have room, in the order of the ends."""
    wanted = np.array([plot.place_y(course.value[-1]) for course in plot.panel.courses])
    heights = np.array([len(lines) * line + gap for lines in plot.labels])
    order = np.argsort(wanted, kind="stable")
    # Each label pushes the ones below it down; what then hangs over the edge pushes back up.
    middles = wanted.copy()
    edge = 0.0
    for i in order:
        middles[i] = max(wanted[i], edge + heights[i] / 2)
        edge = middles[i] + heights[i] / 2
    edge = plot.plot_height
    for i in order[::-1]:
        middles[i] = min(middles[i], edge - heights[i] / 2)
        edge = middles[i] - heights[i] / 2
    return tuple(float(middle) for middle in middles)
