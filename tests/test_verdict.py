"""Verdicts: every rule driven both ways, evidence weighed by hand, and the claims of the article."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evidence.certainty.bearing import answer_items, items
from evidence.certainty.item import Item
from evidence.certainty.verdict import Judge, verdict, verdicts
from evidence.certainty.weigh import Weighed, joined, weighed_facts
from evidence.errors import OptionError
from evidence.tables.found import CONTROLLED, OPINION, RANDOMISED, REVIEW, SHAM, UNCONTROLLED


@pytest.fixture(scope="module")
def all_answers(whole_answers):
    return whole_answers


@pytest.fixture(scope="module")
def found(whole_verdicts):
    return whole_verdicts


BEST = {
    "measured": "yes",
    "direction": "for",
    "studies": "two_or_more",
    "trials": "two_or_more",
    "certainty": "moderate",
    "counterweight": "no",
    "word": "holds",
}


def fired(review, **changes) -> tuple[str, str]:
    """Return the rule that fires, and its verdict, on facts made up by hand."""
    rule = Judge(review, {}).rules.decide(BEST | changes)
    return rule["rule_id"], rule["verdict"]


CASES = [
    ("not_measured", "not_answerable", {"measured": "no"}, {}),
    ("against", "contradicted", {"direction": "against"}, {"direction": "unclear"}),
    ("counter_example", "contradicted", {"word": "disproved"}, {"word": "fails"}),
    ("word_fails", "overstated", {"word": "fails"}, {"word": "holds"}),
    ("word_fails", "overstated", {"word": "fails", "direction": "agrees"}, {"direction": "agrees"}),
    ("two_sham_trials", "supported", {}, {"trials": "one"}),
    ("two_sham_trials", "supported", {"certainty": "high"}, {"certainty": "low"}),
    ("two_sham_trials", "supported", {"word": "none"}, {"counterweight": "yes"}),
    ("weaker_designs", "supported_with_reservations", {"trials": "none"}, {"direction": "unclear"}),
    ("weaker_designs", "supported_with_reservations", {"certainty": "very_low"}, {}),
    ("equal_weight", "uncertain", {"counterweight": "yes"}, {"counterweight": "no"}),
    ("equal_weight", "uncertain", {"counterweight": "yes", "direction": "both"}, {"direction": "both"}),
    ("one_study", "uncertain", {"studies": "one", "trials": "one"}, {"trials": "one"}),
    ("untested", "uncertain", {"direction": "agrees"}, {"direction": "for"}),
    ("no_effect_inside", "uncertain", {"direction": "unclear"}, {"direction": "none"}),
    ("no_number", "uncertain", {"direction": "none"}, {"direction": "unclear"}),
]


@pytest.mark.parametrize(("rule", "expected", "on", "off"), CASES)
def test_each_rule_fires_and_does_not(review, rule, expected, on, off):
    assert fired(review, **on) == (rule, expected)
    assert fired(review, **off)[0] != rule


def test_every_rule_is_driven_above(review):
    assert {case[0] for case in CASES} == set(review.verdict_rules["rule_id"])


def item(side="for", *, source="a", tested=False, kind=UNCONTROLLED, measured=True, **more) -> Item:
    more = {"studies": 1, "people": 20.0, "words": source} | more
    return Item(source, side, tested, measured, kind, **more)


def test_one_study_counts_once():
    facts = weighed_facts([item(), item(), item(tested=True)], "low")
    assert facts["studies"] == "one"


def test_a_pooled_answer_counts_its_studies():
    facts = weighed_facts([item(tested=True, studies=7, question_id="Q", source="pooled")], "low")
    assert facts["studies"] == "two_or_more"


@pytest.mark.parametrize(
    ("evidence", "direction"),
    [
        ([], "none"),
        ([item("neither")], "none"),
        ([item()], "unclear"),
        ([item(), item(source="b")], "agrees"),
        ([item(), item(source="b"), item("against", source="c")], "unclear"),
        ([item(tested=True)], "for"),
        ([item(tested=True), item("against", source="b")], "for"),
        ([item("against", tested=True), item(source="b")], "against"),
        ([item(tested=True), item("against", source="b", tested=True)], "both"),
        # A pooled answer whose interval includes no effect is not overruled by directions that agree.
        ([item(studies=3, question_id="Q"), item(source="b")], "unclear"),
        # What is stated, reviewed, or measured in other people does not decide.
        ([item(tested=True, measured=False)], "none"),
        ([item(tested=True, kind=OPINION)], "none"),
        ([item(tested=True, kind=REVIEW)], "none"),
        ([item(tested=True, direct=False)], "none"),
    ],
)
def test_direction(evidence, direction):
    assert weighed_facts(evidence, "low")["direction"] == direction


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ([item(tested=True)], "no"),
        ([item(tested=True), item("against", source="b")], "yes"),
        ([item(tested=True), item(source="c"), item("against", source="b")], "no"),
        # A better kind of evidence decides alone.
        ([item(tested=True, kind=SHAM), item("against", source="b"), item("against", source="c")], "no"),
        ([item(tested=True), item(source="c"), item("against", source="b", kind=RANDOMISED)], "yes"),
        ([item("against", tested=True), item(source="b")], "yes"),
    ],
)
def test_counterweight(evidence, expected):
    assert weighed_facts(evidence, "low")["counterweight"] == expected


def test_measured_is_more_than_stated():
    assert weighed_facts([item(measured=False)], "low")["measured"] == "no"
    assert weighed_facts([item(measured=False), item("neither")], "low")["measured"] == "yes"


def test_trials_are_those_against_no_treatment_or_sham():
    evidence = [item(kind=SHAM), item(kind=SHAM, source="b"), item(kind=RANDOMISED, source="c")]
    assert weighed_facts(evidence, "low")["trials"] == "two_or_more"
    assert weighed_facts(evidence[1:], "low")["trials"] == "one"
    assert weighed_facts([item(kind=CONTROLLED)], "low")["trials"] == "none"
    pooled = item(kind=SHAM, source="pooled answer to Q", question_id="Q", studies=3)
    assert weighed_facts([pooled], "low")["trials"] == "two_or_more"
    on_the_other_side = [item("against", kind=SHAM), item("against", kind=SHAM, source="b"), item(source="c")]
    assert weighed_facts([*on_the_other_side, item(tested=True, source="d")], "low")["trials"] == "none"


def test_a_claim_stands_as_far_as_its_weakest_part():
    strong = BEST | {"word": "none"}
    assert joined([strong, strong]) == strong
    weak = strong | {"direction": "agrees", "studies": "one", "certainty": "very_low"}
    assert joined([strong, weak]) == strong | {
        "direction": "agrees",
        "studies": "one",
        "certainty": "very_low",
    }
    assert joined([strong, strong | {"direction": "against"}])["direction"] == "against"
    unmeasured = strong | {"measured": "no", "direction": "none", "certainty": "not_rated"}
    assert joined([strong, unmeasured])["direction"] == "unclear"
    assert joined([strong, unmeasured])["measured"] == "yes"
    assert joined([unmeasured, unmeasured])["measured"] == "no"


def test_the_claims_of_the_article(found):
    assert {each.id: each.verdict for each in found.of("claim")} == {
        "C1": "supported_with_reservations",
        "C2": "overstated",
        "C3": "overstated",
        "C4": "overstated",
        "C5": "overstated",
        "C6": "uncertain",
        "C7": "not_answerable",
        "C8": "uncertain",
        "C9": "supported_with_reservations",
        "C10": "not_answerable",
    }


def test_the_counter_evidence_is_found_in_the_rows(found):
    """The series in darker skin prints five dark marks and two tram-track scars, of 30 or 36 people."""
    assert "PMID 25196684" in found["C4"].against
    assert "skin types IV-V" in found["C4"].against
    assert "elastin: FALL" in found["C2"].against
    assert "icepick" in found["C5"].against
    assert "35 of 35" in found["C3"].against


def changed(review, table, where, **cells):
    """Return the review with cells of the rows of a table changed."""
    frame = getattr(review, table).copy()
    chosen = frame.query(where).index
    assert len(chosen)
    for name, value in cells.items():
        frame.loc[chosen, name] = value
    return replace(review, **{table: frame})


def judged(review, answers_of, key):
    return verdicts(review, answers_of)[key]


def test_safe_for_all_stands_or_falls_with_the_series_in_darker_skin(review, all_answers):
    """Without the skin type there is no counter-example; with a stated denominator it disproves."""
    study = "study_id == 'pmid25196684'"
    evidence = changed(review, "claims_evidence", "part_id == 'C4.all'", bearing="neither")
    unknown = changed(evidence, "studies", study, fitzpatrick=None)
    assert judged(unknown, all_answers, "C4").verdict == "supported_with_reservations"
    stated = changed(review, "outcomes", f"{study} and outcome == 'ae_pih'", events=5.0, total=30.0)
    assert judged(stated, all_answers, "C4").verdict == "contradicted"
    assert "5 people (of 30" in judged(stated, all_answers, "C4").against


def test_lighter_skin_is_no_counter_example(review, all_answers):
    evidence = changed(review, "claims_evidence", "part_id == 'C4.all'", bearing="neither")
    mixed = changed(evidence, "studies", "study_id == 'pmid25196684'", fitzpatrick="II-V")
    assert judged(mixed, all_answers, "C4").facts["word"] == "holds"


def test_elastin_falls_with_its_row(review, all_answers):
    without = changed(review, "claims_evidence", "evidence_id in ['E022', 'E167']", bearing="neither")
    assert judged(without, all_answers, "C2").verdict == "supported_with_reservations"


def test_all_types_stands_on_the_least_improved_type(review, all_answers):
    rows = review.outcomes["subgroup"].fillna("").str.startswith("scar type")
    even = review.outcomes.copy()
    even.loc[rows & even["change_pct"].notna(), "change_pct"] = 40.0
    evidence = changed(review, "claims_evidence", "evidence_id == 'E220'", bearing="neither")
    assert judged(replace(evidence, outcomes=even), all_answers, "C5").facts["word"] == "holds"


def test_two_sham_trials_with_moderate_certainty_would_support_the_first_claim(review, all_answers):
    """The judge is given what no trial has shown, to see that it can say yes."""
    judge = Judge(review, all_answers)
    facts = BEST | {"word": "none"}
    said = judge._verdict("claim", "C1", "C1", "it works", facts, [item(words="shown")], "it works", "")
    assert (said.verdict, said.wording) == ("supported", "Probably it works: shown.")


def test_directions_without_a_number_weigh_against_one_study(found):
    """One study favours microneedling over laser; four reports without a number favour laser."""
    assert found["Q1g"].rule_id == "equal_weight"
    assert "4 reports without a usable number" in found["Q1g"].against


def test_questions_without_a_side_have_no_verdict(found):
    ids = {each.id for each in found.of("question")}
    assert "Q1b" in ids
    assert not {"Q1d", "Q7"} & ids


def test_reports_without_a_number_are_not_called_unmeasured(found):
    assert found["Q1h.peel_added"].verdict == "uncertain"
    assert "8 reports found, none with a usable number" in found["Q1h.peel_added"].wording


def test_answers_become_items(review, all_answers):
    pooled = next(answer_items(review, all_answers["Q1b"]))
    assert (pooled.side, pooled.tested, pooled.studies, pooled.kind) == ("for", True, 7, UNCONTROLLED)
    sham = next(answer_items(review, all_answers["Q1a"]))
    assert (sham.source, sham.side, sham.tested, sham.kind) == ("alam2014", "for", True, SHAM)
    rare = next(answer_items(review, all_answers["Q4a"]))
    assert (rare.side, rare.tested) == ("for", True)  # at most 3.7 %, below the benchmark of 10 %
    redness = next(answer_items(review, all_answers["Q3a"]))
    assert (redness.side, redness.tested) == ("against", True)
    shown = list(answer_items(review, all_answers["Q1h"]))
    assert [each.side for each in shown] == ["for", "against", "for"]  # OR 2.36, 0.44, 1.20
    assert not any(each.tested for each in shown)


def test_only_rows_about_needling_bear_on_a_claim(review, all_answers):
    part = review.claim_parts.set_index("part_id", drop=False).loc["C4.safe"].to_dict()
    doubtful = changed(review, "claims_evidence", "evidence_id == 'E005'", caution="wrong_population")
    before, after = (items(each, part, all_answers) for each in (review, doubtful))
    assert len(before) == len(after) + 1


def test_every_fact_has_a_value_that_the_codes_know(review, found):
    known = review.codes.groupby("vocabulary")["code"].agg(set).to_dict()
    for each in found:
        for name, value in each.facts.items():
            assert value in known[f"fact_{name}"]


def test_wording_follows_grade(found):
    assert "but the evidence is very uncertain" in found["C1"].wording
    assert found["C7"].wording.startswith("No trial measured whether")
    assert "guideline, regulator or opinion" in found["C7"].wording
    assert "price pages (10 rows)" in found["C10"].wording


def test_an_unknown_verdict_is_named(review, found):
    with pytest.raises(OptionError, match="Did you mean 'C4'"):
        found["C44"]
    with pytest.raises(OptionError, match="verdict on='Q1d'"):
        verdict(review, "Q1d")


@pytest.mark.parametrize("key", ["C4", "C4.all", "Q1g"])
def test_one_verdict_is_that_of_the_whole(review, found, key):
    assert verdict(review, key) == found[key]
    assert found[key].summary().set_index("aspect").loc["verdict", key] == found[key].verdict_label


def test_verdicts_go_into_tables_and_json(found):
    import json

    table = found.summary()
    assert len(table) == len(found.all)
    assert {"kind", "id", "verdict", "certainty", "rule_id", "wording", "against"} <= set(table.columns)
    assert json.loads(json.dumps(found.to_dict()))[0]["facts"]["measured"] == "yes"


def weighed(review, part_id, evidence, *, certainty="very_low", role=None):
    part = review.claim_parts.set_index("part_id", drop=False).to_dict("index")[part_id]
    part |= {"role": role or part["role"]}
    return Weighed(part, evidence, weighed_facts(evidence, certainty))


def test_what_stands_against_a_claim_comes_from_the_rule_that_fires(review):
    claim = review.claims.set_index("claim_id", drop=False).to_dict("index")["C4"]
    against_word = item("against", source="word", words="against the word", people=500.0)
    word = weighed(review, "C4.all", [against_word])
    assert word.fails == "fails"
    judge = Judge(review, {})
    holds = weighed(review, "C4.safe", [item(tested=True), item(source="b")], role="core")
    found = judge.claim(claim, [holds, word])
    assert (found.rule_id, found.against) == ("word_fails", "against the word")
    # Where the core itself is outweighed, a word that fails as well is not what decides.
    against_core = item("against", source="core", words="against the core")
    outweighed = weighed(review, "C4.safe", [item(), against_core], role="core")
    found = judge.claim(claim, [outweighed, word])
    assert (found.rule_id, found.against) == ("equal_weight", "against the core")
