"""Trials of a continuous outcome, drawn from normal populations by their means and SDs."""

from __future__ import annotations

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.continuous import smd
from evidence.effects.paired import smcr, smcrph
from evidence.synthesis.tau2 import METHODS, IntArray
from simulations.intervals import pooled, scores
from simulations.scenarios import ASSUMED_R, Scenario

Rows = list[dict[str, object]]
LARGE = 10  # times as many people has the last of uneven studies
PAIRED_METHODS = ("REML", "DL")  # the protocol's, and the default of RevMan


def simulate_means(scenario: Scenario, draws: int) -> Rows:
    """Return one row a tau2 method, and a correlation that was assumed, of one scenario.

    Examples
    --------
    >>> rows = simulate_means(Scenario("before_after", 0, 5, 30, 1.0, 0.3, r=0.9), draws=50)
    >>> [(row["r_assumed"], row["method"]) for row in rows]
    [(0.9, 'REML'), (0.9, 'DL'), (0.5, 'REML'), (0.5, 'DL')]
    """
    rng = scenario.generator()
    true = scenario.effect + scenario.tau * rng.standard_normal((draws, scenario.k))
    rows: Rows = []
    if scenario.design in ("two_groups", "uneven_groups"):
        people = np.full(scenario.k, scenario.n)
        people[-1] *= LARGE if scenario.design == "uneven_groups" else 1
        yi, vi = _two_groups(rng, true, people)
        return [_row(scenario, yi, vi, method) for method in METHODS]
    means, sd1, sd2 = _pairs(rng, true, scenario.n, scenario.r)
    measure = smcrph if scenario.design == "split_face" else smcr
    zero, people = np.zeros_like(means), np.full_like(means, scenario.n)
    for r in dict.fromkeys((scenario.r, ASSUMED_R)):
        yi, vi = measure(means, sd1, zero, sd2, people, np.full_like(means, r))
        rows += [_row(scenario, yi, vi, method) | {"r_assumed": r} for method in PAIRED_METHODS]
    return rows


def _row(scenario: Scenario, yi: FloatArray, vi: FloatArray, method: str) -> dict[str, object]:
    return {"method": method} | scores(pooled(yi, vi, method), scenario.effect, scenario.tau)


def _two_groups(rng: np.random.Generator, true: FloatArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Hedges' g of two groups with an SD of one; a column of `true` has groups of n people."""
    difference = true + np.sqrt(2 / n) * rng.standard_normal(true.shape)
    sd = [np.sqrt(rng.chisquare(n - 1, true.shape) / (n - 1)) for _ in range(2)]
    people = np.broadcast_to(n, true.shape).astype(float)
    return smd(difference, sd[0], people, np.zeros_like(true), sd[1], people)


def _pairs(
    rng: np.random.Generator, true: FloatArray, n: int, r: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean difference and both SDs of n people measured twice, SDs of one, correlation r.

    The SDs come from Bartlett's decomposition of a Wishart matrix, so that no person need be drawn.
    """
    difference = true + np.sqrt(2 * (1 - r) / n) * rng.standard_normal(true.shape)
    a, c = (np.sqrt(rng.chisquare(n - i, true.shape)) for i in (1, 2))
    b = rng.standard_normal(true.shape)
    rest = np.sqrt(1 - r**2)
    return difference, a / np.sqrt(n - 1), np.hypot(r * a + rest * b, rest * c) / np.sqrt(n - 1)
