"""Many meta-regressions in one call: permuted moderators, resampled studies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.synthesis.regression_kernels import (
    TESTS,
    coefficients,
    regression_blocks,
    regressions,
    variance_factor,
)
from evidence.synthesis.regression_tau2 import regression_tau2
from evidence.synthesis.tau2 import METHODS


class ManyRegressions(NamedTuple):
    """Coefficients and standard errors (n, p), and the omnibus statistic and residual tau2 (n,).

    `qm` tests all coefficients but the intercept: chi-squared for test "z", else F.
    """

    beta: FloatArray
    se: FloatArray
    qm: FloatArray
    tau2: FloatArray


def metareg_many(
    x: ArrayLike, yi: ArrayLike, vi: ArrayLike, *, method: str = "REML", test: str = "adhoc"
) -> ManyRegressions:
    """Fit many meta-regressions at once; each number is that of `evidence.synthesis.regression.metareg`.

    Parameters
    ----------
    x : array, shape (k, p) or (n, k, p)
        Designs of full rank, the first column all ones, with further columns.
    yi, vi : array, shape (k,) or (n, k)
        Estimates and sampling variances; one row for all, or one a problem.
    method : str
        As of `metareg`.
    test : {"z", "t", "knha", "adhoc"}

    Returns
    -------
    ManyRegressions

    Raises
    ------
    OptionError
        If there is no such method or test.
    TooFewStudiesError, InputError
        As of `evidence.synthesis.regression_kernels.regressions`.

    Examples
    --------
    >>> x = np.array([[1, 0], [1, 1], [1, 2], [1, 3]])
    >>> fits = metareg_many(np.stack([x, x[::-1]]), [0, 2, 1, 3], [0.1] * 4, method="EE", test="z")
    >>> fits.beta.round(3).tolist(), fits.qm.round(3).tolist()
    ([[0.3, 0.8], [2.7, -0.8]], [32.0, 32.0])
    """
    option("method", method, METHODS)
    option("test", test, TESTS)
    parts = []
    for block in regression_blocks(regressions(x, yi, vi)):
        between = regression_tau2(block, method)
        beta, inverse, at = coefficients(block, between)
        factor = variance_factor(at, block.df, test)
        se = np.sqrt(factor)[:, None] * np.linalg.norm(inverse, axis=-1)
        wald = np.einsum("npr,nr->np", at.r[:, 1:, 1:], beta[:, 1:])
        qm = np.vecdot(wald, wald) / block.unit
        if test != "z":
            with np.errstate(divide="ignore", invalid="ignore"):  # a perfect fit has a factor of 0
                qm = qm / factor / wald.shape[1]
        parts.append((beta, se, qm, between))
    return ManyRegressions(*(np.concatenate(part) for part in zip(*parts, strict=True)))
