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
    codes_of,
    start,
    visit,
)
from evidence.tables.load import Tables
from evidence.tables.question import Question
from evidence.tables.records import records
from evidence.tables.schema import LIST_SEPARATOR

WITHOUT_DENOMINATOR = "a count without a denominator"
MEASURES = ("PLO", "PAS", "PFT", "PR", "PLN")


class Shares:
    """Every arm that had the treatment, with the visit its counts come from.

    Parameters
    ----------
    tables : Tables
    question : Question
    choices : Choices
        Of these, finding the visits takes `time` only.
    """

    def __init__(self, tables: Tables, question: Question, choices: Choices) -> None:
        arms = arms_with(tables, question.treatment)
        self._selection = Selection(tables, question)
        self._alone = _alone(tables)
        found = [(arm, _visit(self._selection, arm, choices.time)) for arm in records(arms)]
        # Groups put together count only where they print what their parts do not.
        self._arms = [
            (arm, visit) for arm, visit in found if visit is not None or arm["arm_kind"] != "pooled_row"
        ]

    def rows(self, choices: Choices) -> list[Row]:
        """Return one row an arm, with events and total where printed."""
        option("measure", choices.measure, MEASURES)
        return [self._row(arm, visit, choices) for arm, visit in self._arms]

    def _row(self, arm: Row, found: pd.Series | None, choices: Choices) -> Row:
        selection = self._selection
        study, arm_id = selection.study(arm["study_id"]), arm["arm_id"]
        row = start(
            study,
            label=study["label"],
            arm_id=arm_id,
            treatment=arm["treatment"],
            measure=choices.measure,
            fitzpatrick=blank(study["fitzpatrick"]),
            xi=float("nan"),
            ni=float("nan"),
        )
        if found is not None:
            return row | _counted(found, choices) | {"included": True}
        count = selection.count_without_denominator(study["study_id"], arm_id)
        if count is None:
            return row | {"reason": selection.why_not(study, arm_id)}
        if choices.denominator != "printed" and (study["study_id"], arm_id) in self._alone:
            people = study[f"n_{choices.denominator}"]
            if pd.notna(people):
                return row | _of_people(count, people, choices) | {"included": True}
        return row | {"xi": count["count_printed"], "reason": WITHOUT_DENOMINATOR}


def _visit(selection: Selection, arm: Row, time: str) -> pd.Series | None:
    if not selection.has_rows(arm["study_id"], arm["arm_id"]):
        return None
    rows = selection.rows(arm["study_id"], arm["arm_id"])
    scales = by_preference(rows.loc[rows["value_kind"] == "events"], selection.question)
    visits = (visit(of_scale, time) for of_scale in scales)
    return next((found for found in visits if found is not None), None)


def _alone(tables: Tables) -> set[tuple[str, str]]:
    """Return the arms whose people are those of their study: its only arm, or a side of every face."""
    arms = tables.arms
    rows = arms.loc[~arms["study_id"].duplicated(keep=False) | (arms["arm_kind"] == "side")]
    return set(zip(rows["study_id"], rows["arm_id"], strict=True))


def _of_people(count: pd.Series, people: float, choices: Choices) -> Row:
    """Count the events of a row without a denominator among the people analysed, or enrolled."""
    codes = LIST_SEPARATOR.join(dict.fromkeys([*codes_of(count["caution"]), "inferred_denominator"]))
    whole = pd.concat([count, pd.Series({"events": count["count_printed"], "total": people})])
    row = _counted(whole.loc[~whole.index.duplicated(keep="last")], choices)
    return row | {
        "route": f"events printed without a total, of the people {choices.denominator}",
        "caution": codes,
    }


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
