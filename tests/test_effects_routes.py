"""Effect sizes by hand and by a second, independent route."""

import math

import numpy as np
import pytest
from scipy import stats

from evidence.effects.binary import log_or
from evidence.effects.measures import MEASURES, escalc
from evidence.effects.scale import scale
from evidence.effects.single import harmonic_mean, pft_back
from evidence.effects.small_sample import hedges_correction
from evidence.errors import InputError, ScaleWarning

TWO = {"m1i": 10.0, "sd1i": 2.0, "n1i": 5, "m2i": 8.0, "sd2i": 2.0, "n2i": 5}
PAIRED = {"m1i": 10.0, "sd1i": 3.0, "m2i": 8.0, "sd2i": 4.0, "ni": 20, "ri": 0.5}


def row(measure, **given):
    table = escalc(measure, **given)
    return float(table["yi"].iloc[0]), float(table["vi"].iloc[0])


def gamma_ratio(df):
    return math.gamma(df / 2) / (math.sqrt(df / 2) * math.gamma((df - 1) / 2))


@pytest.mark.parametrize("df", [1.5, 2, 3, 8, 50, 199, 201, 260])
def test_small_sample_correction_is_the_ratio_of_gammas(df):
    assert float(hedges_correction(df)) == pytest.approx(gamma_ratio(df), rel=1e-12)


def test_small_sample_correction_where_it_changes_its_route():
    # Γ(x + 1) = x Γ(x) leaves no gamma function in the product J(df) J(df + 1).
    for df in (10.0, 199.0, 200.0, 200.5, 201.0, 1e4, 1e9):
        product = float(hedges_correction(df) * hedges_correction(df + 1))
        assert product == pytest.approx((df - 1) / 2 / math.sqrt(df / 2 * (df + 1) / 2), rel=5e-14, abs=0)


def test_small_sample_correction_of_a_huge_trial():
    assert 1 - float(hedges_correction(1e9)) == pytest.approx(0.75e-9, rel=1e-6)
    yi, vi = row("SMD", m1i=1.0, sd1i=2.0, n1i=1e9, m2i=0.0, sd2i=2.0, n2i=1e9)
    assert yi == pytest.approx(0.5, rel=1e-8)
    assert vi == pytest.approx(2e-9 + 0.25 / 4e9, rel=1e-8)


def test_no_correction_exists_for_one_degree_of_freedom():
    assert math.isnan(float(hedges_correction(1)))
    assert np.isnan(escalc("SMCC", **{**PAIRED, "ni": 2})).all(axis=None)


def test_mean_difference_by_hand():
    assert row("MD", **TWO) == pytest.approx((2.0, 1.6))
    assert row("MD", **{**TWO, "n1i": 10, "sd1i": 3.0}) == pytest.approx((2.0, 9 / 10 + 4 / 5))
    assert row("MD", vtype="HO", **{**TWO, "n1i": 10, "sd1i": 3.0})[1] == pytest.approx(97 / 13 * 0.3)


def test_standardised_mean_difference_by_hand():
    # d = 1, 8 degrees of freedom: J = Γ(4) / (2 Γ(3.5)) = 3 / 3.3233509...
    j = 3 / 3.3233509704478426
    expected = {
        "LS": 0.4 + j**2 / 20,
        "LS2": j**2 * (0.4 + 1 / 20),
        "UB": 0.4 + (1 - 6 / (8 * j**2)) * j**2,
        "AV": 0.4 + j**2 / 20,
        "H0": 0.4,
    }
    for vtype, variance in expected.items():
        assert row("SMD", vtype=vtype, **TWO) == pytest.approx((j, variance), rel=1e-12)


def test_average_g_is_weighted_by_size_and_skips_gaps():
    j8, j28 = gamma_ratio(8), gamma_ratio(28)
    table = escalc("SMD", vtype="AV", m1i=[10.0, 9.0, None], sd1i=2.0, n1i=[5, 15, 5], m2i=8.0, sd2i=2.0,
                   n2i=[5, 15, 5])  # fmt: skip
    average = (10 * j8 * 1.0 + 30 * j28 * 0.5) / 40
    assert table["vi"].iloc[0] == pytest.approx(0.4 + average**2 / 20)
    assert table["vi"].iloc[1] == pytest.approx(2 / 15 + average**2 / 60)
    assert table.iloc[2].isna().all()


@pytest.mark.filterwarnings("ignore::evidence.errors.ScaleWarning")
def test_unbiased_variance_is_unbiased():
    rng = np.random.default_rng(7)
    x, y = rng.normal(0.8, 1, (40_000, 6)), rng.normal(0, 1, (40_000, 7))
    table = escalc(
        "SMD",
        vtype="UB",
        m1i=x.mean(axis=1),
        sd1i=x.std(axis=1, ddof=1),
        n1i=6,
        m2i=y.mean(axis=1),
        sd2i=y.std(axis=1, ddof=1),
        n2i=7,
    )
    assert table["yi"].mean() == pytest.approx(0.8, abs=0.015)
    assert table["vi"].mean() == pytest.approx(table["yi"].var(), rel=0.04)


def test_other_denominators_by_hand():
    given = {**TWO, "sd1i": 4.0}
    assert row("SMD1", **given) == pytest.approx((gamma_ratio(4), 0.4 + gamma_ratio(4) ** 2 / 10))
    yi, vi = row("SMDH", **given)
    g = gamma_ratio(8) * 2 / math.sqrt(10)
    assert yi == pytest.approx(g)
    assert vi == pytest.approx(g**2 * (256 / 4 + 16 / 4) / 800 + (16 / 4 + 4 / 4) / 10)


def test_ratios_of_means_and_spreads_by_hand():
    yi, vi = row("ROM", **TWO)
    assert yi == pytest.approx(math.log(1.25) + (4 / 500 - 4 / 320) / 2)
    assert vi == pytest.approx(4 / 500 + 4 / 320)
    spread = {"sd1i": 3.0, "n1i": 5, "sd2i": 2.0, "n2i": 9}
    assert row("VR", **spread) == pytest.approx((math.log(1.5) + 1 / 8 - 1 / 16, 1 / 8 + 1 / 16))


def test_bias_corrected_ratio_of_means_is_closer_than_the_plain_one():
    rng = np.random.default_rng(11)
    x, y = rng.normal(10, 4, (100_000, 4)), rng.normal(5, 0.5, (100_000, 30))
    means = {"m1i": x.mean(axis=1), "m2i": y.mean(axis=1)}
    spreads = {"sd1i": x.std(axis=1, ddof=1), "sd2i": y.std(axis=1, ddof=1)}
    positive = means["m1i"] > 0
    corrected = escalc("ROM", n1i=4, n2i=30, **{k: v[positive] for k, v in (means | spreads).items()})
    plain = np.log(means["m1i"] / means["m2i"], where=positive, out=np.full(positive.size, np.nan))
    assert abs(corrected["yi"].mean() - math.log(2)) < abs(np.nanmean(plain) - math.log(2)) / 2


def test_variability_ratio_is_lnvr_less_ln_rom():
    both = row("CVR", **{**TWO, "sd1i": 3.0})
    spread = row("VR", sd1i=3.0, n1i=5, sd2i=2.0, n2i=5)
    ratio = row("ROM", **{**TWO, "sd1i": 3.0})
    assert both == pytest.approx((spread[0] - ratio[0], spread[1] + ratio[1]))


def test_paired_measures_by_hand():
    j = gamma_ratio(19)
    assert row("MC", **PAIRED) == pytest.approx((2.0, 13 / 20))
    g = j * 2 / math.sqrt(13)
    assert row("SMCC", **PAIRED) == pytest.approx((g, 1 / 20 + g**2 / 40))
    g = j * 2 / 3
    assert row("SMCR", **PAIRED) == pytest.approx((g, 1 / 20 + g**2 / 40))
    assert row("SMCRH", **PAIRED) == pytest.approx((g, 13 / (9 * 19) + g**2 / 38))
    cv = (0.3**2, 0.5**2, 0.3 * 0.5)
    # Average variance 12.5; 38 / (1 + 0.25) degrees of freedom; 81 + 256 + 2 * 0.25 * 9 * 16 = 409
    g = gamma_ratio(30.4) * 2 / math.sqrt(12.5)
    expected = (g, (g**2 * 409 / (8 * 12.5**2) + 13 / 12.5) / 19)
    assert row("SMCRPH", **PAIRED) == pytest.approx(expected, rel=1e-12)
    yi, vi = row("ROMC", **PAIRED)
    assert yi == pytest.approx(math.log(1.25) + (cv[0] - cv[1]) / 40)
    assert vi == pytest.approx((cv[0] + cv[1] - cv[2]) / 20)


def test_mean_change_is_the_mean_of_the_differences():
    rng = np.random.default_rng(3)
    before = rng.normal(10, 3, 25)
    after = 0.6 * before + rng.normal(2, 2, 25)
    given = {
        "m1i": before.mean(),
        "sd1i": before.std(ddof=1),
        "m2i": after.mean(),
        "sd2i": after.std(ddof=1),
        "ni": 25,
        "ri": np.corrcoef(before, after)[0, 1],
    }
    difference = before - after
    assert row("MC", **given) == pytest.approx((difference.mean(), difference.var(ddof=1) / 25))
    t = stats.ttest_rel(before, after).statistic
    assert row("SMCC", **given)[0] == pytest.approx(gamma_ratio(24) * t / 5)


def test_uncorrelated_conditions_are_two_groups_over_their_average_sd():
    pairs = {**PAIRED, "ri": 0.0}
    groups = {name: pairs[name] for name in ("m1i", "sd1i", "m2i", "sd2i")} | {"n1i": 20, "n2i": 20}
    assert row("SMCRPH", **pairs) == pytest.approx(row("SMDH", **groups), rel=1e-12)


@pytest.mark.parametrize("r", [0.3, 0.8])
def test_paired_average_sd_has_the_mean_and_variance_of_simulated_trials(r):
    rng = np.random.default_rng(5)
    n, sd = 40, np.array([1.0, 1.5])
    covariance = np.outer(sd, sd) * [[1, r], [r, 1]]
    x = rng.multivariate_normal([0.6, 0.0], covariance, (20_000, n))
    spread, centred = x.std(axis=1, ddof=1), x - x.mean(axis=1, keepdims=True)
    correlation = (centred[..., 0] * centred[..., 1]).sum(axis=1) / (n - 1) / spread.prod(axis=1)
    mean = x.mean(axis=1)
    table = escalc("SMCRPH", m1i=mean[:, 0], sd1i=spread[:, 0], m2i=mean[:, 1], sd2i=spread[:, 1], ni=n,
                   ri=correlation)  # fmt: skip
    assert table["yi"].mean() == pytest.approx(0.6 / math.sqrt((sd**2).mean()), rel=0.01)
    assert table["vi"].mean() == pytest.approx(table["yi"].var(), rel=0.06)


COUNTS = {"ai": 12, "n1i": 20, "ci": 6, "n2i": 25}


def test_counts_agree_with_statsmodels():
    contingency = pytest.importorskip("statsmodels.stats.contingency_tables")
    table = contingency.Table2x2([[12, 8], [6, 19]])
    assert row("OR", **COUNTS) == pytest.approx((table.log_oddsratio, table.log_oddsratio_se**2), rel=1e-12)
    assert row("RR", **COUNTS) == pytest.approx((table.log_riskratio, table.log_riskratio_se**2), rel=1e-12)


def test_risk_difference_agrees_with_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    low, high = proportion.confint_proportions_2indep(12, 20, 6, 25, compare="diff", method="wald")
    yi, vi = row("RD", **COUNTS)
    half = stats.norm.ppf(0.975) * math.sqrt(vi)
    assert (yi - half, yi + half) == pytest.approx((low, high), rel=1e-12)


def test_peto_is_the_hypergeometric_score():
    yi, vi = row("PETO", **COUNTS)
    reference = stats.hypergeom(45, 18, 20)
    assert vi == pytest.approx(1 / reference.var())
    assert yi == pytest.approx((12 - reference.mean()) / reference.var())


def test_phi_is_the_correlation_of_the_people():
    group = np.repeat([1, 0], [20, 25])
    event = np.repeat([1, 0, 1, 0], [12, 8, 6, 19])
    assert row("PHI", **COUNTS)[0] == pytest.approx(np.corrcoef(group, event)[0, 1])


def test_phi_variance_is_the_multinomial_delta_method():
    cells = np.array([12.0, 8.0, 6.0, 19.0])

    def phi(c):
        a, b, c_, d = c
        return (a * d - b * c_) / math.sqrt((a + b) * (c_ + d) * (a + c_) * (b + d))

    steps = 1e-4 * np.eye(4)
    gradient = np.array([(phi(cells + step) - phi(cells - step)) / 2e-4 for step in steps])
    # phi does not change with the total, so the multinomial's covariance term drops out.
    assert row("PHI", **COUNTS)[1] == pytest.approx(gradient**2 @ cells, rel=1e-6)


def test_yule_and_smds_come_from_the_odds_ratio():
    yi, vi = row("OR", **COUNTS)
    odds = math.exp(yi)
    q = (odds - 1) / (odds + 1)
    assert row("YUQ", **COUNTS) == pytest.approx((q, vi * (1 - q**2) ** 2 / 4))
    assert row("OR2DN", **COUNTS) == pytest.approx((yi / 1.65, vi / 1.65**2))
    assert row("OR2DL", **COUNTS) == pytest.approx((yi * 3**0.5 / math.pi, vi * 3 / math.pi**2))


def test_arcsine_measures_by_hand():
    yi, vi = row("AS", ai=5, n1i=20, ci=10, n2i=20)
    assert (yi, vi) == pytest.approx((math.pi / 6 - math.pi / 4, 1 / 40))
    assert row("PAS", xi=5, ni=20) == pytest.approx((math.pi / 6, 1 / 80))


@pytest.mark.parametrize("measure", ["MPRR", "MPOR", "MPRD", "MPORC"])
def test_matched_variances_are_the_multinomial_delta_method(measure):
    cells = np.array([15.0, 9.0, 4.0, 12.0])
    functions = {
        "MPRR": lambda a, b, c, d: math.log((a + b) / (a + c)),  # noqa: ARG005
        "MPOR": lambda a, b, c, d: math.log((a + b) * (b + d) / ((a + c) * (c + d))),
        "MPRD": lambda a, b, c, d: (b - c) / (a + b + c + d),
        "MPORC": lambda a, b, c, d: math.log(b / c),  # noqa: ARG005
    }
    function = functions[measure]
    steps = 1e-4 * np.eye(4)
    gradient = np.array([(function(*(cells + s)) - function(*(cells - s))) / 2e-4 for s in steps])
    expected = gradient**2 @ cells - (gradient @ cells) ** 2 / cells.sum()
    yi, vi = row(measure, ai=15, bi=9, ci=4, di=12)
    assert yi == pytest.approx(function(*cells))
    assert vi == pytest.approx(expected, rel=1e-6)


def test_conditional_peto_by_hand():
    assert row("MPPETO", ai=15, bi=9, ci=4, di=12) == pytest.approx((10 / 13, 4 / 13))


def test_single_group_by_hand():
    assert row("PR", xi=5, ni=20) == pytest.approx((0.25, 0.25 * 0.75 / 20))
    assert row("PLN", xi=5, ni=20) == pytest.approx((math.log(0.25), 1 / 5 - 1 / 20))
    assert row("PLO", xi=5, ni=20) == pytest.approx((math.log(1 / 3), 1 / 5 + 1 / 15))
    assert row("MN", mi=6, sdi=3, ni=9) == pytest.approx((6, 1))
    assert row("MNLN", mi=6, sdi=3, ni=9) == pytest.approx((math.log(6), 1 / 36))
    assert row("SDLN", sdi=3, ni=9) == pytest.approx((math.log(3) + 1 / 16, 1 / 16))
    assert row("CVLN", mi=6, sdi=3, ni=9) == pytest.approx((math.log(0.5) + 1 / 16, 1 / 16 + 1 / 36))
    g = gamma_ratio(8) * 2
    assert row("SMN", mi=6, sdi=3, ni=9) == pytest.approx((g, 1 / 9 + g**2 / 18))


@pytest.mark.parametrize("events", [0, 1, 7, 30, 59, 60])
def test_double_arcsine_goes_there_and_back(events):
    yi, vi = row("PFT", xi=events, ni=60)
    assert vi == pytest.approx(1 / 242)
    assert pft_back(yi, ni=60) == pytest.approx(events / 60, abs=1e-12)


def test_double_arcsine_beyond_what_counts_can_give_is_cut_off():
    assert pft_back([0.0, 1.57], ni=10).tolist() == [0.0, 1.0]


def test_harmonic_mean_and_its_caution():
    assert harmonic_mean([2, 6, 6]) == pytest.approx(3.6)
    with pytest.warns(ScaleWarning, match="n=10") as caught:
        pft_back(0.2, ni=[10, 1000])
    assert "n=1000" in str(caught[0].message)
    assert pft_back(0.8, ni=[99, 101]) == pytest.approx(pft_back(0.8, ni=harmonic_mean([99, 101])))
    with pytest.raises(InputError, match="ni=0"):
        harmonic_mean([5, 0])
    with pytest.raises(InputError, match="no sample size"):
        harmonic_mean([])


def test_zero_cells_are_corrected_as_asked():
    zero = {"ai": [0, 5, 3], "n1i": [10, 10, 10], "ci": [2, 4, 3], "n2i": [10, 10, 10]}
    add = 0.5
    only = escalc("OR", **zero)
    everywhere = escalc("OR", to="all", **zero)
    if_any = escalc("OR", to="if0all", **zero)
    none = escalc("OR", to="none", **zero)
    by_hand = math.log(add * 8.5 / (10.5 * 2.5))
    assert only["yi"].iloc[0] == pytest.approx(by_hand)
    assert only["yi"].iloc[1] == pytest.approx(math.log(5 * 6 / (5 * 4)))
    assert everywhere["yi"].iloc[1] == pytest.approx(math.log(5.5 * 6.5 / (5.5 * 4.5)))
    assert if_any.equals(everywhere)
    assert none.iloc[0].isna().all()
    assert none.iloc[1].equals(only.iloc[1])
    assert escalc("OR", to="if0all", **{k: v[1:] for k, v in zero.items()})["yi"].iloc[0] == pytest.approx(
        math.log(1.5)
    )
    assert escalc("OR", add=0.1, **zero)["yi"].iloc[0] == pytest.approx(math.log(0.1 * 8.1 / (10.1 * 2.1)))


def test_kernels_are_reachable_by_code():
    assert MEASURES["OR"].function is log_or
    assert {measure.scale for measure in MEASURES.values()} == {"identity", "log", "logit", "arcsine"}


def test_back_from_a_scale_by_hand():
    back = {name: scale(name).back([-0.2, math.asin(math.sqrt(0.3)), 2.0]) for name in ("arcsine", "log")}
    assert back["arcsine"].tolist() == pytest.approx([0, 0.3, 1])  # nothing lies below 0 or above 1
    assert back["log"].tolist() == pytest.approx([math.exp(x) for x in (-0.2, math.asin(math.sqrt(0.3)), 2)])
    assert scale("identity").back([1, 2]).dtype == float
