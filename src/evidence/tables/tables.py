"""`Tables`: the validated tables of the review, and the check that a caller handed them in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.arguments import instance
from evidence.errors import InputError

A_REVIEW = "a review, as evidence.load() returns it"


@dataclass(frozen=True, slots=True)
class Tables:
    """The validated tables of the review; each is a DataFrame with the columns of its schema."""

    folder: Path
    studies: pd.DataFrame
    arms: pd.DataFrame
    outcomes: pd.DataFrame
    contrasts: pd.DataFrame
    reviews: pd.DataFrame
    review_estimates: pd.DataFrame
    review_trials: pd.DataFrame
    claims_evidence: pd.DataFrame
    prices: pd.DataFrame
    scales: pd.DataFrame
    overlaps: pd.DataFrame
    claims: pd.DataFrame
    questions: pd.DataFrame
    codes: pd.DataFrame
    prisma: pd.DataFrame
    rob_tools: pd.DataFrame
    rob_questions: pd.DataFrame
    rob_rules: pd.DataFrame
    risk_of_bias: pd.DataFrame
    grade_overrides: pd.DataFrame
    claim_parts: pd.DataFrame
    components: pd.DataFrame
    verdict_rules: pd.DataFrame
    changelog: pd.DataFrame

    def label(self, vocabulary: str, code: str) -> str:
        """Return the label of a code, for figures and tables.

        Raises
        ------
        InputError
            If codes.csv has no such code.
        """
        codes = self.codes
        found = codes.loc[(codes["vocabulary"] == vocabulary) & (codes["code"] == code), "label"]
        if found.empty:
            raise InputError(f"codes.csv has no code {code!r} in the vocabulary {vocabulary!r}.")
        return str(found.iloc[0])


def checked_tables(value: object) -> Tables:
    """Return `value` if it holds the tables of a review.

    Raises
    ------
    InputError
        Naming what it is instead.
    """
    return instance("tables", value, Tables, A_REVIEW)
