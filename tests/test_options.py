"""Every option of every public method changes the result, or is refused: none is accepted and ignored."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

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
TAU2 = ["EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM"]

# EB and PM solve the same equation; they differ in nothing but their history.
SAME = {
    ("pool", "method", "EB"): "PM",
    ("metareg", "method", "EB"): "PM",
    ("proportion", "method", "EB"): "PM",
    ("sequential", "method", "EB"): "PM",
    ("fragility", "method", "EB"): "PM",
}


def pool(yi: list[float] = YI, **options: Any) -> Any:
    return ev.pool(yi=yi, vi=VI, **options)


def metareg(yi: list[float] = YI, **options: Any) -> Any:
    return ev.metareg(None, {"year": YEAR}, yi=yi, vi=VI, **options)


def multilevel(**options: Any) -> Any:
    return ev.multilevel(yi=YI, vi=VI, outer=CLUSTER, **options)


def robust(**options: Any) -> Any:
    return multilevel().robust(**options)


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
OPTIONS = [(name, option) for name, (_, options) in CALLS.items() for option in options]


def numbers(call: Callable[..., Any], **options: Any) -> str:
    """Return every number of a result as text, without the names of the choices."""
    if call in (pool, metareg) and "yi" not in options:
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
    given = 0
    for value in options[option]:
        try:
            found = numbers(call, **{option: value})
        except EvidenceError:
            continue
        given += 1
        twin = seen.get(found)
        allowed = SAME.get((name, option, value)) or SAME.get((name, option, twin))
        assert twin is None or allowed in (twin, value), f"{option}={value!r} gives what {twin!r} gives"
        seen[found] = value
    assert given >= 1


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
