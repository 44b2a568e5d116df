"""The certainty ratings and verdicts of a version, as far as this version of the package gives any."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

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
        kind ("claim" or "question"), id, verdict, certainty; no rows where verdicts are not given.
    """
    try:
        from evidence.certainty.verdict import verdicts
    except ImportError:
        return pd.DataFrame(columns=COLUMNS)
    summary = verdicts(review, answers=answers).summary()
    return summary.assign(verdict=summary["verdict_label"])[COLUMNS]


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
