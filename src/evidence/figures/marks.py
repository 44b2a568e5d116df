"""Marks of a key: points, lines and areas."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.figures.key import Drawer


def point(**look: Any) -> Drawer:
    """Return a drawer of one marker; `look` is that of `Axes.scatter`, with `area` relative to the type."""
    area = look.pop("area", 0.35)

    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        axes.scatter([x], [y], s=area * size**2, zorder=3, **look)

    return draw


def line(**look: Any) -> Drawer:
    """Return a drawer of a short line; `look` is that of `Axes.plot`, with `width` relative to the type."""
    width = look.pop("width", 0.12)

    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        half = 0.7 * size / 72
        axes.plot([x - half, x + half], [y, y], linewidth=width * size, solid_capstyle="butt", **look)

    return draw


def area(**look: Any) -> Drawer:
    """Return a drawer of a small area; `look` is that of a patch."""

    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        half, tall = 0.6 * size / 72, 0.32 * size / 72
        axes.add_patch(Rectangle((x - half, y - tall), 2 * half, 2 * tall, **look))

    return draw
