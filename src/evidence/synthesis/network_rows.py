"""Turn each study's contrasts into independent rows, so that a network is a weighted regression.

A study of m arms knows the variances V of its pairwise contrasts. Their covariance is fixed by ``S = -C V C /
2`` with C the centring matrix (Gutman and Xiao 2004, Bull Acad Serbe Sci Arts 131:15, as used for multi-arm
trials by Rücker 2012, Res Synth Methods 3:312, and Rücker and Schwarzer 2014, Stat Med 33:4353). In the
eigenvectors of S the m - 1 contrasts are independent, and since heterogeneity adds ``tau2 C / 2`` to S (all
contrasts of a study share tau2, correlated by one half) they stay so at every tau2. Scaled by the root of
two, a row has the variance ``v + tau2``; that of a two-arm study is the contrast itself. This is generalised
least squares, and the same as the reduced weights of the graph-theoretical method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.synthesis.network_pairs import IntArray, Pairs, of_study

OPEN = 0.1  # largest gap in a loop of one study's estimates, in its smallest standard error: rounding
CLOSED = 1e-6
NEGATIVE = 0.05  # least variance of an arm, as a share of the study's mean variance: rounding
FLAT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Independent rows: ``y = sum over arms of coef * effect of the arm``, with variance ``v + tau2``.

    Attributes
    ----------
    y, v : array, shape (k,)
    arm : array of int, shape (k, m)
        Codes of the treatments a row touches; two unless studies have more arms.
    coef : array, shape (k, m)
        Their coefficients, 0 where a row has fewer arms than m.
    unit : array of int, shape (k,)
        Study (or design) of every row.
    n : int
        Number of treatments.
    """

    y: FloatArray
    v: FloatArray
    arm: IntArray
    coef: FloatArray
    unit: IntArray
    n: int

    @property
    def k(self) -> int:
        """Number of rows: arms minus one, summed over studies."""
        return self.y.size


def rows_of(pairs: Pairs) -> tuple[Rows, tuple[str, ...]]:
    """Make the independent rows of all studies, and notes on studies whose numbers do not fit exactly.

    Raises
    ------
    InputError
        If the estimates of a multi-arm study contradict each other, or its standard errors cannot belong to
        the contrasts of one study; the study is named.

    Examples
    --------
    >>> from evidence.synthesis.network_input import read_network
    >>> table = {"study": ["x", "x", "x"], "t1": ["a", "a", "b"], "t2": ["b", "c", "c"],
    ...          "te": [1, 3, 2], "se": [1, 1, 1]}
    >>> rows, notes = rows_of(read_network("network", table, None))
    >>> rows.v.round(6), notes
    (array([1., 1.]), ())
    """
    count = np.bincount(pairs.study, minlength=len(pairs.studies))
    arms = np.rint((1 + np.sqrt(1 + 8 * count)) / 2).astype(int)
    single = count[pairs.study] == 1
    widest = int(arms.max())
    k_single = int(single.sum())
    total = int((arms - 1).sum())
    y, v = np.empty(total), np.empty(total)
    arm, coef = np.zeros((total, widest), dtype=np.intp), np.zeros((total, widest))
    unit = np.empty(total, dtype=np.intp)
    y[:k_single], v[:k_single], unit[:k_single] = pairs.te[single], pairs.v[single], pairs.study[single]
    arm[:k_single, 0], arm[:k_single, 1] = pairs.first[single], pairs.second[single]
    coef[:k_single, 0], coef[:k_single, 1] = 1.0, -1.0
    notes, at = [], k_single
    for code in np.flatnonzero(count > 1):
        m = int(arms[code])
        to = slice(at, at + m - 1)
        arm[to, :m], coef[to, :m], y[to], v[to] = _of_study(pairs, int(code), m, notes)
        unit[to] = code
        at += m - 1
    order = np.argsort(unit, kind="stable")
    return Rows(y[order], v[order], arm[order], coef[order], unit[order], len(pairs.treatments)), tuple(notes)


def _of_study(
    pairs: Pairs, code: int, m: int, notes: list[str]
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    """Rows of a study with three arms or more: arms, coefficients, estimates, variances."""
    at = of_study(pairs, code)
    arms = np.unique(pairs.first[at])
    arms = np.append(arms, pairs.second[at].max())
    te, variance = np.zeros((m, m)), np.zeros((m, m))
    upper = np.triu_indices(m, 1)
    te[upper], variance[upper] = pairs.te[at], pairs.v[at]
    te, variance = te - te.T, variance + variance.T
    labels = [pairs.treatments[arm] for arm in arms]
    name = pairs.studies[code]
    mean = te.mean(axis=1)
    _check_loops(name, labels, te - (mean[:, None] - mean), math.sqrt(pairs.v[at].min()), notes)
    _check_arms(name, labels, variance, notes)
    covariance = -0.5 * (variance - variance.mean(axis=0) - variance.mean(axis=1)[:, None] + variance.mean())
    own, vectors = np.linalg.eigh(covariance)
    if own[1] <= FLAT * own[-1]:
        raise InputError(
            f"Study {name!r}: the standard errors of its contrasts ({', '.join(labels)}) cannot belong to one"
            " study; one of them is too large, or too small, beside the others."
        )
    coef = math.sqrt(2) * vectors[:, 1:].T
    return arms, coef, coef @ mean, 2 * own[1:]


def _check_loops(name: str, labels: list[str], gap: FloatArray, se: float, notes: list[str]) -> None:
    """Contrasts of one study add up round a loop, up to rounding."""
    worst = np.unravel_index(np.abs(gap).argmax(), gap.shape)
    size = float(np.abs(gap[worst]))
    if size > OPEN * se:
        one, two = labels[worst[0]], labels[worst[1]]
        raise InputError(
            f"Study {name!r}: its contrasts do not add up; te of {one} against {two} is {size:.3g} away from"
            " what the other contrasts of the study say. Check the values and the order of t1 and t2."
        )
    if size > CLOSED * se:
        notes.append(f"study {name}: contrasts add up to within {size:.2g} (rounding); their mean was taken")


def _check_arms(name: str, labels: list[str], variance: FloatArray, notes: list[str]) -> None:
    """The variance of a contrast is that of two arms, none of which is below 0."""
    m = len(labels)
    sums = variance.sum(axis=1)
    own = (sums - variance.sum() / (2 * (m - 1))) / (m - 2)
    least = int(own.argmin())
    typical = variance.sum() / (m * (m - 1))
    if own[least] < -NEGATIVE * typical:
        raise InputError(
            f"Study {name!r}: its standard errors give arm {labels[least]!r} a variance below 0"
            f" ({own[least]:.3g}); those of its contrasts are too small beside those of the others."
        )
    apart = np.abs(variance - own - own[:, None])
    np.fill_diagonal(apart, 0.0)
    if apart.max() > NEGATIVE * typical:
        notes.append(
            f"study {name}: the variances of its contrasts are not sums of one variance an arm; their own"
            " covariance was used"
        )
