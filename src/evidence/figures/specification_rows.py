"""Beneath a specification curve: the choices that each path takes, and how much each choice matters."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from evidence.figures.canvas import put
from evidence.figures.specification_data import Curve
from evidence.figures.specification_layout import Across, Layout, shares_heading
from evidence.figures.style import BLUE, INK, MUTED, STRIPE, Preset
from evidence.figures.symbols import tint
from evidence.figures.text import text_width


def draw_matrix(axes: Axes, curve: Curve, top: float, across: Across, found: Layout, style: Preset) -> None:
    """Draw a tick for each level that a path takes, choice by choice."""
    spots, right = across.spots, found.left + found.plot
    wide = float(np.clip(0.8 * across.step * 72, 0.3, 0.3 * style.base))
    for group, taken, lines in zip(curve.groups, curve.taken, found.wraps, strict=True):
        height = len(group.levels) * found.row
        for i, line in enumerate(lines):
            at = top + (i + 0.5) * found.row
            put(axes, line, 0, at, size=style.small, bold=True)
        for i, level in enumerate(group.levels):
            middle = top + (i + 0.5) * found.row
            own = i == group.protocol
            if i % 2 == 0:
                axes.fill_between(
                    [found.left, right],
                    middle - found.row / 2,
                    middle + found.row / 2,
                    color=STRIPE,
                    linewidth=0,
                    zorder=0,
                )
            put(axes, level, found.left - 0.5 * style.em, middle, size=style.small, bold=own, align="right")
            at = spots[taken == i]
            reach = 0.36 * found.row
            axes.vlines(
                at,
                middle - reach,
                middle + reach,
                color=INK if own else MUTED,
                linewidth=wide,
                zorder=2,
                label=level,
            )
        if curve.protocol is not None and group.protocol >= 0:
            middle = top + (group.protocol + 0.5) * found.row
            size = 0.62 * style.base
            look = {"marker": "D", "facecolor": "white", "edgecolor": INK, "linewidths": 0.1 * style.base}
            axes.scatter([spots[curve.protocol]], [middle], s=size**2, zorder=4, **look)
        top += height + found.gap


def draw_shares(axes: Axes, curve: Curve, top: float, found: Layout, style: Preset) -> None:
    """Draw, for each choice, its total share of the variance, and within it the share it has alone."""
    left = found.left + found.plot + 0.9 * style.em
    number = text_width("100 %", style.small) + 0.4 * style.em
    width = found.shares - number
    put(axes, shares_heading(style), left, top - 0.6 * style.em, size=style.small, bold=True)
    for group in curve.groups:
        height = len(group.levels) * found.row
        beneath = 0.5 * found.row if np.isfinite(group.alone).all() else 0.0
        middle, half = top + height / 2 - beneath, 0.36 * found.row
        total = min(group.total, 1.0)
        first = min(group.first, total)
        for share, color in ((total, tint(BLUE, 0.35)), (first, BLUE)):
            axes.fill_between(
                [left, left + share * width], middle - half, middle + half, color=color, linewidth=0
            )
        axes.plot(
            [left, left], [middle - 1.3 * half, middle + 1.3 * half], color=INK, linewidth=0.08 * style.base
        )
        words = f"{group.total:.0%}".replace("%", " %")
        put(axes, words, left + total * width + 0.4 * style.em, middle, size=style.small)
        if beneath:
            words = f"{curve.said(group.alone[0])} to {curve.said(group.alone[1])}"
            put(axes, words, left, middle + found.row, size=style.small, color=MUTED)
        top += height + found.gap
