"""How a figure with many rows becomes several slides."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from evidence.errors import InputError
from evidence.figures.figure import EvidenceFigure
from evidence.figures.style import FRAME, Preset, preset

MOST_ROWS = 12
FEWEST_ROWS = 1
_ROOMIER = 1.022  # a step of `shaped`; type of 18.4 points is 18 then
T = TypeVar("T")


@dataclass(slots=True)
class _Turning:
    """How many rows a page takes, which page is drawn, and how many rows the figure turned out to have."""

    most: int = MOST_ROWS
    page: int | None = None
    rows: int = 0


_NOW: ContextVar[_Turning | None] = ContextVar("turning", default=None)


@dataclass(frozen=True, slots=True)
class Leafing:
    """Which page of how many, and how that is said.

    Attributes
    ----------
    page, count : int
    """

    page: int
    count: int

    def subtitle(self, text: str) -> str:
        """Say in the subtitle that there are several pages; around a frame the slide's own words do.

        Examples
        --------
        >>> Leafing(2, 3).subtitle("7 arms found"), Leafing(1, 3).subtitle(""), Leafing(1, 1).subtitle("a")
        ('7 arms found (continued, 2 of 3)', '1 of 3', 'a')
        """
        if self.count == 1 or FRAME.get() is not None:
            return text
        words = f"continued, {self.page} of {self.count}" if self.page > 1 else f"1 of {self.count}"
        return f"{text.rstrip('.')} ({words})" if text else words[0].upper() + words[1:]

    def name(self, name: str) -> str:
        """Number the name of a figure with several pages."""
        return name if self.count == 1 else f"{name}-{self.page}"

    def alt(self, text: str) -> str:
        """Say the page at the start of an alternative text."""
        return text if self.count == 1 else f"Page {self.page} of {self.count}. {text}"


def divided(
    blocks: Sequence[Sequence[T]],
    *,
    most: int | None = None,
    again: Callable[[T], T | None] = lambda _row: None,
) -> list[list[T]]:
    """Spread blocks of rows evenly over as few pages as hold them.

    A page takes `most` rows, by default twelve, or as many as `pages` found room for. A block stays whole
    where a page can hold it. A longer one is cut, and where `again` makes a heading of
    its first row, that opens each further page.

    Examples
    --------
    >>> divided([[1, 2, 3], [4, 5], [6]], most=4)
    [[1, 2, 3], [4, 5, 6]]
    >>> [len(page) for page in divided([[i] for i in range(13)])]
    [7, 6]
    """
    now = _NOW.get() or _Turning()
    now.rows = sum(len(block) for block in blocks)
    most = now.most if most is None else most
    cut = [piece for block in blocks for piece in _pieces(list(block), most, again)]
    fewest = len(_filled(cut, most))
    longest = max((len(piece) for piece in cut), default=1)
    for room in range(longest, most + 1):
        pages = _filled(cut, room)
        if len(pages) == fewest:
            return pages
    return _filled(cut, most)


def _pieces(block: list[T], most: int, again: Callable[[T], T | None]) -> list[list[T]]:
    heading = again(block[0]) if len(block) > most else None
    if len(block) <= most:
        return [block]
    first, rest = ([], block) if heading is None else (block[:1], block[1:])
    room = most - len(first)
    size = math.ceil(len(rest) / math.ceil(len(rest) / room))
    openings = [first, *([[]] if heading is None else [[heading]]) * len(rest)]
    starts = range(0, len(rest), size)
    return [[*opening, *rest[start : start + size]] for opening, start in zip(openings, starts, strict=False)]


def _filled(blocks: Sequence[list[T]], most: int) -> list[list[T]]:
    pages: list[list[T]] = [[]]
    for block in blocks:
        if pages[-1] and len(pages[-1]) + len(block) > most:
            pages.append([])
        pages[-1].extend(block)
    return pages


def check_page(page: int, count: int) -> None:
    """Refuse a page that does not exist.

    Raises
    ------
    InputError
    """
    if isinstance(page, bool) or not isinstance(page, int) or not 1 <= page <= count:
        known = "has one page" if count == 1 else f"has pages 1 to {count}"
        raise InputError(f"page={page!r}: the figure {known}.")


def asked(page: int | None) -> int | None:
    """Return the page that is asked for, by the caller or by `pages`; None where all rows are."""
    now = _NOW.get()
    return page if page is not None or now is None else now.page


def turned(blocks: Sequence[Sequence[T]], page: int | None) -> tuple[Leafing, list[T]]:
    """Return the rows of a page, all of them where none was asked for.

    Raises
    ------
    InputError
        If there is no such page.

    Examples
    --------
    >>> leaf, rows = turned([[i] for i in range(20)], 2)
    >>> leaf.count, rows[0], len(turned([[i] for i in range(20)], None)[1])
    (2, 10, 20)
    """
    page = asked(page)
    if page is None:
        return Leafing(1, 1), [row for block in blocks for row in block]
    found = divided(blocks)
    check_page(page, len(found))
    return Leafing(page, len(found)), found[page - 1]


def pages(draw: Callable[..., EvidenceFigure], *args: Any, **options: Any) -> list[EvidenceFigure]:
    """Draw a figure as slides of at most twelve rows; a figure that fits one stays one.

    Fewer rows stand on a slide where twelve would need smaller type than the preset's.

    Parameters
    ----------
    draw : callable
        A figure that takes `page`, such as `forest`.
    *args, **options
        What it is called with; `preset` is "slide" unless given.

    Returns
    -------
    list of EvidenceFigure

    Examples
    --------
    >>> import pandas as pd
    >>> from evidence.effects.effects import Effects
    >>> from evidence.figures.forest import forest
    >>> many = Effects(pd.DataFrame({"yi": [0.1 * i for i in range(20)], "vi": [0.04] * 20}))
    >>> [figure.name for figure in pages(forest, many)]
    ['forest-1', 'forest-2']
    """
    options = {"preset": "slide"} | options
    style = preset(options["preset"])
    found, now = _pages(draw, args, options, MOST_ROWS)
    while now.rows and now.most > FEWEST_ROWS and (over := _beyond(found, style)) > 1:
        each = min(now.most, math.ceil(now.rows / len(found)))
        fewer, now = _pages(draw, args, options, max(FEWEST_ROWS, min(each - 1, int(each / over))))
        if len(fewer) > len(found) and _beyond(fewer, style) > 0.995 * over:
            break  # what is too wide is not the number of rows
        if _beyond(fewer, style) < 0.985 * over or _beyond(fewer, style) <= 1:
            found = fewer
    return found


def _beyond(found: Sequence[EvidenceFigure], style: Preset) -> float:
    """How many times larger the largest page is than one on which the type keeps at least 18 points."""
    return max(page.get_figwidth() for page in found) / (_ROOMIER * style.width) if style.aspect else 0.0


def _pages(
    draw: Callable[..., EvidenceFigure], args: Sequence[Any], options: Mapping[str, Any], most: int
) -> tuple[list[EvidenceFigure], _Turning]:
    """Draw all pages of at most so many rows."""
    now = _Turning(most, 1)
    before = _NOW.set(now)
    try:
        first = draw(*args, page=1, **options)
        found = [first]
        for now.page in range(2, first.pages + 1):
            found.append(draw(*args, page=now.page, **options))
    finally:
        _NOW.reset(before)
    return found, now


@contextmanager
def turning(page: int) -> Iterator[None]:
    """Let a figure drawn inside draw this page, where it takes `page` and was not given one."""
    outer = _NOW.get() or _Turning()
    now = _Turning(outer.most, page)
    before = _NOW.set(now)
    try:
        yield
    finally:
        _NOW.reset(before)
        outer.rows = now.rows
