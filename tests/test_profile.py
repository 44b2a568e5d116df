"""The ends of a profile-likelihood interval, against other root finders and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from evidence.synthesis.beta_binomial import profile_interval
from evidence.synthesis.glmm import fit_one_group
from evidence.synthesis.profile import profile_end
from evidence.synthesis.quadrature import maximise

DROP = stats.chi2.ppf(0.95, 1) / 2


def poisson(events, seen=None):
    """Log-likelihood of a Poisson mean with its slope; it remembers where it was asked."""

    def profile(mean):
        if seen is not None:
            seen.append(mean)
        return events * math.log(mean) - mean, events / mean - 1

    return profile


@pytest.mark.parametrize("events", [1, 3, 20, 400])
def test_skewed_ends_agree_with_brent(events):
    top = poisson(events)(events)[0]
    seen = []
    for far in (events / 1000, events * 30):
        got = profile_end(poisson(events, seen), events, far, top=top, drop=DROP)
        expected = optimize.brentq(
            lambda mean: top - poisson(events)(mean)[0] - DROP, events, far, xtol=1e-14
        )
        assert got == pytest.approx(expected, rel=1e-10)
    assert len(seen) <= 24


@settings(max_examples=60, deadline=None)
@given(st.floats(-5, 5), st.floats(0.01, 5), st.floats(0.5, 0.999), st.floats(0.3, 4))
def test_ends_of_a_normal_likelihood_are_those_of_wald(centre, sd, level, first):
    def profile(x):
        return -(((x - centre) / sd) ** 2) / 2, -(x - centre) / sd**2

    low, high = profile_interval(profile, centre, 0.0, first * sd, level)
    half = sd * stats.norm.isf((1 - level) / 2)
    assert (low, high) == pytest.approx((centre - half, centre + half), rel=1e-9, abs=1e-9)


def test_a_slope_that_vanishes_or_misleads_is_bridged_by_halving():
    flat = lambda x: (-(max(abs(x) - 3, 0.0) ** 2), 0.0)  # noqa: E731
    assert profile_end(flat, 0.0, 9.0, top=0.0, drop=4.0) == pytest.approx(5.0, abs=1e-10)
    wrong = lambda x: (-x * x / 2, x)  # noqa: E731
    assert profile_end(wrong, 0.0, 9.0, top=0.0, drop=2.0) == pytest.approx(2.0, abs=1e-10)


def test_a_profile_that_never_falls_far_has_open_ends():
    assert profile_interval(lambda x: (-1 / (1 + x**-2) if x else 0.0, 0.0), 0.0, 0.0, 1.0, 0.95) == (
        -math.inf,
        math.inf,
    )


def test_held_parameters_stay_and_the_others_climb():
    matrix = np.array([[2.0, 0.6, 0.1], [0.6, 1.0, -0.3], [0.1, -0.3, 1.5]])
    bowl = lambda x: (float(-x @ matrix @ x / 2), -matrix @ x, -matrix)  # noqa: E731
    found = maximise(bowl, np.array([3.0, 1.0, -2.0]), what="bowl", held=[1])
    others = np.linalg.solve(matrix[np.ix_([0, 2], [0, 2])], -matrix[[0, 2], 1])
    assert found.at == pytest.approx([others[0], 1.0, others[1]], abs=1e-12)
    assert found.gradient[[0, 2]] == pytest.approx([0, 0], abs=1e-12)
    assert found.gradient[1] != 0


def test_variance_without_an_upper_bound_is_said_to_have_none():
    """The dense integral below still lies within the interval at a standard deviation of 30."""
    x, n = np.array([0.0, 0, 2, 0, 0]), np.array([39.0, 32, 30, 60, 31])
    fit = fit_one_group(x, n, level=0.95)
    z = np.linspace(-9, 9, 20001)
    weight = stats.norm.pdf(z) * (z[1] - z[0])

    def fall(mu, tau):
        eta = mu + tau * z[:, None]
        return fit.log_likelihood - np.log(weight @ np.exp(x * eta - n * np.logaddexp(0, eta))).sum()

    least = optimize.minimize_scalar(lambda mu: fall(mu, 30.0), bounds=(-60, -5), method="bounded")
    assert least.fun < DROP
    assert fit.tau2_ci == (0.0, math.inf)
