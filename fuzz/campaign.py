"""Work through the inputs of one target block by block, and count what they came to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from fuzz.judge import FINDING, REFUSAL, RESULT, Verdict

BLOCK = 250  # draws
SHOWN = 300  # letters of an input
KINDS = {"results": RESULT, "refusals": REFUSAL, "findings": FINDING}


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
    neighbours : callable
        Takes an input, gives it and others near it, all of which are judged.
    """

    name: str
    about: str
    inputs: SearchStrategy[Any]
    judged: Callable[[Any], Verdict]
    neighbours: Callable[[Any], Iterable[Any]] = lambda case: (case,)


@dataclass(slots=True)
class Tally:
    """How many inputs came to what; findings are kept once a kind and place, with their first input."""

    counts: Counter[str] = field(default_factory=Counter)
    findings: dict[Verdict, str] = field(default_factory=dict)
    seconds: float = 0.0
    blocks: int = 0

    @property
    def inputs(self) -> int:
        """Number of inputs judged."""
        return sum(self.counts.values())

    def add(self, verdict: Verdict, given_in: Any) -> None:
        """Count an input."""
        self.counts[verdict.kind] += 1
        if verdict.kind == FINDING:
            self.findings.setdefault(verdict, repr(given_in)[:SHOWN])

    def join(self, block: Tally) -> None:
        """Count the inputs of a block."""
        self.counts += block.counts
        self.findings = block.findings | self.findings
        self.seconds += block.seconds
        self.blocks += 1

    def row(self) -> dict[str, int]:
        """Return the counts as they are stored."""
        return {"inputs": self.inputs} | {name: self.counts[kind] for name, kind in KINDS.items()}


Blocks = Callable[[Target, int, int, Tally], Iterator[Tally]]


def in_turn(target: Target, many: int, start: int, tally: Tally) -> Iterator[Tally]:
    """Yield the blocks that follow those of a tally, one after another."""
    while True:
        yield block(target, many - tally.inputs, start + tally.blocks)


def run(
    target: Target,
    many: int,
    start: int,
    *,
    before: Tally | None = None,
    blocks: Blocks = in_turn,
    told: Callable[[Tally], object] = lambda _tally: None,
) -> Tally:
    """Judge inputs of a target until there are `many`.

    Parameters
    ----------
    target : Target
    many : int
        Inputs in all, with those judged before.
    start : int
        Seed; every block of inputs has its own, that of its number added.
    before : Tally, optional
        What a run that was stopped had counted; it goes on from there.
    blocks : callable
        Yields the blocks that follow those of a tally: `in_turn`, or in several processes.
    told : callable
        Given the tally after each block.

    Returns
    -------
    Tally
        What was counted until then, if it was interrupted by hand.
    """
    tally = Tally() if before is None else before
    try:
        for each in blocks(target, many, start, tally):
            tally.join(each)
            told(tally)
            if not each.inputs or tally.inputs >= many:
                break
    except KeyboardInterrupt:
        pass
    return tally


def block(target: Target, most: int, start: int) -> Tally:
    """Judge one block of inputs: `BLOCK` draws with their neighbours, or `most` inputs."""
    tally = Tally()
    started = time.perf_counter()
    chosen = settings(
        max_examples=min(most, BLOCK),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def one(case: Any) -> None:
        for each in target.neighbours(case):
            if tally.inputs < most:
                tally.add(target.judged(each), each)

    seed(start)(chosen(given(target.inputs)(one)))()
    tally.seconds = time.perf_counter() - started
    return tally
