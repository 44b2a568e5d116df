"""Read a network from a table of contrasts or of arms, and refuse what cannot be right."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, floats, nearest, option
from evidence.effects.measures import MEASURES
from evidence.errors import InputError
from evidence.synthesis.float_range import LARGEST
from evidence.synthesis.network_arms import arm_pairs
from evidence.synthesis.network_pairs import IntArray, Pairs, alphabetical, codes, names

CONTRAST_COLUMNS = ("study", "t1", "t2", "te", "se")
GENERIC = "GEN"
WIDEST = 1e6

Table = pd.DataFrame | Mapping[str, Any]


def read_network(what: str, contrasts: Table, measure: str | None) -> Pairs:
    """Read every pair of arms of every study.

    Parameters
    ----------
    what : str
        Name of the function, for errors.
    contrasts : DataFrame or mapping of columns
        Contrast rows (`study`, `t1`, `t2`, `te`, `se`; `n1` and `n2` where known) or arm rows (`study`,
        `treatment`, and what `arm_pairs` takes).
    measure : str or None

    Raises
    ------
    InputError
        Naming the study, the column and the value.
    OptionError
        If there is no such measure.
    """
    table = as_table(what, contrasts)
    if {"t1", "t2"} & set(table.columns) or "treatment" not in table.columns:
        pairs = _contrast_pairs(what, table, measure)
    else:
        pairs = arm_pairs(what, table, measure)
    _check_range(what, pairs)
    return pairs


def as_table(what: str, contrasts: Table) -> pd.DataFrame:
    """Return the table, or a table made of the columns of a mapping."""
    if not isinstance(contrasts, (pd.DataFrame, Mapping)):
        raise InputError(
            f"{what} takes a DataFrame (or a mapping of columns), not {type(contrasts).__name__}."
            f" Columns: {', '.join(CONTRAST_COLUMNS)}; or one row an arm: study, treatment and its numbers."
        )
    try:
        table = pd.DataFrame(contrasts).reset_index(drop=True)
    except ValueError as error:
        raise InputError(f"{what}: the columns do not make a table: {error}.") from error
    if not len(table):
        raise InputError(f"{what} was given no row; a network needs one study of two treatments or more.")
    return table


def _contrast_pairs(what: str, table: pd.DataFrame, measure: str | None) -> Pairs:
    missing = [name for name in CONTRAST_COLUMNS if name not in table.columns]
    if missing:
        others = [str(name) for name in table.columns if name not in CONTRAST_COLUMNS]
        raise InputError(
            f"{what}: the table has no column {missing[0]!r}; contrast rows need"
            f" {', '.join(CONTRAST_COLUMNS)}, arm rows study and treatment.{nearest(missing[0], others)}"
        )
    measure = GENERIC if measure is None else option("measure", measure, (GENERIC, *MEASURES))
    study = names("study", table["study"])
    t1, t2 = (names(column, table[column], study) for column in ("t1", "t2"))
    te, se = (floats(column, table[column]) for column in ("te", "se"))
    _check_rows(study, t1, t2, te, se)
    treatments = alphabetical([*t1, *t2])
    studies = tuple(dict.fromkeys(study))
    first, second, code = codes(t1, treatments), codes(t2, treatments), codes(study, studies)
    people = _people(table, study, code, first, second, len(treatments))
    sign = np.where(first < second, 1.0, -1.0)
    first, second = np.minimum(first, second), np.maximum(first, second)
    order = np.lexsort((second, first, code))
    pairs = Pairs(
        studies,
        treatments,
        code[order],
        first[order],
        second[order],
        (sign * te)[order],
        se[order] ** 2,
        people,
        (),
        measure,
        "identity" if measure == GENERIC else MEASURES[measure].scale,
    )
    _check_studies(pairs)
    return pairs


def _check_rows(study: list[str], t1: list[str], t2: list[str], te: FloatArray, se: FloatArray) -> None:
    for row, (name, one, two) in enumerate(zip(study, t1, t2, strict=True)):
        if one == two:
            raise InputError(
                f"Study {name!r} (row {row}) compares {one!r} with itself; t1 and t2 must differ."
            )
    bad = np.flatnonzero(~np.isfinite(te))
    if bad.size:
        row = bad[0]
        raise InputError(
            f"Study {study[row]!r} has te={te[row]:g} for {t1[row]} against {t2[row]} (row {row});"
            " complete it or leave the study out."
        )
    bad = np.flatnonzero(~(np.isfinite(se) & (se > 0)))
    if bad.size:
        row = bad[0]
        raise InputError(
            f"Study {study[row]!r} has se={se[row]:g} for {t1[row]} against {t2[row]} (row {row});"
            " a standard error is finite and above 0."
        )
    far = np.flatnonzero((np.abs(te) > LARGEST) | (se > LARGEST) | (se < 1 / LARGEST))
    if far.size:
        row = far[0]
        raise InputError(
            f"Study {study[row]!r} has te={te[row]:g} with se={se[row]:g} (row {row}), of which one is beyond"
            f" {LARGEST:g} or below {1 / LARGEST:g}; measure in other units."
        )


def _check_studies(pairs: Pairs) -> None:
    """Every study gives each pair of its arms once."""
    same = (np.diff(pairs.study) == 0) & (np.diff(pairs.first) == 0) & (np.diff(pairs.second) == 0)
    if same.any():
        row = int(np.flatnonzero(same)[0])
        one, two = pairs.treatments[pairs.first[row]], pairs.treatments[pairs.second[row]]
        raise InputError(
            f"Study {pairs.studies[pairs.study[row]]!r} has {one} against {two} more than once;"
            " give each contrast once, and different studies different names."
        )
    count = np.bincount(pairs.study)
    starts = np.append(0, np.cumsum(count))
    for code in np.flatnonzero(count > 1):
        rows = slice(starts[code], starts[code + 1])
        given = set(zip(pairs.first[rows].tolist(), pairs.second[rows].tolist(), strict=True))
        arms = sorted({arm for pair in given for arm in pair})
        lacking = [pair for pair in combinations(arms, 2) if pair not in given]
        if lacking:
            one, two = (pairs.treatments[arm] for arm in lacking[0])
            raise InputError(
                f"Study {pairs.studies[code]!r} has {len(arms)} arms but no contrast of {one} and {two}"
                f" ({len(lacking)} missing of {len(arms) * (len(arms) - 1) // 2}); a multi-arm study needs"
                " every pairwise contrast, since their standard errors tell how they are correlated. Or give"
                " arm rows."
            )


def _people(
    table: pd.DataFrame, study: list[str], code: IntArray, first: IntArray, second: IntArray, n: int
) -> FloatArray:
    """People on each treatment from columns n1 and n2, each arm counted once."""
    if not {"n1", "n2"} <= set(table.columns):
        return np.full(n, np.nan)
    sizes = np.concatenate([floats("n1", table["n1"]), floats("n2", table["n2"])])
    arms = np.concatenate([code, code]) * n + np.concatenate([first, second])
    for row in np.flatnonzero(sizes < 0):
        raise InputError(f"Study {study[row % len(study)]!r} has {sizes[row]:g} people in an arm.")
    once = np.unique(arms, return_index=True)[1]
    return np.bincount(arms[once] % n, sizes[once], minlength=n)


def _check_range(what: str, pairs: Pairs) -> None:
    root = np.sqrt(pairs.v)
    largest, least = int(root.argmax()), int(root.argmin())
    if root[largest] > WIDEST * root[least]:
        low, high = (pairs.studies[pairs.study[row]] for row in (least, largest))
        raise InputError(
            f"{what}: the standard error of study {low!r} ({root[least]:.3g}) and that of study {high!r}"
            f" ({root[largest]:.3g}) are more than {WIDEST:g} times apart; one of them cannot be right."
        )
