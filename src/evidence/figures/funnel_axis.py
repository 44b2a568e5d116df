"""The axes of a funnel: ratios and proportions as readers know them across, sizes downwards."""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from evidence.arguments import FloatArray
from evidence.figures.forest_axis import Axis, axis, ticks
from evidence.figures.text import text_width

_PERCENT = (
    (0.1, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 99.9),
    (0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9),
    (1, 10, 50, 90, 99),
    (10, 50, 90),
)
_PLAIN = axis("identity", "", None)


def effect_ticks(
    units: Axis, limits: tuple[float, float], width: float, size: float
) -> tuple[list[float], list[str]]:
    """Return ticks of estimates on their analysis scale, labelled as a reader knows them.

    Examples
    --------
    >>> effect_ticks(axis("logit", "PLO", None), (-2.5, 2.5), 4, 10)[1]
    ['10', '20', '30', '40', '50', '60', '70', '80', '90']
    """
    if not units.percent:
        return ticks(units, limits, width, size)
    for percents in _PERCENT:
        spots = _analysed(units, np.array(percents) / 100)
        inside = (spots >= limits[0]) & (spots <= limits[1])
        labels = [f"{value:g}" for value, kept in zip(percents, inside, strict=True) if kept]
        inches = (spots[inside] - limits[0]) / (limits[1] - limits[0]) * width
        half = np.array([text_width(label, size) for label in labels]) / 2
        if (np.diff(inches) > half[1:] + half[:-1] + 0.1).all():
            return spots[inside].tolist(), labels
    return [], []


def _analysed(units: Axis, shares: FloatArray) -> FloatArray:
    return logit(shares) if units.scale.name == "logit" else np.arcsin(np.sqrt(shares))


def size_ticks(bottom: float, height: float, size: float) -> tuple[list[float], list[str]]:
    """Return ticks of sizes from 0 to `bottom` on an axis `height` inches high.

    Examples
    --------
    >>> size_ticks(0.42, 3, 10)[1]
    ['0', '0.1', '0.2', '0.3', '0.4']
    """
    return ticks(_PLAIN, (0.0, bottom), height, 1.6 * size)
