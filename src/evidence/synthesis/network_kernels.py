"""Solve a network at a given tau2: the Laplacian of its rows, its inverse, and the traces tau2 needs.

All cost O(rows) and O(treatments^3); no matrix of rows is made. Effects are ``basis @ coefficients``: for a
plain network the basis leaves out one treatment of each part, for components it is their incidence matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dtrtri

from evidence.arguments import FloatArray
from evidence.errors import ConvergenceError
from evidence.synthesis.network_pairs import IntArray, parts
from evidence.synthesis.network_rows import Rows


@dataclass(frozen=True, eq=False)
class System:
    """Rows with the basis of their effects, and what every solution shares.

    Attributes
    ----------
    rows : Rows
    basis : array, shape (n, p)
        Of full rank on the rows.
    """

    rows: Rows
    basis: FloatArray

    @property
    def df(self) -> int:
        """Rows minus coefficients."""
        return self.rows.k - self.basis.shape[1]

    @cached_property
    def selected(self) -> IntArray | None:
        """Treatments that the columns of the basis stand for; None if columns are more than one treatment."""
        plain = ((self.basis == 0) | (self.basis == 1)).all() and (self.basis.sum(axis=0) == 1).all()
        return self.basis.argmax(axis=0) if plain else None

    @cached_property
    def cells(self) -> IntArray:
        """Cell of the Laplacian for each pair of arms of a row, shape (k, m, m)."""
        return self.rows.arm[:, :, None] * self.rows.n + self.rows.arm[:, None, :]

    @cached_property
    def products(self) -> FloatArray:
        """Products of the coefficients, shape (k, m, m)."""
        return self.rows.coef[:, :, None] * self.rows.coef[:, None, :]

    def laplacian(self, w: FloatArray) -> FloatArray:
        """``X' diag(w) X`` over treatments, shape (n, n)."""
        n = self.rows.n
        cells = self.products * w[:, None, None]
        return np.bincount(self.cells.ravel(), cells.ravel(), minlength=n * n).reshape(n, n)

    def information(self, w: FloatArray) -> FloatArray:
        """The Laplacian in the coordinates of the basis, shape (p, p)."""
        laplacian = self.laplacian(w)
        if self.selected is None:
            return self.basis.T @ laplacian @ self.basis
        return laplacian[np.ix_(self.selected, self.selected)]

    def gathered(self, values: FloatArray) -> FloatArray:
        """``X' values`` over treatments, shape (n,)."""
        terms = self.rows.coef * values[:, None]
        return np.bincount(self.rows.arm.ravel(), terms.ravel(), minlength=self.rows.n)

    def fitted(self, effects: FloatArray) -> FloatArray:
        """``X effects``, shape (k,)."""
        return np.vecdot(self.rows.coef, effects[self.rows.arm])

    def leverage(self, covariance: FloatArray) -> FloatArray:
        """``x' covariance x`` of every row, shape (k,)."""
        return np.einsum("kab,kab->k", self.products, covariance.ravel()[self.cells])


class Solution(NamedTuple):
    """Network at one tau2: weights (k,), effects (n,), covariance (n, n), residuals (k,), Q, half log |A|."""

    w: FloatArray
    effects: FloatArray
    covariance: FloatArray
    residual: FloatArray
    q: float
    half_log_det: float


def part_basis(n: int, part: IntArray) -> FloatArray:
    """Basis of a plain network: every treatment but the first of each part.

    Examples
    --------
    >>> part_basis(3, np.array([0, 0, 1]))
    array([[0.],
           [1.],
           [0.]])
    """
    first = np.unique(part, return_index=True)[1]
    return np.delete(np.eye(n), first, axis=1)


def row_parts(rows: Rows) -> IntArray:
    """Part of the network that each treatment belongs to, shape (n,)."""
    ends = np.where(rows.coef != 0, rows.arm, rows.arm[:, :1])
    return parts(rows.n, np.repeat(ends[:, 0], ends.shape[1]), ends.ravel())


def solve(system: System, t: float) -> Solution:
    """Fit by weighted least squares at tau2 = `t`.

    Raises
    ------
    ConvergenceError
        If the weights are too far apart for the arithmetic.

    References
    ----------
    Rücker 2012, Res Synth Methods 3:312, equations 1 to 9; for a basis of components Rücker, Petropoulou and
    Schwarzer 2020, Biom J 62:808, section 2.3.
    """
    rows = system.rows
    w = 1 / (rows.v + t)
    information = system.information(w)
    try:
        root = np.linalg.cholesky(information)
    except np.linalg.LinAlgError as error:
        raise ConvergenceError(
            "The network cannot be solved: its standard errors are too far apart for the arithmetic."
        ) from error
    half = (
        dtrtri(root, lower=1)[0] @ system.basis.T
    )  # a triangular solve starts threads, which costs more here
    covariance = half.T @ half
    effects = covariance @ system.gathered(w * rows.y)
    residual = rows.y - system.fitted(effects)
    # One step of refinement takes out what the inverse of an ill-conditioned network has lost.
    effects = effects + covariance @ system.gathered(w * residual)
    residual = rows.y - system.fitted(effects)
    q = float(np.vecdot(w * residual, residual))
    return Solution(w, effects, covariance, residual, q, float(np.log(root.diagonal()).sum()))


def trace_p(system: System, at: Solution) -> float:
    """Trace of ``P = W - W X (X'WX)^-1 X'W``."""
    return float(at.w.sum() - np.vecdot(at.w * at.w, system.leverage(at.covariance)))


def trace_pp(system: System, at: Solution) -> float:
    """Trace of PP."""
    square = at.w * at.w
    cross = system.laplacian(square) @ at.covariance
    inside = np.vecdot(square * at.w, system.leverage(at.covariance))
    return float(square.sum() - 2 * inside + np.einsum("ab,ba->", cross, cross))


def quadratic(at: Solution) -> float:
    """y'PPy, minus the derivative of Q in tau2."""
    weighted = at.w * at.residual
    return float(np.vecdot(weighted, weighted))


def cubic(system: System, at: Solution) -> float:
    """y'PPPy, minus half the derivative of y'PPy in tau2."""
    weighted = at.w * at.residual
    gathered = system.gathered(at.w * weighted)
    return float(np.vecdot(at.w * weighted, weighted) - gathered @ at.covariance @ gathered)


def se_matrix(covariance: FloatArray) -> FloatArray:
    """Standard errors of all differences, shape (n, n)."""
    own = covariance.diagonal()
    return np.sqrt(np.maximum(own + own[:, None] - 2 * covariance, 0.0))
