"""What a funnel plot shows: studies by estimate and size, their mean, and the reach of the axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.errors import InputError, TooFewStudiesError
from evidence.figures.forest_axis import Axis, axis
from evidence.figures.text import printable
from evidence.robustness.asymmetry import AsymmetryTest
from evidence.robustness.limit_meta import LimitMeta
from evidence.robustness.small_study_input import group_sizes, total_size
from evidence.robustness.trim_and_fill import TrimAndFill
from evidence.synthesis.inference import quantile
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies, studies

SIZES = {
    "sei": "Standard error",
    "pustejovsky": "Standard error from the sizes of the groups, √(1/n₁ + 1/n₂)",
    "sqrtninv": "1 / √people",
}
_ROOM = 0.05  # of the span: white beside the outermost point
_WIDEST = 2.0  # times as wide as the studies need: what the limits about the mean may make the axis

Line = AsymmetryTest | LimitMeta


@dataclass(frozen=True, slots=True)
class Picture:
    """Studies and what stands about them, in units of the axes (analysis scale across, size down).

    Attributes
    ----------
    pooled : Pooled
    filled : TrimAndFill or None
    line : AsymmetryTest or LimitMeta or None
    units : Axis
    size : str
        Code of what measures size: "sei", "pustejovsky" or "sqrtninv".
    labels : tuple of str
    x, y : array, shape (k,)
        Estimates and sizes.
    filled_x, filled_y : array
        The same of studies filled in.
    across : tuple of float
        Limits of the axis of estimates.
    bottom : float
        Lower end of the axis of sizes, which begins at 0.
    """

    pooled: Pooled
    filled: TrimAndFill | None
    line: Line | None
    units: Axis
    size: str
    labels: tuple[str, ...]
    x: FloatArray
    y: FloatArray
    filled_x: FloatArray
    filled_y: FloatArray
    across: tuple[float, float]
    bottom: float

    @property
    def limits(self) -> bool:
        """True if sizes are standard errors, so that limits about a value can be drawn."""
        return self.size != "sqrtninv"

    @property
    def critical(self) -> float:
        """Quantile of the limits about the mean."""
        return float(quantile(np.inf, self.pooled.level))

    @property
    def outside(self) -> FloatArray:
        """True for studies beyond the limits about the mean (none where there are no limits)."""
        beyond = np.abs(self.x - self.pooled.estimate) > self.critical * self.y
        return beyond & self.limits

    def line_at(self, y: FloatArray) -> FloatArray:
        """Return where the line of a test stands at sizes `y`."""
        squared = isinstance(self.line, AsymmetryTest) and self.line.predictor == "vi"
        return self.line.at(np.square(y) if squared else y)


def picture(
    result: Pooled | Effects | pd.DataFrame | TrimAndFill,
    filled: TrimAndFill | None,
    line: Line | None,
    size: str,
    *,
    null: bool,
) -> Picture:
    """Read what a funnel plot is given.

    Raises
    ------
    InputError
        If it cannot be drawn, or the filled studies or the line belong to others.
    OptionError
        If there is no such measure of size.
    """
    option("y", size, SIZES)
    if isinstance(result, TrimAndFill):
        if filled is not None:
            raise InputError("funnel: the result is a trim and fill already; leave out filled=.")
        result, filled = result.observed, result
    if filled is not None and not isinstance(filled, TrimAndFill):
        raise InputError(f"filled must be a result of trim_and_fill, not {type(filled).__name__}.")
    pooled = _pooled(result)
    effects = pooled.effects
    read = studies("funnel", effects, None, None, least=1, instead="There is nothing to draw.")
    _belongs(read, filled, line, size)
    y = _sizes(read, size)
    filled_x, filled_y = _filled(filled, y)
    units = axis(read.scale, read.measure, None)
    bottom = 1.05 * float(max(y.max(), filled_y.max(initial=0.0)))
    seen = [*read.y, *filled_x, pooled.estimate, *([units.null] if null else [])]
    reach = float(quantile(np.inf, pooled.level)) * bottom if size != "sqrtninv" else 0.0
    return Picture(
        pooled=pooled,
        filled=filled,
        line=line,
        units=units,
        size=size,
        labels=tuple(printable(label) for label in read.labels),
        x=read.y,
        y=y,
        filled_x=filled_x,
        filled_y=filled_y,
        across=across(np.array(seen), pooled.estimate, reach),
        bottom=bottom,
    )


def across(seen: FloatArray, mean: float, reach: float) -> tuple[float, float]:
    """Choose limits that show every value in `seen`, and `reach` about the mean unless that doubles them.

    Examples
    --------
    >>> [round(end, 2) for end in across(np.array([0.0, 1.0]), 0.5, 0.6)]
    [-0.16, 1.16]
    """
    low, high = float(np.nanmin(seen)), float(np.nanmax(seen))
    span = high - low if high > low else 2 * reach or max(abs(high), 1.0)
    extra = (_WIDEST - 1) * span / 2
    low, high = (min(low, max(mean - reach, low - extra)), max(high, min(mean + reach, high + extra)))
    if high == low:
        low, high = low - span / 2, high + span / 2
    room = _ROOM * (high - low)
    return low - room, high + room


def _pooled(result: Pooled | Effects | pd.DataFrame) -> Pooled:
    if isinstance(result, Pooled):
        return result
    if not isinstance(result, (Effects, pd.DataFrame)):
        raise InputError(f"funnel draws a pooled result or effects, not {type(result).__name__}.")
    effects = result if isinstance(result, Effects) else Effects(result)
    if not effects.k:
        raise TooFewStudiesError("funnel: no study is left to draw; each is excluded or the table is empty.")
    return pool(effects)


def _belongs(read: Studies, filled: TrimAndFill | None, line: Line | None, size: str) -> None:
    if filled is not None and not np.array_equal(filled.observed.yi, read.y):
        raise InputError("filled= is a trim and fill of other studies than those drawn.")
    if line is None:
        return
    if not isinstance(line, (AsymmetryTest, LimitMeta)):
        raise InputError(f"line must be a result of egger or limit_meta, not {type(line).__name__}.")
    if isinstance(line, LimitMeta):
        fits = size == "sei" and line.k == read.y.size
    else:
        fits = np.array_equal(line.y, read.y) and size in (line.predictor, {"vi": "sei"}.get(line.predictor))
    if not fits:
        raise InputError(
            f"line= cannot be drawn over {SIZES[size].lower()} of these studies; it needs a test of the same"
            " studies on the same measure of size (egger with predictor= 'sei', 'vi', 'pustejovsky' or"
            " 'sqrtninv', or limit_meta)."
        )


def _sizes(read: Studies, size: str) -> FloatArray:
    if size == "sei":
        return np.sqrt(read.v)
    if size == "sqrtninv":
        return 1 / np.sqrt(total_size("funnel", read))
    one, two = group_sizes("funnel", read)
    return np.sqrt(1 / one + 1 / two)


def _filled(filled: TrimAndFill | None, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    if filled is None:
        return np.empty(0), np.empty(0)
    return filled.filled["yi"].to_numpy(dtype=float), y[filled.filled["position"].to_numpy(dtype=int)]
