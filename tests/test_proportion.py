"""Pooled proportions: peer, exact intervals by definition, second integrations, hardly any events."""

import functools
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import expit, logsumexp
from statsmodels.stats.proportion import proportion_confint

from evidence.errors import InputError, OptionError
from evidence.synthesis.beta_binomial import fit_proportion
from evidence.synthesis.binomial_bayes import binomial_bayes
from evidence.synthesis.exact import exact_interval
from evidence.synthesis.glmm import fit_one_group
from evidence.synthesis.proportion import is_rare, proportion

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    case["id"]: case
    for case in json.loads((GOLDEN / "binary.json").read_text("utf-8"))
    if case["kind"] == "proportion"
}
GLMM = [name for name in CASES if "glmm" in name]
INVERSE = [name for name in CASES if "glmm" not in name]
DIVERGENCES = {
    (entry["id"], entry["field"]): entry
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
}
FIELDS = {"beta": "estimate", "se": "se", "ci_lb": "ci_low", "ci_ub": "ci_high", "tau2": "tau2"}
PRITZ = CASES["prop_glmm_pritz"]["input"]
FIVE = {"xi": [0, 0, 2, 0, 0], "ni": [39, 32, 30, 31, 60]}
THREE = {"xi": [0, 0, 5], "ni": [19, 60, 52]}
NAMES = ("exact (summed counts)", "GLMM", "beta-binomial", "Bayesian binomial-normal")
GRID = np.linspace(-9, 9, 1441)
DENSITY = stats.norm.logpdf(GRID) + np.log(GRID[1] - GRID[0])


@functools.cache
def pooled(name):
    case = CASES[name]
    method = "GLMM" if case["args"]["model"] == "glmm" else "REML"
    return proportion(**case["input"], measure=case["args"]["measure"], method=method)


def row(result, name):
    return result.alternatives.set_index("method").loc[name]


@pytest.mark.parametrize("name", CASES)
def test_agrees_with_metafor(name):
    got = pooled(name)
    for field, expected in CASES[name]["expected"].items():
        usual = 1e-5 if name in GLMM else 1e-8
        tolerance = DIVERGENCES.get((name, field), {"tolerance": usual})["tolerance"]
        assert getattr(got, FIELDS[field]) == pytest.approx(expected, rel=tolerance), field


def test_known_divergences_are_real():
    for name, field in DIVERGENCES:
        if name in GLMM:
            expected = CASES[name]["expected"][field]
            assert getattr(pooled(name), FIELDS[field]) != pytest.approx(expected, rel=1e-5)


# Second routes: the trapezoid rule on a fixed fine grid.


def grid_log_likelihood(data, mu, tau):
    return sum(
        logsumexp(DENSITY + x * (mu + tau * GRID) - n * np.logaddexp(0, mu + tau * GRID))
        for x, n in zip(data["xi"], data["ni"], strict=True)
    )


@pytest.mark.parametrize("name", GLMM)
def test_where_the_peer_differs_our_likelihood_is_higher(name):
    got, expected = pooled(name), CASES[name]["expected"]
    ours = grid_log_likelihood(CASES[name]["input"], got.estimate, got.tau2**0.5)
    theirs = grid_log_likelihood(CASES[name]["input"], expected["beta"], expected["tau2"] ** 0.5)
    assert ours >= theirs - 1e-11


@pytest.mark.parametrize("data", [PRITZ, FIVE, THREE], ids=["pritz", "five", "three"])
def test_glmm_maximum_by_a_general_optimiser(data):
    fit = fit_one_group(np.array(data["xi"], dtype=float), np.array(data["ni"], dtype=float), level=0.95)
    best = optimize.minimize(
        lambda at: -grid_log_likelihood(data, *at),
        [fit.estimate + 0.5, fit.tau2**0.5 + 0.3],
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-11},
    )
    assert fit.log_likelihood == pytest.approx(-best.fun, rel=1e-7)
    assert [fit.estimate, fit.tau2**0.5] == pytest.approx([best.x[0], abs(best.x[1])], rel=1e-4)


def test_tau2_interval_solves_its_equation():
    got = proportion(**PRITZ)
    fit = fit_one_group(np.array(PRITZ["xi"], dtype=float), np.array(PRITZ["ni"], dtype=float), level=0.95)
    for end in got.tau2_ci:
        best = optimize.minimize_scalar(
            lambda mu, end=end: -grid_log_likelihood(PRITZ, mu, end**0.5), bracket=(1, 1.5)
        )
        assert 2 * (fit.log_likelihood + best.fun) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-6)


def test_glmm_without_variation_is_the_summed_proportion():
    got = proportion(xi=[12, 12, 12], ni=[30, 30, 30])
    assert got.tau2 == 0
    assert got.estimate == pytest.approx(np.log(36 / 54), rel=1e-9)
    assert got.se == pytest.approx((1 / 36 + 1 / 54) ** 0.5, rel=1e-9)
    assert (got.q, got.q_p) == pytest.approx((0, 1), abs=1e-9)


def test_likelihood_ratio_test_by_hand():
    # G squared of the 2 x 2 table 10/20 against 15/20 (sum of 2 * observed * log(observed / expected)).
    got = proportion(xi=[10, 15], ni=[20, 20])
    cells = [(10, 12.5), (10, 7.5), (15, 12.5), (5, 7.5)]
    assert got.q == pytest.approx(2 * sum(o * np.log(o / e) for o, e in cells))


def test_prediction_interval_by_its_formula():
    got = proportion(**PRITZ)
    half = stats.t.isf(0.025, 12) * (got.tau2 + got.se**2) ** 0.5
    assert (got.pi_low, got.pi_high) == pytest.approx((got.estimate - half, got.estimate + half))
    assert got.proportion_pi_low == pytest.approx(expit(got.pi_low))


# Exact intervals.


@pytest.mark.parametrize(("x", "n"), [(0, 39), (2, 30), (5, 52), (17, 17), (40, 41)])
def test_clopper_pearson_by_its_definition(x, n):
    low, high = (float(end[0]) for end in exact_interval(x, n))
    if x > 0:
        assert stats.binom.sf(x - 1, n, low) == pytest.approx(0.025, rel=1e-8)
    else:
        assert low == 0
    if x < n:
        assert stats.binom.cdf(x, n, high) == pytest.approx(0.025, rel=1e-8)
    else:
        assert high == 1


def test_more_people_than_a_trillion_are_refused():
    assert exact_interval(0, 1e12)[1][0] == pytest.approx(-np.log(0.025) / 1e12, rel=1e-6)
    with pytest.raises(InputError, match=r"1\.05e\+12 people; 1e\+12 is the largest"):
        exact_interval(0, 1.05e12)


@pytest.mark.parametrize(("method", "name"), [("Clopper-Pearson", "beta"), ("Wilson", "wilson")])
def test_exact_intervals_agree_with_statsmodels(method, name):
    x, n = np.array([1, 2, 5, 30, 40]), np.array([39, 30, 52, 60, 41])
    for level in (0.9, 0.95):
        got = exact_interval(x, n, method=method, level=level)
        expected = proportion_confint(x, n, alpha=1 - level, method=name)
        assert np.concatenate(got) == pytest.approx(np.concatenate(expected), rel=1e-10)


def test_wilson_solves_the_score_equation():
    for x, n in ((2, 30), (0, 12), (12, 12)):
        for end in exact_interval(x, n, method="Wilson"):
            p = float(end[0])
            if 0 < p < 1:
                assert (x - n * p) ** 2 / (n * p * (1 - p)) == pytest.approx(stats.chi2.ppf(0.95, 1))


def test_clopper_pearson_covers_at_least_its_level():
    n = 25
    low, high = exact_interval(np.arange(n + 1), np.full(n + 1, n))
    for p in np.linspace(0.01, 0.99, 37):
        covered = (low <= p) & (p <= high)
        assert stats.binom.pmf(np.arange(n + 1), n, p)[covered].sum() >= 0.95


# Hardly any events.


@pytest.mark.parametrize("data", [FIVE, THREE], ids=["five", "three"])
def test_near_zero_events_get_a_bounded_interval_and_every_alternative(data):
    got = proportion(**data)
    assert got.rare
    assert got.primary == "Bayesian binomial-normal"
    shown = got.alternatives["method"].tolist()
    assert shown[:4] == list(NAMES)
    assert [name.split(", ", 1)[1][:16] for name in shown[4:]] == ["half-normal(0.5)", "half-normal(1) f"]
    assert got.alternatives["high"].nunique() == 6
    share = sum(data["xi"]) / sum(data["ni"])
    # The GLMM's Wald interval explodes, the exact one ignores that groups differ; the primary lies between.
    wald, exact = row(got, "GLMM"), row(got, NAMES[0])
    assert wald["high"] > 0.3
    assert exact["high"] < got.proportion_high < wald["high"]
    assert 0 < got.proportion_low < share < got.proportion_high
    assert got.proportion_pi_low < got.proportion_low
    assert got.proportion_high < got.proportion_pi_high
    assert "Rare by rule" in got.notes[0]
    assert "Bayesian" in got.method_text()


def test_exact_alternative_is_that_of_the_summed_counts():
    exact = row(proportion(**FIVE), NAMES[0])
    low, high = proportion_confint(2, 192, method="beta")
    assert (exact["low"], exact["high"]) == pytest.approx((low, high), rel=1e-10)


def test_bayesian_posterior_by_a_dense_grid():
    x, n = np.array(THREE["xi"]), np.array(THREE["ni"])
    mu, tau = np.linspace(-16, 4, 321), np.linspace(0.0125, 5, 200)
    joint = stats.norm.logpdf(mu[:, None], 0, 2.5) + stats.halfnorm.logpdf(tau, scale=1)
    z = np.linspace(-6, 6, 121)
    eta = mu[:, None, None] + tau[:, None] * z
    for events, people in zip(x, n, strict=True):
        joint = joint + logsumexp(stats.norm.logpdf(z) + events * eta - people * np.logaddexp(0, eta), axis=2)
    mass = np.exp(joint - joint.max())
    mass /= mass.sum()
    cdf = np.cumsum(mass.sum(axis=1)) - mass.sum(axis=1) / 2
    expected = np.interp([0.025, 0.5, 0.975], cdf, mu)
    fit = binomial_bayes(x.astype(float), n.astype(float), level=0.95)
    assert [fit.ci_low, fit.median, fit.ci_high] == pytest.approx(expected, abs=0.015)
    assert fit.mean == pytest.approx(mu @ mass.sum(axis=1), abs=0.005)
    cdf_tau = np.cumsum(mass.sum(axis=0)) - mass.sum(axis=0) / 2
    assert fit.tau_median == pytest.approx(np.interp(0.5, cdf_tau, tau), abs=0.02)
    new = (mu[:, None] - np.array([fit.pi_low, fit.pi_high])[:, None, None]) / tau
    assert [(stats.norm.sf(end) * mass).sum() for end in new] == pytest.approx([0.025, 0.975], abs=0.002)


def posterior(x, n, low, high):
    """Unnormalised masses at Gauss-Legendre nodes of mu between two ends and of tau, and these nodes."""
    node, weight = np.polynomial.legendre.leggauss(48)
    tau, z = 2.5 * (node + 1), np.linspace(-7, 7, 561)
    mu = low + (high - low) * (node + 1) / 2
    eta = mu[:, None, None] + tau[:, None] * z
    log = stats.norm.logpdf(mu, 0, 2.5)[:, None] + stats.halfnorm.logpdf(tau)
    for events, people in zip(x, n, strict=True):
        log = log + logsumexp(
            stats.norm.logpdf(z) + events * eta - people * np.logaddexp(0, eta), axis=2, b=z[1] - z[0]
        )
    return (high - low) * weight[:, None] * np.exp(log + 25) * weight, mu[:, None], tau


def test_the_bayesian_intervals_leave_a_fortieth_on_each_side():
    x, n = np.array([15.0, 32, 28, 4]), np.array([15.0, 32, 30, 10])
    fit = binomial_bayes(x, n, level=0.95)
    ends = [-12.0, fit.ci_low, fit.median, fit.ci_high, 14.0]
    parts = [posterior(x, n, low, high) for low, high in itertools.pairwise(ends)]
    areas = np.array([mass.sum() for mass, _, _ in parts])
    assert areas / areas.sum() == pytest.approx([0.025, 0.475, 0.475, 0.025], abs=2e-6)
    below, above = (
        sum((mass * stats.norm.cdf(sign * (end - mu) / tau)).sum() for mass, mu, tau in parts) / areas.sum()
        for end, sign in ((fit.pi_low, 1), (fit.pi_high, -1))
    )
    assert (below, above) == pytest.approx((0.025, 0.025), abs=2e-6)


def test_what_was_computed_for_some_counts_is_not_changed_by_who_got_it_first():
    first = proportion(**FIVE)
    first.alternatives.loc[:, "low"] = 0.5
    again = proportion(**FIVE)
    assert (again.alternatives["low"] < 0.5).all()
    assert proportion(**FIVE, level=0.5).proportion_high < again.proportion_high


def test_bayesian_priors_move_the_posterior():
    x, n = np.array([0.0, 0, 5]), np.array([19.0, 60, 52])
    base = binomial_bayes(x, n, level=0.95)
    assert binomial_bayes(x, n, level=0.95, tau_scale=0.5).ci_high < base.ci_high
    assert binomial_bayes(x, n, level=0.95, mu_sd=4.0).median < base.median
    assert binomial_bayes(x, n, level=0.8).ci_high < base.ci_high


# Here the likelihood has one maximum without any variation between groups, and a higher one with some.
TWO_TOPS = {"xi": [3, 3, 5], "ni": [36, 32, 18]}


@pytest.mark.parametrize("data", [PRITZ, FIVE, THREE, TWO_TOPS], ids=["pritz", "five", "three", "two tops"])
def test_beta_binomial_agrees_with_scipy(data):
    x, n = np.array(data["xi"], dtype=float), np.array(data["ni"], dtype=float)
    fit = fit_proportion(x, n, 0.95)

    def value(eta, logit_rho):
        size, p = np.exp(-logit_rho), expit(eta)
        ways = stats.binom.logpmf(x, n, 0.5) + n * np.log(2)
        return float(np.sum(stats.betabinom.logpmf(x, n, p * size, (1 - p) * size) - ways))

    best = optimize.minimize(
        lambda at: -value(*at),
        [fit.estimate + 0.3, -2.0],
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-12},
    )
    assert fit.log_likelihood == pytest.approx(-best.fun, rel=1e-9)
    assert fit.estimate == pytest.approx(best.x[0], rel=1e-4)
    for end in (fit.ci_low, fit.ci_high):
        held = optimize.minimize_scalar(
            lambda rho, end=end: -value(end, rho), bounds=(-12, 6), method="bounded"
        )
        assert 2 * (fit.log_likelihood + held.fun) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-5)


@pytest.mark.parametrize("xi", [[0, 0, 0], [19, 60, 52]], ids=["none", "all"])
def test_no_events_or_only_events_give_the_exact_interval(xi):
    got = proportion(xi=xi, ni=[19, 60, 52])
    low, high = exact_interval(sum(xi), 131)
    assert (got.proportion_low, got.proportion_high) == (low[0], high[0])
    assert got.proportion == sum(xi) / 131
    assert got.primary == NAMES[0]
    assert "boundary" in " ".join(got.notes)
    assert got.alternatives["method"].tolist()[:2] == [NAMES[0], NAMES[3]]
    assert "Clopper-Pearson" in got.method_text()
    assert json.dumps(got.to_dict())


@pytest.mark.parametrize("x", [0, 3, 10])
def test_one_group_gets_its_exact_interval(x):
    got = proportion(xi=[x], ni=[10])
    low, high = exact_interval(x, 10)
    assert (got.proportion, got.proportion_low, got.proportion_high) == (x / 10, low[0], high[0])
    assert "One group" in got.notes[0]
    assert np.isnan(got.tau2)


def test_groups_at_nought_and_at_all_have_no_likelihood_but_a_result():
    got = proportion(xi=[15, 0, 20], ni=[15, 15, 20])
    assert got.primary == NAMES[3]
    assert any("no bound" in note for note in got.notes)
    assert 0 < got.proportion_low < got.proportion_high < 1


@pytest.mark.parametrize(
    ("xi", "ni", "expected"),
    [
        ([5, 5], [50, 50], False),
        ([5, 4], [50, 50], True),
        ([0, 30], [50, 50], True),
        ([0, 30, 20], [50, 50, 50], False),
        ([50, 45], [50, 50], True),
    ],
)
def test_the_rule_of_rare_events(xi, ni, expected):
    assert is_rare(np.array(xi, dtype=float), np.array(ni, dtype=float)) is expected
    assert proportion(xi=xi, ni=ni).rare is expected


# Properties.

groups = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=5).map(
    lambda rows: ([a for a, _ in rows], [a + b + 1 for a, b in rows])
)


@settings(max_examples=25, deadline=None)
@given(groups)
def test_any_legitimate_counts_give_an_interval(data):
    xi, ni = data
    got = proportion(xi=xi, ni=ni)
    assert 0 <= got.proportion_low <= got.proportion <= got.proportion_high <= 1
    assert got.alternatives["primary"].sum() == 1
    assert (got.alternatives["low"] <= got.alternatives["high"]).all()


@settings(max_examples=15, deadline=None)
@given(groups)
def test_counting_the_others_mirrors_the_result(data):
    xi, ni = data
    one = proportion(xi=xi, ni=ni)
    other = proportion(xi=[n - x for x, n in zip(xi, ni, strict=True)], ni=ni)
    assert other.primary == one.primary
    assert other.proportion == pytest.approx(1 - one.proportion, abs=1e-5)
    assert other.proportion_low == pytest.approx(1 - one.proportion_high, abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(groups)
def test_order_of_groups_does_not_matter(data):
    xi, ni = data
    one, other = proportion(xi=xi, ni=ni), proportion(xi=xi[::-1], ni=ni[::-1])
    assert other.proportion_low == pytest.approx(one.proportion_low, abs=1e-7)


# Options, errors, records.


def test_every_measure_and_method_changes_the_number():
    by_measure = {
        m: proportion(**PRITZ, measure=m, method="REML").estimate for m in ("PLO", "PAS", "PFT", "PR", "PLN")
    }
    assert len(set(by_measure.values())) == 5
    by_method = {
        m: proportion(**PRITZ, method=m).estimate for m in ("GLMM", "EE", "DL", "REML", "PM", "SJ", "HE")
    }
    assert len(set(by_method.values())) == 7
    intervals = {t: proportion(**PRITZ, method="REML", test=t).ci_low for t in ("z", "t", "knha")}
    assert len(set(intervals.values())) == 3
    assert proportion(**PRITZ, test="t").ci_low < proportion(**PRITZ).ci_low
    assert proportion(**PRITZ, level=0.9).ci_low > proportion(**PRITZ).ci_low
    assert proportion(**PRITZ, labels=list("ABCDEFGHIJKLMN")).studies["label"][1] == "B"


def test_options_that_do_not_exist_or_do_not_go_together_are_refused():
    for wrong in ({"measure": "OR"}, {"method": "Laplace"}, {"test": "knha"}, {"measure": "PFT"}):
        with pytest.raises(OptionError):
            proportion(**PRITZ, **wrong)
    with pytest.raises(OptionError, match="test"):
        proportion(**PRITZ, method="REML", test="robust")
    with pytest.raises(OptionError, match="Wilson"):
        exact_interval(1, 10, method="wilson score")


@pytest.mark.parametrize("measure", ["PLO", "PAS", "PFT", "PR", "PLN"])
def test_inverse_variance_is_read_back_as_a_proportion(measure):
    got = proportion(**PRITZ, measure=measure, method="REML")
    assert 0.6 < got.proportion_low < got.proportion < got.proportion_high < 0.95
    back = {"PLO": expit, "PAS": lambda x: np.sin(x) ** 2, "PR": lambda x: x, "PLN": np.exp}
    if measure in back:
        assert got.proportion == pytest.approx(back[measure](got.estimate), rel=1e-10)
    else:
        assert "harmonic mean" in got.notes[0]
    assert got.studies["weight"].sum() == pytest.approx(100)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"xi": [40, 0, 2, 0, 0]}, "xi=40 events of ni=39"),
        ({"xi": [-1, 0, 2, 0, 0]}, "xi=-1"),
        ({"xi": [0.5, 0, 2, 0, 0]}, "percentage"),
        ({"ni": [39, 0, 30, 31, 60]}, "ni=0"),
        ({"xi": [0, 1]}, "xi has 2 values where 5"),
        ({"xi": [np.nan, 0, 2, 0, 0]}, "position 0"),
        ({"labels": ["A"]}, "labels has 1 names where 5"),
        ({"level": 95}, "level=95"),
    ],
)
def test_impossible_input_is_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        proportion(**(FIVE | change))


def test_result_is_a_table_a_record_and_a_sentence():
    got = proportion(**PRITZ)
    assert got.summary()["proportion"].tolist() == [got.proportion]
    assert json.dumps(got.to_dict())
    assert "maximum likelihood, quadrature" in got.method_text()
    assert "<table" in got._repr_html_()
    assert got.scale == "logit"
    assert (got.k, got.events, got.total) == (14, 246, 326)
    assert got.studies["xi"].tolist() == PRITZ["xi"]


def test_one_group_by_inverse_variance_is_its_own_estimate():
    got = proportion(xi=[3], ni=[10], method="REML")
    assert got.estimate == pytest.approx(np.log(3 / 7))
    assert got.se == pytest.approx((1 / 3 + 1 / 7) ** 0.5)


def test_inverse_variance_says_where_it_added_and_that_events_are_rare():
    got = proportion(**FIVE, method="REML")
    assert "0.5 was added to events and non-events of 4 groups" in " ".join(got.notes)
    assert "not to be trusted" in " ".join(got.notes)
    assert got.primary == "REML"
    assert not row(got, NAMES[0])["primary"]


def test_exact_on_request_is_primary_with_the_same_alternatives():
    asked, chosen = proportion(**FIVE, method="exact"), proportion(**FIVE)
    low, high = proportion_confint(2, 192, method="beta")
    assert (asked.proportion_low, asked.proportion_high) == pytest.approx((low, high), rel=1e-10)
    assert asked.primary == NAMES[0] != chosen.primary
    assert asked.alternatives.drop(columns="primary").equals(chosen.alternatives.drop(columns="primary"))
    assert "as asked for" in asked.notes[0]
    with pytest.raises(OptionError, match="works on measure 'PLO'"):
        proportion(**FIVE, method="exact", measure="PAS")
    with pytest.raises(OptionError, match="test='t'"):
        proportion(**FIVE, method="exact", test="t")


def test_groups_stand_with_their_weight_and_an_interval_of_the_level_asked_for():
    got = proportion(**FIVE, level=0.8)
    n = np.array(FIVE["ni"])
    assert got.studies["weight"].tolist() == pytest.approx((100 * n / n.sum()).tolist())
    for i, (x, people) in enumerate(zip(FIVE["xi"], n, strict=True)):
        ends = proportion_confint(x, people, alpha=0.2, method="beta")
        assert got.studies.loc[i, ["low", "high"]].tolist() == pytest.approx(ends, rel=1e-9, abs=1e-12)


def test_t_interval_of_the_glmm_has_a_degree_of_freedom_less_than_groups():
    z, t = proportion(**PRITZ), proportion(**PRITZ, test="t")
    assert z.primary == t.primary == "GLMM"
    half = stats.t.isf(0.025, len(PRITZ["xi"]) - 1) * z.se
    assert (t.ci_low, t.ci_high) == pytest.approx((z.estimate - half, z.estimate + half), rel=1e-9)


def test_no_groups_have_no_intervals():
    assert [end.size for end in exact_interval([], [])] == [0, 0]
