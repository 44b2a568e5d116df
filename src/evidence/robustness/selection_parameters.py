"""From the maximum of a selection model to its parameters, errors and intervals in the caller's units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray
from evidence.robustness.selection_fit import Fit, natural
from evidence.robustness.selection_weights import weight_terms
from evidence.robustness.selection_words import interval_names
from evidence.synthesis.inference import quantile


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Estimate, tau2 and all weights, those that are not estimated included.

    Attributes
    ----------
    point : array, shape (2 + m,)
    covariance : array, shape (2 + m, 2 + m)
        NaN for what is held or rests on a bound.
    own : array of int, shape (p,)
        Places of the parameters of the fit.
    units : array, shape (p,)
        Of the fit, in the caller's units.
    """

    point: FloatArray
    covariance: FloatArray
    own: np.ndarray
    units: FloatArray

    @property
    def errors(self) -> FloatArray:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))


def parameters_of(fit: Fit, kind: str, held: FloatArray | None, sign: float) -> Parameters:
    """Return the parameters in the caller's units; `sign` turns estimates back.

    Parameters
    ----------
    fit : Fit
    kind : str
    held : array, shape (m,), or None
        Weights that were given.
    sign : {1, -1}
    """
    at = natural(fit)
    units = np.r_[sign * fit.unit, fit.unit**2, np.ones(fit.point.size - 2)]
    point, covariance = at.point * units, at.covariance() * np.outer(units, units)
    more = held if held is not None else np.ones(1 if kind == "step" else 0)
    size = point.size + more.size
    own = np.r_[0, 1, np.arange(2 + more.size, size)]
    whole = np.full((size, size), np.nan)
    whole[np.ix_(own, own)] = covariance
    return Parameters(np.r_[point[:2], more, point[2:]], whole, own, units)


def intervals_of(fit: Fit, found: Parameters, level: float, interval: str) -> FloatArray:
    """Both ends of each parameter's interval, shape (2 + m, 2); what cannot be negative ends at 0.

    A side of a profile-likelihood interval that meets the bound of its parameter is open.
    """
    if interval == "wald":
        half = float(quantile(math.inf, level)) * found.errors
        ends = np.column_stack([found.point - half, found.point + half])
    else:
        ends = np.full((found.point.size, 2), np.nan)
        for index in np.flatnonzero(fit.lower < fit.upper).tolist():
            low, high = fit.limits(index, level)
            sides = np.array(
                [
                    low if low > fit.lower[index] else -math.inf,
                    high if high < fit.upper[index] else math.inf,
                ]
            )
            if fit.model.selection.kind == "step" and index > 1:
                sides = np.exp(sides)
            ends[found.own[index]] = np.sort(sides * found.units[index])
    ends[1:] = np.maximum(ends[1:], 0.0)
    return ends


def resting(fit: Fit, steps: tuple[float, ...]) -> list[str]:
    """Name the weights that rest at their bound, with their value."""
    names = [f"weight of {name}" for name in interval_names(steps)[1:]] if steps else ["delta 1", "delta 2"]
    rests = ~fit.free[2:] & (fit.lower[2:] < fit.upper[2:])
    values = natural(fit).point[2:]
    named = zip(names, values, rests, strict=False)
    return [f"{name}, {value:.3g}" for name, value, at_bound in named if at_bound]


def reversed_weights(kind: str, delta: FloatArray, steps: tuple[float, ...]) -> list[str]:
    """Name the weights that favour large p values.

    Examples
    --------
    >>> reversed_weights("step", np.array([1.0, 1.25]), (0.025,))
    ['weight 1.25 of 0.025 < p ≤ 1']
    """
    if kind == "step":
        named = zip(interval_names(steps), delta, strict=True)
        return [f"weight {weight:.3g} of {name}" for name, weight in named if weight > 1]
    if kind == "halfnormal":
        return []
    offset, features = weight_terms(kind, (), np.array([0.025, 0.5]))
    small, middle = offset + features @ delta
    times = math.exp(min(float(middle - small), 700.0))
    return [f"weight of p = 0.5 is {times:.3g} times that of p = 0.025"] if times > 1 else []
