"""Residual tau2: formulas and likelihoods again with k x k matrices, and pooling as a special case."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats

from evidence.synthesis.kernels import problems
from evidence.synthesis.pool import pool
from evidence.synthesis.regression_kernels import coefficients, regressions, variance_factor
from evidence.synthesis.regression_tau2 import regression_tau2, regression_tau2_se
from evidence.synthesis.tau2 import METHODS, tau2, tau2_se
from regression_data import MODERATORS, ONE, VI, YI, design_of, invented


def log_likelihood(t, y, v, x, *, restricted):
    """Return the full multivariate normal log-likelihood, written with k x k matrices."""
    inverse = np.linalg.inv(np.diag(v + t))
    information = x.T @ inverse @ x
    beta = np.linalg.solve(information, x.T @ inverse @ y)
    value = stats.multivariate_normal.logpdf(y, x @ beta, np.diag(v + t))
    return value - np.linalg.slogdet(information)[1] / 2 if restricted else value


@pytest.mark.parametrize("method", ["ML", "REML"])
@pytest.mark.parametrize("seed", range(4))
def test_likelihoods_are_at_their_maximum(method, seed):
    yi, vi, moderators = invented(15, seed, 3)
    x = design_of(moderators)

    def loss(t):
        return -log_likelihood(t, yi, vi, x, restricted=method == "REML")

    grid = np.linspace(0, 3, 200)
    start = grid[np.argmin([loss(t) for t in grid])]
    best = optimize.minimize_scalar(
        loss, bounds=(max(0, start - 0.02), start + 0.02), options={"xatol": 1e-12}
    )
    fit = regression_tau2(regressions(x, yi, vi), method)[0]
    assert loss(fit) <= best.fun + 1e-12
    assert fit == pytest.approx(best.x, abs=2e-6)


def by_matrices(y, v, x, method):
    """Return tau2 (or the residual of its equation) and se written with the k x k matrix P."""
    k, p = x.shape
    df = k - p

    def projector(weights):
        w = np.diag(weights)
        return w - w @ x @ np.linalg.inv(x.T @ w @ x) @ x.T @ w

    def spread_of(matrix, t):
        sigma = np.diag(v + t)
        return math.sqrt(2 * np.trace(matrix @ sigma @ matrix @ sigma))

    total = np.sum(1 / v)
    if method in ("DL", "HS", "HSk"):
        matrix = projector(1 / v)
        found = {
            "DL": ((y @ matrix @ y - df) / np.trace(matrix), 1 / np.trace(matrix)),
            "HS": ((y @ matrix @ y - k) / total, 1 / total),
            "HSk": ((k / df * (y @ matrix @ y) - k) / total, k / df / total),
        }[method]
    elif method == "HE":
        matrix = projector(np.ones(k))
        found = ((y @ matrix @ y - np.trace(matrix @ np.diag(v))) / df, 1 / df)
    else:
        start = np.mean((y - y.mean()) ** 2)
        matrix = projector(1 / (v + start))
        found = (start * (y @ matrix @ y) / df, start / df)
    t = max(found[0], 0.0)
    return t, found[1] * spread_of(matrix, t)


@pytest.mark.parametrize("method", ["DL", "HS", "HSk", "HE", "SJ"])
@pytest.mark.parametrize("seed", range(3))
def test_closed_forms_agree_with_k_by_k_matrices(method, seed):
    yi, vi, moderators = invented(9, seed, 3)
    x = design_of(moderators)
    given_ = regressions(x, yi, vi)
    found = regression_tau2(given_, method)
    expected, error = by_matrices(yi, vi, x, method)
    assert found[0] == pytest.approx(expected, rel=1e-10, abs=1e-13)
    assert regression_tau2_se(given_, found, method)[0] == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize(("method", "target"), [("PM", 21.0), ("EB", 21.0), ("PMM", stats.chi2.median(21))])
def test_generalised_q_meets_its_target(method, target):
    x = design_of(MODERATORS)
    found = regression_tau2(regressions(x, YI, VI), method)[0]
    peer = sm.WLS(YI, x, weights=1 / (VI + found)).fit()
    assert peer.ssr == pytest.approx(target, rel=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_intercept_alone_is_pooling(method):
    alone = regressions(np.ones((24, 1)), YI, VI)
    ours, theirs = regression_tau2(alone, method), tau2(problems(YI, VI), method)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)
    error = regression_tau2_se(alone, ours, method)
    assert error == pytest.approx(tau2_se(problems(YI, VI), theirs, method), rel=1e-8, nan_ok=True)
    beta, inverse, at = coefficients(alone, ours)
    pooled = pool(yi=YI, vi=VI, method=method, test="knha")
    assert beta[0, 0] == pytest.approx(pooled.estimate, rel=1e-9)
    factor = variance_factor(at, 23, "knha")[0]
    assert math.sqrt(factor) * abs(inverse[0, 0, 0]) == pytest.approx(pooled.se, rel=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_many_problems_are_each_as_if_alone(method):
    rng = np.random.default_rng(1)
    x = np.stack([design_of(ONE)[rng.permutation(24)] for _ in range(5)])
    together = regression_tau2(regressions(x, YI, VI), method)
    alone = [regression_tau2(regressions(each, YI, VI), method)[0] for each in x]
    assert together == pytest.approx(alone, rel=1e-10, abs=1e-13)
    assert method == "EE" or len(set(np.round(together, 9))) > 1


def test_a_second_maximum_of_the_likelihood_is_not_taken_for_the_first():
    yi, vi = np.array([0.0, 0.1, 3.0, 3.1, -9.0, 9.0]), np.array([1e-4, 1e-4, 1e-4, 1e-4, 90.0, 90.0])
    x = np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 1]])
    best = regression_tau2(regressions(x, yi, vi), "REML")[0]
    grid = np.r_[0, np.geomspace(1e-6, 100, 2000)]
    assert log_likelihood(best, yi, vi, x, restricted=True) >= max(
        log_likelihood(t, yi, vi, x, restricted=True) for t in grid
    )


@pytest.mark.parametrize(("method", "inside"), [("ML", False), ("REML", True)])
def test_of_two_maxima_each_likelihood_has_its_own_highest(method, inside):
    y = np.array([-0.7, 1.2, -0.3, -2.5, 2.6])
    v = np.array([6.35, 4.26, 0.06, 1.37, 0.02])
    x = np.column_stack([np.ones(5), np.arange(5)])
    heights = [
        log_likelihood(t, y, v, x, restricted=method == "REML") for t in [0, *np.geomspace(1e-3, 50, 400)]
    ]
    found = float(regression_tau2(regressions(x, y, v), method)[0])
    assert (found > 0) == inside
    assert log_likelihood(found, y, v, x, restricted=method == "REML") >= max(heights) - 1e-10


@pytest.mark.parametrize("method", METHODS)
def test_several_regressions_at_once_have_the_errors_of_each_alone(method):
    given = [regressions(design_of(ONE), YI * scale, VI * scale) for scale in (1.0, 3.0)]
    alone = [regression_tau2_se(each, regression_tau2(each, method), method)[0] for each in given]
    both = regressions(design_of(ONE), np.stack([YI, 3 * YI]), np.stack([VI, 3 * VI]))
    found = regression_tau2_se(both, regression_tau2(both, method), method)
    assert found == pytest.approx(alone, rel=1e-12, nan_ok=True)
