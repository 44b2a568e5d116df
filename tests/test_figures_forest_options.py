"""Every option of the forest plot changes what is drawn or is refused."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from evidence.errors import InputError, OptionError
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest import forest
from evidence.figures.forest_rows import design_mark
from evidence.figures.style import house_style
from figure_checks import drawn, invented, pooled, with_changes

OPTIONS = {
    "title": "Another title",
    "subtitle": "A subtitle",
    "columns": ("estimate",),
    "headings": {"label": "Trial"},
    "groups": "device",
    "sort": "estimate",
    "xlim": (-3, 3),
    "xlabel": "Another label",
    "favours": ("less", "more"),
    "digits": 3,
    "show_excluded": False,
    "show_prediction": False,
    "source": "A source",
    "name": "another",
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_changes_what_is_drawn(name):
    result = pooled(invented(4, excluded=1, device=["a", "b", "a", "b", "a"]))
    assert forest(result, **{name: OPTIONS[name]}).fingerprint() != forest(result).fingerprint()


@pytest.mark.parametrize("sort", ["estimate", "weight", "label", "n"])
def test_sorting(sort):
    effects = invented(6, label=list("cadfeb"))
    result = pooled(effects)
    texts = forest(result, sort=sort).fingerprint()["texts"]
    shown = sorted("abcdef", key=texts.index)
    table = effects.table.assign(weight=-result.weights, estimate=effects.yi)
    assert shown == list(table.sort_values(sort)["label"])


def test_level_changes_effects_alone_and_must_fit_a_result():
    effects = invented(2, yi=[1.0, 2.0], vi=[0.25, 0.25])
    assert "1.00 (0.18 to 1.82)" in forest(effects, level=0.9).fingerprint()["texts"]
    with pytest.raises(InputError, match="does not fit the result"):
        forest(pooled(effects), level=0.9)


def test_levels_of_a_result_reach_its_studies_and_headings():
    effects = invented(2, yi=[1.0, 2.0], vi=[0.25, 0.25])
    texts = forest(pooled(effects, level=0.9)).fingerprint()["texts"]
    assert {"1.00 (0.18 to 1.82)", "SMD (90 % CI)", "90 % prediction interval"} <= set(texts)


@pytest.mark.parametrize(
    "options",
    [
        {"columns": ("estimat",)},
        {"sort": "year"},
        {"groups": "devise"},
        {"preset": "billboard"},
        {"headings": {"weights": "w"}},
    ],
)
def test_unknown_options_are_refused(options):
    with pytest.raises(OptionError, match="is not one of"):
        forest(pooled(invented(3)), **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"xlim": (3, 1)}, "the lower first"),
        ({"xlim": (1,)}, "two numbers"),
        ({"xlim": ("a", "b")}, "two numbers"),
        ({"digits": -1}, "digits=-1"),
        ({"digits": 1.5}, "digits=1.5"),
        ({"level": 95}, "level=95"),
    ],
)
def test_wrong_values_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        forest(invented(3), **options)


def test_other_things_than_results_are_refused():
    with pytest.raises(InputError, match="DataFrame has no estimate"):
        forest(invented(3).table)
    with pytest.raises(InputError, match="above 0"):
        forest(with_changes(invented(2), measure="OR", scale="log"), xlim=(0, 2))
    wrong = pooled(invented(3))
    wrong.weights = wrong.weights[:2]
    with pytest.raises(InputError, match="weights has shape"):
        forest(wrong)


def test_a_result_without_weights_is_drawn_by_precision():
    result = pooled(invented(3, vi=[0.1, 0.2, 0.4]))
    result.weights = None
    figure = forest(result)
    area = drawn(figure)["markers"][0]["area"]
    assert np.array(area) / area[0] == pytest.approx([1, 0.5, 0.25], rel=1e-6)
    assert "area by precision" in figure.caption


def test_given_axes_get_the_marks_and_are_returned():
    with house_style():
        axes = Figure((6, 4)).add_subplot()
    effects = invented(3, label=["A $x_1$ $y$", "B", "C"])
    assert forest(pooled(effects), ax=axes, title="Costs $5 or $6") is axes
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == [r"A \$x_1\$ \$y\$", "B", "C", "Pooled (k = 3)", "95 % prediction interval"]
    squares = np.asarray(axes.collections[0].get_offsets())
    assert squares[:, 0] == pytest.approx(effects.yi)
    assert list(squares[:, 1]) == [0, 1, 2]
    assert not isinstance(axes.figure, EvidenceFigure)


@pytest.mark.parametrize("option", ["columns", "subtitle", "headings", "favours", "source", "preset", "name"])
def test_options_of_the_page_are_refused_with_given_axes(option):
    with pytest.raises(InputError, match=f"{option} cannot be used with ax="):
        forest(invented(3), ax=Figure().add_subplot(), **{option: ("n", "weight")})


@pytest.mark.parametrize(
    ("design", "mark"),
    [
        ("rct_parallel", "R"),
        ("Randomised split-face", "R"),
        ("nonrandomised_split_face", "N"),
        ("non-randomised", "N"),
        ("not randomised", "N"),
        ("single_arm", "S"),
        ("before-after", "S"),
        ("retrospective", "O"),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_designs(design, mark):
    assert design_mark(design) == mark


def test_routes_are_letters_with_a_key():
    texts = forest(pooled(invented(3)), columns=("route", "estimate")).fingerprint()["texts"]
    assert "Route to the numbers: a arm means and SDs; b p value" in texts
    assert [text for text in texts if text in ("a", "b")] == ["a", "b", "a"]


def test_a_result_that_does_not_hold_its_studies_is_given_them():
    effects = invented(3)
    result = pooled(effects)
    result.effects = None
    assert forest(result, effects=effects).fingerprint() == forest(pooled(effects)).fingerprint()
    with pytest.raises(InputError, match="give them with effects="):
        forest(result)
    with pytest.raises(InputError, match="holds them"):
        forest(pooled(effects), effects=effects)
    with pytest.raises(InputError, match="pools 3 studies, but its effects include 4"):
        forest(result, effects=invented(4))


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("DL", "random effects (DL), "),
        ("EE", "common effect, "),
        ("MH", "Mantel-Haenszel, "),
        ("GLMM", "GLMM, "),
    ],
)
def test_the_model_is_named(method, words):
    texts = forest(pooled(invented(3), method=method)).fingerprint()["texts"]
    assert any(text.startswith(f"Pooled: {words}") for text in texts)


def test_the_kind_of_i2_is_named():
    texts = [forest(pooled(invented(3), method=method)).fingerprint()["texts"] for method in ("REML", "EE")]
    assert any("I² 95 % (tau²-based)" in text for text in texts[0])
    assert any("I² 95 % (Q-based)" in text for text in texts[1])


def test_a_study_without_a_weight_keeps_a_small_square():
    result = pooled(invented(3))
    result.weights = np.array([50.0, np.nan, 50.0])
    area = drawn(forest(result))["markers"][0]["area"]
    assert 0 < area[1] < area[0] == area[2]
