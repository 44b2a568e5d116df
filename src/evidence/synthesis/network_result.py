"""`Network`: a fitted network, and every question that can be put to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.synthesis.network_compare import NUMBERS, Comparison, Fit
from evidence.synthesis.network_compared import Compared
from evidence.synthesis.network_designs import chi2_p, design_label, summed
from evidence.synthesis.network_flow import contributions
from evidence.synthesis.network_heat import NetHeat, net_heat
from evidence.synthesis.network_kernels import System
from evidence.synthesis.network_pairs import Pairs
from evidence.synthesis.network_splits import splits
from evidence.synthesis.network_words import network_sentence
from evidence.synthesis.result import plain


@dataclass(frozen=True, slots=True, eq=False)
class Network(Compared):
    """Result of `evidence.synthesis.network.network`.

    Attributes
    ----------
    treatments : tuple of str
        In alphabetical order; arrays of shape (n,) follow it.
    reference : str
    te, se, ci_low, ci_high, statistic, p, pi_low, pi_high : array, shape (n,)
        Each treatment against the reference, in the chosen model; NaN for parts that do not hold it, and as
        the test of the reference itself.
    p_scores : array, shape (n,)
        Mean certainty that a treatment is better than another (of its sub-network), in the chosen model.
    tau2, tau2_se : float
        Between-study variance, one for all comparisons.
    tau2_ci : tuple of float
        Q-profile interval.
    i2 : float
        Share of Q beyond its degrees of freedom, in percent.
    q, q_df, q_p : float
        Generalised Q of the whole network: heterogeneity and inconsistency.
    q_within, q_within_df, q_within_p : float
        Its part within designs: heterogeneity.
    q_between, q_between_df, q_between_p : float
        Its part between designs: inconsistency (design-by-treatment interaction).
    q_between_random, q_between_random_p, tau2_within : float
        The same under random effects, with tau2 from the variation within designs.
    k : int
        Number of studies.
    comparisons : int
        Number of pairwise comparisons of arms within studies.
    subnetworks : tuple of tuple of str
        Treatments of each part of the network; one part if it is connected.
    model, method, small_values, level : str or float
        The choices.
    notes : tuple of str
    measure, scale : str
    common, random : Fit
        Both models, whichever was chosen.
    pairs : Pairs
        The data.
    system : System
        Their independent rows.
    """

    treatments: tuple[str, ...]
    reference: str
    te: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    statistic: FloatArray
    p: FloatArray
    pi_low: FloatArray
    pi_high: FloatArray
    p_scores: FloatArray
    tau2: float
    tau2_se: float
    tau2_ci: tuple[float, float]
    i2: float
    q: float
    q_df: int
    q_p: float
    q_within: float
    q_within_df: int
    q_within_p: float
    q_between: float
    q_between_df: int
    q_between_p: float
    tau2_within: float
    q_between_random: float
    q_between_random_p: float
    k: int
    comparisons: int
    subnetworks: tuple[tuple[str, ...], ...]
    model: str
    method: str
    small_values: str
    level: float
    notes: tuple[str, ...]
    measure: str
    scale: str
    common: Fit = field(repr=False)
    random: Fit = field(repr=False)
    pairs: Pairs = field(repr=False)
    system: System = field(repr=False)

    def estimate(self, t1: str, t2: str, *, model: str | None = None) -> Comparison:
        """Return the network estimate of one treatment against another.

        Parameters
        ----------
        t1, t2 : str
        model : {"random", "common"}, optional
            By default that of the network.

        Raises
        ------
        OptionError
            If there is no such treatment or model.
        InputError
            If both are the same, or no chain of studies joins them.
        """
        one, two = self.code(t1), self.code(t2)
        if one == two:
            raise InputError(f"{t1!r} is compared with itself; name two treatments.")
        fit = self._model(model)
        if fit.part[one] != fit.part[two]:
            raise InputError(
                f"{t1} and {t2} lie in sub-networks {fit.part[one] + 1} and {fit.part[two] + 1}: no chain of"
                " studies joins them, so that no comparison can be made. `subnetworks` lists them; if they"
                " share components, ev.components can compare them."
            )
        return self._comparison(t1, t2, float(fit.te()[one, two]), float(fit.se()[one, two]), model)

    def splits(self, *, model: str | None = None, kind: str = "back-calculation") -> pd.DataFrame:
        """Return direct and indirect evidence of every comparison, and the test of their difference.

        Parameters
        ----------
        model : {"random", "common"}, optional
        kind : {"back-calculation", "SIDDE"}
            See `evidence.synthesis.network_splits.splits`.
        """
        return splits(self.pairs, self._model(model), kind)

    def heterogeneity(self) -> pd.DataFrame:
        """Return one row a quantity: tau2, I2, Q and its parts, with df and p where they have them."""
        nan = np.nan
        rows = [
            ("tau2", self.tau2, nan, nan),
            ("tau2, lower bound", self.tau2_ci[0], nan, nan),
            ("tau2, upper bound", self.tau2_ci[1], nan, nan),
            ("I2 (%)", self.i2, nan, nan),
            ("Q", self.q, self.q_df, self.q_p),
            ("Q within designs", self.q_within, self.q_within_df, self.q_within_p),
            ("Q between designs", self.q_between, self.q_between_df, self.q_between_p),
            (
                "Q between designs, random effects",
                self.q_between_random,
                self.q_between_df,
                self.q_between_random_p,
            ),
        ]
        return pd.DataFrame(rows, columns=["term", "estimate", "df", "p"])

    def designs(self) -> pd.DataFrame:
        """Return one row a design: its studies, Q within with df and p, and Q between when it is detached."""
        found = summed(self.system.rows, 0.0)
        heat = net_heat(self.system, self.treatments, 0.0).heat
        return pd.DataFrame(
            {
                "design": [design_label(arms, self.treatments) for arms in found.arms],
                "studies": found.studies,
                "q_within": found.q,
                "df": found.df,
                "p": [chi2_p(q, df) for q, df in zip(found.q, found.df, strict=True)],
                "q_between_detached": np.maximum(self.q_between - heat.sum(axis=0), 0.0),
            }
        )

    def net_heat(self, *, model: str | None = None) -> NetHeat:
        """Return the net heat matrix; see `evidence.synthesis.network_heat.net_heat`."""
        return net_heat(self.system, self.treatments, self._model(model).tau2)

    def contributions(
        self,
        t1: str | None = None,
        t2: str | None = None,
        *,
        by: str = "comparison",
        model: str | None = None,
    ) -> pd.DataFrame:
        """Return how much each direct comparison or study contributes to network estimates (random walk).

        Parameters
        ----------
        t1, t2 : str, optional
            One estimate; by default all of each treatment against every other.
        by : {"comparison", "study"}
        model : {"random", "common"}, optional

        Returns
        -------
        DataFrame
            See `evidence.synthesis.network_flow.contributions`.
        """
        fit = self._model(model)
        if (t1 is None) != (t2 is None):
            raise InputError("contributions takes t1 and t2, or neither.")
        if t1 is not None and t2 is not None:
            self.estimate(t1, t2, model=model)
            compared = [(self.code(t1), self.code(t2))]
        else:
            pairs = zip(*np.triu_indices(len(self.treatments), 1), strict=True)
            compared = [(int(i), int(j)) for i, j in pairs if fit.part[i] == fit.part[j]]
        return contributions(self.system, self.pairs, fit, compared, by)

    def subnetwork(self, treatment: str) -> Network:
        """Return the sub-network of a treatment, fitted alone: the same choices, its own tau2."""
        from evidence.synthesis.network import fit_network
        from evidence.synthesis.network_pairs import subset

        code = self.code(treatment)
        keep = np.zeros(len(self.pairs.studies), dtype=bool)
        keep[self.pairs.study[self.random.part[self.pairs.first] == self.random.part[code]]] = True
        pairs = subset(self.pairs, keep)
        inside = self.reference if self.reference in pairs.treatments else None
        return fit_network(
            pairs,
            method=self.method,
            model=self.model,
            reference=inside,
            small_values=self.small_values,
            level=self.level,
        )

    def summary(self) -> pd.DataFrame:
        """Return one row a treatment against the reference, with its P-score; the reference is left out."""
        table = pd.DataFrame({"treatment": self.treatments, "reference": self.reference})
        for name in NUMBERS:
            table[name] = getattr(self, name)
        table["p_score"] = self.p_scores
        return table[table["treatment"] != self.reference].reset_index(drop=True)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        return network_sentence(
            k=self.k,
            n=len(self.treatments),
            parts=len(self.subnetworks),
            method=self.method,
            model=self.model,
            level=self.level,
            predicted=bool(self.fit.prediction_df >= 1),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return every number in types that JSON can hold; data and matrices are left out."""
        left_out = {"common", "random", "pairs", "system"}
        return {
            name: plain(getattr(self, name)) for name in self.__dataclass_fields__ if name not in left_out
        }
