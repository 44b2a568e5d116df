"""Where the labels of bubbles stand: beside their own, away from each other, all bubbles and the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evidence.arguments import FloatArray
from evidence.figures.text import text_width

_DIRECTIONS = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)], dtype=float)
_GAPS = (0.3, 0.9, 1.6)  # ems between a bubble and its label; beyond the first a line leads there
_NEARER = 2.0  # times as near to its own bubble as to any other is a label without such a line


@dataclass(frozen=True, slots=True)
class Placed:
    """A label: its study, its text, the centre of its box, and where a line to its bubble ends (or None).

    Places are inches from the lower left corner of the frame.
    """

    study: int
    text: str
    centre: tuple[float, float]
    leader: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Room:
    """What labels must keep clear of, inches.

    Bubbles at `centres` (k, 2) with `radii` (k,), the edges of the frame, and the points of `lines` (m, 2).
    """

    centres: FloatArray
    radii: FloatArray
    frame: tuple[float, float]
    lines: FloatArray

    def spot(
        self, study: int, half: FloatArray, gap: float, taken: FloatArray, *, far: bool, clear_of_lines: bool
    ) -> FloatArray | None:
        """Return the first centre around a bubble where a box of half size `half` touches nothing.

        A box that is not `far`, which no line will lead to, must also be nearest to its own bubble.
        """
        for direction in _DIRECTIONS:
            outward = direction / np.linalg.norm(direction)
            spot = self.centres[study] + outward * (self.radii[study] + gap) + direction * half
            low, high = spot - half, spot + half
            if (low < 0).any() or (high > self.frame).any():
                continue
            away = np.linalg.norm(self.centres - np.clip(self.centres, low, high), axis=1) - self.radii
            own, others = away[study], np.delete(away, study)
            if (others < (0.02 if far else max(0.02, _NEARER * own))).any():
                continue
            if clear_of_lines and ((self.lines > low) & (self.lines < high)).all(axis=1).any():
                continue
            if ((taken[:, :2] >= high) | (taken[:, 2:] <= low)).any(axis=1).all():
                return spot
        return None


def place_labels(texts: Sequence[str], room: Room, size: float) -> list[Placed]:
    """Choose a place for each label that has one, the largest bubbles first.

    A label crosses a line only where no place without is left, and is left out where there is none at all.

    Parameters
    ----------
    texts : sequence of str
        One a bubble; an empty one is not placed.
    room : Room
    size : float
        Points.

    Returns
    -------
    list of Placed

    Examples
    --------
    >>> centres = np.array([[1.0, 1.0], [1.2, 1.0]])
    >>> room = Room(centres, np.full(2, 0.1), (3, 2), np.empty((0, 2)))
    >>> [(each.text, each.centre[0] < 1, each.leader) for each in place_labels(["A", "B"], room, 10)]
    [('A', True, None), ('B', False, None)]
    """
    done: list[Placed] = []
    taken = np.empty((0, 4))
    for study in np.argsort(-room.radii, kind="stable").tolist():
        if not texts[study]:
            continue
        half = np.array([text_width(texts[study], size) / 2 + 0.02, 0.62 * size / 72])
        for clear in (True, False):
            spots = (
                room.spot(study, half, gap * size / 72, taken, far=i > 0, clear_of_lines=clear)
                for i, gap in enumerate(_GAPS)
            )
            found = next(((i, spot) for i, spot in enumerate(spots) if spot is not None), None)
            if found is not None:
                break
        if found is not None:
            i, spot = found
            end = np.clip(room.centres[study], spot - half, spot + half)
            leader = (float(end[0]), float(end[1])) if i else None
            done.append(Placed(study, texts[study], (float(spot[0]), float(spot[1])), leader))
            taken = np.vstack([taken, [*(spot - half), *(spot + half)]])
    return done
