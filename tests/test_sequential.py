"""Trial sequential analysis: published boundaries, the multivariate normal and simulations beside them."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm, t

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.boundaries import Boundaries, boundaries, power_of
from evidence.robustness.information_size import diversity, required_information, standard_drift
from evidence.robustness.looks import arrival
from evidence.robustness.spending import spent

GOLDEN = Path(__file__).parent / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "sequential.json").read_text("utf-8"))}
POOLING = json.loads((GOLDEN / "pooling.json").read_text("utf-8"))
BCG = next(case["input"] for case in POOLING if case["id"] == "pool_bcg_EE_z")
YI, VI = [0.1, 0.9, 0.35, 1.4, 0.6, 1.1, 0.2, 0.8], [0.02, 0.05, 0.04, 0.09, 0.03, 0.12, 0.06, 0.02]
NI = [200, 80, 100, 45, 130, 35, 70, 210]


def crossing(upper, fractions):
    """Chance that |Z| crosses constant or falling boundaries where there is no effect."""
    upper, empty = np.asarray(upper, dtype=float), np.full(len(upper), np.nan)
    found = Boundaries(upper, empty, empty, empty)
    return 2 * power_of(fractions, found, drift=0.0)


def correlation(fractions):
    """Covariance of Z at the looks: sqrt of the smaller over the larger fraction."""
    f = np.asarray(fractions)
    return np.sqrt(np.minimum.outer(f, f) / np.maximum.outer(f, f))


@pytest.mark.parametrize("name", [name for name in CASES if CASES[name]["kind"] == "spending_boundaries"])
def test_boundaries_are_those_that_were_published(name):
    case = CASES[name]
    found = boundaries(**case["input"], **case["args"], futility=False).upper
    assert found == pytest.approx(case["expected"]["upper"], abs=case["tolerance"])


def test_repeated_tests_cross_as_often_as_armitage_found():
    case = CASES["repeated_significance_tests"]
    for looks, chance in case["expected"].items():
        k = int(looks)
        found = crossing([norm.isf(0.025)] * k, np.arange(1, k + 1) / k)
        assert found == pytest.approx(chance, abs=case["tolerance"])


@pytest.mark.parametrize(("name", "power"), [("pocock_constants", 0.0), ("obrien_fleming_constants", -0.5)])
def test_constants_of_the_classical_designs(name, power):
    case = CASES[name]
    for looks, constant in case["expected"].items():
        f = np.arange(1, int(looks) + 1) / int(looks)
        found = brentq(lambda c, f=f: crossing(c * f**power, f) - 0.05, 1.5, 3.5)
        assert found == pytest.approx(constant, abs=case["tolerance"])


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
@pytest.mark.parametrize("fractions", [[0.3, 0.45, 0.8, 1.0], [0.15, 0.6, 0.62, 1.3]])
def test_error_spent_by_the_multivariate_normal(spending, fractions):
    """Second route: one minus the chance that Z stays inside, by Genz's integration in scipy."""
    found = boundaries(fractions, spending=spending, futility=False)
    side = spent(fractions, 0.025, spending=spending)
    cov = correlation(fractions)
    for looks in (2, 4):
        u = found.upper[:looks]
        normal = multivariate_normal(np.zeros(looks), cov[:looks, :looks], abseps=1e-6, releps=1e-6, seed=1)
        inside = normal.cdf(u, lower_limit=-u)
        # Error is spent side by side; who crosses one side and later the other counts once in `inside`.
        assert 1 - inside == pytest.approx(2 * side[looks - 1], abs=5e-6)
    assert found.alpha_spent == pytest.approx(2 * side)


@pytest.mark.parametrize("two_sided", [True, False])
def test_beta_spent_by_the_multivariate_normal(two_sided):
    """Second route: under the drift of the sought effect, first fall below the wedge at each look."""
    f = np.array([0.3, 0.55, 0.8])
    drift = standard_drift(two_sided=two_sided)
    found = boundaries(f, two_sided=two_sided, futility=True)
    allowed = spent(f, 0.1)
    mean, cov = drift * np.sqrt(f), correlation(f)
    total = 0.0
    for look in range(3):
        wedge = found.futility[look]
        if math.isnan(wedge):
            assert two_sided
            continue
        open_side = -found.upper if two_sided else np.full(3, -9.0)
        low = np.where(np.isnan(found.futility), open_side, found.futility)[: look + 1]
        high = found.upper[: look + 1].copy()
        low[look], high[look] = -9.0, wedge
        size = look + 1
        normal = multivariate_normal(mean[:size], cov[:size, :size], abseps=1e-6, releps=1e-6, seed=1)
        total += float(normal.cdf(high, lower_limit=low))
        assert total == pytest.approx(allowed[look], abs=5e-6)
        assert total == pytest.approx(found.beta_spent[look], abs=5e-6)
    assert total > 0


def test_error_and_power_in_simulated_looks():
    """Third route: a Brownian motion at twelve uneven looks, 400,000 times."""
    rng = np.random.default_rng(20240607)
    f = [*np.sort(rng.uniform(0.05, 0.97, 11)).tolist(), 1.0]
    found = boundaries(f)
    n, steps = 400_000, np.sqrt(np.diff(f, prepend=0.0))
    w = np.zeros(n)
    up, down, alive, power = (np.zeros(n, dtype=bool) for _ in range(4))
    alive[:] = True
    drift = standard_drift()
    for i, step in enumerate(steps):
        w += rng.standard_normal(n) * step
        z = w / math.sqrt(f[i])
        up |= ~down & (z >= found.upper[i])
        down |= ~up & (z <= -found.upper[i])
        moved = z + drift * math.sqrt(f[i])
        power |= alive & (moved >= found.upper[i])
        stopped = np.abs(moved) >= found.upper[i]
        if not math.isnan(found.futility[i]):
            stopped |= np.abs(moved) < found.futility[i]
        alive &= ~stopped
    assert (up | down).mean() == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / n))
    expected = power_of(f, found, drift=drift)
    assert power.mean() == pytest.approx(expected, abs=4 * math.sqrt(0.1 * 0.9 / n))
    assert 0.85 < expected < 0.9


def test_one_look_at_the_required_size_is_a_plain_test():
    found = boundaries([1.0])
    assert found.upper[0] == pytest.approx(norm.isf(0.025), abs=1e-10)
    assert found.futility[0] == found.upper[0]
    assert power_of([1.0], found, drift=standard_drift()) == pytest.approx(0.9, abs=1e-12)
    assert boundaries([1.0], two_sided=False).upper[0] == pytest.approx(norm.isf(0.05), abs=1e-10)


def test_all_alpha_is_spent_at_the_first_look_that_reaches_the_size():
    found = boundaries([0.5, 1.4, 1.6, 3.0])
    assert np.isfinite(found.upper).tolist() == [True, True, False, False]
    assert found.alpha_spent[1:] == pytest.approx(0.05)
    # The correlation with the look before is that of the information there was, not of a size cut to 1.
    normal = multivariate_normal(np.zeros(2), correlation([0.5, 1.4]), seed=1)
    assert 1 - normal.cdf(found.upper[:2], lower_limit=-found.upper[:2]) == pytest.approx(0.05, abs=1e-6)


def test_looks_that_add_next_to_nothing_have_no_boundary():
    found = boundaries([0.5, 0.5 * (1 + 1e-5), 1.0])
    assert not np.isfinite(found.upper[1])
    assert found.upper[[0, 2]] == pytest.approx(boundaries([0.5, 1.0]).upper, abs=1e-12)
    assert not np.isfinite(boundaries([0.01, 1.0]).upper[0])


def test_extreme_sizes_still_run():
    for delta in (1e-8, 1e8):
        found = ev.sequential(yi=YI, vi=VI, delta=delta)
        assert np.isfinite(found.z).all() and 0 <= found.attained_power <= 1
    uneven = ev.sequential(yi=[0.1, 0.2, 0.3], vi=[1e8, 1e-6, 1e3], delta=0.01, method="EE")
    assert uneven.status == ("no boundary", "benefit", "no boundary")


def test_thin_looks_keep_their_digits():
    """A look of half a thousandth: boundaries of its neighbours are those without it, nearly."""
    thin = boundaries([0.3, 0.3003, 0.7, 0.7007, 1.0])
    plain = boundaries([0.3, 0.7, 1.0])
    assert np.isfinite(thin.upper).all()
    assert thin.upper[[0, 2, 4]] == pytest.approx(plain.upper, abs=0.02)
    assert thin.upper[0] == pytest.approx(plain.upper[0], abs=1e-12)
    cov = correlation([0.3, 0.3003, 0.7])
    inside = multivariate_normal(np.zeros(3), cov, abseps=1e-6, releps=1e-6, seed=1).cdf(
        thin.upper[:3], lower_limit=-thin.upper[:3]
    )
    assert 1 - inside == pytest.approx(thin.alpha_spent[2], abs=5e-6)


@given(
    steps=st.lists(st.floats(0.02, 1.0), min_size=1, max_size=8),
    alpha=st.floats(0.005, 0.2),
    power=st.floats(0.6, 0.97),
)
@settings(max_examples=40, deadline=None)
def test_wedge_lies_below_the_boundary_and_spending_grows(steps, alpha, power):
    f = np.cumsum(steps) / np.sum(steps)
    found = boundaries(f, alpha=alpha, power=power)
    there = np.isfinite(found.upper)
    assert (found.futility[there & ~np.isnan(found.futility)] >= 0).all()
    both = there & ~np.isnan(found.futility)
    assert (found.futility[both] <= found.upper[both] + 1e-12).all()
    assert (np.diff(found.alpha_spent) >= 0).all()
    assert found.alpha_spent[-1] == pytest.approx(alpha)
    assert found.upper[-1] >= norm.isf(alpha / 2) - 1e-12
    without = boundaries(f, alpha=alpha, power=power, futility=False)
    assert np.array_equal(without.upper, found.upper)  # the wedge does not bind
    assert power_of(f, found, drift=standard_drift(alpha=alpha, power=power)) <= power + 1e-9


def test_refused_fractions_and_spending():
    for wrong in ([0.5, 0.5], [0.0, 1.0], [0.8, 0.4], []):
        with pytest.raises(InputError, match="increase"):
            boundaries(wrong)
    with pytest.raises(OptionError, match="obrien_flemming"):
        spent([0.5], 0.05, spending="obrien_flemming")
    with pytest.raises(InputError, match="0 or more"):
        spent([-0.1], 0.05)
    with pytest.raises(InputError, match="error=5"):
        spent([0.1], 5)


def test_required_information_is_that_of_a_trial():
    """Two equal groups of one SD: the sum of both needs 4 SD^2 (z + z)^2 / delta^2 people."""
    z = norm.isf(0.025) + norm.isf(0.1)
    found = ev.sequential(
        yi=[0.1, 0.2, 0.3], vi=[4 / 20, 4 / 40, 4 / 30], ni=[20, 40, 30], delta=0.5, method="EE"
    )
    assert found.required_people == pytest.approx(4 * z**2 / 0.25, rel=1e-12)
    assert found.required_people == pytest.approx(168.1, abs=0.1)
    assert found.fraction[-1] == pytest.approx(90 / 168.1186, rel=1e-5)
    assert required_information(0.5, two_sided=False) == pytest.approx(
        ((norm.isf(0.05) + norm.isf(0.1)) / 0.5) ** 2
    )


def test_diversity_by_the_two_pooled_errors():
    """Second route: the standard errors that `pool` gives with and without tau2."""
    random = ev.pool(**BCG_DATA, method="DL", test="z")
    common = ev.pool(**BCG_DATA, method="EE", test="z")
    expected = 1 - (common.se / random.se) ** 2
    found = ev.sequential(**BCG_DATA, delta=-0.3, method="DL")
    assert found.heterogeneity == pytest.approx(100 * expected, rel=1e-10)
    assert diversity(BCG["vi"], random.tau2) == pytest.approx(expected, rel=1e-10)
    assert found.required == pytest.approx(found.required_unadjusted / (1 - expected), rel=1e-10)
    assert ev.sequential(**BCG_DATA, delta=-0.3, method="DL", adjust="i2").heterogeneity == pytest.approx(
        random.i2
    )
    # The information fraction of the last look is what the random-effects mean has of what it needs.
    assert found.fraction[-1] == pytest.approx(1 / random.se**2 / (standard_drift() / 0.3) ** 2, rel=1e-9)


BCG_DATA = {"yi": BCG["yi"], "vi": BCG["vi"]}


def test_each_look_is_the_pooled_result_of_its_studies():
    found = ev.sequential(yi=YI, vi=VI, delta=0.5, method="PM")
    for k in range(2, 9):
        fit = ev.pool(yi=YI[:k], vi=VI[:k], method="PM", test="z")
        look = k - 1
        assert (found.estimate[look], found.se[look], found.z[look], found.tau2[look]) == pytest.approx(
            (fit.estimate, fit.se, fit.statistic, fit.tau2), rel=1e-9
        )
    assert found.z[0] == pytest.approx(YI[0] / math.sqrt(VI[0]))
    assert found.information == pytest.approx(np.cumsum(1 / np.array(VI)))


def test_t_tests_enter_with_the_normal_score_of_their_p_value():
    found = ev.sequential(yi=YI, vi=VI, delta=0.5, test="adhoc")
    fit = ev.pool(yi=YI, vi=VI, test="adhoc")
    assert found.z[-1] == pytest.approx(norm.isf(fit.p / 2), rel=1e-9)
    assert found.p == pytest.approx(fit.p)
    quantile = t.isf(norm.sf(found.multiplier), fit.df)
    assert (found.ci_low, found.ci_high) == pytest.approx(
        (fit.estimate - quantile * fit.se, fit.estimate + quantile * fit.se)
    )


def test_adjusted_interval_excludes_no_effect_exactly_when_the_curve_has_crossed():
    for delta in (0.1, 0.2, 0.3, 0.5, 0.8):
        found = ev.sequential(yi=YI, vi=VI, delta=delta)
        crossed = found.status[found.interval_at] in ("benefit", "harm")
        assert (found.ci_low > 0 or found.ci_high < 0) == crossed
        half = found.multiplier * found.se[found.interval_at]
        assert found.ci_high - found.ci_low == pytest.approx(2 * half)


@pytest.mark.parametrize(
    ("yi", "delta", "conclusion"),
    [
        ([0.5] * 8, 0.3, "benefit"),
        ([-0.5] * 8, 0.3, "harm"),
        ([0.5] * 8, -0.3, "harm"),
        ([0.02] * 8, 0.19, "futility"),
        ([0.02] * 8, 0.4, "required size reached"),
        ([0.1] * 8, 0.05, "undecided"),
    ],
)
def test_conclusions(yi, delta, conclusion):
    found = ev.sequential(yi=yi, vi=[0.05] * 8, delta=delta, method="EE")
    assert found.conclusion == conclusion
    said = found.words()
    assert said.endswith(".") and {"benefit": "for benefit", "harm": "for harm"}.get(conclusion, "") in said
    if conclusion in ("benefit", "harm"):
        assert found.status[found.decided_at] == conclusion
        assert conclusion not in found.status[: found.decided_at]
    if conclusion == "undecided":
        assert found.decided_at is None


def test_a_curve_that_comes_back_says_so():
    yi = [1.5, 1.5, -1.2, -1.2, -0.9]
    found = ev.sequential(yi=yi, vi=[0.05] * 5, delta=0.35, method="EE", adjust=0.4)
    assert found.conclusion == "benefit"
    assert found.status[-1] != "benefit"
    assert any("came back" in note for note in found.notes)
    past = ev.sequential(yi=yi, vi=[0.05] * 5, delta=0.5, method="EE", adjust=0.0)
    assert past.conclusion == "benefit" and past.status[-1] == "no boundary"
    assert any("came back" in note for note in past.notes)
    steady = ev.sequential(yi=[1.5] * 5, vi=[0.05] * 5, delta=0.5, method="EE")
    assert steady.conclusion == "benefit" and not any("came back" in note for note in steady.notes)


def test_conventional_significance_that_is_not_enough():
    found = ev.sequential(yi=[0.3, 0.35], vi=[0.05, 0.05], delta=0.3, method="EE")
    assert found.p < 0.05 and found.conclusion == "undecided"
    assert any("by a single test" in note for note in found.notes)


def test_a_one_sided_test_has_one_boundary_and_one_end():
    found = ev.sequential(yi=[-0.5] * 4, vi=[0.05] * 4, delta=0.3, method="EE", two_sided=False)
    assert "harm" not in found.status
    assert found.ci_high == math.inf
    assert found.p == pytest.approx(norm.sf(found.z[-1]))
    assert found.summary()["lower"].isna().all()
    turned = ev.sequential(yi=[0.5] * 4, vi=[0.05] * 4, delta=-0.3, method="EE", two_sided=False)
    assert turned.ci_low == -math.inf
    assert turned.ci_high == pytest.approx(-found.ci_low)
    assert turned.summary()["upper"].isna().all()
    assert turned.status == found.status


@given(shift=st.permutations(range(8)))
@settings(max_examples=10, deadline=None)
def test_mirror_images_and_units_change_nothing(shift):
    y, v = np.array(YI)[list(shift)], np.array(VI)[list(shift)]
    found = ev.sequential(yi=y, vi=v, delta=0.5)
    mirrored = ev.sequential(yi=-y, vi=v, delta=-0.5)
    scaled = ev.sequential(yi=10 * y, vi=100 * v, delta=5)
    for other in (mirrored, scaled):
        assert other.status == found.status and other.conclusion == found.conclusion
        assert other.fraction == pytest.approx(found.fraction, rel=1e-6)
        assert other.upper == pytest.approx(found.upper, rel=1e-6)
    assert found.z[-1] == pytest.approx(ev.sequential(yi=YI, vi=VI, delta=0.5).z[-1], rel=1e-6)
    assert found.required == pytest.approx(ev.sequential(yi=YI, vi=VI, delta=0.5).required, rel=1e-6)


def table(**more):
    labels = [f"Study {name}" for name in "ABCDEFGH"]
    return pd.DataFrame({"label": labels, "yi": YI, "vi": VI, "n": NI} | more)


def test_order_by_year_a_column_or_keys():
    year = [2008, 2001, 2004, 2001, 2012, 2003, 2020, 2010]
    by_year = ev.sequential(table(year=year), delta=0.5)
    assert [each.split()[1] for each in by_year.added] == list("BDFCAHEG")
    assert by_year.order == "year"
    assert any("same year" in note for note in by_year.notes)
    by_keys = ev.sequential(table(), delta=0.5, order=year)
    assert np.array_equal(by_keys.z, by_year.z)
    as_text = ev.sequential(table(seen=[str(each) for each in year]), delta=0.5, order="seen")
    assert np.array_equal(as_text.z, by_year.z)
    looks = ev.sequential(table(year=year), delta=0.5, collapse=True)
    assert looks.added[0] == "Study B, Study D" and looks.k.tolist() == [2, 3, 4, 5, 6, 7, 8]
    assert looks.z == pytest.approx(by_year.z[1:])
    plain = ev.sequential(table(), delta=0.5)
    assert plain.order == "" and any("order of the table" in note for note in plain.notes)


def test_orders_that_cannot_be():
    with pytest.raises(OptionError, match=r"'yaer' is no column.*'year'"):
        ev.sequential(table(year=range(8)), delta=0.5, order="yaer")
    with pytest.raises(InputError, match="Study C has no year"):
        ev.sequential(table(year=[1, 2, None, 4, 5, 6, 7, 8]), delta=0.5)
    with pytest.raises(InputError, match="8 of them"):
        ev.sequential(table(), delta=0.5, order=[1, 2])
    with pytest.raises(InputError, match="cannot be compared"):
        ev.sequential(table(), delta=0.5, order=[1, "a", 2, 3, 4, 5, 6, 7])
    with pytest.raises(InputError, match="must be a column"):
        ev.sequential(table(), delta=0.5, order=3)
    with pytest.raises(OptionError, match="yi and vi have none"):
        ev.sequential(yi=YI, vi=VI, delta=0.5, order="year")
    with pytest.raises(OptionError, match="collapse=True needs order"):
        arrival(None, None, ["A"], collapse=True)


def test_people():
    found = ev.sequential(table(), delta=0.5)
    assert found.people.tolist() == np.cumsum(NI).tolist()
    assert found.required_people / found.people[-1] == pytest.approx(found.required / found.information[-1])
    counted = ev.sequential(table(), delta=0.5, unit="people")
    assert counted.fraction == pytest.approx(np.cumsum(NI) / found.required_people)
    assert counted.fraction[-1] == pytest.approx(found.fraction[-1])
    some = ev.sequential(table(n=[*NI[:7], None]), delta=0.5)
    assert math.isnan(some.required_people) and np.isnan(some.people).tolist() == [False] * 7 + [True]
    assert any("Study H" in note for note in some.notes)
    with pytest.raises(InputError, match="Study H has none"):
        ev.sequential(table(n=[*NI[:7], None]), delta=0.5, unit="people")
    with pytest.raises(InputError, match="at least one person"):
        ev.sequential(yi=YI, vi=VI, ni=[0] * 8, delta=0.5)
    with pytest.raises(InputError, match="ni goes with yi and vi"):
        ev.sequential(table(), ni=NI, delta=0.5)


def test_delta_from_the_studies_is_marked_as_circular():
    found = ev.sequential(yi=YI, vi=VI, delta="pooled")
    assert found.delta == pytest.approx(ev.pool(yi=YI, vi=VI).estimate)
    assert any("made from what it should judge" in note for note in found.notes)
    low = [True, False, True, False, True, False, True, False]
    effects = Effects(table(low=low))
    found = ev.sequential(effects, delta="low_bias", low_bias="low")
    assert found.delta == pytest.approx(ev.pool(yi=YI[::2], vi=VI[::2]).estimate)
    assert "low risk of bias" in found.method_text()
    assert ev.sequential(effects, delta="low_bias", low_bias=low).delta == found.delta


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs delta, the smallest difference"),
        ({"delta": 0}, "other than 0"),
        ({"delta": math.nan}, "other than 0"),
        ({"delta": "poled"}, "Did you mean 'pooled'"),
        ({"delta": True}, "delta=True"),
        ({"delta": 1e-200}, "measure in other units"),
        ({"delta": 1e200}, "measure in other units"),
        ({"delta": 0.5, "alpha": 1e-20}, "too small for boundaries"),
        ({"delta": "low_bias"}, "needs low_bias="),
        ({"delta": "low_bias", "low_bias": "low"}, "low_bias='low'"),
        ({"delta": "low_bias", "low_bias": [1, 0] * 4}, "True or False"),
        ({"delta": "low_bias", "low_bias": [False] * 8}, "names no study"),
        ({"delta": 0.5, "low_bias": [True] * 8}, "low_bias= is for"),
        ({"delta": 0.5, "alpha": 5}, "alpha=5"),
        ({"delta": 0.5, "power": 90}, "power=90"),
        ({"delta": 0.5, "power": 0.02}, "above alpha"),
        ({"delta": 0.5, "adjust": 25}, "adjust=25"),
        ({"delta": 0.5, "adjust": "d2"}, "adjust='d2'"),
        ({"delta": 0.5, "adjust": True}, "adjust=True"),
        ({"delta": 0.5, "spending": "haybittle"}, "spending='haybittle'"),
        ({"delta": 0.5, "unit": "events"}, "unit='events'"),
        ({"delta": 0.5, "method": "IVhet"}, "method='IVhet'"),
        ({"delta": 0.5, "test": "HC"}, "test='HC'"),
        ({"delta": 0.5, "test": "KR", "method": "DL"}, "made for method='REML'"),
        ({"delta": 0.5, "two_sided": 1}, "two_sided=1"),
        ({"delta": 0.5, "futility": "yes"}, "futility='yes'"),
        ({"delta": 0.5, "collapse": True}, "collapse=True needs order"),
    ],
)
def test_what_cannot_be_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        ev.sequential(yi=YI, vi=VI, **options)


def test_proportions_and_equal_estimates_are_refused():
    with pytest.raises(InputError, match="no value of no effect"):
        ev.sequential(Effects(table(), scale="logit"), delta=0.5)
    with pytest.raises(InputError, match="standard error of the first 2 studies is 0"):
        ev.sequential(yi=[1, 1, 1], vi=[1, 1, 1], delta=0.5, test="knha")
    with pytest.raises(TooFewStudiesError):
        ev.sequential(yi=[], vi=[], delta=0.5)


def test_few_studies_say_what_cannot_be_said():
    one = ev.sequential(yi=[0.4], vi=[0.1], delta=0.5)
    assert one.k.tolist() == [1] and one.heterogeneity == 0
    assert any("one study says nothing of heterogeneity" in note for note in one.notes)
    two = ev.sequential(yi=[0.4, 0.9], vi=[0.1, 0.1], delta=0.5)
    assert any("2 studies cannot say how much studies differ" in note for note in two.notes)
    tiny = ev.sequential(yi=[0.4, 0.9], vi=[0.1, 0.1], delta=0.02)
    assert (tiny.ci_low, tiny.ci_high) == (-math.inf, math.inf)
    assert tiny.status == ("no boundary", "no boundary")
    assert any("no look has the information" in note for note in tiny.notes)


def test_more_information_than_required():
    found = ev.sequential(yi=YI, vi=VI, delta=0.5, method="EE")
    assert found.fraction[-1] > 1
    assert any("times what is required" in note for note in found.notes)
    with pytest.raises(InputError, match="size is reached"):
        found.next_look([9.0])
    assert set(found.status[2:]) == {"no boundary"}


def test_next_look_is_the_boundary_that_look_would_have():
    first = ev.sequential(table().head(5), delta=0.3)
    assert first.fraction[-1] < 0.9
    ahead = first.next_look([0.95, 1.0])
    expected = [boundaries([*first.fraction, f]) for f in (0.95, 1.0)]
    assert ahead["boundary"].to_numpy() == pytest.approx([each.upper[-1] for each in expected])
    assert ahead["futility"].to_numpy() == pytest.approx([each.futility[-1] for each in expected])
    assert ahead["people"].iloc[1] == pytest.approx(first.required_people)
    assert ahead["information"].iloc[1] == pytest.approx(first.required)
    by_people = ev.sequential(table().head(5), delta=0.3, unit="people").next_look([1.0])
    assert by_people["people"].iloc[0] == pytest.approx(first.required_people)
    assert by_people["information"].iloc[0] == pytest.approx(first.required)
    with pytest.raises(InputError, match="above"):
        first.next_look([0.1])


def test_pooled_results_and_effects_give_the_same():
    effects = Effects(table(), favours=("favours control", "favours needling"))
    from_effects = ev.sequential(effects, delta=0.2, method="EE")
    from_pooled = ev.sequential(ev.pool(effects), delta=0.2, method="EE")
    assert from_pooled.to_dict() == from_effects.to_dict()
    assert "favours needling" in from_effects.words()
    ratio = ev.sequential(Effects(table(), scale="log", measure="OR"), delta=0.2)
    assert ratio.display()["delta"] == pytest.approx(math.exp(0.2))
    assert "log scale" in ratio.method_text()


def test_method_text_follows_the_options():
    text = ev.sequential(
        yi=YI, vi=VI, delta=0.5, method="EE", spending="pocock", futility=False, adjust=0.25, alpha=0.01
    ).method_text()
    for words in ("a common effect", "Pocock", "no futility", "1 - 25 %", "alpha 1 %", "order of the table"):
        assert words in text
    text = ev.sequential(yi=YI, vi=VI, ni=NI, delta=0.5, unit="people", adjust="i2", order=YI).method_text()
    for words in ("maximum likelihood", "I2 of", "counted in people", "order of given keys", "non-binding"):
        assert words in text
