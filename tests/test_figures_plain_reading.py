"""The pictures of the review in plain words: eight years of school are enough, and all numbers are said."""

import re

import pytest

from evidence.certainty.absolute import absolute
from evidence.certainty.grade import grade
from evidence.certainty.reading import reading
from evidence.errors import InputError, OptionError
from evidence.figures import catalogue_plain
from evidence.figures.before_after_words import CAUTION, STEP
from evidence.figures.catalogue_plain import plain_figures, without_number
from evidence.figures.plain_page import RANGE_NOTE
from evidence.figures.plain_reasons import plain_reasons
from evidence.figures.plain_words import asked_plainly, people_words
from evidence.figures.readability import reading_grade, sentences, syllables
from figure_checks import assert_clean

WHOLE, ONE = 8.0, 9.0
TERMS = "SMD SMCR CI OR RR GRADE confidence interval heterogeneity pooled randomised adverse efficacy meta"
JARGON = rf"\b({TERMS.replace(' ', '|')}|p value|effect size)\b"
TRIED = ("certainty_scale", "icons_Q3b", "before_after_Q1c", "improvement_timeline", "cost_ladder")


@pytest.fixture(scope="module")
def drawn(whole_review, whole_answers):
    """Draw every picture of the review in plain words, from answers that are known."""
    included = {key: found.effects.included for key, found in whole_answers.items()}
    missing = without_number(whole_review, included)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue_plain, "known_answers", lambda _: whole_answers)
        figures = {
            name: draw(whole_review)
            for name, draw in plain_figures(whole_review.all_questions()).items()
            if name not in missing
        }
        for preset in ("paper", "slide"):
            for name in (
                "certainty_scale",
                "icons_Q3b",
                "before_after_Q1c",
                "improvement_timeline",
                "cost_ladder",
            ):
                figures[f"{name} {preset}"] = plain_figures(whole_review.all_questions())[name](
                    whole_review, preset=preset
                )
    return figures


def read_aloud(review, text):
    """Return a text with the names of scales, which are proper names, as one short word."""
    scales = sorted(set(review.outcomes["scale_name"].dropna()), key=len, reverse=True)
    return re.sub("|".join(map(re.escape, scales)), "scale", text)


def test_every_picture_is_read_with_eight_years_of_school(whole_review, drawn):
    for name, figure in drawn.items():
        text = read_aloud(whole_review, f"{figure.subtitle}. {figure.long_alt}")
        assert reading_grade(text) <= WHOLE, name
        for sentence in sentences(text):
            if len(sentence.split()) >= 6:
                assert reading_grade(sentence) <= ONE, (name, sentence)


def test_every_line_that_is_drawn_is_plain(whole_review, drawn):
    for name, figure in drawn.items():
        lines = [text.get_text() for axes in [figure, *figure.axes] for text in axes.texts]
        text = read_aloud(whole_review, " ".join(lines))
        words = re.findall(r"[^\W\d_]+", text)
        # Ten words a sentence and so many syllables a word are eight years of school.
        assert sum(map(syllables, words)) / len(words) <= 1.67, name
        assert not re.search(JARGON, text), name


def test_fixed_texts_and_questions_are_plain(whole_review):
    for text in (RANGE_NOTE, CAUTION, STEP):
        for sentence in sentences(text):
            assert reading_grade(sentence) <= ONE, sentence
    for question in whole_review.all_questions():
        if question.kind in ("change", "contrast", "proportion"):
            said = asked_plainly(whole_review, question)
            assert reading_grade(said) <= 10 and said.endswith("?"), said
            assert said[0].isupper() and "_" not in said


def test_every_reason_of_the_review_has_plain_words(whole_review, whole_answers):
    for key, found in whole_answers.items():
        rating = grade(whole_review, key, found=found)
        reasons = plain_reasons(rating)
        steps = len(rating.summary())
        wanted = steps + (rating.start not in ("", "high"))
        assert len(reasons) == wanted, key
        assert not {"a further doubt", "a reason to trust it more"} & set(reasons), key


def test_icons_of_the_review_say_the_absolute_effect(whole_review, whole_answers, drawn):
    shown = absolute(whole_review, whole_answers["Q3b"])
    assert people_words(shown.value, shown.low, shown.high).lower() in drawn["icons_Q3b"].long_alt
    assert people_words(shown.without).lower() in drawn["icons_Q3b"].long_alt
    assert drawn["icons_Q3b"].subtitle == "From 1 study with 30 people"


def test_bells_of_the_review_say_the_pooled_change(whole_answers, drawn):
    held = reading(whole_answers["Q1b"])
    said = f"{held.estimate:.1f} steps for the better (from {held.low:.1f} to {held.high:.1f})"
    assert said in drawn["before_after_Q1b"].alt


def test_pictures_of_the_review_are_clean(drawn):
    for figure in drawn.values():
        assert_clean(figure)
        assert 0 < len(figure.alt) <= 125 and "…" not in figure.alt


def test_a_question_without_a_pooled_change_is_refused(whole_review, whole_answers, monkeypatch):
    monkeypatch.setattr(catalogue_plain, "known_answers", lambda _: whole_answers)
    with pytest.raises(InputError, match=r"unit=''"):
        catalogue_plain.draw_icons(whole_review, "Q1h")
    with pytest.raises(OptionError, match="is not one of 'web', 'paper', 'slide'"):
        catalogue_plain.draw_icons(whole_review, "Q3b", preset="billboard")


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(("scar", 1), ("scale", 1), ("skin", 1), ("used", 1), ("months", 1), ("price", 1), ("the", 1)),
        *(("people", 2), ("treatment", 2), ("measured", 2), ("needle", 2), ("prices", 2), ("treated", 2)),
        *(("study", 2), ("session", 2), ("better", 2), ("changes", 2), ("quiet", 2), ("science", 2)),
        *(("average", 3), ("area", 3), ("idea", 3), ("created", 3), ("deviation", 4), ("simulation", 4)),
        *(("microneedling", 4), ("hyperpigmentation", 6), ("30", 1), ("can't", 1)),
    ],
)
def test_syllables_are_those_of_a_dictionary(word, count):
    assert syllables(word) == count


def test_the_reading_grade_by_hand():
    # Two sentences; every word has one syllable but slow-ly.
    text = "Scars fade slowly. They go in a week's time."
    words, spoken = 9, 10
    assert reading_grade(text) == pytest.approx(0.39 * words / 2 + 11.8 * spoken / words - 15.59)
    hard = "Standardised mean differences demonstrate considerable heterogeneity."
    assert reading_grade(hard) > 20 > reading_grade(text)
    with pytest.raises(InputError, match="no words"):
        reading_grade(" ... ")
