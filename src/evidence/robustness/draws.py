"""What methods that draw at random share: whole numbers that are checked, and one seed for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from evidence.errors import InputError

SEED = 1  # of draws whose seed is left open, so that a result is the same on every run

Progress = Callable[[int, int], object]  # takes what is done and what there is to do


def whole_number(name: str, value: Any, least: int) -> int:
    """Return `value` if it is a whole number of `least` or more.

    Raises
    ------
    InputError
        Naming the value and the least.

    Examples
    --------
    >>> whole_number("draws", 1000, 100)
    1000
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name}={value!r} must be a whole number of {least:,} or more.")
    return int(value)


def seeded(seed: int | None) -> int:
    """Return the seed, checked; `SEED` where it is left open."""
    return SEED if seed is None else whole_number("seed", seed, 0)


class Tally:
    """What is done of a total; tells `progress`, if there is one, whenever it grows."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, n: int) -> None:
        """Count n more."""
        self._done += n
        if self._progress is not None:
            self._progress(self._done, self._total)
