"""The same two-group counts by every model that suits them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, instance
from evidence.effects.effects import Effects
from evidence.effects.measures import escalc
from evidence.errors import ConvergenceError, InputError
from evidence.synthesis.beta_binomial import beta_binomial
from evidence.synthesis.binary import mantel_haenszel, peto
from evidence.synthesis.glmm import glmm
from evidence.synthesis.method_choice import choose_method
from evidence.synthesis.pool import pool

COUNTS = {"ai": "events_1", "n1i": "total_1", "ci": "events_2", "n2i": "total_2"}


def counts(effects: Effects) -> dict[str, FloatArray]:
    """Return the counts of both groups by the names that the models take.

    Parameters
    ----------
    effects : Effects
        Included rows with counts of both groups, as a question on events gives them.

    Returns
    -------
    dict
        `ai n1i ci n2i`: events and people of the first and the second group, each of shape (k,).

    Raises
    ------
    InputError
        If a row has no counts.
    """
    like = "Effects, as review.effects(question_id) returns them"
    rows = instance("effects", effects, Effects, like).included
    missing = set(COUNTS.values()) - set(rows.columns)
    if missing or rows[list(COUNTS.values())].isna().any(axis=None):
        raise InputError("Counts need the events and totals of both groups in every included row.")
    return {name: rows[column].to_numpy(dtype=float) for name, column in COUNTS.items()}


def count_models(effects: Effects) -> pd.DataFrame:
    """Pool the odds ratio of two groups by each model, the one the stated rule picks first.

    Parameters
    ----------
    effects : Effects
        Included rows with counts of both groups, as a question on events gives them.

    Returns
    -------
    DataFrame
        One row a model: model, odds_ratio, ci_low, ci_high, tau2, note; numbers are blank where the model
        has no estimate, and the note says why.

    Raises
    ------
    InputError
        If a row has no counts.

    Notes
    -----
    The models take the groups of a study as separate people. Sides of one face are not; where a study
    compares sides the note says so.
    """
    given = counts(effects)
    table = pd.DataFrame([_row(name, model, given) for name, model in _models().items()])
    chosen = choose_method(**given)
    table.insert(1, "picked", [_family(name) == chosen.method for name in table["model"]])
    if effects.included["design"].str.contains("split_face").any():
        table["note"] += " Sides of one face are taken as separate people."
    table["note"] = table["note"].str.strip()
    return table.sort_values("picked", ascending=False, kind="stable").reset_index(drop=True)


def _models() -> dict[str, Callable[..., Any]]:
    return {
        "IV, inverse variance (REML, Hartung-Knapp)": _inverse_variance,
        "MH, Mantel-Haenszel": partial(mantel_haenszel, measure="OR"),
        "PETO": peto,
        "GLMM, fixed study effects (UM.FS)": partial(glmm, model="UM.FS"),
        "GLMM, random study effects (UM.RS)": partial(glmm, model="UM.RS"),
        "GLMM, hypergeometric (CM.EL)": partial(glmm, model="CM.EL"),
        "beta-binomial": beta_binomial,
    }


def _family(model: str) -> str:
    return model.split(",")[0]


def _inverse_variance(**given: Any) -> Any:
    effects = escalc("OR", **given)
    return pool(effects.assign(label=[f"Study {i + 1}" for i in range(len(effects))]))


def _row(name: str, model: Callable[..., Any], given: dict[str, FloatArray]) -> dict[str, Any]:
    row: dict[str, Any] = {"model": name}
    row |= dict.fromkeys(("odds_ratio", "ci_low", "ci_high", "tau2"), float("nan")) | {"note": ""}
    try:
        result = model(**given)
    except (ConvergenceError, InputError) as error:
        return row | {"note": str(error)}
    shown = np.exp([result.estimate, result.ci_low, result.ci_high]).tolist()
    return row | dict(zip(("odds_ratio", "ci_low", "ci_high"), shown, strict=True)) | {"tau2": result.tau2}
