"""`Review`: the tables and the questions asked of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evidence.arguments import instance
from evidence.effects.assemble import assemble
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.tables.load import load_tables
from evidence.tables.question import Question, question, questions
from evidence.tables.tables import A_REVIEW, Tables


class Review(Tables):
    """The validated tables of the review, and its questions turned into effect sizes."""

    __slots__ = ()

    def question(self, question_id: str) -> Question:
        """Return a question by its id; see `evidence.tables.question.question`."""
        return question(self, question_id)

    def all_questions(self) -> list[Question]:
        """Return every question in the order of questions.csv."""
        return questions(self)

    def effects(self, question_id: str, **choices: Any) -> Effects:
        """Return the effect sizes that answer a question; see `evidence.effects.assemble.assemble`."""
        return assemble(self, question(self, question_id), **choices)


def load(folder: str | Path | None = None) -> Review:
    """Load the review: read and validate every table.

    Parameters
    ----------
    folder : path, optional
        Folder with the CSV files; by default data/ in or above the working folder.

    Returns
    -------
    Review

    Raises
    ------
    InputError
        If the folder does not exist.
    DataError
        With every problem found: file, row, column, value and what would be right.
    """
    if folder is not None and not isinstance(folder, (str, Path)):
        raise InputError(f"folder must be a path, not {folder!r}.")
    tables = load_tables(folder)
    return Review(**{name: getattr(tables, name) for name in Tables.__slots__})


def checked_review(value: object) -> Review:
    """Return `value` if it is a review.

    Raises
    ------
    InputError
        Naming what it is instead.
    """
    return instance("review", value, Review, A_REVIEW)
