"""`State`: every choice of an exploration, and the link that carries it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from evidence.arguments import nearest, option
from evidence.effects.assemble import KINDS, PRIMARY_R
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError
from evidence.explorer.choices import choices_for
from evidence.explorer.trial import Trial, checked_trial
from evidence.review import Review
from evidence.synthesis.answer import PRIMARY
from evidence.tables.question import Question

LONGEST = 4000
_NUMBER = re.compile(r"-?\d{1,17}(\.\d{1,24})?(e[+-]?\d{1,3})?", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9_.\-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class State:
    """The choices of an exploration; what is left out is as in the primary analysis.

    Attributes
    ----------
    question : str
    r : float
        Correlation within people.
    measure, model : str
        Effect measure, and model of shares; empty for the question's own.
    method, test, prediction : str
        As of `ev.pool`.
    design, cautions : str
        Which rows are taken, as in `ev.multiverse`.
    without : tuple of str
        Studies left out, in alphabetical order.
    trial : Trial, optional
        A hypothetical trial.
    """

    question: str
    r: float = PRIMARY_R
    measure: str = ""
    method: str = PRIMARY["method"]
    test: str = PRIMARY["test"]
    prediction: str = PRIMARY["prediction"]
    model: str = ""
    design: str = "all designs"
    cautions: str = "all rows"
    without: tuple[str, ...] = ()
    trial: Trial | None = None

    def primary(self) -> State:
        """Return the primary analysis of the same question."""
        return State(self.question)

    def measure_of(self, question: Question) -> str:
        """Return the measure that is meant, the question's own where none is named."""
        return self.measure or question.measure

    def model_of(self, question: Question) -> str:
        """Return the model that is meant, the question's own where none is named."""
        return self.model or question.model


def first_question(review: Review) -> str:
    """Return the question that an exploration starts with: the first that is pooled."""
    asked = [each for each in review.all_questions() if each.kind in KINDS]
    if not asked:
        raise InputError(
            "No question of questions.csv is answered by effect sizes; there is nothing to explore."
        )
    return next((each for each in asked if each.model != "shown"), asked[0]).id


def checked(review: Review, state: State, *, rows: Effects | None = None) -> State:
    """Return a state whose every choice exists and can change the number.

    Parameters
    ----------
    review : Review
    state : State
    rows : Effects, optional
        The question's effects under the protocol, where they were computed already.

    Returns
    -------
    State
        The question's own measure and model unnamed, the studies left out in order.

    Raises
    ------
    OptionError
        If a question, level or study does not exist, or a choice does not belong to the question.
    InputError
        If a number lies outside what it may be.

    Examples
    --------
    >>> import evidence as ev
    >>> checked(ev.load(), State("Q1b", measure="SMCR", without=("minh2019",)))
    State(question='Q1b', r=0.5, measure='', method='REML', test='adhoc', prediction='test', model='',
    design='all designs', cautions='all rows', without=('minh2019',), trial=None)
    """
    question = review.question(state.question)
    choices = {choice.name: choice for choice in choices_for(question)}
    state = _own_is_unnamed(state, question)
    for name, usual in _USUAL.items():
        level = getattr(state, name)
        if level == usual:
            continue
        if name not in choices:
            raise _foreign(question, name, choices)
        if choices[name].levels:
            option(name, level, choices[name].levels)
        elif not 0 <= level < 1:
            raise InputError(f"{name}={level!r} must be at least 0 and below 1, for instance 0.5.")
    if state.without:
        rows = review.effects(question.id) if rows is None else rows
        known = set(rows.table["study_id"])
        for study_id in state.without:
            if study_id not in known:
                raise OptionError(
                    f"{question.id} has no study {study_id!r} to leave out.{nearest(study_id, known)}"
                )
        state = replace(state, without=tuple(sorted(set(state.without))))
    if state.trial is not None:
        checked_trial(question, state.measure_of(question), state.trial)
    return state


def _own_is_unnamed(state: State, question: Question) -> State:
    own = {name: "" for name in ("measure", "model") if getattr(state, name) == getattr(question, name)}
    return replace(state, **own)


def _foreign(question: Question, name: str, known: Iterable[str]) -> OptionError:
    sort = f"a {question.kind}" + (" shown without pooling" if question.model == "shown" else "")
    return OptionError(f"{name} plays no part in {question.id}, {sort}; its choices are {', '.join(known)}.")


_USUAL = {name: getattr(State(""), name) for name in State.__slots__}
for _other in ("question", "without", "trial"):
    del _USUAL[_other]


def format_link(state: State) -> str:
    """Return a state as the query of a link: its question, and what differs from the primary analysis.

    Examples
    --------
    >>> format_link(State("Q1b", r=0.7, design="randomised only", trial=Trial("effect", (0.5, 0.2))))
    'q=Q1b&r=0.7&design=randomised-only&trial=effect:0.5:0.2'
    """
    parts = {"q": state.question}
    for name, usual in _USUAL.items():
        level = getattr(state, name)
        if level != usual:
            parts[name] = repr(level) if name == "r" else _slug(level)
    if state.without:
        parts["without"] = ",".join(state.without)
    if state.trial is not None:
        parts["trial"] = ":".join([state.trial.kind, *map(_plain, state.trial.numbers)])
    return urlencode(parts, safe=":,")


def _plain(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def _slug(level: str) -> str:
    return level.replace(" ", "-")


def parse_link(review: Review, text: str, *, question_id: str | None = None) -> State:
    """Return the state that the query of a link carries.

    Parameters
    ----------
    review : Review
    text : str
        What `format_link` made, a question mark before it or not.
    question_id : str, optional
        Of a link that names none; default the first question.

    Returns
    -------
    State

    Raises
    ------
    InputError
        If a key is unknown or stands twice, or a value is not one of those allowed; the message names it.

    Examples
    --------
    >>> import evidence as ev
    >>> parse_link(ev.load(), "q=Q1b&tau=DL")
    Traceback (most recent call last):
        ...
    evidence.errors.OptionError: The link has an unknown part 'tau'; it may have q, r, measure, method, test,
    prediction, model, design, cautions, without, trial.
    """
    text = text.removeprefix("?")
    if len(text) > LONGEST:
        raise InputError(f"The link has {len(text)} characters; {LONGEST} are the most it may have.")
    parts = _parts(text)
    question = review.question(parts.pop("q", question_id or first_question(review)))
    slugs = {
        choice.name: {_slug(level): level for level in choice.levels} for choice in choices_for(question)
    }
    values: dict[str, Any] = {}
    for name, value in parts.items():
        if name in _READ:
            values[name] = _READ[name](value)
        elif name in slugs:
            values[name] = slugs[name][option(name, value, slugs[name])]
        else:
            raise _foreign(question, name, slugs)
    return checked(review, State(question.id, **values))


def _parts(text: str) -> dict[str, str]:
    known = ("q", *_USUAL, "without", "trial")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=len(known))
    except ValueError as error:
        raise InputError("The link cannot be read: it must be made of parts such as q=Q1b&r=0.7.") from error
    parts: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise OptionError(
                f"The link has an unknown part {name[:40]!r}; it may have {', '.join(known)}."
                f"{nearest(name[:40], known)}"
            )
        if name in parts:
            raise InputError(f"The link has {name!r} twice; leave one out.")
        parts[name] = value
    return parts


def number(text: str) -> float:
    """Return a number that was typed plainly, with a point for decimals.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> number(" 0.25 ")
    0.25
    """
    plain = text.strip()
    if not _NUMBER.fullmatch(plain):
        raise InputError(f"{text[:40]!r} is not a plain number; write it as 0.25.")
    return float(plain)


def _studies(text: str) -> tuple[str, ...]:
    found = tuple(sorted(set(text.split(","))))
    for study_id in found:
        if not _ID.fullmatch(study_id):
            raise InputError(f"{study_id[:40]!r} is not the id of a study.")
    return found


def _trial(text: str) -> Trial:
    kind, *numbers = text.split(":")
    return Trial(kind, tuple(number(each) for each in numbers))


_READ: Mapping[str, Callable[[str], Any]] = {"r": number, "without": _studies, "trial": _trial}
