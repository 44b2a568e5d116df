"""From a question to its `Effects`: every study that was found, computed or with its reason."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import pandas as pd

from evidence.effects.change import change_rows
from evidence.effects.contrast import contrast_rows
from evidence.effects.effects import Effects
from evidence.effects.measures import MEASURES
from evidence.effects.rows import Choices, Row, filtered
from evidence.effects.share import share_rows
from evidence.errors import OptionError, ScaleWarning
from evidence.tables.fields import KINDS_WITH_EFFECTS
from evidence.tables.load import Tables
from evidence.tables.question import Question

PRIMARY_R = 0.5
_ROWS: dict[str, Callable[[Tables, Question, Choices], list[Row]]] = {
    "change": change_rows,
    "contrast": contrast_rows,
    "proportion": share_rows,
}
KINDS = KINDS_WITH_EFFECTS


def assemble(
    tables: Tables,
    question: Question,
    *,
    r: float = PRIMARY_R,
    measure: str | None = None,
    without_cautions: Sequence[str] = (),
    randomised_only: bool = False,
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
    choices = Choices(r, measure or question.measure, tuple(without_cautions), randomised_only)
    choices.check(tables)
    with warnings.catch_warnings():
        # The tables are asked about SEs typed as SDs when they are loaded.
        warnings.simplefilter("ignore", ScaleWarning)
        rows = filtered(_ROWS[question.kind](tables, question, choices), choices)
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
