"""Read a filled template: blank study and arm cells mean the same as above, contradictions are named."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from evidence.errors import DataError, Problem
from evidence.living.draft import STUDY_TABLES, Draft, NewRow
from evidence.living.template import optional_columns, template_columns
from evidence.tables.read import read_table

Cells = dict[str, str]


@dataclass(slots=True)
class _Thing:
    """A study or an arm, put together from the rows that speak of it."""

    line: int
    cells: Cells = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """What was read so far of a template."""

    file: str
    studies: dict[str, _Thing] = field(default_factory=dict)
    arms: dict[tuple[str, str], _Thing] = field(default_factory=dict)
    rest: list[NewRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    study: str | None = None
    arm: str | None = None

    def take(self, line: int, by_table: dict[str, Cells]) -> None:
        """Take in one row of the template."""
        study = by_table["studies"].get("study_id", self.study)
        if study is None:
            remedy = "the first row needs the key of its study, such as lee2027."
            self.problems.append(Problem(self.file, line, "studies.study_id", None, remedy))
            return
        if study != self.study:
            self.study, self.arm = study, None
        self._fill("studies", self.studies.setdefault(study, _Thing(line)), line, by_table["studies"])
        self._take_arm(study, line, by_table["arms"], needed=bool(by_table["outcomes"]))
        keys = {"outcomes": {"study_id": study, "arm_id": self.arm or ""}, "contrasts": {"study_id": study}}
        for table, key in keys.items():
            if by_table[table]:
                self.rest.append(NewRow(table, key | by_table[table], self.file, line))

    def _take_arm(self, study: str, line: int, cells: Cells, *, needed: bool) -> None:
        self.arm = cells.get("arm_id", self.arm)
        if self.arm is not None:
            thing = self.arms.setdefault((study, self.arm), _Thing(line, {"study_id": study}))
            self._fill("arms", thing, line, cells)
        elif cells or needed:
            remedy = "the first row of an arm needs its letter, such as a."
            self.problems.append(Problem(self.file, line, "arms.arm_id", None, remedy))

    def _fill(self, table: str, thing: _Thing, line: int, cells: Cells) -> None:
        """Add cells to a study or an arm, or say where they contradict what stands above."""
        for column, value in cells.items():
            before = thing.cells.setdefault(column, value)
            first = thing.lines.setdefault(column, line)
            if before != value:
                remedy = (
                    f"row {first} says {before!r} of the same {'study' if table == 'studies' else 'arm'};"
                    " make both alike, leave this one blank, or give the new one its own key."
                )
                self.problems.append(Problem(self.file, line, f"{table}.{column}", value, remedy))

    def draft(self) -> Draft:
        """Return everything that was read, in the order of the tables."""
        rows = [
            NewRow(table, thing.cells, self.file, thing.line, thing.lines)
            for table, things in (("studies", self.studies), ("arms", self.arms))
            for thing in things.values()
        ]
        rows += sorted(self.rest, key=lambda row: STUDY_TABLES.index(row.table))
        return Draft(tuple(rows)).numbered()


def read_template(path: Path) -> tuple[Draft, list[Problem]]:
    """Read a filled template.

    Parameters
    ----------
    path : Path

    Returns
    -------
    draft : Draft
        The rows to be added, numbers and comparisons numbered.
    problems : list of Problem
        Rows without a study or an arm, and cells that contradict a row above.

    Raises
    ------
    DataError
        If the file cannot be read as a template, or holds no row.
    """
    table, problems = read_table(path, template_columns(), may_lack=optional_columns())
    if table is not None and table.empty:
        problems = [Problem(path.name, None, None, None, "there is no row below the header.")]
    if problems or table is None:
        raise DataError(problems)
    reader = _Reader(path.name)
    for line, row in table.iterrows():
        by_table: dict[str, Cells] = {name: {} for name in STUDY_TABLES}
        for name, cell in row.dropna().items():
            where, column = str(name).split(".", 1)
            by_table[where][column] = str(cell)
        reader.take(int(line), by_table)
    return reader.draft(), reader.problems
