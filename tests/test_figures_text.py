"""Measured text: lines keep to their width and lose nothing."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.figures.text import fitted, number, p_value, printable, shortened, text_width, wrapped

ANY = st.text(max_size=60)


@settings(deadline=None, max_examples=60)
@given(ANY, st.floats(0.4, 3), st.booleans())
def test_wrapped_lines_fit_and_lose_nothing(text, width, bold):
    lines = wrapped(text, width, 10, bold=bold)
    assert all(text_width(line, 10, bold) <= width or len(line) == 1 for line in lines)
    assert "".join(lines).replace(" ", "") == printable(text).replace(" ", "")


# Four of the widest letters take less than 0.7 in, so that no word has to be cut.
WORDS = st.lists(st.text(alphabet="il.,'WMmjAVTf", min_size=1, max_size=4), max_size=24)


@settings(deadline=None, max_examples=60)
@given(WORDS, st.floats(0.7, 3), st.booleans())
def test_a_line_is_full_when_its_next_word_does_not_fit(words, width, bold):
    lines = wrapped(" ".join(words), width, 10, bold=bold)
    for line, after in itertools.pairwise(lines):
        assert text_width(f"{line} {after.split(' ')[0]}", 10, bold) > width


def test_a_word_too_long_for_a_line_begins_a_line_of_its_own():
    assert wrapped("f MATAMMTffff.M", 1.1875, 10, bold=True) == ["f", "MATAMMTffff.", "M"]


@settings(deadline=None, max_examples=60)
@given(ANY, st.floats(0.4, 2), st.integers(1, 3))
def test_cut_text_keeps_to_its_lines(text, width, most):
    lines = wrapped(text, width, 10, lines=most)
    assert len(lines) <= most
    assert all(text_width(line, 10) <= width or len(line) == 1 for line in lines)
    whole = len(wrapped(text, width, 10)) <= most
    assert whole or lines[-1].endswith("…")


def test_fitted_takes_as_much_as_fits():
    text = "onewordwithoutanyspaces"
    cut = fitted(text, 1, 10)
    assert cut.endswith("…")
    longer = text[: len(cut)].rstrip() + "…"
    assert text_width(cut, 10) <= 1 < text_width(longer, 10)


def test_width_grows_in_proportion_to_size():
    assert text_width("word", 20) == pytest.approx(2 * text_width("word", 10), rel=1e-2)


def test_letters_the_font_lacks_are_marked():
    assert printable("Müller 漢\u200b") == "Müller \ufffd\u200b".replace("\u200b", printable("\u200b"))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (-0.004, 2, "0.00"),
        (-0.005001, 2, "−0.01"),
        (1234567.0, 2, "1.2×10⁶"),
        (-1e7, 0, "−1.0×10⁷"),
        (3, 0, "3"),
    ],
)
def test_numbers(value, digits, text):
    assert number(value, digits) == text


def test_missing_numbers_and_small_p():
    assert number(float("nan")) == "–"
    assert p_value(0.0005) == "p < 0.001"
    assert p_value(0.9999) == "p = 1.000"


def test_shortened_keeps_to_the_limit():
    assert shortened("x" * 200, 125) == "x" * 124 + "…"
