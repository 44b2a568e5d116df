"""GRADE: the certainty of a question's answer, each step up or down with its number and its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.certainty.grade_steps import COMPUTED, Body, Step, abstracts_only, start
from evidence.effects.assemble import KINDS
from evidence.errors import OptionError
from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, answer, checked_answer, checked_answers

LEVELS = ("very_low", "low", "moderate", "high")
NOT_RATED = "not_rated"


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

    def taken(self) -> list[str]:
        """Return the start and each step taken with its reason, in words; empty where nothing was rated."""
        if not self.start:
            return []
        steps = [f"{row.reason_for} ({row.step:+d}): {row.reason}" for row in self.summary().itertuples()]
        return [f"starts {self.start.replace('_', ' ')} ({self.start_reason})", *steps]

    def reasons(self) -> str:
        """Return the reasons for the steps taken, in a sentence."""
        if not self.start:
            return "no usable number"
        return "; ".join(self.taken())

    def _repr_html_(self) -> str:
        return self.steps.to_html(index=False, border=0, escape=True)


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
    checked_review(review)
    question = review.question(question_id)
    if question.kind not in KINDS:
        raise OptionError(f"{question_id} is a {question.kind}; certainty is rated for {', '.join(KINDS)}.")
    body = Body(review, answer(review, question_id) if found is None else checked_answer(found))
    if body.rows.empty:
        return Certainty(question_id, NOT_RATED, "not rated", "", "no usable number", _frame(review, []))
    first, why = start(body)
    persons = review.grade_overrides
    overrides = persons.loc[persons["question_id"] == question_id].set_index("domain").to_dict("index")
    steps = [_stepped(domain, compute(body), overrides) for domain, compute in COMPUTED.items()]
    steps.append(_stepped("rating_up", (0, None, "the protocol has no rule for it"), overrides))
    level = _level(first, steps)
    steps.append(_stepped("abstracts_only", abstracts_only(body, level), overrides))
    level = _level(level, steps[-1:])
    label = review.label("certainty", level)
    return Certainty(question_id, level, label, first, why, _frame(review, steps))


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


def _level(first: str, steps: list[dict[str, Any]]) -> str:
    """Return the level after all steps; it can fall no lower than very low and rise no higher than high."""
    place = LEVELS.index(first) + sum(row["step"] for row in steps)
    return LEVELS[min(max(place, 0), len(LEVELS) - 1)]


def _frame(review: Review, steps: list[dict[str, Any]]) -> pd.DataFrame:
    columns = ["domain", "reason_for", "step", "number", "reason", "by", "computed_step"]
    for row in steps:
        row["reason_for"] = review.label("grade_domain", row["domain"])
    frame = pd.DataFrame(steps, columns=columns)
    return frame.astype({"number": float, "step": int, "computed_step": int})


def certainties(review: Review, answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Return how sure one can be of several answers, one row a question.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer

    Returns
    -------
    DataFrame
        question, certainty and reasons (the start and every step taken).
    """
    checked_review(review)
    checked_answers(answers)
    rated = {key: grade(review, key, found=found) for key, found in answers.items()}
    rows = [
        {
            "question": f"{key} {answers[key].question.text}",
            "certainty": each.label,
            "reasons": each.reasons(),
        }
        for key, each in rated.items()
    ]
    return pd.DataFrame(rows, columns=["question", "certainty", "reasons"])


def ratings(review: Review, answers: Mapping[str, Answer]) -> dict[str, dict[str, Any]]:
    """Return the ratings of all answers as dicts, by question id."""
    return {key: grade(review, key, found=found).to_dict() for key, found in answers.items()}
