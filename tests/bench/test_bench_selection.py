"""How fast selection models are, in milliseconds; R's metafor takes 340 for the first one.

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark these are skipped.
"""

import json
from pathlib import Path

import pytest

from evidence.robustness.copas import copas
from evidence.robustness.p_curve import p_curve
from evidence.robustness.selection import selection_model

pytest.importorskip("pytest_benchmark")

GOLDEN = Path(__file__).parents[1] / "golden" / "selection.json"
CASES = {case["id"]: case for case in json.loads(GOLDEN.read_text("utf-8"))}
HACKSHAW = CASES["sel3_hackshaw"]


@pytest.mark.benchmark(group="step selection model, k = 37")
def test_one_step(benchmark):
    result = benchmark(selection_model, **HACKSHAW["input"])
    assert result.ll == pytest.approx(HACKSHAW["expected"]["ll"], rel=1e-8)


@pytest.mark.benchmark(group="step selection model, k = 37")
def test_three_steps_with_profile_intervals(benchmark):
    steps = {"steps": (0.05, 0.1, 0.5), "interval": "profile"}
    assert benchmark(selection_model, **HACKSHAW["input"], **steps).lrt_df == 3


@pytest.mark.benchmark(group="continuous selection model, k = 37")
@pytest.mark.parametrize("kind", ["beta", "halfnormal"])
def test_continuous(benchmark, kind):
    assert benchmark(selection_model, **HACKSHAW["input"], kind=kind).k == 37


@pytest.mark.benchmark(group="Copas model, k = 37")
def test_copas(benchmark):
    assert benchmark.pedantic(copas, kwargs=HACKSHAW["input"], rounds=3).k == 37


@pytest.mark.benchmark(group="p-curve, k = 37")
def test_p_curve(benchmark):
    assert benchmark(p_curve, **HACKSHAW["input"]).k == 37
