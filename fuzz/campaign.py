"""Work through the inputs of one target block by block, and count what they came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from fuzz.judge import FINDING, REFUSAL, RESULT, Verdict

BLOCK = 250  # draws
SHOWN = 300  # letters of an input


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed.

    Attributes
    ----------
    name : str
    about : str
        What an input is, in words.
    inputs : strategy
    judged : callable
        Takes an input, gives its verdict.
    many : int
        Inputs of a full run; fewer where one is slow.
    neighbours : callable
        Takes an input, gives it and others near it, all of which are judged.
    """

    name: str
    about: str
    inputs: SearchStrategy[Any]
    judged: Callable[[Any], Verdict]
    many: int = 100_000
    neighbours: Callable[[Any], Iterable[Any]] = lambda case: (case,)


@dataclass(slots=True)
class Tally:
    """How many inputs came to what; findings are kept once a kind and place, with their first input."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: dict[Verdict, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def inputs(self) -> int:
        """Number of inputs judged."""
        return sum(self.counts.values())

    def add(self, verdict: Verdict, given_in: Any) -> None:
        """Count an input."""
        self.counts[verdict.kind] += 1
        if verdict.kind == FINDING:
            self.findings.setdefault(verdict, repr(given_in)[:SHOWN])

    def row(self) -> dict[str, int]:
        """Return the counts as they are stored."""
        kinds = {"results": RESULT, "refusals": REFUSAL, "findings": FINDING}
        return {"inputs": self.inputs} | {name: self.counts[kind] for name, kind in kinds.items()}


def run(
    target: Target,
    many: int,
    start: int,
    *,
    told: Callable[[Tally], object] = lambda _tally: None,
) -> Tally:
    """Judge `many` inputs of a target.

    Parameters
    ----------
    target : Target
    many : int
    start : int
        Seed; every block of inputs has its own, that of its number added.
    told : callable
        Given the tally after each block.

    Returns
    -------
    Tally
        What was counted until then, if it was interrupted by hand.
    """
    tally = Tally()
    started = time.perf_counter()
    number, left = 0, many
    try:
        while left > 0:
            before = tally.inputs
            _block(target, left, start + number, tally)
            number, left = number + 1, many - tally.inputs
            tally.seconds = time.perf_counter() - started
            told(tally)
            if tally.inputs == before:
                break
    except KeyboardInterrupt:
        tally.seconds = time.perf_counter() - started
    return tally


def _block(target: Target, left: int, start: int, tally: Tally) -> None:
    end = tally.inputs + left
    chosen = settings(
        max_examples=min(left, BLOCK),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def one(case: Any) -> None:
        for each in target.neighbours(case):
            if tally.inputs < end:
                tally.add(target.judged(each), each)

    seed(start)(chosen(given(target.inputs)(one)))()
