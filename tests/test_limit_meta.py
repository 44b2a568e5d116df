"""Limit meta-analysis and power of studies: peer values, least squares, other roads, edges."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, SmallStudyWarning, TooFewStudiesError
from evidence.robustness.limit_meta import limit_meta
from evidence.robustness.study_power import study_power
from evidence.synthesis.pool import pool

CASES = [
    case
    for case in json.loads((Path(__file__).parent / "golden" / "small_study.json").read_text("utf-8"))
    if case["kind"] == "limit_meta"
]
YI = np.array([0.1, 0.2, 0.15, 0.4, -0.3, 0.6, 0.9, 0.7, 0.1, 1.2])
VI = np.array([0.01, 0.011, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2])


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_agrees_with_metasens(case):
    data, theirs = case["input"], case["expected"]
    if len(data["yi"]) < 10:
        with pytest.warns(SmallStudyWarning):
            found = limit_meta(**data, force=True)
    else:
        found = limit_meta(**data)
    ours = (found.estimate, found.se, found.ci_low, found.ci_high, found.g2)
    expected = [theirs[name] for name in ("te_adjust", "se_adjust", "ci_lb", "ci_ub", "G2")]
    assert ours == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("method", ["DL", "REML", "PM"])
def test_every_adjustment_by_least_squares_of_radial_plots(method):
    tau2 = pool(yi=YI, vi=VI, method=method).tau2
    spread, sei = np.sqrt(VI + tau2), np.sqrt(VI)
    general = sm.OLS(YI / spread, sm.add_constant(1 / spread)).fit()
    alpha, beta = general.params
    at = np.array([math.sqrt(tau2), 1.0])
    found = limit_meta(yi=YI, vi=VI, method=method)
    assert (found.intercept, found.slope) == pytest.approx((alpha, beta), rel=1e-8)
    assert found.estimate == pytest.approx(at @ general.params, rel=1e-8)
    assert found.se == pytest.approx(math.sqrt(at @ general.normalized_cov_params @ at), rel=1e-8)
    limits = beta + math.sqrt(tau2) / spread * (YI - beta)
    radial = sm.OLS(limits / sei, sm.add_constant(1 / sei)).fit()
    assert found.limits == pytest.approx(limits, rel=1e-8)
    assert found.g2 == pytest.approx(1 - radial.rsquared, rel=1e-7)
    slope = limit_meta(yi=YI, vi=VI, method=method, adjust="betalim")
    assert (slope.estimate, slope.se) == pytest.approx((radial.params[1], radial.bse[1]), rel=1e-8)
    origin = limit_meta(yi=YI, vi=VI, method=method, adjust="mulim")
    common = pool(yi=limits, vi=VI, method="EE", test="z")
    assert (origin.estimate, origin.se) == pytest.approx((common.estimate, common.se), rel=1e-8)
    plain = sm.OLS(YI / sei, sm.add_constant(1 / sei)).fit()
    assert found.q_rest == pytest.approx(plain.ssr, rel=1e-8)
    assert found.q == pytest.approx(found.q_small + found.q_rest, rel=1e-10)
    assert found.q_rest_p == pytest.approx(stats.chi2.sf(plain.ssr, 8), rel=1e-7)
    assert found.q_small_p == pytest.approx(stats.chi2.sf(found.q - plain.ssr, 1), rel=1e-6)


def test_the_curve_ends_at_the_adjusted_mean():
    found = limit_meta(yi=YI, vi=VI)
    assert found.at(np.array([0.0]))[0] == pytest.approx(found.estimate, rel=1e-12)
    big = found.at(np.array([1e6]))[0]
    assert big == pytest.approx(found.slope + found.intercept * 1e6, rel=1e-9)


def test_equal_estimates_stay_where_they_are():
    found = limit_meta(yi=[0.4] * 10, vi=VI)
    assert (found.estimate, found.tau2, found.g2) == (pytest.approx(0.4), 0.0, 0.0)
    assert any("tau2 is 0" in note for note in found.notes)


def test_units_and_place_change_nothing():
    here, there = limit_meta(yi=YI, vi=VI), limit_meta(yi=3 * YI + 5, vi=9 * VI)
    assert (there.estimate, there.se) == pytest.approx((3 * here.estimate + 5, 3 * here.se), rel=1e-9)
    assert limit_meta(yi=3 * YI, vi=9 * VI).g2 == pytest.approx(here.g2, rel=1e-7)


def test_limit_meta_refusals_and_words():
    with pytest.raises(TooFewStudiesError, match="force=True"):
        limit_meta(yi=YI[:9], vi=VI[:9])
    with pytest.warns(SmallStudyWarning) as caught:
        assert limit_meta(yi=YI[:9], vi=VI[:9], force=True).forced
    assert caught[0].filename == __file__
    for k in (0, 1, 2):
        with pytest.raises(TooFewStudiesError, match="3 or more"):
            limit_meta(yi=YI[:k], vi=VI[:k], force=True)
    with pytest.raises(InputError, match="in every study"):
        limit_meta(yi=YI, vi=[0.1] * 10)
    with pytest.raises(OptionError, match="adjust='beta1'"):
        limit_meta(yi=YI, vi=VI, adjust="beta1")
    with pytest.raises(OptionError, match="method='EE'"):
        limit_meta(yi=YI, vi=VI, method="EE")
    ratio = limit_meta(Effects(pd.DataFrame({"yi": YI, "vi": VI}), measure="OR", scale="log"), level=0.9)
    assert ratio.display()["estimate"] == pytest.approx(math.exp(ratio.estimate))
    assert "90 % normal-theory interval" in ratio.method_text()
    json.dumps(ratio.to_dict())
    assert len(ratio.summary()) == 5


def test_power_by_the_noncentral_chi_squared():
    found = study_power(yi=YI, vi=VI, effect=0.5, alpha=0.01)
    expected = stats.ncx2.sf(stats.chi2.isf(0.01, 1), 1, 0.5**2 / VI)
    assert found.power == pytest.approx(expected, rel=1e-9)
    assert found.median == pytest.approx(np.median(expected))
    assert found.expected == pytest.approx(expected.sum())
    significant = np.abs(YI) / np.sqrt(VI) >= stats.norm.isf(0.005)
    assert found.observed == significant.sum()
    assert found.r_index == pytest.approx(np.clip(2 * np.median(expected) - significant.mean(), 0, 1))
    assert found.summary()["significant"].tolist() == significant.tolist()


def test_effects_that_half_the_studies_would_find():
    found = study_power(yi=YI, vi=VI, effect=0.5)
    for target, effect in ((1 / 3, found.effect_third), (2 / 3, found.effect_two_thirds)):
        assert study_power(yi=YI, vi=VI, effect=effect).median == pytest.approx(target, rel=1e-9)
    one = study_power(yi=[0.5], vi=[0.04], effect=0.5)
    assert study_power(yi=[0.5], vi=[0.04], effect=one.effect_third).median == pytest.approx(1 / 3)
    assert math.isnan(study_power(yi=YI, vi=VI, effect=0.5, alpha=0.4).effect_third)


def test_standard_error_of_a_power():
    found = study_power(yi=YI, vi=VI, effect=-0.5)
    for power in (0.1, 0.5, 0.9):
        se = found.standard_error(power)
        assert study_power(yi=[0.0], vi=[se**2], effect=0.5).power[0] == pytest.approx(power, rel=1e-10)
    assert math.isnan(found.standard_error(0.05))
    assert math.isnan(study_power(yi=YI, vi=VI, effect=0).standard_error(0.5))


def test_power_defaults_and_refusals():
    assert study_power(yi=YI, vi=VI).effect == pool(yi=YI, vi=VI).estimate
    common = pool(yi=YI, vi=VI, method="EE", test="z")
    assert study_power(common).effect == common.estimate
    assert "inflate" in study_power(common).method_text()
    assert "a true effect of 0.5" in study_power(yi=YI, vi=VI, effect=0.5).method_text()
    none = study_power(yi=YI, vi=VI, effect=0.0)
    assert none.power == pytest.approx(0.05)
    shares = Effects(pd.DataFrame({"yi": YI, "vi": VI}), measure="PLO", scale="logit")
    with pytest.raises(InputError, match="give null="):
        study_power(shares)
    assert study_power(shares, null=0.0).null == 0.0
    for options in ({"alpha": 5}, {"effect": "big"}, {"effect": math.inf}, {"null": True}):
        with pytest.raises(InputError):
            study_power(yi=YI, vi=VI, **options)
    json.dumps(none.to_dict())
