"""Climb many likelihoods at once by Newton steps, turned uphill and shortened where they must be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence.arguments import FloatArray
from evidence.synthesis.quadrature import LONGEST_STEP, MAX_STEPS, UNSEEN

Derivatives = tuple[FloatArray, FloatArray, FloatArray]
Objective = Callable[[FloatArray, FloatArray], Derivatives]

ENOUGH = 1e-4  # share of the gain a step promises that it must bring


def climbed(objective: Objective, start: FloatArray, *, largest: float) -> FloatArray:
    """Return a local maximum of every likelihood.

    Parameters
    ----------
    objective : callable
        Takes places of likelihoods and where to look, shape (m, p); gives values (m,), gradients (m, p) and
        Hessians (m, p, p).
    start : array, shape (rows, p)
    largest : float
        A parameter beyond this has run away.

    Returns
    -------
    array, shape (rows, p)
        NaN where a likelihood rises without end.

    Examples
    --------
    >>> tops = np.array([[1.0], [-2.0]])
    >>> def bowls(rows, at):
    ...     away = at - tops[rows]
    ...     return -np.sum(away**2, axis=1), -2 * away, np.full((len(at), 1, 1), -2.0)
    >>> climbed(bowls, np.zeros((2, 1)), largest=20).tolist()
    [[1.0], [-2.0]]
    """
    at = start.copy()
    left = np.arange(len(at))
    value, gradient, hessian = objective(left, at)
    step, gain = uphill(gradient, hessian)
    for _ in range(MAX_STEPS):
        trial = at[left] + step[left]
        new, gradient, hessian = objective(left, trial)
        # The value cannot tell a last step from none: its rounding hides what is left to gain.
        last = gain[left] < UNSEEN * (1 + np.abs(value[left]))
        better = last | (new > value[left] + ENOUGH * gain[left])
        step[left[~better]] /= 2
        gain[left[~better]] /= 2
        taken = left[better]
        at[taken], value[taken] = trial[better], new[better]
        step[taken], gain[taken] = uphill(gradient[better], hessian[better])
        away = np.abs(at[left]).max(axis=1) > largest
        at[left[away]] = np.nan
        left = left[~(last | away)]
        if not left.size:
            return at
    at[left] = np.nan
    return at


def uphill(gradient: FloatArray, hessian: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton steps with Hessians made negative definite and no component too long, and what they promise."""
    values, vectors = np.linalg.eigh(hessian)
    along = np.einsum("nij,ni->nj", vectors, gradient) / np.maximum(np.abs(values), 1e-10)
    step = np.einsum("nij,nj->ni", vectors, along)
    longest = np.abs(step).max(axis=1, keepdims=True)
    step *= np.minimum(1, LONGEST_STEP / np.maximum(longest, LONGEST_STEP))
    return step, np.sum(gradient * step, axis=1)
