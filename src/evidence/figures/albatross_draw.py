"""The marks of an albatross plot: points, bars and arrows set apart, labels that find room, and contours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from evidence.arguments import FloatArray
from evidence.figures.albatross_contours import on_side, people
from evidence.figures.albatross_rows import Picture, beyond, spans
from evidence.figures.bubble_labels import Room
from evidence.figures.style import BLUE, GREEN, INK, MUTED, PAPER, PURPLE, RULE, VERMILLION
from evidence.figures.text import fitted, printable, text_width

LOOKS = ((BLUE, "o", ""), (VERMILLION, "s", "//////"), (GREEN, "^", "......"), (PURPLE, "D", "xxxxxx"))
LOOKS = (*LOOKS, (INK, "v", "||||||"))
DASHES = ((), (6, 2), (2, 1.6), (7, 2, 1.5, 2), (1, 1))
MIDDLE = 0.05  # from here the conventional line stands

_FREE = 10  # studies up to which marks have their full size
_GAPS = (0.35, 1.0, 1.8)  # ems between a mark and its label; beyond the first a line leads there
_POINTS = 2000  # of a contour
_WIDEST = 0.3  # of the frame: a label
_STEPS = 3  # most steps a mark is set off from its place


@dataclass(frozen=True, slots=True)
class Plot:
    """Axes, their limits and size in inches, and the type."""

    axes: Axes
    shown: Picture
    across: float
    up: tuple[float, float]
    inches: tuple[float, float]
    base: float
    small: float

    @property
    def half(self) -> float:
        """Half the height of a mark, inches."""
        return 0.3 * self.base / 72 * min(1.0, (_FREE / len(self.shown.studies)) ** 0.3)

    def x(self, values: FloatArray | float) -> FloatArray:
        """Return inches from the left edge of what stands on the axis."""
        return (np.asarray(values, dtype=float) + self.across) / (2 * self.across) * self.inches[0]

    def y(self, n: FloatArray | float) -> FloatArray:
        """Return inches from the lower edge of numbers of people."""
        low, high = self.up
        return (np.log(np.asarray(n, dtype=float)) - low) / (high - low) * self.inches[1]


@dataclass(frozen=True, slots=True)
class Mark:
    """A study in its place: left and right end in inches, and its height in inches."""

    study: int
    left: float
    right: float
    y: float


def marks(plot: Plot) -> list[Mark]:
    """Place every study, a little above or below its place where another stands there already."""
    done: list[Mark] = []
    step = 2.3 * plot.half
    order = sorted(range(len(plot.shown.studies)), key=lambda i: -plot.shown.studies[i].n)
    steps = sorted(range(-_STEPS, _STEPS + 1), key=lambda offset: (abs(offset), -offset))
    for i in order:
        study = plot.shown.studies[i]
        ends = [plot.x(np.array(span)).tolist() for span in spans(study, plot.shown.reach)]
        ends = [(left - plot.half, right + plot.half) for left, right in ends]
        place = float(plot.y(study.n))
        heights = [place + offset * step for offset in steps]
        within = [y for y in heights if plot.half <= y <= plot.inches[1] - plot.half] or [place]
        hits = [_hits(ends, y, done, 2.1 * plot.half) for y in within]
        y = within[int(np.argmin(hits))]
        done += [Mark(i, left + plot.half, right - plot.half, y) for left, right in ends]
    return done


def _hits(ends: list[tuple[float, float]], y: float, done: list[Mark], height: float) -> int:
    near = [mark for mark in done if abs(mark.y - y) < height]
    return sum(left < mark.right and right > mark.left for left, right in ends for mark in near)


@dataclass(frozen=True, slots=True)
class Contour:
    """One side of a contour: its effect, its dashes, and its line in units of the axes."""

    effect: float
    dash: tuple[float, ...]
    side: int
    x: FloatArray
    y: FloatArray


def lines_of(plot: Plot, values: tuple[float, ...], measure: str, baseline: float) -> list[Contour]:
    """Return the contours, both sides of each."""
    from_middle = np.linspace(1e-3, plot.across, _POINTS)
    done = []
    for value, dash in zip(values, DASHES, strict=False):
        for side in (-1, 1):
            effect = on_side(value, measure, side)
            n = people(effect, 10.0**-from_middle, measure, ratio=plot.shown.ratio, baseline=baseline)
            done.append(Contour(effect, dash, side, side * from_middle, np.log(n)))
    return done


def draw_contours(plot: Plot, contours: list[Contour]) -> None:
    """Draw the contours, each with its own dashes."""
    for each in contours:
        look = {"color": MUTED, "linewidth": 0.09 * plot.base, "zorder": 1}
        plot.axes.plot(each.x, each.y, linestyle=(0, each.dash) if each.dash else "-", **look)


def leaves_by(plot: Plot, contour: Contour) -> tuple[float, float, str] | None:
    """Return where a contour leaves the frame, inches from its lower left corner, and by which edge."""
    above = contour.y >= plot.up[1]
    if above.any():
        return float(plot.x(contour.x[int(np.argmax(above))])), plot.inches[1], "top"
    if contour.y[-1] <= plot.up[0]:
        return None
    edge = "right" if contour.side > 0 else "left"
    return float(plot.x(contour.x[-1])), float(plot.y(np.exp(contour.y[-1]))), edge


def draw_marks(plot: Plot, placed: list[Mark]) -> None:
    """Draw all studies."""
    for mark in placed:
        study = plot.shown.studies[mark.study]
        color, marker, hatch = look_of(plot.shown, study.group)
        hollow = not study.direction
        if study.exact:
            draw_point(plot.axes, *_units(plot, mark.left, mark.y), color, marker, 144 * plot.half, hollow)
        else:
            corners = np.array(
                [_units(plot, mark.left, mark.y - plot.half), _units(plot, mark.right, mark.y + plot.half)]
            )
            draw_bar(plot.axes, corners, color, hatch, plot.base, hollow)
        if beyond(study, plot.shown.reach):
            _arrows(plot, mark, color)


def _units(plot: Plot, x: float, y: float) -> tuple[float, float]:
    low, high = plot.up
    return 2 * plot.across * x / plot.inches[0] - plot.across, low + (high - low) * y / plot.inches[1]


def _arrows(plot: Plot, mark: Mark, color: str) -> None:
    """Point outwards from every outer end of a mark."""
    middle, size = plot.inches[0] / 2, (190 * plot.half) ** 2
    for end, sign in ((mark.left, -1), (mark.right, 1)):
        if (end - middle) * sign > 0:
            spot = _units(plot, end + sign * 1.4 * plot.half, mark.y)
            look = {"marker": "<" if sign < 0 else ">", "s": 0.6 * size, "clip_on": False, "zorder": 5}
            plot.axes.scatter(*spot, facecolor=color, linewidths=0, **look)


def look_of(shown: Picture, group: str) -> tuple[str, str, str]:
    """Return colour, marker and hatch of a group."""
    return LOOKS[shown.groups.index(group)] if group else LOOKS[0]


def draw_point(
    axes: Axes, x: float, y: float, color: str, marker: str, points: float, hollow: bool = False
) -> None:
    """Draw a p value that is printed as a number; a hollow one has no side."""
    look = {"facecolor": PAPER if hollow else color, "edgecolor": color if hollow else PAPER}
    axes.scatter(
        x, y, s=points**2, marker=marker, linewidths=(0.16 if hollow else 0.06) * points, zorder=4, **look
    )


def draw_bar(
    axes: Axes, corners: FloatArray, color: str, hatch: str, base: float, hollow: bool = False
) -> None:
    """Draw what a p value can be; a hollow one has no side. `corners` are two opposite ones."""
    (left, low), (right, high) = corners
    edge = {"edgecolor": color, "linewidth": 0.1 * base}
    patch = Rectangle((left, low), right - left, high - low, facecolor=PAPER if hollow else color, **edge)
    patch.set(hatch=hatch or None, zorder=3)
    patch.set_hatch_linewidth(0.06 * base)
    if hatch and not hollow:
        patch.set_hatchcolor(PAPER)
    if hollow:
        patch.set_linestyle((0, (2.5, 1.2)))
    axes.add_patch(patch)


def draw_labels(plot: Plot, placed: list[Mark], contours: list[Contour]) -> None:
    """Write the labels that find room beside their marks, off the contours where they can be."""
    first = {mark.study: mark for mark in reversed(placed)}
    order = sorted(first.values(), key=lambda mark: mark.right - mark.left)
    anchors = np.array([_anchor(plot, mark) for mark in order])
    boxes = [
        (mark.left - plot.half, mark.y - plot.half, mark.right + plot.half, mark.y + plot.half)
        for mark in placed
    ]
    taken = np.array(boxes)
    lines = [np.column_stack([plot.x(each.x), plot.y(np.exp(each.y))]) for each in contours]
    lines.append(np.column_stack([np.full(_POINTS, plot.x(0.0)), np.linspace(0, plot.inches[1], _POINTS)]))
    room = Room(anchors, np.full(len(order), plot.half), plot.inches, np.vstack(lines))
    for i, mark in enumerate(order):
        text = fitted(printable(plot.shown.studies[mark.study].label), _WIDEST * plot.inches[0], plot.small)
        half = np.array([text_width(text, plot.small) / 2 + 0.02, 0.62 * plot.small / 72])
        found = (
            (j, room.spot(i, half, gap * plot.small / 72, taken, far=j > 0, clear_of_lines=clear))
            for clear in (True, False)
            for j, gap in enumerate(_GAPS)
        )
        far, spot = next(((j, spot) for j, spot in found if spot is not None), (0, None))
        if spot is None:
            continue
        taken = np.vstack([taken, [*(spot - half), *(spot + half)]])
        _write(plot, text, spot, np.clip(anchors[i], spot - half, spot + half) if far else None, anchors[i])


def _anchor(plot: Plot, mark: Mark) -> tuple[float, float]:
    """Return the end of a mark nearest to the middle, or the middle of one that spans it."""
    middle = plot.inches[0] / 2
    return float(np.clip(middle, mark.left, mark.right)), mark.y


def _write(plot: Plot, text: str, spot: FloatArray, leader: FloatArray | None, anchor: FloatArray) -> None:
    if leader is not None:
        ends = np.array([_units(plot, *anchor), _units(plot, *leader)])
        plot.axes.plot(*ends.T, color=RULE, linewidth=0.07 * plot.small, zorder=2)
    look = {"size": plot.small, "color": INK, "ha": "center", "va": "center", "parse_math": False}
    written = plot.axes.text(*_units(plot, *spot), text, zorder=6, **look)
    written.set_path_effects([withStroke(linewidth=0.25 * plot.small, foreground=(1, 1, 1, 0.85))])
