"""Every comparison of two treatments that a source prints, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evidence.tables.tables import Tables, checked_tables

Labels = Mapping[tuple[str, str], str]


def comparisons(tables: Tables) -> pd.DataFrame:
    """Return the printed comparisons between arms, with labels in place of codes.

    Retracted reports and other populations than facial acne scars are left out.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    DataFrame
        One row a row of contrasts.csv that compares arms: study, design, first, second (treatments with
        their tags), code_1, code_2 (treatment codes), outcome, direction, p (as printed), source.
    """
    checked_tables(tables)
    rows = tables.contrasts
    rows = rows.loc[(rows["contrast_type"] == "between_arm") & rows["subgroup"].isna()]
    arms = tables.arms.set_index(["study_id", "arm_id"])
    studies = tables.studies.set_index("study_id")
    labels = tables.codes.set_index(["vocabulary", "code"])["label"].to_dict()
    found = []
    eligible = (studies["retracted"] == "no") & (studies["population"] == "facial_acne_scars")
    for row in rows.loc[rows["study_id"].map(eligible)].to_dict("records"):
        first, second = ((row["study_id"], row[column]) for column in ("arm_id_1", "arm_id_2"))
        if first not in arms.index or second not in arms.index:
            continue  # several arms joined by +
        found.append(
            {
                "study": studies.loc[row["study_id"], "label"],
                "design": labels["design", studies.loc[row["study_id"], "design"]],
                "first": _named(arms.loc[first], labels),
                "second": _named(arms.loc[second], labels),
                "code_1": arms.loc[first, "treatment"],
                "code_2": arms.loc[second, "treatment"],
                "outcome": labels["outcome", row["outcome"]],
                "direction": in_words(row["direction"], labels),
                "p": "" if pd.isna(row["p_value"]) else row["p_value"],
                "source": row["source"],
            }
        )
    return pd.DataFrame(found)


def _named(arm: pd.Series, labels: Labels) -> str:
    label = labels["treatment", arm["treatment"]]
    tag = arm["treatment_tag"]
    return label if pd.isna(tag) else f"{label} ({tag.replace('_', ' ')})"


def in_words(direction: str, labels: Labels) -> str:
    """Write a direction with the treatment's label in place of its code.

    Examples
    --------
    >>> in_words("favours mn_prp", {("treatment", "mn_prp"): "Microneedling + PRP"})
    'favours microneedling + PRP'
    >>> in_words("no difference", {})
    'no difference'
    """
    before, favours, code = direction.partition("favours ")
    treatment, _, tag = code.partition(" (")
    label = labels.get(("treatment", treatment))
    if before or not favours or label is None:
        return direction
    starts_with_abbreviation = label[:2].isupper()
    name = label if starts_with_abbreviation else label[0].lower() + label[1:]
    return f"favours {name} ({tag.replace('_', ' ')}" if tag else f"favours {name}"
