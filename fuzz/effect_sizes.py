"""`escalc`: every measure, with columns that fit it and with columns that do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import evidence as ev
from evidence.effects.measures import MEASURES
from fuzz.campaign import Target
from fuzz.judge import Verdict, judge
from fuzz.odd import arrays, now_and_then, numbers_near, odd
from fuzz.variants import neighbours

_POSITIVE, _ANY = numbers_near(0.01, 50), numbers_near(-50, 50)
_TOTALS, _EVENTS = st.integers(20, 200), st.integers(0, 20)


def _cells(name: str) -> st.SearchStrategy[Any]:
    if name.startswith("n"):
        return _TOTALS
    if name.startswith("sd"):
        return _POSITIVE
    if name == "ri":
        return st.floats(-1, 1)
    return _ANY if name.startswith("m") else _EVENTS


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the arguments of one call."""
    code = draw(now_and_then(st.sampled_from(sorted(MEASURES))))
    known = MEASURES.get(code) if isinstance(code, str) else None
    names = known.columns if known else ("ai", "n1i")
    size = draw(st.integers(0, 5))
    given = {"measure": code} | {name: draw(arrays(_cells(name), size)) for name in names}
    if draw(st.integers(0, 9)) == 0:
        given.pop(draw(st.sampled_from(sorted(given))))
    if draw(st.integers(0, 3)) == 0:
        vtypes = known.vtypes if known else ("LS",)
        given["vtype"] = draw(now_and_then(st.sampled_from(vtypes)))
    if draw(st.integers(0, 3)) == 0:
        given["add"] = draw(now_and_then(st.floats(0, 2), odd))
        given["to"] = draw(now_and_then(st.sampled_from(["only0", "all", "if0all", "none"])))
    return given


def sound(table: pd.DataFrame) -> Iterator[str]:
    """Yield what is wrong with a table of effect sizes: gaps come in pairs, and nothing is infinite."""
    yi, vi = table["yi"].to_numpy(), table["vi"].to_numpy()
    if (np.isnan(yi) != np.isnan(vi)).any():
        yield "an estimate without a variance, or the other way round"
    if np.isinf(yi).any() or np.isinf(vi).any():
        yield "an infinite number"
    if (vi < 0).any():
        yield "a negative variance"


def judged(given: dict[str, Any]) -> Verdict:
    """Judge one call; an argument that is missing is the language's to refuse."""
    if "measure" not in given:
        given = given | {"measure": "MD"}
    return judge(lambda: ev.escalc(**given), sound)


ABOUT = "measures with columns that fit and that do not, and their neighbours"
TARGET = Target("escalc", ABOUT, calls(), judged, neighbours=neighbours)
