"""Check an answer, or show it: both compute it from the tables first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.arguments import option
from evidence.review import Review, load
from evidence.teaching.before_after import EXERCISES as BEFORE_AFTER
from evidence.teaching.exercise import Exercise, Solution
from evidence.teaching.forest import EXERCISES as FOREST
from evidence.teaching.heterogeneity import EXERCISES as HETEROGENEITY

EXERCISES = {each.name: each for each in (*FOREST, *BEFORE_AFTER, *HETEROGENEITY)}


@dataclass(frozen=True, slots=True, repr=False)
class Feedback:
    """What is said to an answer.

    Attributes
    ----------
    right : bool
    words : str
    """

    right: bool
    words: str

    def __repr__(self) -> str:
        return self.words


def check(name: str, answer: Any, *, review: Review | None = None) -> Feedback:
    """Say whether the answer to an exercise is right; if not yet, give a hint.

    Parameters
    ----------
    name : str
        Of the exercise, such as "forest-1"; `exercises` lists them.
    answer : float, (float, float) or str
        A number is right when it is as near as it can be read off the figure. A word may be cut short as
        long as it fits one choice only, and capitals do not matter.
    review : Review, optional
        Default: the review in or above the working folder.

    Returns
    -------
    Feedback

    Raises
    ------
    OptionError
        If there is no such exercise, or the answer is none of its choices.
    InputError
        If the exercise takes numbers and the answer holds none, or another number of them.

    Examples
    --------
    >>> check("forest-2", 3)
    Not yet. The number is too large. Look for intervals that reach the vertical line of no change.
    """
    exercise, solution = _solved(name, review)
    amiss = solution.expected.miss(answer)
    if amiss:
        return Feedback(False, f"Not yet. {amiss} {exercise.hint}")
    return Feedback(True, f"Right. {solution.why}")


def show(name: str, *, review: Review | None = None) -> str:
    """Return the answer of an exercise, and why, computed from the tables.

    Parameters and errors are those of `check`.
    """
    _, solution = _solved(name, review)
    return _Shown(f"{solution.expected}. {solution.why}")


def exercises() -> pd.DataFrame:
    """Return one row an exercise, in the order of the lessons: name and question.

    Examples
    --------
    >>> exercises()["name"].iloc[0]
    'forest-1'
    """
    return pd.DataFrame(
        [(each.name, each.question) for each in EXERCISES.values()], columns=["name", "question"]
    )


class _Shown(str):
    """Text that a notebook shows without quotation marks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _solved(name: str, review: Review | None) -> tuple[Exercise, Solution]:
    exercise = EXERCISES[option("exercise", name, EXERCISES)]
    return exercise, exercise.solve(load() if review is None else review)
