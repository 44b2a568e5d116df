"""The looks of a sequential analysis: in which order studies came, and the pooled mean after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from evidence.arguments import FloatArray, nearest
from evidence.errors import InputError, OptionError
from evidence.synthesis.inference import p_value
from evidence.synthesis.many import pool_many

Order = str | Sequence[object] | ArrayLike | None
IntArray = NDArray[np.intp]


GIVEN = "given keys"  # in place of the name of a column


@dataclass(frozen=True, slots=True)
class Arrival:
    """Order of the studies.

    Attributes
    ----------
    order : array of int, shape (k,)
        Positions of the studies, first come first.
    ends : array of int, shape (looks,)
        Number of studies at each look.
    name : str
        What they were ordered by; "" for the order of the table.
    ties : bool
        True if studies of the same key are looks of their own.
    """

    order: IntArray
    ends: IntArray
    name: str
    ties: bool


def arrival(order: Order, table: pd.DataFrame | None, labels: Sequence[str], *, collapse: bool) -> Arrival:
    """Put studies in the order in which they came.

    Parameters
    ----------
    order : str, sequence or None
        A column of the table, or one key a study. None: column "year" where there is one, else as they stand.
    table : DataFrame or None
        Rows in use.
    labels : sequence of str, shape (k,)
    collapse : bool
        Take studies of the same key as one look.

    Raises
    ------
    OptionError
        If the column does not exist, or there is nothing to collapse by.
    InputError
        If keys are missing, cannot be compared, or do not match the studies.

    Examples
    --------
    >>> came = arrival([2004, 2001, 2004], None, ["A", "B", "C"], collapse=True)
    >>> came.order, came.ends
    (array([1, 0, 2]), array([1, 3]))
    """
    k = len(labels)
    if order is None and table is not None and "year" in table:
        order = "year"
    if order is None:
        if collapse:
            raise OptionError("collapse=True needs order=, the keys that studies of one look share.")
        return Arrival(np.arange(k), np.arange(1, k + 1), "", False)
    name, keys = _keys(order, table, k)
    missing = np.flatnonzero(keys.isna())
    if missing.size:
        raise InputError(
            f"order: {labels[missing[0]]} has no {name}; complete it, leave the study out, or give other keys"
            f" as order= (order=range({k}) keeps the table's)."
        )
    try:
        codes = keys.rank(method="dense").to_numpy() if _numeric(keys) else _ranked(keys)
    except TypeError as error:
        raise InputError(f"order: the keys ({name}) cannot be compared with each other: {error}.") from error
    placed = np.argsort(codes, kind="stable")
    last = np.flatnonzero(np.diff(codes[placed], append=np.inf)) + 1
    tied = last.size < k
    return Arrival(placed, last if collapse else np.arange(1, k + 1), name, tied and not collapse)


def _numeric(keys: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(keys)


def _ranked(keys: pd.Series) -> FloatArray:
    places = {key: float(place) for place, key in enumerate(sorted(set(keys)))}
    return np.array([places[key] for key in keys])


def _keys(order: Order, table: pd.DataFrame | None, k: int) -> tuple[str, pd.Series]:
    if isinstance(order, str):
        if table is None:
            raise OptionError(
                f"order={order!r} names a column, but yi and vi have none; give one key a study."
            )
        if order not in table:
            raise OptionError(
                f"order={order!r} is no column of the effects.{nearest(order, map(str, table.columns))}"
            )
        return order, table[order].reset_index(drop=True)
    try:
        listed = order.tolist() if isinstance(order, (np.ndarray, pd.Series)) else list(order)
    except TypeError as error:
        raise InputError(f"order={order!r} must be a column, or one key a study.") from error
    if not isinstance(listed, list) or len(listed) != k:
        raise InputError(f"order must hold one key a study, {k} of them.")
    return GIVEN, pd.Series(listed)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """The pooled mean after each look; every array has shape (looks,). `z` is Z, a normal score."""

    estimate: FloatArray
    se: FloatArray
    df: FloatArray
    z: FloatArray
    tau2: FloatArray


def curve(y: FloatArray, v: FloatArray, ends: IntArray, *, method: str, test: str) -> Curve:
    """Pool the first studies, then more and more, all in one call.

    Parameters
    ----------
    y, v : array, shape (k,)
        In the order in which studies came.
    ends : array of int, shape (looks,)
        Number of studies at each look. A look at one study is that study with its normal test.
    method, test : str
        As of `pool_many`. Where the test is by t, Z is the normal score of its p value.

    Raises
    ------
    InputError
        If a standard error is 0, as that of Hartung and Knapp is where all estimates are equal.

    Examples
    --------
    >>> found = curve(np.array([1.0, 0.5]), np.array([0.25, 0.25]), np.array([1, 2]), method="EE", test="z")
    >>> found.z.round(3)
    array([2.   , 2.121])
    """
    alone = ends == 1
    parts = [np.where(alone, value, 0.0) for value in (y[0], np.sqrt(v[0]), np.inf, 0.0)]
    if not alone.all():
        mask = np.arange(y.size) < ends[~alone, None]
        fits = pool_many(y, v, mask, method=method, test=test)
        for part, values in zip(parts, (fits.estimate, fits.se, fits.df, fits.tau2), strict=True):
            part[~alone] = values
    estimate, se, df, tau2 = parts
    if not (se > 0).all():
        k = int(ends[np.flatnonzero(~(se > 0))[0]])
        raise InputError(f"The standard error of the first {k} studies is 0 by test={test!r}; use test='z'.")
    z = estimate / se
    by_t = np.isfinite(df)
    if by_t.any():
        z[by_t] = [_score(s, free) for s, free in zip(z[by_t].tolist(), df[by_t].tolist(), strict=True)]
    return Curve(estimate, se, df, z, tau2)


def _score(statistic: float, df: float) -> float:
    p = float(p_value(statistic, df))
    size = -float(ndtri(p / 2)) if p > 0 else abs(statistic)
    return float(np.copysign(size, statistic))
