"""The horizontal axis of a forest plot: its units, its limits when intervals are huge, and its ticks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray
from evidence.effects.scale import Scale, scale
from evidence.errors import InputError
from evidence.figures.text import number, text_width

# Short name (column heading, sentences) and long name (under the axis) by metafor's measure codes.
NAMES = {
    "MD": ("MD", "Mean difference"),
    "SMD": ("SMD", "Standardised mean difference"),
    "SMDH": ("SMD", "Standardised mean difference"),
    "SMCC": ("SMC", "Standardised mean change"),
    "SMCR": ("SMC", "Standardised mean change"),
    "SMCRH": ("SMC", "Standardised mean change"),
    "MC": ("MC", "Mean change"),
    "ROM": ("Ratio", "Ratio of means (log scale)"),
    "ROMC": ("Ratio", "Ratio of means (log scale)"),
    "OR": ("OR", "Odds ratio (log scale)"),
    "PETO": ("OR", "Peto odds ratio (log scale)"),
    "RR": ("RR", "Risk ratio (log scale)"),
    "RD": ("RD", "Risk difference"),
}
_BY_SCALE = {"identity": ("Estimate", "Estimate"), "log": ("Ratio", "Ratio (log scale)")}
_PROPORTION = ("%", "Percent of people")

_ROOM_BESIDE_NULL = 0.12
_FURTHEST_INTERVAL = 2.5
_FURTHEST_POINT = 3.0


@dataclass(frozen=True, slots=True)
class Axis:
    """Units of the axis: ratios are drawn on their log, proportions as percent, the rest as they are.

    Attributes
    ----------
    scale : Scale
        Where the estimates stand.
    short, long : str
        What the axis measures.
    digits : int
        Decimals of the numbers shown.
    """

    scale: Scale
    short: str
    long: str
    digits: int

    @property
    def ratio(self) -> bool:
        """True for measures analysed as logarithms."""
        return self.scale.name == "log"

    @property
    def percent(self) -> bool:
        """True for proportions."""
        return self.scale.name in ("logit", "arcsine")

    @property
    def null(self) -> float:
        """Where no effect lies on the axis; NaN for proportions."""
        return self.scale.null

    def drawn(self, values: ArrayLike) -> FloatArray:
        """Return positions on the axis of values on the analysis scale."""
        values = np.asarray(values, dtype=float)
        return 100 * self.scale.back(values) if self.percent else values

    def shown(self, values: ArrayLike) -> FloatArray:
        """Return what a reader is told: ratios, percents, or the values as they are."""
        with np.errstate(over="ignore"):
            back = np.asarray(self.scale.back(np.asarray(values, dtype=float)), dtype=float)
        return 100 * back if self.percent else back

    def number(self, value: float) -> str:
        """Write one value of the analysis scale as the reader is told it."""
        shown, least = float(self.shown(value)), 10.0**-self.digits
        if self.ratio and 0 <= shown < least / 2:
            return f"<{number(least, self.digits)}"
        return number(shown, self.digits)

    def interval(self, low: float, high: float) -> str:
        """Write an interval: "1.24 to 2.69"."""
        return f"{self.number(low)} to {self.number(high)}"

    def estimate(self, value: float, low: float, high: float) -> str:
        """Write an estimate with its interval: "1.96 (1.24 to 2.69)"."""
        if not (np.isfinite(low) or np.isfinite(high)):
            return f"{self.number(value)} (no interval)"
        return f"{self.number(value)} ({self.interval(low, high)})"


def axis(scale_name: str, measure: str, digits: int | None) -> Axis:
    """Return the axis of a measure.

    Examples
    --------
    >>> import math
    >>> axis("log", "OR", None).estimate(math.log(2), math.log(1.5), math.log(2.5))
    '2.00 (1.50 to 2.50)'
    """
    units = scale(scale_name)
    proportion = units.name in ("logit", "arcsine")
    if digits is None:
        digits = 1 if proportion else 2
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 6:
        raise InputError(f"digits={digits!r} must be a whole number from 0 to 6.")
    short, long = _PROPORTION if proportion else NAMES.get(measure, _BY_SCALE.get(units.name, ()))
    return Axis(units, short, long, digits)


def given_limits(xlim: Sequence[float], units: Axis) -> tuple[float, float]:
    """Return limits the caller gave in the reader's units as positions on the axis."""
    try:
        low, high = (float(value) for value in xlim)
    except (TypeError, ValueError) as error:
        raise InputError(f"xlim={xlim!r} must be two numbers, such as (-1, 3).") from error
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InputError(f"xlim={xlim!r} must be two numbers, the lower first.")
    if not units.ratio:
        return low, high
    if low <= 0:
        raise InputError(f"xlim={xlim!r} must be above 0 on the scale of a ratio, such as (0.1, 10).")
    return float(np.log(low)), float(np.log(high))


def robust_limits(
    point: ArrayLike, low: ArrayLike, high: ArrayLike, anchors: ArrayLike, reach: ArrayLike, *, null: float
) -> tuple[float, float]:
    """Choose limits that show the bulk of the studies; what lies beyond is clipped with an arrow.

    A point counts while it lies within three spreads of the middle half of the points; an interval
    counts up to two and a half times the median half-width around its point.

    Parameters
    ----------
    point, low, high : array_like, shape (k,)
        Positions of the studies on the axis; NaN where there is none.
    anchors : array_like
        Positions that must be seen (the pooled intervals).
    reach : array_like
        Positions that are seen if they do not double the axis (the prediction interval).
    null : float
        No effect; NaN where there is none.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> limits = robust_limits([1, 2, 3], [0.5, 1.5, -90], [1.5, 2.5, 99], [1.5, 2.5], [], null=0)
    >>> [round(limit, 1) for limit in limits]
    [-0.6, 4.4]
    """
    point, low, high = (np.asarray(values, dtype=float) for values in (point, low, high))
    seen = [value for value in (*np.ravel(anchors), null) if np.isfinite(value)]
    finite = np.isfinite(point)
    if finite.any():
        point, low, high = point[finite], low[finite], high[finite]
        half = np.fmax(high - point, point - low)
        half = float(np.median(half[np.isfinite(half)])) if np.isfinite(half).any() else 0.0
        first, third = np.quantile(point, (0.25, 0.75))
        spread = _FURTHEST_POINT * max(third - first, half)
        central = (point >= first - spread) & (point <= third + spread)
        far = _FURTHEST_INTERVAL * half
        seen += [*point[central], *np.fmax(low, point - far)[central], *np.fmin(high, point + far)[central]]
        seen = [value for value in seen if np.isfinite(value)]
    start, end = min(seen, default=-1.0), max(seen, default=1.0)
    width = (end - start) or 1.0
    for value in np.ravel(np.asarray(reach, dtype=float)):
        if start - width / 2 <= value <= end + width / 2:
            start, end = min(start, value), max(end, value)
    return _with_room(start, end, null)


def _with_room(start: float, end: float, null: float) -> tuple[float, float]:
    """Widen by a hair, and so that neither side of no effect is without room."""
    if end - start < 1e-9 * max(1.0, abs(start)):
        start, end = start - 0.5, end + 0.5
    pad = 0.04 * (end - start)
    start, end = start - pad, end + pad
    if np.isfinite(null):
        room = _ROOM_BESIDE_NULL * (end - start)
        start, end = min(start, null - room), max(end, null + room)
    return float(start), float(end)


def ticks(
    units: Axis, limits: tuple[float, float], width: float, size: float
) -> tuple[list[float], list[str]]:
    """Return the densest round ticks whose labels stay apart on an axis `width` inches wide.

    Examples
    --------
    >>> import math
    >>> ticks(axis("log", "OR", None), (math.log(0.15), math.log(6)), 3, 10)[1]
    ['0.2', '0.5', '1', '2', '5']
    """
    for values in _candidates(units, limits):
        labels = [_tick_label(value) for value in values]
        spots = np.log(values) if units.ratio else values
        inches = (np.asarray(spots) - limits[0]) / (limits[1] - limits[0]) * width
        half = np.array([text_width(label, size) for label in labels]) / 2
        if (np.diff(inches) > half[1:] + half[:-1] + 0.1).all():
            return [float(spot) for spot in spots], labels
    return [], []


def _candidates(units: Axis, limits: tuple[float, float]) -> list[list[float]]:
    low, high = np.exp(np.clip(limits, -700, 700)) if units.ratio else limits
    if units.percent:
        low, high = max(low, 0), min(high, 100)
    if not units.ratio or np.log10(high / low) < 0.9:
        sets = [MaxNLocator(n, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) for n in (6, 5, 4, 3, 2)]
    else:
        decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        sets = [np.outer(10.0**decades, steps).ravel() for steps in ((1, 2, 5), (1, 3), (1,))]
        sets += [10.0 ** decades[decades % step == 0] for step in (2, 3, 5, 10, 50, 100)]
    slack = 1e-9 * (high - low)
    return [
        [float(x) for x in values if low - slack <= x <= high + slack and (x > 0 or not units.ratio)]
        for values in sets
    ]


def _tick_label(value: float) -> str:
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e−").replace("e-", "e−").replace("-", "−")
    return f"{value + 0.0:.6g}".replace("-", "−")
