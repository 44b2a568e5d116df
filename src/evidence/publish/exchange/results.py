"""What every question found as one document for other programs, and the schema it keeps to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import metadata, resources
from typing import Any

import numpy as np
import pandas as pd

from evidence.publish.exchange.cells import DIGITS
from evidence.publish.exchange.long_table import readers_scale
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion
from evidence.synthesis.result import plain
from evidence.tables.question import Question

SCHEMA_FILE = "results.schema.json"
SCHEMA_VERSION = "1.0"
TITLE = "Does microneedling work for acne scars?"
_ENDS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
_EFFECT = ("study_id", "label", "arm_id", "yi", "vi", "n", "measure", "design")
_HOW = ("route", "assumption", "caution", "source")


def results(
    review: Review,
    answers: Mapping[str, Answer],
    data: str,
    *,
    certainty: Mapping[str, Mapping[str, Any]] | None = None,
    verdicts: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return what every question found, in types that JSON can hold.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
        Answers by question id.
    data : str
        Hash of the tables the answers rest on.
    certainty : mapping of str to mapping, optional
        How sure one may be, by question id.
    verdicts : sequence of mapping, optional
        What the evidence says of each claim.

    Returns
    -------
    dict
        Keeps to results.schema.json, which says what each field means.
    """
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "title": TITLE,
        "not_medical_advice": "No treatment decision should rest on this.",
        "package_version": metadata.version("microneedling-evidence"),
        "data_sha256": data,
        "questions": [_asked(question, answers.get(question.id)) for question in review.all_questions()],
    }
    if certainty is not None:
        document["certainty"] = certainty
    if verdicts is not None:
        document["verdicts"] = verdicts
    return _short(plain(document))


def results_text(document: Mapping[str, Any]) -> str:
    """Return a document as JSON; anything that is not a number has become null before."""
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) that results.json keeps to."""
    return (resources.files("evidence.publish.exchange") / SCHEMA_FILE).read_text(encoding="utf-8")


def _asked(question: Question, answer: Answer | None) -> dict[str, Any]:
    asked = {
        "id": question.id,
        "claim_id": question.claim_id,
        "text": question.text,
        "kind": question.kind,
        "treatment": question.treatment,
        "comparator": question.comparator,
        "measure": question.measure or None,
        "model": question.model,
        "favours": dict(zip(("below", "above"), question.favours, strict=True)),
    }
    if answer is None:
        return asked | {"answered": False}
    return asked | {
        "answered": True,
        "scale": answer.effects.scale,
        "k": answer.effects.k,
        "people": answer.people,
        "pooled": _pooled(answer.result),
        "finding": answer.finding(),
        "headline": answer.headline(),
        "effects": _effects(answer),
    }


def _pooled(result: Pooled | Proportion | None) -> dict[str, Any] | None:
    if result is None:
        return None
    return {
        "analysis_scale": {name: getattr(result, name) for name in _ENDS},
        "readers_scale": _shares(result) if isinstance(result, Proportion) else result.display(),
        "level": result.level,
        "p": result.p,
        "tau2": result.tau2,
        "tau2_ci": result.tau2_ci,
        "i2": result.i2,
        "q": result.q,
        "q_df": result.q_df,
        "q_p": result.q_p,
        "method": result.method_text(),
        "notes": result.notes,
    }


def _shares(result: Proportion) -> dict[str, float]:
    ends = ("proportion", *(f"proportion_{end}" for end in ("low", "high", "pi_low", "pi_high")))
    return {name: getattr(result, end) for name, end in zip(_ENDS, ends, strict=True)}


def _effects(answer: Answer) -> list[dict[str, Any]]:
    table = answer.effects.table.assign(**readers_scale(answer))
    rows = []
    for row in table.to_dict("records"):
        effect = {name: row[name] for name in _EFFECT}
        effect |= {name: row[name] for name in ("estimate", "ci_low", "ci_high", "included")}
        effect["reason"] = row["reason"] or None
        rows.append(effect | {name: None if row[name] == "" else row[name] for name in _HOW})
    return rows


def _short(value: Any) -> Any:
    """Round every number to digits that all machines agree on, and turn what is missing into None.

    Examples
    --------
    >>> _short({"a": [0.1 + 0.2, pd.NA, True, 3]})
    {'a': [0.3, None, True, 3]}
    """
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    if value is pd.NA or value is pd.NaT:
        return None
    return float(f"{value:.{DIGITS}g}") if isinstance(value, (float, np.floating)) else value
