"""The marks of a funnel: regions, limits, lines and points, and names beside points where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke
from scipy.special import ndtri

from evidence.arguments import FloatArray
from evidence.figures.bubble_labels import Placed, Room, place_labels
from evidence.figures.style import BLUE, INK, MUTED, PAPER, RULE, VERMILLION
from evidence.figures.text import fitted

# Two-sided p values at the edges of the regions, and the shade beyond each.
REGIONS = ((0.01, "#E9ECEF"), (0.05, "#D0D6DC"), (0.10, "#B3BCC6"))
CENTRE = PAPER
DASHES = (5, 2.5)
LINE_DASHES = (7, 2, 1.5, 2)
ADJUSTED_DASHES = (1.5, 1.5)

_FREE = 30  # studies up to which points have their full size
_POINTS = 400  # of a line
_LONGEST = 0.3  # of the frame: a label


@dataclass(frozen=True, slots=True)
class Frame:
    """Axes of a funnel with their limits, their size in inches, and the type in points."""

    axes: Axes
    across: tuple[float, float]
    bottom: float
    inches: tuple[float, float]
    base: float
    small: float

    def placed(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return inches from the lower left corner of points in units of the axes, shape (m, 2)."""
        low, high = self.across
        wide, high_inches = self.inches
        return np.column_stack([(x - low) / (high - low) * wide, (1 - y / self.bottom) * high_inches])

    @property
    def point(self) -> float:
        """Diameter of a point, points."""
        return 0.72 * self.base

    def sized(self, k: int) -> float:
        """Return the diameter of each of k points."""
        return self.point * min(1.0, (_FREE / max(k, 1)) ** 0.3)


def frame(
    axes: Axes,
    across: tuple[float, float],
    bottom: float,
    inches: tuple[float, float],
    type_: tuple[float, float],
) -> Frame:
    """Set the limits of the axes and draw their two spines."""
    axes.set_xlim(across)
    axes.set_ylim(bottom, 0)
    done = Frame(axes, across, bottom, inches, *type_)
    spine = {"color": INK, "linewidth": 0.08 * done.base, "clip_on": False, "zorder": 8}
    axes.plot([across[0], *across], [0, bottom, bottom], **spine)
    return done


def draw_grid(at: Frame, across: Sequence[float], down: Sequence[float]) -> None:
    """Draw short marks outside the frame at the ticks."""
    length = 0.35 * at.small / 72
    low, high = at.across
    tick = {"color": INK, "linewidth": 0.08 * at.small, "clip_on": False, "zorder": 8}
    for spot in across:
        at.axes.plot([spot, spot], [at.bottom, at.bottom * (1 + length / at.inches[1])], **tick)
    for spot in down:
        at.axes.plot([low - length / at.inches[0] * (high - low), low], [spot, spot], **tick)


def draw_regions(at: Frame, null: float) -> None:
    """Shade where a study is significant, about no effect."""
    low, high = at.across
    outer, shades = REGIONS[0][1], [shade for _, shade in REGIONS[1:]] + [CENTRE]
    look = {"edgecolor": "none", "linewidth": 0}
    at.axes.add_patch(Rectangle((low, 0), high - low, at.bottom, facecolor=outer, zorder=0, **look))
    for (p, _), shade in zip(REGIONS, shades, strict=True):
        z = float(ndtri(1 - p / 2))
        corners = [(null, 0), (null + z * at.bottom, at.bottom), (null - z * at.bottom, at.bottom)]
        at.axes.add_patch(Polygon(corners, facecolor=shade, zorder=0.1, label=f"p > {p:g}", **look))
    upright(at, null, color=RULE, linewidth=0.1 * at.base, zorder=1)


def upright(at: Frame, x: float, **look: object) -> None:
    """Draw a line from top to bottom."""
    at.axes.plot([x, x], [0, at.bottom], **look)


def draw_limits(at: Frame, mean: float, critical: float) -> None:
    """Draw the limits within which studies of one effect fall, and the mean in their middle."""
    look = {"color": INK, "linewidth": 0.1 * at.base, "zorder": 2}
    for side in (-1, 1):
        ends = [mean, mean + side * critical * at.bottom]
        at.axes.plot(ends, [0, at.bottom], dashes=DASHES, **look)


def draw_curve(at: Frame, x: FloatArray, y: FloatArray) -> None:
    """Draw the line of a test."""
    look = {"color": VERMILLION, "dashes": LINE_DASHES, "linewidth": 0.16 * at.base, "zorder": 3}
    at.axes.plot(x, y, path_effects=[rimmed(0.16 * at.base)], **look)


def rimmed(points: float) -> withStroke:
    """Return a white rim for a coloured line so wide, which the shades of the regions would swallow."""
    return withStroke(linewidth=2.2 * points, foreground=PAPER)


def draw_points(at: Frame, x: FloatArray, y: FloatArray, *, filled_in: bool = False) -> None:
    """Draw studies as discs, those filled in as open rings."""
    size = at.sized(x.size)
    look = (
        {"facecolor": PAPER, "edgecolor": VERMILLION}
        if filled_in
        else {"facecolor": BLUE, "edgecolor": PAPER}
    )
    width = 0.16 * size if filled_in else 0.08 * size
    at.axes.scatter(x, y, s=size**2, linewidths=width, zorder=4 if filled_in else 5, clip_on=False, **look)


def draw_names(
    at: Frame,
    names: Sequence[str],
    points: tuple[FloatArray, FloatArray],
    others: tuple[FloatArray, FloatArray],
    lines: list[FloatArray],
) -> list[str]:
    """Write names beside points where there is room ("" for none); returns those written.

    `others` are points without names to keep clear of, and `lines` are inches.
    """
    x, y = (np.r_[mine, theirs] for mine, theirs in zip(points, others, strict=True))
    centres = at.placed(x, y)
    radii = np.full(x.size, at.sized(points[0].size) / 2 / 72)
    room = Room(centres, radii, at.inches, np.vstack([np.empty((0, 2)), *lines]))
    texts = [fitted(name, _LONGEST * at.inches[0], at.small) for name in names] + [""] * others[0].size
    done = place_labels(texts, room, at.small)
    for placed in done:
        _write(at, placed, room)
    return [names[placed.study] for placed in done]


def points_along(at: Frame, x: FloatArray, y: FloatArray) -> FloatArray:
    """Return a line as points that names keep clear of, inches."""
    along = np.linspace(0, 1, _POINTS) * (len(x) - 1)
    steps = np.arange(len(x))
    return at.placed(np.interp(along, steps, x), np.interp(along, steps, y))


def _write(at: Frame, placed: Placed, room: Room) -> None:
    if placed.leader is not None:
        ends = np.array([room.centres[placed.study], placed.leader]) / room.frame
        at.axes.plot(*ends.T, transform=at.axes.transAxes, color=MUTED, linewidth=0.06 * at.small, zorder=3.5)
    spot = np.array(placed.centre) / room.frame
    look = {"size": at.small, "color": INK, "ha": "center", "va": "center", "parse_math": False, "zorder": 6}
    text = at.axes.text(*spot, placed.text, transform=at.axes.transAxes, **look)
    text.set_path_effects([withStroke(linewidth=0.25 * at.small, foreground=(1, 1, 1, 0.85))])
