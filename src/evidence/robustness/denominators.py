"""Counts printed without a denominator: the pooled share with each denominator they may have."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.errors import OptionError
from evidence.review import Review, checked_review
from evidence.synthesis.proportion import Proportion, proportion


def unclear_denominators(review: Review, question_id: str) -> pd.DataFrame:
    """Pool a share with and without the groups whose denominator is not printed.

    A count without a denominator may be of the people analysed or of those enrolled; both are taken.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "proportion" with one outcome.

    Returns
    -------
    DataFrame
        One row an analysis: analysis, events, total, groups, share, low, high (exact interval of the summed
        counts), if_groups_differ_low and if_groups_differ_high (Bayesian binomial-normal).

    Raises
    ------
    OptionError
        If the question is no proportion.
    """
    checked_review(review)
    question = review.question(question_id)
    if question.kind != "proportion":
        raise OptionError(f"{question_id} is a {question.kind}; denominators matter to a proportion.")
    known = review.effects(question_id).included
    rows = [_row("denominator printed", known["xi"], known["ni"])] if len(known) else []
    unclear = _printed_counts(review, question.treatment, question.outcomes)
    for which in ("n_analysed", "n_enrolled"):
        for count in unclear.dropna(subset=[which]).to_dict("records"):
            xi, ni = [*known["xi"], count["count_printed"]], [*known["ni"], count[which]]
            what = f"{count['count_printed']:.0f} of {count[which]:.0f}"
            name = f"{'and ' if len(known) else ''}{count['label']}, {what} {which.removeprefix('n_')}"
            rows.append(_row(name, pd.Series(xi), pd.Series(ni)))
    return pd.DataFrame(rows)


def _printed_counts(review: Review, treatments: tuple[str, ...], outcomes: tuple[str, ...]) -> pd.DataFrame:
    rows = review.outcomes.dropna(subset=["count_printed"])
    rows = rows.loc[rows["outcome"].isin(outcomes) & rows["subgroup"].isna()]
    arms = review.arms
    # The people of a study are those of an arm only if it has one arm, or compares sides of a face.
    alone = ~arms["study_id"].duplicated(keep=False) | (arms["arm_kind"] == "side")
    arms = arms.loc[arms["treatment"].isin(treatments) & alone, ["study_id", "arm_id"]]
    studies = review.studies[["study_id", "label", "n_analysed", "n_enrolled"]]
    return rows.merge(arms, on=["study_id", "arm_id"]).merge(studies, on="study_id")


def _row(analysis: str, xi: pd.Series, ni: pd.Series) -> dict[str, object]:
    result = proportion(xi=xi.to_numpy(dtype=float), ni=ni.to_numpy(dtype=float), method="exact")
    low, high = _if_groups_differ(result)
    return {
        "analysis": analysis,
        "events": result.events,
        "total": result.total,
        "groups": result.k,
        "share": result.proportion,
        "low": result.proportion_low,
        "high": result.proportion_high,
        "if_groups_differ_low": low,
        "if_groups_differ_high": high,
    }


def _if_groups_differ(result: Proportion) -> tuple[float, float]:
    rows = result.alternatives.set_index("method")
    for method in ("Bayesian binomial-normal", "GLMM"):
        if method in rows.index:
            return float(rows.loc[method, "low"]), float(rows.loc[method, "high"])
    return np.nan, np.nan
