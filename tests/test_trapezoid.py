"""Integrals over one random effect: right where Gauss-Hermite rules are not, and as coarse as they may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import expit, log_expit, logsumexp
from scipy.stats import norm

from evidence.errors import ConvergenceError
from evidence.synthesis.glmm import fit_one_group, glmm
from evidence.synthesis.quadrature import Arm, Binomial, _mode_of_one, log_marginal
from evidence.synthesis.trapezoid import spaced

ONES = np.ones((1, 1))


def marginal_of(x: float, n: float, logit: float, tau: float) -> float:
    arm = Arm(Binomial(np.array([x]), np.array([n])), ONES, ONES, np.zeros(1))
    return float(log_marginal([arm], np.array([logit]), np.array([tau]))[0])


def by_pieces(x: float, n: float, logit: float, tau: float) -> float:
    """The same integral by Gauss-Legendre rules of 20 nodes on many short pieces."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    half = 0.05
    z = (np.arange(-40, 40, 2 * half)[:, None] + half * (nodes + 1)).ravel()
    eta = logit + tau * z
    log_f = norm.logpdf(z) + x * log_expit(eta) + (n - x) * log_expit(-eta)
    return float(logsumexp(log_f, b=np.tile(half * weights, z.size // 20)))


@pytest.mark.parametrize("tau", [0.0, 0.05, 0.7, 2.0, 6.0, 15.0])
@pytest.mark.parametrize(("x", "n"), [(0, 1), (0, 10), (9, 10), (1, 40), (20, 40), (0, 500), (2, 500)])
def test_a_marginal_likelihood_by_another_route(x, n, tau):
    for logit in (-9.0, -3.0, 0.5):
        assert marginal_of(x, n, logit, tau) == pytest.approx(by_pieces(x, n, logit, tau), abs=1e-9)


@given(n=st.integers(1, 10_000), share=st.floats(0, 1), logit=st.floats(-10, 10), tau=st.floats(0, 10))
def test_finer_points_change_nothing(n, share, logit, tau):
    x = round(share * n)
    mode = np.array([mode_of(x, n, logit, tau)])
    p = expit(logit + tau * mode)
    sd = (1 + tau**2 * n * p * (1 - p)) ** -0.5

    def log_f(z):
        eta = logit + tau * z
        return x * eta - n * np.logaddexp(0, eta) - 0.5 * z**2

    points, log_step = spaced(log_f, mode, sd, np.array([tau]))
    fine = np.linspace(points[0, 0], points[0, -1], 8 * points.shape[1])
    top = log_f(mode)[0]
    coarse = np.exp(log_f(points) - top).sum() * np.exp(log_step[0])
    assert coarse == pytest.approx(np.exp(log_f(fine) - top).sum() * (fine[1] - fine[0]), rel=1e-9)
    # What lies beyond the ends is nothing beside it.
    assert (log_f(points[:, [0, -1]]) - top).max() < -37


def mode_of(x: int, n: int, logit: float, tau: float) -> float:
    """Where x tau - n tau expit(logit + tau z) - z changes its sign, by bisection."""
    low, high = -tau * n - 1.0, tau * n + 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if x * tau - n * tau * expit(logit + tau * middle) - middle > 0:
            low = middle
        else:
            high = middle
    return low


class Counting(Binomial):
    """Counts how often its slope was asked for."""

    asked = 0

    def slopes(self, eta):
        self.asked += 1
        return super().slopes(eta)


@example(n=43_627_947, share=1.0, logit=7.0, tau=3.0)
@given(
    n=st.integers(1, 10**9),
    share=st.sampled_from([0.0, 1e-8, 0.001, 0.3, 0.5, 0.999, 1.0]),
    logit=st.floats(-17, 17),
    tau=st.floats(0, 10),
)
def test_a_mode_is_found_in_a_few_steps_where_bisection_finds_it(n, share, logit, tau):
    x = round(share * n)
    likelihood = Counting(np.array([float(x)]), np.array([float(n)]))
    arm = Arm(likelihood, ONES, ONES, np.zeros(1))
    mode, _ = _mode_of_one([arm], [np.array([logit])], [np.array([[tau]])])
    assert mode[0] == pytest.approx(mode_of(x, n, logit, tau), rel=1e-7, abs=1e-7)
    assert likelihood.asked < 60


def test_few_points_where_few_are_enough():
    one = np.ones(1)
    points, _ = spaced(lambda z: -0.5 * z**2, 0 * one, one, 0 * one)
    assert points.shape == (1, 36)
    narrow, _ = spaced(lambda z: -0.5 * (z / 0.01) ** 2, 0 * one, 0.01 * one, 3 * one)
    assert narrow.shape == (1, 36)


SPREADLESS = [
    ([1, 0], [0, 1]),
    ([1, 0, 1], [0, 1, 0]),
    ([1, 0, 1, 0, 1], [0, 1, 0, 1, 0]),
    ([0, 0, 1], [1, 1, 0]),
]


@pytest.mark.parametrize("model", ["CM.EL", "CM.AL"])
@pytest.mark.parametrize(("ai", "ci"), SPREADLESS)
def test_no_spread_is_made_up_of_one_event_a_study(model, ai, ci):
    # Given its one event a study shows in which group it was: effect and spread change one probability.
    people = [10] * len(ai)
    with pytest.raises(ConvergenceError, match="flat at its top"):
        glmm(ai=ai, n1i=people, ci=ci, n2i=people, model=model)


@pytest.mark.parametrize("model", ["CM.EL", "CM.AL"])
def test_a_spread_without_bound_is_refused(model):
    people = [10] * 4
    with pytest.raises(ConvergenceError, match="run away"):
        glmm(ai=[1, 0, 2, 0], n1i=people, ci=[0, 1, 0, 2], n2i=people, model=model)


def test_a_share_whose_groups_differ_widely_has_the_top_of_its_own_likelihood():
    x, n = np.array([0.0, 0, 0, 0, 9]), np.full(5, 10.0)
    fit = fit_one_group(x, n, level=0.95)

    def value(logit: float, tau: float) -> float:
        return 4 * by_pieces(0, 10, logit, tau) + by_pieces(9, 10, logit, tau)

    tau = fit.tau2**0.5
    assert tau > 5
    assert fit.log_likelihood == pytest.approx(value(fit.estimate, tau), abs=1e-9)
    step = 1e-3
    for change in ((step, 0), (-step, 0), (0, step), (0, -step)):
        assert value(fit.estimate + change[0], tau + change[1]) < fit.log_likelihood
