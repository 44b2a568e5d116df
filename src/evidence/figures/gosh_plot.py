"""One GOSH plot: the cells, the distributions along the sides, and the marks of full set and medians."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.figures import gosh_words as say
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.gosh_cloud import Cloud
from evidence.figures.gosh_density import ALONE, WITH, WITHOUT, Grid, fitting, picture
from evidence.figures.key import Entry, Key
from evidence.figures.key import key as laid_out
from evidence.figures.network_page import Sheet
from evidence.figures.style import INK, PAPER, RULE, Preset
from evidence.figures.text import fitted, printable, text_width, write

CELLS = (110, 160)  # rows and columns
_SIDE = 0.13  # height and width of the distributions, of the plot's height
_HEIGHT = 0.45  # of the page's width
_BARS = 80  # of a distribution of many subsets
_VEIL = 0.75  # opacity of a filled distribution


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures, inches: the key, the left edge, the width and the height of the plot, and of the sides."""

    key: Key
    left: float
    width: float
    height: float
    side: float


def plot_size(cloud: Cloud, style: Preset, study: int | None, inner: float) -> tuple[float, float]:
    """Width and height that the plot asks for on a page of `inner` inches between its margins."""
    height = (0.2 if style.aspect else _HEIGHT) * inner
    found = _layout(cloud, style, study, inner, height)
    return inner, found.key.height + (1 + _SIDE) * height + _rest(style)


def _rest(style: Preset) -> float:
    """Height of gaps and words: below the key, the name above the plot, ticks and name below."""
    return (0.7 + 2.1 + 1.9 + 1.4) * style.em


def _layout(cloud: Cloud, style: Preset, study: int | None, inner: float, height: float) -> Layout:
    labels = ticks(axis("identity", "", None), cloud.up, height, style.small)[1]
    left = max((text_width(label, style.small) for label in labels), default=0.0) + 0.9 * style.em
    side = _SIDE * height
    key = laid_out(_entries(cloud, study), style, inner)
    return Layout(key, left, inner - left - side - 0.3 * style.em, height, side)


def _entries(cloud: Cloud, study: int | None) -> list[Entry]:
    marks = [Entry(partial(mark, shape="D", color=INK), say.full(cloud))]
    if study is None:
        everything = say.middle(cloud, np.ones(cloud.x.size, dtype=bool))
        return [Entry(partial(mark, shape="s", color=ALONE), f"subsets: {everything}"), *marks]
    label, inside = printable(cloud.result.labels[study]), cloud.holding(study)
    for shape, color, word, chosen in (("v", WITHOUT, "without", ~inside), ("^", WITH, "with", inside)):
        if chosen.any():
            words = f"{word} {label}: {say.middle(cloud, chosen)}"
            marks.insert(0, Entry(partial(mark, shape=shape, color=color), words))
    return marks


def mark(axes: Axes, x: float, y: float, size: float, *, shape: str, color: str) -> None:
    """Draw a mark of `size` points with a rim, dark for triangles: cells of their own colour lie around."""
    area = (0.62 * size * (0.85 if shape == "D" else 1.0)) ** 2
    rim = INK if shape in "^v" else PAPER
    axes.scatter(
        [x], [y], s=area, marker=shape, facecolor=color, edgecolor=rim, linewidths=0.09 * size, zorder=8
    )


def draw_plot(figure: EvidenceFigure, page: Sheet, cloud: Cloud, study: int | None) -> None:
    """Draw the key and the plot in the middle of the page."""
    style = page.preset
    taken = _layout(cloud, style, study, page.inner, 1.0).key.height + _rest(style)
    height = (page.middle - taken) / (1 + _SIDE)
    found = _layout(cloud, style, study, page.inner, height)
    found.key.place(figure, style.margin, page.top)
    left, top = style.margin + found.left, page.top + found.key.height + 0.7 * style.em
    above = inch_axes(figure, page, left, top, (found.width, found.side), "estimates")
    top += found.side + 2.1 * style.em
    write(figure, say.NAMES[cloud.against], style.margin, top - 1.1 * style.em, size=style.base)
    plot = inch_axes(figure, page, left, top, (found.width, height), "subsets")
    right = left + found.width + 0.3 * style.em
    beside = inch_axes(figure, page, right, top, (found.side, height), "heterogeneity")
    name = fitted(cloud.units.long, found.width, style.base)
    write(
        figure, name, left + found.width / 2, top + height + 2.5 * style.em, size=style.base, align="center"
    )
    inside = None if study is None else cloud.holding(study)
    cells = cloud.grid(CELLS)
    draw_cells(plot, cloud, cells, inside, style.small, (found.width, height))
    _draw_marks(plot, cloud, inside, 1.5 * style.small)
    for axes, values, limits, upright in (
        (above, cloud.x, cloud.across, False),
        (beside, cloud.y, cloud.up, True),
    ):
        _draw_side(axes, values, inside, limits, style.small, upright=upright)


def inch_axes(
    figure: EvidenceFigure, page: Sheet, left: float, top: float, size: tuple[float, float], label: str
) -> Axes:
    """Add axes `left` and `top` inches from the corner of the page."""
    width, height = size
    corner = left / page.width, 1 - (top + height) / page.height
    return figure.add_axes((*corner, width / page.width, height / page.height), label=label)


def draw_cells(
    axes: Axes,
    cloud: Cloud,
    cells: Grid,
    inside: NDArray[np.bool_] | None,
    small: float,
    inches: tuple[float, float],
    *,
    named: tuple[bool, bool] = (True, True),
) -> None:
    """Draw the cells with their axes; `named` says which of the axes, across and up, have numbers."""
    counts = None if inside is None else cells.counts(inside)
    axes.imshow(
        picture(cells.counts(), counts),
        extent=(*cells.across, *cells.up),
        origin="lower",
        aspect="auto",
        interpolation="none",
        zorder=3,
    )
    axes.set_xlim(cells.across)
    axes.set_ylim(cells.up)
    marks = (
        ticks(cloud.units, cells.across, inches[0], small),
        ticks(axis("identity", "", None), cells.up, inches[1], small),
    )
    for (spots, labels), shown, setter in zip(marks, named, (axes.set_xticks, axes.set_yticks), strict=True):
        setter(spots, labels if shown else [""] * len(labels), fontsize=small)
    axes.tick_params(length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=INK, linewidth=0.08 * small)
    null = cloud.units.null
    if np.isfinite(null) and cells.across[0] < null < cells.across[1]:
        axes.axvline(null, color=RULE, linewidth=0.1 * small, zorder=2)


def _draw_marks(axes: Axes, cloud: Cloud, inside: NDArray[np.bool_] | None, size: float) -> None:
    """Draw the medians of the halves, and all studies together."""
    if inside is not None:
        for chosen, shape, color in ((inside, "^", WITH), (~inside, "v", WITHOUT)):
            if chosen.any():
                spot = float(np.median(cloud.x[chosen])), float(np.median(cloud.y[chosen]))
                mark(axes, *spot, size, shape=shape, color=color)
    mark(axes, *cloud.full, size, shape="D", color=INK)


def _draw_side(
    axes: Axes,
    values: FloatArray,
    inside: NDArray[np.bool_] | None,
    limits: tuple[float, float],
    small: float,
    *,
    upright: bool,
) -> None:
    """Draw a distribution along a side: filled with the study, as an outline without it."""
    edges = np.linspace(*limits, fitting((_BARS, _BARS), values.size)[0] + 1)
    groups = (
        [(np.ones(values.size, dtype=bool), ALONE)]
        if inside is None
        else [(inside, WITH), (~inside, WITHOUT)]
    )
    most = 1
    for i, (chosen, color) in enumerate(groups):
        counts = np.histogram(values[chosen], edges)[0]
        most = max(most, int(counts.max()))
        along, up = np.repeat(edges, 2), np.concatenate([[0], np.repeat(counts, 2), [0]])
        corners = np.column_stack([up, along] if upright else [along, up])
        if i == 0:
            axes.add_patch(Polygon(corners, facecolor=color, alpha=_VEIL, edgecolor="none", zorder=3))
        else:
            rim = withStroke(linewidth=0.34 * small, foreground=PAPER)
            axes.plot(*corners.T, color=color, linewidth=0.16 * small, zorder=4, path_effects=[rim])
    axes.set_axis_off()
    (axes.set_ylim if upright else axes.set_xlim)(limits)
    (axes.set_xlim if upright else axes.set_ylim)(0, 1.04 * most)
