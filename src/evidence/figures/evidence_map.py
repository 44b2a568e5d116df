"""The evidence map: for each claim, what kinds of evidence were found and how much of it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from evidence.errors import InputError, OptionError
from evidence.figures.canvas import put
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.slides import turned
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, RULE, Preset, house_style, shaped
from evidence.figures.style import preset as preset_called
from evidence.figures.text import (
    LEADING,
    Block,
    Line,
    block,
    breakable,
    counted,
    shortened,
    spoken,
    text_width,
    wrapped,
    write,
)

COLUMNS = ("claim_id", "claim", "column", "count", "usable")

_LARGEST = 2.2
_LIGHT = "#CFE3F1"


@dataclass(frozen=True, slots=True)
class Grid:
    """Counts by claim and kind of evidence, both in order of appearance; shapes (claims, kinds).

    `most` is the largest count of all pages, which the largest circle stands for.
    """

    ids: tuple[str, ...]
    claims: tuple[str, ...]
    kinds: tuple[str, ...]
    count: np.ndarray
    usable: np.ndarray
    most: int

    def only(self, places: Sequence[int]) -> Grid:
        """Return some of the claims."""
        at = list(places)
        ids, claims = (tuple(texts[i] for i in at) for texts in (self.ids, self.claims))
        return Grid(ids, claims, self.kinds, self.count[at], self.usable[at], self.most)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    preset: Preset
    width: float
    height: float
    id_width: float
    cell: float
    left: float
    top: float
    row_heights: tuple[float, ...]
    claims: tuple[tuple[str, ...], ...]
    kinds: tuple[Block, ...]
    heading: Block
    footer: Block


@house_style()
def evidence_map(
    table: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    noun: str = "records",
    source: str | None = None,
    preset: str = "web",
    name: str = "evidence_map",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw claims against kinds of evidence.

    The area of a circle is the number of records found, its dark part the number with figures that
    an analysis can use; both are printed beside it.

    Parameters
    ----------
    table : DataFrame
        One row a claim and kind of evidence, columns claim_id, claim (its wording), column (the kind
        of evidence), count and usable. Claims and kinds keep the order in which they first appear;
        a pair without a row counts as none.
    title, subtitle : str, optional
    noun : str
        What is counted, in the plural.
    source : str, optional
        Added to the line at the foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        Draw this page of a figure spread over several slides; default all on one.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    OptionError
        If a column is missing.
    InputError
        If the table is empty, a pair stands twice, or a count is not a whole number with
        0 <= usable <= count.

    Examples
    --------
    >>> rows = [("C1", "It works", "randomised", 36, 7), ("C1", "It works", "reviews", 0, 0)]
    >>> figure = evidence_map(pd.DataFrame(rows, columns=list(COLUMNS)))
    >>> print(figure.alt)
    Evidence map of 1 claim by 2 kinds of evidence: 36 records, 7 with usable numbers.
    >>> figure.fingerprint()["axes"][0]["texts"]
    ['7 of 36', 'none']
    """
    every = _grid(table)
    leaf, shown = turned([[i] for i in range(len(every.ids))], page)
    grid = every.only(shown)
    subtitle = leaf.subtitle(subtitle or "")
    style = preset_called(preset)
    key = f"Area: number of {noun}. Dark part and first number: those with figures an analysis can use."
    sheet = _sheet(grid, style, title or "", subtitle, key, ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(_alt(every, noun)), ALT_LENGTH),
        long_alt=_long_alt(grid, noun, title or ""),
        caption=f"{key} {_alt(every, noun)}",
        dpi=style.dpi,
    )
    _words(figure, sheet, grid)
    _circles(figure, sheet, grid)
    figure.pages = leaf.count
    return figure


def _grid(table: pd.DataFrame) -> Grid:
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise OptionError(f"table has no column {', '.join(missing)}; it needs {', '.join(COLUMNS)}.")
    if table.empty:
        raise InputError("table has no rows; an evidence map needs at least one claim.")
    for row in table.to_dict("records"):
        _check(row)
    pairs = table[["claim_id", "column"]].astype(str)
    if pairs.duplicated().any():
        claim, kind = pairs.loc[pairs.duplicated()].iloc[0]
        raise InputError(f"table holds claim {claim!r} with column {kind!r} twice; each pair needs one row.")
    wording = dict(zip(pairs["claim_id"], table["claim"].astype(str), strict=True))
    kinds = list(dict.fromkeys(pairs["column"]))
    counts = np.zeros((2, len(wording), len(kinds)), dtype=int)
    at = (
        [list(wording).index(claim) for claim in pairs["claim_id"]],
        [kinds.index(kind) for kind in pairs["column"]],
    )
    counts[0][at], counts[1][at] = table["count"], table["usable"]
    most = max(int(counts[0].max()), 1)
    return Grid(tuple(wording), tuple(wording.values()), tuple(kinds), counts[0], counts[1], most)


def _check(row: dict[str, object]) -> None:
    where = f"claim {row['claim_id']!r}, column {row['column']!r}"
    for name in ("count", "usable"):
        value = row[name]
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not np.isfinite(float(value)) or float(value) != int(value) or value < 0:
            raise InputError(f"{where}: {name}={value!r} must be a whole number of 0 or more.")
    if row["usable"] > row["count"]:
        raise InputError(f"{where}: usable={row['usable']} exceeds count={row['count']}.")


def _sheet(grid: Grid, style: Preset, title: str, subtitle: str, key: str, foot_words: str) -> Sheet:
    """Measure the page; a preset with a fixed shape keeps it, by more room or a larger page."""
    sheet = shaped(lambda width: _measured(grid, style, title, subtitle, key, foot_words, width), style)
    if style.aspect is None:
        return sheet
    height = sheet.width / style.aspect
    spare = (height - sheet.height) / len(sheet.row_heights)
    heights = tuple(row + min(spare, 0.6 * row) for row in sheet.row_heights)
    return replace(sheet, height=height, row_heights=heights)


def _measured(
    grid: Grid, style: Preset, title: str, subtitle: str, key: str, foot_words: str, width: float
) -> Sheet:
    em = style.em
    text = max(
        text_width(_cell_text(*pair), style.base)
        for pair in zip(grid.usable.flat, grid.count.flat, strict=True)
    )
    text = max(text, text_width("none", style.base))
    gap = _gap(style)
    least = _LARGEST * em + gap + text + gap
    words = [word for kind in grid.kinds for _, word in breakable(kind)]
    widest = max(text_width(word, style.base, bold=not style.aspect) for word in words)
    least = max(least, widest + (0.3 if style.aspect else 1.2) * em)
    id_width = max(text_width(claim, style.base, True) for claim in grid.ids) + em
    free = width - 2 * style.margin - id_width - least * len(grid.kinds)
    longest = max(text_width(claim, style.base) for claim in grid.claims) * 1.001 + 0.01
    room = float(np.clip(free - 1.5 * em, min(longest, 16 * em), min(longest, 28 * em)))
    left = style.margin + id_width + room + 1.5 * em
    if style.aspect:  # the claim stands over its circles
        left, room = style.margin, width - 2 * style.margin - id_width
    cell = max(least, (width - style.margin - left) / len(grid.kinds))
    page = left + cell * len(grid.kinds) + style.margin
    claims = tuple(tuple(wrapped(claim, room, style.base)) for claim in grid.claims)
    over = [LEADING * len(lines) + 0.6 for lines in claims]
    tall = _LARGEST + 0.4
    heights = tuple((rows + tall if style.aspect else max(tall, rows)) * em for rows in over)
    heads = cell - (0.25 if style.aspect else 0.8) * em
    kinds = tuple(block([(kind, style.base, not style.aspect, INK)], heads) for kind in grid.kinds)
    inner = page - 2 * style.margin
    heading = block([(title, style.title, True, INK), (subtitle, style.base, False, MUTED)], inner)
    notes = "" if style.aspect else key
    footer = block([(notes, style.small, False, INK), (foot_words, style.fine, False, MUTED)], inner)
    above = style.margin + heading.height + (0.9 * em if heading.lines else 0)
    top = above + max(kind.height for kind in kinds) + 0.5 * em
    height = top + sum(heights) + em + footer.height + style.margin
    return Sheet(style, page, height, id_width, cell, left, top, heights, claims, kinds, heading, footer)


def _gap(style: Preset) -> float:
    """Return the space between a circle and its number, and up to the next circle, inches."""
    return (0.3 if style.aspect else 0.85) * style.em


def _cell_text(usable: int, count: int) -> str:
    return f"{usable} of {count}" if count else "none"


def _words(figure: EvidenceFigure, sheet: Sheet, grid: Grid) -> None:
    style = sheet.preset
    sheet.heading.place(figure, style.margin, style.margin)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    for j, kind in enumerate(sheet.kinds):
        kind.place(figure, sheet.left + j * sheet.cell, sheet.top - 0.4 * style.em - kind.height)
    _rule(figure, sheet, sheet.top, INK)
    for below in np.cumsum(sheet.row_heights):
        _rule(figure, sheet, sheet.top + below, RULE)
    if style.aspect is None:
        _claims_beside(figure, sheet, grid)


def _claims_beside(figure: EvidenceFigure, sheet: Sheet, grid: Grid) -> None:
    """Write the claims left of their circles."""
    style, size, top = sheet.preset, sheet.preset.base, sheet.top
    heading = sheet.top - 0.4 * style.em - size * LEADING / 144
    write(figure, "Claim", style.margin, heading, size=size, bold=True)
    for claim, lines, height in zip(grid.ids, sheet.claims, sheet.row_heights, strict=True):
        words = Block(tuple(Line(line, size) for line in lines))
        words.place(figure, style.margin + sheet.id_width, top + (height - words.height) / 2)
        write(figure, claim, style.margin, top + height / 2, size=size, bold=True)
        top += height


def _claims_above(axes: Axes, sheet: Sheet, grid: Grid) -> None:
    """Write the claims over their circles."""
    size, top = sheet.preset.base, 0.0
    for claim, lines, height in zip(grid.ids, sheet.claims, sheet.row_heights, strict=True):
        middle = top + 0.3 * sheet.preset.em + size * LEADING / 144
        put(axes, claim, 0.0, middle, size=size, bold=True)
        for i, line in enumerate(lines):
            put(axes, line, sheet.id_width / sheet.cell, middle + i * size * LEADING / 72, size=size)
        top += height


def _rule(figure: EvidenceFigure, sheet: Sheet, top: float, color: str) -> None:
    ends = [0.5 * sheet.preset.margin / sheet.width, 1 - 0.5 * sheet.preset.margin / sheet.width]
    spot = 1 - top / sheet.height
    line = Line2D(ends, [spot, spot], transform=figure.transFigure, color=color)
    line.set_linewidth((0.08 if color == INK else 0.04) * sheet.preset.base)
    figure.add_artist(line).set_zorder(-1)


def _circles(figure: EvidenceFigure, sheet: Sheet, grid: Grid) -> None:
    """Draw the cells in axes whose units are columns and rows, counted from the upper left."""
    style, height = sheet.preset, sum(sheet.row_heights)
    width = sheet.cell * len(grid.kinds)
    corner = sheet.left / sheet.width, 1 - (sheet.top + height) / sheet.height
    axes = figure.add_axes((*corner, width / sheet.width, height / sheet.height), label="map")
    axes.set_axis_off()
    axes.set_xlim(0, len(grid.kinds))
    axes.set_ylim(height, 0)
    edges = np.cumsum([0, *sheet.row_heights])
    words = [len(lines) * LEADING * style.em if style.aspect else 0.0 for lines in sheet.claims]
    middles = (edges[1:] + edges[:-1] + words) / 2
    circle = (_LARGEST / 2) * style.em / sheet.cell
    _layer(axes, grid.count, middles, circle, grid.most, style, facecolor=_LIGHT, edgecolor=BLUE)
    _layer(axes, grid.usable, middles, circle, grid.most, style, facecolor=BLUE, edgecolor="none")
    if style.aspect is not None:
        _claims_above(axes, sheet, grid)
    for i, middle in enumerate(middles):
        for j in range(len(grid.kinds)):
            _cell(axes, grid, i, j, middle, circle, sheet)


def _layer(
    axes: Axes, counts: np.ndarray, middles: np.ndarray, x: float, top: int, style: Preset, **colors: str
) -> None:
    row, column = np.nonzero(counts)
    area = (_LARGEST * style.base) ** 2 * counts[row, column] / top
    axes.scatter(column + x, middles[row], s=area, linewidths=0.08 * style.base, clip_on=False, **colors)


def _cell(axes: Axes, grid: Grid, i: int, j: int, middle: float, circle: float, sheet: Sheet) -> None:
    style = sheet.preset
    empty = grid.count[i, j] == 0
    if empty:
        half = 0.5 * style.em / sheet.cell
        ends = [j + circle - half, j + circle + half]
        axes.plot(ends, [middle, middle], color=RULE, linewidth=0.1 * style.base)
    axes.text(
        j + (_LARGEST * style.em + 0.5 * _gap(style)) / sheet.cell,
        middle + 0.36 * style.em,
        _cell_text(grid.usable[i, j], grid.count[i, j]),
        size=style.base,
        color=MUTED if empty else INK,
        ha="left",
        va="baseline",
        parse_math=False,
    )


def _alt(grid: Grid, noun: str) -> str:
    claims, kinds = counted(len(grid.ids), "claim"), counted(len(grid.kinds), "kind")
    return (
        f"Evidence map of {claims} by {kinds} of evidence:"
        f" {grid.count.sum()} {noun}, {grid.usable.sum()} with usable numbers."
    )


def _long_alt(grid: Grid, noun: str, title: str) -> str:
    sentences = [_alt(grid, noun)]
    for i, (claim, wording) in enumerate(zip(grid.ids, grid.claims, strict=True)):
        pairs = zip(grid.kinds, grid.usable[i], grid.count[i], strict=True)
        found = "; ".join(f"{kind} {_cell_text(usable, count)}" for kind, usable, count in pairs)
        sentences.append(f"{claim} ({wording.rstrip('.')}): {found}.")
    return spoken(title, sentences)
