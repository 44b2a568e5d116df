"""Heterogeneity within designs and inconsistency between them: Q in parts, and each design summed up.

A design is a set of treatments that studies compare. Rows of one design (or study) are summed up to rows that
again are independent, so that the kernels of a network serve for its designs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import gammaincc

from evidence.arguments import FloatArray
from evidence.synthesis.network_kernels import Solution, System, solve
from evidence.synthesis.network_pairs import IntArray
from evidence.synthesis.network_rows import Rows

BETWEEN = ":"


@dataclass(frozen=True, slots=True, eq=False)
class Designs:
    """Rows of studies summed up by design.

    Attributes
    ----------
    arms : tuple of tuple of int
        Treatments of each design.
    rows : Rows
        One network row a degree of freedom of each design; `unit` is the design.
    q, df, trace : array, shape (d,)
        Q within each design with its degrees of freedom, and the trace of P that goes with it.
    studies : array of int, shape (d,)
        Number of studies.
    """

    arms: tuple[tuple[int, ...], ...]
    rows: Rows
    q: FloatArray
    df: IntArray
    trace: FloatArray
    studies: IntArray


def chi2_p(q: float, df: float) -> float:
    """Upper tail of chi-squared; NaN without degrees of freedom.

    Examples
    --------
    >>> round(chi2_p(3.841459, 1), 4)
    0.05
    """
    return float(gammaincc(df / 2, max(q, 0.0) / 2)) if df > 0 else math.nan


def summed(rows: Rows, t: float) -> Designs:
    """Sum up the studies of each design at tau2 = `t`: their pooled effects, and how they scatter.

    References
    ----------
    Krahn, Binder and König 2013, BMC Med Res Methodol 13:35, first stage; Higgins et al. 2012, Res Synth
    Methods 3:98 (design-by-treatment interaction).
    """
    arms, design, studies = _designs(rows)
    w = 1 / (rows.v + t)
    widths = np.array([len(each) for each in arms])
    pieces = []
    if (widths == 2).any():
        pieces.append(_two_arms(rows, w, design, np.flatnonzero(widths == 2), arms))
    pieces += [
        _more_arms(rows, w, np.flatnonzero(design == code), code, np.array(arms[code]))
        for code in np.flatnonzero(widths > 2)
    ]
    joined = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    order = np.argsort(joined[4], kind="stable")
    y, v, arm, coef, unit = (column[order] for column in joined[:5])
    by_design = np.argsort(np.concatenate([piece.design for piece in pieces]), kind="stable")
    q, df, trace = (column[by_design] for column in joined[6:])
    return Designs(arms, Rows(y, v, arm, coef, unit, rows.n), q, df, trace, studies)


class _Piece(NamedTuple):
    """Rows (five columns) of some designs, and the codes, Q, df and trace of these designs."""

    y: FloatArray
    v: FloatArray
    arm: IntArray
    coef: FloatArray
    unit: IntArray
    design: IntArray
    q: FloatArray
    df: IntArray
    trace: FloatArray


def _two_arms(
    rows: Rows, w: FloatArray, design: IntArray, chosen: IntArray, arms: tuple[tuple[int, ...], ...]
) -> _Piece:
    """Sum up all designs of two arms: inverse-variance means."""
    place = np.full(len(arms), -1)
    place[chosen] = np.arange(chosen.size)
    used = place[design] >= 0
    code, weight, y = place[design[used]], w[used], rows.y[used]
    total = np.bincount(code, weight)
    mean = np.bincount(code, weight * y) / total
    width = rows.arm.shape[1]
    return _Piece(
        mean,
        1 / total,
        _padded(np.array([arms[each] for each in chosen]), width),
        _padded(np.tile([1.0, -1.0], (chosen.size, 1)), width),
        chosen,
        chosen,
        np.bincount(code, weight * (y - mean[code]) ** 2),
        np.bincount(code) - 1,
        total - np.bincount(code, weight**2) / total,
    )


def _padded(values: FloatArray | IntArray, width: int) -> FloatArray | IntArray:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])))


def _designs(rows: Rows) -> tuple[tuple[tuple[int, ...], ...], IntArray, IntArray]:
    """Designs in order of their treatments, the design of every row, and the number of studies of each."""
    first = np.unique(rows.unit, return_index=True)[1]
    widths = np.diff(np.append(first, rows.k)) + 1
    keys = [tuple(rows.arm[row, :width].tolist()) for row, width in zip(first, widths, strict=True)]
    arms = tuple(sorted(set(keys), key=lambda key: (len(key), key)))
    place = {key: code for code, key in enumerate(arms)}
    of_study = np.array([place[key] for key in keys])
    return arms, np.repeat(of_study, widths - 1), np.bincount(of_study, minlength=len(arms))


def _more_arms(rows: Rows, w: FloatArray, at: IntArray, code: int, arms: IntArray) -> _Piece:
    """Sum up one design of m arms."""
    m, width = arms.size, rows.arm.shape[1]
    coef, weight, y = rows.coef[at, :m], w[at], rows.y[at]
    own, vectors = np.linalg.eigh(coef.T @ (weight[:, None] * coef))
    own, vectors = own[1:], vectors[:, 1:]
    inverse = (vectors / own) @ vectors.T
    effect = inverse @ (coef.T @ (weight * y))
    residual = y - coef @ effect
    leverage = np.vecdot(coef @ inverse, coef)
    new = math.sqrt(2) * vectors.T
    return _Piece(
        new @ effect,
        2 / own,
        _padded(np.tile(arms, (m - 1, 1)), width),
        _padded(new, width),
        np.full(m - 1, code),
        np.array([code]),
        np.array([np.vecdot(weight * residual, residual)]),
        np.array([at.size - (m - 1)]),
        np.array([weight.sum() - np.vecdot(weight * weight, leverage)]),
    )


class QParts(NamedTuple):
    """Q of all rows, in the parts within and between designs, with df and p; and between at tau2 within."""

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


def q_parts(system: System, common: Solution) -> QParts:
    """Split Q by design.

    Parameters
    ----------
    system : System
    common : Solution
        At tau2 = 0.

    Notes
    -----
    Q between designs under random effects takes tau2 from the variation within designs alone (by moments), in
    which inconsistency has no part.

    References
    ----------
    Krahn, Binder and König 2013, BMC Med Res Methodol 13:35; Jackson et al. 2014, Stat Med 33:3639; Higgins
    et al. 2012, Res Synth Methods 3:98.
    """
    designs = summed(system.rows, 0.0)
    within, within_df = float(designs.q.sum()), int(designs.df.sum())
    between = solve(System(designs.rows, system.basis), 0.0).q
    between_df = system.df - within_df
    if between_df == 0:
        between = 0.0  # nothing but rounding is left
    tau2 = max((within - within_df) / float(designs.trace.sum()), 0.0) if within_df else math.nan
    random = math.nan
    if within_df and between_df:
        random = solve(System(summed(system.rows, tau2).rows, system.basis), 0.0).q
    return QParts(
        common.q if system.df else 0.0,
        system.df,
        chi2_p(common.q, system.df),
        within,
        within_df,
        chi2_p(within, within_df),
        between,
        between_df,
        chi2_p(between, between_df),
        tau2,
        random,
        chi2_p(random, between_df) if within_df else math.nan,
    )


def design_label(arms: tuple[int, ...], treatments: tuple[str, ...]) -> str:
    """Treatments of a design in one word."""
    return BETWEEN.join(treatments[arm] for arm in arms)
