"""Types of scar compared within the same people: which improved more, which less."""

from __future__ import annotations

import pandas as pd

from evidence.arguments import names
from evidence.review import Review, checked_review

MARK = "scar type: "
DEPRESSED = ("rolling", "boxcar")


def scar_types(review: Review) -> pd.DataFrame:
    """Return what is printed of single types of scar.

    Parameters
    ----------
    review : Review

    Returns
    -------
    DataFrame
        One row a study, arm, measure and type: study_id, label, arm_id, treatment, scar_type, measure,
        value (percent, or points of change), n, caution, source.
    """
    checked_review(review)
    outcomes = review.outcomes
    rows = outcomes.loc[outcomes["subgroup"].fillna("").str.startswith(MARK)].copy()
    rows["scar_type"] = rows["subgroup"].str.removeprefix(MARK)
    percent = pd.to_numeric(rows["pct_printed"], errors="coerce")
    rows["value"] = rows["change_pct"].fillna(percent).fillna(rows["change_mean"])
    rows["unit"] = "%"
    rows.loc[rows["change_pct"].isna() & percent.isna(), "unit"] = "points"
    threshold = rows["threshold"].fillna("")
    rows["measure"] = (rows["scale_name"] + (": " + threshold).where(threshold != "", "")).str.strip()
    arms = review.arms[["study_id", "arm_id", "treatment"]]
    studies = review.studies[["study_id", "label"]]
    rows = rows.merge(arms, on=["study_id", "arm_id"]).merge(studies, on="study_id")
    columns = ["study_id", "label", "arm_id", "treatment", "scar_type", "measure", "value", "unit", "n"]
    return rows[[*columns, "caution", "source"]].reset_index(drop=True)


def compared_types(review: Review, treatments: tuple[str, ...] = ("mn",)) -> pd.DataFrame:
    """Return for each group with several types its best and its least improved one.

    Parameters
    ----------
    review : Review
    treatments : tuple of str
        Treatment codes.

    Returns
    -------
    DataFrame
        One row a study, arm and measure: study_id, label, treatment, measure, best, best_value, least,
        least_value, share (least over best), n, caution.

    Examples
    --------
    >>> import evidence as ev
    >>> compared_types(ev.load()).set_index("study_id").loc["ijord212", ["best", "least"]].tolist()
    ['boxcar', 'icepick']
    """
    wanted = names("treatments", treatments, "mn")
    rows = scar_types(review)
    rows = rows.loc[rows["treatment"].isin(wanted)].dropna(subset=["value"])
    found = []
    for (study_id, label, _, treatment, measure), group in rows.groupby(
        ["study_id", "label", "arm_id", "treatment", "measure"], sort=False
    ):
        if group["scar_type"].nunique() < 2:
            continue
        best, least = group.loc[group["value"].idxmax()], group.loc[group["value"].idxmin()]
        found.append(
            {
                "study_id": study_id,
                "label": label,
                "treatment": treatment,
                "measure": measure,
                "best": best["scar_type"],
                "best_value": best["value"],
                "least": least["scar_type"],
                "least_value": least["value"],
                "share": least["value"] / best["value"],
                "n": best["n"],
                "caution": best["caution"],
            }
        )
    columns = "study_id label treatment measure best best_value least least_value share n caution"
    return pd.DataFrame(found, columns=columns.split(" "))
