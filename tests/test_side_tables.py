"""Tables that stand beside the answers: printed comparisons, counts by every model, unclear denominators."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import proportion_confint

from evidence.errors import InputError, OptionError
from evidence.robustness.count_models import count_models
from evidence.robustness.denominators import unclear_denominators
from evidence.tables.comparisons import comparisons


def test_comparisons_are_those_between_two_arms(review):
    rows = review.contrasts.query("contrast_type == 'between_arm' and subgroup.isna()")
    eligible = review.studies.query("retracted == 'no' and population == 'facial_acne_scars'")["study_id"]
    rows = rows[rows["study_id"].isin(eligible)]
    single = ~(
        rows["arm_id_1"].str.contains("+", regex=False) | rows["arm_id_2"].str.contains("+", regex=False)
    )
    table = comparisons(review)
    assert len(table) == single.sum()
    assert not table["direction"].str.contains("mn_prp").any()
    assert table["source"].str.startswith("http").all()


def test_counts_by_every_model(review):
    table = count_models(review.effects("Q1h")).set_index("model")
    rows = review.effects("Q1h").included
    a, n1, c, n2 = (rows[name].to_numpy() for name in ("events_1", "total_1", "events_2", "total_2"))
    expected = StratifiedTable(np.array([[a, n1 - a], [c, n2 - c]])).oddsratio_pooled
    assert table.loc["MH, Mantel-Haenszel", "odds_ratio"] == pytest.approx(expected, rel=1e-10)
    assert table["picked"].sum() >= 1
    assert table["odds_ratio"].notna().all()


def test_counts_are_needed(review):
    with pytest.raises(InputError, match="events and totals"):
        count_models(review.effects("Q1g"))


def test_both_denominators_are_taken(review):
    table = unclear_denominators(review, "Q4a")
    assert table["events"].tolist() == [2, 7, 7]
    assert table["total"].tolist() == [192, 222, 228]
    low, high = proportion_confint(7, 222, method="beta")
    assert (table["low"].iloc[1], table["high"].iloc[1]) == pytest.approx((low, high), rel=1e-9)
    # The people of a trial with two groups are not those of one arm.
    assert not table["analysis"].str.contains("Cachafeiro").any()


def test_denominators_matter_to_proportions_only(review):
    with pytest.raises(OptionError, match="denominators matter"):
        unclear_denominators(review, "Q1b")
