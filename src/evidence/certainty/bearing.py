"""What bears on a part of a claim: answers, printed rows, within-study comparisons and counter-examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evidence.certainty.item import NEITHER, Item
from evidence.certainty.reading import AGAINST, UNCLEAR, Reading, reading, study_reading, treated
from evidence.certainty.study_facts import skin_of
from evidence.certainty.within_study import ANALYSES, ARTICLE_TREATMENT
from evidence.review import Review
from evidence.synthesis.answer import SHORT, Answer
from evidence.tables.conditions import Condition
from evidence.tables.fields import listed
from evidence.tables.found import CONTROLLED, KINDS, NOT_ABOUT_IT, OPINION, RANDOMISED, SHAM, UNCONTROLLED
from evidence.tables.found import REVIEW as EARLIER_REVIEW
from evidence.tables.records import records

SIGNIFICANT = 0.05
RATIOS = ("OR", "RR", "HR")


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
    found = [item for key in listed(part["questions"]) for item in answer_items(review, answers[key])]
    if not pd.isna(part["analysis"]):
        found += list(ANALYSES[part["analysis"]](review))
    return [*found, *_printed(review, part), *_counter_examples(review, part)]


def answer_items(review: Review, found: Answer) -> Iterator[Item]:
    """Yield what a question's answer says: the pooled estimate, or each study where nothing was pooled."""
    question = found.question
    rows = treated(found)
    if rows.empty:
        return
    held = reading(found)
    if held is not None:
        source = rows["study_id"].iloc[0] if held.studies == 1 else f"pooled answer to {question.id}"
        what = question.scales[0] if question.scales else review.label("outcome", question.outcomes[0])
        words, brief = f"{question.text}: {found.number()}", _brief(found, held, what)
        yield _of_question(found, held, source, found.people, words, brief)
        return
    for _, row in rows.iterrows():
        words = f"{question.text}: {row['label']}"
        yield _of_question(found, study_reading(found, row), row["study_id"], row["n"], words)


def _of_question(
    found: Answer, held: Reading, source: str, people: float, words: str, brief: str = ""
) -> Item:
    return Item(
        source=source,
        side=NEITHER if held.points == UNCLEAR else held.points,
        tested=held.direction != UNCLEAR,
        measured=True,
        kind=_kind(found),
        studies=held.studies,
        people=people,
        words=words,
        brief=brief,
        question_id=found.question.id,
    )


def _brief(found: Answer, held: Reading, what: str) -> str:
    """Say what an answer found with its interval and the studies behind it, and nothing else."""
    of = "1 study" if held.studies == 1 else f"{found.effects.k} {found.units}"
    if found.question.kind == "proportion":
        rows = found.effects.included
        counted = f"{what.lower()} in {rows['xi'].sum():.0f} of {rows['ni'].sum():.0f} people"
        return f"{counted} in {of} ({held.low:.0%} to {held.high:.0%})"
    name = SHORT.get(found.effects.measure, found.effects.measure)
    against = ""
    if found.question.kind == "change":
        against = ", beside an untreated side" if found.question.comparator else ", before and after"
    return f"{name} {held.estimate:.2f} ({held.low:.2f} to {held.high:.2f}){against}, {of}"


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
    populations = listed(part["populations"])
    for row in records(rows):
        if set(listed(row["caution"])) & set(NOT_ABOUT_IT):
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
            words=f"{row['source_label']}: {_in_words(row)}",
            brief=_in_words(row),
            direct=row["population"] in populations,
        )


def _is_tested(row: Mapping[str, Any]) -> bool:
    if row["p_op"] == "sig":
        return True
    if row["p_op"] in {"<", "<=", "="} and row["p_num"] <= SIGNIFICANT:
        return True
    # The interval of a share holds no test: a share cannot lie below nought.
    if row["unit"] == "%":
        return False
    null = 1.0 if row["unit"] in RATIOS else 0.0
    return bool(row["ci_low"] > null or row["ci_high"] < null)


def _in_words(row: Mapping[str, Any]) -> str:
    """Return what a row of claims_evidence.csv says, with its number."""
    said = row["what_was_measured"]
    if row["statement_only"] == "yes":
        return f"{said.removesuffix(' (no number)')} (a statement, no number)"
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
    condition = Condition.read(part["counter_when"])
    skins = skin_of(review)
    arms = review.arms.loc[review.arms["treatment"] == ARTICLE_TREATMENT, ["study_id", "arm_id"]]
    rows = review.outcomes.loc[review.outcomes["outcome"].isin(listed(part["counter_outcomes"]))]
    rows = rows.merge(arms, on=["study_id", "arm_id"]).merge(
        review.studies, on="study_id", suffixes=("", "_s")
    )
    for row in records(rows):
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
            brief=f"{harm} in {count:.0f} people ({of}{people})",
            counter_example="stated" if stated else "not stated",
        )
