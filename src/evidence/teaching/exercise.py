"""`Exercise`: a question on the review's data, and how its answer is computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evidence.review import Review
from evidence.teaching.expected import Expected


@dataclass(frozen=True, slots=True)
class Solution:
    """What is expected, and why: a sentence made of computed numbers."""

    expected: Expected
    why: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of a lesson.

    Attributes
    ----------
    name : str
        What `check` and `show` take.
    question : str
        As the lesson asks it, word for word.
    hint : str
        Given after an answer that is not right; it says where to look, not what is there.
    solve : callable
        Takes the review and returns the solution.
    """

    name: str
    question: str
    hint: str
    solve: Callable[[Review], Solution]
