"""What methods that draw at random share: one seed for all, and how they tell their progress."""

from __future__ import annotations

from collections.abc import Callable

from evidence.arguments import progress_of, whole_number

SEED = 1  # of draws whose seed is left open, so that a result is the same on every run

Progress = Callable[[int, int], object]  # takes what is done and what there is to do


def seeded(seed: int | None) -> int:
    """Return the seed, checked; `SEED` where it is left open."""
    return SEED if seed is None else whole_number("seed", seed, 0)


class Tally:
    """What is done of a total; tells `progress`, if there is one, whenever it grows."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress_of(progress), total, 0

    def add(self, n: int) -> None:
        """Count n more."""
        self._done += n
        if self._progress is not None:
            self._progress(self._done, self._total)
