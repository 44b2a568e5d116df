"""Residual between-study variance of meta-regressions and its standard error, for many problems at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import gammaincinv

from evidence.arguments import FloatArray, option
from evidence.synthesis.kernels import roots
from evidence.synthesis.regression_kernels import (
    Fit,
    Regressions,
    cubic,
    fit_at,
    free,
    quadratic,
    regression_blocks,
    trace_of_two,
    trace_p,
    trace_pp,
)
from evidence.synthesis.tau2 import METHODS
from evidence.synthesis.tau2_scan import SCAN

_LEAST = 1e-290  # where y'PPy is 0, residuals are 0 and no likelihood has a maximum above 0
_STEPS = np.linspace(0, 1, SCAN)


def regression_tau2(given: Regressions, method: str) -> FloatArray:
    """Estimate the between-study variance that the moderators leave.

    Parameters
    ----------
    given : Regressions
    method : str
        As `evidence.synthesis.tau2.tau2`, with k - p in place of k - 1.

    Returns
    -------
    array, shape (n,)
        In units of vi; never below 0.

    Raises
    ------
    OptionError
        If there is no such method.

    Notes
    -----
    Formulas: Raudenbush 2009 (in Cooper, Hedges and Valentine, The Handbook of Research Synthesis, ch. 16)
    and Viechtbauer 2010 (J Stat Softw 36(3)). "SJ" starts from the variance of the estimates about their
    plain mean, moderators or not, as Viechtbauer's metafor does, so that it alone changes when a multiple of
    a moderator is added to the estimates.
    ML and REML take the highest of all maxima found, the boundary 0 included.

    Examples
    --------
    >>> from evidence.synthesis.regression_kernels import regressions
    >>> given = regressions([[1, 0], [1, 1], [1, 2], [1, 3]], [0, 2, 1, 3], [0.1, 0.1, 0.1, 0.1])
    >>> [round(float(regression_tau2(given, method)[0]), 6) for method in ("REML", "PM", "DL", "ML")]
    [0.8, 0.8, 0.8, 0.35]
    """
    estimator = _ESTIMATORS[option("method", method, METHODS)]
    found = np.concatenate([estimator(block) for block in regression_blocks(given)])
    return given.unit * np.maximum(found, 0.0)


def _zero(given: Regressions) -> FloatArray:
    return np.zeros(len(given.unit))


def _at(given: Regressions, t: FloatArray) -> Fit:
    return fit_at(given.x, given.y, given.v, t)


def _plain(given: Regressions) -> Fit:
    """Unweighted least squares."""
    return fit_at(given.x, given.y, np.ones_like(given.v), _zero(given))


def _start(given: Regressions) -> FloatArray:
    """Mean squared distance of the estimates from their plain mean."""
    return given.y.var(axis=-1)


def _dersimonian_laird(given: Regressions) -> FloatArray:
    at = _at(given, _zero(given))
    return (at.rss - given.df) / trace_p(at)


def _hedges(given: Regressions) -> FloatArray:
    at = _plain(given)
    return (at.rss - np.vecdot(given.v, free(at))) / given.df


def _hunter_schmidt(given: Regressions) -> FloatArray:
    at = _at(given, _zero(given))
    return (at.rss - given.y.shape[1]) / at.w.sum(axis=-1)


def _hunter_schmidt_k(given: Regressions) -> FloatArray:
    at, k = _at(given, _zero(given)), given.y.shape[1]
    return (at.rss * k / given.df - k) / at.w.sum(axis=-1)


def _sidik_jonkman(given: Regressions) -> FloatArray:
    start = _start(given)
    return start * _at(given, start).rss / given.df


def _paule_mandel(given: Regressions) -> FloatArray:
    return _solve_q(given, float(given.df))


def _paule_mandel_median(given: Regressions) -> FloatArray:
    return _solve_q(given, float(2 * gammaincinv(given.df / 2, 0.5)))


def _solve_q(given: Regressions, target: float) -> FloatArray:
    """Find the t at which y'Py falls to `target`, 0 if it starts below.

    y'Py is at most the unweighted sum of squares over 1 + t, which closes the bracket.
    """
    rows = np.flatnonzero(_at(given, _zero(given)).rss > target)
    found = _zero(given)
    if not rows.size:
        return found
    high = (_plain(given).rss[rows] / target) * (1 + 1e-7)
    guess = np.maximum(high - given.v.mean(axis=-1)[rows], 0.0)
    data = (given.x[rows], given.y[rows], given.v[rows], np.full(rows.size, target))
    found[rows] = roots(_q_equation, data, np.zeros(rows.size), high, guess)
    return found


def _q_equation(
    t: FloatArray, x: FloatArray, y: FloatArray, v: FloatArray, target: FloatArray
) -> tuple[FloatArray, FloatArray]:
    at = fit_at(x, y, v, t)
    return target / at.rss - 1, target / at.rss * (quadratic(at) / at.rss)


def _maximum_likelihood(given: Regressions) -> FloatArray:
    return _highest(given, _likelihood_equation, restricted=False)


def _restricted_maximum_likelihood(given: Regressions) -> FloatArray:
    return _highest(given, _restricted_equation, restricted=True)


Score = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


def _highest(given: Regressions, equation: Score, *, restricted: bool) -> FloatArray:
    """Value of t with the highest likelihood: every fall of the score through 0 is solved, the best kept.

    With B the mean square of unweighted residuals, y'PPy <= (k - p) B / (1 + t)^2 and
    tr P >= (k - p) / (t + max v), so that no maximum lies beyond (B + sqrt(B^2 + 4 B max v)) / 2.
    """
    between = _plain(given).rss / given.df
    last = (between + np.sqrt(between**2 + 4 * between * given.v[:, -1])) / 2 * (1 + 1e-9)
    grid = np.expm1(np.log1p(last)[:, None] * _STEPS)
    row = np.repeat(np.arange(len(grid)), SCAN)
    rising = (equation(grid.ravel(), given.x[row], given.y[row], given.v[row])[0] < 0).reshape(grid.shape)
    row, cell = np.nonzero(rising[:, :-1] & ~rising[:, 1:])
    low, high = grid[row, cell], grid[row, cell + 1]
    data = (given.x[row], given.y[row], given.v[row])
    peak = roots(equation, data, low, high, (low + high) / 2) if row.size else low
    everyone = np.arange(len(grid))
    row, peak = np.concatenate([everyone, row]), np.concatenate([_zero(given), peak])
    height = _log_likelihood(given.x[row], given.y[row], given.v[row], peak, restricted=restricted)
    best = _zero(given)
    order = np.argsort(height, kind="stable")
    best[row[order]] = peak[order]  # of several values for one row the last one stays
    return best


def _restricted_equation(
    t: FloatArray, x: FloatArray, y: FloatArray, v: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The REML score as tr P / y'PPy - 1, which is a line in t for equal variances."""
    at = fit_at(x, y, v, t)
    return _score(at, trace_p(at), trace_pp(at))


def _likelihood_equation(
    t: FloatArray, x: FloatArray, y: FloatArray, v: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The ML score as tr W / y'PPy - 1."""
    at = fit_at(x, y, v, t)
    return _score(at, at.w.sum(axis=-1), np.vecdot(at.w, at.w))


def _score(at: Fit, trace: FloatArray, minus_slope: FloatArray) -> tuple[FloatArray, FloatArray]:
    square = np.maximum(quadratic(at), _LEAST)
    ratio = trace / square
    return ratio - 1, (2 * cubic(at) * ratio - minus_slope) / square


def _log_likelihood(
    x: FloatArray, y: FloatArray, v: FloatArray, t: FloatArray, *, restricted: bool
) -> FloatArray:
    """Log-likelihood at `t`, coefficients profiled (restricted: integrated) out, up to a constant."""
    at = fit_at(x, y, v, t)
    determinant = np.log(np.abs(np.diagonal(at.r, axis1=-2, axis2=-1))).sum(axis=-1)
    return (np.log(at.w).sum(axis=-1) - at.rss) / 2 - (determinant if restricted else 0.0)


_ESTIMATORS: dict[str, Callable[[Regressions], FloatArray]] = {
    "EE": _zero,
    "DL": _dersimonian_laird,
    "HE": _hedges,
    "HS": _hunter_schmidt,
    "HSk": _hunter_schmidt_k,
    "SJ": _sidik_jonkman,
    "ML": _maximum_likelihood,
    "REML": _restricted_maximum_likelihood,
    "EB": _paule_mandel,
    "PM": _paule_mandel,
    "PMM": _paule_mandel_median,
}


def regression_tau2_se(given: Regressions, between: FloatArray, method: str) -> FloatArray:
    """Standard error of an estimate of residual tau2, shape (n,); NaN for "EE".

    The estimate `between` (n,) is in units of vi, `method` is how it was had.

    References
    ----------
    The variance of a quadratic form in normal variables (Viechtbauer 2005, J Educ Behav Stat 30:261, and
    2010, J Stat Softw 36(3)); for ML and REML the inverse of the expected information (Harville 1977).
    """
    option("method", method, METHODS)
    t, df, k = between / given.unit, given.df, given.y.shape[1]
    if method == "EE":
        return np.full(len(t), np.nan)
    if method in ("ML", "REML", "EB", "PM", "PMM"):
        at = _at(given, t)
        if method == "ML":
            return given.unit * np.sqrt(2 / np.vecdot(at.w, at.w))
        if method == "REML":
            return given.unit * np.sqrt(2 / trace_pp(at))
        return given.unit * k * np.sqrt(2 / df) / at.w.sum(axis=-1)
    if method in ("HE", "SJ"):
        return given.unit * _form_of_weights(given, t, method)
    at = _at(given, _zero(given))
    form = np.sqrt(2 * df + 4 * t * trace_p(at) + 2 * t**2 * trace_pp(at))
    by = {"DL": trace_p(at), "HS": at.w.sum(axis=-1), "HSk": at.w.sum(axis=-1) * df / k}
    return given.unit * form / by[method]


def _form_of_weights(given: Regressions, t: FloatArray, method: str) -> FloatArray:
    """Standard deviation of y'Py / (k - p) for weights that are not the inverse sampling variances.

    Its variance is 2 tr PSPS with S = V + t I, and PSPS has the trace of a form in s / (v0 + t0).
    """
    start = _start(given) if method == "SJ" else _zero(given)
    at = _at(given, start) if method == "SJ" else _plain(given)
    spread = np.sqrt(np.maximum(2 * trace_of_two(at, at.w * (given.v + t[:, None])), 0.0))
    return spread / given.df * (start if method == "SJ" else 1.0)
