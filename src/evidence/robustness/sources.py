"""The tables arranged by study, so that many rows can be asked about quickly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from evidence.robustness.spreads import SpreadLibrary
from evidence.tables.load import Tables

Record = Mapping[str, Any]


class Sources:
    """Studies, arms, printed tests and percents of one review, by study.

    Parameters
    ----------
    tables : Tables

    Attributes
    ----------
    studies : dict of str to dict
    arms : dict of str to dict of str to dict
        By study and arm.
    tests : dict of str to list of dict
        Rows of contrasts.csv on whole arms.
    percents : dict of (study, arm) to list of dict
        Rows of outcomes.csv with a mean percent improvement of a whole arm.
    labels : dict of (vocabulary, code) to str
    spreads : SpreadLibrary
    """

    def __init__(self, tables: Tables) -> None:
        self.studies: dict[str, Record] = {row["study_id"]: row for row in tables.studies.to_dict("records")}
        self.arms: dict[str, dict[str, Record]] = defaultdict(dict)
        for row in tables.arms.to_dict("records"):
            self.arms[row["study_id"]][row["arm_id"]] = row
        self.tests: dict[str, list[Record]] = defaultdict(list)
        for row in tables.contrasts.loc[tables.contrasts["subgroup"].isna()].to_dict("records"):
            self.tests[row["study_id"]].append(row)
        self.percents: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for row in _percents(tables).to_dict("records"):
            self.percents[row["study_id"], row["arm_id"]].append(row)
        self.labels: dict[tuple[str, str], str] = tables.codes.set_index(["vocabulary", "code"])[
            "label"
        ].to_dict()
        self.spreads = SpreadLibrary(tables)


def _percents(tables: Tables) -> pd.DataFrame:
    rows = tables.outcomes
    whole = rows["subgroup"].isna() & (rows["outcome"] == "percent_improvement")
    return rows.loc[whole & rows["change_pct"].notna()]
