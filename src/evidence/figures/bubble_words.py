"""What a bubble plot says in words: the slope, the key to its bands, its notes and alternative texts."""

from __future__ import annotations

from typing import Any

import numpy as np

from evidence.figures.forest_axis import Axis
from evidence.figures.forest_words import method, per_cent, studies
from evidence.figures.text import number, p_value, spoken


def decimals(half_width: float) -> int:
    """Return the decimals that show two digits of an interval's half-width, from 2 to 6.

    Examples
    --------
    >>> decimals(0.038), decimals(12.0), decimals(0.0)
    (3, 2, 2)
    """
    if not 0 < half_width < np.inf:
        return 2
    return int(np.clip(1 - np.floor(np.log10(half_width)), 2, 6))


def slope(result: Any, moderator: str, units: Axis) -> str:
    """Write the coefficient of a moderator with its interval and p value.

    On a log scale it is the factor by which a ratio changes; for proportions it stays on the analysis scale.
    """
    at = result.terms.index(moderator)
    values = np.array([result.beta[at], result.ci_low[at], result.ci_high[at]])
    with np.errstate(over="ignore"):
        values = np.exp(values) if units.ratio else values
    digits = decimals((values[2] - values[1]) / 2)
    beta, low, high = (number(value, digits) for value in values.tolist())
    what = "times " if units.ratio else ""
    per = f"per unit on the {units.scale.name} scale" if units.percent else "per unit"
    return f"{what}{beta} {per} ({low} to {high}, {p_value(float(result.p[at]))})"


def short_alt(result: Any, moderator: str, units: Axis) -> str:
    """Write the alternative text."""
    return f"Bubble plot of {studies(result.k)} against {moderator}: {slope(result, moderator, units)}."


def found(result: Any, moderator: str, units: Axis) -> str:
    """Write what the regression found, in one line under the plot."""
    parts = [f"Slope {slope(result, moderator, units)}"]
    if np.isfinite(result.r2):
        parts.append(f"R² {number(result.r2, 0)} %")
    if result.method != "EE":
        parts.append(
            f"residual tau² {number(result.tau2, decimals(result.tau2))}, I² {number(result.i2, 0)} %"
        )
    return f"{'; '.join(parts)}. Meta-regression: {method(result)}."


def key(result: Any, *, clipped: bool) -> str:
    """Write how to read the marks, naming only what is drawn."""
    level = per_cent(result.level)
    parts = [f"Area of a bubble: weight. Line: mean effect; dark band: {level} confidence interval"]
    if result.method != "EE" and result.qe_df > 1:
        parts.append(f"light band, dashed: {level} prediction interval for a further study")
    if clipped:
        parts.append("bands go on beyond the axis")
    return f"{'; '.join(parts)}."


def notes(result: Any, moderator: str) -> str:
    """Write what must temper the reading ('' when nothing does)."""
    others = [each.name for each in result.design.moderators if each.name != moderator]
    parts = [f"The line holds {', '.join(others)} at the mean."] if others else []
    if result.exploratory:
        each = "one moderator" if not others else f"{len(others) + 1} moderators"
        parts.append(
            f"Exploratory: {studies(result.k)} for {each}, fewer than 10 each; it can suggest, not show."
        )
    return " ".join(parts)


def caption(result: Any, moderator: str, *, clipped: bool) -> str:
    """Write how to read the figure."""
    return " ".join(part for part in (key(result, clipped=clipped), notes(result, moderator)) if part)


def long_alt(picture: Any, title: str) -> str:
    """Write every number of the figure in sentences."""
    result, units = picture.result, picture.units
    sentences = [short_alt(result, picture.moderator, units)]
    sentences += [found(result, picture.moderator, units), notes(result, picture.moderator)]
    for end in (0, len(picture.line) - 1):
        row = result.predict({picture.moderator: [picture.line["x"].iloc[end]]}).iloc[0]
        line = units.estimate(row["estimate"], row["ci_low"], row["ci_high"])
        spot = f"At {picture.moderator} {row[picture.moderator]:.6g} the mean is {line}"
        further = units.interval(row["pi_low"], row["pi_high"])
        sentences.append(f"{spot}, prediction {further}." if np.isfinite(row["pi_low"]) else f"{spot}.")
    rows = zip(picture.labels, picture.x, result.source.yi, result.weights, strict=True)
    sentences += [
        f"{label}: {picture.moderator} {x:.6g}, {units.number(y)}, weight {weight:.1f} %."
        for label, x, y, weight in rows
    ]
    return spoken(title, sentences)
