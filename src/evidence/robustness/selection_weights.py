"""Weight functions of selection models: how likely a study is reported, by its p value.

Each is log-linear, ``log w(p) = offset(p) + features(p) @ eta``, and is cut into cells of z on which the
probability of a study is had: intervals on which w is constant (exact, by normal distribution functions) and
nodes of a Gauss-Legendre rule where it is not. z is the estimate over its standard error.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from evidence.arguments import FloatArray

KINDS = ("step", "beta", "halfnormal")
LARGEST = 100.0  # no weight parameter may be larger (metafor's bound)
SMALLEST = 1e-5
NOTHING = -1e3  # logarithm of a weight of 0
P_LEAST = 1e-5  # beta weights have no limit at p of 0 and 1: nearer than this w is taken as constant
FAR = 1e8  # in place of infinity, which times a density of 0 is not a number
Z_END = 8.5  # beyond, p is 0 or 1 to every digit
NODES = 16


@dataclass(frozen=True, slots=True)
class Selection:
    """A weight function on its cells of z.

    Attributes
    ----------
    kind : str
    steps : tuple of float
        Cut points of p, of the step function.
    two_sided : bool
    low, high : array, shape (m,)
        Intervals of z on which w is constant; of abs(z) where two-sided.
    z, rule : array, shape (q,)
        Nodes with their quadrature weights.
    offset : array, shape (m + q,)
        Of log w, cell by cell.
    features : array, shape (m + q, d)
    """

    kind: str
    steps: tuple[float, ...]
    two_sided: bool
    low: FloatArray
    high: FloatArray
    z: FloatArray
    rule: FloatArray
    offset: FloatArray
    features: FloatArray

    def of_p(self, p: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Offset (k,) and features (k, d) of log w at p values."""
        return weight_terms(self.kind, self.steps, p)

    def held(self, eta: FloatArray) -> Selection:
        """The same function with its parameters held, so that none is left to estimate."""
        return replace(
            self,
            offset=self.offset + self.features @ eta,
            features=np.empty((len(self.offset), 0)),
        )


def selection(kind: str, steps: tuple[float, ...], *, two_sided: bool) -> Selection:
    """Cut a weight function into cells.

    Parameters
    ----------
    kind : {"step", "beta", "halfnormal"}
    steps : tuple of float
        Increasing cut points of p; the intervals are closed above (p <= step).
    two_sided : bool
        p is that of a two-sided test.

    Examples
    --------
    >>> one = selection("step", (0.025,), two_sided=False)
    >>> [round(float(z), 2) for z in one.low], one.features.tolist()
    ([1.96, -100000000.0], [[0.0], [1.0]])
    """
    none = np.empty(0)
    if kind == "step":
        cuts = z_of(np.array(steps), two_sided)
        high, low = np.r_[FAR, cuts], np.r_[cuts, 0.0 if two_sided else -FAR]
        p = np.r_[steps, 1.0]
        return Selection(kind, steps, two_sided, low, high, none, none, *weight_terms(kind, steps, p))
    ends = z_of(np.array([P_LEAST, 1 - P_LEAST]), two_sided) if kind == "beta" else np.array([Z_END, -Z_END])
    if two_sided:
        first = ends[1] if kind == "beta" else 0.0
        # A power of 1 - p has no derivatives at z = 0: panels narrow towards it.
        panels = np.r_[first, [edge for edge in (1e-4, 1e-3, 1e-2, 0.1, 0.4) if edge > first]]
        panels = np.r_[panels, np.linspace(0.8, ends[0], 1 + int(np.ceil(2 * (ends[0] - 0.8))))]
        low, high = np.array([ends[0], 0.0]), np.array([FAR, first])
    else:
        panels = np.linspace(ends[1], ends[0], 1 + int(np.ceil(2 * (ends[0] - ends[1]))))
        low, high = np.array([ends[0], -FAR]), np.array([FAR, ends[1]])
    z, rule = _gauss_legendre(panels)
    p = np.r_[P_LEAST, 1 - P_LEAST, p_of(z, two_sided)] if kind == "beta" else np.r_[0, 1, p_of(z, two_sided)]
    offset, features = weight_terms(kind, steps, p)
    if two_sided:
        z, rule = np.r_[z, -z], np.r_[rule, rule]
        offset, features = np.r_[offset, offset[2:]], np.r_[features, features[2:]]
    return Selection(kind, steps, two_sided, low, high, z, rule, offset, features)


def weight_terms(kind: str, steps: tuple[float, ...], p: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Offset (n,) and features (n, d) of log w at p values.

    Step: eta is the logarithm of the weights of all intervals but the first, whose weight is 1 (Hedges 1992,
    Stat Sci 7:246; Vevea and Hedges 1995, Psychometrika 60:419). Beta: ``p^(d1 - 1) (1 - p)^(d2 - 1)``
    (Citkowicz and Vevea 2017, Psychol Methods 22:28). Half-normal: ``exp(-d p^2)`` (Preston et al. 2004,
    J Eval Clin Pract 10:313).

    Examples
    --------
    >>> weight_terms("halfnormal", (), np.array([0.5]))[1]
    array([[-0.25]])
    """
    if kind == "step":
        place = np.searchsorted(np.array(steps), p, side="left")
        return np.zeros(p.size), (place[:, None] == np.arange(1, len(steps) + 1)).astype(float)
    if kind == "beta":
        inside = np.clip(p, P_LEAST, 1 - P_LEAST)
        features = np.column_stack([np.log(inside), np.log1p(-inside)])
        return -features.sum(axis=1), features
    return np.zeros(p.size), -(p**2)[:, None]


def z_of(p: FloatArray, two_sided: bool) -> FloatArray:
    """z (or abs(z)) at which a test has the p value."""
    return -ndtri(p / 2 if two_sided else p)


def p_of(z: FloatArray, two_sided: bool) -> FloatArray:
    """p value of z."""
    return 2 * ndtr(-np.abs(z)) if two_sided else ndtr(-z)


def _gauss_legendre(panels: FloatArray) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(panels)[:, None] / 2
    return (panels[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()
