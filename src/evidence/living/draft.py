"""`Draft`: the rows somebody wants to add, and where each of them was written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from evidence.errors import Problem

# The tables a study stands in, in the order in which their rows refer to each other.
STUDY_TABLES = ("studies", "arms", "outcomes", "contrasts")
NOUNS = {"studies": "study", "arms": "arm", "outcomes": "number", "contrasts": "comparison"}
_IDS = {"outcomes": ("result_id", "r"), "contrasts": ("contrast_id", "c")}
# Cells of the link columns stand once in a template: as the key of the study and of the arm.
_WRITTEN_AS = {
    ("arms", "study_id"): "studies.study_id",
    ("outcomes", "study_id"): "studies.study_id",
    ("contrasts", "study_id"): "studies.study_id",
    ("outcomes", "arm_id"): "arms.arm_id",
}
HIDDEN = frozenset(_WRITTEN_AS)


@dataclass(frozen=True, slots=True)
class NewRow:
    """One row to be added to a table.

    Attributes
    ----------
    table : str
    cells : dict of str to str
        Text by column; blank cells are absent.
    file : str
        Where it was written down, such as the template's name.
    line : int or None
        Line of that file.
    lines : dict of str to int
        Lines of cells that stand in another line.
    """

    table: str
    cells: Mapping[str, str]
    file: str
    line: int | None
    lines: Mapping[str, int] = field(default_factory=dict)

    def problem(self, column: str, value: str | None, remedy: str) -> Problem:
        """Return a problem of one of the cells, named as in the template."""
        own = column.split(" + ")[-1]
        name = _WRITTEN_AS.get((self.table, own), f"{self.table}.{own}")
        return Problem(self.file, self.lines.get(own, self.line), name, value, remedy)


@dataclass(frozen=True, slots=True)
class Draft:
    """All rows to be added, numbered.

    Attributes
    ----------
    rows : tuple of NewRow
    """

    rows: tuple[NewRow, ...]

    def of(self, table: str) -> list[NewRow]:
        """Return the rows of one table in their order."""
        return [row for row in self.rows if row.table == table]

    def numbered(self) -> Draft:
        """Return the draft with a key for every number and comparison that has none.

        Examples
        --------
        >>> row = NewRow("outcomes", {"study_id": "lee2027"}, "trial.csv", 2)
        >>> Draft((row, row)).numbered().rows[1].cells["result_id"]
        'lee2027.r02'
        """
        taken = {row.cells.get(_IDS[row.table][0], "") for row in self.rows if row.table in _IDS}
        rows = []
        for row in self.rows:
            if row.table in _IDS and not row.cells.get(_IDS[row.table][0]):
                column, letter = _IDS[row.table]
                key = _free_key(f"{row.cells.get('study_id', '')}.{letter}", taken)
                taken.add(key)
                row = replace(row, cells={column: key, **row.cells})
            rows.append(row)
        return Draft(tuple(rows))

    def counts(self) -> str:
        """Return how much the draft holds, in words.

        Examples
        --------
        >>> Draft((NewRow("arms", {}, "trial.csv", 2), NewRow("arms", {}, "trial.csv", 3))).counts()
        '2 arms, no numbers, no comparisons'
        """
        return ", ".join(counted(len(self.of(table)), NOUNS[table]) for table in STUDY_TABLES[1:])


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(0, "arm"), counted(1, "study"), counted(2, "study")
    ('no arms', '1 study', '2 studies')
    """
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count or 'no'} {noun if count == 1 else plural}"


def _free_key(stem: str, taken: Iterable[str]) -> str:
    number = 1
    while f"{stem}{number:02d}" in taken:
        number += 1
    return f"{stem}{number:02d}"
