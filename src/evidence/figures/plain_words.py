"""Plain words: what lay readers are told in place of codes, terms and numbers with decimals."""

from __future__ import annotations

import math

from evidence.certainty.grade import NOT_RATED
from evidence.review import Review
from evidence.synthesis.answer import TOO_WIDE
from evidence.tables.question import Question

PER = 100
_NOISE = 1e-9
_TREATMENTS = {
    "mn": "microneedling",
    "mnrf": "microneedling with heat",
    "mn_prp": "microneedling with blood plasma",
    "mn_peel": "microneedling with a peel",
    "mn_insulin": "microneedling with insulin",
    "prp": "blood plasma",
    "peel": "a chemical peel",
    "tca_cross": "acid drops",
    "laser_ablative_fractional": "laser",
    "laser_nonablative_fractional": "mild laser",
    "topical": "a cream",
    "placebo": "no or sham treatment",
    "other": "plasma heat",
}
_HAPPENS = {
    "ae_pih": "get dark spots",
    "ae_erythema": "get red skin",
    "ae_edema": "have swelling",
    "ae_other": "feel pain",
    "ae_infection": "get an infection",
    "ae_scarring": "get new or worse scars",
}
_BETTER = {
    "ge50_pct": "have scars that are half gone or better",
    "ge1_grade": "have scars that are one grade better",
    "gt1_grade": "have scars that are more than one grade better",
    "good_or_excellent": "have scars that get much better",
    "any": "have scars that get better at all",
    "undefined": "do well (no rule was given)",
}
CERTAINTIES = {
    "very_low": ("Very low", "We can't be sure of this."),
    "low": ("Low", "This may be so."),
    "moderate": ("Medium", "This is likely so."),
    "high": ("High", "We can trust this."),
    NOT_RATED: ("Not rated", "There was nothing to rate."),
}


def treatment_words(review: Review, codes: tuple[str, ...]) -> str:
    """Return treatments in plain words; one without any keeps its label.

    Examples
    --------
    >>> import evidence as ev
    >>> treatment_words(ev.load(), ("mn_prp",))
    'microneedling with blood plasma'
    """
    return " or ".join(_TREATMENTS.get(code) or review.label("treatment", code) for code in codes)


def happening(review: Review, question: Question) -> str:
    """Return what is counted, as what people do or get.

    Examples
    --------
    >>> import evidence as ev
    >>> review = ev.load()
    >>> happening(review, review.question("Q4a"))
    'get dark spots'
    """
    outcome = question.outcomes[0]
    if outcome == "responder":
        known = [_BETTER[each] for each in question.threshold_classes if each in _BETTER]
        return known[0] if known else "have scars that get better"
    return _HAPPENS.get(outcome) or f"have {review.label('outcome', outcome).lower()}"


def asked_plainly(review: Review, question: Question) -> str:
    """Return a question in plain words.

    Examples
    --------
    >>> import evidence as ev
    >>> review = ev.load()
    >>> asked_plainly(review, review.question("Q1b"))
    'Do scars get better after microneedling?'
    """
    treated = treatment_words(review, question.treatment)
    compared = treatment_words(review, question.comparator)
    if question.kind == "proportion":
        return f"After {treated}: how many people {happening(review, question)}?"
    if question.kind == "change":
        beside = f", and with {compared}" if compared else ""
        return f"Do scars get better after {treated}{beside}?"
    if compared and treated.startswith(f"{compared} with "):
        treated, compared = compared, treated.removeprefix(f"{compared} with ")
        treated, compared = f"{treated} with", f"without {compared}"
    which = f"{treated[0].upper()}{treated[1:]} or {compared}"
    if question.outcomes[0] == "pain_vas":
        return f"{which}: which hurts less?"
    if question.measure in ("OR", "RR", "RD"):
        return f"{which}: how many people {happening(review, question)}?"
    return f"{which}: which helps scars more?"


def whole(value: float) -> int:
    """Round to whole people, halves up, so that a picture and its words hold the same number.

    Examples
    --------
    >>> whole(2.5), whole(0.4), whole(99.6)
    (3, 0, 100)
    """
    return math.floor(value + 0.5)


def amount(value: float) -> str:
    """Write a number of 100 people; a few are never none, and most never all.

    Examples
    --------
    >>> amount(0), amount(0.2), amount(6.7), amount(99.6), amount(100)
    ('0', 'fewer than 1', '7', 'more than 99', '100')
    """
    if whole(value) < 1 and value > _NOISE:
        return "fewer than 1"
    if whole(value) == PER and value < PER - _NOISE:
        return "more than 99"
    return f"{whole(value)}"


def people_words(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """Return a share with its range as a sentence without a stop.

    Examples
    --------
    >>> people_words(6.67, 1.96, 22.63)
    'About 7 of 100 people (from 2 to 23)'
    >>> people_words(0, 0, 30.8), people_words(0.3)
    ('None of 100 people (from 0 to 31)', 'Fewer than 1 of 100 people')
    """
    said = amount(value)
    first = {"0": "None", "100": "All"}.get(said)
    if first is None:
        first = f"{said[0].upper()}{said[1:]}" if " " in said else f"About {said}"
    ends = "" if math.isnan(low) else f" (from {amount(low)} to {amount(high)})"
    return f"{first} of {PER} people{ends}"


def too_wide(low: float, high: float) -> bool:
    """Say whether a range of 100 people is so wide that it tells next to nothing."""
    return high - low > PER * TOO_WIDE


def lowered(text: str) -> str:
    """Return a sentence as it goes on after a colon.

    Examples
    --------
    >>> lowered("About 7")
    'about 7'
    """
    return text[:1].lower() + text[1:]
