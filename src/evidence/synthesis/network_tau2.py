"""Between-study variance of a network: moments, (restricted) maximum likelihood, and its interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import gammainccinv, gammaincinv

from evidence.arguments import FloatArray, option
from evidence.synthesis.kernels import roots
from evidence.synthesis.network_kernels import System, cubic, quadratic, solve, trace_p, trace_pp
from evidence.synthesis.network_rows import Rows
from evidence.synthesis.tau2_scan import SCAN

METHODS = ("REML", "DL", "ML")
_LEAST = 1e-290

Equation = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


def network_tau2(system: System, method: str) -> float:
    """Estimate tau2, one for all comparisons; 0 where no degree of freedom is left.

    Parameters
    ----------
    system : System
    method : {"REML", "DL", "ML"}

    Raises
    ------
    OptionError
        If there is no such method.

    References
    ----------
    "DL": the generalised method of moments (Rücker and Schwarzer 2014, Stat Med 33:4353, section 3.2;
    Jackson, White and Riley 2012, Stat Med 31:3805). "REML", "ML": Harville 1977, J Am Stat Assoc 72:320; the
    highest of all maxima, the boundary 0 included.

    Examples
    --------
    >>> from evidence.synthesis.network_input import read_network
    >>> from evidence.synthesis.network_kernels import part_basis, row_parts
    >>> from evidence.synthesis.network_rows import rows_of
    >>> table = {"study": list("xyz"), "t1": ["a"] * 3, "t2": ["b"] * 3, "te": [0, 1, 2], "se": [0.5] * 3}
    >>> rows, _ = rows_of(read_network("network", table, None))
    >>> system = System(rows, part_basis(2, row_parts(rows)))
    >>> [round(network_tau2(system, method), 6) for method in ("REML", "DL", "ML")]
    [0.75, 0.75, 0.416667]
    """
    option("method", method, METHODS)
    if system.df == 0:
        return 0.0
    if method == "DL":
        at = solve(system, 0.0)
        return max((at.q - system.df) / trace_p(system, at), 0.0)
    return _highest(system, restricted=method == "REML")


def tau2_se(system: System, t: float, method: str) -> float:
    """Standard error of the estimate `t` of tau2; NaN without degrees of freedom.

    References
    ----------
    For "DL" the variance of a quadratic form in normal variables (Viechtbauer 2005, J Educ Behav Stat
    30:261), else the inverse of the expected information (Harville 1977).
    """
    if system.df == 0:
        return math.nan
    if method == "DL":
        at = solve(system, 0.0)
        trace = trace_p(system, at)
        form = 2 * system.df + 4 * t * trace + 2 * t**2 * trace_pp(system, at)
        return math.sqrt(form) / trace
    at = solve(system, t)
    information = trace_pp(system, at) if method == "REML" else float(np.vecdot(at.w, at.w))
    return math.sqrt(2 / information) if information > 0 else math.nan


def q_profile(system: System, level: float) -> tuple[float, float]:
    """Q-profile interval of tau2: all values at which Q is no surprise; NaN without degrees of freedom.

    References
    ----------
    Viechtbauer 2007, Stat Med 26:37; for several treatments Jackson, Turner, Rhodes and Viechtbauer 2014,
    BMC Med Res Methodol 14:103.
    """
    if system.df == 0:
        return math.nan, math.nan
    tail, half = (1 - level) / 2, system.df / 2
    low, high = (2 * float(inverse(half, tail)) for inverse in (gammainccinv, gammaincinv))
    return _where_q_is(system, low), _where_q_is(system, high)


def _where_q_is(system: System, target: float) -> float:
    """The tau2 at which Q falls to `target`, 0 if it starts below.

    Q is at most the unweighted sum of squares over tau2, which closes the bracket.
    """
    if solve(system, 0.0).q <= target:
        return 0.0
    high = _plain_squares(system) / target * (1 + 1e-7)

    def equation(t: FloatArray) -> tuple[FloatArray, FloatArray]:
        at = solve(system, float(t[0]))
        ratio = target / at.q
        return np.array([ratio - 1]), np.array([ratio * quadratic(at) / at.q])

    return _root(equation, 0.0, high, high / 2)


def _plain_squares(system: System) -> float:
    """Sum of squares of the residuals of unweighted least squares."""
    scale = float(system.rows.v.max())
    return solve(System(_equal(system.rows), system.basis), 0.0).q * scale


def _equal(rows: Rows) -> Rows:
    """The rows with one variance for all."""
    return replace(rows, v=np.full_like(rows.v, rows.v.max()))


def _root(equation: Equation, low: float, high: float, guess: float) -> float:
    return float(roots(equation, (), *(np.array([x]) for x in (low, high, guess)))[0])


def _highest(system: System, *, restricted: bool) -> float:
    """Tau2 of the highest likelihood: every fall of the score through 0 is solved, the best kept.

    With B the mean square of unweighted residuals, y'PPy <= df B / t^2 and tr P >= df / (t + max v), so that
    no maximum lies beyond (B + sqrt(B^2 + 4 B max v)) / 2.
    """
    between = _plain_squares(system) / system.df
    least, most = float(system.rows.v.min()), float(system.rows.v.max())
    last = (between + math.sqrt(between**2 + 4 * between * most)) / 2 * (1 + 1e-9)
    grid = least * np.expm1(np.log1p(last / least) * np.linspace(0, 1, SCAN))
    score = [_score(system, float(t), restricted=restricted) for t in grid]
    peaks = [0.0] if score[0] >= 0 else []

    def equation(t: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = _score_and_slope(system, float(t[0]), restricted=restricted)
        return np.array([value]), np.array([slope])

    for cell in range(SCAN - 1):
        if score[cell] < 0 <= score[cell + 1]:
            share = score[cell] / (score[cell] - score[cell + 1])
            guess = grid[cell] + (grid[cell + 1] - grid[cell]) * share
            peaks.append(_root(equation, grid[cell], grid[cell + 1], guess))
    if not peaks:
        peaks = [float(grid[-1])]  # by the bound the score has turned here, if only by less than rounding
    if len(peaks) == 1:
        return peaks[0]
    return max(peaks, key=lambda t: log_likelihood(system, t, restricted=restricted))


def _score(system: System, t: float, *, restricted: bool) -> float:
    """Minus the score, as tr P / y'PPy - 1 (ML: tr W in place of tr P): a line in t for equal variances."""
    at = solve(system, t)
    trace = trace_p(system, at) if restricted else float(at.w.sum())
    return trace / max(quadratic(at), _LEAST) - 1


def _score_and_slope(system: System, t: float, *, restricted: bool) -> tuple[float, float]:
    at = solve(system, t)
    square = max(quadratic(at), _LEAST)
    if restricted:
        trace, minus_slope = trace_p(system, at), trace_pp(system, at)
    else:
        trace, minus_slope = float(at.w.sum()), float(np.vecdot(at.w, at.w))
    ratio = trace / square
    return ratio - 1, (2 * cubic(system, at) * ratio - minus_slope) / square


def log_likelihood(system: System, t: float, *, restricted: bool) -> float:
    """Log-likelihood at tau2 = `t`, effects profiled (restricted: integrated) out, up to a constant."""
    at = solve(system, t)
    return (float(np.log(at.w).sum()) - at.q) / 2 - (at.half_log_det if restricted else 0.0)
