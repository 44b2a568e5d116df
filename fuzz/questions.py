"""`answer`: a question on tables where numbers of its own studies were changed, if they still load."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

import evidence as ev
from evidence.effects.assemble import KINDS
from evidence.errors import EvidenceWarning
from fuzz.campaign import Target
from fuzz.judge import Verdict, judge
from fuzz.pooling import sound as sound_pooled
from fuzz.small_tables import contents, folder, read, written

NUMBERS = {
    "outcomes": ("n", "mean", "sd", "change_mean", "change_sd", "change_pct", "events", "total"),
    "contrasts": ("estimate", "ci_low", "ci_high", "p_num"),
}
VALUES = (
    "",
    "0",
    "1",
    "2",
    "3",
    "1e-9",
    "1e9",
    "1e150",
    "1e300",
    "0.001",
    "-3",
    "100",
    "-1e150",
    "5e-324",
    "1e15",
)
FACTORS = (-1, 0, 0.1, 0.5, 0.9, 1.1, 2, 10)
CHANGED = 3


Change = tuple[str, dict[str, bytes]]


@cache
def asked() -> dict[str, tuple[str, ...]]:
    """Return the questions that effect sizes answer, with the studies that answer each."""
    review = ev.load(folder())
    found = {each.id: ev.answer(review, each.id) for each in review.all_questions() if each.kind in KINDS}
    return {key: tuple(each.effects.included["study_id"].unique()) for key, each in found.items()}


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Draw a question, and tables with numbers changed: by a factor, in sign, to another, or at will."""
    key = draw(st.sampled_from([key for key, studies in asked().items() if studies]))
    tables = {name: read(contents()[name]) for name in NUMBERS}
    for _ in range(draw(st.integers(1, CHANGED))):
        draw(_changed(tables, asked()[key]))
    return key, {name: raw for name in NUMBERS if (raw := written(tables[name])) != contents()[name]}


@st.composite
def _changed(draw: st.DrawFn, tables: dict[str, list[list[str]]], studies: tuple[str, ...]) -> None:
    name = draw(st.sampled_from(["outcomes", "outcomes", "contrasts"]))
    header, *rows = tables[name]
    column = header.index(draw(st.sampled_from(NUMBERS[name])))
    filled = [row for row in rows if row[column]]
    own = [row for row in filled if row[header.index("study_id")] in studies]
    row = draw(st.sampled_from(own or filled))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        row[column] = draw(st.sampled_from(filled))[column]
    elif kind == 1:
        row[column] = draw(st.sampled_from(VALUES))
    else:
        row[column] = f"{float(row[column]) * draw(st.sampled_from(FACTORS)):.6g}"


def loaded(change: dict[str, bytes]) -> ev.Review:
    """Load the tables with some changed; they are as before afterwards."""
    try:
        for name, raw in change.items():
            (folder() / f"{name}.csv").write_bytes(raw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EvidenceWarning)
            return ev.load(folder())
    finally:
        for name in change:
            (folder() / f"{name}.csv").write_bytes(contents()[name])


def sound(found: Any) -> Iterator[str]:
    """Yield what is wrong with an answer: its result, and the sentence that says it."""
    if found.result is not None:
        yield from sound_pooled(found.result)
    rows = found.effects.included
    if not np.isfinite(rows["yi"]).all() or not (rows["vi"] > 0).all():
        yield "an included row without an estimate and a variance"
    if "nan" in found.finding().lower().split():
        yield "a sentence that says nan"
    if not found.gist():
        yield "nothing said"


def judged(change: Change) -> Verdict:
    """Ask the question of the changed tables."""
    key, tables = change
    return judge(lambda: ev.answer(loaded(tables), key), sound)


ABOUT = "up to three numbers changed of the studies that answer a question, which is asked if they load"
TARGET = Target("answer", ABOUT, changes(), judged, 5_000)
