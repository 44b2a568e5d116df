"""Small GOSH plots, one a study: where the subsets with it lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.figures import gosh_words as say
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.gosh_cloud import Cloud
from evidence.figures.gosh_density import WITH, WITHOUT
from evidence.figures.gosh_plot import draw_cells, inch_axes, mark
from evidence.figures.key import Entry, Key
from evidence.figures.key import key as laid_out
from evidence.figures.network_page import Sheet
from evidence.figures.style import INK, Preset
from evidence.figures.text import fitted, number, printable, text_width, write

CELLS = (56, 76)  # rows and columns of a panel
_WIDE = 13.0  # least width of a panel, ems
_SHAPE, _SLIDE_SHAPE = 0.62, 0.4  # height over width of a panel
_GAP = 1.8  # ems between panels
_TITLE = 2.0  # ems above each panel


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures, inches: the key, the left edge of the first column, width of a panel; columns and rows."""

    key: Key
    left: float
    width: float
    columns: int
    rows: int


def _layout(cloud: Cloud, style: Preset, inner: float) -> Layout:
    k, em = len(cloud.result.labels), style.em
    labels = ticks(axis("identity", "", None), cloud.up, _SHAPE * _WIDE * em, style.small)[1]
    left = max((text_width(label, style.small) for label in labels), default=0.0) + 0.9 * em
    most = max(1, int((inner - left + _GAP * em) / ((_WIDE + _GAP) * em)))
    columns = -(-k // -(-k // most))  # as few empty places as may be
    width = (inner - left - (columns - 1) * _GAP * em) / columns
    entries = [
        Entry(lambda axes, x, y, size: mark(axes, x, y, size, shape="s", color=WITH), "with the study"),
        Entry(lambda axes, x, y, size: mark(axes, x, y, size, shape="s", color=WITHOUT), "without it"),
        Entry(lambda axes, x, y, size: mark(axes, x, y, size, shape="D", color=INK), say.full(cloud)),
    ]
    return Layout(laid_out(entries, style, inner), left, width, columns, -(-k // columns))


def _rest(found: Layout, style: Preset) -> float:
    """Height of all but the panels: key, name above, titles, gaps, numbers and name below."""
    return found.key.height + (2.2 + found.rows * _TITLE + (found.rows - 1) * 0.6 + 3.3) * style.em


def panels_size(cloud: Cloud, style: Preset, inner: float) -> tuple[float, float]:
    """Width and height that the panels ask for on a page of `inner` inches between its margins."""
    found = _layout(cloud, style, inner)
    return inner, _rest(found, style) + found.rows * (_SLIDE_SHAPE if style.aspect else _SHAPE) * found.width


def draw_panels(figure: EvidenceFigure, page: Sheet, cloud: Cloud, table: pd.DataFrame) -> None:
    """Draw the key and a panel a study; `table` is the summary of the result."""
    style, em = page.preset, page.preset.em
    found = _layout(cloud, style, page.inner)
    height = (page.middle - _rest(found, style)) / found.rows
    found.key.place(figure, style.margin, page.top)
    top = page.top + found.key.height + 2.2 * em
    write(figure, say.NAMES[cloud.against], style.margin, top - 0.9 * em, size=style.base)
    cells, k = cloud.grid(CELLS), len(table)
    separation = table["separation"].to_numpy()
    for place, study in enumerate(np.argsort(-separation, kind="stable").tolist()):
        row, column = divmod(place, found.columns)
        left = style.margin + found.left + column * (found.width + _GAP * em)
        upper = top + row * (height + (_TITLE + 0.6) * em)
        share = f"{number(separation[study], 0)} %"
        room = found.width - text_width(share, style.small) - 0.6 * em
        label = fitted(printable(cloud.result.labels[study]), room, style.small, bold=True)
        write(figure, label, left, upper + 0.9 * em, size=style.small, bold=True)
        write(figure, share, left + found.width, upper + 0.9 * em, size=style.small, align="right")
        axes = inch_axes(figure, page, left, upper + _TITLE * em, (found.width, height), f"panel {place + 1}")
        named = place + found.columns >= k, column == 0
        size = (found.width, height)
        draw_cells(axes, cloud, cells, cloud.holding(study), style.small, size, named=named)
        mark(axes, *cloud.full, style.small, shape="D", color=INK)
    middle, bottom = style.margin + found.left + (page.inner - found.left) / 2, page.top + page.middle
    name = fitted(cloud.units.long, page.inner - found.left, style.base)
    write(figure, name, middle, bottom - 0.6 * em, size=style.base, align="center")
