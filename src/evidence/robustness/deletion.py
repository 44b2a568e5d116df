"""Which rows leave a synthesis together, and the model that is fitted again without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import OptionError, TooFewStudiesError
from evidence.synthesis.many import MANY_TESTS, Many, pool_many
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import studies
from evidence.synthesis.tau2 import METHODS

BY = ("study", "row")

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Fit:
    """One pooled mean: the fields of `evidence.synthesis.many.Many`, each a number."""

    estimate: float
    se: float
    statistic: float
    df: float
    p: float
    ci_low: float
    ci_high: float
    tau2: float
    i2: float
    q: float
    k: float


def fit_at(fits: Many, row: int) -> Fit:
    """Return one meta-analysis of many."""
    return Fit(*(float(getattr(fits, name)[row]) for name in Fit.__dataclass_fields__))


def fits_from(fits: Many, first: int) -> Many:
    """Return the meta-analyses from row `first` on."""
    return Many(*(getattr(fits, name)[first:] for name in Many.__dataclass_fields__))


@dataclass(frozen=True, slots=True, eq=False)
class Nested:
    """Rows of a synthesis with the units that are left out, or added, as a whole.

    Attributes
    ----------
    y, v : array, shape (k,)
        Estimates and sampling variances.
    unit : array of int, shape (k,)
        Unit of each row, counted from 0 in the order of the rows.
    labels : tuple of str
        One a unit.
    by : str
        "row" or "study".
    source : Effects
        What was given.
    method, test, level : str or float
        The model.
    """

    y: FloatArray
    v: FloatArray
    unit: IntArray
    labels: tuple[str, ...]
    by: str
    source: Effects
    method: str
    test: str
    level: float

    @property
    def repeated(self) -> bool:
        """True if a study has several rows."""
        return bool(self.source.included["study_id"].astype(str).duplicated().any())

    @property
    def size(self) -> int:
        """Number of units."""
        return len(self.labels)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum the rows of each unit: shape (k,) to (g,)."""
        return np.bincount(self.unit, weights=values, minlength=self.size)

    def kept(self) -> FloatArray:
        """Masks of shape (g, k): each drops the rows of one unit."""
        return (self.unit != np.arange(self.size)[:, None]).astype(float)

    def pooled(self, mask: FloatArray, *, method: str | None = None) -> Many:
        """Fit the model to the rows that each mask keeps, in one call; another method goes with test "z"."""
        test = self.test if method is None else "z"
        return pool_many(
            self.y, self.v, mask, method=method or self.method, test=test, level=self.level
        )  # fmt: skip


def nested(
    what: str,
    effects: Effects | pd.DataFrame | Pooled | None,
    yi: ArrayLike | None,
    vi: ArrayLike | None,
    *,
    by: str,
    method: str | None,
    test: str | None,
    level: float | None,
    least: int,
    instead: str,
    tests: tuple[str, ...] = MANY_TESTS,
) -> Nested:
    """Read what a function was given, and settle the model and the units.

    Parameters
    ----------
    what : str
        Name of the function, for errors.
    effects, yi, vi
        A table, a pooled result, or two arrays; see `evidence.synthesis.pool.pool`.
    by : {"study", "row"}
        Rows that share their `study_id` together, or each on its own.
    method, test, level
        None takes that of a pooled result, else "REML", "adhoc" and 0.95.
    least : int
        Number of units that are needed.
    instead : str
        What to do with fewer, for the error.
    tests : tuple of str
        Those that the function knows.

    Raises
    ------
    OptionError
        If an option does not exist, or a pooled result was had by one that cannot be fitted again here.
    TooFewStudiesError
        If there are fewer than `least` units.
    InputError
        If values are missing, or a variance is not above 0.

    Examples
    --------
    >>> table = pd.DataFrame({"study_id": ["a", "a", "b"], "yi": [1, 2, 3], "vi": [1, 1, 1]})
    >>> found = nested("leave_one_out", table, None, None, by="study", method=None, test=None,
    ...                level=None, least=2, instead="")
    >>> found.labels, found.unit
    (('a', 'Study 3'), array([0, 0, 1]))
    """
    option("by", by, BY)
    given = effects if isinstance(effects, Pooled) else None
    if given is not None:
        effects = given.effects
    method, test, level = _model(given, method, test, level, tests)
    rows = studies(what, effects, yi, vi, least=0, instead=instead)
    if rows.table is None:
        source = Effects(pd.DataFrame({"label": rows.labels, "yi": rows.y, "vi": rows.v}))
    else:
        source = effects if isinstance(effects, Effects) else Effects(effects)
    included = source.included
    ids = included["study_id"].astype(str)
    keys = ids if by == "study" else pd.Series(np.arange(len(ids)))
    unit, names = pd.factorize(keys)
    labels = _labels(included["label"].astype(str), unit, names)
    if len(labels) < least:
        noun = "rows" if by == "row" else "studies"
        raise TooFewStudiesError(f"{what} needs {least} or more {noun}, not {len(labels)}. {instead}")
    return Nested(rows.y, rows.v, unit, labels, by, source, method, test, level)


def _labels(labels: pd.Series, unit: IntArray, names: ArrayLike) -> tuple[str, ...]:
    """Name the units: by their label, or by their study_id where rows of one are labelled differently."""
    found = labels.groupby(unit).agg(["first", "nunique"])
    alike = zip(found["first"], found["nunique"], names, strict=True)
    return tuple(label if kinds == 1 else str(name) for label, kinds, name in alike)


def _model(
    given: Pooled | None, method: str | None, test: str | None, level: float | None, tests: tuple[str, ...]
) -> tuple[str, str, float]:
    """Take what was asked for, else what the pooled result was had by, else the defaults of `pool`."""
    held = {"method": "REML", "test": "adhoc", "level": 0.95}
    if given is not None and given.k > 1:
        held = {name: getattr(given, name) for name in held}
    method, test = (held[n] if v is None else v for n, v in (("method", method), ("test", test)))
    option("method", method, METHODS)
    option("test", test, tests)
    if test == "KR" and method != "REML":
        raise OptionError(f"test='KR' is made for method='REML', not method={method!r}.")
    return method, test, checked_level(held["level"] if level is None else level)
