"""Selection models: metafor's numbers, the integral by another rule, derivatives, properties, refusals."""

import functools
import json
import math
import warnings
from bisect import bisect_left
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import (
    BoundaryWarning,
    ConvergenceError,
    FewStudiesWarning,
    InputError,
    OptionError,
    TooFewStudiesError,
)
from evidence.robustness.bounded import climb
from evidence.robustness.reported import p_values
from evidence.robustness.selection_likelihood import likelihood
from evidence.robustness.selection_weights import selection

GOLDEN = Path(__file__).parent / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "selection.json").read_text("utf-8"))}
MODELS = [name for name, case in CASES.items() if case["kind"] == "selection_model"]
DIVERGENCES: dict[str, dict[str, float]] = {}
for entry in json.loads((GOLDEN / "known_divergences.json").read_text("utf-8")):
    if entry["id"] in CASES:
        DIVERGENCES.setdefault(entry["id"], {})[entry["field"]] = entry["tolerance"]
HACKSHAW = CASES["sel3_hackshaw"]["input"]
KINDS = [("step", (0.025, 0.5)), ("beta", ()), ("halfnormal", ())]


def quiet(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ev.selection_model(*args, **options)


@functools.cache
def fitted(case_id):
    return quiet(**CASES[case_id]["input"], force=True)


def fields(case_id):
    got = fitted(case_id)
    return {
        "beta": got.estimate,
        "se": got.se,
        "ci_lb": got.ci_low,
        "ci_ub": got.ci_high,
        "tau2": got.tau2,
        "delta": got.delta[1],
        "ll": got.ll,
        "LRT": got.lrt,
        "LRT_p": got.lrt_p,
    }


def expected(case_id):
    found = dict(CASES[case_id]["expected"])
    return found | {"delta": found["delta"][1]}


def weight(kind, steps, eta, p):
    """The weight function, written out."""
    if kind == "step":
        return [1.0, *map(math.exp, eta)][bisect_left(steps, p)]
    if kind == "beta":
        p = min(max(p, 1e-5), 1 - 1e-5)
        return p ** (eta[0] - 1) * (1 - p) ** (eta[1] - 1)
    return math.exp(-eta[0] * p**2)


def second_route(y, v, kind, steps, at, *, two_sided):
    """Log-likelihood with every normalising integral by adaptive quadrature on the scale of y."""
    total = 0.0
    for yi, vi in zip(y, v, strict=True):
        s, sigma = math.sqrt(vi), math.sqrt(vi + at[1])

        def p_of(x, s=s):
            return 2 * special.ndtr(-abs(x / s)) if two_sided else special.ndtr(-x / s)

        def density(x, sigma=sigma, p_of=p_of):
            height = math.exp(-(((x - at[0]) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))
            return weight(kind, steps, at[2:], p_of(x)) * height

        cuts = [*steps, 1e-5, 1 - 1e-5]
        z = [-special.ndtri(cut / 2 if two_sided else cut) for cut in cuts]
        low, high = at[0] - 12 * sigma, at[0] + 12 * sigma
        inner = sorted(x * s for x in [*z, *(-x for x in z), 0.0] if low < x * s < high)
        edges = [low, *inner, high]
        parts = [integrate.quad(density, a, b, epsabs=1e-13, epsrel=1e-11)[0] for a, b in pairwise(edges)]
        total += math.log(density(yi)) - math.log(sum(parts))
    return total


@pytest.mark.parametrize("case_id", MODELS)
@pytest.mark.parametrize("name", ["beta", "se", "ci_lb", "ci_ub", "tau2", "delta", "ll", "LRT", "LRT_p"])
def test_metafor_is_met(case_id, name):
    got, wanted = fields(case_id)[name], expected(case_id)[name]
    known = DIVERGENCES.get(case_id, {}).get(name)
    assert got == pytest.approx(wanted, rel=known or 1e-5, abs=1e-9)
    if known is not None:
        assert got != pytest.approx(wanted, rel=1e-5, abs=1e-9), "no longer a divergence"


@pytest.mark.parametrize("case_id", MODELS)
def test_the_standard_error_is_metafors_at_metafors_estimate(case_id):
    case, wanted = CASES[case_id], CASES[case_id]["expected"]
    y, v = (np.array(case["input"][name]) for name in ("yi", "vi"))
    model = likelihood(y, v, p_values(y, v, "greater"), selection("step", (0.025,), two_sided=False))
    delta = wanted["delta"][1]
    _, gradient, hessian = model(np.array([wanted["beta"], wanted["tau2"], math.log(delta)]))
    # From the logarithm of the weight to the weight; away from a maximum the gradient counts.
    scale = np.array([1, 1, delta])
    natural = (hessian - np.diag([0, 0, gradient[2]])) / np.outer(scale, scale)
    free = [0, 1, 2] if wanted["tau2"] > min(v.min() / 10, 1e-4) else [0, 2]
    se = math.sqrt(np.linalg.inv(-natural[np.ix_(free, free)])[0, 0])
    assert se == pytest.approx(wanted["se"], rel=1e-5)


@pytest.mark.parametrize("case_id", MODELS)
def test_the_likelihood_is_metafors_at_metafors_estimate_and_higher_at_ours(case_id):
    case, wanted = CASES[case_id], CASES[case_id]["expected"]
    y, v = (np.array(case["input"][name]) for name in ("yi", "vi"))
    chosen = selection("step", (0.025,), two_sided=False)
    model = likelihood(y, v, p_values(y, v, "greater"), chosen)
    theirs = [wanted["beta"], wanted["tau2"], math.log(wanted["delta"][1])]
    assert model(np.array(theirs))[0] == pytest.approx(wanted["ll"], abs=1e-10)
    got = fitted(case_id)
    ours = [got.estimate, got.tau2, math.log(got.delta[1])]
    assert got.ll == pytest.approx(second_route(y, v, "step", (0.025,), ours, two_sided=False), abs=1e-8)
    assert got.ll >= wanted["ll"]
    # An optimiser of another kind, without our derivatives, goes no higher.
    best = optimize.minimize(
        lambda at: -model(np.array([at[0], at[1] ** 2, at[2]]))[0],
        [wanted["beta"], wanted["tau2"] ** 0.5, theirs[2]],
        method="Nelder-Mead",
        bounds=[(None, None), (0, None), (math.log(1e-5), math.log(100))],
        options={"xatol": 1e-6, "fatol": 1e-9, "maxfev": 1000},
    )
    assert -best.fun <= got.ll + 1e-9
    assert -best.fun == pytest.approx(got.ll, abs=1e-6)


def test_four_steps_as_in_metafors_own_tests():
    case = CASES["sel_hackshaw_four_steps"]
    wanted = case["expected"]
    got = ev.selection_model(**case["input"], **case["args"], interval="profile")
    assert got.counts == tuple(wanted["k"])
    assert got.delta == pytest.approx(wanted["delta"], rel=1e-5)
    assert got.delta_se[1:] == pytest.approx(wanted["delta_se"][1:], rel=1e-5)
    assert got.tau2 == pytest.approx(wanted["tau2"], rel=1e-5)
    assert (got.lrt, got.lrt_df) == (pytest.approx(wanted["LRT"], rel=1e-6), 3)
    assert got.delta_ci[1:].ravel() == pytest.approx(np.ravel(wanted["profile_delta"]), rel=1e-3)
    # The peer's root of the lower end of tau2 is found to about 1e-5.
    assert got.tau2_ci == pytest.approx(tuple(wanted["profile_tau2"]), rel=1e-5, abs=2e-5)


def test_profile_limits_lie_where_the_likelihood_has_dropped():
    got = ev.selection_model(**HACKSHAW, steps=(0.05, 0.5), interval="profile", level=0.9)
    y, v = (np.array(HACKSHAW[name]) for name in ("yi", "vi"))
    model = likelihood(y, v, p_values(y, v, "greater"), selection("step", (0.05, 0.5), two_sided=False))
    drop = stats.chi2.ppf(0.9, 1) / 2
    for end in (got.ci_low, got.ci_high):
        best = optimize.minimize(
            lambda at, end=end: -model(np.array([end, at[0] ** 2, at[1], at[2]]))[0],
            [0.2, 0.0, 0.0],
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-11, "maxfev": 3000},
        )
        assert got.ll + best.fun == pytest.approx(drop, abs=1e-5)


def test_beta_weights_as_in_metafors_own_tests():
    # The peer integrates to 1e-4 and stops at tau2 of 2e-6, so that only four digits can agree.
    case = CASES["sel_baskerville_beta"]
    wanted, vi = case["expected"], np.array(case["input"]["sei"]) ** 2
    got = ev.selection_model(yi=case["input"]["yi"], vi=vi, kind="beta")
    assert got.delta == pytest.approx(wanted["delta"], rel=1e-4)
    assert got.delta_se == pytest.approx(wanted["delta_se"], rel=3e-3)
    assert (got.lrt, got.lrt_df) == (pytest.approx(wanted["LRT"], rel=1e-4), 2)
    assert got.tau2 == 0
    at = [got.estimate, got.tau2, *got.delta]
    again = second_route(case["input"]["yi"], vi, "beta", (), at, two_sided=False)
    assert got.ll == pytest.approx(again, abs=1e-8)


def test_half_normal_weights_as_in_metafors_own_tests():
    case = CASES["sel_preston_halfnormal"]
    effects = ev.escalc("OR", **case["input"])
    got = quiet(effects, **case["args"])
    assert got.delta == pytest.approx(case["expected"]["delta"], rel=1e-6)
    assert got.delta_se == pytest.approx(case["expected"]["delta_se"], rel=1e-6)
    # With tau2 at its bound of 0 the random-effects model is the same.
    assert quiet(effects, kind="halfnormal", alternative="less").ll == pytest.approx(got.ll)


def test_given_weights_as_in_metafors_own_tests():
    case = CASES["sel_cohen_fixed"]
    y, v = np.arctanh(case["input"]["ri"]), 1 / (np.array(case["input"]["ni"]) - 3)
    for delta, beta, tau2 in zip(case["args"]["delta"].values(), *case["expected"].values(), strict=True):
        got = ev.selection_model(yi=y, vi=v, steps=case["args"]["steps"], delta=delta)
        assert (got.estimate, got.tau2) == (pytest.approx(beta, abs=6e-7), pytest.approx(tau2, abs=6e-7))
        assert got.fixed and got.lrt_df == 0 and math.isnan(got.lrt_p) and np.isnan(got.delta_se).all()
        assert "given as 1, 0.99" in got.method_text()


@pytest.mark.parametrize(("kind", "steps"), KINDS)
@pytest.mark.parametrize("alternative", ["greater", "two-sided"])
def test_integrals_and_derivatives(kind, steps, alternative):
    rng = np.random.default_rng(3)
    y, v = rng.normal(0.3, 0.5, 9), rng.uniform(0.02, 0.3, 9)
    two_sided = alternative == "two-sided"
    model = likelihood(y, v, p_values(y, v, alternative), selection(kind, steps, two_sided=two_sided))
    for values in ((0.4, 0.9), (1.8, 3.2)):
        at = np.r_[0.2, 0.05, values[: model.features.size]]
        value, gradient, hessian = model(at)
        assert value == pytest.approx(second_route(y, v, kind, steps, at, two_sided=two_sided), abs=2e-7)
        for j in range(at.size):
            step = np.where(np.arange(at.size) == j, 1e-5, 0)
            up, down = model(at + step), model(at - step)
            assert gradient[j] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-6, abs=1e-5)
            assert hessian[j] == pytest.approx((up[1] - down[1]) / 2e-5, rel=1e-5, abs=1e-4)


@pytest.mark.parametrize(
    ("kind", "steps", "delta"), [("step", (0.025,), (1, 1)), ("beta", None, (1, 1)), ("halfnormal", None, 0)]
)
def test_equal_weights_are_no_selection(kind, steps, delta):
    got = ev.selection_model(**HACKSHAW, kind=kind, steps=steps, delta=delta)
    plain = ev.pool(**HACKSHAW, method="ML", test="z")
    assert (got.estimate, got.tau2) == (pytest.approx(plain.estimate), pytest.approx(plain.tau2))
    assert got.ll == pytest.approx(got.unadjusted_ll)
    assert got.unadjusted == plain.estimate


def test_common_effect_holds_tau2_at_nothing():
    got = ev.selection_model(**HACKSHAW, method="EE")
    assert got.tau2 == 0 and math.isnan(got.tau2_se) and math.isnan(got.tau2_lrt)
    assert ev.selection_model(**HACKSHAW).tau2_lrt == pytest.approx(
        2 * (ev.selection_model(**HACKSHAW).ll - got.ll), abs=1e-9
    )
    assert got.unadjusted == pytest.approx(ev.pool(**HACKSHAW, method="EE").estimate)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), shape=st.sampled_from(KINDS), unit=st.sampled_from([1e-3, 0.1, 50.0]))
def test_units_and_direction_change_nothing(seed, shape, unit):
    rng = np.random.default_rng(seed)
    y, v = rng.normal(0.4, 0.4, 25), rng.uniform(0.02, 0.2, 25)
    options = {"kind": shape[0], "steps": shape[1] or None, "force": True}
    try:
        one = quiet(yi=y, vi=v, **options)
    except ConvergenceError:
        return
    other = quiet(yi=-unit * y, vi=unit**2 * v, alternative="less", **options)
    assert other.estimate == pytest.approx(-unit * one.estimate, rel=1e-5, abs=1e-6 * unit)
    assert other.ci_low == pytest.approx(-unit * one.ci_high, rel=1e-4, abs=1e-5 * unit, nan_ok=True)
    assert other.delta == pytest.approx(one.delta, rel=1e-4, abs=1e-6)
    assert other.ll == pytest.approx(one.ll - 25 * math.log(unit), abs=1e-6)


def test_a_known_selection_is_found_again():
    # Simulated: mean 0.2, tau 0.2, and a quarter of the studies with p > 0.025 reported.
    rng = np.random.default_rng(11)
    v = rng.uniform(0.02, 0.1, 6000)
    y = rng.normal(0.2, np.sqrt(v + 0.04))
    told = (p_values(y, v, "greater") <= 0.025) | (rng.uniform(size=6000) < 0.25)
    got = ev.selection_model(yi=y[told], vi=v[told])
    assert got.estimate == pytest.approx(0.2, abs=3 * got.se)
    assert got.tau2 == pytest.approx(0.04, abs=3 * got.tau2_se)
    assert got.delta[1] == pytest.approx(0.25, abs=3 * got.delta_se[1])
    assert got.unadjusted > got.estimate + 5 * got.se
    assert got.lrt_p < 1e-10


def test_more_starts_find_nothing_higher():
    rng = np.random.default_rng(5)
    for kind, steps in KINDS:
        got = ev.selection_model(**HACKSHAW, kind=kind, steps=steps or None)
        y, v = (np.array(HACKSHAW[name]) for name in ("yi", "vi"))
        model = likelihood(y, v, p_values(y, v, "greater"), selection(kind, steps, two_sided=False))
        d = model.features.size
        low = {"step": math.log(1e-5), "beta": 1e-5, "halfnormal": 0.0}[kind]
        high = math.log(100) if kind == "step" else 100.0
        lower, upper = np.r_[-50, 0, np.full(d, low)], np.r_[50, 50, np.full(d, high)]
        for _ in range(8):
            start = np.r_[rng.normal(0.2, 0.5), rng.uniform(0, 0.5), rng.uniform(0.2, 2, d)]
            try:
                top = climb(model, start, lower, upper, what="test")[1]
            except ConvergenceError:
                continue
            assert top <= got.ll + 1e-7


def test_weights_over_p():
    step = ev.selection_model(**HACKSHAW, steps=(0.025, 0.5))
    table = step.weights([0.025, 0.026, 0.5, 0.9])
    assert table["weight"].tolist() == [1.0, step.delta[1], step.delta[1], step.delta[2]]
    half = ev.selection_model(**HACKSHAW, kind="halfnormal").weights([0.0, 0.5])
    assert half["weight"].iloc[0] == half["ci_low"].iloc[0] == 1.0
    assert half["ci_low"].iloc[1] < half["weight"].iloc[1] < half["ci_high"].iloc[1]
    beta = ev.selection_model(**HACKSHAW, kind="beta").weights([0.025, 0.3])
    assert beta["weight"].iloc[0] == pytest.approx(1)
    with pytest.raises(InputError, match="between 0 and 1"):
        step.weights([1.5])
    studies = step.studies()
    assert studies["p"].to_numpy() == pytest.approx(
        stats.norm.sf(np.array(HACKSHAW["yi"]) / np.sqrt(HACKSHAW["vi"]))
    )


def test_effects_tables_and_pooled_results_are_read_alike():
    table = pd.DataFrame({**HACKSHAW, "label": [f"Trial {i}" for i in range(37)]})
    effects = Effects(table, measure="OR", scale="log")
    found = [ev.selection_model(given) for given in (table, effects, ev.pool(effects))]
    assert len({each.estimate for each in found}) == 1
    assert found[1].labels[0] == "Trial 0"
    assert found[1].display()["estimate"] == pytest.approx(math.exp(found[1].estimate))
    left = table.assign(included=[True] * 36 + [False])
    assert ev.selection_model(left).k == 36
    assert len(found[1].summary()) == 6
    assert found[1].to_dict()["delta_se"][0] is None


def test_an_interval_without_studies_is_refused_or_forced():
    bcg = CASES["sel3_bcg"]["input"]
    with pytest.raises(InputError, match=r"0 < p ≤ 0.025: 0, 0.025 < p ≤ 1: 13.*alternative='less'"):
        ev.selection_model(**bcg)
    with pytest.warns(BoundaryWarning, match="no study has 0 < p ≤ 0.025"):
        got = ev.selection_model(**bcg, force=True)
    assert got.delta.tolist() == [1, 100] and np.isnan(got.delta_se[1])
    assert any("at the edge" in note for note in got.notes)
    # A later interval without studies has a weight of 0: the likelihood falls with it.
    y, v = np.abs(HACKSHAW["yi"]), HACKSHAW["vi"]
    with pytest.warns(BoundaryWarning, match=r"0.5 < p ≤ 1: 0"):
        got = ev.selection_model(yi=y, vi=v, steps=(0.025, 0.5), force=True)
    assert got.delta[2] == 0
    near = quiet(yi=y, vi=v, steps=(0.025, 0.5), delta=(1, got.delta[1], 0.01))
    assert near.ll < got.ll


def test_few_studies_warn_and_fewer_are_refused():
    few = {"yi": [0.1, 0.9, 0.3, 0.7], "vi": [0.04, 0.05, 0.09, 0.03]}
    with pytest.warns(FewStudiesWarning, match="4 studies are few"):
        got = ev.selection_model(**few)
    assert "4 studies are few" in got.notes[0]
    with pytest.raises(TooFewStudiesError, match=r"4 or more rows, not 3.*4 parameters"):
        ev.selection_model(yi=few["yi"][:3], vi=few["vi"][:3], steps=(0.025, 0.5))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"kind": "stepp"}, OptionError, "Did you mean 'step'"),
        ({"steps": (0.5, 0.025)}, InputError, "must increase"),
        ({"steps": (0.025, 0.025)}, InputError, "must increase"),
        ({"steps": (0.0, 0.5)}, InputError, "steps holds 0; cut points"),
        ({"steps": (0.5, 1.0)}, InputError, "steps holds 1; cut points"),
        ({"steps": ()}, InputError, "steps is empty"),
        ({"steps": ("a",)}, InputError, "numbers"),
        ({"kind": "beta", "steps": (0.025,)}, OptionError, "is for kind='step'"),
        ({"delta": (1, 2, 3)}, InputError, "3 values where 2"),
        ({"delta": (1, -1)}, InputError, "delta holds -1"),
        ({"delta": (0, 1)}, InputError, "no study with 0 < p ≤ 0.025 is reported, but there are 7"),
        ({"kind": "beta", "delta": (0, 1)}, InputError, "between 1e-05 and 100"),
        ({"alternative": "both"}, OptionError, "alternative='both'"),
        ({"interval": "bootstrap"}, OptionError, "interval='bootstrap'"),
        ({"method": "REML"}, OptionError, "method='REML'"),
        ({"level": 95}, InputError, "level=95"),
        ({"force": "yes"}, OptionError, "force='yes'"),
    ],
)
def test_what_cannot_be_is_refused(options, error, words):
    with pytest.raises(error, match=words):
        ev.selection_model(**HACKSHAW, **options)


def test_studies_that_do_not_differ_are_refused():
    with pytest.raises(InputError, match=r"All 12 estimates are 0\.4"):
        ev.selection_model(yi=[0.4] * 12, vi=np.linspace(0.01, 0.2, 12))
    v = np.linspace(0.01, 0.2, 12)
    with pytest.raises(InputError, match=r"All 12 p values are 0\.0228"):
        ev.selection_model(yi=2 * np.sqrt(v), vi=v, kind="beta")
    with pytest.raises(InputError, match="effects or yi and vi, not both"):
        ev.selection_model(pd.DataFrame(HACKSHAW), **HACKSHAW)


def test_proportions_have_no_p_values():
    shares = Effects(pd.DataFrame(HACKSHAW), measure="PLO", scale="logit")
    for method in (ev.selection_model, ev.p_curve, ev.excess_significance):
        with pytest.raises(InputError, match=r"proportions \(measure PLO\)"):
            method(shares)
    assert ev.copas(shares, size=5).scale == "logit"


def test_weights_that_favour_large_p_values_are_named():
    beta, step = ev.selection_model(**HACKSHAW, kind="beta"), ev.selection_model(**HACKSHAW)
    assert any("larger p values are reported more readily" in note for note in beta.notes)
    assert not any("more readily" in note for note in step.notes)


def test_a_fit_that_wanders_far_is_not_believed():
    # Far from the data the mean weight underflows; such parameters are never accepted.
    y, v = np.array([0.1, 0.4, 0.2]), np.full(3, 0.04)
    model = likelihood(y, v, p_values(y, v, "greater"), selection("beta", (), two_sided=False))
    assert model(np.array([40.0, 0.0, 100.0, 100.0]))[0] == -np.inf
    assert quiet(yi=y, vi=v, kind="beta", method="EE").ll > -10
