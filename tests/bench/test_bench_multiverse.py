"""How fast ten thousand paths through the choices of one question are, from tables to sorted paths.

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark these are skipped.
"""

import pytest

import evidence as ev

pytest.importorskip("pytest_benchmark")


@pytest.mark.benchmark(group="12,960 paths of a before-after question")
def test_all_paths_of_a_question(benchmark):
    review = ev.load()
    result = benchmark.pedantic(ev.multiverse, (review, "Q1b"), rounds=3, warmup_rounds=1)
    assert len(result.paths) > 10_000
    assert result.primary["estimate"] == pytest.approx(ev.answer(review, "Q1b").result.estimate, rel=1e-12)
