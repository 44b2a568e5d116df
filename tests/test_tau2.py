"""Estimators of tau2 and its intervals: against metafor, each other, and for many problems at once."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evidence.errors import ConvergenceError, InputError, OptionError, TooFewStudiesError
from evidence.synthesis.kernels import (
    cubic,
    ones,
    problems,
    quadratic,
    roots,
    trace_p,
    trace_pp,
    weighted,
    widest_variance,
)
from evidence.synthesis.many import MANY_TESTS, pool_many
from evidence.synthesis.pool import pool
from evidence.synthesis.tau2 import METHODS, log_likelihood, tau2, tau2_se
from evidence.synthesis.tau2_interval import profile_likelihood, q_profile
from evidence.synthesis.tau2_scan import shared_grid

GOLDEN = json.loads((Path(__file__).parent / "golden" / "pooling.json").read_text("utf-8"))
CASES = [case for case in GOLDEN if case["kind"] == "tau2_ci"]
BCG = CASES[0]["input"]

estimates = st.floats(-3, 3).map(lambda x: round(x, 3))
variances = st.floats(-3, 2).map(lambda x: float(f"{10**x:.3g}"))
studies = st.lists(st.tuples(estimates, variances), min_size=2, max_size=10)


def columns(rows):
    yi, vi = zip(*rows, strict=True)
    return np.array(yi), np.array(vi)


def exact_log_likelihood(t, yi, vi, restricted):
    """Straight from the normal density with the mean profiled out, by dense matrices."""
    variance = np.diag(vi + t)
    inverse = np.diag(1 / np.diag(variance))
    x = np.ones((len(yi), 1))
    information = (x.T @ inverse @ x).item()
    mean = (x.T @ inverse @ yi).item() / information
    value = -0.5 * (np.log(np.diag(variance)).sum() + (yi - mean) @ inverse @ (yi - mean))
    return value - 0.5 * math.log(information) if restricted else value


def generalised_q(t, yi, vi):
    w = 1 / (vi + t)
    mean = np.average(yi, weights=w)
    return float(w @ (yi - mean) ** 2)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_intervals_agree_with_metafor(case):
    expected = case["expected"]
    qp, pl = (pool(**case["input"], tau2_interval=kind) for kind in ("QP", "PL"))
    got = [*qp.tau2_ci, *qp.i2_ci, *pl.tau2_ci]
    names = ("qp_lb", "qp_ub", "i2_lb", "i2_ub", "pl_lb", "pl_ub")
    assert got == pytest.approx([expected[name] for name in names], rel=1e-8, abs=1e-12)


def test_all_interval_cases_are_there():
    assert len(CASES) == 10


@given(studies, st.booleans())
@settings(max_examples=100, deadline=None)
def test_likelihood_estimate_is_the_highest_point_of_the_likelihood(rows, restricted):
    yi, vi = columns(rows)
    got = float(tau2(problems(yi, vi), "REML" if restricted else "ML")[0])
    top = exact_log_likelihood(got, yi, vi, restricted)
    span = np.concatenate([[0], np.geomspace(1e-5, 100, 400)])
    heights = [exact_log_likelihood(t, yi, vi, restricted) for t in span]
    best = int(np.argmax(heights))
    found = optimize.minimize_scalar(
        lambda t: -exact_log_likelihood(t, yi, vi, restricted),
        bounds=(span[max(best - 1, 0)], span[min(best + 1, 400)]),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert top >= max(-found.fun, max(heights)) - 1e-9


@given(studies)
@settings(max_examples=100, deadline=None)
def test_reml_inside_is_a_root_of_the_score(rows):
    yi, vi = columns(rows)
    for method in ("ML", "REML"):
        t = float(tau2(problems(yi, vi), method)[0])
        w = 1 / (vi + t)
        p = np.diag(w) - np.outer(w, w) / w.sum()
        trace = np.trace(p) if method == "REML" else w.sum()
        score = float(yi @ p @ p @ yi) - trace
        if t > 0:
            assert abs(score) < 1e-6 * trace
        else:
            assert score <= 1e-9 * trace


def test_of_two_maxima_the_higher_is_taken():
    # Two precise studies that agree, and three imprecise ones far away.
    yi = np.array([0.0, 0.12, 9.0, -9.0, 8.0])
    vi = np.array([0.001, 0.001, 4.0, 4.0, 4.0])
    grid = np.concatenate([[0], np.geomspace(1e-6, 1e3, 4000)])
    heights = np.array([exact_log_likelihood(t, yi, vi, True) for t in grid])
    inside = (heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])
    assert inside.sum() == 2
    got = float(tau2(problems(yi, vi), "REML")[0])
    assert got == pytest.approx(grid[heights.argmax()], rel=0.01)
    many = tau2(problems(np.stack([yi, yi + 1, -yi]), vi), "REML")
    assert many.tolist() == pytest.approx([got] * 3, rel=1e-9)


def test_paule_mandel_and_empirical_bayes_solve_their_equation():
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    for method in ("PM", "EB"):
        assert generalised_q(pool(**BCG, method=method).tau2, yi, vi) == pytest.approx(12, rel=1e-12)
    median = stats.chi2.median(12)
    assert generalised_q(pool(**BCG, method="PMM").tau2, yi, vi) == pytest.approx(median, rel=1e-12)


@given(st.lists(estimates, min_size=2, max_size=10), st.floats(0.01, 2))
@settings(max_examples=60, deadline=None)
def test_equal_variances_make_estimators_one(yi, v):
    yi, vi = np.array(yi), np.full(len(yi), v)
    expected = max(0.0, yi.var(ddof=1) - v)
    given_ = problems(yi, vi)
    for method in ("DL", "HE", "PM", "EB", "REML"):
        assert tau2(given_, method)[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert tau2(given_, "ML")[0] == pytest.approx(max(0.0, yi.var() - v), rel=1e-9, abs=1e-12)


@given(studies, st.floats(0.5, 0.99))
@settings(max_examples=80, deadline=None)
def test_q_profile_bounds_solve_their_equation(rows, level):
    yi, vi = columns(rows)
    low, high = (float(x[0]) for x in q_profile(problems(yi, vi), level=level))
    df = len(yi) - 1
    for bound, tail in ((low, (1 - level) / 2), (high, (1 + level) / 2)):
        target = stats.chi2.isf(tail, df)
        if bound > 0:
            assert generalised_q(bound, yi, vi) == pytest.approx(target, rel=1e-7)
        else:
            assert generalised_q(0, yi, vi) <= target * (1 + 1e-9)
    assert low <= high


@given(studies, st.booleans())
@settings(max_examples=60, deadline=None)
def test_profile_likelihood_bounds_lie_where_the_likelihood_has_fallen(rows, restricted):
    yi, vi = columns(rows)
    given_ = problems(yi, vi)
    t = tau2(given_, "REML" if restricted else "ML")
    low, high = (float(x[0]) for x in profile_likelihood(given_, t, level=0.95, restricted=restricted))
    floor = exact_log_likelihood(float(t[0]), yi, vi, restricted) - stats.chi2.ppf(0.95, 1) / 2
    assert exact_log_likelihood(high, yi, vi, restricted) == pytest.approx(floor, abs=1e-7)
    at_low = exact_log_likelihood(low, yi, vi, restricted)
    assert at_low == pytest.approx(floor, abs=1e-7) if low > 0 else at_low >= floor - 1e-9
    assert low <= t[0] <= high


def test_standard_errors_against_dense_matrices():
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    given_, k, v = problems(yi, vi), len(yi), np.diag(vi)

    def projection(w):
        return np.diag(w) - np.outer(w, w) / w.sum()

    for method in ("DL", "HE", "SJ"):
        t = tau2(given_, method)
        start = yi.var()
        w = {"DL": 1 / vi, "HE": np.ones(k), "SJ": 1 / (vi + start)}[method]
        p = projection(w)
        total = p @ (v + t[0] * np.eye(k))
        variance = 2 * np.trace(total @ total)  # of y'Py
        slope = {"DL": np.trace(p), "HE": k - 1, "SJ": (k - 1) / start}[method]
        assert tau2_se(given_, t, method)[0] == pytest.approx(math.sqrt(variance) / slope, rel=1e-10)
    for method in ("ML", "REML"):
        t = tau2(given_, method)
        w = 1 / (vi + t[0])
        p = np.diag(w) if method == "ML" else projection(w)
        assert tau2_se(given_, t, method)[0] == pytest.approx(math.sqrt(2 / np.trace(p @ p)), rel=1e-12)
    assert math.isnan(tau2_se(given_, np.zeros(1), "EE")[0])


def test_quadratic_forms_against_dense_matrices():
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    given_ = problems(yi, vi)
    t, unit = 0.3, given_.unit[0]
    at = weighted(given_.y, given_.v, np.array([t / unit]))
    w = 1 / (vi + t)
    p = np.diag(w) - np.outer(w, w) / w.sum()
    assert trace_p(at)[0] / unit == pytest.approx(np.trace(p), rel=1e-12)
    assert trace_pp(at)[0] / unit**2 == pytest.approx(np.trace(p @ p), rel=1e-12)
    assert at.q[0] == pytest.approx(yi @ p @ yi, rel=1e-12)
    assert quadratic(at)[0] / unit == pytest.approx(yi @ p @ p @ yi, rel=1e-12)
    assert cubic(at)[0] / unit**2 == pytest.approx(yi @ p @ p @ p @ yi, rel=1e-12)
    assert given_.origin[0] + at.mean[0] * math.sqrt(unit) == pytest.approx(np.average(yi, weights=w))


def test_one_dominant_study_costs_no_digits():
    # With w = (1, e, e), P is (2e, -e, -e; -e, e, 0; -e, 0, e) but for e^2; s1 - s2 / s1 gives a trace of 0.
    given_ = problems([0.0, 1.0, 2.0], [1.0, 1e17, 1e17])
    e = 1e-17
    assert trace_p(given_.zero)[0] == pytest.approx(4 * e, rel=1e-12)
    assert trace_pp(given_.zero)[0] == pytest.approx(10 * e**2, rel=1e-12)
    assert float(tau2(given_, "DL")[0]) == 0.0


@pytest.mark.parametrize("method", METHODS)
def test_many_problems_are_single_fits(method):
    rng = np.random.default_rng(7)
    yi = np.array(BCG["yi"]) + rng.normal(size=(300, 13)) * rng.choice([0.01, 0.5, 3], size=(300, 1))
    vi = np.array(BCG["vi"]) * rng.uniform(0.2, 5, size=(300, 13))
    many = pool_many(yi, vi, method=method, test="knha", level=0.9)
    for i in range(0, 300, 7):
        one = pool(yi=yi[i], vi=vi[i], method=method, test="knha", level=0.9)
        for name in ("estimate", "se", "statistic", "df", "p", "ci_low", "ci_high", "tau2", "i2", "q", "k"):
            assert getattr(many, name)[i] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-11), name


@pytest.mark.parametrize("test", MANY_TESTS)
def test_masks_are_dropped_rows(test):
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    rng = np.random.default_rng(8)
    mask = rng.random((200, 13)) < 0.5
    mask[:, :2] = True
    spoiled = np.where(mask[0], yi, np.nan)
    many = pool_many(yi, vi, mask, test=test)
    for i in range(0, 200, 9):
        one = pool(yi=yi[mask[i]], vi=vi[mask[i]], test=test)
        for name in ("estimate", "se", "df", "p", "ci_low", "tau2", "i2", "q", "k"):
            assert getattr(many, name)[i] == pytest.approx(getattr(one, name), rel=1e-9, abs=1e-11), name
    alone = pool_many(spoiled, np.where(mask[0], vi, -1), mask[:1], test=test)
    assert alone.estimate[0] == pytest.approx(many.estimate[0], rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_masks_are_dropped_rows_for_each_method(method):
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    mask = 1 - np.eye(13)
    given_, got = problems(yi, vi, mask), tau2(problems(yi, vi, mask), method)
    for i in range(13):
        keep = mask[i] == 1
        one = problems(yi[keep], vi[keep])
        assert got[i] == pytest.approx(tau2(one, method)[0], rel=1e-9)
        assert tau2_se(given_, got, method)[i] == pytest.approx(
            tau2_se(one, got[i : i + 1], method)[0], rel=1e-9, nan_ok=True
        )
        height = log_likelihood(given_.y, given_.v, given_.k, restricted=True)[i]
        assert height == pytest.approx(log_likelihood(one.y, one.v, one.k, restricted=True)[0], rel=1e-9)


def test_blocks_do_not_show():
    rng = np.random.default_rng(9)
    yi = rng.normal(size=(9000, 11))
    vi = rng.uniform(0.05, 2, size=11)
    whole = pool_many(yi, vi)
    part = pool_many(yi[4321:4400], vi)
    assert whole.tau2[4321:4400].tolist() == pytest.approx(part.tau2.tolist(), rel=1e-10, abs=1e-14)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: pool_many([0.1, 0.2], [0.1, 0.2], [[1, 0]]), TooFewStudiesError, "Problem 0 has 1"),
        (lambda: pool_many([0.1, 0.2], [0.1, -0.2]), InputError, "vi holds -0.2"),
        (lambda: pool_many([0.1, np.nan], [0.1, 0.2]), InputError, "finite numbers"),
        (lambda: pool_many([0.1, 0.2], [0.1, np.inf]), InputError, "finite numbers"),
        (lambda: pool_many([0.1, 0.2], [0.1, np.nan]), InputError, "finite"),
        (lambda: pool_many([0.1, 0.2, 0.3], [0.1, 0.2]), InputError, "does not fit vi"),
        (lambda: pool_many(np.ones((2, 3)), np.ones((4, 3))), InputError, "same number of rows"),
        (lambda: pool_many([0.1, 0.2], [0.1, 0.2], [[1, 1, 1]]), InputError, "mask of shape"),
        (lambda: pool_many([0.1, 0.2], [0.1, 0.2], method="IVhet"), OptionError, "IVhet"),
        (lambda: pool_many([0.1, 0.2], [0.1, 0.2], test="HC"), OptionError, "HC"),
        (lambda: pool_many([0.1, 0.2], [0.1, 0.2], method="DL", test="KR"), OptionError, "REML"),
        (lambda: tau2(problems([0.1, 0.2], [0.1, 0.2]), "Reml"), OptionError, "Did you mean 'REML'"),
    ],
)
def test_bad_problems_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_roots_fall_back_on_bisection():
    def steep(t, c):  # Newton leaves the bracket or crawls
        return np.sign(t - c) * np.abs(t - c) ** 0.2, np.full(t.shape, 1e-3)

    c = np.array([0.3, 70.0])
    found = roots(steep, (c,), np.zeros(2), np.full(2, 100.0), np.full(2, 99.0))
    assert found.tolist() == pytest.approx(c.tolist(), abs=1e-3, rel=1e-5)
    with pytest.raises(ConvergenceError, match="NaN"), np.errstate(invalid="ignore"):
        roots(lambda t: (t * np.nan, t * np.nan), (), np.zeros(1), np.full(1, 2.0), np.ones(1))


def test_widest_variance_leaves_out_dropped_studies_and_counts_the_anchor():
    given = problems([[0.0, 1, 2]] * 3, [[2.0, 8, 4]] * 3, mask=[[1, 1, 1], [1, 0, 1], [0, 1, 1]])
    assert widest_variance(given).tolist() == [4, 2, 2]
    assert widest_variance(problems([0, 1], [3, 3])).tolist() == [1]


def test_a_shared_vector_of_ones_cannot_be_spoilt():
    with pytest.raises(ValueError, match="read-only"):
        ones(5)[0] = 2


@pytest.mark.parametrize("method", ["DL", "EE"])
def test_equal_estimates_have_no_error_by_hartung_and_knapp_and_no_heterogeneity(method):
    got = pool_many([[1, 1, 1], [0, 0, 0]], [0.1, 0.2, 0.3], method=method, test="knha")
    assert got.estimate.tolist() == [1, 0]
    assert got.se.tolist() == got.i2.tolist() == got.tau2.tolist() == [0, 0]
    assert got.p.tolist() == pytest.approx([0, math.nan], nan_ok=True)


@pytest.mark.parametrize("last", [0.5, 300.0, 1e6])
def test_a_shared_grid_ends_where_it_should_and_has_no_wide_step(last):
    grid = shared_grid(last)
    steps = np.diff(np.log1p(grid))
    assert (grid[0], grid[-1]) == pytest.approx((0, last))
    assert steps == pytest.approx(steps[0]) and steps[0] <= 0.5
    assert grid.size == max(12, 1 + math.ceil(math.log1p(last) / 0.5))
