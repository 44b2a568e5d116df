"""What an albatross plot draws: each study's people and what its p value can be, on which side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.errors import InputError
from evidence.figures.frames import checked, coded, named, numbered, words, wrong

COLUMNS = ("label", "n", "low", "high", "direction")
GROUPS = 5
_LEAST = 1e-6  # a p value below stands at the edge, with an arrow
_MOST = 0.005  # the axis goes at least as far
_OPEN = 4.0  # times smaller than the bound of an interval open towards 0 the axis ends


@dataclass(frozen=True, slots=True)
class Study:
    """One p value: `low` to `high` is what the two-sided one can be."""

    label: str
    n: float
    low: float
    high: float
    direction: str
    group: str

    @property
    def exact(self) -> bool:
        """True if the p value is printed as a number."""
        return self.low == self.high

    @property
    def p(self) -> str:
        """The p value in words."""
        if self.exact:
            return f"p {number(self.low)}"
        if self.low == 0:
            return "p not printed" if self.high == 1 else f"p below {number(self.high)}"
        return (
            f"p above {number(self.low)}"
            if self.high == 1
            else f"p {number(self.low)} to {number(self.high)}"
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """Studies that are drawn, those that are not with the reason, and the axes they ask for.

    Attributes
    ----------
    studies : tuple of Study
    left_out : tuple of (str, str)
        Label and reason.
    groups : tuple of str
        In order of appearance; none where no study names one.
    ratio : float
        People in the first group for one in the second: the median, 1 where no row has both.
    reach : float
        -log10 of the smallest p value that has its own place.
    """

    studies: tuple[Study, ...]
    left_out: tuple[tuple[str, str], ...]
    groups: tuple[str, ...]
    ratio: float
    reach: float


def number(p: float) -> str:
    """Write a p value, very small ones as a power of ten.

    Examples
    --------
    >>> number(0.05), number(0.0123), number(2e-12), number(0.0)
    ('0.05', '0.0123', '2×10⁻¹²', '0')
    """
    if p == 0 or p >= 1e-4:
        return f"{p:.3g}"
    mantissa, power = f"{p:.0e}".split("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{raised}" if mantissa == "1" else f"{mantissa}×10{raised}"


def picture(rows: pd.DataFrame) -> Picture:
    """Check the rows and return what is drawn of them.

    Raises
    ------
    OptionError
        If a column is missing or a direction is none of "first", "second" and "".
    InputError
        If a cell is wrong, there are too many groups, or no row has both people and a p value.

    Examples
    --------
    >>> table = pd.DataFrame([("Minh 2019", 31, 0.0, 0.05, "first")], columns=list(COLUMNS))
    >>> picture(table).studies[0].p
    'p below 0.05'
    """
    table = checked(rows, COLUMNS, "an albatross plot")
    labels, groups = named(table, "label"), words(table, "group")
    sides = coded(table.assign(direction=words(table, "direction")), "direction", ("first", "second", ""))
    first, second = (numbered(table, name, low=1) for name in ("n1", "n2"))
    n = numbered(table, "n", low=1)
    n = np.where(np.isnan(n), first + second, n)
    low, high = (numbered(table, name, low=0, high=1) for name in ("low", "high"))
    for row, least, most in zip(table.index, low, high, strict=True):
        if least > most:
            raise InputError(wrong(row, "low", float(least), f"it exceeds high={most:g}."))
    kept, out = [], []
    for i, label in enumerate(labels):
        reasons = ["number of people not printed"] if np.isnan(n[i]) else []
        reasons += ["p value not printed"] if np.isnan(low[i] + high[i]) else []
        if reasons:
            out.append((label, " and ".join(reasons)))
        else:
            group = groups[i] or ("not grouped" if any(groups) else "")
            kept.append(Study(label, float(n[i]), float(low[i]), float(high[i]), sides[i], group))
    if not kept:
        raise InputError("No row has both a number of people and a p value; nothing can be drawn.")
    found = tuple(dict.fromkeys(study.group for study in kept if study.group))
    if len(found) > GROUPS:
        raise InputError(f"column group holds {len(found)} groups; at most {GROUPS} can be told apart.")
    shares = (first / second)[~np.isnan(first / second)]
    ratio = float(np.median(shares)) if shares.size else 1.0
    return Picture(tuple(kept), tuple(out), found, ratio, _reach(kept))


def _reach(studies: list[Study]) -> float:
    ends = [study.low if study.low > 0 else study.high / _OPEN for study in studies]
    return -float(np.log10(np.clip(min([_MOST, *ends]), _LEAST, 1)))


def spans(study: Study, reach: float) -> list[tuple[float, float]]:
    """Return where a study stands on the axis: -log10 of p, left of the middle for the second treatment.

    Each span runs from left to right. Without a direction the study stands on both sides, in one span where
    they meet in the middle.

    Examples
    --------
    >>> spans(Study("A", 30, 0.1, 1.0, "", ""), 3.0)
    [(-1.0, 1.0)]
    >>> spans(Study("A", 30, 0.0, 0.1, "second", ""), 3.0)
    [(-3.0, -1.0)]
    """
    inner, outer = (min(-float(np.log10(max(p, 1e-300))), reach) for p in (study.high, study.low))
    inner = abs(inner) if study.exact else min(inner, 0.96 * reach)
    right, left = (abs(inner), abs(outer)), (-abs(outer), -abs(inner))
    if study.direction:
        return [right] if study.direction == "first" else [left]
    return [(-abs(outer), abs(outer))] if study.high == 1 else [left, right]


def beyond(study: Study, reach: float) -> bool:
    """Tell whether a p value goes, or can go, beyond the end of the axis."""
    return study.low < 10.0**-reach * (1 - 1e-9)
