"""The share of people with an event in one treatment: counts, and their logit for display."""

from __future__ import annotations

import pandas as pd

from evidence.arguments import option
from evidence.effects.measures import escalc
from evidence.effects.rows import (
    Choices,
    Row,
    Selection,
    arms_with,
    blank,
    by_preference,
    cautions,
    start,
    visit,
)
from evidence.tables.load import Tables
from evidence.tables.question import Question

WITHOUT_DENOMINATOR = "a count without a denominator"
MEASURES = ("PLO", "PAS", "PFT", "PR", "PLN")


def share_rows(tables: Tables, question: Question, choices: Choices) -> list[Row]:
    """Return one row an arm that had the treatment, with events and total where printed."""
    option("measure", choices.measure, MEASURES)
    arms = arms_with(tables, question.treatment)
    selection = Selection(tables, question)
    rows = [_arm_row(selection, choices, arm) for arm in arms.to_dict("records")]
    pooled = (arms["arm_kind"] == "pooled_row").tolist()
    return [row for row, is_pooled in zip(rows, pooled, strict=True) if row["included"] or not is_pooled]


def _arm_row(selection: Selection, choices: Choices, arm: Row) -> Row:
    study = selection.study(arm["study_id"])
    row = start(
        study,
        label=study["label"],
        arm_id=arm["arm_id"],
        treatment=arm["treatment"],
        measure=choices.measure,
        fitzpatrick=blank(study["fitzpatrick"]),
        xi=float("nan"),
        ni=float("nan"),
    )
    if selection.has_rows(arm["study_id"], arm["arm_id"]):
        rows = selection.rows(arm["study_id"], arm["arm_id"])
        for of_scale in by_preference(rows.loc[rows["value_kind"] == "events"], selection.question):
            found = visit(of_scale)
            if found is not None:
                return row | _counted(found, choices) | {"included": True}
    count = selection.count_without_denominator(study["study_id"], arm["arm_id"])
    if count is not None:
        return row | {"xi": count, "reason": WITHOUT_DENOMINATOR}
    return row | {"reason": selection.why_not(study, arm["arm_id"])}


def _counted(found: pd.Series, choices: Choices) -> Row:
    effect = escalc(choices.measure, xi=found["events"], ni=found["total"]).iloc[0]
    empty = found["events"] in (0, found["total"]) and choices.measure in {"PLO", "PLN"}
    return {
        "yi": effect["yi"],
        "vi": effect["vi"],
        "n": found["total"],
        "xi": found["events"],
        "ni": found["total"],
        "outcome": found["outcome"],
        "scale_name": found["scale_name"],
        "threshold": blank(found["threshold"]),
        "route": "events and total",
        "assumption": "0.5 added to show the row; pooling uses the counts" if empty else "none",
        "caution": cautions(found),
    }
