"""The albatross plot: contours by a second route, bars for what a p value can be, words for every number."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import brentq

from evidence.errors import InputError, OptionError
from evidence.figures.albatross import albatross
from evidence.figures.albatross_contours import people
from evidence.figures.albatross_rows import COLUMNS, picture, spans
from evidence.figures.style import PRESETS
from figure_checks import HARD, assert_clean, drawn

KINDS = ((0.03, 0.03), (0.0, 0.05), (0.05, 1.0), (0.2, 0.2), (0.0, 0.001), (1e-12, 1e-12), (1.0, 1.0), (0, 1))


def trials(rows: int, names: tuple[str, ...] = ("Abbas", "El-Domyati", "Zhang")) -> pd.DataFrame:
    rng = np.random.default_rng(rows)
    made = []
    for i in range(rows):
        low, high = KINDS[i % len(KINDS)]
        side = ("first", "second", "first", "")[int(rng.integers(4))]
        made.append(
            (f"{names[i % len(names)]} {2000 + i}", int(rng.choice([20, 30, 30, 90])), low, high, side)
        )
    return pd.DataFrame(made, columns=list(COLUMNS))


@pytest.fixture
def small():
    rows = [
        ("Abbas 2022", 40, 0.03, 0.03, "first"),
        ("Minh 2019", 30, 0.0, 0.05, "second"),
        ("Saleh 2021", 60, 0.05, 1.0, ""),
        ("Zhang 2013", 20, 0.2, 0.2, ""),
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_people_by_hand():
    # z = 1.959964; (4 + 0.5²/2) / 0.5² = 16.5; 1.959964² x 16.5 = 63.38
    assert people(0.5, [0.05], "SMD")[0] == pytest.approx(63.384, abs=0.001)
    # Harrison's (8 + d²) / (2 d²) x z² for two groups of one size
    assert people(0.8, [0.01], "SMD")[0] == pytest.approx((8 + 0.64) / 1.28 * 2.575829**2, rel=1e-5)


@pytest.mark.parametrize("ratio", [1.0, 2.0, 0.4])
def test_people_of_an_smd_give_the_p_value_back(ratio):
    for effect in (0.2, 0.5, -0.8):
        n = people(effect, np.array([0.5, 0.05, 1e-4]), "SMD", ratio=ratio)
        one, two = n * ratio / (1 + ratio), n / (1 + ratio)
        error = np.sqrt(1 / one + 1 / two + effect**2 / (2 * n))
        assert 2 * stats.norm.sf(abs(effect) / error) == pytest.approx([0.5, 0.05, 1e-4])


def test_people_of_an_smd_are_near_those_of_a_t_test():
    def p_of(n):
        return 2 * stats.t.sf(0.5 / np.sqrt(4 / n), n - 2)

    exact = brentq(lambda n: p_of(n) - 0.05, 10, 500)
    assert people(0.5, [0.05], "SMD")[0] == pytest.approx(exact, rel=0.03)


@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_people_of_an_or_give_the_p_value_back_by_a_table(ratio):
    for effect in (1.5, 3.0, 1 / 3):
        n = people(effect, [0.02], "OR", ratio=ratio, baseline=0.2)[0]
        one, two = n * ratio / (1 + ratio), n / (1 + ratio)
        b_event = 0.2 * two
        odds = effect * 0.25
        a_event = one * odds / (1 + odds)
        cells = np.array([a_event, one - a_event, b_event, two - b_event])
        assert cells[0] * cells[3] / cells[1] / cells[2] == pytest.approx(effect)
        z = np.log(effect) / np.sqrt((1 / cells).sum())
        assert 2 * stats.norm.sf(abs(z)) == pytest.approx(0.02)


def test_the_drawn_contours_are_the_formula(small):
    lines = albatross(small, contours=(0.5,)).axes[0].lines
    dense = [line.get_xydata() for line in lines if len(line.get_xydata()) > 100]
    assert len(dense) == 2
    for xy in dense:
        spot, height = xy[900]
        assert np.exp(height) == pytest.approx(people(0.5, [10 ** -abs(spot)], "SMD")[0])
    given = small.assign(n1=20, n2=10)
    (spot, height) = next(
        line.get_xydata()[900]
        for line in albatross(given, contours=(0.5,)).axes[0].lines
        if len(line.get_xydata()) > 100
    )
    assert np.exp(height) == pytest.approx(people(0.5, [10 ** -abs(spot)], "SMD", ratio=2)[0])


def test_marks_stand_where_the_p_values_are(small):
    figure = albatross(small)
    axes = drawn(figure)
    xs = sorted(round(x, 3) for mark in axes["markers"] for x, _ in mark["xy"])
    assert round(-np.log10(0.03), 3) in xs
    assert {0.699, -0.699} <= set(xs), "no direction: on both sides"
    bars = [np.array(corners)[:, 0] for corners in axes["polygons"]]
    assert any(
        bar.min() == pytest.approx(-1.301, abs=1e-3) and bar.max() == pytest.approx(1.301, abs=1e-3)
        for bar in bars
    )
    study = picture(small).studies[1]
    ((left, right),) = spans(study, 4.0)
    assert (left, right) == pytest.approx((-4.0, np.log10(0.05)))


def test_words_give_every_number(small):
    figure = albatross(small, first="needling", second="peel", title="Few print a number")
    assert figure.alt == (
        "Albatross plot of 4 studies of 20 to 60 people: 1 favours needling, 1 peel, 2 without a direction."
    )
    assert "Minh 2019: 30 people, p below 0.05, favours peel." in repr(figure)
    assert "Saleh 2021: 60 people, p above 0.05, no direction printed." in repr(figure)
    assert "Contours of SMD 0.2, 0.5, 0.8 on both sides." in repr(figure)
    assert len(albatross(small, first="x" * 200).alt) <= 125
    assert any("30%" in text.get_text() for text in albatross(small, measure="OR").texts)


def test_a_row_without_people_or_p_value_is_named(small):
    small.loc[0, "n"], small.loc[1, "high"], small.loc[2, "direction"] = np.nan, np.nan, None
    figure = albatross(small)
    assert "Abbas 2022: not drawn, number of people not printed." in repr(figure)
    assert "Minh 2019: not drawn, p value not printed." in repr(figure)
    assert "1 (number of people not printed); 1 (p value not printed)" in figure.caption
    counted = albatross(small.assign(n1=10, n2=12))
    assert "Abbas 2022: 22 people" in repr(counted)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("rows", [1, 2, 7, 40])
def test_nothing_overlaps(preset, rows):
    table = trials(rows)
    assert_clean(albatross(table, preset=preset, title="The finding", source="A source " * 20))
    hard = trials(rows, HARD).assign(group=[("split-face", *HARD)[i % 4] for i in range(rows)])
    figure = albatross(
        hard, measure="OR", first=HARD[0], second=HARD[2], preset=preset, subtitle="A subtitle " * 30
    )
    assert_clean(figure)
    assert figure.to_bytes("svg").startswith(b"<?xml")


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    "options",
    [
        {"contours": (0.01, 0.05, 0.5, 2, 9)},
        {"contours": ()},
        {"contours": (0.5, 0.501)},
        {"measure": "OR", "contours": (1.01, 1.25, 1.5, 20, 1000), "baseline": 0.01},
    ],
)
def test_nothing_overlaps_with_odd_contours(preset, options):
    table = trials(7).assign(n=[1, 5, 100, 3_000, 20, 1_000_000, 80])
    assert_clean(albatross(table, preset=preset, **options))
    assert_clean(albatross(table.iloc[[2]], preset=preset, **options))


def test_a_slide_keeps_its_shape():
    for rows in (1, 7, 40):
        width, height = albatross(trials(rows), preset="slide").get_size_inches()
        assert width / height == pytest.approx(16 / 9)


def test_every_option_changes_the_figure(small):
    plain = albatross(small).fingerprint()
    for option in (
        {"title": "T"},
        {"subtitle": "S"},
        {"source": "S"},
        {"name": "other"},
        {"measure": "OR"},
        {"contours": (0.3,)},
        {"first": "A"},
        {"second": "B"},
    ):
        assert albatross(small, **option).fingerprint() != plain
    odds = albatross(small, measure="OR").fingerprint()
    assert albatross(small, measure="OR", baseline=0.1).fingerprint() != odds
    assert albatross(small.assign(group=["a", "b", "a", None])).fingerprint() != plain
    assert albatross(small).to_bytes("png") == albatross(small).to_bytes("png")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("n", 0, "row 1, column n, value 0"),
        ("n", "many", "row 1, column n, value 'many'"),
        ("low", -0.1, "row 1, column low, value -0.1"),
        ("high", 1.2, "row 1, column high, value 1.2"),
        ("low", 0.9, "row 1, column low, value 0.9: it exceeds high=0.03"),
        ("label", None, "row 1, column label"),
    ],
)
def test_wrong_cells_are_refused(small, column, value, message):
    small[column] = small[column].astype(object)
    small.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        albatross(small)


def test_wrong_calls_are_refused(small):
    with pytest.raises(OptionError, match=r"row 1, column direction, value 'frist'.*Did you mean 'first'"):
        albatross(small.assign(direction="frist"))
    with pytest.raises(OptionError, match="no column low"):
        albatross(small.drop(columns="low"))
    with pytest.raises(OptionError, match="measure='RR'"):
        albatross(small, measure="RR")
    with pytest.raises(InputError, match="contours holds 1; those of OR must be numbers above 1"):
        albatross(small, measure="OR", contours=(1, 2))
    with pytest.raises(InputError, match="at most 5 different"):
        albatross(small, contours=(0.1, 0.1))
    with pytest.raises(InputError, match="baseline=1"):
        albatross(small, baseline=1)
    with pytest.raises(InputError, match="No row has both"):
        albatross(small.assign(n=np.nan))
    with pytest.raises(InputError, match="6 groups"):
        albatross(pd.concat([small] * 2).iloc[:6].assign(group=list("abcdef")))
