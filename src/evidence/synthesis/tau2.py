"""Estimators of the between-study variance tau2 and their standard errors, for many problems at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from evidence.arguments import FloatArray, option
from evidence.synthesis.kernels import (
    Problems,
    Weighted,
    blocks,
    cubic,
    ones,
    quadratic,
    roots,
    spread,
    trace_p,
    trace_pp,
    weighted,
)
from evidence.synthesis.tau2_scan import scan

METHODS = ("EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")

IntArray = NDArray[np.intp]


def tau2(given: Problems, method: str) -> FloatArray:
    """Estimate the between-study variance of every problem.

    Parameters
    ----------
    given : Problems
    method : str
        Between-study variance by "EE" (equal effects: 0), "DL" (DerSimonian and Laird 1986, Control Clin
        Trials 7:177), "HE" (Hedges and Olkin 1985, p. 194), "HS" (Hunter and Schmidt 1990, p. 285), "HSk"
        (HS with k / (k - 1): Brannick et al. 2019, Psychol Methods 24:207), "SJ" (Sidik and Jonkman 2005, J
        R Stat Soc C 54:367), "ML", "REML" (Harville 1977, J Am Stat Assoc 72:320; Raudenbush 2009), "EB"
        (empirical Bayes: Morris 1983, J Am Stat Assoc 78:47), "PM" (Paule and Mandel 1982, J Res Natl Bur
        Stand 87:377; it solves the equation of EB) or "PMM" (the same with the median of Q in place of its
        mean: Viechtbauer 2021, Handbook of Meta-Analysis, p. 229).

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
    Formulas in Viechtbauer 2005 (J Educ Behav Stat 30:261) and Veroniki et al. 2016 (Res Synth Methods 7:55).
    ML and REML take the highest of all maxima found, the boundary 0 included. They look between 12
    or more values of tau2; in simulations, one was missed (rarely) only where variances differed a
    million-fold.

    Examples
    --------
    >>> from evidence.synthesis.kernels import problems
    >>> three = problems([0.0, 1.0, 2.0], [0.5, 0.5, 0.5])
    >>> [round(float(tau2(three, method)[0]), 6) for method in ("DL", "REML", "PM", "ML")]
    [0.5, 0.5, 0.5, 0.166667]
    """
    estimator = _ESTIMATORS[option("method", method, METHODS)]
    found = np.concatenate([estimator(block) for block in blocks(given)])
    return given.unit * np.maximum(found, 0.0)


def _zero(given: Problems) -> FloatArray:
    return np.zeros(len(given.k))


def _dersimonian_laird(given: Problems) -> FloatArray:
    at = given.zero
    return (at.q - (given.k - 1)) / trace_p(at)


def _sum_v(given: Problems, power: int = 1) -> FloatArray:
    """Sum of v (or v^2) with the anchor's 1."""
    v = np.where(given.others > 0, given.v, 0.0)
    return 1 + v**power @ ones(given.v.shape[-1])


def _hedges(given: Problems) -> FloatArray:
    return spread(given) / (given.k - 1) - _sum_v(given) / given.k


def _hunter_schmidt(given: Problems) -> FloatArray:
    at = given.zero
    return (at.q - given.k) / at.s1


def _hunter_schmidt_k(given: Problems) -> FloatArray:
    at = given.zero
    return (at.q * given.k / (given.k - 1) - given.k) / at.s1


def _sidik_jonkman(given: Problems) -> FloatArray:
    start = spread(given) / given.k
    return start * weighted(given.y, given.v, start).q / (given.k - 1)


def _paule_mandel(given: Problems) -> FloatArray:
    return solve_q(given, given.k - 1)


def _paule_mandel_median(given: Problems) -> FloatArray:
    return solve_q(given, 2 * gammaincinv((given.k - 1) / 2, 0.5))


def solve_q(given: Problems, target: FloatArray, row: IntArray | None = None) -> FloatArray:
    """Find the t at which Cochran's generalised Q falls to `target`, 0 if it starts below.

    1 / Q is nearly a line in t (exactly one for equal variances), so Newton's steps go along it. Q is at most
    the unweighted sum of squares over ``1 + t``, which closes the bracket for any data.

    Parameters
    ----------
    given : Problems
    target : array, shape (m,)
        Above 0.
    row : array of int, shape (m,), optional
        Problem that each target belongs to; by default one target a problem.

    Returns
    -------
    array, shape (m,)
        In units of the anchor's variance.
    """
    row = np.arange(target.size) if row is None else row
    q = given.zero.q[row]
    found = np.zeros(target.size)
    solved = np.flatnonzero(q > target)
    if not solved.size:
        return found
    row, target, q = row[solved], target[solved], q[solved]
    bound = spread(given)[row] / target
    high = bound * (1 + 1e-7)
    tangent = (q / target - 1) * q / quadratic(given.zero)[row]
    guess = np.minimum(np.maximum(tangent, bound - (_sum_v(given) / given.k)[row]), high)
    data = (given.y[row], given.v[row], target)
    found[solved] = roots(_q_equation, data, np.zeros(row.size), high, guess)
    return found


def _q_equation(
    t: FloatArray, y: FloatArray, v: FloatArray, target: FloatArray
) -> tuple[FloatArray, FloatArray]:
    at = weighted(y, v, t)
    return target / at.q - 1, target * quadratic(at) / at.q**2


def _maximum_likelihood(given: Problems) -> FloatArray:
    return _highest(given, restricted=False)


def _restricted_maximum_likelihood(given: Problems) -> FloatArray:
    return _highest(given, restricted=True)


def _highest(given: Problems, *, restricted: bool) -> FloatArray:
    """Value of t with the highest likelihood: every fall of the score through 0 is solved, the best kept."""
    grid, ratio = scan(given, restricted=restricted)
    rising = ratio < 0
    row, cell = np.nonzero(rising[:, :-1] & ~rising[:, 1:])
    low, high = grid[row, cell], grid[row, cell + 1]
    start, end = ratio[row, cell], ratio[row, cell + 1]
    equation = _restricted_equation if restricted else _likelihood_equation
    same = row.size == len(grid) and (row[1:] > row[:-1]).all()
    data = (given.y, given.v) if same else (given.y[row], given.v[row])
    peak = roots(equation, data, low, high, low + (high - low) * start / (start - end))
    best = _zero(given)
    best[row] = peak
    several = np.bincount(row, minlength=len(grid)) + ~rising[:, 0] > 1
    if several.any():
        _keep_best(given, best, several, row, peak, restricted=restricted)
    return best


def _keep_best(
    given: Problems,
    best: FloatArray,
    several: FloatArray,
    row: FloatArray,
    peak: FloatArray,
    *,
    restricted: bool,
) -> None:
    """Set `best` of the problems with several maxima (0 may be one) to the highest of them."""
    chosen = several[row]
    zeros = np.flatnonzero(several)
    row, t = np.concatenate([zeros, row[chosen]]), np.concatenate([np.zeros(zeros.size), peak[chosen]])
    height = log_likelihood(given.y[row], given.v[row], t, restricted=restricted)
    order = np.argsort(height, kind="stable")
    best[row[order]] = t[order]  # of several values for one row the last one stays


def _restricted_equation(t: FloatArray, y: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The REML score as tr P / y'PPy - 1, which is a line in t for equal variances."""
    at = weighted(y, v, t)
    trace, square = trace_p(at), quadratic(at)
    ratio = trace / square
    return ratio - 1, (2 * cubic(at) * ratio - trace_pp(at)) / square


def _likelihood_equation(t: FloatArray, y: FloatArray, v: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The ML score as tr W / y'PPy - 1."""
    at = weighted(y, v, t)
    square = quadratic(at)
    ratio = at.s1 / square
    return ratio - 1, (2 * cubic(at) * ratio - np.vecdot(at.w, at.w) - at.w0**2) / square


def log_likelihood(y: FloatArray, v: FloatArray, t: FloatArray, *, restricted: bool) -> FloatArray:
    """Log-likelihood at `t` with the mean profiled (or, restricted, integrated) out, up to a constant.

    Parameters
    ----------
    y, v : array, shape (n, k)
        Of `Problems`.
    t : array, shape (n,)
        In units of the anchor's variance.
    restricted : bool

    References
    ----------
    Harville 1977, J Am Stat Assoc 72:320, section 3.
    """
    at = weighted(y, v, t)
    used = np.isfinite(v)
    log_v = np.log(v + t[:, None], where=used, out=np.zeros(v.shape)).sum(axis=-1) + np.log1p(t)
    return -(log_v + at.q + (np.log(at.s1) if restricted else 0.0)) / 2


_ESTIMATORS: dict[str, Callable[[Problems], FloatArray]] = {
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


def tau2_se(given: Problems, between: FloatArray, method: str, *, at: Weighted | None = None) -> FloatArray:
    """Standard error of an estimate of tau2; NaN for "EE".

    Parameters
    ----------
    given : Problems
    between : array, shape (n,)
        The estimate, in units of vi.
    method : str
        How it was estimated.
    at : Weighted, optional
        At that estimate, where it is at hand.

    Returns
    -------
    array, shape (n,)

    References
    ----------
    The variance of a quadratic form in normal variables (Viechtbauer 2005, J Educ Behav Stat 30:261, and
    2010, J Stat Softw 36(3)); for ML and REML the inverse of the expected information (Harville 1977).
    """
    t = between / given.unit
    at = weighted(given.y, given.v, t) if at is None else at
    return given.unit * _standard_error(given, t, at, option("method", method, METHODS))


def _standard_error(given: Problems, t: FloatArray, at: Weighted, method: str) -> FloatArray:
    k = given.k
    if method == "EE":
        return np.full(t.size, np.nan)
    if method == "REML":
        return np.sqrt(2 / trace_pp(at))
    if method == "ML":
        return np.sqrt(2 / (np.vecdot(at.w, at.w) + at.w0**2))
    if method in ("EB", "PM", "PMM"):
        return k * np.sqrt(2 / (k - 1)) / at.s1
    if method == "HE":
        return _se_hedges(given, t)
    if method == "SJ":
        return _se_sidik_jonkman(given, t)
    trace = trace_p(given.zero)
    form = np.sqrt(2 * (k - 1) + 4 * t * trace + 2 * t**2 * trace_pp(given.zero))
    if method == "DL":
        return form / trace
    return form / given.zero.s1 * (k / (k - 1) if method == "HSk" else 1)


def _se_hedges(given: Problems, t: FloatArray) -> FloatArray:
    """P here is that of equal weights."""
    k, total = given.k, _sum_v(given)
    pvpv = _sum_v(given, 2) * (1 - 2 / k) + (total / k) ** 2
    return np.sqrt(2 * pvpv + 4 * t * total * (1 - 1 / k) + 2 * t**2 * (k - 1)) / (k - 1)


def _se_sidik_jonkman(given: Problems, t: FloatArray) -> FloatArray:
    """With w = 1 / (v + t0), V = 1 / w - t0, so that tr PVPV = (k - 1) - 2 t0 tr P + t0^2 tr PP."""
    start = spread(given) / given.k
    first = weighted(given.y, given.v, start)
    trace, square = trace_p(first), trace_pp(first)
    pvpv = (given.k - 1) - 2 * start * trace + start**2 * square
    form = 2 * pvpv + 4 * t * (trace - start * square) + 2 * t**2 * square
    return start / (given.k - 1) * np.sqrt(np.maximum(form, 0))
