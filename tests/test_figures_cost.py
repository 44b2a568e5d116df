"""The plot of prices: printed ranges over what the article states, and a total that is named a simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evidence.errors import InputError, OptionError
from evidence.figures.cost import cost_ranges
from evidence.figures.cost_data import COLUMNS
from figure_checks import HARD, assert_clean

TOTAL = {"p05": 400, "low": 900, "median": 1400, "high": 2000, "p95": 3100, "n_sessions": "From 75 groups."}
SMALL = (
    ("Clinic", 250, 1000, 2015, "needling"),
    ("Page", 200, 700, None, "mixed"),
    ("Mean", 300, 300, None, ""),
)


def pages(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def invented(count: int, label: str = "Consumer page, session price range") -> pd.DataFrame:
    rng = np.random.default_rng(count)
    rows = []
    for i in range(count):
        low = float(rng.integers(50, 400))
        high = low if i % 5 == 4 else low + float(rng.integers(1, 900))
        rows.append(
            (f"{label} {i}", low, high, 2015 + i if i % 3 == 0 else None, ("needling", "mixed")[i % 2])
        )
    return pages(*rows)


def shapes(figure, axes: int = 0) -> list[tuple[str, float, float]]:
    return [(p.get_label(), p.get_x(), p.get_x() + p.get_width()) for p in figure.axes[axes].patches]


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("count", [1, 2, 7, 40])
def test_nothing_overlaps(preset, count):
    table = invented(count)
    assert_clean(cost_ranges(table, TOTAL, preset=preset, title="The finding", source="A source " * 20))
    assert_clean(cost_ranges(table, None, preset=preset, claimed=(5, 6)))
    assert_clean(cost_ranges(table, {"low": 1, "median": 1e5, "high": 1e6}, preset=preset))


@pytest.mark.parametrize("preset", ["web", "paper", "slide"])
@pytest.mark.parametrize("hard", HARD)
def test_hard_text_stays_in_its_place(preset, hard):
    table = invented(3, hard).assign(scope=[hard, "", "other"])
    total = TOTAL | {"n_sessions": hard}
    assert_clean(cost_ranges(table, total, preset=preset, title=hard, subtitle=hard, currency=hard))


def test_bars_are_the_printed_ranges_over_the_articles():
    figure = cost_ranges(pages(*SMALL), TOTAL)
    assert shapes(figure) == [("claimed", 200, 700), ("range", 250, 1000), ("range", 200, 700)]
    (average,) = figure.axes[0].collections
    assert average.get_offsets()[0][0] == 300
    shown = [text.get_text() for text in figure.texts]
    assert {"250 to 1,000", "300 on average", "2015", "undated", "the article: 200 to 700"} <= set(shown)
    assert shapes(cost_ranges(pages(*SMALL), TOTAL, claimed=(100, 300)))[0] == ("claimed", 100, 300)


def test_the_total_is_named_a_simulation():
    figure = cost_ranges(pages(*SMALL), TOTAL)
    assert shapes(figure, 1) == [("nine in ten", 400, 3100), ("middle half", 900, 2000)]
    assert figure.axes[1].get_label() == "simulation"
    assert list(figure.axes[1].lines[0].get_xdata()) == [1400, 1400]
    shown = [text.get_text() for text in figure.texts]
    assert "Total of a whole treatment: a simulation, not data" in shown
    assert "Simulation" in shown
    few = cost_ranges(pages(*SMALL), {key: TOTAL[key] for key in ("low", "median", "high")})
    assert shapes(few, 1) == [("middle half", 900, 2000)]
    assert len(cost_ranges(pages(*SMALL), None).axes) == 1


def test_scopes_are_shown_where_they_differ():
    headings = [text.get_text() for text in cost_ranges(pages(*SMALL), None).texts]
    assert "Scope" in headings
    alike = cost_ranges(pages(*SMALL).assign(scope="needling"), None)
    assert "Scope" not in [text.get_text() for text in alike.texts]


def test_words_give_every_price():
    figure = cost_ranges(pages(*SMALL), TOTAL, title="Prices")
    assert figure.alt == "3 price pages, 2 within 200 to 700 a session; simulated total, median 1,400."
    assert repr(figure) == (
        f"Prices. {figure.alt} US dollars a session. Clinic (needling, 2015): 250 to 1,000."
        " Page (mixed, undated): 200 to 700. Mean (undated): 300 on average. Simulation of the total: median"
        " 1,400, middle half 900 to 2,000, nine in ten 400 to 3,100. From 75 groups."
    )


def test_every_option_changes_the_figure():
    plain = cost_ranges(pages(*SMALL), TOTAL)
    for option in ("title", "subtitle", "source", "name", "currency"):
        assert cost_ranges(pages(*SMALL), TOTAL, **{option: "Other"}).fingerprint() != plain.fingerprint()
    assert cost_ranges(pages(*SMALL), TOTAL, preset="paper").to_bytes("svg") != plain.to_bytes("svg")


def test_a_slide_keeps_its_shape():
    width, height = cost_ranges(invented(9), TOTAL, preset="slide").get_size_inches()
    assert width / height == pytest.approx(16 / 9, rel=1e-3)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("low", 2000, "row 1, column low, value 2000.0: the lower end is above the upper, 1000"),
        ("high", None, "row 1, column high, value None: this cell must be filled in"),
        ("low", -1, "row 1, column low, value -1: it must be a number of 0 or more"),
        ("label", "", "row 1, column label"),
    ],
)
def test_wrong_prices_are_refused(column, value, message):
    table = pages(*SMALL).astype(object)
    table.loc[0, column] = value
    with pytest.raises(InputError, match=message):
        cost_ranges(table, TOTAL)


def test_wrong_totals_and_claims_are_refused():
    table = pages(*SMALL)
    with pytest.raises(OptionError, match="missing: median; not known: mean"):
        cost_ranges(table, {"low": 1, "mean": 2, "high": 3})
    with pytest.raises(OptionError, match="missing: p95"):
        cost_ranges(table, {"low": 1, "median": 2, "high": 3, "p05": 1})
    with pytest.raises(InputError, match="must rise, but they are low=5, median=2, high=3"):
        cost_ranges(table, {"low": 5, "median": 2, "high": 3})
    with pytest.raises(InputError, match="row total, column median, value None"):
        cost_ranges(table, {"low": 5, "median": None, "high": 3})
    for claimed in ((700, 200), (1,), "ab", (0, np.inf)):
        with pytest.raises(InputError, match="must be two numbers"):
            cost_ranges(table, None, claimed=claimed)
    with pytest.raises(OptionError, match="no column year"):
        cost_ranges(table.drop(columns="year"), None)
