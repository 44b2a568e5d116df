"""From moderators to a design matrix: an intercept, numbers as they are, contrasts for categories."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, floats, instance, nearest, option
from evidence.errors import InputError, OptionError
from evidence.synthesis.float_range import LARGEST

INTERCEPT = "intercept"
COLLINEAR = 1e-9  # of a column's spread that the columns before it leave unexplained


@dataclass(frozen=True, slots=True)
class Moderator:
    """A study characteristic that may explain why effects differ.

    Attributes
    ----------
    name : str
    levels : tuple of str
        Of a categorical moderator, the reference first; empty for a numeric one.
    low, high : float
        Observed range of a numeric moderator; NaN for a categorical one.
    """

    name: str
    levels: tuple[str, ...]
    low: float
    high: float

    @property
    def numeric(self) -> bool:
        """True if it enters as it is."""
        return not self.levels

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of its coefficients: "year", or "design[single_arm]" against the reference."""
        return (self.name,) if self.numeric else tuple(f"{self.name}[{each}]" for each in self.levels[1:])

    def columns(self, values: Sequence[Any]) -> FloatArray:
        """Return its columns of the design matrix, shape (n, number of terms).

        Raises
        ------
        InputError
            If a value of a numeric moderator is not a finite number.
        OptionError
            If a level of a categorical moderator was not among the studies.
        """
        if self.numeric:
            try:
                array = np.asarray(values, dtype=float)
            except (TypeError, ValueError) as error:
                raise InputError(f"Moderator {self.name!r} must hold numbers: {error}.") from error
            if not np.isfinite(array).all():
                raise InputError(f"Moderator {self.name!r} must hold finite numbers, not {list(values)!r}.")
            return array[:, None]
        text = [option(self.name, str(value), self.levels) for value in values]
        return np.array([[float(value == each) for each in self.levels[1:]] for value in text])


@dataclass(frozen=True, slots=True)
class Design:
    """The design matrix of a meta-regression and the way to build further rows of it.

    Attributes
    ----------
    moderators : tuple of Moderator
    matrix : array, shape (k, p)
        One row a study, the first column the intercept.
    """

    moderators: tuple[Moderator, ...]
    matrix: FloatArray

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the columns, shape (p,)."""
        return (INTERCEPT, *(term for each in self.moderators for term in each.terms))

    def rows(self, values: pd.DataFrame) -> FloatArray:
        """Return rows for new values, shape (n, p); moderators without a column are held at their mean.

        The mean of a categorical moderator is the share of studies at each level.
        """
        means, parts, at = self.matrix.mean(axis=0), [np.ones((len(values), 1))], 1
        for each in self.moderators:
            size = len(each.terms)
            if each.name in values:
                parts.append(each.columns(values[each.name].tolist()))
            else:
                parts.append(np.broadcast_to(means[at : at + size], (len(values), size)))
            at += size
        return np.hstack(parts)


def missing_values(column: pd.Series) -> np.ndarray:
    """Tell which values of a moderator are not there: NaN, None or blank text.

    Examples
    --------
    >>> missing_values(pd.Series(["a", None, " "])).tolist()
    [False, True, True]
    """
    blank = column.map(lambda value: isinstance(value, str) and not value.strip())
    return (column.isna() | blank.astype(bool)).to_numpy()


def build_design(table: pd.DataFrame, reference: Mapping[str, Any] | None = None) -> Design:
    """Make the design matrix of complete moderators.

    Parameters
    ----------
    table : DataFrame
        One row a study, one column a moderator, nothing missing. Text, booleans and categories get treatment
        contrasts, numbers stay as they are.
    reference : mapping, optional
        Reference level of categorical moderators; default the first in alphabetical order.

    Raises
    ------
    InputError
        If a moderator is neither numbers nor words, does not vary, or is explained by those before it; if a
        reference is given for a numeric one.
    OptionError
        If a reference names a moderator or a level that does not exist.

    Examples
    --------
    >>> design = build_design(pd.DataFrame({"arm": ["b", "a", "b"], "year": [2001, 2003, 2004]}))
    >>> design.terms
    ('intercept', 'arm[b]', 'year')
    >>> design.matrix.tolist()
    [[1.0, 1.0, 2001.0], [1.0, 0.0, 2003.0], [1.0, 1.0, 2004.0]]
    """
    like = "a mapping of moderators to levels, such as {'design': 'split_face'}"
    reference = {} if reference is None else dict(instance("reference", reference, Mapping, like))
    for name in reference:
        option("reference", name, list(table))
    moderators = [_moderator(table[name], reference) for name in table]
    parts = [each.columns(table[each.name].tolist()) for each in moderators]
    design = Design(tuple(moderators), np.hstack([np.ones((len(table), 1)), *parts]))
    _refuse_collinear(design)
    return design


def _moderator(column: pd.Series, reference: Mapping[str, Any]) -> Moderator:
    name = str(column.name)
    if len(column) and column.nunique() < 2:
        raise InputError(
            f"Moderator {name!r} is {column.tolist()[0]!r} in all {len(column)} studies; it needs to vary."
        )
    if is_numeric(column):
        if name in reference:
            raise InputError(
                f"reference={{{name!r}: {reference[name]!r}}}: {name!r} is numeric and has no levels."
            )
        numbers = floats(f"Moderator {name!r}", column)
        sizes = np.abs(numbers[numbers != 0])
        if not 1 / LARGEST <= sizes.min(initial=1) <= sizes.max(initial=1) <= LARGEST:
            raise InputError(
                f"Moderator {name!r} must hold finite numbers from {1 / LARGEST:g} to {LARGEST:g}, or 0;"
                f" it holds {sizes.min():g} to {sizes.max():g} in size. Measure in other units."
            )
        return Moderator(name, (), float(numbers.min()), float(numbers.max()))
    levels = sorted({str(value) for value in column})
    if name in reference:
        first = option(f"reference[{name!r}]", str(reference[name]), levels)
        levels = [first, *(each for each in levels if each != first)]
    return Moderator(name, tuple(levels), np.nan, np.nan)


def is_numeric(column: pd.Series) -> bool:
    """Tell numbers from words; booleans are words.

    Raises
    ------
    InputError
        If a moderator holds both, or something else such as dates.

    Examples
    --------
    >>> is_numeric(pd.Series([1, 2.5])), is_numeric(pd.Series([True, False]))
    (True, False)
    """
    found = {_kind(value): value for value in column.tolist()}
    if len(found) > 1 or "other" in found:
        values = " and ".join(repr(value) for value in found.values())
        raise InputError(
            f"Moderator {column.name!r} must hold numbers only or words only; it holds {values}."
        )
    return "number" in found


def _kind(value: Any) -> str:
    if isinstance(value, (str, bool, np.bool_)):
        return "words"
    return "number" if isinstance(value, (int, float, np.integer, np.floating)) else "other"


def _refuse_collinear(design: Design) -> None:
    """Refuse a column that the columns before it explain, naming its moderator."""
    matrix = design.matrix - design.matrix.mean(axis=0)
    basis = np.empty((len(matrix), 0))
    for term, column in zip(design.terms[1:], matrix.T[1:], strict=True):
        column = column / np.abs(column).max()
        left = column - basis @ (basis.T @ column)
        left = left - basis @ (basis.T @ left)
        size = np.linalg.norm(left)
        if size <= COLLINEAR * np.linalg.norm(column):
            raise InputError(
                f"Moderator term {term!r} is a linear combination of those before it"
                f" ({', '.join(design.terms[: design.terms.index(term)])}); leave it out."
            )
        basis = np.column_stack([basis, left / size])


def unknown_names(given: Sequence[str], known: Sequence[str], what: str) -> None:
    """Refuse names that are not known.

    Raises
    ------
    OptionError
        Naming the first unknown one and its nearest neighbour.
    """
    for name in given:
        if not isinstance(name, Hashable) or name not in frozenset(known):
            listed = ", ".join(map(repr, known))
            raise OptionError(f"{what} {name!r} is not one of {listed}.{nearest(str(name), map(str, known))}")
