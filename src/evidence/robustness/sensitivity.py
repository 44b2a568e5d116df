"""What the protocol shows beside each primary estimate: the same question under other choices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evidence.effects.assemble import KINDS
from evidence.effects.effects import Effects
from evidence.effects.scale import scale
from evidence.errors import OptionError
from evidence.review import Review, checked_review
from evidence.synthesis.answer import PRIMARY, share_of
from evidence.synthesis.pool import Pooled, pool

CAUTIONS = (
    "implausible",
    "extreme_split",
    "inferred_side",
    "inferred_direction",
    "secondary_source",
    "undefined_threshold",
)
IMPUTED_DENOMINATOR = ("inferred_denominator", "n_enrolled_used")
CORRELATIONS = (0.0, 0.25, 0.75, 0.9)
METHODS = ("DL", "PM", "ML")
SHARES = {"binomial-normal model": "GLMM", "exact interval of the summed counts": "exact"}


def sensitivity(review: Review, question_id: str) -> pd.DataFrame:
    """Pool a question again under each choice the protocol names.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "change", "contrast" or "proportion".

    Returns
    -------
    DataFrame
        One row a choice: choice, k, estimate, ci_low, ci_high, pi_low, pi_high on the reader's scale
        (ratios, not their logarithms; shares of people) and i2 in percent. Where fewer than two studies
        remain the numbers are blank.

    Raises
    ------
    OptionError
        If the question is not of one of these kinds.
    """
    checked_review(review)
    question = review.question(question_id)
    if question.kind not in KINDS:
        raise OptionError(f"{question_id} is a {question.kind}; this table is for {', '.join(KINDS)}.")
    primary = review.effects(question_id)
    # What the protocol shows without pooling is pooled here only.
    rows = [("all rows joined" if question.model == "shown" else "primary analysis", primary, {})]
    if question.kind == "proportion":
        rows += [
            (name, primary, {"model": model}) for name, model in SHARES.items() if model != question.model
        ]
        default = {"model": question.model}
    else:
        rows += _models(review, primary, question_id)
        default = PRIMARY
    rows += _selections(review, primary, question_id)
    return pd.DataFrame([_row(name, effects, default | options) for name, effects, options in rows])


def _models(
    review: Review, primary: Effects, question_id: str
) -> Iterator[tuple[str, Effects, dict[str, Any]]]:
    """Yield a name, the effects and the options of each other model of a change or contrast."""
    yield "common effect", primary, {"method": "EE", "test": "z", "prediction": "none"}
    for method in METHODS:
        yield f"tau2 by {method}", primary, {"method": method}
    yield "Hartung-Knapp without the ad hoc rule", primary, {"test": "knha"}
    yield "Wald interval", primary, {"test": "z"}
    yield "prediction interval by t with k - 2 degrees of freedom", primary, {"prediction": "HTS"}
    if primary.included["assumption"].str.contains("correlation").any():
        for r in CORRELATIONS:
            yield f"correlation {r:g}", review.effects(question_id, r=r), {}
    if primary.measure == "SMCR":
        yield "standardised by the SD of the change", review.effects(question_id, measure="SMCC"), {}


def _selections(
    review: Review, primary: Effects, question_id: str
) -> Iterator[tuple[str, Effects, dict[str, Any]]]:
    """Yield the primary model on fewer rows."""
    yield "without doubtful rows", review.effects(question_id, without_cautions=CAUTIONS), {}
    imputed = review.effects(question_id, without_cautions=IMPUTED_DENOMINATOR)
    yield "without imputed denominators", imputed, {}
    yield "randomised only", review.effects(question_id, randomised_only=True), {}
    if primary.k > 2 and "xi" not in primary.table:
        for position in primary.included.index:
            label = primary.table.loc[position, "label"]
            yield f"without {label}", without(primary, position), {}


def without(effects: Effects, position: int) -> Effects:
    """Return the effects with one row left out, which says so as its reason."""
    table = effects.table.copy()
    table.loc[position, ["included", "reason"]] = [False, "left out"]
    return replace(effects, table=table)


def _row(choice: str, effects: Effects, options: dict[str, Any]) -> dict[str, Any]:
    numbers = dict.fromkeys(("estimate", "ci_low", "ci_high", "pi_low", "pi_high", "i2"), np.nan)
    if effects.k >= 2:
        numbers |= (
            _shares(effects, **options) if "model" in options else _numbers(pool(effects, **options), effects)
        )
    return {"choice": choice, "k": effects.k} | numbers


def _shares(effects: Effects, model: str) -> dict[str, float]:
    result = share_of(effects, model)
    ends = ("proportion", "proportion_low", "proportion_high", "proportion_pi_low", "proportion_pi_high")
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    return {name: getattr(result, end) for name, end in zip(names, ends, strict=True)}


def _numbers(result: Pooled, effects: Effects) -> dict[str, float]:
    back = scale(effects.scale).back
    names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    return {name: float(back(getattr(result, name))) for name in names} | {"i2": float(result.i2)}
