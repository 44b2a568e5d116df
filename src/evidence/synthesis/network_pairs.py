"""`Pairs`: every pair of arms of every study, the one form in which a network is given to the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.errors import InputError

IntArray = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """All pairwise comparisons within studies, sorted by study.

    Attributes
    ----------
    studies, treatments : tuple of str
        Names; treatments in alphabetical order.
    study, first, second : array of int, shape (r,)
        Codes of the study and of the two treatments, `first` below `second`.
    te, v : array, shape (r,)
        Effect of `first` against `second`, and its sampling variance.
    people : array, shape (n,)
        People on each treatment; NaN where it is not known.
    notes : tuple of str
        What was done to the data on the way.
    measure, scale : str
    """

    studies: tuple[str, ...]
    treatments: tuple[str, ...]
    study: IntArray
    first: IntArray
    second: IntArray
    te: FloatArray = field(repr=False)
    v: FloatArray = field(repr=False)
    people: FloatArray = field(repr=False)
    notes: tuple[str, ...]
    measure: str
    scale: str


def names(column: str, values: pd.Series, study: Sequence[str] | None = None) -> list[str]:
    """Return names as text without blanks around them.

    Raises
    ------
    InputError
        If one is missing or empty; the row is named by its position, and its study where known.

    Examples
    --------
    >>> names("t1", pd.Series([" mn", 2]))
    ['mn', '2']
    """
    gaps = values.isna().to_numpy()
    found = ["" if gap else str(value).strip() for gap, value in zip(gaps, values.tolist(), strict=True)]
    if "" in found:
        where = found.index("")
        of = "" if study is None else f" (study {study[where]!r})"
        raise InputError(f"{column} is empty at position {where}{of}; every row needs one.")
    return found


def alphabetical(found: Sequence[str]) -> tuple[str, ...]:
    """Distinct names in alphabetical order, capitals or not."""
    return tuple(sorted(set(found), key=lambda name: (name.casefold(), name)))


def codes(found: Sequence[str], known: Sequence[str]) -> IntArray:
    """Positions of names among the known ones.

    Examples
    --------
    >>> codes(["b", "a", "b"], ["a", "b"])
    array([1, 0, 1])
    """
    place = {name: position for position, name in enumerate(known)}
    return np.array([place[name] for name in found], dtype=np.intp)


def of_study(pairs: Pairs, code: int) -> slice:
    """Where the pairs of one study stand."""
    return slice(*np.searchsorted(pairs.study, [code, code + 1]).tolist())


def subset(pairs: Pairs, keep: NDArray[np.bool_]) -> Pairs:
    """Return a network of the studies marked in `keep`, shape (studies,), and of their treatments."""
    used = keep[pairs.study]
    treatments = np.unique(np.concatenate([pairs.first[used], pairs.second[used]]))
    new_treatment = np.zeros(len(pairs.treatments), dtype=np.intp)
    new_treatment[treatments] = np.arange(treatments.size)
    return Pairs(
        tuple(name for name, kept in zip(pairs.studies, keep, strict=True) if kept),
        tuple(pairs.treatments[code] for code in treatments),
        (np.cumsum(keep) - 1)[pairs.study[used]],
        new_treatment[pairs.first[used]],
        new_treatment[pairs.second[used]],
        pairs.te[used],
        pairs.v[used],
        pairs.people[treatments],
        pairs.notes,
        pairs.measure,
        pairs.scale,
    )


def parts(n: int, first: IntArray, second: IntArray) -> IntArray:
    """Number the parts of a graph, shape (n,): joined nodes have one number, from 0 in order of their nodes.

    Parameters
    ----------
    n : int
        Number of nodes.
    first, second : array of int, shape (r,)
        Ends of the edges.

    Examples
    --------
    >>> parts(4, np.array([0, 3]), np.array([2, 1]))
    array([0, 1, 0, 1])
    """
    label = np.arange(n)
    while True:
        low = np.minimum(label[first], label[second])
        new = label.copy()
        np.minimum.at(new, first, low)
        np.minimum.at(new, second, low)
        new = new[new]
        if (new == label).all():
            return np.unique(label, return_inverse=True)[1]
        label = new


def part_names(part: IntArray, treatments: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Names of the treatments of each part.

    Examples
    --------
    >>> part_names(np.array([0, 1, 0]), ["a", "b", "c"])
    (('a', 'c'), ('b',))
    """
    return tuple(
        tuple(treatments[code] for code in np.flatnonzero(part == each))
        for each in range(int(part.max()) + 1)
    )
