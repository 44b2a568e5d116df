"""What is timed: a task has its data and, by package, a call that returns the number all must agree on.

Peers that are not installed are left out; R's metafor has its calls in tasks.R, under the same names.
"""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

import evidence as ev

GOLDEN = Path(__file__).resolve().parents[2] / "tests" / "golden"
OURS = "evidence"
Call = Callable[[], float]
Data = Mapping[str, list[float]]


@dataclass(frozen=True)
class Task:
    """One piece of work, done by several packages.

    Attributes
    ----------
    name : str
        Also the name of the R function.
    words : str
        What is computed, for the page.
    data : mapping
        What R gets.
    calls : mapping of str to callable
        Package to a call that returns the number to compare.
    """

    name: str
    words: str
    data: Data
    calls: Mapping[str, Call]


def peer(name: str) -> ModuleType | None:
    """Return a package of others, if it is there; what it leaves open when imported is its own affair."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError:
        return None


def case(file: str, case_id: str) -> dict[str, Any]:
    """Return the input of a stored reference case."""
    cases = json.loads((GOLDEN / file).read_text(encoding="utf-8"))
    return next(each["input"] for each in cases if each["id"] == case_id)


def simulated(k: int) -> Data:
    """Return effects of `k` invented studies."""
    rng = np.random.default_rng(20261126)
    vi = rng.uniform(0.02, 0.5, k)
    return {"yi": (0.4 + rng.normal(size=k) * np.sqrt(vi + 0.1)).tolist(), "vi": vi.tolist()}


def tasks() -> Iterator[Task]:
    """Yield every task."""
    bcg = case("pooling.json", "pool_bcg_EE_z")
    bcg = {"yi": bcg["yi"], "vi": bcg["vi"]}
    yield intervals(bcg)
    yield plain("dl_13", "DerSimonian-Laird estimate, 13 studies", bcg, "DL")
    yield plain("reml_13", "REML estimate, 13 studies", bcg, "REML")
    for k in (100, 1000, 3000):
        yield plain(f"reml_{k}", f"REML estimate, {k:,} studies", simulated(k), "REML")
    yield left_out(bcg)
    yield subsets(bcg)
    yield permuted(bcg)
    yield filled(bcg)
    yield regression()
    yield mantel_haenszel()
    yield glmm()
    yield three_levels()
    yield network()
    yield sizes()


def arrays(data: Data) -> tuple[np.ndarray, ...]:
    """Return the columns as arrays."""
    return tuple(np.array(column, dtype=float) for column in data.values())


def plain(name: str, words: str, data: Data, method: str) -> Task:
    """Pool; packages that cannot leave intervals out give them too."""
    yi, vi = arrays(data)
    calls: dict[str, Call] = {
        OURS: lambda: ev.pool(yi=yi, vi=vi, method=method, test="z", prediction=None).tau2
    }
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: pimeta.rma(yi, vi, method=method).tau2
    if other := peer("meta_analyze"):
        calls["PyMetaAnalysis"] = lambda: other.meta_analysis(effect=yi, variance=vi, tau2_method=method).tau2
    if pymare := peer("pymare.estimators"):
        ones = np.ones((yi.size, 1))

        def fit() -> float:
            way = pymare.DerSimonianLaird() if method == "DL" else _likelihood(pymare)
            return float(np.squeeze(way.fit(yi[:, None], X=ones, v=vi[:, None]).params_["tau2"]))

        calls["PyMARE"] = fit
    if method == "DL" and (models := peer("statsmodels.stats.meta_analysis")):
        calls["statsmodels"] = lambda: models.combine_effects(yi, vi, method_re="dl").tau2
    return Task(name, words, data, calls)


def _likelihood(pymare: ModuleType) -> Any:
    return pymare.VarianceBasedLikelihoodEstimator(method="REML")


def intervals(data: Data) -> Task:
    """Pool with every interval that a review prints."""
    yi, vi = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: ev.pool(yi=yi, vi=vi, test="knha").ci_low}
    if pimeta := peer("pimeta"):

        def fit() -> float:
            found = pimeta.rma(yi, vi, test="knha")
            pimeta.confint_tau2(yi, vi, found.tau2)
            pimeta.predict(found)
            return float(np.squeeze(found.ci_lb))

        calls["pimeta"] = fit
    return Task(
        "intervals_13",
        "REML, Hartung-Knapp interval, Q-profile interval of tau², prediction interval, 13 studies",
        data,
        calls,
    )


def left_out(data: Data) -> Task:
    """Leave each study out in turn."""
    yi, vi = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: float(ev.leave_one_out(yi=yi, vi=vi, test="z").fits.estimate[0])}
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: float(pimeta.leave1out(yi, vi).estimate[0])
    return Task("leave_one_out_13", "leave one out, REML, 13 studies", data, calls)


def subsets(data: Data) -> Task:
    """Pool subsets drawn at random; draws differ, so that no number is compared."""
    yi, vi = arrays(data)
    calls: dict[str, Call] = {
        OURS: lambda: float(ev.gosh(yi=yi, vi=vi, subsets=1000, seed=1).tau2.size and np.nan)
    }
    if pimeta := peer("pimeta"):

        def drawn() -> float:
            pimeta.gosh(yi, vi, subsets=1000, seed=1)
            return np.nan

        calls["pimeta"] = drawn
    return Task("subsets_1000", "1,000 random subsets of 13 studies, REML", data, calls)


def permuted(data: Data) -> Task:
    """Flip signs at random; draws differ, so that no number is compared."""
    yi, vi = arrays(data)

    def flips() -> float:
        ev.permutation_test(yi=yi, vi=vi, test="z", exact=False, iterations=1000, seed=1, level=None)
        return np.nan

    calls: dict[str, Call] = {OURS: flips}
    if pimeta := peer("pimeta"):

        def theirs() -> float:
            pimeta.permutest(pimeta.rma(yi, vi), iter=1000, seed=1)
            return np.nan

        calls["pimeta"] = theirs
    return Task("permutations_1000", "permutation test, 1,000 sign flips, REML, 13 studies", data, calls)


def filled(data: Data) -> Task:
    """Fill a funnel plot."""
    yi, vi = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: float(ev.trim_and_fill(yi=yi, vi=vi, test="z").k0)}
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: float(pimeta.trimfill(yi, vi).k0)
    return Task("trim_and_fill_13", "trim and fill, REML, 13 studies", data, calls)


def regression() -> Task:
    """Regress effects on one moderator."""
    given = case("regression.json", "reg_bcg_1_REML_z")
    data = {name: given[name] for name in ("yi", "vi", "x1")}
    yi, vi, x = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: float(ev.metareg(None, {"x": x}, yi=yi, vi=vi, test="z").beta[1])}
    design = np.column_stack([np.ones_like(x), x])
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: float(np.ravel(pimeta.rma(yi, vi, mods=x).b)[1])
    if pymare := peer("pymare.estimators"):

        def fit() -> float:
            found = _likelihood(pymare).fit(yi[:, None], X=design, v=vi[:, None])
            return float(found.params_["fe_params"].ravel()[1])

        calls["PyMARE"] = fit
    if other := peer("meta_analyze"):
        frame = pd.DataFrame(data)

        def coefficient() -> float:
            found = other.meta_regression(frame, effect="yi", variance="vi", moderators=["x1"])
            return float(found.coefficients["estimate"].iloc[1])

        calls["PyMetaAnalysis"] = coefficient
    return Task("metareg_13", "meta-regression on one moderator, REML, 13 studies", data, calls)


def _tables() -> dict[str, list[float]]:
    given = case("binary.json", "glmm_nielweise_UM.FS")
    return {name: given[name] for name in ("ai", "n1i", "ci", "n2i")}


def mantel_haenszel() -> Task:
    """Pool tables of counts without a model."""
    data = _tables()
    a, n1, c, n2 = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: ev.mantel_haenszel(ai=a, n1i=n1, ci=c, n2i=n2).estimate}
    if models := peer("statsmodels.stats.contingency_tables"):
        tables = np.array([[a, n1 - a], [c, n2 - c]])
        calls["statsmodels"] = lambda: float(models.StratifiedTable(tables).logodds_pooled)
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: float(np.squeeze(pimeta.rma_mh(a, n1 - a, c, n2 - c).beta))
    return Task("mantel_haenszel_18", "Mantel-Haenszel odds ratio, 18 studies", data, calls)


def glmm() -> Task:
    """Pool tables of counts by their own likelihood."""
    data = _tables()
    a, n1, c, n2 = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: ev.glmm(ai=a, n1i=n1, ci=c, n2i=n2, model="UM.FS").estimate}
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: float(
            np.ravel(pimeta.rma_glmm("OR", ai=a, bi=n1 - a, ci=c, di=n2 - c, drop00=False).beta)[0]
        )
    return Task("glmm_18", "binomial-normal model of counts with its intervals, 18 studies", data, calls)


def three_levels() -> Task:
    """Pool effects of several outcomes a study."""
    given = case("multilevel.json", "ml3_konst")
    data = {"yi": given["yi"], "vi": given["vi"], "outer": pd.factorize(np.array(given["outer"]))[0].tolist()}
    yi, vi, outer = arrays(data)
    calls: dict[str, Call] = {OURS: lambda: float(ev.multilevel(yi=yi, vi=vi, outer=outer).estimate)}
    if pimeta := peer("pimeta"):
        groups = {"outer": data["outer"], "inner": list(range(yi.size))}
        calls["pimeta"] = lambda: float(
            np.ravel(pimeta.rma_mv(yi, vi, data=groups, random="~ 1 | outer/inner").beta)[0]
        )
    return Task("three_levels_56", "three levels, REML, 56 effects", data, calls)


def network() -> Task:
    """Compare several treatments at once."""
    table = pd.DataFrame(case("network.json", "net_senn_DL"))
    calls: dict[str, Call] = {OURS: lambda: float(ev.network(table, method="DL").tau2)}
    if pimeta := peer("pimeta"):
        columns = {"TE": "te", "seTE": "se", "treat1": "t1", "treat2": "t2", "studlab": "study"}
        given = {theirs: table[ours].tolist() for theirs, ours in columns.items()}
        calls["pimeta"] = lambda: float(pimeta.netmeta(**given).tau2)
    return Task("network_26", "network of 10 treatments, 26 studies, DerSimonian-Laird", {}, calls)


def sizes() -> Task:
    """Compute standardised mean differences."""
    rng = np.random.default_rng(20261126)
    spread = {"m1i": (0, 1), "sd1i": (1, 2), "n1i": (10, 80), "m2i": (0, 1), "sd2i": (1, 2), "n2i": (10, 80)}
    data = {
        name: np.round(rng.uniform(*ends, 1000), 0 if name[0] == "n" else 3) for name, ends in spread.items()
    }
    data = {name: column.tolist() for name, column in data.items()}
    given = dict(zip(data, arrays(data), strict=True))
    calls: dict[str, Call] = {OURS: lambda: float(ev.escalc("SMD", **given)["yi"].iloc[0])}
    if pimeta := peer("pimeta"):
        calls["pimeta"] = lambda: float(np.ravel(pimeta.escalc("SMD", **given).yi)[0])
    return Task("smd_1000", "1,000 standardised mean differences with variances", data, calls)
