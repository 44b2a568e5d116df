"""p values and directions combined: by hand, by another program, and by what must always hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import combine_pvalues, irwinhall

from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.synthesis.p_values import METHODS, combine_p, edgington, one_sided, p_interval
from evidence.synthesis.sign_test import sign_test

P_VALUES = st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=15)


@pytest.mark.parametrize(
    ("op", "p", "expected"),
    [
        ("=", 0.2, (0.2, 0.2)),
        ("<", 0.01, (0, 0.01)),
        ("<=", 0.01, (0, 0.01)),
        (">", 0.05, (0.05, 1)),
        ("sig", np.nan, (0, 0.05)),
        ("ns", np.nan, (0.05, 1)),
        ("trend", np.nan, (0.05, 1)),
    ],
)
def test_what_a_printed_p_value_can_be(op, p, expected):
    assert p_interval(op, p) == expected


@pytest.mark.parametrize("p", [np.nan, -0.1, 1.1])
def test_a_number_is_needed(p):
    with pytest.raises(InputError, match="must be a number from 0 to 1"):
        p_interval("=", p)


def test_unknown_marks_are_refused():
    with pytest.raises(OptionError, match="op='~'"):
        p_interval("~", 0.1)
    with pytest.raises(OptionError, match="direction='third'"):
        one_sided(0.1, 0.1, "third")


def test_without_a_side_both_are_possible():
    assert one_sided(0.0, 0.05, "") == (0.0, 1.0)
    assert one_sided(0.2, 0.2, "") == (0.1, 0.9)


@given(P_VALUES)
def test_fisher_and_stouffer_are_those_of_scipy(p):
    weights = np.arange(1, len(p) + 1, dtype=float)
    assert combine_p(p, method="fisher").low == pytest.approx(combine_pvalues(p, "fisher").pvalue, rel=1e-9)
    theirs = combine_pvalues(p, "stouffer", weights=weights).pvalue
    assert combine_p(p, method="stouffer", n=weights**2).low == pytest.approx(theirs, rel=1e-9, abs=1e-15)


@given(P_VALUES)
def test_edgington_is_the_distribution_of_a_sum_of_even_numbers(p):
    assert edgington(p) == pytest.approx(irwinhall.cdf(sum(p), len(p)), abs=1e-7)


def test_edgington_by_hand():
    """Two even numbers add up to no more than s <= 1 with the chance s squared over two."""
    assert edgington([0.25, 0.35]) == pytest.approx(0.6**2 / 2)
    assert edgington([0.9, 0.8]) == pytest.approx(1 - (2 - 1.7) ** 2 / 2)
    many = [0.45] * 61
    assert edgington(many) == pytest.approx(edgington(many[:60]), abs=0.01)


@given(P_VALUES, st.sampled_from(METHODS))
def test_smaller_parts_give_a_smaller_whole(p, method):
    smaller = [value / 2 for value in p]
    assert combine_p(smaller, method=method).low <= combine_p(p, method=method).low + 1e-12
    both = combine_p(smaller, p, method=method)
    assert both.low == combine_p(smaller, method=method).low
    assert both.high == combine_p(p, method=method).high


def test_what_is_not_known_widens_the_result():
    known = combine_p([0.01, 0.02, 0.03])
    wider = combine_p([0.01, 0.0, 0.03], [0.01, 0.025, 0.03])
    assert wider.low <= known.low <= wider.high
    assert (known.exact, wider.exact) == (3, 2)
    assert "1 of them are not printed as a number" in wider.method_text()
    assert "not printed as a number" not in known.method_text()


def test_nought_and_one_are_taken():
    assert 0 <= combine_p([0, 1]).low <= 1
    assert combine_p([0, 0], method="fisher").low < 1e-20


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0.1],), TooFewStudiesError, "two or more are needed"),
        (([0.1, 1.2],), InputError, "p value 2 runs from 1.2 to 1.2"),
        (([0.1, 0.3], [0.2, 0.2]), InputError, "p value 2 runs from 0.3 to 0.2"),
    ],
)
def test_bad_p_values(arguments, error, message):
    with pytest.raises(error, match=message):
        combine_p(*arguments)


def test_weights_belong_to_stouffer():
    with pytest.raises(InputError, match="'fisher' has no weights"):
        combine_p([0.1, 0.2], method="fisher", n=[10, 20])
    with pytest.raises(InputError, match="must be positive"):
        combine_p([0.1, 0.2], n=[10, 0])
    with pytest.raises(OptionError, match="Did you mean 'fisher'"):
        combine_p([0.1, 0.2], method="fischer")


def test_each_method_says_what_it_can_and_cannot():
    for method in METHODS:
        text = combine_p([0.1, 0.2], method=method).method_text()
        assert "None says how large an effect is" in text
        assert combine_p([0.1, 0.2], method=method).summary()["k"].item() == 2


def test_sign_test_by_hand():
    """8 of 9: twice the chance of 8 or 9 heads in nine throws."""
    found = sign_test(8, 1, neither=3)
    assert found.p == pytest.approx(2 * (math.comb(9, 8) + 1) / 2**9)
    assert found.share == pytest.approx(8 / 9)
    # Clopper-Pearson, upper limit of 9 of 9 is one; of 8 of 9 solved from the binomial tail.
    tail = sum(math.comb(9, i) * found.ci_low**i * (1 - found.ci_low) ** (9 - i) for i in (8, 9))
    assert tail == pytest.approx(0.025, rel=1e-6)
    assert "3 without a direction are left out" in found.method_text()


@given(st.integers(0, 40), st.integers(0, 40))
def test_sides_can_be_swapped(first, second):
    if first + second:
        one, other = sign_test(first, second), sign_test(second, first)
        assert one.p == pytest.approx(other.p)
        assert one.ci_low == pytest.approx(1 - other.ci_high, abs=1e-9)


@pytest.mark.parametrize(("first", "second"), [(-1, 2), (1.5, 2), (0, 0)])
def test_bad_counts(first, second):
    with pytest.raises(InputError):
        sign_test(first, second)


def test_a_p_of_nought_and_one_of_one_balance_each_other():
    assert combine_p([0, 1], method="stouffer").low == pytest.approx(0.5, abs=0.01)
    with pytest.raises(InputError, match="n has 2 values where 3"):
        combine_p([0.1, 0.2, 0.3], method="stouffer", n=[10, 20])


def test_a_sign_test_counts_nobody_as_neither_unless_told():
    assert (sign_test(3, 1).neither, sign_test(3, 1, neither=2).neither) == (0, 2)
