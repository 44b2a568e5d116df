"""Two independent groups, a continuous outcome: MD, SMD, SMDH, SMD1, ROM, CVR, VR.

Each kernel takes one array a column (metafor's names) and returns yi and vi; group 1 minus (or over)
group 2. `evidence.effects.measures.escalc` checks what goes in and turns what is not computable into NaN.
"""

from __future__ import annotations

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.checks import Need, above, not_negative
from evidence.effects.measure import Measure
from evidence.effects.small_sample import hedges_correction

Pair = tuple[FloatArray, FloatArray]

COLUMNS = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
SPREAD_COLUMNS = ("sd1i", "n1i", "sd2i", "n2i")

NEEDS = (
    *not_negative("sd1i", "sd2i"),
    *above(1, "n1i", "n2i", remedy="an SD needs at least two people in each group"),
)
SOME_SPREAD = Need(
    ("sd1i", "sd2i"),
    lambda sd1i, sd2i: (sd1i > 0) | (sd2i > 0),
    "a mean difference cannot be divided by an SD of zero",
)
SPREAD_IN_GROUP_2 = above(0, "sd2i", remedy="a mean difference cannot be divided by an SD of zero")
SPREAD_IN_BOTH = above(0, "sd1i", "sd2i", remedy="an SD of zero has no logarithm")
POSITIVE_MEANS = above(
    0, "m1i", "m2i", remedy="a ratio of means needs a scale with a true zero and means above it"
)


def pooled_sd(sd1i: FloatArray, n1i: FloatArray, sd2i: FloatArray, n2i: FloatArray) -> FloatArray:
    """Root of the two variances' mean, weighted by their degrees of freedom.

    Examples
    --------
    >>> float(pooled_sd(np.array(3.0), np.array(11), np.array(1.0), np.array(11)).round(4))
    2.2361
    """
    return np.sqrt(((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / (n1i + n2i - 2))


def md(
    m1i: FloatArray,
    sd1i: FloatArray,
    n1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    n2i: FloatArray,
    *,
    vtype: str = "LS",
) -> Pair:
    """Mean difference; "HO" takes one variance for both groups (Cochrane Handbook 6.5.1.1)."""
    if vtype == "HO":
        return m1i - m2i, pooled_sd(sd1i, n1i, sd2i, n2i) ** 2 * (1 / n1i + 1 / n2i)
    return m1i - m2i, sd1i**2 / n1i + sd2i**2 / n2i


def smd(
    m1i: FloatArray,
    sd1i: FloatArray,
    n1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    n2i: FloatArray,
    *,
    vtype: str = "LS",
) -> Pair:
    """Standardised mean difference, Hedges' g with the exact correction (Hedges, 1981).

    Sampling variances: "LS" large-sample with g (Hedges and Olkin, 1985, p. 86); "LS2" that of d times
    J squared (Borenstein, 2009, equations 12.17 to 12.24); "UB" unbiased (Hedges, 1983);
    "AV" as LS with the mean g of all studies, weighted by n, in the place of each study's own;
    "H0" under no difference.
    """
    total, df = n1i + n2i, n1i + n2i - 2
    correction = hedges_correction(df)
    d = (m1i - m2i) / pooled_sd(sd1i, n1i, sd2i, n2i)
    g = correction * d
    sizes = 1 / n1i + 1 / n2i
    if vtype == "LS2":
        return g, correction**2 * (sizes + d**2 / (2 * total))
    if vtype == "UB":
        unbiased = sizes + (1 - (df - 2) / (df * correction**2)) * g**2
        return g, np.where(df > 2, unbiased, np.nan)
    if vtype == "AV":
        known = np.isfinite(g)
        average = np.average(g[known], weights=total[known]) if known.any() else np.nan
        return g, np.where(known, sizes + average**2 / (2 * total), np.nan)
    if vtype == "H0":
        return g, sizes
    return g, sizes + g**2 / (2 * total)


def smdh(
    m1i: FloatArray,
    sd1i: FloatArray,
    n1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    n2i: FloatArray,
) -> Pair:
    """Standardised by the root mean of both variances, which may differ (Bonett, 2008, 2009)."""
    average = (sd1i**2 + sd2i**2) / 2
    g = hedges_correction(n1i + n2i - 2) * (m1i - m2i) / np.sqrt(average)
    of_the_sd = (sd1i**4 / (n1i - 1) + sd2i**4 / (n2i - 1)) / (8 * average**2)
    return g, g**2 * of_the_sd + (sd1i**2 / (n1i - 1) + sd2i**2 / (n2i - 1)) / average


def smd1(
    m1i: FloatArray,
    _sd1i: FloatArray,
    n1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    n2i: FloatArray,
) -> Pair:
    """Glass's delta: standardised by the SD of group 2 (Glass, 1976; Hedges, 1981)."""
    g = hedges_correction(n2i - 1) * (m1i - m2i) / sd2i
    return g, 1 / n1i + 1 / n2i + g**2 / (2 * n2i)


def rom(
    m1i: FloatArray,
    sd1i: FloatArray,
    n1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    n2i: FloatArray,
) -> Pair:
    """Log ratio of means (Hedges et al., 1999), bias-corrected to second order (Lajeunesse, 2015)."""
    cv1, cv2 = sd1i**2 / (n1i * m1i**2), sd2i**2 / (n2i * m2i**2)
    return np.log(m1i / m2i) + (cv1 - cv2) / 2, cv1 + cv2


def vr(sd1i: FloatArray, n1i: FloatArray, sd2i: FloatArray, n2i: FloatArray) -> Pair:
    """Log variability ratio (Nakagawa et al., 2015)."""
    half1, half2 = 1 / (2 * (n1i - 1)), 1 / (2 * (n2i - 1))
    return np.log(sd1i / sd2i) + half1 - half2, half1 + half2


def cvr(
    m1i: FloatArray,
    sd1i: FloatArray,
    n1i: FloatArray,
    m2i: FloatArray,
    sd2i: FloatArray,
    n2i: FloatArray,
) -> Pair:
    """Log ratio of the coefficients of variation: lnVR less the bias-corrected log ratio of means.

    Nakagawa et al. (2015), equation 12 without the correlation of mean and variance, which
    is zero for normal data; Lajeunesse (2015) for the ratio of means.
    """
    spread, spread_vi = vr(sd1i, n1i, sd2i, n2i)
    ratio, ratio_vi = rom(m1i, sd1i, n1i, m2i, sd2i, n2i)
    return spread - ratio, spread_vi + ratio_vi


MEASURES = (
    Measure(
        "MD",
        "Mean difference",
        "identity",
        COLUMNS,
        md,
        "Cochrane Handbook 6.5.1.1",
        NEEDS,
        vtypes=("LS", "HO"),
    ),
    Measure(
        "SMD",
        "Standardised mean difference (Hedges' g)",
        "identity",
        COLUMNS,
        smd,
        "Hedges (1981)",
        (*NEEDS, SOME_SPREAD),
        vtypes=("LS", "LS2", "UB", "AV", "H0"),
        standardised=True,
    ),
    Measure(
        "SMDH",
        "Standardised mean difference (unequal variances)",
        "identity",
        COLUMNS,
        smdh,
        "Bonett (2008, 2009)",
        (*NEEDS, SOME_SPREAD),
        standardised=True,
    ),
    Measure(
        "SMD1",
        "Standardised mean difference (SD of group 2)",
        "identity",
        COLUMNS,
        smd1,
        "Glass (1976)",
        (*NEEDS, *SPREAD_IN_GROUP_2),
        standardised=True,
    ),
    Measure(
        "ROM",
        "Log ratio of means",
        "log",
        COLUMNS,
        rom,
        "Hedges et al. (1999); Lajeunesse (2015)",
        (*NEEDS, *POSITIVE_MEANS),
    ),
    Measure(
        "CVR",
        "Log ratio of coefficients of variation",
        "log",
        COLUMNS,
        cvr,
        "Nakagawa et al. (2015)",
        (*NEEDS, *SPREAD_IN_BOTH, *POSITIVE_MEANS),
    ),
    Measure(
        "VR",
        "Log ratio of standard deviations",
        "log",
        SPREAD_COLUMNS,
        vr,
        "Nakagawa et al. (2015)",
        (*NEEDS, *SPREAD_IN_BOTH),
    ),
)
