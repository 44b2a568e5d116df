"""What is known of an effect measure besides its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evidence.arguments import FloatArray
from evidence.effects.checks import Columns, Need


@dataclass(frozen=True, slots=True)
class Measure:
    """An effect measure.

    Attributes
    ----------
    code : str
        As metafor writes it.
    name : str
        In words, for labels.
    scale : str
        Scale of yi: "identity", "log", "logit" or "arcsine".
    columns : tuple of str
        What `escalc` needs.
    vtypes : tuple of str
        Kinds of sampling variance it has; "LS" (large sample) is the default.
    function : callable
        Takes one array a column, returns yi and vi.
    source : str
        Where the formula comes from.
    needs : tuple of Need
        What must hold in every study.
    correct : callable or None
        Adds the continuity correction; None where a measure takes none.
    standardised : bool
        True if yi counts standard deviations.
    """

    code: str
    name: str
    scale: str
    columns: tuple[str, ...]
    function: Callable[..., tuple[FloatArray, FloatArray]]
    source: str
    needs: tuple[Need, ...]
    vtypes: tuple[str, ...] = ("LS",)
    correct: Callable[[Columns, float, str], Columns] | None = None
    standardised: bool = False
