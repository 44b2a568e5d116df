"""Numbers of effects and tables as the pages print them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from evidence.figures.text import number
from evidence.synthesis.answer import Answer


def cell(value: Any) -> str:
    """Write a cell of a table: nothing for a gap, a whole number without decimals.

    Examples
    --------
    >>> cell(3.0), cell(0.125), cell(None), cell("text")
    ('3', '0.125', '', 'text')
    """
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:.6g}"
    return "" if pd.isna(value) else str(value)


def effect(found: Answer, row: dict[str, Any]) -> str:
    """Write the estimate of a row of `effects_long` with its interval, as its question is answered.

    Shares of people are per cent; a count of events stands before them.
    """
    if math.isnan(row["estimate"]):
        return ""
    if found.question.kind == "proportion":
        low, middle, high = (f"{100 * row[name]:.1f}%" for name in ("ci_low", "estimate", "ci_high"))
        return f"{row['events_1']:.0f} of {row['total_1']:.0f}: {middle} ({low} to {high})"
    low, middle, high = (number(row[name]) for name in ("ci_low", "estimate", "ci_high"))
    return f"{middle} ({low} to {high})"


def choice(found: Answer, row: dict[str, Any]) -> dict[str, str]:
    """Write a row of `sensitivity`: the choice, the studies, the estimate and the prediction interval."""
    percent = found.question.kind == "proportion"

    def shown(value: float) -> str:
        return f"{100 * value:.1f}%" if percent else number(value)

    def interval(low: float, high: float) -> str:
        return "" if math.isnan(low) else f"{shown(low)} to {shown(high)}"

    return {
        "choice": str(row["choice"]),
        "k": f"{row['k']:.0f}",
        "estimate": "" if math.isnan(row["estimate"]) else shown(row["estimate"]),
        "interval": interval(row["ci_low"], row["ci_high"]),
        "prediction": interval(row.get("pi_low", math.nan), row.get("pi_high", math.nan)),
        "i2": "" if math.isnan(row.get("i2", math.nan)) else f"{row['i2']:.0f}%",
    }
