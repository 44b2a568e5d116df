"""The specification curve draws the paths of its table, passes over no level, and no text touches another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import evidence as ev
from evidence.errors import InputError, OptionError
from evidence.figures.specification_curve import specification_curve
from figure_checks import HARD, assert_clean

PRESETS = ("web", "paper", "slide")


@pytest.fixture(scope="module")
def changes(whole_review):
    return ev.multiverse(whole_review, "Q1b")


@pytest.fixture(scope="module")
def shares(whole_review):
    return ev.multiverse(whole_review, "Q4a.mnrf", choices={"model": ["exact", "PLO REML", "PAS DL"]})


@pytest.fixture(scope="module")
def ratios(whole_review):
    return ev.multiverse(whole_review, "Q1h")


@pytest.fixture(scope="module")
def few(whole_review):
    return ev.multiverse(whole_review, "Q1e", choices={"r": [0.5], "method": ["REML"], "test": ["adhoc"]})


def parts(figure, label):
    """Return what is drawn under a label of the one axes that holds curve and choices."""
    [axes] = figure.axes
    return [shown for shown in axes.collections if shown.get_label() == label]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", ["changes", "shares", "ratios", "few"])
def test_nothing_overlaps(request, name, preset):
    result = request.getfixturevalue(name)
    figure = specification_curve(
        result, preset=preset, title="A finding in a sentence", source="A source " * 12
    )
    assert_clean(figure)
    assert 0 < len(figure.alt) <= 125 and len(figure.long_alt) > len(figure.alt)
    if preset == "slide":
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)


@pytest.mark.parametrize("preset", PRESETS)
def test_hard_words_and_other_scales(changes, ratios, preset):
    assert_clean(
        specification_curve(changes, scale=changes.scales[1], title=HARD[0], subtitle=HARD[1], preset=preset)
    )
    for scale in ratios.scales[1:]:
        assert_clean(specification_curve(ratios, scale=scale, preset=preset))
    long = replace(ratios.question, favours=(HARD[0][:60], HARD[2]))
    assert_clean(specification_curve(replace(ratios, question=long), preset=preset))


def test_the_same_file_on_every_run(shares):
    assert specification_curve(shares).to_bytes("svg") == specification_curve(shares).to_bytes("svg")


def test_the_curve_is_the_table(ratios):
    figure = specification_curve(ratios)
    paths = ratios.on()
    paths = paths.loc[paths["distinct"]]
    lines, dots = parts(figure, "neither")
    assert len(lines.get_segments()) == len(dots.get_offsets()) == len(paths) == 18
    # Up on the page is a smaller number of inches: places are a falling straight line of log odds ratios.
    y = np.asarray(dots.get_offsets())[:, 1]
    slope, start = np.polyfit(np.log(paths["estimate"]), y, 1)
    assert slope < 0
    assert np.allclose(start + slope * np.log(paths["estimate"]), y, atol=1e-9)
    ends = np.array([segment[:, 1] for segment in lines.get_segments()])
    assert np.allclose(start + slope * np.log(paths["ci_low"]), ends[:, 0], atol=1e-9)


def test_every_path_has_one_tick_a_choice(ratios):
    figure = specification_curve(ratios)
    for levels in (["DL", "PM", "REML", "ML", "SJ", "EE (common effect)"], ["z (Wald)", "Hartung-Knapp"]):
        counts = [len(shown.get_segments()) for level in levels for shown in parts(figure, level)]
        assert counts == [18 // (6 if len(levels) == 6 else 3)] * len(levels)


def test_sides_have_their_colours(changes, shares):
    assert len(parts(specification_curve(changes), "above")[0].get_segments()) > 200
    harm = specification_curve(shares)
    good, bad = (parts(harm, side)[0].get_colors() for side in ("below", "neither"))
    assert not np.allclose(good[0], bad[0])


def test_many_paths_are_thinned_and_no_level_is_passed_over(changes):
    figure = specification_curve(changes, paths=120)
    dots = parts(figure, "above")[1].get_offsets()
    assert 120 <= len(dots) <= 121
    # Tests follow one another in the order of estimates: each must still have about a third.
    for level in ("z (Wald)", "Hartung-Knapp", "Hartung-Knapp, ad hoc"):
        assert 25 <= len(parts(figure, level)[0].get_segments()) <= 55
    assert "are drawn, at random and evenly" in figure.caption
    assert len(parts(figure, "protocol")) == 1


def test_words_are_the_numbers(changes):
    figure = specification_curve(changes)
    paths = changes.on()
    paths = paths.loc[paths["distinct"]]
    low, high = paths["estimate"].min(), paths["estimate"].max()
    assert (
        f"{len(paths)} paths: {low:.2f} to {high:.2f}; protocol {changes.primary['estimate']:.2f}"
        in figure.alt
    )
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert f"{len(paths)} distinct paths" in texts
    table = changes.importance().set_index("choice")
    assert f"{table.loc['cautions', 'total']:.0%}".replace("%", " %") in texts
    assert "On scales of their own: change in SDs of the change." in figure.caption
    assert "Randomised only (design): no path" in figure.caption


def test_choices_can_be_chosen_and_slides_show_the_most_important(changes):
    figure = specification_curve(changes, choices=["r", "test"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "r = 0.25" in texts and "REML" not in texts
    assert "they matter less" in specification_curve(changes, preset="slide").caption
    assert "they matter less" not in specification_curve(changes).caption


def test_what_cannot_be_drawn_is_refused(changes, whole_review):
    with pytest.raises(InputError, match="draws a multiverse, not str"):
        specification_curve("Q1b")
    with pytest.raises(OptionError, match="points"):
        specification_curve(changes, scale="points")
    with pytest.raises(InputError, match="paths=1"):
        specification_curve(changes, paths=1)
    with pytest.raises(InputError, match="'model'"):
        specification_curve(changes, choices=["model"])
    with pytest.raises(OptionError, match="billboard"):
        specification_curve(changes, preset="billboard")
    with pytest.raises(InputError, match="no pooled path"):
        specification_curve(ev.multiverse(whole_review, "Q1g"))
