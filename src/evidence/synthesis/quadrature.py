"""Integrate random effects out of a likelihood, with exact derivatives, and climb to its top.

A study's linear predictors are ``eta_j = offset_j + design_j @ beta + sum_m scale_m * load_jm * z_m`` with
independent standard normal ``z``. One routine serves every count model of this package: they differ only in
the arms they hand over. One random effect is integrated over evenly spaced points, several by adaptive
Gauss-Hermite quadrature, which with one node is the Laplace approximation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from scipy.special import expit

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.synthesis.trapezoid import spaced

Objective = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]

LONGEST_STEP = 1.0
SHORTEST_STEP = 1e-9  # towards a mode
MAX_STEPS = 200
SURFACE_NODES = 15  # two random effects: 225 nodes
HALVINGS = 12
NOTHING, UNSEEN = 1e-16, 1e-13  # gains in proportion to the value


class Terms(Protocol):
    """Log-likelihood of every study in its linear predictor `eta`, shape (N, Q), and its derivatives."""

    def value(self, eta: FloatArray) -> FloatArray:
        """Return the log-likelihood, shape (N, Q)."""
        ...

    def slopes(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return its first and second derivative, shape (N, Q) each."""
        ...

    @property
    def rough(self) -> tuple[FloatArray | float, FloatArray | float]:
        """Roughly where each study's maximum lies, and the information there: where a search begins."""
        ...


@dataclass(frozen=True, slots=True)
class Arm:
    """One linear predictor a study.

    Attributes
    ----------
    terms : Terms
    design : array, shape (N, p)
        Multipliers of the fixed parameters.
    load : array, shape (N, d)
        Multipliers of the random effects.
    offset : array, shape (N,)
    """

    terms: Terms
    design: FloatArray
    load: FloatArray
    offset: FloatArray


class Binomial:
    """Binomial log-likelihood on the logit, without the binomial coefficient.

    Parameters
    ----------
    events, totals : array, shape (N,)

    Examples
    --------
    >>> slope, bend = Binomial(np.array([1.0]), np.array([4.0])).slopes(np.array([[0.0]]))
    >>> float(slope[0, 0]), float(bend[0, 0])
    (-1.0, -1.0)
    """

    def __init__(self, events: FloatArray, totals: FloatArray) -> None:
        self._x, self._n = events[:, None], totals[:, None]

    def value(self, eta: FloatArray) -> FloatArray:
        """Return the log-likelihood."""
        return self._x * eta - self._n * np.logaddexp(0, eta)

    def slopes(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return its derivatives.

        With millions of people, nearly all with the event, x - n p would be rounding.
        """
        p, others = expit(eta), expit(-eta)
        return self._x * others - (self._n - self._x) * p, -self._n * p * others

    @property
    def rough(self) -> tuple[FloatArray, FloatArray]:
        """Logit of the share with half a person more on either side, and the inverse of its variance."""
        events, others = self._x[:, 0] + 0.5, self._n[:, 0] - self._x[:, 0] + 0.5
        return np.log(events / others), events * others / (events + others)


@lru_cache(maxsize=32)
def rule(nodes: int, dimensions: int) -> tuple[FloatArray, FloatArray]:
    """Nodes (Q, d) and log weights (Q,) of the product Gauss-Hermite rule for the weight exp(-x'x).

    Examples
    --------
    >>> points, log_weights = rule(5, 1)
    >>> round(float(np.exp(log_weights) @ points[:, 0] ** 2), 6)  # sqrt(pi) / 2
    0.886227
    """
    x, w = np.polynomial.hermite.hermgauss(nodes)
    keep = w > 0  # the outermost weights of very long rules underflow
    x, log_w = x[keep], np.log(w[keep])
    points = np.stack([axis.ravel() for axis in np.meshgrid(*[x] * dimensions, indexing="ij")], axis=1)
    log_weights = sum(axis.ravel() for axis in np.meshgrid(*[log_w] * dimensions, indexing="ij"))
    return points, np.asarray(log_weights)


def marginal(
    arms: Sequence[Arm], beta: FloatArray, scales: FloatArray, *, nodes: int = SURFACE_NODES
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log marginal likelihood of every study with its gradient and Hessian.

    Parameters
    ----------
    arms : sequence of Arm
        The linear predictors of a study, N studies each.
    beta : array, shape (p,) or (N, p)
        Fixed parameters.
    scales : array, shape (d,) or (N, d)
        Standard deviations of the random effects.
    nodes : int
        Quadrature nodes a dimension where there are several random effects.

    Returns
    -------
    value : array, shape (N,)
    gradient : array, shape (N, p + d)
        With respect to (beta, scales).
    hessian : array, shape (N, p + d, p + d)

    Notes
    -----
    Points of one random effect are those of `trapezoid.spaced`. Nodes of several are centred at the mode of
    each study's integrand and scaled by its curvature (Pinheiro and Bates 1995, section 2.4). Derivatives
    follow from the identities of Louis (1982): the gradient is the mean of the complete-data score over the
    random effects given the data, the Hessian the mean of the complete-data Hessian plus the variance of
    that score.
    """
    fixed, loads = _predictors(arms, beta, scales)
    z, log_f = _placed(arms, fixed, loads, nodes)
    score, bend = 0.0, 0.0
    for arm, eta, load in zip(arms, fixed, loads, strict=True):
        at = eta[:, None] + np.einsum("nd,ndq->nq", load, z)
        first, second = arm.terms.slopes(at)
        log_f = log_f + arm.terms.value(at)
        design = np.broadcast_to(arm.design[:, :, None], (*arm.design.shape, z.shape[2]))
        along = np.concatenate([design, arm.load[:, :, None] * z], axis=1)  # (N, p + d, Q)
        score = score + first[:, None, :] * along
        bend = bend + np.einsum("npq,nrq->nprq", second[:, None, :] * along, along)
    value = _log_sum(log_f)
    weight = np.exp(log_f - value[:, None])
    gradient = np.einsum("npq,nq->np", score, weight)
    spread = np.einsum("npq,nrq->npr", score * weight[:, None, :], score)
    hessian = np.einsum("nprq,nq->npr", bend, weight) + spread - gradient[:, :, None] * gradient[:, None, :]
    return value, gradient, hessian


def log_marginal(
    arms: Sequence[Arm], beta: FloatArray, scales: FloatArray, *, nodes: int = SURFACE_NODES
) -> FloatArray:
    """Log marginal likelihood of every study, shape (N,), without derivatives (see `marginal`)."""
    fixed, loads = _predictors(arms, beta, scales)
    z, log_f = _placed(arms, fixed, loads, nodes)
    for arm, eta, load in zip(arms, fixed, loads, strict=True):
        log_f = log_f + arm.terms.value(eta[:, None] + np.einsum("nd,ndq->nq", load, z))
    return _log_sum(log_f)


def _log_sum(log_f: FloatArray) -> FloatArray:
    """Log of the sum of every row's exponentials."""
    top = log_f.max(axis=1)
    return top + np.log(np.exp(log_f - top[:, None]).sum(axis=1))


def _predictors(
    arms: Sequence[Arm], beta: FloatArray, scales: FloatArray
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Fixed part (N,) and scaled loads (N, d) of every arm."""
    fixed = [arm.offset + np.sum(arm.design * beta, axis=1) for arm in arms]
    return fixed, [arm.load * scales for arm in arms]


def _placed(
    arms: Sequence[Arm], fixed: list[FloatArray], loads: list[FloatArray], nodes: int
) -> tuple[FloatArray, FloatArray]:
    """Points z (N, d, Q) on each study's integrand, and their log weights (N, Q) with the density of z."""
    if loads[0].shape[1] == 1:
        z, log_weights = _even(arms, fixed, loads)
    else:
        mode = _mode(arms, fixed, loads)
        z, log_weights = _hermite(mode, _curvature(arms, fixed, loads, mode)[2], nodes)
    return z, log_weights - 0.5 * np.log(2 * np.pi) * z.shape[1] - 0.5 * np.sum(z**2, axis=1)


def _even(
    arms: Sequence[Arm], fixed: list[FloatArray], loads: list[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Evenly spaced points of one random effect, and the log of their distance."""

    def log_f(z: FloatArray) -> FloatArray:
        parts = zip(arms, fixed, loads, strict=True)
        return sum(arm.terms.value(eta[:, None] + load * z) for arm, eta, load in parts) - 0.5 * z**2

    steepest = np.max([np.abs(load[:, 0]) for load in loads], axis=0)
    mode, negative = _mode_of_one(arms, fixed, loads)
    z, log_step = spaced(log_f, mode, negative**-0.5, steepest)
    return z[:, None, :], log_step[:, None]


def _mode_of_one(
    arms: Sequence[Arm], fixed: list[FloatArray], loads: list[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Mode of every study's integrand over one random effect, and its curvature there, shape (N,).

    Newton steps on the slope, which falls everywhere. They are kept within a bracket, which at first reaches
    as far as the slope is high: the normal density alone makes it fall by one a unit.
    """

    def slopes(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        slope, negative = -z, np.ones_like(z)
        for arm, eta, load in zip(arms, fixed, loads, strict=True):
            first, second = arm.terms.slopes((eta + load[:, 0] * z)[:, None])
            slope = slope + first[:, 0] * load[:, 0]
            negative = negative - second[:, 0] * load[:, 0] ** 2
        return slope, negative

    z = _near_mode(arms, fixed, loads)
    slope, negative = slopes(z)
    low, high = np.minimum(z, z + slope), np.maximum(z, z + slope)
    moved = np.full(z.shape, np.inf)
    for _ in range(MAX_STEPS):
        step = slope / negative
        arrived = np.abs(step) < SHORTEST_STEP
        within = (low <= z + step) & (z + step <= high)
        # A step that is not half the last one, or less, may go to and fro for ever.
        newton = arrived | (within & (np.abs(step) <= moved / 2))
        step = np.where(newton, step, (low + high) / 2 - z)
        z, moved = z + step, np.abs(step)
        slope, negative = slopes(z)
        if arrived.all():
            break
        low, high = np.where(slope > 0, z, low), np.where(slope < 0, z, high)
    return z, negative


def _near_mode(arms: Sequence[Arm], fixed: list[FloatArray], loads: list[FloatArray]) -> FloatArray:
    """Mode of every study's integrand if its likelihood were normal, shape (N,)."""
    pull, negative = 0.0, 1.0
    for arm, eta, load in zip(arms, fixed, loads, strict=True):
        top, information = arm.terms.rough
        pull = pull + load[:, 0] * information * (top - eta)
        negative = negative + load[:, 0] ** 2 * information
    return pull / negative


def _hermite(mode: FloatArray, negative: FloatArray, nodes: int) -> tuple[FloatArray, FloatArray]:
    """Nodes of a product Gauss-Hermite rule on each mode, scaled by the curvature, and their log weights."""
    root = np.linalg.cholesky(negative)
    points, log_weights = rule(nodes, mode.shape[1])
    spread = _solved(np.swapaxes(root, 1, 2), points.T)
    log_volume = 0.5 * np.log(2) * mode.shape[1] - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    log_weights = log_weights + np.sum(points**2, axis=1) + log_volume[:, None]
    return mode[:, :, None] + np.sqrt(2) * spread, log_weights


def _curvature(
    arms: Sequence[Arm], fixed: list[FloatArray], loads: list[FloatArray], z: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log integrand at z (N, d), its gradient and its negative Hessian."""
    value = -0.5 * np.sum(z**2, axis=1)
    gradient = -z
    negative = np.broadcast_to(np.eye(z.shape[1]), (*z.shape, z.shape[1])).copy()
    for arm, eta, load in zip(arms, fixed, loads, strict=True):
        at = (eta + np.sum(load * z, axis=1))[:, None]
        first, second = arm.terms.slopes(at)
        value = value + arm.terms.value(at)[:, 0]
        gradient = gradient + first * load
        negative -= second[:, :, None] * load[:, :, None] * load[:, None, :]
    return value, gradient, negative


def _solved(matrices: FloatArray, right: FloatArray) -> FloatArray:
    """Solve many small systems."""
    return np.linalg.solve(matrices, np.broadcast_to(right, (*matrices.shape[:2], right.shape[-1])))


def _mode(arms: Sequence[Arm], fixed: list[FloatArray], loads: list[FloatArray]) -> FloatArray:
    """Mode of every study's integrand by damped Newton steps; it is strictly concave, so they arrive."""
    z = np.zeros(arms[0].load.shape)
    value, gradient, negative = _curvature(arms, fixed, loads, z)
    for _ in range(MAX_STEPS):
        step = _solved(negative, gradient[:, :, None])[:, :, 0]
        if np.max(np.abs(step), initial=0.0) < SHORTEST_STEP:
            break
        trial = z + step
        new = _curvature(arms, fixed, loads, trial)
        worse = new[0] < value - 1e-12 * (1 + np.abs(value))
        while worse.any():
            step = np.where(worse[:, None], step / 2, step)
            # With millions of people the value is rounded more coarsely than the last steps would raise it.
            step = np.where(np.max(np.abs(step), axis=1, keepdims=True) < SHORTEST_STEP, 0.0, step)
            trial = z + step
            new = _curvature(arms, fixed, loads, trial)
            worse &= new[0] < value - 1e-12 * (1 + np.abs(value))
        z, (value, gradient, negative) = trial, new
        if np.max(np.abs(step), initial=0.0) < SHORTEST_STEP:
            break
    return z


@dataclass(frozen=True, slots=True)
class Top:
    """A maximum: where it lies, and value, gradient and Hessian there."""

    at: FloatArray
    value: float
    gradient: FloatArray
    hessian: FloatArray


def maximise(objective: Objective, start: FloatArray, *, what: str, held: Sequence[int] = ()) -> Top:
    """Climb to a local maximum by Newton steps, turned uphill and shortened where they must be.

    Parameters
    ----------
    objective : callable
        Gives value, gradient (p,) and Hessian (p, p).
    start : array, shape (p,)
    what : str
        Name of the model, for the error.
    held : sequence of int
        Positions of parameters that stay as they are.

    Returns
    -------
    Top
        Gradient and Hessian of all parameters, those held among them.

    Raises
    ------
    ConvergenceError
        If no maximum is reached.

    Examples
    --------
    >>> bowl = lambda x: (-float(x @ x), -2 * x, -2 * np.eye(1))
    >>> float(maximise(bowl, np.array([3.0]), what="bowl").value) > -1e-12
    True
    """
    at = np.array(start, dtype=float)
    free = np.setdiff1d(np.arange(at.size), held)
    value, gradient, hessian = objective(at)
    for _ in range(MAX_STEPS):
        step = np.zeros(at.size)
        step[free] = _uphill(gradient[free], hessian[np.ix_(free, free)])
        gain = gradient @ step
        if gain < NOTHING * (1 + abs(value)):
            return Top(at, value, gradient, hessian)
        if gain < UNSEEN * (1 + abs(value)):
            # What is left to gain drowns in the rounding of the value: only the gradient can tell.
            last = objective(at + step)
            closer = np.max(np.abs(last[1][free])) < np.max(np.abs(gradient[free]))
            return Top(at + step, *last) if closer else Top(at, value, gradient, hessian)
        for halving in range(HALVINGS):
            trial = at + step / 2**halving
            new = objective(trial)
            if np.isfinite(new[0]) and new[0] > value + 1e-4 * gain / 2**halving:
                break
        else:
            # No step improves: the maximum up to rounding.
            return Top(at, value, gradient, hessian)
        at, (value, gradient, hessian) = trial, new
    raise ConvergenceError(
        f"{what}: the likelihood still rises after {MAX_STEPS} steps (at {np.round(at, 3).tolist()});"
        f" the data do not bound its parameters. Use a model with fewer of them."
    )


def _uphill(gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """Newton step with the Hessian made negative definite and no component longer than LONGEST_STEP."""
    values, vectors = np.linalg.eigh(hessian)
    values = np.maximum(np.abs(values), 1e-10)
    step = vectors @ ((vectors.T @ gradient) / values)
    return step * min(1.0, LONGEST_STEP / max(np.max(np.abs(step), initial=0.0), 1e-300))
