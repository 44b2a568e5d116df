"""One group alone: proportions (PR, PLN, PLO, PAS, PFT) and means (MN, SMN, MNLN, CVLN, SDLN)."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray
from evidence.effects.checks import (
    Columns,
    above,
    aligned,
    at_most,
    not_negative,
    one_or_many,
    require,
)
from evidence.effects.continuity import continuity_correction
from evidence.effects.measure import Measure
from evidence.effects.small_sample import hedges_correction
from evidence.errors import InputError, ScaleWarning

Pair = tuple[FloatArray, FloatArray]

COUNT_COLUMNS = ("xi", "ni")
MEAN_COLUMNS = ("mi", "sdi", "ni")
SPREAD_COLUMNS = ("sdi", "ni")

COUNT_NEEDS = (
    *not_negative("xi"),
    *above(0, "ni", remedy="a group needs at least one person"),
    *at_most("xi", "ni"),
)
SPREAD_NEEDS = (*not_negative("sdi"), *above(1, "ni", remedy="an SD needs at least two people"))
SOME_SPREAD = above(0, "sdi", remedy="an SD of zero cannot be divided by and has no logarithm")
POSITIVE_MEAN = above(0, "mi", remedy="the logarithm needs a scale with a true zero and a mean above it")

# A pooled PFT is read back as clearly different proportions at the smallest and the largest n: say so.
_UNSAFE_SPREAD = 0.01


def corrected(columns: Columns, add: float, to: str) -> Columns:
    """Add to the events and to the others, so twice to the total.

    Examples
    --------
    >>> table = {"xi": np.array([0.0, 3.0]), "ni": np.array([10.0, 12.0])}
    >>> corrected(table, 0.5, "only0")["ni"]
    array([11., 12.])
    """
    xi, ni = columns["xi"], columns["ni"]
    extra = continuity_correction((xi, ni - xi), add, to)
    return {"xi": xi + extra, "ni": ni + 2 * extra}


def pr(xi: FloatArray, ni: FloatArray) -> Pair:
    """Proportion."""
    p = xi / ni
    return p, p * (1 - p) / ni


def pln(xi: FloatArray, ni: FloatArray) -> Pair:
    """Log proportion (Katz et al., 1978)."""
    return np.log(xi / ni), 1 / xi - 1 / ni


def plo(xi: FloatArray, ni: FloatArray) -> Pair:
    """Log odds of a proportion (Woolf, 1955)."""
    return np.log(xi / (ni - xi)), 1 / xi + 1 / (ni - xi)


def pas(xi: FloatArray, ni: FloatArray) -> Pair:
    """Arcsine square root of a proportion (Anscombe, 1948)."""
    return np.arcsin(np.sqrt(xi / ni)), 1 / (4 * ni)


def pft(xi: FloatArray, ni: FloatArray) -> Pair:
    """Freeman and Tukey's double arcsine, half the sum (Freeman and Tukey, 1950)."""
    first, second = np.arcsin(np.sqrt(xi / (ni + 1))), np.arcsin(np.sqrt((xi + 1) / (ni + 1)))
    return (first + second) / 2, 1 / (4 * ni + 2)


def mn(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Pair:
    """Mean."""
    return mi, sdi**2 / ni


def smn(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Pair:
    """Mean over its SD, with the exact small-sample correction (Hedges, 1981)."""
    g = hedges_correction(ni - 1) * mi / sdi
    return g, 1 / ni + g**2 / (2 * ni)


def mnln(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Pair:
    """Log mean, variance by the delta method (Hedges et al., 1999)."""
    return np.log(mi), sdi**2 / (ni * mi**2)


def sdln(sdi: FloatArray, ni: FloatArray) -> Pair:
    """Log SD, bias-corrected (Raudenbush and Bryk, 1987; Nakagawa et al., 2015)."""
    half = 1 / (2 * (ni - 1))
    return np.log(sdi) + half, half


def cvln(mi: FloatArray, sdi: FloatArray, ni: FloatArray) -> Pair:
    """Log coefficient of variation, bias-corrected for the SD (Nakagawa et al., 2015)."""
    spread, spread_vi = sdln(sdi, ni)
    centre, centre_vi = mnln(mi, sdi, ni)
    return spread - centre, spread_vi + centre_vi


def harmonic_mean(ni: ArrayLike) -> float:
    """Return the harmonic mean of sample sizes.

    Raises
    ------
    InputError
        If a size is not above zero, or there is none.

    Examples
    --------
    >>> round(harmonic_mean([10, 40]), 6)
    16.0
    """
    columns, _ = aligned({"ni": ni})
    require("harmonic mean", columns, above(0, "ni"))
    sizes = columns["ni"][np.isfinite(columns["ni"])]
    if not sizes.size:
        raise InputError("harmonic mean: ni holds no sample size; give at least one.")
    return float(sizes.size / (1 / sizes).sum())


def pft_back(yi: ArrayLike, *, ni: ArrayLike) -> float | FloatArray:
    """Read a Freeman-Tukey transformed proportion back as a proportion.

    Parameters
    ----------
    yi : float or array_like
        On the double arcsine scale of measure "PFT": estimates or ends of an interval.
    ni : float or array_like
        One sample size, or those of all pooled studies, whose harmonic mean is then used.

    Returns
    -------
    float or ndarray
        Proportions between 0 and 1, in the shape of `yi`.

    Raises
    ------
    InputError
        If a sample size is not above zero.

    Warns
    -----
    ScaleWarning
        If the smallest and the largest of `ni` would give proportions more than 0.01 apart. The
        way back depends on n, which a pooled estimate does not have; the answer can then be
        misleading (Schwarzer et al., 2019). A GLMM or "PLO" has no such problem.

    Notes
    -----
    Miller (1978), equation for the inverse; harmonic mean as Miller proposed.

    Examples
    --------
    >>> yi, vi = pft(np.array([3.0]), np.array([20.0]))
    >>> round(pft_back(float(yi[0]), ni=20), 6)
    0.15
    """
    columns, _ = aligned({"yi": yi})
    size = harmonic_mean(ni)
    back = _miller(columns["yi"], size)
    extremes = [_miller(columns["yi"], float(end)) for end in (np.nanmin(ni), np.nanmax(ni))]
    if np.nanmax(np.abs(extremes[0] - extremes[1]), initial=0) > _UNSAFE_SPREAD:
        worst = int(np.nanargmax(np.abs(extremes[0] - extremes[1])))
        warnings.warn(
            f"The proportion read back from PFT={columns['yi'][worst]:.4g} depends on the sample size:"
            f" {extremes[0][worst]:.3f} at n={np.nanmin(ni):g}, {extremes[1][worst]:.3f} at"
            f" n={np.nanmax(ni):g}; the harmonic mean {size:.4g} is used. Prefer a GLMM or measure 'PLO'.",
            ScaleWarning,
            stacklevel=2,
        )
    return one_or_many(back, yi)


def _miller(yi: FloatArray, n: float) -> FloatArray:
    lowest, highest = (float(pft(np.array(x), np.array(n))[0]) for x in (0.0, n))
    inside = np.clip(yi, lowest, highest)
    sine = np.sin(2 * inside)
    root = np.sqrt(np.clip(1 - (sine + (sine - 1 / sine) / n) ** 2, 0, None))
    proportion = (1 - np.sign(np.cos(2 * inside)) * root) / 2
    return np.where(yi <= lowest, 0.0, np.where(yi >= highest, 1.0, proportion))


_PROPORTIONS = (
    ("PR", "Proportion", "identity", pr, "Binomial variance", corrected),
    ("PLN", "Log proportion", "log", pln, "Katz et al. (1978)", corrected),
    ("PLO", "Log odds", "logit", plo, "Woolf (1955)", corrected),
    ("PAS", "Arcsine proportion", "arcsine", pas, "Anscombe (1948)", None),
    ("PFT", "Double arcsine proportion", "arcsine", pft, "Freeman and Tukey (1950)", None),
)
_MEANS = (
    ("MN", "Mean", "identity", MEAN_COLUMNS, mn, "Variance of a mean", ()),
    ("SMN", "Standardised mean", "identity", MEAN_COLUMNS, smn, "Hedges (1981)", SOME_SPREAD),
    ("MNLN", "Log mean", "log", MEAN_COLUMNS, mnln, "Hedges et al. (1999)", POSITIVE_MEAN),
    (
        "CVLN",
        "Log coefficient of variation",
        "log",
        MEAN_COLUMNS,
        cvln,
        "Nakagawa et al. (2015)",
        (*SOME_SPREAD, *POSITIVE_MEAN),
    ),
    ("SDLN", "Log standard deviation", "log", SPREAD_COLUMNS, sdln, "Nakagawa et al. (2015)", SOME_SPREAD),
)

MEASURES = (
    *(
        Measure(code, name, scale, COUNT_COLUMNS, function, source, COUNT_NEEDS, correct=correct)
        for code, name, scale, function, source, correct in _PROPORTIONS
    ),
    *(
        Measure(code, name, scale, columns, function, source, (*SPREAD_NEEDS, *needs))
        for code, name, scale, columns, function, source, needs in _MEANS
    ),
)
