"""Matched pairs from margins: what holds for every table, bounds, and the variance that pairing deserves."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.effects.margins import matched_pairs, phi_bounds
from evidence.effects.measures import escalc
from evidence.errors import InputError

margins = st.integers(2, 80).flatmap(
    lambda n: st.tuples(st.integers(1, n - 1), st.integers(1, n - 1), st.just(n))
)


def cells_of(x1, x2, n, phi):
    return matched_pairs(x1i=[x1], x2i=[x2], ni=[n], phi=phi).iloc[0]


@given(margins, st.floats(0, 1))
def test_margins_are_kept_and_phi_is_what_was_asked(margin, share):
    x1, x2, n = margin
    low, high = phi_bounds(x1i=[x1], x2i=[x2], ni=[n]).iloc[0]
    phi = low + share * (high - low)
    a, b, c, d = cells_of(x1, x2, n, phi)
    assert min(a, b, c, d) >= 0
    assert (a + b, a + c, a + b + c + d) == pytest.approx((x1, x2, n), abs=1e-9)
    assert (a * d - b * c) / np.sqrt(x1 * (n - x1) * x2 * (n - x2)) == pytest.approx(phi, abs=1e-7)


@given(margins)
def test_no_correlation_is_the_product_of_the_margins(margin):
    x1, x2, n = margin
    a, b, c, d = cells_of(x1, x2, n, 0.0)
    expected = [x1 * x2 / n, x1 * (n - x2) / n, (n - x1) * x2 / n, (n - x1) * (n - x2) / n]
    assert [a, b, c, d] == pytest.approx(expected, abs=1e-9)


@given(margins)
def test_a_cell_is_empty_at_each_bound_and_beyond_is_refused(margin):
    x1, x2, n = margin
    low, high = phi_bounds(x1i=[x1], x2i=[x2], ni=[n]).iloc[0]
    assert -1 - 1e-9 <= low < 0 < high <= 1 + 1e-9
    for end, outside in ((low, low - 0.01), (high, high + 0.01)):
        assert min(cells_of(x1, x2, n, np.clip(end, -1, 1))) == pytest.approx(0, abs=1e-6)
        with pytest.raises(InputError, match="phi"):
            cells_of(x1, x2, n, outside)


def test_without_correlation_the_variance_is_that_of_two_groups():
    pairs = matched_pairs(x1i=[12], x2i=[6], ni=[20], phi=0.0)
    groups = {"ai": [12], "n1i": [20], "ci": [6], "n2i": [20]}
    for matched, two in (("MPOR", "OR"), ("MPRR", "RR"), ("MPRD", "RD")):
        got, expected = escalc(matched, **pairs), escalc(two, **groups)
        assert got["yi"][0] == pytest.approx(expected["yi"][0])
        assert got["vi"][0] == pytest.approx(expected["vi"][0])


def test_correlation_takes_its_part_off_the_variance():
    # Var(p1 - p2) = v1 + v2 - 2 phi sqrt(v1 v2), with v = p q / n.
    v1, v2 = 0.6 * 0.4 / 20, 0.3 * 0.7 / 20
    for phi in (-0.4, 0.3, 0.5):
        got = escalc("MPRD", **matched_pairs(x1i=[12], x2i=[6], ni=[20], phi=phi))
        assert got["vi"][0] == pytest.approx(v1 + v2 - 2 * phi * np.sqrt(v1 * v2))
    # Log odds: variances 1/(n p q), covariance phi / (n sqrt(p1 q1 p2 q2)).
    w1, w2 = 1 / (20 * 0.24), 1 / (20 * 0.21)
    got = escalc("MPOR", **matched_pairs(x1i=[12], x2i=[6], ni=[20], phi=0.5))
    assert got["vi"][0] == pytest.approx(w1 + w2 - 2 * 0.5 * np.sqrt(w1 * w2))


def test_by_hand():
    a, b, c, d = cells_of(10, 10, 20, 0.6)  # 20 * (0.25 + 0.6 * 0.25) = 8 have both
    assert [a, b, c, d] == pytest.approx([8, 2, 2, 8])


def test_nobody_or_everybody_needs_no_correlation():
    for x1, x2 in ((0, 5), (20, 5), (0, 0)):
        one, other = cells_of(x1, x2, 20, 0.0), cells_of(x1, x2, 20, 0.5)
        assert one.tolist() == other.tolist()
        assert phi_bounds(x1i=[x1], x2i=[x2], ni=[20]).iloc[0].tolist() == [0, 0]


def test_a_correlation_for_each_study():
    got = matched_pairs(x1i=[10, 10], x2i=[10, 10], ni=[20, 20], phi=[0.0, 0.6])
    assert got["ai"].tolist() == pytest.approx([5, 8])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x1i": [21]}, "x1i=21, ni=20"),
        ({"x2i": [-1]}, "x2i=-1"),
        ({"ni": [0], "x1i": [0], "x2i": [0]}, "ni=0"),
        ({"phi": 1.2}, "phi=1.2"),
        ({"phi": 0.9}, "between -0.802 and 0.535"),
    ],
)
def test_impossible_input_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        matched_pairs(**({"x1i": [12], "x2i": [6], "ni": [20], "phi": 0.5} | change))


def test_one_pair_is_taken_and_the_labels_of_studies_are_kept():
    assert cells_of(1, 0, 1, 0.0).tolist() == [0, 1, 0, 0]
    given = {"x1i": pd.Series([12], ["Cho"]), "x2i": [6], "ni": [20]}
    assert list(phi_bounds(**given).index) == list(matched_pairs(**given, phi=0.1).index) == ["Cho"]
