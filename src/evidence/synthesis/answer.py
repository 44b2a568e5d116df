"""A question answered by its primary model, and said in a sentence computed from the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evidence.arguments import FloatArray, instance
from evidence.effects.assemble import KINDS
from evidence.effects.effects import Effects
from evidence.effects.measures import MEASURES
from evidence.effects.scale import scale
from evidence.effects.share import WITHOUT_DENOMINATOR
from evidence.review import Review, checked_review
from evidence.synthesis.exact import exact_interval
from evidence.synthesis.pool import Pooled, pool
from evidence.synthesis.proportion import Proportion, proportion
from evidence.synthesis.proportion_result import BAYES, EXACT
from evidence.tables.question import Question

# The protocol's primary model; its prediction interval uses the distribution and error of the test.
PRIMARY = {"method": "REML", "test": "adhoc", "prediction": "test"}
# An interval wider than this share of all people says only that the groups disagree.
TOO_WIDE = 0.7
SHORT = {
    "SMD": "g",
    "SMCR": "standardised change",
    "SMCC": "standardised change",
    "MC": "change in points",
    "MD": "difference in points",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question's primary model says.

    Attributes
    ----------
    question : Question
    effects : Effects
        Every study that was found, included or with its reason.
    result : Pooled, Proportion or None
        None where fewer than two studies have a number, or the protocol says to show, not to pool.
    """

    question: Question
    effects: Effects
    result: Pooled | Proportion | None

    @property
    def people(self) -> int:
        """People behind the included rows, each study counted once."""
        return people_of(self.effects.included)

    @property
    def paired(self) -> bool:
        """Whether two rows of one study are the same people."""
        return _is_paired(self.effects.included)

    def finding(self) -> str:
        """Return what was found in a sentence, and where treatments are compared, what the others say."""
        return f"{self.number()} {self._others()}".strip()

    def number(self) -> str:
        """Return what the studies with a number show, in a sentence."""
        found = self.effects.table["study_id"].nunique()
        if self.effects.k == 0:
            return f"{_reports(found)} found, none with a usable number."
        if self.result is None:
            shown = "; ".join(self._shown(row) for row in self.effects.included.to_dict("records"))
            several = len(set(self.effects.included["study_id"])) > 1
            return f"Shown, not pooled: {shown}." if several else f"One study, not pooled: {shown}."
        if isinstance(self.result, Proportion):
            return self._share(self.result)
        return self._pooled(self.result)

    def _others(self) -> str:
        """Say what reports without a usable number print: directions, or counts without a denominator."""
        if self.question.kind == "contrast":
            said = self.effects.excluded["direction"]
            counts = said.loc[~said.isin(["", "unclear"])].value_counts()
            directions = ", ".join(f"{direction} ({count})" for direction, count in counts.items())
            return f"Directions printed without a usable number: {directions}." if directions else ""
        if self.question.kind == "proportion":
            rows = self.effects.excluded
            rows = rows.loc[rows["reason"] == WITHOUT_DENOMINATOR]
            counts = ", ".join(f"{row.label} {row.xi:.0f}" for row in rows.itertuples())
            return f"Counts printed without a denominator: {counts}." if counts else ""
        return ""

    def headline(self) -> str:
        """Return the question and what was found, in the words of its favours labels."""
        return f"{self.question.text}: {self.gist()}"

    def gist(self) -> str:
        """Return what was found in a few words, those of the favours labels."""
        if self.effects.k == 0:
            return "no usable number"
        if self.result is None:
            several = len(set(self.effects.included["study_id"])) > 1
            return "shown, not pooled" if several else "one study only"
        if isinstance(self.result, Proportion):
            share, low, high = self.result.proportion, self.result.proportion_low, self.result.proportion_high
            if high - low > TOO_WIDE:
                shares = self.effects.included["xi"] / self.effects.included["ni"]
                return f"groups disagree ({shares.min():.0%} to {shares.max():.0%})"
            return f"{share:.0%} ({low:.0%} to {high:.0%})"
        null = scale(self.effects.scale).null
        below, above = self.question.favours
        if self.result.ci_low > null:
            return above
        if self.result.k == 2 and self.result.ci_low <= null <= self.result.ci_high:
            return self._two_studies(null)
        unclear = "no clear change" if self.question.kind == "change" else "no clear difference"
        return below if self.result.ci_high < null else unclear

    def _two_studies(self, null: float) -> str:
        """Say where two studies point; an interval with one degree of freedom cannot."""
        sides = set(np.sign(self.effects.yi - null))
        if len(sides) > 1:
            return "two studies, which disagree"
        favours = self.question.favours[int(sides.pop() > 0)]
        return f"{favours} in both studies, too few for a clear interval"

    @property
    def units(self) -> str:
        """What its rows are: studies where treatments are compared, else groups."""
        return "studies" if self.question.kind == "contrast" else "groups"

    def _pooled(self, result: Pooled) -> str:
        inside = [f"95 % interval {self._range(result.ci_low, result.ci_high)}"]
        if np.isfinite(result.pi_low):
            inside.append(f"prediction interval {self._range(result.pi_low, result.pi_high)}")
        inside.append(f"{result.k} {self.units}, {self.people} people")
        return f"{self._name()} {self._number(result.estimate)} ({'; '.join(inside)})."

    def _share(self, result: Proportion) -> str:
        low, high = f"{result.proportion_low:.1%}", f"{result.proportion_high:.1%}"
        middle = "" if result.primary == EXACT else "in a typical group "
        return (
            f"{result.events} of {result.total} people in {result.k} groups: {middle}{result.proportion:.1%}"
            f" (95 % interval {low} to {high}; {result.primary}{self._if_groups_differ(result)})."
        )

    def _if_groups_differ(self, result: Proportion) -> str:
        """Return the interval that lets groups differ, where the primary one does not."""
        rows = result.alternatives.set_index("method")
        if result.primary != EXACT or BAYES not in rows.index:
            return ""
        low, high = rows.loc[BAYES, ["low", "high"]]
        return f"; if groups differ, {low:.1%} to {high:.1%}, {BAYES}"

    def _shown(self, row: dict[str, Any]) -> str:
        if self.question.kind == "proportion":
            low, high = (limit.item() for limit in exact_interval([row["xi"]], [row["ni"]]))
            share = row["xi"] / row["ni"]
            return f"{row['label']} {row['xi']:.0f} of {row['ni']:.0f}, {share:.1%} ({low:.1%} to {high:.1%})"
        half = float(ndtri(0.975)) * row["vi"] ** 0.5
        low, high = row.get("ci_low", np.nan), row.get("ci_high", np.nan)
        if np.isnan(low):
            low, high = row["yi"] - half, row["yi"] + half
        between = self._range(low, high)
        people = f"; {row['n']:.0f} people" if np.isfinite(row["n"]) else ""
        return f"{row['label']} {self._name()} {self._number(row['yi'])} ({between}{people})"

    def _name(self) -> str:
        measure = self.effects.measure
        return SHORT.get(measure, MEASURES[measure].code)

    def _number(self, value: float) -> str:
        shown = float(scale(_display_scale(self.effects)).back(value))
        if _display_scale(self.effects) == "log" and shown < 0.005:
            return "<0.01"
        return f"{shown:.0f}" if abs(shown) >= 100 else f"{shown:.2f}"

    def _range(self, low: float, high: float) -> str:
        return f"{self._number(low)} to {self._number(high)}"


def people_of(rows: pd.DataFrame) -> int:
    """Count the people behind rows of a study, each study once where sides of a face are compared."""
    return int(rows.groupby("study_id")["n"].max().sum()) if _is_paired(rows) else int(rows["n"].sum())


def _is_paired(rows: pd.DataFrame) -> bool:
    return bool(rows["design"].astype(str).str.contains("split_face").any())


def _display_scale(effects: Effects) -> str:
    return effects.scale if effects.scale in {"identity", "log"} else "identity"


def _reports(count: int) -> str:
    return "1 report" if count == 1 else f"{count} reports"


def answer(review: Review, question_id: str, **choices: Any) -> Answer:
    """Answer a question by its primary model.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "change", "contrast" or "proportion".
    **choices
        Analytic choices; see `evidence.effects.assemble.assemble`.

    Returns
    -------
    Answer

    Raises
    ------
    OptionError
        If the question does not exist or is not answered by effect sizes.
    """
    checked_review(review)
    question = review.question(question_id)
    effects = review.effects(question_id, **choices)
    if question.kind == "proportion":
        return Answer(question, effects, share_of(effects, question.model))
    pooled = effects.k >= 2 and question.model != "shown"
    return Answer(question, effects, pool(effects, **PRIMARY) if pooled else None)


def share_of(effects: Effects, model: str) -> Proportion | None:
    """Pool the shares of an `Effects` table by a question's model; None for fewer than two groups."""
    rows = effects.included
    if len(rows) < 2:
        return None
    counts = {"xi": _column(rows, "xi"), "ni": _column(rows, "ni"), "labels": rows["label"].tolist()}
    if effects.measure != "PLO":
        return proportion(**counts, measure=effects.measure, method=PRIMARY["method"])
    return proportion(**counts, method=model)


def _column(rows: pd.DataFrame, name: str) -> FloatArray:
    return rows[name].to_numpy(dtype=float)


def answers(review: Review) -> dict[str, Answer]:
    """Answer every question that effect sizes can answer, by question id."""
    checked_review(review)
    with_effects = [q.id for q in review.all_questions() if q.kind in KINDS]
    return {question_id: answer(review, question_id) for question_id in with_effects}


AN_ANSWER = "an answer, as evidence.answer(review, question_id) returns it"
ANSWERS = "a mapping of question ids to answers, as evidence.answers(review) returns it"


def checked_answer(value: object) -> Answer:
    """Return `value` if it is the answer to a question.

    Raises
    ------
    InputError
        Naming what it is instead.
    """
    return instance("found", value, Answer, AN_ANSWER)


def checked_answers(value: object) -> Mapping[str, Answer]:
    """Return `value` if it maps to answers.

    Raises
    ------
    InputError
        Naming what it is, or holds, instead.
    """
    found = instance("answers", value, Mapping, ANSWERS)
    for key, each in found.items():
        instance(f"answers[{key!r}]", each, Answer, AN_ANSWER)
    return found


class OnDemand(dict[str, Answer]):
    """Answers that are computed when they are first asked for, unless they were known.

    Raises
    ------
    InputError
        If what was known are no answers.
    """

    def __init__(self, review: Review, known: Mapping[str, Answer] | None = None) -> None:
        super().__init__({} if known is None else checked_answers(known))
        self._review = review

    def __missing__(self, key: str) -> Answer:
        self[key] = answer(self._review, key)
        return self[key]
