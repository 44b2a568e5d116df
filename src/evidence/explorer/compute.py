"""From a `State` to its `Result`: the answer, its certainty and its verdict under the choices made."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from evidence.certainty.grade import Certainty
from evidence.certainty.verdict import Judge
from evidence.certainty.verdict_result import Verdict
from evidence.effects.assemble import find
from evidence.effects.effects import Effects
from evidence.effects.measures import IMPLAUSIBLE_SMD, MEASURES
from evidence.explorer.state import State, checked
from evidence.explorer.trial import STUDY_ID, row_of
from evidence.review import Review
from evidence.robustness.multiverse_choices import effects_options
from evidence.synthesis.answer import Answer
from evidence.synthesis.pool import Pooled, pool
from evidence.synthesis.proportion import Proportion, proportion
from evidence.tables.question import Question

LEFT_OUT = "left out by hand"
KEPT = 128
_LIMITS_OF_THE_OWN_MEASURE = (
    "the smallest worthwhile effect is stated for the question's own measure; certainty is rated without it"
)
_WITHOUT_THE_TRIAL = (
    "certainty and verdict are those of the published studies, without the hypothetical trial"
)
_LARGE = (
    "the hypothetical trial lies beyond {:g} standard deviations: check that its SD is not a standard error"
)
_SHOWN = "the protocol shows these studies without pooling them"


@dataclass(frozen=True, slots=True)
class Result:
    """What the choices of an exploration lead to.

    Attributes
    ----------
    state : State
    answer : Answer
        With the studies left out, and the hypothetical trial, in its effects.
    certainty : Certainty
    verdict : Verdict or None
        None where the question has no side.
    notes : tuple of str
        What a reader should know of these numbers.
    """

    state: State
    answer: Answer
    certainty: Certainty
    verdict: Verdict | None
    notes: tuple[str, ...]

    def numbers(self) -> dict[str, float]:
        """Return estimate, ci_low, ci_high, pi_low, pi_high on the reader's scale; NaN where not pooled."""
        names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        result = self.answer.result
        if isinstance(result, Pooled):
            return result.display()
        if isinstance(result, Proportion):
            ends = ("", "_low", "_high", "_pi_low", "_pi_high")
            return {
                name: float(getattr(result, f"proportion{end}"))
                for name, end in zip(names, ends, strict=True)
            }
        return dict.fromkeys(names, math.nan)


class Engine:
    """Computes results for one review and keeps the last ones.

    Parameters
    ----------
    review : Review
        Its tables must not change as long as the engine is used.

    Examples
    --------
    >>> import evidence as ev
    >>> engine = Engine(ev.load())
    >>> engine(State("Q1b", r=0.9)).answer.effects.k
    7
    """

    def __init__(self, review: Review) -> None:
        self.review = review
        self._found = lru_cache(KEPT)(lambda question_id: find(review, review.question(question_id)))
        self._effects = lru_cache(KEPT)(self._effects_of)
        self._results = lru_cache(KEPT)(self._result_of)

    def __call__(self, state: State) -> Result:
        """Return the result of a state.

        Raises
        ------
        InputError
            If a choice does not exist or does not fit another.
        """
        rows = self._effects(state.question) if state.without else None
        return self._results(checked(self.review, state, rows=rows))

    def _effects_of(self, question_id: str, **levels: Any) -> Effects:
        return self.review.effects(question_id, found=self._found(question_id), **levels)

    def _result_of(self, state: State) -> Result:
        question = self._question(state)
        published = self._answer(question, replace(state, trial=None))
        answer = published if state.trial is None else self._answer(question, state)
        judge = Judge(self.review, {question.id: published})
        verdict = judge.question(published) if question.claim_side else None
        return Result(state, answer, judge.rating(question.id), verdict, _notes(question, state, answer))

    def _question(self, state: State) -> Question:
        """Return the question, without the limits that another measure does not share."""
        question = self.review.question(state.question)
        if not state.measure:
            return question
        benchmark = question.benchmark if question.kind == "proportion" else None
        return replace(question, worthwhile=None, benchmark=benchmark)

    def _answer(self, question: Question, state: State) -> Answer:
        effects = self._effects(question.id, **row_options(question, state))
        effects = _with_trial(_without(effects, state.without), question, state)
        if question.kind == "proportion":
            return Answer(question, effects, _share(effects, state.model_of(question)))
        if effects.k < 2 or question.model == "shown":
            return Answer(question, effects, None)
        fitted = pool(effects, method=state.method, test=state.test, prediction=state.prediction)
        return Answer(question, effects, fitted)


def row_options(question: Question, state: State) -> dict[str, Any]:
    """Return the options of `review.effects` that a state stands for, those of the protocol left out.

    Examples
    --------
    >>> import evidence as ev
    >>> row_options(ev.load().question("Q1b"), State("Q1b", r=0.9, design="randomised only"))
    {'r': 0.9, 'randomised_only': True}
    """
    levels: dict[str, Any] = {"design": state.design, "cautions": state.cautions}
    if question.kind == "proportion":
        measure = model_parts(state.model_of(question))[0]
        levels |= {"measure": measure} if measure != question.measure else {}
    else:
        levels |= {"measure": state.measure} if state.measure else {}
        levels |= {"r": state.r} if state.r != State("").r else {}
    return effects_options(levels)


def model_parts(model: str) -> tuple[str, str]:
    """Return the measure and the method that a model of shares stands for.

    Examples
    --------
    >>> model_parts("PAS REML"), model_parts("GLMM")
    (('PAS', 'REML'), ('PLO', 'GLMM'))
    """
    measure, _, method = model.rpartition(" ")
    return measure or "PLO", method


def _share(effects: Effects, model: str) -> Proportion | None:
    rows = effects.included
    if len(rows) < 2:
        return None
    measure, method = model_parts(model)
    return proportion(
        xi=rows["xi"].to_numpy(dtype=float),
        ni=rows["ni"].to_numpy(dtype=float),
        labels=rows["label"].tolist(),
        measure=measure,
        method=method,
    )


def _without(effects: Effects, study_ids: tuple[str, ...]) -> Effects:
    """Leave studies out; they stay in the table with the reason."""
    if not study_ids:
        return effects
    table = effects.table.copy()
    left_out = table["study_id"].isin(study_ids) & table["included"]
    table.loc[left_out, ["included", "reason"]] = [False, LEFT_OUT]
    return replace(effects, table=table)


def _with_trial(effects: Effects, question: Question, state: State) -> Effects:
    """Add the hypothetical trial below the studies that have a number."""
    if state.trial is None:
        return effects
    row = row_of(question, effects.measure, state.trial, r=state.r)
    table = effects.table
    blank = {
        name: np.nan if pd.api.types.is_numeric_dtype(kind) else "" for name, kind in table.dtypes.items()
    }
    records = table.to_dict("records")
    below = int(np.flatnonzero(table["included"]).max(initial=-1)) + 1
    records.insert(below, blank | {name: value for name, value in row.items() if name in blank})
    return replace(effects, table=pd.DataFrame(records, columns=table.columns))


def _notes(question: Question, state: State, answer: Answer) -> tuple[str, ...]:
    notes = []
    if question.model == "shown":
        notes.append(_SHOWN)
    if state.measure and question.kind != "proportion":
        notes.append(_LIMITS_OF_THE_OWN_MEASURE)
    if state.trial is not None:
        notes.append(_WITHOUT_THE_TRIAL)
        own = answer.effects.table.set_index("study_id").loc[STUDY_ID]
        if MEASURES[own["measure"]].standardised and abs(own["yi"]) > IMPLAUSIBLE_SMD:
            notes.append(_LARGE.format(IMPLAUSIBLE_SMD))
    return (*notes, *getattr(answer.result, "notes", ()))
