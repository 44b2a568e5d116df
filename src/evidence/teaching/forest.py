"""Exercises of the first lesson: reading a forest plot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.errors import TooFewStudiesError
from evidence.review import Review
from evidence.synthesis.answer import answer
from evidence.synthesis.pool import Pooled
from evidence.teaching.exercise import Exercise, Solution
from evidence.teaching.expected import Choice, Numbers, yes_or_no

QUESTION = "Q1b"
_READ = 0.05  # how exactly a number printed with two decimals should be given


def pooled_change(review: Review) -> Pooled:
    """Return the answer of the lessons' question: microneedling alone, before and after.

    Raises
    ------
    TooFewStudiesError
        If the tables hold fewer than two studies for it.
    """
    found = answer(review, QUESTION)
    if found.result is None:
        raise TooFewStudiesError(f"{QUESTION} has {found.effects.k} usable studies; the lessons need two.")
    return found.result


def _narrowest(review: Review) -> Solution:
    studies = pooled_change(review).studies().query("included")
    width = studies["ci_high"] - studies["ci_low"]
    label, people = studies.loc[width.idxmin(), "label"], _people(review)
    note = "the largest study" if label == people.idxmax() else "not the largest study"
    why = (
        f"The interval of {label} is {width.min():.2f} wide; the widest is {width.max():.2f} wide."
        f" It is {note}: {people[label]:.0f} people of at most {people.max():.0f}. The size of a"
        " standardised change widens its interval too."
    )
    return Solution(Choice(label, studies["label"].tolist()), why)


def _people(review: Review) -> pd.Series:
    return pooled_change(review).effects.included.set_index("label")["n"]


def _with_no_change(review: Review) -> Solution:
    studies = pooled_change(review).studies().query("included")
    low, high = studies["ci_low"], studies["ci_high"]
    count = int(((low <= 0) & (high >= 0)).sum())
    nearest = studies.loc[low.abs().idxmin()]
    why = (
        f"Of {len(studies)} intervals {count or 'none'} cross the line of no change; that of"
        f" {nearest['label']} comes nearest, at {nearest['ci_low']:.2f}."
    )
    return Solution(Numbers((count,), 0.0, 0), why)


def _interval(review: Review) -> Solution:
    found = pooled_change(review)
    why = (
        f"The diamond's middle is the pooled change, {found.estimate:.2f}, and its points are the ends of its"
        " confidence interval: how well the mean of all such studies is known, not where their results lie."
    )
    return Solution(Numbers((found.ci_low, found.ci_high), _READ), why)


def _weights(review: Review) -> Solution:
    found = pooled_change(review)
    ratio = float(found.weights.max() / found.weights.min())
    common = float(found.vi.max() / found.vi.min())
    labels = found.studies().query("included")["label"].to_numpy()
    heaviest, lightest = labels[np.argmax(found.weights)], labels[np.argmin(found.weights)]
    why = (
        f"{heaviest} weighs {found.weights.max():.1f} %, {lightest} {found.weights.min():.1f} %. Were there"
        f" no differences between studies, precision alone would count, and the ratio would be {common:.1f}."
    )
    return Solution(Numbers((ratio,), _READ), why)


def _worthwhile(review: Review) -> Solution:
    found, least = pooled_change(review), review.question(QUESTION).worthwhile
    beyond = found.ci_low > least
    why = (
        f"The interval begins at {found.ci_low:.2f} and the least worthwhile change is {least:g} SD."
        " How much of this change is due to the treatment is another question: the next lesson's."
    )
    return Solution(yes_or_no(beyond), why)


EXERCISES = (
    Exercise(
        "forest-1",
        "Which study has the narrowest confidence interval?",
        "Compare the lengths of the horizontal lines, not where they stand.",
        _narrowest,
    ),
    Exercise(
        "forest-2",
        "How many of the studies have a confidence interval that includes no change?",
        "Look for intervals that reach the vertical line of no change.",
        _with_no_change,
    ),
    Exercise(
        "forest-3",
        "Between which two values does the confidence interval of the pooled change lie?",
        "It is the width of the diamond; both ends are printed beside it. The bar below is another one.",
        _interval,
    ),
    Exercise(
        "forest-4",
        "How many times as much as the lightest study does the heaviest one weigh?",
        "Divide the largest number in the column of weights by the smallest.",
        _weights,
    ),
    Exercise(
        "forest-5",
        "Does the confidence interval of the pooled change lie wholly beyond the least change that would be"
        " worthwhile? (yes or no)",
        'Compare its lower end with `review.question("Q1b").worthwhile`.',
        _worthwhile,
    ),
)
