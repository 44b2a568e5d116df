"""From a question to effect sizes: the right rows, the right route, and a reason for every other row."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaln

from evidence.effects.rows import Choices, filtered
from evidence.errors import InputError, OptionError


def row(effects, label):
    [found] = effects.table.loc[effects.table["label"].str.startswith(label)].to_dict("records")
    return found


def with_cells(review, name, where, **cells):
    """Return the review with other cells in some rows of one table."""
    table = getattr(review, name).copy()
    assert len(table.query(where))
    table.loc[table.query(where).index, list(cells)] = list(cells.values())
    return dataclasses.replace(review, **{name: table})


def hedges(df):
    return math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / math.sqrt(df / 2)


def test_before_after_by_hand(review):
    """Al Chalabi: 16.39 (3.43) to 7.78 in 25 people; lower is better, so the fall counts as gain."""
    found = row(review.effects("Q1b"), "Al Chalabi")
    g = hedges(24) * (16.39 - 7.78) / 3.43
    assert found["yi"] == pytest.approx(g, rel=1e-12)
    assert found["vi"] == pytest.approx(2 * (1 - 0.5) / 25 + g**2 / 50, rel=1e-12)
    assert (found["n"], found["route"]) == (25, "means and SDs before and after")


def test_the_seven_arms_of_the_protocol_enter(review):
    effects = review.effects("Q1b")
    arms = set(zip(effects.included["study_id"], effects.included["arm_id"], strict=True))
    assert arms == {
        ("alchalabi2020", "a"),
        ("dermpaper2021", "a"),
        ("jpad1480", "b"),
        ("minh2019", "a"),
        ("mps587", "b"),
        ("pafmj8105", "b"),
        ("pmid25196684", "a"),
    }


def test_every_arm_with_the_treatment_is_accounted_for(review):
    arms = review.arms.query("treatment == 'mn' and arm_kind != 'pooled_row'")
    effects = review.effects("Q1b")
    assert len(effects.table) == len(arms)
    assert (effects.excluded["reason"] != "").all()
    assert (effects.included["reason"] == "").all()


def test_the_preferred_scale_and_visit_are_taken(review):
    """Minh 2019 has two scales and three later visits: the grade at the primary visit enters."""
    found = row(review.effects("Q1b"), "Minh")
    assert found["scale_name"] == "Goodman-Baron qualitative"
    assert found["yi"] == pytest.approx(hedges(30) * (3.29 - 1.77) / 0.59, rel=1e-12)
    # n is printed at baseline only.
    assert found["n"] == 31


def test_correlation_is_computed_where_the_source_allows(review):
    found = row(review.effects("Q1b"), "Malik")
    by_hand = (3.23**2 + 2.27**2 - 1.88**2) / (2 * 3.23 * 2.27)
    assert found["r_computed"] == pytest.approx(by_hand, rel=1e-12)
    assert round(by_hand, 2) == 0.82
    assert review.effects("Q1b").included["r_computed"].notna().sum() == 1


def test_the_change_score_scale_takes_in_the_trial_without_a_baseline_sd(review):
    """Alam: 3.4 points, 0.2 to 6.5, in 15 people; the SD of the change follows from the interval by t."""
    assert "SD at baseline" in row(review.effects("Q1b"), "Alam")["reason"]
    found = row(review.effects("Q1b", measure="SMCC"), "Alam")
    sd = (6.5 - 0.2) / (2 * 2.1447866879) * math.sqrt(15)
    assert found["included"]
    assert found["yi"] == pytest.approx(hedges(14) * 3.4 / sd, rel=1e-9)
    points = row(review.effects("Q1b", measure="MC"), "Alam")
    assert (points["yi"], points["vi"]) == pytest.approx((3.4, (6.3 / (2 * 1.959963984540054)) ** 2))
    assert (points["ci_low"], points["ci_high"]) == (0.2, 6.5)
    printed = row(review.effects("Q1b", measure="SMCC"), "Malik")
    assert printed["yi"] == pytest.approx(hedges(49) * 10.08 / 1.88, rel=1e-12)


def test_a_visit_without_a_spread_is_no_visit(review):
    without = with_cells(
        review, "outcomes", "study_id == 'alchalabi2020' and value_kind == 'final'", sd=np.nan
    )
    assert row(without.effects("Q1b"), "Al Chalabi")["reason"] == "no means with SDs at both visits"


def test_the_interval_of_another_scale_is_not_that_of_the_change(review):
    other = with_cells(review, "contrasts", "study_id == 'alam2014'", scale_name="another score")
    assert row(other.effects("Q1b", measure="SMCC"), "Alam")["reason"] == "a change without a spread"


def test_sham_trial_shows_both_sides(review):
    effects = review.effects("Q1a")
    assert effects.yi.tolist() == [3.4, 0.4]
    # As printed, although the second interval is not centred on its estimate.
    assert effects.included["ci_low"].tolist() == [0.2, -2.3]
    assert effects.included["ci_high"].tolist() == [6.5, 3.5]


def test_sides_of_a_face_are_paired(review):
    """Sharma (JPAD 1480): 2.13 (0.56) with PRP against 2.36 (0.56) without, 40 people, both sides."""
    found = row(review.effects("Q1e"), "Sharma")
    r, n, sd = 0.5, 40, 0.56
    g = hedges(2 * (n - 1) / (1 + r**2)) * (2.36 - 2.13) / sd
    vi = g**2 * (2 + 2 * r**2) / (8 * (n - 1)) + 2 * (1 - r) / (n - 1)
    assert found["yi"] == pytest.approx(g, rel=1e-12)
    assert found["vi"] == pytest.approx(vi, rel=1e-12)
    assert found["assumption"] == "correlation of the two sides r = 0.5"


def test_parallel_groups_are_not_paired(review):
    found = row(review.effects("Q1g"), "dermatologypaper")
    pooled = math.sqrt((69 * 3.65**2 + 69 * 4.75**2) / 138)
    assert found["yi"] == pytest.approx(hedges(138) * (16.34 - 13.23) / pooled, rel=1e-12)
    assert found["n"] == 140


def test_two_scales_are_not_compared(review):
    """Both arms of dermpaper2021 print the score that Q1g asks for; an arm with another one stays alone."""
    assert row(review.effects("Q1g"), "dermatologypaper")["included"]
    other = with_cells(
        review, "outcomes", "study_id == 'dermpaper2021' and arm_id == 'b'", scale_name="another score"
    )
    assert not row(other.effects("Q1g"), "dermatologypaper")["included"]


def test_events_of_parallel_groups(review):
    """Ishfaq: 22 of 30 with needling, 10 of 30 with the peel."""
    found = row(review.effects("Q1h.peel"), "Ishfaq")
    assert found["yi"] == pytest.approx(math.log(22 * 20 / (8 * 10)), rel=1e-12)
    assert found["vi"] == pytest.approx(1 / 22 + 1 / 8 + 1 / 10 + 1 / 20, rel=1e-12)
    assert found["n"] == 60


def test_events_of_two_sides_use_the_stated_correlation(review):
    """IDOJ 2024: PIH in 2 of 30 needled and 9 of 30 lasered sides; the margins allow phi up to 0.41."""
    found = row(review.effects("Q3b"), "IDOJ")
    assert found["yi"] == pytest.approx(math.log(2 / 9), rel=1e-12)
    largest = (30 * 2 - 2 * 9) / math.sqrt(2 * 28 * 9 * 21)
    assert found["n"] == 30  # the same people on both sides
    # Each side has people with and without the event: nothing is added to the pairs.
    assert found["assumption"] == f"correlation of the two sides phi = {largest:.2f}"
    independent = row(review.effects("Q3b", r=0.0), "IDOJ")
    # Independent sides: the variance of the log risk ratio of two separate groups.
    assert independent["vi"] == pytest.approx(1 / 2 - 1 / 30 + 1 / 9 - 1 / 30, rel=1e-9)
    assert found["vi"] < independent["vi"]


def test_response_enters_an_smd_through_the_odds_ratio(review):
    found = row(review.effects("Q1f.prp"), "Jabeen")
    log_or = math.log(21 * 11 / (4 * 14))
    assert found["yi"] == pytest.approx(log_or * math.sqrt(3) / math.pi, rel=1e-12)
    assert "log odds ratio" in found["route"]


def test_studies_without_numbers_say_what_they_say(review):
    effects = review.effects("Q1h.peel_added")
    assert effects.k == 0
    assert len(effects.table) == 8
    assert (effects.table["reason"] != "").all()
    assert (effects.table["direction"] != "").any()


def test_shares_keep_their_counts(review):
    effects = review.effects("Q4a")
    assert effects.included["xi"].sum() == 2
    assert effects.included["ni"].sum() == 192
    rf = review.effects("Q4a.mnrf")
    assert (rf.included["xi"].sum(), rf.included["ni"].sum()) == (5, 131)


def test_overlapping_reports_are_not_counted_twice(review):
    effects = review.effects("Q1i.plasma")
    lan = row(effects, "Lan 2020")
    assert not lan["included"]
    # For new scars the other report has no count, so the overlapping one enters.
    assert row(review.effects("Q4c.scarring"), "Lan 2020")["included"]


# Each choice must change the numbers, or be refused.
@pytest.mark.parametrize("r", [0.0, 0.25, 0.75, 0.9])
def test_r_changes_the_variance_not_the_change(review, r):
    primary, other = review.effects("Q1b"), review.effects("Q1b", r=r)
    assert np.allclose(primary.yi, other.yi, rtol=1e-12)
    assert ((other.vi < primary.vi) == (r > 0.5)).all()


def test_leaving_out_cautions_and_designs(review):
    primary = review.effects("Q1d")
    assert primary.k == 5
    without = review.effects("Q1d", without_cautions=["extreme_split"])
    assert without.k == 3
    assert without.excluded["reason"].str.contains("extreme_split").sum() == 2
    assert review.effects("Q1b", randomised_only=True).k == 0
    assert review.effects("Q1i.plasma", randomised_only=True).k == 2


def test_every_measure_of_a_kind_gives_other_numbers(review):
    for question, measures in (
        ("Q1b", ["SMCR", "SMCC", "MC"]),
        ("Q1g", ["SMD", "MD"]),
        ("Q1h.peel", ["OR", "RR", "RD", "SMD"]),
        ("Q4a", ["PLO", "PAS", "PFT", "PR", "PLN"]),
    ):
        first = [review.effects(question, measure=measure).included["yi"].iloc[0] for measure in measures]
        assert len(set(np.round(first, 9))) == len(measures), question


def test_another_scale_can_be_preferred(review):
    """Minh 2019 also prints the Lipper-Perez score, an outcome of class other."""
    primary = row(review.effects("Q1b"), "Minh")
    found = row(review.effects("Q1b", preferred="other"), "Minh")
    assert (primary["scale_name"], found["scale_name"]) == ("Goodman-Baron qualitative", "Lipper-Perez score")
    outcomes = review.outcomes.query("study_id == 'minh2019' and scale_name == 'Lipper-Perez score'")
    before = outcomes.loc[outcomes["value_kind"] == "baseline"].iloc[0]
    after = outcomes.loc[outcomes["primary_time"] == "yes"].iloc[0]
    assert found["yi"] == pytest.approx(
        hedges(30) * (before["mean"] - after["mean"]) / before["sd"], rel=1e-12
    )
    same = review.effects("Q1b", preferred="gb_quantitative").table
    assert same.equals(review.effects("Q1b").table)


@pytest.mark.parametrize(("time", "after"), [("earliest", 2.23), ("latest", 1.77), ("primary", 1.77)])
def test_another_visit_can_be_taken(review, time, after):
    """Minh 2019 prints weeks 13, 17 and 22; Alam 2014 prints no week, so that its primary visit stays."""
    found = row(review.effects("Q1b", time=time), "Minh")
    assert found["yi"] == pytest.approx(hedges(30) * (3.29 - after) / 0.59, rel=1e-12)
    others = review.effects("Q1b", time=time, measure="SMCC").table.query("study_id != 'minh2019'")
    primary = review.effects("Q1b", measure="SMCC").table.query("study_id != 'minh2019'")
    assert others.equals(primary)


def test_numbers_by_a_detour_can_be_left_out(review):
    effects = review.effects("Q1b", measure="SMCC", direct_only=True)
    assert effects.k == review.effects("Q1b", measure="SMCC").k - 1
    assert row(effects, "Alam")["reason"] == "left out for its route: mean change and its confidence interval"
    converted = review.effects("Q1f.prp", direct_only=True)
    assert "log odds ratio" in row(converted, "Jabeen")["reason"]


def test_a_detour_is_known_by_the_words_of_its_route():
    routes = {"means and SDs": True, "events, by the log odds ratio": False, "a confidence interval": False}
    rows = [
        {"included": True, "route": route, "caution": "", "overlap_group": "", "randomised": "yes"}
        for route in routes
    ]
    found = filtered(rows, Choices(0.5, "SMD", direct_only=True))
    assert [each["included"] for each in found] == list(routes.values())


@pytest.mark.parametrize(("denominator", "total"), [("analysed", 30), ("enrolled", 36)])
def test_a_count_without_a_denominator_can_be_given_one(review, denominator, total):
    """PMID 25196684 prints 5 people with PIH, of 30 analysed or 36 enrolled."""
    assert math.isnan(row(review.effects("Q4a"), "PMID 25196684")["ni"])
    effects = review.effects("Q4a", denominator=denominator)
    found = row(effects, "PMID 25196684")
    assert (found["xi"], found["ni"], found["included"]) == (5, total, True)
    assert "inferred_denominator" in found["caution"]
    assert effects.included["xi"].sum() == 2 + 5
    # Cachafeiro 2016 has two groups: the people of the study are not those of the arm.
    assert not row(effects, "Cachafeiro")["included"]
    strict = review.effects("Q4a", denominator=denominator, without_cautions=["inferred_denominator"])
    assert strict.included["xi"].sum() == 2


def test_a_count_is_that_of_the_whole_arm_and_of_a_row_that_prints_one(review):
    """Rows of a part of the arm, and rows without a count, stand before the 5 people of PMID 25196684."""
    outcomes = review.outcomes
    printed = outcomes.query("study_id == 'pmid25196684' and outcome == 'ae_pih'")
    assert printed["count_printed"].tolist() == [5]
    before = [printed.assign(subgroup="skin type V", count_printed=3.0), printed.assign(count_printed=np.nan)]
    more = dataclasses.replace(review, outcomes=pd.concat([*before, outcomes], ignore_index=True))
    assert row(more.effects("Q4a", denominator="analysed"), "PMID 25196684")["xi"] == 5


@pytest.mark.parametrize(
    ("question", "choices", "message"),
    [
        ("Q1b", {"time": "erliest"}, "Did you mean 'earliest'"),
        ("Q4a", {"denominator": "enroled"}, "Did you mean 'enrolled'"),
        ("Q1b", {"preferred": "gb_qualitativ"}, "Did you mean 'gb_qualitative'"),
        ("Q1b", {"denominator": "enrolled"}, "plays no part"),
        ("Q4a", {"direct_only": True}, "plays no part"),
        ("Q1z", {}, "no question 'Q1z'"),
        ("Q7", {}, "answered by a description"),
        ("Q1b", {"r": 1.0}, "at least 0 and below 1"),
        ("Q1b", {"r": -0.1}, "at least 0 and below 1"),
        ("Q1b", {"measure": "SMD"}, "'SMCR', 'SMCC', 'MC'"),
        ("Q1b", {"measure": "XX"}, "'SMCR', 'SMCC', 'MC'"),
        ("Q1b", {"without_cautions": ["implausibel"]}, "Did you mean 'implausible'"),
        ("Q4a", {"r": 0.3}, "plays no part"),
    ],
)
def test_impossible_choices_are_refused(review, question, choices, message):
    with pytest.raises((OptionError, InputError), match=message):
        review.effects(question, **choices)


def test_unknown_choice_is_refused(review):
    with pytest.raises(TypeError, match="colour"):
        review.effects("Q1b", colour="blue")


def test_a_question_that_matches_no_arm_is_an_error(review):
    from evidence.effects.assemble import assemble

    question = dataclasses.replace(review.question("Q1b"), treatment=("nothing",))
    with pytest.raises(OptionError, match="matches no arm"):
        assemble(review, question)


@pytest.mark.parametrize(
    ("key", "measure", "scale"), [("Q1b", "SMCR", "identity"), ("Q1e.response", "OR", "log")]
)
def test_effects_know_what_they_are_and_stand_in_order(review, key, measure, scale):
    question, effects = review.question(key), review.effects(key)
    assert (effects.measure, effects.scale) == (measure, scale)
    assert (effects.title, effects.favours) == (question.text, question.favours)
    order = list(zip(~effects.table["included"], effects.table["label"].str.lower(), strict=True))
    assert order == sorted(order)


def test_shares_say_where_half_an_event_was_added(review):
    table = review.effects("Q4a", measure="PLO").table
    used = table.loc[table["included"]]
    assert (table["treatment"] == "mn").all()
    edge = (used["xi"] == 0) | (used["xi"] == used["ni"])
    assert 0 < edge.sum() < len(used)
    assert ((used["assumption"] != "none") == edge).all()


def test_arms_of_one_study_are_told_apart_and_others_keep_its_name(review):
    table = review.effects("Q1b").table
    name = table["study_id"].map(review.studies.set_index("study_id")["label"])
    several = table["study_id"].duplicated(keep=False)
    assert 0 < several.sum() < len(table) and table["label"].is_unique
    assert (table["label"][~several] == name[~several]).all()
    assert all(
        mine.startswith(f"{whole}, ")
        for mine, whole in zip(table["label"][several], name[several], strict=True)
    )
