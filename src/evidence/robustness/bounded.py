"""Climb to a maximum of a few parameters that may lie on the edge of what they can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError

LONGEST_STEP = 2.0
MAX_STEPS = 200
HALVINGS = 40

Objective = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]


def climb(
    objective: Objective, start: FloatArray, lower: FloatArray, upper: FloatArray, *, what: str
) -> tuple[FloatArray, float, FloatArray, FloatArray]:
    """Climb by Newton steps, turned uphill, shortened where they must be, and kept within bounds.

    A parameter at a bound that the gradient points beyond rests there (projected Newton method: Bertsekas
    1982, SIAM J Control Optim 20:221); one whose bounds are equal is held.

    Parameters
    ----------
    objective : callable
        Gives value, gradient (p,) and Hessian (p, p); a value that is not finite is never accepted.
    start, lower, upper : array, shape (p,)
        Parameters of the order of 1.
    what : str
        Name of the model, for the error.

    Returns
    -------
    parameters : array, shape (p,)
    value : float
    hessian : array, shape (p, p)
    free : array of bool, shape (p,)
        False for a parameter that rests on a bound.

    Raises
    ------
    ConvergenceError
        If no maximum is reached.

    Examples
    --------
    >>> bowl = lambda x: (-float(x @ x), -2 * x, -2 * np.eye(2))
    >>> low, high = np.array([-9, 1.0]), np.full(2, 9.0)
    >>> found, value, _, free = climb(bowl, high / 3, low, high, what="bowl")
    >>> [round(float(x), 6) for x in found], free
    ([0.0, 1.0], array([ True, False]))
    """
    at = np.clip(start, lower, upper)
    value, gradient, hessian = objective(at)
    for _ in range(MAX_STEPS):
        step, free = _step(at, gradient, hessian, lower, upper)
        if not gradient @ step > 1e-16 * (1 + abs(value)):
            return at, value, hessian, free
        for halving in range(HALVINGS):
            trial = np.clip(at + step / 2**halving, lower, upper)
            new = objective(trial)
            if np.isfinite(new[0]) and new[0] > value + 1e-4 * gradient @ (trial - at):
                break
        else:
            # No step improves: the maximum up to rounding.
            return at, value, hessian, free
        at, (value, gradient, hessian) = trial, new
    raise ConvergenceError(
        f"{what}: the likelihood still rises after {MAX_STEPS} steps; the data do not bound its parameters."
        " Use a model with fewer of them."
    )


def _step(
    at: FloatArray, gradient: FloatArray, hessian: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Newton step of the parameters that can move; the others rest where they are."""
    at_low, at_high = at <= lower, at >= upper
    free = ~((at_low & (gradient <= 0)) | (at_high & (gradient >= 0)) | (lower >= upper))
    step = np.zeros_like(at)
    while free.any():
        step[:] = 0
        step[free] = uphill(gradient[free], hessian[np.ix_(free, free)])
        beyond = free & ((at_low & (step < 0)) | (at_high & (step > 0)))
        if not beyond.any():
            return step, free
        free &= ~beyond
    return np.zeros_like(at), free


def uphill(gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """Newton step with the Hessian made negative definite and no component longer than LONGEST_STEP.

    Examples
    --------
    >>> uphill(np.array([1.0]), np.array([[2.0]]))
    array([0.5])
    """
    values, vectors = np.linalg.eigh(hessian)
    values = np.maximum(np.abs(values), 1e-8 * max(1.0, float(np.abs(values).max())))
    step = vectors @ ((vectors.T @ gradient) / values)
    return step * min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-300))
