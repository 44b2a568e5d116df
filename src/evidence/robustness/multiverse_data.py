"""The data sets of a multiverse: rows are found once, and each set of numbers that differs is kept once."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.effects.assemble import PRIMARY_R, find
from evidence.effects.rows import Choices, Row, Selection, arms_with, filtered
from evidence.errors import ScaleWarning
from evidence.review import Review
from evidence.robustness.multiverse_choices import Choice, effects_options
from evidence.synthesis.answer import people_of
from evidence.tables.load import Tables
from evidence.tables.question import Question

POINTS = ("MC", "MD")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Rows that one set of choices leaves, in the order of `review.effects`.

    Attributes
    ----------
    measure : str
    yi, vi : array, shape (k,)
    xi, ni : array, shape (k,)
        Events and people of shares; empty otherwise.
    people : int
        Each person counted once where sides of a face are compared.
    reason : str
        Why they are not pooled; empty where they are.
    """

    measure: str
    yi: FloatArray
    vi: FloatArray
    xi: FloatArray
    ni: FloatArray
    people: int
    reason: str

    @property
    def k(self) -> int:
        """Number of rows."""
        return self.yi.size


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Distinct data sets, and which of them each combination of the data choices gives.

    Attributes
    ----------
    choices : tuple of Choice
        Choices that bear on the data, in the order of the axes of `which`.
    which : array of int, shape (levels of each choice ...)
        Position in `sets`.
    sets : list of DataSet
    """

    choices: tuple[Choice, ...]
    which: NDArray[np.intp]
    sets: list[DataSet]


def studies_with_numbers(review: Review, question: Question) -> Review:
    """Return the review with the studies that may give the question a number; the others cannot enter.

    Every row of a study stays, so that what is computed for it stays the same.
    """
    rows = review.outcomes.loc[review.outcomes["outcome"].isin(question.outcomes)]
    arms = arms_with(review, (*question.treatment, *question.comparator))
    able = (rows["usable"] == "yes") | rows["count_printed"].notna()
    studies = set(rows.loc[able, "study_id"]) & set(arms["study_id"])
    fields = {field.name: getattr(review, field.name) for field in dataclasses.fields(Tables)}
    for name in ("studies", "arms", "outcomes", "contrasts"):
        fields[name] = fields[name].loc[fields[name]["study_id"].isin(studies)]
    return Review(**fields)


def preferable(review: Review, question: Question) -> tuple[str, ...]:
    """Return the outcomes, or classes of response, that an arm reports beside a preferred one."""
    selection = Selection(review, question)
    arms = arms_with(review, (*question.treatment, *question.comparator))
    beaten = set()
    for arm in arms.itertuples():
        rows = selection.rows(arm.study_id, arm.arm_id)
        for order, column in (
            (question.outcomes, "outcome"),
            (question.threshold_classes, "threshold_class"),
        ):
            reported = [each for each in order if (rows[column] == each).any()]
            beaten |= set(reported[1:])
    return tuple(each for each in (*question.outcomes, *question.threshold_classes) if each in beaten)


def data_sets(
    review: Review, question: Question, choices: tuple[Choice, ...], progress: Progress | None
) -> Data:
    """Compute the rows of every combination of the data choices.

    Parameters
    ----------
    review : Review
        See `studies_with_numbers`.
    question : Question
    choices : tuple of Choice
        Those that bear on the data.
    progress : callable or None
        Takes a step, how much of it is done, and the whole.

    Returns
    -------
    Data
    """
    which = np.zeros([len(choice.levels) for choice in choices], dtype=np.intp)
    seen: dict[tuple[Any, ...], int] = {}
    sets: list[DataSet] = []
    for done, (spots, measure, rows) in enumerate(_combinations(review, question, choices)):
        if progress is not None and done % 64 == 0:
            progress("Assembling the data", done, which.size)
        key = (measure, *((r["study_id"], r["arm_id"], r["yi"], r["vi"], r.get("ni", 0)) for r in rows))
        if key not in seen:
            seen[key] = len(sets)
            sets.append(_data_set(question, measure, rows))
        which[spots] = seen[key]
    if progress is not None:
        progress("Assembling the data", which.size, which.size)
    return Data(choices, which, sets)


def _combinations(
    review: Review, question: Question, choices: tuple[Choice, ...]
) -> Iterator[tuple[tuple[int, ...], str, list[Row]]]:
    """Yield the place of each combination in the grid, its measure and the rows that enter.

    Rows are found once a preferred outcome and visit, and computed once a measure, correlation and
    denominator; the other choices only leave rows out.
    """
    found: dict[Any, Any] = {}
    computed: dict[Any, list[Row]] = {}
    places = product(*(range(len(choice.levels)) for choice in choices))
    for spots, levels in zip(places, product(*(choice.levels for choice in choices)), strict=True):
        chosen = dict(zip((choice.name for choice in choices), levels, strict=True))
        options = effects_options(chosen)
        looked_for = {name: options.pop(name) for name in ("preferred", "time") if name in options}
        at = tuple(looked_for.items())
        if at not in found:
            found[at] = find(review, question, **looked_for)
        made = _as_choices(question, options)
        key = (at, made.measure, made.r, made.denominator)
        if key not in computed:
            with warnings.catch_warnings():
                # The tables are asked about SEs typed as SDs when they are loaded.
                warnings.simplefilter("ignore", ScaleWarning)
                rows = [row for row in found[at].rows(made) if row["included"]]
            computed[key] = sorted(rows, key=lambda row: (row["label"].lower(), row["arm_id"]))
        yield spots, made.measure, [row for row in filtered(computed[key], made) if row["included"]]


def _as_choices(question: Question, options: Mapping[str, Any]) -> Choices:
    return Choices(**({"r": PRIMARY_R, "measure": question.measure} | dict(options)))


def _data_set(question: Question, measure: str, rows: list[Row]) -> DataSet:
    columns = {name: np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in _NUMBERS}
    counts = question.kind == "proportion"
    return DataSet(
        measure,
        columns["yi"],
        columns["vi"],
        columns["xi"] if counts else np.empty(0),
        columns["ni"] if counts else np.empty(0),
        people_of(pd.DataFrame(rows, columns=["study_id", "n", "design"])),
        _why_not_pooled(measure, rows),
    )


_NUMBERS = ("yi", "vi", "xi", "ni")


def _why_not_pooled(measure: str, rows: list[Row]) -> str:
    studies = {row["study_id"] for row in rows}
    if len(studies) < 2:
        return "one study is left, shown, not pooled" if studies else "no study is left"
    scales = list(dict.fromkeys(row["scale_name"] for row in rows))
    if measure in POINTS and len(scales) > 1:
        return f"points of different scales cannot be pooled: {', '.join(scales)}"
    return ""


def matters(data: Data, axis: int) -> bool:
    """Say whether a choice changes the data anywhere."""
    return bool((data.which != data.which.take([0], axis=axis)).any())


def without_axis(data: Data, axis: int) -> Data:
    """Return the data without a choice that changes nothing."""
    choices = tuple(choice for i, choice in enumerate(data.choices) if i != axis)
    return Data(choices, data.which.take(0, axis=axis), data.sets)
