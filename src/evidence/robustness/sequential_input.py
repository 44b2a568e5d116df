"""What a sequential analysis is told beside the estimates: the difference to be found, and people."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray, option, real, vector
from evidence.errors import InputError, OptionError
from evidence.synthesis.pool import pool
from evidence.synthesis.study_input import Studies

LowBias = str | Sequence[bool] | ArrayLike | None

_NO_DELTA = (
    "sequential needs delta, the smallest difference worth finding on the scale of yi (a ratio: its"
    " logarithm), with the sign of benefit. It should come from outside these studies; delta='pooled' takes"
    " their own pooled estimate, delta='low_bias' that of the studies in low_bias=."
)


def difference(
    given: Studies, delta: float | str | None, low_bias: LowBias, method: str, test: str
) -> tuple[float, str]:
    """The difference to be found, and where it comes from."""
    if delta is None:
        raise InputError(_NO_DELTA)
    if low_bias is not None and delta != "low_bias":
        raise OptionError(f"low_bias= is for delta='low_bias', not delta={delta!r}.")
    if isinstance(delta, Real) and not isinstance(delta, bool):
        return real("delta", delta, like="a difference other than 0 on the scale of yi"), "given"
    option("delta", delta, ("pooled", "low_bias"))
    chosen = np.ones(given.y.size, dtype=bool)
    if delta == "low_bias":
        chosen = _chosen(given, low_bias)
    fit = pool(yi=given.y[chosen], vi=given.v[chosen], method=method, test=test)
    return fit.estimate, str(delta)


def _chosen(given: Studies, low_bias: LowBias) -> NDArray[np.bool_]:
    if low_bias is None:
        raise InputError("delta='low_bias' needs low_bias=, the studies at low risk of bias.")
    if isinstance(low_bias, str):
        columns = () if given.table is None else given.table.columns
        low_bias = given.table[option("low_bias", low_bias, columns)]
    values = np.asarray(low_bias)
    if values.shape != given.y.shape or values.dtype != bool:
        raise InputError(f"low_bias must hold True or False for each of the {given.y.size} studies.")
    if not values.any():
        raise InputError("low_bias names no study, so that delta cannot be had from it.")
    return values


def people_of(given: Studies, ni: ArrayLike | None, unit: str) -> FloatArray:
    """People of each study, NaN where they are not known."""
    if ni is None:
        people = np.full(given.y.size, np.nan)
        if given.table is not None:
            people = pd.to_numeric(given.table["n"], errors="coerce").to_numpy(dtype=float)
    elif given.table is not None:
        raise InputError("ni goes with yi and vi; effects hold people in their column n.")
    else:
        people = vector("ni", ni, size=given.y.size)
        if not (people > 0).all():
            raise InputError(f"ni holds {people.min():g}; a study needs at least one person.")
    unknown = np.flatnonzero(~(people > 0))
    if unit == "people" and unknown.size:
        raise InputError(
            f"unit='people' needs the people of every study; {given.labels[unknown[0]]} has none."
        )
    return np.where(people > 0, people, np.nan)
