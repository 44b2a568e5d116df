"""Pictures for lay readers: icons counted by hand, honest rounding, and steps, bells and bars as given."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import evidence as ev
from evidence.certainty.absolute import Absolute, absolute
from evidence.certainty.grade import grade
from evidence.errors import InputError, OptionError
from evidence.figures.catalogue import figure_names
from evidence.figures.catalogue_plain import plain_figures, without_number
from evidence.figures.course_data import COLUMNS as COURSE
from evidence.figures.icon_groups import COLUMNS, icon_rows
from evidence.figures.plain_reasons import COLUMNS as CERTAINTY
from evidence.figures.plain_reasons import certainty_rows
from evidence.figures.plain_words import amount, people_words, whole
from evidence.synthesis.cost import TotalCost
from figure_checks import HARD, assert_clean

PRESETS = ("web", "paper", "slide")


def icons(*groups):
    return pd.DataFrame(list(groups), columns=list(COLUMNS))


def certainties(*rows):
    return pd.DataFrame(list(rows), columns=list(CERTAINTY))


def visits(label="Minh 2019", scale="GB", values=(0.0, 1.0, 2.0), weeks=(0, 4, 8), half=0.5):
    names = ["baseline", *(f"visit {i}" for i in range(1, len(values)))]
    rows = [
        (label, label, scale, week, name, value, value - half * bool(i), value + half * bool(i), 31)
        for i, (name, value, week) in enumerate(zip(names, values, weeks, strict=True))
    ]
    return pd.DataFrame(rows, columns=list(COURSE))


def cost(low=(100, 200), high=(500, 300), sessions=(1, 3), groups=(2, 8), top=4000.0):
    labels = [f"page {i}" for i in range(len(low))]
    pages = pd.DataFrame({"label": labels, "low": low, "high": high, "year": np.nan, "scope": "mn"})
    given = pd.DataFrame({"sessions": sessions, "groups": groups})
    levels = dict(zip((0.05, 0.25, 0.5, 0.75, 0.95), np.linspace(300, top, 5).tolist(), strict=True))
    return TotalCost(pages, given, levels, 1000, 1)


def shapes(figure, name):
    """Count the shapes drawn into the picture's own axes by their label."""
    axes = next(axes for axes in figure.axes if axes.get_label() == name)
    labels = [str(patch.get_label()) for patch in axes.patches]
    return {label: labels.count(label) for label in dict.fromkeys(labels)}


def people(figure):
    """Count the people of the picture's own axes by their look: a person is two closed outlines."""
    axes = next(axes for axes in figure.axes if axes.get_label() == "icon_array")
    found = {}
    for patch in axes.patches:
        outlines = int((patch.get_path().codes == 1).sum())
        assert outlines % 2 == 0
        found[patch.get_label()] = found.get(patch.get_label(), 0) + outlines // 2
    return found


def words(figure):
    return [text.get_text() for axes in [figure, *figure.axes] for text in axes.texts]


@pytest.mark.parametrize(
    ("value", "low", "high", "counts"),
    [
        (6.67, 1.96, 22.63, {"sure": 2, "fewer": 5, "more": 16, "rest": 77}),
        (0.0, 0.0, 30.8, {"more": 31, "rest": 69}),
        (100.0, 90.0, 100.0, {"sure": 90, "fewer": 10}),
        (0.3, 0.1, 0.4, {"rest": 100}),
        (2.5, 2.5, 2.5, {"sure": 3, "rest": 97}),  # halves up, not to even
        (30.0, None, None, {"sure": 30, "rest": 70}),
        (19.99, 0.29, 95.59, {"fewer": 20, "more": 76, "rest": 4}),
    ],
)
def test_icons_by_hand(value, low, high, counts):
    figure = ev.figures.icon_array(icons(("After", value, low, high)))
    assert people(figure) == counts


def test_groups_stand_side_by_side_and_add_up_to_a_hundred_each():
    figure = ev.figures.icon_array(icons(("With", 7, 2, 23), ("Without", 30, None, None)))
    assert people(figure) == {"sure": 32, "fewer": 5, "more": 16, "rest": 147}
    assert "as counted; no range is known" in words(figure)
    assert figure.alt == "With: about 7 of 100 people (from 2 to 23). Without: about 30 of 100 people."


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "None of 100 people"),
        (0.001, "Fewer than 1 of 100 people"),
        (0.499, "Fewer than 1 of 100 people"),
        (0.5, "About 1 of 100 people"),
        (1.5, "About 2 of 100 people"),
        (99.49, "About 99 of 100 people"),
        (99.5, "More than 99 of 100 people"),
        (100, "All of 100 people"),
    ],
)
def test_rounding_never_makes_a_few_none(value, said):
    assert people_words(value) == said


def test_words_and_icons_hold_the_same_number_at_every_tenth():
    for tenth in range(1001):
        said, count = amount(tenth / 10), whole(tenth / 10)
        assert said == (
            "fewer than 1" if 0 < tenth < 5 else "more than 99" if 995 <= tenth < 1000 else str(count)
        )
        assert (count == 0) == (said in ("0", "fewer than 1"))


def test_a_wide_range_is_said_to_tell_nothing():
    wide, narrow = (ev.figures.icon_array(icons(("A", 20, low, 96))) for low in (1, 20))
    assert "This range is too wide to tell." in words(wide)
    wide = ev.figures.icon_array(icons(("A", 20, 1, 71)))
    assert "This range is too wide to tell." not in words(wide)
    assert "This range is too wide to tell." in words(narrow)


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        (icons(("A", 101, None, None)), "row 1, column value, value 101"),
        (icons(("A", 5, None, None), ("B", -1.0, None, None)), "row 2, column value, value -1.0"),
        (icons(("A", 5, 6, 8)), "row 1, column value, value 5.0: it lies outside its range, 6 to 8"),
        (icons(("A", 5, 4, None)), "row 1, column high"),
        (icons((" ", 5, 4, 6)), "row 1, column label"),
        (icons(("A", 5, 4, 6), ("A", 5, 4, 6)), "row 2, column label, value 'A'"),
        (icons(("A", None, None, None)), "row 1, column value"),
        (icons(*((f"{i}", 5, 4, 6) for i in range(5))), "rows has 5 groups"),
    ],
)
def test_icons_name_what_is_wrong(rows, named):
    with pytest.raises(InputError, match=named):
        ev.figures.icon_array(rows)


def test_icons_are_only_for_people():
    with pytest.raises(InputError, match="points of GB"):
        icon_rows(Absolute("points of GB", np.nan, 1, 0, 2, ""), "A")
    with pytest.raises(InputError, match="needs a name"):
        icon_rows(Absolute("of 100 people", 30, 7, 2, 23, ""), "A")
    with pytest.raises(OptionError, match="no column high"):
        ev.figures.icon_array(icons(("A", 5, 4, 6)).drop(columns="high"))


def test_a_standardised_difference_is_never_applied_to_a_share(whole_review, whole_answers):
    for key in ("Q1f", "Q1f.prp"):
        assert whole_answers[key].effects.measure == "SMD"
        assert absolute(whole_review, whole_answers[key]).unit != "of 100 people"


@pytest.mark.parametrize(
    ("code", "filled"), [("very_low", 1), ("low", 2), ("moderate", 3), ("high", 4), ("not_rated", 0)]
)
def test_as_many_steps_are_filled_as_the_level_is_high(code, filled):
    figure = ev.figures.certainty_scale(certainties(("Do scars fade?", code, ["few people", "old studies"])))
    found = shapes(figure, "certainty_scale")
    assert (found.get("filled", 0), found.get("empty", 0)) == (filled, 4 - filled)
    assert "Why: few people; old studies." in words(figure)


def test_the_scale_holds_the_ratings_and_their_numbers(whole_review, whole_answers):
    found = {key: whole_answers[key] for key in ("Q1b", "Q3b")}
    rows = ev.figures.certainty_scale(certainty_rows(whole_review, found)).long_alt
    for key, answer in found.items():
        steps = grade(whole_review, key, found=answer).summary().set_index("domain")["number"]
        assert f"only {steps['imprecision_size']:.0f} " in rows
    assert "only 281 people" in rows and "only 11 cases" in rows


@pytest.mark.parametrize(
    ("row", "error", "named"),
    [
        (("A?", "medium", []), OptionError, "row 1, column certainty, value 'medium'"),
        (("", "low", []), InputError, "row 1, column question"),
        (("A?", "low", [3]), InputError, "row 1, column reasons"),
    ],
)
def test_the_scale_names_what_is_wrong(row, error, named):
    with pytest.raises(error, match=named):
        ev.figures.certainty_scale(certainties(row))


@pytest.mark.parametrize("change", [-1.0, 0.0, 0.5, 1.96])
def test_bells_lie_as_far_apart_as_the_change(change):
    figure = ev.figures.before_after_distributions(change, change - 0.3, change + 0.3)
    axes = next(axes for axes in figure.axes if axes.get_label() == figure.name)
    tops = {
        patch.get_label(): patch.get_xy()[np.argmin(patch.get_xy()[:, 1]), 0]
        for patch in axes.patches
        if patch.get_label() in ("before", "after")
    }
    marks = {
        text.get_text(): text.get_position()[0]
        for text in axes.texts
        if text.get_text() in ("0", "1", "2", "−1", "−2")
    }
    step = abs(marks["2"] - marks["0"]) / 2 if "2" in marks else marks["0"] - marks["−1"]
    assert tops["after"] - tops["before"] == pytest.approx(change * step, abs=1e-6)
    assert tops["before"] == pytest.approx(marks["0"])
    dot = next(shown for shown in axes.collections if shown.get_label() == "average after")
    assert dot.get_offsets()[0][0] == pytest.approx(tops["after"])
    (line,) = [line for line in axes.lines if line.get_label() == "range"]
    assert np.ptp(line.get_xdata()) == pytest.approx(0.6 * step)


def test_the_share_better_than_the_average_before_is_the_normal_one():
    figure = ev.figures.before_after_distributions(0.5, -0.2, 1.2, people=40, groups=2)
    shares = [round(100 * norm.cdf(value)) for value in (0.5, -0.2, 1.2)]
    assert f"About {shares[0]} of 100 people (from {shares[1]} to {shares[2]})" in figure.long_alt
    assert "for the better (from 0.2 worse to 1.2 better)" in figure.alt
    assert "It rests on 2 groups with 40 people." in figure.long_alt


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((-2.0, -2.7, -1.2), "2.0 steps for the worse (from 1.2 to 2.7)"),
        ((0.01, -0.04, 0.04), "0.0 steps (from 0.0 to 0.0)"),
        ((0.3, -0.02, 0.6), "0.3 steps for the better (from 0.0 to 0.6)"),
        ((-0.4, -0.9, 0.1), "0.4 steps for the worse (from 0.9 worse to 0.1 better)"),
    ],
)
def test_a_change_names_its_side_after_rounding(numbers, said):
    assert said in ev.figures.before_after_distributions(*numbers).alt


def test_a_change_is_said_not_to_be_what_the_treatment_did():
    figure = ev.figures.before_after_distributions(
        2, 1, 3, points=Absolute("points of GB", np.nan, 7, 4, 10, "")
    )
    assert "does not show what the treatment did" in " ".join(words(figure))
    assert "that is 7.0 points for the better (from 4.0 to 10.0)" in figure.long_alt


@pytest.mark.parametrize(
    ("numbers", "named"),
    [((np.nan, 0, 1), "estimate=nan"), ((1, 2, 3), "estimate=1 lies outside"), ((1, "0", 2), "low='0'")],
)
def test_bells_name_what_is_wrong(numbers, named):
    with pytest.raises(InputError, match=named):
        ev.figures.before_after_distributions(*numbers)
    with pytest.raises(InputError, match="people=0"):
        ev.figures.before_after_distributions(1, 0, 2, people=0)
    with pytest.raises(InputError, match="of 100 people"):
        ev.figures.before_after_distributions(1, 0, 2, points=Absolute("of 100 people", 1, 1, 1, 1, ""))


def test_the_timeline_draws_only_what_was_measured():
    figure = ev.figures.improvement_timeline(visits(weeks=(0, 4, 12)))
    axes = next(axes for axes in figure.axes if axes.get_label() == figure.name)
    bars = [patch.get_height() for patch in axes.patches if patch.get_label() == "change"]
    assert len(bars) == 2 and bars[1] == pytest.approx(2 * bars[0])
    ranges = [line for line in axes.lines if line.get_label() == "range"]
    assert [np.ptp(line.get_ydata()) / bars[0] for line in ranges] == pytest.approx([1, 1])
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 2  # between three visits
    assert {"4 weeks", "8 weeks", "1.0 better", "2.0 better", "Start"} <= set(words(figure))


def test_weeks_that_are_not_printed_are_not_made_up():
    figure = ev.figures.improvement_timeline(visits(weeks=(0, None, None)))
    assert not any("week" in text for text in words(figure))


def test_the_timeline_names_what_is_wrong():
    rows = visits()
    with pytest.raises(InputError, match="row 3, column study_id \\+ scale \\+ visit"):
        ev.figures.improvement_timeline(rows.assign(visit=["baseline", "visit 1", "visit 1"]))
    with pytest.raises(InputError, match=r"row 2, column value, value 9\.0"):
        ev.figures.improvement_timeline(rows.assign(value=[0.0, 9.0, 2.0]))


def test_steps_are_sessions_times_the_printed_prices():
    figure = ev.figures.cost_ladder(cost())
    axes = next(axes for axes in figure.axes if axes.get_label() == figure.name)
    boxes = [patch for patch in axes.patches if patch.get_label() == "printed"]
    assert boxes[1].get_height() == pytest.approx(3 * boxes[0].get_height())
    dollar = boxes[0].get_height() / 400
    simulated = next(patch for patch in axes.patches if patch.get_label() == "simulated")
    assert simulated.get_height() == pytest.approx(dollar * (4000 - 300) / 2)
    assert simulated.get_hatch() and not any(box.get_hatch() for box in boxes)
    # Midpoints 300 and 250: the middle is 275.
    assert {"275", "825", "100 to 500", "300 to 1,500", "8 of 10 groups"} <= set(words(figure))
    assert "Simulated: half of all treatments" in figure.long_alt


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sessions": (1, 2.5)}, "row 2, column sessions, value 2.5"),
        ({"sessions": (1, 1)}, "row 2, column sessions, value '1'"),
        ({"low": (600, 200)}, "row 1, column low, value 600"),
        ({"groups": (0, 1)}, "row 1, column groups, value 0"),
    ],
)
def test_the_ladder_names_what_is_wrong(changes, named):
    with pytest.raises(InputError, match=named):
        ev.figures.cost_ladder(cost(**changes))
    with pytest.raises(InputError, match="not from dict"):
        ev.figures.cost_ladder({})


def hard_figures(preset):
    head = {"title": HARD[0], "subtitle": HARD[1], "source": HARD[2], "preset": preset}
    groups = [(f"{HARD[i % 3]} {i}", 50, 0.2, 99.8) for i in range(4)]
    for count in (1, 4):
        yield ev.figures.icon_array(icons(*groups[:count]), **head)
    levels = ("very_low", "high", "not_rated")
    yield ev.figures.certainty_scale(certainties(*zip(HARD, levels, [list(HARD)] * 3, strict=True)), **head)
    points = Absolute(f"points of {HARD[0]}", np.nan, 7, -400, 1e7, "")
    for numbers in ((0.0, -0.01, 0.02), (0.05, -60, 30)):
        yield ev.figures.before_after_distributions(*numbers, points=points, people=9, groups=1, **head)
    strange = [
        visits(f"{name} {i}", name, values=(0, -5e4, 1e5, 3, 2), weeks=(0, 1, 2, 1000, 1004))
        for i, name in enumerate(HARD)
    ]
    strange[1]["visit"] = ["baseline", *(f"{HARD[1]} {i}" for i in range(4))]
    yield ev.figures.improvement_timeline(pd.concat(strange), **head)
    eight = {"sessions": tuple(range(1, 9)), "groups": (1000,) * 8}
    yield ev.figures.cost_ladder(cost(high=(5e5, 9e8), top=9e9, **eight), currency=HARD[0], **head)
    yield ev.figures.cost_ladder(cost(sessions=(4,), groups=(1,)), **head)


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_overlaps_at_hard_texts(preset):
    for figure in hard_figures(preset):
        assert_clean(figure)
        if preset == "slide":
            across, down = figure.get_size_inches()
            assert across / down == pytest.approx(16 / 9)


def test_the_catalogue_draws_what_can_be_said(whole_review, whole_answers):
    included = {key: found.effects.included for key, found in whole_answers.items()}
    missing = without_number(whole_review, included)
    names = plain_figures(whole_review.all_questions())
    assert set(names) <= set(figure_names(whole_review))
    for key, found in whole_answers.items():
        name = f"icons_{key.replace('.', '_')}"
        if name in names:
            assert (name in missing) == (absolute(whole_review, found).unit != "of 100 people"), key
