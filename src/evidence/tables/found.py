"""What was found for each claim, by kind of evidence, and how much of it holds a usable number."""

from __future__ import annotations

import pandas as pd

from evidence.tables.fields import KINDS_WITH_EFFECTS
from evidence.tables.question import Question, questions
from evidence.tables.schema import LIST_SEPARATOR
from evidence.tables.tables import Tables, checked_tables

SHAM = "Randomised, against no treatment or sham"
RANDOMISED = "Randomised, against another treatment"
CONTROLLED = "Not randomised, with a comparison"
UNCONTROLLED = "One group, before and after"
REVIEW = "Earlier reviews"
OPINION = "Guidelines and opinion"
OTHER = "Laboratory or price pages"
KINDS = (SHAM, RANDOMISED, CONTROLLED, UNCONTROLLED, REVIEW, OPINION, OTHER)

_OF_SOURCE = {
    "rct": RANDOMISED,
    "single_arm": UNCONTROLLED,
    "review": REVIEW,
    "guideline": OPINION,
    "other": OPINION,
    "lab": OTHER,
    "price_survey": OTHER,
}
NOT_ABOUT_IT = ("wrong_population", "not_needling_or_unclear")


def found(tables: Tables) -> pd.DataFrame:
    """Count the sources that bear on each claim.

    A source is a study, an earlier review, or a page; one that bears on a claim in several rows
    counts once. It is usable if one of these rows holds a number an analysis can take.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    DataFrame
        One row a claim and kind of evidence: claim_id, claim, column, count, usable.
    """
    checked_tables(tables)
    kind_of_study = kinds_of_studies(tables)
    parts = [_stated(tables, kind_of_study), _prices(tables)]
    for question in questions(tables):
        if question.kind in KINDS_WITH_EFFECTS:
            parts += [_measured(tables, question, kind_of_study), _pooled_before(tables, question)]
    sources = pd.concat(parts).groupby(["claim_id", "column", "source"])["usable"].any().reset_index()
    counts = sources.groupby(["claim_id", "column"])["usable"].agg(["size", "sum"])
    grid = pd.MultiIndex.from_product([tables.claims["claim_id"], KINDS], names=["claim_id", "column"])
    table = counts.reindex(grid, fill_value=0).astype(int).reset_index()
    table = table.rename(columns={"size": "count", "sum": "usable"})
    table.insert(1, "claim", table["claim_id"].map(tables.claims.set_index("claim_id")["claim"]))
    return table


def kinds_of_studies(tables: Tables) -> pd.Series:
    """Return the kind of evidence each study is (index: study_id)."""
    studies = tables.studies.set_index("study_id")
    untreated = set(tables.arms.loc[tables.arms["treatment"] == "placebo", "study_id"])
    kinds = pd.Series(UNCONTROLLED, index=studies.index)
    kinds[studies["design"].str.startswith("nonrandomised")] = CONTROLLED
    kinds[studies["randomised"] == "yes"] = RANDOMISED
    kinds[(studies["randomised"] == "yes") & studies.index.isin(untreated)] = SHAM
    kinds[studies["why_not"] == "not_a_study"] = REVIEW
    return kinds


def _stated(tables: Tables, kind_of_study: pd.Series) -> pd.DataFrame:
    """Return the sources of claims_evidence.csv that are about needling and the claim's people."""
    rows = tables.claims_evidence
    cautions = rows["caution"].fillna("").str.split(LIST_SEPARATOR)
    rows = rows.loc[~cautions.map(lambda codes: any(code in NOT_ABOUT_IT for code in codes))]
    source = rows["study_id"].fillna(rows["review_id"]).fillna(rows["source_label"])
    column = rows["study_id"].map(kind_of_study).fillna(rows["kind"].map(_OF_SOURCE))
    number = rows[["value_num", "value_low", "events", "ci_low"]].notna().any(axis=1)
    # What trials print on contraindications is whom they left out: no measured evidence.
    kinds = rows["claim_id"].map(tables.claims.set_index("claim_id")["kind"])
    number &= kinds != "contraindication"
    return pd.DataFrame({"claim_id": rows["claim_id"], "column": column, "source": source, "usable": number})


def _prices(tables: Tables) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "claim_id": tables.prices["claim_id"],
            "column": OTHER,
            "source": tables.prices["source"],
            "usable": True,
        }
    )


def _measured(tables: Tables, question: Question, kind_of_study: pd.Series) -> pd.DataFrame:
    """Return the studies that report an outcome of the question for its treatment."""
    arms = tables.arms
    treated = arms.loc[arms["treatment"].isin(question.treatment), ["study_id", "arm_id"]]
    rows = tables.outcomes.loc[tables.outcomes["outcome"].isin(question.outcomes)]
    rows = rows.merge(treated, on=["study_id", "arm_id"])
    return pd.DataFrame(
        {
            "claim_id": question.claim_id,
            "column": rows["study_id"].map(kind_of_study),
            "source": rows["study_id"],
            "usable": rows["usable"] == "yes",
        }
    )


def _pooled_before(tables: Tables, question: Question) -> pd.DataFrame:
    """Return the earlier reviews that pooled an outcome of the question in acne scars."""
    rows = tables.review_estimates
    about = rows["outcome"].isin(question.outcomes) & (rows["condition"] == "acne_scars")
    rows = rows.loc[about & rows["needling"].isin(["mn", "mnrf", "mn_or_mnrf"])]
    return pd.DataFrame(
        {
            "claim_id": question.claim_id,
            "column": REVIEW,
            "source": rows["review_id"],
            "usable": rows["is_effect"] == "yes",
        }
    )
