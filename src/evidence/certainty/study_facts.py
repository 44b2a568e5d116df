"""Facts recorded of a study that bear on its risk of bias, each with a value of a small vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from evidence.tables.fields import listed
from evidence.tables.load import Tables

NEARLY_ALL = 0.95
MOST = 0.8
_ASSESSOR = {"assessor_blinded": "blinded", "double_blind": "blinded", "open": "open"}
_ASSIGNED = ("rct_parallel", "rct_split_face", "nonrandomised_parallel", "nonrandomised_split_face")
_NOT_BY_EYE = {"histology_collagen"}
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6}
_FIRST_DARK = 4


class StudyFacts:
    """The facts of every study, looked up once and handed out study by study.

    Parameters
    ----------
    tables : Tables
    """

    def __init__(self, tables: Tables) -> None:
        self._studies = tables.studies.set_index("study_id").to_dict("index")
        outcomes = tables.outcomes
        later = outcomes.loc[outcomes["value_kind"] != "baseline"]
        self._visits = later.groupby("study_id")["timepoint_label"].nunique().to_dict()
        self._usable = set(outcomes.loc[outcomes["usable"] == "yes", "study_id"])
        between = tables.contrasts.loc[tables.contrasts["contrast_type"] == "between_arm"]
        self._paired = between.groupby("study_id")["paired"].agg(set).to_dict()

    def of(self, study_id: str, outcomes: Iterable[str] = ()) -> dict[str, str]:
        """Return the facts of a study.

        Parameters
        ----------
        study_id : str
        outcomes : iterable of str
            Outcomes in question; they decide whether the result is judged by eye.

        Returns
        -------
        dict of str to str
            Value by fact; codes.csv lists the values of each under `fact_<name>`.
        """
        study = self._studies[study_id]
        return {
            "randomised": study["randomised"],
            "blinding": study["blinding"],
            "assessor": _ASSESSOR.get(study["blinding"], "unknown"),
            "followed": followed(study["n_enrolled"], study["n_analysed"]),
            "registered": _yes(not pd.isna(study["registry"])),
            "split_face": study["split_face"],
            "paired": self._of_pairs(study_id),
            "p_only": _yes("p_values_only" in listed(study["why_not"])),
            "overlap": _yes(not pd.isna(study["overlap_group"])),
            "assigned": "yes" if study["design"] in _ASSIGNED else "unknown",
            "by_eye": _yes(not set(outcomes) or bool(set(outcomes) - _NOT_BY_EYE)),
            "visits": "several" if self._visits.get(study_id, 0) > 1 else "one",
            "spread": _yes(study_id in self._usable),
            "one_group": "yes",
        }

    def _of_pairs(self, study_id: str) -> str:
        said = self._paired.get(study_id, set())
        return next((value for value in ("yes", "no") if value in said), "unclear")


def followed(enrolled: float, analysed: float) -> str:
    """Say what share of those enrolled was analysed: all, most, some, lost or unknown.

    Examples
    --------
    >>> followed(20, 15), followed(30, 30), followed(30, float("nan"))
    ('lost', 'all', 'unknown')
    """
    if pd.isna(enrolled) or pd.isna(analysed):
        return "unknown"
    share = analysed / enrolled
    if share >= 1:
        return "all"
    if share >= NEARLY_ALL:
        return "most"
    return "some" if share >= MOST else "lost"


def skin(fitzpatrick: str | float) -> str:
    """Say whether all recorded skin types are dark (IV to VI), light (I to III), or mixed.

    Types in brackets describe a part of the people and do not count.

    Examples
    --------
    >>> skin("IV-V"), skin("III-V (27 type IV)"), skin("I-III (registry criterion)"), skin(float("nan"))
    ('dark', 'mixed', 'light', 'unknown')
    """
    text = "" if pd.isna(fitzpatrick) else re.sub(r"\([^)]*\)", "", str(fitzpatrick))
    types = [_ROMAN[found] for found in re.findall(r"\b(?:IV|VI{0,1}|I{1,3})\b", text)]
    if not types:
        return "unknown"
    if min(types) >= _FIRST_DARK:
        return "dark"
    return "light" if max(types) < _FIRST_DARK else "mixed"


def skin_of(tables: Tables) -> Mapping[str, str]:
    """Return what is recorded of the skin of each study's people, by study_id."""
    return tables.studies.set_index("study_id")["fitzpatrick"].map(skin, na_action=None).to_dict()


def _yes(value: bool) -> str:
    return "yes" if value else "no"
