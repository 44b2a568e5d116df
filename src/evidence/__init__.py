"""Does microneedling work for acne scars? The evidence, computed from the tables.

>>> import evidence as ev
>>> review = ev.load()
>>> ev.answer(review, "Q1b").effects.k
7
"""

from __future__ import annotations

import importlib
from typing import Any

# Public name -> module that holds it; loaded when first used, so that the import stays fast.
_HOME = {
    "load": "review",
    "Review": "review",
    "Question": "tables.question",
    "Effects": "effects.effects",
    "escalc": "effects.measures",
    "convert": "effects.convert",
    "matched_pairs": "effects.margins",
    "pool": "synthesis.pool",
    "Pooled": "synthesis.pool",
    "proportion": "synthesis.proportion",
    "exact_interval": "synthesis.exact",
    "answer": "synthesis.answer",
    "answers": "synthesis.answer",
    "claims_summary": "synthesis.claims",
    "comparisons": "tables.comparisons",
    "counts": "robustness.count_models",
    "count_models": "robustness.count_models",
    "egger": "robustness.egger",
    "begg": "robustness.begg",
    "peters": "robustness.count_tests",
    "harbord": "robustness.count_tests",
    "deeks": "robustness.count_tests",
    "thompson": "robustness.count_tests",
    "small_study": "robustness.small_study",
    "pet_peese": "robustness.pet_peese",
    "trim_and_fill": "robustness.trim_and_fill",
    "limit_meta": "robustness.limit_meta",
    "fail_safe_n": "robustness.fail_safe",
    "study_power": "robustness.study_power",
    "unclear_denominators": "robustness.denominators",
    "bayes": "synthesis.bayes",
    "multilevel": "synthesis.multilevel",
    "MetaRegression": "synthesis.regression_result",
    "Multilevel": "synthesis.multilevel",
    "Bayes": "synthesis.bayes_result",
    "metareg": "synthesis.regression",
    "subgroups": "synthesis.subgroups",
    "network": "synthesis.network",
    "Network": "synthesis.network_result",
    "connectivity": "synthesis.network",
    "components": "synthesis.components",
    "Components": "synthesis.component_result",
    "glmm": "synthesis.glmm",
    "mantel_haenszel": "synthesis.binary",
    "peto": "synthesis.binary",
    "choose_method": "synthesis.method_choice",
    "beta_binomial": "synthesis.beta_binomial",
    "pool_many": "synthesis.many",
    "sensitivity": "robustness.sensitivity",
    "robustness_overview": "robustness.overview",
    "multiverse": "robustness.multiverse",
    "Multiverse": "robustness.multiverse_result",
    "gosh": "robustness.subsets",
    "Gosh": "robustness.gosh_result",
    "permutation_test": "robustness.permutation",
    "bootstrap": "robustness.bootstrap",
    "leave_one_out": "robustness.leave_one_out",
    "influence": "robustness.influence",
    "cumulative": "robustness.cumulative",
    "selection_model": "robustness.selection",
    "copas": "robustness.copas",
    "p_curve": "robustness.p_curve",
    "excess_significance": "robustness.excess_significance",
    "sequential": "robustness.sequential",
    "Sequential": "robustness.sequential_result",
    "fragility": "robustness.fragility",
    "Fragility": "robustness.fragility_result",
    "risk_of_bias": "certainty.risk_of_bias",
    "bearing": "certainty.weigh",
    "direction_rows": "certainty.weigh",
    "total_cost": "synthesis.cost",
    "grade": "certainty.grade",
    "certainties": "certainty.grade",
    "verdict_rows": "certainty.verdict_table",
    "summary_of_findings": "certainty.summary_of_findings",
    "absolute": "certainty.absolute",
    "verdict": "certainty.verdict",
    "verdicts": "certainty.verdict",
    "what_next": "certainty.what_next",
    "WhatNext": "certainty.what_next",
    "time_course": "synthesis.time_course",
    "growth": "synthesis.time_course",
    "scar_types": "synthesis.scar_types",
    "compared_types": "synthesis.scar_types",
    "sessions_given": "synthesis.sessions",
    "sessions_slope": "synthesis.sessions",
    "network_answer": "synthesis.network_answer",
    "by_route": "synthesis.network_answer",
    "umbrella": "synthesis.umbrella",
    "overlap": "synthesis.umbrella",
    "swim": "swim",
    "deck": "publish.deck",
    "write_deck": "publish.deck",
    "r_twin": "publish.r_twin.r_twin",
    "flow": "tables.flow",
    "has_usable_row": "tables.flow",
    "found": "tables.found",
    "references": "tables.references",
    "read_revman": "tables.revman",
    "figures": "figures",
    "Table": "figures.table",
    "explore": "explorer.explore",
    "teaching": "teaching",
    "errors": "errors",
}
_MODULES = {"convert", "references", "figures", "errors", "swim", "teaching"}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"evidence has no {name!r}; it has {', '.join(__all__)}.")
    module = importlib.import_module(f"evidence.{_HOME[name]}")
    value = module if name in _MODULES else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
