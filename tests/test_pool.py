"""Pooling against metafor and meta case by case, by hand, by properties and at its edges."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.synthesis.inference import TESTS
from evidence.synthesis.pool import METHODS, pool
from evidence.synthesis.prediction import PREDICTIONS

GOLDEN = Path(__file__).parent / "golden"
CASES = [c for c in json.loads((GOLDEN / "pooling.json").read_text("utf-8")) if c["kind"] == "pool"]
OWN = json.loads((GOLDEN / "pooling_metafor.json").read_text("utf-8"))
DIVERGENCES = {
    (entry["id"], entry["field"]): entry["tolerance"]
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
}
FIELDS = {
    "beta": "estimate", "se": "se", "zval": "statistic", "pval": "p", "ci_lb": "ci_low", "ci_ub": "ci_high",
    "pi_lb": "pi_low", "pi_ub": "pi_high", "tau2": "tau2", "se_tau2": "tau2_se", "I2": "i2", "H2": "h2",
    "Q": "q", "Q_p": "q_p",
}  # fmt: skip
BCG = next(c["input"] for c in CASES if c["id"] == "pool_bcg_EE_z")

estimates = st.floats(-3, 3).map(lambda x: round(x, 4))
variances = st.floats(0.01, 2).map(lambda x: round(x, 4))
studies = st.lists(st.tuples(estimates, variances), min_size=3, max_size=12)


def columns(rows):
    yi, vi = zip(*rows, strict=True)
    return {"yi": np.array(yi), "vi": np.array(vi)}


def close(value, rel=1e-8, absolute=1e-12):
    return pytest.approx(value, rel=rel, abs=absolute, nan_ok=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_agrees_with_metafor(case):
    got = pool(**case["input"], **case["args"], prediction="test")
    for name, field in FIELDS.items():
        expected = case["expected"][name]
        expected = math.nan if expected is None else expected
        rel = DIVERGENCES.get((case["id"], name), 1e-8)
        absolute = 1e-9 if (case["id"], name) in DIVERGENCES else 1e-12
        assert getattr(got, field) == close(expected, rel, absolute), name
    assert got.weights.tolist() == close(case["expected"]["weights"])
    assert sum(got.weights) == close(100)


def test_all_cases_are_there():
    assert len(CASES) == 190
    assert {case["args"]["method"] for case in CASES} == set(METHODS) - {"IVhet"}
    assert all(name in FIELDS for (case_id, name) in DIVERGENCES if case_id.startswith("pool_"))


@pytest.mark.parametrize("case", [c for c in OWN if c["kind"] == "t_test"], ids=lambda case: case["id"])
def test_t_test_and_level_agree_with_metafor(case):
    got = pool(**case["input"], test="t", level=0.9, prediction="test")
    for field, expected in case["expected"].items():
        assert getattr(got, field) == close(expected), field


def test_three_studies_by_hand():
    # y 0, 1, 5 with v 1, 1/2, 1/2: w 1, 2, 2; mean 12/5; Q = 52 - 144/5 = 116/5; C = 5 - 9/5 = 16/5.
    got = pool(yi=[0, 1, 5], vi=[1, 0.5, 0.5], method="DL", test="z")
    assert got.common_estimate == close(12 / 5)
    assert got.q == close(116 / 5)
    assert got.tau2 == close((116 / 5 - 2) / (16 / 5))
    assert got.i2_q == close(100 * (116 / 5 - 2) / (116 / 5))
    assert got.i2 == close(got.i2_q)  # the same for DL
    w = [1 / (1 + 6.625), 1 / 7.125, 1 / 7.125]
    assert got.estimate == close(6 * w[1] / sum(w))
    assert got.se == close(sum(w) ** -0.5)
    assert got.weights.tolist() == close([100 * x / sum(w) for x in w])
    assert got.q_p == close(math.exp(-got.q / 2))  # chi-square with two degrees of freedom


@given(studies, st.floats(-100, 100), st.floats(0.01, 100), st.sampled_from(["DL", "REML", "PM", "SJ", "HE"]))
@settings(max_examples=60, deadline=None)
def test_shift_and_scale(rows, shift, factor, method):
    data = columns(rows)
    one = pool(**data, method=method)
    two = pool(yi=factor * (data["yi"] + shift), vi=factor**2 * data["vi"], method=method)
    reach = factor * (1 + abs(shift))
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        assert getattr(two, name) == close(factor * (getattr(one, name) + shift), 1e-6, 1e-6 * reach)
    assert two.tau2 == close(factor**2 * one.tau2, 1e-6, 1e-8 * factor**2)
    assert two.i2 == close(one.i2, 1e-6, 1e-6)


@given(studies, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_of_rows_does_not_matter(rows, random):
    mixed = rows.copy()
    random.shuffle(mixed)
    one, two = pool(**columns(rows)), pool(**columns(mixed))
    for name in ("estimate", "se", "p", "ci_low", "pi_high", "tau2", "tau2_se", "q"):
        assert getattr(two, name) == close(getattr(one, name), 1e-7, 1e-9)
    weight = dict(zip(rows, one.weights, strict=True))
    assert two.weights.tolist() == close([weight[row] for row in mixed], 1e-7)


@given(studies)
@settings(max_examples=40, deadline=None)
def test_duplicated_studies_halve_the_common_effect_variance(rows):
    one, two = (pool(**columns(rows * n), method="EE", test="z") for n in (1, 2))
    assert two.estimate == close(one.estimate, 1e-10, 1e-10)
    assert two.se**2 == close(one.se**2 / 2)
    assert two.q == close(2 * one.q, 1e-8, 1e-10)


@given(studies, st.sampled_from(["REML", "DL", "PM", "ML"]))
@settings(max_examples=80, deadline=None)
def test_intervals_are_in_order(rows, method):
    data = columns(rows)
    fits = {test: pool(**data, method=method, test=test) for test in ("z", "t", "knha", "adhoc")}
    for fit in fits.values():
        assert 0 <= fit.i2 <= 100 and 0 <= fit.i2_q <= 100
        assert fit.tau2_ci[0] <= fit.tau2_ci[1]
        assert fit.i2_ci[0] <= fit.i2_ci[1] <= 100
        assert fit.ci_low <= fit.estimate <= fit.ci_high
    width = {test: fit.ci_high - fit.ci_low for test, fit in fits.items()}
    assert width["adhoc"] >= width["t"] * (1 - 1e-12) and width["t"] > width["z"]
    assert width["adhoc"] >= width["knha"] * (1 - 1e-12)
    wald = fits["z"]
    assert wald.pi_low <= wald.ci_low and wald.ci_high <= wald.pi_high


def test_tau2_of_zero_gives_the_common_effect():
    data = {"yi": [0.2, 0.22, 0.19], "vi": [0.04, 0.05, 0.03]}
    got = pool(**data, test="z")
    assert got.tau2 == 0 and got.estimate == close(got.common_estimate)
    assert (got.ci_low, got.ci_high) == close(got.common_ci)
    assert any("tau2 is estimated as 0" in note for note in got.notes)
    assert any("Q-profile" in note for note in got.notes) and got.tau2_ci == (0, 0)


def test_estimate_of_tau2_outside_its_interval_is_noted():
    yi = 0.296 * np.array([0, 1, 2, 3, 1.5])
    got = pool(yi=yi, vi=[1, 0.9, 1.1, 0.8, 0.4], method="SJ")
    assert not got.tau2_ci[0] <= got.tau2 <= got.tau2_ci[1]
    assert any("outside its interval" in note for note in got.notes)


def test_one_study_is_shown_not_pooled():
    got = pool(yi=[0.4], vi=[0.04], method="DL")
    assert (got.estimate, got.se, got.tau2, got.k, got.test) == (0.4, 0.2, 0.0, 1, "z")
    assert (got.ci_low, got.ci_high) == close((0.4 - 1.959963984540054 * 0.2, 0.4 + 1.959963984540054 * 0.2))
    assert got.p == close(0.04550026389635842)  # two normal standard errors
    for value in (got.pi_low, got.pi_high, got.i2, got.tau2_se, *got.tau2_ci, *got.i2_ci):
        assert math.isnan(value)
    assert got.notes == ("one study: shown, not pooled",)
    assert "nothing was pooled" in got.method_text()
    assert got.weights.tolist() == [100]
    assert len(got.summary()) == 9


def test_no_study_is_refused():
    with pytest.raises(TooFewStudiesError, match="No study is left"):
        pool(yi=[], vi=[])
    table = pd.DataFrame({"yi": [0.1], "vi": [0.2], "included": [False], "reason": ["no spread"]})
    with pytest.raises(TooFewStudiesError):
        pool(table)


def test_two_studies_have_no_hts_interval():
    got = pool(yi=[0.31, 0.74], vi=[0.02, 0.09])
    assert math.isnan(got.pi_low) and math.isnan(got.pi_high)
    assert got.prediction == "none" and any("3 or more" in note for note in got.notes)
    assert math.isfinite(pool(yi=[0.31, 0.74], vi=[0.02, 0.09], prediction="V").pi_high)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"yi": [0.1, 0.2], "vi": [0.1, -0.2]}, "vi holds -0.2 at position 1"),
        ({"yi": [0.1, 0.2], "vi": [0.1, 0.0]}, "vi holds 0 at position 1"),
        ({"yi": [0.1, np.nan], "vi": [0.1, 0.2]}, "yi holds nan at position 1"),
        ({"yi": [0.1, 0.2], "vi": [0.1, np.inf]}, "vi holds inf at position 1"),
        ({"yi": [0.1, 0.2, 0.3], "vi": [0.1, 0.2]}, "vi has 2 values where 3"),
        ({"yi": [0.1, 0.2]}, "needs effects, or both"),
        ({}, "needs effects, or both"),
        ({"yi": [0, 1], "vi": [1e-300, 1e-300], "level": 95}, "level=95"),
        ({"yi": [0, 1], "vi": [5e-324, 1]}, "cannot be right"),
        ({"yi": [0, 1, 2], "vi": [1e-300, 1, 1e300]}, "cannot be right"),
        ({"effects": [0.1, 0.2]}, "not list"),
        ({"effects": pd.DataFrame({"yi": [1, 2], "vi": [1, 1]}), "yi": [1]}, "not both"),
    ],
)
def test_bad_input_is_named(bad, message):
    with pytest.raises(InputError, match=message):
        pool(**bad)


def test_infinite_variance_in_a_table_is_named():
    table = pd.DataFrame({"label": ["A", "B"], "yi": [0.1, 0.2], "vi": [0.1, np.inf], "included": True})
    with pytest.raises(InputError, match="B has vi=inf"):
        pool(table)


def test_every_option_changes_the_number_or_is_refused():
    base = pool(**BCG)
    numbers = ("estimate", "se", "df", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "tau2_se")

    def read(result):
        return tuple(getattr(result, name) for name in numbers) + result.tau2_ci

    seen = {read(base)}
    for method in set(METHODS) - {"REML", "IVhet", "EB"}:
        seen.add(read(pool(**BCG, method=method)))
    assert len(seen) == 10
    assert read(pool(**BCG, method="EB")) == read(pool(**BCG, method="PM"))  # one equation under two names
    seen |= {read(pool(**BCG, method="IVhet", test=test)) for test in ("z", "t")}
    tests = {read(pool(**BCG, test=test)) for test in set(TESTS) - {"HC", "adhoc"}}
    alike = {"yi": [0.2, 0.22, 0.19, 0.21], "vi": [0.04, 0.05, 0.03, 0.06]}
    tests |= {read(pool(**alike, test=test)) for test in ("knha", "adhoc")}
    tests.add(str(read(pool(**BCG, method="DL", test="HC"))))
    assert len(tests) == 7
    predictions = {str(read(pool(**BCG, test="knha", prediction=kind))) for kind in set(PREDICTIONS) - {"HK"}}
    assert len(predictions) == len(PREDICTIONS) - 1
    assert pool(**BCG, prediction=None).prediction == "none"
    assert read(pool(**BCG, tau2_interval="PL")) not in seen
    assert pool(**BCG, level=0.9).ci_high < base.ci_high


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"method": "reml"}, "Did you mean 'REML'"),
        ({"test": "hk"}, "test='hk'"),
        ({"prediction": "metafor"}, "prediction='metafor'"),
        ({"tau2_interval": "QPL"}, "tau2_interval='QPL'"),
        ({"method": "DL", "test": "KR"}, "made for method='REML'"),
        ({"method": "DL", "prediction": "KR"}, "made for method='REML'"),
        ({"test": "HC"}, "made for method='DL'"),
        ({"method": "IVhet"}, "use test='z'"),
        ({"method": "DL", "tau2_interval": "PL"}, "needs method='ML' or 'REML'"),
    ],
)
def test_options_that_do_not_fit_are_refused(choices, message):
    with pytest.raises(OptionError, match=message):
        pool(**BCG, **choices)


@pytest.mark.parametrize("method", sorted(METHODS))
@pytest.mark.parametrize(
    "vi",
    [
        [1e-12, 1e6, 0.1, 1],
        [1e-300, 1e-300, 1e-300, 1e-299],
        [1e-60, 1, 1e6, 1e70],
        [1e300] * 4,
        [1e-12] * 4,
    ],
    ids=["1e-12 to 1e6", "1e-300", "1e-60 to 1e70", "1e300", "1e-12"],
)
def test_extreme_variances_stay_numbers(vi, method):
    size = math.sqrt(max(vi)) if max(vi) < 1 else 1.0
    yi = np.array([0.1, 0.5, -0.2, 0.9]) * size
    got = pool(yi=yi, vi=vi, method=method, test="z")
    assert all(math.isfinite(x) for x in (got.estimate, got.se, got.tau2, got.ci_low, got.q))
    assert math.isfinite(got.tau2_se) or method == "EE"
    assert yi.min() <= got.estimate <= yi.max() and got.tau2 >= 0


def test_equal_estimates_are_fine():
    for method in METHODS:
        got = pool(yi=[0.3] * 5, vi=[0.1, 0.2, 0.1, 0.4, 0.3], method=method, test="z")
        assert (got.tau2, got.i2, got.q) == (0, 0, 0) and got.estimate == close(0.3)
    got = pool(yi=[0.3] * 5, vi=[0.1, 0.2, 0.1, 0.4, 0.3], test="knha")
    assert got.se == 0 and got.p == 0 and any("standard error is 0" in note for note in got.notes)
    zero = pool(yi=[0.0] * 5, vi=[0.1, 0.2, 0.1, 0.4, 0.3], test="knha")
    assert math.isnan(zero.p)


def test_many_studies_stay_accurate():
    rng = np.random.default_rng(20240501)
    vi = rng.uniform(0.01, 1, 200_000)
    yi = 0.3 + rng.normal(size=vi.size) * np.sqrt(vi + 0.05)
    got = pool(yi=yi + 1e6, vi=vi)
    assert got.estimate - 1e6 == pytest.approx(0.3, abs=4 * got.se)
    assert got.tau2 == pytest.approx(0.05, abs=4 * got.tau2_se)
    assert got.tau2_ci[0] < got.tau2 < got.tau2_ci[1]


def table():
    return pd.DataFrame(
        {
            "label": ["A", "B", "C", "D"],
            "yi": [0.2, 0.5, np.nan, 0.9],
            "vi": [0.04, 0.02, np.nan, 0.05],
            "included": [True, True, False, True],
            "reason": ["", "", "no spread", ""],
        }
    )


def test_excluded_rows_are_shown_not_pooled():
    got = pool(table())
    shown = got.studies()
    assert shown["label"].tolist() == ["A", "B", "C", "D"]
    assert shown["weight"].tolist() == close([*got.weights[:2], math.nan, got.weights[2]])
    assert shown.loc[2, "reason"] == "no spread" and not shown.loc[2, "included"]
    assert shown.loc[0, "ci_low"] == close(0.2 - 1.959963984540054 * 0.2)
    same = pool(yi=[0.2, 0.5, 0.9], vi=[0.04, 0.02, 0.05])
    assert (same.estimate, same.ci_low, same.tau2) == (got.estimate, got.ci_low, got.tau2)
    assert same.studies()["label"].tolist() == ["Study 1", "Study 2", "Study 3"]
    assert same.effects.k == 3 and same.source is None and got.effects.k == 3


def test_results_read_on_the_readers_scale():
    got = pool(Effects(table(), measure="OR", scale="log"))
    assert got.scale == "log"
    assert got.display()["estimate"] == close(math.exp(got.estimate))
    assert got.display()["pi_high"] == close(math.exp(got.pi_high))
    assert pool(table()).display()["estimate"] == got.estimate


def test_summary_dictionary_and_page():
    got = pool(table())
    rows = got.summary().set_index("term")
    assert rows.loc["pooled", "ci_low"] == got.ci_low and rows.loc["prediction", "ci_high"] == got.pi_high
    assert rows.loc["common effect", "p"] == close(pool(table(), method="EE", test="z").p)
    assert rows.loc["common effect", "se"] == close(pool(table(), method="EE", test="z").se)
    assert rows.loc["tau", "estimate"] == close(math.sqrt(got.tau2))
    assert (rows.loc["Q", "statistic"], rows.loc["Q", "df"], rows.loc["Q", "p"]) == (got.q, 2, got.q_p)
    assert json.loads(json.dumps(got.to_dict()))["estimate"] == got.estimate
    assert "Random-effects meta-analysis of 3 studies" in got._repr_html_()


def test_method_text_is_true_to_the_options():
    def text(**choices):
        return pool(**BCG, **choices).method_text()

    texts = {text(method=m) for m in set(METHODS) - {"IVhet"}} | {text(method="IVhet", test="z")}
    assert len(texts) == len(METHODS)
    assert len({text(test=t) for t in TESTS if t != "HC"}) == len(TESTS) - 1
    assert len({text(prediction=p) for p in PREDICTIONS}) == len(PREDICTIONS)
    assert "Henmi and Copas" in text(method="DL", test="HC")
    assert "profile likelihood" in text(tau2_interval="PL") and "90 %" in text(level=0.9)
    assert "no prediction interval" in text(method="EE") and "common" in text(method="EE").lower()


def test_the_table_of_studies_by_hand():
    frame = pd.DataFrame({"yi": [0.0, 1.0, 2.0], "vi": [1.0, 4.0, 0.0], "included": [True, True, False]})
    shown = pool(Effects(frame), method="EE", level=0.9).studies()
    half = stats.norm.ppf(0.95) * np.array([1, 2, np.nan])  # no interval without a variance
    assert shown["ci_low"].tolist() == close((frame["yi"] - half).tolist())
    assert shown["ci_high"].tolist() == close((frame["yi"] + half).tolist())
    assert shown["weight"].tolist() == close([80, 20, np.nan])
