"""What earlier reviews pooled: their estimates, where they disagree, and how far they overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.errors import InputError
from evidence.review import Review, checked_review

# Words by which reviews name the side a result favours.
_OURS = ("favours mn", "favours frf", "favours fmr", "favours prp", "favours microneedling")
_THEIRS = ("favours co2", "favours ablative", "favours non-ablative", "favours laser")
OURS, THEIRS, NEITHER = "first", "second", "neither"


def side(direction: str | float) -> str:
    """Say which side a review's direction lies on: the needles or what was added to them, or the other.

    Examples
    --------
    >>> side("favours MN (less PIH)"), side("favours CO2 laser"), side("no significant difference")
    ('first', 'second', 'neither')
    """
    said = "" if pd.isna(direction) else str(direction).lower()
    if said.startswith(_OURS):
        return OURS
    return THEIRS if said.startswith(_THEIRS) else NEITHER


def umbrella(review: Review) -> pd.DataFrame:
    """Return the pooled estimates of earlier reviews, each on its own scale.

    Reviews of one comparison and outcome disagree where one favours the one side and another the other, or
    where one finds a difference and another none.

    Parameters
    ----------
    review : Review

    Returns
    -------
    DataFrame
        One row an estimate: review_id, review (author and year), condition, needling, comparison, group
        (comparison in a few words), outcome (in words), measure, estimate, low, high, k, n, i2, favours,
        side, disagrees, caution.
    """
    checked_review(review)
    rows = review.review_estimates.loc[review.review_estimates["is_effect"] == "yes"].copy()
    known = review.reviews.set_index("review_id")
    labels = review.codes.set_index(["vocabulary", "code"])["label"].to_dict()
    table = pd.DataFrame(
        {
            "review_id": rows["review_id"],
            "review": [_named(known.loc[key], key) for key in rows["review_id"]],
            "condition": [labels["evidence_population", code] for code in rows["condition"]],
            "needling": [labels["review_needling", code] for code in rows["needling"]],
            "comparison": rows["comparison"],
            "group": [_group(text) for text in rows["comparison"]],
            "outcome": [labels["outcome", code] for code in rows["outcome"]],
            "measure": rows["effect_measure"],
            "estimate": rows["estimate"],
            "low": rows["ci_low"],
            "high": rows["ci_high"],
            "k": rows["k_studies"],
            "n": rows["n_participants"],
            "i2": rows["i2_percent"],
            "favours": rows["direction"].fillna(""),
            "side": [side(text) for text in rows["direction"]],
            "caution": rows["caution"].fillna(""),
        }
    )
    # "Other" outcomes are not one outcome; their wording tells them apart.
    other = rows["outcome"] == "other"
    table.loc[other, "outcome"] = rows.loc[other, "outcome_text"]
    keys = ["condition", "group", "outcome"]
    sides = table.groupby(keys)["side"].transform("nunique")
    reviews = table.groupby(keys)["review_id"].transform("nunique")
    table["disagrees"] = (sides > 1) & (reviews > 1)
    return table.reset_index(drop=True)


def _named(row: pd.Series, key: str) -> str:
    if pd.isna(row["first_author"]):
        return key
    return row["first_author"] if pd.isna(row["year"]) else f"{row['first_author']} {row['year']:.0f}"


def _group(comparison: str) -> str:
    """Return a comparison in a few words that different reviews share."""
    text = comparison.lower()
    if "prp" in text:
        return "PRP added"
    if "tranexamic" in text:
        return "tranexamic acid added"
    first, _, second = text.partition(" v. ")
    lasers = [_is_laser(side) for side in (first, second)]
    if all(lasers):
        return "laser against laser"
    if any(lasers):
        return "needling or radiofrequency against laser"
    return "needling against other treatments" if second else "no comparison"


def _is_laser(treatment: str) -> bool:
    return "co2" in treatment or "laser" in treatment.replace("non-laser", "")


@dataclass(frozen=True, slots=True)
class Overlap:
    """How far reviews rest on the same studies.

    Attributes
    ----------
    reviews : int
        Reviews whose included studies are known, at least in part.
    all_reviews : int
    studies : int
        Different studies in them.
    entries : int
        Studies counted as often as they are included.
    covered_area : float
        Corrected covered area, from 0 to 1; NaN for fewer than two reviews.
    """

    reviews: int
    all_reviews: int
    studies: int
    entries: int
    covered_area: float

    def method_text(self) -> str:
        """Return what is known of the overlap, in a sentence."""
        known = f"Included studies are known, in part, for {self.reviews} of {self.all_reviews} reviews"
        if not np.isfinite(self.covered_area):
            return f"{known}; the overlap cannot be computed."
        return (
            f"{known}: {self.entries} entries of {self.studies} studies, corrected covered area"
            f" {self.covered_area:.0%} (Pieper et al. 2014). Of the other reviews the overlap is not known."
        )


def corrected_covered_area(entries: int, studies: int, reviews: int) -> float:
    """Return the corrected covered area (N - r) / (r c - r) of Pieper et al. 2014 (J Clin Epidemiol 67:368).

    Parameters
    ----------
    entries : int
        N: studies counted as often as they are included.
    studies : int
        r: different studies.
    reviews : int
        c.

    Raises
    ------
    InputError
        If there are more studies than entries, more entries than studies times reviews, or none.

    Examples
    --------
    >>> corrected_covered_area(15, 10, 2)
    0.5
    """
    if not 0 < studies <= entries <= studies * max(reviews, 1):
        raise InputError(f"{entries} entries, {studies} studies and {reviews} reviews do not go together.")
    return float("nan") if reviews < 2 else (entries - studies) / (studies * reviews - studies)


def overlap(review: Review) -> Overlap:
    """Return how far the reviews whose trials are tabulated rest on the same studies."""
    checked_review(review)
    rows = review.review_trials.copy()
    rows["study"] = rows["study_id"].fillna(rows["study_label"])
    pairs = rows.drop_duplicates(["review_id", "study"])
    entries, studies = len(pairs), int(pairs["study"].nunique())
    reviews = int(pairs["review_id"].nunique())
    area = corrected_covered_area(entries, studies, reviews) if entries else float("nan")
    return Overlap(reviews, len(review.reviews), studies, entries, area)
