"""The interval of a mean that belongs to its permutation test: the values that the test does not reject."""

from __future__ import annotations

import math
from collections.abc import Callable

EVALUATIONS = 28  # p values looked at for each bound: some to go far enough out, the others halve the bracket

SIDES = {"two-sided": (-1, 1), "greater": (-1,), "less": (1,)}


def inverted(
    p_value: Callable[[float], float], centre: float, step: float, *, alpha: float, alternative: str
) -> tuple[float, float]:
    """Find the values beyond which a test rejects, on either side of the estimate.

    Parameters
    ----------
    p_value : callable
        P value of the test of a mean that is given.
    centre : float
        The estimate, which the test does not reject.
    step : float
        How far from it to look first; above 0.
    alpha : float
        The test rejects where the p value is at most that.
    alternative : {"two-sided", "less", "greater"}
        The test "greater" has a lower bound only, "less" an upper one.

    Returns
    -------
    tuple of float
        Infinite where no value is rejected.

    Notes
    -----
    P values of permutation tests are steps. The bounds lie where bisection finds a step across alpha; after
    28 p values that is to some millionths of the distance from the estimate.

    Examples
    --------
    >>> inside = lambda mean: 1.0 if abs(mean - 3) < 2 else 0.01
    >>> [round(bound, 4) for bound in inverted(inside, 3, 0.3, alpha=0.05, alternative="two-sided")]
    [1.0, 5.0]
    """
    bounds = {-1: -math.inf, 1: math.inf}
    for side in SIDES[alternative]:
        inside, outside, reach = centre, math.inf, step
        for _ in range(EVALUATIONS):
            tried = centre + side * reach if math.isinf(outside) else (inside + outside) / 2
            if p_value(tried) > alpha:
                inside, reach = tried, 2 * reach
            else:
                outside = tried
        bounds[side] = (inside + outside) / 2 if math.isfinite(outside) else side * math.inf
    return bounds[-1], bounds[1]
