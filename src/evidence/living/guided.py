"""Ask for a study step by step: each answer is checked as it is given, and every step can be taken back."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evidence.arguments import nearest
from evidence.errors import Problem
from evidence.living.draft import NOUNS, Draft, NewRow
from evidence.living.duplicates import duplicates
from evidence.living.merge import problems_with
from evidence.living.steps import STEPS, Sofar, Step
from evidence.living.template import schema_columns
from evidence.tables.load import Tables, cell_remedy
from evidence.tables.schema import TABLES

BACK, BLANK, LIST, STOP = "<", "-", "?", "q"
INTRODUCTION = (
    f"Enter takes what stands in brackets, {BLANK} leaves the cell blank, {BACK} goes back a step,"
    f" {LIST} lists the codes, {STOP} stops. Nothing is written before you say so at the end."
    " Type numbers as printed."
)
_FEW = 8
_AFTER = {"studies": "arms", "arms": "outcomes", "outcomes": "contrasts"}
Ask = Callable[[str], str]
Say = Callable[[str], None]


class StoppedError(Exception):
    """The person at the keyboard chose to stop."""


class _BackError(Exception):
    """The person at the keyboard chose to go back."""


@dataclass(slots=True)
class Guide:
    """A conversation that ends in a draft.

    Attributes
    ----------
    tables : Tables
        The tables the study is to be added to.
    ask, say : callable
        How to put a question and get its answer, and how to say something.
    rows : list of NewRow
        The rows that are complete.
    """

    tables: Tables
    ask: Ask
    say: Say
    rows: list[NewRow] = field(default_factory=list)

    def run(self) -> Draft:
        """Ask for everything and return the draft.

        Raises
        ------
        StoppedError
            If the person stops; nothing was written.
        """
        self.say(INTRODUCTION)
        table: str | None = "studies"
        before: Mapping[str, str] = {}
        while table is not None:
            try:
                self._ask_row(table, before)
                before = {}
                table = self._next()
                if table is None and self._incomplete():
                    raise _BackError
            except _BackError:
                if not self.rows:
                    self.say("This is the first question.")
                    continue
                last = self.rows.pop()
                table, before = last.table, last.cells
        return Draft(tuple(self.rows)).numbered()

    def _incomplete(self) -> bool:
        """Say what is still wrong with the whole."""
        wrong = self._problems(self.rows)
        for problem in wrong:
            self.say(f"  {problem}")
        return bool(wrong)

    def _next(self) -> str | None:
        """Ask what comes next: one more of the same, or the next kind of row."""
        table = self.rows[-1].table
        while True:
            if table in {"studies", "arms"} and len(self._of("arms")) == 0:
                return "arms"
            if table != "studies" and self._wants(table):
                return table
            if table not in _AFTER:
                return None
            table = _AFTER[table]

    def _wants(self, table: str) -> bool:
        count = len(self._of(table))
        usual = "y" if (table == "arms" and count < 2) or (table == "outcomes" and count == 0) else "n"
        noun = NOUNS[table] if count == 0 else f"further {NOUNS[table]}"
        what = f"{noun} that the source prints" if table == "contrasts" else noun
        while True:
            said = self._answer(f"\nAdd a {what}? (y/n) [{usual}]") or usual
            if said.lower() in {"y", "yes", "n", "no"}:
                return said.lower().startswith("y")
            self.say("Please answer y or n.")

    def _of(self, table: str) -> list[NewRow]:
        return [row for row in self.rows if row.table == table]

    def _ask_row(self, table: str, before: Mapping[str, str]) -> None:
        """Ask for one row until it fits the tables, proposing what was answered before."""
        number = len(self._of(table)) + 1
        place = NOUNS[table] if table == "studies" else f"{NOUNS[table]} {number}"
        self.say(f"\nThe {place}")
        while True:
            cells = self._ask_cells(table, before)
            keys = {"study_id": self.rows[0].cells["study_id"]} if self.rows else {}
            row = NewRow(table, keys | cells, place, None)
            # The interval of a change may still come, in a comparison.
            wrong = [
                each for each in self._problems([*self.rows, row]) if each.column != "outcomes.change_sd"
            ]
            if not wrong:
                self.rows.append(row)
                return
            for problem in wrong:
                self.say(f"  {problem}")
            self.say("Please look through the answers again.")
            before = cells

    def _problems(self, rows: Sequence[NewRow]) -> list[Problem]:
        draft = Draft(tuple(rows)).numbered()
        return [*duplicates(self.tables, draft), *problems_with(self.tables, draft)[0]]

    def _ask_cells(self, table: str, before: Mapping[str, str]) -> dict[str, str]:
        cells: dict[str, str] = {}
        steps, position = STEPS[table], 0
        while position < len(steps):
            step = steps[position]
            try:
                if step.asked(cells):
                    answer = self._ask_cell(table, step, Sofar(self.rows, cells), before)
                    cells.pop(step.column, None)
                    cells |= {step.column: answer} if answer else {}
                position += 1
            except _BackError:
                position = self._step_back(steps, position, cells)
        self._ask_more(table, cells, before)
        return cells

    def _step_back(self, steps: tuple[Step, ...], position: int, cells: dict[str, str]) -> int:
        """Return the step asked before this one, forgetting what was answered since."""
        asked = [number for number in range(position) if steps[number].asked(cells)]
        if not asked:
            raise _BackError
        for step in steps[asked[-1] + 1 :]:
            cells.pop(step.column, None)
        return asked[-1]

    def _ask_cell(self, table: str, step: Step, sofar: Sofar, before: Mapping[str, str]) -> str:
        column = schema_columns(table).get(step.column) or TABLES[table].to_schema().columns[step.column]
        usual = before.get(step.column) or sofar.cells.get(step.column) or step.propose(sofar)
        codes = self._codes(column, step.column, sofar)
        listed = f" ({', '.join(codes)})" if 0 < len(codes) <= _FEW else ""
        optional = column.nullable and not step.needed
        bracket = f" [{usual}]" if usual else " [blank]" if optional else ""
        while True:
            said = self._answer(f"{step.column}: {column.description.rstrip('.')}{listed}{bracket}")
            if said == LIST:
                self.say(f"  {', '.join(codes) or 'There is no list; any text or number that fits.'}")
                continue
            said = "" if said == BLANK else said or usual
            wrong = self._remedy(table, step, said, sofar)
            if not wrong:
                return said
            close = difflib.get_close_matches(said, codes, n=4, cutoff=0.3)
            near = f" Nearest: {', '.join(close)} ({LIST} lists all)." if close else ""
            self.say(f"  {wrong}{near}")

    def _remedy(self, table: str, step: Step, said: str, sofar: Sofar) -> str:
        if step.needed and not said:
            return "this is needed to use the number."
        letters = sofar.arms()
        if table == "outcomes" and step.column == "arm_id" and said not in letters:
            return f"the study has the arms {', '.join(letters)}."
        if table == "arms" and step.column == "arm_id" and said in letters:
            return f"there is an arm {said} already."
        return cell_remedy(self.tables, table, step.column, said)

    def _codes(self, column: Any, name: str, sofar: Sofar) -> list[str]:
        vocabulary = (column.metadata or {}).get("vocabulary")
        if vocabulary:
            codes = self.tables.codes
            return codes.loc[codes["vocabulary"] == vocabulary, "code"].tolist()
        return sofar.arms() if name.startswith("arm_id") and sofar.rows else []

    def _ask_more(self, table: str, cells: dict[str, str], before: Mapping[str, str]) -> None:
        """Take further columns as name=value, until a blank answer."""
        columns = schema_columns(table)
        asked = {step.column for step in STEPS[table]}
        kept = {name: value for name, value in before.items() if name in columns and name not in asked}
        cells |= kept
        question = "More columns? (name=value, blank to go on)"
        while said := self._answer(question):
            name, equals, value = (part.strip() for part in said.partition("="))
            if said == LIST:
                self.say(f"  {', '.join(columns)}")
            elif not equals or name not in columns:
                self.say(f"  write name=value, with a column of {table}.csv.{nearest(name, columns)}")
            elif wrong := cell_remedy(self.tables, table, name, value):
                self.say(f"  {wrong}")
            else:
                cells.pop(name, None)
                cells |= {name: value} if value else {}

    def _answer(self, question: str) -> str:
        said = self.ask(question).strip()
        if said == STOP:
            raise StoppedError
        if said == BACK:
            raise _BackError
        return said
