"""Every effect measure by its code, and `escalc`, which computes one from a table's columns."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, nearest, not_negative, option
from evidence.effects import binary, continuity, continuous, matched, paired, single
from evidence.effects.checks import aligned, require, study
from evidence.effects.measure import Measure
from evidence.errors import OptionError, ScaleWarning

DEFAULT_ADD = 0.5
DEFAULT_TO = "only0"
IMPLAUSIBLE_SMD = 3.0

MEASURES: dict[str, Measure] = {
    measure.code: measure
    for family in (continuous, paired, binary, matched, single)
    for measure in family.MEASURES
}


def escalc(
    measure: str, *, vtype: str = "LS", add: float = DEFAULT_ADD, to: str = DEFAULT_TO, **columns: ArrayLike
) -> pd.DataFrame:
    """Compute one effect size and its sampling variance a study.

    Parameters
    ----------
    measure : str
        A code of `MEASURES`. Two groups, continuous (`m1i sd1i n1i m2i sd2i n2i`): MD, SMD, SMDH, SMD1,
        ROM, CVR; VR takes `sd1i n1i sd2i n2i`. Paired (`m1i sd1i m2i sd2i ni ri`): MC, SMCC, SMCR, SMCRH,
        SMCRPH, ROMC. Two groups, events and totals (`ai n1i ci n2i`): OR, RR, RD, AS, PETO, PHI, YUQ,
        OR2DN, OR2DL. Matched pairs (`ai bi ci di`): MPRR, MPOR, MPRD, MPORC, MPPETO. One group (`xi ni`):
        PR, PLN, PLO, PAS, PFT; (`mi sdi ni`): MN, SMN, MNLN, CVLN; SDLN takes `sdi ni`.
    vtype : str
        Kind of sampling variance. "LS", the large-sample one, for all; MD has "HO" (one variance for
        both groups); SMD has "LS2" (Borenstein, 2009), "UB" (unbiased), "AV" (mean g) and "H0"
        (no difference).
    add : float
        Continuity correction for measures of counts (AS, PHI, PAS and PFT need none).
    to : {"only0", "all", "if0all", "none"}
        Where `add` goes: to every cell of tables with a zero cell; of all tables; of all tables if
        one has a zero cell; nowhere.
    **columns : array_like, shape (k,)
        The columns above, by name. A scalar stands for every study.

    Returns
    -------
    DataFrame
        Columns `yi` and `vi` on the measure's scale (ratios: natural log), one row a study, with the
        index of the Series given. A study with a gap in its numbers, or for which the measure does
        not exist (log of zero events without correction; too few people for the small-sample
        correction), has NaN in both. A gap that the formula does not meet (`sd2i` in SMCR, `sd1i` in
        SMD1, `ai` and `di` in MPORC and MPPETO, `di` in MPRR) costs nothing.

    Raises
    ------
    OptionError
        If measure, vtype, `to` or a column is unknown, a column is missing or not the measure's, or
        `add` or `to` is set where it cannot change the number.
    InputError
        If numbers cannot be right: n < 2 for an SD, a negative SD or count, an SD of zero that divides,
        events above the total, r outside -1 to 1, means of zero or less in a ratio. The study is named.

    Warns
    -----
    ScaleWarning
        If a standardised mean difference lies beyond 3: a standard error may stand where the SD should.

    Notes
    -----
    Codes, columns and defaults are those of Viechtbauer's metafor (2010), but counts are events and
    totals. Each measure's formula is documented at its function (`MEASURES[code].function`).

    Examples
    --------
    >>> escalc("OR", ai=[12, 0], n1i=[20, 15], ci=[6, 2], n2i=[20, 15]).round(3)
          yi     vi
    0  1.253  0.446
    1 -1.748  2.539
    """
    chosen = MEASURES[option("measure", measure, MEASURES)]
    _check_options(chosen, vtype, add, to)
    _check_names(chosen, columns)
    table, index = aligned({name: columns[name] for name in chosen.columns})
    require(chosen.code, table, chosen.needs, index)
    with np.errstate(all="ignore"):
        if chosen.correct is not None:
            table = chosen.correct(table, add, to)
        choice = {"vtype": vtype} if len(chosen.vtypes) > 1 else {}
        yi, vi = chosen.function(*(table[name] for name in chosen.columns), **choice)
    known = np.isfinite(yi) & np.isfinite(vi)
    effects = pd.DataFrame(
        {"yi": np.where(known, yi, np.nan), "vi": np.where(known, vi, np.nan)}, index=index
    )
    if chosen.standardised:
        _warn_of_large_smd(chosen, effects["yi"].to_numpy(), index)
    return effects


def _check_options(measure: Measure, vtype: str, add: float, to: str) -> None:
    if not isinstance(vtype, str) or vtype not in measure.vtypes:
        raise OptionError(
            f"vtype={vtype!r} does not exist for measure {measure.code!r}, which has"
            f" {', '.join(map(repr, measure.vtypes))}.{nearest(str(vtype), measure.vtypes)}"
        )
    option("to", to, continuity.RULES)
    not_negative("add", add)
    if measure.correct is None and (add != DEFAULT_ADD or to != DEFAULT_TO):
        raise OptionError(
            f"Measure {measure.code!r} takes no continuity correction; leave out add={add!r} and to={to!r}."
        )
    if to == "none" and add != DEFAULT_ADD:
        raise OptionError(f"add={add!r} has no effect with to='none'; leave one of them out.")


def _check_names(measure: Measure, columns: dict[str, ArrayLike]) -> None:
    needed = ", ".join(measure.columns)
    for name in columns:
        if name not in measure.columns:
            open_names = [column for column in measure.columns if column not in columns]
            raise OptionError(
                f"Measure {measure.code!r} takes no column {name!r}; it takes {needed}."
                f"{nearest(name, open_names or measure.columns)}"
            )
    missing = [name for name in measure.columns if name not in columns]
    if missing:
        raise OptionError(f"Measure {measure.code!r} lacks {', '.join(missing)}; it takes {needed}.")


def _warn_of_large_smd(measure: Measure, yi: FloatArray, index: pd.Index | None) -> None:
    large = np.flatnonzero(np.abs(yi) > IMPLAUSIBLE_SMD)
    if large.size:
        rows = "; ".join(f"{yi[position]:.2f} in {study(int(position), index)}" for position in large)
        warnings.warn(
            f"{measure.code} beyond {IMPLAUSIBLE_SMD:g} standard deviations: {rows}."
            " Check that its SD is not a standard error.",
            ScaleWarning,
            stacklevel=3,
        )
