"""The evidence map: circles by count, dark by what is usable, words for both."""

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.evidence_map import evidence_map
from figure_checks import assert_clean

KINDS = (
    "Randomised v sham or untreated",
    "Randomised comparisons",
    "Non-randomised comparisons",
    "Before-after series",
    "Earlier reviews",
    "Guidelines, opinion, consumer pages",
)


def claims(
    rows: int, wording: str = "Microneedling improves the look of atrophic acne scars"
) -> pd.DataFrame:
    rng = np.random.default_rng(rows)
    cells = []
    for i in range(rows):
        for kind in KINDS:
            count = int(rng.choice([0, 1, 7, 36]))
            cells.append((f"C{i + 1}", wording, kind, count, int(rng.integers(0, count + 1))))
    return pd.DataFrame(cells, columns=["claim_id", "claim", "column", "count", "usable"])


@pytest.fixture
def small():
    rows = [
        ("C1", "It works", "trials", 36, 9),
        ("C1", "It works", "reviews", 4, 0),
        ("C2", "It lasts", "trials", 9, 9),
    ]
    return pd.DataFrame(rows, columns=["claim_id", "claim", "column", "count", "usable"])


def test_areas_follow_the_counts(small):
    (axes,) = evidence_map(small).fingerprint()["axes"]
    found, usable = axes["markers"]
    columns = [spot[0] for spot in found["xy"]]
    assert columns[1] - columns[0] == pytest.approx(1)
    assert columns[2] == columns[0]
    assert np.array(found["area"]) / found["area"][0] == pytest.approx([1, 4 / 36, 9 / 36], rel=1e-6)
    assert np.array(usable["area"]) / found["area"][0] == pytest.approx([9 / 36, 9 / 36], rel=1e-6)
    assert axes["texts"] == ["9 of 36", "0 of 4", "9 of 9", "none"]


def test_words_give_every_number(small):
    figure = evidence_map(small, title="Little can be counted")
    assert (
        figure.alt == "Evidence map of 2 claims by 2 kinds of evidence: 49 records, 18 with usable numbers."
    )
    assert repr(figure).endswith(
        "C1 (It works): trials 9 of 36; reviews 0 of 4. C2 (It lasts): trials 9 of 9; reviews none."
    )


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("rows", [1, 10, 25])
def test_nothing_overlaps(preset, rows):
    long = "A claim that takes up a lot of room, with $x_1$ & <b>, " * 3
    assert_clean(evidence_map(claims(rows), preset=preset, title="The finding", source="A source " * 20))
    assert_clean(evidence_map(claims(rows, long), preset=preset, subtitle="A subtitle " * 30))


def test_a_slide_keeps_its_shape():
    for rows in (1, 10, 25):
        width, height = evidence_map(claims(rows), preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9)


def test_every_option_changes_the_figure(small):
    plain = evidence_map(small)
    for option in ({"title": "T"}, {"subtitle": "S"}, {"noun": "papers"}, {"source": "S"}, {"name": "other"}):
        assert evidence_map(small, **option).fingerprint() != plain.fingerprint()
    assert evidence_map(small, preset="paper").to_bytes("svg") != plain.to_bytes("svg")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("count", 2.5, "count=2.5"),
        ("count", np.nan, "count=nan"),
        ("count", -1, "count=-1"),
        ("usable", 37, "usable=37 exceeds count=36"),
        ("count", "many", "count='many'"),
    ],
)
def test_wrong_counts_are_refused(small, column, value, message):
    small[column] = small[column].astype(object)
    small.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        evidence_map(small)


def test_wrong_tables_are_refused(small):
    with pytest.raises(OptionError, match="no column usable"):
        evidence_map(small.drop(columns="usable"))
    with pytest.raises(InputError, match="no rows"):
        evidence_map(small.iloc[:0])
    with pytest.raises(InputError, match="'C1' with column 'trials' twice"):
        evidence_map(pd.concat([small, small.iloc[:1]]))
    with pytest.raises(OptionError, match="preset='billboard'"):
        evidence_map(small, preset="billboard")
