"""Figures that doubt an answer, for each question whose pooled mean rests on three or more studies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from evidence.certainty.what_next import WhatNext, what_next
from evidence.effects.effects import Effects
from evidence.figures.figure import EvidenceFigure
from evidence.figures.funnel import funnel
from evidence.figures.gosh import gosh as gosh_plot
from evidence.figures.influence_plot import influence_plot
from evidence.figures.known_answers import known_answers
from evidence.figures.leave_one_out import leave_one_out as leave_one_out_forest
from evidence.figures.next_studies import next_studies
from evidence.figures.remember import remembered
from evidence.figures.specification_curve import specification_curve
from evidence.figures.text import counted
from evidence.review import Review
from evidence.robustness.influence import influence
from evidence.robustness.leave_one_out import leave_one_out
from evidence.robustness.multiverse import multiverse
from evidence.robustness.multiverse_result import Multiverse
from evidence.robustness.small_study import small_study
from evidence.robustness.small_study_input import LEAST
from evidence.robustness.subsets import gosh
from evidence.synthesis.answer import PRIMARY
from evidence.synthesis.pool import pool
from evidence.tables.question import Question

ENOUGH = 3
Draw = Callable[..., EvidenceFigure]


def robustness_figures(questions: Sequence[Question]) -> dict[str, dict[str, Draw]]:
    """Return the figures that doubt each pooled difference or change, by question and name."""
    return {
        each.id: {_name(kind, each): partial(drawn, question_id=each.id) for kind, drawn in _KINDS.items()}
        for each in questions
        if each.kind in {"change", "contrast"} and each.model != "shown"
    }


def draw_leave_one_out(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw the estimates with each study left out in turn."""
    found = leave_one_out(_effects(review, question_id))
    estimates = found.display()["estimate"]
    title = f"Without any one study the estimate lies between {estimates.min():.2f} and {estimates.max():.2f}"
    return _named(leave_one_out_forest, found, review.question(question_id), title, preset, "leave_one_out")


def draw_influence(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw what each study does to the pooled mean."""
    found = influence(_effects(review, question_id))
    flagged = int(found.summary()["influential"].sum())
    of = counted(len(found.summary()), "study", "studies")
    title = f"{flagged or 'None'} of {of} {'is' if flagged < 2 else 'are'} influential"
    return _named(influence_plot, found, review.question(question_id), title, preset, "influence")


def draw_subsets(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw the pooled means of every subset of the studies."""
    found = gosh(_effects(review, question_id))
    ends = f"{np.min(found.estimate):.2f} to {np.max(found.estimate):.2f}"
    title = f"{counted(len(found.estimate), 'subset')} of the studies: pooled means from {ends}"
    return _named(gosh_plot, found, review.question(question_id), title, preset, "subsets")


def draw_funnel(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw the funnel plot; from ten studies on its title says what the suiting test of asymmetry found."""
    effects = _effects(review, question_id)
    studies = effects.included["study_id"].nunique()
    title = f"{studies} studies are too few to tell missing ones from chance"
    if studies >= LEAST:
        table = small_study(effects).table.query("suits != 'does not suit'").dropna(subset="p")
        title = f"Small studies against large ones: p = {table['p'].iloc[0]:.2f}" if len(table) else ""
    return _named(funnel, pool(effects, **PRIMARY), review.question(question_id), title, preset, "funnel")


def draw_choices(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw the answers of every defensible path through the analytic choices."""
    found = _multiverse(review, question_id)
    paths = found.on().query("distinct")
    beyond = 100 * (paths["beyond"] != "neither").mean()
    null = "no change" if found.question.kind == "change" else "no difference"
    title = f"{beyond:.0f} % of {counted(len(paths), 'analysis', 'analyses')} exclude {null}"
    return _named(specification_curve, found, found.question, title, preset, "choices")


def draw_next(review: Review, question_id: str, *, preset: str = "web") -> EvidenceFigure:
    """Draw which study's missing number would narrow the interval most."""
    found = _what_next(review, question_id)
    first = found.summary().iloc[0]
    title = f"The missing numbers of {first['study']} would narrow the interval most"
    return _named(next_studies, found, review.question(question_id), title, preset, "next")


@remembered
def _multiverse(review: Review, question_id: str) -> Multiverse:
    return multiverse(review, question_id)


@remembered
def _what_next(review: Review, question_id: str) -> WhatNext:
    return what_next(review, question_id, answers=known_answers(review))


def _effects(review: Review, question_id: str) -> Effects:
    return known_answers(review)[question_id].effects


def _named(
    drawn: Draw, found: object, question: Question, title: str, preset: str, kind: str
) -> EvidenceFigure:
    return drawn(found, title=title, subtitle=question.text, preset=preset, name=_name(kind, question))


def _name(kind: str, question: Question) -> str:
    return f"{kind}_{question.id.replace('.', '_')}"


_KINDS: Mapping[str, Draw] = {
    "leave_one_out": draw_leave_one_out,
    "influence": draw_influence,
    "subsets": draw_subsets,
    "funnel": draw_funnel,
    "choices": draw_choices,
    "next": draw_next,
}
