"""`answer`: every question, on tables whose numbers were changed and that still load."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

import evidence as ev
from evidence.effects.assemble import KINDS
from evidence.errors import EvidenceError, EvidenceWarning
from fuzz.campaign import Target
from fuzz.judge import REFUSAL, Verdict, judge
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
CHANGED = 8


@cache
def asked() -> tuple[str, ...]:
    """Return the questions that effect sizes answer."""
    return tuple(question.id for question in ev.load(folder()).all_questions() if question.kind in KINDS)


@st.composite
def changes(draw: st.DrawFn) -> dict[str, bytes]:
    """Draw tables with numbers changed: by a factor, in sign, to another of the column, or at will."""
    found = {}
    for name, columns in NUMBERS.items():
        rows = read(contents()[name])
        for _ in range(draw(st.integers(0 if name == "contrasts" else 1, CHANGED))):
            column = rows[0].index(draw(st.sampled_from(columns)))
            filled = [row for row in rows[1:] if row[column]]
            row = draw(st.sampled_from(filled))
            kind = draw(st.integers(0, 3))
            if kind == 0:
                row[column] = draw(st.sampled_from(filled))[column]
            elif kind == 1:
                row[column] = draw(st.sampled_from(VALUES))
            else:
                row[column] = f"{float(row[column]) * draw(st.sampled_from([-1, 0, 0.1, 10, 2, 0.5])):.6g}"
        found[name] = written(rows)
    return found


def loaded(change: dict[str, bytes]) -> ev.Review | None:
    """Return the changed tables as a review; None where they do not load."""
    whole = contents()
    try:
        for name, raw in change.items():
            (folder() / f"{name}.csv").write_bytes(raw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EvidenceWarning)
            return ev.load(folder())
    except EvidenceError:
        return None
    finally:
        for name in change:
            (folder() / f"{name}.csv").write_bytes(whole[name])


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


def judged(change: dict[str, bytes]) -> Verdict:
    """Ask every question of changed tables; the first that finds something is the verdict."""
    review = loaded(change)
    if review is None:
        return Verdict(REFUSAL)
    verdict = Verdict(REFUSAL)
    for key in asked():
        verdict = judge(lambda key=key: ev.answer(review, key), sound)
        if verdict.kind == "finding":
            return Verdict("finding", f"{key}: {verdict.what}", verdict.where)
    return verdict


ABOUT = "up to sixteen numbers of the tables changed; every question asked if they load"
TARGET = Target("answer", ABOUT, changes(), judged, 2_000)
