"""Tests of small-study effects: peer values, least squares by another road, ranks by hand, edges."""

import itertools
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evidence.effects.effects import Effects
from evidence.effects.measures import escalc
from evidence.errors import InputError, OptionError, SmallStudyWarning, TooFewStudiesError
from evidence.robustness.begg import begg, exact_p
from evidence.robustness.count_tests import deeks, harbord, peters, thompson
from evidence.robustness.egger import egger
from evidence.robustness.pet_peese import pet_peese
from evidence.robustness.small_study import small_study
from evidence.synthesis.pool import pool
from evidence.synthesis.regression import metareg

CASES = [
    case
    for case in json.loads((Path(__file__).parent / "golden" / "small_study.json").read_text("utf-8"))
    if case["kind"] == "small_study"
]
YI = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
VI = [0.01, 0.011, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
N1 = [200, 180, 100, 70, 50, 40, 24, 20, 16, 10]
N2 = [190, 190, 90, 70, 55, 40, 26, 18, 16, 12]
# Simulated two-group counts, one table with a zero cell and one where nobody has the event.
COUNTS = {
    "ai": [12, 9, 8, 30, 7, 5, 21, 6, 4, 3, 0, 0],
    "n1i": [100, 80, 60, 200, 40, 25, 150, 30, 20, 15, 22, 30],
    "ci": [9, 8, 6, 24, 8, 2, 19, 5, 1, 2, 2, 0],
    "n2i": [98, 85, 61, 190, 42, 25, 155, 33, 20, 14, 20, 31],
}


def forced(run, *args, **options):
    """Run a test on few studies; it must warn exactly then."""
    size = len(options.get("yi", options.get("ai", YI)))
    if size >= 10:
        return run(*args, **options)
    with pytest.warns(SmallStudyWarning):
        return run(*args, force=True, **options)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_agrees_with_metafor(case):
    data, theirs = case["input"], case["expected"]
    line, square = forced(egger, **data), forced(egger, predictor="vi", **data)
    mixed = forced(egger, model="mixed", test="z", **data)
    ranks, adjusted = forced(begg, **data), forced(pet_peese, **data)
    ours = {
        "egger_lm_t": line.statistic,
        "egger_lm_p": line.p,
        "pet_est": line.limit,
        "pet_ci": line.limit_ci,
        "egger_rma_z": mixed.statistic,
        "egger_rma_p": mixed.p,
        "egger_rma_limit": mixed.limit,
        "peese_est": square.limit,
        "peese_ci": square.limit_ci,
        "begg_tau": ranks.tau,
        "begg_p": ranks.p,
    }
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value, rel=1e-9, abs=1e-11), name
    assert adjusted.pet.limit == pytest.approx(theirs["pet_est"], rel=1e-10)
    assert adjusted.peese.limit_ci == pytest.approx(theirs["peese_ci"], rel=1e-10)
    assert line.forced is (len(data["yi"]) < 10)


def by_least_squares(test, x, y, w):
    fit = sm.WLS(y, sm.add_constant(np.asarray(x)), weights=w).fit()
    assert (test.limit, test.slope) == pytest.approx(fit.params, rel=1e-9)
    assert (test.limit_se, test.slope_se) == pytest.approx(fit.bse, rel=1e-9)
    assert (test.statistic, test.p) == pytest.approx((fit.tvalues[1], fit.pvalues[1]), rel=1e-8)
    assert test.limit_ci == pytest.approx(fit.conf_int()[0], rel=1e-8, abs=1e-12)
    assert test.slope_ci == pytest.approx(fit.conf_int()[1], rel=1e-8, abs=1e-12)
    assert test.dispersion == pytest.approx(fit.mse_resid, rel=1e-9)


@pytest.mark.parametrize(
    ("predictor", "x"),
    [
        ("sei", np.sqrt(VI)),
        ("vi", VI),
        ("ninv", 1 / np.add(N1, N2)),
        ("sqrtninv", 1 / np.sqrt(np.add(N1, N2))),
        ("pustejovsky", np.sqrt(1 / np.array(N1) + 1 / np.array(N2))),
    ],
)
def test_every_predictor_agrees_with_weighted_least_squares(predictor, x):
    sizes = {"n1i": N1, "n2i": N2} if predictor == "pustejovsky" else {}
    sizes = {"ni": np.add(N1, N2)} if "ninv" in predictor else sizes
    by_least_squares(egger(yi=YI, vi=VI, predictor=predictor, **sizes), x, YI, 1 / np.array(VI))


def test_number_of_people_has_no_limit():
    found = egger(yi=YI, vi=VI, predictor="ni", ni=np.add(N1, N2))
    fit = sm.WLS(YI, sm.add_constant(np.add(N1, N2).astype(float)), weights=1 / np.array(VI)).fit()
    assert found.statistic == pytest.approx(fit.tvalues[1], rel=1e-8)
    assert math.isnan(found.limit)
    assert len(found.summary()) == 1
    assert found.at([0.0]) == pytest.approx(fit.params[0], rel=1e-8)


def test_egger_is_his_regression_of_deviates_on_precision():
    z, precision = np.array(YI) / np.sqrt(VI), 1 / np.sqrt(VI)
    original = stats.linregress(precision, z)
    found = egger(yi=YI, vi=VI)
    assert (found.slope, found.limit) == pytest.approx((original.intercept, original.slope), rel=1e-9)
    assert found.slope_se == pytest.approx(original.intercept_stderr, rel=1e-9)


@pytest.mark.parametrize("test", ["z", "t", "knha", "adhoc"])
@pytest.mark.parametrize("method", ["DL", "REML", "EE"])
def test_mixed_model_is_a_meta_regression(method, test):
    fit = metareg(yi=YI, vi=VI, moderators={"se": np.sqrt(VI)}, method=method, test=test)
    found = egger(yi=YI, vi=VI, model="mixed", method=method, test=test)
    assert (found.limit, found.slope) == pytest.approx(fit.beta, rel=1e-8)
    assert (found.limit_se, found.slope_se) == pytest.approx(fit.se, rel=1e-7)
    assert (found.p, found.tau2) == pytest.approx((fit.p[1], fit.tau2), rel=1e-6, abs=1e-12)


def with_half(table):
    zero = (np.array([table["ai"], table["ci"]]) == 0).any(axis=0)
    a, c = table["ai"] + 0.5 * zero, table["ci"] + 0.5 * zero
    b, d = table["n1i"] - table["ai"] + 0.5 * zero, table["n2i"] - table["ci"] + 0.5 * zero
    return np.log(a * d / (b * c))


def test_counts_by_hand_and_least_squares():
    table = {name: np.array(values, dtype=float)[:11] for name, values in COUNTS.items()}
    n1, n2 = table["n1i"], table["n2i"]
    n, events = n1 + n2, table["ai"] + table["ci"]
    log_or = with_half(table)
    found = peters(**COUNTS)
    assert found.k == 11
    assert found.notes == ("left out, for nobody or everybody had the event: Study 12",)
    by_least_squares(found, 1 / n, log_or, 1 / (1 / events + 1 / (n - events)))
    effective = 4 / (1 / n1 + 1 / n2)
    by_least_squares(deeks(**COUNTS), effective**-0.5, log_or, effective)
    z, v = table["ai"] - events * n1 / n, stats.hypergeom(n, events, n1).var()
    by_least_squares(harbord(**COUNTS), v**-0.5, z / v, v)


def test_score_of_the_risk_ratio_is_that_of_the_binomial_likelihood():
    a, n1, c, n2 = 12.0, 100.0, 9.0, 98.0
    p = (a + c) / (n1 + n2)

    def log_likelihood(effect, base):
        p1, p2 = p * np.exp(effect + base), p * np.exp(base)
        return a * np.log(p1) + (n1 - a) * np.log(1 - p1) + c * np.log(p2) + (n2 - c) * np.log(1 - p2)

    h = 1e-4
    score = (log_likelihood(h, 0) - log_likelihood(-h, 0)) / (2 * h)
    i_ee, i_eb, i_bb = n1 * p / (1 - p), n1 * p / (1 - p), (n1 + n2) * p / (1 - p)  # expected information
    found = harbord(**COUNTS, measure="RR")
    variance = i_ee - i_eb**2 / i_bb
    assert found.x[0] == pytest.approx(variance**-0.5, rel=1e-10)
    assert found.y[0] == pytest.approx(score / variance, rel=1e-6)


def test_thompson_is_a_meta_regression_on_the_arcsine():
    effects = escalc("AS", **COUNTS)
    fit = metareg(
        yi=effects["yi"], vi=effects["vi"], moderators={"se": np.sqrt(effects["vi"])}, method="DL", test="t"
    )
    found = thompson(**COUNTS)
    assert found.k == 12
    assert (found.limit, found.slope, found.slope_se) == pytest.approx((*fit.beta, fit.se[1]), rel=1e-8)
    assert found.p == pytest.approx(fit.p[1], rel=1e-8)
    inverse = [1 / (4 * a) + 1 / (4 * b) for a, b in zip(COUNTS["n1i"], COUNTS["n2i"], strict=True)]
    assert found.v == pytest.approx(inverse)
    assert thompson(**COUNTS, measure="OR").k == 11


def test_exact_p_counts_all_orders():
    for k in (3, 4, 6):
        orders = list(itertools.permutations(range(k)))
        scores = [sum(np.sign(b - a) for a, b in itertools.combinations(order, 2)) for order in orders]
        for score in range(-k * (k - 1) // 2, k * (k - 1) // 2 + 1, 2):
            tail = 2 * np.mean(np.array(scores) >= abs(score))
            assert exact_p(score, k) == pytest.approx(min(1, tail), rel=1e-12)


def test_begg_agrees_with_scipy():
    w = 1 / np.array(VI)
    deviates = (YI - np.average(YI, weights=w)) / np.sqrt(np.array(VI) - 1 / w.sum())
    exact = stats.kendalltau(deviates, VI, method="exact")
    found = begg(yi=YI, vi=VI)
    assert (found.tau, found.p) == pytest.approx((exact.statistic, exact.pvalue), rel=1e-10)
    normal = stats.kendalltau(deviates, VI, method="asymptotic")
    assert begg(yi=YI, vi=VI, exact=False).p == pytest.approx(normal.pvalue, rel=1e-10)
    tied = [*VI[:-2], 0.1, 0.1]
    w = 1 / np.array(tied)
    deviates = (YI - np.average(YI, weights=w)) / np.sqrt(np.array(tied) - 1 / w.sum())
    found = begg(yi=YI, vi=tied)
    assert found.p == pytest.approx(stats.kendalltau(deviates, tied).pvalue, rel=1e-10)
    assert not found.exact
    assert any("tied" in note for note in found.notes)


def test_many_studies_have_no_exact_p_value():
    rng = np.random.default_rng(2)
    v = rng.uniform(0.1, 1, 171)
    y = rng.normal(0, np.sqrt(v))
    found = begg(yi=y, vi=v)
    assert not found.exact
    w = 1 / v
    deviates = (y - np.average(y, weights=w)) / np.sqrt(v - 1 / w.sum())
    assert found.p == pytest.approx(stats.kendalltau(deviates, v, method="asymptotic").pvalue, rel=1e-9)
    exact = begg(yi=y[:170], vi=v[:170])
    assert exact.exact
    assert exact.p == pytest.approx(begg(yi=y[:170], vi=v[:170], exact=False).p, abs=0.005)
    with pytest.raises(InputError, match="170 studies at most"):
        begg(yi=y, vi=v, exact=True)


def test_continuity_correction_by_hand():
    # k = 10 without ties: the variance of the score is 10 * 9 * 25 / 18 = 125.
    plain = begg(yi=YI, vi=VI, exact=False)
    corrected = begg(yi=YI, vi=VI, continuity=True)
    assert plain.statistic == pytest.approx(plain.score / math.sqrt(125))
    assert corrected.statistic == pytest.approx((plain.score - 1) / math.sqrt(125))
    with pytest.raises(InputError, match="no continuity correction"):
        begg(yi=YI, vi=VI, exact=True, continuity=True)


TESTS = [egger, begg, pet_peese, small_study]


@pytest.mark.parametrize("test", TESTS)
def test_fewer_than_ten_studies_are_refused_and_marked_if_forced(test):
    with pytest.raises(TooFewStudiesError, match=r"9 studies, fewer than 10.*force=True"):
        test(yi=YI[:9], vi=VI[:9])
    with pytest.warns(SmallStudyWarning, match="9 studies") as caught:
        found = test(yi=YI[:9], vi=VI[:9], force=True)
    assert [warning.filename for warning in caught] == [__file__]
    assert found.forced
    assert any("fewer than 10" in note for note in found.notes)
    assert "fewer than 10" in found.method_text()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not test(yi=YI, vi=VI).forced


@pytest.mark.parametrize("test", [peters, harbord, deeks, thompson])
def test_counts_of_few_studies_are_refused_too(test):
    few = {name: values[:6] for name, values in COUNTS.items()}
    with pytest.raises(TooFewStudiesError, match="6 studies, fewer than 10"):
        test(**few)
    with pytest.warns(SmallStudyWarning) as caught:
        assert test(**few, force=True).forced
    assert caught[0].filename == __file__
    with pytest.raises(TooFewStudiesError, match="3 or more"):
        test(**{name: values[:2] for name, values in COUNTS.items()}, force=True)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("k", [0, 1, 2])
def test_two_studies_and_fewer_cannot_be_forced(test, k):
    with pytest.raises(TooFewStudiesError, match="3 or more"):
        test(yi=YI[:k], vi=VI[:k], force=True)


@pytest.mark.parametrize("test", [egger, begg, pet_peese])
def test_studies_of_one_size_are_refused(test):
    with pytest.raises(InputError, match="in every study"):
        test(yi=YI, vi=[0.1] * 10)
    with pytest.raises(InputError, match="in every study"):
        test(yi=YI, vi=[0.1 * (1 + i * 1e-15) for i in range(10)])


def test_equal_estimates():
    found = egger(yi=[0.4] * 10, vi=VI)
    assert (found.slope, found.slope_se) == (0.0, 0.0)
    assert found.limit == pytest.approx(0.4, rel=1e-14)
    assert math.isnan(found.p)
    assert any("exactly on a line" in note for note in found.notes)
    with pytest.raises(InputError, match="all estimates are alike"):
        begg(yi=[0.4] * 10, vi=VI)
    assert pet_peese(yi=[0.4] * 10, vi=VI).estimate == pytest.approx(0.4)
    table = small_study(yi=[0.4] * 10, vi=VI).table.set_index("test")
    assert table.loc["Begg", "note"].startswith("not run: begg: all estimates are alike")


def test_estimates_on_a_line_have_no_p_value():
    found = egger(yi=0.3 + 1.5 * np.sqrt(VI), vi=VI)
    assert (found.slope, found.limit) == pytest.approx((1.5, 0.3), rel=1e-10)
    assert math.isnan(found.p)


def test_ties_do_no_harm():
    yi, vi = [0.1, 0.1, 0.3, 0.3, 0.5, 0.5, 0.2, 0.2, 0.9, 0.9], [0.01, 0.01, 0.02, 0.02, 0.05] * 2
    by_least_squares(egger(yi=yi, vi=vi), np.sqrt(vi), yi, 1 / np.array(vi))
    assert 0 < begg(yi=yi, vi=vi).p < 1
    with pytest.raises(InputError, match="no exact p value"):
        begg(yi=yi, vi=vi, exact=True)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100), st.floats(-50, 50))
def test_units_and_place_of_the_estimates_change_nothing(seed, unit, shift):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.5, 12)
    y = rng.normal(0, np.sqrt(v + 0.05))
    here, there = egger(yi=y, vi=v), egger(yi=unit * y + shift, vi=unit**2 * v)
    assert there.statistic == pytest.approx(here.statistic, rel=1e-6, abs=1e-9)
    assert there.limit == pytest.approx(unit * here.limit + shift, rel=1e-6, abs=1e-6)
    assert begg(yi=unit * y + shift, vi=unit**2 * v).tau == begg(yi=y, vi=v).tau
    mirrored = egger(yi=-y, vi=v)
    assert (mirrored.slope, mirrored.p) == pytest.approx((-here.slope, here.p), rel=1e-9)


def test_conditional_estimator_follows_its_rule():
    small = pet_peese(yi=YI, vi=VI)
    w = 1 / np.array(VI)
    pet = sm.WLS(YI, sm.add_constant(np.sqrt(VI)), weights=w).fit()
    peese = sm.WLS(YI, sm.add_constant(VI), weights=w).fit()
    assert small.pet_p == pytest.approx(pet.pvalues[0], rel=1e-8)
    for alpha, name, fit in ((small.pet_p * 1.01, "PEESE", peese), (small.pet_p * 0.99, "PET", pet)):
        found = pet_peese(yi=YI, vi=VI, alpha=alpha)
        assert found.chosen == name
        assert (found.estimate, found.se) == pytest.approx((fit.params[0], fit.bse[0]), rel=1e-8)
        assert found.summary().set_index("term")["chosen"].idxmax() == name
    sizes = pet_peese(yi=YI, vi=VI, predictor="pustejovsky", n1i=N1, n2i=N2)
    x = 1 / np.array(N1) + 1 / np.array(N2)
    assert sizes.peese.limit == pytest.approx(sm.WLS(YI, sm.add_constant(x), weights=w).fit().params[0])
    with pytest.raises(InputError, match="alpha"):
        pet_peese(yi=YI, vi=VI, alpha=5)
    with pytest.raises(InputError, match="ni has no effect"):
        pet_peese(yi=YI, vi=VI, ni=N1)


def table_of(measure="SMD", scale="identity", **columns):
    return Effects(pd.DataFrame({"yi": YI, "vi": VI} | columns), measure=measure, scale=scale)


def test_effects_pooled_and_arrays_are_one():
    effects = table_of(n_1=N1, n_2=N2)
    here = egger(effects, predictor="pustejovsky")
    for other in (effects.table, pool(effects)):
        assert egger(other, predictor="pustejovsky").p == here.p
    assert here.p == egger(yi=YI, vi=VI, n1i=N1, n2i=N2, predictor="pustejovsky").p
    assert egger(table_of(n=np.add(N1, N2).astype(float)), predictor="ninv").p == pytest.approx(
        egger(effects, predictor="ninv").p
    )


def test_excluded_rows_are_left_out():
    effects = table_of(included=[True] * 9 + [False])
    with pytest.raises(TooFewStudiesError, match="9 studies"):
        egger(effects)


def test_table_says_which_test_suits():
    smd = small_study(table_of(n_1=N1, n_2=N2)).table.set_index("test")
    assert smd.loc["Egger", "suits"] == "does not suit"
    assert "holds the estimate" in smd.loc["Egger", "why"]
    assert smd.loc["Egger on group sizes", "suits"] == "suits"
    assert smd.loc["Egger on group sizes", "p"] == pytest.approx(
        egger(yi=YI, vi=VI, n1i=N1, n2i=N2, predictor="pustejovsky").p
    )
    assert small_study(table_of("MD")).table.set_index("test").loc["Egger", "suits"] == "suits"
    assert "by Egger" in small_study(table_of("MD")).method_text()
    one_group = small_study(table_of("SMCR")).table.set_index("test")
    assert "Egger on group sizes" not in one_group.index
    assert one_group.loc["Egger on 1/sqrt(N)", "note"].startswith("not run: egger needs the people")
    assert math.isnan(one_group.loc["Egger on 1/sqrt(N)", "p"])
    assert "no test, for those that suit could not be run" in small_study(table_of("SMCR")).method_text()
    people = np.add(N1, N2).astype(float)
    assert "by Egger on 1/sqrt(N)" in small_study(table_of("SMCR", n=people)).method_text()
    assert "no test, for none suits" in small_study(counted("OR", without_counts=True)).method_text()
    shares = small_study(table_of("PLO", "logit", n=N1)).table.set_index("test")
    assert shares.loc["Egger on 1/N", "suits"] == "with care"


def counted(measure, *, without_counts=False):
    table = escalc(measure, **COUNTS)
    names = ("events_1", "total_1", "events_2", "total_2")
    for name, column in zip(names, ("ai", "n1i", "ci", "n2i"), strict=True):
        table[name] = np.array(COUNTS[column], dtype=float)
    scale = "identity" if measure == "RD" else "log"
    table["included"] = table["vi"] > 0
    table = table[["yi", "vi", "included"]] if without_counts else table
    return Effects(table, measure=measure, scale=scale)


def test_table_of_counts():
    found = small_study(counted("OR")).table.set_index("test")
    assert found.loc[["Harbord", "Peters", "arcsine-Thompson"], "suits"].tolist() == ["suits"] * 3
    assert found.loc[["Egger", "Deeks", "Begg"], "suits"].tolist() == ["does not suit"] * 3
    for name, test in (("Harbord", harbord), ("Peters", peters), ("arcsine-Thompson", thompson)):
        assert found.loc[name, "p"] == pytest.approx(test(counted("OR")).p)
    assert found.loc["Harbord", "note"] == "left out, for nobody or everybody had the event: Study 12"
    risk = small_study(counted("RD")).table.set_index("test")
    assert risk.loc["Peters", "suits"] == "with care"


def test_sides_of_a_face_are_noted():
    effects = counted("OR")
    table = effects.table.assign(design="rct_split_face")
    assert "sides of one face" in peters(Effects(table, measure="OR", scale="log")).method_text().lower()


def test_own_standard_error_of_a_standardised_difference_is_noted():
    for test in (egger, pet_peese):
        assert any("holds the difference itself" in note for note in test(table_of()).notes)
        assert not test(table_of("MD")).notes


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: egger(yi=YI, vi=VI, model="ols"), OptionError, "model='ols'"),
        (lambda: egger(yi=YI, vi=VI, predictor="se"), OptionError, "Did you mean 'sei'"),
        (lambda: egger(yi=YI, vi=VI, method="DL"), InputError, "method='DL' has no effect with model='lm'"),
        (lambda: egger(yi=YI, vi=VI, test="z"), InputError, "test='z' has no effect"),
        (lambda: egger(yi=YI, vi=VI, ni=N1), InputError, "has no effect with predictor='sei'"),
        (lambda: egger(yi=YI, vi=VI, predictor="ninv"), InputError, "needs the people of each study: ni="),
        (lambda: egger(yi=YI, vi=VI, predictor="pustejovsky", n1i=N1), InputError, "both n1i and n2i"),
        (lambda: egger(yi=YI, vi=VI, predictor="ninv", ni=[0, *N1[1:]]), InputError, "Study 1 has ni=0"),
        (lambda: egger(yi=YI, vi=[0, *VI[1:]]), InputError, "Study 1 has vi=0"),
        (lambda: egger(yi=YI, vi=VI, force="yes"), OptionError, "force='yes'"),
        (lambda: egger(), InputError, "needs effects, or both yi and vi"),
        (lambda: peters(ai=[1]), InputError, "needs effects with counts, or all of"),
        (lambda: peters(table_of()), InputError, "events and totals"),
        (lambda: peters("file.csv"), InputError, "not str"),
        (lambda: harbord(**COUNTS, measure="RD"), OptionError, "measure='RD'"),
        (lambda: thompson(counted("OR"), ai=[1]), InputError, "not both"),
        (lambda: peters(**COUNTS | {"ai": [200, *COUNTS["ai"][1:]]}), InputError, "200"),
    ],
)
def test_what_cannot_be_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_methods_are_said_as_they_were_carried_out():
    assert "t with 8 degrees of freedom; 95 % intervals." in egger(yi=YI, vi=VI).method_text()
    mixed = egger(yi=YI, vi=VI, model="mixed", method="DL", test="z", level=0.9).method_text()
    assert "DerSimonian-Laird" in mixed
    assert "normal distribution" in mixed
    assert "90 % intervals" in mixed
    assert "common effect" in egger(yi=YI, vi=VI, model="mixed", method="EE").method_text()
    assert "continuity" in begg(yi=YI, vi=VI, continuity=True).method_text()
    assert "Rücker et al. 2008" in thompson(**COUNTS).method_text()
    assert "two-sided p < 0.1" in pet_peese(yi=YI, vi=VI).method_text()
    for found in (
        egger(yi=YI, vi=VI),
        begg(yi=YI, vi=VI),
        pet_peese(yi=YI, vi=VI),
        small_study(yi=YI, vi=VI),
    ):
        json.dumps(found.to_dict())
        assert "<table" in found._repr_html_()
