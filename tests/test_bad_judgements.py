"""What is wrong in the tables of rules and judgements is named before anything is computed from it."""

from __future__ import annotations

import pandas as pd
import pytest

from copied_tables import problems
from evidence.tables.load import load_tables


def rewrite(folder, table, change):
    """Rewrite a table as text, after `change` has seen its frame."""
    frame = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
    frame = change(frame)
    frame.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")


def added(**cells):
    return lambda frame: pd.concat([frame, pd.DataFrame([cells])]).fillna("")


def with_cell(where, column, value):
    def change(frame):
        rows = frame.query(where).index
        assert len(rows)
        frame.loc[rows[0], column] = value
        return frame

    return change


PERSON = {"study_id": "alam2014", "tool": "rob2_sides", "signal": "1.1", "answer": "Y", "reason": "full text"}
PERSON |= {
    "role": "reviewer",
    "date": "2026-01-01",
    "source": "https://doi.org/10.1001/jamadermatol.2013.8687",
}
OVERRIDE = {
    "question_id": "Q1b",
    "domain": "indirectness",
    "step": "-1",
    "reason": "seen",
    "role": "reviewer",
}
OVERRIDE |= {"date": "2026-01-01"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"signal": "9.9"}, "column signal, value '9.9': rob2_sides has no such question; it has 1.1, 1.2"),
        ({"answer": "maybe"}, "'maybe' is not in the vocabulary rob_answer in codes.csv"),
        ({"tool": "rob3"}, "'rob3' is not in the rob_tools.csv. Did you mean 'rob2'?"),
        (
            {"tool": "rob2"},
            "column tool, value 'rob2': alam2014 is rct_split_face, which this tool is not for.",
        ),
        ({"reason": ""}, "column reason: this cell must be filled in."),
        ({"date": "1 January"}, "column date, value '1 January': write the day as YYYY-MM-DD."),
        ({"date": "2026-13-01"}, "write the day as YYYY-MM-DD."),
    ],
)
def test_answers_of_persons(folder, changes, expected):
    rewrite(folder, "risk_of_bias", added(**PERSON | changes))
    assert any(said.startswith("risk_of_bias.csv, row 5") and expected in said for said in problems(folder))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": ""}, "column reason: this cell must be filled in."),
        ({"role": ""}, "column role: this cell must be filled in."),
        ({"domain": "luck"}, "'luck' is not in the vocabulary grade_domain in codes.csv"),
        ({"question_id": "Q99"}, "'Q99' is not in the questions.csv"),
        ({"step": "-0.5"}, "a step is a whole number of levels, -1 for one down."),
        ({"step": ""}, "a step is a whole number of levels"),
        ({"step": "5"}, "the number must be at most 2."),
        ({"date": "yesterday"}, "write the day as YYYY-MM-DD."),
    ],
)
def test_overrides(folder, changes, expected):
    rewrite(folder, "grade_overrides", added(**OVERRIDE | changes))
    assert any(
        said.startswith("grade_overrides.csv, row 2") and expected in said for said in problems(folder)
    )


def test_sound_judgements_are_taken(folder):
    rewrite(folder, "risk_of_bias", added(**PERSON))
    rewrite(folder, "grade_overrides", added(**OVERRIDE))
    assert len(load_tables(folder).grade_overrides) == 1


RULE = {"rule_id": "mine", "order": "45", "when": "direction=for", "verdict": "uncertain", "because": "so"}
RULE |= {"wording": "So it is."}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"when": "sky=blue"}, "'sky' is none of measured, direction, studies"),
        ({"when": "direction=fro"}, "direction can be for, agrees, unclear, both, against, none, not 'fro'."),
        ({"when": "direction"}, "'direction' is not of the form name=value"),
        ({"when": "direction=for; direction=against"}, "'direction' stands twice in the condition"),
        ({"verdict": "true"}, "'true' is not in the vocabulary verdict in codes.csv"),
        ({"when": "measured=no"}, "this rule can never fire: the rules before it take every case"),
        ({"order": "20", "when": "direction=against"}, "this rule contradicts against (row 3)"),
        ({"wording": "{colour}"}, "{colour} cannot be filled in; known are part, estimate"),
        ({"wording": "{part"}, "the braces do not match"),
    ],
)
def test_rules_of_verdicts(folder, changes, expected):
    rewrite(folder, "verdict_rules", added(**RULE | changes))
    said = problems(folder)
    assert any(each.startswith("verdict_rules.csv, row 13") and expected in each for each in said), said


def test_a_case_without_a_rule(folder):
    rewrite(folder, "verdict_rules", lambda frame: frame[frame["rule_id"] != "no_number"])
    assert any(
        "no rule of verdict_rules.csv fits" in said and "direction=none" in said for said in problems(folder)
    )


def test_contradicting_rules_are_named_by_each_other(folder):
    rewrite(
        folder, "verdict_rules", added(**RULE | {"order": "50", "when": "studies=two_or_more; word=none"})
    )
    said = next(each for each in problems(folder) if "contradicts" in each)
    assert "one gives 'uncertain', the other 'supported_with_reservations'" in said


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("rob_rules", with_cell("tool == 'rob2'", "domain", "D9"), "rob2 has no such domain; it has D1"),
        ("rob_rules", with_cell("tool == 'rob2'", "when", "7.7=Y"), "'7.7' is none of 1.1, 1.2, 1.3"),
        (
            "rob_rules",
            with_cell("tool == 'rob2'", "when", "1.2=maybe"),
            "1.2 can be Y, PY, PN, N, NI, not 'maybe'.",
        ),
        ("rob_rules", with_cell("tool == 'rob2'", "judgement", "fine"), "'fine' is not in the vocabulary"),
        (
            "rob_questions",
            with_cell("signal == '1.1'", "answers", "yes=OK"),
            "yes can be Y, PY, PN, N, NI, not 'OK'",
        ),
        ("rob_questions", with_cell("signal == '1.1'", "answers", "si=Y"), "'si' is none of yes, no"),
        ("rob_questions", with_cell("signal == '1.1'", "answers", ""), "fact and answers belong together"),
        (
            "rob_tools",
            with_cell("tool == 'rob2'", "designs", "rct_split_face"),
            "is for rct_split_face in questions",
        ),
    ],
)
def test_tools_for_risk_of_bias(folder, table, change, expected):
    rewrite(folder, table, change)
    said = problems(folder)
    assert any(expected in each for each in said), said


def test_a_domain_without_rules(folder):
    rewrite(folder, "rob_rules", lambda frame: frame[(frame["tool"] != "rob2") | (frame["domain"] != "D3")])
    assert any("rob_rules.csv has no rule for this domain" in each for each in problems(folder))


@pytest.mark.parametrize(
    ("table", "change", "expected"),
    [
        ("claim_parts", with_cell("part_id == 'C1.core'", "questions", "Q4a"), "Q4a answers C4, not C1."),
        (
            "claim_parts",
            with_cell("part_id == 'C4.all'", "counter_when", "skin=blue"),
            "skin can be dark, mixed",
        ),
        ("claims_evidence", with_cell("evidence_id == 'E022'", "part_id", ""), "needs the part of the claim"),
        (
            "claims_evidence",
            with_cell("evidence_id == 'E022'", "part_id", "C1.core"),
            "this part belongs to C1",
        ),
        (
            "claims_evidence",
            with_cell("evidence_id == 'E022'", "bearing", "maybe"),
            "not in the vocabulary bearing",
        ),
        (
            "questions",
            with_cell("question_id == 'Q1e'", "comparator", "rf_bipolar"),
            "no study in arms.csv compares",
        ),
        (
            "claim_parts",
            with_cell("part_id == 'C1.core'", "questions", "Q1n"),
            "Q1n is a network, which has no effect sizes; name a change or contrast or proportion.",
        ),
        (
            "grade_overrides",
            added(**OVERRIDE | {"question_id": "Q2"}),
            "value 'Q2': Q2 is a description, which has no effect sizes",
        ),
        (
            "questions",
            with_cell("question_id == 'Q1n'", "claim_side", "high"),
            "column claim_side, value 'high': leave it blank: a network has no effect size",
        ),
        (
            "questions",
            with_cell("question_id == 'Q8'", "summary_order", "3"),
            "leave it blank: a description has no effect size",
        ),
    ],
)
def test_claims_and_questions(folder, table, change, expected):
    rewrite(folder, table, change)
    said = problems(folder)
    assert any(expected in each for each in said), said


def test_a_claim_needs_a_core(folder):
    rewrite(folder, "claim_parts", with_cell("part_id == 'C1.core'", "role", "word"))
    assert any("at least one part with the role core" in said for said in problems(folder))


def test_a_question_no_arm_can_answer(folder):
    """The code exists, but no arm had the treatment."""
    rewrite(folder, "codes", added(vocabulary="treatment", code="leeches", label="Leeches", meaning=""))
    rewrite(folder, "questions", with_cell("question_id == 'Q1b'", "treatment", "leeches"))
    assert any(
        "questions.csv, row 3, column treatment, value 'leeches': no arm in arms.csv had this treatment"
        in said
        for said in problems(folder)
    )


def test_a_treatment_is_made_of_components_once(folder):
    """A key may hold a blank cell; two rows without a tag are still the same."""
    rewrite(folder, "components", added(treatment="mn", components="a roller"))
    said = problems(folder)
    assert any(
        "components.csv" in line
        and "treatment + treatment_tag, value 'mn': this key stands already in row 2" in line
        for line in said
    )
