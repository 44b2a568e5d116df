"""Figures in plain words, for lay readers and teachers, drawn from the review alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pandas as pd

from evidence.certainty.absolute import RATIOS, absolute
from evidence.certainty.reading import reading
from evidence.errors import InputError
from evidence.figures.before_after import before_after_distributions
from evidence.figures.certainty_scale import certainty_scale
from evidence.figures.cost_ladder import cost_ladder
from evidence.figures.figure import EvidenceFigure
from evidence.figures.icon_array import icon_array
from evidence.figures.icon_groups import icon_rows
from evidence.figures.improvement_timeline import improvement_timeline, timeline_rows
from evidence.figures.known_answers import known_answers
from evidence.figures.plain_reasons import certainty_rows
from evidence.figures.plain_words import asked_plainly, treatment_words
from evidence.figures.remember import remembered
from evidence.figures.text import counted
from evidence.review import Review
from evidence.synthesis.cost import total_cost
from evidence.tables.question import Question

Draw = Callable[..., EvidenceFigure]
_COUNTED = (*RATIOS, "RD")


def plain_figures(asked: Sequence[Question]) -> dict[str, Draw]:
    """Return the figures in plain words by name, those of questions with too few numbers among them."""
    return {
        "certainty_scale": draw_certainty_scale,
        **{_name("icons", each): partial(draw_icons, question_id=each.id) for each in asked if _counts(each)},
        **{
            _name("before_after", each): partial(draw_before_after, question_id=each.id)
            for each in asked
            if _changes(each)
        },
        "improvement_timeline": draw_improvement_timeline,
        "cost_ladder": draw_cost_ladder,
    }


def without_number(review: Review, included: Mapping[str, pd.DataFrame]) -> set[str]:
    """Return the names of figures whose question has no pooled number, nor that of a single study.

    Parameters
    ----------
    review : Review
    included : mapping of str to DataFrame
        The rows with a number of every question.
    """
    missing = set()
    for each in review.all_questions():
        if not (_counts(each) or _changes(each)):
            continue
        rows = included[each.id]
        known = (len(rows) > 1 and each.model != "shown") or (len(rows) == 1 and _counts(each))
        if each.kind == "contrast" and "total_2" not in rows:
            known = False
        if not known:
            missing.add(_name("icons" if _counts(each) else "before_after", each))
    return missing


def draw_icons(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw of 100 people how many an answer means, beside the comparator where there is one."""
    question = review.question(question_id)
    found = known_answers(review)[question_id]
    names = [f"After {treatment_words(review, codes)}" for codes in (question.treatment, question.comparator)]
    studies = counted(found.effects.included["study_id"].nunique(), "study", "studies")
    return icon_array(
        icon_rows(absolute(review, found), *names),
        title=asked_plainly(review, question),
        subtitle=f"From {studies} with {counted(found.people, 'person', 'people')}",
        preset=preset,
        name=_name("icons", question),
    )


@remembered
def _certainties(review: Review) -> pd.DataFrame:
    """Return how sure one can be of the answers in the summary of findings, in its order."""
    asked = [each for each in review.all_questions() if each.summary_order is not None]
    ordered = sorted(asked, key=lambda each: each.summary_order or 0)
    known = known_answers(review)
    return certainty_rows(review, {each.id: known[each.id] for each in ordered})


def draw_certainty_scale(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw how sure one can be of the answers that stand in the summary of findings."""
    rows = _certainties(review)
    title = "How sure can we be of each answer?"
    return certainty_scale(rows, title=title, subtitle=f"{len(rows)} answers about needling", preset=preset)


def draw_before_after(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw a pooled change as two bells, before and after."""
    found = known_answers(review)[question_id]
    held = reading(found)
    if held is None:
        raise InputError(f"{question_id} has no pooled change; there is nothing to draw before and after.")
    groups = counted(found.effects.k, "group")
    return before_after_distributions(
        held.estimate,
        held.low,
        held.high,
        points=absolute(review, found),
        title=asked_plainly(review, found.question),
        subtitle=f"Scores before and after, from {groups} with {counted(found.people, 'person', 'people')}",
        preset=preset,
        name=_name("before_after", found.question),
    )


@remembered
def _visits(review: Review) -> pd.DataFrame:
    """Return the visits of which every page of the figure is drawn."""
    return timeline_rows(review)


def draw_improvement_timeline(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw what was measured at each visit of the groups that were seen more than once."""
    rows = _visits(review)
    studies = counted(rows["study_id"].nunique(), "study", "studies")
    subtitle = f"Points of each scale since the start, from {studies} with more than one visit"
    title = "How scars changed from visit to visit"
    return improvement_timeline(rows, title=title, subtitle=subtitle, preset=preset)


def draw_cost_ladder(review: Review, *, preset: str = "web") -> EvidenceFigure:
    """Draw what one session costs, then two and so on, and the simulated total."""
    cost = total_cost(review)
    pages = counted(len(cost.prices), "web page")
    subtitle = f"Prices of microneedling in US dollars, from {pages}"
    return cost_ladder(cost, title="What do all sessions cost?", subtitle=subtitle, preset=preset)


def _counts(question: Question) -> bool:
    """Say whether a question is answered in people."""
    return question.kind == "proportion" or (question.kind == "contrast" and question.measure in _COUNTED)


def _changes(question: Question) -> bool:
    """Say whether a question is answered by a pooled standardised change."""
    return question.kind == "change" and question.model != "shown"


def _name(kind: str, question: Question) -> str:
    return f"{kind}_{question.id.replace('.', '_')}"
