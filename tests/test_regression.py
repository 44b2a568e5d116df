"""Meta-regression: peer values, least squares, a hand calculation, properties, options and bad input."""

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
from evidence.errors import FewStudiesWarning, InputError, OptionError, TooFewStudiesError
from evidence.synthesis.regression import metareg
from evidence.synthesis.regression_kernels import TESTS
from evidence.synthesis.tau2 import METHODS
from regression_data import MODERATORS, ONE, VI, YI, design_of, invented

CASES = [
    case
    for case in json.loads((Path(__file__).parent / "golden" / "regression.json").read_text("utf-8"))
    if case["kind"] == "metareg"
]
FIELDS = {
    "beta": "beta",
    "se": "se",
    "pval": "p",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "tau2": "tau2",
    "I2": "i2",
    "R2": "r2",
    "QM": "qm",
    "QM_p": "qm_p",
    "QE": "qe",
    "QE_p": "qe_p",
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_agrees_with_metafor(case):
    data, args = case["input"], case["args"]
    moderators = {name: data[name] for name in np.atleast_1d(args["mods"]).tolist()}
    few = len(data["yi"]) < 10 * len(moderators)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if few else "error", FewStudiesWarning)
        fit = metareg(
            yi=data["yi"], vi=data["vi"], moderators=moderators, method=args["method"], test=args["test"]
        )
    for theirs, ours in FIELDS.items():
        value = np.atleast_1d(getattr(fit, ours))
        expected = np.atleast_1d(case["expected"][theirs])
        assert value == pytest.approx(expected, rel=1e-8, abs=1e-12), theirs


def test_common_effect_agrees_with_weighted_least_squares():
    fit = metareg(yi=YI, vi=VI, moderators=MODERATORS, method="EE", test="knha")
    peer = sm.WLS(YI, design_of(MODERATORS), weights=1 / VI).fit()
    assert fit.beta == pytest.approx(peer.params, rel=1e-10)
    assert fit.se == pytest.approx(peer.bse, rel=1e-10)
    assert fit.p == pytest.approx(peer.pvalues, rel=1e-8)
    assert (fit.qm, fit.qm_p) == pytest.approx((peer.fvalue, peer.f_pvalue), rel=1e-8)
    assert fit.qe == pytest.approx(peer.scale * fit.qe_df, rel=1e-10)
    band = peer.get_prediction([[1.0, 0.5, -0.2]]).summary_frame(alpha=0.05)
    ours = fit.predict({"x0": 0.5, "x1": -0.2})
    names = {"estimate": "mean", "se": "mean_se", "ci_low": "mean_ci_lower", "ci_high": "mean_ci_upper"}
    for mine, theirs in names.items():
        assert ours[mine][0] == pytest.approx(band[theirs][0], rel=1e-8)


def test_by_hand():
    """Two groups of two with equal variances: OLS, residual mean square 0.5, less the sampling variance."""
    with pytest.warns(FewStudiesWarning, match="4 studies for 1 moderator"):
        fit = metareg(yi=[0, 1, 4, 5], vi=[0.1] * 4, moderators={"group": ["a", "a", "b", "b"]}, test="z")
    assert fit.terms == ("intercept", "group[b]")
    assert fit.beta == pytest.approx([0.5, 4.0], rel=1e-12)
    assert fit.tau2 == pytest.approx(0.5 - 0.1, rel=1e-9)
    assert fit.se == pytest.approx([math.sqrt(0.5 / 2), math.sqrt(0.5)], rel=1e-9)
    assert fit.tau2_without == pytest.approx(17 / 3 - 0.1, rel=1e-9)
    assert fit.r2 == pytest.approx(100 * (1 - 0.4 / (17 / 3 - 0.1)), rel=1e-9)
    assert (fit.qm, fit.qe) == pytest.approx((16 / 0.5, 1 / 0.1), rel=1e-9)
    assert fit.i2 == pytest.approx(100 * 0.4 / 0.5, rel=1e-9)
    assert fit.weights == pytest.approx([25] * 4)
    band = fit.predict({"group": "b"}).iloc[0]
    assert band["pi_high"] == pytest.approx(4.5 + stats.t.ppf(0.975, 1) * math.sqrt(0.4 + 0.25), rel=1e-9)
    assert fit.predict({"group": "b"}, prediction="test")["pi_high"][0] == pytest.approx(
        4.5 + 1.959963984540054 * math.sqrt(0.4 + 0.25), rel=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    shift=st.floats(-50, 50),
    scale=st.floats(0.01, 100),
    up=st.floats(-20, 20),
    method=st.sampled_from(METHODS),
    test=st.sampled_from(TESTS),
)
def test_units_of_moderator_and_effect(seed, shift, scale, up, method, test):
    """Another unit of the moderator leaves the fit; a constant added to yi moves the intercept only."""
    yi, vi, moderators = invented(12, seed)
    plain = metareg(yi=yi, vi=vi, moderators=moderators, method=method, test=test)
    other = {"x0": shift + scale * moderators["x0"]}
    moved = metareg(yi=yi + up, vi=vi, moderators=other, method=method, test=test)
    assert moved.tau2 == pytest.approx(plain.tau2, rel=1e-6, abs=1e-8)
    assert moved.beta[1] * scale == pytest.approx(plain.beta[1], rel=1e-5, abs=1e-7)
    assert moved.p[1] == pytest.approx(plain.p[1], rel=1e-4, abs=1e-7)
    assert moved.qm == pytest.approx(plain.qm, rel=1e-4, abs=1e-7)
    assert (moved.i2, moved.qe) == pytest.approx((plain.i2, plain.qe), rel=1e-4, abs=1e-5)
    at = moved.predict({"x0": shift + scale * 0.5}).iloc[0]
    band = plain.predict({"x0": 0.5}).iloc[0]
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        both = at[name] - up, band[name]
        assert both[0] == pytest.approx(both[1], rel=1e-5, abs=1e-6, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS))
def test_ad_hoc_is_never_narrower(seed, method):
    yi, vi, moderators = invented(11, seed)
    wald, adhoc, t, knha = (
        metareg(yi=yi, vi=vi, moderators=moderators, method=method, test=test)
        for test in ("z", "adhoc", "t", "knha")
    )
    assert (adhoc.se >= wald.se * (1 - 1e-12)).all()
    assert (adhoc.ci_high - adhoc.ci_low > wald.ci_high - wald.ci_low).all()
    assert t.se == pytest.approx(wald.se)
    assert adhoc.se == pytest.approx(np.maximum(knha.se, wald.se), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    yi=st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=9),
    exponent=st.floats(-8, 8),
    method=st.sampled_from(METHODS),
    seed=st.integers(0, 99),
)
def test_no_data_make_it_fail(yi, exponent, method, seed):
    rng = np.random.default_rng(seed)
    k = len(yi)
    vi = rng.uniform(0.5, 2, k) * 10.0 ** rng.choice([0, exponent], k)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewStudiesWarning)
        fit = metareg(yi=yi, vi=vi, moderators={"x": rng.permutation(k)}, method=method)
    assert np.isfinite(fit.beta).all()
    assert fit.tau2 >= 0
    assert np.isfinite(fit.tau2)


def test_every_option_changes_the_numbers():
    shown = {}
    for method in METHODS:
        fit = metareg(yi=YI, vi=VI, moderators=ONE, method=method)
        shown[method] = (fit.tau2, fit.tau2_se)
    assert shown.pop("EB") == shown["PM"]  # one equation
    assert len({round(tau2, 9) for tau2, _ in shown.values()}) == len(shown)
    tests = {test: metareg(yi=YI, vi=VI, moderators=ONE, method="DL", test=test).ci_low[1] for test in TESTS}
    assert len(set(tests.values())) >= 3
    factor = metareg(yi=YI, vi=VI, moderators=ONE, method="EE", test="knha").se
    assert tests["t"] != tests["z"]
    assert (factor != metareg(yi=YI, vi=VI, moderators=ONE, method="EE", test="z").se).all()
    narrow, wide = (metareg(yi=YI, vi=VI, moderators=ONE, level=level) for level in (0.8, 0.99))
    assert (wide.ci_low < narrow.ci_low).all()
    group = {"g": ["a", "b", "c"] * 8}
    plain = metareg(yi=YI, vi=VI, moderators=group)
    other = metareg(yi=YI, vi=VI, moderators=group, reference={"g": "b"})
    assert other.terms == ("intercept", "g[a]", "g[c]")
    assert other.beta[1] == pytest.approx(-plain.beta[1])
    assert other.qm == pytest.approx(plain.qm)
    kinds = [plain.predict({"g": "a"}, prediction=kind)["pi_high"][0] for kind in ("HTS", "test")]
    assert kinds[0] != kinds[1]


def test_wrong_options_are_refused():
    for wrong in ({"method": "REMl"}, {"test": "KR"}, {"reference": {"y": "a"}}):
        with pytest.raises(OptionError):
            metareg(yi=YI, vi=VI, moderators=ONE, **wrong)
    with pytest.raises(InputError, match="level=95"):
        metareg(yi=YI, vi=VI, moderators=ONE, level=95)
    with pytest.raises(InputError, match="'x0' is numeric"):
        metareg(yi=YI, vi=VI, moderators=ONE, reference={"x0": 1})
    with pytest.raises(OptionError, match="'z'"):
        metareg(yi=YI, vi=VI, moderators={"g": ["a", "b"] * 12}, reference={"g": "z"})


def studies(**columns):
    table = pd.DataFrame({"label": [f"S{i}" for i in range(24)], "yi": YI, "vi": VI, **columns})
    return Effects(table, measure="SMD", title="A question")


def test_names_and_arrays_are_two_ways_to_one_fit():
    by_name = metareg(studies(**MODERATORS), list(MODERATORS))
    by_array = metareg(yi=YI, vi=VI, moderators=pd.DataFrame(MODERATORS, index=range(50, 74)))
    assert by_name.beta == pytest.approx(by_array.beta, rel=1e-12)
    assert metareg(studies(**MODERATORS).table, "x0").terms == ("intercept", "x0")
    assert by_name.source.measure == "SMD"


def test_missing_values_are_named_and_left_out():
    x = ONE["x0"].copy()
    x[[2, 5]] = np.nan
    words = ["a", "b", "", None] + ["a", "b"] * 10
    fit = metareg(studies(x0=x, g=words), ["x0", "g"])
    assert fit.k == 21
    assert fit.notes[:2] == ("left out for want of x0: S2, S5", "left out for want of g: S3")
    keep = np.setdiff1d(np.arange(24), [2, 3, 5])
    alone = metareg(yi=YI[keep], vi=VI[keep], moderators={"x0": x[keep], "g": [words[i] for i in keep]})
    assert fit.beta == pytest.approx(alone.beta, rel=1e-12)
    assert fit.effects.excluded["reason"].tolist() == ["no value of x0", "no value of g", "no value of x0"]


def test_kinds_of_moderators():
    nullable = pd.array([1, 2, 3, pd.NA] + [4, 5, 6, 7] * 5, dtype="Int64")
    flags = [True, False] * 12
    fit = metareg(
        studies(n1=nullable, flag=flags, cat=pd.Categorical(["u", "t", "u", "t"] * 6)), ["n1", "flag"]
    )
    assert fit.terms == ("intercept", "n1", "flag[True]")
    assert fit.k == 23
    assert metareg(studies(cat=pd.Categorical(["u", "t"] * 12)), "cat").terms == ("intercept", "cat[u]")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"m": [5] * 24}, "'m' is 5 in all 24"),
        ({"m": ["a"] * 24}, "'m' is 'a' in all 24"),
        ({"x0": ONE["x0"], "twice": 2 * ONE["x0"] + 1}, "'twice' is a linear combination"),
        ({"g": ["a", "b"] * 12, "h": [0, 1] * 12}, "'h' is a linear combination"),
        ({"m": [1, "a"] * 12}, "numbers only or words only"),
        ({"m": [*range(23), math.inf]}, "finite"),
        ({"m": pd.date_range("2020-01-01", periods=24)}, "numbers only or words only"),
        ({"m": [1, 2]}, "'m' has 2 values where 24"),
        ({"yi": YI}, "cannot be called 'yi'"),
        ({}, "moderators is empty"),
    ],
)
def test_useless_moderators_are_refused(columns, message):
    with pytest.raises(InputError, match=message):
        metareg(yi=YI, vi=VI, moderators=columns)


def test_wrong_calls_are_refused():
    with pytest.raises(TooFewStudiesError, match=r"3 studies cannot carry 3 coefficients .*x0, x1"):
        metareg(yi=YI[:3], vi=VI[:3], moderators={name: x[:3] for name, x in MODERATORS.items()})
    with pytest.raises(TooFewStudiesError, match="No study"):
        metareg(studies(), "design")
    with pytest.raises(OptionError, match="Did you mean 'x0'"):
        metareg(studies(**ONE), "x_0")
    for bad in (
        {},
        {"effects": studies(), "yi": YI, "vi": VI, "moderators": ["n"]},
        {"effects": studies(**ONE)},
        {"effects": studies(**ONE), "moderators": []},
        {"effects": studies(**ONE), "moderators": ONE},
        {"effects": studies(**ONE), "moderators": ["x0", "x0"]},
        {"effects": "table", "moderators": ["x0"]},
        {"yi": YI, "moderators": ONE},
        {"yi": YI, "vi": VI, "moderators": ["x0"]},
        {"yi": YI, "vi": 0 * VI, "moderators": ONE},
    ):
        with pytest.raises(InputError):
            metareg(**bad)


def test_wrong_predictions_are_refused():
    fit = metareg(yi=YI, vi=VI, moderators={"x0": ONE["x0"], "g": ["a", "b"] * 12})
    for bad in ({"x1": 1}, {"g": "c"}):
        with pytest.raises(OptionError):
            fit.predict(bad)
    for bad in ({}, {"x0": np.nan}, {"x0": "many"}, {"x0": [1, 2], "g": ["a", "b", "a"]}):
        with pytest.raises(InputError):
            fit.predict(bad)
    with pytest.raises(OptionError, match="prediction='PI'"):
        fit.predict({"x0": 1}, prediction="PI")


def test_a_moderator_left_out_of_a_prediction_is_held_at_its_mean():
    fit = metareg(yi=YI, vi=VI, moderators={"x0": ONE["x0"], "g": ["a", "a", "b"] * 8})
    mean = fit.predict({"g": ["a", "b"]})
    there = fit.predict({"x0": [ONE["x0"].mean()] * 2, "g": ["a", "b"]})
    assert mean["estimate"].tolist() == pytest.approx(there["estimate"].tolist())
    share = fit.predict({"x0": 1.0})["estimate"][0]
    ends = fit.predict({"x0": 1.0, "g": ["a", "b"]})["estimate"]
    assert share == pytest.approx((2 * ends[0] + ends[1]) / 3)
    assert fit.predict({"x0": [0, 99]})["extrapolated"].tolist() == [False, True]


def test_notes_say_what_a_reader_should_know():
    exact = {"x": np.arange(12.0)}
    same = metareg(yi=np.full(12, 0.4), vi=np.ones(12), moderators=exact, test="knha")
    assert any("tau2 is estimated as 0" in note for note in same.notes)
    assert any("R2 is not defined" in note for note in same.notes)
    assert any("standard errors are 0" in note for note in same.notes)
    assert math.isnan(same.r2)
    assert math.isnan(metareg(yi=YI, vi=VI, moderators=ONE, method="EE").r2)
    with pytest.warns(FewStudiesWarning):
        few = metareg(yi=YI, vi=VI, moderators=MODERATORS | {"x2": YI**2})
    assert few.exploratory
    assert any("exploratory: 24 studies for 3 moderators" in note for note in few.notes)
    assert not metareg(yi=YI, vi=VI, moderators=MODERATORS).exploratory


def test_the_result_shows_itself():
    fit = metareg(yi=YI, vi=VI, moderators={"x0": ONE["x0"], "g": ["a", "b"] * 12})
    assert fit.summary()["term"].tolist() == ["intercept", "x0", "g[b]"]
    assert fit.heterogeneity()["term"].tolist() == ["tau2", "R2 (%)", "I2 (%)", "H2", "QM", "QE"]
    assert "g (categorical, reference a)" in fit.method_text()
    assert "restricted maximum likelihood" in fit.method_text()
    texts = {metareg(yi=YI, vi=VI, moderators=ONE, test=test).method_text() for test in TESTS}
    assert len(texts) == len(TESTS)
    assert "Common-effect" in metareg(yi=YI, vi=VI, moderators=ONE, method="EE").method_text()
    assert json.dumps(fit.to_dict())
    assert "<table" in fit._repr_html_()
    marked = metareg(yi=YI, vi=VI, moderators={"<b>year": ONE[next(iter(ONE))]})
    assert "&lt;b&gt;year" in marked._repr_html_() and "<b>" not in marked._repr_html_()


@pytest.mark.filterwarnings("ignore::evidence.errors.FewStudiesWarning")
def test_heterogeneity_left_of_a_common_effect_by_hand():
    # The line 3 + 2.2 (x - 1.5) leaves 0.3, -0.9, 0.9, -0.3: 1.8 over the variance 0.1 is QE = 18 on 2 df.
    fit = metareg(yi=[0, 1, 5, 6], vi=[0.1] * 4, moderators={"x": [0, 1, 2, 3]}, method="EE")
    assert (fit.qe, fit.i2, fit.h2) == pytest.approx((18, 100 * (1 - 2 / 18), 9))
    line = metareg(yi=[0, 1, 2, 3], vi=[1] * 4, moderators={"x": [0, 1, 2, 3]}, method="EE")
    assert (line.qe, line.i2) == pytest.approx((0, 0), abs=1e-20)
    with pytest.raises(InputError, match="vi holds 0 at position 1"):
        metareg(yi=[0, 1, 2], vi=[1, 0, 1], moderators={"x": [0, 1, 2]})
