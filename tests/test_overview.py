"""The overview of robustness: every column by another route."""

from __future__ import annotations

import numpy as np
import pytest

import evidence as ev
from evidence.errors import OptionError

ASKED = ["Q1b", "Q1f", "Q4c.scarring"]


@pytest.fixture(scope="module")
def rows(whole_review):
    return ev.robustness_overview(whole_review, ASKED).set_index("question_id")


def test_the_questions_that_were_asked_in_their_order(rows):
    assert rows.index.tolist() == ASKED
    assert rows["k"].tolist() == [7, 2, 2]


def test_studies_left_out_are_those_of_the_sensitivity_table(rows, whole_review):
    table = ev.sensitivity(whole_review, "Q1b")
    labels = set(whole_review.effects("Q1b").included["label"])
    alone = table.loc[table["choice"].str.removeprefix("without ").isin(labels), "estimate"]
    assert len(alone) == 7
    assert rows.loc["Q1b", "without_one_low"] == pytest.approx(alone.min(), rel=1e-9)
    assert rows.loc["Q1b", "without_one_high"] == pytest.approx(alone.max(), rel=1e-9)
    assert rows.loc[["Q1f", "Q4c.scarring"], ["without_one_low", "without_one_high"]].isna().all(axis=None)


def test_shares_of_paths_are_those_of_the_multiverse(rows, whole_review):
    for key in ASKED:
        summary = ev.multiverse(whole_review, key).summary()
        distinct = summary.loc[summary["counted"] == "distinct paths"].iloc[0]
        assert rows.loc[key, "paths"] == distinct["paths"]
        assert rows.loc[key, "for_claim"] == pytest.approx(100 * distinct["share_claim"])
        assert (rows.loc[key, "lowest"], rows.loc[key, "highest"]) == (
            distinct["lowest"],
            distinct["highest"],
        )


def test_the_estimate_is_the_answer(rows, whole_answers):
    for key in ("Q1b", "Q1f"):
        assert rows.loc[key, "estimate"] == pytest.approx(whole_answers[key].result.estimate, rel=1e-9)
    assert rows.loc["Q4c.scarring", "estimate"] == 0.0


def test_what_moves_an_answer_of_two_studies_most(rows):
    """Q1f: two studies far apart; only the weights they get, by the model, move their mean."""
    assert rows.loc["Q1f", "moves_most"] == "between-study variance"
    assert rows.loc["Q1f", "explains"] > 95


def test_small_study_effects_need_ten_studies(rows):
    assert rows["small_study_test"].tolist() == [f"not made: {k} studies, 10 needed" for k in (7, 2, 2)]


def test_all_questions_with_two_studies_are_asked_by_default(whole_review, monkeypatch):
    from evidence.robustness import overview

    asked = []
    monkeypatch.setattr(overview, "_row", lambda _, question: asked.append(question.id) or {})
    told = []
    ev.robustness_overview(whole_review, progress=lambda *step: told.append(step))
    with_effects = [q for q in whole_review.all_questions() if q.kind in overview.KINDS]
    studies = {q.id: set(whole_review.effects(q.id).included["study_id"]) for q in with_effects}
    assert asked == [key for key, found in studies.items() if len(found) > 1]
    assert "Q1a" not in asked  # both of its rows are sides of the same faces
    assert told == [(key, done, len(asked)) for done, key in enumerate(asked)]


def test_a_question_without_effects_is_refused(whole_review):
    with pytest.raises(OptionError, match="network"):
        ev.robustness_overview(whole_review, ["Q1n"])
    assert np.isfinite(whole_review.effects("Q1b").yi).all()
