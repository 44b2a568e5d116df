"""Subgroups: Borenstein's formulas by hand, the identity with meta-regression, options and bad input."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError, OptionError
from evidence.synthesis.pool import pool
from evidence.synthesis.regression import metareg
from evidence.synthesis.regression_kernels import TESTS
from evidence.synthesis.subgroups import subgroups
from evidence.synthesis.tau2 import METHODS


def invented(seed, sizes=(6, 9, 8)):
    """Return invented studies in subgroups a, b, c ..., in random order."""
    rng = np.random.default_rng(seed)
    group = np.repeat([chr(97 + i) for i in range(len(sizes))], sizes)
    vi = rng.uniform(0.02, 0.3, group.size)
    shift = {each: i * 0.4 for i, each in enumerate(sorted(set(group)))}
    yi = np.array([shift[each] for each in group]) + rng.normal(size=group.size) * np.sqrt(vi + 0.1)
    order = rng.permutation(group.size)
    return pd.DataFrame({"yi": yi, "vi": vi, "design": group}).iloc[order].reset_index(drop=True)


TABLE = invented(1)


def test_by_hand():
    """Two subgroups of equal variances: means 0.5 and 4.5, tau2 0.5 - 0.1 each, so Q = 16 / (0.25 + 0.25)."""
    table = pd.DataFrame({"yi": [0, 1, 4, 5], "vi": [0.1] * 4, "design": ["a", "a", "b", "b"]})
    found = subgroups(table, "design", test="z")
    assert [result.estimate for result in found.results.values()] == pytest.approx([0.5, 4.5])
    assert found.q_between == pytest.approx(32, rel=1e-9)
    assert found.p == pytest.approx(stats.chi2.sf(32, 1), rel=1e-8)
    assert (found.df, found.df_error) == (1, math.inf)
    assert math.isnan(found.tau2)
    common = subgroups(table, "design", common_tau2=True, test="z")
    assert common.tau2 == pytest.approx(0.4, rel=1e-9)
    assert common.results["b"].ci_high == pytest.approx(4.5 + 1.959963984540054 * 0.5, rel=1e-9)


def test_common_effect_q_between_is_what_q_within_leaves():
    """Borenstein et al. 2009, eq. 19.8: Q of all studies = Q within the subgroups + Q between them."""
    found = subgroups(TABLE, "design", method="EE", test="z")
    within = sum(result.q for result in found.results.values())
    assert found.q_between == pytest.approx(found.overall.q - within, rel=1e-10)


def test_common_tau2_by_dersimonian_and_laird_is_borensteins():
    """Borenstein et al. 2009, eq. 19.37: (sum of Q - sum of df) / sum of C."""
    q = df = c = 0.0
    for _, part in TABLE.groupby("design"):
        w = 1 / part["vi"]
        q += (w * (part["yi"] - np.average(part["yi"], weights=w)) ** 2).sum()
        c += w.sum() - (w**2).sum() / w.sum()
        df += len(part) - 1
    found = subgroups(TABLE, "design", method="DL", common_tau2=True)
    assert found.tau2 == pytest.approx((q - df) / c, rel=1e-10)
    assert found.df_error == df


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from([each for each in METHODS if each != "EE"]))
def test_with_a_common_tau2_q_between_is_qm(seed, method):
    """Two routes: QM of the regression, and the sum of squares of means pooled by hand at its tau2."""
    table = invented(seed)
    fit = metareg(
        yi=table["yi"], vi=table["vi"], moderators={"design": table["design"]}, method=method, test="z"
    )
    found = subgroups(table, "design", method=method, test="z", common_tau2=True)
    assert (found.q_between, found.df, found.p) == pytest.approx((fit.qm, 2, fit.qm_p), rel=1e-9)
    w = 1 / (table["vi"] + found.tau2)
    total, weight = (values.groupby(table["design"]).sum() for values in (w * table["yi"], w))
    means = total / weight
    by_hand = (weight * (means - total.sum() / weight.sum()) ** 2).sum()
    assert found.q_between == pytest.approx(by_hand, rel=1e-7, abs=1e-10)
    for name, result in found.results.items():
        assert (result.estimate, result.se) == pytest.approx((means[name], weight[name] ** -0.5), rel=1e-8)


@pytest.mark.parametrize("test", TESTS)
def test_separate_subgroups_are_pooled_as_if_alone(test):
    found = subgroups(TABLE, "design", test=test, level=0.9)
    for name, part in TABLE.groupby("design"):
        alone = pool(yi=part["yi"], vi=part["vi"], test=test, level=0.9)
        result = found.results[name]
        for field in ("estimate", "ci_low", "ci_high", "pi_low", "tau2", "i2", "p"):
            assert getattr(result, field) == pytest.approx(getattr(alone, field), rel=1e-12)
    assert found.q_between == pytest.approx(subgroups(TABLE, "design", test="z").q_between)


def test_small_sample_tests_with_a_common_tau2_are_those_of_the_regression():
    fit = metareg(yi=TABLE["yi"], vi=TABLE["vi"], moderators={"design": TABLE["design"]}, test="knha")
    found = subgroups(TABLE, "design", test="knha", common_tau2=True)
    assert (found.q_between, found.p) == pytest.approx((fit.qm, fit.qm_p), rel=1e-10)
    assert (found.df, found.df_error) == (2, 20)
    first = found.results["a"]
    assert (first.estimate, first.se, first.p) == pytest.approx((fit.beta[0], fit.se[0], fit.p[0]), rel=1e-9)
    assert (first.ci_low, first.df) == pytest.approx((fit.ci_low[0], 20), rel=1e-9)
    assert first.weights.sum() == pytest.approx(100)


def test_a_subgroup_of_one_study_is_shown_and_flagged():
    table = invented(2, (5, 5, 1))
    alone = table.loc[table["design"] == "c"].iloc[0]
    with pytest.warns(FewStudiesWarning, match="design=c: one study"):
        found = subgroups(table, "design")
    assert found.single == ("c",)
    assert found.results["c"].se == pytest.approx(math.sqrt(alone["vi"]))
    assert any("design=c" in note for note in found.notes)
    assert found.summary()["single"].tolist() == [False, False, True, False]
    with pytest.warns(FewStudiesWarning, match="borrowed"):
        common = subgroups(table, "design", common_tau2=True, test="z")
    assert common.results["c"].se == pytest.approx(math.sqrt(alone["vi"] + common.tau2), rel=1e-9)
    assert math.isnan(common.results["c"].i2)


def test_studies_without_a_subgroup_are_named_and_left_out():
    table = TABLE.assign(label=[f"S{i}" for i in range(len(TABLE))])
    table["design"] = table["design"].where(~table.index.isin([3, 7]), None)
    found = subgroups(Effects(table, measure="SMD"), "design")
    assert found.notes == ("left out for want of design: S3, S7",)
    assert found.overall.k == len(TABLE) - 2
    assert found.effects.excluded["reason"].tolist() == ["no value of design"] * 2
    assert found.results["a"].effects.measure == "SMD"


def test_every_option_changes_the_numbers():
    plain = subgroups(TABLE, "design").summary()
    for choice in ({"method": "DL"}, {"test": "z"}, {"level": 0.8}, {"common_tau2": True}):
        other = subgroups(TABLE, "design", **choice).summary()
        assert not np.allclose(other["ci_low"], plain["ci_low"], rtol=1e-6), choice
    group = subgroups(TABLE.assign(other=["x", "y"] * 11 + ["y"]), "other")
    assert list(group.results) == ["x", "y"]


def test_wrong_calls_are_refused():
    for wrong in ({"method": "IVhet"}, {"test": "KR"}, {"common_tau2": "yes"}):
        with pytest.raises(OptionError):
            subgroups(TABLE, "design", **wrong)
    with pytest.raises(OptionError, match="common_tau2=True needs"):
        subgroups(TABLE, "design", method="EE", common_tau2=True)
    with pytest.raises(OptionError, match="Did you mean 'design'"):
        subgroups(TABLE, "desing")
    with pytest.raises(InputError, match="makes 1 subgroups"):
        subgroups(TABLE.assign(design="a"), "design")
    with pytest.raises(InputError, match="not list"):
        subgroups([1, 2], "design")
    with pytest.raises(InputError, match="level=95"):
        subgroups(TABLE, "design", level=95)


def test_the_result_shows_itself():
    found = subgroups(TABLE, "design")
    assert found.summary()["subgroup"].tolist() == ["a", "b", "c", "overall"]
    assert "each with its own between-study variance" in found.method_text()
    assert "chi-squared, 2 df" in found.method_text()
    common = subgroups(TABLE, "design", common_tau2=True)
    assert "one between-study variance for all" in common.method_text()
    assert "2 and 20 df" in common.method_text()
    assert "no between-study variance" in subgroups(TABLE, "design", method="EE").method_text()
    assert json.dumps(found.to_dict())
    assert "<table" in found._repr_html_()


def test_heterogeneity_of_a_subgroup_with_a_common_tau2_by_hand():
    table = pd.DataFrame({"yi": [0, 1, 2, 4, 5, 9], "vi": [0.1] * 3 + [0.3] * 3, "design": [*"aaabbb"]})
    found = subgroups(table, "design", common_tau2=True)
    for name, v in (("a", 0.1), ("b", 0.3)):  # with equal variances the typical one is each of them
        part = found.results[name]
        assert part.tau2 == found.results["a"].tau2 > 0
        assert (part.h2, part.i2) == pytest.approx((part.tau2 / v + 1, 100 * part.tau2 / (part.tau2 + v)))
