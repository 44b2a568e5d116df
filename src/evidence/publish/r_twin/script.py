"""One R script a question: it starts from the effects and repeats the primary estimate."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.errors import InputError
from evidence.publish.exchange.cells import csv_text
from evidence.synthesis.answer import Answer
from evidence.synthesis.binomial_bayes import MU_SD, TAU_SCALE
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion
from evidence.synthesis.proportion_result import BAYES, EXACT, GLMM

# Codes are metafor's; these are the ones that its rma() knows, too.
_TESTS = frozenset({"z", "t", "knha", "adhoc"})
# Of the prediction intervals that are no option of rma(), those made about Wald's standard error.
_DEGREES = {"HTS": "fit$k - 2", "V": "fit$k - 1", "S": "Inf"}
_PREDICTIONS = frozenset({"test", "none", *_DEGREES})
_METHODS = frozenset({"EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM"})
# R integrates the likelihood and climbs it by itself, so that it stops short of the top by about this much.
_BY_LIKELIHOOD = 1e-5
_BY_GRID = 1e-5
_CLOSED, _ITERATED = 1e-12, 1e-8


@dataclass(frozen=True, slots=True)
class Twin:
    """A script with the files it reads, and what it should find.

    Attributes
    ----------
    name : str
        Stem of the script: the question's id, "network" for the network.
    title : str
        What the estimate is of, in words.
    script : str
    files : dict of str to str
        Name and content of every file that the script reads.
    expected : dict of str to float
        Quantities as computed here.
    tolerance : float
        How far R may lie from them, absolute, and relative for numbers beyond 1.
    why : str
        What limits the agreement.
    """

    name: str
    title: str
    script: str
    files: dict[str, str] = field(default_factory=dict)
    expected: dict[str, float] = field(default_factory=dict)
    tolerance: float = _ITERATED
    why: str = "both iterate to the maximum"

    @property
    def all_files(self) -> dict[str, str]:
        """The script and what it reads, by the names of their files."""
        return {f"{self.name}.R": self.script} | self.files


def twin(found: Answer) -> Twin:
    """Return the R script of an answer with a primary estimate.

    Parameters
    ----------
    found : Answer

    Returns
    -------
    Twin

    Raises
    ------
    InputError
        If the answer has no pooled estimate, or one by a method that R's script does not repeat.

    Examples
    --------
    >>> import evidence as ev
    >>> made = twin(ev.answer(ev.load(), "Q1b"))
    >>> "rma(yi, vi" in made.script, sorted(made.files)
    (True, ['effects_Q1b.csv'])
    """
    result = found.result
    if isinstance(result, Pooled):
        return pooled_twin(result, found.question.id, found.question.text)
    if isinstance(result, Proportion) and result.primary == EXACT:
        return _exact(found, result)
    if isinstance(result, Proportion) and result.primary == GLMM:
        return _likelihood(found, result)
    if isinstance(result, Proportion) and result.primary == BAYES:
        return _bayes(found, result)
    if result is None:
        raise InputError(f"{found.question.id}: nothing was pooled, so that there is no estimate to repeat.")
    raise InputError(f"{found.question.id}: pooled by {result.primary}, which no R script here repeats.")


def pooled_twin(result: Pooled, name: str = "pooled", title: str = "") -> Twin:
    """Return the R script of a pooled estimate.

    Parameters
    ----------
    result : Pooled
    name : str
        Stem of the script.
    title : str
        What it is of; that of the effects by default.

    Raises
    ------
    InputError
        If metafor's `rma` has no such method or test, and R no such prediction interval.

    Examples
    --------
    >>> from evidence.synthesis.pool import pool
    >>> made = pooled_twin(pool(yi=[0.2, 0.4], vi=[0.1, 0.2], method="DL", test="z"))
    >>> 'method = "DL", test = "z"' in made.script
    True
    """
    if result.method not in _METHODS or result.test not in _TESTS or result.prediction not in _PREDICTIONS:
        raise InputError(
            f"{name}: R's script does not repeat method {result.method}, test {result.test} and prediction"
            f" interval {result.prediction} together."
        )
    effects = result.effects
    data = pd.DataFrame({"study": effects.included["label"], "yi": result.yi, "vi": result.vi})
    expected = {name: getattr(result, name) for name in ("estimate", "se", "ci_low", "ci_high", "p", "tau2")}
    if np.isfinite(result.pi_low):
        expected |= {"pi_low": result.pi_low, "pi_high": result.pi_high}
    return _made(
        name,
        title or effects.title or f"A pooled estimate, k = {result.k}",
        "pooled",
        data,
        expected,
        method=result.method,
        test=result.test,
        level=100 * result.level,
        degrees=_DEGREES.get(result.prediction, ""),
        measure=effects.measure,
    )


def _said(found: Answer) -> tuple[str, str]:
    return found.question.id, found.question.text


def _counts(found: Answer) -> pd.DataFrame:
    rows = found.effects.included
    return pd.DataFrame({"study": rows["label"], "events": rows["xi"], "people": rows["ni"]})


def _exact(found: Answer, result: Proportion) -> Twin:
    names = ("proportion", "proportion_low", "proportion_high")
    expected = {name: getattr(result, name) for name in names}
    why = "closed form: quantiles of the beta distribution"
    return _made(
        *_said(found), "exact", _counts(found), expected, tolerance=_CLOSED, why=why, level=result.level
    )


def _likelihood(found: Answer, result: Proportion) -> Twin:
    expected = {name: getattr(result, name) for name in ("estimate", "tau2", "proportion")}
    why = "R climbs the likelihood by differences and stops a little short of the top"
    return _made(*_said(found), "glmm", _counts(found), expected, tolerance=_BY_LIKELIHOOD, why=why)


def _bayes(found: Answer, result: Proportion) -> Twin:
    names = ("proportion", "proportion_low", "proportion_high")
    return _made(
        *_said(found),
        "bayes",
        _counts(found),
        {name: getattr(result, name) for name in names},
        tolerance=_BY_GRID,
        why="two grids: quantiles between points are interpolated",
        level=result.level,
        mu_sd=MU_SD,
        tau_scale=TAU_SCALE,
    )


def _made(
    name: str,
    title: str,
    template: str,
    data: pd.DataFrame,
    expected: dict[str, float],
    *,
    tolerance: float = _ITERATED,
    why: str = "both iterate to the maximum",
    **options: object,
) -> Twin:
    file = f"effects_{name}.csv"
    script = rendered(template, name=name, title=title, file=file, **options)
    return Twin(name, title, script, {file: csv_text(data)}, expected, tolerance, why)


def rendered(template: str, *, title: str, **content: object) -> str:
    """Return a script; its title is kept to one line, so that it cannot leave the comment it stands in."""
    return _environment().get_template(f"r/{template}.R").render(title=" ".join(title.split()), **content)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("evidence.publish"),
        autoescape=False,  # R, not HTML; nothing but ids and one-line titles comes from the tables
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
