"""The forest plot of earlier reviews: every estimate on its own scale, disagreements marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.figure import ALT_LENGTH
from evidence.figures.umbrella_forest import umbrella_forest
from evidence.figures.umbrella_layout import COLUMNS, POINTS, RATIOS, STANDARDISED
from evidence.review import load
from evidence.synthesis.umbrella import umbrella
from figure_checks import HARD, assert_clean

NO, BETTER = "no significant difference", "favours PRP"
SMALL = (
    ("Kang 2022", "PRP added", "Response", "OR", 2.97, 1.96, 4.51, BETTER, True),
    ("Long 2020", "PRP added", "Severity", "MD", -11.4, -12.9, -9.8, BETTER, False),
    ("Hsieh", "PRP added", "Response", "RR", 1.1, 0.7, 1.6, NO, True),
    ("Li 2023", "laser", "Scars", "SMD", 0.5, 0.28, 0.75, "favours ablative", False),
)


def table(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows or SMALL), columns=list(COLUMNS))


def invented(count: int, name: str = "Review") -> pd.DataFrame:
    rng = np.random.default_rng(count)
    rows = []
    for i in range(count):
        measure = ("OR", "SMD", "MD", "RR", "WMD")[i % 5]
        half, spot = rng.uniform(0.1, 1.5), rng.normal(0.3, 0.8)
        values = [spot, spot - half, spot + half]
        values = np.exp(values).tolist() if measure in ("OR", "RR") else values
        names = (f"{name} {2000 + i}", ("PRP added", "against laser")[i % 2], f"Outcome {i // 4}")
        rows.append((*names, measure, *values, (NO, BETTER)[i % 2], i % 3 == 0))
    known = {"k": np.arange(count) % 7 + 1, "n": [None, 1200][:count] + [90] * (count - 2), "i2": 54.0}
    return table(*rows).assign(**known)


def words_of(figure) -> list[str]:
    return [text.get_text() for text in [*figure.texts, *(t for axes in figure.axes for t in axes.texts)]]


def marks(figure, label: str) -> list[tuple[float, float]]:
    (axes,) = (axes for axes in figure.axes if axes.get_label() == label)
    return [tuple(np.round(shown.get_offsets()[0], 4)) for shown in axes.collections]


@pytest.fixture(scope="module")
def real():
    return umbrella(load())


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_nothing_overlaps(preset, count):
    rows = invented(count)
    assert_clean(umbrella_forest(rows, preset=preset, title="The finding", source="A source " * 20))
    assert_clean(
        umbrella_forest(rows.assign(review="A review with a long name and year 2020"), preset=preset)
    )


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    rows = invented(5).assign(review=hard, group=hard, outcome=[hard, "a", hard, "b", hard], favours=hard)
    assert_clean(umbrella_forest(rows, preset=preset, title=hard, subtitle=hard, source=hard))
    assert_clean(umbrella_forest(rows.assign(condition=["x", hard, "", "x", "x"]), preset=preset))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_extreme_estimates_stay_in_their_place(preset):
    rows = table(
        ("Tiny", "g", "o", "OR", 1e-6, 1e-9, 1e-3, "", False),
        ("Huge", "g", "o", "RR", 1e6, 1e3, 1e9, "", False),
        ("Far", "g", "o", "MD", -1e6, -1e7, 1e7, "", False),
        ("Flat", "g", "o", "SMD", 0.0, 0.0, 0.0, "", False),
    )
    assert_clean(umbrella_forest(rows, preset=preset))
    for i in range(4):
        assert_clean(umbrella_forest(rows.iloc[[i]], preset=preset))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
def test_the_reviews_own_table_is_clean(real, preset):
    assert_clean(umbrella_forest(real, preset=preset))
    for _, rows in real.groupby("condition"):
        assert_clean(umbrella_forest(rows, preset=preset, title="Earlier reviews"))


def test_every_estimate_of_the_review_is_printed(real):
    figure = umbrella_forest(real)
    shown = words_of(figure)
    assert {axes.get_label() for axes in figure.axes} >= {RATIOS, STANDARDISED, POINTS}
    assert {"OR 2.97 (1.96 to 4.51)", "MD −23.30 (−25.10 to −21.50)", "WMD 23.73 (18.60 to 28.87)"} <= set(
        shown
    )
    printed = [text for text in shown if text.startswith(tuple(f"{name} " for name in ("OR", "RR", "SMD")))]
    assert len(printed) == real["measure"].isin(["OR", "RR", "SMD"]).sum()
    # One mark a row that disagrees, and one in the key.
    assert shown.count("≠") == real["disagrees"].sum() + 1


def test_points_lie_where_the_numbers_say():
    figure = umbrella_forest(table())
    assert [x for x, _ in marks(figure, RATIOS)] == [round(np.log(2.97), 4), round(np.log(1.1), 4)]
    assert [x for x, _ in marks(figure, STANDARDISED)] == [0.5]
    (ratios,) = (axes for axes in figure.axes if axes.get_label() == RATIOS)
    lines = [np.exp(line.get_xdata()) for line in ratios.lines]
    assert any(np.allclose(line, [1.96, 4.51]) for line in lines)
    assert any(np.allclose(line, [1, 1]) for line in lines)


def test_a_long_interval_is_cut_and_says_so():
    rows = [("R", "g", f"o{i}", "SMD", 0.1 * i, 0.1 * i - 0.3, 0.1 * i + 0.3, "", False) for i in range(6)]
    assert "lies, or goes on, beyond the axis" not in words_of(umbrella_forest(table(*rows)))
    cut = umbrella_forest(table(*rows, ("Wide", "g", "o7", "SMD", 0.2, -50, 60, "", False)))
    assert "lies, or goes on, beyond the axis" in words_of(cut)
    low, high = cut.axes[0].get_xlim()
    assert -5 < low < high < 5
    assert {low, high} <= {shown.get_offsets()[0][0] for shown in cut.axes[0].collections}


def test_a_missing_interval_is_said():
    rows = table().assign(low=[np.nan, -12.9, 0.7, 0.28], high=[None, -9.8, 1.6, 0.75])
    figure = umbrella_forest(rows)
    assert_clean(figure)
    assert {"OR 2.97 (no interval)", "no interval is given"} <= set(words_of(figure))
    alone = umbrella_forest(table().assign(low=np.nan, high=np.nan), preset="slide")
    assert_clean(alone)
    assert "estimate with its interval, as printed" not in words_of(alone)


def test_columns_that_are_nowhere_known_are_left_out():
    assert not {"k", "People", "I²"} & set(words_of(umbrella_forest(table())))
    shown = words_of(umbrella_forest(table().assign(k=[5, None, 2, 3], n=[1249, None, None, None])))
    assert {"k", "People", "5", "1,249", "–"} <= set(shown)
    assert "I²" not in shown


def test_conditions_are_named_where_there_are_several():
    assert "Melasma: laser" not in words_of(umbrella_forest(table().assign(condition="melasma")))
    several = umbrella_forest(table().assign(condition=["scars", "scars", "scars", "melasma"]))
    assert {"Scars: PRP added", "Melasma: laser"} <= set(words_of(several))


def test_a_review_that_stands_twice_says_what_it_compared():
    twice = table(SMALL[0], SMALL[0], SMALL[3]).assign(comparison=["MN + PRP v. MN", "PRP v. MN", "x v. y"])
    figure = umbrella_forest(twice)
    shown = words_of(figure)
    assert {"Kang 2022: PRP v. MN", "Li 2023"} <= set(shown)
    assert "Kang 2022: PRP v. MN" in repr(figure)
    assert "2 earlier reviews" in figure.alt


def test_a_slide_keeps_its_shape_and_the_disagreements(real):
    figure = umbrella_forest(real.query("condition == 'acne scars'"), preset="slide")
    width, height = figure.get_size_inches()
    assert width / height == pytest.approx(16 / 9, rel=1e-3)
    assert width < 1.5 * 40 / 3
    shown = words_of(figure)
    assert shown.count("≠") == 4
    assert any(" of 30 estimates, disagreements first." in text for text in shown)


def test_words_give_every_estimate():
    figure = umbrella_forest(table(), title="Reviews")
    assert figure.alt == (
        "4 pooled estimates of 4 earlier reviews on 3 scales; 2 on findings over which reviews disagree."
    )
    assert repr(figure) == (
        f"Reviews. {figure.alt} Ratios, PRP added: Response, Kang 2022: OR 2.97 (1.96 to 4.51), favours PRP,"
        " reviews disagree. Response, Hsieh: RR 1.10 (0.70 to 1.60), no significant difference, reviews"
        " disagree. Standardised differences, Laser: Scars, Li 2023: SMD 0.50 (0.28 to 0.75), favours"
        " ablative. Differences in points, PRP added: Severity, Long 2020: MD −11.40 (−12.90 to −9.80),"
        " favours PRP."
    )
    assert len(umbrella_forest(invented(40)).alt) <= ALT_LENGTH


def test_every_option_changes_the_figure():
    plain = umbrella_forest(table())
    assert plain.to_bytes("svg") == umbrella_forest(table()).to_bytes("svg")
    for option in ("title", "subtitle", "source", "name"):
        assert umbrella_forest(table(), **{option: "Other"}).fingerprint() != plain.fingerprint()
    assert umbrella_forest(table(), preset="paper").to_bytes("svg") != plain.to_bytes("svg")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("estimate", None, "row 1, column estimate, value None: this cell must be filled in"),
        ("estimate", "2.9", "row 1, column estimate, value '2.9': a plain number"),
        ("low", 5.0, "row 1, column low, value 5.0: the lower end is above the upper, 4.51"),
        ("low", 0, "row 1, column low, value 0.0: OR must be above 0"),
        ("high", None, "row 1, column high, value None: an interval needs both ends"),
        ("high", np.inf, "row 1, column high, value inf"),
        ("review", "", "row 1, column review"),
        ("disagrees", "yes", "row 1, column disagrees, value 'yes': True or False"),
        ("i2", 101, "row 1, column i2, value 101: it must be a number from 0 to 100"),
        ("k", -1, "row 1, column k, value -1"),
    ],
)
def test_wrong_cells_are_named(column, value, message):
    rows = table().assign(k=1.0, i2=0.0).astype(object)
    rows.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        umbrella_forest(rows)


def test_wrong_tables_are_refused():
    with pytest.raises(OptionError, match="row 1, column measure, value 'or': not one of 'OR'"):
        umbrella_forest(table().assign(measure="or"))
    with pytest.raises(OptionError, match="no column disagrees"):
        umbrella_forest(table().drop(columns="disagrees"))
    with pytest.raises(InputError, match="no rows"):
        umbrella_forest(table().iloc[:0])
    with pytest.raises(InputError, match="not from list"):
        umbrella_forest([1])
    with pytest.raises(OptionError, match="preset"):
        umbrella_forest(table(), preset="billboard")
