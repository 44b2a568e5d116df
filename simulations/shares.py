"""Shares of people with a rare event, by summed counts, pooled transforms and the binomial-normal model.

The model is fitted by maximum likelihood and by Bayes; `ev.proportion` chooses among these and the exact one.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from evidence.arguments import FloatArray
from evidence.effects.single import pas, plo
from evidence.synthesis.exact import METHODS, exact_interval
from evidence.synthesis.inference import quantile
from evidence.synthesis.proportion import FEW_EVENTS
from simulations.intervals import LEVEL, pooled
from simulations.rare_bayes import logit_intervals
from simulations.rare_likelihood import likelihood_fits
from simulations.scenarios import Scenario

Ends = tuple[FloatArray, FloatArray]
CHOICE = "ev.proportion"


def simulate_shares(scenario: Scenario, draws: int) -> list[dict[str, object]]:
    """Return one row an interval of one scenario.

    An interval is scored for the proportion of a typical (median) group and for the mean of all groups, which
    differ where groups do; for each it can lie below the truth, or above it. Where a method gives none, that
    is neither.

    Examples
    --------
    >>> rows = simulate_shares(Scenario("shares", 0, 5, 30, 0.02, 0.0), draws=50)
    >>> [row["method"] for row in rows][:2]
    ['Clopper-Pearson', 'Wilson']
    """
    rng = scenario.generator()
    shape = (draws, scenario.k)
    with np.errstate(divide="ignore"):
        chance = expit(logit(scenario.effect) + scenario.tau * rng.standard_normal(shape))
    events = rng.binomial(scenario.n, chance)
    return [
        {"method": name} | _scores(ends, scenario) for name, ends in _intervals(events, scenario.n).items()
    ]


def _intervals(events: FloatArray, n: int) -> dict[str, Ends]:
    total, people = events.sum(axis=1), np.full(len(events), n * events.shape[1])
    found = {method: exact_interval(total, people, method=method, level=LEVEL) for method in METHODS}
    for name, half_added in (("logit of every group, one half added", True), ("arcsine", False)):
        for test in ("z", "adhoc"):
            found[f"{name}, {test}"] = _transformed(events, n, test, by_logit=half_added)
    low, high = logit_intervals(events, n, LEVEL)
    found |= {"Bayesian": (expit(low), expit(high))} | _by_likelihood(events, n)
    return found | {CHOICE: _chosen(events, n, found)}


def _by_likelihood(events: FloatArray, n: int) -> dict[str, Ends]:
    """Wald intervals of the GLMM; NaN where it is not fitted or has no maximum."""
    fits, found = likelihood_fits(events, n), {}
    for test, df in (("z", np.inf), ("t", float(events.shape[1] - 1))):
        half = quantile(df, LEVEL) * fits.se
        found[f"GLMM, {test}"] = expit(fits.estimate - half), expit(fits.estimate + half)
    return found


def _chosen(events: FloatArray, n: int, found: dict[str, Ends]) -> Ends:
    """Primary intervals of `ev.proportion`: exact, Bayesian where events are rare, or the GLMM's."""
    totals = np.stack([events.sum(axis=1), (n - events).sum(axis=1)])
    silent = np.stack([(counts == 0).sum(axis=1) for counts in (events, n - events)])
    rare = ((totals < FEW_EVENTS) | (2 * silent >= events.shape[1])).any(axis=0)
    low, high = (
        np.where(rare | np.isnan(likely), bayesian, likely)
        for likely, bayesian in zip(found["GLMM, z"], found["Bayesian"], strict=True)
    )
    one_sided = (totals == 0).any(axis=0)
    exact = found["Clopper-Pearson"]
    return np.where(one_sided, exact[0], low), np.where(one_sided, exact[1], high)


def _transformed(events: FloatArray, n: int, test: str, *, by_logit: bool) -> Ends:
    """Pool transformed proportions by inverse variance (REML) and bring the ends back."""
    people = np.full(events.shape, float(n))
    yi, vi = plo(events + 0.5, people + 1) if by_logit else pas(events, people)
    numbers = pooled(yi, vi, "REML")
    half = numbers[f"ci_{test}"]
    low, high = numbers["estimate"] - half, numbers["estimate"] + half
    if by_logit:
        return expit(low), expit(high)
    return np.sin(np.clip(low, 0, np.pi / 2)) ** 2, np.sin(np.clip(high, 0, np.pi / 2)) ** 2


def _scores(ends: Ends, scenario: Scenario) -> dict[str, float]:
    low, high = ends
    given = ~np.isnan(low)
    found = {"width": float(np.mean((high - low)[given])) if given.any() else float("nan")}
    for name, truth in (("median", scenario.effect), ("mean", _mean_share(scenario))):
        found[f"below_{name}"] = float(np.mean(high < truth))
        found[f"above_{name}"] = float(np.mean(low > truth))
    return found | {"none": float(np.mean(~given))}


def _mean_share(scenario: Scenario) -> float:
    """Mean proportion of all groups, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    with np.errstate(divide="ignore"):
        chance = expit(logit(scenario.effect) + scenario.tau * nodes)
    return float(weights @ chance / weights.sum())
