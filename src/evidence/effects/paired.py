"""One group measured twice, a continuous outcome: MC, SMCC, SMCR, SMCRH, SMCRPH, ROMC.

Split-face and before-after studies. Each kernel takes one array a column (metafor's names: `m1i` and
`sd1i` of the condition, or time, that comes first in the difference) and returns yi and vi.
"""

from __future__ import annotations

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.checks import Need, above, not_negative, within
from evidence.effects.continuous import POSITIVE_MEANS, SOME_SPREAD
from evidence.effects.measure import Measure
from evidence.effects.small_sample import hedges_correction

Pair = tuple[FloatArray, FloatArray]

COLUMNS = ("m1i", "sd1i", "m2i", "sd2i", "ni", "ri")

NEEDS = (
    *not_negative("sd1i", "sd2i"),
    *above(1, "ni", remedy="an SD needs at least two people"),
    *within(-1, 1, "ri"),
)
CHANGE_VARIES = Need(
    ("sd1i", "sd2i", "ri"),
    lambda sd1i, sd2i, ri: (sd1i - sd2i) ** 2 + 2 * (1 - ri) * sd1i * sd2i > 0,
    "the change has an SD of zero, by which it cannot be divided",
)
SPREAD_AT_1 = above(0, "sd1i", remedy="a mean change cannot be divided by an SD of zero")


def change_variance(sd1i: FloatArray, sd2i: FloatArray, ri: FloatArray) -> FloatArray:
    """Variance of the differences within people.

    sd1² + sd2² - 2 r sd1 sd2 (Cochrane Handbook 6.5.2.8), summed so that it never falls below zero.

    Examples
    --------
    >>> float(change_variance(np.array(3.0), np.array(4.0), np.array(0.5)))
    13.0
    """
    return (sd1i - sd2i) ** 2 + 2 * (1 - ri) * sd1i * sd2i


def mc(
    m1i: FloatArray,
    sd1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    ni: FloatArray,
    ri: FloatArray,
) -> Pair:
    """Mean change (Cochrane Handbook 23.2.7)."""
    return m1i - m2i, change_variance(sd1i, sd2i, ri) / ni


def smcc(
    m1i: FloatArray,
    sd1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    ni: FloatArray,
    ri: FloatArray,
) -> Pair:
    """Mean change over the SD of the change (Gibbons et al., 1993)."""
    g = hedges_correction(ni - 1) * (m1i - m2i) / np.sqrt(change_variance(sd1i, sd2i, ri))
    return g, 1 / ni + g**2 / (2 * ni)


def smcr(
    m1i: FloatArray,
    sd1i: FloatArray,
    m2i: FloatArray,
    _sd2i: FloatArray,
    ni: FloatArray,
    ri: FloatArray,
) -> Pair:
    """Mean change over the SD of the scores `sd1i` (Becker, 1988)."""
    g = hedges_correction(ni - 1) * (m1i - m2i) / sd1i
    return g, 2 * (1 - ri) / ni + g**2 / (2 * ni)


def smcrh(
    m1i: FloatArray,
    sd1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    ni: FloatArray,
    ri: FloatArray,
) -> Pair:
    """As SMCR, with a variance that lets both occasions' SDs differ (Bonett, 2008)."""
    g = hedges_correction(ni - 1) * (m1i - m2i) / sd1i
    return g, change_variance(sd1i, sd2i, ri) / (sd1i**2 * (ni - 1)) + g**2 / (2 * (ni - 1))


def smcrph(
    m1i: FloatArray,
    sd1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    ni: FloatArray,
    ri: FloatArray,
) -> Pair:
    """Mean difference of two conditions over their average SD, as if each had its own group.

    Standardiser and variance for unequal SDs: Bonett (2008); degrees of
    freedom of the correction, 2 (n - 1) / (1 + r²): Cousineau (2020).
    """
    average = np.sqrt((sd1i**2 + sd2i**2) / 2)
    g = hedges_correction(2 * (ni - 1) / (1 + ri**2)) * (m1i - m2i) / average
    of_sd = g**2 * (sd1i**4 + sd2i**4 + 2 * ri**2 * sd1i**2 * sd2i**2) / (8 * average**4)
    return g, (of_sd + change_variance(sd1i, sd2i, ri) / average**2) / (ni - 1)


def romc(
    m1i: FloatArray,
    sd1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    ni: FloatArray,
    ri: FloatArray,
) -> Pair:
    """Log ratio of dependent means (Lajeunesse, 2011), bias-corrected as in Lajeunesse (2015)."""
    cv1, cv2 = sd1i / m1i, sd2i / m2i
    return np.log(m1i / m2i) + (cv1**2 - cv2**2) / (2 * ni), change_variance(cv1, cv2, ri) / ni


MEASURES = (
    Measure("MC", "Mean change", "identity", COLUMNS, mc, "Cochrane Handbook 23.2.7", NEEDS),
    Measure(
        "SMCC",
        "Standardised mean change (SD of the change)",
        "identity",
        COLUMNS,
        smcc,
        "Gibbons et al. (1993)",
        (*NEEDS, CHANGE_VARIES),
        standardised=True,
    ),
    Measure(
        "SMCR",
        "Standardised mean change (SD of the scores)",
        "identity",
        COLUMNS,
        smcr,
        "Becker (1988)",
        (*NEEDS, *SPREAD_AT_1),
        standardised=True,
    ),
    Measure(
        "SMCRH",
        "Standardised mean change (SD of the scores, unequal variances)",
        "identity",
        COLUMNS,
        smcrh,
        "Bonett (2008)",
        (*NEEDS, *SPREAD_AT_1),
        standardised=True,
    ),
    Measure(
        "SMCRPH",
        "Standardised mean difference of paired conditions (average SD)",
        "identity",
        COLUMNS,
        smcrph,
        "Bonett (2008); Cousineau (2020)",
        (*NEEDS, SOME_SPREAD),
        standardised=True,
    ),
    Measure(
        "ROMC",
        "Log ratio of dependent means",
        "log",
        COLUMNS,
        romc,
        "Lajeunesse (2011, 2015)",
        (*NEEDS, *POSITIVE_MEANS),
    ),
)
