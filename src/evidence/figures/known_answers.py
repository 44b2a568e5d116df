"""The answers that figures of one review share, each computed when the first of them asks for it."""

from __future__ import annotations

from evidence.effects.assemble import KINDS
from evidence.figures.remember import remembered
from evidence.review import Review
from evidence.synthesis.answer import Answer, OnDemand


@remembered
def known_answers(review: Review) -> OnDemand:
    """Return the answers by question id, computed once as long as the tables hold the same."""
    return OnDemand(review)


def every_answer(review: Review) -> dict[str, Answer]:
    """Return the answers to all questions that effect sizes answer, by question id."""
    known = known_answers(review)
    return {question.id: known[question.id] for question in review.all_questions() if question.kind in KINDS}
