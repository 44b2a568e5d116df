"""Rows of meta-analyses that were fitted again, the last of them that of all studies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evidence.effects.effects import Effects
from evidence.figures.forest_axis import axis, robust_limits
from evidence.figures.forest_rows import Row
from evidence.figures.row_page import Table
from evidence.figures.text import number, printable
from evidence.robustness.deletion import Fit


def refit_table(
    fits: Sequence[tuple[str, Fit]],
    source: Effects,
    *,
    heading: str,
    level: float,
    favours: tuple[str, str] | None,
    strong: Sequence[bool] = (),
    extra: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> Table:
    """Lay out one row a fit, with its label; the last is the diamond, and its interval the band behind all.

    `heading` stands over the labels; `extra` are further columns: a heading and the cells of every row.
    """
    units = axis(source.scale, source.measure, None)
    kinds = [*(["study"] * (len(fits) - 1)), "pooled"]
    rows = tuple(
        Row(
            kind,
            printable(label),
            yi=fit.estimate,
            low=fit.ci_low,
            high=fit.ci_high,
            weight=1.0,
            overall=kind == "pooled",
        )
        for kind, (label, fit) in zip(kinds, fits, strict=True)
    )
    point, low, high = units.drawn([[row.yi, row.low, row.high] for row in rows]).T
    columns = [
        (
            f"{units.short} ({100 * level:g} % CI)",
            [units.estimate(row.yi, row.low, row.high) for row in rows],
        ),
        ("tau²", [_small(fit.tau2) for _, fit in fits]),
        ("I², %", [number(fit.i2, 0) for _, fit in fits]),
        *extra,
    ]
    return Table(
        rows=rows,
        headings=(heading, *(each for each, _ in columns)),
        columns=tuple(tuple(cells) for _, cells in columns),
        units=units,
        limits=robust_limits(point, low, high, [low[-1], high[-1]], [], null=units.null),
        xlabel=units.long,
        favours=("", "") if units.percent else source.favours if favours is None else favours,
        strong=tuple(strong),
        band=(float(low[-1]), float(high[-1])),
    )


def _small(value: float) -> str:
    """Write tau2 with two decimals, or with two digits where it is small."""
    if value == 0:
        return "0"
    return number(value, int(np.clip(1 - np.floor(np.log10(value)), 2, 4)))


def refit_words(table: Table) -> str:
    """Write the estimate of every row."""
    return "; ".join(f"{row.label} {words}" for row, words in zip(table.rows, table.columns[0], strict=True))
