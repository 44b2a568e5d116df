"""How fast Bayesian and multilevel models are, in milliseconds; no peer in Python fits them directly.

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark these are skipped.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence.synthesis.bayes import bayes
from evidence.synthesis.multilevel import multilevel

pytest.importorskip("pytest_benchmark")

GOLDEN = Path(__file__).parents[1] / "golden"


def case(file, case_id):
    return next(c for c in json.loads((GOLDEN / file).read_text("utf-8")) if c["id"] == case_id)


BCG = case("bayes.json", "bayes_bcg_0.5")
SCHOOLS = case("multilevel.json", "ml3_konst")
CORRELATED = case("multilevel.json", "che_konst")


@pytest.mark.benchmark(group="Bayes, k = 13")
def test_bayes(benchmark):
    result = benchmark(bayes, **BCG["input"])
    assert result.tau_median == pytest.approx(BCG["expected"]["tau_median"], rel=1e-8)


@pytest.mark.benchmark(group="Bayes, k = 13")
def test_bayes_with_five_more_priors(benchmark):
    result = bayes(**BCG["input"])
    assert len(benchmark(result.prior_sensitivity)) == 5


@pytest.mark.benchmark(group="Bayes, k = 1000")
def test_bayes_of_many_studies(benchmark):
    rng = np.random.default_rng(20240601)
    result = benchmark(bayes, yi=rng.normal(0.2, 0.3, 1000), vi=rng.uniform(0.01, 0.1, 1000))
    assert result.k == 1000


@pytest.mark.benchmark(group="three levels, k = 56")
def test_three_levels(benchmark):
    result = benchmark(multilevel, **SCHOOLS["input"])
    assert result.log_likelihood == pytest.approx(SCHOOLS["expected"]["ll"], rel=1e-8)


@pytest.mark.benchmark(group="three levels, k = 56")
def test_correlated_and_hierarchical_effects_with_cr2(benchmark):
    def fit():
        return multilevel(**CORRELATED["input"], rho=0.6).robust("CR2")

    assert benchmark(fit).se == pytest.approx(CORRELATED["expected"]["robust_se"], rel=1e-8)


@pytest.mark.benchmark(group="three levels, k = 10,000")
def test_three_levels_of_many_effects(benchmark):
    rng = np.random.default_rng(20240601)
    outer = np.repeat(np.arange(2500), 4)
    y = rng.normal(0, 0.3, 2500)[outer] + rng.normal(0, 0.4, 10_000)
    result = benchmark(multilevel, yi=y, vi=np.full(10_000, 0.1), outer=outer)
    assert result.clusters == 2500
