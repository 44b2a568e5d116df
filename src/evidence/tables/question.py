"""`Question`: a PICO question, one row of questions.csv with its lists taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import InputError, OptionError
from evidence.tables.fields import listed
from evidence.tables.load import Tables
from evidence.tables.records import by_key, records


@dataclass(frozen=True, slots=True)
class Question:
    """Which arms against which, which outcome, which measure, which model.

    Attributes
    ----------
    id, claim_id : str
    text : str
        The question in words.
    kind : str
        "change", "contrast", "proportion", "network" or "description".
    treatment, comparator : tuple of str
        Treatment codes; the comparator is empty where nothing is compared.
    comparator_tags : tuple of str
        Only these treatment tags of the comparator; empty for all.
    outcomes : tuple of str
        Outcome codes in order of preference.
    threshold_classes, scales : tuple of str
        Only these classes of response, or these scale names; empty for all.
    measure : str
        Effect measure code; empty for a description.
    model : str
        The primary model in words.
    favours : tuple of str
        What a value below and a value above no effect means.
    claim_side : str
        "high" or "low": on which side of no effect the claim lies; empty where it has none.
    benchmark, worthwhile : float or None
        What takes the place of no effect, and the smallest value worth having, on the reader's scale.
    indirectness : tuple of str
        How the question misses what the claim says.
    summary_order : int or None
        Place in the summary of findings.
    note : str
    """

    id: str
    claim_id: str
    text: str
    kind: str
    treatment: tuple[str, ...]
    comparator: tuple[str, ...]
    comparator_tags: tuple[str, ...]
    outcomes: tuple[str, ...]
    threshold_classes: tuple[str, ...]
    scales: tuple[str, ...]
    measure: str
    model: str
    favours: tuple[str, str]
    claim_side: str
    benchmark: float | None
    worthwhile: float | None
    indirectness: tuple[str, ...]
    summary_order: int | None
    note: str


def question(tables: Tables, question_id: str) -> Question:
    """Return one question of the review.

    Parameters
    ----------
    tables : Tables
    question_id : str
        Key of questions.csv, such as "Q1b".

    Returns
    -------
    Question

    Raises
    ------
    OptionError
        If there is no such question; the nearest key is named.
    """
    if not isinstance(question_id, str):
        raise InputError(f"question_id must be text such as 'Q1b', not {question_id!r}.")
    rows = by_key(tables.questions, "question_id")
    if question_id not in rows:
        raise OptionError(f"questions.csv has no question {question_id!r}.{nearest(question_id, rows)}")
    return _read(rows[question_id])


def _read(cells: Mapping[str, Any]) -> Question:
    numbers = {name: None if pd.isna(cells[name]) else float(cells[name]) for name in _NUMBERS}
    order = numbers.pop("summary_order")
    row = {name: "" if pd.isna(cell) else cell for name, cell in cells.items()}
    return Question(
        id=row["question_id"],
        claim_id=row["claim_id"],
        text=row["question"],
        kind=row["kind"],
        treatment=tuple(listed(row["treatment"])),
        comparator=tuple(listed(row["comparator"])),
        comparator_tags=tuple(listed(row["comparator_tags"])),
        outcomes=tuple(listed(row["outcomes"])),
        threshold_classes=tuple(listed(row["threshold_classes"])),
        scales=tuple(listed(row["scales"])),
        measure=row["measure"],
        model=row["model"],
        favours=(row["favours_low"], row["favours_high"]),
        claim_side=row["claim_side"],
        indirectness=tuple(listed(row["indirectness"])),
        summary_order=None if order is None else int(order),
        **numbers,
        note=row["note"],
    )


_NUMBERS = ("benchmark", "worthwhile", "summary_order")


def questions(tables: Tables) -> list[Question]:
    """Return every question of the review, in the order of questions.csv."""
    return [_read(cells) for cells in records(tables.questions)]
