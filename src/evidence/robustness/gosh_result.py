"""`Gosh`: the pooled results of many subsets of the same studies, and which study tells them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray, option, vector
from evidence.errors import InputError
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.result import Result

WORD = np.dtype("<u4")
BITS = 32
ALIKE = 1e-9  # relative spread below which results differ by rounding only
QUANTILES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)

Words = NDArray[np.uint32]
BoolArray = NDArray[np.bool_]


def packed(inside: ArrayLike) -> Words:
    """Pack rows of 0 and 1, shape (n, k), into words of 32 studies, the first in the lowest bit.

    Examples
    --------
    >>> packed([[1, 0, 1], [0, 0, 1]]).tolist()
    [[5], [4]]
    """
    inside = np.asarray(inside).astype(np.uint8)
    n, k = inside.shape
    padded = np.zeros((n, -(-k // BITS) * BITS), dtype=np.uint8)
    padded[:, :k] = inside
    return np.packbits(padded, axis=1, bitorder="little").view(WORD)


def unpacked(members: Words, k: int) -> FloatArray:
    """Turn words back into rows of 0 and 1, shape (n, k).

    Examples
    --------
    >>> unpacked(packed([[1, 0, 1]]), 3).tolist()
    [[1.0, 0.0, 1.0]]
    """
    return np.unpackbits(members.view(np.uint8), axis=1, count=k, bitorder="little").astype(float)


@dataclass(frozen=True, slots=True, eq=False)
class Gosh(Result):
    """Result of `evidence.robustness.subsets.gosh`; arrays have one value a subset, shape (n,).

    Attributes
    ----------
    estimate, tau2 : array
        Pooled mean and between-study variance, on the analysis scale.
    i2 : array
        I2 in percent; NaN for a single study.
    q : array
        Cochran's Q.
    k : array of int
        Number of studies.
    members : array of uint32, shape (n, 1 + (studies - 1) // 32)
        Which studies are in: study i is bit ``i % 32`` of word ``i // 32``. See `holds`.
    labels : tuple of str
        Of all studies.
    full_estimate, full_tau2, full_i2 : float
        Of all studies together.
    method : str
        Of the between-study variance.
    minimum : int
        Fewest studies of a subset.
    seed : int or None
        Of the draws; None where all subsets were pooled.
    available : int
        Number of subsets that there are.
    measure, scale : str
        Code of the effect measure, and where the estimates stand: "identity", "log", "logit" or "arcsine".
    """

    estimate: FloatArray = field(repr=False)
    tau2: FloatArray = field(repr=False)
    i2: FloatArray = field(repr=False)
    q: FloatArray = field(repr=False)
    k: NDArray[np.int32] = field(repr=False)
    members: Words = field(repr=False)
    labels: tuple[str, ...]
    full_estimate: float
    full_tau2: float
    full_i2: float
    method: str
    minimum: int
    seed: int | None
    available: int
    measure: str
    scale: str

    @property
    def n(self) -> int:
        """Number of subsets."""
        return self.k.size

    def holds(self, study: str | int) -> BoolArray:
        """Return which subsets hold a study, named by its label or its position (from 0).

        Raises
        ------
        OptionError
            If there is no such study.
        InputError
            If several studies have this label.
        """
        at = self.position(study)
        return (self.members[:, at // BITS] >> np.uint32(at % BITS) & np.uint32(1)).astype(bool)

    def position(self, study: str | int) -> int:
        """Return the position of a study, from 0."""
        if isinstance(study, str):
            option("study", study, self.labels)
            if self.labels.count(study) > 1:
                raise InputError(f"Several studies are called {study!r}; give the position of one, from 0.")
            return self.labels.index(study)
        if isinstance(study, bool) or not isinstance(study, (int, np.integer)):
            raise InputError(f"study={study!r} must be a label or a position.")
        if not 0 <= study < len(self.labels):
            raise InputError(f"study={study} must be a position from 0 to {len(self.labels) - 1}.")
        return int(study)

    def with_study(self, study: str | int) -> Self:
        """Return the subsets that hold a study."""
        return self._only(self.holds(study))

    def without_study(self, study: str | int) -> Self:
        """Return the subsets that do not hold a study."""
        return self._only(~self.holds(study))

    def _only(self, chosen: BoolArray) -> Self:
        arrays = ("estimate", "tau2", "i2", "q", "k", "members")
        return replace(self, **{name: getattr(self, name)[chosen] for name in arrays})

    def quantiles(self, probs: Sequence[float] = QUANTILES) -> pd.DataFrame:
        """Return quantiles over the subsets: a column "quantile", then estimate, tau2, i2 (percent) and q.

        They are those of Hyndman and Fan's type 7 (R's default). Single studies have no I2 and do not count
        there.

        Raises
        ------
        InputError
            If a probability lies outside 0 to 1, or there is no subset.
        """
        at = vector("probs", probs)
        if at.size and not 0 <= at.min() <= at.max() <= 1:
            raise InputError(f"probs={list(probs)} must lie between 0 and 1.")
        if not self.n:
            raise InputError("No subset is left to take quantiles of.")
        columns = {name: getattr(self, name) for name in ("estimate", "tau2", "i2", "q")}
        return pd.DataFrame({"quantile": at, **{name: _quantiles(x, at) for name, x in columns.items()}})

    @property
    def separating(self) -> str:
        """Label of the study whose presence tells the subsets apart best; see `summary`."""
        return self.labels[int(np.argmax([self._separation(i) for i in range(len(self.labels))]))]

    def _separation(self, study: int) -> float:
        inside = self.holds(study)
        return 50 * sum(_share_between(values, inside) for values in (self.estimate, self.i2))

    def summary(self) -> pd.DataFrame:
        """Return one row a study: what the subsets with it and those without it give.

        Columns are study, subsets_with, subsets_without, the medians estimate_with, estimate_without,
        tau2_with, tau2_without, i2_with and i2_without, and `separation`: the share (percent) of the
        variance of estimates and I2 over the subsets, both standardised, that lies between the two groups.
        The study with the largest share splits the subsets best into two clouds.
        """
        rows = []
        for i, label in enumerate(self.labels):
            inside = self.holds(i)
            row = {"study": label, "subsets_with": int(inside.sum()), "subsets_without": int((~inside).sum())}
            for name in ("estimate", "tau2", "i2"):
                values = getattr(self, name)
                row[f"{name}_with"] = _median(values[inside])
                row[f"{name}_without"] = _median(values[~inside])
            rows.append(row | {"separation": self._separation(i)})
        return pd.DataFrame(rows)

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        k = len(self.labels)
        if self.seed is None:
            which = f"all {self.available:,} subsets of {self.minimum} or more of {k} studies"
        else:
            which = (
                f"{self.n:,} different subsets of {self.minimum} or more of {k} studies, drawn at random with"
                f" equal chances (seed {self.seed})"
            )
        if self.method == "EE":
            how = "common-effect (inverse-variance) meta-analysis"
        else:
            how = f"random-effects meta-analysis with between-study variance by {TAU2_WORDS[self.method]}"
        return (
            f"Graphical display of study heterogeneity (GOSH; Olkin, Dahabreh and Trikalinos 2012): {which}"
            f" were pooled by {how}."
        )


def _median(values: FloatArray) -> float:
    values = values[~np.isnan(values)]
    return float(np.median(values)) if values.size else float("nan")


def _quantiles(values: FloatArray, probs: FloatArray) -> FloatArray:
    values = values[~np.isnan(values)]
    return np.quantile(values, probs) if values.size else np.full(probs.size, np.nan)


def _share_between(values: FloatArray, inside: BoolArray) -> float:
    """Between-group over total sum of squares; 0 where nothing varies or a group is empty."""
    known = ~np.isnan(values)
    values, inside = values[known], inside[known]
    one, other = values[inside], values[~inside]
    if not (one.size and other.size) or np.ptp(values) <= ALIKE * np.abs(values).max():
        return 0.0
    total = values.var() * values.size
    between = one.size * other.size / values.size * (one.mean() - other.mean()) ** 2
    return float(between / total)
