"""How fast pooling is, beside the peers on the same data (13 BCG trials, log risk ratios).

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark and the peers these are skipped.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence.synthesis.many import pool_many
from evidence.synthesis.pool import pool

pytest.importorskip("pytest_benchmark")

CASES = json.loads((Path(__file__).parents[1] / "golden" / "pooling.json").read_text("utf-8"))
BCG = next(case["input"] for case in CASES if case["id"] == "pool_bcg_EE_z")
YI, VI = np.array(BCG["yi"]), np.array(BCG["vi"])
TAU2_REML = next(case["expected"]["tau2"] for case in CASES if case["id"] == "pool_bcg_REML_z")
TAU2_DL = next(case["expected"]["tau2"] for case in CASES if case["id"] == "pool_bcg_DL_z")


def simulated(n):
    rng = np.random.default_rng(20240601)
    return YI + rng.normal(size=(n, YI.size)) * 0.3


def subsets():
    mask = (np.arange(2**13)[:, None] >> np.arange(13)) & 1
    return mask[mask.sum(axis=1) > 1]


@pytest.mark.benchmark(group="one fit, k = 13")
def test_one_reml_with_every_interval(benchmark):
    assert benchmark(pool, yi=YI, vi=VI).tau2 == pytest.approx(TAU2_REML, rel=1e-8)


@pytest.mark.benchmark(group="one fit, k = 13")
def test_one_dl_with_every_interval(benchmark):
    assert benchmark(pool, yi=YI, vi=VI, method="DL").tau2 == pytest.approx(TAU2_DL, rel=1e-8)


@pytest.mark.benchmark(group="one fit, k = 13")
def test_one_dl_statsmodels(benchmark):
    meta = pytest.importorskip("statsmodels.stats.meta_analysis")
    result = benchmark(meta.combine_effects, YI, VI, method_re="dl")
    assert result.tau2 == pytest.approx(TAU2_DL, rel=1e-8)


@pytest.mark.benchmark(group="one fit, k = 13")
def test_one_reml_pymare(benchmark):
    estimators = pytest.importorskip("pymare.estimators")

    def fit():
        ones = np.ones((YI.size, 1))
        return estimators.VarianceBasedLikelihoodEstimator(method="REML").fit(
            YI[:, None], X=ones, v=VI[:, None]
        )

    assert float(np.squeeze(benchmark(fit).params_["tau2"])) == pytest.approx(TAU2_REML, rel=1e-4)


@pytest.mark.benchmark(group="10,000 data sets, REML")
def test_many_reml(benchmark):
    yi = simulated(10_000)
    assert benchmark(pool_many, yi, VI).k.size == 10_000


@pytest.mark.benchmark(group="10,000 data sets, REML")
def test_many_reml_pymare(benchmark):
    estimators = pytest.importorskip("pymare.estimators")
    yi = simulated(10_000).T
    vi = np.repeat(VI[:, None], 10_000, axis=1)

    def fit():
        return estimators.VarianceBasedLikelihoodEstimator(method="REML").fit(yi, X=np.ones((13, 1)), v=vi)

    found = np.squeeze(benchmark.pedantic(fit, rounds=3).params_["tau2"])
    assert found[:50] == pytest.approx(pool_many(yi.T[:50], VI).tau2, rel=1e-3, abs=1e-4)


@pytest.mark.benchmark(group="10,000 data sets, DL")
def test_many_dl(benchmark):
    assert benchmark(pool_many, simulated(10_000), VI, method="DL", test="z").k.size == 10_000


@pytest.mark.benchmark(group="10,000 data sets, DL")
def test_many_dl_pymare(benchmark):
    estimators = pytest.importorskip("pymare.estimators")
    yi = simulated(10_000).T
    vi = np.repeat(VI[:, None], 10_000, axis=1)

    def fit():
        return estimators.DerSimonianLaird().fit(yi, X=np.ones((13, 1)), v=vi)

    found = np.squeeze(benchmark.pedantic(fit, rounds=3).params_["tau2"])
    assert found[:50] == pytest.approx(pool_many(yi.T[:50], VI, method="DL").tau2, rel=1e-8, abs=1e-12)


@pytest.mark.benchmark(group="all 8,178 subsets of two or more")
def test_subsets_reml(benchmark):
    mask = subsets()
    assert benchmark(pool_many, YI, VI, mask).tau2[-1] == pytest.approx(TAU2_REML, rel=1e-8)


@pytest.mark.benchmark(group="all 8,178 subsets of two or more")
def test_subsets_dl(benchmark):
    mask = subsets()
    assert benchmark(pool_many, YI, VI, mask, method="DL").tau2[-1] == pytest.approx(TAU2_DL, rel=1e-8)


@pytest.mark.benchmark(group="one fit, k = 100,000")
def test_huge_reml(benchmark):
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.01, 1, 100_000)
    yi = rng.normal(size=vi.size) * np.sqrt(vi + 0.05)
    assert benchmark(pool, yi=yi, vi=vi).tau2 == pytest.approx(0.05, abs=0.01)
