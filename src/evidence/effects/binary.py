"""Two independent groups, events and totals: OR, RR, RD, AS, PETO, PHI, YUQ, OR2DN, OR2DL.

Each kernel takes events and totals (`ai` of `n1i`, `ci` of `n2i`) and returns yi and vi.
"""

from __future__ import annotations

import math

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.checks import Columns, above, at_most, not_negative
from evidence.effects.continuity import continuity_correction
from evidence.effects.measure import Measure

Pair = tuple[FloatArray, FloatArray]

COLUMNS = ("ai", "n1i", "ci", "n2i")

NEEDS = (
    *not_negative("ai", "ci"),
    *above(0, "n1i", "n2i", remedy="a group needs at least one person"),
    *at_most("ai", "n1i"),
    *at_most("ci", "n2i"),
)

COX = 1 / 1.65
LOGISTIC = math.sqrt(3) / math.pi


def corrected(columns: Columns, add: float, to: str) -> Columns:
    """Add to all four cells, so twice to each total.

    Examples
    --------
    >>> table = {name: np.array([x]) for name, x in zip(COLUMNS, (0.0, 10.0, 2.0, 9.0))}
    >>> {name: float(x[0]) for name, x in corrected(table, 0.5, "only0").items()}
    {'ai': 0.5, 'n1i': 11.0, 'ci': 2.5, 'n2i': 10.0}
    """
    ai, n1i, ci, n2i = (columns[name] for name in COLUMNS)
    extra = continuity_correction((ai, n1i - ai, ci, n2i - ci), add, to)
    return {"ai": ai + extra, "n1i": n1i + 2 * extra, "ci": ci + extra, "n2i": n2i + 2 * extra}


def log_or(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Log odds ratio (Woolf, 1955)."""
    bi, di = n1i - ai, n2i - ci
    return np.log(ai / bi) - np.log(ci / di), 1 / ai + 1 / bi + 1 / ci + 1 / di


def log_rr(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Log risk ratio (Katz et al., 1978)."""
    return np.log(ai / n1i) - np.log(ci / n2i), 1 / ai - 1 / n1i + 1 / ci - 1 / n2i


def rd(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Risk difference (Cochrane Handbook 6.4.1.4)."""
    p1, p2 = ai / n1i, ci / n2i
    return p1 - p2, p1 * (1 - p1) / n1i + p2 * (1 - p2) / n2i


def arcsine_difference(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Difference of arcsine square roots of the risks (Rücker et al., 2009); needs no correction."""
    return np.arcsin(np.sqrt(ai / n1i)) - np.arcsin(np.sqrt(ci / n2i)), 1 / (4 * n1i) + 1 / (4 * n2i)


def peto(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Peto's log odds ratio, (O - E) / V with the hypergeometric variance (Yusuf et al., 1985)."""
    total, events = n1i + n2i, ai + ci
    expected = n1i * (events / total)
    variance = expected * (n2i / total) * ((total - events) / (total - 1))
    return (ai - expected) / variance, 1 / variance


def phi(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Phi coefficient, variance for cross-sectional sampling (Yule, 1912; Bishop et al., 1975)."""
    total, events = n1i + n2i, ai + ci
    row, column = n1i / total, events / total
    row_spread, column_spread = row * (1 - row), column * (1 - column)
    r = (ai / n1i - ci / n2i) * np.sqrt(row_spread / column_spread)
    skew = (1 - 2 * row) * (1 - 2 * column) / np.sqrt(row_spread * column_spread)
    margins = (1 - 2 * row) ** 2 / row_spread + (1 - 2 * column) ** 2 / column_spread
    spread = 1 - r**2 + r * (1 + r**2 / 2) * skew - 3 / 4 * r**2 * margins
    # A table without any variation has none, which rounding may turn into less.
    return r, np.maximum(spread, 0.0) / total


def yule_q(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Yule's Q, (OR - 1) / (OR + 1) (Yule, 1912)."""
    yi, vi = log_or(ai, n1i, ci, n2i)
    q = np.tanh(yi / 2)
    return q, (1 - q**2) ** 2 * vi / 4


def or_as_smd_normal(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Log odds ratio over 1.65 as an SMD of normal outcomes (Cox and Snell, 1989)."""
    yi, vi = log_or(ai, n1i, ci, n2i)
    return yi * COX, vi * COX**2


def or_as_smd_logistic(ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray) -> Pair:
    """Log odds ratio times √3/π as an SMD of logistic outcomes (Hasselblad and Hedges, 1995; Chinn, 2000)."""
    yi, vi = log_or(ai, n1i, ci, n2i)
    return yi * LOGISTIC, vi * LOGISTIC**2


_ROWS = (
    ("OR", "Log odds ratio", "log", log_or, "Woolf (1955)", corrected),
    ("RR", "Log risk ratio", "log", log_rr, "Katz et al. (1978)", corrected),
    ("RD", "Risk difference", "identity", rd, "Cochrane Handbook 6.4.1.4", corrected),
    ("AS", "Arcsine risk difference", "identity", arcsine_difference, "Rücker et al. (2009)", None),
    ("PETO", "Log odds ratio (Peto)", "log", peto, "Yusuf et al. (1985)", corrected),
    ("PHI", "Phi coefficient", "identity", phi, "Yule (1912)", None),
    ("YUQ", "Yule's Q", "identity", yule_q, "Yule (1912)", corrected),
    (
        "OR2DN",
        "SMD from an odds ratio (normal)",
        "identity",
        or_as_smd_normal,
        "Cox and Snell (1989)",
        corrected,
    ),
    ("OR2DL", "SMD from an odds ratio (logistic)", "identity", or_as_smd_logistic, "Chinn (2000)", corrected),
)

MEASURES = tuple(
    Measure(code, name, scale, COLUMNS, function, source, NEEDS, correct=correct)
    for code, name, scale, function, source, correct in _ROWS
)
