"""The Henmi-Copas interval: common-effect weights, least moved by publication bias, random-effects error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc

from evidence.arguments import FloatArray

PANELS = 16
REACH = 12.0  # standard deviations beyond which the normal density is nothing

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)


@dataclass(frozen=True, slots=True)
class HenmiCopas:
    """Distribution of the pivot of Henmi and Copas.

    The pivot is the common-effect mean less its truth, over its standard error with the DerSimonian-Laird
    tau2. Given the (standardised) mean R, Q is taken as gamma distributed with its exact mean and variance;
    tau2 is put at its estimate.

    Attributes
    ----------
    k : int
    sd : float
        Of R, the mean in units of its common-effect standard error.
    ratio : float
        Sum of squared weights over the sum of weights.
    trace : float
        Expected change of Q by tau2, tr P.
    mean, mean_slope : float
        E(Q | R) is mean + mean_slope R^2.
    variance, variance_slope : float
        Var(Q | R) is variance + variance_slope R^2.

    References
    ----------
    Henmi and Copas 2010, Stat Med 29:2969, sections 3 and 4; the moments follow from those of a quadratic
    form of normal variables conditional on a linear one.
    """

    k: int
    sd: float
    ratio: float
    trace: float
    mean: float
    mean_slope: float
    variance: float
    variance_slope: float

    def tail(self, t: float) -> float:
        """Probability that the pivot exceeds `t` (above 0).

        It does where R > t and Q is small enough for the estimate of tau2 to stay below ((R / t)^2 - 1) /
        ratio.
        """
        step = REACH * self.sd / PANELS
        r = (t + step * (np.arange(PANELS)[:, None] + (1 + _NODES) / 2)).ravel()
        limit = self.k - 1 + self.trace / self.ratio * ((r / t) ** 2 - 1)
        mean = self.mean + self.mean_slope * r**2
        scale = (self.variance + self.variance_slope * r**2) / mean
        density = np.exp(-((r / self.sd) ** 2) / 2) / (self.sd * np.sqrt(2 * np.pi))
        return float(np.tile(_WEIGHTS, PANELS) @ (gammainc(mean / scale, limit / scale) * density)) * step / 2

    def quantile(self, level: float) -> float:
        """Value that the pivot's size exceeds with probability 1 - level."""
        high = 1.0
        while 2 * self.tail(high) > 1 - level:
            high *= 2
        return float(brentq(lambda t: 2 * self.tail(t) - (1 - level), 1e-8, high, xtol=1e-13, rtol=1e-13))

    def p_value(self, statistic: float) -> float:
        """Two-sided p value of the pivot's value under no effect."""
        return 1.0 if statistic == 0 else min(1.0, 2 * self.tail(abs(statistic)))


def henmi_copas(vi: FloatArray, tau2: float) -> HenmiCopas:
    """Set up the distribution of the pivot.

    Parameters
    ----------
    vi : array, shape (k,)
    tau2 : float
        DerSimonian-Laird estimate, in units of vi.

    Examples
    --------
    >>> pivot = henmi_copas(np.array([0.1, 0.2, 0.1, 0.3]), 0.1)
    >>> round(pivot.quantile(0.95), 4)
    2.2614
    """
    unit = vi.min()
    w, t = unit / vi, float(tau2) / unit
    s1, s2, s3 = w.sum(), w @ w, w**2 @ w
    ratio = s2 / s1
    trace = s1 - ratio
    square = s2 - 2 * s3 / s1 + ratio**2  # tr PP
    total = 1 / w + t  # variances of the estimates
    var_r = 1 + t * ratio
    moved = t * w * (w - ratio) / np.sqrt(s1)  # P cov(y, R)
    bent = moved @ (1 + t * w) / np.sqrt(s1)  # cov(y, R)' P cov(y, R)
    spread = moved @ (total * moved)
    return HenmiCopas(
        k=vi.size,
        sd=float(np.sqrt(var_r)),
        ratio=float(ratio),
        trace=float(trace),
        mean=float(vi.size - 1 + t * trace - bent / var_r),
        mean_slope=float(bent / var_r**2),
        variance=float(
            2 * (vi.size - 1 + 2 * t * trace + t**2 * square - 2 * spread / var_r + (bent / var_r) ** 2)
        ),
        variance_slope=float(4 * (spread - bent**2 / var_r) / var_r**2),
    )
