"""The counts that a fragility index is made from, and what must be said of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.robustness.count_models import COUNTS
from evidence.robustness.event_changes import Trials
from evidence.synthesis.pooled import Pooled

_SAME = 1e-6  # within which an estimate is that of the counts
_NO_EVENTS = (
    "fragility counts changes of event status and needs the events and people of both groups of every study"
    " (ai n1i ci n2i, or effects with events_1 total_1 events_2 total_2). A continuous outcome has none; its"
    " robustness is shown by leaving studies out and by sequential."
)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Counts as they were given, labels, the measure ("" where none was given) and the rows in use."""

    ai: ArrayLike
    n1i: ArrayLike
    ci: ArrayLike
    n2i: ArrayLike
    labels: tuple[str, ...]
    measure: str
    rows: pd.DataFrame | None

    def notes(self, trials: Trials) -> Iterator[str]:
        """Yield where these groups are not separate people, or estimates were had in another way."""
        if self.rows is None:
            return
        if self.rows["design"].astype(str).str.contains("split_face").any():
            yield "sides of one face are taken as separate people"
        if trials.measure != self.measure:
            return
        yi, vi = (values[0] for values in trials.estimates(np.zeros((1, *trials.events.shape), dtype=int)))
        apart = np.abs(yi - self.rows["yi"]) + np.abs(vi - self.rows["vi"])
        other = [label for label, gap in zip(self.labels, apart, strict=True) if not gap < _SAME]
        if other:
            names = ", ".join(other)
            yield f"estimates are made anew from the counts; those of the effects differ for {names}"


def two_group_counts(
    effects: Effects | pd.DataFrame | Pooled | None,
    *,
    ai: ArrayLike | None,
    n1i: ArrayLike | None,
    ci: ArrayLike | None,
    n2i: ArrayLike | None,
) -> Counts:
    """Read the counts of both groups from effects, a table, or four arrays.

    Raises
    ------
    InputError
        If both or neither are given, or there are no counts.
    """
    arrays = {"ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i}
    given = [name for name, values in arrays.items() if values is not None]
    if effects is None:
        if len(given) < len(arrays):
            raise InputError(_NO_EVENTS)
        k = np.atleast_1d(np.asarray(ai)).size
        return Counts(*arrays.values(), tuple(f"Study {i + 1}" for i in range(k)), "", None)
    if isinstance(effects, Pooled):
        effects = effects.effects
    if given:
        raise InputError(f"fragility takes effects or counts, not both; leave out {', '.join(given)}.")
    if isinstance(effects, pd.DataFrame) and set(arrays) <= set(effects.columns):
        if "included" in effects:
            effects = effects.loc[effects["included"].astype(bool)]
        labels = effects.get("label", pd.Series([f"Study {i + 1}" for i in range(len(effects))], dtype=str))
        columns = (effects[name].to_numpy(dtype=float) for name in arrays)
        return Counts(*columns, tuple(labels.astype(str)), "", None)
    if isinstance(effects, pd.DataFrame):
        effects = Effects(effects)
    if not isinstance(effects, Effects):
        raise InputError(f"effects must be Effects or a DataFrame, not {type(effects).__name__}.")
    rows = effects.included.reset_index(drop=True)
    if not set(COUNTS.values()) <= set(rows.columns):
        raise InputError(_NO_EVENTS)
    blank = np.flatnonzero(rows[list(COUNTS.values())].isna().any(axis=1))
    if blank.size:
        raise InputError(f"{rows['label'].iloc[blank[0]]} has no counts of both groups. {_NO_EVENTS}")
    columns = (rows[column].to_numpy(dtype=float) for column in COUNTS.values())
    return Counts(*columns, tuple(rows["label"].astype(str)), effects.measure, rows)
