"""A Brownian motion that is stopped at looks: its density carried from look to look by integration.

W = Z sqrt(t) moves like a Brownian motion in the information fraction t. The density of W among what has not
stopped follows from that of the look before (Armitage, McPherson and Rowe 1969, J R Stat Soc A 132:235;
Jennison and Turnbull 2000, ch. 19), here on Gauss-Legendre panels.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri, roots_legendre

from evidence.arguments import FloatArray

_REACH = 8.5  # standard deviations to either side that the density is kept for
_PER_PANEL = 24  # nodes
_PANEL = 8.0  # widest panel, in standard deviations of the step from look to look
_STEPS = 60
_ROOT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """Of W at a look, among what has not stopped: values at nodes, times the weights of the nodes.

    Nothing lies above `high`.
    """

    t: float
    low: float
    high: float
    at: FloatArray
    mass: FloatArray


def chance_above(density: Density | None, now: float, drift: float, edge: float) -> tuple[float, float]:
    """Chance that W lies above `edge` at the next look, and its density there."""
    if density is None:
        step, gap = math.sqrt(now), np.array([(edge - drift * now) / math.sqrt(now)])
        mass = np.ones(1)
    else:
        step = math.sqrt(now - density.t)
        gap, mass = (edge - density.at - drift * (now - density.t)) / step, density.mass
    return float(mass @ ndtr(-gap)), float(mass @ np.exp(-0.5 * gap * gap)) / (_ROOT_2PI * step)


def chance_below(density: Density | None, now: float, drift: float) -> Callable[[float], float]:
    """Chance that W lies below an edge at the next look, as a function of the edge."""
    turned = mirrored(density)
    return lambda edge: chance_above(turned, now, -drift, -edge)[0]


def mirrored(density: Density | None) -> Density | None:
    """Density of -W."""
    if density is None:
        return None
    return Density(density.t, -density.high, -density.low, -density.at, density.mass)


def edge_of(density: Density | None, now: float, drift: float, error: float) -> float:
    """Edge above which W lies with chance `error` at the next look.

    Newton's method on the logarithm of the chance. A Brownian motion kept in intervals has a log-concave
    distribution (Prékopa 1973), and the start lies beyond the root: a motion that never stops would have the
    chance `error` there, or one that stands at the last edge. So the steps go one way and cannot miss it.
    """
    normal = -float(ndtri(error))
    edge = drift * now + math.sqrt(now) * normal
    if density is not None:
        apart = now - density.t
        edge = min(edge, density.high + drift * apart + math.sqrt(apart) * normal)
    for _ in range(_STEPS):
        chance, slope = chance_above(density, now, drift, edge)
        step = math.log(chance / error) * chance / slope
        edge += step
        if abs(step) < 1e-13 * (1 + abs(edge)):
            break
    return edge


def carried(
    density: Density | None, now: float, drift: float, kept: tuple[float, float], ahead: float
) -> Density:
    """Density of W at the next look within what is kept; `ahead` is the step that will follow."""
    reach = _REACH * math.sqrt(now)
    low, high = max(kept[0], drift * now - reach), min(kept[1], drift * now + reach)
    if not low < high:
        return Density(now, low, low, np.full(1, low), np.zeros(1))
    step = math.sqrt(now if density is None else now - density.t)
    at, weights = _panels(low, high, min(step, ahead))
    if density is None:
        kernel = np.exp(-0.5 * ((at - drift * now) / step) ** 2)
        return Density(now, low, high, at, weights * kernel / (_ROOT_2PI * step))
    gap = (at[:, None] - (density.at + drift * (now - density.t))) / step
    values = np.exp(-0.5 * gap * gap) @ density.mass
    return Density(now, low, high, at, weights * values / (_ROOT_2PI * step))


def _panels(low: float, high: float, step: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of Gauss-Legendre panels no wider than a few steps."""
    count = max(1, math.ceil((high - low) / (_PANEL * step)))
    nodes, weights = _rule()
    half = (high - low) / (2 * count)
    middles = low + half * (2 * np.arange(count) + 1)
    return (middles[:, None] + half * nodes).ravel(), np.tile(half * weights, count)


@lru_cache(maxsize=1)
def _rule() -> tuple[FloatArray, FloatArray]:
    return roots_legendre(_PER_PANEL)
