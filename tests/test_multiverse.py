"""Every path of a multiverse is what the single calls give, and the shares of variance are those by hand."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evidence as ev
from evidence.effects.scale import scale
from evidence.errors import InputError, OptionError
from evidence.robustness.choice_importance import variance_shares
from evidence.robustness.multiverse import _sorted
from evidence.synthesis.answer import Answer
from evidence.tables.load import Tables

NUMBERS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")


@pytest.fixture(scope="module")
def changes(whole_review):
    return ev.multiverse(whole_review, "Q1b")


@pytest.fixture(scope="module")
def contrasts(whole_review):
    return ev.multiverse(whole_review, "Q1e")


@pytest.fixture(scope="module")
def shares(whole_review):
    return ev.multiverse(whole_review, "Q4a", choices={"model": ["exact", "GLMM", "PLO REML", "PAS DL"]})


def assert_same(row, expected):
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True), (name, row["path"])


@pytest.fixture(scope="module")
def by_hand(whole_review):
    """Pool one path by the single calls; the effects of each set of choices are computed once."""
    known = {}

    def pooled(result, row):
        choices, model = result.options(row["path"])
        key = (result.question.id, str(choices))
        if key not in known:
            known[key] = whole_review.effects(result.question.id, **choices)
        effects = known[key]
        # `Answer` counts people without pooling.
        people = Answer(result.question, effects, None).people
        assert (row["k"], row["people"]) == (effects.k, people)
        found = ev.pool(effects, **model)
        back = scale(effects.scale).back
        numbers = {name: float(back(getattr(found, name))) for name in NUMBERS}
        return numbers | {"p": found.p, "tau2": found.tau2, "i2": found.i2}

    return pooled


def test_every_path_is_what_the_single_calls_give(contrasts, by_hand):
    paths = contrasts.on()
    for _, row in paths.loc[paths["distinct"]].iloc[::2].iterrows():
        assert_same(row, by_hand(contrasts, row))


def test_paths_of_a_large_grid_are_what_the_single_calls_give(changes, by_hand):
    """A path of every fourth data set, each with another model."""
    paths = changes.paths.loc[changes.paths["estimate"].notna()]
    chosen = paths.sample(frac=1, random_state=1).drop_duplicates("data")
    assert len(chosen) >= 80
    assert {*chosen["method"]} == {"EE", "DL", "PM", "REML", "ML", "SJ"}
    for _, row in chosen.iloc[::4].iterrows():
        assert_same(row, by_hand(changes, row))


def test_ratios_stand_on_the_readers_scale(whole_review, by_hand):
    result = ev.multiverse(whole_review, "Q1h", choices={"method": ["REML"], "test": ["adhoc"]})
    assert result.scales == ("odds ratio", "risk difference", "risk ratio")
    for _, row in result.paths.loc[result.paths["estimate"].notna()].iterrows():
        assert_same(row, by_hand(result, row))


def test_shares_are_what_the_single_calls_give(whole_review, shares):
    paths = shares.on()
    for _, row in paths.loc[paths["distinct"]].iloc[::2].iterrows():
        choices, model = shares.options(row["path"])
        rows = whole_review.effects("Q4a", **choices).included
        counts = {"xi": rows["xi"], "ni": rows["ni"]}
        measure, _, method = model["model"].rpartition(" ")
        found = ev.proportion(**counts, measure=measure or "PLO", method=method)
        ends = ("proportion", "proportion_low", "proportion_high", "proportion_pi_low", "proportion_pi_high")
        expected = {name: getattr(found, end) for name, end in zip(NUMBERS, ends, strict=True)}
        assert_same(row, expected | {"tau2": found.tau2, "i2": found.i2})
        assert math.isnan(row["p"])


@pytest.fixture(scope="module")
def every_question(whole_review, whole_answers):
    """Every question with effect sizes; shares by their own model, for the others take long."""

    def asked(question):
        return {"model": [question.model]} if question.kind == "proportion" else {"method": ["EE", "REML"]}

    return {
        key: ev.multiverse(whole_review, key, choices=asked(found.question))
        for key, found in whole_answers.items()
    }


def test_the_protocols_path_is_the_answer_of_every_question(every_question, whole_answers):
    for key, result in every_question.items():
        found = whole_answers[key]
        assert result.paths["protocol"].sum() == 1
        assert result.primary["k"] == found.effects.k
        assert result.primary["people"] == found.people
        assert result.primary["distinct"]
        pooled = found.result
        if pooled is None:
            assert np.isnan(result.primary["estimate"]) or found.question.model == "shown"
            continue
        if isinstance(pooled, ev.Pooled):
            shown = pooled.display() | {"p": pooled.p, "tau2": pooled.tau2}
        else:
            names = ("proportion", "proportion_low", "proportion_high")
            shown = {name: getattr(pooled, end) for name, end in zip(NUMBERS[:3], names, strict=True)}
        assert_same(result.primary, shown)


def test_every_question_says_why_a_path_is_not_pooled(every_question):
    for result in every_question.values():
        paths = result.paths
        assert len(paths) == math.prod(len(choice.levels) for choice in result.choices)
        assert (paths["reason"].ne("") == paths["estimate"].isna()).all()
        assert (paths.loc[paths["k"] < 2, "reason"] != "").all()
        assert len(result.summary()) == 2 * len(result.scales)
        assert result.by_choice()["paths"].gt(0).all()
        assert len(result.importance()) <= len(result.choices)


def test_paths_that_are_the_same_are_known(changes):
    paths = changes.paths.set_index("path")
    numbers = ["estimate", "ci_low", "ci_high", "p", "tau2"]
    for path, other in paths["same_as"].items():
        if path != other and path % 50 == 0:
            assert paths.loc[path, [*numbers, "method", "test", "measure"]].equals(
                paths.loc[other, [*numbers, "method", "test", "measure"]]
            )
    assert paths.loc[paths["same_as"], "distinct"].all()
    # One visit and scale for all but Minh 2019; its last visit is the primary one.
    twins = paths.loc[(paths["time"] == "latest") & ~paths["distinct"]]
    assert len(twins) == (paths["time"] == "latest").sum()


def test_choices_that_change_nothing_are_named(changes, contrasts, shares):
    assert changes.dropped == {
        "denominator": "plays no part in a change",
        "model": "plays no part in a change",
    }
    assert contrasts.dropped["measure"] == "has one level here: SMD"
    assert contrasts.dropped["time"] == "changes no number of this question"
    assert shares.dropped["r"] == "plays no part in a proportion"
    names = {choice.name for choice in shares.choices}
    assert not names & set(shares.dropped)


def test_a_choice_the_caller_names_stays_with_the_protocols_level(whole_review):
    result = ev.multiverse(whole_review, "Q1e", choices={"time": ["latest"], "test": ["adhoc"], "r": [0.7]})
    levels = {choice.name: choice.levels for choice in result.choices}
    assert levels["time"] == ("primary", "latest")
    assert levels["test"] == ("adhoc",)
    assert levels["r"] == (0.5, 0.7)
    assert (result.paths.groupby("time")["distinct"].sum() > 0).tolist() == [False, True]


def test_points_of_different_scales_are_not_pooled(whole_review):
    result = ev.multiverse(whole_review, "Q1b", choices={"measure": ["MC"], "r": [0.5], "method": ["REML"]})
    points = result.paths.loc[result.paths["measure"] == "MC"]
    assert points["estimate"].isna().all()
    assert points["reason"].str.startswith("points of different scales cannot be pooled: ").any()


def test_counts_by_hand(contrasts):
    paths = contrasts.on()
    row = contrasts.summary().iloc[0]
    assert row["paths"] == len(paths) == 180
    assert row["share_above"] == (paths["ci_low"] > 0).mean() == row["share_claim"]
    assert row["share_below"] == (paths["ci_high"] < 0).mean()
    assert (row["median"], row["lowest"]) == (np.median(paths["estimate"]), paths["estimate"].min())
    adhoc = contrasts.by_choice().query("choice == 'test' and level == 'adhoc'").iloc[0]
    of_level = paths.loc[paths["test"] == "adhoc"]
    assert (adhoc["pooled"], adhoc["median"]) == (len(of_level), np.median(of_level["estimate"]))


def test_a_benchmark_takes_the_place_of_no_effect(shares):
    paths = shares.on()
    assert shares.question.benchmark == 0.1
    assert ((paths["ci_high"] < 0.1) == (paths["beyond"] == "below")).all()


def test_paths_are_sorted(changes):
    pooled = changes.paths["estimate"].notna()
    assert pooled.tolist() == sorted(pooled, reverse=True)
    for _, of_scale in changes.paths.loc[pooled].groupby("scale"):
        assert of_scale["estimate"].round(9).is_monotonic_increasing
    assert changes.paths["scale"].iloc[0] == changes.scale


def test_rounding_errors_of_a_machine_do_not_change_the_order(changes):
    paths = changes.paths
    noise = np.random.default_rng(1).uniform(-1e-13, 1e-13, (len(paths), 2))
    other = paths.assign(**(paths[["estimate", "ci_low"]] + noise))
    again = _sorted(other.sample(frac=1, random_state=2), changes.scale)
    assert again["path"].tolist() == paths["path"].tolist()


def test_notes_say_which_paths_are_missing(changes, whole_review):
    assert changes.notes == ("randomised only (design): no path leaves two studies to pool",)
    joined = ev.multiverse(whole_review, "Q1h")
    assert "sensitivity analysis only" in joined.notes[0]
    empty = ev.multiverse(whole_review, "Q1a")
    assert empty.notes[0].startswith("no path on the protocol's scale")


def test_a_grid_with_holes_is_called_not_orthogonal(whole_review):
    """Of three studies each of two choices leaves two, and both together leave one."""
    studies, outcomes = whole_review.studies.copy(), whole_review.outcomes.copy()
    studies.loc[studies["study_id"].isin(["puri2015", "pakmedinet42725"]), "randomised"] = "yes"
    for study, caution in (("puri2015", "inferred_denominator"), ("ijord161", pd.NA)):
        outcomes.loc[outcomes["study_id"] == study, "caution"] = caution
    outcomes.loc[outcomes["study_id"] == "pakmedinet42725", "caution"] = pd.NA
    tables = {name: getattr(whole_review, name) for name in Tables.__slots__}
    changed = ev.Review(**(tables | {"studies": studies, "outcomes": outcomes}))
    choices = {
        "cautions": ["all rows", "without imputed denominators"],
        "test": ["adhoc"],
        "method": ["REML"],
    }
    result = ev.multiverse(changed, "Q1h", choices=choices)
    paths = result.paths.query("measure == 'OR'").set_index(["cautions", "design"])
    assert (
        paths["k"].tolist() != [] and paths.loc[("without imputed denominators", "randomised only"), "k"] == 1
    )
    assert paths["estimate"].notna().sum() == 3
    assert result.notes[-1].startswith("1 of 4 paths of the grid")
    assert not result.importance()["orthogonal"].any()


def test_progress_is_told(whole_review):
    told = []
    ev.multiverse(
        whole_review, "Q4a.mnrf", choices={"model": ["exact"]}, progress=lambda *step: told.append(step)
    )
    steps = [step for step, _, _ in told]
    assert list(dict.fromkeys(steps)) == ["Assembling the data", "Pooling"]
    assert all(done <= whole for _, done, whole in told)
    assert told[-1][1] == told[-1][2]


@pytest.mark.parametrize(
    ("question", "choices", "message"),
    [
        ("Q7", None, "a multiverse is for"),
        ("Q1b", {"model": ["GLMM"]}, "not 'model'"),
        ("Q4a", {"r": [0.5]}, "not 'r'"),
        ("Q1b", {"methods": ["DL"]}, "Did you mean 'method'"),
        ("Q1b", {"method": ["DLL"]}, "Did you mean 'DL'"),
        ("Q1b", {"method": "DL"}, "must be a list"),
        ("Q1b", {"method": []}, "at least one"),
        ("Q1b", {"method": ["DL", "DL"]}, "once"),
        ("Q1b", {"r": [1.0]}, "below 1"),
        ("Q1b", {"r": ["a"]}, "below 1"),
        ("Q1b", {"test": ["KR"]}, "'KR'"),
        ("Q1b", {"measure": ["SMD"]}, "'SMD'"),
        ("Q1b", {"preferred": ["gb"]}, "'gb'"),
        ("Q4a", {"model": ["PLO XX"]}, "'PLO XX'"),
        ("Q1b", ["r"], "levels by name"),
    ],
)
def test_impossible_choices_are_refused(whole_review, question, choices, message):
    with pytest.raises((OptionError, InputError), match=message):
        ev.multiverse(whole_review, question, choices=choices)


def test_a_path_or_scale_that_does_not_exist_is_refused(contrasts):
    with pytest.raises(OptionError, match="path=0"):
        contrasts.options(0)
    with pytest.raises(OptionError, match="odds ratio"):
        contrasts.importance(scale="odds ratio")
    with pytest.raises(OptionError, match="weights"):
        contrasts.importance("weights")


def test_shares_of_variance_by_hand():
    """Rows 0, 2 and 6, 4: mean 3; row means 1 and 5, column means 3 and 3, interaction 1 everywhere.

    Of the sum of squares 9 + 1 + 9 + 1 = 20 the rows have 4 x 2 x 2 = 16, the interaction 4.
    """
    shares = variance_shares(np.array([[0.0, 2.0], [6.0, 4.0]]))
    assert shares.first == pytest.approx([16 / 20, 0], abs=1e-15)
    assert shares.total == pytest.approx([20 / 20, 4 / 20], abs=1e-15)


def test_a_missing_path_is_left_out_by_hand():
    """0, 2 and 4, with (1, 1) missing: mean 2, sum of squares 8; row means 1 and 4, column means 2 and 2."""
    shares = variance_shares(np.array([[0.0, 2.0], [4.0, np.nan]]))
    assert shares.first == pytest.approx([(2 * 1 + 4) / 8, 0], abs=1e-15)
    # Within columns 0, 4 and 2 alone: 8; within rows 0, 2 and 4 alone: 2.
    assert shares.total == pytest.approx([8 / 8, 2 / 8], abs=1e-15)


def test_nothing_that_varies_has_no_shares():
    assert np.isnan(variance_shares(np.full((2, 3), 0.3)).first).all()
    assert np.isnan(variance_shares(np.full((2, 3), np.nan)).total).all()
    assert variance_shares(np.empty(())).first.size == 0


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=60, deadline=None)
def test_shares_are_those_of_regressions_on_the_levels(seed, holes):
    """Second route: R2 of a one-way model, and 1 - R2 of the saturated model of the other choices."""
    rng = np.random.default_rng(seed)
    grid = rng.normal(size=(3, 2, 4))
    if holes:
        grid[rng.random(grid.shape) < 0.2] = np.nan
    known = np.isfinite(grid)
    spots, y = np.argwhere(known), grid[known]
    shares = variance_shares(grid)
    whole = ((y - y.mean()) ** 2).sum()
    for axis in range(3):
        own = pd.get_dummies(spots[:, axis]).to_numpy(dtype=float)
        others = pd.Series([tuple(np.delete(spot, axis)) for spot in spots.tolist()])
        cells = pd.get_dummies(others).to_numpy(dtype=float)
        left = [((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum() for x in (own, cells)]
        assert shares.first[axis] == pytest.approx(1 - left[0] / whole, abs=1e-10)
        assert shares.total[axis] == pytest.approx(left[1] / whole, abs=1e-10)
    if not holes:
        assert (shares.total >= shares.first - 1e-12).all()
        assert shares.first.sum() <= 1 + 1e-12 <= shares.total.sum() + 2e-12


def test_importance_is_the_variance_among_level_means(contrasts):
    """By pandas alone: variance of the means of levels over the variance of all paths."""
    paths, table = contrasts.on(), contrasts.importance().set_index("choice")
    y = paths["estimate"]
    for name in table.index:
        means = y.groupby(paths[name]).transform("mean")
        assert table.loc[name, "first_order"] == pytest.approx(means.var() / y.var(), rel=1e-10, abs=1e-12)
    assert table["orthogonal"].all()
    assert table["total"].is_monotonic_decreasing
    assert table.loc["test", "total"] == pytest.approx(0, abs=1e-12)
    only_r = paths.query("method == 'REML' and test == 'adhoc' and cautions == 'all rows'")
    only_r = only_r.loc[only_r["design"] == "all designs", "estimate"]
    assert table.loc["r", ["alone_low", "alone_high"]].tolist() == [only_r.min(), only_r.max()]
    assert contrasts.importance("ci_low").set_index("choice").loc["test", "total"] > 0.1


def test_the_answer_stays_what_it_was(whole_review):
    """The level of the intervals is passed on."""
    result = ev.multiverse(whole_review, "Q1e", choices={"r": [0.5], "cautions": ["all rows"]}, level=0.9)
    found = ev.pool(whole_review.effects("Q1e"), prediction="test", level=0.9)
    assert_same(result.primary, {name: getattr(found, name) for name in NUMBERS})
    assert result.level == 0.9


def test_all_combinations_are_there(contrasts):
    names = [choice.name for choice in contrasts.choices]
    there = set(contrasts.paths[names].itertuples(index=False, name=None))
    assert there == set(product(*(choice.levels for choice in contrasts.choices)))
