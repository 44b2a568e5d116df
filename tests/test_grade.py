"""Each step of the certainty rating, driven both ways by evidence made up for the purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evidence.certainty.grade import Certainty, grade
from evidence.certainty.reading import reading
from evidence.effects.effects import Effects
from evidence.errors import OptionError
from evidence.synthesis.answer import PRIMARY, Answer, share_of
from evidence.synthesis.pool import pool

# Randomised comparisons that stand in the tables; their numbers here are made up.
RANDOMISED = ["alam2014", "wang2018", "ishfaq2022", "jptcp4222", "lan2020", "uj_mnrf_mprf60", "pmid21269351"]
OTHERS = ["mps587", "jpad1480", "asif2016"]


def invented(review, yi, vi, *, ids=None, n=100.0, question="Q1e", silent=0, **changes) -> Answer:
    """Return an answer to a question from invented effects of studies that exist; `silent` ones have none."""
    asked = replace(review.question(question), **changes)
    known = review.studies.loc[
        (review.studies["retracted"] == "no") & (review.studies["population"] == "facial_acne_scars"),
        "study_id",
    ]
    ids = RANDOMISED[: len(yi)] if ids is None else list(ids)
    quiet = [key for key in known if key not in ids][:silent]
    design = review.studies.set_index("study_id")
    table = pd.DataFrame(
        {
            "study_id": ids + quiet,
            "label": ids + quiet,
            "yi": [*yi, *[np.nan] * silent],
            "vi": [*vi, *[np.nan] * silent],
            "n": n,
            "design": [design.loc[key, "design"] for key in ids + quiet],
            "randomised": [design.loc[key, "randomised"] for key in ids + quiet],
            "treatment": asked.treatment[0],
            "direction": "",
        }
    )
    scale = "log" if asked.measure in {"OR", "RR"} else "identity"
    effects = Effects(table, measure=asked.measure, scale=scale, title=asked.text, favours=asked.favours)
    result = pool(effects, **PRIMARY) if len(yi) > 1 and asked.model != "shown" else None
    return Answer(asked, effects, result)


def shares(review, xi, ni, *, question="Q4a") -> Answer:
    asked = review.question(question)
    table = pd.DataFrame({"xi": np.array(xi, float), "ni": np.array(ni, float)})
    table = table.assign(study_id=RANDOMISED[: len(xi)], label=RANDOMISED[: len(xi)], n=table["ni"])
    table = table.assign(yi=0.0, vi=1.0, design="single_arm", treatment="mn")
    effects = Effects(table, measure="PLO", scale="logit")
    return Answer(asked, effects, share_of(effects, asked.model))


def step(rating: Certainty, domain: str) -> int:
    return int(rating.steps.set_index("domain").loc[domain, "step"])


def rated(review, found: Answer) -> Certainty:
    return grade(review, found.question.id, found=found)


STEADY = {"yi": [1.0, 1.1, 0.9, 1.0], "vi": [0.02] * 4}


@pytest.mark.parametrize(
    ("question", "start"), [("Q1b", "very_low"), ("Q1d", "very_low"), ("Q4a", "low"), ("Q1e", "low")]
)
def test_the_start_follows_the_design(review, question, start):
    assert grade(review, question).start == start


def test_only_comparisons_that_are_all_randomised_start_high(review):
    assert rated(review, invented(review, **STEADY)).start == "high"
    assert rated(review, invented(review, **STEADY, ids=[*RANDOMISED[:3], OTHERS[0]])).start == "low"


def with_persons(review, ids, answers):
    """Return the review with every signalling question of RoB 2 answered by an invented person."""
    tools = {"rct_parallel": "rob2", "rct_split_face": "rob2_sides"}
    design = review.studies.set_index("study_id")["design"]
    rows = []
    for key in ids:
        tool = tools[design[key]]
        for signal in review.rob_questions.loc[review.rob_questions["tool"] == tool, "signal"]:
            row = {"study_id": key, "tool": tool, "signal": signal, "answer": answers[signal]}
            rows.append(
                row | {"reason": "made up", "role": "tester", "date": "2026-01-01", "source": "https://x"}
            )
    return replace(review, risk_of_bias=pd.DataFrame(rows))


GOOD = {f"1.{i}": "Y" for i in (1, 2)} | {"1.3": "N", "S.1": "N", "S.2": "Y"}
GOOD |= {"2.1": "N", "2.2": "N", "2.3": "N", "2.4": "N", "2.5": "Y", "2.6": "Y", "2.7": "N"}
GOOD |= {
    "3.1": "Y",
    "3.2": "Y",
    "3.3": "N",
    "3.4": "N",
    "4.1": "N",
    "4.2": "N",
    "4.3": "N",
    "4.4": "N",
    "4.5": "N",
}
GOOD |= {"5.1": "Y", "5.2": "N", "5.3": "N", "A.1": "N", "A.2": "N"}


def test_risk_of_bias_counts_by_weight(review):
    ids = RANDOMISED[:4]
    found = invented(review, **STEADY, ids=ids)
    assert step(rated(review, found), "risk_of_bias") == -1
    # Nothing is printed of most questions; a person who answers them well takes the step away.
    assert step(rated(with_persons(review, ids, GOOD), found), "risk_of_bias") == 0
    # Two of four equal weights known to be good: half is not more than half.
    assert step(rated(with_persons(review, ids[:2], GOOD), found), "risk_of_bias") == 0
    heavier = invented(review, yi=STEADY["yi"], vi=[0.02, 0.02, 0.019, 0.02], ids=ids)
    assert step(rated(with_persons(review, ids[:2], GOOD), heavier), "risk_of_bias") == -1


def test_inconsistency_by_the_prediction_interval(review):
    wide = invented(review, yi=[0.1, 0.5, 1.0, 1.5, 0.3, 0.9], vi=[0.02] * 6)
    held = reading(wide)
    assert (
        held.low > 0 > held.pi_low
    )  # the confidence interval excludes no effect, the prediction interval does not
    assert step(rated(review, wide), "inconsistency") == -1
    assert step(rated(review, invented(review, **STEADY)), "inconsistency") == 0


def test_inconsistency_by_opposite_directions(review):
    both = invented(review, yi=[1.0, -1.0, 0.8, -0.9], vi=[0.05] * 4)
    assert float(both.result.i2) > 50
    assert step(rated(review, both), "inconsistency") == -1
    mild = invented(review, yi=[0.1, -0.1, 0.05, -0.05], vi=[0.05] * 4)
    assert float(mild.result.i2) == 0
    assert step(rated(review, mild), "inconsistency") == 0
    one_side = invented(review, yi=[0.1, 2.0, 0.2, 1.9], vi=[0.02] * 4)
    assert float(one_side.result.i2) > 50
    assert reading(one_side).holds(0.0)
    assert step(rated(review, one_side), "inconsistency") == 0


def test_inconsistency_of_shares(review):
    assert step(rated(review, shares(review, [0, 1, 0, 1], [50] * 4)), "inconsistency") == 0
    # 4 of 200 in one group, 16 of 60 in another: groups differ more than the exact interval allows for.
    assert step(rated(review, shares(review, [4, 0, 16], [200, 200, 60])), "inconsistency") == -1
    # Without a benchmark: groups of nobody and of nearly everybody lie on both sides of one half.
    assert step(grade(review, "Q1d"), "inconsistency") == -1
    assert step(grade(review, "Q1d.undefined"), "inconsistency") == 0


def test_inconsistency_cannot_be_judged_without_pooling(review):
    assert step(grade(review, "Q1g"), "inconsistency") == 0
    assert "not to be judged" in grade(review, "Q1g").steps.set_index("domain").loc["inconsistency", "reason"]


def test_indirectness_follows_the_question(review):
    assert step(rated(review, invented(review, **STEADY)), "indirectness") == 0
    assert step(rated(review, invented(review, **STEADY, indirectness=("surrogate",))), "indirectness") == -1


@pytest.mark.parametrize(
    ("yi", "vi", "worthwhile", "expected"),
    [
        ([1.0, 1.1, 0.9, 1.0], 0.02, 0.5, 0),  # beyond no effect
        ([0.3, 0.2, 0.4, -0.1], 0.1, 0.5, -1),  # no effect and a worthwhile one inside
        ([0.0, 0.05, -0.05, 0.02], 0.001, 0.5, 0),  # no effect inside, a worthwhile one not
        ([0.0, 0.05, -0.05, 0.02], 0.001, None, -1),  # nobody says what is worthwhile
    ],
)
def test_imprecision_of_the_interval(review, yi, vi, worthwhile, expected):
    found = invented(review, yi=yi, vi=[vi] * 4, worthwhile=worthwhile)
    assert step(rated(review, found), "imprecision_interval") == expected


def test_imprecision_on_the_low_side(review):
    """For a harm the claim lies below: a ratio from 0.5 to 1.5 holds no effect and three quarters."""
    found = invented(review, yi=[np.log(0.9)] * 4, vi=[0.25] * 4, question="Q3b")
    assert step(rated(review, found), "imprecision_interval") == -1
    narrow = invented(review, yi=[np.log(1.01)] * 4, vi=[0.001] * 4, question="Q3b")
    assert step(rated(review, narrow), "imprecision_interval") == 0


def test_imprecision_where_studies_are_shown_only(review):
    assert step(grade(review, "Q1h"), "imprecision_interval") == -1


def test_imprecision_of_a_share(review):
    few, many = shares(review, [0], [10]), shares(review, [0], [100])  # exact upper limits 31 and 4 %
    assert step(rated(review, few), "imprecision_interval") == -1
    assert step(rated(review, many), "imprecision_interval") == 0
    assert step(grade(review, "Q1d"), "imprecision_interval") == 0


@pytest.mark.parametrize(("n", "expected"), [(99.75, -1), (100, 0)])
def test_enough_people_is_four_hundred(review, n, expected):
    ids = ["ishfaq2022", "jptcp4222", "pmid21269351", "rana2017"]  # groups, not sides: people add up
    found = invented(review, **STEADY, n=n, ids=ids)
    assert step(rated(review, found), "imprecision_size") == expected


@pytest.mark.parametrize(("events", "expected"), [(149, -1), (150, 0)])
def test_enough_events_is_three_hundred(review, events, expected):
    found = shares(review, [events, 150], [1000, 1000])
    assert step(rated(review, found), "imprecision_size") == expected


def test_events_of_both_arms_count(review):
    found = invented(review, yi=[0.5, 0.6], vi=[0.1] * 2, question="Q1h.peel")
    found.effects.table["events_1"], found.effects.table["events_2"] = 100.0, 50.0
    assert step(rated(review, found), "imprecision_size") == 0
    found.effects.table["events_2"] = 49.0
    assert step(rated(review, found), "imprecision_size") == -1


@pytest.mark.parametrize(("silent", "expected"), [(4, 0), (5, -1)])
def test_most_reports_without_a_number_is_more_than_half(review, silent, expected):
    found = invented(review, **STEADY, silent=silent)
    assert step(rated(review, found), "publication_bias") == expected


def test_asymmetry_is_tested_from_ten_studies(review):
    """By the size of the studies: the standard error of a standardised difference holds the difference."""
    people = np.linspace(15, 400, 12)
    vi = 4 / people
    ids = review.studies.loc[review.studies["randomised"] == "yes", "study_id"][:12]
    noise = 0.01 * np.random.default_rng(3).normal(size=12)
    skewed = invented(review, yi=list(0.1 + 2 * np.sqrt(vi) + noise), vi=list(vi), ids=ids, n=people)
    assert step(rated(review, skewed), "publication_bias") == -1
    even = invented(review, yi=list(0.5 + noise), vi=list(vi), ids=ids, n=people)
    assert step(rated(review, even), "publication_bias") == 0
    # Equal estimates with errors of their own: the standard error alone says nothing here.
    own = invented(review, yi=list(0.5 + 5 * noise), vi=list(0.02 + 5 * np.abs(noise)), ids=ids, n=people)
    assert "Egger on 1/sqrt(N)" in publication_bias(rated(review, own))
    alike = invented(review, yi=list(0.5 + noise), vi=list(vi), ids=ids, n=100.0)
    assert "no test of asymmetry suits these studies" in publication_bias(rated(review, alike))


def publication_bias(rating) -> str:
    return rating.steps.set_index("domain").loc["publication_bias", "reason"]


def rated_high(review):
    """Return a review and an answer to which no other step applies."""
    ids = ["ishfaq2022", "jptcp4222", "pmid21269351", "rana2017"]
    return with_persons(review, ids, GOOD), invented(review, **STEADY, ids=ids, n=200)


def test_abstracts_cannot_give_more_than_moderate(review):
    careful, found = rated_high(review)
    rating = rated(careful, found)
    assert (rating.certainty, step(rating, "abstracts_only")) == ("moderate", -1)
    read = careful.studies.copy()
    read.loc[read["study_id"] == "ishfaq2022", "source_level"] = "fulltext_excerpt"
    rating = rated(replace(careful, studies=read), found)
    assert (rating.certainty, step(rating, "abstracts_only")) == ("high", 0)
    # A lower rating is not capped further.
    assert step(rated(review, found), "abstracts_only") == 0


def override(review, domain, value):
    row = {"question_id": "Q1e", "domain": domain, "step": float(value), "reason": "seen in the full texts"}
    return replace(
        review, grade_overrides=pd.DataFrame([row | {"role": "methodologist", "date": "2026-01-02"}])
    )


def test_a_person_overrules_and_both_are_shown(review):
    careful, found = rated_high(review)
    rating = rated(override(careful, "indirectness", -2), found)
    row = rating.steps.set_index("domain").loc["indirectness"]
    assert (row["step"], row["computed_step"]) == (-2, 0)
    assert row["by"] == "methodologist, 2026-01-02"
    assert "seen in the full texts (computed: +0" in row["reason"]
    assert rating.certainty == "low"


def test_a_person_can_take_a_step_back_or_rate_up(review):
    weak = invented(review, **STEADY, silent=8)
    before = rated(review, weak)
    assert rated(override(review, "publication_bias", 0), weak).certainty != before.certainty
    up = rated(override(review, "rating_up", 2), weak)
    assert "rating_up" in set(up.summary()["domain"])


def test_the_level_stays_on_the_scale(review):
    careful, found = rated_high(review)
    assert rated(override(careful, "indirectness", -3), found).certainty == "very_low"
    assert rated(override(careful, "rating_up", 2), found).certainty == "moderate"  # still from abstracts


def test_what_has_no_number_is_not_rated(review):
    rating = grade(review, "Q1h.retinoid")
    assert rating.certainty == "not_rated"
    assert rating.steps.empty


def test_descriptions_are_not_rated(review):
    with pytest.raises(OptionError, match="Q7 is a description"):
        grade(review, "Q7")


def test_the_reasons_say_where_it_starts_and_each_step(review):
    said = grade(review, "Q1b").reasons()
    assert said.startswith("starts very low (a change before and after treatment, read as an effect)")
    assert "281 people (fewer than 400)" in said
    assert "publication bias (-1)" in said


def test_the_rating_goes_into_json(review):
    import json

    content = grade(review, "Q1b").to_dict()
    assert json.loads(json.dumps(content))["certainty"] == "very_low"
