"""The bootstrap: against scipy's, hand calculations, the draws themselves, and what theory foresees."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import evidence as ev
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.bootstrap_intervals import accelerated, basic, percentile, studentised

POOLING = json.loads((Path(__file__).parent / "golden" / "pooling.json").read_text("utf-8"))
BCG = next(case["input"] for case in POOLING if case["id"] == "pool_bcg_EE_z")
SMALL = {"yi": [0.1, 0.3, 0.35, 0.65, 0.45, 0.15], "vi": [0.03, 0.03, 0.05, 0.01, 0.05, 0.02]}
NESTED = ["a", "a", "a", "b", "c", "c"]


def test_resampled_studies_are_single_fits_of_the_studies_drawn():
    """The draws are those of the generator; each is pooled again, row by row."""
    result = ev.bootstrap(**BCG, kind="cluster", draws=300, seed=4)
    rows = np.random.default_rng(4).integers(0, 13, (300, 13))
    for i in range(0, 300, 37):
        one = ev.pool(yi=np.array(BCG["yi"])[rows[i]], vi=np.array(BCG["vi"])[rows[i]])
        for name in ("estimate", "tau2", "i2", "se"):
            assert result.draws[name][i] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-11)


def test_simulated_studies_are_single_fits_of_what_was_simulated():
    result = ev.bootstrap(**SMALL, draws=200, seed=4, method="DL")
    fit = ev.pool(**SMALL, method="DL")
    noise = np.random.default_rng(4).normal(size=(200, 6))
    yi = fit.estimate + np.sqrt(fit.tau2 + np.array(SMALL["vi"])) * noise
    for i in range(0, 200, 23):
        one = ev.pool(yi=yi[i], vi=SMALL["vi"], method="DL")
        for name in ("estimate", "tau2", "i2", "se"):
            assert result.draws[name][i] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-11)


def test_rows_of_a_cluster_are_drawn_together():
    result = ev.bootstrap(**SMALL, kind="cluster", cluster=NESTED, draws=150, seed=9, method="EE")
    members = {0: [0, 1, 2], 1: [3], 2: [4, 5]}
    drawn = np.random.default_rng(9).integers(0, 3, (150, 3))
    yi, vi = np.array(SMALL["yi"]), np.array(SMALL["vi"])
    for i in range(150):
        at = [row for code in drawn[i] for row in members[code]]
        expected = np.average(yi[at], weights=1 / vi[at])
        assert result.draws["estimate"][i] == pytest.approx(expected, rel=1e-12)
    for code, left_out in enumerate(result.left_out["estimate"]):
        at = [row for other in range(3) if other != code for row in members[other]]
        assert left_out == pytest.approx(np.average(yi[at], weights=1 / vi[at]), rel=1e-12)
    table = ev.pool(**SMALL).effects.table.assign(study_id=NESTED)
    from_table = ev.bootstrap(ev.Effects(table), kind="cluster", draws=150, seed=9, method="EE")
    assert np.array_equal(from_table.draws["estimate"], result.draws["estimate"])
    assert (from_table.clusters, from_table.k) == (3, 6)
    assert "3 clusters, each with all of its rows (6 in all)" in from_table.method_text()


def test_intervals_agree_with_scipy():
    """Of the same draws; equal weights make the pooled mean a plain mean, whose bootstrap scipy does too."""
    yi = np.random.default_rng(0).gamma(2, size=15)
    left_out = np.array([np.delete(yi, i).mean() for i in range(15)])
    peers = {}
    for kind in ("percentile", "basic", "bca"):
        rng = np.random.default_rng(2)
        peers[kind] = stats.bootstrap((yi,), np.mean, n_resamples=20_000, method=kind, rng=rng)
    draws = peers["bca"].bootstrap_distribution
    found = {
        "percentile": percentile(draws, 0.95),
        "basic": basic(draws, yi.mean(), 0.95),
        "bca": accelerated(draws, yi.mean(), left_out, 0.95),
    }
    for kind, interval in found.items():
        assert interval == pytest.approx(tuple(peers[kind].confidence_interval), rel=1e-9), kind
    ours = ev.bootstrap(yi=yi, vi=np.ones(15), kind="cluster", method="EE", draws=20_000)
    assert ours.left_out["estimate"] == pytest.approx(left_out, rel=1e-12)
    slack = 0.1 * peers["bca"].standard_error  # of two sets of 20,000 draws
    for kind, interval in found.items():
        assert ours.ci("estimate", kind) == pytest.approx(interval, abs=slack), kind


def test_intervals_by_hand():
    draws = np.arange(1001.0)
    assert percentile(draws, 0.8) == pytest.approx((100, 900))
    assert basic(draws, 450.0, 0.8) == pytest.approx((0, 800))
    # t statistics run from -450 / 5 to 550 / 5.
    assert studentised(draws, np.full(1001, 5.0), 450.0, 2.0, 0.8) == pytest.approx((270, 590))
    assert np.isnan(studentised(draws, np.zeros(1001), 450.0, 2.0, 0.8)).all()
    # Without acceleration, z0 = Phi^-1(share below): the levels are Phi(2 z0 +- z).
    z0, z = stats.norm.ppf(400.5 / 1001), stats.norm.ppf(0.9)
    levels = stats.norm.cdf([2 * z0 - z, 2 * z0 + z])
    assert accelerated(draws, 400.0, np.array([1.0, 1, 1]), 0.8) == pytest.approx(1000 * levels)
    a = (8 - 1 - 1) / (6 * 6**1.5)  # distances from the mean 2 of (0, 3, 3): 2, -1, -1
    levels = stats.norm.cdf(z0 + (z0 + np.array([-z, z])) / (1 - a * (z0 + np.array([-z, z]))))
    assert accelerated(draws, 400.0, np.array([0.0, 3, 3]), 0.8) == pytest.approx(1000 * levels)
    assert np.isnan(accelerated(draws, -1.0, np.array([0.0, 3, 3]), 0.8)).all()


def test_the_parametric_bootstrap_of_a_common_effect_is_normal():
    result = ev.bootstrap(**SMALL, method="EE", draws=20_000)
    fit = ev.pool(**SMALL, method="EE", test="z")
    assert result.estimate_ci == pytest.approx((fit.ci_low, fit.ci_high), abs=0.05 * fit.se)
    assert not result.draws["tau2"].any()
    # Studentised by the Wald error, which does not vary, the interval is the basic one.
    with_t = ev.bootstrap(**SMALL, method="EE", draws=2000, interval="t", test="z")
    assert with_t.estimate_ci == pytest.approx(with_t.ci("estimate", "basic"), rel=1e-9)


def test_intervals_stay_within_what_may_be():
    result = ev.bootstrap(**SMALL, draws=1000)
    table = result.intervals().set_index(["term", "interval"])
    assert table.loc[("tau2", "basic"), "ci_low"] >= 0
    assert table.loc["I2 (%)"].min().min() >= 0 and table.loc["I2 (%)"].max().max() <= 100
    assert ("tau2", "t") not in table.index and ("tau2", "bca") not in table.index
    assert ("estimate", "t") in table.index


def test_summary_bias_and_error():
    result = ev.bootstrap(**BCG, draws=1000, level=0.9, interval="basic")
    table = result.summary().set_index("term")
    assert table.loc["estimate", "estimate"] == ev.pool(**BCG).estimate
    assert table.loc["tau2", "bias"] == pytest.approx(result.draws["tau2"].mean() - result.tau2)
    assert table.loc["I2 (%)", "se"] == pytest.approx(result.draws["i2"].std(ddof=1))
    assert (
        tuple(table.loc["tau2", ["ci_low", "ci_high"]]) == result.tau2_ci == result.ci("tau2", "basic", 0.9)
    )
    wide = result.ci("estimate", "percentile", 0.99)
    assert wide[0] < result.ci("estimate", "percentile")[0]


def test_seeds_and_blocks(monkeypatch):
    one, again = (ev.bootstrap(**SMALL, draws=500, kind="cluster") for _ in range(2))
    assert np.array_equal(one.draws["tau2"], again.draws["tau2"])
    other = ev.bootstrap(**SMALL, draws=500, kind="cluster", seed=2)
    assert not np.array_equal(one.draws["tau2"], other.draws["tau2"])
    monkeypatch.setattr("evidence.robustness.bootstrap._NUMBERS", 1000)
    seen = []
    blocks = ev.bootstrap(**SMALL, draws=500, kind="cluster", progress=lambda *each: seen.append(each))
    assert len(seen) == 4 and seen[-1] == (500, 500)
    assert blocks.draws["tau2"] == pytest.approx(one.draws["tau2"], rel=1e-9, abs=1e-12)


def test_notes_and_words():
    alike = {"yi": [0.5, 0.52, 0.48, 0.55, 0.5], "vi": [0.1] * 5}
    assert "tau2 is estimated as 0" in ev.bootstrap(**alike, draws=100).notes[0]
    assert "5 resampled clusters" in ev.bootstrap(**alike, draws=100, kind="cluster").notes[0]
    assert ev.bootstrap(**BCG, draws=100, kind="cluster").notes == ()
    text = ev.bootstrap(**BCG, draws=100, seed=3).method_text()
    assert "100 draws from the random-effects model, seed 3" in text
    fit = ev.pool(**BCG, method="DL", test="t")
    result = ev.bootstrap(fit, draws=100, interval="t")
    assert (result.method, result.test) == ("DL", "z")
    assert "common-effect model" in ev.bootstrap(**BCG, draws=100, method="EE").method_text()


def test_two_studies_can_be_resampled():
    result = ev.bootstrap(yi=[0.1, 0.5], vi=[0.1, 0.2], kind="cluster", draws=200)
    assert np.isfinite(result.estimate_ci).all() and result.left_out == {}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"kind": "nonsense"}, OptionError, "nonsense"),
        ({"interval": "BCa"}, OptionError, "Did you mean 'bca'"),
        ({"interval": "bca"}, OptionError, "needs kind='cluster'"),
        (
            {"interval": "bca", "kind": "cluster", "yi": [1.0, 2.0], "vi": [1.0, 1.0]},
            TooFewStudiesError,
            "two",
        ),
        ({"method": "IVhet"}, OptionError, "IVhet"),
        ({"test": "z"}, InputError, "interval='t'"),
        ({"test": "t", "interval": "t"}, OptionError, "test='t'"),
        ({"draws": 10}, InputError, "draws=10 must be a whole number of 100"),
        ({"seed": "x"}, InputError, "seed='x'"),
        ({"level": 95}, InputError, "level=95"),
        ({"cluster": NESTED}, InputError, "cluster is for kind='cluster'"),
        ({"kind": "cluster", "cluster": ["a"]}, InputError, "1 values where 6"),
        ({"kind": "cluster", "cluster": ["a"] * 6}, InputError, "one cluster, 'a'"),
        ({"kind": "cluster", "cluster": [*NESTED[:5], None]}, InputError, "no value for Study 6"),
        ({"yi": [1.0], "vi": [1.0]}, TooFewStudiesError, "2 or more rows"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        ev.bootstrap(**(SMALL | options))
