"""How much each direct comparison, and each study, contributes to each network estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, option
from evidence.errors import InputError
from evidence.synthesis.network_compare import Fit
from evidence.synthesis.network_kernels import System
from evidence.synthesis.network_pairs import IntArray, Pairs

UNITS = ("comparison", "study")
STILL = 1e-10  # a flow below this is rounding
BACKWARD = -1e-9


def contributions(
    system: System, pairs: Pairs, fit: Fit, compared: list[tuple[int, int]], by: str
) -> pd.DataFrame:
    """Share of each network estimate that comes from each direct comparison or study.

    Parameters
    ----------
    system : System
    pairs : Pairs
    fit : Fit
    compared : list of tuple of int
        Treatments of the network estimates that are looked at.
    by : {"comparison", "study"}

    Returns
    -------
    DataFrame
        One row an estimate and source: t1, t2, source, share (shares of one estimate sum to 1).

    Notes
    -----
    The weights of direct comparisons in an estimate (a row of the hat matrix) are a current from one
    treatment to the other (Rücker 2012). A walker who follows it, at each treatment choosing among the ways
    out in proportion to their current, takes each path of evidence with some probability; that probability is
    shared out equally among the path's comparisons. Unlike the shortest-path algorithm of Papakonstantinou et
    al. (2018, F1000Research 7:610), the random walk needs no choice of an order of paths. Sums over paths are
    taken by their length, so that no path is listed. Multi-arm studies enter with their reduced weights; a
    comparison's share is divided among its studies by these weights.

    References
    ----------
    Davies, Papakonstantinou, Nikolakopoulou, Rücker and Galla 2022, Stat Med 41:2091.

    Raises
    ------
    InputError
        If a multi-arm study gives a comparison a weight below 0, for which no current is defined.
    """
    option("by", by, UNITS)
    n = system.rows.n
    study, first, second, weight = _edge_weights(system, fit.tau2)
    edge = first * n + second
    conductance = np.bincount(edge, weight, minlength=n * n).reshape(n, n)
    if weight.min() < BACKWARD * weight.max():
        row = int(weight.argmin())
        one, two = pairs.treatments[first[row]], pairs.treatments[second[row]]
        raise InputError(
            f"Study {pairs.studies[study[row]]!r} gives {one} against {two} a weight below 0, so that no"
            " flow of evidence is defined; check the standard errors of its contrasts."
        )
    frames = []
    for one, two in compared:
        share = _walk(conductance + conductance.T, fit.covariance[:, one] - fit.covariance[:, two], one, two)
        share = np.triu(share + share.T)
        if by == "comparison":
            used = np.flatnonzero(share.ravel() > 0)
            source = [f"{pairs.treatments[code // n]}:{pairs.treatments[code % n]}" for code in used]
            value = share.ravel()[used]
        else:
            total = conductance.ravel()[edge]
            value = np.bincount(study, share.ravel()[edge] * weight / np.where(total > 0, total, 1))
            used = np.flatnonzero(value > 0)
            source, value = [pairs.studies[code] for code in used], value[used]
        t1, t2 = pairs.treatments[one], pairs.treatments[two]
        frames.append(pd.DataFrame({"t1": t1, "t2": t2, "source": source, "share": value}))
    return pd.concat(frames, ignore_index=True)


def _edge_weights(system: System, t: float) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Reduced weights of the pairs of arms of each study: study, first, second, weight (Rücker 2012)."""
    rows, n = system.rows, system.rows.n
    w = 1 / (rows.v + t)
    one, two = np.triu_indices(rows.arm.shape[1], 1)
    values = -(rows.coef[:, one] * rows.coef[:, two] * w[:, None])
    used = (rows.coef[:, one] != 0) | (rows.coef[:, two] != 0)
    used &= rows.arm[:, one] < rows.arm[:, two]
    code = (rows.unit[:, None] * n + rows.arm[:, one]) * n + rows.arm[:, two]
    keys, place = np.unique(code[used], return_inverse=True)
    weight = np.bincount(place, values[used])
    return keys // (n * n), keys // n % n, keys % n, weight


def _walk(conductance: FloatArray, potential: FloatArray, one: int, two: int) -> FloatArray:
    """Shares of directed edges in the random walk from `one` to `two`, shape (n, n); they sum to 1."""
    n = potential.size
    flow = np.maximum(conductance * (potential[:, None] - potential), 0.0)
    flow[flow < STILL * flow.max()] = 0.0
    out = flow.sum(axis=1)
    step = flow / np.where(out > 0, out, 1)[:, None]
    order = np.argsort(-potential, kind="stable")
    reach, ahead = np.zeros((n, n)), np.zeros((n, n))  # of each treatment, by number of steps
    reach[one, 0], ahead[two, 0] = 1.0, 1.0
    for node in order:
        if node != two:
            reach[:, 1:] += step[node][:, None] * reach[node, :-1]
    for node in order[::-1]:
        if node != two:
            ahead[node, 1:] = step[node] @ ahead[:, :-1]
    length = 1.0 / (np.arange(n)[:, None] + np.arange(n) + 1)
    return step * (reach @ length @ ahead.T)
