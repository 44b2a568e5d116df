"""Leave-one-out and influence diagnostics: reference values, a second route, studies with several rows."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

import evidence as ev
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.influence_result import limits

GOLDEN = json.loads((Path(__file__).parent / "golden" / "influence.json").read_text())
NAMES = {"QE_del": "qe_del"}
YI = [0.1, 0.9, 0.35, 1.4, 0.6, 1.1]
VI = [0.02, 0.05, 0.04, 0.09, 0.03, 0.12]


def close(found, wanted, tolerance=1e-8):
    assert np.asarray(found) == pytest.approx(np.asarray(wanted, dtype=float), rel=tolerance, abs=1e-11)


def nested_table(**columns):
    table = {"study_id": list("aabbcd"), "label": ["A 1", "A 2", "B", "B", "C", "D"], "yi": YI, "vi": VI}
    return pd.DataFrame(table | columns)


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["id"])
def test_metafor(case):
    data = {"yi": case["input"]["yi"], "vi": case["input"]["vi"], "test": "z"}
    found, left = ev.influence(**data), ev.leave_one_out(**data)
    wanted = case["expected"]
    for name in ("rstudent", "dffits", "cook_d", "cov_r", "tau2_del", "QE_del", "hat"):
        close(getattr(found, NAMES.get(name, name)), wanted[name])
    close(found.weight, 100 * np.array(wanted["hat"]))
    for name, peer in (("estimate", "estimate"), ("ci_low", "ci_lb"), ("ci_high", "ci_ub"), ("i2", "I2")):
        close(getattr(left.fits, name), wanted[f"loo_{peer}"])


@pytest.mark.parametrize("method", ["EE", "DL", "REML", "PM"])
@pytest.mark.parametrize("test", ["z", "t", "knha", "adhoc"])
def test_each_diagnostic_by_matrices_and_single_fits(method, test):
    """A second route: one `pool` a study, and the hat matrix of weighted least squares written out."""
    found = ev.influence(yi=YI, vi=VI, method=method, test=test)
    y, v = np.array(YI), np.array(VI)
    full = ev.pool(yi=y, vi=v, method=method, test=test)
    ones = np.ones((y.size, 1))
    weights = np.diag(1 / (v + full.tau2))
    hat = ones @ np.linalg.inv(ones.T @ weights @ ones) @ ones.T @ weights
    close(found.hat, np.diag(hat), 1e-12)
    for i in range(y.size):
        rest = np.delete(np.arange(y.size), i)
        fit = ev.pool(yi=y[rest], vi=v[rest], method=method, test=test)
        w = 1 / (v[rest] + fit.tau2)
        factor = {"knha": 1.0, "adhoc": 1.0}.get(test, 0.0)
        if factor:
            factor = w @ (y[rest] - fit.estimate) ** 2 / (rest.size - 1)
            factor = max(factor, 1.0) if test == "adhoc" else factor
        else:
            factor = 1.0
        close(fit.se**2, factor / w.sum(), 1e-10)
        shift = full.estimate - fit.estimate
        close(found.rstudent[i], (y[i] - fit.estimate) / np.sqrt(v[i] + fit.tau2 + fit.se**2), 1e-9)
        close(found.dffits[i], shift / np.sqrt(factor * hat[i, i] * (v[i] + fit.tau2)), 1e-8)
        close(found.cook_d[i], shift**2 / full.se**2, 1e-8)
        close(found.cov_r[i], fit.se**2 / full.se**2, 1e-9)
        every = 1 / (v + fit.tau2)
        close(found.dfbetas[i], shift / np.sqrt(factor / every.sum()), 1e-8)
        close((found.tau2_del[i], found.qe_del[i]), (fit.tau2, fit.q), 1e-9)


def test_common_effect_deletion_has_closed_forms():
    """Without tau2 the deleted mean is b - w (y - b) / (sum w - w), without another fit."""
    found = ev.influence(yi=YI, vi=VI, method="EE", test="z")
    w, y = 1 / np.array(VI), np.array(YI)
    mean = w @ y / w.sum()
    without = mean - w * (y - mean) / (w.sum() - w)
    close(found.without.estimate, without, 1e-12)
    close(found.rstudent, (y - mean) / np.sqrt(1 / w - 1 / w.sum()), 1e-10)
    close(found.cook_d, (mean - without) ** 2 * w.sum(), 1e-10)
    close(found.cov_r, w.sum() / (w.sum() - w), 1e-12)
    close(found.dfbetas, found.rstudent * np.sqrt(found.hat / (1 - found.hat)), 1e-9)
    close(found.dffits, found.dfbetas, 1e-9)


def test_baujat_in_both_models():
    found = ev.influence(yi=YI, vi=VI, test="z")
    common, fitted = found.baujat(), found.baujat(model="fitted")
    one = ev.pool(yi=YI, vi=VI, method="EE", test="z")
    close(common["contribution"].sum(), one.q, 1e-12)
    y, v = np.array(YI), np.array(VI)
    w = 1 / v
    without = (w @ y - w * y) / (w.sum() - w)
    close(common["influence"], (one.estimate - without) ** 2 * (w.sum() - w), 1e-10)
    close(fitted["contribution"], (y - found.whole.estimate) ** 2 / (v + found.whole.tau2), 1e-12)
    left = ev.leave_one_out(yi=YI, vi=VI, test="z").fits
    close(fitted["influence"], ((found.whole.estimate - left.estimate) / left.se) ** 2, 1e-10)
    same = ev.influence(yi=YI, vi=VI, method="EE", test="z")
    pd.testing.assert_frame_equal(same.baujat(), same.baujat(model="fitted"))
    with pytest.raises(OptionError, match="model='random'"):
        found.baujat(model="random")


def test_rule_for_influential_studies():
    cut = limits(10)
    assert chi2.cdf(cut["cook_d"], df=1) == pytest.approx(0.5)
    assert (cut["dffits"], cut["hat"], cut["dfbetas"]) == (1.0, 0.3, 1.0)
    found = ev.influence(yi=[0.1, 0.2, 0.15, 1.6], vi=[0.03, 0.05, 0.04, 0.04], test="z")
    assert found.influential.tolist() == [False, False, False, True]
    assert set(found.reasons[3].split(", ")) <= set(found.limits())
    heavy = ev.influence(yi=[0.1, 0.2, 0.05, 0.1], vi=[0.01, 5, 4, 4], method="EE", test="z")
    assert heavy.reasons == ("hat", "", "", "")


def test_rows_of_a_study_leave_together():
    table = nested_table()
    found = ev.leave_one_out(table, method="DL", test="z")
    assert (found.by, found.labels) == ("study", ("a", "B", "C", "D"))
    assert found.fits.k.tolist() == [4, 4, 5, 5]
    for i, name in enumerate("abcd"):
        rest = table[table["study_id"] != name]
        fit = ev.pool(yi=rest["yi"], vi=rest["vi"], method="DL", test="z")
        close([found.fits.estimate[i], found.fits.ci_low[i]], [fit.estimate, fit.ci_low], 1e-12)
    singly = ev.leave_one_out(table, by="row", method="DL", test="z")
    assert len(singly.labels) == 6
    assert any("one by one" in note for note in singly.notes)
    assert not any("one by one" in note for note in found.notes)


def test_a_study_of_several_rows_counts_as_its_mean():
    """With a common effect, rows of a study may be pooled first: nothing else changes."""
    table = nested_table()
    rows = ev.influence(table, method="EE", test="z")
    w = 1 / table["vi"]
    sums = pd.DataFrame({"w": w, "wy": w * table["yi"], "id": table["study_id"]}).groupby("id").sum()
    joined = ev.influence(yi=sums["wy"] / sums["w"], vi=1 / sums["w"], method="EE", test="z")
    for name in ("rstudent", "dffits", "cook_d", "cov_r", "hat", "dfbetas"):
        close(getattr(rows, name), getattr(joined, name), 1e-9)
    assert rows.limits() == limits(4)


def test_a_pooled_result_hands_on_its_model():
    effects = ev.Effects(pd.DataFrame({"label": list("ABCDEF"), "yi": YI, "vi": VI}), scale="log")
    pooled = ev.pool(effects, method="PM", test="knha", level=0.9)
    found = ev.leave_one_out(pooled)
    assert (found.method, found.test, found.level) == ("PM", "knha", 0.9)
    close([found.whole.estimate, found.whole.ci_low], [pooled.estimate, pooled.ci_low], 1e-12)
    assert ev.leave_one_out(pooled, method="DL").method == "DL"
    close(found.display()["estimate"], np.exp(found.fits.estimate), 1e-12)
    with pytest.raises(OptionError, match="method='IVhet'"):
        ev.influence(ev.pool(effects, method="IVhet", test="z"))
    with pytest.raises(OptionError, match="test='KR'"):
        ev.influence(ev.pool(effects, test="KR"))


def test_notes_say_what_hangs_on_one_study():
    found = ev.leave_one_out(yi=[0.1, 0.5, 1.4], vi=[0.03, 0.05, 0.04], method="DL", test="z")
    assert found.notes == (
        "the estimate moves most, from 0.664 to 0.275, without Study 3",
        "the 95 % confidence interval of all includes no effect, but excludes it without Study 1",
    )
    firm = ev.leave_one_out(yi=[1.0, 1.1, 1.2], vi=[0.01] * 3, test="z")
    assert firm.notes[1] == "the 95 % confidence interval excludes no effect, whichever is left out"
    turned = ev.leave_one_out(yi=[-0.3, -0.2, 2.0], vi=[0.1] * 3, test="z")
    assert turned.notes[-1] == "the estimate changes its sign without Study 3"
    shares = ev.Effects(pd.DataFrame({"yi": [0.1, 0.2, 0.4], "vi": [0.1] * 3}), scale="logit")
    assert len(ev.leave_one_out(shares).notes) == 1


def test_too_few_studies_are_refused():
    for call in (ev.leave_one_out, ev.influence):
        with pytest.raises(TooFewStudiesError, match="needs 3 or more studies, not 2"):
            call(yi=[0.1, 0.4], vi=[0.1, 0.2])
        two = pd.DataFrame({"study_id": ["a", "a", "b"], "yi": [1, 2, 3], "vi": [1, 1, 1]})
        with pytest.raises(TooFewStudiesError, match="needs 3 or more studies, not 2"):
            call(two)
        assert len(call(two, by="row").labels) == 3


def test_equal_variances_and_equal_effects():
    same = ev.influence(yi=[0.1, 0.5, 0.9, 0.5], vi=[0.2] * 4, test="z")
    close(same.hat, [0.25] * 4, 1e-12)
    close(same.rstudent[[0, 2]], [-same.rstudent[2], -same.rstudent[0]], 1e-9)
    flat = ev.influence(yi=[0.5] * 4, vi=[0.1, 0.2, 0.3, 0.4])
    for values in (flat.rstudent, flat.dffits, flat.cook_d, flat.dfbetas, flat.qe_del, flat.tau2_del):
        assert not values.any()
    assert not flat.influential.any()
    assert np.isfinite(flat.cov_r).all()
    with pytest.raises(InputError, match="estimates of all studies are equal"):
        ev.influence(yi=[0.5] * 4, vi=[0.1, 0.2, 0.3, 0.4], test="knha")
    with pytest.raises(InputError, match="those without Study 4 are equal"):
        ev.influence(yi=[0.5, 0.5, 0.5, 0.9], vi=[0.1, 0.2, 0.3, 0.4], test="knha")


def test_wrong_calls_are_refused():
    with pytest.raises(InputError, match="not both"):
        ev.influence(nested_table(), yi=YI, vi=VI)
    with pytest.raises(InputError, match="needs effects, or both yi and vi"):
        ev.leave_one_out(yi=YI)
    with pytest.raises(InputError, match=r"Study 2 has vi=0 \(position 1\)"):
        ev.influence(yi=[1, 2, 3], vi=[1, 0, 1])
    with pytest.raises(OptionError, match="by='cluster'"):
        ev.leave_one_out(yi=YI, vi=VI, by="cluster")
    with pytest.raises(InputError, match="level=95"):
        ev.leave_one_out(yi=YI, vi=VI, level=95)


rounded = st.floats(-3, 3).map(lambda x: round(x, 3))
studies = st.lists(
    st.tuples(rounded, st.floats(0.01, 2)), min_size=3, max_size=9, unique_by=lambda pair: pair[0]
)


@given(studies, st.floats(-5, 5), st.floats(0.2, 5))
@settings(max_examples=40, deadline=None)
def test_diagnostics_do_not_depend_on_origin_and_unit(rows, origin, unit):
    y, v = np.array(rows).T
    one = ev.influence(yi=y, vi=v, method="DL", test="z")
    other = ev.influence(yi=origin + unit * y, vi=unit**2 * v, method="DL", test="z")
    for name in ("rstudent", "dffits", "cook_d", "cov_r", "hat", "dfbetas"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-5, abs=1e-6)
    order = np.argsort(y)
    mixed = ev.influence(yi=y[order], vi=v[order], method="DL", test="z")
    assert mixed.cook_d == pytest.approx(one.cook_d[order], rel=1e-7, abs=1e-9)
    assert one.hat.sum() == pytest.approx(1)


def test_estimates_that_are_all_but_equal():
    found = ev.influence(yi=[0.0, 1.0, 1e-158], vi=[1.0, 1.0, 1.0], method="DL", test="z")
    assert np.isfinite(found.rstudent).all()


def test_results_speak():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ev.influence(nested_table())
    assert "study with all its rows" in found.method_text()
    assert "Knapp and Hartung 2003" in found.method_text()
    assert list(found.summary()["study"]) == list(found.labels)
    json.dumps(found.to_dict())
    assert "each row was left out" in ev.leave_one_out(yi=YI, vi=VI, by="row").method_text()
    assert "each study was left out" in ev.leave_one_out(yi=YI, vi=VI).method_text()
