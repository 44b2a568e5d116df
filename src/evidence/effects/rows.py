"""Which rows of the tables answer a question, and why the others do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pandas as pd

from evidence.arguments import correlation, names, nearest, option
from evidence.errors import OptionError
from evidence.tables.comparisons import in_words
from evidence.tables.load import Tables
from evidence.tables.question import Question
from evidence.tables.records import by_key, records
from evidence.tables.schema import LIST_SEPARATOR

Row = dict[str, Any]

TIMES = ("primary", "earliest", "latest")
DENOMINATORS = ("printed", "analysed", "enrolled")
# Words of the routes on which an SD, or a difference in SDs, was not printed but derived.
DETOURS = ("confidence interval", "log odds ratio")


@dataclass(frozen=True, slots=True)
class Choices:
    """Analytic choices that the tables leave open.

    Attributes
    ----------
    r : float
        Correlation of two measurements of the same people (before and after, or two sides of a
        face), for means; for events the phi coefficient, or as much of it as the margins allow.
    measure : str
        Effect measure code.
    without_cautions : tuple of str
        Rows that carry one of these caution codes are left out.
    randomised_only : bool
        Leave out studies that did not allocate at random.
    time : {"primary", "earliest", "latest"}
        Visit to take where a scale was measured at several after treatment.
    direct_only : bool
        Leave out numbers that came by one of the `DETOURS`.
    denominator : {"printed", "analysed", "enrolled"}
        Of whom a count is that was printed without a denominator; "printed" leaves it out.
    """

    r: float
    measure: str
    without_cautions: tuple[str, ...] = ()
    randomised_only: bool = False
    time: str = "primary"
    direct_only: bool = False
    denominator: str = "printed"

    def check(self, tables: Tables) -> None:
        """Raise an error if a choice cannot be made."""
        option("time", self.time, TIMES)
        option("denominator", self.denominator, DENOMINATORS)
        correlation("r", self.r)
        codes = tables.codes
        known = codes.loc[codes["vocabulary"] == "caution", "code"].tolist()
        for code in names("without_cautions", self.without_cautions, "sd_assumed"):
            if code not in known:
                raise OptionError(f"{code!r} is not a caution code of codes.csv.{nearest(code, known)}")


def blank(cell: Any) -> str:
    """Return a cell as text, a missing one as the empty string."""
    return "" if pd.isna(cell) else str(cell)


def codes_of(cell: Any) -> list[str]:
    """Return the codes of a cell that may hold several."""
    return blank(cell).split(LIST_SEPARATOR) if blank(cell) else []


def arms_with(tables: Tables, treatments: tuple[str, ...], tags: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the arms that had one of the treatments (with one of the tags, where given)."""
    arms = tables.arms
    chosen = arms["treatment"].isin(treatments)
    if tags:
        chosen &= arms["treatment_tag"].isin(tags)
    return arms.loc[chosen]


class _Said(NamedTuple):
    """What a row of outcomes.csv says where it gives no number."""

    arm_id: str
    place: int
    note: str
    counts: bool


def _in_one_block(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows as objects in one array: of a frame of many, each array is cut at each choice of rows."""
    return pd.DataFrame(rows.to_numpy(dtype=object), rows.index, rows.columns, dtype=object)


class Selection:
    """The rows of the tables that one question may use, found once and handed out arm by arm.

    Parameters
    ----------
    tables : Tables
    question : Question
    """

    def __init__(self, tables: Tables, question: Question) -> None:
        self.tables = tables
        self.question = question
        codes = tables.codes
        self._labels = dict(
            zip(zip(codes["vocabulary"], codes["code"], strict=True), codes["label"], strict=True)
        )
        self._studies = by_key(tables.studies, "study_id")
        rows = _in_one_block(tables.outcomes.loc[tables.outcomes["outcome"].isin(question.outcomes)])
        self._rows = rows
        self._reported = self._said(rows)
        self._usable = rows.loc[self._may_be_used(rows)]
        self._places = self._usable.groupby(["study_id", "arm_id"]).indices
        self._contrasts: dict[str, list[Row]] = {}
        for contrast in records(tables.contrasts):
            self._contrasts.setdefault(contrast["study_id"], []).append(contrast)

    def _said(self, rows: pd.DataFrame) -> dict[str, list[_Said]]:
        """Return, study by study, where its rows stand and what they say where they give no number."""
        notes = rows["usable_note"].where(rows["usable"] == "no").fillna("")
        counts = self._is_wanted(rows) & rows["count_printed"].notna()
        said: dict[str, list[_Said]] = {}
        for place, (study_id, *cells) in enumerate(
            zip(rows["study_id"], rows["arm_id"], notes, counts, strict=True)
        ):
            said.setdefault(study_id, []).append(_Said(cells[0], place, *cells[1:]))
        return said

    def _may_be_used(self, rows: pd.DataFrame) -> pd.Series:
        """Whole arm, usable, of a wanted scale and class of response."""
        return (rows["usable"] == "yes") & self._is_wanted(rows)

    def _is_wanted(self, rows: pd.DataFrame) -> pd.Series:
        """Whole arm, of a wanted scale and class of response."""
        wanted = rows["subgroup"].isna()
        if self.question.scales:
            wanted &= rows["scale_name"].isin(self.question.scales)
        if self.question.threshold_classes:
            of_class = rows["threshold_class"].isin(self.question.threshold_classes)
            wanted &= of_class | (rows["outcome"] != "responder")
        return wanted

    def study(self, study_id: str) -> Row:
        """Return the row of a study."""
        return self._studies[study_id]

    def rows(self, study_id: str, arm_id: str) -> pd.DataFrame:
        """Return the rows of an arm that the question may use."""
        return self._usable.iloc[self._places.get((study_id, arm_id), [])]

    def has_rows(self, study_id: str, *arm_ids: str) -> bool:
        """Say whether the question may use a row of each of these arms."""
        return all((study_id, arm_id) in self._places for arm_id in arm_ids)

    def contrasts(self, study_id: str) -> list[Row]:
        """Return the rows of contrasts.csv of a study."""
        return self._contrasts.get(study_id, [])

    def _of_arms(self, study_id: str, *arm_ids: str) -> list[_Said]:
        return [each for each in self._reported.get(study_id, ()) if each.arm_id in arm_ids]

    def printed(self, study_id: str, arm_id: str) -> pd.DataFrame:
        """Return the rows of an arm on what the question asks for, whether or not it may use them."""
        rows = self._rows.iloc[[each.place for each in self._of_arms(study_id, arm_id)]]
        return rows.loc[self._is_wanted(rows)]

    def other_threshold(self, study_id: str, arm_id: str) -> bool:
        """Say whether an arm's response is printed, if only by thresholds that the question does not take."""
        if "responder" not in self.question.outcomes:
            return False
        rows = self._rows.iloc[[each.place for each in self._of_arms(study_id, arm_id)]]
        rows = rows.loc[(rows["outcome"] == "responder") & rows["subgroup"].isna()]
        return bool(len(rows)) and not bool(self._is_wanted(rows).any())

    def count_without_denominator(self, study_id: str, arm_id: str) -> pd.Series | None:
        """Return the row of a count that was printed without saying of how many people, if there is one."""
        counts = [each for each in self._of_arms(study_id, arm_id) if each.counts]
        return self._rows.iloc[counts[0].place] if counts else None

    def in_words(self, direction: str) -> str:
        """Write a direction with the treatment's label in place of its code."""
        return in_words(direction, self._labels)

    def why_not(self, study: Row, *arm_ids: str) -> str:
        """Say why a study gives no number for the question."""
        if study["retracted"] == "yes":
            return self._labels["why_not", "retracted"]
        if study["population"] != "facial_acne_scars":
            return self._labels["population", study["population"]]
        if codes_of(study["why_not"]):
            return ", ".join(self._labels["why_not", code] for code in codes_of(study["why_not"]))
        said = self._of_arms(study["study_id"], *arm_ids)
        if not said:
            return "this outcome was not reported"
        notes = [each.note for each in said if each.note]
        return notes[0] if notes else "no complete set of numbers for this outcome"


def preferring(question: Question, first: str) -> Question:
    """Return the question with one of its outcomes, or classes of response, preferred to all others.

    Raises
    ------
    OptionError
        If the question has no such outcome or class.
    """
    for name in ("outcomes", "threshold_classes"):
        order = getattr(question, name)
        if first in order:
            return replace(question, **{name: (first, *(each for each in order if each != first))})
    known = (*question.outcomes, *question.threshold_classes)
    raise OptionError(
        f"preferred={first!r} is no outcome or class of response of {question.id}, which has"
        f" {', '.join(known)}.{nearest(str(first), known)}"
    )


def by_preference(rows: pd.DataFrame, question: Question) -> Iterator[pd.DataFrame]:
    """Yield the rows of one scale at a time, the preferred outcome and class first."""
    reported = set(rows["outcome"])
    for outcome in (each for each in question.outcomes if each in reported):
        of_outcome = rows.loc[rows["outcome"] == outcome]
        classes = question.threshold_classes if outcome == "responder" else ()
        for _, of_scale in of_outcome.groupby("scale_name", sort=False):
            if not classes:
                yield of_scale
            for one_class in classes:
                yield of_scale.loc[of_scale["threshold_class"] == one_class]


def visit(rows: pd.DataFrame, time: str = "primary") -> pd.Series | None:
    """Return the row of the visit to take: the primary one, else the last.

    The earliest or latest visit can be told only where each has its week; elsewhere the primary one stays.
    """
    if rows.empty:
        return None
    if time != "primary" and len(rows) > 1 and rows["timepoint_weeks"].notna().all():
        in_order = rows.sort_values("timepoint_weeks", kind="stable")
        return in_order.iloc[0 if time == "earliest" else -1]
    primary = rows.loc[rows["primary_time"] == "yes"]
    if len(primary):
        return primary.iloc[0]
    return rows.sort_values("timepoint_weeks", kind="stable", na_position="first").iloc[-1]


def start(study: Row, **more: Any) -> Row:
    """Return what every row of an `Effects` table says of its study."""
    return {
        "study_id": study["study_id"],
        "label": study["label"],
        "year": study["year"],
        "yi": float("nan"),
        "vi": float("nan"),
        "n": float("nan"),
        "design": study["design"],
        "randomised": study["randomised"],
        "route": "",
        "assumption": "",
        "caution": "",
        "included": False,
        "reason": "",
        "overlap_group": blank(study["overlap_group"]),
        "source": study["source"],
    } | more


def cautions(*rows: pd.Series) -> str:
    """Join the cautions of the rows a number was computed from."""
    return LIST_SEPARATOR.join(dict.fromkeys(code for row in rows for code in codes_of(row["caution"])))


def filtered(rows: list[Row], choices: Choices) -> list[Row]:
    """Exclude computed rows that the choices leave out, and reports of the same people."""
    groups = {
        row["overlap_group"] for row in rows if row["included"] and "overlap" not in codes_of(row["caution"])
    }
    return [_filtered(row, choices, groups - {""}) for row in rows]


def _filtered(row: Row, choices: Choices, groups: set[str]) -> Row:
    if not row["included"]:
        return row
    found = [code for code in codes_of(row["caution"]) if code in choices.without_cautions]
    if found:
        return row | {"included": False, "reason": f"left out for its caution: {', '.join(found)}"}
    if choices.direct_only and any(words in row["route"] for words in DETOURS):
        return row | {"included": False, "reason": f"left out for its route: {row['route']}"}
    if choices.randomised_only and row["randomised"] != "yes":
        return row | {"included": False, "reason": "not randomised"}
    if "overlap" in codes_of(row["caution"]) and row["overlap_group"] in groups:
        return row | {"included": False, "reason": "people are counted in another report already"}
    return row
