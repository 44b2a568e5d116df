"""Bayesian meta-analysis: bayesmeta, a second integration that shares no code, properties, every option."""

import functools
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, ScaleWarning, TooFewStudiesError
from evidence.synthesis.bayes import bayes
from evidence.synthesis.empirical_priors import RHODES, RHODES_COMPARISONS, TURNER, TURNER_COMPARISONS
from evidence.synthesis.pool import pool
from evidence.synthesis.tau_posterior import NormalNormal
from evidence.synthesis.tau_priors import NAMES, tau_prior

GOLDEN = Path(__file__).parent / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "bayes.json").read_text("utf-8"))}
DIVERGENCES = {
    (entry["id"], entry["field"]): entry
    for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8"))
}
THREE = {"yi": [0.1, 0.5, 1.4], "vi": [0.03, 0.05, 0.04]}
SPECS = {
    "halfnormal": ("halfnormal", 0.5),
    "halfcauchy": ("halfcauchy", 0.5),
    "halft": ("halft", 4, 0.7),
    "uniform": ("uniform", 4.0),
    "exponential": ("exponential", 0.5),
    "lognormal": ("lognormal", -2.0, 1.5),
    "logt": ("logt", -3.0, 2.5, 5),
    "turner": ("turner",),
    "rhodes": ("rhodes",),
}


@functools.cache
def fitted(case_id):
    case = CASES[case_id]
    args = case["args"]
    return bayes(
        **case["input"],
        tau_prior=(args["tau_prior"], args["tau_scale"]),
        mu_prior=(args["mu_mean"], args["mu_sd"]),
    )


def fields(result):
    low, high = result.tau_interval
    return {
        "mu_mean": result.mu_mean,
        "mu_median": result.mu_median,
        "mu_sd": result.mu_sd,
        "mu_eti": result.mu_interval,
        "tau_median": result.tau_median,
        "tau_mean": result.tau_mean,
        "pred_eti": result.prediction_interval,
        "p_mu_below_0": result.probability(below=0),
        "tau_quantiles": (low, result.tau_median, high),
        "bf_mu0": result.bayes_factor(mu=0),
    }


@pytest.mark.parametrize("case_id", CASES)
def test_agrees_with_bayesmeta(case_id):
    got = fields(fitted(case_id))
    assert set(got) == set(CASES[case_id]["expected"])
    for field, expected in CASES[case_id]["expected"].items():
        known = DIVERGENCES.get((case_id, field), {"tolerance": 1e-8})
        assert got[field] == pytest.approx(expected, rel=known["tolerance"], abs=1e-12), field


def test_bayesmeta_differs_only_where_it_puts_a_coarse_mixture_in_place_of_the_posterior():
    differing = {field for case_id, field in DIVERGENCES if case_id in CASES}
    assert differing == {"mu_mean", "mu_median", "mu_sd", "mu_eti", "pred_eti", "p_mu_below_0"}


@pytest.mark.parametrize("case_id", CASES)
def test_bayesmeta_differs_by_a_fifth_of_a_percent_at_most(case_id):
    """Relative tolerances look wide where an end lies near 0; in units of the posterior they are not."""
    result, expected = fitted(case_id), CASES[case_id]["expected"]
    assert result.mu_sd == pytest.approx(expected["mu_sd"], rel=2e-3)
    for got, field in ((result.mu_interval, "mu_eti"), (result.prediction_interval, "pred_eti")):
        assert np.abs(np.subtract(got, expected[field])).max() < 2e-3 * np.ptp(got)


# The second route: dense multivariate normal likelihoods on a fixed Gauss-Legendre rule in tau itself.


class Dense:
    def __init__(self, y, v, density, upper, mu_prior, nodes=600):
        x, w = np.polynomial.legendre.leggauss(nodes)
        self.y, self.v, self.mu_prior = np.array(y), np.array(v), mu_prior
        self.tau = (x + 1) / 2 * upper
        weight = w / 2 * upper * density(self.tau) * np.exp(self.log_likelihood(self.tau))
        self.marginal = weight.sum()
        self.weight = weight / self.marginal
        self.mean, self.sd = self.conditional()

    def log_likelihood(self, tau):
        k, (m, s) = self.y.size, self.mu_prior
        covariance = (self.v + np.square(tau)[:, None])[:, :, None] * np.eye(k) + s**2
        e = self.y - m
        solved = np.linalg.solve(covariance, np.broadcast_to(e, (len(tau), k))[..., None])[..., 0]
        return -0.5 * (k * math.log(2 * math.pi) + np.linalg.slogdet(covariance)[1] + solved @ e)

    def conditional(self):
        m, s = self.mu_prior
        precision = (1 / (self.v + self.tau[:, None] ** 2)).sum(axis=1) + s**-2
        return (
            (self.y / (self.v + self.tau[:, None] ** 2)).sum(axis=1) + m / s**2
        ) / precision, precision**-0.5

    def moment(self, values):
        return float(self.weight @ values)

    def cdf(self, x, new_study=False):
        sd = np.sqrt(self.sd**2 + self.tau**2) if new_study else self.sd
        return self.moment(stats.norm.cdf(x, self.mean, sd))


@pytest.mark.parametrize("case_id", CASES)
def test_a_second_integration_sides_with_us(case_id):
    case, result = CASES[case_id], fitted(case_id)
    scale = case["args"]["tau_scale"]
    dense = Dense(
        **dict(zip("yv", case["input"].values(), strict=True)),
        density=stats.halfnorm(scale=scale).pdf,
        upper=9 * scale,
        mu_prior=(0, 4),
    )
    mean = dense.moment(dense.mean)
    assert result.mu_mean == pytest.approx(mean, rel=1e-10)
    assert result.mu_sd**2 == pytest.approx(dense.moment(dense.sd**2 + (dense.mean - mean) ** 2), rel=1e-10)
    assert result.tau_mean == pytest.approx(dense.moment(dense.tau), rel=1e-10)
    assert result.tau_sd**2 == pytest.approx(dense.moment((dense.tau - result.tau_mean) ** 2), rel=1e-9)
    assert result.log_marginal_likelihood == pytest.approx(math.log(dense.marginal), rel=1e-10)
    assert [dense.cdf(x) for x in (*result.mu_interval, result.mu_median)] == pytest.approx(
        [0.025, 0.975, 0.5]
    )
    assert dense.cdf(0) == pytest.approx(result.probability(below=0), rel=1e-9)
    ends = [dense.cdf(x, new_study=True) for x in result.prediction_interval]
    assert ends == pytest.approx([0.025, 0.975], rel=1e-9)
    # bayesmeta's ends enclose another probability.
    assert abs(dense.cdf(case["expected"]["mu_eti"][0]) - 0.025) > 1e-6


NORMAL = 1 / math.sqrt(2 * math.pi)
DENSITIES = {
    "halfnormal": stats.halfnorm(scale=0.5).pdf,
    "halfcauchy": stats.halfcauchy(scale=0.5).pdf,
    "halft": lambda t: 2 * stats.t.pdf(t / 0.7, 4) / 0.7,
    "uniform": stats.uniform(0, 4).pdf,
    "exponential": stats.expon(scale=0.5).pdf,
    "lognormal": lambda t: np.exp(-0.5 * ((2 * np.log(t) + 2.0) / 1.5) ** 2) / 1.5 * NORMAL * 2 / t,
    "logt": lambda t: stats.t.pdf((2 * np.log(t) + 3.0) / 2.5, 5) / 2.5 * 2 / t,
    "turner": lambda t: np.exp(-0.5 * ((2 * np.log(t) + 2.56) / 1.74) ** 2) / 1.74 * NORMAL * 2 / t,
    "rhodes": lambda t: stats.t.pdf((2 * np.log(t) + 3.44) / 2.59, 5) / 2.59 * 2 / t,
}


def adaptive(result, density, power):
    """Integral of likelihood, prior and a power of tau by QUADPACK."""
    model = result.posterior.model

    def integrand(tau):
        return math.exp(model.given(np.array([tau]))[0][0] + 5) * density(tau) * tau**power

    pieces = [1e-12, 1e-3, 0.1, 1.0, 4.0, 30.0, 1e3, 1e6]
    return sum(
        integrate.quad(integrand, low, high, epsabs=0, epsrel=1e-10, limit=200)[0]
        for low, high in itertools.pairwise(pieces)
    ) / math.exp(5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mu_prior", [(0, 4), None], ids=["normal", "flat"])
def test_every_prior_agrees_with_quadpack(name, mu_prior):
    result = bayes(**THREE, tau_prior=SPECS[name], mu_prior=mu_prior)
    density = DENSITIES[name]
    whole = adaptive(result, density, 0)
    # The log-t prior has a little probability below 1e-12 and above 1e6, where QUADPACK does not look.
    close = 3e-7 if name in ("logt", "rhodes") else 1e-9
    assert result.log_marginal_likelihood == pytest.approx(math.log(whole), abs=close)
    assert result.tau_mean * whole == pytest.approx(adaptive(result, density, 1), rel=1e-5)
    below = adaptive(result, lambda tau: density(tau) * (tau < 0.6), 0)
    assert result.probability(below=0.6, of="tau") == pytest.approx(below / whole, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_priors_are_distributions(name):
    prior = tau_prior(SPECS[name])
    p = np.array([1e-6, 0.025, 0.5, 0.975, 0.999])
    tau = prior.quantile(p)
    assert prior.cdf(tau) == pytest.approx(p, rel=1e-9)
    assert prior.survival(tau) == pytest.approx(1 - p, rel=1e-7)
    assert np.exp(prior.log_density(tau)) == pytest.approx(DENSITIES[name](tau), rel=1e-12)
    middle = integrate.quad(lambda t: math.exp(prior.log_density(np.float64(t))), tau[1], tau[3], limit=400)[
        0
    ]
    assert middle == pytest.approx(0.95, rel=1e-7)


def test_a_uniform_prior_has_nothing_beyond_its_end():
    prior = tau_prior(("uniform", 4.0))
    assert prior.cdf(np.array([1.0, 4.0, 9.0])).tolist() == [0.25, 1, 1]
    assert prior.survival(np.array([1.0, 4.0, 9.0])).tolist() == [0.75, 0, 0]


@pytest.mark.parametrize("tiny", [1e-20, 1e-16, 1e-12])
def test_where_tau_is_next_to_nothing_the_posterior_follows_the_prior(tiny):
    result = bayes(**THREE, tau_prior=SPECS["logt"])
    prior = tau_prior(SPECS["logt"])
    expected = prior.cdf(np.array(tiny)) / prior.cdf(np.array(1e-5))  # the likelihood is level there
    got = result.probability(below=tiny, of="tau") / result.probability(below=1e-5, of="tau")
    assert got == pytest.approx(float(expected), rel=1e-5)


def test_prior_of_mu_by_hand():
    """Two studies of equal variance and tau held at 0 are a conjugate normal update."""
    result = bayes(yi=[0.2, 0.6], vi=[0.5, 0.5], tau_prior=("uniform", 1e-9), mu_prior=(1.0, 0.5))
    assert result.mu_mean == pytest.approx((0.4 * 4 + 1.0 * 4) / 8, rel=1e-12)
    assert result.mu_sd == pytest.approx(8**-0.5, rel=1e-12)
    assert result.mu_interval[1] == pytest.approx(0.7 + 1.959963984540054 * 8**-0.5, rel=1e-12)
    assert result.shrinkage["mean"].tolist() == pytest.approx([0.7, 0.7])
    assert result.tau_median == pytest.approx(0.5e-9)
    assert result.bayes_factor(mu=0) == pytest.approx(
        stats.norm.pdf(0, 0.7, 8**-0.5) / stats.norm.pdf(0, 1.0, 0.5), rel=1e-12
    )


def test_flat_prior_is_the_limit_of_wide_ones_and_tau_zero_is_the_common_effect():
    flat = bayes(**THREE, mu_prior=None)
    wide = bayes(**THREE, mu_prior=(0, 1e5))
    assert wide.mu_interval == pytest.approx(flat.mu_interval, rel=1e-7)
    assert wide.tau_median == pytest.approx(flat.tau_median, rel=1e-7)
    constant = math.log(1e5 * math.sqrt(2 * math.pi))
    assert wide.log_marginal_likelihood + constant == pytest.approx(flat.log_marginal_likelihood, abs=1e-7)
    common = pool(**THREE, method="EE", test="z")
    tight = bayes(**THREE, tau_prior=("uniform", 1e-9), mu_prior=None)
    assert tight.mu_interval == pytest.approx((common.ci_low, common.ci_high), rel=1e-10)


def test_shrinkage_against_the_second_route():
    result = bayes(**THREE)
    dense = Dense(THREE["yi"], THREE["vi"], stats.halfnorm(scale=0.5).pdf, 4.5, (0, 4))
    for i, row in result.shrinkage.iterrows():
        share = dense.tau**2 / (dense.v[i] + dense.tau**2)
        mean = share * dense.y[i] + (1 - share) * dense.mean
        sd = np.sqrt(share * dense.v[i] + (1 - share) ** 2 * dense.sd**2)
        assert row["mean"] == pytest.approx(dense.moment(mean), rel=1e-10)
        assert row["sd"] ** 2 == pytest.approx(dense.moment(sd**2 + (mean - row["mean"]) ** 2), rel=1e-10)
        for name, p in (("ci_low", 0.025), ("median", 0.5), ("ci_high", 0.975)):
            assert dense.moment(stats.norm.cdf(row[name], mean, sd)) == pytest.approx(p, rel=1e-9)


def test_bayes_factors_by_two_routes():
    result = bayes(**THREE)
    at_zero = stats.multivariate_normal.pdf(THREE["yi"], np.zeros(3), np.diag(THREE["vi"]) + 16.0)
    assert result.bayes_factor(tau=0) == pytest.approx(at_zero / math.exp(result.log_marginal_likelihood))
    dense = Dense(THREE["yi"], THREE["vi"], stats.halfnorm(scale=0.5).pdf, 4.5, (0, 4))
    without = stats.norm.pdf(THREE["yi"], 0.3, np.sqrt(dense.v + dense.tau[:, None] ** 2)).prod(axis=1)
    w = np.polynomial.legendre.leggauss(600)[1]
    marginal = np.sum(w * 2.25 * stats.halfnorm.pdf(dense.tau, scale=0.5) * without)
    assert result.bayes_factor(mu=0.3) == pytest.approx(marginal / dense.marginal, rel=1e-10)


def test_probabilities_fit_together():
    result = bayes(**THREE)
    for of, interval in (
        ("mu", result.mu_interval),
        ("prediction", result.prediction_interval),
        ("tau", result.tau_interval),
    ):
        low, high = interval
        assert result.probability(below=low, of=of) == pytest.approx(0.025, rel=1e-9)
        assert result.probability(above=high, of=of) == pytest.approx(0.025, rel=1e-9)
        assert result.probability(above=low, below=high, of=of) == pytest.approx(0.95, rel=1e-9)
        shorter = result.shortest(of)
        assert shorter[1] - shorter[0] < high - low
        assert result.probability(above=shorter[0], below=shorter[1], of=of) == pytest.approx(0.95, rel=1e-6)
    assert result.probability(above=60, of="mu") > 0  # a tail far beyond 1 - cdf


def test_shortest_interval_of_tau_may_begin_at_zero():
    result = bayes(yi=[0.3, 0.31, 0.3, 0.29], vi=[0.1, 0.1, 0.1, 0.1])
    assert result.shortest("tau")[0] == 0
    assert result.probability(below=result.shortest("tau")[1], of="tau") == pytest.approx(0.95)


def test_heavy_tails_are_said_to_be_heavy():
    two = {"yi": [0.1, 0.5], "vi": [0.03, 0.05]}
    cauchy = bayes(**two, tau_prior=("halfcauchy", 0.5), mu_prior=None)
    assert math.isinf(cauchy.mu_sd) and math.isinf(cauchy.tau_sd) and math.isfinite(cauchy.tau_mean)
    assert any("infinite" in note for note in cauchy.notes)
    # With k = 2, a flat mu and half-t the mean of tau is an integral with a power tail.
    model = NormalNormal(np.array(two["yi"]), np.array(two["vi"]), None)

    def integrand(u, n):
        tau = math.exp(u)
        return (
            math.exp(model.given(np.array([tau]))[0][0])
            * stats.halfcauchy.pdf(tau, scale=0.5)
            * tau ** (n + 1)
        )

    whole, first = (integrate.quad(integrand, -30, 60, args=(n,), limit=500, epsrel=1e-11)[0] for n in (0, 1))
    assert cauchy.tau_mean == pytest.approx(first / whole, rel=1e-9)
    assert math.isfinite(bayes(**two, tau_prior=("halfcauchy", 0.5)).tau_mean)


def test_what_lies_beyond_the_nodes_counts_in_the_sd_of_a_flat_mean():
    """Two studies, a half-t prior of 1.5 degrees of freedom: tau^2 times its density falls as tau^-1.5."""
    y, v = np.array([0.1, 0.5]), np.array([0.03, 0.05])
    found = bayes(yi=y, vi=v, tau_prior=("halft", 1.5, 0.5), mu_prior=None)

    def moments(u):
        tau = math.exp(u)
        w = 1 / (v + tau**2)
        mean = w @ y / w.sum()
        height = np.sqrt(w.prod() / w.sum()) * math.exp(-(w @ (y - mean) ** 2) / 2)
        density = height * stats.t.pdf(tau / 0.5, 1.5) * tau
        return density * np.array([1, mean, mean**2 + 1 / w.sum()])

    whole, first, second = (
        integrate.quad(lambda u, n=n: moments(u)[n], -30, 60, limit=500, epsrel=1e-11)[0] for n in range(3)
    )
    assert found.mu_sd == pytest.approx(math.sqrt(second / whole - (first / whole) ** 2), rel=1e-8)


STUDIES = st.lists(st.tuples(st.floats(-2, 2), st.floats(0.01, 1)), min_size=2, max_size=12)


@settings(max_examples=25, deadline=None)
@given(rows=STUDIES, shift=st.floats(-3, 3), factor=st.floats(0.1, 10))
def test_moving_and_stretching_the_scale_moves_and_stretches_the_answer(rows, shift, factor):
    y, v = np.array(rows).T
    plain = bayes(yi=y, vi=v, mu_prior=(0.3, 8.0))
    moved = bayes(
        yi=factor * (y + shift),
        vi=factor**2 * v,
        tau_prior=("halfnormal", 0.5 * factor),
        mu_prior=(factor * (0.3 + shift), 8.0 * factor),
    )
    unit = factor * max(plain.mu_sd, abs(plain.mu_median) + abs(shift))
    assert moved.mu_median == pytest.approx(factor * (plain.mu_median + shift), abs=1e-9 * unit)
    assert moved.tau_interval == pytest.approx(factor * np.array(plain.tau_interval), rel=1e-8)
    assert moved.prediction_interval == pytest.approx(
        factor * (np.array(plain.prediction_interval) + shift), abs=1e-8 * unit
    )


@settings(max_examples=25, deadline=None)
@given(rows=STUDIES, seed=st.integers(0, 99))
def test_what_must_hold_of_any_studies(rows, seed):
    y, v = np.array(rows).T
    result = bayes(yi=y, vi=v)
    order = np.random.default_rng(seed).permutation(y.size)
    assert bayes(yi=y[order], vi=v[order]).mu_interval == pytest.approx(
        result.mu_interval, rel=1e-8, abs=1e-10
    )
    assert result.posterior.weight.sum() == pytest.approx(1, rel=1e-12)
    assert result.prediction_interval[0] <= result.mu_interval[0] < result.mu_median
    assert result.mu_median < result.mu_interval[1] <= result.prediction_interval[1]
    assert 0 < result.tau_interval[0] < result.tau_median < result.tau_interval[1]
    between = np.sort(np.stack([y, np.full(y.size, result.mu_mean)]), axis=0)
    spread = 1e-9 + 0.5 * np.ptp(y)  # shrunk towards a mean that varies with tau
    assert (result.shrinkage["mean"] >= between[0] - spread).all()
    assert (result.shrinkage["mean"] <= between[1] + spread).all()


def test_hard_cases_are_integrated():
    many = np.random.default_rng(5).normal(0.3, 0.2, 3000)
    result = bayes(yi=many, vi=np.full(3000, 0.01))
    assert result.tau_median == pytest.approx(math.sqrt(many.var() - 0.01), rel=0.01)
    one_precise = bayes(yi=[0.1, 0.5, 0.4], vi=[1e-10, 0.2, 0.3])
    assert one_precise.shrinkage["mean"][0] == pytest.approx(0.1, abs=1e-6)
    far = bayes(yi=[1e6 + 0.1, 1e6 + 0.5, 1e6 + 1.4], vi=THREE["vi"], mu_prior=(1e6, 4.0))
    assert far.mu_sd == pytest.approx(bayes(**THREE).mu_sd, rel=1e-8)


def test_every_option_changes_the_number():
    base = bayes(**THREE)
    medians = {name: bayes(**THREE, tau_prior=spec).tau_median for name, spec in SPECS.items()}
    assert len({round(value, 9) for value in medians.values()}) == len(NAMES) == len(SPECS)
    assert bayes(**THREE, mu_prior=(0, 0.5)).mu_median != pytest.approx(base.mu_median, rel=1e-3)
    assert bayes(**THREE, mu_prior=(1, 4)).mu_median > base.mu_median
    narrow = bayes(**THREE, level=0.8)
    assert narrow.mu_interval[1] < base.mu_interval[1]
    assert narrow.shrinkage["ci_high"][0] < base.shrinkage["ci_high"][0]
    for spec in (("halft", 3, 0.7), ("halft", 4, 0.6), ("logt", -3.0, 2.5, 4), ("logt", -3.0, 2.0, 5)):
        assert bayes(**THREE, tau_prior=spec).tau_median != pytest.approx(medians[spec[0]], rel=1e-4)


def test_empirical_priors_are_complete_and_keep_their_additive_pattern():
    """Both tables come from additive models, so that columns differ by a constant up to rounding."""
    for table, comparisons in ((TURNER, TURNER_COMPARISONS), (RHODES, RHODES_COMPARISONS)):
        means = np.array([row[0] for row in table.values()])
        assert means.shape == (len(table), len(comparisons))
        apart = means - means[:, :1]
        assert np.abs(apart - np.median(apart, axis=0)).max() < 0.025
        for outcome, (centres, spreads) in table.items():
            source = "turner" if table is TURNER else "rhodes"
            for comparison, centre, spread in zip(comparisons, centres, spreads, strict=True):
                prior = tau_prior((source, outcome, comparison))
                assert float(prior.quantile(0.5)) == pytest.approx(math.exp(centre / 2))
                assert f"{centre:g}, {spread:g}^2" in prior.text and outcome in prior.text


@pytest.mark.parametrize(("table", "rounding"), [(TURNER, 0.06), (RHODES, 0.25)], ids=["Turner", "Rhodes"])
def test_variances_of_empirical_priors_keep_their_additive_pattern(table, rounding):
    """A variance of log tau2 is a part that goes with the outcome and one that goes with the comparison."""
    variances = np.array([row[1] for row in table.values()]) ** 2
    apart = variances - variances[:, :1]
    assert np.abs(apart - np.median(apart, axis=0)).max() < rounding


def test_a_printed_example_of_an_empirical_prior():
    """Turner et al. 2015: the any-outcome prior has a median of tau^2 of 0.08 (95 % range 0.003 to 2.3)."""
    tau2 = tau_prior(("turner",)).quantile(np.array([0.025, 0.5, 0.975])) ** 2
    assert tau2 == pytest.approx([0.0026, 0.077, 2.34], rel=0.02)


def test_sensitivity_table():
    result = bayes(**THREE)
    table = result.prior_sensitivity()
    assert len(table) == 5 and table["tau_prior"].is_unique
    for spec, row in zip((("halfnormal", 1.0), ("halfcauchy", 0.5)), (1, 2), strict=True):
        assert table.loc[row, "mu_high"] == bayes(**THREE, tau_prior=spec).mu_interval[1]
    both = result.prior_sensitivity([("halfnormal", 0.5)], mu_priors=[(0, 4), None])
    assert both["mu_prior"].tolist() == ["normal(0, 4^2)", "flat (improper)"]
    ratios = Effects(pd.DataFrame(THREE), measure="OR", scale="log")
    assert "Turner" in bayes(ratios).prior_sensitivity()["tau_prior"].iloc[-1]
    assert (
        "Rhodes"
        in bayes(Effects(pd.DataFrame(THREE), measure="SMD")).prior_sensitivity()["tau_prior"].iloc[-1]
    )


def test_tables_and_words():
    frame = pd.DataFrame({**THREE, "label": ["A", "B", "C"]})
    frame.loc[3] = {"yi": 9.0, "vi": 0.1, "label": "D"}
    frame["included"] = [True, True, True, False]
    result = bayes(Effects(frame, measure="OR", scale="log"))
    assert result.shrinkage["label"].tolist() == ["A", "B", "C"]
    assert result.mu_median == bayes(**THREE).mu_median == bayes(frame).mu_median
    assert result.display()["ci_low"] == pytest.approx(math.exp(result.mu_interval[0]))
    summary = result.summary().set_index("quantity")
    assert summary.loc["new study", "sd"] == pytest.approx(
        math.sqrt(result.mu_sd**2 + result.tau_sd**2 + result.tau_mean**2)
    )
    assert "half-normal(0.5) on tau" in result.method_text() and "3 studies" in result.method_text()
    assert "posterior" not in json.dumps(result.to_dict())
    assert "prior_sensitivity" in result.notes[0]
    assert "<table" in result._repr_html_()


def test_a_prior_on_another_scale_is_said():
    with pytest.warns(ScaleWarning, match="scale of yi"):
        bayes(yi=[10, 30, 60], vi=[4, 5, 6], mu_prior=(0, 50))
    with pytest.warns(ScaleWarning, match="standard deviations"):
        bayes(yi=[30, 30.5, 31], vi=[0.4, 0.5, 0.6])


def test_far_from_a_prior_is_beyond_four_of_its_standard_deviations():
    # Sixty precise and equal studies leave the prior of mu next to no say.
    bayes(yi=[3.9] * 60, vi=[1e-4] * 60, mu_prior=(0, 1))
    with pytest.warns(ScaleWarning, match="more than 4 standard deviations"):
        bayes(yi=[4.1] * 60, vi=[1e-4] * 60, mu_prior=(0, 1))


def test_few_studies_are_fewer_than_five():
    five = {"yi": [0.1, 0.5, 1.4, 0.8, 0.3], "vi": [0.03, 0.05, 0.04, 0.1, 0.2]}
    assert bayes(**five).notes == ()
    assert "4 studies say little" in bayes(**{name: x[:4] for name, x in five.items()}).notes[0]


@pytest.mark.parametrize(
    ("choices", "error", "message"),
    [
        ({"tau_prior": ("halfnormol", 1)}, OptionError, "Did you mean 'halfnormal'"),
        ({"tau_prior": "halfnormal"}, InputError, "must be a name with its parameters"),
        ({"tau_prior": ()}, InputError, "must be a name with its parameters"),
        ({"tau_prior": ("halfnormal",)}, InputError, r"must be \('halfnormal', scale\)"),
        ({"tau_prior": ("halfnormal", 0)}, InputError, "scale must be above 0"),
        ({"tau_prior": ("halft", 4, -1)}, InputError, "scale must be above 0"),
        ({"tau_prior": ("uniform", math.inf)}, InputError, "upper must be a finite number"),
        ({"tau_prior": ("lognormal", "x", 1)}, InputError, "mean must be a finite number"),
        ({"tau_prior": ("turner", "pain")}, InputError, "outcome, comparison"),
        ({"tau_prior": ("turner", "pains", "pharma vs pharma")}, OptionError, "Did you mean 'pain'"),
        ({"tau_prior": ("rhodes", "obstetric", "surgery")}, OptionError, "comparison"),
        ({"mu_prior": (0, 0)}, InputError, "sd must be above 0"),
        ({"mu_prior": (0, math.nan)}, InputError, "sd must be a finite number"),
        ({"mu_prior": 4}, InputError, "None for flat"),
        ({"level": 95}, InputError, "0.95"),
        ({"vi": [0.03, -0.05, 0.04]}, InputError, "Study 2 has vi=-0.05"),
        ({"vi": [0.03, 0.05]}, InputError, "vi has 2 values where 3 are needed"),
        ({"yi": [0.1], "vi": [0.1]}, TooFewStudiesError, "2 or more"),
        ({"yi": [0.1, math.nan, 1]}, InputError, "position 1"),
        ({"effects": pd.DataFrame(THREE)}, InputError, "not both"),
        ({"yi": None}, InputError, "needs effects"),
        ({"effects": [1, 2], "yi": None, "vi": None}, InputError, "not list"),
    ],
)
def test_mistakes_are_named(choices, error, message):
    with pytest.raises(error, match=message):
        bayes(**{**THREE, **choices})


def test_questions_without_an_answer():
    result = bayes(**THREE)
    for call, message in (
        (lambda: result.probability(), "below, above"),
        (lambda: result.probability(below=0, above=1), "smaller"),
        (lambda: result.probability(below=math.nan), "finite"),
        (lambda: result.probability(below=0, of="theta"), "not one of"),
        (lambda: result.shortest("theta"), "not one of"),
        (lambda: result.bayes_factor(), "either mu or tau"),
        (lambda: result.bayes_factor(mu=0, tau=0), "either mu or tau"),
        (lambda: result.bayes_factor(tau=-1), "0 or more"),
        (lambda: result.bayes_factor(mu=math.inf), "finite"),
        (lambda: bayes(**THREE, mu_prior=None).bayes_factor(mu=0), "proper prior"),
        (lambda: bayes(**THREE, mu_prior=None).bayes_factor(tau=0), "proper prior"),
    ):
        with pytest.raises(InputError, match=message):
            call()
