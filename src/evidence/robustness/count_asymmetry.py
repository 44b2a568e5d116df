"""A line through two-group counts: what the tests of Peters, Harbord, Deeks and Thompson share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.effects.measures import escalc
from evidence.errors import InputError, TooFewStudiesError
from evidence.robustness.asymmetry import AsymmetryTest
from evidence.robustness.count_models import counts
from evidence.robustness.egger import asymmetry
from evidence.robustness.small_study_input import Given, enough, varied
from evidence.synthesis.counts import two_groups
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies

_FEWEST = 3
_SIDES = "sides of one face are taken as separate people"

Table = dict[str, FloatArray]
Kernel = Callable[[Table], tuple[FloatArray, FloatArray, FloatArray]]


def count_test(
    name: str,
    effects: Effects | Pooled | None,
    columns: tuple[ArrayLike | None, ...],
    kernel: Kernel,
    predictor: str,
    what: str,
    level: float,
    force: bool,
    measure: str = "OR",
    *,
    keep: bool = False,
    model: str = "lm",
) -> AsymmetryTest:
    """Read counts, make the points of a line with a kernel, and test its slope.

    Parameters
    ----------
    name : str
        Of the test.
    effects : Effects or Pooled or None
    columns : tuple
        ai, n1i, ci and n2i in place of `effects`, or four None.
    kernel : callable
        Takes the counts; gives predictor, estimates and inverse weights, each of shape (k,).
    predictor, what : str
        The predictor by its code, and the test in words.
    level, force
        As `evidence.robustness.count_tests.peters`.
    measure : str
        What the estimates are.
    keep : bool
        Keep studies where nobody or everybody has the event.
    model : {"lm", "mixed"}
        "mixed" has tau2 by DL and Wald errors with t.
    """
    level = checked_level(level)
    option("force", force, (True, False))
    table, labels, notes = _counts(name, effects, columns)
    if not keep:
        table, labels, left = _informative(table, labels)
        notes += left
    if len(labels) < _FEWEST:
        raise TooFewStudiesError(f"{name} needs {_FEWEST} or more studies with events, not {len(labels)}.")
    forced, few = enough(name, len(labels), force=force, stacklevel=4)
    x, y, v = kernel(table)
    scale = "identity" if keep else "log"
    read = Given(Studies(y, v, labels, None, measure, scale), forced, few)
    choices = {"method": "DL", "test": "t"} if model == "mixed" else {}
    said = {"predictor": predictor, "what": what, "notes": tuple(notes)}
    size = varied(name, "the measure of size", x)
    return asymmetry(name, read, size, level=level, model=model, **said, **choices)


def _counts(
    name: str, effects: Effects | Pooled | None, columns: tuple[ArrayLike | None, ...]
) -> tuple[Table, list[str], list[str]]:
    """Events and people of both groups, the labels of their studies, and notes."""
    if effects is None:
        if any(column is None for column in columns):
            raise InputError(f"{name} needs effects with counts, or all of ai, n1i, ci and n2i.")
        table = _table(*columns)
        return table, [f"Study {i + 1}" for i in range(len(table["ai"]))], []
    if any(column is not None for column in columns):
        raise InputError(f"{name} takes effects or ai, n1i, ci and n2i, not both.")
    effects = effects.effects if isinstance(effects, Pooled) else effects
    effects = Effects(effects) if isinstance(effects, pd.DataFrame) else effects
    if not isinstance(effects, Effects):
        raise InputError(f"{name}: effects must be Effects with counts, not {type(effects).__name__}.")
    rows = effects.included
    notes = [_SIDES] if rows["design"].str.contains("split_face").any() else []
    return _table(**counts(effects)), rows["label"].astype(str).tolist(), notes


def _table(ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> Table:
    return two_groups(ai, n1i, ci, n2i).columns


def _informative(table: Table, labels: list[str]) -> tuple[Table, list[str], list[str]]:
    """Leave out studies in which nobody or everybody has the event."""
    events, people = table["ai"] + table["ci"], table["n1i"] + table["n2i"]
    used = (events > 0) & (events < people)
    left = [label for label, kept in zip(labels, used, strict=True) if not kept]
    kept = [label for label, kept in zip(labels, used, strict=True) if kept]
    notes = [f"left out, for nobody or everybody had the event: {', '.join(left)}"] if left else []
    return {name: values[used] for name, values in table.items()}, kept, notes


def estimates(measure: str, table: Table) -> tuple[FloatArray, FloatArray]:
    """Return yi and vi of a measure, with 0.5 added to tables with a zero cell where it needs that."""
    found = escalc(measure, **table)
    return found["yi"].to_numpy(), found["vi"].to_numpy()


def _totals(table: Table) -> tuple[FloatArray, ...]:
    people = table["n1i"] + table["n2i"]
    return table["ai"], table["n1i"], table["n2i"], table["ai"] + table["ci"], people


def peters_line(table: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``1 / N``, the log odds ratio, and the inverse of ``E (N - E) / N``."""
    _, _, _, events, people = _totals(table)
    return 1 / people, estimates("OR", table)[0], people / (events * (people - events))


def deeks_line(table: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``1 / sqrt(ESS)``, the log odds ratio and ``1 / ESS``."""
    _, n1, n2, _, people = _totals(table)
    effective = 4 * n1 * n2 / people
    return 1 / np.sqrt(effective), estimates("OR", table)[0], 1 / effective


def _score_or(table: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``1 / sqrt(V)``, ``Z / V`` and ``1 / V`` of the odds ratio, V hypergeometric."""
    a, n1, n2, events, people = _totals(table)
    variance = n1 * n2 * events * (people - events) / (people**2 * (people - 1))
    return 1 / np.sqrt(variance), (a - events * n1 / people) / variance, 1 / variance


def _score_rr(table: Table) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``1 / sqrt(V)``, ``Z / V`` and ``1 / V`` of the risk ratio, from the binomial likelihood."""
    a, n1, n2, events, people = _totals(table)
    variance = n1 * n2 * events / (people * (people - events))
    return 1 / np.sqrt(variance), (a * people - events * n1) / (people - events) / variance, 1 / variance


SCORES: dict[str, Kernel] = {"OR": _score_or, "RR": _score_rr}
