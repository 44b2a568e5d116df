"""Which method is the primary one for two-group counts: a rule that looks at no result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray
from evidence.synthesis.counts import Tables, two_groups
from evidence.synthesis.result import Result

PETO_RATE = 0.01
RARE_RATE = 0.05
LARGE_OR = 3.0
UNBALANCED = 2.0
FEW_EVENTS = 5
FEW_STUDIES = 5


@dataclass(frozen=True, slots=True)
class MethodChoice(Result):
    """The method a stated rule picks for tables of counts, the reason in words, and what it looked at.

    Attributes
    ----------
    method : {"IV", "PETO", "MH", "GLMM", "NONE"}
    reason : str
    event_rate : float
        Events over people, or people without events where these are fewer.
    zero_cells : int
        Studies with a zero cell.
    imbalance : float
        Largest ratio of the group sizes of a study.
    crude_or : float
        Odds ratio of the summed table, 0.5 added to its cells.
    k : int
    """

    method: str
    reason: str
    event_rate: float
    zero_cells: int
    imbalance: float
    crude_or: float
    k: int

    def summary(self) -> pd.DataFrame:
        """Return the choice in one row."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__dataclass_fields__}])

    def method_text(self) -> str:
        """Return the reason."""
        return self.reason


def choose_method(*, ai: ArrayLike, n1i: ArrayLike, ci: ArrayLike, n2i: ArrayLike) -> MethodChoice:
    """Pick the primary method for two-group counts by a rule that looks at no result.

    Parameters
    ----------
    ai, n1i, ci, n2i : array_like, shape (k,)
        Events and people of the first and of the second group.

    Returns
    -------
    MethodChoice

    Raises
    ------
    InputError
        If counts are impossible.

    Notes
    -----
    In this order (Cochrane Handbook 10.4.4; Bradburn et al. 2007; the limits are this review's):

    1. Fewer than two studies, or no events (or only events) at all: "NONE"; show exact intervals.
    2. No zero cell and every study has five events and five people without, or more: "IV", inverse variance.
    3. Event rate below 1 %, no study with groups of more than 2 to 1, crude odds ratio between 1/3 and 3:
       "PETO".
    4. Event rate below 5 %, or fewer than five studies with events: "MH" without correction.
    5. Otherwise (small studies, events not rare): "GLMM".

    Examples
    --------
    >>> choose_method(ai=[1, 0, 2], n1i=[400, 350, 500], ci=[2, 1, 1], n2i=[410, 340, 500]).method
    'PETO'
    """
    tables = two_groups(ai, n1i, ci, n2i)
    seen = look_at(tables)
    method = str(_rule(seen, tables.k))
    return MethodChoice(
        method,
        _reason(method, seen, tables.k),
        event_rate=float(seen.event_rate),
        zero_cells=int(seen.zero_cells),
        imbalance=float(seen.imbalance),
        crude_or=float(seen.crude_or),
        k=tables.k,
    )


class Seen(NamedTuple):
    """What the rule looks at, of one set of tables or of many; each of shape (...).

    Attributes
    ----------
    event_rate, imbalance, crude_or : array
        As in `MethodChoice`.
    zero_cells, informative : array
        Studies with a zero cell; those with both an event and a person without.
    fewest : array
        Events, or people without, of the study that has fewest.
    """

    event_rate: FloatArray
    zero_cells: FloatArray
    imbalance: FloatArray
    crude_or: FloatArray
    informative: FloatArray
    fewest: FloatArray


def look_at(tables: Tables) -> Seen:
    """Return what the rule looks at, for tables of shape (..., k).

    Examples
    --------
    >>> one = Tables(*(np.array(x) for x in ([3.0, 0], [10.0, 10], [2.0, 1], [10.0, 20])))
    >>> seen = look_at(one)
    >>> float(seen.event_rate), int(seen.zero_cells), float(seen.imbalance), float(seen.fewest)
    (0.12, 1, 2.0, 1.0)
    """
    events, people = tables.ai + tables.ci, tables.n1i + tables.n2i
    cells = np.stack([tables.ai, tables.n1i - tables.ai, tables.ci, tables.n2i - tables.ci])
    a, b, c, d = cells.sum(axis=-1) + 0.5
    rate = events.sum(axis=-1) / people.sum(axis=-1)
    ratio = tables.n1i / tables.n2i
    return Seen(
        event_rate=np.minimum(rate, 1 - rate),
        zero_cells=np.count_nonzero((cells == 0).any(axis=0), axis=-1),
        imbalance=np.maximum(ratio, 1 / ratio).max(axis=-1),
        crude_or=a * d / (b * c),
        informative=np.count_nonzero(~tables.one_sided, axis=-1),
        fewest=np.minimum(events, people - events).min(axis=-1),
    )


def picked(tables: Tables) -> NDArray[np.str_]:
    """Return the method that the rule of `choose_method` picks, for tables of shape (..., k).

    Examples
    --------
    >>> many = Tables(*(np.array([x, y]) for x, y in (([1, 0], [9, 8]), ([400, 400], [20, 20])) * 2))
    >>> picked(many).tolist()
    ['PETO', 'IV']
    """
    return _rule(look_at(tables), tables.ai.shape[-1])


def _rule(seen: Seen, k: int) -> NDArray[np.str_]:
    moderate = (seen.crude_or >= 1 / LARGE_OR) & (seen.crude_or <= LARGE_OR)
    rules = {
        "NONE": (seen.informative == 0) | (k < 2),
        "IV": (seen.zero_cells == 0) & (seen.fewest >= FEW_EVENTS),
        "PETO": (seen.event_rate < PETO_RATE) & (seen.imbalance <= UNBALANCED) & moderate,
        "MH": (seen.event_rate < RARE_RATE) | (seen.informative < FEW_STUDIES),
    }
    return np.select(list(rules.values()), list(rules), "GLMM")


def _reason(method: str, seen: Seen, k: int) -> str:
    """Say in words why the rule picks this method."""
    rate = f"event rate {100 * seen.event_rate:.2g} %"
    cells = f"{seen.zero_cells} of {k} studies with a zero cell"
    if method == "NONE":
        what = "one study" if k < 2 else "no events, or only events, in every study"
        return f"No pooling: {what}. Show each study with its exact intervals."
    if method == "IV":
        return (
            f"Inverse variance: no zero cell, and at least {seen.fewest:g} events (or people without) in"
            f" every study ({rate})."
        )
    if method == "PETO":
        return (
            f"Peto: {rate} (below {100 * PETO_RATE:g} %), {cells}, groups at most {seen.imbalance:.2g} to 1, "
            f"crude odds ratio {seen.crude_or:.2g}."
        )
    if method == "MH":
        return (
            f"Mantel-Haenszel without correction: {rate}, {cells}, {seen.informative} studies with events"
            f"{_why_not_peto(seen)}."
        )
    return (
        f"GLMM: {cells} although events are not rare ({rate}); {seen.informative} studies are enough to"
        " estimate their variation."
    )


def _why_not_peto(seen: Seen) -> str:
    """Say, where events are rare enough for it, what else Peto's method does not suit."""
    if seen.event_rate >= PETO_RATE:
        return ""
    unfit = "groups unbalanced" if seen.imbalance > UNBALANCED else "the effect large"
    return f" (Peto is unsuited: {unfit}, {seen.imbalance:.2g} to 1, crude odds ratio {seen.crude_or:.2g})"
