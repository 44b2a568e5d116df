"""Why a certainty is no higher, in plain phrases."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evidence.certainty.grade import Certainty, grade
from evidence.figures.plain_words import asked_plainly
from evidence.review import Review
from evidence.synthesis.answer import Answer

COLUMNS = ("question", "certainty", "reasons")
_START = {
    "a change before and after treatment, read as an effect": "it only compares before and after",
    "a share of one group after treatment, read as an effect": "there is no group to compare with",
    "a share counted in groups without a comparison": "there is no group to compare with",
    "comparisons that are not all randomised": "groups were not all made by chance",
}


def certainty_rows(review: Review, found: Mapping[str, Answer]) -> pd.DataFrame:
    """Return the rows of a certainty scale for several answers, in plain words.

    Parameters
    ----------
    review : Review
    found : mapping of str to Answer
        Answers by question id.

    Returns
    -------
    DataFrame
        question, certainty (a code) and reasons (a list of phrases).

    Examples
    --------
    >>> import evidence as ev
    >>> review = ev.load()
    >>> certainty_rows(review, {"Q4a": ev.answer(review, "Q4a")})["reasons"].iloc[0]
    ['there is no group to compare with', 'only 2 cases', 'most reports give no number (75 of 80)']
    """
    rows = []
    for key, each in found.items():
        rating = grade(review, key, found=each)
        rows.append((asked_plainly(review, each.question), rating.certainty, plain_reasons(rating)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def plain_reasons(rating: Certainty) -> list[str]:
    """Return why a certainty is no higher, in plain phrases; a person's step is named as such."""
    first = [_START[rating.start_reason]] if rating.start_reason in _START else []
    return first + [_plain(row) for row in rating.summary().to_dict("records")]


def _plain(row: Mapping[str, object]) -> str:
    """Word one step; its number is that of the rating, and counts of reports are read from its reason."""
    computed, number, reason = row["by"] == "computed", row["number"], str(row["reason"])
    up = int(row["step"]) > 0
    phrase = {
        "risk_of_bias": "the studies may be skewed",
        "inconsistency": "the studies do not agree",
        "indirectness": "it was not quite what we asked",
        "imprecision_interval": "the range is wide",
        "imprecision_size": "too few people",
        "publication_bias": "some results may be missing",
        "abstracts_only": "we saw only short reports",
    }.get(str(row["domain"]), "a reason to trust it more" if up else "a further doubt")
    if not computed:
        return f"{phrase} (judged by a person)"
    if row["domain"] == "imprecision_size" and not np.isnan(number):
        noun = "case" if "events" in reason else "person"
        many = {"case": "cases", "person": "people"}[noun]
        return f"only {number:.0f} {noun if number == 1 else many}"
    if row["domain"] == "publication_bias" and " reports print no " in reason and number > 50:
        return f"most reports give no number ({reason.split(' reports print')[0]})"
    return phrase
