"""From a question to its `Effects`: every study that was found, computed or with its reason."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Protocol

import pandas as pd

from evidence.effects.change import Changes
from evidence.effects.contrast import Contrasts
from evidence.effects.effects import Effects
from evidence.effects.measures import MEASURES
from evidence.effects.rows import Choices, Row, filtered, preferring
from evidence.effects.share import Shares
from evidence.errors import OptionError, ScaleWarning
from evidence.tables.fields import KINDS_WITH_EFFECTS
from evidence.tables.load import Tables
from evidence.tables.question import Question

PRIMARY_R = 0.5
_FOUND: dict[str, Callable[[Tables, Question, Choices], Found]] = {
    "change": Changes,
    "contrast": Contrasts,
    "proportion": Shares,
}
KINDS = KINDS_WITH_EFFECTS


class Found(Protocol):
    """The visits that a question's numbers come from; `rows` computes them under one set of choices."""

    def rows(self, choices: Choices) -> list[Row]:
        """Return one row a study or arm, computed or with its reason, before any is left out by choice."""
        ...


def find(tables: Tables, question: Question, *, preferred: str | None = None, time: str = "primary") -> Found:
    """Find the rows of the tables that answer a question, to compute from them under several choices.

    Parameters
    ----------
    tables : Tables
    question : Question
        Of kind "change", "contrast" or "proportion".
    preferred, time : str
        As of `assemble`.

    Returns
    -------
    Found
    """
    if preferred is not None:
        question = preferring(question, preferred)
    return _FOUND[question.kind](tables, question, Choices(PRIMARY_R, question.measure, time=time))


def assemble(
    tables: Tables,
    question: Question,
    *,
    r: float = PRIMARY_R,
    measure: str | None = None,
    without_cautions: Sequence[str] = (),
    randomised_only: bool = False,
    preferred: str | None = None,
    time: str = "primary",
    direct_only: bool = False,
    denominator: str = "printed",
    found: Found | None = None,
) -> Effects:
    """Return the effect sizes that answer a question.

    Parameters
    ----------
    tables : Tables
    question : Question
        Of kind "change", "contrast" or "proportion".
    r : float
        Correlation of two measurements of the same people; 0.5 in the primary analysis. It plays
        no part in a proportion and is refused there.
    measure : str, optional
        Effect measure, the question's own by default. A change may be "SMCR", "SMCC" or "MC"; a
        contrast "SMD", "MD", "OR", "RR" or "RD"; a proportion "PLO", "PAS", "PFT", "PR" or "PLN".
    without_cautions : sequence of str
        Caution codes; rows that carry one are left out, with that reason.
    randomised_only : bool
        Leave out studies that did not allocate at random.
    preferred : str, optional
        Outcome, or class of response, to take first where a study reports several; by default the
        question's order of preference holds.
    time : {"primary", "earliest", "latest"}
        Visit to take where a scale was measured at several after treatment: the primary one, or the
        earliest or latest where the week of each is printed.
    direct_only : bool
        Leave out numbers that came by a detour: an SD from a confidence interval, an SMD from counts.
        Shares have none, and refuse it.
    denominator : {"printed", "analysed", "enrolled"}
        Of whom a count is that was printed without a denominator: of nobody known, so that it is left
        out, or of the people analysed or enrolled. For proportions only.
    found : Found, optional
        What `find` gave for this question, `preferred` and `time`, where it was found already.

    Returns
    -------
    Effects
        Studies in the order of their labels, those without a number included as rows.

    Raises
    ------
    OptionError
        If the question is not of a kind that has effect sizes, or a choice does not exist.
    InputError
        If `r` lies outside 0 to 1.
    """
    if question.kind not in KINDS:
        raise OptionError(
            f"{question.id} is answered by a {question.kind}, not by effect sizes;"
            f" kinds with effect sizes are {', '.join(KINDS)}."
        )
    if question.kind == "proportion" and r != PRIMARY_R:
        raise OptionError(f"{question.id} is a proportion of one group; a correlation r={r!r} plays no part.")
    if question.kind == "proportion" and direct_only:
        raise OptionError(f"{question.id} is a proportion, always of counts; direct_only plays no part.")
    if question.kind != "proportion" and denominator != "printed":
        raise OptionError(f"{question.id} is no proportion; denominator={denominator!r} plays no part.")
    choices = Choices(
        r,
        measure or question.measure,
        tuple(without_cautions),
        randomised_only,
        time,
        direct_only,
        denominator,
    )
    choices.check(tables)
    with warnings.catch_warnings():
        # The tables are asked about SEs typed as SDs when they are loaded.
        warnings.simplefilter("ignore", ScaleWarning)
        found = find(tables, question, preferred=preferred, time=time) if found is None else found
        rows = filtered(found.rows(choices), choices)
    table = pd.DataFrame(
        sorted(rows, key=lambda row: (not row["included"], row["label"].lower(), row["arm_id"]))
    )
    if table.empty:
        raise OptionError(f"{question.id} matches no arm in arms.csv; check its treatment and comparator.")
    return Effects(
        table,
        measure=choices.measure,
        scale=MEASURES[choices.measure].scale,
        title=question.text,
        favours=question.favours,
    )
