"""What the figure of a sequential analysis says in words: its finding, how to read it, every look."""

from __future__ import annotations

import math

import numpy as np

from evidence.figures.forest_axis import axis
from evidence.figures.text import number
from evidence.robustness.sequential_result import Sequential
from evidence.robustness.sequential_words import studies

MOST_TOLD = 60  # looks told one by one

_ENDINGS = {
    "benefit": "crossed the boundary for benefit",
    "harm": "crossed the boundary for harm",
    "futility": "lies in the futility wedge",
    "required size reached": "reached the required size without crossing",
    "undecided": "undecided",
}


def percent(fraction: float) -> str:
    """Write a fraction as a percentage: whole, or with the digit that small ones need.

    Examples
    --------
    >>> percent(0.27), percent(0.004), percent(1.3)
    ('27 %', '0.4 %', '130 %')
    """
    return f"{number(100 * fraction, 0 if fraction >= 0.0095 else 1)} %"


def short_alt(result: Sequential) -> str:
    """Write the alternative text."""
    share = percent(float(result.fraction[-1]))
    return (
        f"Sequential analysis of {studies(result.k[-1])}: {_ENDINGS[result.conclusion]}; {share} of the"
        f" required information, Z {number(float(result.z[-1]))}."
    )


def required(result: Sequential) -> str:
    """Write what stands at the line of the required size."""
    people = result.required_people
    if not math.isfinite(people):
        return "Required size"
    return f"Required: {number(people, 0) if people >= 1e6 else f'{math.ceil(people):,}'} people"


def below(result: Sequential) -> str:
    """Write the name of the horizontal axis."""
    now = result.people[-1]
    so_far = f" ({now:,.0f} people so far)" if math.isfinite(now) else ""
    return f"Information, percent of the required size{so_far}"


def found(result: Sequential) -> str:
    """Write what the curve shows and the estimate with its adjusted interval."""
    units = axis(result.scale, result.measure, None)
    estimate = units.number(float(result.estimate[result.interval_at]))
    if math.isinf(result.multiplier):
        return f"{result.words()} {units.short} {estimate}; no look has a boundary for an interval yet."
    ends = units.interval(result.ci_low, result.ci_high)
    look = "" if result.interval_at == result.k.size - 1 else f" at look {result.interval_at + 1}"
    return f"{result.words()} {units.short} {estimate}{look}, interval adjusted for repeated looks {ends}."


def key(result: Sequential, *, ahead: bool, wedge: bool, clipped: bool) -> str:
    """Write how to read the marks, naming only what is drawn."""
    parts = ["Points: Z after each study, in order"]
    if {"benefit", "harm"} & set(result.status):
        parts.append("diamonds: beyond the boundary")
    if "futility" in result.status:
        parts.append("hollow: in the futility wedge")
    if np.isfinite(result.upper).any():
        parts.append("solid lines: boundaries at each look")
    if ahead:
        parts.append("dashed: where the boundary lies for the next look")
    if wedge:
        parts.append("grey wedge: futility")
    side = "1.96" if result.alpha == 0.05 and result.two_sided else "border"
    parts.append(f"dotted: {side} of a single test without interim looks")
    if clipped:
        parts.append("boundaries go on beyond the axis")
    asked = number(result.delta, 2)
    scale = " on the log scale" if result.scale == "log" else ""
    return (
        f"{'; '.join(parts)}. The required size is that to find {asked}{scale} with power"
        f" {100 * result.power:g} %, allowing for heterogeneity of {number(result.heterogeneity, 0)} %."
    )


def notes(result: Sequential) -> str:
    """Write what must temper the reading ('' when nothing does)."""
    told = [f"{note[0].upper()}{note[1:]}." for note in result.notes]
    return " ".join(told)


def long_alt(result: Sequential, title: str) -> str:
    """Write every number of the figure in sentences."""
    sentences = [f"{title.rstrip('.')}." if title else "", short_alt(result), found(result)]
    rows = list(zip(result.added, result.fraction, result.z, result.upper, result.status, strict=True))
    for look, (added, fraction, z, upper, status) in enumerate(rows[:MOST_TOLD], start=1):
        edge = f"boundary {number(float(upper))}" if math.isfinite(upper) else "no boundary"
        told = "" if status == "no boundary" else f", {status}"
        sentences.append(
            f"Look {look} ({added}): {percent(float(fraction))}, Z {number(float(z))}, {edge}{told}."
        )
    if len(rows) > MOST_TOLD:
        sentences.append(f"{len(rows) - MOST_TOLD} more looks are not told.")
    return " ".join(sentence for sentence in sentences if sentence)
