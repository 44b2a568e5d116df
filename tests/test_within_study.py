"""Courses, types of scar, sessions and cost, checked by hand and by a second route."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import t

from evidence.certainty.weigh import bearing
from evidence.errors import InputError, OptionError
from evidence.synthesis.cost import LEVELS, price_ranges, total_cost
from evidence.synthesis.scar_types import compared_types, scar_types
from evidence.synthesis.sessions import sessions_given, sessions_slope
from evidence.synthesis.time_course import growth, time_course

SHARED = ("study_id", "label", "arm_id", "treatment")


def test_growth_by_hand(review):
    """Minh 2019, Goodman-Baron grade: 2.23 (SD 0.56) at the end, 1.77 (0.57) two months later, 31 people."""
    row = growth(review).set_index(["study_id", "scale"]).loc[("minh2019", "Goodman-Baron qualitative")]
    variance = (0.56**2 + 0.57**2 - 2 * 0.5 * 0.56 * 0.57) / 31
    half = t.ppf(0.975, 30) * variance**0.5
    assert row["growth"] == pytest.approx(2.23 - 1.77)
    assert row["low"] == pytest.approx(0.46 - half)
    assert row["high"] == pytest.approx(0.46 + half)


def test_growth_of_a_trial_that_prints_changes(review):
    """Alam 2014: 2.4 (-0.01 to 4.8) at three months, 3.4 (0.20 to 6.5) at six; SEs from the intervals."""
    row = growth(review).query("study_id == 'alam2014' and treatment == 'mn'").iloc[0]
    first, last = (4.8 + 0.01) / (2 * 1.959964), (6.5 - 0.2) / (2 * 1.959964)
    half = t.ppf(0.975, 14) * (first**2 + last**2 - first * last) ** 0.5
    assert row["growth"] == pytest.approx(1.0)
    assert row["high"] - row["growth"] == pytest.approx(half, rel=1e-6)


def test_the_course_starts_at_nought_and_keeps_printed_intervals(review):
    course = time_course(review)
    assert (course.loc[course["visit"] == "baseline", "value"] == 0).all()
    six = course.query("study_id == 'alam2014' and treatment == 'mn' and visit.str.startswith('6')").iloc[0]
    assert six[["value", "low", "high"]].tolist() == [3.4, 0.2, 6.5]


def test_the_interval_of_a_visit_by_hand(review):
    """Minh 2019, Goodman-Baron grade: 3.29 (SD 0.59) before, 1.77 (0.57) at the last visit, 31 people."""
    course = time_course(review)
    assert list(course) == [*SHARED, "scale", "visit", "weeks", "value", "low", "high", "n"]
    last = course.query("study_id == 'minh2019' and scale == 'Goodman-Baron qualitative' and weeks == 22")
    half = t.ppf(0.975, 30) * ((0.59**2 + 0.57**2 - 2 * 0.5 * 0.59 * 0.57) / 31) ** 0.5
    expected = (3.29 - 1.77 - half, 3.29 - 1.77, 3.29 - 1.77 + half)
    assert tuple(last.iloc[0][["low", "value", "high"]]) == pytest.approx(expected)


def test_no_visit_gives_a_course_without_rows(review):
    nothing = replace(review, outcomes=review.outcomes.iloc[:0])
    assert list(time_course(nothing)) == list(time_course(review))
    assert list(growth(nothing)) == list(growth(review))


def test_more_agreement_between_visits_narrows_the_interval(review):
    loose, tight = (growth(review, r=r).query("study_id == 'minh2019'").iloc[0] for r in (0.0, 0.9))
    assert tight["high"] - tight["low"] < loose["high"] - loose["low"]
    with pytest.raises(InputError, match="r=1"):
        growth(review, r=1)


def test_types_of_scar_are_compared_within_people(review):
    rows = compared_types(review).set_index("study_id")
    assert rows.loc["ijord212", "share"] == pytest.approx(5.88 / 47.06)
    assert rows.loc["idoj2024", ["best", "least"]].tolist() == ["rolling", "boxcar"]
    assert set(compared_types(review, ("laser_ablative_fractional",))["study_id"]) == {"idoj2024"}
    assert {"percent_may_be_patients; derived_week"} <= set(scar_types(review)["caution"].dropna())


def test_each_type_of_scar_says_its_unit(review):
    """Von Dalwig-Nolda 2020 prints points of a grade, all others percent."""
    units = scar_types(review).groupby("study_id")["unit"].unique().map(list)
    assert units.pop("vondalwignolda2020") == ["points"]
    assert units.tolist() == [["%"]] * len(units)


def test_a_percentage_in_words_gives_no_value(review):
    outcomes = review.outcomes.copy()
    outcomes.loc[outcomes["study_id"] == "lotfi2013", "pct_printed"] = "most"
    rows = scar_types(replace(review, outcomes=outcomes)).query("study_id == 'lotfi2013'")
    assert len(rows) == 2
    assert rows["value"].isna().all()


def test_compared_types_stand_as_in_the_tables(review):
    """Read from its end the table has a group with one type first."""
    rows = compared_types(replace(review, outcomes=review.outcomes.iloc[::-1]))
    assert rows["study_id"].tolist() == compared_types(review)["study_id"].tolist()[::-1]


def test_sessions_are_counted_by_group(review):
    counts = sessions_given(review)
    arms = review.arms.query("treatment == 'mn' and arm_kind != 'pooled_row'")
    assert counts["groups"].sum() == len(arms)
    assert counts.set_index("sessions").loc[3.0, "groups"] == (arms["sessions"] == 3).sum()


def test_the_slope_by_sessions_is_that_of_a_weighted_line(review):
    """At its tau2 the coefficients are those of weighted least squares."""
    fit = sessions_slope(review)
    rows = review.effects("Q1b").included.dropna(subset=["sessions"])
    weights = 1 / (rows["vi"].to_numpy() + float(fit.tau2))
    x = np.column_stack([np.ones(len(rows)), rows["sessions"]])
    beta = np.linalg.solve(x.T @ (weights[:, None] * x), x.T @ (weights * rows["yi"].to_numpy()))
    assert np.asarray(fit.beta) == pytest.approx(beta, rel=1e-8)
    assert fit.k == len(rows)


@pytest.mark.parametrize(
    ("sessions", "sloped"), [((4, 3, 5), True), ((4, 3, 4), True), ((4, 4, 4), False), ((4, 3, None), False)]
)
def test_three_groups_with_two_numbers_of_sessions_make_a_slope(review, sessions, sloped):
    arms = review.arms.copy()
    for study_id, number in zip(("alchalabi2020", "pafmj8105", "pmid25196684"), sessions, strict=True):
        arms.loc[arms["study_id"] == study_id, "sessions"] = number
    fit = sessions_slope(replace(review, arms=arms))
    assert (fit is not None) == sloped


def test_groups_without_a_number_of_sessions_say_so(review):
    table = sessions_slope(review).source.table.set_index("study_id")
    without = review.effects("Q1b").included.query("sessions.isna()")["study_id"]
    assert len(without) == 4
    assert set(table.loc[without, "reason"]) == {"number of sessions not printed"}


def test_the_total_cost_has_the_quantiles_of_its_distribution(review):
    """Second route: the distribution function of the mixture in closed form, solved for each level."""
    cost = total_cost(review)
    weights = cost.sessions["groups"] / cost.sessions["groups"].sum()

    def below(total: float) -> float:
        chance = 0.0
        for number, weight in zip(cost.sessions["sessions"], weights, strict=True):
            price = total / number
            for low, high in zip(cost.prices["low"], cost.prices["high"], strict=True):
                inside = float(price >= low) if low == high else np.clip((price - low) / (high - low), 0, 1)
                chance += weight * inside / len(cost.prices)
        return chance

    for level in LEVELS:
        exact = brentq(lambda total, level=level: below(total) - level, 1, 1e5)
        assert cost.quantiles[level] == pytest.approx(exact, rel=0.02)


def test_the_cost_says_that_it_is_a_simulation(review):
    cost = total_cost(review)
    assert cost.method_text().startswith("Simulation, not data")
    assert "1 of 8 dated" in cost.method_text()
    assert cost.quantiles == total_cost(review).quantiles
    assert cost.quantiles != total_cost(review, seed=1).quantiles
    assert set(price_ranges(review, ("mnrf",))["scope"]) == {"mnrf"}
    with pytest.raises(InputError, match="100 or more"):
        total_cost(review, draws=1)


def test_the_figure_of_prices_is_given_each_level_by_its_name(review):
    cost = total_cost(review, draws=100)
    named = dict(zip(("p05", "low", "median", "high", "p95"), (0.05, 0.25, 0.5, 0.75, 0.95), strict=True))
    assert cost.levels() == {name: cost.quantiles[level] for name, level in named.items()}


@pytest.mark.parametrize("lacking", ["prices", "arms"])
def test_a_total_needs_prices_and_sessions(review, lacking):
    without = replace(review, **{lacking: getattr(review, lacking).iloc[:0]})
    with pytest.raises(InputError, match="at least one price and one number of sessions"):
        total_cost(without)


def test_pages_within_the_claimed_range(review):
    prices = price_ranges(review)
    inside = [row for row in prices.itertuples() if row.low >= 200 and row.high <= 700]
    assert total_cost(review).within_claim == len(inside)


def test_what_bears_on_a_claim(review):
    rows = bearing(review, "C2")
    assert set(rows["side"]) == {"for", "against"}
    fall = rows.query("source == 'eldomyati_jcad' and side == 'against'").iloc[0]
    assert fall["tested"]
    assert fall["direct"]
    other = rows.query("words.str.contains('elastin PROTEIN')").iloc[0]
    assert not other["measured"]
    assert isinstance(rows, pd.DataFrame)
    with pytest.raises(OptionError, match="claim='C0'"):
        bearing(review, "C0")
