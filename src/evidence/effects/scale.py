"""The scale a measure lives on, and the way back to what a reader understands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from evidence.arguments import FloatArray, option


@dataclass(frozen=True, slots=True)
class Scale:
    """Name of the analysis scale, its back-transformation and its value of no effect."""

    name: str
    back: Callable[[FloatArray], FloatArray]
    null: float


_SCALES = {
    "identity": Scale("identity", lambda x: np.asarray(x, dtype=float), 0.0),
    "log": Scale("log", lambda x: np.exp(x), 0.0),
    "logit": Scale("logit", lambda x: expit(x), np.nan),
    "arcsine": Scale("arcsine", lambda x: np.sin(np.clip(x, 0, np.pi / 2)) ** 2, np.nan),
}


def scale(name: str) -> Scale:
    """Return a scale by name: identity, log, logit or arcsine.

    Raises
    ------
    OptionError
        If there is no such scale.

    Examples
    --------
    >>> float(scale("logit").back(0.0))
    0.5
    """
    return _SCALES[option("scale", name, _SCALES)]
