"""The language of the rules: read, matched, and asked whether every rule can fire."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import InputError
from evidence.tables.conditions import Condition, answers_by_value, decided, first_fit

VOCABULARY = {"a": ["x", "y", "z"], "b": ["0", "1"], "c": ["p", "q", "r"]}


@st.composite
def conditions(draw):
    allowed = {
        name: frozenset(draw(st.sets(st.sampled_from(values), min_size=1)))
        for name, values in VOCABULARY.items()
        if draw(st.booleans())
    }
    return Condition(allowed)


@pytest.mark.parametrize("text", ["a", "a=", "=x", "a=x|", "a=x; b"])
def test_what_is_not_a_condition_is_refused(text):
    with pytest.raises(InputError, match="is not of the form"):
        Condition.read(text)


def test_a_name_stands_once():
    with pytest.raises(InputError, match="stands twice"):
        Condition.read("a=x; a=y")


def test_a_blank_condition_always_fits():
    assert Condition.read("").fits({"a": "x"})


def test_what_no_facts_can_have_is_named():
    assert "'d' is none of a, b, c." in Condition.read("d=1").unknown(VOCABULARY)
    assert "a can be x, y, z, not 'w'" in Condition.read("a=x|w").unknown(VOCABULARY)
    assert Condition.read("a=x; b=1").unknown(VOCABULARY) == ""


@given(st.lists(conditions(), min_size=1, max_size=5))
def test_reached_and_open_are_those_of_every_combination(rules):
    """The quick search groups values that no condition tells apart; here every combination is tried."""
    reached, open_case = set(), False
    for values in itertools.product(*VOCABULARY.values()):
        position = first_fit(rules, dict(zip(VOCABULARY, values, strict=True)))
        if position is None:
            open_case = True
        else:
            reached.add(position)
    found, left = decided(rules, VOCABULARY)
    assert found == reached
    assert (left is not None) == open_case
    if left is not None:
        assert first_fit(rules, left) is None


@given(conditions(), conditions())
def test_meeting_means_that_some_facts_fit_both(one, other):
    both = any(
        one.fits(facts) and other.fits(facts)
        for values in itertools.product(*VOCABULARY.values())
        for facts in [dict(zip(VOCABULARY, values, strict=True))]
    )
    assert one.meets(other) == both


def test_answers_by_value():
    assert answers_by_value("all=Y; lost=N") == {"all": "Y", "lost": "N"}
