"""What a study's effect may be once its missing number is had: drawn from what is known of it.

Nothing here is data. Each draw says by its basis from what it was made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from evidence.arguments import FloatArray
from evidence.robustness.missing import Missing
from evidence.robustness.printed_cells import PValue
from evidence.robustness.spreads import SpreadLibrary
from evidence.robustness.stratified import Regions, cut_mixture, resampled, stratified
from evidence.robustness.study_precision import Model, Precision, precision
from evidence.tables.question import Question

BASES = {
    "numbers": "the printed means and SDs",
    "sd": "the printed mean change or means; SD resampled",
    "percent": "the printed percent change; baseline mean over SD resampled",
    "p": "the exact p value",
    "p_bound": "predictive distribution, cut to the printed p value",
    "direction": "predictive distribution, cut to the printed direction",
    "predictive": "predictive distribution of the pooled model",
    "share": "the printed percent of people",
    "count": "the printed count; people of the study",
}
EVERYWHERE: Regions = ((-np.inf, np.inf),)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Simulated effects of one row.

    Attributes
    ----------
    yi, vi : array, shape (draws,)
    basis : str
        Key of `BASES`.
    assumption : str
        In words, what was assumed.
    xi, ni : array, shape (draws,) or (0,)
        Simulated counts of a share.
    """

    yi: FloatArray
    vi: FloatArray
    basis: str
    assumption: str
    xi: FloatArray = field(default_factory=lambda: np.empty(0))
    ni: FloatArray = field(default_factory=lambda: np.empty(0))


def simulate(
    missing: Missing,
    question: Question,
    measure: str,
    model: Model,
    library: SpreadLibrary,
    rng: np.random.Generator,
    draws: int,
) -> Drawn:
    """Draw the effect that a row may turn out to have.

    The best of what is known is used, in this order: means and SDs; a mean change with an SD resampled from
    other studies; a percent change likewise; an exact p value; the predictive distribution of the pooled
    model, cut to what a bound of p and the direction allow. A share is drawn from its printed percent or
    count, else from the predictive distribution.

    Parameters
    ----------
    missing : Missing
    question : Question
    measure : str
    model : Model
    library : SpreadLibrary
    rng : Generator
    draws : int

    Returns
    -------
    Drawn
    """
    if question.kind == "proportion":
        return _share(missing, model, rng, draws)
    people, said = _people(missing, model)
    spread = precision(measure, people, model, paired=missing.paired)
    found = _from_numbers(missing, question, measure, spread, library, rng, draws)
    if found is None:
        found = _from_test(missing, spread, model, rng, draws)
    yi, basis, assumption = found
    return Drawn(yi, spread.variance(yi), basis, "; ".join(filter(None, (assumption, said))))


def _people(missing: Missing, model: Model) -> tuple[tuple[float, ...], str]:
    """Return the people of each arm; those that nothing tells are as many as the pooled rows' median."""
    arms = len(missing.people)
    typical = model.people / (1 if missing.paired else arms)
    sizes = tuple(each.n if np.isfinite(each.n) else typical for each in missing.people)
    said = dict.fromkeys(each.basis for each in missing.people if np.isfinite(each.n) and each.basis)
    if any(not np.isfinite(each.n) for each in missing.people):
        said[f"{sum(sizes) / (arms if missing.paired else 1):.0f} people, the median of the pooled rows"] = (
            None
        )
    return sizes, "; ".join(said)


Found = tuple[FloatArray, str, str]


def _from_numbers(
    missing: Missing,
    question: Question,
    measure: str,
    spread: Precision,
    library: SpreadLibrary,
    rng: np.random.Generator,
    draws: int,
) -> Found | None:
    """Draw a standardised effect from printed means and changes; None where they do not allow it."""
    if measure not in {"SMCR", "SMD"}:
        return None
    first, last = missing.cells[0], missing.cells[-1]
    compared = len(missing.cells) > 1
    sign = 1.0 if first.higher_is == "better" else -1.0
    difference = sign * (first.mean_after - last.mean_after) if compared else first.difference
    sds = (first.sd_after, last.sd_after) if compared else (first.sd_before,)
    visit = "final" if compared else "baseline"
    study = missing.study_id
    if np.isfinite(difference):
        if np.isfinite(sds).all() and "spread_kind" not in missing.codes:
            sd = float(np.sqrt(np.mean(np.square(sds))))
            return np.full(draws, spread.factor * difference / sd), "numbers", ""
        found = library.sds(first.scale_name, first.outcome, visit, but=study)
        if found is not None:
            words = f"SD resampled from {len(found.printed)} studies ({found.of})"
            return spread.factor * difference / resampled(found.printed, rng, draws), "sd", words
    percent = first.percent - last.percent if compared else first.percent
    found = library.ratios(first.scale_name, _scored(missing, question), visit, but=study)
    if np.isfinite(percent) and found is not None:
        ratio = resampled(found.printed, rng, draws)
        words = f"mean before over SD resampled from {len(found.printed)} studies ({found.of})"
        return spread.factor * percent / 100 * ratio, "percent", words
    return None


def _scored(missing: Missing, question: Question) -> tuple[str, ...]:
    """Return the outcomes whose SDs may stand for that of a percent: its own, else every severity score."""
    outcome = missing.cells[0].outcome
    if outcome in {"", "percent_improvement"}:
        return question.outcomes
    return (outcome,)


def _from_test(
    missing: Missing, spread: Precision, model: Model, rng: np.random.Generator, draws: int
) -> Found:
    """Draw from an exact p value, else from the predictive distribution, cut to bound and direction."""
    p, sign = missing.p, missing.direction
    own = spread.variance(model.predictive.centre)
    if p is not None and p.op == "=":
        size = spread.effect(p.value)
        words = "test of means as the primary model takes it"
        if sign:
            return np.full(draws, sign * size), "p", words
        plus, minus = (model.predictive.density(end, own) for end in (size, -size))
        share = plus / (plus + minus) if plus + minus > 0 else float(model.predictive.mean > 0)
        sides = np.where(stratified(rng, draws) < share, size, -size)
        return sides, "p", f"{words}; side drawn by the pooled model"
    regions, words = _allowed(p, sign, spread)
    basis = "p_bound" if p is not None else "direction" if sign else "predictive"
    return cut_mixture(model.predictive, own, regions, rng, draws), basis, words


def _allowed(p: PValue | None, sign: int, spread: Precision) -> tuple[Regions, str]:
    """Return the intervals in which an effect may lie."""
    bound = 0.0 if p is None else spread.effect(p.value)
    if p is not None and p.op == ">":
        ends = (-bound if sign <= 0 else 0.0, bound if sign >= 0 else 0.0)
        return (ends,), f"effect small enough for {p}"
    sides = {1: ((bound, np.inf),), -1: ((-np.inf, -bound),)}
    if sign:
        return sides[sign], f"effect large enough for {p}" if p is not None else ""
    if p is None:
        return EVERYWHERE, ""
    return (*sides[-1], *sides[1]), f"effect large enough for {p}"


def _share(missing: Missing, model: Model, rng: np.random.Generator, draws: int) -> Drawn:
    """Draw a count and its people; the logit has 0.5 added to empty cells, as the tables' own rows have."""
    cells = missing.cells[0]
    sizes, said = _people(missing, model)
    ni = np.full(draws, np.round(max(sizes[0], 1.0)))
    assumption = said
    if np.isfinite(cells.count):
        basis, xi = "count", np.full(draws, cells.count)
        ni = np.maximum(ni, xi)
        assumption = said or f"denominator {ni[0]:.0f}, the people of the arm"
    elif np.isfinite(cells.share):
        basis, xi = "share", np.round(cells.share / 100 * ni)
    else:
        basis = "predictive"
        logit = cut_mixture(model.predictive, np.zeros(1), EVERYWHERE, rng, draws)
        xi = rng.binomial(ni.astype(int), 1 / (1 + np.exp(-logit))).astype(float)
    extra = np.where((xi == 0) | (xi == ni), 0.5, 0.0)
    events, others = xi + extra, ni - xi + extra
    return Drawn(np.log(events / others), 1 / events + 1 / others, basis, assumption, xi, ni)
