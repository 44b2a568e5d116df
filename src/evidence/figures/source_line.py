"""The line at the foot of every figure: where its numbers come from, its licence, what it is not for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from evidence.figures.remember import remembered
from evidence.figures.style import BRIEF_DISCLAIMER, DISCLAIMER, DRAWN_FOR, FRAME, preset
from evidence.review import Review
from evidence.tables.prisma import prisma

LICENCE = "CC BY 4.0"
_SEARCHES = ("database_results", "register_results", "website_results", "records_screened")
_CITED: ContextVar[str] = ContextVar("cited", default="")


def ending(source: str | None) -> str:
    """Return the words at the foot: the source a figure was given, else the review it is drawn from.

    Examples
    --------
    >>> ending("Trials to 2025.")[:35]
    'Trials to 2025. Not medical advice.'
    """
    if FRAME.get() is not None:
        return ""
    named = source or _CITED.get()
    said = BRIEF_DISCLAIMER if preset(DRAWN_FOR.get()).aspect else DISCLAIMER
    return f"{named.rstrip('. ')}. {said}" if named else said


def version(review: Review) -> str:
    """Return the version of the tables and its day.

    Examples
    --------
    >>> import evidence as ev
    >>> version(ev.load()).split()[0]
    'Tables'
    """
    log = review.changelog
    if log.empty:
        return "Tables without a version"
    last = log.iloc[-1]
    return f"Tables {last['version']}, {last['date']}"


@remembered
def review_source(review: Review) -> str:
    """Return version and day of the tables, whether the search is on record, and the licence."""
    counts = prisma(review)
    boxes = [counts.get(key) for key in _SEARCHES]
    searched = any(box is not None and box.n is not None for box in boxes)
    search = "search: see the PRISMA diagram" if searched else "no search on record"
    return f"{version(review)}; {search}; {LICENCE}"


@contextmanager
def citing(source: str) -> Iterator[None]:
    """Let figures drawn inside name `source`, unless they are given another."""
    before = _CITED.set(source)
    try:
        yield
    finally:
        _CITED.reset(before)


def cited(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that draws from a review name the tables it drew from."""

    @functools.wraps(draw, assigned=("__doc__",))
    def drawn(review: Review, *args: Any, **options: Any) -> Any:
        with citing(review_source(review)):
            return draw(review, *args, **options)

    return drawn
