"""Every option of every public method changes the result, or is refused: none is accepted and ignored."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest

import evidence as ev
from evidence.errors import EvidenceError, EvidenceWarning

YI = [0.1, 0.9, 0.35, 1.4, 0.6, 1.1, 0.2, 0.8]
VI = [0.02, 0.05, 0.04, 0.09, 0.03, 0.12, 0.06, 0.02]
# Estimates that agree better than chance: here the ad hoc rule of Hartung and Knapp has something to do.
ALIKE = [0.5, 0.52, 0.48, 0.55, 0.5, 0.43, 0.53, 0.47]
YEAR = [2001.0, 2004, 2010, 2012, 2015, 2016, 2018, 2020]
CLUSTER = ["a", "a", "b", "b", "c", "d", "e", "f"]
COUNTS = {"ai": [5, 12, 3, 20], "n1i": [30, 60, 25, 80], "ci": [2, 15, 1, 9], "n2i": [28, 61, 30, 75]}
SHARES = {"xi": [12, 30, 8, 40], "ni": [30, 60, 25, 50]}
EDGES = {
    "study": list("uvwxyz"),
    "t1": ["mn", "mn + prp", "mn + prp", "laser", "laser", "laser"],
    "t2": ["none", "none", "mn", "mn", "none", "none"],
    "te": [-0.5, -1.6, -0.1, -0.6, -0.4, -1.5],
    "se": [0.2, 0.25, 0.18, 0.22, 0.3, 0.21],
}
ZEROS = {"ai": [0, 4, 1, 6], "n1i": [40, 60, 30, 45], "ci": [9, 12, 7, 8], "n2i": [40, 60, 30, 50]}
ARMS = {
    "study": list("uuvvwwxx"),
    "treatment": ["a", "b", "b", "c", "a", "c", "a", "b"],
    "events": [5, 9, 3, 8, 11, 20, 14, 15],
    "n": [30, 32, 25, 26, 40, 41, 50, 40],
}
SIZES = {
    "pustejovsky": {"n1i": [50, 20, 25, 11, 33, 8, 17, 50], "n2i": [51, 19, 25, 12, 33, 9, 15, 49]},
    "ni": {"ni": [101, 39, 50, 23, 66, 17, 32, 99]},
}
SIZES |= dict.fromkeys(("ninv", "sqrtninv"), SIZES["ni"])
UNTIED = [0.02, 0.05, 0.04, 0.09, 0.03, 0.12, 0.06, 0.025]
SKEWED = [0.1, 0.12, 0.2, 1.4, 0.15, 1.1, 0.9, 0.05]
TAU2 = ["EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM"]

# EB and PM solve the same equation; they differ in nothing but their history.
SAME = {
    ("pool", "method", "EB"): "PM",
    ("metareg", "method", "EB"): "PM",
    ("proportion", "method", "EB"): "PM",
    ("leave_one_out", "method", "EB"): "PM",
    ("influence", "method", "EB"): "PM",
    ("cumulative", "method", "EB"): "PM",
    ("trim_and_fill", "method", "EB"): "PM",
    ("limit_meta", "method", "EB"): "PM",
    ("mixed egger", "method", "EB"): "PM",
    ("gosh", "method", "EB"): "PM",
    ("permutation_test", "method", "EB"): "PM",
    ("bootstrap", "method", "EB"): "PM",
    ("sequential", "method", "EB"): "PM",
    ("fragility", "method", "EB"): "PM",
}


def pool(yi: list[float] = YI, **options: Any) -> Any:
    return ev.pool(yi=yi, vi=VI, **options)


def metareg(yi: list[float] = YI, **options: Any) -> Any:
    return ev.metareg(None, {"year": YEAR}, yi=yi, vi=VI, **options)


def repeated(yi: list[float]) -> pd.DataFrame:
    """Studies of which some have two rows."""
    return pd.DataFrame({"study_id": CLUSTER, "yi": yi, "vi": VI, "year": YEAR[::-1]})


def leave_one_out(yi: list[float] = YI, **options: Any) -> Any:
    return ev.leave_one_out(repeated(yi), **options)


def influence(yi: list[float] = YI, **options: Any) -> Any:
    return ev.influence(repeated(yi), **options)


def cumulative(yi: list[float] = YI, **options: Any) -> Any:
    return ev.cumulative(repeated(yi), **options)


def multilevel(**options: Any) -> Any:
    return ev.multilevel(yi=YI, vi=VI, outer=CLUSTER, **options)


def robust(**options: Any) -> Any:
    return multilevel().robust(**options)


@cache
def review() -> Any:
    return ev.load()


def multiverse(
    r: float = 0.5, method: str = "REML", test: str = "adhoc", cautions: str = "all rows", level: float = 0.95
) -> Any:
    choices = {"r": [r], "method": [method], "test": [test], "cautions": [cautions]}
    return ev.multiverse(review(), "Q1f", choices=choices, level=level)


CALLS: dict[str, tuple[Callable[..., Any], dict[str, list[Any]]]] = {
    "pool": (
        pool,
        {
            "method": [*TAU2, "IVhet"],
            "test": ["z", "t", "knha", "adhoc", "KR", "HC"],
            "level": [0.95, 0.9],
            "prediction": ["HTS", "V", "HK", "KR", "S", "test", "none"],
            "tau2_interval": ["QP", "PL"],
        },
    ),
    "metareg": (metareg, {"method": TAU2, "test": ["z", "t", "knha", "adhoc"], "level": [0.95, 0.9]}),
    "multilevel": (
        multilevel,
        {"method": ["REML", "ML"], "test": ["z", "t"], "rho": [None, 0.3, 0.8], "level": [0.95, 0.9]},
    ),
    "robust": (robust, {"kind": ["CR0", "CR1", "CR2"], "level": [None, 0.9]}),
    "bayes": (
        lambda **o: ev.bayes(yi=YI, vi=VI, **o),
        {
            "tau_prior": [
                ("halfnormal", 0.5),
                ("halfnormal", 1.0),
                ("halfcauchy", 0.5),
                ("halft", 4, 0.5),
                ("uniform", 2.0),
                ("exponential", 0.5),
                ("turner",),
                ("rhodes",),
            ],
            "mu_prior": [(0, 4), (0, 0.5), None],
            "level": [0.95, 0.9],
        },
    ),
    "glmm": (
        lambda **o: ev.glmm(**COUNTS, **o),
        {
            "model": ["UM.FS", "UM.RS", "CM.EL", "CM.AL"],
            "test": ["z", "t"],
            "level": [0.95, 0.9],
            "measure": ["OR", "RR", "RD"],
        },
    ),
    "mantel_haenszel": (
        lambda **o: ev.mantel_haenszel(**COUNTS, **o),
        {"measure": ["OR", "RR", "RD"], "correct": [0.0, 0.5], "level": [0.95, 0.9]},
    ),
    "peto": (lambda **o: ev.peto(**COUNTS, **o), {"level": [0.95, 0.9]}),
    "beta_binomial": (
        lambda **o: ev.beta_binomial(**COUNTS, **o),
        {"measure": ["OR", "RR", "RD"], "interval": ["profile", "wald"], "level": [0.95, 0.9]},
    ),
    "proportion": (
        lambda **o: ev.proportion(**SHARES, **o),
        {
            "method": ["GLMM", "exact", *TAU2],
            "measure": ["PLO", "PAS", "PFT", "PR", "PLN"],
            "test": ["z", "t", "knha"],
            "level": [0.95, 0.9],
        },
    ),
    "network": (
        lambda **o: ev.network(EDGES, **o),
        {
            "method": ["REML", "DL", "ML"],
            "model": ["random", "common"],
            "reference": ["none", "mn"],
            "small_values": ["desirable", "undesirable"],
            "level": [0.95, 0.9],
        },
    ),
    "network of arms": (
        lambda measure="OR", **o: ev.network(ARMS, measure=measure, **o),
        {"measure": ["OR", "RR", "RD", "MD"]},
    ),
    "network estimate": (
        lambda **o: ev.network(EDGES).estimate("mn", "none", **o),
        {"model": ["random", "common"]},
    ),
    "components": (
        lambda **o: ev.components(EDGES, **o),
        {
            "method": ["REML", "DL", "ML"],
            "model": ["random", "common"],
            "inactive": [None, "none"],
            "sep": ["+", "*"],
            "interactions": [None, "mn*prp"],
            "small_values": ["desirable", "undesirable"],
            "level": [0.95, 0.9],
        },
    ),
    "leave_one_out": (
        leave_one_out,
        {
            "method": TAU2,
            "test": ["z", "t", "knha", "adhoc", "KR"],
            "level": [0.95, 0.9],
            "by": ["row", "study"],
        },
    ),
    "influence": (
        influence,
        {
            "method": TAU2,
            "test": ["z", "t", "knha", "adhoc"],
            "level": [0.95, 0.9],
            "by": ["row", "study"],
        },
    ),
    "cumulative": (
        cumulative,
        {
            "method": TAU2,
            "test": ["z", "t", "knha", "adhoc", "KR"],
            "level": [0.95, 0.9],
            "by": ["row", "study"],
            "order": [None, "year", tuple(VI)],
        },
    ),
    "egger": (
        lambda **o: ev.egger(yi=YI, vi=VI, **SIZES.get(o.get("predictor"), {}), force=True, **o),
        {
            "model": ["lm", "mixed"],
            "predictor": ["sei", "vi", "ni", "ninv", "sqrtninv", "pustejovsky"],
            "level": [0.95, 0.9],
        },
    ),
    "mixed egger": (
        lambda **o: ev.egger(yi=YI, vi=VI, model="mixed", force=True, **o),
        {"method": TAU2, "test": ["z", "t", "knha"]},
    ),
    "mixed egger of studies that agree": (
        lambda **o: ev.egger(yi=ALIKE, vi=VI, model="mixed", force=True, **o),
        {"test": ["z", "knha", "adhoc"]},
    ),
    "begg": (
        lambda **o: ev.begg(yi=YI, vi=UNTIED, force=True, **o),
        {"exact": [True, False], "continuity": [False, True]},
    ),
    "peters": (lambda **o: ev.peters(**COUNTS, force=True, **o), {"level": [0.95, 0.9]}),
    "harbord": (
        lambda **o: ev.harbord(**COUNTS, force=True, **o),
        {"measure": ["OR", "RR"], "level": [0.95, 0.9]},
    ),
    "deeks": (lambda **o: ev.deeks(**COUNTS, force=True, **o), {"level": [0.95, 0.9]}),
    "thompson": (
        lambda **o: ev.thompson(**COUNTS, force=True, **o),
        {"measure": ["AS", "OR", "RR", "RD"], "level": [0.95, 0.9]},
    ),
    "pet_peese": (
        lambda **o: ev.pet_peese(yi=YI, vi=VI, **SIZES.get(o.get("predictor"), {}), force=True, **o),
        {"predictor": ["sei", "sqrtninv", "pustejovsky"], "alpha": [0.1, 0.99], "level": [0.95, 0.9]},
    ),
    "small_study": (lambda **o: ev.small_study(yi=YI, vi=VI, force=True, **o), {"level": [0.95, 0.9]}),
    "trim_and_fill": (
        lambda **o: ev.trim_and_fill(yi=SKEWED, vi=VI, force=True, **o),
        {
            "estimator": ["L0", "R0", "Q0"],
            "side": ["left", "right"],
            "method": TAU2,
            "test": ["z", "t", "knha"],
            "level": [0.95, 0.9],
        },
    ),
    "limit_meta": (
        lambda **o: ev.limit_meta(yi=YI, vi=VI, force=True, **o),
        {"adjust": ["beta0", "betalim", "mulim"], "method": TAU2[1:], "level": [0.95, 0.9]},
    ),
    "fail_safe_n": (
        lambda **o: ev.fail_safe_n(yi=YI, vi=VI, **o),
        {"kind": ["rosenthal", "orwin", "rosenberg"], "alpha": [0.05, 0.01]},
    ),
    "Orwin's fail_safe_n": (
        lambda **o: ev.fail_safe_n(yi=YI, vi=VI, kind="orwin", **o),
        {"target": [0.1, 0.2], "weighted": [False, True]},
    ),
    "study_power": (
        lambda **o: ev.study_power(yi=YI, vi=VI, **o),
        {"effect": [None, 0.2], "null": [None, 0.1], "alpha": [0.05, 0.01]},
    ),
    "selection_model": (
        lambda **o: ev.selection_model(yi=YI, vi=VI, **o),
        {
            "kind": ["step", "beta", "halfnormal"],
            "steps": [None, (0.01,), (0.025, 0.1)],
            "alternative": ["greater", "less", "two-sided"],
            "delta": [None, (1, 0.5), (1, 0.2)],
            "method": ["ML", "EE"],
            "interval": ["wald", "profile"],
            "level": [0.95, 0.9],
        },
    ),
    "copas": (
        lambda **o: ev.copas(yi=YI, vi=VI, **{"size": 5, **o}),
        {"missing": ["left", "right"], "alpha": [0.1, 0.9999], "size": [5, 6], "level": [0.95, 0.9]},
    ),
    "p_curve": (lambda **o: ev.p_curve(yi=YI, vi=VI, **o), {"level": [0.9, 0.95]}),
    "excess_significance": (
        lambda **o: ev.excess_significance(yi=YI, vi=VI, **o),
        {"alpha": [0.05, 0.01], "true_effect": ["pooled", "random", "largest", 0.3]},
    ),
    "what_next": (
        lambda **o: ev.what_next(ev.load(), "Q1e", draws=100, **o),
        {"by": ["narrowing", "verdict"]},
    ),
    "gosh": (
        lambda **o: ev.gosh(yi=YI, vi=VI, **o),
        {"method": TAU2, "subsets": ["all", 40, 50], "minimum": [2, 1, 3]},
    ),
    "gosh of drawn subsets": (lambda **o: ev.gosh(yi=YI, vi=VI, subsets=40, **o), {"seed": [1, 2]}),
    "permutation_test": (
        lambda **o: ev.permutation_test(yi=YI, vi=VI, **o),
        {
            "method": TAU2,
            "test": ["z", "t", "knha", "adhoc", "KR"],
            "statistic": ["test", "coefficient"],
            "alternative": ["two-sided", "less", "greater"],
            "exact": [True, False],
            "level": [0.95, 0.9, None],
        },
    ),
    "permutation_test of drawn flips": (
        lambda **o: ev.permutation_test(yi=YI, vi=VI, exact=False, level=None, **o),
        {"iterations": [200, 300], "seed": [1, 2]},
    ),
    "bootstrap": (
        lambda draws=200, **o: ev.bootstrap(yi=YI, vi=VI, draws=draws, **o),
        {
            "method": TAU2,
            "kind": ["parametric", "cluster"],
            "interval": ["percentile", "basic", "t"],
            "draws": [200, 300],
            "seed": [1, 2],
            "level": [0.95, 0.9],
        },
    ),
    "bootstrap of clusters": (
        lambda cluster=CLUSTER, **o: ev.bootstrap(
            yi=YI, vi=VI, kind="cluster", draws=200, cluster=cluster, **o
        ),
        {"interval": ["percentile", "basic", "bca", "t"]},
    ),
    "bootstrap by t": (
        lambda **o: ev.bootstrap(yi=YI, vi=VI, interval="t", draws=200, **o),
        {"test": ["z", "knha", "adhoc", "KR"]},
    ),
    "sequential": (
        lambda delta=0.5, **o: ev.sequential(
            yi=[*ALIKE[:4], *YI[4:]] if "test" in o else YI,
            vi=VI,
            ni=[200, 80, 100, 45, 130, 35, 70, 210],
            delta=delta,
            low_bias=[True, False] * 4 if delta == "low_bias" else None,
            **o,
        ),
        {
            "delta": [0.5, 0.3, -0.5, "pooled", "low_bias"],
            "order": [None, tuple(YEAR[::-1]), tuple(VI)],
            "alpha": [0.05, 0.01],
            "power": [0.9, 0.8],
            "two_sided": [True, False],
            "spending": ["obrien_fleming", "pocock"],
            "futility": [True, False],
            "adjust": ["diversity", "i2", 0, 0.25],
            "unit": ["variance", "people"],
            "method": TAU2,
            "test": ["z", "t", "knha", "adhoc", "KR"],
        },
    ),
    "sequential by year": (
        lambda **o: ev.sequential(yi=YI, vi=VI, delta=0.3, order=[1, 1, 2, 3, 3, 4, 5, 6], **o),
        {"collapse": [False, True]},
    ),
    "fragility": (
        lambda **o: ev.fragility(**(ZEROS | o)),
        {
            "measure": ["OR", "RR", "RD", "AS", "PETO"],
            "method": TAU2,
            "test": ["z", "t", "knha", "adhoc", "KR"],
            "alpha": [0.05, 0.01],
            "add": [0.5, 0.1],
            "most_fits": [20_000, 0],
        },
    ),
}
CALLS["multiverse"] = (
    multiverse,
    {
        "r": [0.5, 0.7],
        "method": ["REML", "DL", "HE"],
        "test": ["adhoc", "z", "t"],
        "cautions": ["all rows", "without imputed denominators"],
        "level": [0.95, 0.9],
    },
)
OPTIONS = [(name, option) for name, (_, options) in CALLS.items() for option in options]

# Values of CALLS that the other, default options or the data do not allow; all the others give a number.
REFUSED: dict[tuple[str, str], list[Any]] = {
    ("pool", "method"): ["IVhet"],
    ("pool", "test"): ["HC"],
    ("glmm", "measure"): ["RR", "RD"],
    ("beta_binomial", "measure"): ["RD"],
    ("proportion", "measure"): ["PAS", "PFT", "PR", "PLN"],
    ("proportion", "test"): ["knha"],
    ("network of arms", "measure"): ["MD"],
    ("components", "sep"): ["*"],
    ("selection_model", "alternative"): ["less"],
}


def numbers(call: Callable[..., Any], **options: Any) -> str:
    """Return every number of a result as text, without the names of the choices."""
    if call in (pool, metareg, leave_one_out, influence, cumulative) and "yi" not in options:
        return numbers(call, yi=YI, **options) + numbers(call, yi=ALIKE, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EvidenceWarning)
        result = call(**options)
    fields = result.to_dict()
    # Choices, words and inputs are no results.
    left_out = {
        "method",
        "test",
        "prediction",
        "tau2_interval",
        "measure",
        "model",
        "interval",
        "kind",
        "type",
    }
    left_out |= {
        "level",
        "notes",
        "rho",
        "tau_prior",
        "mu_prior",
        "correct",
        "method_text",
        "primary",
        "source",
    }
    left_out |= {"spending", "adjust", "order", "unit", "two_sided", "beta_spending", "alpha", "power", "add"}
    shown = {key: value for key, value in fields.items() if key not in left_out}
    return json.dumps(shown, sort_keys=True, default=str)


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=[f"{name}-{option}" for name, option in OPTIONS])
def test_each_value_changes_a_number_or_is_refused(name, option):
    call, options = CALLS[name]
    seen: dict[str, Any] = {}
    refused = []
    for value in options[option]:
        try:
            found = numbers(call, **{option: value})
        except EvidenceError:
            refused.append(value)
            continue
        twin = seen.get(found)
        allowed = SAME.get((name, option, value)) or SAME.get((name, option, twin))
        assert twin is None or allowed in (twin, value), f"{option}={value!r} gives what {twin!r} gives"
        seen[found] = value
    assert refused == REFUSED.get((name, option), [])


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=[f"{name}-{option}" for name, option in OPTIONS])
def test_a_value_that_does_not_exist_is_refused(name, option):
    call, _ = CALLS[name]
    wrong = (
        -3 if option in {"level", "rho", "correct"} else ("nonsense",) if "prior" in option else "nonsense"
    )
    with pytest.raises(EvidenceError, match=r"nonsense|-3"):
        call(**{option: wrong})


@pytest.mark.parametrize("name", CALLS)
def test_an_option_that_does_not_exist_is_refused(name):
    with pytest.raises(TypeError, match="colour"):
        CALLS[name][0](colour="blue")


@pytest.mark.parametrize("name", CALLS)
def test_each_result_says_how_it_was_had(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EvidenceWarning)
        result = CALLS[name][0]()
    text = result.method_text()
    assert len(text) > 40
    assert text.endswith(".")
    assert len(result.summary()) >= 1
    assert "<table" in result._repr_html_()
