"""Remember what takes long to compute from the tables, as long as the tables stay the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import pandas as pd

from evidence.review import Review
from evidence.tables.load import Tables

Found = TypeVar("Found")
Content = tuple[object, ...]
_HELD: ContextVar[tuple[Review, Content] | None] = ContextVar("held", default=None)


def remembered(compute: Callable[..., Found]) -> Callable[..., Found]:
    """Let a function of the review give its result again for tables that hold the same.

    Tables can be changed in place, so that what they hold is compared, not which review it is. What else the
    function is given must be hashable; results for older tables are forgotten.
    """
    last: dict[object, dict[tuple[object, ...], Found]] = {}

    @functools.wraps(compute)
    def known(review: Review, *others: object) -> Found:
        now = _content(review)
        if now not in last:
            last.clear()
            last[now] = {}
        if others not in last[now]:
            last[now][others] = compute(review, *others)
        return last[now][others]

    return known


@contextmanager
def unchanged(review: Review) -> Iterator[None]:
    """Take the tables for the same until the block ends, and compare them once."""
    before = _HELD.set((review, _content(review)))
    try:
        yield
    finally:
        _HELD.reset(before)


def _content(review: Review) -> Content:
    """Return a fingerprint of every table, made in some dozens of milliseconds."""
    held = _HELD.get()
    if held is not None and held[0] is review:
        return held[1]
    tables = {name: getattr(review, name) for name in Tables.__slots__}
    return tuple(
        (name, tuple(table.columns), pd.util.hash_pandas_object(table).to_numpy().tobytes())
        if isinstance(table, pd.DataFrame)
        else (name, str(table))
        for name, table in tables.items()
    )
