"""Refuse studies whose numbers differ so much in size that their squares leave what a float holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import ArrayLike

from evidence.errors import InputError

LARGEST = 1e50  # squares of it, and their ratios, stay within what a float holds
_ADVICE = (
    "the numbers differ so much in size that their squares leave what a float holds; measure in units in"
    " which they are nearer to 1, and check the study with the largest."
)


@contextmanager
def within_floats(what: str) -> Iterator[None]:
    """Turn what Python and numpy say of numbers that are too large or too small into one refusal.

    Raises
    ------
    InputError
        Naming the function.
    """
    try:
        with np.errstate(all="ignore"):
            yield
    except (ZeroDivisionError, OverflowError, np.linalg.LinAlgError) as error:
        raise InputError(f"{what}: {_ADVICE}") from error


def refuse_gaps(what: str, *numbers: ArrayLike) -> None:
    """Refuse a result that holds no number where it should.

    Raises
    ------
    InputError
        Naming the function.

    Examples
    --------
    >>> refuse_gaps("pool", 0.2, [0.1, 0.3])
    """
    if not all(np.isfinite(each).all() for each in numbers):
        raise InputError(f"{what}: {_ADVICE}")
