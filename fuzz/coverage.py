"""Bytes taken for a table, led by what of the reader they reach: `python -m fuzz.coverage`.

Needs atheris, which is in no lock file: `pip install atheris` into an environment of its own.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["evidence.tables"]):
    from evidence.tables import load
    from evidence.tables.schema import TABLES

from hypothesis import strategies as st

from fuzz import results
from fuzz.campaign import Tally, Target
from fuzz.judge import FINDING, REFUSAL, RESULT, Verdict, judge
from fuzz.small_tables import DATA

SEED, MANY = 20261126, 100_000
NAME = "scales"  # a small table, with numbers, codes and text


def judged(raw: bytes) -> Verdict:
    """Take bytes for a table: it is whole, or every problem is named."""
    found: list[bool] = []
    verdict = judge(lambda: found.append(bool(load._validate_table(NAME, raw)[1])), lambda _: ())
    return Verdict(REFUSAL) if verdict.kind == RESULT and found[0] else verdict


def main() -> None:
    """Judge bytes until there were enough, and store what they came to."""
    tally, started = Tally(), time.perf_counter()
    target = Target("bytes", "bytes of a table, led by coverage (atheris)", st.nothing(), judged)
    whole = (DATA / f"{NAME}.csv").read_bytes()

    def one(data: bytes) -> None:
        verdict = judged(mixed(whole, data))
        tally.add(verdict, data)
        if verdict.kind == FINDING:
            print(f"{verdict.what} at {verdict.where}: {data!r}", flush=True)
        if tally.inputs >= MANY:
            tally.seconds = time.perf_counter() - started
            results.store(target, tally, SEED, Path(sys.argv[1]) if sys.argv[1:] else results.RESULT)
            print(tally.row(), flush=True)

    assert NAME in TABLES
    atheris.Setup([sys.argv[0], f"-seed={SEED}", f"-runs={MANY}", "-max_len=400"], one)
    atheris.Fuzz()


def mixed(whole: bytes, data: bytes) -> bytes:
    """Put bytes into a table in the place that the first two of them name; alone, if these are high."""
    if len(data) < 3 or data[0] > 200:
        return data
    at = int.from_bytes(data[:2], "big") % len(whole)
    return whole[:at] + data[2:] + whole[at + len(data) - 2 :]


if __name__ == "__main__":
    main()
