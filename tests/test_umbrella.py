"""Earlier reviews side by side, and the directions of studies that print no number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence import swim
from evidence.errors import InputError, OptionError
from evidence.synthesis.umbrella import corrected_covered_area, overlap, side, umbrella


def test_every_pooled_effect_stands_once(review):
    table = umbrella(review)
    assert len(table) == (review.review_estimates["is_effect"] == "yes").sum()
    row = table.query("review == 'Kang C 2022' and outcome == 'Share responding'").iloc[0]
    assert (row["measure"], row["estimate"], row["low"], row["high"]) == ("OR", 2.97, 1.96, 4.51)


def test_disagreement_on_pain_is_named(review):
    """One review finds less pain with laser, another less with RF needles, a third no difference."""
    table = umbrella(review)
    assert set(table.loc[table["disagrees"], "outcome"]) == {"Pain score"}
    assert set(table.loc[table["disagrees"], "side"]) == {"first", "second", "neither"}


@pytest.mark.parametrize(
    ("review_id", "groups"),
    [
        ("li2023", {"laser against laser", "needling or radiofrequency against laser"}),
        ("sun2024_striae", {"needling against other treatments", "needling or radiofrequency against laser"}),
    ],
)
def test_a_laser_is_told_from_what_is_none(review, review_id, groups):
    """Two lasers are no needling against laser, and neither is needling against a non-laser therapy."""
    table = umbrella(review)
    assert set(table.loc[table["review_id"] == review_id, "group"]) == groups
    assert set(table.loc[table["comparison"].str.contains("non-laser"), "group"]) == {
        "needling against other treatments"
    }


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("favours MNRF (less pain)", "first"),
        ("favours FRF (shorter)", "first"),
        ("favours PRP", "first"),
        ("favours CO2 laser (less pain)", "second"),
        ("favours non-ablative laser", "second"),
        ("no significant difference", "neither"),
        (float("nan"), "neither"),
    ],
)
def test_sides(direction, expected):
    assert side(direction) == expected


def test_covered_area_by_hand():
    """Pieper 2014: 10 studies, 2 reviews, 15 entries: (15 - 10) / (20 - 10)."""
    assert corrected_covered_area(15, 10, 2) == pytest.approx(0.5)
    assert corrected_covered_area(20, 10, 2) == 1
    assert corrected_covered_area(10, 10, 2) == 0
    for wrong in ((5, 10, 2), (21, 10, 2), (0, 0, 2)):
        with pytest.raises(InputError, match="do not go together"):
            corrected_covered_area(*wrong)


def test_overlap_says_of_how_many_reviews_it_is_known(review):
    known = overlap(review)
    assert known.reviews == review.review_trials["review_id"].nunique()
    assert f"{known.reviews} of {len(review.reviews)} reviews" in known.method_text()


def test_directions_of_a_question(review):
    rows = swim.directions(review, "Q1g").set_index("study_id")
    assert rows.loc["dermpaper2021", ["direction", "by"]].tolist() == ["first", "estimate"]
    assert rows.loc["obaid2021", ["direction", "by", "low", "high"]].tolist() == [
        "second",
        "source",
        0.01,
        0.01,
    ]
    # Printed as 0.00: what rounds to it.
    assert rows.loc["pooja2020", ["low", "high"]].tolist() == [0.0, 0.005]
    assert rows.loc["iranjd153571", "high"] == 0.001
    test = swim.question_sign_test(review, "Q1g")
    assert (test.first, test.second, test.neither) == (2, 4, 2)


@pytest.mark.parametrize(("question_id", "counts"), [("Q1e", (4, 0, 10)), ("Q1i.plasma", (0, 3, 0))])
def test_a_side_that_no_study_favours_counts_nought(review, question_id, counts):
    test = swim.question_sign_test(review, question_id)
    assert (test.first, test.second, test.neither) == counts


@pytest.mark.parametrize(
    ("randomised", "rank"), [("yes", 3), ("no", 2), ("unclear", 2), ("not_applicable", 1)]
)
def test_only_what_is_known_as_randomised_ranks_first(review, randomised, rank):
    studies = review.studies.assign(randomised=randomised)
    rows = swim.directions(replace(review, studies=studies), "Q1i.plasma")
    assert set(rows["rank"]) == {rank}


def test_a_risk_that_is_lower_favours_the_first(review):
    rows = swim.directions(review, "Q3b").set_index("study_id")
    assert rows.loc["idoj2024", "direction"] == "first"  # RR 0.22


def test_p_values_of_a_question_are_combined_as_intervals(review):
    found = swim.question_p(review, "Q1e")
    assert (found.k, found.exact) == (5, 1)
    assert found.low < 0.05 < found.high  # words such as "not significant" leave it open
    with pytest.raises(OptionError, match="method='tippett'"):
        swim.question_p(review, "Q1e", method="tippett")


def test_directions_are_those_of_a_contrast(review):
    with pytest.raises(OptionError, match="Q1b is a change"):
        swim.directions(review, "Q1b")
