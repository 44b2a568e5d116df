"""`answer`: a question on tables where numbers of its own studies were changed, under every choice."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any, NamedTuple

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
LONGEST = 10.0  # seconds of the processor: tables are loaded, too

CHOICES: dict[str, tuple[Any, ...]] = {
    "r": (0.0, 0.9, -0.5, 1.0, np.nan),
    "measure": ("SMCC", "MC", "MD", "OR", "RR", "RD", "PAS", "PFT", "PR", "PLN", "nonsense"),
    "without_cautions": (("sd_assumed",), ("overlap", "implausible"), "nonsense"),
    "randomised_only": (True,),
    "preferred": ("responder", "scar_severity", "nonsense"),
    "time": ("earliest", "latest"),
    "direct_only": (True,),
    "denominator": ("analysed", "enrolled"),
}


class Cell(NamedTuple):
    """A cell of a table by its row, the first one after the header being 1, and what stands there instead."""

    table: str
    row: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the cells that were changed, and the choices it is asked with."""

    key: str
    changed: tuple[Cell, ...]
    choices: dict[str, Any] = field(default_factory=dict)


@cache
def asked() -> dict[str, tuple[str, ...]]:
    """Return the questions that effect sizes answer, with the studies that answer each."""
    review = ev.load(folder())
    found = {each.id: ev.answer(review, each.id) for each in review.all_questions() if each.kind in KINDS}
    return {key: tuple(each.effects.included["study_id"].unique()) for key, each in found.items()}


@cache
def cells(table: str) -> list[list[str]]:
    """Return the cells of a table as it is, its header first."""
    return read(contents()[table])


@st.composite
def changes(draw: st.DrawFn) -> Asked:
    """Draw a question, and numbers to change: by a factor, in sign, to another, or at will."""
    key = draw(st.sampled_from([key for key, studies in asked().items() if studies]))
    return Asked(key, tuple(draw(_changed(asked()[key])) for _ in range(draw(st.integers(1, CHANGED)))))


@st.composite
def _changed(draw: st.DrawFn, studies: tuple[str, ...]) -> Cell:
    table = draw(st.sampled_from(["outcomes", "outcomes", "contrasts"]))
    header, *rows = cells(table)
    name = draw(st.sampled_from(NUMBERS[table]))
    column, study = header.index(name), header.index("study_id")
    filled = [place for place, row in enumerate(rows, start=1) if row[column]]
    own = [place for place in filled if cells(table)[place][study] in studies]
    place = draw(st.sampled_from(own or filled))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        value = cells(table)[draw(st.sampled_from(filled))][column]
    elif kind == 1:
        value = draw(st.sampled_from(VALUES))
    else:
        value = f"{float(cells(table)[place][column]) * draw(st.sampled_from(FACTORS)):.6g}"
    return Cell(table, place, name, value)


def every_choice(asked_plainly: Asked) -> Iterator[Asked]:
    """Yield a question as it is, and then, if its tables load, with each choice made otherwise."""
    yield asked_plainly
    if isinstance(tried(asked_plainly.changed), Exception):
        return
    for name, values in CHOICES.items():
        yield from (replace(asked_plainly, choices={name: value}) for value in values)


def loaded(changed: tuple[Cell, ...]) -> ev.Review:
    """Return the tables with some cells changed, or raise why they do not load."""
    found = tried(changed)
    if isinstance(found, Exception):
        raise found
    return found


@lru_cache(maxsize=1)
def tried(changed: tuple[Cell, ...]) -> ev.Review | Exception:
    """Load the tables with some cells changed; they are as before afterwards."""
    tables = {each.table: [list(row) for row in cells(each.table)] for each in changed}
    for table, row, column, value in changed:
        tables[table][row][tables[table][0].index(column)] = value
    try:
        for name, rows in tables.items():
            (folder() / f"{name}.csv").write_bytes(written(rows))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EvidenceWarning)
            return ev.load(folder())
    except Exception as error:  # noqa: BLE001 (what kind of error it is will be judged)
        return error
    finally:
        for name in tables:
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


def judged(asked_so: Asked) -> Verdict:
    """Ask the question of the changed tables."""
    return judge(
        lambda: ev.answer(loaded(asked_so.changed), asked_so.key, **asked_so.choices), sound, longest=LONGEST
    )


ABOUT = "up to three numbers changed of the studies that answer a question, which is asked under every choice"
TARGET = Target("answer", ABOUT, changes(), judged, every_choice)
