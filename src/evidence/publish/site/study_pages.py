"""A page a study: what is printed, where, with which cautions, and which questions it enters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from evidence.effects.rows import codes_of
from evidence.publish.site import places
from evidence.publish.site.facts import Facts
from evidence.publish.site.numbers import cell, effect
from evidence.publish.site.render import page
from evidence.publish.site.rows import behind, cautions, contrast_words, result_words

_CODED = ("design", "randomised", "blinding", "population", "needling", "source_level")
_PLAIN = (
    ("registry", "Registry"),
    ("country", "Country"),
    ("split_face", "Split face"),
    ("n_enrolled", "People enrolled"),
    ("n_analysed", "People analysed"),
    ("age_mean", "Mean age"),
    ("female_n", "Women"),
    ("fitzpatrick", "Skin types (Fitzpatrick)"),
    ("scar_types", "Scar types"),
    ("baseline_severity", "Severity at the start"),
    ("retracted", "Retracted"),
    ("note", "Note"),
)


def study_pages(facts: Facts, version: str) -> Iterator[tuple[str, str]]:
    """Return place and content of each study's page."""
    studies = facts.review.studies
    effects = dict(iter(facts.effects.groupby("study_id", sort=False)))
    for study in studies.to_dict("records"):
        key = study["study_id"]
        place = places.study_page(key)
        yield (
            place,
            page(
                "study",
                place,
                study["label"],
                version,
                study=study,
                reference=facts.references[key],
                known=_known(facts, study),
                why_not=[facts.label("why_not", code) for code in codes_of(study["why_not"])],
                others=codes_of(study["other_sources"]),
                enters=_enters(facts, effects.get(key)),
                arms=_arms(facts, key),
                results=_results(facts, key),
                contrasts=_contrasts(facts, key),
                statements=_statements(facts, key),
            ),
        )


def _known(facts: Facts, study: dict[str, Any]) -> list[tuple[str, str]]:
    coded = [(name.replace("_", " ").capitalize(), facts.label(name, study[name])) for name in _CODED]
    plain = [(words, cell(study[name])) for name, words in _PLAIN]
    return [(words, value) for words, value in coded + plain if value]


def _enters(facts: Facts, effects: pd.DataFrame | None) -> list[dict[str, Any]]:
    rows = [] if effects is None else effects.to_dict("records")
    return [
        {
            "question_id": row["question_id"],
            "claim_id": row["claim_id"],
            "question": row["question"],
            "group": row["study"],
            "included": row["included"],
            "effect": effect(facts.answers[row["question_id"]], row),
            "weight": "" if pd.isna(row["weight"]) else f"{row['weight']:.1f}%",
            "how": row["reason"] or "; ".join(filter(None, [row["route"], row["assumption"]])),
            "cautions": cautions(facts, row["caution"]),
            "rows": behind(facts.review, row) if row["included"] else [],
        }
        for row in rows
    ]


def _mine(table: pd.DataFrame, key: str) -> list[dict[str, Any]]:
    return table.loc[table["study_id"] == key].to_dict("records")


def _arms(facts: Facts, key: str) -> list[dict[str, Any]]:
    return [
        row | {"treatment": facts.label("treatment", row["treatment"])}
        for row in _mine(facts.review.arms, key)
    ]


def _results(facts: Facts, key: str) -> list[dict[str, Any]]:
    return [
        row
        | {
            "outcome": facts.label("outcome", row["outcome"]),
            "words": result_words(row),
            "cautions": cautions(facts, row["caution"]),
        }
        for row in _mine(facts.review.outcomes, key)
    ]


def _contrasts(facts: Facts, key: str) -> list[dict[str, Any]]:
    return [
        row | {"outcome": facts.label("outcome", row["outcome"]), "words": contrast_words(row)}
        for row in _mine(facts.review.contrasts, key)
    ]


def _statements(facts: Facts, key: str) -> list[dict[str, Any]]:
    return _mine(facts.review.claims_evidence, key)
