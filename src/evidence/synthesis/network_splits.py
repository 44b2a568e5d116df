"""Direct and indirect evidence of each comparison, and whether they agree."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, option
from evidence.synthesis.inference import p_value
from evidence.synthesis.network_compare import Fit
from evidence.synthesis.network_kernels import System, part_basis, row_parts, se_matrix, solve
from evidence.synthesis.network_pairs import IntArray, Pairs, subset
from evidence.synthesis.network_rows import rows_of

SPLITS = ("back-calculation", "SIDDE")
WHOLE = 1 - 1e-8  # a share of direct evidence above this leaves nothing that is indirect


def splits(pairs: Pairs, fit: Fit, kind: str) -> pd.DataFrame:
    """Split each network estimate into direct and indirect evidence.

    Parameters
    ----------
    pairs : Pairs
    fit : Fit
    kind : {"back-calculation", "SIDDE"}

    Returns
    -------
    DataFrame
        One row a comparison of a part: t1, t2, k (studies that compare them), share (of direct evidence), te,
        se of the network, te_direct, se_direct, te_indirect, se_indirect, difference (direct minus indirect),
        se_difference, statistic, p. NaN where there is none.

    Notes
    -----
    The direct estimate pools the contrasts of all studies of both treatments at the tau2 of the network; its
    share is the ratio of variances, network to direct. "back-calculation": the indirect estimate is what
    makes up the network's together with the direct one. "SIDDE": it is that of the network without these
    studies, at the same tau2.

    References
    ----------
    König, Krahn and Binder 2013, Stat Med 32:5414 (shares); Dias et al. 2010, Stat Med 29:932, section 2
    (back-calculation); Efthimiou et al. 2019, Stat Med 38:2992 (SIDDE).
    """
    option("kind", kind, SPLITS)
    n = len(pairs.treatments)
    first, second = np.triu_indices(n, 1)
    joined = fit.part[first] == fit.part[second]
    first, second = first[joined], second[joined]
    key, own = first * n + second, pairs.first * n + pairs.second
    w = 1 / (pairs.v + fit.tau2)
    weight, total, count = (
        np.bincount(own, values, minlength=n * n)[key] for values in (w, w * pairs.te, np.ones_like(w))
    )
    te, se = fit.te()[first, second], fit.se()[first, second]
    has = count > 0
    weight[~has] = np.nan
    direct, direct_se = total / weight, 1 / np.sqrt(weight)
    share = np.where(has, se**2 * weight, 0.0)
    indirect, indirect_se = te.copy(), se.copy()
    rest = np.where(share < WHOLE, 1 - share, np.nan)
    indirect[has] = ((te - share * direct) / rest)[has]
    indirect_se[has] = (se / np.sqrt(rest))[has]
    if kind == "SIDDE":
        for row in np.flatnonzero(has):
            indirect[row], indirect_se[row] = _without(pairs, int(first[row]), int(second[row]), fit.tau2)
    return _table(pairs, first, second, count, share, (te, se, direct, direct_se, indirect, indirect_se))


def _without(pairs: Pairs, one: int, two: int, t: float) -> tuple[float, float]:
    """Estimate and standard error of a comparison from studies that do not make it; NaN without a path."""
    keep = np.ones(len(pairs.studies), dtype=bool)
    keep[pairs.study[(pairs.first == one) & (pairs.second == two)]] = False
    rest = subset(pairs, keep)
    names = [pairs.treatments[code] for code in (one, two)]
    if not set(names) <= set(rest.treatments):
        return np.nan, np.nan
    rows = rows_of(rest)[0]
    part = row_parts(rows)
    one, two = (rest.treatments.index(name) for name in names)
    if part[one] != part[two]:
        return np.nan, np.nan
    at = solve(System(rows, part_basis(rows.n, part)), t)
    return float(at.effects[one] - at.effects[two]), float(se_matrix(at.covariance)[one, two])


def _table(
    pairs: Pairs,
    first: IntArray,
    second: IntArray,
    count: FloatArray,
    share: FloatArray,
    estimates: tuple[FloatArray, ...],
) -> pd.DataFrame:
    te, se, direct, direct_se, indirect, indirect_se = estimates
    difference, error = direct - indirect, np.hypot(direct_se, indirect_se)
    labels = np.array(pairs.treatments, dtype=object)
    return pd.DataFrame(
        {
            "t1": labels[first],
            "t2": labels[second],
            "k": count.astype(int),
            "share": share,
            "te": te,
            "se": se,
            "te_direct": direct,
            "se_direct": direct_se,
            "te_indirect": indirect,
            "se_indirect": indirect_se,
            "difference": difference,
            "se_difference": error,
            "statistic": difference / error,
            "p": p_value(difference / error, np.inf),
        }
    )
