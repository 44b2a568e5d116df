"""A trial that nobody has done: its numbers, checked, and the effect size that follows from them."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

from evidence.effects.measures import MEASURES, escalc
from evidence.errors import InputError, OptionError, ScaleWarning
from evidence.tables.question import Question

STUDY_ID, LABEL = "hypothetical", "Hypothetical trial"
EFFECT, MEANS, EVENTS = "effect", "means", "events"
KIND_LABELS = {
    EFFECT: "effect and standard error",
    MEANS: "means, SDs and people",
    EVENTS: "people with the event",
}
LARGEST = 1e9
# Names of escalc's columns, and what a reader types there.
_CHANGE = {
    "m1i": "Mean before (higher is worse)",
    "m2i": "Mean after",
    "sd1i": "SD before",
    "sd2i": "SD after",
    "ni": "People",
}
_GROUPS = {
    "m1i": "Mean, first treatment (higher is better)",
    "sd1i": "SD, first treatment",
    "n1i": "People, first treatment",
    "m2i": "Mean, second treatment",
    "sd2i": "SD, second treatment",
    "n2i": "People, second treatment",
}
_COUNTS = {
    "ai": "Events, first treatment",
    "n1i": "People, first treatment",
    "ci": "Events, second treatment",
    "n2i": "People, second treatment",
}
_SHARE = {"xi": "People with the event", "ni": "People"}
_TOTALS = {"ai": "n1i", "ci": "n2i", "xi": "ni"}
_PEOPLE = ("ni", "n1i", "n2i")
_RATIO = "log"


@dataclass(frozen=True, slots=True)
class Trial:
    """A hypothetical trial.

    Attributes
    ----------
    kind : str
        "effect", "means" or "events".
    numbers : tuple of float
        In the order of `fields`.
    """

    kind: str
    numbers: tuple[float, ...]


def kinds_for(question: Question, measure: str) -> tuple[str, ...]:
    """Return the ways in which a trial can be described for a question and measure."""
    if question.kind == "proportion":
        return (EVENTS,)
    of_scores = question.kind == "change" or measure in ("SMD", "MD")
    return (EFFECT, MEANS) if of_scores else (EFFECT, EVENTS)


def fields(question: Question, measure: str, kind: str) -> dict[str, str]:
    """Return the numbers that a description asks for: a name, and what a reader sees.

    Raises
    ------
    OptionError
        If a trial cannot be described in this way.
    """
    allowed = kinds_for(question, measure)
    if kind not in allowed:
        raise OptionError(
            f"A trial for {question.id} is described by {' or '.join(map(repr, allowed))}, not {kind!r}."
        )
    if kind == EFFECT:
        units = MEASURES[measure]
        ratio = units.scale == _RATIO
        return {
            "effect": f"Effect ({_ratio_name(units.name) if ratio else units.name})",
            "se": "Standard error of its logarithm" if ratio else "Standard error",
        }
    if question.kind == "proportion":
        return _SHARE
    if kind == EVENTS:
        return _COUNTS
    return _CHANGE if question.kind == "change" else _GROUPS


def _ratio_name(name: str) -> str:
    return name.removeprefix("log ").removeprefix("Log ")


def checked_trial(question: Question, measure: str, trial: Trial) -> Trial:
    """Return a trial whose numbers can be right.

    Raises
    ------
    OptionError
        If a trial cannot be described in this way.
    InputError
        Naming the number that cannot be right, and what would be.

    Examples
    --------
    >>> import evidence as ev
    >>> checked_trial(ev.load().question("Q1b"), "SMCR", Trial("effect", (0.5, 0.0)))
    Traceback (most recent call last):
        ...
    evidence.errors.InputError: Hypothetical trial: Standard error is 0; it must be above 0.
    """
    asked = fields(question, measure, trial.kind)
    if len(trial.numbers) != len(asked):
        raise InputError(
            f"{LABEL}: {KIND_LABELS[trial.kind]} are {len(asked)} numbers ({', '.join(asked.values())}),"
            f" not {len(trial.numbers)}."
        )
    values = dict(zip(asked, trial.numbers, strict=True))
    for name, value in values.items():
        remedy = _remedy(name, value, values, ratio=MEASURES[measure].scale == _RATIO)
        if remedy:
            raise InputError(f"{LABEL}: {asked[name]} is {value:g}; it must be {remedy}.")
    yi, vi = effect_of(question, measure, trial, r=0.5)
    if not (math.isfinite(yi) and 0 < vi < math.inf):
        raise InputError(f"{LABEL}: {measure} does not exist for these numbers; choose others.")
    return trial


def _remedy(name: str, value: float, values: dict[str, float], *, ratio: bool) -> str:
    """Say what a number must be, if it is not; empty where it is."""
    if not math.isfinite(value) or abs(value) > LARGEST:
        return f"a number no larger than {LARGEST:g}"
    if (name in ("se", "sd1i", "sd2i") or (name == "effect" and ratio)) and value <= 0:
        return "above 0"
    if name in _PEOPLE and (value < 2 or value != int(value)):
        return "a whole number, 2 or more"
    if name in _TOTALS and (value < 0 or value != int(value) or value > values[_TOTALS[name]]):
        return f"a whole number from 0 to the number of people ({values[_TOTALS[name]]:g})"
    return ""


def effect_of(question: Question, measure: str, trial: Trial, *, r: float) -> tuple[float, float]:
    """Return the estimate and variance of a trial, on the scale of the measure."""
    columns = columns_of(question, measure, trial, r=r)
    if trial.kind == EFFECT:
        effect, se = trial.numbers
        return (math.log(effect) if MEASURES[measure].scale == _RATIO else effect), se**2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScaleWarning)
        row = escalc(measure, **columns).iloc[0]
    return float(row["yi"]), float(row["vi"])


def columns_of(question: Question, measure: str, trial: Trial, *, r: float) -> dict[str, float]:
    """Return a trial's numbers as columns of `ev.escalc`; empty for an effect with its standard error."""
    if trial.kind == EFFECT:
        return {}
    columns = dict(zip(fields(question, measure, trial.kind), trial.numbers, strict=True))
    return columns | ({"ri": r} if question.kind == "change" else {})


def people_in(question: Question, measure: str, trial: Trial) -> float:
    """Return the people of a trial; NaN where an effect stands without them."""
    columns = columns_of(question, measure, trial, r=0.0)
    found = [columns[name] for name in _PEOPLE if name in columns]
    return sum(found) if found else math.nan


def row_of(question: Question, measure: str, trial: Trial, *, r: float) -> dict[str, object]:
    """Return the row of a trial in a table of effects."""
    yi, vi = effect_of(question, measure, trial, r=r)
    columns = columns_of(question, measure, trial, r=r)
    names = _IN_TABLE[trial.kind] if question.kind == "contrast" else {"xi": "xi", "ni": "ni"}
    return {
        "study_id": STUDY_ID,
        "label": LABEL,
        "yi": yi,
        "vi": vi,
        "measure": measure,
        "n": people_in(question, measure, trial),
        "route": "entered by hand",
        "included": True,
        "arm_id": STUDY_ID,
        "treatment": question.treatment[0],
        "source": "no source: a trial that was not done",
        **{named: columns[name] for name, named in names.items() if name in columns},
        **({"paired": "no"} if question.kind == "contrast" else {}),
    }


_IN_TABLE = {
    EFFECT: {},
    MEANS: {
        "m1i": "mean_1",
        "sd1i": "sd_1",
        "n1i": "n_1",
        "m2i": "mean_2",
        "sd2i": "sd_2",
        "n2i": "n_2",
    },
    EVENTS: {"ai": "events_1", "n1i": "total_1", "ci": "events_2", "n2i": "total_2"},
}
