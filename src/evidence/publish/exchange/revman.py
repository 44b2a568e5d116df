"""The contrasts as data rows and settings of a RevMan review, and what such a review cannot state."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evidence.publish.exchange.long_table import readers_scale
from evidence.publish.exchange.revman_settings import SETTINGS, settings_row
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.pool import Pooled
from evidence.tables.revman import DATA_ROWS

_PLACE = ("Analysis group", "Analysis number")
_NO_CONTROL = {
    "change": "a change before and after treatment has no control arm",
    "proportion": "a share of one group has no control arm",
}


class LeftOut(NamedTuple):
    """A question, or a study of it, that the format cannot state, and why."""

    question_id: str
    study: str
    reason: str


@dataclass(frozen=True, slots=True)
class RevMan:
    """A review as RevMan's data package holds it.

    Attributes
    ----------
    data_rows : DataFrame
        One row a study and analysis, with the columns of `evidence.tables.revman.DATA_ROWS`.
    settings : DataFrame
        One row an analysis: how it is made, and what it found here.
    left_out : tuple of LeftOut
    """

    data_rows: pd.DataFrame
    settings: pd.DataFrame
    left_out: tuple[LeftOut, ...]


def revman(review: Review, answers: Mapping[str, Answer]) -> RevMan:
    """State the contrasts of the review as RevMan's analyses.

    Comparisons are numbered in the order of the questions, and the questions of one comparison within it; a
    question without a usable number keeps its place. Arms of different people are stated by their own
    numbers; where sides of one face are compared, or means and events are joined, every study of the question
    is stated by its effect and standard error, since RevMan would take the sides for different people.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
        Answers by question id.

    Returns
    -------
    RevMan

    Notes
    -----
    The columns are named by the specification of RevMan Web's data package
    (https://documentation.cochrane.org/revman-kb/data-package-specification-249561249.html) and by programs
    that read such packages.
    """
    years = review.studies.set_index("study_id")["year"]
    rows: list[dict[str, Any]] = []
    settings: list[dict[str, Any]] = []
    left_out: list[LeftOut] = []
    for key, answer in _numbered(answers):
        question = answer.question
        if key is None:
            left_out.append(LeftOut(question.id, "", _NO_CONTROL[question.kind]))
            continue
        left_out += [
            LeftOut(question.id, row["label"], row["reason"])
            for row in answer.effects.excluded.to_dict("records")
        ]
        if answer.effects.k:
            place: dict[str, Any] = dict(zip(_PLACE, key, strict=True))
            place["Analysis name"] = f"{question.id} {question.text}"
            found = _data_rows(answer, years, _data_type(answer))
            rows += [place | row for row in found]
            settings.append(place | settings_row(review, answer, _data_type(answer), found))
    return RevMan(
        pd.DataFrame(rows, columns=list(DATA_ROWS)).sort_values(list(_PLACE), kind="stable"),
        pd.DataFrame(settings, columns=list(SETTINGS)).sort_values(list(_PLACE), kind="stable"),
        tuple(left_out),
    )


def left_out_in_words(left_out: Sequence[LeftOut]) -> str:
    """Say how much a RevMan review does not state.

    Examples
    --------
    >>> left_out_in_words([LeftOut("Q1b", "", "no control"), LeftOut("Q1e", "A 2020", "no spread")])
    'RevMan cannot state 1 question without a control arm and 1 report without a usable number.'
    """
    questions = sum(1 for row in left_out if not row.study)
    reports = len(left_out) - questions
    return (
        f"RevMan cannot state {questions} question{'s' * (questions != 1)} without a control arm"
        f" and {reports} report{'s' * (reports != 1)} without a usable number."
    )


def _numbered(answers: Mapping[str, Answer]) -> list[tuple[tuple[int, int] | None, Answer]]:
    """Number comparisons, and the analyses within each; what is not a contrast has no number."""
    groups: dict[tuple[Any, ...], tuple[int, itertools.count[int]]] = {}
    numbered: list[tuple[tuple[int, int] | None, Answer]] = []
    for answer in answers.values():
        question = answer.question
        if question.kind != "contrast":
            numbered.append((None, answer))
            continue
        compared = (question.treatment, question.comparator, question.comparator_tags)
        group, analyses = groups.setdefault(compared, (len(groups) + 1, itertools.count(1)))
        numbered.append(((group, next(analyses)), answer))
    return numbered


def _data_type(answer: Answer) -> str:
    """Say what all rows of a question can be stated by."""
    rows = answer.effects.included
    apart = (rows["paired"] == "no").all()
    if apart and "mean_1" in rows and rows["mean_1"].notna().all():
        return "Continuous"
    if apart and answer.effects.measure != "SMD" and rows["events_1"].notna().all():
        return "Dichotomous"
    return "Contrast level"


def _data_rows(answer: Answer, years: pd.Series, data_type: str) -> list[dict[str, Any]]:
    table = answer.effects.table.assign(**readers_scale(answer))
    table = table.loc[table["included"]]
    weights = answer.result.weights if isinstance(answer.result, Pooled) else itertools.repeat(np.nan)
    rows = []
    for row, weight in zip(table.to_dict("records"), weights, strict=False):
        stated = {
            "Study": row["label"],
            "Study year": years[row["study_id"]],
            "Weight": weight,
            "Mean": row["estimate"],
            "CI start": row["ci_low"],
            "CI end": row["ci_high"],
        }
        stated |= _STATED[data_type](row)
        notes = [stated.pop("note", ""), f"From {row['route']}.", _noted(row), f"Source: {row['source']}"]
        rows.append(stated | {"Footnotes": " ".join(filter(None, notes))})
    return rows


def _noted(row: dict[str, Any]) -> str:
    parts = [] if row["assumption"] == "none" else [f"Assumed: {row['assumption']}."]
    return " ".join([*parts, f"Caution: {row['caution']}."] if row["caution"] else parts)


def _by_means(row: dict[str, Any]) -> dict[str, Any]:
    """State both arms by mean, SD and people, so that more is better."""
    sign = -1.0 if row["higher_is"] == "worse" else 1.0
    return {
        **{f"{arm} mean": sign * row[f"mean_{i}"] for i, arm in _SIDES},
        **{f"{arm} SD": row[f"sd_{i}"] for i, arm in _SIDES},
        **{f"{arm} N": row[f"n_{i}"] for i, arm in _SIDES},
        "note": "Means times -1, since higher is worse on this scale." if sign < 0 else "",
    }


def _by_events(row: dict[str, Any]) -> dict[str, Any]:
    stated = {f"{arm} cases": row[f"events_{i}"] for i, arm in _SIDES}
    return stated | {f"{arm} N": row[f"total_{i}"] for i, arm in _SIDES}


def _by_effect(row: dict[str, Any]) -> dict[str, Any]:
    """State the effect on the scale of analysis with its standard error; people as they were counted."""
    people = {f"{arm} N": _people(row, i) for i, arm in _SIDES}
    note = "Sides of one face: the same people on both." if row["paired"] == "yes" else ""
    return {"GIV Mean": row["yi"], "GIV SE": row["vi"] ** 0.5, **people, "note": note}


def _people(row: dict[str, Any], arm: int) -> float:
    known = row.get(f"n_{arm}", np.nan)
    return row.get(f"total_{arm}", np.nan) if np.isnan(known) else known


_SIDES = ((1, "Experimental"), (2, "Control"))
_STATED = {"Continuous": _by_means, "Dichotomous": _by_events, "Contrast level": _by_effect}
