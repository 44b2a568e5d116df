"""Rare events in two groups, simulated: every row is what the package says of that meta-analysis."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

import evidence as ev
from evidence.errors import EvidenceError
from evidence.synthesis.counts import Tables
from evidence.synthesis.method_choice import picked
from simulations import rare_models
from simulations.rare_groups import (
    BETWEEN_RISKS,
    CHOICE,
    CHOSEN,
    GLMM,
    INVERSE,
    MH,
    PETO,
    Interval,
    drawn,
    intervals,
    scores,
    simulate_rare_groups,
)
from simulations.rare_models import MODELS, two_group_fits
from simulations.scenarios import Scenario, scenarios

WORLDS = [
    Scenario("rare_groups", 1, 2, 10, 0.7, 0.5, share=0.05),
    Scenario("rare_groups", 2, 3, 30, 1.4, 0.5, share=0.05),
    Scenario("rare_groups", 3, 5, 100, 0.0, 0.0, share=0.005),
    Scenario("rare_groups", 4, 7, 100, 0.7, 0.5, share=0.02),
    Scenario("rare_groups", 5, 10, 30, 1.4, 0.5, share=0.05),
]
ROWS = 8


def rows(tables):
    """Arguments of the package's functions, for every row."""
    columns = (tables.ai, tables.n1i, tables.ci, tables.n2i)
    return [dict(zip(("ai", "n1i", "ci", "n2i"), row, strict=True)) for row in zip(*columns, strict=True)]


def said(call, **row):
    """Estimate and ends of the package's interval; None where it refuses."""
    try:
        result = call(**row)
    except EvidenceError:
        return None
    return [result.estimate, result.ci_low, result.ci_high]


def agree(got, expected, close):
    if got is None or expected is None:
        return got is expected
    return got == pytest.approx(expected, rel=close, abs=close)


def simulated(interval, place):
    estimate, half = (part[place] for part in interval)
    return None if np.isnan(half) else [estimate, estimate - half, estimate + half]


def inverse(method, test):
    def call(**row):
        effects = ev.escalc("OR", **row)
        return ev.pool(yi=effects["yi"], vi=effects["vi"], method=method, test=test)

    return call


CALLS = {
    MH: ev.mantel_haenszel,
    f"{MH}, 0.5 added": lambda **row: ev.mantel_haenszel(**row, correct=0.5),
    PETO: ev.peto,
    "inverse variance, DL, z": inverse("DL", "z"),
    INVERSE: inverse("REML", "adhoc"),
}


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_sums_and_inverse_variance_are_those_of_the_package(world):
    tables = drawn(world, 3 * ROWS)
    found = intervals(tables, world.n)
    for name, call in CALLS.items():
        for place, row in enumerate(rows(tables)):
            got, expected = simulated(found[name], place), said(call, **row)
            assert agree(got, expected, 1e-10), (name, row)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_the_models_are_those_of_glmm(world, model):
    tables = drawn(world, ROWS)
    found = intervals(tables, world.n)
    for test in ("z", "t"):
        for place, row in enumerate(rows(tables)):
            got = simulated(found[f"GLMM {model}, {test}"], place)
            expected = said(ev.glmm, **row, model=model, test=test)
            assert agree(got, expected, 5e-4), row


def test_the_choice_is_that_of_the_package():
    seen = set()
    for world in (*WORLDS, *scenarios("rare_groups")[7::61]):
        tables = drawn(world, ROWS)
        found = intervals(tables, world.n)
        for place, (row, code) in enumerate(zip(rows(tables), picked(tables), strict=True)):
            assert code == ev.choose_method(**row).method, row
            seen.add(str(code))
            expected = simulated(found[CHOSEN[code]], place) if code in CHOSEN else None
            assert simulated(found[CHOICE], place) == expected
    assert seen == {*CHOSEN, "NONE"}


def test_a_model_without_a_maximum_or_with_an_even_ridge_is_left_to_the_package(monkeypatch):
    asked = []

    def told(*asked_of):
        asked.append(asked_of)
        return np.nan, np.nan, np.nan

    monkeypatch.setattr(rare_models, "_by_the_package", told)
    # One event a study leaves tau free; two studies that exclude each other let it run away.
    ai, ci = np.array([[1, 0], [9, 0], [4, 5]]), np.array([[0, 1], [0, 9], [3, 2]])
    fits = two_group_fits(ai, ci, 10, "CM.EL")
    assert np.isnan(fits.se).tolist() == [True, True, False]
    assert len(asked) == 2


def test_of_two_tops_the_higher_is_taken():
    # The likelihood has one at a tau of zero (log value -60.734) and one at 0.911 (-60.743).
    fits = two_group_fits(np.array([[6, 13, 0]]), np.array([[1, 3, 2]]), 30, "UM.FS")
    assert fits.tau[0] == 0
    assert fits.estimate[0] == pytest.approx(1.43188, abs=1e-4)


def test_exchanging_groups_turns_the_sign():
    ai, ci = np.array([[3, 0, 5, 1]]), np.array([[1, 2, 0, 1]])
    for model in MODELS:
        one, other = two_group_fits(ai, ci, 30, model), two_group_fits(ci, ai, 30, model)
        assert other.estimate[0] == pytest.approx(-one.estimate[0], abs=1e-8)
        assert other.se[0] == pytest.approx(one.se[0], rel=1e-8)


def test_what_cannot_be_estimated_is_none_and_counted():
    n = 10
    ai = np.array([[0, 0, 0], [1, 2, 0], [0, 0, 1], [2, 1, 0]], dtype=float)
    ci = np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1], [1, 1, 2]], dtype=float)
    found = intervals(Tables(ai, np.full(ai.shape, n), ci, np.full(ai.shape, n)), n)
    none = {name: np.isnan(interval.half).tolist() for name, interval in found.items()}
    assert none[MH] == [True, True, False, False]
    assert none[f"{MH}, 0.5 added"] == none[PETO] == [True, False, False, False]
    assert none[INVERSE] == [False, False, False, False]  # one half added makes numbers of nothing
    assert none[GLMM] == [True, True, True, False]
    assert none[CHOICE] == [True, True, False, False]
    assert scores(found[GLMM], 0.0)["none"] == 0.75
    nothing = scores(Interval(np.full(2, np.nan), np.full(2, np.nan)), 0.0)
    assert (nothing["none"], nothing["below"], nothing["above"]) == (1.0, 0.0, 0.0)
    assert np.isnan([nothing["bias"], nothing["width"]]).all()


def test_scores_by_hand():
    # Against a truth of 1: [-0.5, 0.5] lies below, [0.5, 1.5] holds it, [2, 4] lies above, the last is none.
    interval = Interval(np.array([0.0, 1.0, 3.0, np.nan]), np.array([0.5, 0.5, 1.0, np.nan]))
    found = scores(interval, effect=1.0)
    assert found == {"bias": pytest.approx(1 / 3), "width": pytest.approx(4 / 3)} | dict.fromkeys(
        ("below", "above", "none"), 0.25
    )


def test_worlds_are_what_they_say():
    world = Scenario("rare_groups", 0, 20, 100, 0.7, 0.5, share=0.05)
    tables = drawn(world, 4000)
    z = np.random.default_rng(1).standard_normal((2, 400_000))
    second = logit(world.share) + BETWEEN_RISKS * z[0]
    first = second + world.effect + world.tau * z[1]
    for events, chance in ((tables.ci, expit(second)), (tables.ai, expit(first))):
        assert (events / world.n).mean() == pytest.approx(chance.mean(), rel=0.01)
        # Binomial within studies, and the spread of the risks between them.
        spread = chance.var() + (chance * (1 - chance)).mean() / world.n
        assert (events / world.n).var() == pytest.approx(spread, rel=0.03)
    assert np.corrcoef(tables.ai.ravel(), tables.ci.ravel())[0, 1] > 0.2


def test_every_method_has_a_row():
    found = simulate_rare_groups(WORLDS[2], draws=20)
    assert [row["method"] for row in found] == [
        *CALLS,
        *(f"GLMM {model}, {test}" for model in MODELS for test in ("z", "t")),
        CHOICE,
    ]
    assert {name for row in found for name in row} == {"method", "bias", "width", "below", "above", "none"}
