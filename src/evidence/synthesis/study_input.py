"""Read the studies of a synthesis from a table of effects or from two arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, vector
from evidence.effects.effects import Effects
from evidence.errors import InputError, TooFewStudiesError

LARGEST = 1e100


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """Rows that enter a synthesis: estimates, variances, labels, and the table they came from (or None)."""

    y: FloatArray
    v: FloatArray
    labels: list[str]
    table: pd.DataFrame | None
    measure: str
    scale: str


def studies(
    what: str,
    effects: Effects | pd.DataFrame | None,
    yi: ArrayLike | None,
    vi: ArrayLike | None,
    *,
    least: int,
    instead: str,
) -> Studies:
    """Read what a function of this package was given.

    Parameters
    ----------
    what : str
        Name of the function, for errors.
    effects : Effects or DataFrame or None
        Rows with `included` False are left out.
    yi, vi : array, shape (k,), or None
        In place of `effects`.
    least : int
        Number of rows that the model needs.
    instead : str
        What to do with fewer, for the error.

    Raises
    ------
    InputError
        If both or neither are given, values are missing, or a variance is not finite and above 0.
    TooFewStudiesError
        If fewer than `least` rows are left.

    Examples
    --------
    >>> studies("bayes", None, [0.1, 0.4], [0.2, 0.1], least=2, instead="").labels
    ['Study 1', 'Study 2']
    """
    if effects is not None:
        if yi is not None or vi is not None:
            raise InputError(f"{what} takes effects or yi and vi, not both.")
        found = _from_table(what, effects)
    elif yi is None or vi is None:
        raise InputError(f"{what} needs effects, or both yi and vi.")
    else:
        y = vector("yi", yi)
        v = vector("vi", vi, size=y.size)
        found = Studies(y, v, [f"Study {i + 1}" for i in range(y.size)], None, "GEN", "identity")
    bad = np.flatnonzero(~(np.isfinite(found.v) & (found.v > 0)))
    if bad.size:
        raise InputError(
            f"{found.labels[bad[0]]} has vi={found.v[bad[0]]:g} (position {bad[0]});"
            " a sampling variance must be finite and above 0."
        )
    if max(np.abs(found.y).max(initial=0.0), found.v.max(initial=0.0)) > LARGEST:
        raise InputError(f"{what}: an estimate or a variance is beyond {LARGEST:g}; measure in larger units.")
    if found.y.size < least:
        raise TooFewStudiesError(f"{what} needs {least} or more rows, not {found.y.size}. {instead}")
    return found


def _from_table(what: str, effects: Effects | pd.DataFrame) -> Studies:
    if isinstance(effects, pd.DataFrame):
        effects = Effects(effects)
    if not isinstance(effects, Effects):
        raise InputError(f"{what}: effects must be Effects or a DataFrame, not {type(effects).__name__}.")
    rows = effects.included
    return Studies(
        rows["yi"].to_numpy(),
        rows["vi"].to_numpy(),
        rows["label"].astype(str).tolist(),
        rows,
        effects.measure,
        effects.scale,
    )
