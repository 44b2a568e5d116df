"""Lessons: answers come from the tables, none is given away, and the simulation does what theory says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import evidence as ev
from evidence import teaching
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.review import Review
from evidence.teaching.check import EXERCISES
from evidence.teaching.expected import Choice, Numbers, yes_or_no
from evidence.teaching.forest import pooled_change

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "notebooks" / "teaching").glob("*.ipynb"))
TABLES = Review.__mro__[1].__slots__


def changed(review: Review, **tables: pd.DataFrame) -> Review:
    return Review(**{name: tables.get(name, getattr(review, name)) for name in TABLES})


@pytest.fixture(scope="module")
def solved(whole_review):
    return {name: each.solve(whole_review) for name, each in EXERCISES.items()}


@pytest.mark.parametrize("name", EXERCISES)
def test_the_expected_answer_is_right_and_its_reason_has_numbers(solved, name):
    solution = solved[name]
    expected = solution.expected
    answer = expected.numbers if isinstance(expected, Numbers) else expected.value
    answer = answer[0] if isinstance(answer, tuple) and len(answer) == 1 else answer
    assert expected.miss(answer) == ""
    assert re.search(r"\d", solution.why)
    assert solution.why.endswith(".")
    if isinstance(expected, Numbers):
        shown = [round(value, expected.digits) for value in expected.numbers]
        assert expected.miss(shown) == ""  # what is read off the figure is near enough
        assert "too large" in expected.miss([value + 3 * expected.tolerance + 1 for value in shown])
    else:
        others = [word for word in expected.among if word != expected.value]
        assert all(expected.miss(word) for word in others)


def test_expected_answers_by_a_second_route(whole_review, solved):
    """From the rows of the question, without the room of the lessons."""
    rows = whole_review.effects("Q1b").included.reset_index(drop=True)
    pooled = ev.pool(rows, method="REML", test="adhoc")
    assert solved["forest-1"].expected.value == rows.loc[rows["vi"].idxmin(), "label"]
    reach = 1.959963984540054 * rows["vi"] ** 0.5
    assert solved["forest-2"].expected.numbers == (int((abs(rows["yi"]) <= reach).sum()),)
    assert solved["forest-3"].expected.numbers == pytest.approx((pooled.ci_low, pooled.ci_high))
    spread = rows["vi"] + pooled.tau2
    assert solved["forest-4"].expected.numbers == pytest.approx((spread.max() / spread.min(),))
    without = [ev.pool(rows.drop(i), method="REML", test="adhoc") for i in rows.index]
    far = np.abs([each.estimate - pooled.estimate for each in without])
    assert solved["heterogeneity-3"].expected.value == rows["label"][int(np.argmax(far))]
    assert solved["heterogeneity-4"].expected.numbers == pytest.approx((min(each.i2 for each in without),))


def test_an_answer_is_checked_against_the_tables_as_they_are(whole_review):
    outcomes = whole_review.outcomes
    small = outcomes["study_id"].eq("pafmj8105")
    assert small.any()
    without = changed(whole_review, outcomes=outcomes.loc[~small])
    before = teaching.show("forest-3", review=whole_review)
    after = teaching.show("forest-3", review=without)
    assert before != after
    read = [float(number) for number in re.findall(r"\d+\.\d+", after)[:2]]
    assert teaching.check("forest-3", read, review=without).right
    assert not teaching.check("forest-3", read, review=whole_review).right


def test_feedback_hints_before_it_tells(whole_review):
    wrong = teaching.check("forest-3", (0.0, 9.0), review=whole_review)
    assert not wrong.right
    assert repr(wrong) == wrong.words
    assert wrong.words.startswith(
        "Not yet. The first number is too small. The second number is too large. It is the width"
    )
    found = pooled_change(whole_review)
    assert f"{found.ci_low:.2f}" not in wrong.words
    right = teaching.check("forest-3", (found.ci_low, found.ci_high), review=whole_review)
    assert right.right
    assert right.words.startswith("Right. ")
    shown = teaching.show("forest-3", review=whole_review)
    assert shown.startswith(f"{found.ci_low:.2f} to {found.ci_high:.2f}. ")
    assert repr(shown) == str(shown)


@pytest.mark.parametrize("name", EXERCISES)
def test_no_hint_gives_the_answer_away(solved, name):
    hint, expected = EXERCISES[name].hint.casefold(), solved[name].expected
    if isinstance(expected, Numbers):
        assert not re.search(r"\d", re.sub(r'"q1b"|i2', "", hint))
    elif len(expected.among) > 3:
        assert not any(word.casefold() in hint for word in expected.among)


def test_answers_are_read_kindly_and_refused_clearly():
    studies = Choice("Minh 2019", ("Minh 2019", "Minh 2020", "Saleh"))
    assert studies.miss(" minh 2019 ") == ""
    assert studies.miss("sal") == "It is another one."
    with pytest.raises(OptionError, match="'minh' is not one of 'Minh 2019', 'Minh 2020', 'Saleh'"):
        studies.miss("minh")
    with pytest.raises(OptionError, match="''"):
        studies.miss("")
    assert yes_or_no(True).miss("Y") == ""
    with pytest.raises(OptionError, match="None"):
        yes_or_no(True).miss(None)
    one, two = Numbers((0.5,), 0.05), Numbers((1.0, 2.0), 0.05)
    assert one.miss(0.55) == ""
    assert one.miss(0.5501) == "The number is too large."
    assert two.miss((1.0, 1.9)) == "The second number is too small."
    for answer in ("half", None, (0.5, 0.6), float("nan")):
        with pytest.raises(InputError, match="takes one number"):
            one.miss(answer)
    with pytest.raises(InputError, match="takes 2 numbers in brackets, not 1"):
        two.miss(1)


def test_an_unknown_exercise_is_named_with_its_nearest():
    with pytest.raises(OptionError, match=r"exercise='forest-9'.*Did you mean 'forest-"):
        teaching.check("forest-9", 1)
    assert list(teaching.exercises()["name"]) == list(EXERCISES)


def test_without_studies_the_lessons_say_so(whole_review):
    outcomes = whole_review.outcomes
    empty = changed(whole_review, outcomes=outcomes.loc[outcomes["value_kind"] == "events"])
    with pytest.raises(TooFewStudiesError, match="Q1b has 0 usable studies"):
        teaching.show("forest-1", review=empty)


# The simulation.


@pytest.mark.parametrize(
    ("reliability", "entry", "settling"), [(0.6, 0.5, 0.2), (0.9, 1.5, 0.0), (0.3, -0.5, -0.3)]
)
def test_untreated_people_change_as_theory_says(reliability, entry, settling):
    """Moments of the truncated normal (Johnson, Kotz and Balakrishnan 1994, section 10.1), against draws."""
    n = 40_000
    people = teaching.untreated_trials(
        [n], reliability=reliability, entry=entry, settling=settling, seed=4
    ).people
    mean = norm.pdf(entry) / norm.sf(entry)
    spread = 1 + entry * mean - mean**2
    near = 5 / (2 * n) ** 0.5
    assert people["before"].min() >= entry
    assert people["before"].mean() == pytest.approx(mean, abs=near)
    assert people["before"].var() == pytest.approx(spread, rel=0.05)
    assert people["true_before"].mean() == pytest.approx(reliability * mean, abs=near)
    assert people["after"].mean() == pytest.approx(reliability * mean - settling, abs=near)
    assert (people["true_before"] - people["true_after"]).to_numpy() == pytest.approx(settling)


def test_effects_of_the_simulation_are_those_of_its_people():
    trials = teaching.untreated_trials([30, 50])
    arm = trials.people.query("trial == 'Simulated 2' and arm == 'needled'")
    change = (arm["before"].mean() - arm["after"].mean()) / arm["before"].std()
    assert trials.before_after.yi[1] == pytest.approx((1 - 3 / (4 * 49 - 1)) * change, rel=1e-3)
    other = trials.people.query("trial == 'Simulated 2' and arm == 'control'")
    assert np.sign(trials.compared.yi[1]) == np.sign(other["after"].mean() - arm["after"].mean())
    assert trials.before_after.table["n"].tolist() == [30, 50]
    assert trials.compared.table["n"].tolist() == [60, 100]
    assert trials.means()["mean"].iloc[0] == pytest.approx(trials.people["before"].mean())


def test_the_simulation_is_seeded_and_says_that_it_is_one():
    one, same, other = (teaching.untreated_trials([20, 20], seed=seed) for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(one.people, same.people)
    assert not one.people["before"].equals(other.people["before"])
    for effects in (one.before_after, one.compared):
        assert effects.title.startswith("Simulated, nobody treated")
        assert effects.table["label"].str.startswith("Simulated").all()


def test_a_larger_sample_of_controls_is_not_biased():
    many = teaching.untreated_trials([200] * 40, seed=2)
    assert abs(ev.pool(many.compared).estimate) < 0.05
    assert ev.pool(many.before_after).ci_low > 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"sizes": []}, "sizes is empty"),
        ({"sizes": [1]}, "a size=1 must be a whole number of 2"),
        ({"sizes": [10.5]}, "a size=10.5"),
        ({"reliability": 1.0}, "reliability=1.0 must be a number between 0 and 1"),
        ({"entry": 3.5}, "entry=3.5 must be a number between -3 and 3"),
        ({"settling": float("nan")}, "settling=nan"),
        ({"seed": -1}, "seed=-1"),
        ({"reliability": [0.2, 0.3]}, "reliability="),
    ],
)
def test_what_cannot_be_simulated_is_refused(options, words):
    with pytest.raises(InputError, match=re.escape(words)):
        teaching.untreated_trials(**({"sizes": [10]} | options))


# The notebooks.


def cells(path: Path, kind: str) -> list[str]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


def test_there_are_three_lessons_with_every_exercise_once():
    assert [path.name[0] for path in LESSONS] == ["1", "2", "3"]
    asked = [
        name for path in LESSONS for name in re.findall(r'check\("(.+?)"', "\n".join(cells(path, "code")))
    ]
    assert asked == list(EXERCISES)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_a_lesson_asks_in_the_words_of_its_exercises(path):
    prose, code = "\n".join(cells(path, "markdown")), "\n".join(cells(path, "code"))
    for name in re.findall(r'check\("(.+?)"', code):
        number = name.split("-")[1]
        assert f"**Exercise {number}.** {EXERCISES[name].question}" in prose
    assert "## To discuss" in prose
    assert "Not medical advice" in prose
    assert ".show(" not in code  # shown answers would be stored
    assert "teaching.show(" in prose


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.name)
def test_a_stored_lesson_gives_no_answer_away(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    said = [
        "".join(output["data"]["text/plain"])
        for cell in notebook["cells"]
        if "teaching.check(" in "".join(cell["source"])
        for output in cell["outputs"]
    ]
    assert len(said) >= 5
    assert all(words.startswith("Not yet. ") for words in said)
