"""The table of what to get next: one row a study and question, in order of use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evidence.certainty.next_verdict import VerdictShift
from evidence.robustness.missing import NOT_KNOWN, NOT_READ, PRINTED
from evidence.robustness.next_study import Candidate, NextStudies
from evidence.robustness.simulated import BASES

COLUMNS = (
    "rank",
    "question_id",
    "question",
    "study_id",
    "study",
    "missing",
    "measured",
    "known",
    "where",
    "people",
    "rows_now",
    "width_now",
    "width_then",
    "narrowing",
    "narrowing_low",
    "narrowing_high",
    "p_reading",
    "p_verdict",
    "p_claim",
    "allows",
    "basis",
    "assumption",
)


def next_row(found: NextStudies, study: Candidate, shift: VerdictShift) -> dict[str, Any]:
    """Return what getting a study's number would do for a question, as a row of the result's table."""
    question = found.question
    row: dict[str, Any] = {
        "question_id": question.id,
        "question": question.text,
        "study_id": study.study_id,
        "study": study.label,
        "missing": _joined(study, "words"),
        "measured": min((each.measured for each in study.rows), key=_CERTAIN_FIRST.index),
        "known": _joined(study, "known"),
        "where": study.rows[0].where,
        "people": study.people,
        "rows_now": found.k,
        "allows": "",
    }
    if not found.pooled:
        return row | {"allows": _allows(found, study), "basis": "", "assumption": ""}
    change = 100 * (1 - study.width / found.width)
    low, high = np.quantile(change, [0.05, 0.95]).tolist()
    verdict, claim = shift.chances(found, study)
    moved = found.side(study.low, study.high) != found.side(found.low, found.high)
    return row | {
        "width_now": found.width,
        "width_then": float(study.width.mean()),
        "narrowing": float(change.mean()),
        "narrowing_low": low,
        "narrowing_high": high,
        "p_reading": float(moved.mean()) if np.isfinite(found.null) else np.nan,
        "p_verdict": verdict,
        "p_claim": claim,
        "basis": "; ".join(dict.fromkeys(BASES[each.basis] for each in study.drawn)),
        "assumption": "; ".join(dict.fromkeys(each.assumption for each in study.drawn if each.assumption)),
    }


_CERTAIN_FIRST = (PRINTED, NOT_READ, NOT_KNOWN)


def _joined(study: Candidate, name: str) -> str:
    """Say a thing once where all rows of a study share it, else row by row."""
    said = [getattr(row, name) for row in study.rows]
    if len(set(said)) == 1:
        return said[0] if len(said) == 1 or not said[0] else f"{said[0]}, in each of {len(said)} rows"
    return "; ".join(f"{row.label}: {words}" for row, words in zip(study.rows, said, strict=True) if words)


def _allows(found: NextStudies, study: Candidate) -> str:
    rows = found.k + len(study.rows)
    if found.question.model == "shown":
        return f"one more study to show beside {found.k}; the protocol does not pool them"
    unit = "studies" if found.question.kind == "contrast" else "groups"
    return f"first pooled estimate, of {rows} {unit}" if rows > 1 else "first number for this question"


def ranked(rows: list[dict[str, Any]], first: str) -> pd.DataFrame:
    """Return the rows ordered by a column, then by expected narrowing, and numbered from 1."""
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "rank"])
    numbers = [name for name in table if name.startswith(("width", "narrowing", "p_"))] + ["people"]
    table = table.astype(dict.fromkeys(numbers, float))
    table["certain"] = table["measured"].map(_CERTAIN_FIRST.index).astype(float)
    keys = dict.fromkeys([first, "narrowing", "p_verdict", "rows_now"])
    table = table.sort_values(
        [*keys, "certain", "people", "question_id", "study_id"],
        ascending=[False] * len(keys) + [True, False, True, True],
        kind="stable",
        na_position="last",
    )
    table = table.drop(columns="certain").reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table
