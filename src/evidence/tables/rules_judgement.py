"""What must hold in the tables of rules and judgements, so that every rule can be trusted to fire."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import combinations
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import InputError, Problem
from evidence.tables.conditions import Condition, decided
from evidence.tables.fields import KINDS_WITH_EFFECTS, by_line, listed

Frames = Mapping[str, pd.DataFrame]
Vocabularies = Mapping[str, list[str]]

VERDICT_FACTS = ("measured", "direction", "studies", "trials", "certainty", "counterweight", "word")
STUDY_FACTS = ("skin",)
WORDING_NAMES = ("part", "estimate", "sure", "certainty", "failed", "against", "behind")


def _problem(table: str, line: Any, column: str, value: Any, remedy: str) -> Problem:
    return Problem(f"{table}.csv", int(line), column, None if pd.isna(value) else str(value), remedy)


def vocabularies(codes: pd.DataFrame) -> dict[str, list[str]]:
    """Return the codes of every vocabulary, in the order of codes.csv."""
    return codes.groupby("vocabulary", sort=False)["code"].agg(list).to_dict()


def _facts(names: tuple[str, ...], known: Vocabularies) -> dict[str, list[str]]:
    return {name: known.get(f"fact_{name}", []) for name in names}


def _read(table: str, line: Any, column: str, cell: Any) -> tuple[Condition | None, Problem | None]:
    try:
        return Condition.read(cell), None
    except InputError as error:
        return None, _problem(table, line, column, cell, str(error))


def _conditions(
    table: str, rows: pd.DataFrame, column: str, vocabulary: Mapping[str, list[str]]
) -> tuple[dict[Any, Condition], list[Problem]]:
    """Read a column of conditions; those that name something unknown become problems."""
    sound: dict[Any, Condition] = {}
    found: list[Problem] = []
    for line, cell in rows[column].items():
        condition, problem = _read(table, line, column, cell)
        if condition is not None and (wrong := condition.unknown(vocabulary)):
            problem = _problem(table, line, column, cell, wrong)
        if problem is not None:
            found.append(problem)
        elif condition is not None:
            sound[line] = condition
    return sound, found


def _ordered_rules(
    table: str, rows: pd.DataFrame, vocabulary: Mapping[str, list[str]], whole: str
) -> Iterator[Problem]:
    """Check rules that are asked in order: each can fire, and together they decide every case."""
    rows = rows.sort_values("order", kind="stable")
    sound, found = _conditions(table, rows, "when", vocabulary)
    yield from found
    if found or rows.empty:
        return
    reached, left_open = decided(list(sound.values()), vocabulary)
    for position, line in enumerate(sound):
        if position not in reached:
            remedy = "this rule can never fire: the rules before it take every case that it fits."
            yield _problem(table, line, "when", rows.loc[line, "when"], remedy)
    if left_open is not None:
        case = "; ".join(f"{name}={value}" for name, value in left_open.items())
        remedy = f"no rule of {whole} fits {case}; end with a rule whose condition is blank."
        last = rows.index[-1]
        yield _problem(table, last, "when", rows.loc[last, "when"], remedy)


def _verdict_rules_decide(frames: Frames) -> Iterator[Problem]:
    rows = frames["verdict_rules"]
    vocabulary = _facts(VERDICT_FACTS, vocabularies(frames["codes"]))
    yield from _ordered_rules("verdict_rules", rows, vocabulary, "verdict_rules.csv")
    sound, _ = _conditions("verdict_rules", rows, "when", vocabulary)
    for (one, first), (other, second) in combinations(sound.items(), 2):
        a, b = rows.loc[one], rows.loc[other]
        if a["order"] == b["order"] and a["verdict"] != b["verdict"] and first.meets(second):
            remedy = (
                f"this rule contradicts {a['rule_id']} (row {one}): both fit some cases and have the order"
                f" {a['order']:g}, but one gives {b['verdict']!r}, the other {a['verdict']!r}."
            )
            yield _problem("verdict_rules", other, "order", f"{b['order']:g}", remedy)


def _wordings_can_be_filled(frames: Frames) -> Iterator[Problem]:
    for line, wording in frames["verdict_rules"]["wording"].items():
        try:
            names = [name for _, name, _, _ in string.Formatter().parse(wording) if name is not None]
        except ValueError as error:
            yield _problem("verdict_rules", line, "wording", wording, f"the braces do not match ({error}).")
            continue
        for name in names:
            if name not in WORDING_NAMES:
                remedy = f"{{{name}}} cannot be filled in; known are {', '.join(WORDING_NAMES)}."
                yield _problem("verdict_rules", line, "wording", wording, remedy)


def _rob_tools_do_not_meet(frames: Frames) -> Iterator[Problem]:
    taken: dict[tuple[str, str], str] = {}
    for line, row in by_line(frames["rob_tools"]):
        for kind in listed(row["question_kinds"]):
            for design in listed(row["designs"]):
                if (kind, design) in taken:
                    remedy = f"{taken[kind, design]} is for {design} in questions of kind {kind} already."
                    yield _problem("rob_tools", line, "designs", row["designs"], remedy)
                taken.setdefault((kind, design), row["tool"])


def _rob_questions_are_answerable(frames: Frames) -> Iterator[Problem]:
    known = vocabularies(frames["codes"])
    for line, row in by_line(frames["rob_questions"]):
        cell = row["answers"]
        if pd.isna(row["fact"]) != pd.isna(cell):
            remedy = "fact and answers belong together; fill in both or neither."
            yield _problem("rob_questions", line, "answers", cell, remedy)
        if pd.isna(row["fact"]) or pd.isna(cell):
            continue
        condition, problem = _read("rob_questions", line, "answers", cell)
        if problem is not None or condition is None:
            yield from filter(None, [problem])
            continue
        values = dict.fromkeys(known.get(f"fact_{row['fact']}", []), known["rob_answer"])
        wrong = condition.unknown(values)
        if not wrong and any(len(answers) > 1 for answers in condition.allowed.values()):
            wrong = "each value has one answer."
        if wrong:
            yield _problem("rob_questions", line, "answers", cell, wrong)


def _rob_rules_decide(frames: Frames) -> Iterator[Problem]:
    rules, questions = frames["rob_rules"], frames["rob_questions"]
    answers = vocabularies(frames["codes"])["rob_answer"]
    signals = questions.groupby(["tool", "domain"], sort=False)["signal"].agg(list).to_dict()
    ruled = dict(list(rules.groupby(["tool", "domain"], sort=False)))
    for key in signals.keys() - ruled.keys():
        line = questions.index[(questions["tool"] == key[0]) & (questions["domain"] == key[1])][0]
        yield _problem("rob_questions", line, "domain", key[1], "rob_rules.csv has no rule for this domain.")
    for key, rows in ruled.items():
        if key not in signals:
            known = [domain for tool, domain in signals if tool == key[0]]
            remedy = f"{key[0]} has no such domain; it has {', '.join(known)}.{nearest(key[1], known)}"
            yield _problem("rob_rules", rows.index[0], "domain", key[1], remedy)
            continue
        vocabulary = dict.fromkeys(signals[key], answers)
        yield from _ordered_rules("rob_rules", rows, vocabulary, f"domain {key[1]} of {key[0]}")


def _persons_answers_fit(frames: Frames) -> Iterator[Problem]:
    known = frames["rob_questions"].groupby("tool")["signal"].agg(list).to_dict()
    designs = {row["tool"]: listed(row["designs"]) for _, row in by_line(frames["rob_tools"])}
    design = frames["studies"].set_index("study_id")["design"]
    for line, row in by_line(frames["risk_of_bias"]):
        signals = known.get(row["tool"], [])
        if row["signal"] not in signals:
            remedy = f"{row['tool']} has no such question; it has {', '.join(signals)}."
            yield _problem("risk_of_bias", line, "signal", row["signal"], remedy)
        if design[row["study_id"]] not in designs[row["tool"]]:
            remedy = f"{row['study_id']} is {design[row['study_id']]}, which this tool is not for."
            yield _problem("risk_of_bias", line, "tool", row["tool"], remedy)


_DATED = ("risk_of_bias", "grade_overrides", "changelog")


def _days_are_dates(frames: Frames) -> Iterator[Problem]:
    for table in _DATED:
        for line, cell in frames[table]["date"].items():
            try:
                right = bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell)) and date.fromisoformat(cell)
            except ValueError:
                right = False
            if not right:
                yield _problem(table, line, "date", cell, "write the day as YYYY-MM-DD.")


def _steps_are_whole(frames: Frames) -> Iterator[Problem]:
    for line, step in frames["grade_overrides"]["step"].items():
        if pd.isna(step) or step % 1:
            remedy = "a step is a whole number of levels, -1 for one down."
            yield _problem("grade_overrides", line, "step", None if pd.isna(step) else f"{step:g}", remedy)


def _parts_belong_to_their_claims(frames: Frames) -> Iterator[Problem]:
    parts = frames["claim_parts"]
    claim_of_part = parts.set_index("part_id")["claim_id"].to_dict()
    claim_of_question = frames["questions"].set_index("question_id")["claim_id"].to_dict()
    facts = _facts(STUDY_FACTS, vocabularies(frames["codes"]))
    for line, row in by_line(parts):
        for question in listed(row["questions"]):
            if claim_of_question[question] != row["claim_id"]:
                remedy = f"{question} answers {claim_of_question[question]}, not {row['claim_id']}."
                yield _problem("claim_parts", line, "questions", row["questions"], remedy)
        condition, problem = _read("claim_parts", line, "counter_when", row["counter_when"])
        wrong = condition.unknown(facts) if condition is not None else ""
        if wrong:
            problem = _problem("claim_parts", line, "counter_when", row["counter_when"], wrong)
        yield from filter(None, [problem])
    core = set(parts.loc[parts["role"] == "core", "claim_id"])
    for line, claim in frames["claims"]["claim_id"].items():
        if claim not in core:
            remedy = "claim_parts.csv needs at least one part with the role core for this claim."
            yield _problem("claims", line, "claim_id", claim, remedy)
    evidence = frames["claims_evidence"]
    for line, row in by_line(evidence):
        part = row["part_id"]
        if pd.isna(part):
            if row["bearing"] != "neither":
                remedy = "what speaks for or against needs the part of the claim it bears on."
                yield _problem("claims_evidence", line, "part_id", part, remedy)
        elif claim_of_part[part] != row["claim_id"]:
            remedy = f"this part belongs to {claim_of_part[part]}, the row to {row['claim_id']}."
            yield _problem("claims_evidence", line, "part_id", part, remedy)


def _questions_match_arms(frames: Frames) -> Iterator[Problem]:
    arms = frames["arms"]
    of_treatment = arms.groupby("treatment")["study_id"].agg(set).to_dict()
    for line, row in by_line(frames["questions"]):
        if row["kind"] not in KINDS_WITH_EFFECTS:
            continue
        studies = set().union(*(of_treatment.get(code, set()) for code in listed(row["treatment"])))
        if not studies:
            remedy = "no arm in arms.csv had this treatment; the question could not find a study."
            yield _problem("questions", line, "treatment", row["treatment"], remedy)
        if row["kind"] == "contrast":
            others = set().union(*(of_treatment.get(code, set()) for code in listed(row["comparator"])))
            if not studies & others:
                remedy = "no study in arms.csv compares this with the treatment."
                yield _problem("questions", line, "comparator", row["comparator"], remedy)


def _only_effects_are_judged(frames: Frames) -> Iterator[Problem]:
    """Check that what rests on an effect size names a question that has one."""
    questions = frames["questions"]
    kind = questions.set_index("question_id")["kind"]
    kinds = " or ".join(KINDS_WITH_EFFECTS)
    for table, column in (("claim_parts", "questions"), ("grade_overrides", "question_id")):
        for line, cell in frames[table][column].items():
            for question in listed(cell):
                if kind[question] not in KINDS_WITH_EFFECTS:
                    remedy = f"{question} is a {kind[question]}, which has no effect sizes; name a {kinds}."
                    yield _problem(table, line, column, cell, remedy)
    shown = questions.loc[~questions["kind"].isin(KINDS_WITH_EFFECTS)]
    for column in ("claim_side", "summary_order"):
        for line, cell in shown[column].dropna().items():
            remedy = f"leave it blank: a {shown.loc[line, 'kind']} has no effect size to judge or summarise."
            yield _problem("questions", line, column, cell, remedy)


def _treatments_have_components(frames: Frames) -> Iterator[Problem]:
    rows = frames["components"]
    known = set(rows.loc[rows["treatment_tag"].isna(), "treatment"])
    for line, treatment in frames["arms"]["treatment"].items():
        if treatment not in known:
            remedy = "components.csv does not say what this treatment is made of; add a row without a tag."
            yield _problem("arms", line, "treatment", treatment, remedy)


JUDGEMENT_RULES: tuple[Callable[[Frames], Iterator[Problem]], ...] = (
    _rob_tools_do_not_meet,
    _rob_questions_are_answerable,
    _rob_rules_decide,
    _persons_answers_fit,
    _days_are_dates,
    _steps_are_whole,
    _parts_belong_to_their_claims,
    _questions_match_arms,
    _only_effects_are_judged,
    _treatments_have_components,
    _verdict_rules_decide,
    _wordings_can_be_filled,
)
