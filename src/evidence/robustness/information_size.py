"""How much information a meta-analysis needs before it can answer: the required information size."""

from __future__ import annotations

import math
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from evidence.arguments import vector
from evidence.errors import InputError

SMALLEST = 1e-10


def standard_drift(*, alpha: float = 0.05, power: float = 0.9, two_sided: bool = True) -> float:
    """Mean of Z at which a single test has the wanted power: z(1 - alpha / 2) + z(power).

    Raises
    ------
    InputError
        If alpha or power does not lie between 0 and 1, alpha is below 1e-10 a side, or the power is not above
        alpha's share of a side.

    Examples
    --------
    >>> round(standard_drift(), 4)
    3.2415
    """
    for name, value in (("alpha", alpha), ("power", power)):
        if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < 1:
            raise InputError(f"{name}={value!r} must lie between 0 and 1, for instance 0.05 or 0.9.")
    side = alpha / 2 if two_sided else alpha
    if side < SMALLEST:
        raise InputError(f"alpha={alpha!r} is too small for boundaries; {SMALLEST:g} a side is the least.")
    if power <= side:
        raise InputError(f"power={power!r} must be above alpha, here {side:g} on the side of the effect.")
    return float(ndtri(1 - side) + ndtri(power))


def required_information(
    delta: float,
    *,
    alpha: float = 0.05,
    power: float = 0.9,
    two_sided: bool = True,
    heterogeneity: float = 0.0,
) -> float:
    """Return the information (sum of inverse variances) needed to find a difference.

    Parameters
    ----------
    delta : float
        The smallest difference worth finding, on the scale of the estimates.
    alpha, power : float
    two_sided : bool
    heterogeneity : float
        Share of the variance of the random-effects mean that comes from differences between studies, 0 to
        below 1; the information is divided by what is left.

    Returns
    -------
    float

    Raises
    ------
    InputError
        If delta is 0 or not finite, a share is impossible, or alpha and power do not fit.

    Notes
    -----
    ((z(1 - alpha / 2) + z(power)) / delta)^2, the sample size of a single trial; divided by 1 - I2 in
    Wetterslev et al. (2008, J Clin Epidemiol 61:64), by 1 - D2 in Wetterslev et al. (2009, BMC Med Res
    Methodol 9:86). People follow from the information that a person in the studies at hand gives; with equal
    groups and one SD that is Wetterslev's N = 4 SD^2 (z + z)^2 / delta^2.

    Examples
    --------
    >>> round(required_information(0.5), 2), round(required_information(0.5, heterogeneity=0.5), 2)
    (42.03, 84.06)
    """
    if isinstance(delta, bool) or not isinstance(delta, Real) or not math.isfinite(delta) or delta == 0:
        raise InputError(f"delta={delta!r} must be a difference other than 0 on the scale of yi.")
    if isinstance(heterogeneity, bool) or not isinstance(heterogeneity, Real) or not 0 <= heterogeneity < 1:
        raise InputError(
            f"heterogeneity={heterogeneity!r} must be a share from 0 to below 1, for instance 0.25 for 25 %."
        )
    drift = standard_drift(alpha=alpha, power=power, two_sided=two_sided)
    root = drift / float(delta)
    if not 1e-100 < abs(root) < 1e100:
        raise InputError(
            f"delta={delta!r} cannot be a difference on the scale of yi; measure in other units."
        )
    return root**2 / (1 - float(heterogeneity))


def diversity(vi: ArrayLike, tau2: float) -> float:
    """Return D2, the share of the variance of the random-effects mean that a common effect would not have.

    Parameters
    ----------
    vi : array, shape (k,)
        Sampling variances.
    tau2 : float
        Between-study variance.

    Returns
    -------
    float
        0 to below 1.

    Notes
    -----
    1 - v_F / v_R with the variances of the two pooled means (Wetterslev et al. 2009, BMC Med Res
    Methodol 9:86).

    Examples
    --------
    >>> round(diversity([0.1, 0.1, 0.1], 0.1), 3), round(diversity([0.1, 0.4], 0.1), 3)
    (0.5, 0.44)
    """
    v = vector("vi", vi)
    return float(1 - np.sum(1 / (v + tau2)) / np.sum(1 / v))
