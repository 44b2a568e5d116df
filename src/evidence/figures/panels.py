"""Panels under one another: plots with a common left edge, their axes labelled on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray
from evidence.figures.figure import EvidenceFigure
from evidence.figures.network_page import Sheet
from evidence.figures.style import INK, Preset
from evidence.figures.text import Block, block, text_width

BAND = "#D5DBE1"

_SHARE = 0.34  # height of a lone plot in parts of the width
_LEAST = 8.0  # ems of height where the page has a fixed shape
_UNDER = 1.7  # ems for the numbers along the axis

Ticks = tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot.

    Attributes
    ----------
    label : str
        Name of the axes.
    up, across : str
        What the axes measure: written above and below the plot; `across` may be empty.
    xlim, ylim : tuple of float
    xticks, yticks : tuple of (float, str)
    share : float
        Height relative to the other panels.
    """

    label: str
    up: str
    across: str
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    xticks: Ticks
    yticks: Ticks
    share: float = 1.0


def needed(panels: Sequence[Panel], style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the panels need on a page of `inner` inches between its margins."""
    total = sum(panel.share for panel in panels)
    plots = _LEAST * style.em * total if style.aspect else _SHARE * inner * total**0.75
    return inner, plots + sum(_words(panel, style, inner) for panel in panels)


def draw_panels(figure: EvidenceFigure, page: Sheet, panels: Sequence[Panel]) -> list[Axes]:
    """Draw frames, ticks and labels in the middle of the page; return the axes to draw in."""
    style = page.preset
    left, width = _columns(panels, style, page.inner)
    room = page.middle - sum(_words(panel, style, page.inner) for panel in panels)
    total, top, made = sum(panel.share for panel in panels), page.top, []
    for panel in panels:
        above, below = _up(panel, style, page.inner), _across(panel, style, width)
        above.place(figure, style.margin, top)
        top += above.height + 0.35 * style.em
        height = room * panel.share / total
        corner = (style.margin + left) / page.width, 1 - (top + height) / page.height
        axes = figure.add_axes((*corner, width / page.width, height / page.height), label=panel.label)
        _frame(axes, panel, style)
        made.append(axes)
        top += height + _UNDER * style.small / 72
        below.place(figure, style.margin + left + width / 2, top, align="center")
        top += below.height + _gap(style)
    return made


def band(axes: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, *, color: str = BAND) -> None:
    """Fill between two curves, cut at the edges of the plot."""
    bottom, top = sorted(axes.get_ylim())
    edges = [np.clip(np.asarray(side, dtype=float), bottom, top) for side in (low, high)]
    x = np.asarray(x, dtype=float)
    outline = np.column_stack([np.r_[x, x[::-1]], np.r_[edges[0], edges[1][::-1]]])
    axes.add_patch(Polygon(outline, facecolor=color, edgecolor="none", zorder=1))


def rug(axes: Axes, x: FloatArray, *, size: float) -> None:
    """Mark each value by a short line on the lower edge of the plot."""
    for value in x:
        axes.plot(
            [value, value], [0, 0.045], transform=axes.get_xaxis_transform(),
            color=INK, linewidth=0.08 * size, zorder=4, solid_capstyle="butt",
        )  # fmt: skip


def _columns(panels: Sequence[Panel], style: Preset, inner: float) -> tuple[float, float]:
    """Left edge and width of the plots, inches within the margins."""
    labels = [text for panel in panels for _, text in panel.yticks]
    left = max((text_width(text, style.small) for text in labels), default=0.0) + 0.9 * style.em
    # Half of the last number along the axis stands out on the right.
    last = max((text_width(text, style.small) for panel in panels for _, text in panel.xticks), default=0.0)
    return left, inner - left - last / 2


def _up(panel: Panel, style: Preset, inner: float) -> Block:
    return block([(panel.up, style.base, False, INK)], inner)


def _across(panel: Panel, style: Preset, width: float) -> Block:
    return block([(panel.across, style.base, False, INK)], width)


def _gap(style: Preset) -> float:
    return 0.6 * style.em


def _words(panel: Panel, style: Preset, inner: float) -> float:
    """Height of what stands around a plot."""
    _, width = _columns([panel], style, inner)
    words = _up(panel, style, inner).height + _across(panel, style, width).height
    return words + 0.35 * style.em + _UNDER * style.small / 72 + _gap(style)


def _frame(axes: Axes, panel: Panel, style: Preset) -> None:
    small = style.small
    axes.set_xlim(panel.xlim)
    axes.set_ylim(panel.ylim)
    axes.set_xticks([spot for spot, _ in panel.xticks], [text for _, text in panel.xticks], fontsize=small)
    axes.set_yticks([spot for spot, _ in panel.yticks], [text for _, text in panel.yticks], fontsize=small)
    axes.tick_params(length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=INK, linewidth=0.08 * small)
