"""Cluster-robust inference for a mean of dependent effects: CR0, CR1, CR2 with Satterthwaite df."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, option
from evidence.errors import FewStudiesWarning
from evidence.synthesis.inference import p_value, quantile
from evidence.synthesis.nested import Nested
from evidence.synthesis.result import Result

TYPES = {
    "CR0": "without small-sample correction",
    "CR1": "with the factor m / (m - 1)",
    "CR2": "bias-reduced linearisation",
}
FEW_CLUSTERS = 5
LEAST_DF = 4.0


@dataclass(frozen=True, slots=True)
class Robust(Result):
    """A pooled mean with a cluster-robust test.

    Attributes
    ----------
    estimate, se, statistic, df, p, ci_low, ci_high : float
        `df` by Satterthwaite, from the working model.
    type : str
        "CR0", "CR1" or "CR2".
    clusters : int
    level : float
    notes : tuple of str
    """

    estimate: float
    se: float
    statistic: float
    df: float
    p: float
    ci_low: float
    ci_high: float
    type: str
    clusters: int
    level: float
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return the result in one row."""
        names = ("estimate", "se", "statistic", "df", "p", "ci_low", "ci_high", "type", "clusters")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def method_text(self) -> str:
        """Return the sentence a methods section needs."""
        return (
            f"Cluster-robust variance estimation ({self.type}, {TYPES[self.type]}) over {self.clusters}"
            " clusters, t test with Satterthwaite degrees of freedom (Pustejovsky and Tipton 2018),"
            f" {100 * self.level:g} % confidence interval."
        )


def robust(
    data: Nested, sigma2: tuple[float, float], mean: float, *, kind: str = "CR2", level: float = 0.95
) -> Robust:
    """Test a mean of dependent effects without trust in the working model's covariances.

    Parameters
    ----------
    data : Nested
    sigma2 : tuple of float
        Outer and inner variance of the working model.
    mean : float
        Its estimate of the mean.
    kind : {"CR0", "CR1", "CR2"}
    level : float

    Returns
    -------
    Robust

    Raises
    ------
    OptionError
        If there is no such kind.

    Warns
    -----
    FewStudiesWarning
        Below five clusters.

    Notes
    -----
    With the working covariance ``F_c`` of cluster c, weights ``w_c = F_c^-1 1``, ``S = sum 1'w_c`` and
    residuals ``e_c`` the variance is the sum of ``(g_c'e_c)^2`` with ``g_c = A_c w_c / S``. A_c is the
    identity in CR0, and in CR2 the symmetric matrix with ``A_c (F_c - 11'/S) A_c = F_c``, which makes the
    estimate unbiased if the working model holds (Bell and McCaffrey 2002, Surv Methodol 28:169; Pustejovsky
    and Tipton 2018, J Bus Econ Stat 36:672; Tipton 2015, Psychol Methods 20:375).
    """
    option("kind", kind, TYPES)
    e = data.y + data.origin - mean
    shapes = list(_stacks(data))
    covariances = [_covariance(data, rows, sigma2) for rows in shapes]
    weights = [np.linalg.solve(f, np.ones((*f.shape[:2], 1)))[..., 0] for f in covariances]
    total = sum(float(w.sum()) for w in weights)
    m = data.clusters
    parts = []
    for rows, f, w in zip(shapes, covariances, weights, strict=True):
        g = (_bias_reduced(f, total) if kind == "CR2" else w) / total
        if kind == "CR1":
            g = g * math.sqrt(m / (m - 1))
        own = np.einsum("ci,cij,cj->c", g, f, g)
        parts.append(np.stack([np.vecdot(g, e[rows]), own, g.sum(axis=1)]))
    score, own, load = np.concatenate(parts, axis=1)
    se = math.sqrt(float(score @ score))
    df = _satterthwaite(own, load, total)
    half = float(quantile(df, level)) * se
    statistic = mean / se if se > 0 else math.copysign(math.inf, mean) if mean else math.nan
    return Robust(
        mean,
        se,
        statistic,
        df,
        float(p_value(statistic, df)),
        mean - half,
        mean + half,
        kind,
        m,
        level,
        _notes(m, df),
    )


def _stacks(data: Nested) -> list[FloatArray]:
    """Positions of the effects, one array (clusters, size) for each size of cluster."""
    sizes = np.bincount(data.cluster)
    starts = np.cumsum(sizes) - sizes
    return [starts[sizes == size][:, None] + np.arange(size) for size in np.unique(sizes)]


def _covariance(data: Nested, rows: FloatArray, sigma2: tuple[float, float]) -> FloatArray:
    """Working covariance of clusters of one size, shape (clusters, size, size)."""
    root = np.sqrt(data.v[rows])
    unit = data.unit[rows]
    together = root[:, :, None] * root[:, None, :]
    covariance = data.rho * together + sigma2[0] + sigma2[1] * (unit[:, :, None] == unit[:, None, :])
    at = np.arange(rows.shape[1])
    covariance[:, at, at] = data.v[rows] + sigma2[0] + sigma2[1]
    return covariance


def _bias_reduced(f: FloatArray, total: float) -> FloatArray:
    """A_c w_c of CR2 for clusters of one size, shape (clusters, size).

    With R the symmetric root of F, A = R (R (F - 11'/S) R)^(-1/2) R.
    """
    root = _power(f, 0.5)
    inside = root @ (f - 1 / total) @ root
    ones = np.ones((*f.shape[:2], 1))
    return (root @ _power(inside, -0.5) @ _power(f, -0.5) @ ones)[..., 0]


def _power(symmetric: FloatArray, power: float) -> FloatArray:
    """Power of symmetric matrices of positive eigenvalues; those that are zero up to rounding stay zero."""
    values, vectors = np.linalg.eigh((symmetric + np.swapaxes(symmetric, -1, -2)) / 2)
    positive = values > 1e-14 * values[..., -1:]
    raised = np.where(positive, np.where(positive, values, 1.0) ** power, 0.0)
    return (vectors * raised[..., None, :]) @ np.swapaxes(vectors, -1, -2)


def _satterthwaite(own: FloatArray, load: FloatArray, total: float) -> float:
    """Degrees of freedom of the variance estimate as a quadratic form in the effects.

    Its matrix has ``g_c'F_c g_c - (g_c'1)^2 / S`` on the diagonal and ``-(g_c'1)(g_d'1) / S`` elsewhere
    (Pustejovsky and Tipton 2018), so that sums over clusters are enough.
    """
    shared = load**2 / total
    trace = np.sum(own - shared)
    square = np.sum(own**2) - 2 * np.sum(own * shared) + np.sum(shared) ** 2
    return float(trace**2 / square)


def _notes(clusters: int, df: float) -> tuple[str, ...]:
    notes = []
    if clusters < FEW_CLUSTERS:
        text = (
            f"{clusters} clusters are too few for cluster-robust inference; {FEW_CLUSTERS} or more are needed"
            " for a p value or interval to be trusted."
        )
        warnings.warn(text, FewStudiesWarning, stacklevel=4)
        notes.append(text)
    if df < LEAST_DF:
        notes.append(
            f"{df:.1f} degrees of freedom: below {LEAST_DF:g} the p value is not to be trusted (Tipton 2015)."
        )
    return tuple(notes)
