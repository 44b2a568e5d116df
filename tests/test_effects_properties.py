"""What must hold of effect sizes whatever the numbers are."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.effects.measures import MEASURES, escalc
from evidence.errors import ScaleWarning

MEANS = st.floats(0.5, 50)
SDS = st.floats(0.2, 20)
SIZES = st.integers(3, 400)
TWO_GROUPS = st.fixed_dictionaries(
    {"m1i": MEANS, "sd1i": SDS, "n1i": SIZES, "m2i": MEANS, "sd2i": SDS, "n2i": SIZES}
)
PAIRED = st.fixed_dictionaries(
    {"m1i": MEANS, "sd1i": SDS, "m2i": MEANS, "sd2i": SDS, "ni": SIZES, "ri": st.floats(-0.95, 0.95)}
)


@st.composite
def two_groups_of_counts(draw):
    n1, n2 = draw(st.integers(1, 300)), draw(st.integers(1, 300))
    return {"ai": draw(st.integers(0, n1)), "n1i": n1, "ci": draw(st.integers(0, n2)), "n2i": n2}


def row(measure, **columns):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)
        return escalc(measure, **columns).iloc[0].to_numpy()


def close(got, expected):
    return got == pytest.approx(expected, rel=1e-9, abs=1e-10, nan_ok=True)


def swapped(columns):
    other = {"1": "2", "2": "1"}
    if "ai" in columns:
        return {"ai": columns["ci"], "n1i": columns["n2i"], "ci": columns["ai"], "n2i": columns["n1i"]}
    return {"".join(other.get(letter, letter) for letter in name): value for name, value in columns.items()}


@pytest.mark.parametrize("measure", ["MD", "SMD", "SMDH", "ROM", "CVR"])
@given(columns=TWO_GROUPS)
def test_swapping_groups_flips_the_sign(measure, columns):
    yi, vi = row(measure, **columns)
    assert close(row(measure, **swapped(columns)), [-yi, vi])


@pytest.mark.parametrize("measure", ["MC", "SMCC", "SMCRPH", "ROMC"])
@given(columns=PAIRED)
def test_swapping_occasions_flips_the_sign(measure, columns):
    yi, vi = row(measure, **columns)
    assert close(row(measure, **swapped(columns)), [-yi, vi])


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "AS", "PETO", "PHI", "YUQ", "OR2DN", "OR2DL"])
@given(columns=two_groups_of_counts())
def test_swapping_groups_of_counts_flips_the_sign(measure, columns):
    yi, vi = row(measure, **columns)
    assert close(row(measure, **swapped(columns)), [-yi, vi])


@pytest.mark.parametrize("measure", ["OR", "RD", "AS", "PETO", "PHI", "YUQ"])
@given(columns=two_groups_of_counts())
def test_counting_the_people_without_the_event_flips_the_sign(measure, columns):
    yi, vi = row(measure, **columns)
    others = {
        "ai": columns["n1i"] - columns["ai"],
        "n1i": columns["n1i"],
        "ci": columns["n2i"] - columns["ci"],
        "n2i": columns["n2i"],
    }
    assert close(row(measure, **others), [-yi, vi])


@pytest.mark.parametrize("measure", ["MPRR", "MPOR", "MPRD", "MPORC", "MPPETO"])
@given(cells=st.tuples(*[st.integers(0, 80)] * 4).filter(any))
def test_swapping_matched_treatments_flips_the_sign(measure, cells):
    a, b, c, d = cells
    yi, vi = row(measure, ai=a, bi=b, ci=c, di=d)
    assert close(row(measure, ai=a, bi=c, ci=b, di=d), [-yi, vi])


@pytest.mark.parametrize("measure", ["SMD", "SMDH", "SMD1", "ROM", "CVR"])
@given(columns=TWO_GROUPS, factor=st.floats(0.1, 100))
def test_the_unit_of_measurement_does_not_matter(measure, columns, factor):
    rescaled = {name: value if name.startswith("n") else value * factor for name, value in columns.items()}
    assert close(row(measure, **rescaled), row(measure, **columns))


@pytest.mark.parametrize("measure", ["SMCC", "SMCR", "SMCRH", "SMCRPH", "ROMC"])
@given(columns=PAIRED, factor=st.floats(0.1, 100))
def test_the_unit_of_paired_measurement_does_not_matter(measure, columns, factor):
    rescaled = {name: value if name in ("ni", "ri") else value * factor for name, value in columns.items()}
    assert close(row(measure, **rescaled), row(measure, **columns))


@given(columns=PAIRED)
def test_correlation_narrows_a_mean_change(columns):
    low, high = {**columns, "ri": 0.0}, {**columns, "ri": 0.8}
    assert row("MC", **high)[1] < row("MC", **low)[1]
    assert abs(row("SMCC", **high)[0]) >= abs(row("SMCC", **low)[0])
    assert row("SMCR", **high)[1] < row("SMCR", **low)[1]
    assert row("SMCR", **high)[0] == row("SMCR", **low)[0]


@given(columns=TWO_GROUPS)
def test_uncorrelated_pairs_are_two_groups_of_one_size(columns):
    n = columns["n1i"]
    pairs = {name: columns[name] for name in ("m1i", "sd1i", "m2i", "sd2i")}
    assert close(row("MC", **pairs, ni=n, ri=0), row("MD", **{**columns, "n2i": n}))


@given(columns=TWO_GROUPS)
def test_standardised_difference_shrinks_towards_zero_and_no_further(columns):
    pooled = ((columns["n1i"] - 1) * columns["sd1i"] ** 2 + (columns["n2i"] - 1) * columns["sd2i"] ** 2) / (
        columns["n1i"] + columns["n2i"] - 2
    )
    d = (columns["m1i"] - columns["m2i"]) / pooled**0.5
    yi, vi = row("SMD", **columns)
    assert 0.7 * abs(d) <= abs(yi) <= abs(d)
    assert vi > 0


@pytest.mark.parametrize("code", sorted(MEASURES))
@settings(max_examples=20)
@given(data=st.data())
def test_rows_do_not_know_of_each_other_and_order_does_not_matter(code, data):
    measure = MEASURES[code]
    if "ri" in measure.columns:
        draw = PAIRED
    elif "ai" in measure.columns and "n1i" in measure.columns:
        draw = two_groups_of_counts()
    elif "bi" in measure.columns:
        draw = st.tuples(*[st.integers(1, 80)] * 4).map(lambda x: dict(zip(measure.columns, x, strict=True)))
    elif "xi" in measure.columns:
        draw = st.integers(1, 300).flatmap(
            lambda n: st.fixed_dictionaries({"xi": st.integers(0, n), "ni": st.just(n)})
        )
    elif "mi" in measure.columns or "sdi" in measure.columns:
        draw = st.fixed_dictionaries({"mi": MEANS, "sdi": SDS, "ni": SIZES})
    else:
        draw = TWO_GROUPS
    rows = data.draw(st.lists(draw, min_size=2, max_size=5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)
        table = escalc(code, **{name: [one[name] for one in rows] for name in measure.columns})
    assert list(table.columns) == ["yi", "vi"]
    assert len(table) == len(rows)
    for position, one in enumerate(rows):
        alone = row(code, **{name: one[name] for name in measure.columns})
        assert close(table.iloc[position].to_numpy(), alone)
    assert (np.isnan(table["vi"]) | (table["vi"] >= 0)).all()
