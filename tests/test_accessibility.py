"""Figures are read by people with every kind of colour vision, in grey, with low vision, and by ear."""

from __future__ import annotations

import html
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

import evidence as ev
from evidence.figures.figure import ALT_LENGTH
from evidence.figures.gosh_density import ALONE, WITH, WITHOUT, picture
from evidence.figures.style import INK, PALETTE, PAPER, STRIPE
from evidence.figures.symbols import CERTAINTIES, JUDGEMENTS, VERDICTS
from figure_checks import invented
from vision import VIEWS, apart, contrast, lab, linear, marks_on_grounds, texts_on_grounds

ROOT = Path(__file__).resolve().parents[1]
# CIELAB delta-E of 1976. About 2.3 is just noticeable side by side (Mahy, Van Eycken and Oosterlinck 1994,
# Color Res Appl 19:105); marks stand apart on a page and are small, so that several times as much is asked.
APART = 15.0
WORDS, MARKS = 4.5, 3.0  # WCAG 2.1, 1.4.3 and 1.4.11
COLOUR_BLIND = ("protan", "deutan", "tritan")


@pytest.fixture(scope="module")
def figures(whole_review, whole_answers, whole_verdicts):
    review, found = whole_review, whole_answers["Q1b"]
    studies = invented(12)
    pooled = ev.pool(studies)
    judgements = ev.risk_of_bias(review, "Q1b", found=found).judgements
    return {
        "verdict_chart": ev.figures.verdict_chart(ev.verdict_rows(review, whole_verdicts), title="Verdicts"),
        "rob_traffic": ev.figures.rob_traffic(judgements, title="Risk of bias"),
        "forest": ev.figures.answer_forest(found),
        "forest_excluded": ev.figures.answer_forest(whole_answers["Q1e"]),
        "funnel": ev.figures.funnel(
            pooled, contours=True, filled=ev.trim_and_fill(pooled), line=ev.egger(pooled)
        ),
        "gosh": ev.figures.draw(review, "subsets_Q1b"),
        "gosh_study": ev.figures.gosh(ev.gosh(found.effects), study=0),
        "network": ev.figures.draw(review, "network_graph"),
    }


@pytest.fixture(scope="module")
def marks(figures):
    return {name: list(marks_on_grounds(figure)) for name, figure in figures.items()}


NAMES = (
    "verdict_chart",
    "rob_traffic",
    "forest",
    "forest_excluded",
    "funnel",
    "gosh",
    "gosh_study",
    "network",
)


def test_the_yardsticks_are_those_of_their_standards():
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    # The lightest grey that WCAG lets stand on white, as commonly quoted, and the next.
    assert contrast(to_rgb("#767676"), (1, 1, 1)) == pytest.approx(4.54, abs=0.005)
    assert contrast(to_rgb("#777777"), (1, 1, 1)) < WORDS
    assert lab(np.ones(3)) == pytest.approx([100, 0, 0], abs=1e-6)
    assert lab(np.array([1.0, 0, 0])) == pytest.approx([53.24, 80.09, 67.20], abs=0.01)
    assert linear(0.5) == pytest.approx(0.21404, abs=1e-5)
    for view in VIEWS.values():
        assert view.sum(axis=1) == pytest.approx(np.ones(3), abs=2e-6)  # grey is seen as grey by all


@pytest.mark.parametrize("view", COLOUR_BLIND)
def test_every_two_colours_of_the_palette_stay_apart(view):
    for one, other in combinations((*PALETTE, INK), 2):
        assert apart(one, other, view) >= APART, (one, other)


@pytest.mark.parametrize("looks", [JUDGEMENTS, VERDICTS], ids=["judgements", "verdicts"])
def test_no_status_is_carried_by_colour_alone(looks):
    for look in looks.values():
        assert look.word
        assert contrast(to_rgb(look.ink), to_rgb(PAPER if look.hollow else look.color)) >= MARKS
    for one, other in combinations(looks.values(), 2):
        if one.color != other.color:
            assert (one.sign, one.hollow) != (other.sign, other.hollow), (one.word, other.word)


def test_statuses_have_words_and_shapes_of_their_own():
    assert len({(look.sign, look.hollow) for look in VERDICTS.values()}) == len(VERDICTS)
    assert len({look.word for look in VERDICTS.values()}) == len(VERDICTS)
    assert len(set(CERTAINTIES.values())) == len(CERTAINTIES)
    # Shares of judgements are bars: hatched, but for the one plain colour.
    hatches = {look.color: look.hatch for look in JUDGEMENTS.values()}
    assert sum(hatch == "" for hatch in hatches.values()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_words_stand_out_from_what_they_are_written_on(figures, name):
    texts = list(texts_on_grounds(figures[name]))
    assert len(texts) > 5
    for text in texts:
        for view in VIEWS:
            assert text.contrast(view) >= WORDS, (text.name, view)


@pytest.mark.parametrize("name", NAMES)
def test_marks_stand_out_from_what_they_lie_on(marks, name):
    assert len(marks[name]) > 1
    for mark in marks[name]:
        for view in VIEWS:
            assert mark.contrast(view) >= MARKS, (mark.name, mark.color, view)


@pytest.mark.parametrize("name", NAMES[2:])
def test_marks_of_different_colours_differ_for_everyone(marks, name):
    """Marks of one shape differ in every colour vision and in grey. Discs carry signs, which are tested."""
    looks = {(mark.color, mark.shape) for mark in marks[name]}
    for (one, form), (other, shape) in combinations(looks, 2):
        if to_rgb(one) == to_rgb(other) or form != shape:
            continue
        for view in VIEWS:
            assert apart(one, other, view) >= APART, (one, other, view)


@pytest.mark.parametrize("name", ["verdict_chart", "rob_traffic"])
def test_every_disc_carries_a_sign(figures, name):
    """A sign lies at every disc, so that none is read by its colour."""
    for axes in figures[name].axes:
        spots = [(each.get_zorder(), each.get_offsets()) for each in axes.collections]
        discs = [spot for level, found in spots if level == 3 for spot in found]
        signs = np.array([spot for level, found in spots if level == 5 for spot in found])
        for disc in discs:
            near = np.hypot(*(signs - disc).T) < 0.1  # inches
            assert near.any()


def test_filled_areas_of_the_forest_have_an_outline(figures):
    patches = figures["forest"].axes[0].patches
    assert len(patches) >= 2  # diamond and prediction interval
    for patch in patches:
        for ground in (PAPER, STRIPE):
            assert contrast(patch.get_edgecolor()[:3], to_rgb(ground)) >= MARKS


def test_cells_of_subsets_are_seen_and_told_apart():
    """The palest cell, one subset, still has 3:1; with and without a study differ in grey too."""
    total = np.array([[1, 1, 7, 50]])
    for inside in (None, total, 0 * total):
        for color in picture(total, inside)[0]:
            assert color[3] == 255
            assert contrast(color[:3] / 255, to_rgb(PAPER)) >= MARKS
    for view in VIEWS:
        assert apart(WITH, WITHOUT, view) >= APART
    assert {contrast(to_rgb(color), to_rgb(PAPER)) >= MARKS for color in (ALONE, WITH, WITHOUT)} == {True}


def manifest() -> list[dict]:
    return json.loads((ROOT / "figures" / "manifest.json").read_text(encoding="utf-8"))["figures"]


@pytest.mark.parametrize("entry", manifest(), ids=lambda entry: entry["name"])
def test_the_catalogue_can_be_heard(entry):
    """A short text to hear first, a long one with the numbers, and both in the picture itself."""
    short, long = entry["alt"], entry["long_alt"]
    assert 20 <= len(short) <= ALT_LENGTH
    assert len(long) > len(short)
    assert sum(character.isdigit() for character in long) >= 2
    assert not short.lower().startswith(("image of", "picture of"))
    with (ROOT / "figures" / f"{entry['name']}.svg").open(encoding="utf-8") as file:
        head = file.read(4_000 + 2 * len(long))
    assert f'role="img" aria-label="{html.escape(short)}"' in head
    assert f"<desc>{html.escape(long, quote=False)}</desc>" in head
