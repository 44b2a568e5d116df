"""Every question with something to pool in one row: what survives being doubted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import names, progress_of
from evidence.effects.assemble import KINDS
from evidence.effects.effects import Effects
from evidence.review import Review, checked_review
from evidence.robustness.leave_one_out import leave_one_out
from evidence.robustness.multiverse import multiverse
from evidence.robustness.multiverse_result import Multiverse
from evidence.robustness.small_study_input import LEAST
from evidence.tables.question import Question

COLUMNS = (
    "question_id",
    "question",
    "k",
    "scale",
    "estimate",
    "without_one_low",
    "without_one_high",
    "paths",
    "lowest",
    "highest",
    "for_claim",
    "against_claim",
    "moves_most",
    "explains",
    "small_study_test",
)
Progress = Callable[[str, int, int], object]


def robustness_overview(
    review: Review, question_ids: Sequence[str] | None = None, *, progress: Progress | None = None
) -> pd.DataFrame:
    """Doubt every answer in the same ways.

    Parameters
    ----------
    review : Review
    question_ids : sequence of str, optional
        By default every question with a usable number from two or more studies.
    progress : callable, optional
        Called with a question, how many are done, and how many there are.

    Returns
    -------
    DataFrame
        One row a question: question_id, question, k, scale, estimate of the protocol's path,
        without_one_low and without_one_high (the estimates with each study left out in turn; blank for
        shares of people and below three studies), paths (distinct ones with an estimate on that scale),
        lowest and highest (their estimates), for_claim and against_claim (percent of these paths whose
        interval lies beyond no effect, or the benchmark, on the claim's side and on the other; blank for a
        question without a side), moves_most (the choice that explains most of what the paths differ by),
        explains (its share of the variance, percent, first order) and small_study_test (why there is none).

    Raises
    ------
    OptionError
        If a question does not exist or has no effect sizes.

    Examples
    --------
    >>> import evidence as ev
    >>> row = robustness_overview(ev.load(), ["Q1i.plasma"]).iloc[0]
    >>> int(row["paths"]), float(row["for_claim"]), round(float(row["against_claim"]), 1)
    (90, 0.0, 33.3)
    """
    checked_review(review)
    progress_of(progress)
    chosen = _poolable(review) if question_ids is None else names("question_ids", question_ids, "Q1b")
    rows = []
    for done, key in enumerate(chosen):
        if progress is not None:
            progress(key, done, len(chosen))
        rows.append(_row(review, review.question(key)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _poolable(review: Review) -> list[str]:
    asked = [question.id for question in review.all_questions() if question.kind in KINDS]
    return [key for key in asked if len(set(review.effects(key).included["study_id"])) > 1]


def _row(review: Review, question: Question) -> dict[str, Any]:
    effects, found = review.effects(question.id), multiverse(review, question.id)
    low, high = _without_one(effects, question)
    return {
        "question_id": question.id,
        "question": question.text,
        "k": effects.k,
        "scale": found.scale,
        "estimate": float(found.primary["estimate"]),
        "without_one_low": low,
        "without_one_high": high,
        **_paths(found),
        **_choice(found),
        "small_study_test": _testable(effects),
    }


def _without_one(effects: Effects, question: Question) -> tuple[float, float]:
    if question.kind == "proportion" or effects.included["study_id"].nunique() < 3:
        return np.nan, np.nan
    estimates = leave_one_out(effects).display()["estimate"]
    return float(estimates.min()), float(estimates.max())


def _paths(found: Multiverse) -> dict[str, Any]:
    """Say where the distinct paths on the protocol's scale lie."""
    paths = found.on().query("distinct and estimate.notna()")
    side = found.question.claim_side
    beyond = {"high": ("above", "below"), "low": ("below", "above")}.get(side, ("", ""))
    shares = [100 * (paths["beyond"] == each).mean() if side and len(paths) else np.nan for each in beyond]
    return {
        "paths": len(paths),
        "lowest": float(paths["estimate"].min()),
        "highest": float(paths["estimate"].max()),
        "for_claim": shares[0],
        "against_claim": shares[1],
    }


def _choice(found: Multiverse) -> dict[str, Any]:
    shares = found.importance()
    if shares.empty:
        return {"moves_most": "", "explains": np.nan}
    return {"moves_most": shares["name"].iloc[0], "explains": 100 * float(shares["first_order"].iloc[0])}


def _testable(effects: Effects) -> str:
    studies = effects.included["study_id"].nunique()
    return "possible" if studies >= LEAST else f"not made: {studies} studies, {LEAST} needed"
