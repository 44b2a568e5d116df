"""Mantel-Haenszel, Peto and beta-binomial: peers, second routes, hand calculations."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.special import expit
from statsmodels.stats.contingency_tables import StratifiedTable

from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.synthesis.beta_binomial import beta_binomial
from evidence.synthesis.binary import mantel_haenszel, peto

CASES = json.loads((Path(__file__).parent / "golden" / "binary.json").read_text("utf-8"))
MH = {case["id"]: case for case in CASES if case["kind"] == "mantel_haenszel"}
PETO = {case["id"]: case for case in CASES if case["kind"] == "peto"}
FIELDS = {"beta": "estimate", "se": "se", "ci_lb": "ci_low", "ci_ub": "ci_high", "Q": "q", "I2": "i2"}
NIELWEISE = MH["mh_nielweise_OR"]["input"]
TOY = {"ai": [1, 0, 3], "n1i": [50, 40, 60], "ci": [4, 2, 5], "n2i": [50, 42, 58]}
FUNCTIONS = (mantel_haenszel, peto, beta_binomial)

counts = st.lists(
    st.tuples(st.integers(1, 12), st.integers(13, 60), st.integers(1, 12), st.integers(13, 60)),
    min_size=2,
    max_size=6,
).map(lambda rows: dict(zip(("ai", "n1i", "ci", "n2i"), map(list, zip(*rows, strict=True)), strict=True)))


def swapped(table):
    return {"ai": table["ci"], "n1i": table["n2i"], "ci": table["ai"], "n2i": table["n1i"]}


@pytest.mark.parametrize("case", MH.values(), ids=MH)
def test_mantel_haenszel_agrees_with_metafor(case):
    got = mantel_haenszel(**case["input"], measure=case["args"]["measure"])
    for name, attribute in FIELDS.items():
        assert getattr(got, attribute) == pytest.approx(case["expected"][name], rel=1e-8, abs=1e-12), name
    if case["expected"]["MH"] is not None:
        assert got.association["cmh_corrected"][0] == pytest.approx(case["expected"]["MH"], rel=1e-8)


@pytest.mark.parametrize("case", PETO.values(), ids=PETO)
def test_peto_agrees_with_metafor(case):
    got = peto(**case["input"])
    for name, expected in case["expected"].items():
        assert getattr(got, FIELDS[name]) == pytest.approx(expected, rel=1e-8, abs=1e-12), name


def test_every_case_is_used():
    assert (len(MH), len(PETO)) == (9, 3)


@pytest.mark.parametrize("case_id", [name for name in MH if name.endswith("OR")])
def test_odds_ratio_and_cmh_test_agree_with_statsmodels(case_id):
    data = {name: np.array(values, dtype=float) for name, values in MH[case_id]["input"].items()}
    tables = [
        np.array([[a, n1 - a], [c, n2 - c]]) for a, n1, c, n2 in zip(*data.values(), strict=True) if a + c > 0
    ]
    peer, got = StratifiedTable(tables), mantel_haenszel(**data)
    assert got.estimate == pytest.approx(peer.logodds_pooled, rel=1e-10)
    assert got.se == pytest.approx(peer.logodds_pooled_se, rel=1e-10)
    for name, correction in (("cmh", False), ("cmh_corrected", True)):
        test = peer.test_null_odds(correction=correction)
        assert got.association[name] == pytest.approx((test.statistic, test.pvalue), rel=1e-8)
    assert mantel_haenszel(**data, measure="RR").estimate == pytest.approx(
        np.log(peer.riskratio_pooled), rel=1e-10
    )


def test_by_hand():
    # Two tables of 20 people: OR = (3 * 8 + 4 * 9) / (7 * 2 + 6 * 1) = 3, RD = (0.1 + 0.3) / 2.
    data = {"ai": [3, 4], "n1i": [10, 10], "ci": [2, 1], "n2i": [10, 10]}
    got = mantel_haenszel(**data)
    assert got.estimate == pytest.approx(np.log(3))
    assert mantel_haenszel(**data, measure="RR").estimate == pytest.approx(np.log(7 / 3))
    assert mantel_haenszel(**data, measure="RD").estimate == pytest.approx(0.2)
    assert got.weights.tolist() == pytest.approx([70, 30])
    # Peto: O - E = 0.5 and 1.5; V = 5 * 15 * 10 * 10 / (20 * 20 * 19) in both.
    v = 5 * 15 * 100 / (400 * 19)
    assert peto(**data).estimate == pytest.approx(2 / (2 * v))
    assert peto(**data).se == pytest.approx((2 * v) ** -0.5)


def test_risk_difference_variance_by_simulation():
    # Sato, Greenland and Robins: the mean variance matches the spread of the estimates.
    rng = np.random.default_rng(20260201)
    n1, n2 = np.array([40, 60, 25]), np.array([50, 40, 30])
    draws = rng.binomial(n1, 0.30, (1500, 3)), rng.binomial(n2, 0.20, (1500, 3))
    fits = [mantel_haenszel(ai=a, n1i=n1, ci=c, n2i=n2, measure="RD") for a, c in zip(*draws, strict=True)]
    spread = np.std([fit.estimate for fit in fits])
    assert np.mean([fit.se for fit in fits]) == pytest.approx(spread, rel=0.06)


@settings(max_examples=30, deadline=None)
@given(counts)
def test_swapping_groups_turns_the_sign(table):
    for call in (mantel_haenszel, peto, lambda **t: mantel_haenszel(**t, measure="RD")):
        one, other = call(**table), call(**swapped(table))
        assert other.estimate == pytest.approx(-one.estimate, rel=1e-9, abs=1e-12)
        assert other.se == pytest.approx(one.se, rel=1e-9)
        assert other.q == pytest.approx(one.q, rel=1e-9, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(counts)
def test_swapping_events_inverts_the_odds_ratio(table):
    other = {
        "ai": [n - x for n, x in zip(table["n1i"], table["ai"], strict=True)],
        "n1i": table["n1i"],
        "ci": [n - x for n, x in zip(table["n2i"], table["ci"], strict=True)],
        "n2i": table["n2i"],
    }
    for call in (mantel_haenszel, peto):
        assert call(**other).estimate == pytest.approx(-call(**table).estimate, rel=1e-9, abs=1e-12)
        assert call(**other).se == pytest.approx(call(**table).se, rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(counts)
def test_doubling_the_studies_halves_the_variance(table):
    doubled = {name: values * 2 for name, values in table.items()}
    for call in (mantel_haenszel, peto):
        one, two = call(**table), call(**doubled)
        assert two.estimate == pytest.approx(one.estimate, rel=1e-9, abs=1e-12)
        assert two.se**2 * 2 == pytest.approx(one.se**2, rel=1e-9)
        assert two.weights.sum() == pytest.approx(100)


def test_double_zero_studies_count_in_the_difference_only():
    more = {"ai": [*TOY["ai"], 0], "n1i": [*TOY["n1i"], 70], "ci": [*TOY["ci"], 0], "n2i": [*TOY["n2i"], 70]}
    for measure in ("OR", "RR"):
        one, other = mantel_haenszel(**TOY, measure=measure), mantel_haenszel(**more, measure=measure)
        assert other.estimate == one.estimate
        assert (other.k, other.k_used) == (4, 3)
        assert "count nothing" in other.notes[0]
    difference = mantel_haenszel(**more, measure="RD")
    assert abs(difference.estimate) < abs(mantel_haenszel(**TOY, measure="RD").estimate)
    assert "difference of zero" in difference.notes[0]
    assert peto(**more).estimate == peto(**TOY).estimate
    assert beta_binomial(**more).estimate != beta_binomial(**TOY).estimate


# Beta-binomial: SciPy's own distribution and a general optimiser as the second route.


def scipy_log_likelihood(table, p1, p2, rho):
    total = 0.0
    for x, n, p in ((table["ai"], table["n1i"], p1), (table["ci"], table["n2i"], p2)):
        size = (1 - rho) / rho
        kernel = stats.betabinom.logpmf(x, n, p * size, (1 - p) * size)
        total += np.sum(kernel - stats.binom.logpmf(x, n, 0.5) - np.array(n) * np.log(2))
    return float(total)


def scipy_best(table, effect=None, measure="OR"):
    def unpack(at):
        base, size = at[0], expit(at[-1])
        shift = at[1] if effect is None else effect
        if measure == "OR":
            return expit(base + shift), expit(base), size
        return np.exp(base + shift), np.exp(base), size

    def loss(at):
        p1, p2, rho = unpack(at)
        return 1e9 if not (0 < p1 < 1 and 0 < p2 < 1) else -scipy_log_likelihood(table, p1, p2, rho)

    start = [-3.0, -3.0] if effect is not None else [-3.0, -0.5, -3.0]
    options = {"xatol": 1e-8, "fatol": 1e-11, "maxiter": 5000}
    best = optimize.minimize(loss, start, method="Nelder-Mead", options=options)
    return best, unpack(best.x)


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_beta_binomial_agrees_with_scipy(measure):
    got = beta_binomial(**NIELWEISE, measure=measure)
    best, (p1, p2, rho) = scipy_best(NIELWEISE, measure=measure)
    assert got.log_likelihood == pytest.approx(-best.fun, rel=1e-9)
    assert got.estimate == pytest.approx(best.x[1], rel=1e-5)
    assert [got.parameters[name] for name in ("p1", "p2", "rho")] == pytest.approx([p1, p2, rho], rel=1e-4)
    for end in (got.ci_low, got.ci_high):
        held, _ = scipy_best(NIELWEISE, effect=end, measure=measure)
        assert 2 * (got.log_likelihood + held.fun) == pytest.approx(stats.chi2.ppf(0.95, 1), abs=1e-6)
    null, _ = scipy_best(NIELWEISE, effect=0.0, measure=measure)
    assert got.statistic**2 == pytest.approx(2 * (got.log_likelihood + null.fun), abs=1e-6)
    assert got.p == pytest.approx(stats.chi2.sf(got.statistic**2, 1), rel=1e-9)


def test_beta_binomial_without_overdispersion_is_the_summed_table():
    table = {"ai": [3, 3, 3], "n1i": [10] * 3, "ci": [1, 1, 1], "n2i": [10] * 3}
    got = beta_binomial(**table, interval="wald")
    assert got.parameters["rho"] == pytest.approx(0, abs=1e-10)
    assert got.estimate == pytest.approx(np.log(9 * 27 / (21 * 3)), rel=1e-8)
    assert got.se == pytest.approx((1 / 9 + 1 / 21 + 1 / 3 + 1 / 27) ** 0.5, rel=1e-8)


def test_beta_binomial_turns_with_the_groups():
    one, other = beta_binomial(**NIELWEISE), beta_binomial(**swapped(NIELWEISE))
    assert other.estimate == pytest.approx(-one.estimate, rel=1e-6)
    assert (other.ci_low, other.ci_high) == pytest.approx((-one.ci_high, -one.ci_low), rel=1e-6)


def test_wald_and_profile_agree_when_events_are_many():
    rng = np.random.default_rng(20260202)
    n = np.full(40, 200)
    first, second = (rng.binomial(n, rng.beta(mean * 30, (1 - mean) * 30, 40)) for mean in (0.4, 0.3))
    table = {"ai": first, "n1i": n, "ci": second, "n2i": n}
    wald, profile = (beta_binomial(**table, interval=name) for name in ("wald", "profile"))
    assert (profile.ci_low, profile.ci_high) == pytest.approx((wald.ci_low, wald.ci_high), abs=0.01)


# Options, errors, records.


def test_every_option_changes_the_number_or_is_refused():
    values = {measure: mantel_haenszel(**TOY, measure=measure).estimate for measure in ("OR", "RR", "RD")}
    assert len(set(values.values())) == 3
    assert mantel_haenszel(**TOY, correct=0.5).estimate != values["OR"]
    links = {beta_binomial(**TOY, measure=measure).estimate for measure in ("OR", "RR")}
    ends = {beta_binomial(**TOY, interval=name).ci_low for name in ("profile", "wald")}
    assert (len(links), len(ends)) == (2, 2)
    for call in FUNCTIONS:
        assert call(**TOY, level=0.9).ci_low > call(**TOY).ci_low
        with pytest.raises(InputError, match="level=95"):
            call(**TOY, level=95)
    for call, wrong in (
        (mantel_haenszel, {"measure": "SMD"}),
        (beta_binomial, {"measure": "RD"}),
        (beta_binomial, {"interval": "score"}),
    ):
        with pytest.raises(OptionError):
            call(**TOY, **wrong)
    with pytest.raises(InputError, match="correct=-1"):
        mantel_haenszel(**TOY, correct=-1)


@pytest.mark.parametrize("call", FUNCTIONS)
def test_impossible_counts_are_refused(call):
    for change, message in (
        ({"ci": [51, 2, 5]}, "ci=51 events of n2i=50"),
        ({"ai": [-1, 0, 3]}, "ai=-1"),
        ({"n2i": [50, 0, 58]}, "one arm"),
        ({"n2i": [50, 42]}, "ci has 3 values where 2"),
        ({"ai": [1, 0], "n1i": [50, 40]}, "every study needs both groups"),
        ({"ai": [0.1, 0, 3]}, "must hold counts"),
    ):
        with pytest.raises(InputError, match=message):
            call(**(TOY | change))
    with pytest.raises(TooFewStudiesError, match="there is 1"):
        call(ai=[1], n1i=[10], ci=[2], n2i=[10])
    for empty in ({"ai": [0, 0, 0], "ci": [0, 0, 0]}, {"ai": TOY["n1i"], "ci": TOY["n2i"]}):
        with pytest.raises(InputError, match="in both groups"):
            call(**(TOY | empty))


def test_a_group_without_events_has_no_finite_ratio_but_a_peto_estimate():
    table = TOY | {"ai": [0, 0, 0]}
    for call in (mantel_haenszel, beta_binomial, lambda **t: mantel_haenszel(**t, measure="RR")):
        with pytest.raises(InputError, match="peto"):
            call(**table)
    assert np.isfinite(peto(**table).estimate)
    assert mantel_haenszel(**table, measure="RD").estimate < 0


@pytest.mark.parametrize("call", FUNCTIONS)
def test_results_say_what_was_done(call):
    got = call(**TOY)
    table = got.summary()
    assert table["estimate"].tolist() == pytest.approx([got.estimate, np.exp(got.estimate)])
    assert "no continuity correction" in got.method_text()
    assert json.dumps(got.to_dict())
    assert got.method_text()[:20] in got._repr_html_()
    assert got.null == 0


@pytest.mark.parametrize("call", [mantel_haenszel, peto])
def test_statistic_and_p_value_are_those_of_the_normal_distribution(call):
    got = call(**TOY)
    assert got.statistic == pytest.approx(got.estimate / got.se, rel=1e-12)
    assert got.p == pytest.approx(2 * stats.norm.sf(abs(got.estimate / got.se)), rel=1e-10)


def test_a_correction_lies_between_its_limits():
    for limit, beyond in ((1e3, 1.001e3), (1e-3, 0.999e-3)):
        assert np.isfinite(mantel_haenszel(**TOY, correct=limit).estimate)
        with pytest.raises(InputError, match=r"must be 0, or from 0\.001 to 1000"):
            mantel_haenszel(**TOY, correct=beyond)


def test_as_many_events_in_both_groups_count_in_a_ratio_of_risks():
    assert mantel_haenszel(ai=[3, 0, 2], n1i=[10] * 3, ci=[3, 0, 4], n2i=[10] * 3, measure="RR").k_used == 2


def test_a_correction_is_said():
    assert "0.5 added" in mantel_haenszel(**TOY, correct=0.5).method_text()


def test_a_correction_goes_to_tables_with_an_empty_cell_only():
    # 0 of 10 against 2 of 10 becomes 0.5 of 11 against 2.5 of 11; 3 of 10 against 5 of 12 stays.
    got = mantel_haenszel(ai=[0, 3], n1i=[10, 10], ci=[2, 5], n2i=[10, 12], correct=0.5)
    up, down = 0.5 * 8.5 / 22 + 3 * 7 / 22, 10.5 * 2.5 / 22 + 7 * 5 / 22
    assert got.estimate == pytest.approx(np.log(up / down), rel=1e-12)
    assert got.weights.tolist() == pytest.approx([100 * 26.25 / 61.25, 100 * 35 / 61.25])


def test_a_study_of_events_only_can_move_a_ratio_of_risks_but_no_odds_ratio():
    full = {"ai": [*TOY["ai"], 9], "n1i": [*TOY["n1i"], 9], "ci": [*TOY["ci"], 7], "n2i": [*TOY["n2i"], 7]}
    used = {measure: mantel_haenszel(**full, measure=measure).k_used for measure in ("OR", "RR", "RD")}
    assert used == {"OR": 3, "RR": 4, "RD": 4}
    assert mantel_haenszel(**full).notes == ()  # that note is of studies without events
    assert "1 of 4 studies" in peto(**full).notes[0]
    assert peto(**TOY).notes == ()


def test_what_becomes_of_studies_without_events_is_said():
    none = {"ai": [*TOY["ai"], 0], "n1i": [*TOY["n1i"], 70], "ci": [*TOY["ci"], 0], "n2i": [*TOY["n2i"], 70]}
    assert "only through the 0.5 added" in mantel_haenszel(**none, correct=0.5).notes[0]
    assert "count nothing in a ratio" in mantel_haenszel(**none).notes[0]


def test_two_studies_have_a_test_of_homogeneity_and_one_has_none():
    two = {name: values[::2] for name, values in TOY.items()}
    got = mantel_haenszel(**two)
    # Woolf's log odds ratios about the pooled one; with one degree of freedom p = 2 (1 - Phi(sqrt(Q))).
    rows = [(1, 49, 4, 46), (3, 57, 5, 53)]
    own = [(np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d) for a, b, c, d in rows]
    q = sum((y - got.estimate) ** 2 / v for y, v in own)
    assert (got.q, got.h2, got.q_df) == pytest.approx((q, q, 1))
    assert got.q_name == peto(**two).q_name == "Q of the studies' estimates"
    assert got.q_p == pytest.approx(2 * stats.norm.sf(np.sqrt(q)))
    only = mantel_haenszel(ai=[1, 0], n1i=[50, 40], ci=[4, 0], n2i=[50, 42])
    assert (only.q_df, only.h2) == pytest.approx((0, np.nan), nan_ok=True)


@pytest.mark.parametrize(("events", "kind"), [([0, 0], "no events in"), ([5, 0], "only events, or none, in")])
def test_studies_that_say_nothing_of_a_ratio_are_refused_in_true_words(events, kind):
    with pytest.raises(InputError, match=kind):
        mantel_haenszel(ai=events, n1i=[5, 9], ci=events, n2i=[5, 9])


def test_variation_between_arms_widens_both_ways_alike():
    table = {"ai": [1, 9, 3, 8], "n1i": [20, 20, 20, 20], "ci": [5, 2, 15, 12], "n2i": [20, 20, 20, 20]}
    one, other = beta_binomial(**table, interval="wald"), beta_binomial(**swapped(table), interval="wald")
    assert one.parameters["rho"] > 0.05
    assert other.estimate == pytest.approx(-one.estimate, rel=1e-6) and one.estimate < -0.1
    assert other.se == pytest.approx(one.se, rel=1e-5)
