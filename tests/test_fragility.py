"""The fragility index: against a search that shares no code, by hand, and what must not change it."""

import itertools
import math
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.event_changes import Trials, ball_size

THREE = {"ai": [2, 4, 1], "n1i": [40, 60, 30], "ci": [9, 12, 7], "n2i": [40, 60, 30]}
SMALL = {"ai": [1, 2], "n1i": [12, 14], "ci": [6, 8], "n2i": [12, 14]}
BCG = {
    "ai": [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
    "n1i": [123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913],
    "ci": [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
    "n2i": [139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854],
}


def plain_p(ai, n1i, ci, n2i, measure):
    """Second route: DerSimonian-Laird with a Wald test, written out study by study."""
    y, v = [], []
    for a, n1, c, n2 in zip(ai, n1i, ci, n2i, strict=True):
        b, d = n1 - a, n2 - c
        if 0 in (a, b, c, d):
            a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
        if measure == "OR":
            y.append(math.log(a * d / (b * c)))
            v.append(1 / a + 1 / b + 1 / c + 1 / d)
        else:
            y.append(math.log(a / (a + b)) - math.log(c / (c + d)))
            v.append(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    w = [1 / x for x in v]
    mean = sum(wi * yi for wi, yi in zip(w, y, strict=True)) / sum(w)
    q = sum(wi * (yi - mean) ** 2 for wi, yi in zip(w, y, strict=True))
    tau2 = max(0.0, (q - len(y) + 1) / (sum(w) - sum(x * x for x in w) / sum(w)))
    w = [1 / (x + tau2) for x in v]
    mean = sum(wi * yi for wi, yi in zip(w, y, strict=True)) / sum(w)
    return 2 * norm.sf(abs(mean) * math.sqrt(sum(w)))


def searched(data, measure, most):
    """Least number of changes that turns significance, by trying every set of at most `most`."""
    start = plain_p(**data, measure=measure) < 0.05
    cells = 2 * len(data["ai"])
    for size in range(1, most + 1):
        for shift in itertools.product(range(-size, size + 1), repeat=cells):
            if sum(map(abs, shift)) != size:
                continue
            ai = [a + s for a, s in zip(data["ai"], shift[::2], strict=True)]
            ci = [c + s for c, s in zip(data["ci"], shift[1::2], strict=True)]
            inside = all(0 <= x <= n for x, n in zip(ai + ci, data["n1i"] + data["n2i"], strict=True))
            if inside and (plain_p(ai, data["n1i"], ci, data["n2i"], measure) < 0.05) != start:
                return size
    return None


@pytest.mark.parametrize("measure", ["OR", "RR"])
@pytest.mark.parametrize(
    "data",
    [
        SMALL,
        {"ai": [5, 6], "n1i": [12, 14], "ci": [6, 9], "n2i": [12, 14]},
        {"ai": [0, 3], "n1i": [15, 20], "ci": [4, 10], "n2i": [15, 20]},
        {"ai": [10, 9, 12], "n1i": [12, 14, 15], "ci": [7, 6, 8], "n2i": [12, 14, 16]},
    ],
)
def test_index_is_that_of_an_exhaustive_search(data, measure):
    found = ev.fragility(**data, measure=measure, method="DL", test="z")
    assert found.exact
    if found.index <= 4:
        assert found.index == searched(data, measure, 4)
    else:
        assert searched(data, measure, 4) is None
    assert found.p[0] == pytest.approx(plain_p(**data, measure=measure), rel=1e-9)


def test_each_stage_is_the_pooled_result_of_its_counts():
    found = ev.fragility(**THREE, method="PM", test="adhoc")
    for stage, events in enumerate(found.stages):
        table = ev.escalc("OR", ai=events[:, 0], n1i=THREE["n1i"], ci=events[:, 1], n2i=THREE["n2i"])
        fit = ev.pool(table, method="PM", test="adhoc")
        assert (found.estimate[stage], found.p[stage]) == pytest.approx((fit.estimate, fit.p), rel=1e-9)
        assert (found.ci_low[stage], found.ci_high[stage]) == pytest.approx((fit.ci_low, fit.ci_high))
    assert (np.abs(np.diff(found.stages, axis=0)).sum(axis=(1, 2)) == 1).all()
    significant = found.p < 0.05
    assert significant[0] != significant[-1]


def test_the_words_and_tables_list_every_change():
    found = ev.fragility(**THREE, test="z")
    table = found.summary()
    assert len(table) == found.index + 1 == 6
    assert table["change"].iloc[0] == "as it stands"
    assert set(table["study"].iloc[1:]) == {"Study 2"}
    assert table["events"].iloc[1:].tolist() == [5, 6, 7, 8, 9]
    changed = found.changed().iloc[0]
    assert (changed["events_before"], changed["events_after"], changed["total"]) == (4, 9, 60)
    assert found.quotient == pytest.approx(5 / 260)
    assert "5 people of 260, in 1 of 3 studies" in found.words()
    assert "lose significance" in found.method_text() and "proven" in found.method_text()


def test_a_result_that_is_not_significant_is_turned_too():
    data = {"ai": [5, 6], "n1i": [12, 14], "ci": [6, 9], "n2i": [12, 14]}
    found = ev.fragility(**data, method="DL", test="z")
    assert not found.significant and found.p[-1] < 0.05
    assert "it would be significant" in found.words() and "gain significance" in found.method_text()
    # Where no side has the estimate, both are tried.
    even = ev.fragility(ai=[5, 5], n1i=[20, 20], ci=[5, 5], n2i=[20, 20], method="EE", test="z")
    assert even.estimate[0] == pytest.approx(0, abs=1e-12) and even.index is not None


def test_the_walk_is_never_better_than_the_search():
    walked = ev.fragility(**SMALL, method="DL", test="z", most_fits=0)
    proven = ev.fragility(**SMALL, method="DL", test="z")
    assert walked.at_least == 1 and not walked.exact
    assert proven.at_least == proven.index <= walked.index
    assert any("not all tried" in note for note in walked.notes)
    assert "proven" not in walked.method_text()


def test_a_large_meta_analysis_says_how_far_the_proof_goes():
    began = time.process_time()
    found = ev.fragility(**BCG, measure="RR", method="DL", test="z")
    assert time.process_time() - began < 5
    assert found.significant and found.index > found.at_least > 1
    assert ball_size(26, found.at_least - 1) <= 20_000 < ball_size(26, found.at_least)
    assert found.p[-2] < 0.05 <= found.p[-1]
    assert f"(no fewer than {found.at_least})" in found.words()


@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_names_of_groups_events_and_order_change_nothing(data):
    n = data.draw(st.lists(st.integers(8, 20), min_size=3, max_size=3))
    ai = [data.draw(st.integers(0, x)) for x in n]
    ci = [data.draw(st.integers(0, x)) for x in n]
    options = {"method": "DL", "test": "z", "most_fits": 200}
    found = ev.fragility(ai=ai, n1i=n, ci=ci, n2i=n, **options)
    swapped = ev.fragility(ai=ci, n1i=n, ci=ai, n2i=n, **options)
    others = ev.fragility(
        ai=[x - a for x, a in zip(n, ai, strict=True)],
        n1i=n,
        ci=[x - c for x, c in zip(n, ci, strict=True)],
        n2i=n,
        **options,
    )
    for other in (swapped, others):
        assert other.significant == found.significant
        assert other.p[0] == pytest.approx(found.p[0], rel=1e-6, abs=1e-12)
        assert other.index == found.index
    assert (found.stages >= 0).all() and (found.stages <= found.totals).all()
    if found.index is not None:
        assert (found.p[0] < 0.05) != (found.p[-1] < 0.05)


def test_ball_holds_every_state_once():
    trials = Trials(np.array([[5, 6], [7, 8]]), np.full((2, 2), 20), "OR", "EE", "z", 0.05, 0.5)
    states = trials.ball(3)
    assert len(states) == ball_size(4, 3) == 129
    assert len(np.unique(states.reshape(129, -1), axis=0)) == 129
    assert np.abs(states).sum(axis=(1, 2)).max() == 3
    edge = Trials(np.array([[0, 6], [7, 20]]), np.full((2, 2), 20), "OR", "EE", "z", 0.05, 0.5)
    events = edge.ball(2) + edge.events
    assert (events >= 0).all() and (events <= 20).all()
    assert len(edge.single(np.zeros((2, 2), dtype=int))) == 6


def test_without_correction_no_step_leads_to_a_study_without_estimate():
    found = ev.fragility(ai=[1, 2], n1i=[30, 30], ci=[6, 7], n2i=[30, 30], add=0, test="z", method="EE")
    assert (found.stages > 0).all()
    with pytest.raises(InputError, match="Study 1 has no OR with add=0"):
        ev.fragility(ai=[0, 2], n1i=[30, 30], ci=[6, 7], n2i=[30, 30], add=0)


def test_a_result_that_nobody_can_turn():
    found = ev.fragility(ai=[1, 0], n1i=[1, 1], ci=[0, 1], n2i=[1, 1], test="z")
    assert found.index is None and math.isnan(found.quotient) and not found.exact
    assert len(found.summary()) == 1 and len(found.changed()) == 0
    assert "no change of single people turns it" in found.words()
    assert any("no index" in note for note in found.notes)


def counted(**more):
    labels = ["Abbas 2018", "Minh 2019", "Zhang 2020"]
    counts = dict(zip(("events_1", "total_1", "events_2", "total_2"), THREE.values(), strict=True))
    yi_vi = ev.escalc("OR", **THREE)
    return yi_vi.assign(label=labels, **counts, **more)


def test_effects_and_tables_are_read():
    effects = Effects(counted(), measure="OR", scale="log")
    found = ev.fragility(effects, test="z")
    plain = ev.fragility(**THREE, test="z")
    assert found.p == pytest.approx(plain.p) and found.measure == "OR"
    assert found.changed()["study"].tolist() == ["Minh 2019"]
    assert ev.fragility(counted(), test="z").index == plain.index
    table = pd.DataFrame(THREE | {"label": ["a", "b", "c"]})
    assert ev.fragility(table, test="z").changed()["study"].tolist() == ["b"]
    assert ev.fragility(Effects(counted(), measure="RR"), test="z").measure == "RR"
    for left_out in (counted(included=[True, True, False]), table.assign(included=[True, True, False])):
        assert ev.fragility(left_out, test="z").k == 2
    assert ev.fragility(ev.pool(effects), test="z").p == pytest.approx(plain.p)


def test_what_must_be_said_of_the_counts():
    split = ev.fragility(counted(design="rct_split_face"), test="z")
    assert "sides of one face are taken as separate people" in split.notes
    matched = counted()
    matched.loc[1, "vi"] *= 0.5
    other = ev.fragility(Effects(matched, measure="OR", scale="log"), test="z")
    assert any("those of the effects differ for Minh 2019" in note for note in other.notes)
    same = ev.fragility(Effects(counted(), measure="OR", scale="log"), test="z")
    assert same.notes == ()


def test_continuous_outcomes_have_no_index():
    effects = pd.DataFrame({"yi": [0.3, 0.5], "vi": [0.1, 0.1]})
    for given_as in ({"effects": effects}, {"effects": Effects(effects)}, {}, {"ai": [1, 2], "n1i": [5, 5]}):
        with pytest.raises(InputError, match=r"changes of event status.*continuous outcome has none"):
            ev.fragility(**given_as)
    with pytest.raises(InputError, match="Zhang 2020 has no counts"):
        ev.fragility(counted().assign(events_1=[2, 4, None]))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"measure": "SMD"}, OptionError, "measure='SMD'"),
        ({"method": "MH"}, OptionError, "method='MH'"),
        ({"test": "HC"}, OptionError, "test='HC'"),
        ({"test": "KR", "method": "DL"}, OptionError, "made for method='REML'"),
        ({"alpha": 5}, InputError, "alpha=5"),
        ({"add": -1}, InputError, "add=-1"),
        ({"measure": "AS", "add": 0.1}, OptionError, "no continuity correction"),
        ({"most_fits": 1.5}, InputError, "most_fits=1.5"),
        ({"effects": "table"}, InputError, "not both"),
    ],
)
def test_what_cannot_be_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        ev.fragility(**THREE, **options)


def test_impossible_counts_and_single_studies_are_refused():
    with pytest.raises(TooFewStudiesError):
        ev.fragility(ai=[1], n1i=[10], ci=[2], n2i=[10])
    with pytest.raises(InputError, match="11"):
        ev.fragility(ai=[11, 1], n1i=[10, 10], ci=[2, 2], n2i=[10, 10])
    with pytest.raises(InputError, match="must be Effects or a DataFrame"):
        ev.fragility("table")


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "AS", "PETO"])
def test_every_measure_is_turned_and_said(measure):
    found = ev.fragility(**THREE, measure=measure, method="EE", test="z")
    assert found.significant and found.p[-1] >= 0.05
    assert len(found.method_text()) > 100
    assert ("tables with a zero cell" in found.method_text()) == (measure != "AS")


def test_peto_is_petos_method():
    found = ev.fragility(**THREE, measure="PETO", method="EE", test="z")
    fit = ev.peto(**THREE)
    assert (found.estimate[0], found.p[0]) == pytest.approx((fit.estimate, fit.p), rel=1e-10)
