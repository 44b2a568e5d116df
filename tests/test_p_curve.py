"""p-curve and excess significance: printed results, hand calculations, simulations, refusals."""

import json
import math
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import evidence as ev
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.p_curve_tests import noncentrality

GOLDEN = Path(__file__).parent / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "selection.json").read_text("utf-8"))}
DIVERGENCES = json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
THIRD_WAVE = {
    "yi": CASES["pcurve_thirdwave"]["input"]["yi"],
    "vi": np.array(CASES["pcurve_thirdwave"]["input"]["sei"]) ** 2,
}


@pytest.fixture(scope="module")
def dorn():
    return ev.escalc("RR", **CASES["tes_dorn"]["input"])


def test_the_printed_p_curve():
    wanted = CASES["pcurve_thirdwave"]["expected"]
    got = ev.p_curve(**THIRD_WAVE)
    assert (got.k, got.significant, got.half) == (wanted["k"], wanted["significant"], wanted["half"])
    skew, flat = got.tests.iloc[0], got.tests.iloc[1]
    for name, value in wanted["skew"].items():
        assert skew[name] == pytest.approx(value, abs=5e-4), name
    for name in ("binomial_p", "full_z", "full_p"):
        assert flat[name] == pytest.approx(wanted["flat"][name], abs=6e-4), name
    assert got.power == pytest.approx(wanted["power"], abs=5e-3)  # the peer's power is in whole percent
    assert got.power_ci == pytest.approx(tuple(wanted["power_ci"]), abs=5e-4)
    assert got.evidential_value and not got.inadequate
    assert "right-skewed" in got.verdict()


def test_flatness_of_the_half_curve_is_uniform_where_the_peers_is_not():
    (known,) = (entry for entry in DIVERGENCES if entry["id"] == "pcurve_thirdwave")
    assert len(known["reason"]) > 40
    got = ev.p_curve(**THIRD_WAVE)
    wanted = CASES["pcurve_thirdwave"]["expected"]["flat"]["half_z"]
    assert got.tests["half_z"].iloc[1] == pytest.approx(wanted, rel=known["tolerance"])
    assert got.tests["half_z"].iloc[1] != pytest.approx(wanted, rel=0.1)
    # The peer's formula, on the noncentral chi-square distribution.
    z = np.array(THIRD_WAVE["yi"]) / np.sqrt(THIRD_WAVE["vi"])
    square = z[np.abs(z) > stats.norm.isf(0.0125)] ** 2
    nc = noncentrality(1 / 3) ** 2
    share = 3 * stats.ncx2.sf(stats.chi2.isf(0.025, 1), 1, nc)
    theirs = (stats.ncx2.cdf(square, 1, nc) - (1 - share)) / share
    assert stats.norm.ppf(theirs).sum() / math.sqrt(len(square)) == pytest.approx(wanted, abs=5e-4)
    # Simulated under 33 % power: ours is standard normal, theirs is not.
    rng = np.random.default_rng(1)
    size = np.abs(rng.normal(noncentrality(1 / 3), 1, (6000, 12)))
    ours, peers = [], []
    for row in size[(size > stats.norm.isf(0.0125)).sum(axis=1) >= 3][:250]:
        ours.append(ev.p_curve(yi=row, vi=np.ones(12)).tests["half_z"].iloc[1])
        kept = row[row > stats.norm.isf(0.0125)] ** 2
        share_of = (stats.ncx2.cdf(kept, 1, nc) - (1 - share)) / share
        peers.append(stats.norm.ppf(share_of).sum() / math.sqrt(len(kept)))
    assert np.mean(ours) == pytest.approx(0, abs=0.2)
    assert np.std(ours) == pytest.approx(1, abs=0.15)
    assert np.mean(peers) > 1


def test_a_p_curve_by_hand():
    z = np.array([2.0, 2.5, 3.0, 0.4])
    got = ev.p_curve(yi=z, vi=np.ones(4))
    p = 2 * stats.norm.sf(z[:3])
    full = stats.norm.ppf(20 * p).sum() / math.sqrt(3)
    half = stats.norm.ppf(40 * p[1:]).sum() / math.sqrt(2)
    row = got.tests.iloc[0]
    assert (row["full_z"], row["half_z"]) == (pytest.approx(full), pytest.approx(half))
    assert row["binomial_p"] == pytest.approx(stats.binom.sf(1, 3, 0.5))
    assert noncentrality(0.8) == pytest.approx(stats.norm.ppf(0.8) + stats.norm.ppf(0.975), abs=1e-5)
    assert got.curve["observed"].tolist() == pytest.approx([1 / 3, 1 / 3, 0, 0, 1 / 3])
    assert got.curve["power33"].sum() == pytest.approx(1)
    table = got.studies
    assert table["significant"].tolist() == [True, True, True, False]


def test_power_is_found_again():
    # Simulated: 3,000 results of which those with p < 0.05 are seen.
    rng = np.random.default_rng(2)
    for power in (0.2, 0.6):
        z = rng.normal(noncentrality(power), 1, 3000)
        got = ev.p_curve(yi=z, vi=np.ones(3000))
        assert got.power_ci[0] < power < got.power_ci[1]
        assert got.power == pytest.approx(power, abs=0.05)
    wide = ev.p_curve(yi=z[:40], vi=np.ones(40), level=0.99)
    narrow = ev.p_curve(yi=z[:40], vi=np.ones(40), level=0.5)
    assert wide.power_ci[0] < narrow.power_ci[0] < narrow.power_ci[1] < wide.power_ci[1]


def test_a_flat_and_an_undecided_curve_are_named():
    flat = ev.p_curve(yi=[1.97, 1.98, 1.99, 2.0, 2.01, 2.05], vi=[1] * 6)
    assert flat.inadequate and not flat.evidential_value and flat.power == 0.05
    assert "absent or inadequate" in flat.verdict()
    assert "6 significant results are few" in flat.notes[0]
    between = ev.p_curve(yi=[2.0, 2.2, 2.6], vi=[1] * 3)
    assert "inconclusive" in between.verdict()
    assert "flat" not in between.verdict() or "neither" in between.verdict()
    against = ev.p_curve(yi=[2.0, -2.2, 2.6, 3.0], vi=[1] * 4)
    assert "1 significant result points the other way" in against.notes[0]
    none_half = ev.p_curve(yi=[2.0, 2.01, 2.02], vi=[1] * 3)
    assert math.isnan(none_half.tests["half_p"].iloc[0])
    assert none_half.tests["binomial_p"].iloc[0] == 1


def test_p_curves_that_cannot_be_are_refused():
    with pytest.raises(TooFewStudiesError, match=r"2 of 4 are \(Study 1, Study 2\)"):
        ev.p_curve(yi=[3, 3, 0.1, 0.2], vi=[1] * 4)
    with pytest.raises(TooFewStudiesError, match="0 of 3 are"):
        ev.p_curve(yi=[0, 0.1, 0.2], vi=[1] * 3)
    with pytest.raises(TooFewStudiesError, match="3 or more rows, not 2"):
        ev.p_curve(yi=[3, 3], vi=[1] * 2)
    with pytest.raises(InputError, match="level=90"):
        ev.p_curve(**THIRD_WAVE, level=90)


def test_excess_significance_as_in_metafors_own_tests(dorn):
    wanted = CASES["tes_dorn"]["expected"]
    got = ev.excess_significance(dorn)
    assert got.observed == wanted["O"]
    assert got.expected == pytest.approx(wanted["E"], abs=5e-7)
    assert got.statistic == pytest.approx(wanted["X2"], abs=5e-7)
    assert got.excess_p == pytest.approx(wanted["p_chi2"], rel=1e-6)
    assert got.binomial_p == pytest.approx(wanted["p_binom"], rel=1e-6)
    assert got.exact_p == pytest.approx(wanted["p_exact"], rel=1e-6)
    assert got.p == pytest.approx(2 * got.excess_p)


def test_exact_test_by_counting_every_way():
    y, v = [0.5, 0.2, 0.6, 0.1, 0.4], [0.04, 0.02, 0.05, 0.03, 0.01]
    got = ev.excess_significance(yi=y, vi=v)
    power = got.studies["power"].to_numpy()
    total = 0.0
    for size in range(got.observed, 6):
        for chosen in combinations(range(5), size):
            total += np.prod([power[i] if i in chosen else 1 - power[i] for i in range(5)])
    assert got.exact_p == pytest.approx(total)


def test_power_under_varying_effects_is_an_average(dorn):
    got = ev.excess_significance(dorn, true_effect="random")
    pooled = ev.pool(dorn)
    assert (got.true_effect, got.tau2) == (pytest.approx(pooled.estimate), pytest.approx(pooled.tau2))
    v = float(dorn.vi[3])

    def one(theta):
        reject = stats.norm.sf(1.959963984540054, theta / v**0.5) + stats.norm.cdf(
            -1.959963984540054, theta / v**0.5
        )
        return reject * stats.norm.pdf(theta, pooled.estimate, pooled.tau2**0.5)

    mean = integrate.quad(one, -4, 5, epsabs=1e-12)[0]
    assert got.studies["power"].iloc[3] == pytest.approx(mean, abs=1e-9)
    assert not any("I2" in note for note in got.notes)


def test_choices_of_the_true_effect(dorn):
    largest = ev.excess_significance(dorn, true_effect="largest")
    assert largest.true_effect == dorn.yi[np.argmin(dorn.vi)]
    given_ = ev.excess_significance(dorn, true_effect=0)
    assert given_.expected == pytest.approx(0.05 * 19)
    assert any("I2 71 %" in note for note in largest.notes)
    assert "a given value" in given_.method_text()
    assert ev.excess_significance(dorn, alpha=0.01).observed < 10
    same = ev.excess_significance(ev.pool(dorn))
    assert same.expected == ev.excess_significance(dorn).expected


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), unit=st.floats(1e-3, 1e3))
def test_units_and_signs_change_no_test(seed, unit):
    rng = np.random.default_rng(seed)
    y, v = rng.normal(0.6, 0.3, 12), rng.uniform(0.01, 0.1, 12)
    one = ev.excess_significance(yi=y, vi=v)
    other = ev.excess_significance(yi=-unit * y, vi=unit**2 * v)
    assert other.exact_p == pytest.approx(one.exact_p, rel=1e-6, abs=1e-12)
    assert 0 <= one.exact_p <= 1 and 0 <= one.binomial_p <= 1
    if (np.abs(y) > 1.96 * np.sqrt(v)).sum() >= 3:
        curves = [ev.p_curve(yi=y, vi=v), ev.p_curve(yi=-unit * y, vi=unit**2 * v)]
        assert curves[0].power == pytest.approx(curves[1].power, abs=1e-6)


def test_what_cannot_be_is_refused(dorn):
    with pytest.raises(OptionError, match="Did you mean 'pooled'"):
        ev.excess_significance(dorn, true_effect="poled")
    with pytest.raises(InputError, match="must be a finite number"):
        ev.excess_significance(dorn, true_effect=math.inf)
    with pytest.raises(InputError, match="must be a finite number"):
        ev.excess_significance(dorn, true_effect=[1, 2])
    with pytest.raises(InputError, match="alpha=5"):
        ev.excess_significance(dorn, alpha=5)
    with pytest.raises(TooFewStudiesError, match="3 or more rows"):
        ev.excess_significance(yi=[1, 2], vi=[1, 1])


def test_results_are_tabulated_and_serialised(dorn):
    for got in (ev.excess_significance(dorn), ev.p_curve(**THIRD_WAVE)):
        assert isinstance(got.summary(), pd.DataFrame)
        json.dumps(got.to_dict())
        assert got.method_text().endswith(".")
