"""Where a Z curve stands against its boundaries: crossings, the power left, the adjusted interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtrit

from evidence.arguments import FloatArray
from evidence.robustness.boundaries import Boundaries, boundaries, power_of
from evidence.robustness.information_size import standard_drift
from evidence.robustness.looks import Curve
from evidence.synthesis.inference import p_value


def planned(
    fraction: FloatArray, plan: dict[str, Any], *, spending: str, futility: bool
) -> tuple[Boundaries, float]:
    """Boundaries of the looks, and the power of these looks to find what is sought.

    Where the looks fall short of the required size, the power is that with a last one there.
    """
    looks = fraction if fraction[-1] >= 1 else np.append(fraction, 1.0)
    found = boundaries(looks, **plan, spending=spending, futility=futility)
    power = power_of(looks, found, drift=standard_drift(**plan), two_sided=plan["two_sided"])
    arrays = (found.upper, found.futility, found.alpha_spent, found.beta_spent)
    return Boundaries(*(array[: fraction.size] for array in arrays)), power


def standing(z: FloatArray, edges: Boundaries, fraction: FloatArray, *, two_sided: bool) -> dict[str, Any]:
    """Where the curve stands at each look, and what decides; `z` is positive on the side of benefit."""
    status = []
    for value, upper, wedge in zip(z, edges.upper, edges.futility, strict=True):
        if value >= upper:
            status.append("benefit")
        elif two_sided and -value >= upper:
            status.append("harm")
        elif (abs(value) if two_sided else value) < wedge:
            status.append("futility")
        else:
            status.append("inside" if math.isfinite(upper) else "no boundary")
    crossed = next((i for i, name in enumerate(status) if name in ("benefit", "harm")), None)
    reached = np.flatnonzero((fraction >= 1) & np.isfinite(edges.upper))
    if crossed is not None:
        return {"status": tuple(status), "conclusion": status[crossed], "decided_at": crossed}
    if reached.size:
        at = int(reached[0])
        return {"status": tuple(status), "conclusion": "required size reached", "decided_at": at}
    if status[-1] == "futility":
        since = next(i for i in range(len(status)) if set(status[i:]) == {"futility"})
        return {"status": tuple(status), "conclusion": "futility", "decided_at": since}
    return {"status": tuple(status), "conclusion": "undecided", "decided_at": None}


def adjusted_interval(
    at: Curve, upper: FloatArray, side: float, *, two_sided: bool
) -> dict[str, float | int]:
    """Repeated confidence interval of the last look that has a boundary, and the p value of the last look.

    `side` is the sign of benefit; a one-sided test has an interval with one end.
    """
    bounded = np.flatnonzero(np.isfinite(upper))
    look = int(bounded[-1]) if bounded.size else upper.size - 1
    multiplier, df = float(upper[look]), float(at.df[look])
    half = multiplier if math.isinf(df) else -float(stdtrit(df, ndtr(-multiplier)))
    low, high = (float(at.estimate[look] + sign * half * at.se[look]) for sign in (-1, 1))
    statistic = float(at.estimate[-1] / at.se[-1])
    p = float(p_value(statistic, float(at.df[-1])))
    if not two_sided:
        low, high = (low, math.inf) if side > 0 else (-math.inf, high)
        p = p / 2 if side * statistic > 0 else 1 - p / 2
    return {"ci_low": low, "ci_high": high, "multiplier": multiplier, "interval_at": look, "p": p}
