"""The simulation study: its kernels are the package's, its numbers do not depend on who computes them."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from distributed import LocalCluster
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import binom, norm, t
from typer.testing import CliRunner

import evidence as ev
from evidence.synthesis.binomial_bayes import binomial_bayes
from evidence.synthesis.proportion_result import BAYES, EXACT, GLMM
from evidence.synthesis.tau2 import METHODS
from simulations.__main__ import WORKS, connected, simulate
from simulations.climb import climbed
from simulations.intervals import PREDICTIONS, TESTS, pooled, scores
from simulations.means import _pairs, _two_groups, simulate_means
from simulations.rare_bayes import logit_intervals
from simulations.rare_likelihood import likelihood_fits
from simulations.results import FOLDER, store, table
from simulations.runner import ATTEMPTS, WorkersLostError, run
from simulations.scenarios import GRIDS, Scenario, scenarios
from simulations.shares import CHOICE, _intervals, _mean_share, _scores
from small_tasks import Square, killed_always, killed_once, squared

YI, VI = np.array([[0.1, 0.5, 1.4, 0.3]]), np.array([[0.03, 0.05, 0.04, 0.2]])
LAST_IS_LARGE = 10
FEW = [*scenarios("before_after")[40:46], *scenarios("two_groups")[:3]]


@pytest.mark.parametrize("method", METHODS)
def test_every_interval_is_that_of_pool(method):
    numbers = pooled(YI, VI, method)
    for test in TESTS:
        if f"ci_{test}" in numbers:
            result = ev.pool(yi=YI[0], vi=VI[0], method=method, test=test)
            assert numbers["estimate"][0] == pytest.approx(result.estimate, rel=1e-12)
            assert 2 * numbers[f"ci_{test}"][0] == pytest.approx(result.ci_high - result.ci_low, rel=1e-12)
    assert (set(TESTS) <= {name[3:] for name in numbers}) == (method == "REML")
    if method == "EE":
        return  # pool predicts nothing where all studies share one effect
    for kind in PREDICTIONS:
        if f"pi_{kind}" in numbers:
            result = ev.pool(yi=YI[0], vi=VI[0], method=method, test="adhoc", prediction=kind)
            assert 2 * numbers[f"pi_{kind}"][0] == pytest.approx(result.pi_high - result.pi_low, rel=1e-12)


def test_scores_by_hand():
    numbers = {
        "estimate": np.array([0.0, 1.0]),
        "tau2": np.array([0.0, 0.5]),
        "ci_z": np.array([0.5, 2.0]),
        "pi_S": np.array([1.959964, 1.959964]),
    }
    found = scores(numbers, effect=0.0, tau=1.0)
    assert found["bias"] == 0.5
    assert found["tau2_bias"] == -0.75
    assert found["ci_z"] == 1.0
    assert found["width_z"] == 2.5
    # Of true effects, normal about 0 with an SD of 1: 95 % in the first, P(-0.96 < z < 2.96) in the second.
    assert found["pi_S"] == pytest.approx((0.95 + 0.829934) / 2, abs=1e-5)
    assert scores(numbers, effect=0.0, tau=0.0)["pi_S"] == 1.0
    assert scores(numbers, effect=-0.6, tau=0.0)["ci_z"] == 0.5


def test_the_bayesian_interval_is_that_of_the_package():
    counts = np.array([[0, 1, 0], [0, 0, 0], [3, 4, 2], [9, 0, 1], [1, 0, 0]])
    low, high = logit_intervals(counts, 30, 0.95)
    for row, ends in zip(counts, zip(low, high, strict=True), strict=True):
        fit = binomial_bayes(row.astype(float), np.full(3, 30.0), level=0.95)
        assert ends == pytest.approx((fit.ci_low, fit.ci_high), abs=2e-3)
    assert (low[1], high[1]) != (low[0], high[0])
    assert (low[4], high[4]) == (low[0], high[0])  # groups of one size: their order does not matter


RARE_WORLDS = [
    (2, 30, 0.05, 0.5),
    (3, 10, 0.02, 0.0),
    (5, 100, 0.01, 0.5),
    (7, 100, 0.05, 0.5),
    (10, 30, 0.05, 0.9),
]
ROWS = 4
NAMES = {EXACT: "Clopper-Pearson", BAYES: "Bayesian", GLMM: "GLMM, z"}


@pytest.mark.parametrize("world", RARE_WORLDS)
def test_the_glmm_and_the_choice_are_those_of_proportion(world):
    k, n, share, tau = world
    rng = np.random.default_rng(RARE_WORLDS.index(world))
    events = rng.binomial(n, expit(logit(share) + tau * rng.standard_normal((ROWS, k))))
    found, fits = _intervals(events, n), likelihood_fits(events, n)
    wider = t.ppf(0.975, k - 1) / norm.ppf(0.975)
    for place, row in enumerate(events):
        result = ev.proportion(xi=row, ni=np.full(k, n))
        stated = result.alternatives.set_index("method")
        ends = {name: np.array([end[place] for end in pair]) for name, pair in found.items()}
        assert ends[CHOICE].tolist() == ends[NAMES[result.primary]].tolist()
        assert (GLMM in stated.index) == (row.sum() > 0) == (not np.isnan(ends["GLMM, z"]).any())
        if row.sum():
            values = expit(fits.estimate[place]), *ends["GLMM, z"]
            assert values == pytest.approx(stated.loc[GLMM, ["proportion", "low", "high"]].tolist(), rel=1e-6)
            halves = [np.diff(logit(ends[f"GLMM, {test}"]))[0] / 2 for test in ("z", "t")]
            assert halves[1] == pytest.approx(wider * halves[0], rel=1e-6)


def test_the_likelihood_integrated_on_a_fine_grid_has_the_same_top():
    counts, n = np.array([0, 0, 1, 4, 7]), 40
    z = np.linspace(-9, 9, 6001)

    def minus(at: np.ndarray) -> float:
        chance = binom.pmf(counts[:, None], n, expit(at[0] + at[1] * z))
        return -np.log(chance @ norm.pdf(z) * (z[1] - z[0])).sum()

    top = minimize(minus, [-3.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14}).x
    fits = likelihood_fits(counts[None], n)
    assert (fits.estimate[0], fits.tau[0]) == pytest.approx(top, abs=1e-6)
    step = 1e-3 * np.eye(2)
    bend = [
        [
            (minus(top + a + b) - minus(top + a - b) - minus(top - a + b) + minus(top - a - b)) / 4e-6
            for a in step
        ]
        for b in step
    ]
    assert fits.se[0] == pytest.approx(np.sqrt(np.linalg.inv(bend)[0, 0]), rel=1e-5)


def test_counts_without_a_fit_have_no_interval_and_are_counted():
    n = 10
    events = np.array([[0, 0], [n, n], [0, n], [1, 1]])
    fits = likelihood_fits(events, n)
    assert np.isnan(fits.estimate).tolist() == [True, True, True, False]
    assert np.isnan(fits.se).tolist() == [True, True, True, False]
    found = _intervals(events, n)
    scored = _scores(found["GLMM, z"], Scenario("shares", 0, 2, n, 0.005, 0.0))
    assert (scored["none"], scored["below_median"]) == (0.75, 0.0)
    assert scored["above_median"] == 0.25  # two of twenty, with an interval from 0.025
    assert scored["width"] == pytest.approx(found["GLMM, z"][1][3] - found["GLMM, z"][0][3])
    assert not np.isnan(found[CHOICE]).any()
    assert [end[2] for end in found[CHOICE]] == [end[2] for end in found["Bayesian"]]
    nothing = _scores(found["GLMM, t"], Scenario("shares", 0, 2, n, 0.0, 0.0))
    assert nothing["none"] == 0.75


def test_a_climb_turns_uphill_shortens_its_steps_and_says_what_runs_away():
    def two_tops_and_none(rows, at):
        """Tops at -1 and 1 in the first two rows; a slope without end in the third."""
        x, slope = at[:, 0], rows == 2
        value = np.where(slope, x, -((x**2 - 1) ** 2))
        gradient = np.where(slope, 1.0, -4 * x * (x**2 - 1))
        hessian = np.where(slope, 0.0, 4 - 12 * x**2)
        return value, gradient[:, None], hessian[:, None, None]

    # Close to 0.577 the curve hardly bends, so that a whole step leads over the top and down.
    top = climbed(two_tops_and_none, np.array([[0.58], [-0.01], [3.0]]), largest=20)
    assert top[:2, 0] == pytest.approx([1, -1], abs=1e-6)
    assert np.isnan(top[2, 0])


def test_spreads_of_two_measurements_belong_together():
    r, n = 0.7, 10
    difference, sd1, sd2 = _pairs(np.random.default_rng(1), np.zeros((200, 200)), n, r)
    for sd in (sd1, sd2):
        assert np.mean(sd**2) == pytest.approx(1, abs=0.01)
    assert np.corrcoef(sd1.ravel() ** 2, sd2.ravel() ** 2)[0, 1] == pytest.approx(r**2, abs=0.02)
    assert np.var(difference) == pytest.approx(2 * (1 - r) / n, rel=0.03)


def test_one_of_uneven_studies_is_large():
    n, draws = 30, 4000
    rng = np.random.default_rng(1)
    yi, vi = _two_groups(rng, np.zeros((draws, 2)), np.array([n, LAST_IS_LARGE * n]))
    assert vi.mean(axis=0) == pytest.approx([2 / n, 2 / (LAST_IS_LARGE * n)], rel=0.03)
    assert yi.var(axis=0) == pytest.approx(vi.mean(axis=0), rel=0.08)
    even, uneven = (
        simulate_means(Scenario(design, 0, 2, n, 0.0, 0.0), draws=200)[0]["width_z"]
        for design in ("two_groups", "uneven_groups")
    )
    assert uneven / even == pytest.approx(np.sqrt(2 / 11), rel=0.02)


def test_a_wrong_correlation_shows_in_the_interval():
    world = Scenario("before_after", 0, 10, 30, 0.0, 0.0, r=0.9)
    right, _, wrong, _ = simulate_means(world, draws=400)
    assert right["r_assumed"] == 0.9
    assert wrong["r_assumed"] == 0.5
    # By 2 (1 - r) / n the variance is taken for five times what it is; tau2 takes up a part.
    assert 1.9 < wrong["width_z"] / right["width_z"] < np.sqrt(5)
    assert 0.93 < right["ci_z"] < 0.99 < wrong["ci_z"]


def test_groups_that_differ_have_a_mean_above_their_median():
    assert _mean_share(Scenario("shares", 0, 2, 10, 0.02, 0.0)) == pytest.approx(0.02)
    draws = 1 / (1 + np.exp(-(np.log(0.02 / 0.98) + 0.5 * np.random.default_rng(1).standard_normal(400_000))))
    assert _mean_share(Scenario("shares", 0, 2, 10, 0.02, 0.5)) == pytest.approx(draws.mean(), rel=5e-3)


def test_every_scenario_has_numbers_of_its_own():
    every = [each for design in GRIDS for each in scenarios(design)]
    assert len({each.name for each in every}) == len(every)
    assert len({each.generator().random() for each in every}) == len(every)


@pytest.mark.parametrize("design", GRIDS)
def test_stored_results_are_those_of_the_code(design):
    about = json.loads((FOLDER / "about.json").read_text(encoding="utf-8"))
    stored = pd.read_csv(FOLDER / f"{design}.csv")
    assert set(stored["scenario"]) == {each.number for each in scenarios(design)}
    each = scenarios(design)[13]
    work = WORKS.get(design, simulate_means)
    again = table([each], [work(each, about["designs"][design]["draws"])])
    rows = stored.loc[stored["scenario"] == each.number].reset_index(drop=True)
    rows, again = (_without_bound_as_infinite(part) for part in (rows[list(again)], again))
    pd.testing.assert_frame_equal(rows, again, check_dtype=False, rtol=1e-3, atol=1e-3)


def _without_bound_as_infinite(rows: pd.DataFrame) -> pd.DataFrame:
    """A mean width with next to no degrees of freedom has no bound: its digits are rounding's."""
    widths = [name for name in rows if name.startswith("width")]
    return rows.assign(**{name: rows[name].mask(rows[name] > 1e6, np.inf) for name in widths})


def test_workers_give_the_same_digits_as_one_process(tmp_path):
    work = partial(simulate_means, draws=20)
    alone = run(FEW, work, tmp_path / "alone")
    shared = run(FEW, work, tmp_path / "shared", jobs=2)
    assert json.dumps(alone) == json.dumps(shared)
    assert alone[0][0]["bias"] != alone[1][0]["bias"]


SQUARES = [Square(number) for number in range(8)]


def test_a_cluster_gives_the_same_digits(tmp_path):
    work = partial(simulate_means, draws=20)
    with (
        LocalCluster(n_workers=1, processes=False, threads_per_worker=1, dashboard_address=None) as cluster,
        connected(cluster.scheduler_address),
    ):
        there = run(FEW[:4], work, tmp_path / "there", on_cluster=True)
    assert json.dumps(there) == json.dumps(run(FEW[:4], work, tmp_path / "here"))


@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_a_killed_worker_does_not_lose_the_run(tmp_path):
    marker = tmp_path / "killed"
    found = run(SQUARES, partial(killed_once, marker=marker), tmp_path / "kept", jobs=2)
    assert marker.exists()
    assert found == [squared(task) for task in SQUARES]


@pytest.mark.filterwarnings("ignore:A worker stopped")
def test_a_task_that_kills_every_worker_ends_the_run(tmp_path):
    with pytest.raises(WorkersLostError, match=f"ended {ATTEMPTS} times in a row before square_0"):
        run(SQUARES[:1], killed_always, tmp_path, jobs=2)


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    worked = []

    def stopped(task: Square) -> list[dict[str, object]]:
        if task.number == 3 and task not in worked:
            worked.append(task)
            raise KeyboardInterrupt
        worked.append(task)
        return squared(task)

    with pytest.raises(KeyboardInterrupt):
        run(SQUARES, stopped, tmp_path)
    assert run(SQUARES, stopped, tmp_path) == [squared(task) for task in SQUARES]
    assert [task.number for task in worked] == [0, 1, 2, 3, 3, 4, 5, 6, 7]


def test_what_made_a_design_stays_when_another_is_drawn(tmp_path):
    for name, draws in (("shares", 7), ("two_groups", 5), ("shares", 3)):
        store({name: pd.DataFrame({"scenario": [0]})}, draws, tmp_path)
    about = json.loads((tmp_path / "about.json").read_text(encoding="utf-8"))
    assert {name: made["draws"] for name, made in about["designs"].items()} == {"shares": 3, "two_groups": 5}


def test_the_command_stores_a_table_and_what_made_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(GRIDS, "split_face", ((1.0,), (0.3,), (0.9,), (float("nan"),)))
    app = typer.Typer()
    app.command()(simulate)
    done = CliRunner().invoke(app, ["split_face", "--draws", "5", "--jobs", "1", "--to", "out"])
    assert done.exit_code == 0, done.output
    stored = pd.read_csv("out/split_face.csv")
    assert stored["scenario"].nunique() == 18
    about = json.loads(Path("out/about.json").read_text(encoding="utf-8"))
    assert about["designs"]["split_face"]["draws"] == 5
    assert not list(Path("results/simulations").iterdir())  # nothing unfinished is left
    wrong = CliRunner().invoke(app, ["share", "--to", "out"])
    assert wrong.exit_code == 2
    assert "Did you mean 'shares'?" in wrong.output
