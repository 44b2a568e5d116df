"""The course of one group after treatment: its change at each visit, and whether it still grew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from evidence.arguments import correlation
from evidence.effects.assemble import PRIMARY_R
from evidence.effects.paired import change_variance
from evidence.review import Review, checked_review

SEVERITY = ("gb_quantitative", "gb_qualitative", "ecca", "asas", "other")
_COLUMNS = [
    "study_id",
    "label",
    "arm_id",
    "treatment",
    "scale",
    "visit",
    "weeks",
    "value",
    "low",
    "high",
    "n",
]
_GROWTH = ["study_id", "label", "arm_id", "treatment", "scale", "first", "last", "growth", "low", "high", "n"]


def time_course(review: Review, *, r: float = PRIMARY_R) -> pd.DataFrame:
    """Return the change from baseline at every visit of groups that were seen more than once after treatment.

    Parameters
    ----------
    review : Review
    r : float
        Correlation of two visits of the same people, where only their means and SDs are printed.

    Returns
    -------
    DataFrame
        One row a group, scale and visit, baseline included: study_id, label, arm_id, treatment, scale, visit
        (as worded), weeks (blank where not printed), value (points; positive is better), low, high (95 %
        interval, as printed where it was printed), n.

    Raises
    ------
    InputError
        If `r` lies outside 0 to 1.

    Examples
    --------
    >>> import evidence as ev
    >>> course = time_course(ev.load())
    >>> sorted(set(course["study_id"]))
    ['alam2014', 'minh2019']
    """
    rows = [row for visits in _courses(review, r) for row in visits]
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"n": int})


def growth(review: Review, *, r: float = PRIMARY_R) -> pd.DataFrame:
    """Return how much each group still changed between its first and its last visit after treatment.

    The variance of the difference of two means of the same people is that of the Cochrane Handbook,
    6.5.2.8, with the stated correlation; the interval is that of Student's t.

    Parameters
    ----------
    review : Review
    r : float
        Correlation of two visits of the same people.

    Returns
    -------
    DataFrame
        One row a group and scale: study_id, label, arm_id, treatment, scale, first, last (visits), growth
        (points; positive: still improving), low, high, n.

    Raises
    ------
    InputError
        If `r` lies outside 0 to 1.
    """
    rows = []
    for visits in _courses(review, r):
        first, last = visits[1], visits[-1]
        variance = change_variance(np.array(first["sd"]), np.array(last["sd"]), np.array(r)) / last["n"]
        half = float(stdtrit(last["n"] - 1, 0.975)) * float(variance) ** 0.5
        gained = last["value"] - first["value"]
        shared = {name: last[name] for name in ("study_id", "label", "arm_id", "treatment", "scale", "n")}
        ends = {"first": first["visit"], "last": last["visit"]}
        rows.append(shared | ends | {"growth": gained, "low": gained - half, "high": gained + half})
    return pd.DataFrame(rows, columns=_GROWTH).astype({"n": int})


def _courses(review: Review, r: float) -> list[list[dict[str, Any]]]:
    """Return for each group and scale its visits in order, the baseline first."""
    checked_review(review)
    correlation("r", r)
    outcomes = review.outcomes
    rows = outcomes.loc[outcomes["outcome"].isin(SEVERITY) & outcomes["subgroup"].isna()]
    rows = rows.loc[(rows["usable"] == "yes") & rows["value_kind"].isin(["baseline", "final", "change"])]
    labels = review.studies.set_index("study_id")["label"]
    treatments = review.arms.set_index(["study_id", "arm_id"])["treatment"]
    found = []
    for (study_id, arm_id, _, scale), group in rows.groupby(
        ["study_id", "arm_id", "outcome", "scale_name"], sort=False
    ):
        later = group.loc[group["value_kind"] != "baseline"]
        if len(later) < 2 or later["timepoint_label"].nunique() < 2:
            continue
        shared = {
            "study_id": study_id,
            "label": labels[study_id],
            "arm_id": arm_id,
            "treatment": treatments[study_id, arm_id],
            "scale": scale,
        }
        visits = _by_means(group, r) or _by_changes(review, group)
        if visits:
            found.append([shared | visit for visit in visits])
    return found


def _by_means(group: pd.DataFrame, r: float) -> list[dict[str, Any]]:
    """Return the visits of a group that prints means and SDs; `sd` is that of the score."""
    start = group.loc[group["value_kind"] == "baseline"]
    later = group.loc[group["value_kind"] == "final"].sort_values("timepoint_weeks", kind="stable")
    if len(start) != 1 or later[["mean", "sd"]].isna().any(axis=None) or len(later) < 2:
        return []
    before = start.iloc[0]
    sign = 1 if before["higher_is"] == "worse" else -1
    visits = [_visit("baseline", 0.0, 0.0, 0.0, before["n"], before["sd"])]
    for _, row in later.iterrows():
        n = before["n"] if pd.isna(row["n"]) else row["n"]
        variance = change_variance(np.array(before["sd"]), np.array(row["sd"]), np.array(r)) / n
        half = float(stdtrit(n - 1, 0.975)) * float(variance) ** 0.5
        value = sign * (before["mean"] - row["mean"])
        visits.append(_visit(row["timepoint_label"], row["timepoint_weeks"], value, half, n, row["sd"]))
    return visits


def _by_changes(review: Review, group: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the visits of a group that prints changes with intervals; `sd` is that of the change."""
    printed = review.contrasts.dropna(subset=["estimate", "ci_low", "ci_high"])
    keys = ["study_id", "arm_id", "timepoint_label"]
    printed = printed.loc[printed["arm_id_2"] == "baseline"].rename(columns={"arm_id_1": "arm_id"})
    later = group.loc[group["value_kind"] == "change", [*keys, "n", "timepoint_weeks", "scale_name"]].merge(
        printed[[*keys, "scale_name", "estimate", "ci_low", "ci_high"]], on=[*keys, "scale_name"]
    )
    if len(later) < 2:
        return []
    visits = [_visit("baseline", 0.0, 0.0, 0.0, later["n"].iloc[0], np.nan)]
    for row in later.itertuples():
        se = (row.ci_high - row.ci_low) / (2 * float(ndtri(0.975)))
        visit = _visit(row.timepoint_label, row.timepoint_weeks, row.estimate, 0.0, row.n, se * row.n**0.5)
        visits.append(visit | {"low": row.ci_low, "high": row.ci_high})
    return visits


def _visit(visit: str, weeks: float, value: float, half: float, n: float, sd: float) -> dict[str, Any]:
    return {
        "visit": visit,
        "weeks": weeks,
        "value": value,
        "low": value - half,
        "high": value + half,
        "n": n,
        "sd": sd,
    }
