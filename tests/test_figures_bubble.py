"""The bubble plot: areas by weight, the line and bands where the regression puts them, labels apart."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError, OptionError
from evidence.figures.bubble import bubble
from evidence.figures.bubble_labels import Room, place_labels
from evidence.figures.bubble_words import slope
from evidence.figures.forest_axis import axis
from evidence.figures.text import text_width
from evidence.synthesis.regression import metareg
from figure_checks import assert_clean, drawn, invented, with_changes

pytestmark = pytest.mark.filterwarnings("ignore::evidence.errors.FewStudiesWarning")


def fitted(k, *, scale="identity", measure="SMD", labels=None, **choices):
    """Return a meta-regression of invented studies on age and, if asked for, more."""
    rng = np.random.default_rng(k)
    effects = invented(k)
    table = effects.table.assign(age=np.round(rng.uniform(20, 45, k), 1), dose=rng.normal(size=k))
    table["arm"] = np.where(np.arange(k) % 2, "x", "y")
    if labels is not None:
        table["label"] = labels
    effects = with_changes(Effects(table), scale=scale, measure=measure)
    return metareg(effects, choices.pop("moderators", ["age"]), **choices)


def test_bubbles_stand_at_the_studies_with_areas_by_weight():
    fit = fitted(12)
    (marks,) = drawn(bubble(fit))["markers"]
    used = fit.effects.included
    order = np.argsort(-fit.weights, kind="stable")
    assert marks["xy"] == pytest.approx(used[["age", "yi"]].to_numpy()[order], abs=1e-6)
    areas = np.array(marks["area"])
    assert areas / areas[0] == pytest.approx(fit.weights[order] / fit.weights.max(), rel=1e-6)


def test_line_and_bands_are_the_regressions():
    fit = fitted(12)
    found = drawn(bubble(fit))
    lines = [np.array(line["xy"]) for line in found["lines"] if len(line["xy"]) > 2]
    assert [line["style"] for line in found["lines"] if len(line["xy"]) > 2] == ["--", "--", "-"]
    ends = fit.beta[0] + fit.beta[1] * fit.effects.included["age"].agg(["min", "max"]).to_numpy()
    assert lines[2][[0, -1], 1] == pytest.approx(ends, abs=1e-6)
    outlines = [np.array(each) for each in found["polygons"]]
    at = fit.predict({"age": [lines[2][0, 0]]}).iloc[0]
    for outline, low, high in zip(outlines, ("pi_low", "ci_low"), ("pi_high", "ci_high"), strict=True):
        left = outline[np.isclose(outline[:, 0], lines[2][0, 0])]
        assert (left[:, 1].min(), left[:, 1].max()) == pytest.approx((at[low], at[high]), abs=1e-6)


def test_without_between_study_variance_there_is_no_prediction_band():
    figure = bubble(fitted(12, method="EE"))
    assert len(drawn(figure)["polygons"]) == 1
    assert "prediction" not in figure.caption + repr(figure)


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("k", [3, 7, 40])
def test_nothing_overlaps(preset, k):
    figure = bubble(fitted(k), preset=preset, title="The finding", source="A source " * 15)
    assert_clean(figure)
    (axes,) = figure.axes
    frame = axes.get_window_extent()
    for text in axes.texts:
        box = text.get_window_extent()
        assert frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1
    assert len(axes.texts) == k if k < 10 else 10 < len(axes.texts) <= k


def test_long_and_strange_labels_stay_within():
    labels = [f"A study with a very long name, $x_{i}$ & <b>, and more of it {2000 + i}" for i in range(9)]
    assert_clean(bubble(fitted(9, labels=labels), preset="slide"))


def test_a_slide_keeps_its_shape():
    for k in (3, 40):
        width, height = bubble(fitted(k), preset="slide", source="A source " * 40).get_size_inches()
        assert width / height == pytest.approx(16 / 9)


def test_labels_keep_clear_of_bubbles_lines_and_each_other():
    rng = np.random.default_rng(0)
    centres, radii = rng.uniform(0.3, (5.7, 3.7), (25, 2)), rng.uniform(0.03, 0.15, 25)
    lines = np.column_stack([np.linspace(0, 6, 300), np.full(300, 2.0)])
    texts = [f"Study {i}" for i in range(25)]
    placed = place_labels(texts, Room(centres, radii, (6.0, 4.0), lines), 9)
    boxes = []
    for each in placed:
        half = np.array([text_width(each.text, 9) / 2, 0.5 * 9 / 72])
        low, high = np.array(each.centre) - half, np.array(each.centre) + half
        away = np.linalg.norm(centres - np.clip(centres, low, high), axis=1) - radii
        assert (away > 0).all()
        if each.leader is None:
            assert away.argmin() == each.study
        assert (low >= 0).all() and (high <= (6, 4)).all()
        assert all((low >= above).any() or (high <= below).any() for below, above in boxes)
        boxes.append((low, high))
    assert len(placed) >= 20
    apart = place_labels(["A"], Room(np.array([[3.0, 2.0]]), np.array([0.1]), (6, 4), lines), 9)[0]
    assert abs(apart.centre[1] - 2.0) > 0.5 * 9 / 72
    assert place_labels(["A" * 99], Room(np.array([[1.0, 1.0]]), np.array([0.1]), (2, 2), lines), 9) == []


def test_words_give_every_number():
    fit = fitted(7)
    figure = bubble(fit, title="A finding")
    assert figure.alt.startswith("Bubble plot of 7 studies against age: ")
    assert "Exploratory: 7 studies for one moderator, fewer than 10 each" in figure.caption
    for label, weight in zip(fit.effects.included["label"], fit.weights, strict=True):
        assert f"{label}: age" in repr(figure)
        assert f"weight {weight:.1f} %" in repr(figure)
    assert any("Exploratory" in text.get_text() for text in figure.texts)
    with pytest.warns(FewStudiesWarning):
        fitted(7)
    assert "Exploratory" not in bubble(fitted(12)).caption


def test_other_moderators_are_held_at_their_mean():
    fit = fitted(24, moderators=["age", "dose", "arm"])
    with pytest.raises(InputError, match="choose moderator= of age, dose, arm"):
        bubble(fit)
    with pytest.raises(InputError, match="'arm' is categorical"):
        bubble(fit, moderator="arm")
    with pytest.raises(OptionError, match="moderator='year'"):
        bubble(fit, moderator="year")
    figure = bubble(fit, moderator="dose")
    assert "The line holds age, arm at the mean." in figure.caption
    curves = [np.array(line["xy"]) for line in drawn(figure)["lines"] if len(line["xy"]) > 2]
    line = curves[-1]
    table = fit.effects.included
    mean = fit.predict({"dose": line[0, 0], "age": table["age"].mean(), "arm": ["x", "y"]})["estimate"].mean()
    assert line[0, 1] == pytest.approx(mean, abs=1e-5)


def test_ratios_and_proportions_are_shown_as_readers_know_them():
    ratio = fitted(12, scale="log", measure="OR")
    figure = bubble(ratio)
    assert "times" in figure.alt
    assert f"{np.exp(ratio.beta[1]):.2f}" in figure.alt
    assert "Odds ratio (log scale)" in [text.get_text() for text in figure.texts]
    percent = bubble(fitted(12, scale="logit", measure="PLO"))
    low, high = drawn(percent)["ylim"]
    assert low > -10 and high < 110
    assert "on the logit scale" in percent.alt
    assert "per unit" in slope(ratio, "age", axis("log", "OR", None))


def test_bands_that_leave_the_axis_are_named():
    assert "bands go on beyond the axis" in bubble(fitted(3)).caption
    assert "beyond the axis" not in bubble(fitted(40)).caption


def test_every_option_changes_the_figure():
    fit = fitted(12)
    plain = bubble(fit)
    for option in ({"title": "T"}, {"source": "S"}, {"name": "other"}, {"labels": False}):
        assert bubble(fit, **option).fingerprint() != plain.fingerprint()
    assert bubble(fit, preset="paper").to_bytes("svg") != plain.to_bytes("svg")
    assert bubble(fit).to_bytes("svg") == plain.to_bytes("svg")


def test_draws_into_the_callers_axes():
    ax = Figure().subplots()
    assert bubble(fitted(7), ax=ax, title="A $finding$") is ax
    assert len(ax.texts) > 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "Standardised mean difference")
    assert not bubble(fitted(7), ax=Figure().subplots(), labels=False).texts
    for option in ({"preset": "web"}, {"source": "S"}, {"name": "n"}):
        with pytest.raises(InputError, match=f"{next(iter(option))} cannot be used with ax="):
            bubble(fitted(7), ax=ax, **option)


def test_wrong_calls_are_refused():
    with pytest.raises(InputError, match="not Effects"):
        bubble(invented(7))
    with pytest.raises(OptionError, match="preset='billboard'"):
        bubble(fitted(7), preset="billboard")
    with pytest.raises(OptionError, match="labels='some'"):
        bubble(fitted(7), labels="some")
