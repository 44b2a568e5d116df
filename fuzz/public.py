"""One call that works of every public function, at little cost: where the faults are put in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

import evidence as ev

YI = [0.1, 0.5, 1.4, 0.7, 0.3, 0.2, 0.9, 0.4, 0.6, 0.5]
VI = [0.03, 0.05, 0.04, 0.06, 0.02, 0.03, 0.05, 0.04, 0.03, 0.02]
COUNTS = {"ai": [3, 4, 5, 2], "n1i": [20] * 4, "ci": [6, 2, 7, 5], "n2i": [20] * 4}
# What is no function of studies, tables or questions: results, modules, and what would write or serve.
NOT_CALLED = {
    "Bayes", "Components", "Fragility", "Gosh", "MetaRegression", "Multilevel", "Multiverse", "Network",
    "Pooled", "Question", "Review", "Sequential", "WhatNext", "convert", "errors", "figures", "references",
    "swim", "teaching",
}  # fmt: skip

Call = dict[str, Any]


def effects() -> ev.Effects:
    """Return the effects of ten studies, with a year and an arm."""
    table = pd.DataFrame(
        {"yi": YI, "vi": VI, "n": [20] * 10, "year": range(2010, 2020), "arm": ["a", "b"] * 5}
    )
    return ev.Effects(table)


def counted() -> ev.Effects:
    """Return the effects of four studies with counts of both groups."""
    names = {"ai": "events_1", "n1i": "total_1", "ci": "events_2", "n2i": "total_2"}
    table = ev.escalc("OR", **COUNTS).assign(**{names[name]: values for name, values in COUNTS.items()})
    return ev.Effects(table, measure="OR", scale="log")


def contrasts(*treatments: str) -> pd.DataFrame:
    """Return three contrasts of three treatments."""
    one, two, three = treatments
    return pd.DataFrame(
        {
            "study": list("abc"),
            "t1": [one, two, one],
            "t2": [two, three, three],
            "te": [0.1, 0.2, 0.4],
            "se": [0.1, 0.2, 0.1],
        }
    )


def calls(review: ev.Review, answers: Mapping[str, Any], verdicts: Any) -> dict[str, Call]:
    """Return the arguments of a call of every public function, by its name."""
    return {**_of_the_review(review, answers, verdicts), **_of_effects(), **_of_arrays()}


@cache
def usual_calls() -> dict[str, Call]:
    """Return the calls with the review as it is."""
    review = ev.load()
    answers = ev.answers(review)
    return calls(review, answers, ev.verdicts(review, answers))


def _of_the_review(review: ev.Review, answers: Mapping[str, Any], verdicts: Any) -> dict[str, Call]:
    reviewed, tables = {"review": review}, {"tables": review}
    known = reviewed | {"answers": answers}
    one = reviewed | {"found": answers["Q1b"]}
    deck = known | {"verdicts": verdicts, "claims": ["C1"], "template": None}
    return {
        "absolute": one,
        "answer": reviewed | {"question_id": "Q1b"},
        "answers": reviewed,
        "bearing": known | {"claim_id": "C1"},
        "by_route": reviewed | {"question_id": "Q1n"},
        "certainties": known,
        "claims_summary": known,
        "compared_types": reviewed | {"treatments": ("mn",)},
        "comparisons": tables,
        "deck": deck,
        "direction_rows": known | {"claim_id": "C1"},
        "explore": {"question": "Q1b", "review": review, "link": None},
        "flow": tables,
        "found": tables,
        "grade": one | {"question_id": "Q1b"},
        "growth": reviewed | {"r": 0.5},
        "has_usable_row": tables,
        "load": {"folder": None},
        "multiverse": reviewed
        | {
            "question_id": "Q1f",
            "choices": {"r": [0.5], "method": ["DL"], "test": ["z"], "cautions": ["all rows"]},
            "level": 0.95,
            "progress": None,
        },
        "network_answer": reviewed | {"question_id": "Q1n", "r": 0.5, "without_routes": ()},
        "overlap": reviewed,
        "r_twin": {"found": answers["Q1b"]},
        "read_revman": {"path": "nowhere.csv"},
        "risk_of_bias": one | {"question_id": "Q1b"},
        "robustness_overview": reviewed | {"question_ids": ["Q1c"], "progress": None},
        "scar_types": reviewed,
        "sensitivity": reviewed | {"question_id": "Q1c"},
        "sessions_given": reviewed | {"treatments": ("mn",)},
        "sessions_slope": reviewed | {"question_id": "Q1b"},
        "summary_of_findings": known | {"question_ids": ["Q1b"]},
        "time_course": reviewed | {"r": 0.5},
        "total_cost": reviewed | {"draws": 1000, "seed": 1},
        "umbrella": reviewed,
        "unclear_denominators": reviewed | {"question_id": "Q1d"},
        "verdict": known | {"key": "C1"},
        "verdict_rows": reviewed | {"verdicts": verdicts},
        "verdicts": known,
        "what_next": known
        | {
            "question_id": "Q1e",
            "by": "narrowing",
            "unknown": False,
            "draws": 100,
            "seed": 1,
            "progress": None,
        },
        "write_deck": deck | {"path": "no_deck"},
    }


def _of_effects() -> dict[str, Call]:
    given, level, force = {"effects": effects()}, {"level": 0.95}, {"force": True}
    fitted = given | level | {"method": "DL", "test": "z"}
    each = fitted | {"by": "study"}
    asymmetry = {"effects": counted()} | level | force
    return {
        "bayes": given | level | {"tau_prior": ("halfnormal", 0.5), "mu_prior": (0, 4)},
        "begg": given | force | {"exact": None, "continuity": False},
        "bootstrap": given
        | level
        | {"draws": 200, "kind": "parametric", "method": "DL", "seed": 1, "progress": None},
        "copas": given | level | {"missing": "auto", "alpha": 0.1, "size": 5},
        "cumulative": each | {"order": None},
        "deeks": asymmetry,
        "Effects": {"table": effects().table},
        "egger": given | level | force | {"model": "lm", "predictor": "sei"},
        "excess_significance": given | {"alpha": 0.05, "true_effect": "pooled"},
        "fail_safe_n": given | {"kind": "rosenthal", "alpha": 0.05, "target": None, "weighted": None},
        "fragility": {"effects": counted(), "method": "DL", "test": "z", "add": 0.5, "most_fits": 20},
        "gosh": given | {"method": "DL", "subsets": 40, "seed": 1, "minimum": 2, "progress": None},
        "harbord": asymmetry | {"measure": "OR"},
        "influence": each,
        "leave_one_out": each,
        "limit_meta": given | level | force | {"adjust": "beta0", "method": "DL"},
        "metareg": fitted | {"moderators": "year", "reference": None},
        "multilevel": given
        | level
        | {"outer": "arm", "inner": None, "rho": None, "method": "REML", "test": "z"},
        "p_curve": given | level,
        "permutation_test": given
        | {
            "method": "DL",
            "test": "z",
            "exact": False,
            "iterations": 99,
            "seed": 1,
            "level": None,
            "progress": None,
        },
        "pet_peese": given | level | force | {"predictor": "sei", "alpha": 0.1},
        "peters": asymmetry,
        "pool": fitted | {"prediction": "HTS", "tau2_interval": "QP"},
        "selection_model": given | level | force | {"kind": "step", "steps": (0.025,), "delta": None},
        "sequential": given | {"delta": 0.3, "order": None, "alpha": 0.05, "power": 0.9, "adjust": "i2"},
        "small_study": given | level | force,
        "study_power": given | {"effect": None, "null": None, "alpha": 0.05},
        "subgroups": fitted | {"by": "arm", "common_tau2": False},
        "Table": {"frame": effects().table, "caption": "", "digits": 2, "missing": ""},
        "thompson": asymmetry | {"measure": "OR"},
        "trim_and_fill": fitted | force | {"estimator": "L0", "side": "auto"},
    }


def _of_arrays() -> dict[str, Call]:
    level = {"level": 0.95}
    joined = level | {"method": "DL", "model": "random", "small_values": "desirable", "measure": None}
    return {
        "beta_binomial": COUNTS | level | {"measure": "OR", "interval": "profile"},
        "choose_method": COUNTS,
        "components": joined | {"contrasts": contrasts("x", "y", "x+y"), "sep": "+", "inactive": None},
        "connectivity": {"contrasts": contrasts("x", "y", "z"), "measure": None},
        "count_models": {"effects": counted()},
        "counts": {"effects": counted()},
        "escalc": COUNTS | {"measure": "OR", "vtype": "LS", "add": 0.5, "to": "only0"},
        "exact_interval": level | {"x": 3, "n": 9, "method": "Wilson"},
        "glmm": COUNTS | level | {"measure": "OR", "model": "UM.FS", "test": "z"},
        "mantel_haenszel": COUNTS | level | {"measure": "OR", "correct": 0.0},
        "matched_pairs": {"x1i": [3], "x2i": [4], "ni": [10], "phi": [0.2]},
        "network": joined | {"contrasts": contrasts("x", "y", "z"), "reference": "x"},
        "peto": COUNTS | level,
        "pool_many": level | {"yi": [YI], "vi": [VI], "mask": None, "method": "DL", "test": "z"},
        "proportion": level | {"xi": [3, 4, 9, 9], "ni": [9, 9, 30, 20], "labels": None, "measure": "PLO"},
    }
