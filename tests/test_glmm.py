"""Generalised linear mixed models of two groups: peer, a second integration, hand-made cases and options."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import comb, gammaln, logsumexp

from evidence.errors import ConvergenceError, InputError, OptionError, TooFewStudiesError
from evidence.synthesis.counts import two_groups
from evidence.synthesis.glmm import MODELS, Noncentral, _two_group_fit, glmm
from evidence.synthesis.quadrature import Arm, Binomial, log_marginal, marginal

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    case["id"]: case
    for case in json.loads((GOLDEN / "binary.json").read_text("utf-8"))
    if case["kind"] == "glmm"
}
DIVERGENCES = {
    (entry["id"], entry["field"]): entry
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
}
FIELDS = {"beta": "estimate", "se": "se", "ci_lb": "ci_low", "ci_ub": "ci_high", "tau2": "tau2"}
GRID = np.linspace(-9, 9, 721)
STEP = GRID[1] - GRID[0]
DENSITY = stats.norm.logpdf(GRID) + np.log(STEP)
SMALL = {
    "ai": [1, 0, 3, 2, 6],
    "n1i": [20, 25, 30, 18, 40],
    "ci": [4, 2, 5, 6, 9],
    "n2i": [21, 24, 31, 20, 38],
}


def table_of(case):
    tables = two_groups(**case["input"])
    return tables.take(~tables.one_sided)


@functools.cache
def fitted(case_id):
    return glmm(**CASES[case_id]["input"], **CASES[case_id]["args"])


# A second route to each log-likelihood: the trapezoid rule on a fixed fine grid, no adaptive nodes.


def binomial(x, n, eta):
    return x * eta - n * np.logaddexp(0, eta)


def hypergeometric(a, n1, c, n2, eta):
    m = a + c
    t = np.arange(max(0, m - n2), min(n1, m) + 1)
    log_ways = -(gammaln(t + 1) + gammaln(n1 - t + 1) + gammaln(m - t + 1) + gammaln(n2 - m + t + 1))
    own = -(gammaln(a + 1) + gammaln(n1 - a + 1) + gammaln(c + 1) + gammaln(n2 - c + 1))
    return own + a * eta - logsumexp(log_ways[:, None] + t[:, None] * eta, axis=0)


def best_intercept(a, n1, c, n2, effect):
    def loss(alpha):
        both = binomial(a, n1, alpha + effect / 2) + binomial(c, n2, alpha - effect / 2)
        return -logsumexp(DENSITY + both)

    return -optimize.minimize_scalar(loss, bracket=(-3, -1), options={"xtol": 1e-10}).fun


def grid_log_likelihood(model, tables, theta, tau, intercept=0.0, sigma=0.0):
    total = 0.0
    for a, n1, c, n2 in zip(tables.ai, tables.n1i, tables.ci, tables.n2i, strict=True):
        effect = theta + tau * GRID
        if model == "CM.EL":
            total += logsumexp(DENSITY + hypergeometric(a, n1, c, n2, effect))
        elif model == "CM.AL":
            total += logsumexp(DENSITY + binomial(a, a + c, effect + np.log(n1 / n2)))
        elif model == "UM.FS":
            total += best_intercept(a, n1, c, n2, effect)
        else:
            level = intercept + sigma * GRID[:, None]
            both = binomial(a, n1, level + effect / 2) + binomial(c, n2, level - effect / 2)
            total += logsumexp(DENSITY[:, None] + DENSITY + both)
    return total


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_agrees_with_metafor(case):
    got = fitted(case["id"])
    for name, attribute in FIELDS.items():
        expected = case["expected"][name]
        known = DIVERGENCES.get((case["id"], name), {"tolerance": 1e-5})
        assert getattr(got, attribute) == pytest.approx(expected, rel=known["tolerance"], abs=1e-8), name


def test_known_divergences_are_real_and_explained():
    for (case_id, name), entry in DIVERGENCES.items():
        if case_id not in CASES:
            continue
        got = getattr(fitted(case_id), FIELDS[name])
        assert got != pytest.approx(CASES[case_id]["expected"][name], rel=1e-5), (case_id, name)
        assert len(entry["reason"]) > 40


@pytest.mark.parametrize("case_id", sorted({key[0] for key in DIVERGENCES} & set(CASES)))
def test_where_peers_differ_our_likelihood_is_higher(case_id):
    case, tables = CASES[case_id], table_of(CASES[case_id])
    model, expected = case["args"]["model"], case["expected"]
    got = fitted(case["id"])
    ours = {"theta": got.estimate, "tau": got.tau2**0.5}
    theirs = {"theta": expected["beta"], "tau": expected["tau2"] ** 0.5}
    if model == "UM.RS":
        rest = {"intercept": got.parameters["intercept"], "sigma": got.parameters["sigma2"] ** 0.5}
        ours |= rest
        best = optimize.minimize(
            lambda at: -_surface_value(tables, theirs["theta"], theirs["tau"], *at),
            list(rest.values()),
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-10},
        )
        theirs |= {"intercept": best.x[0], "sigma": best.x[1]}
    values = [grid_log_likelihood(model, tables, **at) for at in (ours, theirs)]
    assert values[0] >= values[1] - 1e-10
    # A UM.RS with tau2 = 0 differs from the peer by its Laplace approximation alone.
    assert values[0] - values[1] < 1e-2


def _surface_arms(tables):
    k = tables.k
    return [
        Arm(
            Binomial(x, n),
            np.stack([np.full(k, half), np.ones(k)], axis=1),
            np.stack([np.ones(k), np.full(k, half)], axis=1),
            np.zeros(k),
        )
        for x, n, half in ((tables.ai, tables.n1i, 0.5), (tables.ci, tables.n2i, -0.5))
    ]


def _surface_value(tables, theta, tau, intercept, sigma, nodes=15):
    return log_marginal(
        _surface_arms(tables), np.array([theta, intercept]), np.array([sigma, tau]), nodes=nodes
    ).sum()


@pytest.mark.parametrize("name", ["bcg", "nielweise", "yusuf"])
def test_metafor_fits_um_rs_by_laplace(name):
    # With one node the quadrature is the Laplace approximation: its maximum is the peer's estimate.
    case = CASES[f"glmm_{name}_UM.RS"]
    tables, got = table_of(case), fitted(case["id"])
    start = [got.estimate, got.tau2**0.5, got.parameters["intercept"], got.parameters["sigma2"] ** 0.5]
    best = optimize.minimize(
        lambda at: -_surface_value(tables, *at, nodes=1),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-11, "maxiter": 4000},
    )
    assert best.x[0] == pytest.approx(case["expected"]["beta"], rel=2e-3)
    assert best.x[1] ** 2 == pytest.approx(case["expected"]["tau2"], rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL", "CM.AL"])
def test_log_likelihood_gradient_and_se_by_a_fixed_grid(model):
    case = CASES[f"glmm_nielweise_{model}"]
    tables, got = table_of(case), fitted(case["id"])
    at = np.array([got.estimate, got.tau2**0.5])

    def value(theta, tau):
        return grid_log_likelihood(model, tables, theta, tau)

    h = 1e-3
    centre = value(*at)
    assert got.log_likelihood == pytest.approx(centre, rel=1e-9)
    slope = [(value(*(at + e)) - value(*(at - e))) / (2 * h) for e in (np.array([h, 0]), np.array([0, h]))]
    assert slope == pytest.approx([0, 0], abs=2e-5)
    e, f = np.eye(2) * h
    bend = np.diag([(value(*(at + d)) - 2 * centre + value(*(at - d))) / h**2 for d in (e, f)])
    cross = value(*(at + e + f)) - value(*(at + e - f)) - value(*(at - e + f)) + value(*(at - e - f))
    bend[0, 1] = bend[1, 0] = cross / (4 * h * h)
    assert got.se == pytest.approx(np.linalg.inv(-bend)[0, 0] ** 0.5, rel=1e-4)


def test_tau2_interval_solves_its_equation():
    case = CASES["glmm_bcg_CM.AL"]
    tables, got = table_of(case), fitted(case["id"])
    for end in got.tau2_ci:
        top = -optimize.minimize_scalar(
            lambda theta, end=end: -grid_log_likelihood("CM.AL", tables, theta, end**0.5), bracket=(-1, -0.5)
        ).fun
        assert 2 * (got.log_likelihood - top) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-5)


def test_statistic_and_p_value_by_hand():
    for test, tail in (("z", stats.norm.sf), ("t", lambda value: stats.t.sf(value, 4))):
        got = glmm(**SMALL, model="CM.EL", test=test)
        assert got.statistic == pytest.approx(got.estimate / got.se, rel=1e-12)
        assert got.p == pytest.approx(2 * tail(abs(got.estimate / got.se)), rel=1e-10)


def test_three_studies_have_a_prediction_interval_and_two_have_none():
    three = {name: values[1:4] for name, values in SMALL.items()}
    got = glmm(**three, model="CM.EL")
    half = stats.t.ppf(0.975, 1) * (got.tau2 + got.se**2) ** 0.5
    assert (got.pi_low, got.pi_high) == pytest.approx((got.estimate - half, got.estimate + half))
    two = glmm(**{name: values[2:4] for name, values in SMALL.items()}, model="CM.EL")
    assert np.isnan([two.pi_low, two.pi_high]).all()


def test_noncentral_hypergeometric_is_fishers():
    tables = two_groups(**SMALL)
    eta = np.array([[-1.3, 0.0, 0.7]])
    likelihood, at = Noncentral(tables), np.repeat(eta, 5, axis=0)
    value, (slope, bend) = likelihood.value(at), likelihood.slopes(at)
    for i, (a, n1, c, n2) in enumerate(zip(*SMALL.values(), strict=True)):
        for j, log_or in enumerate(eta[0]):
            fisher = stats.nchypergeom_fisher(n1 + n2, n1, a + c, np.exp(log_or))
            t = np.arange(fisher.support()[0], fisher.support()[1] + 1)
            mass = comb(n1, t) * comb(n2, a + c - t) * np.exp(log_or * t)
            mean = t @ mass / mass.sum()
            assert value[i, j] == pytest.approx(fisher.logpmf(a), rel=1e-8)
            assert slope[i, j] == pytest.approx(a - mean, rel=1e-9)
            assert bend[i, j] == pytest.approx(-((t - mean) ** 2 @ mass) / mass.sum(), rel=1e-9)


def test_exact_hypergeometric_fit_of_one_common_table_is_the_conditional_estimate():
    # Equal tables: tau2 is zero and theta the conditional maximum-likelihood odds ratio of one of them.
    got = glmm(ai=[7] * 4, n1i=[20] * 4, ci=[3] * 4, n2i=[21] * 4, model="CM.EL")
    table = stats.contingency.odds_ratio([[7, 13], [3, 18]], kind="conditional")
    assert got.tau2 == 0
    assert np.exp(got.estimate) == pytest.approx(table.statistic, rel=1e-6)


def test_fixed_study_effects_without_variation_are_logistic_regression():
    # Equal tables: the unconditional odds ratio is that of the single table, with a quarter of its variance.
    got = glmm(ai=[7] * 4, n1i=[20] * 4, ci=[3] * 4, n2i=[21] * 4, model="UM.FS")
    assert got.estimate == pytest.approx(np.log(7 * 18 / (13 * 3)), rel=1e-8)
    assert got.se == pytest.approx(((1 / 7 + 1 / 13 + 1 / 3 + 1 / 18) / 4) ** 0.5, rel=1e-8)
    assert got.tau2 == 0
    assert "tau2 is zero" in got.notes[0]


def test_more_nodes_change_nothing():
    tables = table_of(CASES["glmm_nielweise_CM.EL"])
    few, many = (_two_group_fit(tables, "UM.RS", 0.95, nodes) for nodes in (15, 21))
    assert few.estimate == pytest.approx(many.estimate, rel=1e-6)


def test_gradient_and_hessian_of_the_quadrature_are_exact():
    tables = two_groups(**SMALL)
    arms, h = _surface_arms(tables), 1e-5

    def total(at):
        value, gradient, hessian = marginal(arms, at[:2], at[2:], nodes=25)
        return value.sum(), gradient.sum(axis=0), hessian.sum(axis=0)

    at = np.array([-0.8, -1.5, 0.7, 0.9])
    _, gradient, hessian = total(at)
    for i, e in enumerate(np.eye(4) * h):
        up, down = total(at + e), total(at - e)
        assert gradient[i] == pytest.approx((up[0] - down[0]) / (2 * h), rel=1e-6)
        assert hessian[i] == pytest.approx((up[1] - down[1]) / (2 * h), rel=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_swapping_the_groups_turns_the_sign(model):
    one = glmm(**SMALL, model=model)
    other = glmm(ai=SMALL["ci"], n1i=SMALL["n2i"], ci=SMALL["ai"], n2i=SMALL["n1i"], model=model)
    assert other.estimate == pytest.approx(-one.estimate, rel=1e-6)
    assert other.se == pytest.approx(one.se, rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_order_of_studies_does_not_matter(model):
    turned = {name: values[::-1] for name, values in SMALL.items()}
    assert glmm(**turned, model=model).estimate == pytest.approx(
        glmm(**SMALL, model=model).estimate, rel=1e-7
    )


@pytest.mark.parametrize("model", MODELS)
def test_studies_without_events_change_only_the_count(model):
    more = {
        "ai": [*SMALL["ai"], 0],
        "n1i": [*SMALL["n1i"], 30],
        "ci": [*SMALL["ci"], 0],
        "n2i": [*SMALL["n2i"], 9],
    }
    with_empty, without = glmm(**more, model=model), glmm(**SMALL, model=model)
    assert with_empty.estimate == without.estimate
    assert (with_empty.k, with_empty.k_used) == (6, 5)
    assert "1 of 6 studies" in with_empty.notes[0]


def test_every_option_changes_the_number_or_is_refused():
    base = glmm(**SMALL)
    assert len({round(glmm(**SMALL, model=model).estimate, 8) for model in MODELS}) == len(MODELS)
    assert glmm(**SMALL, test="t").ci_low < base.ci_low
    assert glmm(**SMALL, level=0.9).ci_low > base.ci_low
    for wrong in ({"measure": "RR"}, {"model": "UM"}, {"test": "knha"}):
        with pytest.raises(OptionError):
            glmm(**SMALL, **wrong)
    with pytest.raises(InputError, match="level"):
        glmm(**SMALL, level=95)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ai": [21, 0, 3, 2, 6]}, "ai=21 events of n1i=20"),
        ({"ai": [0.5, 0, 3, 2, 6]}, "counts"),
        ({"n2i": [21, 24, np.nan, 20, 38]}, "n2i at position 2"),
        ({"n2i": [21, 24, 0, 20, 38]}, "one arm"),
        ({"ai": [1, 2]}, "ai has 2 values"),
        ({"ci": [0, 0, 0, 0, 0]}, "ci has no events"),
        ({"ai": [0] * 5, "ci": [0] * 5}, "no events in both groups"),
    ],
)
def test_impossible_input_is_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        glmm(**(SMALL | change))


def test_too_few_studies_are_refused():
    with pytest.raises(TooFewStudiesError, match="1 of 2"):
        glmm(ai=[3, 0], n1i=[10, 10], ci=[2, 0], n2i=[10, 10])


def test_opposite_certainties_have_no_finite_variance():
    with pytest.raises(ConvergenceError, match=r"CM\.AL"):
        glmm(ai=[9, 0, 9, 0], n1i=[9, 9, 9, 9], ci=[0, 9, 0, 9], n2i=[9, 9, 9, 9], model="CM.AL")


def test_result_says_what_was_done():
    got = glmm(**SMALL, model="CM.EL")
    table = got.summary()
    assert table["estimate"].tolist() == pytest.approx([got.estimate, np.exp(got.estimate)])
    assert "non-central hypergeometric" in got.method_text()
    assert "95 % normal interval" in got.method_text()
    assert "t (k - 1 degrees of freedom)" in glmm(**SMALL, model="CM.EL", test="t").method_text()
    assert json.dumps(got.to_dict())
    low, high = got.pi_low, got.pi_high
    half = stats.t.isf(0.025, 3) * (got.tau2 + got.se**2) ** 0.5
    assert (low, high) == pytest.approx((got.estimate - half, got.estimate + half))
    assert low <= got.ci_low and high >= got.ci_high


@pytest.mark.parametrize("model", ["CM.EL", "CM.AL"])
def test_a_flat_likelihood_is_refused(model):
    # All events of a study on one side, in two directions: no variance is large enough.
    with pytest.raises(ConvergenceError):
        glmm(ai=[2, 0, 1], n1i=[29, 22, 16], ci=[0, 1, 0], n2i=[27, 18, 19], model=model)


def test_intercepts_of_the_random_study_model_by_their_spread():
    # Both arms of a study are alike and show its level only: a logistic-normal model of single groups.
    events, people = [2, 6, 12, 20], [40, 40, 40, 40]
    got = glmm(ai=events, n1i=people, ci=events, n2i=people, model="UM.RS")
    x = np.array(events * 2, dtype=float).reshape(2, 4)

    def loss(at):
        terms = binomial(x[:, :, None], 40.0, at[0] + at[1] * GRID)
        return -logsumexp(DENSITY + terms.sum(axis=0), axis=1).sum()

    best = optimize.minimize(loss, [-1.5, 1.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-11})
    assert got.estimate == pytest.approx(0, abs=1e-7)
    assert got.parameters["intercept"] == pytest.approx(best.x[0], rel=1e-4)
    assert got.parameters["sigma2"] == pytest.approx(best.x[1] ** 2, rel=1e-4)


def test_log_likelihood_of_two_random_effects_by_a_fixed_grid():
    got = glmm(**SMALL, model="UM.RS")
    rest = {"intercept": got.parameters["intercept"], "sigma": got.parameters["sigma2"] ** 0.5}
    by_grid = grid_log_likelihood("UM.RS", two_groups(**SMALL), got.estimate, got.tau2**0.5, **rest)
    assert got.log_likelihood == pytest.approx(by_grid, abs=1e-5)
