"""Printed prices of a session and the simulated total of a treatment, checked and put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.errors import InputError, OptionError
from evidence.figures.frames import checked, named, numbered, words, wrong
from evidence.figures.text import counted, spoken

COLUMNS = ("label", "low", "high", "year", "scope")
LEVELS = ("p05", "low", "median", "high", "p95")


@dataclass(frozen=True, slots=True)
class Prices:
    """Ranges of prices, one a page; a range of no width is an average, and a year is empty if undated."""

    labels: tuple[str, ...]
    low: FloatArray
    high: FloatArray
    years: tuple[str, ...]
    scopes: tuple[str, ...]
    reach: float = 0.0  # the highest price of all, where these are some of them

    def only(self, places: Sequence[int]) -> Prices:
        """Return some of the pages, which share an axis with the others."""
        named = ("labels", "years", "scopes")
        some = {name: tuple(getattr(self, name)[i] for i in places) for name in named}
        chosen = list(places)
        return Prices(low=self.low[chosen], high=self.high[chosen], reach=float(self.high.max()), **some)

    def said(self, i: int) -> str:
        """Return a price in words."""
        return money(self.low[i], self.high[i])


@dataclass(frozen=True, slots=True)
class Total:
    """Quantiles of a simulated total: the outer ones are NaN where they were not given."""

    p05: float
    low: float
    median: float
    high: float
    p95: float
    n_sessions: str

    def said(self) -> str:
        """Return the quantiles in words."""
        text = f"median {_amount(self.median)}, middle half {_amount(self.low)} to {_amount(self.high)}"
        if np.isfinite(self.p05):
            text += f", nine in ten {_amount(self.p05)} to {_amount(self.p95)}"
        return text


def _amount(value: float) -> str:
    return f"{value:,.0f}"


def money(low: float, high: float) -> str:
    """Write a range of money; a range of no width is an average.

    Examples
    --------
    >>> money(200, 1700), money(300, 300)
    ('200 to 1,700', '300 on average')
    """
    return f"{_amount(low)} on average" if low == high else f"{_amount(low)} to {_amount(high)}"


def prices_of(table: pd.DataFrame) -> Prices:
    """Read a data frame of prices.

    Raises
    ------
    OptionError
        If a column is missing.
    InputError
        If the table is empty, a label is blank, or a price is missing, negative or above the upper end.

    Examples
    --------
    >>> prices = prices_of(pd.DataFrame([("Clinic", 100, 700, 2015, "needling")], columns=list(COLUMNS)))
    >>> prices.said(0), prices.years
    ('100 to 700', ('2015',))
    """
    table = checked(table, COLUMNS, "a plot of prices")
    low, high = (numbered(table, name, low=0, gaps=False) for name in ("low", "high"))
    for row, start, end in zip(table.index, low, high, strict=True):
        if start > end:
            raise InputError(wrong(row, "low", start, f"the lower end is above the upper, {end:g}."))
    years = tuple("" if np.isnan(year) else f"{year:.0f}" for year in numbered(table, "year"))
    return Prices(tuple(named(table, "label")), low, high, years, tuple(words(table, "scope")))


def total_of(total: Mapping[str, Any] | None) -> Total | None:
    """Read the quantiles of a simulated total.

    Raises
    ------
    OptionError
        If the median or an end is missing, or a key is not known.
    InputError
        If a quantile is no number, or they are out of order.
    """
    if total is None:
        return None
    known = (*LEVELS, "n_sessions")
    unknown = [key for key in total if key not in known]
    missing = [key for key in ("low", "median", "high") if key not in total]
    missing += [key for key in ("p05", "p95") if key not in total and ("p05" in total or "p95" in total)]
    if unknown or missing:
        raise OptionError(
            f"total needs median, low and high, may have p05 and p95 together and n_sessions;"
            f" missing: {', '.join(missing) or 'none'}; not known: {', '.join(map(str, unknown)) or 'none'}."
        )
    frame = pd.DataFrame({level: [total.get(level)] for level in LEVELS}, index=["total"], dtype=object)
    values = {level: float(numbered(frame, level, low=0)[0]) for level in LEVELS}
    for level in ("low", "median", "high"):
        if np.isnan(values[level]):
            raise InputError(wrong("total", level, total[level], "this quantile must be a number."))
    given = [values[level] for level in LEVELS if np.isfinite(values[level])]
    if given != sorted(given):
        listed = ", ".join(f"{level}={values[level]:g}" for level in LEVELS if np.isfinite(values[level]))
        raise InputError(f"total: the quantiles must rise, but they are {listed}.")
    return Total(**values, n_sessions=str(total.get("n_sessions") or ""))


def short_alt(prices: Prices, total: Total | None, claimed: tuple[float, float]) -> str:
    """Say how many pages there are, how many lie within the claim, and the simulated median."""
    within = int(((prices.low >= claimed[0]) & (prices.high <= claimed[1])).sum())
    pages = counted(len(prices.labels), "price page")
    text = f"{pages}, {within} within {claimed[0]:g} to {claimed[1]:g} a session"
    return f"{text}; simulated total, median {_amount(total.median)}." if total else f"{text}."


def long_alt(
    prices: Prices, total: Total | None, claimed: tuple[float, float], currency: str, title: str
) -> str:
    """Say every price, and the simulated total."""
    sentences = [short_alt(prices, total, claimed)]
    sentences.append(f"{currency} a session.")
    for i, label in enumerate(prices.labels):
        about = ", ".join(part for part in (prices.scopes[i], prices.years[i] or "undated") if part)
        sentences.append(f"{label} ({about}): {prices.said(i)}.")
    if total:
        sentences.append(f"Simulation of the total: {total.said()}.")
        sentences.append(f"{total.n_sessions.rstrip('.')}." if total.n_sessions else "")
    return spoken(title, sentences)
