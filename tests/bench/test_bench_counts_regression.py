"""How fast models of counts and meta-regression are.

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark and the peers these are skipped.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import evidence as ev

pytest.importorskip("pytest_benchmark")

GOLDEN = Path(__file__).parents[1] / "golden"
COUNTS = json.loads((GOLDEN / "binary.json").read_text("utf-8"))
NIELWEISE = next(case["input"] for case in COUNTS if case["id"].startswith("glmm_nielweise"))
REGRESSION = json.loads((GOLDEN / "regression.json").read_text("utf-8"))
BCG = next(case for case in REGRESSION if case["id"] == "reg_bcg_1_REML_z")


@pytest.mark.benchmark(group="GLMM, 18 studies")
@pytest.mark.parametrize("model", ["UM.FS", "UM.RS", "CM.EL", "CM.AL"])
def test_glmm(benchmark, model):
    result = benchmark(ev.glmm, **NIELWEISE, model=model)
    assert result.k == len(NIELWEISE["ai"])


@pytest.mark.benchmark(group="Mantel-Haenszel, 18 studies")
def test_mantel_haenszel(benchmark):
    result = benchmark(ev.mantel_haenszel, **NIELWEISE)
    table = pytest.importorskip("statsmodels.stats.contingency_tables").StratifiedTable(_tables())
    assert np.exp(result.estimate) == pytest.approx(table.oddsratio_pooled, rel=1e-8)


@pytest.mark.benchmark(group="Mantel-Haenszel, 18 studies")
def test_mantel_haenszel_statsmodels(benchmark):
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    benchmark(lambda: tables.StratifiedTable(_tables()).logodds_pooled)


def _tables():
    a, n1, c, n2 = (np.array(NIELWEISE[name], dtype=float) for name in ("ai", "n1i", "ci", "n2i"))
    return np.array([[a, n1 - a], [c, n2 - c]])


@pytest.mark.benchmark(group="meta-regression, k = 13")
def test_metareg(benchmark):
    given = BCG["input"]
    result = benchmark(
        ev.metareg, None, {"x1": given["x1"]}, yi=given["yi"], vi=given["vi"], method="REML", test="z"
    )
    assert np.allclose(result.beta, BCG["expected"]["beta"], rtol=1e-8)


@pytest.mark.benchmark(group="meta-regression, k = 13")
def test_metareg_pymare(benchmark):
    estimators = pytest.importorskip("pymare.estimators")
    y, v, x = (np.array(BCG["input"][name], dtype=float) for name in ("yi", "vi", "x1"))
    design = np.column_stack([np.ones_like(x), x])
    estimator = estimators.VarianceBasedLikelihoodEstimator(method="REML")
    benchmark(lambda: estimator.fit(y[:, None], X=design, v=v[:, None]))


@pytest.mark.benchmark(group="proportion, five groups")
@pytest.mark.parametrize("method", ["GLMM", "exact", "REML"])
def test_proportion(benchmark, method):
    result = benchmark(ev.proportion, xi=[16, 10, 4, 43, 25], ni=[24, 12, 8, 58, 42], method=method)
    assert result.events == 98
