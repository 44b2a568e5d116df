"""The exact small-sample correction of a standardised mean difference."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from evidence.arguments import FloatArray

# gammaln loses digits in the difference of two large numbers; from here the series below has them all.
_SERIES_FROM = 100.0
_SERIES = (-399 / 262144, -21 / 32768, 5 / 1024, 1 / 128, -1 / 8, 1.0)


def hedges_correction(df: ArrayLike) -> FloatArray:
    """Return J(df), the factor that takes the bias out of Cohen's d.

    J = Γ(df/2) / (√(df/2) Γ((df - 1)/2)); Hedges (1981), equation 6e.

    Parameters
    ----------
    df : array_like
        Degrees of freedom of the SD in the denominator.

    Returns
    -------
    ndarray
        J, below 1; NaN where df <= 1, for which no correction exists.

    Notes
    -----
    For large df the ratio of gamma functions is taken from its asymptotic series in x = (df - 1)/2,
    √x (1 - 1/(8x) + 1/(128x²) + 5/(1024x³) - ...) (Tricomi and Erdélyi, 1951).

    Examples
    --------
    >>> hedges_correction([4, 1e9]).round(6)
    array([0.797885, 1.      ])
    """
    df = np.asarray(df, dtype=float)
    x = np.where(df > 1, (df - 1) / 2, np.nan)
    exact = np.exp(gammaln(x + 0.5) - gammaln(x)) / np.sqrt(x + 0.5)
    series = np.sqrt(x / (x + 0.5)) * np.polyval(_SERIES, 1 / x)
    return np.where(x < _SERIES_FROM, exact, series)
