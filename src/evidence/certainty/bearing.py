"""What bears on a part of a claim: answers, printed rows, within-study comparisons and counter-examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.certainty.reading import AGAINST, FOR, UNCLEAR, reading
from evidence.certainty.study_facts import skin_of
from evidence.effects.scale import scale
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.scar_types import DEPRESSED, compared_types
from evidence.synthesis.sessions import sessions_slope
from evidence.synthesis.time_course import growth
from evidence.tables.conditions import Condition
from evidence.tables.found import CONTROLLED, KINDS, NOT_ABOUT_IT, OPINION, RANDOMISED, SHAM, UNCONTROLLED
from evidence.tables.found import REVIEW as EARLIER_REVIEW
from evidence.tables.schema import LIST_SEPARATOR

ARTICLE_TREATMENT = "mn"
SIGNIFICANT = 0.05
HALF_AS_MUCH = 0.5
NEITHER = "neither"
PRIMARY = (SHAM, RANDOMISED, CONTROLLED, UNCONTROLLED)


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence that bears on a part of a claim.

    Attributes
    ----------
    source : str
        Study, review, page or analysis; items of one source count once.
    side : str
        "for", "against" or "neither".
    tested : bool
        Whether an interval or a test excludes no effect.
    measured : bool
        Whether it is a measurement, not a statement.
    kind : str
        Kind of evidence, one of `evidence.tables.found.KINDS`.
    studies : int
        Studies behind it.
    people : float
        NaN where not printed.
    words : str
        What it says.
    direct : bool
        Whether its people are those the claim is about.
    counter_example : str
        For a counter-example, "stated" or "not stated": its denominator; else "".
    question_id : str
        Question it answers; empty for all else.
    """

    source: str
    side: str
    tested: bool
    measured: bool
    kind: str
    studies: int
    people: float
    words: str
    direct: bool = True
    counter_example: str = ""
    question_id: str = ""

    @property
    def counts(self) -> bool:
        """Whether it decides on a direction: measured by a study in the people the claim is about."""
        return self.measured and self.direct and self.kind in PRIMARY

    @property
    def pooled(self) -> bool:
        """Whether it is the pooled answer to a question."""
        return bool(self.question_id) and self.studies > 1

    def strength(self) -> tuple[bool, bool, bool, int, float]:
        """Return what items are ranked by, the strongest largest."""
        people = 0.0 if np.isnan(self.people) else self.people
        stated = self.counter_example == "stated"
        return self.counts, stated or bool(self.counter_example), self.tested, -KINDS.index(self.kind), people


def items(review: Review, part: Mapping[str, Any], answers: Mapping[str, Answer]) -> list[Item]:
    """Return everything that bears on a part of a claim.

    Parameters
    ----------
    review : Review
    part : mapping
        A row of claim_parts.csv.
    answers : mapping of str to Answer
        Answers by question id.

    Returns
    -------
    list of Item
    """
    found = [item for key in _list(part["questions"]) for item in answer_items(answers[key])]
    found += list(_printed(review, part))
    if not pd.isna(part["analysis"]):
        found += list(ANALYSES[part["analysis"]](review))
    return found + list(_counter_examples(review, part))


def answer_items(found: Answer) -> Iterator[Item]:
    """Yield what a question's answer says: the pooled estimate, or each study where nothing was pooled."""
    question = found.question
    held = reading(found)
    rows = found.effects.included
    if rows.empty:
        return
    kind = _kind(found)
    if held is not None:
        direction = held.direction
        above = held.estimate > held.null
        side = FOR if above == (held.side == "high") else AGAINST
        if not held.side or np.isnan(held.null) or held.estimate == held.null:
            side = NEITHER
        source = rows["study_id"].iloc[0] if held.studies == 1 else f"pooled answer to {question.id}"
        tested = direction != UNCLEAR
        words = f"{question.text}: {found.number()}"
        yield Item(
            source, side, tested, True, kind, held.studies, found.people, words, question_id=question.id
        )
        return
    null = scale(found.effects.scale).null
    for row in rows.to_dict("records"):
        half = 1.96 * row["vi"] ** 0.5
        above = row["yi"] > null
        side = FOR if above == (question.claim_side == "high") else AGAINST
        tested = abs(row["yi"] - null) > half
        side = side if question.claim_side else NEITHER
        words = f"{question.text}: {row['label']}"
        yield Item(row["study_id"], side, tested, True, kind, 1, row["n"], words, question_id=question.id)


def _kind(found: Answer) -> str:
    """Return the kind of evidence an answer is, by its comparison and allocation."""
    rows, question = found.effects.included, found.question
    if not question.comparator:
        return UNCONTROLLED
    if not (rows["randomised"] == "yes").all():
        return CONTROLLED
    return SHAM if "placebo" in question.comparator else RANDOMISED


_KIND_OF_ROW = {"review": EARLIER_REVIEW, "guideline": OPINION, "other": OPINION}


def _printed(review: Review, part: Mapping[str, Any]) -> Iterator[Item]:
    """Yield the rows of claims_evidence.csv that speak for or against the part.

    What a row prints of one group is before-after evidence, whatever the design of its study; comparisons
    enter by the questions.
    """
    rows = review.claims_evidence
    rows = rows.loc[(rows["part_id"] == part["part_id"]) & (rows["bearing"] != NEITHER)]
    populations = _list(part["populations"])
    for row in rows.to_dict("records"):
        if set(_list(row["caution"])) & set(NOT_ABOUT_IT):
            continue
        kind = _KIND_OF_ROW.get(row["kind"], UNCONTROLLED)
        if row["kind"] in {"lab", "price_survey"}:
            kind = KINDS[-1]
        yield Item(
            source=next(
                row[name] for name in ("study_id", "review_id", "source_label") if not pd.isna(row[name])
            ),
            side=row["bearing"],
            tested=_is_tested(row),
            measured=row["statement_only"] == "no" and kind != OPINION,
            kind=kind,
            studies=1,
            people=row["n"],
            words=_in_words(row),
            direct=row["population"] in populations,
        )


def _is_tested(row: Mapping[str, Any]) -> bool:
    if row["p_op"] == "sig":
        return True
    if row["p_op"] in {"<", "<=", "="} and row["p_num"] <= SIGNIFICANT:
        return True
    return bool(row["ci_low"] > 0 or row["ci_high"] < 0)


def _in_words(row: Mapping[str, Any]) -> str:
    """Return a row of claims_evidence.csv as a phrase with its number."""
    said = f"{row['source_label']}: {row['what_was_measured']}"
    if row["statement_only"] == "yes":
        return f"{said} (a statement, no number)"
    unit = "" if pd.isna(row["unit"]) else str(row["unit"])
    if not pd.isna(row["value_text"]):
        value = row["value_text"]
    elif not pd.isna(row["value_num"]):
        value = f"{row['value_num']:g}"
    elif not pd.isna(row["value_low"]):
        value = f"{row['value_low']:g} to {row['value_high']:g}"
    else:
        value, unit = f"{row['p_op']} {row['p_num']:g}", "p value"
    return f"{said}, p {value}" if unit == "p value" else f"{said}, {value} {unit}".rstrip()


def _counter_examples(review: Review, part: Mapping[str, Any]) -> Iterator[Item]:
    """Yield counted harms after the article's treatment in the studies that the part names."""
    if pd.isna(part["counter_outcomes"]):
        return
    condition = Condition.read("" if pd.isna(part["counter_when"]) else part["counter_when"])
    skins = skin_of(review)
    arms = review.arms.loc[review.arms["treatment"] == ARTICLE_TREATMENT, ["study_id", "arm_id"]]
    rows = review.outcomes.loc[review.outcomes["outcome"].isin(_list(part["counter_outcomes"]))]
    rows = rows.merge(arms, on=["study_id", "arm_id"]).merge(
        review.studies, on="study_id", suffixes=("", "_s")
    )
    for row in rows.to_dict("records"):
        count = row["count_printed"] if pd.isna(row["events"]) else row["events"]
        if row["retracted"] == "yes" or not count > 0 or not condition.fits({"skin": skins[row["study_id"]]}):
            continue
        stated = not pd.isna(row["total"])
        of = f"of {row['total']:.0f}" if stated else "of how many is not stated"
        harm = review.label("outcome", row["outcome"]).lower()
        people = f", skin types {row['fitzpatrick']}" if not pd.isna(row["fitzpatrick"]) else ""
        yield Item(
            source=row["study_id"],
            side=AGAINST,
            tested=False,
            measured=True,
            kind=UNCONTROLLED,
            studies=1,
            people=row["total"],
            words=f"{row['label']}: {harm} in {count:.0f} people ({of}{people})",
            counter_example="stated" if stated else "not stated",
        )


def _depressed_types(review: Review) -> Iterator[Item]:
    for row in compared_types(review).itertuples():
        if row.best in DEPRESSED and row.least not in DEPRESSED:
            words = f"{row.label}: {row.best} {row.best_value:g} against {row.least} {row.least_value:g}"
            yield Item(row.study_id, FOR, False, True, UNCONTROLLED, 1, row.n, f"{words} ({row.measure})")


def _least_type(review: Review) -> Iterator[Item]:
    for row in compared_types(review).itertuples():
        side = AGAINST if row.share < HALF_AS_MUCH else FOR
        words = f"{row.label}: {row.least} {row.least_value:g} against {row.best} {row.best_value:g}"
        yield Item(row.study_id, side, False, True, UNCONTROLLED, 1, row.n, f"{words} ({row.measure})")


def _time_course(review: Review) -> Iterator[Item]:
    rows = growth(review)
    for row in rows.loc[rows["treatment"] == ARTICLE_TREATMENT].drop_duplicates("study_id").itertuples():
        tested = row.low > 0 or row.high < 0
        words = (
            f"{row.label}: {row.scale}, from {row.first} to {row.last} a further {row.growth:.2f} points"
            f" ({row.low:.2f} to {row.high:.2f}; correlation of one half assumed)"
        )
        side = FOR if row.growth > 0 else AGAINST
        yield Item(row.study_id, side, tested, True, UNCONTROLLED, 1, row.n, words)


def _sessions_slope(review: Review) -> Iterator[Item]:
    fit = sessions_slope(review)
    if fit is None:
        return
    slope, low, high = (float(np.asarray(each)[1]) for each in (fit.beta, fit.ci_low, fit.ci_high))
    tested = low > 0 or high < 0
    words = (
        f"Change of {fit.k} groups by number of sessions: {slope:.2f} standard deviations a session"
        f" ({low:.2f} to {high:.2f}), exploratory"
    )
    side = FOR if slope > 0 else AGAINST
    yield Item("meta-regression on sessions", side, tested, True, UNCONTROLLED, fit.k, np.nan, words)


ANALYSES: Mapping[str, Callable[[Review], Iterator[Item]]] = {
    "depressed_types": _depressed_types,
    "least_type": _least_type,
    "time_course": _time_course,
    "sessions_slope": _sessions_slope,
}


def _list(cell: Any) -> list[str]:
    return [] if pd.isna(cell) else str(cell).split(LIST_SEPARATOR)
