"""A question for the audience, with its choices and its answer computed from the review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.certainty.verdict_result import Verdicts
from evidence.figures.forest_axis import axis
from evidence.publish.deck_lessons import teaching_answer
from evidence.synthesis.answer import Answer


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question with its choices, and the answer with its reason."""

    question: str
    facts: str
    choices: tuple[str, ...]
    answer: str


def quiz(answers: Mapping[str, Answer], judged: Verdicts) -> Quiz:
    """Ask what the prediction interval says; without one, how many claims are supported."""
    found = teaching_answer(answers)
    return _on_verdicts(judged) if found is None else _on_prediction(found)


def _on_prediction(found: Answer) -> Quiz:
    result = found.result
    units = axis(found.effects.scale, found.effects.measure, None)
    shown = units.shown(found.effects.yi)
    spans = (
        units.interval(result.ci_low, result.ci_high),
        units.interval(result.pi_low, result.pi_high),
        f"{shown.min():.{units.digits}f} to {shown.max():.{units.digits}f}",
    )
    mean = f"{float(units.shown(result.estimate)):.{units.digits}f}"
    why = (
        f"B. The prediction interval, {spans[1]}, says where the true effect of a new study may lie, since"
        f" studies differ among themselves. A ({spans[0]}) is the interval of the mean of all studies, and C"
        f" ({spans[2]}) only spans what these studies happened to find."
    )
    return Quiz(
        "Quiz: where may the true effect of the next study lie?",
        f"{found.question.text}: {result.k} {found.units}, pooled estimate {mean}.",
        tuple(f"{letter}: {span}" for letter, span in zip("ABC", spans, strict=True)),
        f"{why} {result.method_text()}",
    )


def _on_verdicts(judged: Verdicts) -> Quiz:
    claims = judged.of("claim")
    count = sum(each.verdict == "supported" for each in claims)
    choices = sorted({count, 0 if count else len(claims), (len(claims) + 1) // 2})
    right = "ABC"[choices.index(count)]
    return Quiz(
        f"Quiz: how many of the {len(claims)} claims are supported without reservations?",
        "Think of the chart of all verdicts.",
        tuple(f"{letter}: {choice}" for letter, choice in zip("ABC", choices, strict=False)),
        f"{right}. " + "; ".join(f"{each.id} {each.verdict_label}" for each in claims),
    )
