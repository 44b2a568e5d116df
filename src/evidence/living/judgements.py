"""The certainty ratings and verdicts of a version, and which of them moved."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evidence.certainty.grade import grade
from evidence.certainty.verdict import verdicts
from evidence.review import Review
from evidence.synthesis.answer import Answer

COLUMNS = ["kind", "id", "verdict", "certainty"]


def judgements(review: Review, answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Return the verdict and the certainty of every claim and question.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
        Answers by question id; asked only for those that are needed.

    Returns
    -------
    DataFrame
        kind ("claim", "part" or "question"), id, verdict, certainty.
    """
    summary = verdicts(review, answers=answers).summary()
    judged = summary.assign(verdict=summary["verdict_label"])[COLUMNS]
    # Questions without a side have no verdict, but their certainty is rated.
    rest = [key for key in answers if key not in set(judged["id"])]
    rated = [("question", key, "", grade(review, key, found=answers[key]).certainty) for key in rest]
    return pd.concat([judged, pd.DataFrame(rated, columns=COLUMNS)], ignore_index=True)


def moved_judgements(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the claims and questions whose verdict or certainty is another one.

    Returns
    -------
    DataFrame
        kind, id, verdict_before, verdict_after, certainty_before, certainty_after; '' where there was none.
    """
    both = old.merge(new, on=["kind", "id"], how="outer", suffixes=("_before", "_after"), sort=False).fillna(
        ""
    )
    moved = both["verdict_before"] != both["verdict_after"]
    moved |= both["certainty_before"] != both["certainty_after"]
    names = ["kind", "id", "verdict_before", "verdict_after", "certainty_before", "certainty_after"]
    return both.loc[moved, names].reset_index(drop=True)
