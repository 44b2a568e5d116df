"""Net heat matrix: which designs speak against which, and how much each informs the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.synthesis.network_designs import design_label, summed
from evidence.synthesis.network_kernels import System, solve
from evidence.synthesis.network_rows import Rows

SAME = 1e-10  # eigenvalues of I - H below this belong to directions that no other design informs


@dataclass(frozen=True, slots=True, eq=False)
class NetHeat:
    """Where a network is inconsistent, design by design.

    Attributes
    ----------
    designs : tuple of str
    heat : array, shape (d, d)
        Row c, column e: how much the inconsistency of design c falls when design e is detached (given effects
        of its own). Positive: e speaks against c; negative: e supports it. The diagonal is the inconsistency
        of the design itself; it sums to Q between designs.
    share : array, shape (d, d)
        Row c, column e: share of the fitted effects of design c that design e carries: squared cells of the
        hat matrix over the leverage of c, so that rows sum to 1.
    tau2 : float
        At which it was computed.
    """

    designs: tuple[str, ...]
    heat: FloatArray
    share: FloatArray
    tau2: float

    def summary(self) -> pd.DataFrame:
        """Return one row a pair of designs: design, detached, heat, share."""
        row, column = np.indices(self.heat.shape).reshape(2, -1)
        return pd.DataFrame(
            {
                "design": [self.designs[code] for code in row],
                "detached": [self.designs[code] for code in column],
                "heat": self.heat.ravel(),
                "share": self.share.ravel(),
            }
        )


def net_heat(system: System, treatments: tuple[str, ...], t: float) -> NetHeat:
    """Compute the net heat matrix at tau2 = `t`.

    Notes
    -----
    A design of three arms or more is one row, with the quadratic form of its contrasts, in place of one row
    for each of its contrasts. Detaching design e moves the residuals r to ``r + H[:, e] (I - H[e, e])^-1
    r[e]``, so that no network is fitted again.

    References
    ----------
    Krahn, Binder and König 2013, BMC Med Res Methodol 13:35, section "Net heat plot".
    """
    designs = summed(system.rows, t)
    whole = System(designs.rows, system.basis)
    at = solve(whole, 0.0)
    root = np.sqrt(at.w)
    x = root[:, None] * dense(whole.rows)
    hat = x @ at.covariance @ x.T
    residual = root * at.residual
    start = np.unique(whole.rows.unit, return_index=True)[1]
    ends = np.append(start[1:], whole.rows.k)
    own = np.add.reduceat(residual**2, start)
    heat = np.empty((own.size, own.size))
    for code, (low, high) in enumerate(zip(start, ends, strict=True)):
        block = slice(low, high)
        values, vectors = np.linalg.eigh(np.eye(high - low) - hat[block, block])
        free = values > SAME
        pull = vectors[:, free] @ ((vectors[:, free].T @ residual[block]) / values[free])
        detached = residual + hat[:, block] @ pull
        detached[block] = 0.0
        heat[:, code] = own - np.add.reduceat(detached**2, start)
    squares = np.add.reduceat(np.add.reduceat(hat**2, start, axis=0), start, axis=1)
    names = tuple(design_label(arms, treatments) for arms in designs.arms)
    return NetHeat(names, heat, squares / squares.sum(axis=1, keepdims=True), t)


def dense(rows: Rows) -> FloatArray:
    """Rows as a matrix over treatments, shape (k, n)."""
    matrix = np.zeros((rows.k, rows.n))
    np.add.at(matrix, (np.arange(rows.k)[:, None], rows.arm), rows.coef)
    return matrix
