"""Risk of bias: the published algorithms rule by rule, facts, persons, and want of information."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pandas as pd
import pytest

from evidence.certainty.risk_of_bias import risk_of_bias, weights_of
from evidence.certainty.rob_tools import SEVERITY, Tools
from evidence.certainty.study_facts import StudyFacts, followed, skin
from evidence.errors import InputError, OptionError
from evidence.synthesis.answer import answer


@pytest.fixture(scope="module")
def tools(review):
    return Tools(review)


def judged(tools, tool, domain, **answers):
    """Return the judgement for answers given as s1_1="Y"; all other questions of the domain are NI."""
    given = {key.removeprefix("s").replace("_", "."): value for key, value in answers.items()}
    rows = tools._questions[tool]
    signals = rows.loc[rows["domain"] == domain, "signal"]
    assert set(given) <= set(signals)
    full = {signal: {"answer": given.get(signal, "NI"), "basis": "person"} for signal in signals}
    return tools._judged(tool, domain, full)[0]


# Expected values: the algorithms of RoB 2 in its full guidance of 22 August 2019 (Sterne et al. 2019).
@pytest.mark.parametrize(
    ("domain", "answers", "expected"),
    [
        ("D1", {"s1_1": "Y", "s1_2": "Y", "s1_3": "N"}, "low"),
        ("D1", {"s1_1": "NI", "s1_2": "PY", "s1_3": "NI"}, "low"),
        ("D1", {"s1_1": "Y", "s1_2": "Y", "s1_3": "Y"}, "some_concerns"),
        ("D1", {"s1_1": "N", "s1_2": "Y", "s1_3": "N"}, "some_concerns"),
        ("D1", {"s1_1": "Y", "s1_2": "NI", "s1_3": "N"}, "some_concerns"),
        ("D1", {"s1_1": "Y", "s1_2": "NI", "s1_3": "PY"}, "high"),
        ("D1", {"s1_1": "Y", "s1_2": "N", "s1_3": "N"}, "high"),
        ("D2", {"s2_1": "N", "s2_2": "PN", "s2_6": "Y"}, "low"),
        ("D2", {"s2_1": "Y", "s2_2": "Y", "s2_3": "N", "s2_6": "Y"}, "low"),
        ("D2", {"s2_1": "Y", "s2_2": "Y", "s2_3": "NI", "s2_6": "Y"}, "some_concerns"),
        ("D2", {"s2_1": "Y", "s2_3": "Y", "s2_4": "N", "s2_6": "Y"}, "some_concerns"),
        ("D2", {"s2_1": "Y", "s2_3": "Y", "s2_4": "Y", "s2_5": "Y", "s2_6": "Y"}, "some_concerns"),
        ("D2", {"s2_1": "Y", "s2_3": "Y", "s2_4": "Y", "s2_5": "N", "s2_6": "Y"}, "high"),
        ("D2", {"s2_1": "N", "s2_2": "N", "s2_6": "N", "s2_7": "N"}, "some_concerns"),
        ("D2", {"s2_1": "N", "s2_2": "N", "s2_6": "N", "s2_7": "NI"}, "high"),
        ("D3", {"s3_1": "Y"}, "low"),
        ("D3", {"s3_1": "N", "s3_2": "Y"}, "low"),
        ("D3", {"s3_1": "N", "s3_2": "N", "s3_3": "N"}, "low"),
        ("D3", {"s3_1": "N", "s3_2": "N", "s3_3": "Y", "s3_4": "PN"}, "some_concerns"),
        ("D3", {"s3_1": "NI", "s3_2": "N", "s3_3": "NI", "s3_4": "NI"}, "high"),
        ("D4", {"s4_1": "Y"}, "high"),
        ("D4", {"s4_1": "N", "s4_2": "Y"}, "high"),
        ("D4", {"s4_1": "N", "s4_2": "N", "s4_3": "N"}, "low"),
        ("D4", {"s4_1": "N", "s4_2": "NI", "s4_3": "N"}, "some_concerns"),
        ("D4", {"s4_1": "N", "s4_2": "N", "s4_3": "Y", "s4_4": "N"}, "low"),
        ("D4", {"s4_1": "N", "s4_2": "NI", "s4_3": "Y", "s4_4": "N"}, "some_concerns"),
        ("D4", {"s4_1": "N", "s4_2": "N", "s4_3": "Y", "s4_4": "Y", "s4_5": "N"}, "some_concerns"),
        ("D4", {"s4_1": "N", "s4_2": "N", "s4_3": "NI", "s4_4": "NI", "s4_5": "NI"}, "high"),
        ("D5", {"s5_1": "Y", "s5_2": "N", "s5_3": "N"}, "low"),
        ("D5", {"s5_1": "NI", "s5_2": "N", "s5_3": "N"}, "some_concerns"),
        ("D5", {"s5_1": "Y", "s5_2": "NI", "s5_3": "N"}, "some_concerns"),
        ("D5", {"s5_1": "Y", "s5_2": "N", "s5_3": "PY"}, "high"),
    ],
)
def test_rob2_follows_its_published_algorithm(tools, domain, answers, expected):
    assert judged(tools, "rob2", domain, **answers) == expected
    assert judged(tools, "rob2_sides", domain, **answers) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"sS_1": "Y"}, "high"),
        ({"sS_1": "N", "sS_2": "Y"}, "low"),
        ({"sS_1": "N", "sS_2": "N"}, "some_concerns"),
    ],
)
def test_sides_of_one_face(tools, answers, expected):
    assert judged(tools, "rob2_sides", "DS", **answers) == expected


@pytest.mark.parametrize(
    ("domain", "answers", "expected"),
    [
        ("D1", {"s1_1": "N"}, "low"),
        ("D1", {"s1_1": "Y", "s1_4": "Y"}, "moderate"),
        ("D1", {"s1_1": "Y"}, "serious"),
        ("D2", {"s2_1": "N", "s2_4": "Y"}, "low"),
        ("D2", {"s2_1": "N", "s2_4": "N"}, "moderate"),
        ("D2", {"s2_1": "Y"}, "serious"),
        ("D2", {}, "no_information"),
        ("D5", {"s5_1": "Y"}, "low"),
        ("D5", {"s5_1": "N", "s5_4": "Y"}, "moderate"),
        ("D5", {"s5_1": "N"}, "serious"),
        ("D6", {"s6_1": "N"}, "low"),
        ("D6", {"s6_1": "Y", "s6_2": "N"}, "low"),
        ("D6", {"s6_1": "Y", "s6_2": "Y"}, "serious"),
        ("D7", {"s7_1": "Y"}, "serious"),
        ("D7", {"s7_1": "N", "s7_2": "N"}, "moderate"),
        ("D7", {"s7_1": "N", "s7_2": "N", "s7_4": "Y"}, "low"),
    ],
)
def test_robins_i(tools, domain, answers, expected):
    assert judged(tools, "robins_i", domain, **answers) == expected


@pytest.mark.parametrize(
    ("domain", "answers", "expected"),
    [
        ("D0", {"s0_1": "Y"}, "high"),
        ("D0", {"s0_1": "N"}, "low"),
        ("D2", {"s2_2": "N", "s2_3": "Y"}, "high"),
        ("D2", {"s2_2": "N", "s2_3": "N", "s2_1": "Y"}, "low"),
        ("D2", {}, "some_concerns"),
        ("D3", {"s3_1": "N"}, "high"),
        ("D4", {"s4_2": "N"}, "high"),
        ("D4", {"s4_1": "Y", "s4_2": "Y"}, "low"),
        ("DA", {"sA_1": "N", "sA_2": "Y"}, "high"),
        ("DA", {"sA_1": "Y", "sA_2": "N"}, "some_concerns"),
        ("DA", {"sA_1": "N", "sA_2": "N"}, "low"),
    ],
)
def test_before_after_checklist(tools, domain, answers, expected):
    assert judged(tools, "before_after", domain, **answers) == expected


RANDOMISED = {"1.1": "Y", "1.2": "Y", "1.3": "N", "2.1": "N", "2.2": "N", "2.3": "N", "2.4": "N", "2.5": "Y"}
RANDOMISED |= {"2.6": "Y", "2.7": "N", "3.1": "Y", "3.2": "Y", "3.3": "N", "3.4": "N", "4.1": "N", "4.2": "N"}
RANDOMISED |= {"4.3": "N", "4.4": "N", "4.5": "N", "5.1": "Y", "5.2": "N", "5.3": "N", "A.1": "N", "A.2": "N"}
OBSERVED = {"1.1": "N", "1.4": "Y", "2.1": "N", "2.4": "Y", "3.1": "Y", "4.1": "N", "4.2": "N", "5.1": "Y"}
OBSERVED |= {"5.4": "Y", "6.1": "N", "6.2": "N", "7.1": "N", "7.2": "N", "7.4": "Y", "A.1": "N", "A.2": "N"}
BEFORE_AFTER = {
    "0.1": "N",
    "1.1": "Y",
    "1.2": "Y",
    "2.1": "Y",
    "2.2": "Y",
    "2.3": "N",
    "3.1": "Y",
    "4.1": "Y",
}
BEFORE_AFTER |= {"4.2": "Y", "A.1": "N", "A.2": "N"}
# The answer to each signalling question that speaks for low risk, read off the wording of each tool.
GOOD_END = {
    "rob2": RANDOMISED,
    "rob2_sides": RANDOMISED | {"S.1": "N", "S.2": "Y"},
    "robins_i": OBSERVED,
    "before_after": BEFORE_AFTER,
}
# ROBINS-I judges deviations and missing data it knows nothing of as "no information", not as the worse of the
# two: a bad answer to these can be mended by what the next question finds, want of an answer cannot.
NOT_BETWEEN = {("robins_i", "4.1"), ("robins_i", "5.1")}


@pytest.mark.parametrize("tool", GOOD_END)
def test_a_better_answer_never_makes_a_judgement_worse(tools, tool):
    """Every question of every domain, under every combination of yes, no and no information elsewhere."""
    rows, good_end = tools._questions[tool], GOOD_END[tool]
    assert set(rows["signal"]) == set(good_end)
    not_between = set()
    for domain, signals in rows.groupby("domain", sort=False)["signal"].agg(list).items():
        for answers in itertools.product(("Y", "N", "NI"), repeat=len(signals)):
            given = dict(zip(signals, answers, strict=True))
            for signal in (each for each in signals if given[each] == "NI"):
                ends = (good_end[signal], "NI", "N" if good_end[signal] == "Y" else "Y")
                good, unknown, bad = (
                    SEVERITY.index(tools._rules[tool, domain].decide(given | {signal: end})["judgement"])
                    for end in ends
                )
                assert good <= bad, (domain, signal, given)
                if not good <= unknown <= bad:
                    not_between.add((tool, signal))
    assert not_between == {each for each in NOT_BETWEEN if each[0] == tool}


def test_facts_of_the_sham_trial(review):
    """20 enrolled, 15 analysed, raters blinded, randomised by side, no registration recorded."""
    facts = StudyFacts(review).of("alam2014", ["gb_quantitative"])
    assert facts["randomised"] == "yes"
    assert facts["assessor"] == "blinded"
    assert facts["followed"] == "lost"
    assert facts["split_face"] == "yes"
    assert facts["registered"] == "no"
    assert facts["visits"] == "several"
    assert facts["by_eye"] == "yes"


def test_a_measure_under_the_microscope_is_not_by_eye(review):
    assert StudyFacts(review).of("fabbrocini2015", ["histology_collagen"])["by_eye"] == "no"


@pytest.mark.parametrize(
    ("enrolled", "analysed", "expected"),
    [(100, 100, "all"), (100, 95, "most"), (100, 94, "some"), (100, 80, "some"), (100, 79, "lost")],
)
def test_followed(enrolled, analysed, expected):
    assert followed(enrolled, analysed) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IV-VI", "dark"),
        ("V", "dark"),
        ("I-VI", "mixed"),
        ("III-V (27 type IV)", "mixed"),
        ("II-III", "light"),
    ],
)
def test_skin(text, expected):
    assert skin(text) == expected


def test_all_facts_have_values_that_the_codes_know(review):
    known = review.codes.groupby("vocabulary")["code"].agg(set).to_dict()
    facts = StudyFacts(review)
    for study_id in review.studies["study_id"]:
        for name, value in facts.of(study_id).items():
            assert value in known[f"fact_{name}"], (study_id, name, value)


def test_answers_say_what_they_rest_on(review):
    rows = risk_of_bias(review, "Q1a").answers.set_index("signal")
    assert rows.loc["2.2", ["answer", "basis"]].tolist() == ["PY", "facts"]
    assert rows.loc["2.2", "reason"] == "were the raters blinded?: blinded"
    assert rows.loc["1.1", ["answer", "basis", "reason"]].tolist() == [
        "NI",
        "no information",
        "not in what was read",
    ]
    assert rows.loc["3.1", "answer"] == "N"  # 15 of 20


def test_a_person_overrules_a_fact(review):
    row = {
        "study_id": "alam2014",
        "tool": "before_after",
        "signal": "2.2",
        "answer": "N",
        "reason": "full text",
    }
    person = pd.DataFrame([row | {"role": "reviewer", "date": "2026-01-01", "source": "https://x"}])
    overruled = risk_of_bias(replace(review, risk_of_bias=person), "Q1a").answers.set_index("signal")
    assert overruled.loc["2.2", ["answer", "basis", "reason"]].tolist() == [
        "N",
        "person",
        "full text (reviewer, 2026-01-01)",
    ]


def test_what_nobody_printed_is_told_from_what_is_known(review):
    rows = risk_of_bias(review, "Q1h.peel").judgements.set_index("domain")
    # Randomised, raters not said: high by the algorithm, but a printed answer could make it better.
    assert rows.loc["D4", ["judgement", "basis"]].tolist() == ["high", "no information"]
    lost = risk_of_bias(review, "Q1a").judgements.set_index("domain")
    assert lost.loc["D3", ["judgement", "basis"]].tolist() == ["high", "facts"]


def test_overall_is_the_worst_domain(review):
    for _, rows in risk_of_bias(review).judgements.groupby("study_id"):
        *domains, overall = rows["judgement"]
        assert rows["domain"].iloc[-1] == "overall"
        assert overall == max(domains, key=SEVERITY.index)


def test_every_eligible_study_is_judged(review):
    from evidence.tables.flow import flow

    assert risk_of_bias(review).judgements["study_id"].nunique() == flow(review).eligible


def test_weights_are_those_of_the_meta_analysis(review):
    found = answer(review, "Q1b")
    rows = risk_of_bias(review, "Q1b", found=found).judgements
    assert rows.groupby("study_id")["weight"].first().sum() == pytest.approx(100)
    by_study = dict(zip(found.effects.included["study_id"], found.result.weights, strict=True))
    assert weights_of(found) == pytest.approx(by_study)


def test_share_at_risk(review):
    rob = risk_of_bias(review, "Q1b")
    assert rob.at_risk() == pytest.approx((100, 0))  # no arm has a control group, and that is known
    open_study = rob.judgements.query("domain == 'D2' and judgement == 'high'")
    assert rob.at_risk(count_start=False)[0] == pytest.approx(open_study["weight"].sum())
    with pytest.raises(InputError, match="No weights here"):
        risk_of_bias(review).at_risk()


def test_domains_come_from_the_tables(review):
    """A domain that is added in the tables is judged, without a change of code."""
    question = {"tool": "rob2", "domain": "DX", "domain_label": "Funding", "in_start": "no", "signal": "X.1"}
    questions = pd.concat(
        [review.rob_questions, pd.DataFrame([question | {"wording": "Did the maker pay?", "fact": None}])]
    )
    rules = pd.concat(
        [
            review.rob_rules,
            pd.DataFrame(
                [{"tool": "rob2", "domain": "DX", "order": 1.0, "when": None, "judgement": "critical"}]
            ),
        ]
    )
    rows = risk_of_bias(replace(review, rob_questions=questions, rob_rules=rules), "Q1h.peel").judgements
    assert rows.set_index("domain").loc["DX", "judgement_label"] == "critical"
    assert rows.set_index("domain").loc["overall", "judgement"] == "critical"


def test_results_go_into_tables_and_json(review):
    import json

    rob = risk_of_bias(review, "Q1i.plasma")
    wide = rob.summary()
    assert wide["overall"].tolist() == ["high", "high"]
    assert {"D1", "DS", "D5"} <= set(wide.columns)
    assert json.loads(json.dumps(rob.to_dict()))["judgements"][0]["tool"] == "rob2_sides"
    assert "<table" in rob._repr_html_()


def test_descriptions_have_no_risk_of_bias(review):
    with pytest.raises(OptionError, match="Q7 is a description"):
        risk_of_bias(review, "Q7")
