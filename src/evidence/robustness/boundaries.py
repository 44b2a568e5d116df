"""Monitoring boundaries of repeated looks at a Z curve, by alpha spending and beta spending."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from evidence.arguments import FloatArray, vector
from evidence.errors import InputError
from evidence.robustness.brownian import carried, chance_above, chance_below, edge_of, mirrored
from evidence.robustness.spending import spent

THINNEST = 5e-4  # of the information so far: a look that adds less has no boundary of its own
LEAST_SPENT = 1e-14  # a smaller error is spent at a later look; the boundary would lie beyond Z = 7.6


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Boundaries of each look on the Z scale; every array has shape (k,).

    Attributes
    ----------
    upper : array
        Boundary of significance; infinite where nothing may be spent yet, or nothing is left.
    futility : array
        Upper edge of the futility wedge; NaN where there is none.
    alpha_spent, beta_spent : array
        Spent up to and including each look, alpha of both sides of a two-sided test together.
    """

    upper: FloatArray
    futility: FloatArray
    alpha_spent: FloatArray
    beta_spent: FloatArray


def boundaries(
    fractions: ArrayLike,
    *,
    alpha: float = 0.05,
    power: float = 0.9,
    two_sided: bool = True,
    spending: str = "obrien_fleming",
    futility: bool = True,
) -> Boundaries:
    """Return the boundaries of looks at given fractions of the required information.

    Parameters
    ----------
    fractions : array, shape (k,)
        Increasing, above 0. All error is spent at the first that reaches 1; later ones have no boundary.
    alpha, power : float
        Of the whole test.
    two_sided : bool
        The boundaries of two sides are alike, each with half of alpha.
    spending : {"obrien_fleming", "pocock"}
        Of alpha and beta alike.
    futility : bool
        Whether beta is spent.

    Returns
    -------
    Boundaries

    Raises
    ------
    InputError
        If fractions do not increase from above 0.

    Notes
    -----
    Alpha: the chance, where there is no effect, of crossing for the first time at a look is the error spent
    since the last (Lan and DeMets 1983, Biometrika 70:659). Beta: the chance, under the effect that gives
    the wanted power, of ending below the futility boundary is the part of beta spent since the last
    (Pampallona, Tsiatis and Kim 2001, Drug Inf J 35:1113). The futility boundary is non-binding: alpha is
    spent as if nobody stopped there. In a two-sided test the wedge opens at the look at which the boundary
    of one side rises above 0; what could not be spent before is spent then.

    Examples
    --------
    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1], futility=False).upper.round(3)
    array([4.877, 3.357, 2.68 , 2.29 , 2.031])
    """
    t = vector("fractions", fractions)
    if not t.size or t[0] <= 0 or (np.diff(t) <= 0).any():
        raise InputError("fractions must increase from look to look, and begin above 0.")
    side = alpha / 2 if two_sided else alpha
    looks = _looks(t)
    allowed = spent(t, side, spending=spending)
    upper, alpha_spent = _significance(t, allowed, looks, two_sided=two_sided)
    wedge, beta_spent = np.full(t.size, np.nan), np.zeros(t.size)
    if futility:
        drift = float(ndtri(1 - side) + ndtri(power))
        allowed = spent(t, 1 - power, spending=spending)
        wedge, beta_spent = _futility(t, allowed, looks, upper, drift=drift, two_sided=two_sided)
    return Boundaries(upper, wedge, alpha_spent * (2 if two_sided else 1), beta_spent)


def _looks(t: FloatArray) -> list[int]:
    """Looks with a boundary of their own: up to the first that reaches 1, without the thinnest."""
    found: list[int] = []
    for look, fraction in enumerate(t):
        before = t[found[-1]] if found else 0.0
        if fraction - before > THINNEST * before:
            found.append(look)
            if fraction >= 1:
                break
    return found


def power_of(fractions: ArrayLike, found: Boundaries, *, drift: float, two_sided: bool = True) -> float:
    """Chance of crossing the boundary of the sought side without stopping for futility or harm before.

    Parameters
    ----------
    fractions : array, shape (k,)
        As for `boundaries`.
    found : Boundaries
    drift : float
        Mean of Z when the fraction is 1.
    two_sided : bool

    Examples
    --------
    >>> round(power_of([1.0], boundaries([1.0]), drift=float(ndtri(0.975) + ndtri(0.9))), 6)
    0.9
    """
    t = vector("fractions", fractions, size=found.upper.size)
    looks, density, power = _looks(t), None, 0.0
    for look, ahead in zip(looks, _ahead(t, looks), strict=True):
        now, root = float(t[look]), math.sqrt(t[look])
        high, low = found.upper[look] * root, found.futility[look] * root
        power += chance_above(density, now, drift, high)[0] if math.isfinite(high) else 0.0
        kept = -high if two_sided else -math.inf
        density = carried(density, now, drift, (kept if math.isnan(low) else low, high), ahead)
    return power


def _ahead(t: FloatArray, looks: list[int]) -> FloatArray:
    """Standard deviation of the step that follows each look."""
    return np.sqrt(np.diff(t[looks], append=2 * t[looks[-1]]))


def _significance(
    t: FloatArray, allowed: FloatArray, looks: list[int], *, two_sided: bool
) -> tuple[FloatArray, FloatArray]:
    """Boundary of one side and what was spent on it, the other side being its mirror image or none."""
    upper, done, total = np.full(t.size, np.inf), np.zeros(t.size), 0.0
    density = None
    for look, ahead in zip(looks, _ahead(t, looks), strict=True):
        now = float(t[look])
        step = allowed[look] - total
        if step > LEAST_SPENT:
            edge = edge_of(density, now, 0.0, step)
            upper[look], total = edge / math.sqrt(now), float(allowed[look])
        edge = upper[look] * math.sqrt(now)
        kept = (-edge if two_sided else -math.inf, edge)
        density = carried(density, now, 0.0, kept, ahead)
        done[look:] = total
    return upper, done


def _futility(
    t: FloatArray,
    allowed: FloatArray,
    looks: list[int],
    upper: FloatArray,
    *,
    drift: float,
    two_sided: bool,
) -> tuple[FloatArray, FloatArray]:
    """Futility boundary and the beta spent, under the drift of the effect to be found."""
    wedge, done, total = np.full(t.size, np.nan), np.zeros(t.size), 0.0
    density = None
    for look, ahead in zip(looks, _ahead(t, looks), strict=True):
        now, root = float(t[look]), math.sqrt(t[look])
        step, edge, low = allowed[look] - total, upper[look] * root, -math.inf
        below = chance_below(density, now, drift)
        if step > LEAST_SPENT and not (two_sided and below(0.0) >= step):
            # The final look leaves no room between the two boundaries, whatever beta is left.
            met = now >= 1 or below(edge) <= step
            low = edge if met else -edge_of(mirrored(density), now, -drift, step)
            wedge[look] = low / root
            total += below(low)
        kept = (-edge if two_sided and low < 0 else low, edge)
        density = carried(density, now, drift, kept, ahead)
        done[look:] = total
    return wedge, done
