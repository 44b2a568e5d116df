"""What analyses that fit a model again say in words: the model, and what hangs on a single study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.effects import Effects
from evidence.effects.scale import scale as named_scale
from evidence.robustness.deletion import Fit, Nested
from evidence.synthesis.many import Many
from evidence.synthesis.pool_words import method_sentence

SINGLY = "rows of the same study were left out one by one; the others of that study stayed"


def model_sentence(k: int, method: str, test: str, level: float) -> str:
    """Write the model that was fitted each time."""
    words = method_sentence(
        k=k, method=method, test=test, level=level, prediction="none", tau2_interval="none"
    )
    return words.replace("; no prediction interval", "")


def unit_words(by: str, source: Effects) -> str:
    """Name what is left out or added: a study, with all its rows where a study has several, or a row."""
    if by == "row":
        return "row"
    repeated = source.included["study_id"].astype(str).duplicated().any()
    return "study with all its rows" if repeated else "study"


def excludes_null(fits: Many | Fit) -> FloatArray:
    """Tell whether an interval excludes an effect of 0."""
    return (np.asarray(fits.ci_low) > 0) | (np.asarray(fits.ci_high) < 0)


def listed(names: Sequence[str]) -> str:
    """Write names as a list.

    Examples
    --------
    >>> listed(["A"]), listed(["A", "B", "C"])
    ('A', 'A, B or C')
    """
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def deletion_notes(given: Nested, whole: Fit, without: Many) -> tuple[str, ...]:
    """Say which study moves the estimate most, and whether the finding of an effect hangs on one.

    The finding is whether the confidence interval excludes no effect; proportions have none.
    """
    notes = [_largest_move(given, whole, without)]
    if np.isfinite(named_scale(given.source.scale).null):
        notes += _findings(given, whole, without)
    if given.by == "row" and given.repeated:
        notes.append(SINGLY)
    return tuple(notes)


def _largest_move(given: Nested, whole: Fit, without: Many) -> str:
    most = int(np.abs(without.estimate - whole.estimate).argmax())
    back = named_scale(given.source.scale).back
    start, end = float(back(whole.estimate)), float(back(without.estimate[most]))
    return f"the estimate moves most, from {start:.3g} to {end:.3g}, without {given.labels[most]}"


def _findings(given: Nested, whole: Fit, without: Many) -> list[str]:
    found = bool(excludes_null(whole))
    others = np.flatnonzero(excludes_null(without) != found)
    says, otherwise = ("excludes", "includes") if found else ("includes", "excludes")
    interval = f"{100 * given.level:g} % confidence interval"
    notes = [f"the {interval} {says} no effect, whichever is left out"]
    if others.size:
        names = listed([given.labels[i] for i in others])
        notes = [f"the {interval} of all {says} no effect, but {otherwise} it without {names}"]
    turned = np.flatnonzero(without.estimate * whole.estimate < 0)
    if turned.size:
        notes.append(f"the estimate changes its sign without {listed([given.labels[i] for i in turned])}")
    return notes
