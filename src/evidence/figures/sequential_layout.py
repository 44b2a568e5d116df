"""Where the parts of a sequential analysis are drawn: its curve, boundaries, limits and the page around."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from evidence.arguments import FloatArray
from evidence.figures import sequential_words as say
from evidence.figures.network_page import Sheet
from evidence.figures.style import INK, Preset
from evidence.figures.text import Block, block, text_width
from evidence.robustness.sequential_result import Sequential

_AHEAD = 25  # points of the boundary that lies ahead
_LEAST_HEIGHT = 3.2  # of the axis, on the Z scale
_HIGHEST_EDGE = 5.0  # boundaries above are cut unless the curve comes near
_HEIGHT = 0.48  # of the page's width
_RIGHT = 9.5  # ems of the words beside the plot


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn, in units of the axes; boundaries are those above no effect, mirrored below.

    Attributes
    ----------
    result : Sequential
    t, z : array, shape (looks,)
        Information in percent of the required, and Z.
    upper, wedge : array, shape (m, 2)
        Points of the boundary and of the wedge's edge at the looks that have them.
    upper_ahead, wedge_ahead : array, shape (m, 2)
        Where the next look would meet them; empty when the required size is reached.
    across, up : tuple of float
        Limits.
    """

    result: Sequential
    t: FloatArray
    z: FloatArray
    upper: FloatArray
    wedge: FloatArray
    upper_ahead: FloatArray
    wedge_ahead: FloatArray
    across: tuple[float, float]
    up: tuple[float, float]

    @property
    def whole_upper(self) -> FloatArray:
        """Boundary at the looks and ahead of them."""
        return np.vstack([self.upper, self.upper_ahead])

    @property
    def whole_wedge(self) -> FloatArray:
        """Edge of the wedge at the looks and ahead of them."""
        return np.vstack([self.wedge, self.wedge_ahead])

    @property
    def sides(self) -> tuple[float, ...]:
        """Sides with a boundary, that of benefit first."""
        return (self.result.side, -self.result.side) if self.result.two_sided else (self.result.side,)

    @property
    def clipped(self) -> bool:
        """True if a boundary leaves the axes."""
        highest = float(self.whole_upper[:, 1].max(initial=0.0))
        return any(highest > (self.up[1] if side > 0 else -self.up[0]) for side in self.sides)


def picture(result: Sequential) -> Picture:
    """Collect what is drawn and choose the limits."""
    t, last = 100 * result.fraction, float(result.fraction[-1])
    upper, wedge = _points(t, result.upper), _points(t, result.futility)
    upper_ahead, wedge_ahead = np.empty((0, 2)), np.empty((0, 2))
    if last < 1:
        ahead = result.next_look(np.linspace(last, 1.0, _AHEAD + 1)[1:])
        upper_ahead = _points(100 * ahead["fraction"].to_numpy(), ahead["boundary"].to_numpy())
        wedge_ahead = _points(100 * ahead["fraction"].to_numpy(), ahead["futility"].to_numpy())
    edges = np.vstack([upper, upper_ahead])[:, 1]
    reach = min(float(edges.max(initial=0.0)), _HIGHEST_EDGE)
    ends = {}
    for side in (1.0, -1.0):
        bounded = result.two_sided or side == result.side
        ends[side] = max(
            1.15 * float((side * result.z).max(initial=0.0)),
            max(_LEAST_HEIGHT, 1.05 * reach) if bounded else 1.0,
        )
    across = (0.0, 106 * max(1.0, last))
    return Picture(
        result, t, result.z, upper, wedge, upper_ahead, wedge_ahead, across, (-ends[-1.0], ends[1.0])
    )


def _points(t: FloatArray, values: FloatArray) -> FloatArray:
    there = np.isfinite(values)
    return np.column_stack([t[there], values[there]])


@dataclass(frozen=True, slots=True)
class Frame:
    """Places of the plot and of the words around it, inches from the upper left corner of the page."""

    left: float
    top: float
    width: float
    height: float
    above: Block
    below: Block
    beside: tuple[tuple[Block, float], ...]


def needed(result: Sequential, style: Preset, width: float) -> tuple[float, float]:
    """Return the width the plot needs, and the height that suits a page so wide."""
    least = 14 if style.aspect else 16  # ems; a page of fixed shape gives the plot what is left
    height = max(0.0 if style.aspect else _HEIGHT * width, least * style.em)
    return 24 * style.em, height + _around(result, style, width)


def _around(result: Sequential, style: Preset, width: float) -> float:
    names = block([(say.below(result), style.base, False, INK)], width)
    return 3.3 * style.em + 1.9 * style.em + names.height


def frame(drawn: Picture, page: Sheet) -> Frame:
    """Place the plot in the middle of the page, with room for ticks, names and the words beside it."""
    style, em = page.preset, page.preset.em
    left = style.margin + text_width("−10", style.small) + 0.9 * em
    right = _RIGHT * em
    width = page.width - style.margin - right - left
    names = block([(say.below(drawn.result), style.base, False, INK)], width)
    height = page.middle - 3.3 * em - 1.9 * em - names.height
    above = block([("Cumulative Z", style.base, False, INK)], width)
    top = page.top + 3.3 * em
    return Frame(
        left, top, width, height, above, names, tuple(_beside(drawn, style, right - 0.7 * em, height))
    )


def _beside(drawn: Picture, style: Preset, room: float, height: float) -> list[tuple[Block, float]]:
    """Words right of the plot, each with how far below the plot's upper edge its middle lies."""
    low, high = drawn.up
    whole = drawn.whole_upper
    edge = float(whole[-1, 1]) if len(whole) else 1.96
    found = []
    for side, name in zip(drawn.sides, ("Benefit", "Harm"), strict=False):
        favours = drawn.result.favours[1 if side > 0 else 0]
        words = [(name, style.base, True, INK), (favours, style.small, False, INK)]
        centre = (edge + high) / 2 if side > 0 else (low - edge) / 2
        found.append((block(words, room), height * (high - centre) / (high - low)))
    if len(drawn.whole_wedge) > 1:
        words = [("Futility", style.base, True, INK)]
        closes = 0.0 if drawn.result.two_sided else drawn.result.side * -0.5
        found.append((block(words, room), height * (high - closes) / (high - low)))
    return [(each, float(np.clip(at, each.height / 2, height - each.height / 2))) for each, at in found]


def single_test(result: Sequential) -> float:
    """Z beyond which a single test would be significant."""
    return -float(ndtri(result.alpha / 2 if result.two_sided else result.alpha))
