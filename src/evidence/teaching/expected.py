"""What an exercise expects: a number, two numbers, or one of several words, and how an answer is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from evidence.arguments import nearest, vector
from evidence.errors import InputError, OptionError


class Expected(Protocol):
    """The answer of an exercise."""

    def miss(self, answer: Any) -> str:
        """Return "" for a right answer, else what is amiss in a few words.

        Raises
        ------
        InputError
            If the answer is of another kind; it says which kind would fit.
        """

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers as they can be read off: right within a `tolerance`, shown with so many `digits`."""

    numbers: tuple[float, ...]
    tolerance: float
    digits: int = 2

    def miss(self, answer: Any) -> str:
        """Say which number is too small or too large."""
        try:
            given = vector("The answer", answer, size=len(self.numbers))
        except InputError as error:
            wanted = "one number" if len(self.numbers) == 1 else f"{len(self.numbers)} numbers in brackets"
            raise InputError(f"This exercise takes {wanted}, not {answer!r}.") from error
        off = given - np.array(self.numbers)
        # A hair more than the tolerance, so that its very edge is inside whatever the rounding.
        amiss = np.abs(off) > self.tolerance * (1 + 1e-9)
        names = ("The number",) if len(self.numbers) == 1 else ("The first number", "The second number")
        sides = [
            f"{name} is too {'large' if far > 0 else 'small'}."
            for name, far, wrong in zip(names, off, amiss, strict=True)
            if wrong
        ]
        return " ".join(sides)

    def __str__(self) -> str:
        return " to ".join(f"{value:.{self.digits}f}" for value in self.numbers)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several words; a beginning that fits only one of them is enough."""

    value: str
    among: Sequence[str]

    def miss(self, answer: Any) -> str:
        """Say that it is another one."""
        return "" if self._read(answer) == self.value else "It is another one."

    def _read(self, answer: Any) -> str:
        said = str(answer).strip().casefold()
        whole = [word for word in self.among if word.casefold() == said]
        begun = [word for word in self.among if said and word.casefold().startswith(said)]
        if len(found := whole or begun) == 1:
            return found[0]
        listed = ", ".join(repr(word) for word in self.among)
        raise OptionError(f"{answer!r} is not one of {listed}.{nearest(str(answer), self.among)}")

    def __str__(self) -> str:
        return self.value


def yes_or_no(value: bool) -> Choice:
    """Return what is expected of a question that takes yes or no.

    Examples
    --------
    >>> yes_or_no(True).miss("no")
    'It is another one.'
    """
    return Choice("yes" if value else "no", ("yes", "no"))
