"""Fit a selection model: several starts, bounds, and what the likelihood says of each parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtri

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.robustness.bounded import climb
from evidence.robustness.selection_likelihood import Likelihood, likelihood
from evidence.robustness.selection_weights import LARGEST, NOTHING, SMALLEST, Selection

# Weight parameters to start from: none selected, the non-significant selected against, and the reverse.
_STARTS = {"step": (0.0, -1.5, 1.0), "halfnormal": (0.0, 2.0, 0.2), "beta": ((1, 1), (0.5, 3.0), (1.2, 0.8))}
_WORSE = 1e-3  # of the log-likelihood, from which a second maximum is worth a word
_FURTHEST = 1e4  # of tau2 or mu in units of a typical variance or standard error
_DOUBLINGS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A maximum of the likelihood; parameters are (mu, tau2, eta) in units of `unit`.

    Attributes
    ----------
    model : Likelihood
        Of estimates divided by `unit`.
    unit : float
    point : array, shape (p,)
    ll : float
        On the scale of the estimates.
    hessian : array, shape (p, p)
    free : array of bool, shape (p,)
        False for parameters held or resting on a bound.
    lower, upper : array, shape (p,)
    maxima : int
        Different maxima that the starts led to.
    """

    model: Likelihood
    unit: float
    point: FloatArray
    ll: float
    hessian: FloatArray
    free: FloatArray
    lower: FloatArray
    upper: FloatArray
    maxima: int

    def covariance(self) -> FloatArray:
        """Inverse of the observed information; NaN for parameters not free, and if it has none."""
        found = np.full(self.hessian.shape, np.nan)
        part = -self.hessian[np.ix_(self.free, self.free)]
        if part.size and np.linalg.eigvalsh(part).min() > 0:
            found[np.ix_(self.free, self.free)] = np.linalg.inv(part)
        return found

    def limits(self, index: int, level: float) -> tuple[float, float]:
        """Profile-likelihood interval of one parameter; a side that meets its bound ends there.

        Examples
        --------
        >>> from evidence.robustness.selection_weights import selection
        >>> y, v = np.array([0.5, 0.1, 0.3, 0.6]), np.array([0.04, 0.09, 0.05, 0.06])
        >>> p = np.array([0.006, 0.37, 0.09, 0.007])
        >>> fit = fitted(y, v, p, selection("step", (0.025,), two_sided=False), random=True)
        >>> low, high = fit.limits(0, 0.95)
        >>> bool(low < fit.point[0] < high)
        True
        """
        drop = float(chdtri(1, 1 - level)) / 2
        top = self.ll + self.model.y.size * math.log(self.unit)
        low = self._limit(index, top - drop, self.lower[index], -1.0)
        return low, self._limit(index, top - drop, self.upper[index], 1.0)

    def _limit(self, index: int, goal: float, bound: float, sign: float) -> float:
        centre, warm = float(self.point[index]), self.point.copy()

        def above(value: float) -> float:
            nonlocal warm
            warm, best, _, _ = self._with(index, value, warm)
            return best - goal

        curvature = -float(self.hessian[index, index])
        step, inner = (2 / math.sqrt(curvature) if curvature > 0 else 0.5), centre
        for _ in range(_DOUBLINGS):
            outer = min(centre + step, bound) if sign > 0 else max(centre - step, bound)
            if above(outer) < 0:
                warm = self.point.copy()
                return float(brentq(above, inner, outer, xtol=1e-9, rtol=1e-9))
            if outer == bound:
                return bound
            inner, step = outer, 2 * step
        return bound

    def _with(
        self, index: int, value: float, start: FloatArray
    ) -> tuple[FloatArray, float, FloatArray, FloatArray]:
        lower, upper, start = self.lower.copy(), self.upper.copy(), start.copy()
        lower[index] = upper[index] = start[index] = value
        return climb(self.model, start, lower, upper, what="selection_model")

    def without_tau2(self) -> float:
        """Log-likelihood of the best fit whose tau2 is 0."""
        starts = [self.point, *_starts(self.model, self.lower, self.upper, (self.point[0], 0.0))[1:]]
        best = max(self._with(1, 0.0, start)[1] for start in starts)
        return best - self.model.y.size * math.log(self.unit)


def fitted(
    y: FloatArray,
    v: FloatArray,
    p: FloatArray,
    chosen: Selection,
    *,
    random: bool,
    held: FloatArray | None = None,
    empty: tuple[int, ...] = (),
    centre: tuple[float, float] | None = None,
) -> Fit:
    """Fit by maximum likelihood from several starts.

    Parameters
    ----------
    y, v, p : array, shape (k,)
        Estimates turned so that positive ones have small p values, their variances and p values.
    chosen : Selection
    random : bool
        False holds tau2 at 0.
    held : array, shape (d,), optional
        eta, not to be estimated.
    empty : tuple of int
        Places in eta of weights that no study informs, other than the first: their estimate is 0.
    centre : tuple of float, optional
        mu and tau2 to start from.

    Raises
    ------
    ConvergenceError
        If no start leads to a maximum.
    """
    unit = math.sqrt(float(np.median(v)))
    model = likelihood(y / unit, v / unit**2, p, chosen, held)
    lower, upper = _bounds(model.selection, random=random, empty=empty)
    mean, spread = centre or (float(np.mean(y)), 0.0)
    found = []
    for start in _starts(model, lower, upper, (mean / unit, spread / unit**2)):
        try:
            found.append(climb(model, start, lower, upper, what="selection_model"))
        except ConvergenceError:
            continue
    if not found:
        raise ConvergenceError(
            "selection_model: no start leads to a maximum; the data do not bound the parameters. Use fewer"
            " steps, or a sensitivity model with fixed weights (delta=)."
        )
    at, value, hessian, free = max(found, key=lambda each: each[1])
    tops = np.sort([each[1] for each in found])
    ll = value - y.size * math.log(unit)
    return Fit(model, unit, at, ll, hessian, free, lower, upper, 1 + int((np.diff(tops) > _WORSE).sum()))


def _bounds(chosen: Selection, *, random: bool, empty: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    d = chosen.features.shape[1]
    least, most = {
        "step": (math.log(SMALLEST), math.log(LARGEST)),
        "beta": (SMALLEST, LARGEST),
        "halfnormal": (0.0, LARGEST),
    }[chosen.kind]
    lower = np.r_[-_FURTHEST, 0.0, np.full(d, least)]
    upper = np.r_[_FURTHEST, _FURTHEST if random else 0.0, np.full(d, most)]
    for place in empty:
        lower[2 + place] = upper[2 + place] = NOTHING
    return lower, upper


def _starts(
    model: Likelihood, lower: FloatArray, upper: FloatArray, centre: tuple[float, float]
) -> list[FloatArray]:
    """Parameters to climb from: the unselected fit first."""
    mean, spread = centre
    d = model.features.size
    places = [(mean, spread), (mean / 2, spread + 0.2), (mean, spread + 1.0)]
    if d == 0:
        return [np.array(place) for place in places]
    weights = [np.broadcast_to(np.array(each, dtype=float), d) for each in _STARTS[model.selection.kind]]
    starts = [np.r_[place, eta] for place, eta in zip(places, weights, strict=True)]
    return [np.clip(start, lower, upper) for start in starts]


def natural(fit: Fit) -> Fit:
    """The same maximum with the weights of a step function in place of their logarithms.

    At a maximum the gradient is 0, so that the Hessian follows by the chain rule alone.
    """
    if fit.model.selection.kind != "step" or fit.point.size == 2:
        return fit
    delta = np.minimum(np.exp(fit.point[2:]), LARGEST)
    slope = np.r_[1.0, 1.0, np.where(delta > 0, delta, 1.0)]
    return replace(fit, point=np.r_[fit.point[:2], delta], hessian=fit.hessian / np.outer(slope, slope))
