"""Conversions by hand, by simulation and there and back."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evidence.effects import convert
from evidence.effects.measures import escalc
from evidence.errors import EvidenceError, InputError, OptionError

SDS = st.floats(0.1, 100)
SIZES = st.integers(2, 2000)


def sample(seed, n=25, mean=10.0):
    return np.random.default_rng(seed).normal(mean, 3, n)


def test_sd_from_the_se_and_interval_that_scipy_makes():
    x = sample(1)
    sd = x.std(ddof=1)
    assert convert.sd_from_se(stats.sem(x), n=25) == pytest.approx(sd)
    interval = stats.t.interval(0.9, 24, loc=x.mean(), scale=stats.sem(x))
    assert convert.sd_from_ci(*interval, n=25, level=0.9) == pytest.approx(sd)
    interval = stats.norm.interval(0.95, loc=x.mean(), scale=stats.sem(x))
    assert convert.sd_from_ci(*interval, n=25, test="z") == pytest.approx(sd)
    assert convert.se_from_ci(*interval) == pytest.approx(stats.sem(x))


def test_handbook_example_of_an_interval():
    # Cochrane Handbook 6.5.2.2: 95 % CI 30.0 to 34.2, 25 people: SD = √25 (34.2 - 30.0) / 4.128
    assert convert.sd_from_ci(30.0, 34.2, n=25) == pytest.approx(5 * 4.2 / 4.128, rel=1e-4)


def test_se_from_the_tests_that_scipy_makes():
    x, y = sample(1), sample(2, 30, 8.0)
    test = stats.ttest_ind(x, y)
    difference = x.mean() - y.mean()
    pooled = math.sqrt((24 * x.var(ddof=1) + 29 * y.var(ddof=1)) / 53)
    se = pooled * math.sqrt(1 / 25 + 1 / 30)
    assert convert.se_from_t(difference, test.statistic) == pytest.approx(se)
    assert convert.se_from_p(difference, test.pvalue, df=53) == pytest.approx(se)
    assert convert.se_from_ci(*test.confidence_interval(0.95), df=53) == pytest.approx(se)
    assert convert.vi_from_p(difference, test.pvalue, df=53) == pytest.approx(se**2)
    assert convert.vi_from_ci(*test.confidence_interval(0.9), level=0.9, df=53) == pytest.approx(se**2)
    assert convert.sd_from_md_se(se, n1=25, n2=30) == pytest.approx(pooled)


def test_smd_from_the_tests_that_scipy_makes():
    x, y = sample(1), sample(2, 30, 8.0)
    test = stats.ttest_ind(x, y)
    expected = escalc(
        "SMD", m1i=x.mean(), sd1i=x.std(ddof=1), n1i=25, m2i=y.mean(), sd2i=y.std(ddof=1), n2i=30
    )
    expected = pytest.approx(tuple(expected.iloc[0]), rel=1e-9)
    assert convert.smd_from_t(test.statistic, n1=25, n2=30) == expected
    assert convert.smd_from_p(test.pvalue, n1=25, n2=30, direction=1) == expected
    down = convert.smd_from_p(test.pvalue, n1=25, n2=30, direction=-1)
    assert down[0] == -convert.smd_from_p(test.pvalue, n1=25, n2=30, direction=1)[0]
    assert convert.smd_from_p(1, n1=25, n2=30, direction=1)[0] == pytest.approx(0, abs=1e-12)


def test_vectors_scalars_and_gaps():
    assert isinstance(convert.sd_from_se(1, n=4), float)
    assert convert.sd_from_se([1, None, 2], n=4).tolist() == pytest.approx([2, math.nan, 4], nan_ok=True)
    assert convert.sd_from_se([1, 2], n=[4, 9]).tolist() == [2, 6]
    assert convert.se_from_p([1, 2], 0.05, df=[10, np.nan]).shape == (2,)
    yi, vi = convert.smd_from_t([1.0, np.nan], n1=10, n2=10)
    assert np.isnan(yi[1])
    assert np.isnan(vi[1])


def test_odds_ratios_and_smds():
    yi, vi = convert.or_to_smd(1.2, 0.3)
    assert (yi, vi) == pytest.approx((1.2 * math.sqrt(3) / math.pi, 0.3 * 3 / math.pi**2))
    assert convert.smd_to_or(yi, vi) == pytest.approx((1.2, 0.3))
    yi, vi = convert.or_to_smd(1.2, 0.3, distribution="normal")
    assert (yi, vi) == pytest.approx((1.2 / 1.65, 0.3 / 1.65**2))
    assert convert.smd_to_or(yi, vi, distribution="normal") == pytest.approx((1.2, 0.3))
    for function in (convert.or_to_smd, convert.smd_to_or):
        with pytest.raises(OptionError, match="Did you mean 'logistic'"):
            function(1, 1, distribution="logistics")
        with pytest.raises(InputError, match="vi=-1"):
            function(1, -1)


@given(sd1=SDS, sd2=SDS, r=st.floats(-1, 1))
def test_correlation_and_change_go_there_and_back(sd1, sd2, r):
    change = convert.change_sd(sd1, sd2, r)
    assert abs(sd1 - sd2) <= change * (1 + 1e-9) + 1e-9
    # The way back subtracts squares: digits are lost with their ratio.
    slack = 1e-12 * (sd1 / sd2 + sd2 / sd1)
    assert convert.correlation_from_change_sd(sd1, sd2, change) == pytest.approx(r, abs=max(slack, 1e-9))


def test_correlation_of_real_pairs():
    before = sample(5)
    after = 0.5 * before + sample(6)
    sds = [x.std(ddof=1) for x in (before, after, before - after)]
    assert convert.correlation_from_change_sd(*sds) == pytest.approx(np.corrcoef(before, after)[0, 1])
    assert convert.change_sd(3, 3, 1) == 0
    assert convert.correlation_from_change_sd(3, 3, 0) == 1


def test_impossible_correlations_are_refused_with_their_numbers():
    with pytest.raises(InputError, match=r"sd1=2, sd2=3, sd_change=6.*between \|sd1 - sd2\| and sd1 \+ sd2"):
        convert.correlation_from_change_sd(2, 3, 6)
    with pytest.raises(InputError, match="position 1"):
        convert.correlation_from_change_sd([2, 2], 3, [3, 0.5])
    with pytest.raises(InputError, match=r"r=1\.5"):
        convert.change_sd(1, 2, 1.5)


@given(
    sizes=st.lists(st.integers(2, 30), min_size=2, max_size=5),
    seed=st.integers(0, 1000),
)
def test_combined_arms_are_the_people_put_together(sizes, seed):
    rng = np.random.default_rng(seed)
    arms = [rng.normal(rng.normal(0, 3), rng.uniform(0.5, 3), n) for n in sizes]
    everybody = np.concatenate(arms)
    got = convert.combine_arms(sizes, [x.mean() for x in arms], [x.std(ddof=1) for x in arms])
    assert got.n == everybody.size
    assert got.mean == pytest.approx(everybody.mean(), abs=1e-12)
    assert got.sd == pytest.approx(everybody.std(ddof=1))


def test_combined_arms_by_the_handbook_formula():
    n1, m1, s1, n2, m2, s2 = 12, 4.0, 1.5, 20, 7.0, 2.5
    squares = (n1 - 1) * s1**2 + (n2 - 1) * s2**2
    between = n1 * n2 / (n1 + n2) * (m1**2 + m2**2 - 2 * m1 * m2)
    got = convert.combine_arms([n1, n2], [m1, m2], [s1, s2])
    assert got.sd == pytest.approx(math.sqrt((squares + between) / (n1 + n2 - 1)))
    assert got.mean == pytest.approx((n1 * m1 + n2 * m2) / (n1 + n2))


def test_five_numbers_in_a_large_normal_sample():
    # For a normal sample the expected quantiles give the true mean and SD back.
    n = 401
    quantiles = dict(zip(("minimum", "q1", "median", "q3", "maximum"), (0, 100, 200, 300, 400), strict=True))
    draws = np.sort(np.random.default_rng(4).normal(5, 2, (4000, n)), axis=1)
    given = {name: draws[:, position] for name, position in quantiles.items()}
    table = convert.mean_sd_from_five_numbers(n=n, **given)
    assert set(table["route"]) == {"five numbers"}
    assert table["mean"].mean() == pytest.approx(5, abs=0.01)
    assert table["sd"].mean() == pytest.approx(2, rel=0.01)
    assert table["skewed"].mean() == pytest.approx(0.05, abs=0.015)
    for names in (("minimum", "maximum"), ("q1", "q3")):
        some = convert.mean_sd_from_five_numbers(
            n=n, median=given["median"], **{name: given[name] for name in names}
        )
        assert some["mean"].mean() == pytest.approx(5, abs=0.01)
        assert some["sd"].mean() == pytest.approx(2, rel=0.01)
        assert some["skewed"].mean() == pytest.approx(0.05, abs=0.015)
        # All five know more than three.
        assert table["sd"].std() < some["sd"].std()


def test_five_numbers_by_hand():
    n = 16
    got = convert.mean_sd_from_five_numbers(n=n, minimum=1, q1=3, median=4, q3=6, maximum=10).iloc[0]
    outer, inner = 2.2 / (2.2 + 8), 0.7 - 0.72 / 16**0.55
    assert got["mean"] == pytest.approx(outer * 5.5 + inner * 4.5 + (1 - outer - inner) * 4)
    xi, eta = stats.norm.ppf(15.625 / 16.25), stats.norm.ppf(11.875 / 16.25)
    power = 16**0.6
    assert got["sd"] == pytest.approx(9 / ((2 + 0.14 * power) * xi) + 3 / ((2 + 2 / (0.07 * power)) * eta))
    # Tests of skewness at n = 16: |a + b - 2m| / (b - a) = 3/9, |q1 + q3 - 2m| / (q3 - q1) = 1/3
    assert got["skewness"] == pytest.approx(max(2.65 * math.log(9.6) / 4 / 3, 1 / 3))
    assert got["critical"] == pytest.approx(3 / 4 - 40 / 4096)
    outer = convert.mean_sd_from_five_numbers(n=n, minimum=1, median=4, maximum=10).iloc[0]
    assert tuple(outer[["skewness", "critical"]]) == pytest.approx((1 / 3, 1.01 / math.log(25) + 2.43 / 17))
    inner = convert.mean_sd_from_five_numbers(n=n, q1=3, median=4, q3=6).iloc[0]
    assert tuple(inner[["skewness", "critical"]]) == pytest.approx((1 / 3, 2.65 / 4 - 6 / 256))


def test_skewed_numbers_are_noticed_and_gaps_kept():
    table = convert.mean_sd_from_five_numbers(
        n=pd.Series([60, 60, 60], index=["a", "b", "c"]),
        q1=[1, 1, None],
        median=[1.2, 3, 2],
        q3=[5, 5, 4],
    )
    assert table["skewed"].tolist() == [True, False, False]
    assert table["route"].tolist() == ["quartiles", "quartiles", "none"]
    assert np.isnan(table.loc["c", "mean"])


def test_without_a_median_there_is_nothing_to_estimate_from():
    got = convert.mean_sd_from_five_numbers(n=20, median=np.nan, minimum=1, q1=2, q3=4, maximum=9).iloc[0]
    assert got["route"] == "none"
    assert np.isnan([got["mean"], got["sd"]]).all()


def test_the_smallest_groups_are_taken():
    assert convert.sd_from_se(3, n=1) == 3
    assert convert.sd_from_md_se(2, n1=1, n2=1) == pytest.approx(math.sqrt(2))
    # Cohen's d from t is t √(1/2 + 1/2) = t; with 2 degrees of freedom J = Γ(1) / Γ(1/2) = 1 / √π.
    assert convert.smd_from_t(1.5, n1=2, n2=2)[0] == pytest.approx(1.5 / math.sqrt(math.pi))
    assert convert.se_from_ci(-1, 1, df=1) == pytest.approx(1 / math.tan(math.pi * 0.475))  # Cauchy
    # One person at 4 and two at 0 and 2: together 4, 0, 2.
    arm = convert.combine_arms([1, 2], [4, 1], [0, math.sqrt(2)])
    assert (arm.n, arm.mean, arm.sd) == pytest.approx((3, 2, 2))


@given(factor=st.floats(0.1, 50), shift=st.floats(-100, 100))
def test_five_numbers_follow_the_unit(factor, shift):
    numbers = {"minimum": 1.0, "q1": 3.0, "median": 4.0, "q3": 6.0, "maximum": 10.0}
    plain = convert.mean_sd_from_five_numbers(n=30, **numbers).iloc[0]
    moved = convert.mean_sd_from_five_numbers(
        n=30, **{name: x * factor + shift for name, x in numbers.items()}
    ).iloc[0]
    assert moved["mean"] == pytest.approx(plain["mean"] * factor + shift, abs=1e-9)
    assert moved["sd"] == pytest.approx(plain["sd"] * factor, rel=1e-9)
    assert moved["skewness"] == pytest.approx(plain["skewness"], abs=1e-8)


BAD = [
    (convert.sd_from_se, (-1,), {"n": 4}, "se=-1"),
    (convert.sd_from_se, (1,), {"n": 0}, "n=0"),
    (convert.sd_from_md_se, (1,), {"n1": 0, "n2": 3}, "n1=0"),
    (convert.sd_from_ci, (5, 4), {"n": 9}, "low=5, high=4"),
    (convert.sd_from_ci, (4, 5), {"n": 1}, "n=1"),
    (convert.sd_from_ci, (4, 5), {"n": 9, "level": 95}, "level=95"),
    (convert.sd_from_ci, (4, 5), {"n": 9, "test": "T"}, "Did you mean 't'"),
    (convert.se_from_ci, ([1, 3], [2, 3]), {}, "position 1"),
    (convert.se_from_ci, (1, 2), {"df": 0}, "df=0"),
    (convert.se_from_t, (1, 0), {}, "t=0"),
    (convert.se_from_t, (0, 1), {}, "estimate=0"),
    (convert.se_from_p, (1, 0), {}, "p=0 "),
    (convert.se_from_p, (1, 1), {}, "p=1 "),
    (convert.se_from_p, (1, 5), {}, "p=5 "),
    (convert.se_from_p, (0, 0.5), {}, "estimate=0"),
    (convert.smd_from_t, (1,), {"n1": 1, "n2": 9}, "n1=1"),
    (convert.smd_from_p, (0,), {"n1": 9, "n2": 9, "direction": 1}, "p must be exact"),
    (convert.smd_from_p, (0.1,), {"n1": 9, "n2": 9, "direction": 0}, "direction=0"),
    (convert.change_sd, (1, 2, [0.5, 1.0, 1.01]), {}, "r=1.01 in the study at position 2"),
    (convert.change_sd, (1, 2, [0.5, -1.0, -1.01]), {}, "r=-1.01 in the study at position 2"),
    (convert.combine_arms, ([5], [1], [1]), {}, "two arms"),
    (convert.combine_arms, ([5, 6], [1], [1, 1]), {}, "mean has 1"),
    (convert.combine_arms, ([5, 0], [1, 1], [1, 1]), {}, "n=0"),
    (convert.combine_arms, ([5, 6], [1, np.nan], [1, 1]), {}, "mean holds nan"),
    (convert.correlation_from_change_sd, (0, 1, 1), {}, "sd1=0"),
    (convert.mean_sd_from_five_numbers, (), {"n": 30, "median": 3, "q1": 4, "q3": 6}, "q1=4, median=3"),
    (convert.mean_sd_from_five_numbers, (), {"n": 4, "median": 3, "q1": 2, "q3": 6}, "n=4"),
    (
        convert.mean_sd_from_five_numbers,
        (),
        {"n": 9, "median": 3, "minimum": 3, "maximum": 3},
        "range of zero",
    ),
    (convert.mean_sd_from_five_numbers, (), {"n": 9, "median": 3, "q1": 3, "q3": 3}, "coincide"),
]


@pytest.mark.parametrize(("function", "values", "options", "message"), BAD)
def test_impossible_reports_are_refused(function, values, options, message):
    with pytest.raises(EvidenceError, match=message):
        function(*values, **options)


@given(sd=SDS, n=SIZES, level=st.floats(0.5, 0.99), test=st.sampled_from(["t", "z"]))
def test_interval_to_sd_there_and_back(sd, n, level, test):
    tail = (1 - level) / 2
    quantile = stats.t.isf(tail, n - 1) if test == "t" else stats.norm.isf(tail)
    half = quantile * sd / math.sqrt(n)
    assert convert.sd_from_ci(-half, half, n=n, level=level, test=test) == pytest.approx(sd, rel=1e-9)
