"""GOSH: against metafor, single fits of every subset, other kernels, and by hand."""

import itertools
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import evidence as ev
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.gosh_result import packed, unpacked
from evidence.synthesis.kernels import problems
from evidence.synthesis.many import pool_many
from evidence.synthesis.subset_kernels import common_sums, fit_subsets, well_conditioned
from evidence.synthesis.tau2 import METHODS, log_likelihood, tau2

GOLDEN = Path(__file__).parent / "golden"
CASES = json.loads((GOLDEN / "gosh.json").read_text("utf-8"))
POOLING = json.loads((GOLDEN / "pooling.json").read_text("utf-8"))
BCG = next(case["input"] for case in POOLING if case["id"] == "pool_bcg_EE_z")
FOUR = {"yi": [0.1, 0.2, 0.15, 1.4], "vi": [0.03, 0.05, 0.04, 0.04]}

estimates = st.floats(-3, 3).map(lambda x: round(x, 3))
variances = st.floats(-3, 2).map(lambda x: float(f"{10**x:.3g}"))
studies = st.lists(st.tuples(estimates, variances), min_size=2, max_size=7)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_agrees_with_metafor(case):
    result = ev.gosh(**case["input"], **case["args"])
    found = result.quantiles()
    assert result.n == case["expected"]["n_subsets"]
    # The peer's Fisher scoring stops at a change of tau2 of 1e-5; equal-effects and DL are closed forms.
    close = {"rel": 1e-8, "abs": 1e-8}
    for ours, theirs in (("estimate", "estimate_q"), ("tau2", "tau2_q"), ("i2", "I2_q")):
        assert found[ours].tolist() == pytest.approx(case["expected"][theirs], **close), ours


@pytest.mark.parametrize("method", ["EE", "DL", "REML", "PM", "SJ"])
def test_each_subset_is_a_single_fit(method):
    result = ev.gosh(**BCG, method=method)
    yi, vi = np.array(BCG["yi"]), np.array(BCG["vi"])
    inside = unpacked(result.members, 13) == 1
    assert len(np.unique(result.members)) == result.n == result.available == 2**13 - 14
    for i in range(0, result.n, 60):
        one = ev.pool(yi=yi[inside[i]], vi=vi[inside[i]], method=method, test="z", prediction=None)
        for name in ("estimate", "tau2", "i2", "q", "k"):
            assert getattr(result, name)[i] == pytest.approx(getattr(one, name), rel=1e-8, abs=1e-10), name


@pytest.mark.parametrize("method", ["EE", "DL", "REML"])
def test_every_subset_agrees_with_the_general_kernels(method):
    result = ev.gosh(**BCG, method=method)
    many = pool_many(BCG["yi"], BCG["vi"], unpacked(result.members, 13), method=method)
    for name in ("estimate", "tau2", "i2", "q", "k"):
        expected = getattr(many, name)
        assert getattr(result, name) == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@example([(0.0, 5.89), (0.0, 0.00178), (2.43, 0.01)], "REML")  # two studies whose tau2 is next to nothing
@given(studies, st.sampled_from(["EE", "DL", "REML"]))
@settings(max_examples=80, deadline=None)
def test_any_studies_give_what_the_general_kernels_give(rows, method):
    yi, vi = (np.array(column) for column in zip(*rows, strict=True))
    result = ev.gosh(yi=yi, vi=vi, method=method)
    many = pool_many(yi, vi, unpacked(result.members, len(yi)), method=method)
    unit = np.sqrt(vi.min())
    assert result.estimate == pytest.approx(many.estimate, rel=1e-8, abs=1e-8 * unit)
    assert result.tau2 == pytest.approx(many.tau2, rel=1e-8, abs=1e-8 * unit**2)
    assert result.q == pytest.approx(many.q, rel=1e-8, abs=1e-9)


def test_of_several_maxima_the_highest_is_taken():
    yi, vi = np.array([0.0, 0.12, 9.0, -9.0, 8.0]), np.array([0.001, 0.001, 4.0, 4.0, 4.0])
    assert well_conditioned(yi, vi)
    got = ev.gosh(yi=yi, vi=vi)
    grid = np.concatenate([[0], np.geomspace(1e-6, 1e3, 3000)])
    several = 0
    for at, inside in enumerate(unpacked(got.members, 5) == 1):
        one = problems(yi[inside], vi[inside])
        t, rows = grid / one.unit, (np.repeat(each, grid.size, axis=0) for each in (one.y, one.v))
        heights = log_likelihood(*rows, t, restricted=True)
        peaks = (heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])
        several += peaks.sum() + (heights[0] > heights[1]) > 1
        reached = log_likelihood(one.y, one.v, got.tau2[at : at + 1] / one.unit, restricted=True)[0]
        assert reached >= heights.max() - 1e-9
    assert several >= 2


def test_sums_over_pairs_lose_no_digit():
    # Two studies that agree to 1e-9, far from the rest and a million times as precise.
    yi, vi = np.array([5.0, 5.0 + 1e-9, 0.0]), np.array([1e-12, 1e-12, 1.0])
    fits = fit_subsets(common_sums(yi, vi, "DL"), np.array([[1.0, 1.0, 0.0]]))
    assert fits.q[0] == pytest.approx((yi[1] - yi[0]) ** 2 / 2e-12, rel=1e-12)
    assert not well_conditioned(yi, vi)


def test_ill_conditioned_studies_go_through_the_general_kernels():
    yi, vi = np.array([0.0, 2e-7, 1.0, 2.0]), np.array([1e-14, 2e-14, 0.3, 0.2])
    result = ev.gosh(yi=yi, vi=vi, minimum=1)
    for at, inside in enumerate(unpacked(result.members, 4) == 1):
        if inside.sum() > 1:
            expected = tau2(problems(yi[inside], vi[inside]), "REML")[0]
            assert result.tau2[at] == pytest.approx(expected, rel=1e-9, abs=1e-25)


def test_by_hand():
    """Two studies each: the weighted mean, and Q = (y1 - y2)^2 / (v1 + v2)."""
    result = ev.gosh(yi=[0.0, 1.0, 4.0], vi=[1.0, 1.0, 2.0], method="DL", minimum=1)
    assert result.members[:, 0].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert result.k.tolist() == [1, 1, 2, 1, 2, 2, 3]
    assert result.q[[0, 1, 2, 3, 4, 5]] == pytest.approx([0, 0, 1 / 2, 0, 16 / 3, 3], rel=1e-12)
    # k = 2: tau2 = (Q - 1) (v1 + v2) / 2, and I2 = 1 - 1 / Q.
    assert result.tau2[[0, 2, 4, 5]] == pytest.approx([0, 0, 6.5, 3], rel=1e-12)
    assert result.i2[[2, 4, 5]] == pytest.approx([0, 100 * (1 - 3 / 16), 100 * (1 - 1 / 3)], rel=1e-12)
    assert np.isnan(result.i2[[0, 1, 3]]).all()
    assert result.estimate[[0, 1, 2, 3]] == pytest.approx([0, 1, 0.5, 4], rel=1e-12, abs=1e-15)
    assert result.quantiles([0.5])["i2"][0] == pytest.approx(np.median(result.i2[result.k > 1]))


@pytest.mark.parametrize("method", METHODS)
def test_single_studies_stand_as_they_are(method):
    result = ev.gosh(**FOUR, method=method, minimum=1)
    alone = result.k == 1
    order = result.members[alone, 0]
    assert order.tolist() == [1, 2, 4, 8]
    assert result.estimate[alone] == pytest.approx(FOUR["yi"])
    assert not result.tau2[alone].any() and not result.q[alone].any()
    assert np.isnan(result.i2[alone]).all() and not np.isnan(result.i2[~alone]).any()


def test_groups_of_a_study_and_what_separates_them():
    result = ev.gosh(**FOUR)
    assert result.separating == "Study 4"
    with_it, without = result.with_study(3), result.without_study("Study 4")
    assert (with_it.n, without.n) == (7, 4)
    assert with_it.holds(3).all() and not without.holds(3).any()
    table = result.summary().set_index("study")
    assert table.loc["Study 4", "estimate_with"] == np.median(with_it.estimate)
    assert table.loc["Study 4", "i2_without"] == np.median(without.i2)
    assert table.loc["Study 4", ["subsets_with", "subsets_without"]].tolist() == [7, 4]
    # The share between groups is the squared correlation with membership.
    inside = result.holds(3).astype(float)
    shares = [np.corrcoef(values, inside)[0, 1] ** 2 for values in (result.estimate, result.i2)]
    assert table.loc["Study 4", "separation"] == pytest.approx(100 * np.mean(shares), rel=1e-10)
    assert table["separation"].idxmax() == "Study 4"
    assert without.summary()["estimate_with"].isna().tolist() == [False, False, False, True]


def test_random_subsets_are_distinct_seeded_and_evenly_drawn():
    rng = np.random.default_rng(3)
    data = {"yi": rng.normal(size=40), "vi": rng.uniform(0.1, 1, 40)}
    result = ev.gosh(**data, subsets=5000, seed=7, minimum=3)
    assert result.members.shape == (5000, 2)
    assert len(np.unique(result.members, axis=0)) == 5000
    assert result.k.min() >= 3
    inside = unpacked(result.members, 40)
    assert np.abs(inside.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(5000)
    again = ev.gosh(**data, subsets=5000, seed=7, minimum=3)
    assert np.array_equal(result.members, again.members)
    assert not np.array_equal(result.members, ev.gosh(**data, subsets=5000, seed=8, minimum=3).members)
    one = ev.pool(yi=data["yi"][inside[9] == 1], vi=data["vi"][inside[9] == 1])
    assert result.tau2[9] == pytest.approx(one.tau2, rel=1e-8, abs=1e-10)
    assert np.array_equal(result.holds(39), inside[:, 39] == 1)


def test_some_of_few_studies_are_some_of_all():
    every, some = ev.gosh(**BCG), ev.gosh(**BCG, subsets=100)
    places = {int(word): i for i, word in enumerate(every.members[:, 0])}
    at = [places[int(word)] for word in some.members[:, 0]]
    assert len(set(at)) == 100
    assert some.estimate == pytest.approx(every.estimate[at], rel=1e-12)
    assert ev.gosh(**FOUR, subsets=11).n == 11


def test_large_subsets_of_many_studies_are_drawn_until_all_are_there():
    data = {"yi": np.arange(21.0), "vi": np.ones(21)}
    result = ev.gosh(**data, minimum=20)
    assert sorted(result.k.tolist()) == [20] * 21 + [21]
    many = ev.gosh(**data, minimum=15, subsets=3000, method="EE")
    sizes = np.bincount(many.k, minlength=22)[15:]
    expected = np.array([math.comb(21, size) for size in range(15, 22)])
    share = expected / expected.sum()
    assert (np.abs(sizes / 3000 - share) < 5 * np.sqrt(share * (1 - share) / 3000)).all()


@given(st.integers(1, 70), st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_members_are_packed_without_loss(k, seed):
    inside = np.random.default_rng(seed).integers(0, 2, (5, k)).astype(float)
    words = packed(inside)
    assert words.shape == (5, -(-k // 32)) and words.dtype == np.uint32
    assert np.array_equal(unpacked(words, k), inside)


def test_progress_reaches_its_total():
    seen = []
    ev.gosh(**BCG, progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 1
    assert seen[-1] == (8178, 8178)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_an_interruption_ends_it():
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ev.gosh(**BCG, progress=interrupt)


def test_a_pooled_result_brings_its_method_and_its_labels():
    effects = ev.Effects(ev.pool(**FOUR).effects.table.assign(label=["A", "B", "C", "D"]), scale="log")
    fit = ev.pool(effects, method="DL")
    result = ev.gosh(fit)
    assert (result.method, result.labels, result.scale) == ("DL", ("A", "B", "C", "D"), "log")
    assert (result.full_estimate, result.full_tau2, result.full_i2) == pytest.approx(
        (fit.estimate, fit.tau2, fit.i2), rel=1e-10
    )
    assert "all 11 subsets of 2 or more of 4 studies" in result.method_text()
    assert "DerSimonian-Laird" in result.method_text()
    assert "seed 1" in ev.gosh(fit, subsets=5).method_text()


def test_equal_estimates_have_no_heterogeneity():
    result = ev.gosh(yi=[0.4] * 5, vi=[0.1, 0.2, 0.1, 0.3, 0.1])
    assert not result.tau2.any() and not result.i2.any()
    assert result.estimate == pytest.approx(np.full(26, 0.4))
    assert not result.summary()["separation"].any()


def test_all_subsets_of_a_pair_of_studies():
    for size, count in ((1, 3), (2, 1)):
        assert ev.gosh(yi=[0.1, 0.5], vi=[0.1, 0.2], minimum=size).n == count


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "Reml"}, OptionError, "Did you mean 'REML'"),
        ({"method": "IVhet"}, OptionError, "IVhet"),
        ({"subsets": "some"}, OptionError, "some"),
        ({"subsets": 0}, InputError, "subsets=0 must be a whole number of 1"),
        ({"subsets": 12}, InputError, "more than the 11 subsets"),
        ({"subsets": True}, InputError, "subsets=True"),
        ({"minimum": 0}, InputError, "minimum=0"),
        ({"minimum": 5}, TooFewStudiesError, "minimum=5 is more than the 4 studies"),
        ({"seed": 3}, InputError, "all of them are pooled"),
        ({"seed": -1, "subsets": 5}, InputError, "seed=-1"),
        ({"yi": [1.0], "vi": [1.0]}, TooFewStudiesError, "2 or more rows"),
        ({"yi": [1.0, 2.0], "vi": [1.0, 0.0]}, InputError, "Study 2 has vi=0"),
        ({"yi": np.ones(21), "vi": np.ones(21), "subsets": "all"}, InputError, "2,097,130 subsets"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        ev.gosh(**(FOUR | options))


def test_bad_questions_to_a_result_are_named():
    result = ev.gosh(**FOUR)
    with pytest.raises(OptionError, match="Did you mean 'Study 4'"):
        result.holds("study 4")
    with pytest.raises(InputError, match="position from 0 to 3"):
        result.with_study(4)
    with pytest.raises(InputError, match="label or a position"):
        result.with_study(1.5)
    with pytest.raises(InputError, match="between 0 and 1"):
        result.quantiles([50])
    with pytest.raises(InputError, match="No subset is left"):
        result.with_study(0).without_study(0).quantiles()
    twins = ev.gosh(ev.Effects(ev.pool(**FOUR).effects.table.assign(label=["A", "A", "B", "C"])))
    with pytest.raises(InputError, match="Several studies are called 'A'"):
        twins.holds("A")


def test_huge_numbers_of_studies_are_drawn_from_without_a_warning():
    rng = np.random.default_rng(5)
    data = {"yi": rng.normal(size=300), "vi": rng.uniform(0.1, 1, 300)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = ev.gosh(**data, subsets=300)
    assert result.members.shape == (300, 10)
    assert "subsets of 2 or more of 300 studies" in result.method_text()


def test_subsets_of_a_stated_size():
    result = ev.gosh(**BCG, minimum=12)
    assert result.n == 14
    expected = [ev.pool(yi=np.delete(BCG["yi"], i), vi=np.delete(BCG["vi"], i)).estimate for i in range(13)]
    found = [result.without_study(i).estimate[0] for i in range(13)]
    assert found == pytest.approx(expected, rel=1e-9)
    assert len(list(itertools.combinations(range(13), 12))) + 1 == result.n
