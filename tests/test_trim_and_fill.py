"""Trim and fill and fail-safe N: peer and published values, steps by hand, edges, refusals."""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.effects.effects import Effects
from evidence.errors import ConvergenceError, InputError, OptionError, SmallStudyWarning, TooFewStudiesError
from evidence.robustness.fail_safe import fail_safe_n
from evidence.robustness.trim_and_fill import trim_and_fill
from evidence.robustness.trimming import trim
from evidence.synthesis.pool import pool

GOLDEN = json.loads((Path(__file__).parent / "golden" / "small_study.json").read_text("utf-8"))
CASES = [case for case in GOLDEN if case["kind"] == "trimfill"]
DATA = {case["id"].removeprefix("egger_"): case["input"] for case in GOLDEN if case["kind"] == "small_study"}
YI = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
VI = [0.01, 0.011, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]


def filled(data, **options):
    if len(data["yi"]) >= 10:
        return trim_and_fill(**data, **options)
    with pytest.warns(SmallStudyWarning):
        return trim_and_fill(**data, force=True, **options)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_agrees_with_metafor(case):
    theirs = case["expected"]
    ours = filled(case["input"], estimator=case["args"]["estimator"], test="z")
    assert (ours.k0, ours.side) == (theirs["k0"], theirs["side"])
    # The peer's REML stops at its own tolerance, near 1e-5 of tau2; the next test goes another road.
    found = (ours.estimate, ours.ci_low, ours.ci_high, ours.adjusted.tau2)
    expected = tuple(theirs[name] for name in ("beta", "ci_lb", "ci_ub", "tau2"))
    assert found == pytest.approx(expected, rel=0, abs=1e-5)
    if not ours.k0:
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_published_error_of_the_number_missing():
    # Shown for these data by metafor 3: "missing studies on the left side: 7 (SE = 4.0399)".
    assert trim_and_fill(**DATA["hackshaw"]).k0_se == pytest.approx(4.0399, abs=5e-5)


@pytest.mark.parametrize("name", ["bangert", "hackshaw", "raudenbush", "gibson"])
def test_adjusted_mean_is_that_of_the_mirrored_studies(name):
    y, v = (np.array(DATA[name][column]) for column in ("yi", "vi"))
    found = trim_and_fill(yi=y, vi=v)
    order = np.argsort(y if found.side == "left" else -y, kind="stable")
    kept, mirrored = order[: y.size - found.k0], order[y.size - found.k0 :]
    centre = pool(yi=y[kept], vi=v[kept]).estimate
    assert found.centre == pytest.approx(centre, rel=1e-9)
    assert found.filled["yi"].to_numpy() == pytest.approx(2 * centre - y[mirrored], rel=1e-9)
    whole = pool(yi=np.r_[y, 2 * centre - y[mirrored]], vi=np.r_[v, v[mirrored]])
    names = ("estimate", "ci_low", "ci_high", "tau2")
    assert [getattr(found.adjusted, each) for each in names] == pytest.approx(
        [getattr(whole, each) for each in names], rel=1e-9
    )


def test_steps_by_hand():
    # Mean 1; distances 1, 0.9, 0.8, 0.7, 0.25, 0.75, 2.4 have the ranks 6, 5, 4, 2, 1, 3, 7. Those above the
    # mean sum to 1 + 3 + 7 = 11: L0 = (44 - 56) / 13 and Q0 = 6.5 - sqrt(98 - 44 + 0.25), both below 0. One
    # study lies beyond all on the left: R0 = 1 - 1.
    y = np.array([0.0, 0.1, 0.2, 0.3, 1.25, 1.75, 3.4])
    for estimator in ("L0", "R0", "Q0"):
        assert trim(y, np.ones(7), estimator, "EE")[0] == (0,)
    # Mean 6/7: two studies lie further off than 1.06, the furthest on the left, R0 = 2 - 1. Without the last
    # the mean is 0.5; the two still lie further off than 0.7, and 1 it stays.
    y = np.array([-0.2, 0.0, 0.1, 0.2, 0.3, 2.6, 3.0])
    steps, centre, _, p = trim(y, np.ones(7), "R0", "EE")
    assert (steps, centre, p) == ((0, 1), pytest.approx(0.5), 0.5)


@pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])
def test_mirrored_data_give_mirrored_results(estimator):
    y, v = (np.array(DATA["raudenbush"][column]) for column in ("yi", "vi"))
    here = trim_and_fill(yi=y, vi=v, estimator=estimator)
    there = trim_and_fill(yi=-y, vi=v, estimator=estimator)
    assert here.k0 > 0
    assert (here.k0, here.side, there.side) == (there.k0, "left", "right")
    assert there.estimate == pytest.approx(-here.estimate, rel=1e-10)
    assert there.filled["yi"].to_numpy() == pytest.approx(-here.filled["yi"].to_numpy(), rel=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_filled_studies_are_mirror_images_beyond_the_mean(seed):
    rng = np.random.default_rng(seed)
    v = rng.uniform(0.01, 0.5, 14)
    y = rng.normal(np.sqrt(v), np.sqrt(v))
    try:
        found = trim_and_fill(yi=y, vi=v, method="DL")
    except ConvergenceError:
        return
    assert len(found.filled) == found.k0 == found.trimmed[-1]
    assert found.adjusted.k == 14 + found.k0
    beyond = found.filled["yi"] - found.centre
    assert ((beyond <= 0) if found.side == "left" else (beyond >= 0)).all()
    if found.k0:
        towards = found.estimate - found.observed.estimate
        assert towards <= 1e-9 if found.side == "left" else towards >= -1e-9


def test_side_and_labels_of_the_studies_are_kept():
    table = pd.DataFrame({"label": [f"Trial {i}" for i in range(10)], "yi": YI, "vi": VI})
    effects = Effects(table, measure="MD", favours=("worse", "better"))
    found = trim_and_fill(effects)
    assert found.filled["label"].tolist() == [f"Filled: {name}" for name in found.filled["mirror"]]
    assert set(found.filled["mirror"]) <= set(table["label"])
    assert found.adjusted.effects.measure == "MD"
    assert found.adjusted.effects.favours == effects.favours
    assert trim_and_fill(pool(effects)).estimate == found.estimate
    assert trim_and_fill(effects, side="left").estimate == found.estimate
    assert trim_and_fill(effects, side="right").k0 == 0
    without = Effects(table.assign(included=[True] * 9 + [False]))
    with pytest.raises(TooFewStudiesError, match="9 studies"):
        trim_and_fill(without)


def test_edges():
    equal = trim_and_fill(yi=[0.4] * 10, vi=VI)
    assert (equal.k0, equal.estimate) == (0, pytest.approx(0.4))
    assert any("all estimates are equal" in note for note in equal.notes)
    with pytest.raises(InputError, match="no side can be told"):
        trim_and_fill(yi=YI, vi=[0.1] * 10)
    assert trim_and_fill(yi=YI, vi=[0.1] * 10, side="left").k0 >= 0
    nearly = trim_and_fill(yi=[0.4] * 9 + [0.9], vi=VI, estimator="R0")
    assert 0 <= nearly.k0 < 9
    for k in (0, 1, 2):
        with pytest.raises(TooFewStudiesError, match="3 or more"):
            trim_and_fill(yi=YI[:k], vi=VI[:k], force=True)
    ties = trim_and_fill(yi=[0.1, 0.1, 0.5, 0.5, 0.5, 0.9, 0.9, 1.3, 1.3, 1.3], vi=VI)
    assert ties.adjusted.k == 10 + ties.k0


def test_few_studies_are_refused_and_marked_if_forced():
    with pytest.raises(TooFewStudiesError, match="force=True"):
        trim_and_fill(yi=YI[:9], vi=VI[:9])
    with pytest.warns(SmallStudyWarning) as caught:
        found = trim_and_fill(yi=YI[:9], vi=VI[:9], force=True)
    assert caught[0].filename == __file__
    assert found.forced
    assert "fewer than 10" in found.method_text()


def test_q0_that_does_not_exist_is_refused():
    homog = DATA["homog"]
    with pytest.raises(InputError, match=r"Q0 does not exist.*'L0'"), warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallStudyWarning)
        trim_and_fill(**homog, estimator="Q0", force=True)


def test_going_round_in_circles_is_an_error(monkeypatch):
    numbers = iter([2.0, 1.0, 2.0])
    monkeypatch.setattr("evidence.robustness.trimming._missing", lambda *_: (next(numbers), 1.0))
    with pytest.raises(ConvergenceError, match="round in circles"):
        trim(np.array(YI), np.array(VI), "L0", "EE")


def test_p_value_of_r0_is_that_of_the_negative_binomial():
    # P(R0 >= k0) = 0.5^k0 when nothing is missing: sum over m < k0 - 1 of 0.5^(m + 2), m from -1.
    found = trim_and_fill(**DATA["hackshaw"], estimator="R0")
    expected = 1 - sum(0.5 ** (m + 2) for m in range(-1, found.k0 - 1))
    assert found.k0_p == pytest.approx(expected, rel=1e-10)
    assert math.isnan(trim_and_fill(**DATA["hackshaw"]).k0_p)


def test_words():
    found = trim_and_fill(yi=YI, vi=VI, estimator="R0", method="DL", test="z", level=0.9)
    text = found.method_text()
    assert f"estimator R0: {found.k0} studies filled in on the left" in text
    assert "DerSimonian-Laird" in text
    assert "90 %" in text
    assert "no data" in text
    json.dumps(found.to_dict())
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize(
    ("name", "options", "number"),
    [
        ("raudenbush", {}, 26),
        ("raudenbush", {"kind": "orwin", "target": 0.05}, 44),
        ("raudenbush", {"kind": "orwin", "target": 0.05, "weighted": True}, 4),
        ("raudenbush", {"kind": "rosenberg"}, 0),
        ("hackshaw", {}, 393),
        ("hackshaw", {"kind": "orwin", "target": 0.049}, 186),
        ("hackshaw", {"kind": "orwin", "target": 0.049, "weighted": True}, 104),
        ("hackshaw", {"kind": "rosenberg"}, 202),
    ],
)
def test_fail_safe_n_agrees_with_metafors_own_tests(name, options, number):
    # Examples of Becker 2005 (in Rothstein, Sutton and Borenstein, ch. 7), as metafor's tests state them.
    assert fail_safe_n(**DATA[name], **options).n == number


def test_so_many_studies_without_effect_undo_the_result():
    y, v = np.array([0.3, 0.5, 0.4]), np.array([0.02, 0.03, 0.05])
    n = int(fail_safe_n(yi=y, vi=v).n)
    total = np.sum(y / np.sqrt(v))
    assert total / math.sqrt(3 + n) <= 1.6448536269514722 < total / math.sqrt(3 + n - 1)
    n = int(fail_safe_n(yi=y, vi=v, kind="orwin", target=0.1).n)
    assert n == 9  # mean 0.4 of three: 1.2 / 12 is 0.1
    n = fail_safe_n(yi=y, vi=v, kind="rosenberg").n
    weight = np.sum(1 / v)
    share = [weight * m / 3 for m in (n, n - 1)]  # of further studies of average weight
    z = [np.sum(y / v) / math.sqrt(weight + more) for more in share]
    assert z[0] <= 1.959963984540054 < z[1]


def test_fail_safe_n_edges_and_refusals():
    assert fail_safe_n(yi=[-0.3, -0.5], vi=[0.02, 0.03]).n == fail_safe_n(yi=[0.3, 0.5], vi=[0.02, 0.03]).n
    assert fail_safe_n(yi=[0.0], vi=[1.0]).n == 0
    orwin = fail_safe_n(yi=[0.4, 0.2], vi=[1, 1], kind="orwin")
    assert (orwin.n, orwin.target) == (2, pytest.approx(0.15))
    assert fail_safe_n(yi=[0.4, 0.2], vi=[1, 1], kind="orwin", target=0).n == math.inf
    assert fail_safe_n(yi=[0.4, 0.2], vi=[1, 1], kind="orwin", target=-0.1).n == math.inf
    assert fail_safe_n(yi=[0.4, -0.4], vi=[1, 1], kind="orwin", target=0.1).n == 0
    assert fail_safe_n(yi=YI, vi=VI).threshold == 60
    for kind in ("rosenthal", "orwin", "rosenberg"):
        found = fail_safe_n(yi=YI, vi=VI, kind=kind)
        assert "advises against it" in found.method_text()
        assert len(found.summary()) == 1
        json.dumps(found.to_dict())
    refused = (
        ({"kind": "orwin", "alpha": 0.05}, InputError, "alpha=0.05 has no effect"),
        ({"target": 0.1}, InputError, "target=0.1 has no effect"),
        ({"weighted": True}, InputError, "weighted=True has no effect"),
        ({"kind": "iyengar"}, OptionError, "kind='iyengar'"),
        ({"alpha": 5}, InputError, "alpha=5"),
        ({"kind": "orwin", "target": math.inf}, InputError, "target=inf"),
    )
    for options, error, words in refused:
        with pytest.raises(error, match=words):
            fail_safe_n(yi=YI, vi=VI, **options)
    shares = Effects(pd.DataFrame({"yi": YI, "vi": VI}), measure="PLO", scale="logit")
    with pytest.raises(InputError, match="proportion"):
        fail_safe_n(shares)
    with pytest.raises(TooFewStudiesError):
        fail_safe_n(yi=[], vi=[])
