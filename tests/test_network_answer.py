"""The network of the review: every route by hand, arms of one study that agree, and what could not enter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from evidence.effects.network_rows import (
    EVENTS,
    EXACT_P,
    INTERVALS,
    MEANS,
    ROUTES,
    component_names,
    network_rows,
)
from evidence.errors import DataError, OptionError
from evidence.review import load
from evidence.synthesis.network_answer import by_route, contrast_table, network_answer


@pytest.fixture(scope="module")
def rows(review):
    return network_rows(review, review.question("Q1n"))


@pytest.fixture(scope="module")
def found(review):
    return network_answer(review)


def row(rows, study):
    return rows.loc[(rows["study_id"] == study) & rows["included"]].iloc[0]


# Looked up one by one in studies.csv and arms.csv: each has two arms or more, and one reason to stay out.
STAYS_OUT = {
    "sadeghzadeh2024": "retracted",
    "akopyan2024": "mixed scars",
    "rongsaard_nd": "nobody was needled",
    "jdd8585": "a review",
    "pmid23216209": "single arm",
}


def test_every_controlled_study_is_found_once(rows):
    """105 studies with 146 pairs of arms, counted when the extraction was closed."""
    assert rows["study_id"].nunique() == 105
    assert len(rows) == 146
    assert not set(rows["study_id"]) & set(STAYS_OUT)
    assert {"alam2014", "ali2024", "obaid2021", "dermpaper2021"} <= set(rows["study_id"])
    assert not rows.duplicated(["study_id", "arm_1", "arm_2"]).any()
    assert (rows["included"] | (rows["reason"] != "")).all()


@pytest.mark.parametrize("study_id", STAYS_OUT)
def test_a_study_that_stays_out_comes_in_when_its_reason_is_gone(review, rows, study_id):
    columns = ["retracted", "population", "needling", "why_not", "design"]
    like_alam = review.studies.set_index("study_id").loc["alam2014", columns].to_dict()
    assert set(with_study(review, study_id, **like_alam)) == {*rows["study_id"], study_id}


@pytest.mark.parametrize(
    "cells",
    [{"retracted": "yes"}, {"population": "mixed_scars"}, {"needling": "none"}, {"why_not": "not_a_study"}]
    + [{"design": design} for design in ("single_arm", "retrospective")],
    ids=str,
)
def test_a_study_that_has_one_of_the_reasons_stays_out(review, rows, cells):
    assert set(with_study(review, "alam2014", **cells)) == {*rows["study_id"]} - {"alam2014"}


def test_a_row_of_all_arms_together_is_no_arm(review, rows):
    assert ("ipmj167093", "all") in set(
        review.arms[["study_id", "arm_id"]].itertuples(index=False, name=None)
    )
    assert "all" not in {*rows["arm_1"], *rows["arm_2"]}


def with_study(review, study_id, **cells):
    """Return the studies of the network after some cells of one study were changed."""
    studies = review.studies.copy()
    studies.loc[studies["study_id"] == study_id, list(cells)] = list(cells.values())
    return network_rows(replace(review, studies=studies), review.question("Q1n"))["study_id"]


def test_means_and_events_are_those_of_the_questions(review, rows):
    """dermpaper2021 answers Q1g by means, ali2024 enters Q1f by events."""
    means = review.effects("Q1g").included.set_index("study_id")
    found = row(rows, "dermpaper2021")
    assert (found["t1"], found["t2"], found["route"]) == ("needling", "ablative laser", MEANS)
    assert found["yi"] == pytest.approx(means.loc["dermpaper2021", "yi"])
    events = review.effects("Q1f").included.set_index("study_id")
    assert row(rows, "ali2024")["yi"] == pytest.approx(events.loc["ali2024", "yi"])
    assert row(rows, "ali2024")["route"] == EVENTS


def test_an_exact_p_by_hand(rows):
    """Obaid 2021: p = 0.01 for laser, 17 against 23 people; t of 38 degrees of freedom back to g."""
    found = row(rows, "obaid2021")
    assert (found["route"], found["t1"], found["t2"]) == (EXACT_P, "needling", "ablative laser")
    d = t.ppf(1 - 0.01 / 2, 38) * np.sqrt(1 / 17 + 1 / 23)
    assert found["yi"] == pytest.approx(-d * (1 - 3 / (4 * 38 - 1)), rel=1e-3)


def test_an_exact_p_of_two_sides_by_hand(rows):
    """pmid29226630: p = 0.015 of 24 people for the side with PRP; d = t sqrt(2 (1 - r) / n), r one half."""
    found = row(rows.query("t2 == 'needling + PRP'"), "pmid29226630")
    d = t.ppf(1 - 0.015 / 2, 23) * np.sqrt(2 * 0.5 / 24)
    assert found["yi"] == pytest.approx(-d * (1 - 3 / (4 * 23 - 1)))
    assert found["vi"] == pytest.approx(d**2 * 1.25 / (4 * 23) + 2 * 0.5 / 23)


def test_changes_with_intervals_by_hand(rows):
    """Alam 2014: 3.4 (0.2 to 6.5) against 0.4 (-2.3 to 3.5), 15 people on both sides."""
    found = row(rows, "alam2014")
    assert (found["t1"], found["t2"], found["route"]) == ("needling", "untreated", INTERVALS)
    quantile = t.ppf(0.975, 14)
    sds = [width / (2 * quantile) * np.sqrt(15) for width in (6.5 - 0.2, 3.5 + 2.3)]
    d = (3.4 - 0.4) / np.sqrt(np.mean(np.square(sds)))
    assert found["yi"] == pytest.approx(d * (1 - 3 / (4 * 14 - 1)))


def test_a_p_value_without_a_side_or_printed_as_nought_does_not_enter(rows):
    assert not rows.loc[rows["study_id"] == "cachafeiro2016", "included"].any()  # p = .264, no difference
    assert not rows.loc[rows["study_id"] == "pooja2020", "included"].any()  # p = 0.00


@pytest.mark.parametrize(("direction", "sign"), [("microneedling", 1), ("ablative fractional laser", -1)])
def test_the_arm_that_a_p_value_favours_lies_on_its_side(review, direction, sign):
    codes = {"microneedling": "mn", "ablative fractional laser": "laser_ablative_fractional"}
    [found] = of_obaid(review, f"favours {codes[direction]}")
    assert (found["included"], np.sign(found["yi"])) == (True, sign)


def test_a_p_value_that_favours_no_arm_does_not_enter(review):
    [found] = of_obaid(review, "no significant difference")
    assert not found["included"]


def of_obaid(review, direction):
    """Return the comparison of Obaid 2021 alone (p = 0.01), with another direction."""
    arms, contrasts = (
        table.loc[table["study_id"] == "obaid2021"].copy() for table in (review.arms, review.contrasts)
    )
    contrasts["direction"] = direction
    alone = replace(review, arms=arms, contrasts=contrasts)
    return network_rows(alone, review.question("Q1n")).to_dict("records")


def test_treatments_are_made_of_components(review):
    named = component_names(review)
    assert named["wang2021", "a"] != named["wang2021", "c"]
    assert set(named.values()) >= {
        "needling",
        "needling + PRP",
        "RF needling + rb-bFGF",
        "untreated",
        "ablative laser + PRP",
    }
    assert not any("{" in name for name in named.values())


def test_two_needle_lengths_are_no_comparison(rows):
    depth = rows.loc[rows["study_id"] == "depth_splitface14"]
    assert depth["reason"].tolist() == ["both arms are made of the same components"]


def test_routes_can_be_left_out(review, rows):
    fewer = network_rows(review, review.question("Q1n"), without_routes=[EXACT_P])
    assert set(fewer.loc[fewer["included"], "route"]) == set(rows.loc[rows["included"], "route"]) - {EXACT_P}
    with pytest.raises(OptionError, match="is not one of means and SDs"):
        network_rows(review, review.question("Q1n"), without_routes=["guesses"])


def test_arms_of_one_study_agree_with_each_other(rows):
    """Three arms of pmid29226630: the third contrast follows from the two that are printed."""
    table = contrast_table(rows)
    mine = table.loc[table["study"] == "pmid29226630"].set_index(["t1", "t2"])
    assert len(mine) == 3
    effect = mine["te"]
    by_way_of_prp = effect["needling", "needling + PRP"] + effect["needling + PRP", "needling + peel"]
    assert effect["needling", "needling + peel"] == pytest.approx(by_way_of_prp)
    printed = row(rows.query("t2 == 'needling + PRP'"), "pmid29226630")
    assert effect["needling", "needling + PRP"] == pytest.approx(printed["yi"])


def test_what_entered_is_counted_and_what_did_not_is_named(found):
    entered = {row.study_id for row in found.rows.itertuples() if row.included}
    assert found.entered == len(entered)
    assert set(found.contrasts["study"]) == entered
    assert found.routes()["comparisons"].sum() == found.rows["included"].sum()
    assert list(found.routes()["route"]) == list(ROUTES)
    assert len(found.left_out()) + found.rows["included"].sum() == len(found.rows)
    assert f"{found.entered} of {found.found} controlled studies entered" in found.finding()
    assert "Exploratory" in found.finding()


def test_ranks_come_with_intervals(found):
    ranks = found.network.ranks()
    assert {"p_score", "p_score_low", "p_score_high", "rank_low", "rank_high"} <= set(ranks.columns)
    assert found.components.inactive == "untreated"


def test_two_studies_of_one_comparison_alone_are_a_pooled_estimate(rows):
    """The two trials of rb-bFGF stand alone when nothing else enters; the network then equals a pool."""
    from evidence.synthesis.network import network
    from evidence.synthesis.pool import pool

    table = contrast_table(rows.loc[rows["study_id"].isin(["rbbfgf60", "rbbfgf68"])])
    fitted = network(table, measure="SMD", method="DL")
    alone = pool(yi=table["te"].to_numpy(), vi=table["se"].to_numpy() ** 2, method="DL", test="z")
    assert fitted.estimate("RF needling + rb-bFGF", "RF needling").te == pytest.approx(
        float(alone.estimate), rel=1e-9
    )


def test_sensitivity_by_route(review, found):
    table = by_route(review).set_index("choice")
    assert table.loc["all routes", "studies"] == found.entered
    assert (table["studies"].drop("all routes") < found.entered).all()


def test_only_a_network_is_a_network(review):
    with pytest.raises(OptionError, match="Q1b is a change, not a network"):
        network_answer(review, "Q1b")


def test_a_treatment_without_components_is_named(review, tmp_path):
    import shutil

    shutil.copytree(review.folder, tmp_path / "data")
    table = pd.read_csv(tmp_path / "data" / "components.csv", dtype=str, keep_default_na=False)
    kept = table[table["treatment"] != "prp"]
    kept.to_csv(tmp_path / "data" / "components.csv", index=False, lineterminator="\n")
    with pytest.raises(DataError, match=r"components\.csv does not say what this treatment is made of"):
        load(tmp_path / "data")


def test_without_the_sham_trial_nothing_is_inactive(review):
    studies = review.studies.copy()
    studies.loc[studies["study_id"] == "alam2014", "retracted"] = "yes"
    found = network_answer(replace(review, studies=studies))
    assert found.components.inactive is None
    # What is positive favours the first treatment, in both models.
    assert (found.components.small_values, found.network.small_values) == ("undesirable", "undesirable")
