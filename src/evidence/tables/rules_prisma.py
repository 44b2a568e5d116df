"""What must hold in prisma.csv: known keys, readable counts, agreement with the tables, sums that add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import InputError, Problem
from evidence.tables.flow import counted
from evidence.tables.prisma import KEYS, blank, computed, count

Frames = Mapping[str, pd.DataFrame]

# The total of each row, what adds up to it, and what is taken off.
SUMS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "records_screened",
        ("database_results", "register_results"),
        ("duplicates", "excluded_automatic", "excluded_other"),
    ),
    ("records_screened", ("records_excluded", "dbr_sought_reports"), ()),
    ("dbr_sought_reports", ("dbr_notretrieved_reports", "dbr_assessed"), ()),
    ("other_sought_reports", ("other_notretrieved_reports", "other_assessed"), ()),
    ("dbr_assessed", ("dbr_excluded", "new_studies"), ()),
    ("new_studies", ("new_usable", "new_unusable"), ()),
    ("total_studies", ("previous_studies", "new_studies"), ()),
    ("total_reports", ("previous_reports", "new_reports"), ()),
)


def _problem(line: Any, column: str, value: Any, remedy: str) -> Problem:
    return Problem("prisma.csv", int(line), column, blank(value) or None, remedy)


def _keys_are_known(frames: Frames) -> Iterator[Problem]:
    seen: dict[str, Any] = {}
    for line, cell in frames["prisma"]["data"].items():
        key = blank(cell)
        if key and key not in KEYS:
            listed = f" It has {', '.join(KEYS)}."
            remedy = f"the PRISMA diagram has no such key.{nearest(key, KEYS) or listed}"
            yield _problem(line, "data", key, remedy)
        elif key in seen:
            yield _problem(line, "data", key, f"this key stands already in row {seen[key]}; write it once.")
        elif key:
            seen[key] = line


def _counts_agree_and_add_up(frames: Frames) -> Iterator[Problem]:
    """Read every count; compare it with what the tables say, then the sums of all that are known."""
    from_tables = _from_tables(frames)
    known: dict[str, tuple[int, Any, Any]] = {}
    rows = frames["prisma"]
    for line, data, cell in zip(rows.index, rows["data"], rows["n"], strict=True):
        key = blank(data)
        if not key:
            if blank(cell):
                yield _problem(line, "n", cell, "a heading has no count; name its key in the column data.")
            continue
        try:
            n, reasons = count(key, cell)
        except InputError as error:
            yield _problem(line, "n", cell, str(error))
            continue
        right = from_tables.get(key)
        if right is not None and n is not None:
            wrong = _disagreement(n, reasons, right)
            if wrong:
                yield _problem(line, "n", cell, wrong)
                continue
        n = sum(right.values()) if right is not None else n
        if n is not None:
            known.setdefault(key, (n, line, cell))
    yield from _sums(known)


def _from_tables(frames: Frames) -> dict[str, dict[str, int]]:
    codes = frames["codes"]
    labels = codes.loc[codes["vocabulary"] == "why_not"].set_index("code")["label"].to_dict()
    return computed(counted(frames["studies"], frames["outcomes"], lambda code: labels.get(code, code)))


def _disagreement(n: int, reasons: dict[str, int], right: dict[str, int]) -> str:
    """Say how a recorded count differs from the computed one ('' if it does not)."""
    total = sum(right.values())
    listed = "; ".join(f"{reason}, {number}" for reason, number in right.items() if reason)
    if n != total:
        return (
            f"the tables give {total}{f' ({listed})' if listed else ''};"
            " leave the cell blank, or mend the table that is wrong."
        )
    if reasons and reasons != right:
        return f"the tables give the reasons {listed!r}; leave the cell blank, or mend studies.csv."
    return ""


def _sums(known: Mapping[str, tuple[int, Any, Any]]) -> Iterator[Problem]:
    for total, parts, less in SUMS:
        if not all(key in known for key in (total, *parts, *less)):
            continue
        right = sum(known[key][0] for key in parts) - sum(known[key][0] for key in less)
        n, line, cell = known[total]
        if n != right:
            terms = " + ".join(f"{key} {known[key][0]}" for key in parts)
            terms += "".join(f" - {key} {known[key][0]}" for key in less)
            value = cell if blank(cell) else n
            yield _problem(line, "n", value, f"{total} is {n}, but {terms} makes {right}; mend one of them.")


PRISMA_RULES: tuple[Callable[[Frames], Iterator[Problem]], ...] = (
    _keys_are_known,
    _counts_agree_and_add_up,
)
