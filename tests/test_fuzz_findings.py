"""What fuzzing found once: counts of millions, numbers far apart, corrections of no size."""

import time

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.errors import InputError
from evidence.synthesis.long_sums import stretch, survivors
from fuzz.judge import RESULT, judge

MILLIONS = {"ai": [2, 1, 0, 0, 3], "n1i": [1602, 121, 218, 3873, 177]}
MILLIONS |= {"ci": [133, 115, 359934, 5783, 120], "n2i": [1000, 123, 359934, 50156, 195]}


@pytest.mark.parametrize(
    "call",
    [
        lambda: ev.glmm(model="UM.RS", **MILLIONS),
        lambda: ev.proportion(xi=[150, 5103, 128, 2, 0, 128], ni=[345, 999999, 345, 801, 999999, 6742]),
        lambda: ev.proportion(xi=[10, 191, 635, 461, 0], ni=[12298, 200, 3847, 24684031057, 200]),
        lambda: ev.beta_binomial(ai=[10, 9], n1i=[10**6, 10**9], ci=[30, 20], n2i=[10**6, 10**9]),
    ],
)
def test_counts_of_millions_take_no_longer(call):
    started = time.process_time()
    assert judge(call, lambda _: (), longest=4).kind == RESULT  # it took 9 s, and did not fit into memory
    assert time.process_time() - started < 4


@pytest.mark.parametrize(("p", "phi"), [(0.3, 0.01), (1e-6, 10.0), (0.5, 1e-9)])
def test_a_long_sum_is_the_sum_over_every_person(p, phi):
    values = np.array([3.0, 70_000, 5_000, 123_456, 70_000])
    every = np.arange(values.max())
    above = values.size - np.searchsorted(np.sort(values), every, side="right")
    places, weights = survivors(values)
    for term in (
        lambda j: np.log(p + j * phi),
        lambda j: 1 / (p + j * phi),
        lambda j: (j / (1 + j * phi)) ** 2,
    ):
        assert weights @ term(places) == pytest.approx(float(above @ term(every)), rel=1e-12)


def test_the_rule_of_a_stretch_holds_for_every_power_it_should():
    places, weights = stretch(5_000)
    assert len(places) == 12
    for power in range(24):
        exact = sum(j**power for j in range(5_000))
        assert weights @ places**power == pytest.approx(exact, rel=1e-11)


FAR = {"yi": [-1.15e150, -2.35e166, 2.66e150, -2.07e150], "vi": [1e300] * 4}
WIDE = {"yi": [1, 2, 3], "vi": [1e-16, 2e287, 1e-16]}
USUAL = {"yi": [1, 2, 3], "vi": [1, 1, 1]}
PEOPLE = {"n1i": [20, 20], "ci": [2, 2], "n2i": [13, 7]}
MANY = {"ai": [13377, 17313279], "n1i": [65535, 250827787], "ci": [2000, 10**6], "n2i": [28086, 146715509]}


@pytest.mark.filterwarnings("ignore::evidence.errors.FewStudiesWarning")
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ev.metareg(**FAR, moderators={"x": [1, 2, 3, 5]}), "larger units"),
        (lambda: ev.metareg(**WIDE, moderators={"x": [1, 2, 4]}), "cannot be right|larger units"),
        (lambda: ev.metareg(**USUAL, moderators={"x": [1, 2, 3e-183]}), "other units"),
        (lambda: ev.pool(yi=[1.4e166, 3e149, -2e150], vi=[5e299, 6e299, 2e300], prediction="KR"), "nearer"),
        (lambda: ev.pool(yi=[2e150, -3e150, 4e208], vi=[2e300, 1e297, 1e297], test="KR"), "nearer"),
        (lambda: ev.mantel_haenszel(ai=[0, 0], **PEOPLE, correct=1e-300), "from 0.001 to 1000"),
        (lambda: ev.mantel_haenszel(ai=[1, 3], **PEOPLE, correct=1.7e308), "from 0.001 to 1000"),
        (lambda: ev.glmm(model="CM.EL", **MANY), "CM.AL"),
    ],
)
def test_numbers_too_far_apart_are_refused(call, said):
    with pytest.raises(InputError, match=said):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda alpha: ev.copas(**USUAL, alpha=alpha),
        lambda alpha: ev.excess_significance(**USUAL, alpha=alpha),
        lambda alpha: ev.fail_safe_n(**USUAL, alpha=alpha),
        lambda alpha: ev.fragility(ai=[1, 3], n1i=[9, 9], ci=[4, 5], n2i=[9, 9], measure="OR", alpha=alpha),
        lambda alpha: ev.pet_peese(**USUAL, alpha=alpha, force=True),
        lambda alpha: ev.study_power(**USUAL, alpha=alpha),
    ],
)
def test_a_significance_that_no_study_could_reach_is_refused(call):
    with pytest.raises(InputError, match="alpha=5e-324 must be a number between 1e-300 and"):
        call(5e-324)


def test_an_effect_beyond_all_numbers_is_always_found():
    for far in ({"effect": 1.7e308}, {"effect": 0, "null": -1.7e308}):
        assert ev.study_power(**USUAL, **far).power.tolist() == [1, 1, 1]
    assert ev.excess_significance(**USUAL, true_effect=1.7e308).expected == 3


def test_a_folder_whose_name_is_too_long_for_the_system_is_refused():
    with pytest.raises(InputError, match=r"x{300} (cannot be looked at|does not exist)"):
        ev.load("x" * 300)


def test_estimates_far_below_their_errors_warn_of_nothing():
    assert ev.pool(yi=[-1.1e-159, 0.0], vi=[3.5, 2.7]).tau2 == 0


@pytest.mark.parametrize("te", [2e150, 1e86])
def test_a_network_beyond_squares_is_refused(te):
    table = pd.DataFrame({"study": ["a", "b"], "t1": "x", "t2": "y", "te": [te, 0.1], "se": [0.1, 0.2]})
    with pytest.raises(InputError, match="other units"):
        ev.network(table)


def test_a_network_with_one_contrast_far_off_still_has_a_tau2():
    rows = [("laser", "a b", 1.42, 0.82), ("laser", "mn", -3.5e16, 2.0), ("laser", "a b", -2.92, 1.67)]
    table = pd.DataFrame(
        [(f"s{i}", *row) for i, row in enumerate(rows)], columns=["study", "t1", "t2", "te", "se"]
    )
    assert np.isfinite(ev.network(table).tau2)
