"""The verdict on each claim, part of a claim and question: the rule that fired, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.certainty.bearing import Item, answer_items, items
from evidence.certainty.grade import LEVELS, NOT_RATED, Certainty, grade
from evidence.certainty.reading import AGAINST, FOR
from evidence.errors import OptionError
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.answer import answers as answer_all
from evidence.tables.comparisons import in_words
from evidence.tables.conditions import Condition
from evidence.tables.found import KINDS, SHAM, UNCONTROLLED
from evidence.tables.question import Question

NOBODY = "nothing measured speaks against it"
SURE = {
    "high": "Trials show that {part}",
    "moderate": "Probably {part}",
    "low": "It may be that {part}",
    "very_low": "It may be that {part}, but the evidence is very uncertain",
    NOT_RATED: "It may be that {part} (certainty not rated)",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict and everything it rests on.

    Attributes
    ----------
    kind : str
        "claim", "part" or "question".
    id, claim_id : str
    text : str
        The claim, part or question in words.
    verdict, verdict_label : str
    certainty, certainty_label : str
    rule_id, because : str
        The rule that fired, and the same in plain words.
    facts : dict of str to str
        What the rules looked at.
    estimate : str
        What was found.
    against : str
        The strongest evidence against it.
    wording : str
        The verdict in a sentence for readers.
    """

    kind: str
    id: str
    claim_id: str
    text: str
    verdict: str
    verdict_label: str
    certainty: str
    certainty_label: str
    rule_id: str
    because: str
    facts: Mapping[str, str]
    estimate: str
    against: str
    wording: str

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as a dict."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.id} {self.verdict_label}. {self.wording}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every verdict of the review: claims, their parts, and questions.

    Attributes
    ----------
    all : tuple of Verdict
    """

    all: tuple[Verdict, ...]

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.all)

    def __getitem__(self, key: str) -> Verdict:
        """Return the verdict on a claim, a part or a question by its id.

        Raises
        ------
        OptionError
            If there is none; the nearest id is named.
        """
        by_id = {verdict.id: verdict for verdict in self.all}
        if key not in by_id:
            raise OptionError(f"There is no verdict on {key!r}.{nearest(key, by_id)}")
        return by_id[key]

    def of(self, kind: str) -> tuple[Verdict, ...]:
        """Return the verdicts on all claims, parts or questions ("claim", "part", "question")."""
        return tuple(verdict for verdict in self.all if verdict.kind == kind)

    def summary(self) -> pd.DataFrame:
        """Return one row a verdict, without the facts."""
        rows = [verdict.to_dict() for verdict in self.all]
        return pd.DataFrame(rows).drop(columns="facts")

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the verdicts as a list of dicts."""
        return [verdict.to_dict() for verdict in self.all]

    def _repr_html_(self) -> str:
        return self.summary().to_html(index=False, border=0, escape=True)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A part of a claim with its evidence weighed."""

    part: Mapping[str, Any]
    items: list[Item]
    facts: dict[str, str]

    @property
    def fails(self) -> str:
        """Say what becomes of a further word of a claim: "disproved", "fails" or "holds"."""
        counters = {item.counter_example for item in self.items} - {""}
        if self.part["universal"] == "yes" and "stated" in counters:
            return "disproved"
        sides = _sources(self.items)
        tested = {item.side for item in self.items if item.counts and item.tested}
        outweighed = sides[AGAINST] > 0 and sides[AGAINST] >= sides[FOR]
        refuted = AGAINST in tested and FOR not in tested
        return "fails" if counters or outweighed or refuted else "holds"


def _sources(found: Sequence[Item]) -> Counter[str]:
    """Count the studies on each side, each source once; a pooled answer counts its studies."""
    counted: dict[tuple[str, str], int] = {}
    for item in found:
        if item.counts:
            key = (item.side, item.source)
            counted[key] = max(counted.get(key, 0), item.studies)
    sides: Counter[str] = Counter()
    for (side, _), studies in counted.items():
        sides[side] += studies
    return sides


def _number_word(count: int) -> str:
    return ("none", "one")[count] if count < 2 else "two_or_more"


def weighed_facts(found: Sequence[Item], certainty: str) -> dict[str, str]:
    """Return what the rules of a verdict look at.

    Parameters
    ----------
    found : sequence of Item
    certainty : str
        Code of the certainty, "not_rated" where nothing was rated.

    Returns
    -------
    dict of str to str
        measured, direction, studies, trials, certainty, counterweight and word, with the values that
        codes.csv lists under `fact_<name>`.
    """
    sides = _sources(found)
    tested = {item.side for item in found if item.counts and item.tested}
    sham = {item.source for item in found if item.counts and item.kind == SHAM}
    if {FOR, AGAINST} <= tested:
        direction = "both"
    elif tested & {FOR, AGAINST}:
        direction = FOR if FOR in tested else AGAINST
    elif sides[FOR] >= 2 and not sides[AGAINST] and not any(item.pooled for item in found):
        direction = "agrees"
    else:
        direction = "unclear" if sides[FOR] or sides[AGAINST] else "none"
    mine = AGAINST if direction == AGAINST else FOR
    return {
        "measured": "yes" if any(item.measured for item in found) else "no",
        "direction": direction,
        "studies": _number_word(sides[mine]),
        "trials": _number_word(len(sham)),
        "certainty": certainty,
        "counterweight": "yes" if _equal_weight(found, mine) else "no",
        "word": "none",
    }


def _equal_weight(found: Sequence[Item], mine: str) -> bool:
    """Say whether, at the best kind of evidence there is, as many studies stand on the other side."""
    deciding = [item for item in found if item.counts and item.side in {FOR, AGAINST}]
    if not deciding:
        return False
    best = min(KINDS.index(item.kind) for item in deciding)
    sides = _sources([item for item in deciding if KINDS.index(item.kind) == best])
    other = sides[FOR if mine == AGAINST else AGAINST]
    return other > 0 and other >= sides[mine]


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
        self.rules = [
            (Condition.read("" if pd.isna(row["when"]) else row["when"]), row)
            for row in review.verdict_rules.sort_values("order", kind="stable").to_dict("records")
        ]
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
        failed = [each for each in words if each.fails != "holds"]
        found = [item for each in core for item in each.items]
        return self._verdict(
            "claim",
            claim["claim_id"],
            claim["claim_id"],
            claim["claim"],
            facts,
            found,
            _and(each.part["part"] for each in core),
            _and(each.part["part"] for each in failed),
            against=[item for each in failed or parts for item in each.items],
        )

    def question(self, found: Answer) -> Verdict:
        """Return the verdict on a question: is the first-named treatment better, or the harm rare?"""
        question = found.question
        evidence = list(answer_items(found))
        facts = weighed_facts(evidence, self.rating(question.id).certainty)
        said = _printed_directions(self.review, found)
        sides = _sources(evidence) + said
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
        rule = next(row for condition, row in self.rules if condition.fits(facts))
        estimate = _estimate(found)
        opposed = _best(found if against is None else against, AGAINST) or NOBODY
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
        )

    def _behind(self, claim_id: str) -> str:
        """Say what kinds of source stand behind a claim."""
        rows = self.review.claims_evidence
        rows = rows.loc[rows["claim_id"] == claim_id].drop_duplicates("source")
        counts = rows["kind"].map(lambda code: self.review.label("evidence_kind", code)).value_counts()
        prices = self.review.prices
        pages = int((prices["claim_id"] == claim_id).sum())
        said = [f"{kind} ({count})" for kind, count in counts.items()]
        return (
            ", ".join([*said, *([f"price pages ({pages} rows)"] if pages else [])])
            or "nothing that was found"
        )


def joined(facts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Join the facts of the core parts of a claim: it stands only as far as its weakest part.

    Examples
    --------
    >>> one = {"measured": "yes", "direction": "for", "studies": "two_or_more", "trials": "none",
    ...        "certainty": "low", "counterweight": "no", "word": "none"}
    >>> joined([one, one | {"direction": "unclear"}])["direction"]
    'unclear'
    """
    directions = [each["direction"] for each in facts]
    order = ("against", "both", "none", "unclear", "agrees", "for")
    # A part that was not measured leaves the claim unclear; one measured against it decides.
    weakest = next(each for each in order if each in directions)
    measured = any(each["measured"] == "yes" for each in facts)
    levels = [each["certainty"] for each in facts if each["certainty"] in LEVELS]
    numbers = ("none", "one", "two_or_more")
    return {
        "measured": "yes" if measured else "no",
        "direction": "unclear" if weakest == "none" and set(directions) != {"none"} else weakest,
        "studies": min((each["studies"] for each in facts), key=numbers.index),
        "trials": min((each["trials"] for each in facts), key=numbers.index),
        "certainty": min(levels, key=LEVELS.index) if levels else NOT_RATED,
        "counterweight": "yes" if any(each["counterweight"] == "yes" for each in facts) else "no",
        "word": "none",
    }


def _best(found: Sequence[Item], side: str) -> str:
    mine = [item for item in found if item.side == side]
    return max(mine, key=Item.strength).words if mine else ""


def _estimate(found: Sequence[Item]) -> str:
    """Return the strongest evidence for it: the pooled answer first, then what is of a better kind."""
    mine = [item for item in found if item.side == FOR] or list(found)
    pooled = [item for item in mine if item.pooled]
    chosen = [max(items, key=Item.strength) for items in (pooled, mine) if items]
    return " ".join(dict.fromkeys(item.words for item in chosen)) or "no number was found"


def _and(texts: Iterator[str]) -> str:
    return "; ".join(texts)


def _printed_directions(review: Review, found: Answer) -> Counter[str]:
    """Count reports without a usable number by the side their printed direction lies on."""
    question: Question = found.question
    labels = review.codes.set_index(["vocabulary", "code"])["label"].to_dict()
    rows = found.effects.excluded
    if question.kind != "contrast" or rows.empty:
        return Counter()
    said = rows.drop_duplicates("study_id")["direction"]
    sides: Counter[str] = Counter()
    for side, codes in ((FOR, question.treatment), (AGAINST, question.comparator)):
        for words in (in_words(f"favours {code}", labels) for code in codes):
            sides[side] += int(((said == words) | said.str.startswith(f"{words} (")).sum())
    return sides


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
    judge = Judge(review, answer_all(review) if answers is None else answers)
    weighed = [judge.weigh(part) for part in review.claim_parts.to_dict("records")]
    claims = []
    for claim in review.claims.to_dict("records"):
        mine = [each for each in weighed if each.part["claim_id"] == claim["claim_id"]]
        claims.append(judge.claim(claim, mine))
    asked = [each for each in judge.answers.values() if each.question.claim_side and each.effects.k]
    return Verdicts((*claims, *map(judge.part, weighed), *map(judge.question, asked)))


def verdict(review: Review, key: str, answers: Mapping[str, Answer] | None = None) -> Verdict:
    """Return the verdict on one claim, part or question; see `verdicts`.

    Raises
    ------
    OptionError
        If there is none; the nearest id is named.
    """
    return verdicts(review, answers)[key]
