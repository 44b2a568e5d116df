"""The key of an albatross plot: every mark that is drawn, and the contours by their dashes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from evidence.figures.albatross_draw import DASHES, draw_bar, draw_point, look_of
from evidence.figures.albatross_rows import Picture, beyond
from evidence.figures.key import Drawer, Entry
from evidence.figures.style import BLUE, INK, MUTED


def entries(shown: Picture, contours: tuple[float, ...], measure: str) -> list[Entry]:
    """Return the entries for what the picture holds."""
    studies, done = shown.studies, []
    if any(study.exact for study in studies):
        done.append(Entry(_point(), "p value printed as a number"))
    if not all(study.exact for study in studies):
        done.append(Entry(_bar(), "what the p value can be", 2.6))
    if any(beyond(study, shown.reach) for study in studies):
        done.append(Entry(_arrow, "goes on to smaller p values"))
    if any(not study.direction for study in studies):
        done.append(Entry(_bar(hollow=True), "hollow: side not printed, drawn on both", 2.6))
    for group in shown.groups:
        exact = any(study.exact and study.group == group for study in studies)
        bars = any(not study.exact and study.group == group for study in studies)
        done.append(Entry(_group(*look_of(shown, group), exact, bars), group, 1.3 * exact + 2.6 * bars))
    for value, dash in zip(contours, DASHES, strict=False):
        inverse = f" or 1/{value:g}" if measure == "OR" else ""
        done.append(Entry(_line(dash), f"{measure} {value:g}{inverse}", 3.2))
    return done


def _point(color: str = BLUE, marker: str = "o") -> Drawer:
    return lambda axes, x, y, size: draw_point(axes, x, y, color, marker, 0.62 * size)


def _bar(color: str = BLUE, hatch: str = "", *, hollow: bool = False) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        wide, high = 0.85 * size / 72, 0.24 * size / 72
        corners = np.array([[x - wide, y - high], [x + wide, y + high]])
        draw_bar(axes, corners, color, hatch, 0.77 * size, hollow)

    return draw


def _arrow(axes: Axes, x: float, y: float, size: float) -> None:
    axes.scatter([x], [y], marker=">", s=(0.62 * size) ** 2, facecolor=INK, linewidths=0, zorder=3)


def _group(color: str, marker: str, hatch: str, exact: bool, bars: bool) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        em = size / 1.3 / 72
        if exact:
            _point(color, marker)(axes, x - 1.3 * em * bars, y, size)
        if bars:
            _bar(color, hatch)(axes, x + 0.65 * em * exact, y, size)

    return draw


def _line(dash: tuple[float, ...]) -> Drawer:
    def draw(axes: Axes, x: float, y: float, size: float) -> None:
        half, style = 1.2 * size / 72, (0, dash) if dash else "-"
        axes.plot([x - half, x + half], [y, y], color=MUTED, linestyle=style, linewidth=0.09 * size)

    return draw
