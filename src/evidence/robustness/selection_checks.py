"""Check what a selection model is asked for, before it is fitted."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, vector
from evidence.errors import InputError, OptionError
from evidence.robustness.selection_weights import LARGEST, NOTHING, SMALLEST
from evidence.robustness.selection_words import empty_words, interval_names

STEPS = (0.025,)
SHAPES = {"beta": 2, "halfnormal": 1}


def checked_steps(kind: str, steps: Sequence[float] | None) -> tuple[float, ...]:
    """Return the cut points of a step function, none for other kinds.

    Raises
    ------
    OptionError
        If steps are given for another kind.
    InputError
        If a step lies outside (0, 1), or they do not increase.

    Examples
    --------
    >>> checked_steps("step", (0.025, 0.5))
    (0.025, 0.5)
    """
    if kind != "step":
        if steps is not None:
            raise OptionError(f"steps={steps!r} is for kind='step', not kind={kind!r}.")
        return ()
    found = vector("steps", STEPS if steps is None else steps)
    if not found.size:
        raise InputError("steps is empty; give at least one cut point, such as 0.025.")
    outside = found[(found <= 0) | (found >= 1)]
    if outside.size:
        raise InputError(f"steps holds {outside[0]:g}; cut points of p lie between 0 and 1, both left out.")
    if (np.diff(found) <= 0).any():
        raise InputError(f"steps={found.tolist()} must increase, each cut point once.")
    return tuple(found.tolist())


def given_weights(kind: str, steps: tuple[float, ...], delta: ArrayLike, counts: Sequence[int]) -> FloatArray:
    """Return weights that are given; those of a step function relative to the first.

    Raises
    ------
    InputError
        If their number is wrong, one cannot be, or one is 0 where there are studies.

    Examples
    --------
    >>> given_weights("step", (0.025,), [2, 1], (3, 4))
    array([1. , 0.5])
    """
    needed = SHAPES.get(kind, len(steps) + 1)
    found = vector("delta", delta, size=needed)
    least = SMALLEST if kind == "beta" else 0.0
    wrong = found[(found < least) | (found > LARGEST)]
    if wrong.size:
        raise InputError(f"delta holds {wrong[0]:g}; it must lie between {least:g} and {LARGEST:g}.")
    if kind != "step":
        return found
    for name, weight, count in zip(interval_names(steps), found, counts, strict=True):
        if weight == 0 and count:
            raise InputError(f"delta says that no study with {name} is reported, but there are {count}.")
    if found[0] == 0:
        raise InputError("delta begins with 0; the weights are relative to that of the smallest p values.")
    return found / found[0]


def as_eta(kind: str, delta: FloatArray) -> FloatArray:
    """Return the parameters of `weight_terms` that stand for given weights.

    Examples
    --------
    >>> as_eta("step", np.array([1.0, 0.0]))
    array([-1000.])
    """
    if kind != "step":
        return delta
    return np.array([math.log(weight) if weight > 0 else NOTHING for weight in delta[1:]])


def interval_counts(steps: tuple[float, ...], p: FloatArray) -> tuple[int, ...]:
    """Count the studies in each interval of p.

    Examples
    --------
    >>> interval_counts((0.025,), np.array([0.001, 0.025, 0.3]))
    (2, 1)
    """
    place = np.searchsorted(np.array(steps), p, side="left")
    return tuple(np.bincount(place, minlength=len(steps) + 1).tolist())


def check_variation(y: FloatArray, p: FloatArray, kind: str) -> None:
    """Refuse studies that do not differ.

    Raises
    ------
    InputError
        If all estimates, or for a continuous weight function all p values, are equal.
    """
    if np.ptp(y) == 0:
        raise InputError(
            f"All {y.size} estimates are {y[0]:g}: nothing is left from which selection could be estimated."
        )
    if kind != "step" and np.ptp(p) < 1e-9:
        raise InputError(
            f"All {p.size} p values are {p[0]:.3g}: a weight function of kind={kind!r} needs others too."
        )


def empty_intervals(
    steps: tuple[float, ...], counts: tuple[int, ...], alternative: str, *, force: bool
) -> tuple[tuple[int, ...], str]:
    """Find the intervals that hold no study: their places after the first, and what is said of them.

    Raises
    ------
    InputError
        If there are any and the fit is not forced.

    Examples
    --------
    >>> empty_intervals((0.025, 0.5), (3, 2, 0), "two-sided", force=True)[0]
    (1,)
    """
    if all(counts):
        return (), ""
    said = empty_words(steps, counts, alternative)
    if not force:
        other = {"greater": "less", "less": "greater"}.get(alternative)
        turn = f", alternative={other!r} if effects point the other way" if other and not counts[0] else ""
        raise InputError(
            f"An interval without studies has no weight to be estimated: {said}. Choose other steps{turn},"
            " a sensitivity model with given weights (delta=), or force=True."
        )
    return tuple(place for place, count in enumerate(counts[1:]) if count == 0), said
