"""A page a claim: verdict, questions with their trials, certainty, other choices, all that bears on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from evidence.certainty.summary_of_findings import symbols
from evidence.certainty.verdict_result import Verdict
from evidence.certainty.weigh import bearing
from evidence.publish.exchange.cells import csv_text
from evidence.publish.r_twin.r_twin import r_twin
from evidence.publish.site import places
from evidence.publish.site.facts import Facts
from evidence.publish.site.numbers import choice, effect
from evidence.publish.site.pictures import Pictures, forest_of
from evidence.publish.site.render import page
from evidence.publish.site.rows import cautions
from evidence.synthesis.answer import Answer


def claim_pages(facts: Facts, pictures: Pictures, version: str) -> Iterator[tuple[str, str]]:
    """Return place and content of each claim's page, of the effects of each question, and of its R script."""
    order = facts.claims
    for number, claim in enumerate(order):
        asked = [found for found in facts.answers.values() if found.question.claim_id == claim.id]
        in_r = {found.question.id: _in_r(found) for found in asked}
        place = places.claim_page(claim.id)
        yield (
            place,
            page(
                "claim",
                place,
                f"{claim.id} {claim.text}",
                version,
                claim=claim,
                symbols=symbols(claim.certainty),
                questions=[_question(facts, found, pictures, in_r[found.question.id]) for found in asked],
                bearing=_bearing(facts, claim),
                before=order[number - 1] if number else None,
                after=order[number + 1] if number + 1 < len(order) else None,
            ),
        )
        for found in asked:
            mine = facts.effects.loc[facts.effects["question_id"] == found.question.id]
            yield places.effects_file(found.question.id), csv_text(mine)
            yield from in_r[found.question.id].items()


def _question(facts: Facts, found: Answer, pictures: Pictures, in_r: Iterable[str]) -> dict[str, Any]:
    key = found.question.id
    rows = facts.effects.loc[facts.effects["question_id"] == key].to_dict("records")
    certainty = facts.certainties[key]
    verdict = next((each for each in facts.verdicts.of("question") if each.id == key), None)
    method = getattr(found.result, "method_text", "")
    return {
        "id": key,
        "text": found.question.text,
        "headline": found.headline(),
        "finding": found.finding(),
        "verdict": verdict,
        "certainty": certainty,
        "symbols": symbols(certainty.certainty),
        "steps": certainty.steps.to_dict("records") if certainty.start else [],
        "method": method() if callable(method) else method,
        "forest": forest_of(pictures, key),
        "entered": [_row(facts, found, row) for row in rows if row["included"]],
        "reasons": Counter(row["reason"] for row in rows if not row["included"]).most_common(),
        "left_out": [_row(facts, found, row) for row in rows if not row["included"]],
        "choices": [choice(found, row) for row in _choices(facts, key)],
        "csv": places.effects_file(key),
        "r": list(in_r),
    }


def _in_r(found: Answer) -> dict[str, str]:
    """Return place and content of the R script of an answer, and of what it reads; nothing if R has none."""
    made = r_twin(found).scripts
    return {places.r_file(name): content for each in made for name, content in each.all_files.items()}


def _choices(facts: Facts, key: str) -> list[dict[str, Any]]:
    table = facts.sensitivities.get(key)
    return [] if table is None else table.to_dict("records")


def _row(facts: Facts, found: Answer, row: dict[str, Any]) -> dict[str, Any]:
    weight = row["weight"]
    return {
        "study_id": row["study_id"],
        "study": row["study"],
        "design": facts.label("design", row["design"]),
        "n": "" if math.isnan(row["n"]) else f"{row['n']:.0f}",
        "effect": effect(found, row),
        "weight": "" if math.isnan(weight) else f"{weight:.1f}%",
        "reason": row["reason"],
        "route": "; ".join(filter(None, [row["route"], row["assumption"]])),
        "cautions": cautions(facts, row["caution"]),
    }


def _bearing(facts: Facts, claim: Verdict) -> list[dict[str, Any]]:
    studies = set(facts.review.studies["study_id"])
    rows = bearing(facts.review, claim.id, facts.answers).to_dict("records")
    return [row | {"study_id": row["source"] if row["source"] in studies else ""} for row in rows]
