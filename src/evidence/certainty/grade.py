"""GRADE: the certainty of a question's answer, each step up or down with its number and its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from evidence.certainty.reading import Reading, reading
from evidence.certainty.risk_of_bias import risk_of_bias
from evidence.effects.assemble import KINDS
from evidence.effects.effects import Effects
from evidence.effects.scale import scale
from evidence.errors import OptionError
from evidence.review import Review
from evidence.synthesis.answer import Answer, answer
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion
from evidence.synthesis.proportion_result import BAYES
from evidence.synthesis.regression import metareg

LEVELS = ("very_low", "low", "moderate", "high")
NOT_RATED = "not_rated"
MOST_WEIGHT = 50.0
ENOUGH_PEOPLE = 400
ENOUGH_EVENTS = 300
MUCH_I2 = 50.0
ENOUGH_TO_TEST = 10
ASYMMETRY_P = 0.1
MOST_REPORTS = 0.5
NOT_FOUND = ("retracted", "not a study", "mixed")


@dataclass(frozen=True, slots=True)
class Certainty:
    """The certainty of an answer.

    Attributes
    ----------
    question_id : str
    certainty : str
        "high", "moderate", "low" or "very_low"; "not_rated" where there is no number to rate.
    label : str
        The same in words.
    start : str
        Level at which the rating starts.
    start_reason : str
    steps : DataFrame
        One row a reason for rating down or up, those without a step included: domain, reason_for
        (domain in words), step, number (what was computed; blank where nothing was), reason, by
        ("computed", or role and date of who overruled) and computed_step.
    """

    question_id: str
    certainty: str
    label: str
    start: str
    start_reason: str
    steps: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return the steps taken, one row each."""
        return self.steps.loc[self.steps["step"] != 0].reset_index(drop=True)

    def to_dict(self) -> dict[str, Any]:
        """Return the rating with all its steps, gaps as None."""
        steps = self.steps.astype(object).where(self.steps.notna(), None).to_dict("records")
        names = ("question_id", "certainty", "label", "start", "start_reason")
        return {name: getattr(self, name) for name in names} | {"steps": steps}

    def reasons(self) -> str:
        """Return the reasons for the steps taken, in a sentence."""
        taken = self.summary()
        said = [f"{row.reason_for} ({row.step:+d}): {row.reason}" for row in taken.itertuples()]
        return "; ".join([f"starts {self.start.replace('_', ' ')} ({self.start_reason})", *said])

    def _repr_html_(self) -> str:
        return self.steps.to_html(index=False, border=0, escape=True)


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


def _start(body: Body) -> tuple[str, str]:
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
    result, held = body.found.result, body.reading
    if held is None or result is None:
        return 0, None, "not to be judged: fewer than two studies, or nothing pooled"
    i2 = float(result.i2)
    if isinstance(result, Proportion):
        null, yi, back = held.null, body.rows["xi"] / body.rows["ni"], "the benchmark"
        null, back = (0.5, "one half") if np.isnan(null) else (null, back)
        wider = _if_groups_differ(result)
    else:
        null, yi, back = held.null, scale(body.found.effects.scale).back(body.found.effects.yi), "no effect"
        wider = (held.pi_low, held.pi_high)
    if not held.holds(null) and wider[0] <= null <= wider[1]:
        what = "interval that lets groups differ" if isinstance(result, Proportion) else "prediction interval"
        return -1, i2, f"the {what} crosses {back}, the confidence interval does not"
    opposite = bool((yi > null).any() and (yi < null).any())
    said = f"studies lie on {'both sides' if opposite else 'one side'} of {back}"
    if np.isfinite(i2):
        said = f"I2 is {i2:.0f} %, {said}"
    return -1 if opposite and i2 > MUCH_I2 else 0, i2, said


def _if_groups_differ(result: Proportion) -> tuple[float, float]:
    """Return the interval of a share that lets groups differ; NaN where there is none."""
    rows = result.alternatives.set_index("method")
    if BAYES not in rows.index:
        return np.nan, np.nan
    return float(rows.loc[BAYES, "low"]), float(rows.loc[BAYES, "high"])


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
    if isinstance(body.found.result, Pooled) and body.found.effects.k >= ENOUGH_TO_TEST:
        p = _asymmetry(body)
        return -1 if p < ASYMMETRY_P else 0, p, f"{said}; asymmetry of small studies, p = {p:.2f}"
    return 0, 100 * silent, f"{said}; fewer than {ENOUGH_TO_TEST} studies, so that asymmetry cannot be tested"


def _asymmetry(body: Body) -> float:
    """Return the p value of the slope on the standard error (Egger 1997, with random effects)."""
    effects = body.found.effects
    table = effects.table.assign(standard_error=np.sqrt(effects.table["vi"]))
    fit = metareg(Effects(table, effects.measure, effects.scale), ["standard_error"])
    return float(np.asarray(fit.p)[1])


COMPUTED: Mapping[str, Callable[[Body], Step]] = {
    "risk_of_bias": _risk_of_bias,
    "inconsistency": _inconsistency,
    "indirectness": _indirectness,
    "imprecision_interval": _imprecision_interval,
    "imprecision_size": _imprecision_size,
    "publication_bias": _publication_bias,
}


def grade(review: Review, question_id: str, *, found: Answer | None = None) -> Certainty:
    """Rate the certainty of a question's answer by the rules of the protocol.

    It starts high for randomised comparisons, low for others and for counts of harm, very low for what
    happened to one group after treatment, read as an effect. Steps down are computed; a row of
    grade_overrides.csv replaces a step, with who, when and why. The protocol has no rule for rating up: that
    takes a person. GRADE: Guyatt et al. 2011 (doi 10.1016/j.jclinepi.2010.04.026), Cochrane Handbook chapter
    14; the steps themselves are those of the protocol.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "change", "contrast" or "proportion".
    found : Answer, optional
        Its answer, where it was computed already.

    Returns
    -------
    Certainty

    Raises
    ------
    OptionError
        If the question does not exist or is not of one of these kinds.

    Examples
    --------
    >>> import evidence as ev
    >>> ev.grade(ev.load(), "Q1i.plasma").certainty
    'very_low'
    """
    question = review.question(question_id)
    if question.kind not in KINDS:
        raise OptionError(f"{question_id} is a {question.kind}; certainty is rated for {', '.join(KINDS)}.")
    body = Body(review, found or answer(review, question_id))
    if body.rows.empty:
        return Certainty(question_id, NOT_RATED, "not rated", "", "no usable number", _frame(review, []))
    start, why = _start(body)
    persons = review.grade_overrides
    overrides = persons.loc[persons["question_id"] == question_id].set_index("domain").to_dict("index")
    steps = [_stepped(domain, compute(body), overrides) for domain, compute in COMPUTED.items()]
    steps.append(_stepped("rating_up", (0, None, "the protocol has no rule for it"), overrides))
    level = _level(start, steps)
    steps.append(_stepped("abstracts_only", _abstracts_only(body, level), overrides))
    level = _level(start, steps)
    label = review.label("certainty", level)
    return Certainty(question_id, level, label, start, why, _frame(review, steps))


def _abstracts_only(body: Body, level: str) -> Step:
    """Cap the rating at moderate where no full text was read."""
    levels = body.review.studies.set_index("study_id")["source_level"]
    read = set(levels[sorted(set(body.rows["study_id"]))])
    if "fulltext_excerpt" in read or "fulltext" in read:
        return 0, None, "part of a full text was read"
    capped = level == "high"
    return -1 if capped else 0, None, "read from abstracts alone; such a rating cannot exceed moderate"


def _stepped(domain: str, step: Step, overrides: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    computed, number, reason = step
    row = {"domain": domain, "step": computed, "number": number, "reason": reason, "by": "computed"}
    if domain in overrides:
        person = overrides[domain]
        row |= {
            "step": int(person["step"]),
            "reason": f"{person['reason']} (computed: {computed:+d}, {reason})",
            "by": f"{person['role']}, {person['date']}",
        }
    return row | {"computed_step": computed}


def _level(start: str, steps: list[dict[str, Any]]) -> str:
    """Return the level after all steps; it can fall no lower than very low and rise no higher than high."""
    place = LEVELS.index(start) + sum(row["step"] for row in steps)
    return LEVELS[min(max(place, 0), len(LEVELS) - 1)]


def _frame(review: Review, steps: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["domain", "reason_for", "step", "number", "reason", "by", "computed_step"]
    for row in steps:
        row["reason_for"] = review.label("grade_domain", row["domain"])
    frame = pd.DataFrame(steps, columns=columns)
    return frame.astype({"number": float, "step": int, "computed_step": int})
