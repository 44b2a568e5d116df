"""Matched pairs with a yes or no outcome: MPRR, MPOR, MPRD, MPORC, MPPETO.

`ai` pairs had the event under both treatments, `bi` only under the first, `ci` only under the second,
`di` under neither. Each kernel returns yi and vi.
"""

from __future__ import annotations

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.checks import Columns, Need, not_negative
from evidence.effects.continuity import continuity_correction
from evidence.effects.measure import Measure

Pair = tuple[FloatArray, FloatArray]

COLUMNS = ("ai", "bi", "ci", "di")

NEEDS = (
    *not_negative(*COLUMNS),
    Need(COLUMNS, lambda ai, bi, ci, di: ai + bi + ci + di > 0, "a study needs at least one pair"),
)


def corrected(columns: Columns, add: float, to: str) -> Columns:
    """Add to all four cells.

    Examples
    --------
    >>> table = {name: np.array([x]) for name, x in zip(COLUMNS, (4.0, 0.0, 2.0, 9.0))}
    >>> {name: float(x[0]) for name, x in corrected(table, 0.5, "only0").items()}
    {'ai': 4.5, 'bi': 0.5, 'ci': 2.5, 'di': 9.5}
    """
    extra = continuity_correction([columns[name] for name in COLUMNS], add, to)
    return {name: columns[name] + extra for name in COLUMNS}


def log_rr_marginal(ai: FloatArray, bi: FloatArray, ci: FloatArray, _di: FloatArray) -> Pair:
    """Log ratio of the marginal risks (Zou, 2007)."""
    first, second = ai + bi, ai + ci
    return np.log(first / second), (bi + ci) / (first * second)


def log_or_marginal(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Pair:
    """Log ratio of the marginal odds (Zou, 2007); variance by the delta method from the four counts."""
    yes1, no1, yes2, no2 = ai + bi, ci + di, ai + ci, bi + di
    variance = (
        ai * (1 / yes1 - 1 / yes2) ** 2
        + bi * (1 / yes1 + 1 / no2) ** 2
        + ci * (1 / yes2 + 1 / no1) ** 2
        + di * (1 / no2 - 1 / no1) ** 2
    )
    return np.log(yes1 / no1) - np.log(yes2 / no2), variance


def rd_marginal(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Pair:
    """Difference of the marginal risks (Newcombe, 1998; Zou, 2007)."""
    pairs = ai + bi + ci + di
    difference = (bi - ci) / pairs
    return difference, ((bi + ci) / pairs - difference**2) / pairs


def log_or_conditional(_ai: FloatArray, bi: FloatArray, ci: FloatArray, _di: FloatArray) -> Pair:
    """Log odds ratio within pairs, from the discordant ones (McNemar, 1947; Elbourne et al., 2002)."""
    return np.log(bi / ci), 1 / bi + 1 / ci


def peto_conditional(_ai: FloatArray, bi: FloatArray, ci: FloatArray, _di: FloatArray) -> Pair:
    """Peto's log odds ratio within pairs: O - E = (b - c)/2, V = (b + c)/4 (Curtin et al., 2002)."""
    return 2 * (bi - ci) / (bi + ci), 4 / (bi + ci)


_ROWS = (
    ("MPRR", "Log risk ratio (matched pairs)", "log", log_rr_marginal, "Zou (2007)"),
    ("MPOR", "Log odds ratio (matched pairs, marginal)", "log", log_or_marginal, "Zou (2007)"),
    ("MPRD", "Risk difference (matched pairs)", "identity", rd_marginal, "Newcombe (1998)"),
    ("MPORC", "Log odds ratio (matched pairs)", "log", log_or_conditional, "Elbourne et al. (2002)"),
    ("MPPETO", "Log odds ratio (matched pairs, Peto)", "log", peto_conditional, "Curtin et al. (2002)"),
)

MEASURES = tuple(
    Measure(code, name, scale, COLUMNS, function, source, NEEDS, correct=corrected)
    for code, name, scale, function, source in _ROWS
)
