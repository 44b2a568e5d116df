"""How fast subsets, permutations and the bootstrap are, beside other routes to the same (13 BCG trials).

Run with ``pytest tests/bench --benchmark-only``; without pytest-benchmark and the peers these are skipped.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import evidence as ev
from evidence.synthesis.many import pool_many

pytest.importorskip("pytest_benchmark")

CASES = json.loads((Path(__file__).parents[1] / "golden" / "pooling.json").read_text("utf-8"))
BCG = next(case["input"] for case in CASES if case["id"] == "pool_bcg_EE_z")
TAU2_REML = next(case["expected"]["tau2"] for case in CASES if case["id"] == "pool_bcg_REML_z")
P_EXACT = 12 / 8192  # by metafor too, whose permutest takes half a minute

SUBSETS = "all 8,191 subsets"
FLIPS = "exact permutation test, 8,192 sign flips"
DRAWS = "bootstrap, 10,000 draws, REML"


def twenty():
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.02, 0.4, 20)
    return {"yi": rng.normal(0.5, 0.4, 20) + rng.normal(size=20) * np.sqrt(vi), "vi": vi}


@pytest.mark.benchmark(group=SUBSETS)
@pytest.mark.parametrize("method", ["EE", "DL", "REML", "PM"])
def test_every_subset(benchmark, method):
    result = benchmark(ev.gosh, **BCG, method=method, minimum=1)
    assert result.n == 8191
    if method == "REML":
        assert result.tau2[-1] == pytest.approx(TAU2_REML, rel=1e-8)


@pytest.mark.benchmark(group=SUBSETS)
def test_every_subset_by_the_general_kernels(benchmark):
    inside = (np.arange(2**13)[:, None] >> np.arange(13)) & 1
    inside = inside[inside.sum(axis=1) > 1]
    assert benchmark(pool_many, **BCG, mask=inside).tau2[-1] == pytest.approx(TAU2_REML, rel=1e-8)


@pytest.mark.benchmark(group=SUBSETS)
def test_a_hundredth_of_the_subsets_one_by_one(benchmark):
    inside = np.random.default_rng(0).random((82, 13)) < 0.5
    inside[:, :2] = True
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    benchmark(lambda: [ev.pool(yi=yi[keep], vi=vi[keep], test="z", prediction=None) for keep in inside])


@pytest.mark.benchmark(group="all 1,048,575 subsets of 20 studies, REML")
def test_a_million_subsets(benchmark):
    assert benchmark.pedantic(ev.gosh, kwargs=twenty() | {"minimum": 1}, rounds=3).n == 2**20 - 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
def test_a_million_subsets_take_little_memory():
    """Peak of the whole process, Python and libraries with it, in kilobytes.

    The kernel's own mark: that of `resource` goes on counting what the process was forked from.
    """
    code = (
        "import numpy as np, evidence as ev; from pathlib import Path; r = np.random.default_rng(1);"
        "ev.gosh(yi=r.normal(size=20), vi=r.uniform(0.02, 0.4, 20), minimum=1);"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 500_000


@pytest.mark.benchmark(group=FLIPS)
def test_permutation(benchmark):
    result = benchmark(ev.permutation_test, **BCG, test="z", level=None)
    assert result.p.tolist() == [P_EXACT]


@pytest.mark.benchmark(group=FLIPS)
def test_permutation_with_its_interval(benchmark):
    assert benchmark(ev.permutation_test, **BCG, test="z").p.tolist() == [P_EXACT]


@pytest.mark.benchmark(group=FLIPS)
def test_permutation_pymare(benchmark):
    pymare = pytest.importorskip("pymare")
    data = pymare.Dataset(y=np.array(BCG["yi"])[:, None], v=np.array(BCG["vi"])[:, None])
    fit = pymare.estimators.VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(data).summary()
    found = benchmark.pedantic(fit.permutation_test, kwargs={"n_perm": 8192}, rounds=3)
    assert float(np.squeeze(found.perm_p["fe_p"])) == pytest.approx(P_EXACT, abs=1e-4)


@pytest.mark.benchmark(group="exact permutation test of a moderator, 5,040 orders")
def test_permutation_of_a_moderator(benchmark):
    data = {name: BCG[name][:7] for name in ("yi", "vi")}
    with pytest.warns(ev.errors.FewStudiesWarning):
        fit = ev.metareg(**data, moderators={"x": [44, 55, 42, 52, 13, 33, 19]}, test="z")
    assert benchmark(ev.permutation_test, fit).n == 5040


@pytest.mark.benchmark(group=DRAWS)
@pytest.mark.parametrize("kind", ["parametric", "cluster"])
def test_bootstrap(benchmark, kind):
    assert benchmark(ev.bootstrap, **BCG, kind=kind).n == 10_000


@pytest.mark.benchmark(group=DRAWS)
def test_bootstrap_pymare(benchmark):
    estimators = pytest.importorskip("pymare.estimators")
    rng, vi = np.random.default_rng(1), np.array(BCG["vi"])
    yi = -0.7 + rng.normal(size=(10_000, 13)) * np.sqrt(vi + TAU2_REML)
    each = np.repeat(vi[:, None], 10_000, axis=1)

    def fit():
        return estimators.VarianceBasedLikelihoodEstimator(method="REML").fit(
            yi.T, X=np.ones((13, 1)), v=each
        )

    assert np.squeeze(benchmark.pedantic(fit, rounds=3).params_["tau2"]).size == 10_000
