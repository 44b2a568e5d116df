"""The computed steps of a certainty rating, one small function a reason for rating down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from evidence.arguments import FloatArray
from evidence.certainty.reading import Reading, reading
from evidence.certainty.risk_of_bias import risk_of_bias
from evidence.effects.scale import scale
from evidence.review import Review
from evidence.robustness.small_study import small_study
from evidence.robustness.small_study_input import LEAST
from evidence.synthesis.answer import Answer
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion
from evidence.synthesis.proportion_result import BAYES

MOST_WEIGHT = 50.0
ENOUGH_PEOPLE = 400
ENOUGH_EVENTS = 300
MUCH_I2 = 50.0
ASYMMETRY_P = 0.1
HOMOGENEITY_P = 0.05
MOST_REPORTS = 0.5

Step = tuple[int, float | None, str]


@dataclass(frozen=True)
class Body:
    """The evidence behind one answer, as the steps look at it."""

    review: Review
    found: Answer

    @cached_property
    def reading(self) -> Reading | None:
        """The interval of the answer."""
        return reading(self.found)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Rows that entered."""
        return self.found.effects.included

    @property
    def binary(self) -> bool:
        """Whether people with an event are counted, not scores compared."""
        return self.found.effects.scale in {"log", "logit"} or self.found.effects.measure == "RD"

    @property
    def events(self) -> float:
        """People with the event, in all arms."""
        names = [name for name in ("xi", "events_1", "events_2") if name in self.rows]
        return float(self.rows[names].sum().sum())


def start(body: Body) -> tuple[str, str]:
    """Return the level at which a rating starts, and why."""
    question = body.found.question
    if question.kind == "change":
        return "very_low", "a change before and after treatment, read as an effect"
    if question.kind == "proportion":
        if "responder" in question.outcomes:
            return "very_low", "a share of one group after treatment, read as an effect"
        return "low", "a share counted in groups without a comparison"
    if (body.rows["randomised"] == "yes").all():
        return "high", "randomised comparisons"
    return "low", "comparisons that are not all randomised"


def _risk_of_bias(body: Body) -> Step:
    rob = risk_of_bias(body.review, body.found.question.id, found=body.found)
    total, unknown = rob.at_risk(count_start=False)
    said = f"{total:.0f} % of the weight is at high risk of bias or cannot be judged"
    if unknown > 0:
        said += f" ({unknown:.0f} % only because nothing is printed)"
    return -1 if total > MOST_WEIGHT else 0, total, said


def _inconsistency(body: Body) -> Step:
    held, result = body.reading, body.found.result
    if held is None or result is None:
        return 0, None, "not to be judged: fewer than two studies, or nothing pooled"
    if isinstance(result, Proportion):
        return _inconsistent_shares(body, held, result)
    i2 = float(result.i2)
    yi = scale(body.found.effects.scale).back(body.found.effects.yi)
    opposite = bool((yi > held.null).any() and (yi < held.null).any())
    said = f"I2 is {i2:.0f} %, studies lie on {'both sides' if opposite else 'one side'} of no effect"
    if not held.holds(held.null) and held.pi_low <= held.null <= held.pi_high:
        return -1, i2, f"the prediction interval crosses no effect, the confidence interval does not; {said}"
    return -1 if opposite and i2 > MUCH_I2 else 0, i2, said


def _inconsistent_shares(body: Body, held: Reading, result: Proportion) -> Step:
    """Judge shares against their benchmark, or against one half, as effects are against no effect."""
    events, people = (body.rows[name].to_numpy(dtype=float) for name in ("xi", "ni"))
    line = 0.5 if np.isnan(held.null) else held.null
    shares = events / people
    opposite = bool((shares > line).any() and (shares < line).any())
    p = _homogeneity(events, people)
    sides = "both sides" if opposite else "one side"
    said = f"groups lie on {sides} of {line:.0%}, test of homogeneity p {_small(p)}"
    rows = result.alternatives.set_index("method")
    wider = next((rows.loc[name, ["low", "high"]] for name in (BAYES, "GLMM") if name in rows.index), None)
    if wider is not None and not held.holds(line) and wider["low"] <= line <= wider["high"]:
        return (
            -1,
            p,
            f"the interval that lets groups differ crosses {line:.0%}, the primary one does not; {said}",
        )
    return -1 if opposite and p < HOMOGENEITY_P else 0, p, said


def _small(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _homogeneity(events: FloatArray, people: FloatArray) -> float:
    """Return the p value of the chi-square test that all groups share one proportion."""
    table = np.vstack([events, people - events])
    return 1.0 if (table.sum(axis=1) == 0).any() else float(chi2_contingency(table, correction=False).pvalue)


def _indirectness(body: Body) -> Step:
    codes = body.found.question.indirectness
    if not codes:
        return 0, None, "the question is about what the claim says"
    said = ", ".join(body.review.label("indirectness", code) for code in codes)
    return -1, float(len(codes)), said


def _imprecision_interval(body: Body) -> Step:
    held = body.reading
    if held is None:
        return -1, None, "studies are shown, not pooled: there is no common interval"
    if np.isnan(held.null):
        return 0, None, "a share has no value of no effect"
    if not held.holds(held.null):
        return 0, held.null, f"the interval lies beyond {_value(held)}"
    if np.isnan(held.worthwhile):
        return -1, held.null, f"the interval includes {_value(held)}"
    if held.reaches_worthwhile():
        said = f"the interval includes {_value(held)} and a worthwhile effect ({held.worthwhile:g})"
        return -1, held.worthwhile, said
    return 0, held.worthwhile, f"the interval includes {_value(held)} and excludes a worthwhile effect"


def _value(held: Reading) -> str:
    return f"no effect ({held.null:g})" if held.null in {0.0, 1.0} else f"the benchmark ({held.null:g})"


def _imprecision_size(body: Body) -> Step:
    if body.binary:
        events = body.events
        few = events < ENOUGH_EVENTS
        return (
            -1 if few else 0,
            events,
            f"{events:.0f} events ({'fewer' if few else 'not fewer'} than {ENOUGH_EVENTS})",
        )
    people = body.found.people
    few = people < ENOUGH_PEOPLE
    return (
        -1 if few else 0,
        float(people),
        f"{people} people ({'fewer' if few else 'not fewer'} than {ENOUGH_PEOPLE})",
    )


def _publication_bias(body: Body) -> Step:
    table = body.found.effects.table
    ids = body.review.studies.set_index("study_id")
    eligible = ids.index[(ids["retracted"] == "no") & (ids["population"] == "facial_acne_scars")]
    found = set(table["study_id"]) & set(eligible)
    used = set(body.rows["study_id"])
    silent = len(found - used) / len(found) if found else 0.0
    said = f"{len(found - used)} of {len(found)} reports print no usable number for it"
    if silent > MOST_REPORTS:
        return -1, 100 * silent, said
    if isinstance(body.found.result, Pooled) and body.found.effects.k >= LEAST:
        test, p = _asymmetry(body)
        if np.isnan(p):
            return 0, None, f"{said}; no test of asymmetry suits these studies"
        return -1 if p < ASYMMETRY_P else 0, p, f"{said}; asymmetry of small studies ({test}), p = {p:.2f}"
    if not isinstance(body.found.result, Pooled):
        return 0, 100 * silent, f"{said}; without a pooled difference, asymmetry cannot be tested"
    return 0, 100 * silent, f"{said}; fewer than {LEAST} studies, so that asymmetry cannot be tested"


def _asymmetry(body: Body) -> tuple[str, float]:
    """Return the test that suits the measure best, as the first of its table, with its p value."""
    table = small_study(body.found.effects).table.dropna(subset="p")
    for fit in ("suits", "with care"):
        rows = table.loc[table["suits"] == fit]
        if len(rows):
            return str(rows["test"].iloc[0]), float(rows["p"].iloc[0])
    return "", np.nan


def abstracts_only(body: Body, level: str) -> Step:
    """Cap the rating at moderate where no full text was read."""
    levels = body.review.studies.set_index("study_id")["source_level"]
    read = set(levels[sorted(set(body.rows["study_id"]))])
    if "fulltext_excerpt" in read or "fulltext" in read:
        return 0, None, "part of a full text was read"
    capped = level == "high"
    return -1 if capped else 0, None, "read from abstracts alone; such a rating cannot exceed moderate"


COMPUTED: Mapping[str, Callable[[Body], Step]] = {
    "risk_of_bias": _risk_of_bias,
    "inconsistency": _inconsistency,
    "indirectness": _indirectness,
    "imprecision_interval": _imprecision_interval,
    "imprecision_size": _imprecision_size,
    "publication_bias": _publication_bias,
}
