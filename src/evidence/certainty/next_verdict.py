"""Whether a study's missing number may move a verdict: the rules, asked again with simulated answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evidence.certainty.verdict import Judge
from evidence.effects.effects import Effects
from evidence.review import Review
from evidence.robustness.next_study import Candidate, NextStudies
from evidence.synthesis.answer import PRIMARY, Answer, share_of
from evidence.synthesis.pool import pool
from evidence.tables.schema import LIST_SEPARATOR


class VerdictShift:
    """Verdicts now, and with a study's simulated number.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
    """

    def __init__(self, review: Review, answers: Mapping[str, Answer]) -> None:
        self._review = review
        self._answers = answers
        self._now = Judge(review, answers)
        self._parts = review.claim_parts.to_dict("records")
        self._claims = review.claims.set_index("claim_id", drop=False).to_dict("index")
        named = review.claim_parts["questions"].dropna().str.split(LIST_SEPARATOR)
        self._deciding = {key for keys in named for key in keys}
        self._known: dict[str, tuple[str, str]] = {}

    def now(self, question_id: str) -> tuple[str, str]:
        """Return the verdicts on a question and its claim; "" for a claim that other questions decide."""
        if question_id not in self._known:
            self._known[question_id] = self._verdicts(self._now, self._answers, question_id)
        return self._known[question_id]

    def chances(self, found: NextStudies, study: Candidate) -> tuple[float, float]:
        """Return the simulated probabilities that the question's and the claim's verdict change.

        The rules are asked once for each side to which the interval moves, and each side on which the
        estimate then lies, with the certainty rated anew, for the draw in the middle of those. Draws whose
        interval stays on its side of no effect count as no change. NaN where the question has no side.
        """
        key = found.question.id
        if not found.question.claim_side:
            return np.nan, np.nan
        side = found.side(study.low, study.high)
        moved = side != found.side(found.low, found.high)
        if not moved.any():
            return 0.0, 0.0
        question, claim = self.now(key)
        points = study.estimate > found.null
        chances = np.zeros(2)
        for where in sorted(set(zip(side[moved].tolist(), points[moved].tolist(), strict=True))):
            chosen = np.flatnonzero(moved & (side == where[0]) & (points == where[1]))
            middle = chosen[np.argsort(study.estimate[chosen], kind="stable")[len(chosen) // 2]]
            answers = _Replaced(self._answers, with_draw(self._answers[key], study, int(middle)))
            then = self._verdicts(Judge(self._review, answers), answers, key)
            chances += np.array([then[0] != question, then[1] != claim]) * len(chosen) / len(side)
        return float(chances[0]), float(chances[1])

    def _verdicts(self, judge: Judge, answers: Mapping[str, Answer], key: str) -> tuple[str, str]:
        claim_id = answers[key].question.claim_id
        parts = [part for part in self._parts if part["claim_id"] == claim_id]
        own = judge.question(answers[key]).verdict
        if key not in self._deciding:
            return own, ""
        return own, judge.claim(self._claims[claim_id], [judge.weigh(part) for part in parts]).verdict


class _Replaced(dict[str, Answer]):
    """Answers of which one is simulated."""

    def __init__(self, answers: Mapping[str, Answer], simulated: Answer) -> None:
        super().__init__({simulated.question.id: simulated})
        self._answers = answers

    def __missing__(self, key: str) -> Answer:
        return self._answers[key]


def with_draw(found: Answer, study: Candidate, draw: int) -> Answer:
    """Return an answer with one simulated draw of a study put in the place of its gaps."""
    table = found.effects.table.copy()
    for row, drawn in zip(study.rows, study.drawn, strict=True):
        place = (table["study_id"] == row.study_id) & (table["arm_id"] == row.arm_id)
        cells: dict[str, Any] = {"yi": drawn.yi[draw], "vi": drawn.vi[draw], "included": True, "reason": ""}
        cells |= {"n": float(np.round(row.n)) if np.isfinite(row.n) else np.nan, "route": "simulated"}
        if len(drawn.xi):
            cells |= {"xi": drawn.xi[draw], "ni": drawn.ni[draw], "n": drawn.ni[draw]}
        for name, value in cells.items():
            table.loc[place, name] = value
    before = found.effects
    effects = Effects(table, before.measure, before.scale, before.title, before.favours)
    if found.question.kind == "proportion":
        return Answer(found.question, effects, share_of(effects, found.question.model))
    return Answer(found.question, effects, pool(effects, **PRIMARY))
