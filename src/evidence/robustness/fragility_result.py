"""`Fragility`: the index, its quotient, and every change of event status behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.robustness.event_changes import IntArray
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.result import Result

_NAMES = {
    "OR": "odds ratios",
    "RR": "risk ratios",
    "RD": "risk differences",
    "AS": "arcsine risk differences",
    "PETO": "Peto odds ratios",
}
_TEST = {
    "z": "normal (Wald) tests",
    "t": "t tests on k - 1 degrees of freedom",
    "knha": "Hartung-Knapp tests",
    "adhoc": "Hartung-Knapp tests, never more certain than Wald's",
    "KR": "Kenward-Roger tests",
}


@dataclass(frozen=True, slots=True, eq=False)
class Fragility(Result):
    """Result of `evidence.robustness.fragility.fragility`.

    Attributes
    ----------
    index : int or None
        People whose event status must change; None if no way was found.
    at_least : int
        No set of fewer changes turns the result; equal to `index` where that is proven to be the least.
    people : int
        In all studies.
    significant : bool
        Whether the result is, as it stands.
    stages : array of int, shape (index + 1, k, 2)
        Events of both groups as they stand and after each change.
    totals : array of int, shape (k, 2)
        People of both groups.
    labels : tuple of str
    estimate, ci_low, ci_high, p : array, shape (index + 1,)
        Pooled result as it stands and after each change, on the analysis scale.
    k, measure, method, test, alpha, add, scale, notes
    """

    index: int | None
    at_least: int
    people: int
    significant: bool
    stages: IntArray = field(repr=False)
    totals: IntArray = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    estimate: FloatArray = field(repr=False)
    ci_low: FloatArray = field(repr=False)
    ci_high: FloatArray = field(repr=False)
    p: FloatArray
    k: int
    measure: str
    method: str
    test: str
    alpha: float
    add: float
    scale: str
    notes: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """True if no smaller index is possible."""
        return self.index is not None and self.index == self.at_least

    @property
    def quotient(self) -> float:
        """Index over people (Ahmed, Fowler and McCredie 2016, Crit Care Med 44:e1142), or NaN."""
        return math.nan if self.index is None else self.index / self.people

    def summary(self) -> pd.DataFrame:
        """Return the result as it stands and after each change, one row each.

        Columns: changes, study, group ("first" or "second"), change, events, total (of that group, after the
        change), estimate, ci_low, ci_high (analysis scale), p.
        """
        rows = [{"changes": 0, "study": "", "group": "", "change": "as it stands"}]
        for i, step in enumerate(np.diff(self.stages, axis=0), start=1):
            study, group = np.argwhere(step != 0)[0]
            change = "non-event to event" if step[study, group] > 0 else "event to non-event"
            row = {"changes": i, "study": self.labels[study], "group": ("first", "second")[group]}
            counts = {
                "events": int(self.stages[i, study, group]),
                "total": int(self.totals[study, group]),
            }
            rows.append(row | {"change": change} | counts)
        table = pd.DataFrame(rows, columns=["changes", "study", "group", "change", "events", "total"])
        counts = table[["events", "total"]].astype("Int64")
        numbers = {name: getattr(self, name) for name in ("estimate", "ci_low", "ci_high", "p")}
        return table.assign(events=counts["events"], total=counts["total"], **numbers)

    def changed(self) -> pd.DataFrame:
        """Return one row a group that changes: study, group, events_before, events_after, total."""
        moved = np.argwhere(self.stages[-1] != self.stages[0])
        return pd.DataFrame(
            {
                "study": [self.labels[study] for study, _ in moved],
                "group": [("first", "second")[group] for _, group in moved],
                "events_before": [int(self.stages[0][study, group]) for study, group in moved],
                "events_after": [int(self.stages[-1][study, group]) for study, group in moved],
                "total": [int(self.totals[study, group]) for study, group in moved],
            }
        )

    def words(self) -> str:
        """Return the finding in a sentence."""
        now = "significant" if self.significant else "not significant"
        turned = "no longer significant" if self.significant else "significant"
        if self.index is None:
            return f"The pooled result is {now} (p = {self.p[0]:.2g}); no change of single people turns it."
        people = "1 person" if self.index == 1 else f"{self.index} people"
        proof = "" if self.exact else f" (no fewer than {self.at_least})"
        touched = self.changed()["study"].nunique()
        return (
            f"The pooled result is {now} (p = {self.p[0]:.2g}); it would be {turned} (p = {self.p[-1]:.2g})"
            f" if {people}{proof} of {self.people:,}, in {touched} of {self.k} studies, had fared otherwise."
        )

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        model = "a common effect" if self.method == "EE" else f"random effects ({TAU2_WORDS[self.method]})"
        cells = "" if self.measure == "AS" else f", {self.add:g} added to tables with a zero cell"
        turned = "lose" if self.significant else "gain"
        proof = {True: "; the index is proven to be the least", False: ""}[self.exact]
        return (
            f"Fragility index of the meta-analysis of {self.k} studies (Atal et al. 2019): the least number"
            f" of people whose event status must change for the pooled result to {turned} significance at"
            f" two-sided alpha {100 * self.alpha:g} %; {_NAMES[self.measure]} with {model} and"
            f" {_TEST[self.test]}{cells}; best single changes step by step, checked against sets of fewer"
            f" changes{proof}."
        )
