"""`network`: contrasts and arms, connected or not, with labels and numbers of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

import evidence as ev
from fuzz.campaign import Target
from fuzz.judge import Verdict, judge
from fuzz.odd import now_and_then, numbers_near, odd, odd_cells
from fuzz.variants import neighbours_of_table

TREATMENTS = ("mn", "mn+prp", "laser", "none", "é", "a b")
OPTIONS: dict[str, tuple[Any, ...]] = {
    "method": ("REML", "DL", "ML"),
    "model": ("random", "common"),
    "reference": (None, *TREATMENTS),
    "small_values": ("desirable", "undesirable"),
    "level": (0.95, 0.5, 0.999999),
    "measure": (None, "OR", "RR", "RD", "MD", "SMD"),
}
_UNITS = (1.0, 1.0, 1.0, 1e-8, 1e8, 1e150)


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the arguments of one call."""
    table = draw(now_and_then(draw(st.sampled_from([_contrasts(), _contrasts(), _arms()]))))
    given = {"contrasts": table}
    if isinstance(table, pd.DataFrame) and "events" in table:
        given["measure"] = draw(st.sampled_from(["OR", "RR", "RD"]))
    for option, values in OPTIONS.items():
        if draw(st.integers(0, 3)) == 0:
            given[option] = draw(now_and_then(st.sampled_from(values)))
    return given


@st.composite
def _contrasts(draw: st.DrawFn) -> pd.DataFrame:
    unit = draw(st.sampled_from(_UNITS))
    rows = []
    for study in range(draw(st.integers(0, 6))):
        first, second = draw(st.permutations(TREATMENTS))[:2]
        effect, error = draw(numbers_near(-3, 3)) * unit, abs(draw(numbers_near(0.01, 2))) * unit
        shared = draw(st.integers(0, 9)) == 0  # by chance alone, arms of one study rarely fit together
        rows.append((f"s{0 if shared else study}", first, second, effect, error))
    return draw(_spoiled(pd.DataFrame(rows, columns=["study", "t1", "t2", "te", "se"])))


@st.composite
def _arms(draw: st.DrawFn) -> pd.DataFrame:
    rows = []
    for study in range(draw(st.integers(0, 5))):
        for treatment in draw(st.permutations(TREATMENTS))[: draw(st.integers(1, 3))]:
            total = draw(st.integers(1, draw(st.sampled_from([20, 200, 10**9]))))
            rows.append((f"s{study}", treatment, draw(st.integers(0, total)), total))
    return draw(_spoiled(pd.DataFrame(rows, columns=["study", "treatment", "events", "n"])))


@st.composite
def _spoiled(draw: st.DrawFn, table: pd.DataFrame) -> pd.DataFrame:
    fault = draw(st.integers(0, 11))
    column = draw(st.sampled_from(list(table.columns)))
    if fault == 0 and len(table):
        table = table.astype(object)
        table.loc[draw(st.integers(0, len(table) - 1)), column] = draw(odd_cells)
    if fault == 1:
        table = table.drop(columns=column)
    if fault == 2:
        table = table.rename(columns={column: str(draw(odd))})
    if fault == 3:
        table = pd.concat([table, table.head(2)])
    return table


def sound(result: Any) -> Iterator[str]:
    """Yield what is wrong with a network; only treatments that no chain joins have no comparison."""
    part = result.random.part
    joined = part == part[result.treatments.index(result.reference)]
    for name in ("te", "se", "ci_low", "ci_high"):
        if not np.isfinite(getattr(result, name)[joined]).all():
            yield f"{name} holds a gap between treatments that are joined"
    if not (result.p_scores >= -1e-9).all() or not (result.p_scores <= 1 + 1e-9).all():
        yield "a P-score outside 0 to 1"
    if not result.tau2 >= 0:
        yield f"tau2 of {result.tau2}"


def judged(given: dict[str, Any]) -> Verdict:
    """Judge one call."""
    return judge(lambda: ev.network(**given), sound)


ABOUT = "contrasts and arms of up to six treatments, with faults, and their neighbours"
TARGET = Target("network", ABOUT, calls(), judged, neighbours=neighbours_of_table)
