"""The groups of an icon array: how many of 100 people, in icons and in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.certainty.absolute import Absolute
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH
from evidence.figures.frames import checked, named, numbered, once, wrong
from evidence.figures.plain_words import PER, amount, lowered, people_words, too_wide, whole

COLUMNS = ("label", "value", "low", "high")
MOST = 4
_WIDE = "This range is too wide to tell."
_COUNTED = "as counted; no range is known"


@dataclass(frozen=True, slots=True)
class Group:
    """One square: how many of 100 people, and the range; NaN where there is none."""

    label: str
    value: float
    low: float
    high: float

    def counts(self) -> dict[str, int]:
        """Return how many icons have each look.

        Examples
        --------
        >>> Group("", 6.7, 2.0, 22.6).counts()
        {'sure': 2, 'fewer': 5, 'more': 16, 'rest': 77}
        """
        ends = (self.low, self.value, self.high) if np.isfinite(self.low) else (self.value,) * 3
        low, middle, high = (whole(end) for end in ends)
        return {"sure": low, "fewer": middle - low, "more": high - middle, "rest": PER - high}

    def said(self) -> str:
        """Return the number in words, with its range."""
        return people_words(self.value, self.low, self.high)

    def beneath(self) -> str:
        """Return what is written under the number."""
        return _COUNTED if np.isnan(self.low) else f"from {amount(self.low)} to {amount(self.high)}"

    def warned(self) -> str:
        """Return a warning if the range says next to nothing."""
        return _WIDE if too_wide(self.low, self.high) else ""


def icon_rows(found: Absolute, treated: str, compared: str = "") -> pd.DataFrame:
    """Return the rows of an icon array: people under the treatment and, where there is one, the comparator.

    Parameters
    ----------
    found : Absolute
        In people.
    treated, compared : str
        Names of the two groups.

    Raises
    ------
    InputError
        If the answer is not one of 100 people, or the comparator has no name.

    Examples
    --------
    >>> icon_rows(Absolute("of 100 people", 30, 7, 2, 23, ""), "With it", "Without it")["value"].tolist()
    [7.0, 30.0]
    """
    if found.unit != f"of {PER} people":
        raise InputError(f"unit={found.unit!r}: icons stand for people, so it must be 'of {PER} people'.")
    rows = [(treated, found.value, found.low, found.high)]
    if not np.isnan(found.without):
        if not compared:
            raise InputError(f"compared={compared!r}: the group without the treatment needs a name.")
        rows.append((compared, found.without, np.nan, np.nan))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = list(COLUMNS[1:])
    # An interval of a share that is 0 or 100 may miss it by rounding.
    frame[numbers] = frame[numbers].astype(float).round(9) + 0.0
    return frame


def groups_of(rows: pd.DataFrame) -> tuple[Group, ...]:
    """Read and check the rows of an icon array.

    Raises
    ------
    OptionError
        If a column is missing.
    InputError
        If there are no rows or more than four, a label is blank or stands twice, a number is not of 100, or
        lies outside its range.
    """
    table = checked(rows, COLUMNS, "an icon array")
    if len(table) > MOST:
        raise InputError(f"rows has {len(table)} groups; an icon array shows at most {MOST} side by side.")
    once(table, ("label",))
    labels = named(table, "label")
    value = numbered(table, "value", low=0, high=PER, gaps=False)
    low, high = (numbered(table, end, low=0, high=PER) for end in ("low", "high"))
    for row, middle, start, end in zip(table.index, value, low, high, strict=True):
        if np.isnan(start) != np.isnan(end):
            column = "low" if np.isnan(start) else "high"
            raise InputError(wrong(row, column, np.nan, "a range needs both of its ends, or neither."))
        if start > middle or end < middle:
            raise InputError(wrong(row, "value", middle, f"it lies outside its range, {start:g} to {end:g}."))
    return tuple(Group(*each) for each in zip(labels, value, low, high, strict=True))


def short_of(groups: tuple[Group, ...], said: list[str]) -> str:
    """Return all groups in a line that fits, without their ranges or their names where need be."""
    plain = [f"{group.label}: {lowered(people_words(group.value))}." for group in groups]
    bare = f"Of {PER} people: {'; '.join(amount(group.value) for group in groups)}."
    return next((text for text in (" ".join(said), " ".join(plain)) if len(text) <= ALT_LENGTH), bare)
