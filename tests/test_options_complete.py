"""No option of a public callable escapes the tests: those of tables and methods, and a roll-call of all."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import evidence as ev
from evidence.effects.network_rows import EXACT_P
from evidence.errors import EvidenceError, EvidenceWarning
from test_options import ALIKE, CALLS, CLUSTER, COUNTS, EDGES, SHARES, TAU2, VI, YEAR, YI

MOVED = [0.1, 0.9, 0.3, 1.4, 0.6, 1.2, 0.2, 1.9]
GROUPS = pd.DataFrame({"label": list("stuvwxyz"), "yi": MOVED, "vi": VI, "group": list("aaaabbbb")})
MIXED = {"ai": [5, 0, 3, 20], "n1i": [30, 60, 25, 80], "ci": [2, 15, 1, 9], "n2i": [28, 61, 30, 75]}
LEVELS = {"level": [0.95, 0.9]}


@cache
def review() -> Any:
    return ev.load()


@cache
def fitted(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EvidenceWarning)
        return {
            "network": lambda: ev.network(EDGES),
            "components": lambda: ev.components(EDGES),
            "metareg": lambda: ev.metareg(None, {"year": YEAR}, yi=YI, vi=VI),
            "multilevel": lambda: ev.multilevel(yi=YI, vi=VI, outer=CLUSTER),
            "bayes": lambda: ev.bayes(yi=YI, vi=VI),
        }[name]()


# Callables whose results are tables, numbers or methods of a result; those with a method_text are in CALLS.
TABLES: dict[str, tuple[Callable[..., Any], dict[str, list[Any]]]] = {
    "escalc": (
        lambda **o: ev.escalc(
            "SMD", m1i=[5, 6], sd1i=[1, 2], n1i=[9, 8], m2i=[4, 5], sd2i=[2, 1], n2i=[7, 9], **o
        ),
        {"vtype": ["LS", "UB", "LS2", "AV"]},
    ),
    "escalc of counts": (
        lambda **o: ev.escalc("OR", **MIXED, **o),
        {"add": [0.5, 0.1], "to": ["only0", "all", "none"]},
    ),
    "escalc of counts without a zero": (lambda **o: ev.escalc("OR", **COUNTS, **o), {"to": ["only0", "all"]}),
    "exact_interval": (
        lambda **o: ev.exact_interval([1, 5], [20, 30], **o),
        {"method": ["Clopper-Pearson", "Wilson"], **LEVELS},
    ),
    "proportion by inverse variance": (
        lambda method="REML", **o: ev.proportion(**SHARES, method=method, **o).to_dict(),
        {"measure": ["PLO", "PAS", "PFT", "PR", "PLN"], "test": ["z", "t", "knha"]},
    ),
    "pool by DL": (
        lambda **o: ev.pool(yi=YI, vi=VI, method="DL", **o).to_dict(),
        {"test": ["z", "t", "knha", "HC"]},
    ),
    "pool_many": (
        lambda yi=YI, **o: [ev.pool_many([one, ALIKE], [VI, VI], **o) for one in (yi, MOVED)],
        {"method": TAU2, "test": ["z", "t", "knha", "adhoc"], **LEVELS},
    ),
    "subgroups": (
        lambda **o: ev.subgroups(GROUPS, "group", **o).to_dict(),
        {"method": TAU2, "test": ["z", "t", "knha"], "common_tau2": [False, True], **LEVELS},
    ),
    "metareg by category": (
        lambda **o: ev.metareg(None, {"group": list("aaabbbcc")}, yi=YI, vi=VI, **o).summary(),
        {"reference": [None, {"group": "b"}, {"group": "c"}]},
    ),
    "permutation_test by category": (
        lambda **o: ev.permutation_test(
            None, {"group": list("aaabbbcc")}, yi=YI, vi=VI, exact=False, iterations=99, level=None, **o
        ).summary(),
        {"reference": [None, {"group": "b"}, {"group": "c"}]},
    ),
    "time_course": (lambda **o: ev.time_course(review(), **o), {"r": [0.5, 0.7]}),
    "growth": (lambda **o: ev.growth(review(), **o), {"r": [0.5, 0.7]}),
    "network_answer": (
        lambda **o: ev.network_answer(review(), **o).network.to_dict(),
        {"r": [0.5, 0.7], "without_routes": [(), (EXACT_P,)]},
    ),
    "total_cost": (
        lambda **o: ev.total_cost(review(), **{"draws": 500} | o).to_dict(),
        {"draws": [500, 600], "seed": [1, 2]},
    ),
    "what_next": (
        lambda **o: ev.what_next(review(), "Q1e", **{"draws": 100} | o).summary(),
        {"draws": [100, 120], "seed": [1, 2]},
    ),
    "what_next of the unknown": (
        lambda **o: ev.what_next(review(), "Q1b", draws=100, **o).summary(),
        {"unknown": [False, True]},
    ),
    "what_next of a claim": (
        lambda **o: ev.what_next(review(), draws=100, **o).summary(),
        {"claim": ["C4", "C5"]},
    ),
    "Network.estimate": (
        lambda **o: fitted("network").estimate("mn", "none", **o),
        {"model": ["random", "common"]},
    ),
    "Network.splits": (
        lambda **o: fitted("network").splits(**o),
        {"model": ["random", "common"], "kind": ["back-calculation", "SIDDE"]},
    ),
    "Network.net_heat": (lambda **o: fitted("network").net_heat(**o), {"model": ["random", "common"]}),
    "Network.contributions": (
        lambda **o: fitted("network").contributions("mn", "none", **o),
        {"by": ["comparison", "study"], "model": ["random", "common"]},
    ),
    "Components.estimate": (
        lambda **o: fitted("components").estimate("mn", "none", **o),
        {"model": ["random", "common"]},
    ),
    "MetaRegression.predict": (
        lambda **o: fitted("metareg").predict({"year": [2010]}, **o),
        {"prediction": ["HTS", "test"]},
    ),
    "Multilevel.robust": (lambda **o: fitted("multilevel").robust(**o).to_dict(), {"level": [None, 0.9]}),
    "Bayes.probability": (
        lambda **o: fitted("bayes").probability(**o or {"below": 0.2}),
        {"below": [0.2, 0.4], "above": [0.5, 0.7]},
    ),
    "Bayes.probability of": (
        lambda **o: fitted("bayes").probability(below=0.4, **o),
        {"of": ["mu", "prediction", "tau"]},
    ),
    "Bayes.bayes_factor": (
        lambda **o: fitted("bayes").bayes_factor(**o or {"mu": 0.0}),
        {"mu": [0.0, 0.5], "tau": [0.0, 0.3]},
    ),
    "Bayes.prior_sensitivity": (
        lambda **o: fitted("bayes").prior_sensitivity([("halfnormal", 0.5)], **o),
        {"mu_priors": [[(0, 4)], [(0, 0.5)]]},
    ),
}
OPTIONS = [(name, option) for name, (_, options) in TABLES.items() for option in options]
SAME = {("subgroups", "method", "EB"): "PM", ("pool_many", "method", "EB"): "PM"}

# Names in CALLS and TABLES that are not those of a callable.
OF = {
    "robust": "Multilevel.robust",
    "network of arms": "network",
    "network estimate": "Network.estimate",
    "mixed egger": "egger",
    "mixed egger of studies that agree": "egger",
    "Orwin's fail_safe_n": "fail_safe_n",
    "gosh of drawn subsets": "gosh",
    "permutation_test of drawn flips": "permutation_test",
    "permutation_test by category": "permutation_test",
    "bootstrap of clusters": "bootstrap",
    "bootstrap by t": "bootstrap",
    "sequential by year": "sequential",
    "escalc of counts": "escalc",
    "escalc of counts without a zero": "escalc",
    "proportion by inverse variance": "proportion",
    "pool by DL": "pool",
    "metareg by category": "metareg",
    "what_next of a claim": "what_next",
    "what_next of the unknown": "what_next",
    "Bayes.probability of": "Bayes.probability",
}

DATA = "it is data, not a choice"
KNOWN = "computed already: it saves time and changes nothing"
TOLD = "it is told how far the work is"
# Keyword-only arguments that are no options, wherever they stand.
NO_OPTION = dict.fromkeys(
    ("yi", "vi", "xi", "ni", "ai", "ci", "n1i", "n2i", "x1i", "x2i", "labels", "outer", "inner", "cluster"),
    DATA,
)
NO_OPTION |= {"low_bias": DATA, "phi": DATA, "found": KNOWN, "answers": KNOWN, "progress": TOLD}
# Options that are tested elsewhere, and why not here.
ELSEWHERE = {
    **{
        (name, "force"): "it lets fewer than ten studies through and changes no number; test_small_study"
        for name in ("egger", "begg", "peters", "harbord", "deeks", "thompson", "pet_peese", "small_study")
    },
    ("trim_and_fill", "force"): "as of egger; test_trim_and_fill",
    ("limit_meta", "force"): "as of egger; test_limit_meta",
    ("selection_model", "force"): "as of egger; test_selection",
    ("components", "measure"): "it names the scale of the contrasts; test_network_input",
    ("connectivity", "measure"): "it names the scale of the contrasts; test_network_input",
    ("network", "measure"): "varied in 'network of arms'; of contrasts it names their scale",
    ("multiverse", "choices"): "varied choice by choice in CALLS",
    ("deck", "claims"): "it chooses slides; test_deck",
    ("deck", "template"): "it changes their looks; test_deck",
    ("explore", "review"): "it is data, not a choice; test_explore",
    ("explore", "link"): "it carries choices; test_explore",
    ("write_deck", "pdf"): "it adds a file; test_deck",
    ("write_deck", "claims"): "handed on to deck; test_deck",
    ("write_deck", "template"): "handed on to deck; test_deck",
}


def signature_options() -> Iterator[tuple[str, str]]:
    """Yield every keyword-only argument of every public function, and of the methods of public classes."""
    for name in ev.__all__:
        value = getattr(ev, name)
        callables = {name: value} if inspect.isfunction(value) else {}
        if inspect.isclass(value):
            callables = {
                f"{name}.{method}": each
                for method, each in vars(value).items()
                if inspect.isfunction(each) and not method.startswith("_")
            }
        for called, each in callables.items():
            for parameter in inspect.signature(each).parameters.values():
                if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                    yield called, parameter.name


def test_every_option_of_a_public_callable_is_tried():
    tried = {
        (OF.get(name, name), option)
        for calls in (CALLS, TABLES)
        for name, (_, options) in calls.items()
        for option in options
    }
    existing = {(called, option) for called, option in signature_options() if option not in NO_OPTION}
    assert existing - tried - ELSEWHERE.keys() == set()
    assert ELSEWHERE.keys() - existing == set(), "named as tested elsewhere, but not there"


def test_every_call_is_that_of_a_public_callable():
    names = {called for called, _ in signature_options()}
    assert {OF.get(name, name) for name in (*CALLS, *TABLES)} <= names
    assert set(OF) <= {*CALLS, *TABLES}


def text(result: Any) -> str:
    """Return every number of a result as text."""
    if isinstance(result, pd.DataFrame):
        return result.to_json(double_precision=15, orient="split")
    if isinstance(result, list | tuple):
        return "; ".join(map(text, result))
    if isinstance(result, np.ndarray):
        return text(result.tolist())
    if hasattr(result, "__dataclass_fields__"):
        return "; ".join(
            text(getattr(result, name)) for name in result.__dataclass_fields__ if name not in CHOSEN
        )
    if isinstance(result, dict):
        return "; ".join(f"{name}: {text(value)}" for name, value in result.items() if name not in CHOSEN)
    return str(result)


CHOSEN = {
    "measure",
    "method",
    "test",
    "level",
    "prediction",
    "model",
    "notes",
    "text",
    "draws",
    "seed",
    "kind",
}
CHOSEN |= {"common_tau2", "method_text", "source"}


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=[f"{name}-{option}" for name, option in OPTIONS])
def test_each_value_changes_a_number(name, option):
    call, options = TABLES[name]
    seen: dict[str, Any] = {}
    for value in options[option]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", EvidenceWarning)
            found = text(call(**{option: value}))
        twin = seen.get(found)
        alike = {SAME.get((name, option, str(value))), SAME.get((name, option, str(twin)))}
        assert found not in seen or {str(twin), str(value)} & alike, (
            f"{option}={value!r} gives what {twin!r} gives"
        )
        seen[found] = value
    assert len(seen) > 1


@pytest.mark.parametrize("name", TABLES)
def test_an_option_that_does_not_exist_is_refused(name):
    with pytest.raises((TypeError, EvidenceError), match="colour"):
        TABLES[name][0](colour="blue")
