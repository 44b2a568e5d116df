"""What to get next: the studies whose missing number would narrow an answer most, or move a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evidence.arguments import MOST_DRAWS, option, progress_of, whole_number
from evidence.certainty.next_table import next_row, ranked
from evidence.certainty.next_verdict import VerdictShift
from evidence.effects.assemble import KINDS
from evidence.errors import InputError, OptionError
from evidence.review import Review, checked_review
from evidence.robustness.next_study import next_studies
from evidence.robustness.sources import Sources
from evidence.synthesis.answer import Answer, OnDemand
from evidence.synthesis.result import Result

FEWEST_DRAWS = 100
ORDERS = {"narrowing": "narrowing", "verdict": "p_verdict"}
ORDER_WORDS = {"narrowing": "expected narrowing", "verdict": "probability that the verdict changes"}
METHOD = (
    "For each study without a usable number, its effect was simulated ({draws} draws, seed {seed}) from what"
    " is known of it: printed means or changes with SDs resampled from other studies of the scale, percent"
    " changes, exact p values, or else the predictive distribution of the Bayesian normal-normal model (flat"
    " prior on the mean, half-normal(1) on tau), cut to what a bound of p and the direction allow; its"
    " sampling variance follows from its number of people. Each draw was pooled again with the rows that have"
    " a number (REML, Hartung-Knapp interval with the ad hoc rule; rare harms by the exact interval of the"
    " summed counts; other shares on the logit). Studies are ranked by {order}. The numbers are simulated,"
    " not found."
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class WhatNext(Result):
    """Result of `what_next`.

    Attributes
    ----------
    table : DataFrame
        See `summary`.
    questions : tuple of str
        Ids of the questions asked, those for which nothing can be had included.
    draws, seed : int
    by : str
        What the rank goes by.
    notes : tuple of str
        What is not in the table, and why.
    """

    table: pd.DataFrame = field(repr=False)
    questions: tuple[str, ...]
    draws: int
    seed: int
    by: str
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return one row a study and question, the most useful first.

        Columns: rank; question_id, question; study_id, study; missing (what is, in words); measured
        ("printed", "not read" or "not known"); known (what is printed); where (it may be found, or whom to
        ask); people (who would be added); rows_now (with a number); width_now and width_then (of the 95 %
        interval on the analysis scale, of a share in the share; the latter the simulated mean); narrowing (by
        how much the interval is expected to narrow, percent) with its simulated 90 % range; p_reading,
        p_verdict and p_claim (simulated probabilities that the interval moves to another side of no effect,
        and that the verdict on the question and on the claim changes); allows (what the number would make
        possible where nothing is pooled yet, and simulated numbers are blank); basis and assumption of the
        simulation.
        """
        return self.table.copy()

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return METHOD.format(draws=f"{self.draws:,}", seed=self.seed, order=ORDER_WORDS[self.by])


def what_next(
    review: Review,
    question_id: str | None = None,
    *,
    claim: str | None = None,
    by: str = "narrowing",
    unknown: bool = False,
    draws: int = 2000,
    seed: int = 1,
    answers: Mapping[str, Answer] | None = None,
    progress: Progress | None = None,
) -> WhatNext:
    """Say which missing number would help a question most, and where it may be found.

    Parameters
    ----------
    review : Review
    question_id : str, optional
        One question; by default all that effect sizes answer.
    claim : str, optional
        Only the questions of this claim.
    by : {"narrowing", "verdict"}
        Rank by how much narrower the interval is expected to be, or by the probability that the verdict on
        the question changes. Rows of questions where nothing is pooled follow, the nearest to it first.
    unknown : bool
        Take in studies of which nothing tells whether they measured the outcome.
    draws : int
        Simulated effects a study, 100 or more.
    seed : int
        Of the random numbers. A study's numbers do not depend on which others are asked for.
    answers : mapping of str to Answer, optional
        Answers by question id, where they were computed already.
    progress : callable, optional
        Called with questions done and questions in all.

    Returns
    -------
    WhatNext

    Raises
    ------
    OptionError
        If there is no such question or claim, or no effect sizes answer the question.
    InputError
        If `draws` or `seed` cannot be used, or both a question and a claim are given.

    Notes
    -----
    A simulation from what is known, in the spirit of the expected value of sample information (Ades, Lu and
    Claxton 2004, Med Decis Making 24:207), with the interval's width in the place of a loss. With few studies
    the prior of tau weighs heavily, and the numbers are rough.

    Examples
    --------
    >>> import evidence as ev
    >>> found = ev.what_next(ev.load(), "Q1f.prp", draws=200).summary()
    >>> found[["rank", "study", "missing"]].to_string(index=False, header=False).splitlines()[1].strip()
    '2            Ullah 2025                         number of people in both arms'
    """
    checked_review(review)
    progress_of(progress)
    option("by", by, ORDERS)
    option("unknown", unknown, (True, False))
    _check_numbers(draws, seed)
    chosen = _questions(review, question_id, claim)
    sources = Sources(review)
    known = OnDemand(review, answers)
    shift = VerdictShift(review, known)
    rows: list[dict[str, Any]] = []
    unread: dict[str, int] = {}
    for done, key in enumerate(chosen):
        if progress is not None:
            progress(done, len(chosen))
        effects = known[key].effects if key in known else review.effects(key)
        found = next_studies(
            review, review.question(key), effects, sources, draws=draws, seed=seed, unknown=unknown
        )
        unread[key] = found.unknown
        rows += [next_row(found, study, shift) for study in found.candidates]
    if progress is not None:
        progress(len(chosen), len(chosen))
    return WhatNext(ranked(rows, ORDERS[by]), chosen, draws, seed, by, tuple(_notes(chosen, rows, unread)))


def _check_numbers(draws: int, seed: int) -> None:
    whole_number("draws", draws, FEWEST_DRAWS, MOST_DRAWS)
    whole_number("seed", seed, 0)


def _questions(review: Review, question_id: str | None, claim: str | None) -> tuple[str, ...]:
    if question_id is not None and claim is not None:
        raise InputError("Give a question or a claim, not both.")
    if question_id is not None:
        kind = review.question(question_id).kind
        if kind not in KINDS:
            raise OptionError(f"{question_id} is a {kind}; numbers can be missing to {', '.join(KINDS)}.")
        return (question_id,)
    if claim is not None:
        option("claim", claim, review.claims["claim_id"])
    every = [each for each in review.all_questions() if each.kind in KINDS]
    return tuple(each.id for each in every if claim in (None, each.claim_id))


def _notes(chosen: tuple[str, ...], rows: list[dict[str, Any]], unread: Mapping[str, int]) -> Iterator[str]:
    asked = {row["question_id"] for row in rows}
    for key in chosen:
        if unread[key]:
            left_out = "1 study" if unread[key] == 1 else f"{unread[key]} studies"
            yield f"{key}: left out {left_out} of which nothing tells whether the outcome was measured."
        elif key not in asked:
            yield f"{key}: no study lacks a number that could be had."
