"""The fragility index of a meta-analysis: how few people, had they fared otherwise, would turn it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import not_negative, option
from evidence.effects.effects import Effects
from evidence.effects.measures import DEFAULT_ADD, MEASURES
from evidence.errors import InputError, OptionError
from evidence.robustness.event_changes import IntArray, Trials, ball_size, bound
from evidence.robustness.fragility_input import Counts, two_group_counts
from evidence.robustness.fragility_result import Fragility
from evidence.robustness.reported import significance_level
from evidence.synthesis.counts import two_groups
from evidence.synthesis.many import MANY_TESTS
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.tau2 import METHODS

KINDS = ("OR", "RR", "RD", "AS", "PETO")
MOST_FITS = 20_000
_DIGITS = 12  # to which limits are compared: a tie must not hang on rounding


def fragility(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    ai: ArrayLike | None = None,
    n1i: ArrayLike | None = None,
    ci: ArrayLike | None = None,
    n2i: ArrayLike | None = None,
    measure: str | None = None,
    method: str = "REML",
    test: str = "adhoc",
    alpha: float = 0.05,
    add: float = DEFAULT_ADD,
    most_fits: int = MOST_FITS,
) -> Fragility:
    """Count the people whose event status must change for the pooled result to gain or lose significance.

    A significant result is turned into one that is not; a result that is not significant into one that is, on
    the side that takes fewer people.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        With counts of both groups: columns `events_1 total_1 events_2 total_2`, or `ai n1i ci n2i`.
    ai, n1i, ci, n2i : array_like, shape (k,), optional
        Events and people of the first and of the second group, in place of `effects`.
    measure : {"OR", "RR", "RD", "AS", "PETO"}, optional
        By default that of the effects, else "OR". "PETO" with ``method="EE"`` is Peto's method.
    method, test : str
        As of `evidence.synthesis.many.pool_many`.
    alpha : float
        Two-sided level of significance.
    add : float
        Added to every cell of tables with a zero cell; AS needs none.
    most_fits : int
        How many meta-analyses may be fitted to prove that fewer people do not suffice; 0 for no such proof.

    Returns
    -------
    Fragility

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two studies.
    InputError
        If there are no counts (a continuous outcome has no event status to change), or they are impossible.
    OptionError
        If an option does not exist.

    Notes
    -----
    Atal et al. (2019, J Clin Epidemiol 111:32). Step by step, of all changes of one person in one group of
    one study, the change is made that brings the confidence limit that faces no effect furthest towards its
    goal. A walk of best steps need not be the shortest: all sets of fewer changes are fitted as far as
    `most_fits` allows, a shorter one is taken where there is one, and `at_least` says how far the proof goes.
    The quotient is the index over all people. A small index goes with a p value near alpha; neither says how
    large or how certain an effect is.

    Examples
    --------
    >>> found = fragility(ai=[2, 4, 1], n1i=[40, 60, 30], ci=[9, 12, 7], n2i=[40, 60, 30], test="z")
    >>> found.significant, found.index, found.at_least
    (True, 5, 5)
    """
    given = two_group_counts(effects, ai=ai, n1i=n1i, ci=ci, n2i=n2i)
    measure = _measure(measure, given)
    _check(measure, method, test, alpha, add, most_fits)
    tables = two_groups(given.ai, given.n1i, given.ci, given.n2i, least=2)
    events, people = (
        np.column_stack(pair).astype(np.int64) for pair in ((tables.ai, tables.ci), (tables.n1i, tables.n2i))
    )
    trials = Trials(events, people, measure, method, test, float(alpha), float(add))
    as_it_stands = np.zeros((1, *events.shape), dtype=np.int64)
    _refuse_gaps(trials, as_it_stands, given.labels)
    before = trials.fits(as_it_stands)
    side = float(np.sign(before.estimate[0])) or 1.0
    significant = bool(before.p[0] < alpha)
    goals = [(side, False)] if significant else [(side, True), (-side, True)]
    walks = [walk for goal in goals if (walk := _walk(trials, *goal)) is not None]
    path = min(walks, key=len, default=None)
    path, at_least = _proven(trials, path, side if significant else None, most_fits)
    stages = np.cumsum([np.zeros_like(events), *(path or [])], axis=0)
    fits = trials.fits(stages)
    return Fragility(
        index=None if path is None else len(path),
        at_least=at_least,
        people=int(people.sum()),
        significant=significant,
        stages=stages + events,
        totals=people,
        labels=given.labels,
        **{name: getattr(fits, name) for name in ("estimate", "ci_low", "ci_high", "p")},
        k=tables.k,
        measure=measure,
        method=method,
        test=test,
        alpha=float(alpha),
        add=float(add),
        scale=MEASURES[measure].scale,
        notes=_notes(given, trials, path, at_least),
    )


def _measure(measure: str | None, given: Counts) -> str:
    if measure is None:
        measure = given.measure if given.measure in KINDS else "OR"
    return str(option("measure", measure, KINDS))


def _check(measure: str, method: str, test: str, alpha: Any, add: Any, most_fits: Any) -> None:
    option("method", method, METHODS)
    option("test", test, MANY_TESTS)
    if test == "KR" and method != "REML":
        raise OptionError(f"test='KR' is made for method='REML', not method={method!r}.")
    significance_level(alpha)
    not_negative("add", add)
    if MEASURES[measure].correct is None and add != DEFAULT_ADD:
        raise OptionError(f"Measure {measure!r} takes no continuity correction; leave out add={add!r}.")
    if isinstance(most_fits, bool) or not isinstance(most_fits, int) or most_fits < 0:
        raise InputError(f"most_fits={most_fits!r} must be a whole number, 0 or more.")


def _refuse_gaps(trials: Trials, as_it_stands: IntArray, labels: tuple[str, ...]) -> None:
    yi, vi = trials.estimates(as_it_stands)
    gaps = np.flatnonzero(~(np.isfinite(yi[0]) & np.isfinite(vi[0]) & (vi[0] > 0)))
    if gaps.size:
        raise InputError(
            f"{labels[gaps[0]]} has no {trials.measure} with add={trials.add:g}: a group has no event, or"
            " only events. Choose add=0.5, or measure='AS'."
        )


def _walk(trials: Trials, side: float, gain: bool) -> list[IntArray] | None:
    """Best single changes until significance on a side is gained (or lost); None where they lead nowhere."""
    shift = np.zeros_like(trials.events)
    sign = 1.0 if gain else -1.0
    now = sign * float(bound(trials.fits(shift[None]), side)[0])
    path: list[IntArray] = []
    while now <= 0 if gain else now < 0:
        states = trials.single(shift)
        reached = np.round(sign * bound(trials.fits(states), side), _DIGITS)
        best = int(np.argmax(reached))
        if not reached[best] > now:
            return None
        path.append(states[best] - shift)
        shift, now = states[best], float(reached[best])
    return _ordered(shift) if len(path) > np.abs(shift).sum() else path


def _ordered(shift: IntArray) -> list[IntArray]:
    """Changes of one person each that lead to a state, study by study."""
    steps = []
    for study, group in np.argwhere(shift != 0):
        one = np.zeros_like(shift)
        one[study, group] = np.sign(shift[study, group])
        steps += [one] * int(abs(shift[study, group]))
    return steps


def _proven(
    trials: Trials, path: list[IntArray] | None, side: float | None, most_fits: int
) -> tuple[list[IntArray] | None, int]:
    """The shortest way known and the number of changes below which there is none.

    `side` is that of a significant result, None for a result that is not significant.
    """
    radius, most = 0, math.inf if path is None else len(path) - 1
    limit = min(most, int(trials.people.sum()))
    while radius < limit and ball_size(trials.events.size, radius + 1) <= most_fits:
        radius += 1
    if not radius:
        return path, 1
    states = trials.ball(radius)
    fits = trials.fits(states)
    turned = fits.p < trials.alpha if side is None else ~(bound(fits, side) > 0)
    if not turned.any():
        return path, radius + 1
    changed = np.abs(states).sum(axis=(1, 2))
    least = changed[turned].min()
    among = np.flatnonzero(turned & (changed == least))
    p = np.round(fits.p[among], _DIGITS)
    best = among[np.argmin(p) if side is None else np.argmax(p)]
    return _ordered(states[best]), int(least)


def _notes(given: Counts, trials: Trials, path: list[IntArray] | None, at_least: int) -> tuple[str, ...]:
    parts = list(given.notes(trials))
    if path is None:
        parts.append(
            "steps of one person lead to no result on the other side of alpha, so that there is no index"
        )
    elif at_least < len(path):
        parts.append(
            f"{len(path)} is what the best single steps need; fewer than {at_least} do not suffice, but"
            f" {at_least} to {len(path) - 1} were not all tried (see most_fits)"
        )
    return tuple(parts)
