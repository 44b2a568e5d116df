"""What can be chosen for a question: each choice with its levels, in words, and the level of the protocol."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.effects.assemble import KINDS, PRIMARY_R
from evidence.effects.measures import MEASURES
from evidence.errors import OptionError
from evidence.robustness.multiverse_choices import BY_COUNTS, choices_of
from evidence.synthesis.answer import PRIMARY
from evidence.synthesis.inference import TESTS
from evidence.synthesis.pool import METHODS
from evidence.synthesis.pool_words import TAU2_WORDS
from evidence.synthesis.prediction import PREDICTIONS
from evidence.tables.question import Question

# What each choice is called; a name is that of a field of `State` and of a part of a link.
LABELS = {
    "r": "Correlation within people",
    "measure": "Effect measure",
    "method": "Between-study variance",
    "test": "Test and interval",
    "prediction": "Prediction interval",
    "model": "Model of the shares",
    "design": "Designs",
    "cautions": "Doubtful rows",
}
_METHOD_WORDS = TAU2_WORDS | {"EE": "none: a common effect", "IVhet": "common-effect weights (Doi)"}
_TEST_WORDS = {
    "z": "Wald, normal distribution",
    "t": "Wald, t distribution",
    "knha": "Hartung-Knapp",
    "adhoc": "Hartung-Knapp, never narrower than Wald",
    "KR": "Kenward-Roger",
    "HC": "Henmi-Copas",
}
_PREDICTION_WORDS = {
    "HTS": "Higgins, Thompson and Spiegelhalter, t with k - 2",
    "V": "Wald, t with k - 1",
    "HK": "Hartung-Knapp, t with k - 1",
    "KR": "Kenward-Roger",
    "S": "Wald, normal distribution",
    "test": "as the test of the mean",
    "none": "none",
}
_MODEL_WORDS = {"GLMM": "binomial-normal model", "exact": "exact interval of the summed counts"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a question.

    Attributes
    ----------
    name, label : str
        Field of `State`, and what a reader sees.
    levels : dict of str to str
        What may be chosen, and how it is called; empty for a number (`r`).
    primary : str or float
        The level of the protocol.
    """

    name: str
    label: str
    levels: dict[str, str]
    primary: str | float

    def words(self, level: str | float) -> str:
        """Say how a level is called."""
        return self.levels[str(level)] if self.levels else f"{level:g}"


def choices_for(question: Question) -> tuple[Choice, ...]:
    """Return the choices of a question that can change its number.

    Raises
    ------
    OptionError
        If effect sizes do not answer the question.

    Examples
    --------
    >>> import evidence as ev
    >>> [choice.name for choice in choices_for(ev.load().question("Q4a"))]
    ['model', 'design', 'cautions']
    """
    if question.kind not in KINDS:
        raise OptionError(
            f"{question.id} is a {question.kind}; only effect sizes can be explored ({', '.join(KINDS)})."
        )
    usual = {choice.name: choice for choice in choices_of(question, (), None)}
    levels = {
        name: {str(level): str(level) for level in usual[name].levels} for name in ("design", "cautions")
    }
    primary = {name: usual[name].protocol for name in ("design", "cautions")}
    if question.kind == "proportion":
        levels["model"] = {str(level): _model_words(str(level)) for level in usual["model"].levels}
        primary["model"] = usual["model"].protocol
    else:
        levels["r"], primary["r"] = {}, PRIMARY_R
        codes = tuple(str(code) for code in usual["measure"].levels)
        levels["measure"] = _coded(codes, {code: MEASURES[code].name for code in codes})
        primary["measure"] = question.measure
        if question.model != "shown":
            levels |= {
                "method": _coded(METHODS, _METHOD_WORDS),
                "test": _coded(TESTS, _TEST_WORDS),
                "prediction": _coded(PREDICTIONS, _PREDICTION_WORDS),
            }
            primary |= PRIMARY
    return tuple(Choice(name, LABELS[name], levels[name], primary[name]) for name in LABELS if name in levels)


def _coded(codes: tuple[str, ...], words: dict[str, str]) -> dict[str, str]:
    return {code: f"{code}: {words[code].removeprefix('the ')}" for code in codes}


def _model_words(model: str) -> str:
    if model in BY_COUNTS:
        return _MODEL_WORDS[model]
    measure, method = model.split()
    return f"{MEASURES[measure].name}, variance by {method}"
