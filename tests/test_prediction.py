"""Prediction intervals, and the Kenward-Roger, Henmi-Copas and IVhet inferences."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from evidence.synthesis.henmi_copas import henmi_copas
from evidence.synthesis.pool import pool

FOLDER = Path(__file__).parent / "golden"
GOLDEN = {case["id"]: case for case in json.loads((FOLDER / "pooling.json").read_text("utf-8"))}
CASES = [case for case in GOLDEN.values() if case["kind"] == "prediction_interval"]
HENMI = [
    case
    for case in json.loads((FOLDER / "pooling_metafor.json").read_text("utf-8"))
    if case["kind"] == "henmi_copas"
]
DIVERGENCES = {
    (entry["id"], entry["field"]): entry["tolerance"]
    for entry in json.loads((FOLDER / "known_divergences.json").read_text("utf-8"))
}
FIELDS = {"ci_lb": "ci_low", "ci_ub": "ci_high", "pi_lb": "pi_low", "pi_ub": "pi_high"}
BCG = CASES[0]["input"]
TEST = {"V": "z", "HTS": "z", "HK": "knha", "KR": "KR"}  # meta's interval of the mean in these cases


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_agrees_with_meta(case):
    kind = case["args"]["method_predict"]
    got = pool(**case["input"], test=TEST[kind], prediction=kind)
    for name, field in FIELDS.items():
        rel = DIVERGENCES.get((case["id"], name), 1e-8)
        assert getattr(got, field) == pytest.approx(case["expected"][name], rel=rel, abs=1e-12), name


def test_all_cases_are_there():
    assert len(CASES) == 32 and {case["args"]["method_predict"] for case in CASES} == set(TEST)


def wald(t, vi):
    return 1 / math.sqrt(np.sum(1 / (vi + t)))


def peer_tau2(data, vi):
    """tau2 at which the peer stopped, had from its V interval alone."""
    expected = GOLDEN[f"pi_{data}_V"]["expected"]
    half = (expected["pi_ub"] - expected["pi_lb"]) / 2
    critical = stats.t.ppf(0.975, len(vi) - 1)
    return optimize.brentq(
        lambda t: critical * math.hypot(math.sqrt(t), wald(t, vi)) - half, 1e-6, 10, xtol=1e-15
    )


def restricted_log_likelihood(t, yi, vi):
    w = 1 / (vi + t)
    return 0.5 * (np.log(w).sum() - math.log(w.sum()) - w @ (yi - np.average(yi, weights=w)) ** 2)


@pytest.mark.parametrize(
    "data", ["bcg", "normand", "bangert", "raudenbush", "hackshaw", "gibson", "nielweise"]
)
def test_who_is_right_where_meta_differs(data):
    """At the peer's own tau2 the formulas give the peer's numbers; its tau2 is no maximum, ours is."""
    case = GOLDEN[f"pi_{data}_HTS"]["input"]
    yi, vi = np.array(case["yi"]), np.array(case["vi"])
    k, t = len(yi), peer_tau2(data, vi)
    w = 1 / (vi + t)
    s1, s2, s3 = (np.sum(w**power) for power in (1, 2, 3))
    mean = float(w @ yi / s1)
    hk = math.sqrt(w @ (yi - mean) ** 2 / (k - 1) / s1)
    information = s2 / 2 - s3 / s1 + (s2 / s1) ** 2 / 2
    kr = math.sqrt((1 + 2 * (s3 / s1 - (s2 / s1) ** 2) / information) / s1)
    kinds = {"HTS": (k - 2, wald(t, vi)), "HK": (k - 1, hk), "KR": (2 * information / (kr**2 * s2) ** 2, kr)}
    for kind, (df, se) in kinds.items():
        half = stats.t.ppf(0.975, df) * math.hypot(math.sqrt(t), se)
        expected = GOLDEN[f"pi_{data}_{kind}"]["expected"]
        assert [mean - half, mean + half] == pytest.approx([expected["pi_lb"], expected["pi_ub"]], rel=1e-8)
    ours = pool(**case).tau2
    assert restricted_log_likelihood(ours, yi, vi) > restricted_log_likelihood(t, yi, vi) - 1e-13

    def slope(x):
        p = np.diag(1 / (vi + x)) - np.outer(1 / (vi + x), 1 / (vi + x)) / np.sum(1 / (vi + x))
        return float(yi @ p @ p @ yi - np.trace(p)) / np.trace(p)

    assert abs(slope(ours)) < 1e-9 and abs(slope(ours)) < abs(slope(t))


def test_kinds_by_hand():
    # y 0, 1, 2 with v 1/2: tau2 = 1/2, weights 1, se^2 = 1/3; Q / df = 1, so that all errors are equal.
    data = {"yi": [0, 1, 2], "vi": [0.5] * 3}
    reach = math.sqrt(0.5 + 1 / 3)
    expected = {
        "HTS": stats.t.ppf(0.975, 1),
        "V": stats.t.ppf(0.975, 2),
        "HK": stats.t.ppf(0.975, 2),
        "KR": stats.t.ppf(0.975, 2),  # equal variances leave nothing to adjust
        "S": stats.norm.ppf(0.975),
    }
    for kind, critical in expected.items():
        assert pool(**data, prediction=kind).pi_high == pytest.approx(1 + critical * reach, rel=1e-8)
    for test, critical in {"z": stats.norm.ppf(0.975), "t": stats.t.ppf(0.975, 2)}.items():
        got = pool(**data, test=test, prediction="test")
        assert got.pi_high == pytest.approx(1 + critical * reach, rel=1e-8)


@pytest.mark.parametrize("kind", ["HTS", "V", "HK", "KR", "S", "test"])
def test_contains_the_interval_of_the_mean_with_the_same_error(kind):
    test = {"HTS": "z", "V": "t", "HK": "knha", "KR": "KR", "S": "z", "test": "adhoc"}[kind]
    for case in CASES[::4]:
        got = pool(**case["input"], test=test, prediction=kind)
        assert got.pi_low <= got.ci_low + 1e-12 and got.ci_high <= got.pi_high + 1e-12


def test_kenward_roger_is_hartung_knapp_for_equal_variances():
    data = {"yi": [0.1, 0.9, 0.4, 1.9], "vi": [0.1] * 4}
    one, two = pool(**data, test="KR"), pool(**data, test="knha")
    assert one.tau2 > 0 and one.df == pytest.approx(3, rel=1e-9)
    assert (one.ci_low, one.ci_high) == pytest.approx((two.ci_low, two.ci_high), rel=1e-9)


@pytest.mark.parametrize("case", HENMI, ids=lambda case: case["id"])
def test_henmi_copas_agrees_with_metafor(case):
    got = pool(**case["input"], method="DL", test="HC")
    for field, expected in case["expected"].items():
        # The peer integrates to about 1e-7; test_henmi_copas_by_dense_matrices decides beyond that.
        rel = 1e-6 if field.startswith("ci") else 1e-10
        assert getattr(got, field) == pytest.approx(expected, rel=rel), field


def dense_tail(t, vi, tau2):
    """P(pivot > t) with the moments of Q given R from k x k matrices and adaptive integration."""
    k, w = len(vi), 1 / vi
    s1, s2 = w.sum(), w @ w
    p = np.diag(w) - np.outer(w, w) / s1
    sigma, load = np.diag(vi + tau2), w / math.sqrt(s1)
    var_r = float(load @ sigma @ load)
    slope = sigma @ load / var_r
    rest = sigma - np.outer(slope, slope) * var_r
    trace = np.trace(p)

    def integrand(r):
        mean = np.trace(p @ rest) + r**2 * slope @ p @ slope
        variance = 2 * np.trace(p @ rest @ p @ rest) + 4 * r**2 * slope @ p @ rest @ p @ slope
        limit = k - 1 + trace * ((r / t) ** 2 - 1) / (s2 / s1)
        return stats.gamma.cdf(limit, mean**2 / variance, scale=variance / mean) * stats.norm.pdf(
            r, scale=math.sqrt(var_r)
        )

    ends = [t, t + math.sqrt(var_r), t + 3 * math.sqrt(var_r), t + 12 * math.sqrt(var_r)]
    return sum(integrate.quad(integrand, a, b, epsabs=1e-13, epsrel=1e-12)[0] for a, b in pairwise(ends))


@pytest.mark.parametrize("case", HENMI, ids=lambda case: case["id"])
def test_henmi_copas_by_dense_matrices(case):
    vi = np.array(case["input"]["vi"])
    tau2 = pool(**case["input"], method="DL").tau2
    pivot = henmi_copas(vi, tau2)
    assert 2 * dense_tail(pivot.quantile(0.95), vi, tau2) == pytest.approx(0.05, rel=1e-8)
    assert pivot.p_value(-1.3) == pytest.approx(2 * dense_tail(1.3, vi, tau2), rel=1e-8)
    assert pivot.p_value(0) == 1


def test_henmi_copas_p_value_and_interval_are_one():
    got = pool(**BCG, method="DL", test="HC")
    moved = pool(yi=np.array(BCG["yi"]) - got.ci_high, vi=BCG["vi"], method="DL", test="HC")
    assert moved.p == pytest.approx(0.05, rel=1e-8)
    assert got.estimate == got.common_estimate and math.isnan(got.df)
    assert got.prediction == "none" and any("common-effect weights" in note for note in got.notes)


def test_inverse_variance_heterogeneity_by_hand():
    # Doi 2015: mean of y by 1 / v; variance sum of (w / sum w)^2 (v + tau2) with tau2 of DL.
    yi, vi = np.array([0.0, 1.0, 5.0]), np.array([1.0, 0.5, 0.5])
    tau2 = (116 / 5 - 2) / (16 / 5)
    se = math.sqrt(np.sum(np.array([0.2, 0.4, 0.4]) ** 2 * (vi + tau2)))
    got = pool(yi=yi, vi=vi, method="IVhet", test="z")
    assert (got.estimate, got.se, got.tau2) == pytest.approx((2.4, se, tau2), rel=1e-12)
    assert got.ci_high == pytest.approx(2.4 + stats.norm.ppf(0.975) * se)
    assert got.weights.tolist() == pytest.approx([20, 40, 40])
    assert pool(yi=yi, vi=vi, method="IVhet", test="t").ci_high == pytest.approx(
        2.4 + stats.t.ppf(0.975, 2) * se
    )
    assert any("common-effect weights" in note for note in got.notes)
