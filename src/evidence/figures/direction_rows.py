"""The rows of an effect-direction plot: what every study found for every outcome."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.errors import InputError
from evidence.figures.frames import checked, coded, named, numbered, once, words, wrong
from evidence.figures.text import counted, spoken

COLUMNS = ("study", "label", "design", "n", "outcome", "direction", "tested", "note")
# Word of a direction, and the arrow that shows it.
DIRECTIONS = {"for": "for", "against": "against", "neither": "no difference, or unclear"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one study found for one outcome."""

    direction: str
    tested: bool
    n: float
    note: str


@dataclass(frozen=True, slots=True)
class Study:
    """A row of the plot; `n` is the largest number of people of its outcomes, NaN if none is printed."""

    label: str
    design: str
    n: float
    group: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Studies by key, outcomes in order of appearance, and findings by study and outcome."""

    studies: dict[str, Study]
    outcomes: tuple[str, ...]
    cells: dict[tuple[str, str], Finding]
    notes: tuple[str, ...]

    def tally(self, outcome: str) -> Counter[str]:
        """Count the directions of an outcome."""
        return Counter(cell.direction for (_, of), cell in self.cells.items() if of == outcome)


def findings(table: pd.DataFrame) -> Findings:
    """Read a data frame of directions; studies of a group stand together.

    Raises
    ------
    OptionError
        If a column is missing or a direction is no known code.
    InputError
        If the table is empty, a study stands twice with an outcome, a name is blank, n is no number of 0 or
        more, or tested is neither True nor False.

    Examples
    --------
    >>> row = ("s1", "Minh 2019", "single-arm", 31, "Severity", "for", True, "")
    >>> found = findings(pd.DataFrame([row], columns=list(COLUMNS)))
    >>> found.tally("Severity")["for"], found.cells["s1", "Severity"].tested
    (1, True)
    """
    table = checked(table, COLUMNS, "an effect-direction plot")
    once(table, ("study", "outcome"))
    texts = {name: named(table, name) for name in ("study", "label", "outcome")}
    texts |= {name: words(table, name) for name in ("design", "note", "group")}
    frame = pd.DataFrame(texts, dtype=object)
    frame["direction"] = coded(table, "direction", DIRECTIONS)
    frame["tested"] = _truths(table)
    frame["n"] = numbered(table, "n", low=0)
    studies = {}
    for key, rows in frame.groupby("study", sort=False):
        n = rows["n"].max()
        studies[str(key)] = Study(rows["label"].iloc[0], rows["design"].iloc[0], n, rows["group"].iloc[0])
    groups = list(dict.fromkeys(study.group for study in studies.values()))
    studies = dict(sorted(studies.items(), key=lambda pair: groups.index(pair[1].group)))
    cells = {
        (row.study, row.outcome): Finding(row.direction, row.tested, row.n, row.note)
        for row in frame.itertuples()
    }
    notes = tuple(dict.fromkeys(note for note in frame["note"] if note))
    return Findings(studies, tuple(dict.fromkeys(frame["outcome"])), cells, notes)


def _truths(table: pd.DataFrame) -> list[bool]:
    for row, cell in table["tested"].items():
        if not isinstance(cell, (bool, np.bool_)):
            raise InputError(wrong(row, "tested", cell, "write True or False."))
    return [bool(cell) for cell in table["tested"]]


def short_alt(found: Findings) -> str:
    """Count studies, outcomes and directions."""
    counts = Counter(cell.direction for cell in found.cells.values())
    tested = sum(cell.tested for cell in found.cells.values())
    studies = counted(len(found.studies), "study", "studies")
    outcomes = counted(len(found.outcomes), "outcome")
    listed = f"{counts['for']} for, {counts['against']} against, {counts['neither']} neither"
    return f"Direction of effect in {studies}, {outcomes}: {listed}; {tested} tested."


def long_alt(found: Findings, title: str) -> str:
    """Say what every study found, outcome by outcome."""
    sentences = [short_alt(found)]
    for outcome in found.outcomes:
        parts = []
        for key, study in found.studies.items():
            cell = found.cells.get((key, outcome))
            if cell is None:
                continue
            people = "n not printed" if np.isnan(cell.n) else f"{cell.n:g} people"
            parts.append(
                f"{study.label} {DIRECTIONS[cell.direction]}, {'tested' if cell.tested else 'not tested'}"
                f" ({'; '.join(part for part in (people, cell.note) if part)})"
            )
        sentences.append(f"{outcome.rstrip('.')}: {'; '.join(parts)}.")
    return spoken(title, sentences)
