"""Evidence weighed: the facts that the rules of a verdict look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.arguments import option
from evidence.certainty.bearing import items
from evidence.certainty.grade import LEVELS, NOT_RATED
from evidence.certainty.item import Item
from evidence.certainty.reading import AGAINST, FOR
from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, OnDemand
from evidence.tables.comparisons import in_words
from evidence.tables.found import KINDS, SHAM

_SHOWN = ("side", "tested", "measured", "kind", "studies", "people", "direct", "source", "words")


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
        sides = sources(self.items)
        tested = {item.side for item in self.items if item.counts and item.tested}
        outweighed = sides[AGAINST] > 0 and sides[AGAINST] >= sides[FOR]
        refuted = AGAINST in tested and FOR not in tested
        return "fails" if counters or outweighed or refuted else "holds"


def sources(found: Sequence[Item]) -> Counter[str]:
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
    sides = sources(found)
    tested = {item.side for item in found if item.counts and item.tested}
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
        "trials": _number_word(sources([item for item in found if item.kind == SHAM])[mine]),
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
    sides = sources([item for item in deciding if KINDS.index(item.kind) == best])
    other = sides[FOR if mine == AGAINST else AGAINST]
    return other > 0 and other >= sides[mine]


def bearing(review: Review, claim_id: str, answers: Mapping[str, Answer] | None = None) -> pd.DataFrame:
    """Return everything that bears on a claim, part by part, the strongest first.

    Parameters
    ----------
    review : Review
    claim_id : str
    answers : mapping of str to Answer, optional
        Answers by question id; those that the claim's parts name are computed by default.

    Returns
    -------
    DataFrame
        One row a piece of evidence: part, side ("for", "against", "neither"), tested, measured, kind,
        studies, people, direct (about the people the claim speaks of), source, words.

    Raises
    ------
    OptionError
        If there is no such claim.

    Examples
    --------
    >>> import evidence as ev
    >>> rows = bearing(ev.load(), "C2")
    >>> rows.loc[rows["side"] == "against", "source"].tolist()[0]
    'eldomyati_jcad'
    """
    checked_review(review)
    option("claim", claim_id, review.claims["claim_id"])
    known = OnDemand(review, answers)
    parts = review.claim_parts.loc[review.claim_parts["claim_id"] == claim_id]
    rows = []
    for part in parts.to_dict("records"):
        found = sorted(items(review, part, known), key=Item.strength, reverse=True)
        rows += [{"part": part["part"], **{name: getattr(item, name) for name in _SHOWN}} for item in found]
    return pd.DataFrame(rows, columns=["part", *_SHOWN])


def direction_rows(
    review: Review, claim_id: str, answers: Mapping[str, Answer] | None = None
) -> pd.DataFrame:
    """Return what was measured for a claim as the effect-direction plot takes it, one row a source and part.

    Parameters
    ----------
    review : Review
    claim_id : str
    answers : mapping of str to Answer, optional

    Returns
    -------
    DataFrame
        study, label, design (kind of evidence), n, outcome (the part of the claim), direction ("for",
        "against", "neither"), tested and note.

    Raises
    ------
    OptionError
        If there is no such claim.
    """
    rows = bearing(review, claim_id, answers)
    rows = rows.loc[rows["measured"]].drop_duplicates(["part", "source"])
    labels = pd.concat(
        [review.studies.set_index("study_id")["label"], review.reviews.set_index("review_id")["first_author"]]
    )
    known = rows["source"].map(labels[~labels.index.duplicated()])
    return pd.DataFrame(
        {
            "study": rows["source"],
            "label": known.fillna(rows["source"]),
            "design": rows["kind"],
            "n": rows["people"],
            "outcome": rows["part"],
            "direction": rows["side"],
            "tested": rows["tested"],
            "note": ["" if direct else "other people than the claim speaks of" for direct in rows["direct"]],
        }
    ).reset_index(drop=True)


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


def printed_directions(review: Review, found: Answer) -> Counter[str]:
    """Count reports without a usable number by the side their printed direction lies on."""
    question = found.question
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
