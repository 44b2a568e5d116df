"""What differs from the primary analysis: every choice and every result, side by side, said in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from evidence.explorer.choices import choices_for
from evidence.explorer.compute import Result
from evidence.explorer.state import State
from evidence.explorer.trial import KIND_LABELS, fields
from evidence.review import Review
from evidence.tables.question import Question

CHANGED, SAME = "changed", "the same"


@dataclass(frozen=True, slots=True)
class Difference:
    """One choice or result, in the primary analysis and here.

    Attributes
    ----------
    what, primary, here : str
    chosen : bool
        Whether it is a choice, not what followed from one.
    """

    what: str
    primary: str
    here: str
    chosen: bool

    @property
    def changed(self) -> bool:
        """Whether it is not as in the primary analysis."""
        return self.primary != self.here


def differences(review: Review, primary: Result, here: Result) -> tuple[Difference, ...]:
    """Return every choice and result, in the primary analysis and under the choices made.

    Parameters
    ----------
    review : Review
    primary, here : Result
        Of the same question.

    Returns
    -------
    tuple of Difference
        Choices first.

    Examples
    --------
    >>> import evidence as ev
    >>> from evidence.explorer.compute import Engine
    >>> engine = Engine(ev.load())
    >>> first, *_ = differences(engine.review, engine(State("Q1b")), engine(State("Q1b", r=0.9)))
    >>> first.what, first.primary, first.here, first.changed
    ('Correlation within people', '0.5', '0.9', True)
    """
    question = review.question(here.state.question)
    chosen = [
        Difference(
            choice.label,
            choice.words(_level(primary.state, question, choice.name)),
            choice.words(_level(here.state, question, choice.name)),
            True,
        )
        for choice in choices_for(question)
    ]
    chosen.append(Difference("Studies left out", "none", _left_out(here), True))
    chosen.append(Difference("Hypothetical trial", "none", _trial(question, here.state), True))
    results = [
        Difference(what, first, second, False)
        for (what, first), second in zip(_results(primary).items(), _results(here).values(), strict=True)
    ]
    return (*chosen, *results)


def _level(state: State, question: Question, name: str) -> str | float:
    return (
        getattr(state, name) or getattr(question, name)
        if name in ("measure", "model")
        else getattr(state, name)
    )


def _left_out(result: Result) -> str:
    table = result.answer.effects.table.drop_duplicates("study_id").set_index("study_id")
    return ", ".join(table["label"][list(result.state.without)]) or "none"


def _trial(question: Question, state: State) -> str:
    trial = state.trial
    if trial is None:
        return "none"
    names = fields(question, state.measure_of(question), trial.kind).values()
    said = "; ".join(f"{name} {value:g}" for name, value in zip(names, trial.numbers, strict=True))
    return f"by {KIND_LABELS[trial.kind]}: {said}"


def _results(result: Result) -> dict[str, str]:
    numbers = result.numbers()
    share = result.answer.question.kind == "proportion"
    return {
        "Rows with a number": str(result.answer.effects.k),
        "Estimate": _shown(numbers["estimate"], share=share),
        "95 % interval": _range(numbers["ci_low"], numbers["ci_high"], share=share),
        "95 % prediction interval": _range(numbers["pi_low"], numbers["pi_high"], share=share),
        "Certainty": result.certainty.label,
        "Verdict": result.verdict.verdict_label if result.verdict else "no claim to judge",
    }


def _shown(value: float, *, share: bool) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:.1%}" if share else f"{value:.2f}"


def _range(low: float, high: float, *, share: bool) -> str:
    return "none" if math.isnan(low) else f"{_shown(low, share=share)} to {_shown(high, share=share)}"


def table_of(found: tuple[Difference, ...]) -> pd.DataFrame:
    """Return differences as a table whose last column says in words what changed."""
    return pd.DataFrame(
        {
            "What": [each.what for each in found],
            "Primary analysis": [each.primary for each in found],
            "Here": [each.here for each in found],
            "Changed?": [CHANGED if each.changed else SAME for each in found],
        }
    )
