"""Before-after change within an arm: SMCR, SMCC or the raw change, row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from evidence.arguments import option
from evidence.effects.convert import correlation_from_change_sd
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
from evidence.tables.records import records

MEASURES = ("SMCR", "SMCC", "MC")
_WITHOUT_BASELINE = "a change without the SD at baseline; see the change-score scale"
_WITHOUT_VISITS = "no means with SDs at both visits"


class Changes:
    """Every arm that had the treatment, with the visits its change may be computed from.

    Parameters
    ----------
    tables : Tables
    question : Question
    choices : Choices
        Of these, finding the visits takes `time` only.
    """

    def __init__(self, tables: Tables, question: Question, choices: Choices) -> None:
        arms = arms_with(tables, question.treatment)
        if question.comparator:
            compared = arms_with(tables, question.comparator)
            both = set(arms["study_id"]) & set(compared["study_id"])
            arms = pd.concat([arms, compared])
            arms = arms.loc[arms["study_id"].isin(both)]
        arms = arms.loc[arms["arm_kind"] != "pooled_row"]
        several = arms["study_id"].duplicated(keep=False).tolist()
        self._selection = Selection(tables, question)
        self._arms = [
            (
                _start(self._selection, arm, several=one_of_several),
                _visits(self._selection, arm, choices.time),
            )
            for arm, one_of_several in zip(records(arms), several, strict=True)
        ]

    def rows(self, choices: Choices) -> list[Row]:
        """Return one row an arm, computed where the numbers allow it."""
        option("measure", choices.measure, MEASURES)
        return [self._row(start_, visits, choices) for start_, visits in self._arms]

    def _row(self, row: Row, visits: list[Visits], choices: Choices) -> Row:
        row = row | {"measure": choices.measure}
        reasons = []
        for of_scale in visits:
            computed = _from_scale(self._selection.tables, of_scale, choices)
            if "yi" in computed:
                return row | computed | {"included": True}
            reasons.append(computed["reason"])
        study = self._selection.study(row["study_id"])
        return row | {"reason": reasons[0] if reasons else self._selection.why_not(study, row["arm_id"])}


def _start(selection: Selection, arm: Row, *, several: bool) -> Row:
    study = selection.study(arm["study_id"])
    label = study["label"]
    if several:
        side = blank(arm["treatment_tag"]) or selection.tables.label("treatment", arm["treatment"])
        label = f"{label}, {side.lower()}"
    return start(
        study,
        label=label,
        arm_id=arm["arm_id"],
        treatment=arm["treatment"],
        measure="",
        sessions=arm["sessions"],
    )


class Visits(NamedTuple):
    """Rows of an arm on one scale: before, after, and the change between them."""

    before: pd.Series | None
    after: pd.Series | None
    change: pd.Series | None


def _visits(selection: Selection, arm: Row, time: str) -> list[Visits]:
    """Find the visits of each scale, the preferred scale first."""
    rows = selection.rows(arm["study_id"], arm["arm_id"])
    return [
        Visits(
            visit(of_scale.loc[of_scale["value_kind"] == "baseline"]),
            visit(of_scale.loc[(of_scale["value_kind"] == "final") & of_scale["sd"].notna()], time),
            visit(of_scale.loc[of_scale["change_mean"].notna()], time),
        )
        for of_scale in by_preference(rows, selection.question)
    ]


def _from_scale(tables: Tables, visits: Visits, choices: Choices) -> Row:
    """Compute the change on one scale, or say why that cannot be done."""
    before, after, change = visits
    if choices.measure == "SMCR":
        if before is None or after is None:
            return {"reason": _WITHOUT_BASELINE if change is not None else _WITHOUT_VISITS}
        return _from_visits(before, after, choices)
    if change is not None:
        return _from_change(tables, change, choices)
    if before is None or after is None:
        return {"reason": _WITHOUT_VISITS}
    return _from_visits(before, after, choices)


def _from_visits(before: pd.Series, after: pd.Series, choices: Choices) -> Row:
    n = np.nanmin([before["n"], after["n"]])
    first, second = (before, after) if before["higher_is"] == "worse" else (after, before)
    columns = {"m1i": first["mean"], "m2i": second["mean"], "sd1i": before["sd"], "sd2i": after["sd"]}
    if choices.measure != "SMCR":
        columns |= {"sd1i": first["sd"], "sd2i": second["sd"]}
    effect = escalc(choices.measure, **columns, ni=n, ri=choices.r).iloc[0]
    return {
        "yi": effect["yi"],
        "vi": effect["vi"],
        "n": n,
        "outcome": before["outcome"],
        "scale_name": before["scale_name"],
        "route": "means and SDs before and after",
        "assumption": f"correlation of the two visits r = {choices.r:g}",
        "r_computed": _computed_r(before, after),
        "caution": cautions(before, after),
    }


def _computed_r(before: pd.Series, after: pd.Series) -> float:
    if pd.isna(after["change_sd"]):
        return np.nan
    return float(correlation_from_change_sd(before["sd"], after["sd"], after["change_sd"]))


def _from_change(tables: Tables, change: pd.Series, choices: Choices) -> Row:
    """Take a printed change: with its SD, else with the interval of contrasts.csv."""
    row = {"n": change["n"], "outcome": change["outcome"], "scale_name": change["scale_name"]}
    row |= {"caution": cautions(change), "assumption": "none"}
    if pd.notna(change["change_sd"]):
        row["route"] = "mean change and its SD"
        return row | _effect(choices.measure, change["change_mean"], change["change_sd"], change["n"])
    interval = _interval(tables, change)
    if interval is None:
        return {"reason": "a change without a spread"}
    low, high = interval
    row["route"] = "mean change and its confidence interval"
    if choices.measure == "MC":
        row |= {"ci_low": low, "ci_high": high}
        row["assumption"] = "variance from the width of the printed interval"
        return row | {"yi": change["change_mean"], "vi": ((high - low) / (2 * ndtri(0.975))) ** 2}
    row["assumption"] = "SD from the width of the printed interval, by t"
    sd = (high - low) / (2 * stdtrit(change["n"] - 1, 0.975)) * np.sqrt(change["n"])
    return row | _effect(choices.measure, change["change_mean"], sd, change["n"])


def _effect(measure: str, mean: float, sd: float, n: float) -> Row:
    effect = escalc(measure, m1i=mean, sd1i=sd, m2i=0.0, sd2i=0.0, ni=n, ri=0.0).iloc[0]
    return {"yi": effect["yi"], "vi": effect["vi"]}


def _interval(tables: Tables, change: pd.Series) -> tuple[float, float] | None:
    rows = tables.contrasts
    same = (rows["study_id"] == change["study_id"]) & (rows["arm_id_1"] == change["arm_id"])
    same &= (rows["contrast_type"] == "within_arm") & (rows["scale_name"] == change["scale_name"])
    same &= (rows["timepoint_label"] == change["timepoint_label"]) & (
        rows["estimate"] == change["change_mean"]
    )
    found = rows.loc[same & (rows["ci_level"] == 95)].dropna(subset=["ci_low", "ci_high"])
    return None if found.empty else (found["ci_low"].iloc[0], found["ci_high"].iloc[0])
