"""How fast a trial sequential analysis and a fragility index are.

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark these are skipped.
There is no peer in Python.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import evidence as ev
from evidence.robustness.boundaries import boundaries

pytest.importorskip("pytest_benchmark")

CASES = json.loads((Path(__file__).parents[1] / "golden" / "sequential.json").read_text("utf-8"))
COUNTS = {"ai": [2, 4, 1, 6], "n1i": [40, 60, 30, 45], "ci": [9, 12, 7, 8], "n2i": [40, 60, 30, 50]}


@pytest.mark.benchmark(group="boundaries")
def test_five_looks(benchmark):
    case = CASES[0]
    found = benchmark(boundaries, **case["input"], futility=False)
    assert found.upper == pytest.approx(case["expected"]["upper"], abs=case["tolerance"])


@pytest.mark.benchmark(group="boundaries")
def test_twenty_looks_with_futility(benchmark):
    found = benchmark(boundaries, np.arange(1, 21) / 20)
    assert found.alpha_spent[-1] == pytest.approx(0.05)


@pytest.mark.benchmark(group="sequential analysis")
def test_twenty_uneven_studies(benchmark):
    rng = np.random.default_rng(1)
    yi, vi = rng.normal(0.2, 0.3, 20), rng.uniform(0.03, 0.3, 20)
    assert benchmark(ev.sequential, yi=yi, vi=vi, delta=0.2).k.size == 20


@pytest.mark.benchmark(group="fragility")
def test_fragility_with_proof(benchmark):
    assert benchmark(ev.fragility, **COUNTS, test="z").exact


@pytest.mark.benchmark(group="fragility")
def test_fragility_without_proof(benchmark):
    assert benchmark(ev.fragility, **COUNTS, test="z", most_fits=0).index > 0
