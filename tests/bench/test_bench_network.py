"""How fast networks are fitted, in milliseconds; no peer in Python fits them with multi-arm trials by REML.

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark these are skipped.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evidence.synthesis.components import components
from evidence.synthesis.network import network

pytest.importorskip("pytest_benchmark")

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "network.json").read_text("utf-8"))}


def invented(treatments: int, comparisons: int) -> pd.DataFrame:
    rng = np.random.default_rng(20240701)
    one = rng.integers(0, treatments, comparisons)
    two = (one + rng.integers(1, treatments, comparisons)) % treatments
    effect = rng.normal(0, 0.5, treatments)
    se = rng.uniform(0.1, 0.5, comparisons)
    return pd.DataFrame(
        {
            "study": [f"study {i}" for i in range(comparisons)],
            "t1": [f"treatment {i:03d}" for i in one],
            "t2": [f"treatment {i:03d}" for i in two],
            "te": effect[one] - effect[two] + rng.normal(0, np.hypot(se, 0.2)),
            "se": se,
        }
    )


@pytest.mark.benchmark(group="network, 26 studies")
@pytest.mark.parametrize("method", ["REML", "DL"])
def test_diabetes(benchmark, method):
    table = pd.DataFrame(CASES["net_senn_DL"]["input"])
    assert benchmark(network, table, method=method).k == 26


@pytest.mark.benchmark(group="network, 26 studies")
def test_everything_asked_of_diabetes(benchmark):
    fitted = network(CASES["net_senn_DL"]["input"])

    def ask():
        fitted.league(), fitted.splits(), fitted.ranks(), fitted.net_heat()
        return fitted.contributions(by="study")

    assert benchmark(ask)["share"].sum() == pytest.approx(45)


@pytest.mark.benchmark(group="network, 5,000 comparisons of 200 treatments")
@pytest.mark.parametrize("method", ["REML", "DL"])
def test_large(benchmark, method):
    result = benchmark.pedantic(network, (invented(200, 5000),), {"method": method}, rounds=3)
    assert result.tau2 == pytest.approx(0.04, rel=0.2)


@pytest.mark.benchmark(group="network, 5,000 comparisons of 200 treatments")
def test_league_and_splits_of_a_large_network(benchmark):
    fitted = network(invented(200, 5000))
    assert len(benchmark(lambda: (fitted.league(), fitted.splits())[1])) == 19_900


@pytest.mark.benchmark(group="component network, 7 studies")
def test_components(benchmark):
    case = CASES["cnma_toy"]
    fitted = benchmark(components, pd.DataFrame(case["input"]), inactive="none")
    assert fitted.component_estimates == pytest.approx(np.array(case["expected"]["comp_random"]))
