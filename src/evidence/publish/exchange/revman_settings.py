"""How an analysis of a RevMan review is made, and what it found here: one row of its settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.pool import Pooled
from evidence.tables.question import Question

SETTINGS = (
    *("Analysis group", "Analysis number", "Analysis name", "Analysis group name"),
    *("Data source", "Data source eligibility", "Data type", "Log-scale data"),
    *("Experimental group label", "Control group label"),
    *("Statistical method", "Effect measure", "Unit of effect measure", "Analysis model"),
    *("Heterogeneity estimator", "Tau² CI", "Subgroup estimates", "Overall estimates"),
    *("Test for subgroup differences", "Prediction interval", "Swap event and non-event"),
    *("CI method", "CI/PI level", "Graph label (left)", "Graph label (right)", "Graph scale"),
    "Show risk of bias",
    *("Experimental cases", "Experimental N", "Control cases", "Control N"),
    *("Mean", "CI start", "CI end", "PI start", "PI end"),
    *("Heterogeneity Tau²", "Tau² CI start", "Tau² CI end"),
    *("Heterogeneity Chi²", "Heterogeneity df", "Heterogeneity P", "Heterogeneity I²", "Effect P"),
)
_MEASURES = {
    "OR": "Odds Ratio",
    "RR": "Risk Ratio",
    "RD": "Risk Difference",
    "MD": "Mean Difference",
    "SMD": "Std. Mean Difference",
}
_TOTALS = ("Experimental cases", "Experimental N", "Control cases", "Control N")
YES, NO = "TRUE", "FALSE"


def settings_row(
    review: Review, answer: Answer, data_type: str, rows: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the settings of one analysis, and its pooled estimate where there is one.

    Parameters
    ----------
    review : Review
    answer : Answer
    data_type : str
        "Continuous", "Dichotomous" or "Contrast level".
    rows : sequence of dict
        Data rows of the analysis.

    Returns
    -------
    dict
        Cells by the names of `SETTINGS`. The estimate is the one of this review; RevMan makes its own.
    """
    question, effects = answer.question, answer.effects
    first, second = (_named(review, question, side) for side in ("treatment", "comparator"))
    row: dict[str, Any] = {
        "Analysis group name": f"{first} versus {second}",
        "Data source": "Custom input",
        "Data type": data_type,
        "Log-scale data": YES if effects.scale == "log" else NO,
        "Experimental group label": first,
        "Control group label": second,
        "Statistical method": "Inverse Variance",
        "Effect measure": _MEASURES[effects.measure],
        "Analysis model": "Random effect",
        "Subgroup estimates": NO,
        "Overall estimates": YES if isinstance(answer.result, Pooled) else NO,
        "Test for subgroup differences": NO,
        "Swap event and non-event": NO,
        "CI/PI level": "95%",
        "Graph label (left)": question.favours[0],
        "Graph label (right)": question.favours[1],
        "Show risk of bias": NO,
    }
    if data_type != "Contrast level":
        row |= {name: sum(each.get(name, np.nan) for each in rows) for name in _TOTALS}
    return row | (_found(answer.result) if isinstance(answer.result, Pooled) else {})


def _named(review: Review, question: Question, side: str) -> str:
    """Return the labels of a side's treatments, or of the tags that narrow a wide code down."""
    if side == "comparator" and question.comparator_tags:
        return ", ".join(tag.replace("_", " ") for tag in question.comparator_tags)
    return ", ".join(review.label("treatment", code) for code in getattr(question, side))


def _found(result: Pooled) -> dict[str, Any]:
    shown = result.display()
    has_prediction = np.isfinite(result.pi_low)
    return {
        "Heterogeneity estimator": result.method,
        "Tau² CI": YES if np.isfinite(result.tau2_ci).all() else NO,
        "Prediction interval": YES if has_prediction else NO,
        "CI method": "Hartung-Knapp, never narrower than Wald",
        "Mean": shown["estimate"],
        "CI start": shown["ci_low"],
        "CI end": shown["ci_high"],
        "PI start": shown["pi_low"],
        "PI end": shown["pi_high"],
        "Heterogeneity Tau²": result.tau2,
        "Tau² CI start": result.tau2_ci[0],
        "Tau² CI end": result.tau2_ci[1],
        "Heterogeneity Chi²": result.q,
        "Heterogeneity df": result.q_df,
        "Heterogeneity P": result.q_p,
        "Heterogeneity I²": result.i2_q,
        "Effect P": result.p,
    }
