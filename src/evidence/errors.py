"""What can go wrong, said so that the reader can mend it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


class EvidenceError(Exception):
    """Parent of every error this package raises on purpose."""


class InputError(EvidenceError, ValueError):
    """An argument or an array does not fit the function it was given to."""


class OptionError(InputError):
    """An option, code or column name that does not exist."""


class TooFewStudiesError(InputError):
    """The model needs more studies than it was given."""


class ConvergenceError(EvidenceError, RuntimeError):
    """An iterative fit found no solution."""


MOST_SHOWN = 50
LONGEST_CELL = 120  # letters of a cell
_LONG_WORD = re.compile(rf"\S{{{LONGEST_CELL + 1},}}")  # another key, say, that the remedy names


def brief(cell: str) -> str:
    """Return a cell as messages show it: a very long one without its middle.

    Examples
    --------
    >>> brief("MN"), len(brief("x" * 5000)) < 150
    ('MN', True)
    """
    if len(cell) <= LONGEST_CELL:
        return cell
    return f"{cell[: LONGEST_CELL - 40]} ... {cell[-40:]}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one cell (or row, or file) of a table.

    Attributes
    ----------
    file : str
        Name of the table's file.
    row : int or None
        Line of the file as an editor counts it (the header is line 1).
    column : str or None
    value : str or None
        What stands there now.
    remedy : str
        What is wrong and what would be right.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    remedy: str

    def __str__(self) -> str:
        place, remedy = self.file, self.remedy
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        if self.value is not None:
            shown = brief(self.value)
            place += f", value {shown!r}"
            if shown != self.value:
                remedy = remedy.replace(self.value, shown)
        return f"{place}: {_LONG_WORD.sub(lambda word: brief(word[0]), remedy)}"


class DataError(EvidenceError, ValueError):
    """The tables hold something that cannot be right.

    Parameters
    ----------
    problems : sequence of Problem
        Every problem found, not only the first.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 problem in the data" if count == 1 else f"{count} problems in the data"
        shown = [str(problem) for problem in self.problems[:MOST_SHOWN]]
        if count > MOST_SHOWN:
            shown.append(f"... and {count - MOST_SHOWN} more; `problems` holds all of them.")
        super().__init__("\n  ".join([f"{head}:", *shown]))


class EvidenceWarning(UserWarning):
    """Parent of every warning this package gives."""


class FewStudiesWarning(EvidenceWarning):
    """A result rests on fewer studies than its method was made for."""


class SmallStudyWarning(EvidenceWarning):
    """Small-study effects are judged from fewer studies than can show them."""


class BoundaryWarning(EvidenceWarning):
    """A parameter lies on the edge of what it may be, or an interval could not be closed."""


class ScaleWarning(EvidenceWarning):
    """A number looks as if it stood on another scale (an SE typed as an SD, a percent as a count)."""


class UnitOfAnalysisWarning(EvidenceWarning):
    """Measurements of the same people are treated as if they were independent."""
