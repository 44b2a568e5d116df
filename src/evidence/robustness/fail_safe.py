"""Fail-safe N: how many studies without effect would undo a result. Asked for often, and of little use."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.robustness.reported import significance_level
from evidence.robustness.small_study_input import refused
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result
from evidence.synthesis.study_input import studies

KINDS = ("rosenthal", "orwin", "rosenberg")
CAUTION = (
    "fail-safe N takes every unseen study to show no effect at all, has no model of heterogeneity or of how"
    " studies go missing, and differs widely between its kinds; the Cochrane Handbook (5.1, 10.4.4.3)"
    " advises against it"
)
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class FailSafeN(Result):
    """Result of `fail_safe_n`.

    Attributes
    ----------
    n : float
        Number of unseen studies; infinite where no number is enough.
    kind : str
    alpha : float
        Level of significance; NaN for Orwin.
    target : float
        Mean that Orwin's studies would leave; NaN for others.
    mean : float
        Mean of the estimates that was to be undone; NaN for Rosenthal.
    p : float
        Observed p value, one-sided for Rosenthal, two-sided for Rosenberg; NaN for Orwin.
    threshold : float
        Rosenthal's rule of thumb, 5 k + 10, beyond which he called a result robust.
    k : int
    weighted : bool
        True if the mean has inverse-variance weights.
    notes : tuple of str
    """

    n: float
    kind: str
    alpha: float
    target: float
    mean: float
    p: float
    threshold: float
    k: int
    weighted: bool
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return one row: kind, n, k, threshold, mean, target, alpha, p."""
        names = ["kind", "n", "k", "threshold", "mean", "target", "alpha", "p"]
        return pd.DataFrame([[getattr(self, name) for name in names]], columns=names)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        if self.kind == "orwin":
            weights = "inverse-variance" if self.weighted else "unweighted"
            how = (
                f"studies of no effect that would bring the {weights} mean to {self.target:.4g} (Orwin 1983)"
            )
        elif self.kind == "rosenthal":
            how = (
                f"studies of no effect that would bring Stouffer's one-sided p to {self.alpha:g} (Rosenthal"
                " 1979)"
            )
        else:
            how = (
                "studies of no effect and average weight that would bring the common-effect two-sided p to"
                f" {self.alpha:g} (Rosenberg 2005)"
            )
        notes = " ".join(f"{note[0].upper()}{note[1:]}." for note in self.notes)
        return f"Fail-safe N of {self.k} studies: {how}. {notes}"


def fail_safe_n(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    kind: str = "rosenthal",
    alpha: float | None = None,
    target: float | None = None,
    weighted: bool | None = None,
) -> FailSafeN:
    """Count the unseen studies without effect that would undo a result.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out. No effect must be 0 on its
        scale.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    kind : {"rosenthal", "orwin", "rosenberg"}
        Undo the significance of the combined z values, bring the mean to `target`, or undo the significance
        of the common-effect mean.
    alpha : float, optional
        Level of significance for Rosenthal (one-sided) and Rosenberg (two-sided), default 0.05.
    target : float, optional
        For Orwin, on the analysis scale; default half the mean.
    weighted : bool, optional
        For Orwin: inverse-variance mean in place of the plain one, default False.

    Returns
    -------
    FailSafeN
        It carries its caution in `notes`.

    Raises
    ------
    OptionError
        If there is no such kind.
    InputError
        If an option changes nothing for the kind or is out of bounds, or the scale has no place of no effect.

    Notes
    -----
    Rosenthal: ``(sum z / z_alpha)^2 - k``. Orwin: ``k (mean - target) / target``. Rosenberg: ``k ((sum w y /
    z_(alpha/2))^2 - sum w) / sum w``. All rounded up, at least 0; Rosenthal's and Rosenberg's take the
    direction that the studies show.

    References
    ----------
    Rosenthal 1979, Psychol Bull 86:638; Orwin 1983, J Educ Stat 8:157; Rosenberg 2005, Evolution 59:464.

    Examples
    --------
    >>> found = fail_safe_n(yi=[0.3, 0.5, 0.4], vi=[0.02, 0.03, 0.05])
    >>> found.n, found.threshold
    (15.0, 25)
    """
    option("kind", kind, KINDS)
    option("weighted", weighted, (None, True, False))
    if kind == "orwin":
        refused("fail_safe_n", "with kind='orwin', which has no test", alpha=alpha)
    else:
        refused("fail_safe_n", f"with kind={kind!r}", target=target, weighted=weighted)
    alpha = _ALPHA if alpha is None else significance_level(alpha, most=0.5)
    effects = effects.effects if isinstance(effects, Pooled) else effects
    read = studies("fail_safe_n", effects, yi, vi, least=1, instead="There is nothing to undo.")
    if read.scale in ("logit", "arcsine"):
        raise InputError(
            "fail_safe_n: a proportion has no value of no effect that unseen studies could show."
        )
    nan, k = math.nan, read.y.size
    found = {"alpha": alpha, "target": nan, "mean": nan, "p": nan, "weighted": kind == "rosenberg"}
    if kind == "orwin":
        found |= _orwin(read.y, read.v, target, weighted=bool(weighted)) | {"alpha": nan}
    else:
        found |= (_rosenthal if kind == "rosenthal" else _rosenberg)(read.y, read.v, alpha)
    return FailSafeN(kind=kind, k=k, threshold=5 * k + 10, notes=(CAUTION,), **found)


def _rosenthal(y: FloatArray, v: FloatArray, alpha: float) -> dict[str, float]:
    total = float(np.sum(y / np.sqrt(v)))
    needed = (total / float(ndtri(1 - alpha))) ** 2 - y.size
    return {"n": _up(needed), "p": math.erfc(abs(total) / math.sqrt(2 * y.size)) / 2}


def _rosenberg(y: FloatArray, v: FloatArray, alpha: float) -> dict[str, float]:
    weight, sum_wy = float(np.sum(1 / v)), float(np.sum(y / v))
    needed = y.size * ((sum_wy / float(ndtri(1 - alpha / 2))) ** 2 - weight) / weight
    p = math.erfc(abs(sum_wy) / math.sqrt(2 * weight))
    return {"n": _up(needed), "mean": sum_wy / weight, "p": p}


def _orwin(y: FloatArray, v: FloatArray, target: float | None, *, weighted: bool) -> dict[str, float | bool]:
    mean = float(np.average(y, weights=1 / v if weighted else None))
    target = mean / 2 if target is None else target
    if not (isinstance(target, (int, float)) and math.isfinite(target)):
        raise InputError(f"target={target!r} must be a number on the scale of the estimates.")
    beyond = target == 0 or (target > 0) != (mean > 0)
    needed = 0.0 if mean == 0 else math.inf if beyond else _up(y.size * (mean - target) / target)
    return {"n": needed, "mean": mean, "target": float(target), "weighted": weighted}


def _up(needed: float) -> float:
    """The next whole number, a number of studies that is whole but for rounding being whole."""
    near = round(needed)
    whole = near if abs(needed - near) < 1e-9 * max(1.0, abs(needed)) else math.ceil(needed)
    return float(max(0, whole))
