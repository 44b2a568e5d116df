"""The analytic choices that a question leaves open, with their levels and the one the protocol takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evidence.arguments import nearest, option
from evidence.effects import change, contrast
from evidence.effects.assemble import PRIMARY_R
from evidence.effects.rows import DENOMINATORS, TIMES
from evidence.errors import InputError, OptionError
from evidence.robustness.sensitivity import CAUTIONS, IMPUTED_DENOMINATOR
from evidence.synthesis.answer import PRIMARY
from evidence.synthesis.many import MANY_TESTS
from evidence.synthesis.proportion_result import SCALES
from evidence.synthesis.tau2 import METHODS
from evidence.tables.question import Question

Level = str | float

PROTOCOL_ORDER = "protocol order"
LEFT_OUT = {
    "all rows": (),
    "without doubtful rows": CAUTIONS,
    "without imputed denominators": IMPUTED_DENOMINATOR,
}
DESIGNS = ("all designs", "randomised only")
ROUTES = ("all routes", "direct only")
TESTS = tuple(test for test in MANY_TESTS if test != "KR")
BY_COUNTS = ("GLMM", "exact")

# What each choice is called, in the order in which the columns stand.
NAMES = {
    "measure": "effect measure",
    "r": "correlation within people",
    "preferred": "outcome taken first",
    "time": "visit",
    "denominator": "people behind a bare count",
    "cautions": "doubtful rows",
    "design": "design",
    "route": "route to the numbers",
    "method": "between-study variance",
    "test": "test and interval",
    "model": "model",
}
DATA = ("measure", "r", "preferred", "time", "denominator", "cautions", "design", "route")
_COMPARED = ("measure", "r", "preferred", "time", "cautions", "design", "route", "method", "test")
OF_KIND = {
    "change": _COMPARED,
    "contrast": _COMPARED,
    "proportion": ("preferred", "time", "denominator", "cautions", "design", "model"),
}
# Measures that a reader could defend beside the question's own; points only where the protocol takes them.
_MEASURES = {
    "SMCR": ("SMCR", "SMCC"),
    "SMCC": ("SMCR", "SMCC"),
    "OR": ("OR", "RR", "RD"),
    "RR": ("OR", "RR", "RD"),
    "RD": ("OR", "RR", "RD"),
}
_ALLOWED_MEASURES = {"change": change.MEASURES, "contrast": contrast.MEASURES}
_DEFAULTS: dict[str, tuple[Level, ...]] = {
    "r": (0.0, 0.25, 0.5, 0.75, 0.9),
    "time": TIMES,
    "denominator": DENOMINATORS,
    "cautions": tuple(LEFT_OUT),
    "design": DESIGNS,
    "route": ROUTES,
    # EB solves the equation of PM: it would count every path twice.
    "method": ("EE", "DL", "PM", "REML", "ML", "SJ"),
    "test": ("z", "knha", "adhoc"),
    # The Freeman-Tukey scale has no inverse of its own and is left to those who name it.
    "model": ("GLMM", "exact", "PLO DL", "PLO REML", "PAS DL", "PAS REML"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One analytic choice.

    Attributes
    ----------
    name : str
        Key of `NAMES`.
    levels : tuple
        What may be chosen, the protocol's level included.
    protocol : str or float
        What the protocol takes.
    named : bool
        The caller named its levels; then it stays even where it changes nothing.
    """

    name: str
    levels: tuple[Level, ...]
    protocol: Level
    named: bool = False


def choices_of(
    question: Question, preferable: tuple[str, ...], given: Mapping[str, Iterable[Level]] | None
) -> tuple[Choice, ...]:
    """Return the choices that belong to a question's kind, those of the caller in place of the usual ones.

    Parameters
    ----------
    question : Question
    preferable : tuple of str
        Outcomes or classes of response that a study reports beside one the protocol prefers.
    given : mapping or None
        Levels by name of the choice.

    Raises
    ------
    OptionError
        If a choice does not belong to the kind of question, or a level does not exist.
    InputError
        If levels are missing, stand twice, or are no list.
    """
    names = OF_KIND[question.kind]
    if given is not None and not isinstance(given, Mapping):
        raise InputError(f"choices={given!r} must be levels by name, such as {{'r': [0.5, 0.7]}}.")
    given = dict(given or {})
    for name in given:
        if name not in names:
            raise OptionError(
                f"{question.id} is a {question.kind}; its choices are {', '.join(names)}, not {name!r}."
                f"{nearest(str(name), names)}"
            )
    protocol = _protocol(question)
    found = []
    for name in names:
        named = name in given
        levels = _checked(question, name, given[name]) if named else _usual(question, name, preferable)
        if protocol[name] not in levels:
            levels = (protocol[name], *levels)
        found.append(Choice(name, levels, protocol[name], named))
    return tuple(found)


def _protocol(question: Question) -> dict[str, Level]:
    model = question.model if question.model in BY_COUNTS else "GLMM"
    return {
        "measure": question.measure,
        "r": PRIMARY_R,
        "preferred": PROTOCOL_ORDER,
        "time": "primary",
        "denominator": "printed",
        "cautions": "all rows",
        "design": "all designs",
        "route": "all routes",
        "method": PRIMARY["method"],
        "test": PRIMARY["test"],
        "model": model,
    }


def _usual(question: Question, name: str, preferable: tuple[str, ...]) -> tuple[Level, ...]:
    if name == "preferred":
        return (PROTOCOL_ORDER, *preferable)
    if name == "measure":
        return _MEASURES.get(question.measure, (question.measure,))
    return _DEFAULTS[name]


def _checked(question: Question, name: str, levels: Iterable[Level]) -> tuple[Level, ...]:
    if isinstance(levels, str) or not isinstance(levels, Iterable):
        raise InputError(f"choices[{name!r}]={levels!r} must be a list of levels, such as [{levels!r}].")
    found = tuple(levels)
    if not found or len(set(found)) < len(found):
        raise InputError(f"choices[{name!r}]={levels!r} must name each level once, and at least one.")
    if name == "r":
        for r in found:
            if isinstance(r, (str, bool)) or not 0 <= r < 1:
                raise InputError(f"choices['r'] holds {r!r}; a correlation is at least 0 and below 1.")
        return tuple(float(r) for r in found)
    return tuple(option(name, level, _allowed(question, name)) for level in found)


def _allowed(question: Question, name: str) -> tuple[Any, ...]:
    if name == "measure":
        return _ALLOWED_MEASURES[question.kind]
    if name == "preferred":
        return (PROTOCOL_ORDER, *question.outcomes, *question.threshold_classes)
    if name == "method":
        return METHODS
    if name == "test":
        return TESTS
    if name == "model":
        return (*BY_COUNTS, *(f"{measure} {method}" for measure in SCALES for method in METHODS))
    return _DEFAULTS[name]


def effects_options(levels: Mapping[str, Level]) -> dict[str, Any]:
    """Return the choices of `review.effects` that stand for these levels.

    Examples
    --------
    >>> effects_options({"r": 0.25, "design": "randomised only", "time": "primary"})
    {'r': 0.25, 'randomised_only': True, 'time': 'primary'}
    """
    found = {name: levels[name] for name in ("measure", "r", "time", "denominator") if name in levels}
    if levels.get("preferred", PROTOCOL_ORDER) != PROTOCOL_ORDER:
        found["preferred"] = levels["preferred"]
    if LEFT_OUT[levels.get("cautions", "all rows")]:
        found["without_cautions"] = LEFT_OUT[levels["cautions"]]
    if levels.get("design") == "randomised only":
        found["randomised_only"] = True
    if levels.get("route") == "direct only":
        found["direct_only"] = True
    return dict(sorted(found.items()))
