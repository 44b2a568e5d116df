"""From records found to studies with usable numbers, each step with its reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from evidence.tables.tables import Tables, checked_tables


@dataclass(frozen=True, slots=True)
class Flow:
    """How many studies remain at each step, and why the others left.

    Attributes
    ----------
    records : int
        Records of studies in studies.csv.
    not_studies : int
        Records that turned out to be reviews.
    not_eligible : dict of str to int
        Studies that are listed but not analysed, by reason.
    eligible : int
        Studies of needling for facial acne scars that were not retracted.
    unusable : dict of str to int
        Eligible studies without a usable number, by their first reason, the most frequent first.
    usable : int
        Eligible studies with at least one usable row.
    """

    records: int
    not_studies: int
    not_eligible: dict[str, int]
    eligible: int
    unusable: dict[str, int]
    usable: int


def has_usable_row(tables: Tables) -> pd.Series:
    """Say for every study (index: study_id) whether one of its rows can be used."""
    checked_tables(tables)
    return _usable_row(tables.studies, tables.outcomes)


def _usable_row(studies: pd.DataFrame, outcomes: pd.DataFrame) -> pd.Series:
    usable = set(outcomes.loc[outcomes["usable"] == "yes", "study_id"])
    return studies.set_index("study_id").index.to_series().isin(usable)


def flow(tables: Tables) -> Flow:
    """Count the studies from records found to usable numbers.

    The counts add up: records = not_studies + not_eligible + eligible, and eligible = unusable + usable.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    Flow
    """
    checked_tables(tables)
    return counted(tables.studies, tables.outcomes, lambda code: tables.label("why_not", code))


def counted(studies: pd.DataFrame, outcomes: pd.DataFrame, label: Callable[[str], str]) -> Flow:
    """Count as `flow` does, from the two tables it needs and the labels of the reasons in why_not."""
    usable_row = _usable_row(studies, outcomes)
    studies = studies.set_index("study_id")
    first_reason = studies["why_not"].fillna("").str.split("; ").str[0]
    review = first_reason == "not_a_study"
    ineligible = pd.Series("", index=studies.index)
    ineligible[studies["needling"] == "none"] = "no arm was needled"
    ineligible[studies["population"] != "facial_acne_scars"] = "mixed or other scars"
    ineligible[studies["retracted"] == "yes"] = "retracted"
    ineligible[review] = ""
    eligible = ~review & (ineligible == "")
    usable = eligible & usable_row
    reasons = first_reason[eligible & ~usable]
    reasons = reasons.map({code: label(code) for code in reasons.unique()})
    return Flow(
        records=len(studies),
        not_studies=int(review.sum()),
        not_eligible=ineligible[ineligible != ""].value_counts().to_dict(),
        eligible=int(eligible.sum()),
        unusable=reasons.value_counts().to_dict(),
        usable=int(usable.sum()),
    )
