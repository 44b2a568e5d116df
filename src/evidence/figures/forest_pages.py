"""The pages of a forest plot that has too many rows for one slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evidence.figures.forest_draw import heaviest
from evidence.figures.forest_rows import Row
from evidence.figures.slides import Leafing, check_page, divided


@dataclass(frozen=True, slots=True)
class Leaf(Leafing):
    """One page: its rows, those of every page, and the weight that the largest square stands for."""

    rows: tuple[Row, ...] = ()
    every: tuple[tuple[Row, ...], ...] = ()
    heaviest: float = np.nan

    @property
    def all_rows(self) -> list[Row]:
        """The rows of all pages: they share the widths of their columns."""
        return [row for rows in self.every for row in rows]


def whole(rows: Sequence[Row]) -> Leaf:
    """Return all rows as the only page."""
    return Leaf(1, 1, tuple(rows), (tuple(rows),))


def leaf(rows: Sequence[Row], page: int | None) -> Leaf:
    """Return the rows of a page, all of them where none was asked for.

    Groups stay together where a page holds them. The pooled result closes the studies; if rows that were not
    pooled follow on further pages, the last one repeats it.

    Raises
    ------
    InputError
        If there is no such page.
    """
    if page is None:
        return whole(rows)
    pages = [tuple(each) for each in divided(_blocks(rows), again=_continued)]
    check_page(page, len(pages))
    if len(pages) == 1:
        return whole(rows)
    result = _result(rows)
    if result and not any(row in result for row in pages[-1]):
        pages[-1] = (*result, *pages[-1])
    return Leaf(page, len(pages), pages[page - 1], tuple(pages), heaviest(rows))


def _result(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row.kind == "prediction" or (row.kind == "pooled" and row.overall)]


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """Return rows that belong together: a group with what follows it, each study without one, the result."""
    blocks: list[list[Row]] = []
    grouped = False
    for row in rows:
        ends = row.kind == "pooled" and row.overall
        if row.kind == "group" or ends:
            grouped = True
            blocks.append([row])
        elif grouped:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _continued(heading: Row) -> Row | None:
    """Return the heading of a group that goes on, None for a row that is no heading."""
    if heading.kind != "group":
        return None
    return replace(heading, label=f"{heading.label} (cont.)")
