"""The counts of the PRISMA 2020 flow diagram: recorded, computed from the tables, or not known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from evidence.errors import InputError
from evidence.tables.flow import Flow, flow

if TYPE_CHECKING:
    from evidence.tables.load import Tables

# Keys of the PRISMA2020 template (Haddaway et al. 2022), in the order of the diagram, and two of our own.
KEYS = (
    "previous_studies",
    "previous_reports",
    "database_results",
    "register_results",
    "website_results",
    "organisation_results",
    "citations_results",
    "duplicates",
    "excluded_automatic",
    "excluded_other",
    "records_screened",
    "records_excluded",
    "dbr_sought_reports",
    "dbr_notretrieved_reports",
    "other_sought_reports",
    "other_notretrieved_reports",
    "dbr_assessed",
    "dbr_excluded",
    "other_assessed",
    "other_excluded",
    "new_studies",
    "new_reports",
    "new_usable",
    "new_unusable",
    "total_studies",
    "total_reports",
)
WITH_REASONS = ("dbr_excluded", "other_excluded", "new_unusable")
NOT_STUDIES = "a review of trials, not a trial"

_BLANK = {"", "NA", "xxx"}  # what the template holds where nothing was filled in
_REASON = re.compile(r"\s*(\S.*?)\s*,\s*(\d+)\s*")


@dataclass(frozen=True, slots=True)
class Box:
    """One count of the diagram.

    Attributes
    ----------
    key : str
        Key of the template.
    text : str
        What is counted.
    n : int or None
        None if it is not known.
    reasons : mapping of str to int
        Reasons with their counts, which add up to n; empty where none are given.
    how : str
        "recorded", "computed" or "not known".
    note : str
        Remark on the count.
    """

    key: str
    text: str
    n: int | None
    reasons: Mapping[str, int] = field(default_factory=dict)
    how: str = "recorded"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prisma:
    """The boxes of the diagram in its order, and the headings its file gives by their names."""

    boxes: tuple[Box, ...]
    headings: Mapping[str, str] = field(default_factory=dict)

    def get(self, key: str) -> Box | None:
        """Return the box of a key, None if the file has none."""
        return next((box for box in self.boxes if box.key == key), None)


def prisma(tables: Tables) -> Prisma:
    """Return the counts of the PRISMA diagram.

    What studies.csv and outcomes.csv hold is counted from them; the rest stands in prisma.csv. The load has
    made sure that both agree.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    Prisma
    """
    counts = computed(flow(tables))
    found: dict[str, Box] = {}
    headings = {}
    for row in tables.prisma.to_dict("records"):
        key = blank(row["data"])
        if not key:
            headings[str(row["box"])] = str(row["boxtext"])
            continue
        reasons = counts.get(key, {})
        n: int | None = sum(reasons.values())
        how = "computed"
        if key not in counts:
            n, reasons = count(key, row["n"])
            how = "not known" if n is None else "recorded"
        shown = reasons if key in WITH_REASONS else {}
        found[key] = Box(key, str(row["boxtext"]), n, dict(shown), how, blank(row["tooltips"]))
    return Prisma(tuple(found[key] for key in KEYS if key in found), headings)


def computed(counts: Flow) -> dict[str, dict[str, int]]:
    """Return what the tables themselves say, by key: counts by reason, whose sum is the count.

    Examples
    --------
    >>> computed(Flow(9, 1, {"retracted": 2}, 6, {"p values only": 4}, 2))["dbr_excluded"]
    {'a review of trials, not a trial': 1, 'retracted': 2}
    """
    reviews = {NOT_STUDIES: counts.not_studies} if counts.not_studies else {}
    return {
        "dbr_assessed": {"": counts.records},
        "dbr_excluded": reviews | counts.not_eligible,
        "new_studies": {"": counts.eligible},
        "new_usable": {"": counts.usable},
        "new_unusable": dict(counts.unusable),
    }


def blank(cell: Any) -> str:
    """Return a cell as text; what the template holds where nothing was filled in is empty.

    Examples
    --------
    >>> blank("NA"), blank(None), blank("16")
    ('', '', '16')
    """
    text = "" if cell is None or pd.isna(cell) else str(cell).strip()
    return "" if text in _BLANK else text


def count(key: str, cell: Any) -> tuple[int | None, dict[str, int]]:
    """Read a count, or reasons with counts where the key may have them.

    Raises
    ------
    InputError
        If the cell is neither.

    Examples
    --------
    >>> count("dbr_excluded", "Retracted, 1; Mixed, or other scars, 8")
    (9, {'Retracted': 1, 'Mixed, or other scars': 8})
    >>> count("duplicates", None)
    (None, {})
    """
    text = blank(cell)
    if not text:
        return None, {}
    if re.fullmatch(r"[0-9]+", text):
        return int(text), {}
    if key not in WITH_REASONS:
        raise InputError("a count is a whole number of 0 or more; leave the cell blank if it is not known.")
    reasons: dict[str, int] = {}
    for part in text.split(";"):
        found = _REASON.fullmatch(part)
        if not found or found[1] in reasons:
            raise InputError("write reasons with their counts as 'Reason, 3; Another reason, 4', each once.")
        reasons[found[1]] = int(found[2])
    return sum(reasons.values()), reasons
