"""Which answers moved between two versions, computing no more answers than may have moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial

import pandas as pd

from evidence.effects.assemble import KINDS
from evidence.effects.effects import Effects
from evidence.effects.scale import scale
from evidence.living.draft import STUDY_TABLES
from evidence.review import Review
from evidence.synthesis.answer import SHORT, Answer, answer
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion

TOLERANCE = 1e-9
NAN = math.nan


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a question's primary model says, in numbers on the reader's scale.

    Attributes
    ----------
    k, people : int
        Rows with a usable number, and the people behind them.
    estimate, ci_low, ci_high, pi_low, pi_high : float
        NaN where nothing was pooled; that of the one study where there is one only.
    tau2 : float
        On the analysis scale.
    finding : str
        What was found, in a sentence.
    """

    k: int
    people: int
    estimate: float
    ci_low: float
    ci_high: float
    pi_low: float
    pi_high: float
    tau2: float
    finding: str

    def same_as(self, other: Estimate) -> bool:
        """Say whether nothing moved by more than a billionth of itself, and no word changed."""
        return all(_same(getattr(self, each.name), getattr(other, each.name)) for each in fields(self))


def _same(one: float | str, two: float | str) -> bool:
    if isinstance(one, str) or isinstance(two, str):
        return one == two
    return math.isclose(one, two, rel_tol=TOLERANCE) or (math.isnan(one) and math.isnan(two))


def estimate_of(found: Answer) -> Estimate:
    """Return the numbers of an answer, on the reader's scale."""
    result, effects = found.result, found.effects
    numbers = [NAN] * 6
    if isinstance(result, Pooled):
        numbers = [*result.display().values(), result.tau2]
    elif isinstance(result, Proportion):
        numbers = [result.proportion, result.proportion_low, result.proportion_high]
        numbers += [result.proportion_pi_low, result.proportion_pi_high, result.tau2]
    elif effects.k == 1:
        numbers[0] = float(scale(effects.scale).back(effects.yi[0]))
    return Estimate(effects.k, found.people, *numbers, found.finding())


@dataclass(frozen=True, slots=True)
class Moved:
    """A question whose answer moved.

    Attributes
    ----------
    question_id, text, measure : str
        The question, and what its estimate is.
    before, after : Estimate or None
        None where the question did not exist.
    old, new : Answer or None
        The answers, for their figures.
    """

    question_id: str
    text: str
    measure: str
    before: Estimate | None
    after: Estimate | None
    old: Answer | None
    new: Answer | None

    @property
    def in_words_only(self) -> bool:
        """Whether every number is the same, and only the sentence changed."""
        if self.before is None or self.after is None:
            return False
        return self.before.same_as(replace(self.after, finding=self.before.finding))


class LazyAnswers(Mapping[str, Answer]):
    """Answers by question id, each computed when it is first asked for.

    Parameters
    ----------
    review : Review
    compute : callable
        From a question id to its answer.
    """

    def __init__(self, review: Review, compute: Callable[[str], Answer]) -> None:
        self._ids = [question.id for question in review.all_questions() if question.kind in KINDS]
        self._compute = compute
        self._known: dict[str, Answer] = {}

    def __getitem__(self, question_id: str) -> Answer:
        if question_id not in self._ids:
            raise KeyError(question_id)
        if question_id not in self._known:
            self._known[question_id] = self._compute(question_id)
        return self._known[question_id]

    def __contains__(self, question_id: object) -> bool:
        return question_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def paired_answers(old: Review, new: Review) -> tuple[LazyAnswers, LazyAnswers, list[str]]:
    """Return the answers of two versions, and the questions whose answers may have moved.

    Where the rows that enter the synthesis are the same in both versions, its result is computed once.

    Returns
    -------
    before, after : LazyAnswers
    doubtful : list of str
        Questions that are new, gone, asked otherwise, or answered from other rows.
    """
    before = LazyAnswers(old, partial(answer, old))
    alike: dict[str, Effects] = {}
    untouched = _untouched(old, new)

    def compute(question_id: str) -> Answer:
        if question_id in untouched:
            return before[question_id]
        if question_id in alike:
            return _with_effects(before[question_id], alike[question_id])
        return answer(new, question_id)

    after = LazyAnswers(new, compute)
    doubtful = []
    for question_id in dict.fromkeys([*after, *before]):
        if question_id in untouched:
            continue
        effects = _if_alike(old, new, question_id) if question_id in before and question_id in after else None
        if effects is None:
            doubtful.append(question_id)
            continue
        alike[question_id] = effects[1]
        if _shown(old, question_id, effects[0]) != _shown(new, question_id, effects[1]):
            doubtful.append(question_id)
    return before, after, doubtful


def _untouched(old: Review, new: Review) -> set[str]:
    """Return the questions that are the same and concern no study of which a row changed."""
    if not old.codes.equals(new.codes):
        return set()
    before = {question.id: question for question in old.all_questions()}
    touched = _touched_treatments(old, new)
    return {
        question.id
        for question in new.all_questions()
        if before.get(question.id) == question and not touched & {*question.treatment, *question.comparator}
    }


def _touched_treatments(old: Review, new: Review) -> set[str]:
    """Return every treatment, then or now, of the studies of which a row changed."""
    changed: set[str] = set()
    for name in STUDY_TABLES:
        differing = pd.concat([getattr(old, name), getattr(new, name)]).drop_duplicates(keep=False)
        changed |= set(differing["study_id"])
    arms = pd.concat([old.arms, new.arms])
    return set(arms.loc[arms["study_id"].isin(changed), "treatment"])


def _if_alike(old: Review, new: Review, question_id: str) -> tuple[Effects, Effects] | None:
    """Return the effects of both versions if the same question is answered from the same rows."""
    if old.question(question_id) != new.question(question_id):
        return None
    one, two = old.effects(question_id), new.effects(question_id)
    same = one.included.reset_index(drop=True).equals(two.included.reset_index(drop=True))
    return (one, two) if same else None


def _shown(review: Review, question_id: str, effects: Effects) -> str:
    """Return what is found without pooling: the rows, and what reports without a number say."""
    return Answer(review.question(question_id), effects, None).finding()


def _with_effects(found: Answer, effects: Effects) -> Answer:
    result = found.result
    if isinstance(result, Pooled):
        result = replace(result, source=effects)
    return replace(found, effects=effects, result=result)


def moved_answers(before: LazyAnswers, after: LazyAnswers, doubtful: list[str]) -> Iterator[Moved]:
    """Yield the questions whose answers moved, out of those that may have."""
    for question_id in doubtful:
        old, new = (answers.get(question_id) for answers in (before, after))
        one, two = (None if each is None else estimate_of(each) for each in (old, new))
        shown = new or old
        if shown is None or (one is not None and two is not None and one.same_as(two)):
            continue
        measure = SHORT.get(shown.effects.measure, shown.effects.measure)
        yield Moved(question_id, shown.question.text, measure, one, two, old, new)
