"""Odds ratios of rare events in two groups: summed tables, inverse variance and the binomial-normal models.

Groups are of one size, and the risk of the second differs between studies in every world. The kernels are
those of the package; `ev.choose_method` picks among the methods by a rule that looks at no result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from evidence.arguments import FloatArray
from evidence.effects.binary import corrected, log_or
from evidence.effects.measures import DEFAULT_ADD, DEFAULT_TO
from evidence.synthesis.binary import excess_events, mh_odds_ratio
from evidence.synthesis.counts import Tables
from evidence.synthesis.inference import quantile
from evidence.synthesis.method_choice import picked
from simulations.intervals import LEVEL, pooled
from simulations.rare_models import MODELS, two_group_fits
from simulations.scenarios import Scenario

BETWEEN_RISKS = 0.5  # standard deviation of the second group's logit between studies
CHOICE = "ev.choose_method"
MH, PETO, INVERSE, GLMM = "Mantel-Haenszel", "Peto", "inverse variance, REML, adhoc", "GLMM UM.FS, z"
CHOSEN = {"MH": MH, "PETO": PETO, "IV": INVERSE, "GLMM": GLMM}  # the rule's code -> the method's name here


class Interval(NamedTuple):
    """Log odds ratios and half widths of their intervals, each of shape (rows,); NaN where there is none."""

    estimate: FloatArray
    half: FloatArray


def simulate_rare_groups(scenario: Scenario, draws: int) -> list[dict[str, object]]:
    """Return one row a method of one scenario.

    An interval can lie below the mean log odds ratio, or above it. Where a method gives none, that is
    neither.

    Examples
    --------
    >>> world = Scenario("rare_groups", 0, 5, 30, 0.7, 0.0, share=0.02)
    >>> [row["method"] for row in simulate_rare_groups(world, draws=50)][:3]
    ['Mantel-Haenszel', 'Mantel-Haenszel, 0.5 added', 'Peto']
    """
    found = intervals(drawn(scenario, draws), scenario.n)
    return [{"method": name} | scores(interval, scenario.effect) for name, interval in found.items()]


def drawn(scenario: Scenario, draws: int) -> Tables:
    """Draw the counts of many meta-analyses, shape (draws, k).

    Examples
    --------
    >>> drawn(Scenario("rare_groups", 0, 5, 30, 0.7, 0.0, share=0.02), draws=2).ai.shape
    (2, 5)
    """
    rng = scenario.generator()
    shape = (draws, scenario.k)
    second = logit(scenario.share) + BETWEEN_RISKS * rng.standard_normal(shape)
    first = second + scenario.effect + scenario.tau * rng.standard_normal(shape)
    people = np.full(shape, float(scenario.n))
    events = [rng.binomial(scenario.n, expit(each)).astype(float) for each in (first, second)]
    return Tables(events[0], people, events[1], people)


def intervals(tables: Tables, n: int) -> dict[str, Interval]:
    """Return the intervals of every method, and of the choice among them, for rows of tables.

    Parameters
    ----------
    tables : Tables
        Counts of shape (rows, k).
    n : int
        People of every group.

    Examples
    --------
    >>> one = Tables(*(np.array([x], dtype=float) for x in ([3, 4], [10, 10], [2, 1], [10, 10])))
    >>> round(float(np.exp(intervals(one, 10)["Mantel-Haenszel"].estimate[0])), 6)
    3.0
    """
    added = corrected(tables.columns, DEFAULT_ADD, DEFAULT_TO)
    nothing = tables.one_sided.all(axis=1)
    found = {
        MH: _wald(*_mantel_haenszel(tables)),
        f"{MH}, 0.5 added": _wald(*_mantel_haenszel(Tables(**added)), none=nothing),
        PETO: _wald(*_peto(tables)),
    }
    found |= _by_inverse_variance(*log_or(**added)) | _by_likelihood(tables, n)
    return found | {CHOICE: _chosen(picked(tables), found)}


def _mantel_haenszel(tables: Tables) -> tuple[FloatArray, FloatArray]:
    """The package's kernel where it may have no finite answer, which `_wald` takes for none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return mh_odds_ratio(tables)


def _peto(tables: Tables) -> tuple[FloatArray, FloatArray]:
    excess, variance = (part.sum(axis=1) for part in excess_events(tables))
    with np.errstate(divide="ignore", invalid="ignore"):
        return excess / variance, 1 / variance


def _wald(
    estimate: FloatArray,
    variance: FloatArray,
    none: FloatArray | bool = False,
    df: FloatArray | float = np.inf,
) -> Interval:
    """Interval by z or t; NaN where the estimate or its variance is not finite."""
    gone = none | ~(np.isfinite(estimate) & np.isfinite(variance))
    half = quantile(df, LEVEL) * np.sqrt(np.where(gone, np.nan, variance))
    return Interval(np.where(gone, np.nan, estimate), half)


def _by_inverse_variance(yi: FloatArray, vi: FloatArray) -> dict[str, Interval]:
    """Pool log odds ratios as RevMan long did by default, and as the protocol does."""
    found = {}
    for method, test in (("DL", "z"), ("REML", "adhoc")):
        numbers = pooled(yi, vi, method)
        found[f"inverse variance, {method}, {test}"] = Interval(numbers["estimate"], numbers[f"ci_{test}"])
    return found


def _by_likelihood(tables: Tables, n: int) -> dict[str, Interval]:
    """Wald intervals of the models; NaN where one is not fitted or has no maximum."""
    found = {}
    for model in MODELS:
        fits = two_group_fits(tables.ai.astype(int), tables.ci.astype(int), n, model)
        found[f"GLMM {model}, z"] = _wald(fits.estimate, fits.se**2)
        df = np.maximum(fits.informative - 1.0, 1)
        found[f"GLMM {model}, t"] = _wald(fits.estimate, fits.se**2, df=df)
    return found


def _chosen(codes: FloatArray, found: dict[str, Interval]) -> Interval:
    chosen = np.full((len(Interval._fields), codes.size), np.nan)
    for code, name in CHOSEN.items():
        rows = codes == code
        chosen[:, rows] = np.stack(found[name])[:, rows]
    return Interval(*chosen)


def scores(interval: Interval, effect: float) -> dict[str, float]:
    """Return bias, mean width and how often intervals miss the truth, or are none.

    Examples
    --------
    >>> given = Interval(np.array([0.0, 1.0, np.nan, 3.0]), np.array([0.5, 1.5, np.nan, 1.0]))
    >>> scores(given, effect=1.0)
    {'bias': 0.3333333333333333, 'width': 2.0, 'below': 0.25, 'above': 0.25, 'none': 0.25}
    """
    estimate, half = interval
    given = ~np.isnan(half)
    some = given.any()
    return {
        "bias": float(np.mean(estimate[given] - effect)) if some else float("nan"),
        "width": float(2 * np.mean(half[given])) if some else float("nan"),
        "below": float(np.mean(estimate + half < effect)),
        "above": float(np.mean(estimate - half > effect)),
        "none": float(np.mean(~given)),
    }
