"""What tests of small-study effects are given, and when they are refused: few studies, or all of one size."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option, vector
from evidence.effects.effects import Effects
from evidence.errors import InputError, SmallStudyWarning, TooFewStudiesError
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies, studies

LEAST = 10  # studies: Sterne et al. 2011, BMJ 343:d4002; Cochrane Handbook 13.3.5.4
_GROUPS = (("n1i", "n2i"), ("n_1", "n_2"), ("total_1", "total_2"))  # where tables hold the size of each group
_FEWEST = 3  # a line through two points leaves nothing to judge it by
_ALIKE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Studies of one test: what was read, whether fewer than ten were forced through, and the notes on it."""

    studies: Studies
    forced: bool
    notes: tuple[str, ...]

    @property
    def y(self) -> FloatArray:
        """Estimates, shape (k,)."""
        return self.studies.y

    @property
    def v(self) -> FloatArray:
        """Sampling variances, shape (k,)."""
        return self.studies.v

    @property
    def k(self) -> int:
        """Number of studies."""
        return self.studies.y.size


def given(
    what: str,
    effects: Effects | pd.DataFrame | Pooled | None,
    yi: ArrayLike | None,
    vi: ArrayLike | None,
    *,
    force: bool,
    stacklevel: int = 3,
) -> Given:
    """Read the studies of a test and refuse fewer than ten, unless forced.

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies, or fewer than three even if forced.
    InputError
        As `evidence.synthesis.study_input.studies`.

    Warns
    -----
    SmallStudyWarning
        With fewer than ten studies, if forced.
    """
    option("force", force, (True, False))
    if isinstance(effects, Pooled):
        effects = effects.effects
    read = studies(what, effects, yi, vi, least=_FEWEST, instead="Fewer cannot show asymmetry.")
    forced, notes = enough(what, read.y.size, force=force, stacklevel=stacklevel + 1)
    return Given(read, forced, notes)


def enough(what: str, k: int, *, force: bool, stacklevel: int = 3) -> tuple[bool, tuple[str, ...]]:
    """Refuse fewer than ten studies; if forced, warn and return the note that marks the result."""
    if k >= LEAST:
        return False, ()
    said = (
        f"{k} studies, fewer than {LEAST}: too few to tell small-study effects from chance"
        " (Sterne et al. 2011, BMJ 343:d4002; Cochrane Handbook 13.3.5.4)"
    )
    if not force:
        raise TooFewStudiesError(
            f"{what} has {said}. Judge missing results by what was registered and not reported;"
            " force=True computes it all the same and marks the result."
        )
    warnings.warn(f"{what}: {said}; computed because force=True.", SmallStudyWarning, stacklevel=stacklevel)
    return True, (said,)


def varied(what: str, name: str, values: FloatArray) -> FloatArray:
    """Return what measures the size of studies, if it differs between them.

    Raises
    ------
    InputError
        If it does not: small studies cannot differ from large ones where all are of one size.
    """
    low, high = float(values.min()), float(values.max())
    if not high - low > _ALIKE * max(abs(low), abs(high)):
        raise InputError(
            f"{what}: {name} is {low:.4g} in every study. Studies of one size cannot show whether small"
            " ones differ from large ones; there is nothing to test."
        )
    return values


def group_sizes(
    what: str, read: Studies, n1i: ArrayLike | None = None, n2i: ArrayLike | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the number of people in both groups, given or from columns of the table.

    Raises
    ------
    InputError
        If a study has none.
    """
    if (n1i is None) != (n2i is None):
        raise InputError(f"{what} needs both n1i and n2i, or neither.")
    if n1i is not None:
        k = read.y.size
        return _people("n1i", vector("n1i", n1i, size=k), read), _people(
            "n2i", vector("n2i", n2i, size=k), read
        )
    table = pd.DataFrame() if read.table is None else read.table
    for one, two in _GROUPS:
        if {one, two} <= set(table.columns) and not table[[one, two]].isna().any(axis=None):
            return tuple(_people(name, table[name].to_numpy(dtype=float), read) for name in (one, two))
    raise InputError(
        f"{what} needs the people in each group: n1i= and n2i=, or columns n1i and n2i (or n_1 and n_2, or"
        " total_1 and total_2) without gaps."
    )


def total_size(what: str, read: Studies, ni: ArrayLike | None = None) -> FloatArray:
    """Return the number of people of each study, given or from the table.

    Raises
    ------
    InputError
        If a study has none.
    """
    if ni is not None:
        return _people("ni", vector("ni", ni, size=read.y.size), read)
    if read.table is not None and "n" in read.table and not read.table["n"].isna().any():
        return _people("n", read.table["n"].to_numpy(dtype=float), read)
    try:
        one, two = group_sizes(what, read)
    except InputError as error:
        raise InputError(
            f"{what} needs the people of each study: ni=, or a column n without gaps."
        ) from error
    return one + two


def _people(name: str, values: FloatArray, read: Studies) -> FloatArray:
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if bad.size:
        raise InputError(f"{read.labels[bad[0]]} has {name}={values[bad[0]]:g}; a study has people in it.")
    return values


def refused(what: str, because: str, **options: Any) -> None:
    """Refuse options that would change nothing.

    Raises
    ------
    InputError
        Naming the first that was given.
    """
    for name, value in options.items():
        if value is not None:
            raise InputError(f"{what}: {name}={value!r} has no effect {because}; leave it out.")
