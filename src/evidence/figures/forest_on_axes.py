"""A forest plot drawn into axes of the caller, its labels as tick labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from evidence.errors import InputError
from evidence.figures.forest_draw import Pen, draw_axis, draw_marks
from evidence.figures.forest_rows import Plan, Row
from evidence.figures.text import printable

_ROW_IN_EMS = 1.75


def refuse_page_options(arguments_for_page: Mapping[str, Any]) -> None:
    given = [name for name, value in arguments_for_page.items() if value is not None]
    if given:
        raise InputError(
            f"{', '.join(given)} cannot be used with ax=, which takes the marks and labels only."
        )


def _literal(text: str) -> str:
    """Keep a dollar sign from opening a formula."""
    return printable(text).replace("$", r"\$")


def draw_on_axes(
    ax: Axes, rows: Sequence[Row], plan: Plan, limits: tuple[float, float], title: str, xlabel: str
) -> Axes:
    """Draw into the caller's axes: rows at 0, 1, 2, ... from the top."""
    middles = list(range(len(rows)))
    figure = ax.get_figure(root=True)
    width, height = ax.get_position().size * figure.get_size_inches()
    base = min(10.0, 72 * height / max(len(rows), 1) / _ROW_IN_EMS)
    draw_marks(Pen(ax, plan.axis, limits, base, 1 / _ROW_IN_EMS), rows, middles)
    draw_axis(ax, plan.axis, limits, width, 10)
    ax.set_ylim(len(rows) - 0.3, -0.8)
    ax.set_yticks(middles, [_literal(row.label) for row in rows])
    ax.tick_params(axis="y", length=0, pad=8)
    ax.set_xlabel(_literal(xlabel))
    if title:
        ax.set_title(_literal(title), loc="left")
    return ax
