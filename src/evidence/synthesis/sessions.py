"""Does the change grow with the number of sessions? How many sessions the groups had, and the slope."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pandas as pd

from evidence.arguments import names
from evidence.errors import FewStudiesWarning
from evidence.review import Review, checked_review
from evidence.synthesis.regression import metareg
from evidence.synthesis.regression_result import MetaRegression


def sessions_given(review: Review, treatments: tuple[str, ...] = ("mn",)) -> pd.DataFrame:
    """Return how many groups had how many sessions.

    Parameters
    ----------
    review : Review
    treatments : tuple of str
        Treatment codes.

    Returns
    -------
    DataFrame
        One row a number of sessions: sessions, groups. Groups whose number is not printed come last, with
        sessions blank.
    """
    checked_review(review)
    wanted = names("treatments", treatments, "mn")
    arms = review.arms
    arms = arms.loc[arms["treatment"].isin(wanted) & (arms["arm_kind"] != "pooled_row")]
    counts = arms["sessions"].value_counts(dropna=False).sort_index(na_position="last")
    return counts.rename_axis("sessions").rename("groups").reset_index()


def sessions_slope(review: Review, question_id: str = "Q1b") -> MetaRegression | None:
    """Regress the change before and after treatment on the number of sessions.

    Exploratory below ten groups (Cochrane Handbook 10.11.5.1). Groups whose number of sessions is not
    printed cannot enter.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "change".

    Returns
    -------
    MetaRegression or None
        None where fewer than three groups, or groups with one number of sessions only, print it.
    """
    checked_review(review)
    effects = review.effects(question_id)
    table = effects.table.copy()
    unknown = table["sessions"].isna() & table["included"]
    table.loc[unknown, ["included", "reason"]] = [False, "number of sessions not printed"]
    known = replace(effects, table=table)
    if known.k < 3 or known.included["sessions"].nunique() < 2:
        return None
    with warnings.catch_warnings():
        # The result says among its notes that it is exploratory.
        warnings.simplefilter("ignore", FewStudiesWarning)
        return metareg(known, ["sessions"])
