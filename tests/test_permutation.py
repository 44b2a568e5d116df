"""Permutation tests: against metafor, brute force over `pool` and `metareg`, and by hand."""

import itertools
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import evidence as ev
from evidence.errors import FewStudiesWarning, InputError, OptionError, TooFewStudiesError
from evidence.robustness.rearrangements import all_flips, all_orders, count_orders, drawn_orders
from evidence.synthesis.regression_many import metareg_many

pytestmark = pytest.mark.filterwarnings("ignore::evidence.errors.FewStudiesWarning")

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    case["id"]: case
    for case in json.loads((GOLDEN / "regression.json").read_text("utf-8"))
    if case["kind"] == "permutation"
}
DIVERGENCES = [
    entry
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
    if entry["id"] in CASES
]
SIX = {"yi": [0.3, 0.62, -0.1, 0.91, 0.5, 0.44], "vi": [0.1, 0.05, 0.08, 0.12, 0.04, 0.07]}
YEARS = {"year": [1.0, 2, 2, 4, 7, 9]}


def metafor_case(name):
    case = CASES[name]
    data = {key: np.array(case["input"][key]) for key in ("yi", "vi")}
    return data, case["input"], case["expected"]


def test_sign_flips_agree_with_metafor():
    data, _, expected = metafor_case("permutest_exact_intercept")
    assert ev.permutation_test(**data, test="z").p.tolist() == [expected["pval"]]


def fisher_scoring_ends(x, yi, vi):
    """Whether Fisher scoring for REML, from the Hedges estimate and in 100 steps to 1e-5, comes to an end."""
    k, p = x.shape
    plain = np.eye(k) - x @ np.linalg.inv(x.T @ x) @ x.T
    tau2 = max(0.0, (yi @ plain @ yi - plain.diagonal() @ vi) / (k - p))
    for _ in range(100):
        w = np.diag(1 / (vi + tau2))
        projection = w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w
        square = projection @ projection
        step = (yi @ square @ yi - np.trace(projection)) / np.trace(square)
        while tau2 + step < 0:
            step /= 2
        tau2 += step
        if abs(step) <= 1e-5:
            return True
    return False


def test_row_permutations_agree_with_metafor_but_for_the_one_it_drops():
    """The peer leaves out the one order of 2,520 for which its Fisher scoring does not come to an end.

    That order has a larger statistic than the observed one, so that each share falls from m / 2520 to
    (m - 1) / 2519. The second route is the peer's own algorithm, written out: it fails for one order only.
    """
    data, columns, expected = metafor_case("permutest_exact")
    assert {entry["field"] for entry in DIVERGENCES} == {"pval", "QM_p"}
    result = ev.permutation_test(None, {"x1": columns["x1"]}, **data, test="z")
    peers = np.array([*expected["pval"], expected["QM_p"]])
    ours = np.array([*result.p, result.qm_p])
    counts = np.round(ours * 2520)
    assert ours == pytest.approx(counts / 2520, rel=1e-12)
    assert (counts - 1) / 2519 == pytest.approx(peers, rel=1e-12)
    tolerance = {entry["field"]: entry["tolerance"] for entry in DIVERGENCES}
    assert np.abs(ours[:2] - peers[:2]).max() <= tolerance["pval"]
    assert abs(ours[2] - peers[2]) <= tolerance["QM_p"]

    values, groups = np.unique(columns["x1"], return_inverse=True)
    failed = []
    for i, order in enumerate(all_orders(groups)):
        x = np.column_stack([np.ones(7), values[order]])
        if not fisher_scoring_ends(x, data["yi"], data["vi"]):
            failed.append(i)
    assert len(failed) == 1
    assert (np.abs(result.permuted[failed[0]]) > np.abs(result.statistic)).all()


@pytest.mark.parametrize("statistic", ["test", "coefficient"])
@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize(("method", "test"), [("REML", "adhoc"), ("DL", "z"), ("PM", "knha")])
def test_sign_flips_by_brute_force(statistic, alternative, method, test):
    yi, vi = np.array(SIX["yi"]), SIX["vi"]
    found = []
    for signs in itertools.product((1, -1), repeat=6):
        one = ev.pool(yi=signs * yi, vi=vi, method=method, test=test)
        found.append(one.statistic if statistic == "test" else one.estimate)
    found, slack = np.array(found), 1e-9
    extreme = {
        "two-sided": np.abs(found) >= abs(found[0]) - slack,
        "greater": found >= found[0] - slack,
        "less": found <= found[0] + slack,
    }[alternative]
    result = ev.permutation_test(
        **SIX, method=method, test=test, statistic=statistic, alternative=alternative, level=None
    )
    assert result.p[0] == extreme.mean()
    assert result.statistic[0] == pytest.approx(found[0], rel=1e-9)
    assert sorted(result.permuted[:, 0]) == pytest.approx(sorted(found), rel=1e-8)
    assert result.n == result.available == 64 and result.exact


@pytest.mark.parametrize("test", ["z", "knha", "adhoc"])
def test_row_permutations_by_brute_force(test):
    yi, vi, years = SIX["yi"][:5], SIX["vi"][:5], YEARS["year"][:5]

    def fit(order):
        return ev.metareg(yi=yi, vi=vi, moderators={"year": order}, test=test)

    rows, observed = [fit(list(order)) for order in set(itertools.permutations(years))], fit(years)
    statistics = np.array([fit.statistic for fit in rows])
    result = ev.permutation_test(None, {"year": years}, yi=yi, vi=vi, test=test)
    assert result.available == len(rows) == 60
    assert result.p == pytest.approx((np.abs(statistics) >= np.abs(observed.statistic) - 1e-9).mean(axis=0))
    assert result.qm_p == np.mean([fit.qm >= observed.qm - 1e-9 for fit in rows])
    assert result.qm == pytest.approx(observed.qm, rel=1e-9)
    assert (result.p_model, result.qm_p_model) == (pytest.approx(observed.p), pytest.approx(observed.qm_p))
    assert result.terms == ("intercept", "year")
    assert math.isnan(result.ci_low) and result.level is None


def test_categories_are_permuted_as_they_are():
    group = {"group": ["a", "b", "a", "b", "b", "a"], "year": YEARS["year"]}
    result = ev.permutation_test(None, group, **SIX)
    assert result.terms == ("intercept", "group[b]", "year")
    assert result.available == math.factorial(6)
    alone = ev.permutation_test(None, {"group": group["group"]}, **SIX)
    assert alone.available == math.comb(6, 3)
    turned = ev.permutation_test(None, {"group": group["group"]}, **SIX, reference={"group": "b"})
    assert turned.terms == ("intercept", "group[a]")
    assert turned.qm_p == alone.qm_p


@pytest.mark.parametrize("moderators", [None, YEARS])
def test_drawn_rearrangements_come_near_the_exact_share(moderators):
    exact = ev.permutation_test(None, moderators, **SIX, level=None)
    drawn = ev.permutation_test(None, moderators, **SIX, level=None, exact=False, iterations=4000)
    assert drawn.n == 4001 and not drawn.exact and drawn.seed == 1
    table = drawn.summary()
    assert (np.abs(drawn.p - exact.p) < 4 * table["p_se"][: len(drawn.p)]).all()
    again = ev.permutation_test(None, moderators, **SIX, level=None, exact=False, iterations=4000, seed=1)
    other = ev.permutation_test(None, moderators, **SIX, level=None, exact=False, iterations=4000, seed=2)
    assert np.array_equal(again.permuted, drawn.permuted)
    assert not np.array_equal(other.permuted, drawn.permuted)
    # The observed arrangement counts among those drawn.
    assert drawn.p.min() >= 1 / 4001
    assert drawn.permuted[0] == pytest.approx(drawn.statistic, rel=1e-12)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize("method", ["EE", "REML"])
def test_the_interval_holds_what_the_test_does_not_reject(alternative, method):
    result = ev.permutation_test(**SIX, method=method, alternative=alternative, level=0.9)

    def p(mean):
        moved = {"yi": np.array(SIX["yi"]) - mean, "vi": SIX["vi"]}
        return ev.permutation_test(**moved, method=method, alternative=alternative, level=None).p[0]

    for bound, outwards in ((result.ci_low, -1), (result.ci_high, 1)):
        if math.isfinite(bound):
            hair = 1e-4 * outwards
            assert p(bound + hair) <= 0.1 < p(bound - hair)
    ends = {"two-sided": (True, True), "greater": (True, False), "less": (False, True)}[alternative]
    assert (math.isfinite(result.ci_low), math.isfinite(result.ci_high)) == ends
    assert result.notes == ()


def test_the_interval_of_equal_variances_by_hand():
    """With coefficients compared and equal weights, the test rejects m if no other signed sum is as large.

    For k = 5 and level 0.9 that is p = 2 / 32 <= 0.1: all y - m of one sign, and 4 / 32 > 0.1 otherwise.
    """
    result = ev.permutation_test(
        yi=[1.0, 2.0, 4.0, 7.0, 11.0], vi=[1.0] * 5, method="EE", statistic="coefficient", level=0.9
    )
    assert (result.ci_low, result.ci_high) == pytest.approx((1.0, 11.0), abs=1e-5)


def test_too_few_flips_leave_the_interval_open():
    result = ev.permutation_test(yi=[0.5, 0.6, 0.7, 0.9], vi=[0.1] * 4)
    assert (result.ci_low, result.ci_high) == (-math.inf, math.inf)
    assert "too few sign flips" in result.notes[0]


@given(st.lists(st.floats(-2, 2).map(lambda x: round(x, 2)), min_size=2, max_size=7), st.floats(0.2, 5))
@settings(max_examples=40, deadline=None)
def test_units_and_direction_do_not_matter(yi, unit):
    yi = np.array(yi)
    vi = np.linspace(0.1, 0.3, yi.size)
    one, other = (
        ev.permutation_test(yi=sign * u * yi, vi=u**2 * vi, level=None, alternative=alternative)
        for sign, u, alternative in ((1, 1, "greater"), (-1, unit, "less"))
    )
    assert one.p[0] == other.p[0]
    both = ev.permutation_test(yi=yi, vi=vi, level=None)
    assert 2 / both.available - 1e-12 <= both.p[0] <= 1


def test_p_values_are_uniform_under_the_null():
    # Simulated: 400 data sets of 6 studies without effect; p can only be a multiple of 1 / 32.
    rng = np.random.default_rng(11)
    vi = np.array(SIX["vi"])
    p = [ev.permutation_test(yi=rng.normal(0, np.sqrt(vi + 0.1)), vi=vi, level=None).p[0] for _ in range(400)]
    for limit in (4 / 64, 8 / 64, 0.25, 0.5):
        within = stats.binomtest(int(np.sum(np.array(p) <= limit + 1e-9)), 400, limit)
        assert within.pvalue > 1e-3


def test_results_are_tested_as_they_are():
    fit = ev.pool(**SIX, method="DL", test="knha")
    result = ev.permutation_test(fit)
    assert (result.method, result.test, result.p_model[0]) == ("DL", "knha", fit.p)
    assert result.p[0] == ev.permutation_test(**SIX, method="DL", test="knha").p[0]
    regression = ev.metareg(**SIX, moderators=YEARS, test="z")
    assert ev.permutation_test(regression).qm_p == ev.permutation_test(None, YEARS, **SIX, test="z").qm_p
    with pytest.raises(InputError, match="leave method out"):
        ev.permutation_test(fit, method="REML")
    with pytest.raises(OptionError, match="IVhet"):
        ev.permutation_test(ev.pool(**SIX, method="IVhet", test="z"))


def test_rows_of_one_study_are_noted():
    table = ev.pool(**SIX).effects.table.assign(study_id=list("aabcde"))
    result = ev.permutation_test(ev.Effects(table), level=None)
    assert result.notes == (
        "several rows belong to one study; they are rearranged as if they were independent",
    )
    assert ev.permutation_test(**SIX, level=None).notes == ()


def test_no_spread_and_no_effect():
    nothing = ev.permutation_test(yi=[0.0] * 4, vi=[0.1] * 4, test="knha", level=None)
    assert nothing.p[0] == 1 and nothing.statistic[0] == 0
    equal = ev.permutation_test(yi=[0.5] * 4, vi=[0.1] * 4, test="knha", level=None)
    assert equal.p[0] == 2 / 16 and equal.statistic[0] == math.inf


def test_progress_reaches_its_total():
    for options in ({}, {"level": None}, {"alternative": "less"}, {"exact": False, "iterations": 200}):
        seen = []
        ev.permutation_test(**SIX, **options, progress=lambda *each, seen=seen: seen.append(each))
        assert seen[-1][0] == seen[-1][1]
        assert all(done <= total for done, total in seen)


def test_words_are_true_to_the_options():
    exact = ev.permutation_test(**SIX, test="z").method_text()
    assert exact.startswith("Two-sided permutation test (Follmann and Proschan 1999) over all 64 sign flips")
    drawn = ev.permutation_test(None, YEARS, **SIX, exact=False, iterations=99, seed=5, alternative="less")
    assert "99 random orders of the moderators' rows (seed 5)" in drawn.method_text()
    assert drawn.method_text().startswith("One-sided (effects below 0) permutation test (Higgins")


def test_many_regressions_are_single_fits():
    rng = np.random.default_rng(3)
    x = np.concatenate([np.ones((40, 9, 1)), rng.normal(size=(40, 9, 2))], axis=2)
    yi, vi = rng.normal(size=9), rng.uniform(0.1, 1, 9)
    for test in ("z", "t", "knha", "adhoc"):
        many = metareg_many(x, yi, vi, test=test)
        for i in range(0, 40, 9):
            one = ev.metareg(yi=yi, vi=vi, moderators={"a": x[i, :, 1], "b": x[i, :, 2]}, test=test)
            assert many.beta[i] == pytest.approx(one.beta, rel=1e-9)
            assert many.se[i] == pytest.approx(one.se, rel=1e-9)
            assert (many.qm[i], many.tau2[i]) == pytest.approx((one.qm, one.tau2), rel=1e-9)


@pytest.mark.parametrize("groups", [[0], [0, 0, 0], [0, 1, 2, 3], [0, 1, 0, 2, 1, 0]])
def test_all_orders_are_there_once(groups):
    orders = all_orders(np.array(groups))
    expected = sorted(set(itertools.permutations(groups)))
    assert sorted(map(tuple, orders.tolist())) == expected
    assert count_orders(np.array(groups)) == len(expected)
    drawn = drawn_orders(np.array(groups), 50, np.random.default_rng(0))
    assert drawn[0].tolist() == groups
    assert all(sorted(row) == sorted(groups) for row in drawn.tolist())


def test_half_of_the_flips_and_their_mirrors_are_all():
    half = all_flips(4)
    both = {tuple(row) for row in np.concatenate([half, -half]).tolist()}
    assert both == set(itertools.product((1.0, -1.0), repeat=4))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "nonsense"}, OptionError, "nonsense"),
        ({"test": "HC", "method": "DL"}, OptionError, "HC"),
        ({"statistic": "mean"}, OptionError, "mean"),
        ({"alternative": "two"}, OptionError, "two"),
        ({"exact": "yes"}, OptionError, "yes"),
        ({"iterations": 500}, InputError, "iterations=500 is for exact=False"),
        ({"seed": 5}, InputError, "seed=5 is for exact=False"),
        ({"exact": False, "iterations": 10}, InputError, "iterations=10 must be a whole number of 99"),
        ({"exact": False, "seed": -1}, InputError, "seed=-1"),
        ({"level": 95}, InputError, "level=95"),
        ({"yi": np.ones(21), "vi": np.ones(21), "exact": True}, InputError, "2,097,152 rearrangements"),
        ({"yi": [1.0], "vi": [1.0]}, TooFewStudiesError, "2 or more studies"),
        ({"reference": {"year": 1}}, InputError, "reference is for moderators"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        ev.permutation_test(**(SIX | options))


def test_few_studies_for_a_moderator_are_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error", FewStudiesWarning)
        with pytest.raises(FewStudiesWarning, match="6 studies for 1 moderator"):
            ev.permutation_test(None, YEARS, **SIX)
