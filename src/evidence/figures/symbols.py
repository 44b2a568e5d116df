"""The symbols of judgements, verdicts and certainty: each has a colour, a shape and a word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D
from numpy.typing import ArrayLike

from evidence.figures.style import BLUE, INK, ORANGE, PAPER, SKY, VERMILLION, YELLOW

GREY = "#D9DDE2"
_THICK = 0.28
_INNER = 0.78  # of a ring's diameter
# Outlines of arrows, from -0.5 to 0.5.
_UP = [(0, 0.5), (0.46, 0.02), (0.17, 0.02), (0.17, -0.5), (-0.17, -0.5), (-0.17, 0.02), (-0.46, 0.02)]
_HALF = [(-0.5, 0), (-0.16, 0.34), (-0.16, 0.13), (0.16, 0.13), (0.16, 0.34)]
_ARROWS = {"up": _UP, "down": _UP, "across": [*_HALF, (0.5, 0), *[(x, -y) for x, y in _HALF[:0:-1]]]}


@dataclass(frozen=True, slots=True)
class Look:
    """How one code is shown.

    Attributes
    ----------
    word : str
        Short word for it, for sentences.
    sign : str
        "+", "-", "x", "v" (a tick), or a letter of the font such as "?".
    color, ink : str
        Of the disc and of the sign on it.
    hatch : str
        Of a bar, so that it is told apart in grey.
    hollow : bool
        A ring in place of a disc.
    """

    word: str
    sign: str
    color: str
    ink: str
    hatch: str = ""
    hollow: bool = False


# Risk of bias, from the best to the worst: the order of keys and of bars.
JUDGEMENTS = {
    "low": Look("low", "+", BLUE, PAPER),
    "some_concerns": Look("some concerns", "-", YELLOW, INK, "///"),
    "moderate": Look("moderate", "-", YELLOW, INK, "///"),
    "high": Look("high", "x", VERMILLION, INK, "xxx"),
    "serious": Look("serious", "x", VERMILLION, INK, "xxx"),
    "critical": Look("critical", "!", VERMILLION, INK, "***"),
    "no_information": Look("no information", "?", GREY, INK, "..."),
}

# Verdicts in their order; the last stands beside the scale, not on it.
VERDICTS = {
    "supported": Look("supported", "v", BLUE, PAPER),
    "supported_with_reservations": Look("with reservations", "v", SKY, INK, hollow=True),
    "uncertain": Look("uncertain", "?", YELLOW, INK),
    "overstated": Look("overstated", "!", ORANGE, INK),
    "contradicted": Look("contradicted", "x", VERMILLION, INK),
    "not_answerable": Look("not answerable", "-", GREY, INK),
}
STEPS = len(VERDICTS) - 1

CERTAINTIES = {
    "high": "⊕⊕⊕⊕",
    "moderate": "⊕⊕⊕⊝",
    "low": "⊕⊕⊝⊝",
    "very_low": "⊕⊝⊝⊝",
    "not_rated": "",
}


def tint(color: str, share: float) -> str:
    """Mix a colour into white.

    Examples
    --------
    >>> tint("#000000", 0.2)
    '#cccccc'
    """
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


@lru_cache
def sign(name: str) -> Path:
    """Return the outline of a sign, centred on nought.

    Examples
    --------
    >>> sign("+").vertices.shape
    (13, 2)
    """
    half = _THICK / 2
    if name == "-":
        points = [(-0.5, -half), (0.5, -half), (0.5, half), (-0.5, half)]
    elif name in "+x":
        arm = [(half, half), (half, 0.5), (-half, 0.5)]
        points = [spot for turn in range(4) for spot in _turned(arm, 90 * turn)]
        points = _turned(points, 45 if name == "x" else 0)
    elif name in _ARROWS:
        points = _turned(_ARROWS[name], 180 if name == "down" else 0)
    elif name == "v":
        long, short = 1.1, 0.58
        corner = [(0, 0), (long, 0), (long, _THICK), (_THICK, _THICK), (_THICK, short), (0, short)]
        points = _turned(corner, 48)
    else:
        font = FontProperties(family="DejaVu Sans", weight="bold")
        return _centred(TextPath((0, 0), name, size=1, prop=font))
    return _centred(Path([*points, points[0]], closed=True))


def _turned(points: list[tuple[float, float]], degrees: float) -> list[tuple[float, float]]:
    return [tuple(spot) for spot in Affine2D().rotate_deg(degrees).transform(points)]


def _centred(path: Path) -> Path:
    box = path.get_extents()
    shift = Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2)
    return path.transformed(shift)


def stamp(
    axes: Axes,
    x: ArrayLike,
    y: ArrayLike,
    look: Look,
    size: float,
    *,
    doubtful: bool = False,
    label: str = "",
) -> None:
    """Draw the symbol of a code at one place or several.

    Parameters
    ----------
    axes : Axes
    x, y : array_like
    look : Look
    size : float
        Diameter of the disc, points.
    doubtful : bool
        A ring with "?" beside the sign: judged only because nothing is printed.
    label : str
        Of the drawn discs, for whoever looks into the axes.
    """
    x, y = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (x, y))
    edge = {"edgecolor": INK, "linewidths": 0.045 * size, "clip_on": False}
    axes.scatter(x, y, s=size**2, facecolor=look.color, zorder=3, label=label or look.word, **edge)
    if look.hollow or doubtful:
        edge["linewidths"] = 0.03 * size
        axes.scatter(x, y, s=(_INNER * size) ** 2, facecolor=PAPER, zorder=4, **edge)
    ink = INK if doubtful else look.ink
    if not doubtful:
        draw_sign(axes, x, y, look.sign, 0.52 * size, ink)
        return
    points = _per_point(axes)
    if look.sign == "?":
        draw_sign(axes, x, y, "?", 0.5 * size, ink)
        return
    draw_sign(axes, x - 0.16 * size * points, y, look.sign, 0.34 * size, ink)
    draw_sign(axes, x + 0.19 * size * points, y, "?", 0.4 * size, ink)


def _per_point(axes: Axes) -> float:
    """Return units of the x axis a point."""
    low, high = axes.get_xlim()
    inches = axes.get_position().width * axes.get_figure(root=True).get_figwidth()
    return (high - low) / inches / 72


def draw_sign(axes: Axes, x: ArrayLike, y: ArrayLike, name: str, size: float, color: str) -> None:
    """Draw a sign alone, its longer side `size` points."""
    path = sign(name)
    reach = np.abs(path.vertices).max(axis=0)
    grown = size * (1.25 if name in "?!" else 1.15 if name == "v" else 1.0)
    # A marker is scaled by its furthest point from the middle.
    area = (grown * reach.max() / max(reach.max(), 1e-9)) ** 2
    axes.scatter(x, y, s=area, marker=path, facecolor=color, linewidths=0, zorder=5, clip_on=False)


def circles(certainty: str) -> str:
    """Return the four circles of a certainty, empty where none was rated.

    Examples
    --------
    >>> circles("low")
    '⊕⊕⊝⊝'
    """
    return CERTAINTIES[certainty]
