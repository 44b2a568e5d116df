"""The table of all studies, which a reader can search, sort and filter."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evidence.certainty.study_facts import skin_of
from evidence.effects.rows import codes_of
from evidence.publish.site import places
from evidence.publish.site.facts import Facts
from evidence.publish.site.numbers import cell
from evidence.publish.site.render import page

FILTERS = (
    ("design", "Design"),
    ("treatment", "Treatment"),
    ("outcome", "Outcome"),
    ("skin", "Skin types"),
    ("usable", "Usable number"),
)


def trials_page(facts: Facts, version: str) -> str:
    """Return the page."""
    rows = [_row(facts, study) for study in facts.review.studies.to_dict("records")]
    return page(
        "trials",
        places.TRIALS,
        "All trials",
        version,
        rows=rows,
        filters=[(name, words, _options(rows, name)) for name, words in FILTERS],
    )


def _row(facts: Facts, study: dict[str, Any]) -> dict[str, Any]:
    key = study["study_id"]
    review = facts.review
    mine = facts.effects.loc[(facts.effects["study_id"] == key) & facts.effects["included"]]
    questions = mine[["question_id", "claim_id"]].drop_duplicates().to_dict("records")
    treatments = review.arms.loc[review.arms["study_id"] == key, "treatment"]
    outcomes = review.outcomes.loc[review.outcomes["study_id"] == key, "outcome"]
    people = study["n_analysed"] if not pd.isna(study["n_analysed"]) else study["n_enrolled"]
    return {
        "study_id": key,
        "label": study["label"],
        "year": cell(study["year"]),
        "people": cell(people),
        "design": [facts.label("design", study["design"])],
        "treatment": _labels(facts, "treatment", treatments),
        "outcome": _labels(facts, "outcome", outcomes),
        "skin": [facts.label("fact_skin", skin_of(review).get(key, ""))],
        "fitzpatrick": cell(study["fitzpatrick"]),
        "usable": ["yes" if questions else "no"],
        "questions": questions,
        "why_not": [facts.label("why_not", code) for code in codes_of(study["why_not"])],
    }


def _labels(facts: Facts, vocabulary: str, codes: pd.Series) -> list[str]:
    return [facts.label(vocabulary, code) for code in codes.dropna().drop_duplicates()]


def _options(rows: list[dict[str, Any]], name: str) -> list[str]:
    return sorted({value for row in rows for value in row[name] if value}, key=str.casefold)
