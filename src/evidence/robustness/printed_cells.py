"""What the tables hold of one arm, complete or not: the cells a missing number is told from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evidence.effects.rows import Selection, blank, by_preference, codes_of, visit

NOT_SIGNIFICANT = 0.05
SEVERITY = {"gb_quantitative", "gb_qualitative", "ecca", "asas"}
_PLAIN = re.compile(r"\s*(<=|<|>|=)?\s*(0?\.\d+)\s*")
_SPREAD_OF_UNKNOWN_KIND = "ambiguous_spread"


@dataclass(frozen=True, slots=True)
class PValue:
    """A printed p value: `op` is "=", "<" (at most) or ">" (above)."""

    op: str
    value: float

    def __str__(self) -> str:
        return f"p {self.op} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Cells:
    """Numbers of one arm on one scale as printed; NaN where nothing is.

    Attributes
    ----------
    outcome, scale_name : str
    higher_is : str
        "better" or "worse".
    mean_before, sd_before, mean_after, sd_after, change, percent : float
        `change` is a printed mean change and `percent` a percent change; improvement is positive.
    events, total, count, share : float
        `count` is a count without a denominator, `share` a percent of people without a count.
    people : float
        People behind the number, where the row says so.
    medians, unclear_spread : bool
        Whether medians stand in the place of means; whether it is not said what the plus-minus is.
    p : PValue or None
        Of the change from baseline.
    measured : bool
        Whether anything printed shows that the outcome was measured in this arm.
    """

    outcome: str = ""
    scale_name: str = ""
    higher_is: str = ""
    mean_before: float = np.nan
    sd_before: float = np.nan
    mean_after: float = np.nan
    sd_after: float = np.nan
    change: float = np.nan
    percent: float = np.nan
    events: float = np.nan
    total: float = np.nan
    count: float = np.nan
    share: float = np.nan
    people: float = np.nan
    medians: bool = False
    unclear_spread: bool = False
    p: PValue | None = None
    measured: bool = False

    @property
    def difference(self) -> float:
        """Mean change, positive for improvement: as printed, else from the means of both visits."""
        if np.isfinite(self.change):
            return self.change
        return (self.mean_after - self.mean_before) * (1.0 if self.higher_is == "better" else -1.0)

    def known(self) -> int:
        """Count the numbers that are there."""
        numbers = (self.mean_before, self.sd_before, self.mean_after, self.sd_after, self.change)
        numbers += (self.percent, self.events, self.total, self.count, self.share)
        return int(np.isfinite(numbers).sum())


def arm_cells(
    selection: Selection, percents: Sequence[Mapping[str, Any]], study_id: str, arm_id: str
) -> Cells:
    """Return what is printed of an arm, on the scale of which most is known.

    Parameters
    ----------
    selection : Selection
        Of the question.
    percents : sequence of mapping
        Rows of the arm with a mean percent improvement, which stands for the severity score behind it.
    study_id, arm_id : str

    Returns
    -------
    Cells
        Of several scales of which equally much is known, the one the question prefers.
    """
    rows = selection.printed(study_id, arm_id)
    if rows.empty and selection.question.kind == "proportion":
        return Cells()
    scales = by_preference(rows, selection.question) if len(rows) else ()
    found = [_of_scale(each) for each in scales if len(each)]
    best = max(found, key=Cells.known, default=Cells())
    if SEVERITY & set(selection.question.outcomes) and not np.isfinite(best.percent):
        best = _with_percent(best, percents)
    return best


def p_of(op: Any, number: Any) -> PValue | None:
    """Return a p value from the columns p_op and p_num; words count as below or above 0.05.

    Examples
    --------
    >>> p_of("<=", 0.001), p_of("ns", float("nan")), p_of("trend", float("nan"))
    (PValue(op='<', value=0.001), PValue(op='>', value=0.05), None)
    """
    if op in {"sig", "ns"}:
        return PValue("<" if op == "sig" else ">", NOT_SIGNIFICANT)
    if op not in {"=", "<", "<=", ">"} or pd.isna(number):
        return None
    if number <= 0:
        return PValue("<", 0.001)  # printed as 0.000: rounded
    return PValue("<" if op == "<=" else op, float(number))


def p_in_words(text: Any) -> PValue | None:
    """Return a p value from a cell of text that holds nothing else.

    Examples
    --------
    >>> p_in_words("<.001"), p_in_words("0.03"), p_in_words("not read")
    (PValue(op='<', value=0.001), PValue(op='=', value=0.03), None)
    """
    found = _PLAIN.fullmatch(blank(text))
    return p_of(found[1] or "=", float(found[2])) if found else None


def _of_scale(rows: pd.DataFrame) -> Cells:
    before = visit(rows.loc[rows["value_kind"] == "baseline"])
    later = rows.loc[rows["value_kind"] != "baseline"]
    after = visit(later.loc[later["value_kind"] == "final"])
    first = rows.iloc[0]
    shares = later["pct_printed"].map(lambda text: pd.to_numeric(text, errors="coerce"))
    people = [_first(part["n"]) for part in (later, rows)]
    return Cells(
        outcome=first["outcome"],
        scale_name=first["scale_name"],
        higher_is=blank(first["higher_is"]),
        mean_before=_cell(before, "mean"),
        sd_before=_cell(before, "sd"),
        mean_after=_cell(after, "mean"),
        sd_after=_cell(after, "sd"),
        change=_first(later["change_mean"]),
        percent=_first(later.loc[~later["caution"].map(_may_be_people), "change_pct"]),
        events=_first(later["events"]),
        total=_first(later["total"]),
        count=_first(later["count_printed"]),
        share=_first(shares.where(shares.between(0, 100))),
        people=next((n for n in people if np.isfinite(n)), np.nan),
        medians=bool(rows["median"].notna().any()),
        unclear_spread=any(_SPREAD_OF_UNKNOWN_KIND in codes_of(cell) for cell in rows["caution"]),
        p=next((p for p in map(p_in_words, later["p_within"]) if p is not None), None),
        measured=True,
    )


def _with_percent(cells: Cells, percents: Sequence[Mapping[str, Any]]) -> Cells:
    """Add the mean percent improvement that is printed apart from the scale."""
    row = next((row for row in percents if not _may_be_people(row["caution"])), None)
    if row is None:
        return cells
    people = cells.people if np.isfinite(cells.people) else row["n"]
    scale_name = cells.scale_name or row["scale_name"].split(", %")[0]
    return replace(cells, percent=row["change_pct"], people=people, scale_name=scale_name, measured=True)


def _may_be_people(caution: Any) -> bool:
    return "percent_may_be_patients" in codes_of(caution)


def _cell(row: pd.Series | None, column: str) -> float:
    return np.nan if row is None else float(row[column])


def _first(values: pd.Series) -> float:
    known = values.dropna()
    return float(known.iloc[0]) if len(known) else np.nan
