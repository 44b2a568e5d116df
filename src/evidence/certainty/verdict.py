"""The verdict on each claim, part of a claim and question: the rule that fired, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evidence.arguments import option
from evidence.certainty.bearing import answer_items, items
from evidence.certainty.grade import NOT_RATED, Certainty, grade
from evidence.certainty.item import NEITHER, Item
from evidence.certainty.reading import AGAINST, FOR
from evidence.certainty.verdict_result import Verdict, Verdicts
from evidence.certainty.weigh import Weighed, joined, printed_directions, sources, weighed_facts
from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, OnDemand
from evidence.synthesis.answer import answers as answer_all
from evidence.tables.conditions import Condition, Rules
from evidence.tables.found import UNCONTROLLED

NOBODY = "nothing measured speaks against it"
SURE = {
    "high": "Trials show that {part}",
    "moderate": "Probably {part}",
    "low": "It may be that {part}",
    "very_low": "It may be that {part}, but the evidence is very uncertain",
    NOT_RATED: "It may be that {part} (certainty not rated)",
}


class Judge:
    """Weighs the evidence of one review and applies its rules.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
    """

    def __init__(self, review: Review, answers: Mapping[str, Answer]) -> None:
        self.review = review
        self.answers = answers
        self.rules = Rules.read(review.verdict_rules)
        self.ratings: dict[str, Certainty] = {}

    def rating(self, question_id: str) -> Certainty:
        """Return the certainty of a question, rated once."""
        if question_id not in self.ratings:
            self.ratings[question_id] = grade(self.review, question_id, found=self.answers[question_id])
        return self.ratings[question_id]

    def weigh(self, part: Mapping[str, Any]) -> Weighed:
        """Weigh the evidence of a part of a claim."""
        found = items(self.review, part, self.answers)
        return Weighed(part, found, weighed_facts(found, self._certainty(found)))

    def _certainty(self, found: Sequence[Item]) -> str:
        """Rate a part by its tested answer with the most studies; what one group showed is very low."""
        rated = [item for item in found if item.question_id and item.counts and item.side != "neither"]
        if rated:
            best = max(rated, key=lambda item: (item.tested, item.studies))
            return self.rating(best.question_id).certainty
        kinds = {item.kind for item in found if item.counts}
        return "very_low" if kinds == {UNCONTROLLED} else NOT_RATED

    def part(self, weighed: Weighed) -> Verdict:
        """Return the verdict on a part, by itself."""
        part = weighed.part
        facts = weighed.facts
        if part["universal"] == "yes" and weighed.fails == "disproved":
            facts = facts | {"word": "disproved"}
        return self._verdict(
            "part",
            part["part_id"],
            part["claim_id"],
            part["part"],
            facts,
            weighed.items,
            part["part"],
            part["part"],
        )

    def claim(self, claim: Mapping[str, Any], parts: Sequence[Weighed]) -> Verdict:
        """Return the verdict on a claim: its core parts joined, then its further words."""
        core = [each for each in parts if each.part["role"] == "core"]
        words = [each for each in parts if each.part["role"] == "word"]
        states = {each.part["part_id"]: each.fails for each in words}
        worst = next((state for state in ("disproved", "fails", "holds") if state in states.values()), "none")
        facts = joined([each.facts for each in core]) | {"word": worst}
        found = [item for each in core for item in each.items]
        failed = [each for each in words if each.fails == worst] if self._word_decides(facts) else []
        # What stands against the core comes before what stands against a word that holds.
        opposed = failed or (core if _opponent(found) else parts)
        return self._verdict(
            "claim",
            claim["claim_id"],
            claim["claim_id"],
            claim["claim"],
            facts,
            found,
            _and(each.part["part"] for each in core),
            _and(each.part["part"] for each in failed),
            against=[item for each in opposed for item in each.items],
        )

    def _word_decides(self, facts: Mapping[str, str]) -> bool:
        """Say whether the rule that fires asks for a word of the claim that fails."""
        rule = self.rules.decide(facts)
        return bool({"fails", "disproved"} & Condition.read(rule["when"]).allowed.get("word", frozenset()))

    def question(self, found: Answer) -> Verdict:
        """Return the verdict on a question: is the first-named treatment better, or the harm rare?"""
        question = found.question
        evidence = list(answer_items(self.review, found)) or [_without_number(found)]
        facts = weighed_facts(evidence, self.rating(question.id).certainty)
        said = printed_directions(self.review, found)
        sides = sources(evidence) + said
        if said[AGAINST] and sides[AGAINST] >= sides[FOR]:
            facts |= {"counterweight": "yes"}
        favours = question.favours[question.claim_side == "high"]
        part = f"the answer to “{question.text}” is “{favours}”"
        if question.benchmark is not None:
            part = f"the answer to “{question.text}” is below {question.benchmark:.0%}"
        against = [item for item in evidence if item.side == AGAINST]
        if not against and said[AGAINST]:
            words = f"{said[AGAINST]} reports without a usable number print the opposite direction"
            against = [
                Item("reports", AGAINST, False, True, UNCONTROLLED, said[AGAINST], float("nan"), words)
            ]
        return self._verdict(
            "question",
            question.id,
            question.claim_id,
            question.text,
            facts,
            evidence,
            part,
            part,
            against=against,
        )

    def _verdict(
        self,
        kind: str,
        key: str,
        claim_id: str,
        text: str,
        facts: Mapping[str, str],
        found: Sequence[Item],
        part: str,
        failed: str,
        *,
        against: Sequence[Item] | None = None,
    ) -> Verdict:
        rule = self.rules.decide(facts)
        best = _strongest(found)
        estimate = " ".join(item.words for item in best) or "no number was found"
        opponent = _opponent(found if against is None else against)
        opposed = NOBODY if opponent is None else opponent.words
        wording = rule["wording"].format(
            part=part,
            estimate=estimate.rstrip("."),
            sure=SURE[facts["certainty"]].format(part=part),
            certainty=self.review.label("fact_certainty", facts["certainty"]),
            failed=failed,
            against=opposed.rstrip("."),
            behind=self._behind(claim_id),
        )
        return Verdict(
            kind=kind,
            id=key,
            claim_id=claim_id,
            text=text,
            verdict=rule["verdict"],
            verdict_label=self.review.label("verdict", rule["verdict"]),
            certainty=facts["certainty"],
            certainty_label=self.review.label("fact_certainty", facts["certainty"]),
            rule_id=rule["rule_id"],
            because=rule["because"],
            facts=facts,
            estimate=estimate,
            against=opposed,
            wording=wording[0].upper() + wording[1:],
            brief="; ".join(item.brief or item.words for item in best) or "no number was found",
            brief_against="" if opponent is None else opponent.brief or opponent.words,
        )

    def _behind(self, claim_id: str) -> str:
        """Say what kinds of source stand behind a claim."""
        rows = self.review.claims_evidence
        rows = rows.loc[rows["claim_id"] == claim_id].drop_duplicates("source")
        counts = rows["kind"].value_counts()
        prices = self.review.prices
        pages = int((prices["claim_id"] == claim_id).sum())
        said = [f"{self.review.label('evidence_kind', code)} ({count})" for code, count in counts.items()]
        return (
            ", ".join([*said, *([f"price pages ({pages} rows)"] if pages else [])])
            or "nothing that was found"
        )


def _without_number(found: Answer) -> Item:
    """Return what is left to say where every report of a question lacks a usable number."""
    words = found.number()
    return Item("reports", NEITHER, False, True, UNCONTROLLED, 0, float("nan"), words, words)


def _opponent(found: Sequence[Item]) -> Item | None:
    return max((item for item in found if item.side == AGAINST), key=Item.strength, default=None)


def _strongest(found: Sequence[Item]) -> list[Item]:
    """Return the strongest evidence for it: the pooled answer first, then what is of a better kind."""
    mine = [item for item in found if item.side == FOR] or list(found)
    pooled = [item for item in mine if item.pooled]
    chosen = [max(group, key=Item.strength) for group in (pooled, mine) if group]
    return list(dict.fromkeys(chosen))


def _and(texts: Iterator[str]) -> str:
    return "; ".join(texts)


def verdicts(review: Review, answers: Mapping[str, Answer] | None = None) -> Verdicts:
    """Judge every claim, every part of a claim, and every question that has a side.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer, optional
        Answers by question id, where they were computed already.

    Returns
    -------
    Verdicts
        Claims first, then their parts, then questions.

    Examples
    --------
    >>> import evidence as ev
    >>> found = ev.verdicts(ev.load())
    >>> found["C4"].verdict, found["C7"].verdict
    ('overstated', 'not_answerable')
    """
    checked_review(review)
    judge = Judge(review, answer_all(review) if answers is None else OnDemand(review, answers))
    weighed = [judge.weigh(part) for part in review.claim_parts.to_dict("records")]
    claims = []
    for claim in review.claims.to_dict("records"):
        mine = [each for each in weighed if each.part["claim_id"] == claim["claim_id"]]
        claims.append(judge.claim(claim, mine))
    asked = [each for each in judge.answers.values() if each.question.claim_side]
    return Verdicts((*claims, *map(judge.part, weighed), *map(judge.question, asked)))


def verdict(review: Review, key: str, answers: Mapping[str, Answer] | None = None) -> Verdict:
    """Return the verdict on one claim, part of a claim or question; only what it needs is computed.

    Parameters
    ----------
    review : Review
    key : str
        A claim ("C4"), a part ("C4.all") or a question with a side ("Q1b").
    answers : mapping of str to Answer, optional
        Answers by question id, where they were computed already.

    Returns
    -------
    Verdict

    Raises
    ------
    OptionError
        If there is none; the nearest id is named.
    """
    checked_review(review)
    judge = Judge(review, OnDemand(review, answers))
    parts = review.claim_parts.set_index("part_id", drop=False).to_dict("index")
    claims = review.claims.set_index("claim_id", drop=False).to_dict("index")
    with_side = [question.id for question in review.all_questions() if question.claim_side]
    option("verdict on", key, [*claims, *parts, *with_side])
    if key in claims:
        return judge.claim(
            claims[key], [judge.weigh(part) for part in parts.values() if part["claim_id"] == key]
        )
    return judge.part(judge.weigh(parts[key])) if key in parts else judge.question(judge.answers[key])
