"""`Item`: one piece of evidence that bears on a part of a claim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.tables.found import CONTROLLED, KINDS, RANDOMISED, SHAM, UNCONTROLLED

NEITHER = "neither"
PRIMARY = (SHAM, RANDOMISED, CONTROLLED, UNCONTROLLED)


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of evidence that bears on a part of a claim.

    Attributes
    ----------
    source : str
        Study, review, page or analysis; items of one source count once.
    side : str
        "for", "against" or "neither".
    tested : bool
        Whether an interval or a test excludes no effect.
    measured : bool
        Whether it is a measurement, not a statement.
    kind : str
        Kind of evidence, one of `evidence.tables.found.KINDS`.
    studies : int
        Studies behind it.
    people : float
        NaN where not printed.
    words : str
        What it says.
    brief : str
        The same without its source, for figures.
    direct : bool
        Whether its people are those the claim is about.
    counter_example : str
        For a counter-example, "stated" or "not stated": its denominator; else "".
    question_id : str
        Question it answers; empty for all else.
    """

    source: str
    side: str
    tested: bool
    measured: bool
    kind: str
    studies: int
    people: float
    words: str
    brief: str = ""
    direct: bool = True
    counter_example: str = ""
    question_id: str = ""

    @property
    def counts(self) -> bool:
        """Whether it decides on a direction: measured by a study in the people the claim is about."""
        return self.measured and self.direct and self.kind in PRIMARY

    @property
    def pooled(self) -> bool:
        """Whether it is the pooled answer to a question."""
        return bool(self.question_id) and self.studies > 1

    def strength(self) -> tuple[bool, bool, bool, int, float]:
        """Return what items are ranked by, the strongest largest."""
        people = 0.0 if np.isnan(self.people) else self.people
        return self.counts, bool(self.counter_example), self.tested, -KINDS.index(self.kind), people
