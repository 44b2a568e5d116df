"""What a funnel plot says in words: its key, how to read it, and its alternative texts."""

from __future__ import annotations

import math

import numpy as np

from evidence.figures.forest_words import method, per_cent, studies
from evidence.figures.funnel_rows import SIZES, Picture
from evidence.figures.text import number, p_value
from evidence.robustness.limit_meta import LimitMeta
from evidence.robustness.small_study_input import LEAST

_NO_PROOF = (
    "Asymmetry is no proof of publication bias: small studies may differ in people, treatment or conduct."
)


def mean(shown: Picture) -> str:
    """Write the pooled mean with its interval."""
    pooled, units = shown.pooled, shown.units
    what = "single study" if pooled.k == 1 else "pooled"
    estimate = units.estimate(pooled.estimate, pooled.ci_low, pooled.ci_high)
    return f"{what} {estimate} %" if units.percent else f"{what} {units.short} {estimate}"


def adjusted(shown: Picture) -> str:
    """Write the mean with filled studies."""
    filled = shown.filled.adjusted
    return shown.units.estimate(filled.estimate, filled.ci_low, filled.ci_high)


def limits(shown: Picture) -> str:
    """Write what the limits about the mean are."""
    level = per_cent(shown.pooled.level)
    return f"{level} limits about it, were there one effect for all"


def line(shown: Picture) -> str:
    """Write what the line of a test found."""
    found = shown.line
    if isinstance(found, LimitMeta):
        name, spot = "limit meta-analysis", (found.estimate, found.ci_low, found.ci_high)
    else:
        name = f"Egger's line, {p_value(found.p)}" if not math.isnan(found.p) else "Egger's line"
        spot = (found.limit, *found.limit_ci)
    return f"{name}; at the top {shown.units.estimate(*spot)}"


def notes(shown: Picture) -> str:
    """Write how to read the figure and what must temper the reading."""
    parts = [f"A point is a study ({studies(shown.pooled.k)}); large ones stand at the top."]
    if shown.size == "pustejovsky":
        parts.append(
            "The standard error is that of no difference, free of the estimate; a study's own is larger."
        )
    k = shown.pooled.k
    if k < LEAST:
        parts.append(f"{studies(k).capitalize()}: fewer than {LEAST} cannot show asymmetry.")
    if shown.filled is not None:
        parts.append("Studies filled in are no data: they show what would make the funnel symmetrical.")
    return " ".join([*parts, _NO_PROOF])


def alt(shown: Picture) -> str:
    """Write the alternative text."""
    out = int(shown.outside.sum())
    beyond = f"; {out} outside the {per_cent(shown.pooled.level)} limits" if shown.limits else ""
    filled = f"; {shown.filled.k0} filled in" if shown.filled is not None else ""
    return f"Funnel plot of {studies(shown.pooled.k)}: {mean(shown)}{beyond}{filled}."


def caption(shown: Picture) -> str:
    """Write what is drawn and how to read it."""
    return f"{alt(shown)} Model: {method(shown.pooled)}. {notes(shown)}"


def long_alt(shown: Picture, title: str, *, contours: bool) -> str:
    """Write every number of the figure in sentences."""
    sentences = [f"{title.rstrip('.')}." if title else "", alt(shown)]
    if contours:
        z = np.abs(shown.x - shown.units.null) / shown.y
        within = [int((z < edge).sum()) for edge in (1.6448536, 1.9599640, 2.5758293)]
        k = shown.x.size
        sentences.append(
            f"By region about no effect: {within[0]} with p > 0.10, {within[1] - within[0]} with 0.05 to"
            f" 0.10, {within[2] - within[1]} with 0.01 to 0.05, {k - within[2]} with p < 0.01."
        )
    if shown.filled is not None:
        sentences.append(f"With {shown.filled.k0} studies filled in the mean is {adjusted(shown)}.")
    if shown.line is not None:
        text = line(shown)
        sentences.append(f"{text[0].upper()}{text[1:]}.")
    size = SIZES[shown.size][0].lower() + SIZES[shown.size][1:]
    rows = zip(shown.labels, shown.x, shown.y, shown.outside, strict=True)
    sentences += [
        f"{label}: {shown.units.number(x)}, {size} {number(y, 3)}{', outside' if out else ''}."
        for label, x, y, out in rows
    ]
    filled = zip(shown.filled_x, shown.filled_y, strict=True)
    sentences += [f"Filled in: {shown.units.number(x)}, {size} {number(y, 3)}." for x, y in filled]
    return " ".join(sentence for sentence in [*sentences, notes(shown)] if sentence)
