"""Figures of selective reporting: drawn is what was found, nothing overlaps, words give the numbers."""

import functools
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError
from evidence.figures import copas, p_curve, selection_weights
from figure_checks import HARD, assert_clean, drawn

GOLDEN = Path(__file__).parent / "golden" / "selection.json"
CASES = {case["id"]: case for case in json.loads(GOLDEN.read_text("utf-8"))}
HACKSHAW = CASES["sel3_hackshaw"]["input"]
ODDS = Effects(pd.DataFrame(HACKSHAW), measure="OR", scale="log")
PRESETS = ("web", "paper", "slide")


@functools.cache
def curve(kind="many"):
    if kind == "many":
        case = CASES["pcurve_thirdwave"]["input"]
        return ev.p_curve(yi=case["yi"], vi=np.array(case["sei"]) ** 2)
    if kind == "flat":
        return ev.p_curve(yi=[1.97, 1.98, 1.99, 2.0, -2.01, 2.05], vi=[1] * 6)
    rng = np.random.default_rng(1)
    return ev.p_curve(yi=rng.normal(2.5, 1, 300), vi=np.ones(300))


@functools.cache
def model(**options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ev.selection_model(ODDS, **options)


@functools.cache
def path(alpha=0.1):
    return ev.copas(ODDS, size=5, alpha=alpha)


MODELS = [
    {},
    {"steps": (0.05, 0.1, 0.5), "interval": "profile"},
    {"kind": "halfnormal", "alternative": "two-sided"},
    {"delta": (1, 0.5)},
]


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_overlaps(preset):
    words = {"title": "A finding " * 12, "subtitle": "More of it", "source": "A source " * 20}
    for kind in ("many", "flat", "crowd"):
        assert_clean(p_curve(curve(kind), preset=preset, **words))
    for options in MODELS:
        assert_clean(selection_weights(model(**options), preset=preset, **words))
    for alpha in (0.1, 0.999):
        assert_clean(copas(path(alpha), preset=preset, **words))


@pytest.mark.parametrize("title", HARD)
def test_strange_titles_are_survived(title):
    figure = copas(path(), title=title)
    assert_clean(figure)
    assert figure.to_bytes("svg")


def test_a_slide_keeps_its_shape():
    for figure in (
        p_curve(curve(), preset="slide"),
        selection_weights(model(), preset="slide"),
        copas(path(), preset="slide", source="A source " * 40),
    ):
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)


def test_the_p_curve_is_drawn_as_it_is():
    result = curve()
    found = next(axes for axes in p_curve(result).fingerprint()["axes"] if axes["label"] == "p-curve")
    lines = [np.array(line["xy"]) for line in found["lines"]]
    assert lines[0][:, 1].tolist() == [20, 20]
    assert lines[1][:, 1] == pytest.approx(100 * result.curve["power33"], abs=1e-5)
    assert lines[2][:, 1] == pytest.approx(100 * result.curve["observed"], abs=1e-5)
    assert lines[2][:, 0] == pytest.approx([0.005, 0.015, 0.025, 0.035, 0.045])
    marks = sorted(line[0, 0] for line in lines[3:])
    chosen = result.studies.loc[result.studies["significant"], "p"]
    assert marks == pytest.approx(sorted(chosen), abs=1e-6)
    assert found["texts"] == ["8 (73 %)", "2 (18 %)", "1 (9 %)", "0 (0 %)", "0 (0 %)"]
    # No line is told apart by colour alone.
    assert len({line["style"] for line in found["lines"][:3]}) == 3


def test_the_weights_are_drawn_as_they_are():
    result = model(steps=(0.025, 0.5))
    found = drawn(selection_weights(result))
    lines = [np.array(line["xy"]) for line in found["lines"]]
    weights = np.repeat(result.delta, 2)
    assert lines[1][:, 1] == pytest.approx(weights, abs=1e-5)
    assert lines[1][:, 0] == pytest.approx(np.sqrt([0, 0.025, 0.025, 0.5, 0.5, 1]), abs=1e-5)
    (band,) = (np.array(each) for each in found["polygons"])
    assert band[:, 1].max() == pytest.approx(result.delta_ci[1, 1], abs=1e-5)
    assert len(lines) == 2 + 37
    smooth = drawn(selection_weights(model(kind="halfnormal")))
    line = np.array(smooth["lines"][1]["xy"])
    wanted = model(kind="halfnormal").weights(line[:, 0].clip(0, 1) ** 2)["weight"]
    assert line[:, 1] == pytest.approx(wanted, abs=1e-4)
    means = selection_weights(result).fingerprint()["axes"][1]
    (points,) = means["markers"]
    assert [x for x, _ in points["xy"]] == pytest.approx([result.estimate, result.unadjusted], abs=1e-5)


def test_bands_without_end_say_so():
    profile = selection_weights(model(steps=(0.05, 0.1, 0.5), interval="profile"))
    assert "interval goes on beyond the axis" in profile.caption
    assert "beyond the axis" not in selection_weights(model(steps=(0.025, 0.5))).caption
    given = selection_weights(model(delta=(1, 0.5)))
    assert drawn(given)["polygons"] == []
    assert "Weights were given, not estimated" in given.caption


def test_the_copas_path_is_drawn_as_it_is():
    result = path()
    upper, lower = copas(result).fingerprint()["axes"]
    mean = next(np.array(line["xy"]) for line in upper["lines"] if len(line["xy"]) > 2)
    assert mean == pytest.approx(result.path[["publication", "estimate"]].to_numpy(), abs=1e-5)
    test = next(np.array(line["xy"]) for line in lower["lines"] if len(line["xy"]) > 2)
    assert test == pytest.approx(result.path[["publication", "residual_p"]].to_numpy(), abs=1e-5)
    assert upper["markers"][0]["xy"][0] == pytest.approx([result.publication, result.estimate], abs=1e-5)
    assert lower["markers"][0]["xy"][0] == pytest.approx([result.publication, result.residual_p], abs=1e-5)
    assert upper["xlim"][0] > upper["xlim"][1]  # more selection to the right
    bare = copas(path(0.999))
    assert all(not axes["markers"] for axes in bare.fingerprint()["axes"])
    assert "no adjusted mean" in bare.alt


def test_words_give_the_numbers():
    figure = p_curve(curve())
    assert "Power 84 %" in figure.alt
    for words in ("binomial p = 0.006", "90 % interval 63 to 95 %", "11 of 18 results"):
        assert words in repr(figure)
    flat = p_curve(curve("flat"))
    assert "absent or inadequate" in flat.alt and "half curve" not in flat.caption
    assert "right skew shows" not in flat.caption.lower()
    shown = selection_weights(model())
    assert f"{np.exp(model().estimate):.2f}" in shown.alt
    assert "0.025 < p ≤ 1: 0.76 (0.00 to 1.94)" in repr(shown)
    assert f"{np.exp(path().estimate):.2f}" in copas(path()).alt
    assert "probability 100 %" in repr(copas(path()))


def test_files_are_the_same_on_every_run():
    for draw, result in ((p_curve, curve()), (selection_weights, model()), (copas, path())):
        assert draw(result).to_bytes("svg") == draw(result).to_bytes("svg")


def test_other_results_are_refused():
    for draw in (p_curve, selection_weights, copas):
        with pytest.raises(InputError, match="not dict"):
            draw({})
    with pytest.raises(OptionError, match="billboard"):
        p_curve(curve(), preset="billboard")
