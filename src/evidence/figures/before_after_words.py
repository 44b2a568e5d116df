"""What a change before and after means, in sentences, and what it cannot show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from evidence.certainty.absolute import Absolute
from evidence.errors import InputError
from evidence.figures.plain_words import PER, people_words
from evidence.figures.text import counted, number

CAUTION = (
    "Take care: this is a change over time. It does not show what the treatment did."
    " Scars can change on their own, and no untreated group stands beside this one."
)
STEP = (
    "Hatched: people who score better than the average before. Dot and bar: the average after and its range."
    " One step is how far a person is from the average as a rule (one standard deviation)."
)


@dataclass(frozen=True, slots=True)
class Change:
    """A change in steps (standard deviations before), better above nought, with its range."""

    estimate: float
    low: float
    high: float

    def shares(self) -> tuple[float, float, float]:
        """Return how many of 100 people score better than the average before, with the range.

        The normal distribution function of the change: Cohen's U3 (Cohen 1977, Statistical Power Analysis
        for the Behavioral Sciences, chapter 2), for scores that spread normally and alike.

        Examples
        --------
        >>> [round(share, 1) for share in Change(0.5, 0.0, 1.0).shares()]
        [69.1, 50.0, 84.1]
        """
        return tuple(float(PER * ndtr(value)) for value in (self.estimate, self.low, self.high))

    def moved(self) -> str:
        """Return how far the average moved, in words."""
        return f"The average moved by about {_span(self.estimate, self.low, self.high, 'step')}."


def _span(value: float, low: float, high: float, noun: str) -> str:
    """Write a change with its range, its sides named where they differ.

    Examples
    --------
    >>> _span(2.0, 1.2, 2.7, "step"), _span(1.0, -0.5, 2.5, "point")
    ('2.0 steps for the better (from 1.2 to 2.7)', '1.0 points for the better (from 0.5 worse to 2.5 better)')
    """
    value, low, high = (round(float(each), 1) + 0.0 for each in (value, low, high))
    side = "" if value == 0 else f" for the {'worse' if value < 0 else 'better'}"
    ends = sorted((abs(low), abs(high)))
    between = f"from {number(ends[0], 1)} to {number(ends[1], 1)}"
    if low < 0 < high:
        between = f"from {number(-low, 1)} worse to {number(high, 1)} better"
    return f"{number(abs(value), 1)} {noun}s{side} ({between})"


def change_of(change: tuple[float, float, float]) -> Change:
    """Check a change and its range.

    Raises
    ------
    InputError
        If a number is not finite, or the estimate lies outside its range.
    """
    for name, value in zip(("estimate", "low", "high"), change, strict=True):
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float, np.number))
            or not np.isfinite(value)
        ):
            raise InputError(f"{name}={value!r} must be a finite number of standard deviations.")
    estimate, low, high = map(float, change)
    if not low <= estimate <= high:
        raise InputError(f"estimate={estimate:g} lies outside its range, low={low:g} to high={high:g}.")
    return Change(estimate, low, high)


def facts_of(change: Change, points: Absolute | None, groups: int | None, people: int | None) -> list[str]:
    """Return the sentences under the bells.

    Raises
    ------
    InputError
        If points are none of a scale, or a count is below 1.
    """
    for label, count in (("groups", groups), ("people", people)):
        if count is not None and (isinstance(count, bool) or count != int(count) or count < 1):
            raise InputError(f"{label}={count!r} must be a whole number of 1 or more.")
    facts = [change.moved()]
    if points is not None and points.unit:
        if not points.unit.startswith("points of "):
            raise InputError(f"points.unit={points.unit!r} must be points of a scale, or points be left out.")
        scale = points.unit.removeprefix("points of ")
        span = _span(points.value, points.low, points.high, "point")
        facts.append(f"On the {scale} scale that is {span}.")
    share = people_words(*change.shares())
    tail = " then score better than the average before."
    facts.append(f"{share}{tail} This holds if scores spread like a bell.")
    if groups and people:
        facts.append(f"It rests on {counted(groups, 'group')} with {counted(people, 'person', 'people')}.")
    return facts
