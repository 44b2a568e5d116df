"""The tools for risk of bias: signalling questions answered, and answers turned into judgements by rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evidence.errors import InputError
from evidence.review import Review
from evidence.tables.conditions import Rules, answers_by_value
from evidence.tables.fields import listed
from evidence.tables.records import records

OVERALL = "overall"
NO_INFORMATION = "NI"
# From best to worst; the overall judgement is the worst of a study's domains.
SEVERITY = ("low", "some_concerns", "moderate", "no_information", "high", "serious", "critical")
FACTS, PERSON, NOTHING = "facts", "person", "no information"


class Tools:
    """The tools of the review: their questions, their rules, and what persons answered.

    Parameters
    ----------
    review : Review
    """

    def __init__(self, review: Review) -> None:
        self._tools = review.rob_tools.set_index("tool").to_dict("index")
        self._questions = dict(list(review.rob_questions.groupby("tool", sort=False)))
        self._rules = {
            key: Rules.read(rows) for key, rows in review.rob_rules.groupby(["tool", "domain"], sort=False)
        }
        self._persons = review.risk_of_bias.set_index(["study_id", "tool", "signal"]).to_dict("index")
        self._codes = review.codes.set_index(["vocabulary", "code"])["label"].to_dict()

    def tool_for(self, kind: str, design: str) -> str:
        """Return the tool for a kind of question and a design.

        Raises
        ------
        InputError
            If rob_tools.csv has none.
        """
        for name, tool in self._tools.items():
            fits = kind in listed(tool["question_kinds"])
            if fits and design in listed(tool["designs"]):
                return name
        raise InputError(
            f"rob_tools.csv has no tool for questions of kind {kind!r} and the design {design!r}."
        )

    def answers(
        self, study: Mapping[str, Any], tool: str, facts: Mapping[str, str]
    ) -> Iterator[dict[str, Any]]:
        """Yield the answer to each signalling question of a tool for a study."""
        for row in records(self._questions[tool]):
            given = self._given(study["study_id"], tool, row, facts)
            yield {
                "study_id": study["study_id"],
                "label": study["label"],
                "tool": tool,
                "domain": row["domain"],
                "signal": row["signal"],
                "wording": row["wording"],
                **given,
            }

    def _given(
        self, study_id: str, tool: str, row: Mapping[str, Any], facts: Mapping[str, str]
    ) -> dict[str, str]:
        person = self._persons.get((study_id, tool, row["signal"]))
        if person is not None:
            reason = f"{person['reason']} ({person['role']}, {person['date']})"
            return {"answer": person["answer"], "basis": PERSON, "reason": reason}
        if not pd.isna(row["fact"]):
            value = facts[row["fact"]]
            found = answers_by_value(row["answers"]).get(value, NO_INFORMATION)
            if found != NO_INFORMATION:
                said = self._codes[f"fact_{row['fact']}", value]
                return {
                    "answer": found,
                    "basis": FACTS,
                    "reason": f"{self._codes['rob_fact', row['fact']]}: {said}",
                }
        return {"answer": NO_INFORMATION, "basis": NOTHING, "reason": "not in what was read"}

    def judgements(self, answers: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the judgement of each domain of one study, and the worst of them as overall."""
        first = answers[0]
        labels = self._questions[first["tool"]].drop_duplicates("domain").set_index("domain")
        shared = {name: first[name] for name in ("study_id", "label", "tool")}
        shared["tool_label"] = self._tools[first["tool"]]["label"]
        found = []
        for domain, text in labels.iterrows():
            mine = {row["signal"]: row for row in answers if row["domain"] == domain}
            judgement, basis = self._judged(first["tool"], str(domain), mine)
            found.append((judgement, basis))
            yield shared | {
                "domain": domain,
                "domain_label": text["domain_label"],
                "in_start": text["in_start"],
                **self._worded(judgement, basis),
            }
        worst = max((judgement for judgement, _ in found), key=SEVERITY.index)
        bases = [basis for judgement, basis in found if judgement == worst]
        basis = next((each for each in (PERSON, FACTS) if each in bases), NOTHING)
        yield shared | {
            "domain": OVERALL,
            "domain_label": "Overall",
            "in_start": "no",
            **self._worded(worst, basis),
        }

    def _judged(self, tool: str, domain: str, answers: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
        """Return the judgement of a domain and what it rests on."""
        rules = self._rules[tool, domain]
        given = {signal: row["answer"] for signal, row in answers.items()}
        judgement = rules.decide(given)["judgement"]
        open_signals = [signal for signal, each in given.items() if each == NO_INFORMATION]
        for tried in itertools.product("YN", repeat=len(open_signals)):
            better = rules.decide(given | dict(zip(open_signals, tried, strict=True)))["judgement"]
            if SEVERITY.index(better) < SEVERITY.index(judgement):
                return judgement, NOTHING
        by_person = any(row["basis"] == PERSON for row in answers.values())
        return judgement, PERSON if by_person else FACTS

    def _worded(self, judgement: str, basis: str) -> dict[str, str]:
        label = self._codes["rob_judgement", judgement]
        return {"judgement": judgement, "judgement_label": label, "basis": basis}
