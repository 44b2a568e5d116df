"""The summary of findings: at most seven outcomes with their absolute effects, certainty and reasons."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import names
from evidence.certainty.absolute import absolute
from evidence.certainty.grade import LEVELS, Certainty, grade
from evidence.certainty.reading import Reading, reading
from evidence.errors import InputError
from evidence.review import Review, checked_review
from evidence.synthesis.answer import SHORT, Answer, OnDemand

MOST = 7
TITLE = "Not medical advice. Built from what is public about each trial, mostly abstracts."
FULL, EMPTY = "\N{CIRCLED PLUS}", "\N{CIRCLED DASH}"
PLAIN = {
    "high": "One can be confident in this.",
    "moderate": "This is probably so.",
    "low": "This may be so.",
    "very_low": "The evidence is very uncertain.",
    "not_rated": "Nothing could be rated.",
}
COLUMNS = ("outcome", "absolute", "relative", "people", "certainty", "plain")
HEADINGS = {
    "outcome": "What was asked",
    "absolute": "Absolute effect (95 % interval)",
    "relative": "Estimate (95 % interval)",
    "people": "People (studies)",
    "certainty": "Certainty",
    "plain": "In plain words",
}


@dataclass(frozen=True, slots=True)
class SummaryOfFindings:
    """A summary-of-findings table.

    Attributes
    ----------
    rows : DataFrame
        One row a question: question_id, outcome, absolute, relative, people, certainty (symbols and
        words with the letters of its footnotes), plain (wording for readers), certainty_code.
    footnotes : tuple of str
        One a reason for rating down or up and one a way of expressing an effect, in their order.
    title : str
    """

    rows: pd.DataFrame
    footnotes: tuple[str, ...]
    title: str

    def summary(self) -> pd.DataFrame:
        """Return the table with headings for readers."""
        return self.rows[list(COLUMNS)].rename(columns=HEADINGS)

    def notes(self) -> list[tuple[str, str]]:
        """Return the footnotes with the letters that the table refers to them by."""
        return lettered(self.footnotes)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as a dict."""
        return {"title": self.title, "rows": self.rows.to_dict("records"), "footnotes": list(self.footnotes)}

    def __repr__(self) -> str:
        notes = "\n".join(f"{letter}. {note}" for letter, note in self.notes())
        return f"{self.title}\n{self.summary().to_string(index=False)}\n{notes}"

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.footnotes)
        table = self.summary().to_html(index=False, border=0, escape=True)
        return f'<p>{html.escape(self.title)}</p>{table}<ol type="a">{notes}</ol>'


def lettered(notes: Sequence[str]) -> list[tuple[str, str]]:
    """Return footnotes with their letters: a to z, then aa, ab ...

    Examples
    --------
    >>> lettered(["first", "second"])
    [('a', 'first'), ('b', 'second')]
    """
    return [(_letter(position), note) for position, note in enumerate(notes)]


def _letter(position: int) -> str:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    first, last = divmod(position, len(alphabet))
    return (alphabet[first - 1] if first else "") + alphabet[last]


def symbols(certainty: str) -> str:
    """Return the four circles of GRADE.

    Examples
    --------
    >>> symbols("low")
    '⊕⊕⊝⊝'
    """
    filled = LEVELS.index(certainty) + 1 if certainty in LEVELS else 0
    return FULL * filled + EMPTY * (len(LEVELS) - filled)


def summary_of_findings(
    review: Review, question_ids: Sequence[str] | None = None, *, answers: Mapping[str, Answer] | None = None
) -> SummaryOfFindings:
    """Summarise the answers to at most seven questions (Cochrane Handbook chapter 14).

    Parameters
    ----------
    review : Review
    question_ids : sequence of str, optional
        By default the questions that questions.csv gives a place in the summary.
    answers : mapping of str to Answer, optional
        Answers by question id, where they were computed already.

    Returns
    -------
    SummaryOfFindings

    Raises
    ------
    InputError
        If there are none, or more than seven.
    OptionError
        If a question does not exist or has no effect sizes.
    """
    checked_review(review)
    known = OnDemand(review, answers)
    chosen = _default(review) if question_ids is None else names("question_ids", question_ids, "Q1b")
    if not 0 < len(chosen) <= MOST:
        raise InputError(
            f"A summary of findings has 1 to {MOST} outcomes, not {len(chosen)}; choose among them."
        )
    notes: list[str] = []
    rows = [_row(review, known[key], grade(review, key, found=known[key]), notes) for key in chosen]
    return SummaryOfFindings(pd.DataFrame(rows), tuple(notes), TITLE)


def _default(review: Review) -> list[str]:
    asked = [question for question in review.all_questions() if question.summary_order is not None]
    return [question.id for question in sorted(asked, key=lambda question: question.summary_order or 0)]


def _row(review: Review, found: Answer, rating: Certainty, notes: list[str]) -> dict[str, Any]:
    held, meant = reading(found), absolute(review, found)
    marks = ", ".join(_mark(note, notes) for note in rating.taken())
    shown = meant.words()
    if meant.converted:
        shown += f" [{_mark(meant.how, notes)}]"
    studies = found.effects.included["study_id"].nunique()
    return {
        "question_id": found.question.id,
        "outcome": found.question.text,
        "absolute": shown,
        "relative": _relative(found, held),
        "people": f"{found.people} ({studies})",
        "certainty": f"{symbols(rating.certainty)} {rating.label}" + (f" [{marks}]" if marks else ""),
        "plain": f"{_plain(found, held)} {PLAIN[rating.certainty]}",
        "certainty_code": rating.certainty,
    }


def _plain(found: Answer, held: Reading | None) -> str:
    """Say what was found in words without statistics; a single study by the side it lies on."""
    if held is not None and found.question.kind == "proportion":
        low, middle, high = (f"{100 * value:.0f}" for value in (held.low, held.estimate, held.high))
        return f"About {middle} in 100 people (from {low} to {high})."
    gist = found.gist()
    if held is not None and held.studies == 1:
        side = found.question.favours[bool(held.estimate > held.null)]
        clear = "" if not held.holds(held.null) else ", not clearly"
        gist = f"one study only: {side}{clear}"
    return f"{gist[0].upper()}{gist[1:]}."


def _mark(note: str, notes: list[str]) -> str:
    """Return the letter of a footnote, which is added where it is new."""
    if note not in notes:
        notes.append(note)
    return _letter(notes.index(note))


def _relative(found: Answer, held: Reading | None) -> str:
    if found.effects.k == 0:
        return "no usable number"
    if held is None:
        return "shown, not pooled"
    if found.question.kind == "proportion":
        return f"{held.estimate:.1%} ({held.low:.1%} to {held.high:.1%})"
    name = SHORT.get(found.effects.measure, found.effects.measure)
    said = f"{name} {held.estimate:.2f} ({held.low:.2f} to {held.high:.2f})"
    if np.isfinite(held.pi_low):
        said += f"; prediction interval {held.pi_low:.2f} to {held.pi_high:.2f}"
    return said
