"""The ends of a profile-likelihood interval: Newton steps on the root of the fall, kept within a bracket."""

from __future__ import annotations

import math
from collections.abc import Callable

Profile = Callable[[float], tuple[float, float]]

MAX_STEPS = 100
CLOSE = 1e-8  # Newton's step after one so short is below rounding
NARROW = 1e-12


def profile_end(profile: Profile, inside: float, outside: float, *, top: float, drop: float) -> float:
    """Return where a profile log-likelihood has fallen by `drop` below its top.

    Parameters
    ----------
    profile : callable
        From a value of the parameter to the log-likelihood maximised over all others, and its slope. The
        slope costs nothing: at that maximum it is the partial derivative in the parameter itself.
    inside, outside : float
        Two values between which the end lies: less than `drop` below the top, and at least as much.
    top, drop : float

    Returns
    -------
    float

    Notes
    -----
    The root of twice the fall is nearly a straight line in the parameter, and exactly one for a normal
    likelihood, so that few Newton steps are needed (Venzon and Moolgavkar 1988, Applied Statistics 37:87,
    solve the same equations). A step that leaves the bracket is replaced by its middle.

    Examples
    --------
    >>> round(profile_end(lambda x: (-x * x / 2, -x), 0.0, 5.0, top=0.0, drop=2.0), 12)
    2.0
    """
    wanted = math.sqrt(2 * drop)
    at = outside
    for _ in range(MAX_STEPS):
        value, slope = profile(at)
        fall = math.sqrt(max(2 * (top - value), 0.0))
        if fall < wanted:
            inside = at
        else:
            outside = at
        step = fall * (fall - wanted) / slope if slope else math.inf
        if min(inside, outside) <= at + step <= max(inside, outside):
            at += step
            if abs(step) < CLOSE * (1 + abs(at)):
                break
        else:
            at = (inside + outside) / 2
            if abs(outside - inside) < NARROW * (1 + abs(at)):
                break
    return at
