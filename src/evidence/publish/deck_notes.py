"""Speaker notes: what a slide leaves out, from the same results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from evidence.certainty.grade import NOT_RATED, grade
from evidence.certainty.verdict_result import Verdict
from evidence.figures.style import DISCLAIMER
from evidence.publish.deck_evidence import Evidence
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.tables.fields import listed
from evidence.tables.references import csl_items, render

NO_PAGE = "computed from the tables of this review"


def claim_notes(review: Review, verdict: Verdict, shown: Evidence, answers: Mapping[str, Answer]) -> str:
    """Return the notes of a claim's slide.

    Parameters
    ----------
    review : Review
    verdict : Verdict
    shown : Evidence
    answers : mapping of str to Answer

    Returns
    -------
    str
        The claim, the whole finding, methods, certainty with its reasons, limits, what stands against it, the
        picture in words, and references.
    """
    figure = shown.figure
    parts = [
        ("The article says", [verdict.text]),
        ("Finding", [verdict.wording, f"{verdict.verdict_label}: {verdict.because}"]),
        ("Shown", [shown.shown]),
        ("Methods", shown.methods),
        ("Certainty", [verdict.certainty_label, *certainty_reasons(review, verdict, answers)]),
        ("Limits", [*shown.limits, DISCLAIMER]),
        ("What stands against it", [verdict.against]),
        ("The picture in words", [figure.long_alt, figure.caption] if figure else []),
        ("References", citations(review, shown.keys)),
    ]
    return sections(parts)


def sections(parts: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return headings with their lines; a heading without lines is left out.

    Examples
    --------
    >>> sections([("Methods", ["One.", "Two."]), ("Limits", [])])
    'METHODS\\nOne.\\nTwo.'
    """
    return "\n\n".join("\n".join([name.upper(), *lines]) for name, lines in parts if any(lines))


def certainty_reasons(review: Review, verdict: Verdict, answers: Mapping[str, Answer]) -> list[str]:
    """Return why a claim is as certain as it is: the rated answers behind its core parts, step by step."""
    parts = review.claim_parts.query("claim_id == @verdict.claim_id and role == 'core'")
    asked = [key for text in parts["questions"] for key in listed(text) if answers[key].effects.k]
    rated = [grade(review, key, found=answers[key]) for key in asked]
    if rated:
        return [f"{each.question_id}: {each.label}; {each.reasons()}" for each in rated]
    if verdict.certainty == NOT_RATED:
        return ["No study that counts measured it, so nothing was rated."]
    return ["No comparison answers it: what happened in one group, before and after, is rated very low."]


def citations(review: Review, keys: Iterable[str]) -> list[str]:
    """Return the references of studies and reviews, numbered; other pages by their names and addresses."""
    known = {item["id"] for item in csl_items(review)}
    wanted = list(dict.fromkeys(keys))
    cited = render(review, [key for key in wanted if key in known])
    pages = pd.concat([review.claims_evidence, review.prices]).drop_duplicates("source_label")
    address = pages.set_index("source_label")["source"]
    return [*cited, *(f"{key}: {address.get(key, NO_PAGE)}" for key in wanted if key not in known)]
