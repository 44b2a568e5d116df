"""Every effect size of every question in one long table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evidence.arguments import FloatArray
from evidence.effects.measures import MEASURES
from evidence.effects.scale import scale
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.exact import exact_interval

COLUMNS: dict[str, str] = {
    "question_id": "Key of questions.csv.",
    "claim_id": "Claim the question belongs to.",
    "question": "The question in words.",
    "kind": "change (before and after), contrast (between treatments) or proportion (of one group).",
    "study_id": "Key of studies.csv.",
    "study": "Short name of the study, and of the arm where it has several.",
    "year": "Year of publication, only where printed.",
    "arm_id": "Arm, or the two arms compared.",
    "treatment": "Treatment code of the arm, or of the first arm.",
    "comparator": "Treatment code of the second arm.",
    "outcome": "Outcome code.",
    "scale_name": "Scale or event in words.",
    "included": "yes: enters the synthesis.",
    "reason": "Why not, where it does not.",
    "measure": "Effect measure code, as metafor writes it.",
    "measure_name": "Effect measure in words.",
    "analysis_scale": "Scale of yi: identity, log, logit or arcsine.",
    "yi": "Estimate on the scale of analysis; positive is better with the treatment.",
    "vi": "Sampling variance of yi.",
    "estimate": "Estimate on the reader's scale: a difference, a ratio or a share of people.",
    "ci_low": "Lower 95 % limit on the reader's scale.",
    "ci_high": "Upper 95 % limit on the reader's scale.",
    "n": "People behind the number.",
    "mean_1": "Mean of the first arm as printed.",
    "sd_1": "Its standard deviation.",
    "n_1": "Its people.",
    "mean_2": "Mean of the second arm as printed.",
    "sd_2": "Its standard deviation.",
    "n_2": "Its people.",
    "events_1": "People with the event in the arm, or in the first arm.",
    "total_1": "People observed there.",
    "events_2": "People with the event in the second arm.",
    "total_2": "People observed there.",
    "paired": "yes: the two arms are sides of one face.",
    "design": "Design of the study.",
    "randomised": "Was treatment allocated at random?",
    "route": "From which printed numbers the effect was computed.",
    "assumption": "What was assumed in doing so.",
    "caution": "Caution codes; codes.csv says what they mean.",
    "direction": "Which treatment the source says did better.",
    "p_printed": "p value as printed.",
    "source": "Address of the source.",
}


def effects_long(review: Review, answers: Mapping[str, Answer]) -> pd.DataFrame:
    """Return one row a question, study and arm: the effect size, or why there is none.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer
        Answers by question id.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`; rows stand in the order of the questions and of their effects.
    """
    years = review.studies.set_index("study_id")["year"]
    tables = [_of_question(answer, years) for answer in answers.values()]
    if not tables:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(tables, ignore_index=True)


def _of_question(answer: Answer, years: pd.Series) -> pd.DataFrame:
    question, effects = answer.question, answer.effects
    table = effects.table.rename(columns={"label": "study"})
    if question.kind == "proportion":
        table = table.rename(columns={"xi": "events_1", "ni": "total_1"})
    table = table.assign(
        question_id=question.id,
        claim_id=question.claim_id,
        question=question.text,
        kind=question.kind,
        year=table["study_id"].map(years),
        measure_name=MEASURES[effects.measure].name,
        analysis_scale=effects.scale,
        **readers_scale(answer),
    )
    return table.reindex(columns=list(COLUMNS)).astype(_types())


def _types() -> dict[str, str]:
    """Give every column one type, so that a question without a column does not change the type of others."""
    numbers = {"year", "yi", "vi", "estimate", "ci_low", "ci_high", "n"}
    numbers |= {f"{name}_{arm}" for name in ("mean", "sd", "n", "events", "total") for arm in (1, 2)}
    return dict.fromkeys(numbers, "float") | {"included": "bool"}


def readers_scale(answer: Answer) -> dict[str, FloatArray]:
    """Return estimate, ci_low and ci_high of every row as differences, ratios or shares of people.

    A printed interval is taken as printed, a share of people has its exact interval, all others follow
    from the variance.
    """
    table = answer.effects.table
    if answer.question.kind == "proportion":
        return _shares(table)
    yi, half = table["yi"].to_numpy(), float(ndtri(0.975)) * np.sqrt(table["vi"].to_numpy())
    low, high = yi - half, yi + half
    if "ci_low" in table:
        printed = table[["ci_low", "ci_high"]].to_numpy(dtype=float)
        low, high = (np.where(np.isnan(p), w, p) for p, w in zip(printed.T, (low, high), strict=True))
    back = scale(answer.effects.scale).back
    return {"estimate": back(yi), "ci_low": back(low), "ci_high": back(high)}


def _shares(table: pd.DataFrame) -> dict[str, FloatArray]:
    counts = table[["xi", "ni"]].to_numpy(dtype=float)
    known = ~np.isnan(counts).any(axis=1)
    out = np.full((3, len(table)), np.nan)
    if known.any():
        events, people = counts[known].T
        out[:, known] = np.array([events / people, *exact_interval(events, people)])
    return dict(zip(("estimate", "ci_low", "ci_high"), out, strict=True))
