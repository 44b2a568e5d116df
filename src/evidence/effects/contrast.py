"""One treatment against another within a study: differences of scores, or odds and risks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd

from evidence.arguments import option
from evidence.effects.convert import or_to_smd
from evidence.effects.margins import matched_pairs, phi_bounds
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

MEASURES = ("SMD", "MD", "OR", "RR", "RD")
_MATCHED = {"OR": "MPOR", "RR": "MPRR", "RD": "MPRD"}


class Contrasts:
    """Every study that compared the two treatments, with the visits the comparison may be computed from.

    Parameters
    ----------
    tables : Tables
    question : Question
    choices : Choices
        Of these, finding the visits takes `time` only.
    """

    def __init__(self, tables: Tables, question: Question, choices: Choices) -> None:
        ours = _by_study(arms_with(tables, question.treatment))
        theirs = _by_study(arms_with(tables, question.comparator, question.comparator_tags))
        self._selection = Selection(tables, question)
        self._studies = [
            [
                _pair(self._selection, first, second, choices.time)
                for first, second in product(ours[study_id], theirs[study_id])
            ]
            for study_id in ours
            if study_id in theirs
        ]

    def rows(self, choices: Choices) -> list[Row]:
        """Return one row a study, computed where possible."""
        option("measure", choices.measure, MEASURES)
        rows = []
        for pairs in self._studies:
            of_pairs = [_row(self._selection, choices, pair) for pair in pairs]
            rows.append(next((row for row in of_pairs if row["included"]), of_pairs[0]))
        return rows


def _by_study(arms: pd.DataFrame) -> dict[str, list[Row]]:
    """Return the arms of every study, in the order of the table."""
    found: dict[str, list[Row]] = {}
    for arm in records(arms):
        found.setdefault(arm["study_id"], []).append(arm)
    return found


def pair_row(selection: Selection, choices: Choices, first: Row, second: Row) -> Row:
    """Return the comparison of two arms of a study, computed where the numbers allow it."""
    return _row(selection, choices, _pair(selection, first, second, choices.time))


class Pair(NamedTuple):
    """Two arms of a study: what every row says of them, and the visits of each scale they share."""

    start: Row
    arms: tuple[str, str]
    scales: list[list[Visits]]


class Visits(NamedTuple):
    """Rows of both arms at one visit, and the columns that hold the numbers of their route."""

    one: pd.Series
    two: pd.Series
    columns: tuple[str, str]
    route: str


def _pair(selection: Selection, first: Row, second: Row, time: str) -> Pair:
    study = selection.study(first["study_id"])
    row = start(
        study,
        arm_id=f"{first['arm_id']} v {second['arm_id']}",
        treatment=first["treatment"],
        comparator=second["treatment"],
        measure="",
        split_face=study["split_face"],
    )
    row |= _direction(selection, first, second)
    row["paired"] = "yes" if first["arm_kind"] == second["arm_kind"] == "side" else "no"
    scales = [_visits(*rows, time) for rows in _same_scale(selection, first, second)]
    return Pair(row, (first["arm_id"], second["arm_id"]), scales)


def _row(selection: Selection, choices: Choices, pair: Pair) -> Row:
    row = pair.start | {"measure": choices.measure}
    for visits in pair.scales:
        computed = _computed(visits, choices, paired=row["paired"] == "yes")
        if computed:
            return row | computed | {"included": "yi" in computed}
    return row | {"reason": selection.why_not(selection.study(row["study_id"]), *pair.arms)}


def _same_scale(selection: Selection, first: Row, second: Row) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield the rows of both arms, one scale and class at a time, the preferred first."""
    if not selection.has_rows(first["study_id"], first["arm_id"], second["arm_id"]):
        return
    rows_1 = selection.rows(first["study_id"], first["arm_id"])
    rows_2 = selection.rows(second["study_id"], second["arm_id"])
    for of_scale in by_preference(rows_1, selection.question):
        if len(of_scale):
            keys = ["scale_name", "outcome", "threshold_class"]
            like = of_scale[keys].iloc[0].fillna("")
            yield of_scale, rows_2.loc[(rows_2[keys].fillna("") == like).all(axis=1)]


# Which columns hold the mean and the spread of each route, in the order of preference; events come last.
_ROUTES = (
    ("final", ("mean", "sd"), "means and SDs"),
    ("change", ("mean", "sd"), "means and SDs of the percent change"),
    (None, ("change_mean", "change_sd"), "mean changes and their SDs"),
    ("events", ("events", "total"), "events"),
)


def _visits(rows_1: pd.DataFrame, rows_2: pd.DataFrame, time: str) -> list[Visits]:
    """Find the visits of every route that both arms allow."""
    found = []
    for kind, columns, route in _ROUTES:
        one, two = _both(rows_1, rows_2, kind, list(columns), time)
        if one is not None and two is not None:
            found.append(Visits(one, two, columns, route))
    return found


def _computed(visits: list[Visits], choices: Choices, *, paired: bool) -> Row:
    """Take the first route that the measure allows: final means, changes, events."""
    for one, two, columns, route in visits:
        if route == "events":
            if choices.measure == "MD":
                return {}
            if choices.measure != "RD" and _all_alike(one, two):
                return {"reason": "all or none had the event on both sides, which says nothing of a ratio"}
            return _from_events(one, two, choices, paired=paired)
        if choices.measure in {"SMD", "MD"}:
            said = _said(one, two, route, paired)
            return _difference(one, two, *columns, choices, paired=paired) | said
    return {}


def _both(
    rows_1: pd.DataFrame, rows_2: pd.DataFrame, kind: str | None, columns: list[str], time: str
) -> tuple[pd.Series | None, pd.Series | None]:
    """Return the visit to take of the first arm, and the same visit of the second."""
    one, others = (
        rows.loc[rows[columns].notna().all(axis=1) & ((rows["value_kind"] == kind) | (kind is None))]
        for rows in (rows_1, rows_2)
    )
    first = visit(one, time)
    if first is None:
        return None, None
    at_visit = others.loc[others["timepoint_label"] == first["timepoint_label"]]
    return first, visit(at_visit if len(at_visit) else others, time)


def _all_alike(one: pd.Series, two: pd.Series) -> bool:
    """Say whether all people, or none, had the event under both treatments."""
    return one["events"] + two["events"] in (0, one["total"] + two["total"])


def _difference(one: pd.Series, two: pd.Series, mean: str, sd: str, choices: Choices, *, paired: bool) -> Row:
    """Return the difference, positive where the first treatment is better."""
    improving = mean == "change_mean" or one["higher_is"] == "better"
    sign = 1.0 if improving else -1.0
    means = {"m1i": sign * one[mean], "sd1i": one[sd], "m2i": sign * two[mean], "sd2i": two[sd]}
    if paired:
        n = np.nanmin([one["n"], two["n"]])
        code = "SMCRPH" if choices.measure == "SMD" else "MC"
        effect = escalc(code, **means, ni=n, ri=choices.r).iloc[0]
        assumption = f"correlation of the two sides r = {choices.r:g}"
    else:
        n = one["n"] + two["n"]
        effect = escalc(choices.measure, **means, n1i=one["n"], n2i=two["n"]).iloc[0]
        assumption = "none"
    row = {"yi": effect["yi"], "vi": effect["vi"], "n": n, "assumption": assumption}
    row |= {"mean_1": one[mean], "sd_1": one[sd], "n_1": one["n"]}
    row |= {"mean_2": two[mean], "sd_2": two[sd], "n_2": two["n"]}
    return row | {"higher_is": "better" if improving else "worse"}


def _said(one: pd.Series, two: pd.Series, route: str, paired: bool) -> Row:
    return {
        "outcome": one["outcome"],
        "scale_name": one["scale_name"],
        "route": f"{route}, sides of one face" if paired else route,
        "caution": cautions(one, two),
    }


def _from_events(one: pd.Series, two: pd.Series, choices: Choices, *, paired: bool) -> Row:
    """Return log OR, log RR or RD; for an SMD the log odds ratio, converted."""
    as_smd = choices.measure == "SMD"
    measure = "OR" if as_smd else choices.measure
    row = {"n": one["total"] if paired else one["total"] + two["total"]}
    row |= _said(one, two, "events, by the log odds ratio" if as_smd else "events", paired)
    counts = (one["events"], one["total"], two["events"], two["total"])
    if paired and one["total"] == two["total"]:
        effect, row["assumption"] = _matched(counts, measure, choices.r)
    else:
        effect = escalc(measure, ai=counts[0], n1i=counts[1], ci=counts[2], n2i=counts[3]).iloc[0]
        empty = 0 in (counts[0], counts[2], counts[1] - counts[0], counts[3] - counts[2])
        row["assumption"] = "0.5 added to each cell" if empty and measure != "RD" else "none"
    row |= {"yi": effect["yi"], "vi": effect["vi"]}
    row |= {"events_1": counts[0], "total_1": counts[1], "events_2": counts[2], "total_2": counts[3]}
    if as_smd:
        row["yi"], row["vi"] = (float(value) for value in or_to_smd(row["yi"], row["vi"]))
    return row


def _matched(counts: tuple[float, ...], measure: str, r: float) -> tuple[pd.Series, str]:
    """Pair the two sides through their margins, with as much correlation as these allow."""
    margins = {"x1i": counts[0], "x2i": counts[2], "ni": counts[1]}
    phi = min(r, float(phi_bounds(**margins)["high"].iloc[0]))
    pairs = matched_pairs(**margins, phi=phi).clip(lower=0).iloc[0]
    # Empty cells of the pairs do no harm as long as each side has people with and without the event.
    defined = all(0 < events < counts[1] for events in (counts[0], counts[2])) or measure == "RD"
    effect = escalc(_MATCHED[measure], **pairs, to="none" if defined else "only0").iloc[0]
    assumption = f"correlation of the two sides phi = {phi:.2f}"
    return effect, assumption + ("" if defined else "; 0.5 added to each cell of the pairs")


def _direction(selection: Selection, first: Row, second: Row) -> Row:
    """Return what the source prints of the comparison: its direction and its p value.

    Only what it says of the question's outcomes counts; of several, the preferred one.
    """
    arms = {first["arm_id"], second["arm_id"]}
    said = [
        contrast
        for contrast in selection.contrasts(first["study_id"])
        if contrast["contrast_type"] == "between_arm"
        and {contrast["arm_id_1"], contrast["arm_id_2"]} == arms
        and pd.isna(contrast["subgroup"])
        and contrast["outcome"] in selection.question.outcomes
    ]
    if not said:
        return {"direction": "", "p_printed": ""}
    best = min(said, key=lambda contrast: selection.question.outcomes.index(contrast["outcome"]))
    return {"direction": selection.in_words(best["direction"]), "p_printed": blank(best["p_value"])}
