"""Beta-binomial models: proportions that vary between studies as a beta distribution does.

No continuity correction, no normal approximation within studies, and studies without events keep their say
(Kuss 2015, Statistics in Medicine 34:1097).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit, logit

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.errors import ConvergenceError, InputError
from evidence.synthesis.counts import NAMES, CountPooled, Tables, refuse_empty, two_groups, wald
from evidence.synthesis.long_sums import survivors
from evidence.synthesis.profile import Profile, profile_end
from evidence.synthesis.quadrature import Objective, Top, maximise

LINKS = {"OR": "logit", "RR": "log"}
INTERVALS = {"profile": "profile-likelihood", "wald": "Wald"}
OPEN_END = 40.0  # an interval that reaches so far on a log or logit scale is open
STARTS = (0.1, 0.5)
ZERO_PSI = 1e-6


@dataclass(frozen=True, slots=True)
class _Group:
    """The studies that share one mean proportion: places j, and counts of studies with more than j events."""

    events: tuple[FloatArray, FloatArray]
    others: tuple[FloatArray, FloatArray]

    def terms(self, p: float, phi: float) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood without its denominator, with derivatives in (p, phi)."""
        value, gradient, hessian = 0.0, np.zeros(2), np.zeros((2, 2))
        for (j, counts), start, sign in ((self.events, p, 1.0), (self.others, 1 - p, -1.0)):
            inverse = 1 / (start + j * phi)
            value += float(counts @ np.log(start + j * phi))
            along = np.stack([np.full(j.size, sign), j]) * inverse
            gradient += along @ counts
            hessian -= (along * counts) @ along.T
        return value, gradient, hessian


def _inverse_link(link: str, eta: float) -> tuple[float, float, float]:
    """Proportion with its first and second derivative in the linear predictor."""
    if link == "log":
        p = float(np.exp(eta))
        return p, p, p
    p = float(expit(eta))
    return p, p * (1 - p), p * (1 - p) * (1 - 2 * p)


def _objective(groups: list[_Group], totals: FloatArray, design: FloatArray, link: str) -> Objective:
    """Log-likelihood in (beta, psi) with phi = psi**2 = rho / (1 - rho) (Griffiths 1973, product form)."""
    j, sizes = survivors(totals)

    def objective(at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        beta, psi = at[:-1], at[-1]
        phi, width = psi**2, beta.size
        per_size = j / (1 + j * phi)
        value = -float(sizes @ np.log1p(j * phi))
        slope_phi, bend_phi = -float(sizes @ per_size), float(sizes @ per_size**2)
        gradient, hessian = np.zeros(width + 1), np.zeros((width + 1, width + 1))
        for group, row in zip(groups, design, strict=True):
            p, first, second = _inverse_link(link, float(row @ beta))
            if not 0 < p < 1:
                return -np.inf, gradient, hessian
            at_group, slope, bend = group.terms(p, phi)
            value += at_group
            slope_phi += slope[1]
            bend_phi += bend[1, 1]
            gradient[:-1] += row * slope[0] * first
            hessian[:-1, :-1] += np.outer(row, row) * (bend[0, 0] * first**2 + slope[0] * second)
            hessian[:-1, -1] += row * bend[0, 1] * first * 2 * psi
        gradient[-1] = 2 * psi * slope_phi
        hessian[-1, :-1] = hessian[:-1, -1]
        hessian[-1, -1] = 4 * phi * bend_phi + 2 * slope_phi
        return value, gradient, hessian

    return objective


def _highest(objective: Objective, start: FloatArray, held: Sequence[int] = ()) -> Top:
    """Best of several climbs: the likelihood in psi can have a maximum at zero and another inside."""
    starts = [np.append(start, psi) for psi in STARTS]
    tops = [maximise(objective, each, what="Beta-binomial model", held=held) for each in starts]
    top = max(tops, key=lambda each: each.value)
    top.at[-1] = abs(top.at[-1])
    return top


def profile_interval(
    profile: Profile, centre: float, top: float, step: float, level: float
) -> tuple[float, float]:
    """Ends where a profile log-likelihood falls half a chi-squared quantile below its top.

    Parameters
    ----------
    profile : callable
        Log-likelihood maximised over all other parameters, and its slope.
    centre, top : float
        Estimate and log-likelihood there.
    step : float
        First distance to look at, about a standard error.
    level : float

    Returns
    -------
    low, high : float
        Infinite where the profile never falls so far.

    References
    ----------
    Venzon and Moolgavkar 1988, Applied Statistics 37:87.

    Examples
    --------
    >>> low, high = profile_interval(lambda x: (-x * x / 2, -x), 0.0, 0.0, 1.0, 0.95)
    >>> round(low, 4), round(high, 4)
    (-1.96, 1.96)
    """
    drop = float(stats.chi2.ppf(level, 1)) / 2

    def end(sign: float) -> float:
        inside, outside = centre, centre + sign * step
        while top - profile(outside)[0] < drop:
            if abs(outside) >= OPEN_END:
                return sign * np.inf
            inside, outside = outside, outside + sign * step
        return profile_end(profile, inside, outside, top=top, drop=drop)

    return end(-1.0), end(1.0)


def _standard_error(hessian: FloatArray, position: int, psi: float) -> float:
    """From the inverse Hessian; without the correlation where that lies on its edge of zero."""
    kept = hessian if psi > ZERO_PSI else hessian[:-1, :-1]
    return float(np.sqrt(np.linalg.inv(-kept)[position, position]))


@dataclass(frozen=True, slots=True)
class BetaBinomialFit:
    """Mean proportion of one set of groups: logit, its profile interval, correlation, log-likelihood."""

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    rho: float
    log_likelihood: float


def fit_proportion(x: FloatArray, n: FloatArray, level: float) -> BetaBinomialFit:
    """Fit one mean proportion with a profile-likelihood interval.

    Parameters
    ----------
    x, n : array, shape (k,)
        Events and people; some of both kinds must exist.
    level : float

    Returns
    -------
    BetaBinomialFit
        Estimate, standard error and interval on the logit scale of the mean proportion.

    Raises
    ------
    ConvergenceError
        If the likelihood has no maximum inside (all studies at 0 or 100 %).

    Examples
    --------
    >>> fit = fit_proportion(np.array([3.0, 9, 4]), np.array([20.0, 30, 25]), 0.95)
    >>> round(float(expit(fit.estimate)), 3)
    0.213
    """
    if np.all((x == 0) | (x == n)) and np.any(n > 1):
        raise ConvergenceError(
            "Beta-binomial model: every group has none or all of its people with the event,"
            " so the variation between groups has no bound. Show the groups one by one."
        )
    groups = [_Group(survivors(x), survivors(n - x))]
    objective = _objective(groups, n, np.ones((1, 1)), "logit")
    start = np.array([np.log(x.sum() / (n.sum() - x.sum()))])
    highest = _highest(objective, start)
    at, top = highest.at, highest.value

    def profile(eta: float) -> tuple[float, float]:
        found = _highest(objective, np.array([eta]), held=[0])
        return found.value, float(found.gradient[0])

    se = _standard_error(highest.hessian, 0, at[-1])
    low, high = profile_interval(profile, float(at[0]), top, se, level)
    phi = float(at[-1] ** 2)
    return BetaBinomialFit(float(at[0]), se, low, high, phi / (1 + phi), top)


def beta_binomial(
    *,
    ai: ArrayLike,
    n1i: ArrayLike,
    ci: ArrayLike,
    n2i: ArrayLike,
    measure: str = "OR",
    interval: str = "profile",
    level: float = 0.95,
) -> CountPooled:
    """Compare two groups by a beta-binomial regression of all arms.

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and people of the first and of the second group.
    measure : {"OR", "RR"}
        Logit or log link of the mean proportions.
    interval : {"profile", "wald"}
        Profile likelihood with a likelihood-ratio test, or estimate and standard error.
    level : float

    Returns
    -------
    CountPooled
        On the log scale; `parameters` holds the mean proportion of each group and the correlation `rho`
        within an arm.

    Raises
    ------
    InputError
        If counts are impossible, or a group has no events, or only events, in all studies.
    TooFewStudiesError
        If there are fewer than two studies.
    ConvergenceError
        If the likelihood has no maximum.

    Notes
    -----
    Events of an arm are beta-binomial with mean p1 or p2 and one correlation for all arms (Kuss 2015, the
    common-rho model). Studies without events count. The pairing of arms within a study is not used, so the
    comparison leans on arms across studies too: name it beside a within-study method, not instead of one.

    Examples
    --------
    >>> result = beta_binomial(ai=[1, 0, 3], n1i=[50, 40, 60], ci=[4, 2, 5], n2i=[50, 42, 58])
    >>> round(result.estimate, 2), round(result.parameters["rho"], 3)
    (-1.06, 0.0)
    """
    option("measure", measure, LINKS)
    option("interval", interval, INTERVALS)
    checked_level(level)
    tables = two_groups(ai, n1i, ci, n2i, least=2)
    refuse_empty(tables, "beta_binomial")
    _refuse_extremes(tables)
    pairs = ((tables.ci, tables.n2i), (tables.ai, tables.n1i))
    groups = [_Group(survivors(x), survivors(n - x)) for x, n in pairs]
    totals = np.concatenate([tables.n1i, tables.n2i])
    link = LINKS[measure]
    objective = _objective(groups, totals, np.array([[1.0, 0.0], [1.0, 1.0]]), link)
    second, first = (float(x.sum() / n.sum()) for x, n in pairs)
    to_link = logit if link == "logit" else np.log
    start = np.array([to_link(second), to_link(first) - to_link(second)])
    highest = _highest(objective, start)
    at, top = highest.at, highest.value
    se = _standard_error(highest.hessian, 1, at[-1])
    numbers = wald(float(at[1]), se, test="z", df=np.inf, level=level)
    if interval == "profile":
        numbers |= _profiled(objective, at, top, se, link, level)
    phi = float(at[-1] ** 2)
    means = [_inverse_link(link, float(eta))[0] for eta in (at[0] + at[1], at[0])]
    return CountPooled(
        measure=measure,
        method="beta-binomial",
        model="common correlation",
        **numbers,
        k=tables.k,
        k_used=tables.k,
        level=level,
        test="z" if interval == "wald" else "likelihood ratio",
        weights=np.full(tables.k, np.nan),
        parameters={"p1": means[0], "p2": means[1], "rho": phi / (1 + phi)},
        log_likelihood=top,
        text=(
            f"{NAMES[measure].capitalize()}s were estimated by a beta-binomial regression of all arms with"
            f" one correlation (Kuss 2015), maximum likelihood, {100 * level:g} %"
            f" {INTERVALS[interval]} interval, no continuity correction."
        ),
        notes=("The model does not use the pairing of arms within a study.",),
    )


def _refuse_extremes(tables: Tables) -> None:
    for name, x, n in (("ai", tables.ai, tables.n1i), ("ci", tables.ci, tables.n2i)):
        if x.sum() in (0, n.sum()):
            kind = "no events" if x.sum() == 0 else "only events"
            raise InputError(
                f"beta_binomial: {name} has {kind} in all {tables.k} studies, so the ratio has no finite"
                " estimate. Use peto, or mantel_haenszel with measure='RD'."
            )


def _profiled(
    objective: Objective, at: FloatArray, top: float, se: float, link: str, level: float
) -> dict[str, float]:
    """Profile interval of the effect and likelihood-ratio test of none."""

    def profile(effect: float) -> tuple[float, float]:
        base = at[0]
        if link == "log":  # both proportions must start below one
            base = min(base, -0.01 - max(effect, 0.0))
        found = _highest(objective, np.array([base, effect]), held=[1])
        return found.value, float(found.gradient[1])

    low, high = profile_interval(profile, float(at[1]), top, se, level)
    statistic = float(np.sign(at[1]) * np.sqrt(max(2 * (top - profile(0.0)[0]), 0.0)))
    return {
        "ci_low": low,
        "ci_high": high,
        "statistic": statistic,
        "p": float(2 * stats.norm.sf(abs(statistic))),
    }
