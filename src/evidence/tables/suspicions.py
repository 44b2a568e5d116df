"""Numbers that may be right but look like a slip: another scale, another kind of number, another arm."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evidence.errors import Problem
from evidence.tables.fields import by_line
from evidence.tables.records import records

Frames = Mapping[str, pd.DataFrame]
_LARGEST_USUAL_SMD = 3.0
_LARGEST_USUAL_RATIO = 3.0
_ROUNDED = 1.0  # per cent: what rounding explains
_CHECKED = "If it was checked, write print_error into caution."
_VISIT = ("timepoint_label", "scale_name", "threshold", "subgroup")
_LOOKED_AT = ("implausible", "sd_maybe_se", "print_error")
_ABOUT_COUNTS = ("print_error",)  # the other cautions speak of means and spreads


def suspicions(frames: Frames) -> list[Problem]:
    """Return every number that looks like a slip, in the order of the tables and their lines.

    Rows that say so in their caution have been looked at and are passed over.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The typed tables; their index is the line of the file.
    """
    found: dict[tuple[str, int, str], Problem] = {}
    for look in _LOOKS:
        for problem in look(frames):
            found.setdefault((problem.file, problem.row or 0, problem.column or ""), problem)
    return [found[place] for place in sorted(found)]


def _problem(table: str, line: Any, column: str, value: Any, remedy: str) -> Problem:
    shown = int(value) if isinstance(value, float) and value.is_integer() else value
    return Problem(f"{table}.csv", int(line), column, str(shown), remedy)


def _looked_at(row: Mapping[str, Any], codes: Collection[str] = _LOOKED_AT) -> bool:
    return any(code in str(row["caution"]) for code in codes)


def _standard_errors(frames: Frames) -> Iterator[Problem]:
    """Yield the spreads of two groups that differ by more than three of them.

    Such a difference, between two visits of an arm or two arms at one visit, is most often a standard error
    typed as a standard deviation.
    """
    for (line, row), (other_line, other) in _pairs_of_spreads(frames):
        same_visit = row["timepoint_label"] == other["timepoint_label"]
        smd = abs(row["mean"] - other["mean"]) / (np.hypot(row["sd"], other["sd"]) / np.sqrt(2))
        if (same_visit or row["arm_id"] == other["arm_id"]) and smd > _LARGEST_USUAL_SMD:
            for place, cells in ((line, row), (other_line, other)):
                if not _looked_at(cells):
                    remedy = (
                        f"the difference is {smd:.1f} SDs; is this a standard error? If it was checked,"
                        " write sd_maybe_se into caution."
                    )
                    yield _problem("outcomes", place, "sd", cells["sd"], remedy)


def _uneven_spreads(frames: Frames) -> Iterator[Problem]:
    """Yield spreads several times as large as another of the same study and scale."""
    for (line, row), (other_line, other) in _pairs_of_spreads(frames):
        for here, cells, than in ((line, row, other), (other_line, other, row)):
            ratio = cells["sd"] / than["sd"]
            if ratio > _LARGEST_USUAL_RATIO and not (_looked_at(cells) or _looked_at(than)):
                remedy = (
                    f"{ratio:.1f} times the spread {than['sd']:g} of the same study and scale; is one of them"
                    f" a standard error, or a decimal moved? {_CHECKED}"
                )
                yield _problem("outcomes", here, "sd", cells["sd"], remedy)


def _pairs_of_spreads(frames: Frames) -> Iterator[tuple[tuple[int, Any], tuple[int, Any]]]:
    frame = frames["outcomes"]
    frame = frame.loc[(frame["usable"] == "yes") & (frame["sd"] > 0) & frame["mean"].notna()]
    alike: dict[tuple[str, ...], list[tuple[int, Any]]] = {}
    for line, row in by_line(frame.dropna(subset=["scale_name"])):
        alike.setdefault((row["study_id"], row["outcome"], row["scale_name"]), []).append((line, row))
    for rows in alike.values():
        yield from itertools.combinations(rows, 2)


def _percentages(frames: Frames) -> Iterator[Problem]:
    """Yield events that do not give the percentage printed beside them: a percentage typed as count, say."""
    frame = frames["outcomes"]
    frame = frame.assign(pct_printed=pd.to_numeric(frame["pct_printed"], errors="coerce"))
    known = frame.loc[frame[["events", "total", "pct_printed"]].notna().all(axis=1)]
    for line, row in by_line(known):
        share = 100 * row["events"] / row["total"] if row["total"] else np.nan
        if abs(share - row["pct_printed"]) > _ROUNDED and not _looked_at(row):
            typed = " It is the percentage itself." if row["events"] == round(row["pct_printed"]) else ""
            printed = f"{row['pct_printed']:g} % is printed.{typed} {_CHECKED}"
            remedy = f"of {row['total']:g} people it is {share:.1f} %, but {printed}"
            yield _problem("outcomes", line, "events", row["events"], remedy)


def _people(frames: Frames) -> Iterator[Problem]:
    """Yield counts whose number of people is not the total they are counted in."""
    frame = frames["outcomes"]
    for line, row in by_line(
        frame.loc[frame["n"].notna() & frame["total"].notna() & (frame["n"] != frame["total"])]
    ):
        if not _looked_at(row):
            remedy = f"but total is {row['total']:g}; which is right? {_CHECKED}"
            yield _problem("outcomes", line, "n", row["n"], remedy)


def _more_than_the_arm(frames: Frames) -> Iterator[Problem]:
    """Yield counts of more people than their arm had at its start."""
    arms = frames["arms"].set_index(["study_id", "arm_id"])["n_arm"].to_dict()
    outcomes = frames["outcomes"]
    for line, row in by_line(outcomes.loc[outcomes["n"].notna()]):
        had = arms.get((row["study_id"], row["arm_id"]), np.nan)
        if row["n"] > had and not _looked_at(row, _ABOUT_COUNTS):
            remedy = f"but the arm had {had:g} people (n_arm in arms.csv); which is right? {_CHECKED}"
            yield _problem("outcomes", line, "n", row["n"], remedy)


def _exchanged_arms(frames: Frames) -> Iterator[Problem]:
    """Yield comparisons whose printed direction is not that of the printed means or counts of their arms."""
    arms = frames["arms"].set_index(["study_id", "arm_id"])["treatment"].to_dict()
    outcomes = frames["outcomes"]
    later = records(outcomes.loc[outcomes["value_kind"] != "baseline"])
    for line, row in by_line(frames["contrasts"]):
        ends = _better_and_worse(row, arms)
        if ends is None:
            continue
        for one, other in _after(later, row, *ends):
            if _against(one, other) and not (_looked_at(one) or _looked_at(other)):
                rows = f"{one['result_id']} and {other['result_id']}"
                remedy = f"but {rows} print the opposite; are the arms exchanged? {_CHECKED}"
                yield _problem("contrasts", line, "direction", row["direction"], remedy)


def _better_and_worse(row: Mapping[str, Any], arms: Mapping[tuple[str, str], str]) -> tuple[str, str] | None:
    """Return the arm that the printed direction favours, and the other one."""
    named = re.match(r"favours ([a-z_]+)", str(row["direction"]))
    ends = [row["arm_id_1"], row["arm_id_2"]]
    treatments = [arms.get((row["study_id"], end)) for end in ends]
    if named is None or treatments.count(named[1]) != 1:
        return None
    first = treatments.index(named[1])
    return ends[first], ends[1 - first]


def _after(
    later: list[dict[str, Any]], row: Mapping[str, Any], better: str, worse: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the rows of both arms after treatment, visit by visit and scale by scale."""
    same = ["study_id", "outcome"] + (["scale_name"] if not pd.isna(row["scale_name"]) else [])
    visits: dict[tuple[str, ...], dict[str, list[dict[str, Any]]]] = {}
    for each in later:
        if all(each[name] == row[name] for name in same):
            at = tuple(str(each[name]) for name in _VISIT)
            visits.setdefault(at, {}).setdefault(each["arm_id"], []).append(each)
    for arms in visits.values():
        ends = [arms.get(arm, []) for arm in (better, worse)]
        if len(ends[0]) == len(ends[1]) == 1:
            yield ends[0][0], ends[1][0]


def _against(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether the arm that is favoured in words fares worse in numbers; changes have no sure sign."""
    values = [row["mean"] for row in (one, other)]
    if np.isnan(values).any():
        values = [row["events"] / row["total"] if row["total"] else np.nan for row in (one, other)]
    if np.isnan(values).any() or values[0] == values[1]:
        return False
    return (values[0] > values[1]) != (one["higher_is"] == "better")


def _years(frames: Frames) -> Iterator[Problem]:
    """Yield years that are not the one in the label of their study."""
    frame = frames["studies"]
    for line, row in by_line(frame.loc[frame["year"].notna()]):
        named = re.search(r"\b(?:19|20)\d\d\b", row["label"])
        if named and int(named[0]) != row["year"]:
            yield _problem(
                "studies", line, "year", row["year"], f"the label says {named[0]}; which is right?"
            )


_LOOKS: tuple[Callable[[Frames], Iterator[Problem]], ...] = (
    _standard_errors,
    _uneven_spreads,
    _percentages,
    _people,
    _more_than_the_arm,
    _exchanged_arms,
    _years,
)
