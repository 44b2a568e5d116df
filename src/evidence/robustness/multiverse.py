"""Every defensible path through the analytic choices of a question, fitted in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, progress_of
from evidence.arguments import level as checked_level
from evidence.effects.assemble import KINDS
from evidence.effects.measures import MEASURES
from evidence.effects.scale import scale
from evidence.errors import OptionError
from evidence.review import Review, checked_review
from evidence.robustness.multiverse_choices import DATA, NAMES, Choice, Level, choices_of
from evidence.robustness.multiverse_data import (
    Data,
    Progress,
    data_sets,
    matters,
    preferable,
    studies_with_numbers,
    without_axis,
)
from evidence.robustness.multiverse_fit import NUMBERS, Numbers, fit_effects, fit_shares
from evidence.robustness.multiverse_result import SHARE, Multiverse
from evidence.tables.question import Question

_NO_PART = "plays no part in a {kind}"
_ONE_LEVEL = "has one level here: {}"
_NO_CHANGE = "changes no number of this question"
_RARE = "where events are rare by rule, the binomial-normal model is fitted with priors, as in the answer"
_NOT_ORTHOGONAL = (
    "{} of {} paths of the grid on the protocol's scale leave nothing to pool: choices are not orthogonal,"
    " and their shares of the variance overlap"
)
_SHOWN = (
    "the protocol shows these studies without pooling them; the paths join them, which is a sensitivity"
    " analysis only"
)


def multiverse(
    review: Review,
    question_id: str,
    *,
    choices: Mapping[str, Iterable[Level]] | None = None,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Multiverse:
    """Answer a question by every combination of the analytic choices that it leaves open.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "change", "contrast" or "proportion".
    choices : mapping, optional
        Levels by name, in place of the usual ones; the protocol's level is added where it is left out, so
        that ``{"test": ["adhoc"]}`` holds the test. Changes and contrasts have `measure`, `r` (correlation
        within people), `preferred` (outcome or class of response taken first), `time`, `cautions`, `design`,
        `route`, `method` (of tau2) and `test`; proportions have `preferred`, `time`, `denominator`,
        `cautions`, `design` and `model` ("GLMM", "exact", or a measure and a method, as "PAS REML").
    level : float
        Of all intervals.
    progress : callable, optional
        Called with a step, how much of it is done, and the whole.

    Returns
    -------
    Multiverse

    Raises
    ------
    OptionError
        If the question has no effect sizes, a choice does not belong to it, or a level does not exist.
    InputError
        If levels are missing or stand twice, or `level` lies outside 0 to 1.

    Notes
    -----
    A multiverse analysis (Steegen et al. 2016, Perspect Psychol Sci 11:702; for meta-analysis Voracek et al.
    2019, Z Psychol 227:64), drawn as a specification curve (Simonsohn et al. 2020, Nat Hum Behav 4:1208).
    Rows are found once, computed once for each measure, correlation and denominator, and pooled in arrays
    once for each distinct data set. A usual choice that changes no number of the question is dropped and
    named in `dropped`; one that the caller names is kept.

    Measures on unlike scales are never compared: each path stands on its `scale`, and medians, shares of
    variance and curves are of one scale at a time.

    Examples
    --------
    >>> import evidence as ev
    >>> result = ev.multiverse(ev.load(), "Q1e", choices={"method": ["REML", "DL"], "test": ["adhoc"]})
    >>> len(result.paths), result.distinct, result.pooled
    (60, 10, 20)
    """
    checked_review(review)
    progress_of(progress)
    question = review.question(question_id)
    if question.kind not in KINDS:
        raise OptionError(f"{question_id} is a {question.kind}; a multiverse is for {', '.join(KINDS)}.")
    critical = checked_level(level)
    able = studies_with_numbers(review, question)
    all_choices = choices_of(question, preferable(able, question), choices)
    data = data_sets(able, question, tuple(c for c in all_choices if c.name in DATA), progress)
    dropped = {name: _NO_PART.format(kind=question.kind) for name in _foreign(all_choices)}
    data = _narrowed(data, dropped)
    models = tuple(c for c in all_choices if c.name not in DATA)
    if question.kind == "proportion":
        numbers = fit_shares(data.sets, *models, critical, progress)
    else:
        numbers = fit_effects(data.sets, *models, critical, progress)
    paths = _paths(question, data, models, numbers)
    return Multiverse(
        question=question,
        choices=(*data.choices, *models),
        paths=paths,
        dropped=dropped,
        level=critical,
        notes=_notes(question, (*data.choices, *models), paths),
    )


def _foreign(choices: tuple[Choice, ...]) -> list[str]:
    """Return the choices that do not belong to the kind of question."""
    return [name for name in NAMES if name not in {choice.name for choice in choices}]


def _narrowed(data: Data, dropped: dict[str, str]) -> Data:
    """Drop, and name, the usual choices that change nothing."""
    axis = 0
    while axis < len(data.choices):
        choice = data.choices[axis]
        if choice.named or matters(data, axis):
            axis += 1
            continue
        one_level = len(choice.levels) == 1
        dropped[choice.name] = _ONE_LEVEL.format(choice.protocol) if one_level else _NO_CHANGE
        data = without_axis(data, axis)
    return data


def _paths(question: Question, data: Data, models: tuple[Choice, ...], numbers: Numbers) -> pd.DataFrame:
    """Write one row a path, the lowest estimate of the question's own scale first."""
    choices = (*data.choices, *models)
    fits = [len(choice.levels) for choice in models]
    shape = (*data.which.shape, *fits)
    codes = np.indices(shape).reshape(len(shape), -1)
    which = np.repeat(data.which.ravel(), int(np.prod(fits)))
    of_model = np.tile(np.arange(int(np.prod(fits))), data.which.size)
    table = pd.DataFrame({"path": np.arange(1, which.size + 1)})
    for choice, code in zip(choices, codes, strict=True):
        table[choice.name] = np.array(choice.levels, dtype=object)[code]
        table[choice.name] = table[choice.name].infer_objects()
    of_set = {
        "scale": [scale_of(question, each.measure) for each in data.sets],
        "k": [each.k for each in data.sets],
        "people": [each.people for each in data.sets],
        "reason": [each.reason for each in data.sets],
    }
    for name in ("scale", "k", "people"):
        table[name] = np.array(of_set[name])[which]
    for name in NUMBERS:
        table[name] = numbers[name].reshape(len(data.sets), -1)[which, of_model]
    nulls = np.array([_null(question, each.measure) for each in data.sets])[which]
    table["beyond"] = _beyond(table["ci_low"].to_numpy(), table["ci_high"].to_numpy(), nulls)
    protocol = [choice.levels.index(choice.protocol) for choice in choices]
    table["protocol"] = (protocol == codes.T).all(axis=1)
    table["data"] = which + 1
    table["reason"] = np.array(of_set["reason"], dtype=object)[which]
    table["same_as"] = _spokesmen(which * int(np.prod(fits)) + of_model, table)
    table["distinct"] = table["same_as"] == table["path"]
    return _sorted(table, scale_of(question, question.measure))


def _notes(question: Question, choices: tuple[Choice, ...], paths: pd.DataFrame) -> tuple[str, ...]:
    """Say what a reader should know: what is joined against the protocol, and which paths are missing."""
    pooled = paths.loc[paths["estimate"].notna() & (paths["scale"] == scale_of(question, question.measure))]
    if pooled.empty:
        return ("no path on the protocol's scale leaves two studies: nothing is pooled there",)
    notes, whole = [_SHOWN] if question.model == "shown" else [], 1
    if question.kind == "proportion":
        notes.append(_RARE)
    for choice in choices:
        if choice.name == "measure":
            continue
        left = [level for level in choice.levels if (pooled[choice.name] == level).any()]
        empty = [str(level) for level in choice.levels if level not in left]
        whole *= len(left)
        if empty:
            names = " and ".join(empty)
            notes.append(f"{names} ({NAMES[choice.name]}): no path leaves two studies to pool")
    if len(pooled) < whole:
        notes.append(_NOT_ORTHOGONAL.format(whole - len(pooled), whole))
    return tuple(notes)


def _spokesmen(analysis: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """Return the first path with the same analysis, the protocol's before all others."""
    order = np.argsort(~table["protocol"].to_numpy(), kind="stable")
    _, first, back = np.unique(analysis[order], return_index=True, return_inverse=True)
    found = np.empty(analysis.size, dtype=int)
    found[order] = table["path"].to_numpy()[order][first][back]
    return found


def _sorted(table: pd.DataFrame, own: str) -> pd.DataFrame:
    """Put the paths on the question's own scale first, by estimate, and those without one last.

    Numbers that differ by rounding error alone are ties, so that every machine finds the same order.
    """
    keys = pd.DataFrame({"none": table["estimate"].isna(), "other": table["scale"] != own})
    places = table[["estimate", "ci_low"]].apply(_places)
    keys = pd.concat([keys, table["scale"], places, table["path"]], axis=1)
    return table.loc[keys.sort_values(list(keys.columns)).index].reset_index(drop=True)


def _places(values: pd.Series) -> pd.Series:
    """Places in ascending order; values next to each other within 1e-9 share one."""
    ascending = values.sort_values()
    return (ascending.diff() > 1e-9).cumsum()


def scale_of(question: Question, measure: str) -> str:
    """Name the scale that a reader finds the estimates of a measure on."""
    return SHARE if question.kind == "proportion" else _READERS.get(measure, MEASURES[measure].name)


_READERS = {
    "SMD": "standardised mean difference",
    "SMCR": "change in SDs of the scores",
    "SMCC": "change in SDs of the change",
    "MC": "change in points",
    "MD": "difference in points",
    "OR": "odds ratio",
    "RR": "risk ratio",
    "RD": "risk difference",
}


def _null(question: Question, measure: str) -> float:
    """Return no effect on the reader's scale, or the benchmark that takes its place."""
    if question.benchmark is not None and (question.kind == "proportion" or measure == question.measure):
        return question.benchmark
    on_scale = scale(MEASURES[measure].scale)
    return float(on_scale.back(np.array(on_scale.null))) if question.kind != "proportion" else np.nan


def _beyond(low: FloatArray, high: FloatArray, null: FloatArray) -> np.ndarray:
    """Say on which side of no effect an interval lies whole; empty where there is no such question."""
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(null)
    return np.select([~known, low > null, high < null], ["", "above", "below"], "neither")
