"""`Components`: a fitted component network, and the effect of any combination of its components."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.synthesis.component_names import Vocabulary
from evidence.synthesis.network_compare import Comparison, Fit
from evidence.synthesis.network_compared import Compared
from evidence.synthesis.network_kernels import System
from evidence.synthesis.network_pairs import Pairs
from evidence.synthesis.network_words import component_sentence
from evidence.synthesis.result import plain

ESTIMABLE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class ComponentFit:
    """A component network under one model: the treatments' effects, and the terms'.

    Attributes
    ----------
    treatments : Fit
    estimates : array, shape (terms,)
        The shortest vector where the data do not tell terms apart.
    covariance : array, shape (terms, terms)
    space : array, shape (terms, rank)
        Orthonormal basis of the combinations that the data tell.
    """

    treatments: Fit
    estimates: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)
    space: FloatArray = field(repr=False)

    def combination(self, amounts: FloatArray) -> tuple[float, float]:
        """Effect and standard error of a sum of terms; NaN if the data do not tell it."""
        outside = amounts - self.space @ (self.space.T @ amounts)
        if np.linalg.norm(outside) > ESTIMABLE * max(np.linalg.norm(amounts), 1.0):
            return math.nan, math.nan
        variance = float(amounts @ self.covariance @ amounts)
        return float(amounts @ self.estimates), math.sqrt(max(variance, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Components(Compared):
    """Result of `evidence.synthesis.components.components`.

    Attributes
    ----------
    components : tuple of str
        Names of the terms: components in alphabetical order, then interactions.
    component_estimates, component_se, ci_low, ci_high, statistic, p : array, shape (terms,)
        What each adds, in the chosen model; NaN where the data do not tell it from others.
    treatments : tuple of str
    p_scores : array, shape (n,)
        Of the treatments, under the additive model.
    tau2, tau2_se : float
    tau2_ci : tuple of float
    i2 : float
        From Q of the additive model, in percent.
    q_additive, q_additive_df, q_additive_p : float
        Q of the additive model.
    q, q_df, q_p : float
        Q of the network with an effect of its own for each treatment.
    q_difference, q_difference_df, q_difference_p : float
        Test of additivity.
    k, comparisons : int
    subnetworks : tuple of tuple of str
    unidentified : tuple of str
        Terms without an estimate.
    inactive, sep, model, method, small_values, level : str or float
        The choices.
    notes : tuple of str
    measure, scale : str
    vocabulary : Vocabulary
    common_fit, random_fit : ComponentFit
    pairs : Pairs
    system : System
    """

    components: tuple[str, ...]
    component_estimates: FloatArray
    component_se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    statistic: FloatArray
    p: FloatArray
    treatments: tuple[str, ...]
    p_scores: FloatArray
    tau2: float
    tau2_se: float
    tau2_ci: tuple[float, float]
    i2: float
    q_additive: float
    q_additive_df: int
    q_additive_p: float
    q: float
    q_df: int
    q_p: float
    q_difference: float
    q_difference_df: int
    q_difference_p: float
    k: int
    comparisons: int
    subnetworks: tuple[tuple[str, ...], ...]
    unidentified: tuple[str, ...]
    inactive: str | None
    sep: str
    model: str
    method: str
    small_values: str
    level: float
    notes: tuple[str, ...]
    measure: str
    scale: str
    vocabulary: Vocabulary = field(repr=False)
    common_fit: ComponentFit = field(repr=False)
    random_fit: ComponentFit = field(repr=False)
    pairs: Pairs = field(repr=False)
    system: System = field(repr=False)

    @property
    def common(self) -> Fit:
        """Effects of the treatments under the common-effect model."""
        return self.common_fit.treatments

    @property
    def random(self) -> Fit:
        """Effects of the treatments under the random-effects model."""
        return self.random_fit.treatments

    def estimate(self, t1: str, t2: str | None = None, *, model: str | None = None) -> Comparison:
        """Return the effect of any combination of components against another, tried or not.

        Parameters
        ----------
        t1 : str
            Such as "laser + prp".
        t2 : str, optional
            By default nothing that is active.
        model : {"random", "common"}, optional

        Raises
        ------
        OptionError
            If a component was given to nobody.
        InputError
            If the data do not tell the two apart.
        """
        amounts = self.vocabulary.columns(t1)
        other = np.zeros_like(amounts) if t2 is None else self.vocabulary.columns(t2)
        against = (self.inactive or "no active component") if t2 is None else t2
        if (amounts == other).all():
            raise InputError(
                f"{t1!r} and {against!r} have the same active components; their effects are equal."
            )
        fit = self.random_fit if self._model(model) is self.random else self.common_fit
        te, se = fit.combination(amounts - other)
        if math.isnan(te):
            raise InputError(
                f"{t1} against {against} cannot be estimated: the data do not tell"
                f" {', '.join(self.unidentified)} apart."
            )
        return self._comparison(t1, against, te, se, model)

    def summary(self) -> pd.DataFrame:
        """Return one row a component or interaction: what it adds, and in how many treatments it is."""
        held = np.array([self.vocabulary.columns(name) for name in self.treatments]).sum(axis=0)
        return pd.DataFrame(
            {
                "component": self.components,
                "te": self.component_estimates,
                "se": self.component_se,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
                "statistic": self.statistic,
                "p": self.p,
                "treatments": held.astype(int),
            }
        )

    def heterogeneity(self) -> pd.DataFrame:
        """Return one row a quantity: tau2, I2, Q of both models and of their difference, with df and p."""
        nan = np.nan
        rows = [
            ("tau2", self.tau2, nan, nan),
            ("I2 (%)", self.i2, nan, nan),
            ("Q, additive model", self.q_additive, self.q_additive_df, self.q_additive_p),
            ("Q, one effect a treatment", self.q, self.q_df, self.q_p),
            ("Q, difference (additivity)", self.q_difference, self.q_difference_df, self.q_difference_p),
        ]
        return pd.DataFrame(rows, columns=["term", "estimate", "df", "p"])

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return component_sentence(
            k=self.k,
            n=len(self.treatments),
            parts=len(self.subnetworks),
            components=len(self.vocabulary.components),
            interactions=len(self.vocabulary.interactions),
            inactive=self.inactive,
            method=self.method,
            model=self.model,
            level=self.level,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return every number in types that JSON can hold; data and matrices are left out."""
        left_out = {"vocabulary", "common_fit", "random_fit", "pairs", "system"}
        return {
            name: plain(getattr(self, name)) for name in self.__dataclass_fields__ if name not in left_out
        }
