"""The Copas model: its density by integration, its meaning by simulation, its path by another optimiser."""

import functools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

import evidence as ev
from evidence.effects.effects import Effects
from evidence.errors import FewStudiesWarning, InputError, OptionError, TooFewStudiesError
from evidence.robustness.copas_likelihood import CopasLikelihood, mills
from evidence.robustness.copas_path import Grid, along, ranges, steepest

GOLDEN = Path(__file__).parent / "golden"
CASES = {case["id"]: case for case in json.loads((GOLDEN / "selection.json").read_text("utf-8"))}
HACKSHAW = CASES["sel3_hackshaw"]["input"]


@functools.cache
def hackshaw():
    return ev.copas(**HACKSHAW, size=8)


def random_model(seed, k=8):
    rng = np.random.default_rng(seed)
    s = rng.uniform(0.1, 0.5, k)
    return CopasLikelihood(rng.normal(0.3, 0.4, k), s, -0.3 + 0.12 / s)


def test_gradient_and_hessian_against_differences():
    for seed, at in ((0, [0.2, 0.6, 0.05, 0.3]), (1, [0.4, -0.9, 0.01, -0.5]), (2, [0.1, 0.0, 0.2, 0.0])):
        model, at = random_model(seed), np.array(at)
        _, gradient, hessian = model(at)
        for j in range(4):
            step = np.where(np.arange(4) == j, 1e-5, 0)
            up, down = model.evaluate(np.array([at + step, at - step]))[0]
            assert gradient[j] == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-6)
        assert hessian == pytest.approx(hessian.T)
        assert model(at[:3])[1] == pytest.approx(model(np.r_[at[:3], 0])[1][:3])


def test_the_density_is_the_joint_model_integrated():
    mu, rho, tau2, gamma0, gamma1, s = 0.2, 0.7, 0.05, -0.5, 0.1, 0.25
    u = gamma0 + gamma1 / s
    ratio = stats.norm.pdf(u) / stats.norm.cdf(u)
    sigma, tau = s / math.sqrt(1 - rho**2 * ratio * (u + ratio)), math.sqrt(tau2)
    for y in (-0.5, 0.1, 0.9):
        # Over the error e of the study: y given e, and the chance of being reported given e.
        def part(e, y=y):
            reported = stats.norm.cdf((u + rho * e) / math.sqrt(1 - rho**2))
            return stats.norm.pdf(e) * stats.norm.pdf(y, mu + sigma * e, tau) * reported

        density = integrate.quad(part, -9, 9, epsabs=1e-13, limit=200)[0] / stats.norm.cdf(u)
        model = CopasLikelihood(np.array([y]), np.array([s]), np.array([u]))
        assert model(np.array([mu, rho, tau2]))[0] == pytest.approx(math.log(density), abs=1e-9)


def test_standard_errors_are_those_of_reported_studies():
    # Simulated: the spread of the error among reported studies is s, as the model defines sigma.
    rng = np.random.default_rng(0)
    rho, u, s = 0.8, 0.3, 0.4
    ratio = mills(np.array([u]))[0]
    sigma = s / math.sqrt(1 - rho**2 * ratio * (u + ratio))
    e, d = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], 400_000).T
    assert np.std(sigma * e[u + d > 0]) == pytest.approx(s, rel=5e-3)


def test_without_selection_it_is_the_random_effects_model():
    got = hackshaw()
    plain = ev.pool(**HACKSHAW, method="ML", test="z")
    assert got.unadjusted == pytest.approx(plain.estimate, rel=1e-7)
    assert got.unadjusted_tau2 == pytest.approx(plain.tau2, rel=1e-6)
    first = got.path.iloc[0]
    assert (first["publication"], first["unpublished"]) == (pytest.approx(1), pytest.approx(0, abs=1e-9))


def test_the_path_by_another_optimiser():
    got = hackshaw()
    y, s = np.array(HACKSHAW["yi"]), np.sqrt(HACKSHAW["vi"])
    for row in (1, 8, 16, 24):
        here = got.path.iloc[row]
        model = CopasLikelihood(y, s, here["gamma0"] + here["gamma1"] / s)
        free = [(-2, 2), (-0.9999, 0.9999), (0, 2)]
        side = [(-2, 2), (0, 0.9999), (0, 2), (-10, 10)]

        def fit(limits, model=model):
            starts = ([0.2, rho, 0.02, 0.0][: len(limits)] for rho in (0.05, 0.5, 0.95))
            options = {"ftol": 1e-14, "gtol": 1e-9, "maxiter": 500}
            return min(
                (
                    optimize.minimize(
                        lambda at: tuple(-part for part in model(np.array(at))[:2]),
                        start,
                        jac=True,
                        bounds=limits,
                        method="L-BFGS-B",
                        options=options,
                    )
                    for start in starts
                ),
                key=lambda each: each.fun,
            )

        best, sloped = fit(free), fit(side)
        assert here["estimate"] == pytest.approx(best.x[0], abs=2e-5)
        assert here["rho"] == pytest.approx(best.x[1], abs=2e-3)
        assert here["tau2"] == pytest.approx(best.x[2], abs=2e-5)
        assert here["residual_statistic"] == pytest.approx(2 * (best.fun - sloped.fun), abs=1e-5)
        assert here["residual_p"] == pytest.approx(stats.chi2.sf(here["residual_statistic"], 1))


def test_the_adjusted_mean_is_where_no_selection_is_left():
    got = hackshaw()
    p = got.path["residual_p"].to_numpy()
    assert got.adjusted == np.argmax(p > 0.1) and p[got.adjusted - 1] <= 0.1
    here = got.path.iloc[got.adjusted]
    assert (got.estimate, got.residual_p) == (here["estimate"], here["residual_p"])
    u = here["gamma0"] + here["gamma1"] / np.sqrt(HACKSHAW["vi"])
    assert got.publication == pytest.approx(stats.norm.cdf(u).min())
    assert got.unpublished == pytest.approx(np.sum(1 / stats.norm.cdf(u) - 1))
    assert (np.diff(got.path["publication"]) < 0).all()
    low = ev.copas(**HACKSHAW, alpha=0.01, size=5)
    assert low.adjusted == 0 and low.estimate == low.unadjusted
    assert any("no sign of selection" in note for note in low.notes)
    high = ev.copas(**HACKSHAW, alpha=0.99, size=5)
    assert high.adjusted is None and math.isnan(high.estimate)
    assert "None did." in high.method_text()
    assert high.to_dict()["estimate"] is None


def test_units_and_sides_change_nothing():
    got = hackshaw()
    turned = ev.copas(yi=-20 * np.array(HACKSHAW["yi"]), vi=400 * np.array(HACKSHAW["vi"]), size=8)
    assert (got.missing, turned.missing) == ("left", "right")
    assert turned.adjusted == got.adjusted
    assert turned.estimate == pytest.approx(-20 * got.estimate, rel=1e-5)
    assert turned.residual_p == pytest.approx(got.residual_p, rel=1e-5)
    assert turned.surface == pytest.approx(-20 * got.surface, rel=1e-4, abs=1e-3)
    other = ev.copas(**HACKSHAW, missing="right", size=5)
    assert other.missing == "right" and other.residual_p != got.residual_p
    assert (got.surface.shape, other.surface.shape) == ((8, 8), (5, 5))


def test_a_known_selection_lowers_the_mean():
    # Simulated: true mean 0.2; the smaller a study, the more its error decides whether it is reported.
    rng = np.random.default_rng(4)
    s = rng.uniform(0.05, 0.6, 300)
    e, d = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 300).T
    y = 0.2 + rng.normal(0, 0.1, 300) + s * e
    told = -0.7 + 0.15 / s + d > 0
    got = ev.copas(yi=y[told], vi=s[told] ** 2, size=5)
    assert got.missing == "left"
    assert got.path["residual_p"].iloc[0] < 0.01
    assert abs(got.estimate - 0.2) < abs(got.unadjusted - 0.2)
    assert got.publication < 0.9


def test_ranges_and_the_line_across_contours():
    s = np.array([0.1, 0.2, 0.5])
    (low, high), (none, top) = ranges(s)
    assert (high, none) == (2, 0)
    assert top * (1 / 0.1 - 1 / 0.5) == pytest.approx(1.29)
    assert low + top / 0.5 == pytest.approx(-0.25)
    x = np.linspace(0, 1, 12)
    # A plane 2 x + 3 y: contours of slope -2/3, the line across has slope 3/2.
    plane = Grid(x, x, 2 * x[:, None] + 3 * x)
    assert steepest(plane) == pytest.approx(1.5)
    pairs = along(plane, 1.5, 5)
    assert pairs[0].tolist() == [10, 0] and pairs[1].tolist() == [1, 1]
    assert pairs[-1] == pytest.approx([1 / 3, 0])
    assert math.isnan(steepest(Grid(x, x, np.ones((12, 12)))))
    assert math.isnan(steepest(Grid(x, x, x[:, None] - x)))


def test_what_cannot_be_is_refused():
    with pytest.raises(TooFewStudiesError, match="5 or more rows, not 4"):
        ev.copas(yi=[1, 2, 3, 4], vi=[1, 2, 3, 4])
    with pytest.raises(InputError, match=r"All 6 standard errors are 0\.2"):
        ev.copas(yi=range(6), vi=[0.04] * 6)
    with pytest.raises(InputError, match="All 6 estimates are 1"):
        ev.copas(yi=[1] * 6, vi=np.linspace(0.1, 1, 6))
    with pytest.raises(OptionError, match="Did you mean 'left'"):
        ev.copas(**HACKSHAW, missing="lefft")
    with pytest.raises(InputError, match="size=3"):
        ev.copas(**HACKSHAW, size=3)
    with pytest.raises(InputError, match=r"alpha=1\.5"):
        ev.copas(**HACKSHAW, alpha=1.5)
    with pytest.warns(FewStudiesWarning, match="6 studies are few"):
        few = ev.copas(yi=[0.1, 0.3, 0.2, 0.6, 0.5, 0.9], vi=[0.01, 0.02, 0.04, 0.09, 0.1, 0.2], size=5)
    assert few.notes[0] == "6 studies are few for a selection model"


def test_results_are_tabulated_and_shown():
    table = Effects(ev.pool(**HACKSHAW).effects.table, measure="OR", scale="log")
    got = ev.copas(table, size=6, level=0.9)
    shown = got.display()
    assert shown["unadjusted"] == pytest.approx(math.exp(got.unadjusted))
    half = stats.norm.ppf(0.95) * got.path["se"]
    assert got.path["ci_high"].to_numpy() == pytest.approx((got.path["estimate"] + half).to_numpy())
    summary = got.summary()
    assert summary["term"].tolist() == ["adjusted for selection", "unadjusted"]
    assert summary["estimate"].tolist() == pytest.approx([got.estimate, got.unadjusted])
    assert "6 by 6 grid" in got.method_text()
    json.dumps(got.to_dict())
