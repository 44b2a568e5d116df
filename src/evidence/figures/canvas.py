"""A page measured in inches from its upper left corner: rules, boxes, and axes whose units are inches."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.text import Text

from evidence.figures.style import INK, MUTED, RULE, STRIPE, Preset
from evidence.figures.text import BASELINE, Block, block, printable


def head(title: str | None, subtitle: str | None, style: Preset, width: float) -> Block:
    """Return the title and the subtitle, wrapped to `width` inches."""
    return block([(title or "", style.title, True, INK), (subtitle or "", style.base, False, MUTED)], width)


def page_height(height: float, width: float, style: Preset) -> float:
    """Return the height of the page: what its content needs, or more where the preset fixes the shape."""
    return height if style.aspect is None else max(height, width / style.aspect)


def rule(
    figure: Figure, top: float, left: float, right: float, *, color: str = RULE, points: float = 0.4
) -> None:
    """Draw a level line `top` inches below the upper edge."""
    width, height = figure.get_size_inches()
    ends, spot = [left / width, right / width], 1 - top / height
    line = Line2D(ends, [spot, spot], transform=figure.transFigure, color=color, linewidth=points)
    figure.add_artist(line).set_zorder(-1)


def inch_axes(figure: Figure, left: float, top: float, width: float, height: float, label: str) -> Axes:
    """Add axes without a frame whose units are inches, counted from their own upper left corner."""
    across, down = figure.get_size_inches()
    rect = (left / across, 1 - (top + height) / down, width / across, height / down)
    axes = figure.add_axes(rect, label=label)
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
    return axes


def put(
    axes: Axes,
    text: str,
    x: float,
    middle: float,
    *,
    size: float,
    bold: bool = False,
    color: str = INK,
    align: str = "left",
) -> Text:
    """Write one line into axes whose units are inches, on the baseline that `text.write` uses."""
    return axes.text(
        x,
        middle + BASELINE * size / 72,
        printable(text),
        size=size,
        weight="bold" if bold else "normal",
        color=color,
        ha=align,
        va="baseline",
        parse_math=False,
        zorder=6,
    )


def box(
    axes: Axes,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    face: str,
    edge: str = "none",
    points: float = 0.0,
    radius: float = 0.0,
    dashed: bool = False,
    zorder: float = 1,
) -> FancyBboxPatch:
    """Draw a box, its corners rounded by `radius` inches, into axes whose units are inches."""
    shape = f"round,pad=0,rounding_size={radius:.4f}" if radius else "square,pad=0"
    look = {"facecolor": face, "edgecolor": edge, "linewidth": points, "zorder": zorder, "clip_on": False}
    patch = FancyBboxPatch((left, top), width, height, boxstyle=shape, **look)
    patch.set_linestyle((0, (3, 2)) if dashed else "-")
    axes.add_patch(patch)
    return patch


def stripe(figure: Figure, left: float, right: float, top: float, height: float) -> None:
    """Lay a light stripe under a row of the page."""
    width, page = figure.get_size_inches()
    corner = (left / width, 1 - (top + height) / page)
    size = ((right - left) / width, height / page)
    patch = Rectangle(corner, *size, transform=figure.transFigure, facecolor=STRIPE, edgecolor="none")
    figure.add_artist(patch).set_zorder(-2)
