"""The page of divergences: in step with what it is made of, and its calls give the numbers they promise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.publish.divergences import KNOWN, PAGE, divergences, write_divergences
from evidence.publish.other_defaults import DEFAULTS

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"


def golden(file, case):
    return next(each for each in json.loads((GOLDEN / file).read_text("utf-8")) if each["id"] == case)


def called(program, what, **names):
    found = [each for each in DEFAULTS if each.program == program and each.what.startswith(what)]
    assert len(found) == 1
    return eval(found[0].call, {"ev": ev} | {name: np.array(values) for name, values in names.items()})


def test_the_page_is_in_step():
    entries = json.loads((ROOT / KNOWN).read_text(encoding="utf-8"))
    assert (ROOT / PAGE).read_text(encoding="utf-8") == divergences(entries), "run `evidence review`"
    assert all(entry["reason"] in (ROOT / PAGE).read_text(encoding="utf-8") for entry in entries)


def test_a_project_without_reference_results_keeps_its_documents(tmp_path):
    assert write_divergences(tmp_path) == []
    assert not list(tmp_path.iterdir())
    (tmp_path / KNOWN).parent.mkdir(parents=True)
    (tmp_path / KNOWN).write_text("[]", encoding="utf-8")
    assert write_divergences(tmp_path) == [tmp_path / PAGE]
    assert write_divergences(tmp_path) == []


@pytest.mark.parametrize(
    ("program", "what", "case"),
    [
        ("metafor", "interval", "pool_bcg_REML_z"),
        ("RevMan", "random effects", "pool_bcg_DL_z"),
        ("RevMan", "Hartung", "pool_three_REML_knha"),
    ],
)
def test_a_call_gives_the_interval_of_the_other_program(program, what, case):
    stored = golden("pooling.json", case)
    result = called(program, what, **stored["input"])
    wanted = [stored["expected"][name] for name in ("beta", "ci_lb", "ci_ub")]
    assert [result.estimate, result.ci_low, result.ci_high] == pytest.approx(wanted, rel=1e-8)
    default = ev.pool(**stored["input"])
    assert default.ci_low != pytest.approx(wanted[1], rel=1e-6)


def test_prediction_intervals_of_other_programs():
    stored = golden("pooling.json", "pool_bcg_REML_adhoc")
    result = called("metafor", "prediction", **stored["input"])
    wanted = [stored["expected"][name] for name in ("pi_lb", "pi_ub")]
    assert [result.pi_low, result.pi_high] == pytest.approx(wanted, rel=1e-8)
    stored = golden("pooling.json", "pi_bcg_V")
    result = called("meta", "interval", **stored["input"])
    wanted = [stored["expected"][name] for name in ("ci_lb", "ci_ub", "pi_lb", "pi_ub")]
    got = [result.ci_low, result.ci_high, result.pi_low, result.pi_high]
    assert got == pytest.approx(wanted, rel=1e-6)  # where meta stops its iteration
    i2 = called("meta", "I2", **stored["input"])
    assert i2 == pytest.approx(golden("pooling.json", "pool_bcg_EE_z")["expected"]["I2"], rel=1e-8)


def test_the_network_of_netmeta():
    stored = golden("network.json", "net_senn_DL")
    contrasts = pd.DataFrame(stored["input"])
    result = eval(next(each.call for each in DEFAULTS if each.program == "netmeta"))
    assert result.tau2 == pytest.approx(stored["expected"]["tau2"], rel=1e-8)
    assert ev.network(contrasts).tau2 != pytest.approx(result.tau2, rel=1e-3)


def test_flat_priors():
    # With a flat mean and a tau without bound the interval is wider than with the default's priors.
    given = {"yi": [0.1, 0.5, 1.4], "vi": [0.03, 0.05, 0.04]}
    flat, default = called("bayesmeta", "priors", **given), ev.bayes(**given)
    assert np.ptp(flat.mu_interval) > np.ptp(default.mu_interval)
