"""The models behind a permutation test: one fit for each sign flip or order of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.robustness.draws import Tally
from evidence.robustness.rearrangements import all_flips, all_orders, count_orders, drawn_flips, drawn_orders
from evidence.synthesis.many import pool_many
from evidence.synthesis.regression_many import metareg_many

ROWS = 8_192  # models fitted between two reports of progress
TIE = 1e-8  # relative; equal statistics of different rearrangements differ by rounding


@dataclass(frozen=True, slots=True)
class Choices:
    """Method, test and statistic of every fit."""

    method: str
    test: str
    statistic: str


@dataclass(frozen=True, slots=True, eq=False)
class Flips:
    """Sign flips of estimates `y` with variances `v`, shape (k,)."""

    y: FloatArray
    v: FloatArray
    choices: Choices

    @property
    def available(self) -> int:
        """Number of different flips."""
        return 2**self.y.size

    def every(self) -> FloatArray:
        """Half of the flips; the statistics of the others are these with the sign reversed."""
        return all_flips(self.y.size)

    def drawn(self, n: int, generator: np.random.Generator) -> FloatArray:
        """The estimates as they are and n random flips."""
        return drawn_flips(self.y.size, n, generator)

    def unchanged(self) -> FloatArray:
        """The estimates as they are."""
        return np.ones((1, self.y.size))

    def statistics(self, signs: FloatArray) -> FloatArray:
        """Statistic of each flip, shape (n, 1)."""
        fits = pool_many(signs * self.y, self.v, method=self.choices.method, test=self.choices.test)
        found = fits.statistic if self.choices.statistic == "test" else fits.estimate
        return np.nan_to_num(found, nan=0.0, posinf=np.inf, neginf=-np.inf)[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders of the rows of a design: the different `rows` (m, p), and which of them each study has (k,)."""

    rows: FloatArray
    groups: NDArray[np.intp]
    y: FloatArray
    v: FloatArray
    choices: Choices

    @property
    def available(self) -> int:
        """Number of different orders."""
        return count_orders(self.groups)

    def every(self) -> NDArray[np.int16]:
        """All different orders, the observed one among them."""
        return all_orders(self.groups)

    def drawn(self, n: int, generator: np.random.Generator) -> NDArray[np.int16]:
        """The observed order and n random ones."""
        return drawn_orders(self.groups, n, generator)

    def unchanged(self) -> NDArray[np.intp]:
        """The observed order."""
        return self.groups[None]

    def statistics(self, orders: NDArray[np.int16]) -> FloatArray:
        """Statistics of the coefficients and, in the last column, QM, shape (n, p + 1)."""
        choices = self.choices
        fits = metareg_many(self.rows[orders], self.y, self.v, method=choices.method, test=choices.test)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = fits.beta / fits.se if choices.statistic == "test" else fits.beta
        both = np.concatenate([found, fits.qm[:, None]], axis=1)
        return np.nan_to_num(both, nan=0.0, posinf=np.inf, neginf=-np.inf)


class Compared(NamedTuple):
    """Statistics as observed (p,) and rearranged (n, p) with their p values (p,), and QM with its own."""

    observed: FloatArray
    permuted: FloatArray
    p: FloatArray
    qm: float
    qm_p: float


@dataclass(frozen=True, slots=True, eq=False)
class Rearranged:
    """All arrangements to compare; `mirrored` if each stands for its mirror image too."""

    ways: Flips | Orders
    arranged: NDArray
    mirrored: bool
    alternative: str
    tally: Tally

    def compare(self, shift: float | None = None) -> Compared:
        """Fit every arrangement, of the estimates less `shift` if one is given."""
        ways = self.ways if shift is None else replace(self.ways, y=self.ways.y - shift)
        observed, parts = ways.statistics(ways.unchanged())[0], []
        for first in range(0, len(self.arranged), ROWS):
            parts.append(ways.statistics(self.arranged[first : first + ROWS]))
            self.tally.add(len(parts[-1]))
        found = np.concatenate(parts)
        if self.mirrored:
            found = np.concatenate([found, -found])
        if isinstance(ways, Flips):
            return Compared(observed, found, shares(found, observed, self.alternative), np.nan, np.nan)
        p = shares(found[:, :-1], observed[:-1], self.alternative)
        qm_p = shares(found[:, -1:], observed[-1:], "greater")
        return Compared(observed[:-1], found[:, :-1], p, float(observed[-1]), float(qm_p[0]))


def shares(found: FloatArray, observed: FloatArray, alternative: str) -> FloatArray:
    """Share of the rearranged statistics (n, p) that are as extreme as the observed (p,).

    Examples
    --------
    >>> shares(np.array([[1.0], [-2.0], [0.5], [2.0]]), np.array([2.0]), "two-sided").tolist()
    [0.5]
    """
    if alternative == "two-sided":
        found, observed = np.abs(found), np.abs(observed)
    elif alternative == "less":
        found, observed = -found, -observed
    slack = np.where(np.isfinite(observed), TIE * np.abs(observed), 0.0)
    return (found >= observed - slack).mean(axis=0)
