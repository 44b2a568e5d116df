"""The drawing of a specification curve: estimates with intervals, the protocol's path, and the studies."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from evidence.arguments import FloatArray
from evidence.figures.canvas import inch_axes, put
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import ticks
from evidence.figures.network_page import Sheet
from evidence.figures.specification_data import Curve
from evidence.figures.specification_layout import Across, Layout, ems, layout
from evidence.figures.specification_rows import draw_matrix, draw_shares
from evidence.figures.style import BLUE, INK, MUTED, RULE, VERMILLION, Preset
from evidence.figures.symbols import tint
from evidence.figures.text import text_width, wrapped


def draw_page(figure: EvidenceFigure, page: Sheet, curve: Curve, beside: tuple[str, ...]) -> None:
    """Draw the middle of the page, a few words beside the curve."""
    style, em = page.preset, page.preset.em
    found = layout(curve, style, page.inner)
    matrix = found.matrix(curve)
    high = ems(style)
    head, studies, below = high.head * em, high.studies * em, high.below * em
    height = page.middle - head - studies - below - matrix
    whole = inch_axes(figure, style.margin, page.top, page.inner, page.middle, "words")
    box = (found.left, head, found.plot, height)
    across = Across(found.left, found.plot, curve.shown.size)
    if studies:
        put(whole, _axis_words(curve), 0, 0.7 * em, size=style.base)
        words, room = beside, (head, height)
    else:
        words = (*beside, f"{_studies(curve)} studies a path", _axis_words(curve))
        room = (0.0, head + height + 0.4 * below)
    _draw_curve(whole, curve, box, across, style)
    _draw_beside(whole, words, room, found, style)
    _draw_sides(whole, curve, (head, height), found, style)
    if studies:
        _draw_studies(whole, curve, (head + height + 0.2 * em, studies - 0.4 * em), across, found, style)
    top = head + height + studies + below
    draw_matrix(whole, curve, top, across, found, style)
    if any(np.isfinite(group.total) for group in curve.groups):
        draw_shares(whole, curve, top, found, style)


def _axis_words(curve: Curve) -> str:
    level = f"{100 * curve.result.level:g} % interval"
    unit = " (log scale)" if curve.units.ratio else " (%)" if curve.units.percent else ""
    scale = f"{curve.scale}{unit}"
    return f"{scale[0].upper()}{scale[1:]}, with {level}"


def _draw_curve(
    axes: Axes, curve: Curve, box: tuple[float, float, float, float], across: Across, style: Preset
) -> None:
    left, top, width, height = box
    low, high = curve.limits
    base = style.base

    def down(values: FloatArray | float) -> FloatArray:
        return top + (high - np.clip(values, low, high)) / (high - low) * height

    for spot, mark in zip(*ticks(curve.units, curve.limits, height, style.small), strict=True):
        at = float(down(spot))
        axes.plot([left, left + width], [at, at], color=RULE, linewidth=0.03 * base, zorder=0)
        put(axes, mark, left - 0.5 * style.em, at, size=style.small, align="right")
    if np.isfinite(curve.null):
        axes.plot([left, left + width], [down(curve.null)] * 2, color=INK, linewidth=0.1 * base, zorder=2)
    beyond = curve.paths["beyond"].to_numpy()[curve.shown]
    wide = float(np.clip(0.62 * across.step * 72, 0.25, 0.32 * base))
    for name, color in _colours(curve).items():
        of_side = beyond == name
        ends = [down(values[of_side]) for values in (curve.low, curve.high)]
        spots = across.spots[of_side]
        axes.vlines(spots, *ends, color=tint(color, 0.45), linewidth=wide, zorder=1, label=name or "paths")
        size = float(np.clip(0.9 * across.step * 72, 1.4, 0.55 * base))
        at = down(curve.estimate[of_side])
        axes.scatter(spots, at, s=size**2, color=color, linewidths=0, zorder=3, label=name or "paths")
    if curve.protocol is not None:
        _draw_protocol(
            axes, curve, (left, top, width), across, float(down(curve.estimate[curve.protocol])), style
        )


def _draw_beside(
    axes: Axes, beside: tuple[str, ...], place: tuple[float, float], found: Layout, style: Preset
) -> None:
    """Write the numbers that matter most in the room left of the curve."""
    top, height = place
    room = found.left - found.marks - 1.6 * style.em
    lines = [
        (line, i == 0)
        for i, words in enumerate(beside)
        for line in wrapped(words, room, style.base, bold=i == 0)
    ]
    step = min(1.5 * style.em, height / len(lines))
    at = top + height / 2 - (len(lines) - 1) / 2 * step
    for i, (line, bold) in enumerate(lines):
        put(axes, line, 0, at + i * step, size=style.base, bold=bold)


def _draw_sides(axes: Axes, curve: Curve, place: tuple[float, float], found: Layout, style: Preset) -> None:
    """Write what lies up and down, right of the curve, and between them what the line is."""
    top, height = place
    left = found.left + found.plot + 0.9 * style.em
    step = 1.32 * style.small / 72
    most = max(1, int(0.5 * height / step))
    below, above = (
        wrapped(f"{arrow} {words}", found.shares, style.small, lines=most) if words else []
        for arrow, words in zip("↓↑", curve.result.question.favours, strict=True)
    )
    bottom = top + height - len(below) * step
    for lines, first in ((above, top), (below, bottom)):
        for i, line in enumerate(lines):
            put(axes, line, left, first + (i + 0.5) * step, size=style.small, color=MUTED)
    if not np.isfinite(curve.null):
        return
    low, high = curve.limits
    middle = top + (high - curve.null) / (high - low) * height
    if top + (len(above) + 0.6) * step < middle < bottom - 0.6 * step:
        put(axes, curve.mark.removeprefix("the "), left, middle, size=style.small, color=MUTED)


def _colours(curve: Curve) -> dict[str, str]:
    """Colour of each place of an interval to no effect: the claim's side, the other side, neither."""
    against = curve.result.question.claim_side
    sides = {
        "above": VERMILLION if against == "low" else BLUE,
        "below": BLUE if against == "low" else VERMILLION,
    }
    return {"neither": MUTED, **sides, "": BLUE}


def _draw_protocol(
    axes: Axes, curve: Curve, corner: tuple[float, float, float], across: Across, at: float, style: Preset
) -> None:
    """Mark the protocol's path, and write what it says above."""
    left, top, width = corner
    spot = float(across.spots[curve.protocol])
    axes.plot([spot, spot], [top - 0.35 * style.em, at], color=INK, linewidth=0.09 * style.base, zorder=4)
    size = 0.85 * style.base
    look = {"marker": "D", "facecolor": "white", "edgecolor": INK, "linewidths": 0.13 * style.base}
    axes.scatter([spot], [at], s=size**2, zorder=5, label="protocol", **look)
    words = f"Protocol: {curve.interval(curve.result.primary)}"
    half = text_width(words, style.small, True) / 2
    middle = min(max(spot, left + half), max(left + width - half, left + half))
    put(axes, words, middle, top - 0.95 * style.em, size=style.small, bold=True, align="center")


def _draw_studies(
    axes: Axes, curve: Curve, place: tuple[float, float], across: Across, found: Layout, style: Preset
) -> None:
    """Draw the number of studies of each path as a line of steps, its extremes named at the right."""
    top, height = place
    k = curve.paths["k"].to_numpy()[curve.shown].astype(float)
    least, most = k.min(), k.max()
    span = max(most - least, 1.0)
    level = (
        top + height * (0.85 - 0.7 * (k - least) / span)
        if most > least
        else np.full(k.size, top + height / 2)
    )
    edges = across.left + np.arange(k.size + 1) * across.step
    axes.stairs(level, edges, baseline=None, color=INK, linewidth=0.12 * style.base, label="studies")
    put(axes, "Studies", found.left - 0.5 * style.em, top + height / 2, size=style.small, align="right")
    put(axes, _studies(curve), found.left + found.plot + 0.5 * style.em, top + height / 2, size=style.small)


def _studies(curve: Curve) -> str:
    """Write how many studies the paths rest on."""
    k = curve.paths["k"].iloc[curve.shown]
    return f"{k.min():.0f} to {k.max():.0f}" if k.max() > k.min() else f"{k.max():.0f}"
