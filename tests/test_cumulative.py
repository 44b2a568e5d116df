"""Cumulative meta-analysis: reference values, order and ties, studies with several rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evidence as ev
from evidence.errors import InputError, OptionError, TooFewStudiesError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "influence.json").read_text())
DIVERGENCES = {
    (entry["id"], entry["field"])
    for entry in json.loads((Path(__file__).parent / "golden" / "known_divergences.json").read_text("utf-8"))
}
YI = [0.9, 0.2, 0.4, 0.7]
VI = [0.1, 0.1, 0.2, 0.05]


def table(**columns):
    return pd.DataFrame(
        {"label": list("CADB"), "yi": YI, "vi": VI, "year": [2012, 2001, 2015, 2009]} | columns
    )


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["id"])
def test_metafor(case):
    found = ev.cumulative(yi=case["input"]["yi"], vi=case["input"]["vi"], test="z").fits
    for name, values in (("cumul_estimate", found.estimate), ("cumul_se", found.se)):
        wanted = np.array(case["expected"][name], dtype=float)
        known = np.isfinite(wanted)
        assert known.all() or (case["id"], name) in DIVERGENCES
        assert values[known] == pytest.approx(wanted[known], rel=1e-8, abs=1e-11)


def test_where_the_peer_finds_no_maximum_a_grid_does():
    case = next(each for each in GOLDEN if each["id"] == "influence_nielweise")
    step = case["expected"]["cumul_estimate"].index(None)
    y, v = (np.array(case["input"][name][: step + 1]) for name in ("yi", "vi"))

    def score(tau2):
        """Restricted log-likelihood of a grid of tau2."""
        w = 1 / (v + tau2[:, None])
        mean = (w @ y) / w.sum(axis=1)
        apart = (w * (y - mean[:, None]) ** 2).sum(axis=1)
        return 0.5 * (np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - apart)

    grid = np.linspace(0, 5, 200_001)
    best = grid[score(grid).argmax()]
    fine = np.linspace(max(best - 1e-4, 0), best + 1e-4, 200_001)
    best = fine[score(fine).argmax()]
    found = ev.cumulative(yi=case["input"]["yi"], vi=case["input"]["vi"], test="z").fits
    assert found.tau2[step] == pytest.approx(best, abs=1e-6)
    w = 1 / (v + found.tau2[step])
    assert found.estimate[step] == pytest.approx(w @ y / w.sum(), rel=1e-10)
    assert found.se[step] == pytest.approx(1 / np.sqrt(w.sum()), rel=1e-10)


@pytest.mark.parametrize("test", ["z", "t", "knha", "adhoc", "KR"])
def test_every_step_is_a_pool(test):
    found = ev.cumulative(table(), order="year", test=test, level=0.9)
    assert found.labels == ("A", "B", "C", "D")
    assert found.keys == (2001, 2009, 2012, 2015)
    rows = table().sort_values("year")
    for step in range(1, 4):
        fit = ev.pool(
            yi=rows["yi"][: step + 1], vi=rows["vi"][: step + 1], test=test, level=0.9, prediction=None
        )
        for name in ("estimate", "se", "ci_low", "ci_high", "p", "tau2", "i2", "q", "k"):
            assert getattr(found.fits, name)[step] == pytest.approx(getattr(fit, name), rel=1e-9, abs=1e-12)
    first = ev.pool(yi=[0.2], vi=[0.1], level=0.9)
    assert found.fits.ci_low[0] == pytest.approx(first.ci_low)
    assert found.notes[0].startswith("the first step is one estimate")


def test_ties_keep_the_order_of_the_table():
    found = ev.cumulative(table(year=[2012, 2001, 2001, 2001]), order="year")
    assert found.labels == ("A", "D", "B", "C")
    assert ev.cumulative(table()).labels == ("C", "A", "D", "B")
    assert ev.cumulative(table(), order=[3, 2, 2, 1]).labels == ("B", "A", "D", "C")
    assert ev.cumulative(table(), order="vi").labels == ("B", "C", "A", "D")
    assert ev.cumulative(table(), order=VI).labels == ("B", "C", "A", "D")
    assert ev.cumulative(table(), order=["b", "a", "d", "c"]).keys == ("a", "b", "c", "d")


def test_rows_of_a_study_enter_together_with_the_first_of_them():
    nested = table(study_id=["x", "y", "x", "z"], label=["X", "Y", "X", "Z"])
    found = ev.cumulative(nested, order="year")
    assert (found.by, found.labels, found.keys) == ("study", ("Y", "Z", "X"), (2001, 2009, 2012))
    assert found.fits.k.tolist() == [1, 2, 4]
    first = ev.cumulative(nested, order=[1, 2, 3, 4])
    assert first.labels == ("X", "Y", "Z")
    assert first.fits.k.tolist() == [2, 3, 4]
    assert not any("first step" in note for note in first.notes)
    assert ev.cumulative(nested, order="year", by="row").fits.k.tolist() == [1, 2, 3, 4]


def test_left_out_rows_have_no_step():
    found = ev.cumulative(table(included=[True, False, True, True]), order="year")
    assert found.labels == ("B", "C", "D")


def test_notes_say_when_the_finding_last_changed():
    found = ev.cumulative(yi=[0.1, 0.9, 0.8, 0.9], vi=[0.05] * 4, method="EE", test="z")
    assert found.notes[-1] == (
        "the 95 % confidence interval excludes no effect since Study 2 was added (step 2 of 4)"
    )
    assert "(step 1 of 4)" in ev.cumulative(yi=[1, 1.1, 1, 1], vi=[0.05] * 4, test="z").notes[-1]
    shares = ev.Effects(table(), scale="logit")
    assert len(ev.cumulative(shares).notes) == 1


def test_wrong_calls_are_refused():
    with pytest.raises(OptionError, match="order='yaer' is no column"):
        ev.cumulative(table(), order="yaer")
    with pytest.raises(InputError, match="D has no year"):
        ev.cumulative(table(year=[2012, 2001, None, 2009]), order="year")
    with pytest.raises(InputError, match="D has no key; cumulative needs one"):
        ev.cumulative(table(), order=[2012, 2001, float("nan"), 2009])
    with pytest.raises(InputError, match="order has 2 keys where 4 rows"):
        ev.cumulative(table(), order=[1, 2])
    with pytest.raises(InputError, match="cannot be compared"):
        ev.cumulative(table(), order=[1, "a", 2, 3])
    with pytest.raises(TooFewStudiesError, match="needs 2 or more studies, not 1"):
        ev.cumulative(yi=[1], vi=[1])
    two = ev.cumulative(yi=[0.5, 0.5], vi=[0.1, 0.1])
    assert two.fits.estimate == pytest.approx([0.5, 0.5])
    assert two.fits.tau2.tolist() == [0, 0]


@given(st.permutations(range(6)))
@settings(max_examples=30, deadline=None)
def test_the_last_step_does_not_depend_on_the_order(order):
    y, v = np.array([0.1, 0.9, 0.35, 1.4, 0.6, 1.1]), np.array([0.02, 0.05, 0.04, 0.09, 0.03, 0.12])
    found = ev.cumulative(yi=y, vi=v, order=list(order))
    whole = ev.pool(yi=y, vi=v)
    assert found.fits.estimate[-1] == pytest.approx(whole.estimate, rel=1e-9)
    assert found.fits.ci_high[-1] == pytest.approx(whole.ci_high, rel=1e-9)
    assert (np.diff(found.fits.k) == 1).all()


def test_results_speak():
    found = ev.cumulative(table(), order="year")
    assert "in the order of year" in found.method_text()
    assert list(found.summary().columns[:3]) == ["added", "key", "k"]
    assert "key" not in ev.cumulative(table()).summary()
    json.dumps(found.to_dict())
    ratio = ev.cumulative(ev.Effects(table(), scale="log"))
    assert ratio.display()["estimate"].to_numpy() == pytest.approx(np.exp(ratio.fits.estimate))
