"""The columns of the two groups in a journal's forest plot: means with SDs, or events of totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evidence.errors import InputError
from evidence.figures.forest_journal import Journal, Piece
from evidence.figures.text import number

GROUPS = ("group_1", "group_2")
_RATIOS_OF_COUNTS = ("OR", "RR", "RD", "PETO", "AS")
# What each part of a cell is called in a table: the review's names first, then metafor's.
_MEANS = {
    "mean": (("mean_1", "mean_2"), ("m1i", "m2i")),
    "sd": (("sd_1", "sd_2"), ("sd1i", "sd2i")),
    "n": (("n_1", "n_2"), ("n1i", "n2i")),
}
_COUNTS = {
    "events": (("events_1", "events_2"), ("ai", "ci")),
    "total": (("total_1", "total_2"), ("n1i", "n2i")),
}
_SHARE = {"events": "xi", "total": "ni"}
_MOST_DIGITS = 2


@dataclass(frozen=True, slots=True)
class ArmCell:
    """A column of one group; `parts` says which column of the table holds each part of a cell."""

    piece: Piece
    parts: Mapping[str, str]
    digits: Mapping[str, int]

    def of(self, study: Mapping[str, Any]) -> str:
        """Write the cell of a study, a dash where a part of it is missing."""
        if any(pd.isna(study[column]) for column in self.parts.values()):
            return "–"
        values = {key: number(float(study[column]), self.digits[key]) for key, column in self.parts.items()}
        return self.piece.cell.format(**values)

    def total(self, part: pd.DataFrame) -> str:
        """Write the sum over studies where the journal shows one and no study lacks it."""
        if not self.piece.total or part[list(self.parts.values())].isna().any(axis=None) or part.empty:
            return ""
        sums = {key: number(float(part[column].sum()), 0) for key, column in self.parts.items()}
        return self.piece.total.format(**sums)


def counted(measure: str, scale: str) -> bool:
    """Tell whether a measure compares, or is, a share of people."""
    return measure in _RATIOS_OF_COUNTS or scale in ("logit", "arcsine")


def arm_cells(journal: Journal, table: pd.DataFrame, measure: str, scale: str) -> dict[str, list[ArmCell]]:
    """Return the columns of each group, {} where the table does not hold what they are written from.

    A group is shown if every part of its cells has a column, and some study has them all.
    """
    counts = counted(measure, scale)
    pieces = journal.counts if counts else journal.means
    if scale in ("logit", "arcsine"):
        found = {"group_1": _SHARE if set(_SHARE.values()) <= set(table.columns) else None}
    else:
        wanted = _COUNTS if counts else _MEANS
        found = {group: _named(wanted, table, arm) for arm, group in enumerate(GROUPS)}
    if any(parts is None or table[list(parts.values())].isna().any(axis=1).all() for parts in found.values()):
        return {}
    every = [parts for parts in found.values() if parts is not None]
    digits = {
        key: max(_digits(table[parts[key]]) for parts in every) if key in ("mean", "sd") else 0
        for key in every[0]
    }
    return {group: [ArmCell(piece, parts, digits) for piece in pieces] for group, parts in found.items()}


def refuse_missing(journal: Journal, measure: str, scale: str) -> None:
    """Say which columns the groups are written from.

    Raises
    ------
    InputError
    """
    if scale in ("logit", "arcsine"):
        needed = list(_SHARE.values())
    else:
        wanted = _COUNTS if counted(measure, scale) else _MEANS
        needed = [name for pairs in wanted.values() for name in pairs[0]]
    raise InputError(
        f"layout={journal.name!r} writes the groups of a {measure} from the columns {', '.join(needed)}"
        " of the effects, which are not there or empty; leave group_1 and group_2 out of columns=."
    )


def _named(wanted: Mapping[str, Any], table: pd.DataFrame, arm: int) -> dict[str, str] | None:
    """Return the columns of one group under the first of the two ways of naming that the table knows."""
    for way in (0, 1):
        names = {key: ways[way][arm] for key, ways in wanted.items()}
        if set(names.values()) <= set(table.columns):
            return names
    return None


def _digits(column: pd.Series) -> int:
    """Return how many decimals a column was printed with, two at most."""
    texts = [f"{value:.6g}" for value in column.dropna()]
    return min(_MOST_DIGITS, max((len(text.partition(".")[2]) for text in texts), default=0))
