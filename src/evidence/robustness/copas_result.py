"""`Copas`: the pooled mean as more and more selection is assumed, and where it explains the funnel plot."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from evidence.arguments import FloatArray
from evidence.effects.scale import scale as named_scale
from evidence.synthesis.result import Result

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Copas(Result):
    """Result of `evidence.robustness.copas.copas`.

    Attributes
    ----------
    estimate, se, p, ci_low, ci_high : float
        Adjusted mean: that of the weakest selection that leaves no sign of more; NaN if there is none.
    publication : float
        Probability of reporting the study with the largest standard error, there.
    residual_p : float
        p value of the test of residual selection, there.
    unpublished : float
        Number of studies that the selection there says are unreported.
    unadjusted, unadjusted_ci, unadjusted_tau2 : float, tuple of float, float
        Without selection, by maximum likelihood.
    path : DataFrame
        One row a selection, weakest first: gamma0, gamma1, publication, estimate, se, ci_low, ci_high, p,
        rho, tau2, residual_statistic, residual_p, unpublished.
    adjusted : int or None
        Row of the path that the adjusted mean is taken from.
    gamma0, gamma1 : array, shape (grid,)
    surface : array, shape (grid, grid)
        Estimate over the grid.
    slope : float
        Of the path, both gammas scaled to run from 0 to 1.
    missing : {"left", "right"}
        Side of the funnel plot on which studies are taken to be missing.
    alpha, level : float
    k : int
    notes : tuple of str
    scale, measure : str
    labels : tuple of str
    yi, vi : array, shape (k,)
    """

    estimate: float
    se: float
    p: float
    ci_low: float
    ci_high: float
    publication: float
    residual_p: float
    unpublished: float
    unadjusted: float
    unadjusted_ci: Bounds
    unadjusted_tau2: float
    path: pd.DataFrame = field(repr=False)
    adjusted: int | None
    gamma0: FloatArray = field(repr=False)
    gamma1: FloatArray = field(repr=False)
    surface: FloatArray = field(repr=False)
    slope: float
    missing: str
    alpha: float
    level: float
    k: int
    notes: tuple[str, ...]
    scale: str
    measure: str
    labels: tuple[str, ...] = field(repr=False)
    yi: FloatArray = field(repr=False)
    vi: FloatArray = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Return one row adjusted for selection and one that is not.

        Columns: term, estimate, se, ci_low, ci_high, p, publication, residual_p, unpublished.
        """
        first = self.path.iloc[0]
        names = ["estimate", "se", "ci_low", "ci_high", "p", "publication", "residual_p", "unpublished"]
        adjusted = {"term": "adjusted for selection"} | {name: getattr(self, name) for name in names}
        return pd.DataFrame([adjusted, {"term": "unadjusted"} | first[names].to_dict()])

    def display(self) -> dict[str, float]:
        """Return estimates and intervals on the reader's scale (ratios, proportions)."""
        back = named_scale(self.scale).back
        values = {name: getattr(self, name) for name in ("estimate", "ci_low", "ci_high", "unadjusted")}
        values |= dict(zip(("unadjusted_ci_low", "unadjusted_ci_high"), self.unadjusted_ci, strict=True))
        return {name: float(back(value)) for name, value in values.items()}

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        found = "" if self.adjusted is not None else " None did."
        return (
            f"Copas selection model of {self.k} studies (Copas and Shi 2000, 2001) by maximum likelihood,"
            f" over a {len(self.gamma0)} by {len(self.gamma1)} grid of selection and along the line across"
            f" its contours, with studies taken to be missing on the {self.missing} of the funnel plot; the"
            " adjusted mean is that of the weakest selection at which the likelihood-ratio test of residual"
            f" selection has p > {self.alpha:g}; {100 * self.level:g} % Wald intervals.{found}"
        )
