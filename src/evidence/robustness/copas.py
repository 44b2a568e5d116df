"""The Copas selection model: how the pooled mean changes as small studies are ever less surely reported."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError
from evidence.robustness.copas_likelihood import CopasLikelihood
from evidence.robustness.copas_path import RHO_BOUND, along, best, bounds, grid, steepest
from evidence.robustness.copas_result import Copas
from evidence.robustness.reported import reported, significance_level
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled

FEW = 10
SIDES = ("auto", "left", "right")
_LEAST = 5
_POINTS = 24
_NOT_PEAKED = "no standard error: the likelihood is not peaked there"


def copas(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    missing: str = "auto",
    alpha: float = 0.1,
    size: int = 20,
    level: float = 0.95,
) -> Copas:
    """Fit the Copas selection model as a sensitivity analysis over the strength of selection.

    A study is reported if ``gamma0 + gamma1 / s_i + d_i > 0`` with d correlated (rho) with the error of its
    estimate. The data say little of gamma0 and gamma1, so that the mean is estimated for each of a grid of
    them and along the path on which it changes fastest. At each point a likelihood-ratio test asks whether
    the estimates still depend on their standard errors (residual selection).

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    missing : {"auto", "left", "right"}
        Side of the funnel plot on which unreported studies are missing; "auto" takes it from the sign of
        Egger's regression of ``yi / s`` on ``1 / s``.
    alpha : float
        Selection is taken to explain the funnel plot where the test of residual selection has p above it.
    size : int
        Points a side of the grid, 5 to 100.
    level : float
        Of all intervals.

    Returns
    -------
    Copas

    Raises
    ------
    TooFewStudiesError
        If there are fewer than 5 studies.
    InputError
        If values are missing or wrong, all standard errors or all estimates are equal.
    OptionError
        If there is no such side.
    ConvergenceError
        If the likelihood has no maximum that can be found.

    Warns
    -----
    FewStudiesWarning
        With fewer than 10 studies.

    Notes
    -----
    Ranges of the grid, the path across the contours and the choice of the adjusted mean follow R's metasens
    (Carpenter et al. 2009, J Clin Epidemiol 62:624; Schwarzer et al. 2010, J Clin Epidemiol 63:282); points
    lie evenly on the path, not on the contours. rho is kept within 0.9999, in the test on the side that
    `missing` says, in both models compared.

    References
    ----------
    Copas and Shi 2000, Biostatistics 1:247; 2001, Stat Methods Med Res 10:251.

    Examples
    --------
    >>> s = np.array([0.08, 0.1, 0.12, 0.15, 0.2, 0.22, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5])  # invented
    >>> y = np.array([0.1, 0.25, 0.0, 0.4, 0.2, 0.5, 0.1, 0.7, 0.2, 0.9, 0.4, 0.8])
    >>> found = copas(yi=y, vi=s**2)
    >>> found.missing, found.estimate < found.unadjusted, found.residual_p > 0.1
    ('left', True, True)
    """
    option("missing", missing, SIDES)
    alpha = significance_level(alpha)
    level = checked_level(level)
    if isinstance(size, bool) or not isinstance(size, int) or not 5 <= size <= 100:
        raise InputError(f"size={size!r} must be a whole number from 5 to 100.")
    more = "The model has four parameters where residual selection is tested."
    what = reported("copas", effects, yi, vi, least=_LEAST, instead=more, tested=False)
    s = np.sqrt(what.v)
    _check(what.y, s)
    k = what.y.size
    if k < FEW:
        few = f"copas: {k} studies are few; with fewer than {FEW} the path may be far off."
        warnings.warn(few, FewStudiesWarning, stacklevel=2)
    notes = [f"{k} studies are few for a selection model"] if k < FEW else []
    side = _side(what.y, s) if missing == "auto" else missing
    unit = float(np.median(s))
    y, s = what.y / unit, s / unit
    start = pool(yi=y, vi=s**2, method="ML", test="z", prediction=None)
    first = np.array([start.estimate, (0.5 if side == "left" else -0.5) * RHO_BOUND, start.tau2])
    surface = grid(y, s, size, first, unit)
    slope = steepest(surface)
    if math.isnan(slope):
        slope = 1.0
        notes.append("no path across contours of the estimate was found: the diagonal of the grid is taken")
    pairs = along(surface, slope, _POINTS)
    path = _path(y, s, unit, pairs, first, side, level)
    adjusted = _first_without_residue(path["residual_p"].to_numpy(), alpha)
    chosen = path.iloc[adjusted] if adjusted is not None else path.iloc[0] * math.nan
    notes += _words(path, adjusted, alpha)
    plain = path.iloc[0]
    names = ("estimate", "se", "p", "ci_low", "ci_high", "publication", "residual_p", "unpublished")
    return Copas(
        **{name: float(chosen[name]) for name in names},
        unadjusted=float(plain["estimate"]),
        unadjusted_ci=(float(plain["ci_low"]), float(plain["ci_high"])),
        unadjusted_tau2=float(plain["tau2"]),
        path=path,
        adjusted=adjusted,
        gamma0=surface.gamma0,
        gamma1=surface.gamma1,
        surface=surface.estimate,
        slope=slope,
        missing=side,
        alpha=alpha,
        level=level,
        k=k,
        notes=tuple(notes),
        scale=what.scale,
        measure=what.measure,
        labels=tuple(what.labels),
        yi=what.y,
        vi=what.v,
    )


def _check(y: FloatArray, s: FloatArray) -> None:
    if np.ptp(y) == 0:
        raise InputError(f"All {y.size} estimates are {y[0]:g}: nothing is left for selection to explain.")
    if np.ptp(s) < 1e-6 * s.max():
        raise InputError(
            f"All {s.size} standard errors are {s[0]:.4g}: the Copas model rests on how they differ. A"
            " selection model by p values (selection_model) does not."
        )


def _side(y: FloatArray, s: FloatArray) -> str:
    """Side that is empty by Egger's regression: left where small studies have larger estimates."""
    design = np.column_stack([np.ones_like(s), 1 / s])
    intercept = np.linalg.lstsq(design, y / s, rcond=None)[0][0]
    return "left" if intercept > 0 else "right"


def _path(
    y: FloatArray, s: FloatArray, unit: float, pairs: FloatArray, first: FloatArray, side: str, level: float
) -> pd.DataFrame:
    """Fit at each pair of gammas, weakest selection first."""
    rows, near = [], first
    half = float(quantile(math.inf, level))
    for place, (gamma0, gamma1) in enumerate(pairs):
        u = gamma0 + gamma1 / (unit * s)
        point, se, ratio = _at(CopasLikelihood(y, s, u), near, first, side, selected=place > 0)
        near = point
        estimate, se = unit * float(point[0]), unit * se
        reporting = ndtr(u)
        row = {
            "gamma0": float(gamma0),
            "gamma1": float(gamma1),
            "publication": float(reporting[np.argmax(s)]),
            "estimate": estimate,
            "se": se,
            "ci_low": estimate - half * se,
            "ci_high": estimate + half * se,
            "p": float(p_value(estimate / se, math.inf)),
            "rho": float(point[1]),
            "tau2": unit**2 * float(point[2]),
            "residual_statistic": ratio,
            "residual_p": float(chdtrc(1, ratio)),
            "unpublished": float(np.sum((1 - reporting) / reporting)),
        }
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.sort_values("publication", ascending=False, kind="stable", ignore_index=True)


def _at(
    model: CopasLikelihood, near: FloatArray, first: FloatArray, side: str, *, selected: bool
) -> tuple[FloatArray, float, float]:
    """Estimates, standard error of mu, and the likelihood ratio of residual selection at one selection."""
    unleaning = np.array([first[0], 0.0, first[2]])
    lower, upper = bounds(slope=False, side=None)
    test_lower, test_upper = bounds(slope=True, side=side)
    if not selected:
        # All are reported: rho has no meaning, and the model is the usual random-effects one.
        for limits in (lower, upper, test_lower, test_upper):
            limits[1] = 0.0
    starts = [near, first, unleaning]
    point, value, hessian, free = best(model, starts, lower, upper)
    information = -hessian[np.ix_(free, free)]
    known = free[0] and np.linalg.eigvalsh(information).min() > 0
    se = math.sqrt(np.linalg.inv(information)[0, 0]) if known else math.nan
    within = test_lower[1] <= point[1] <= test_upper[1]
    top = value if within else best(model, starts, test_lower[:3], test_upper[:3])[1]
    with_slope = [np.r_[each, 0.0] for each in (point, first, unleaning)]
    return point, se, max(0.0, 2 * (best(model, with_slope, test_lower, test_upper)[1] - top))


def _first_without_residue(p: FloatArray, alpha: float) -> int | None:
    """Row of the weakest selection that leaves no sign of more."""
    rows = np.flatnonzero(p > alpha)
    return int(rows[0]) if rows.size else None


def _words(path: pd.DataFrame, adjusted: int | None, alpha: float) -> list[str]:
    notes = []
    if adjusted is None:
        notes.append(f"no selection looked at leaves the test of residual selection with p above {alpha:g}")
    elif adjusted == 0:
        notes.append("the funnel plot shows no sign of selection: the adjusted mean is the unadjusted one")
    at_bound = int((path["rho"].abs() >= RHO_BOUND).sum())
    if at_bound:
        notes.append(
            f"rho rests at its bound of {RHO_BOUND:g} at {at_bound} of {len(path)} points of the path;"
            " standard errors there take it as known and are too small"
        )
    if path["se"].isna().any():
        notes.append(f"{_NOT_PEAKED} (at {int(path['se'].isna().sum())} points of the path)")
    notes.append("a sensitivity analysis: small-study effects can have causes other than selection")
    return notes
