"""Effect sizes against metafor's, case by case."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from evidence.effects.convert import mean_sd_from_five_numbers, vi_from_ci, vi_from_p
from evidence.effects.measures import MEASURES, escalc
from evidence.errors import ScaleWarning

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parent / "golden" / "effect_sizes.json").read_text("utf-8"))
}
EFFECTS = [case for case in CASES.values() if case["kind"] == "effect_size"]


@pytest.mark.parametrize("case", EFFECTS, ids=lambda case: case["id"])
def test_agrees_with_metafor(case):
    choices = dict(case["args"])
    measure = MEASURES[choices.pop("measure")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)
        got = escalc(measure.code, **choices, **{name: case["input"][name] for name in measure.columns})
    for column in ("yi", "vi"):
        expected = np.array(case["expected"][column], dtype=float)
        assert got[column].tolist() == pytest.approx(expected.tolist(), rel=1e-8, abs=1e-12, nan_ok=True)


def test_every_measure_has_a_case():
    # SMCRPH has none: test_effects_routes meets it with SMDH at r = 0 and by simulation beyond.
    assert {case["args"]["measure"] for case in EFFECTS} == set(MEASURES) - {"SMCRPH"}
    assert len(EFFECTS) == 39


def test_five_numbers_agree_with_metafor():
    case = CASES["conv_fivenum"]
    names = {"min": "minimum", "max": "maximum"}
    got = mean_sd_from_five_numbers(**{names.get(name, name): x for name, x in case["input"].items()})
    assert got["mean"].tolist() == pytest.approx(case["expected"]["mean"], rel=1e-8)
    assert got["sd"].tolist() == pytest.approx(case["expected"]["sd"], rel=1e-8)
    assert got["route"].tolist() == ["quartiles", "min, median, max", "quartiles"]


def test_variances_from_intervals_and_p_values_agree_with_metafor():
    given, expected = CASES["conv_wald"]["input"], CASES["conv_wald"]["expected"]
    assert vi_from_ci(given["lo"], given["hi"]).tolist() == pytest.approx(expected["vi_from_ci"], rel=1e-8)
    assert vi_from_p(given["est"], given["p"]).tolist() == pytest.approx(expected["vi_from_p"], rel=1e-8)
