"""Changes of event status, person by person, and the pooled results after many of them, in one call."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.effects.binary import COLUMNS
from evidence.effects.measures import MEASURES
from evidence.synthesis.many import Many, pool_many

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Counts of a meta-analysis and how it is pooled.

    Attributes
    ----------
    events, people : array of int, shape (k, 2)
        Of the first and the second group.
    measure, method, test : str
    alpha, add : float
    """

    events: IntArray
    people: IntArray
    measure: str
    method: str
    test: str
    alpha: float
    add: float

    def estimates(self, shifts: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return yi and vi, shape (m, k), after changes of the numbers of events, shape (m, k, 2).

        Where a study has no estimate (a ratio of no events without correction) they are not finite, or 0.
        """
        events = (self.events + shifts).astype(float)
        people = np.broadcast_to(self.people, events.shape).astype(float)
        values = (events[..., 0], people[..., 0], events[..., 1], people[..., 1])
        columns = dict(zip(COLUMNS, values, strict=True))
        chosen = MEASURES[self.measure]
        if chosen.correct is not None:
            columns = chosen.correct(columns, self.add, "only0")
        with np.errstate(all="ignore"):
            return chosen.function(*(columns[name] for name in COLUMNS))

    def fits(self, shifts: IntArray) -> Many:
        """Pool after changes of the numbers of events, shape (m, k, 2), all in one call."""
        yi, vi = self.estimates(shifts)
        return pool_many(yi, vi, method=self.method, test=self.test, level=1 - self.alpha)

    def single(self, shift: IntArray) -> IntArray:
        """Return every state that is one person away, shape (m, k, 2)."""
        size = shift.size
        steps = np.concatenate([np.eye(size, dtype=np.int64), -np.eye(size, dtype=np.int64)])
        states = shift + steps.reshape(-1, *shift.shape)
        events = self.events + states
        return self._with_estimates(states[((events >= 0) & (events <= self.people)).all(axis=(1, 2))])

    def ball(self, radius: int) -> IntArray:
        """Return every state that up to `radius` changed people lead to, shape (m, k, 2)."""
        events, people = self.events.ravel(), self.people.ravel()
        found, left = np.zeros((1, 0), dtype=np.int64), np.full(1, radius)
        moves = np.arange(-radius, radius + 1)
        for cell in range(events.size):
            here = moves[(events[cell] + moves >= 0) & (events[cell] + moves <= people[cell])]
            row, move = np.nonzero(np.abs(here) <= left[:, None])
            found = np.column_stack([found[row], here[move]])
            left = left[row] - np.abs(here[move])
        return self._with_estimates(found.reshape(-1, *self.events.shape))

    def _with_estimates(self, shifts: IntArray) -> IntArray:
        yi, vi = self.estimates(shifts)
        return shifts[(np.isfinite(yi) & np.isfinite(vi) & (vi > 0)).all(axis=1)]


def ball_size(cells: int, radius: int) -> int:
    """Return how many states up to `radius` changes of `cells` counts lead to, where no count runs out.

    Examples
    --------
    >>> ball_size(2, 1), ball_size(10, 3)
    (5, 1561)
    """
    return sum(2**i * math.comb(cells, i) * math.comb(radius, i) for i in range(min(cells, radius) + 1))


def bound(fits: Many, side: float) -> FloatArray:
    """Confidence limit that faces no effect, seen from a side (1 above, -1 below): above 0 if significant."""
    return fits.ci_low if side > 0 else -fits.ci_high
