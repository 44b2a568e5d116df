"""The effect-direction plot: arrows for what every study found, where numbers cannot be pooled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evidence.figures.canvas import inch_axes, put, rule, stripe
from evidence.figures.direction_layout import ROW, TALLY, Row, Sheet, arrange, people_in
from evidence.figures.direction_rows import DIRECTIONS, Finding, Findings, findings, long_alt, short_alt
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.key import Entry
from evidence.figures.slides import turned
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, PAPER, VERMILLION, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import sign
from evidence.figures.text import LEADING, shortened, write

_LOOKS = {"for": ("up", BLUE), "against": ("down", VERMILLION), "neither": ("across", "#6B7480")}
_LARGEST = 1.65  # ems
_SMALLEST = 0.8
_TESTED = "full: tested (p below 0.05, or interval beyond no effect); hollow: not"


@house_style()
def effect_direction(
    rows: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "effect_direction",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the direction of every study's finding for every outcome.

    After Boon and Thomson, Research Synthesis Methods 2021;12:29-33. An arrow up is a finding for the claim,
    down against it, to both sides no difference; its area is the number of people, and it is hollow where
    nothing was tested. The last row counts the findings for the claim; it says nothing of their size.

    Parameters
    ----------
    rows : DataFrame
        One row a study and outcome, columns study (key), label, design, n (people; blank if not printed),
        outcome, direction ("for", "against" or "neither"), tested (True or False) and note, and group if
        studies are to stand in groups. A pair without a row stays blank.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide"; a slide leaves out the
        notes.
    name : str
        Name of the figure.
    page : int, optional
        This page of the studies, for slides; the last row counts those of all pages. See
        `evidence.figures.slides.pages`.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    OptionError
        If a column is missing or a direction is no known code.
    InputError
        If the table is empty, a study stands twice with an outcome, a name is blank, n is no number of 0 or
        more, tested is neither True nor False, or there is no such page.

    Examples
    --------
    >>> from evidence.figures.direction_rows import COLUMNS
    >>> row = ("s1", "Minh 2019", "single-arm", 31, "Severity", "for", True, "")
    >>> print(effect_direction(pd.DataFrame([row], columns=list(COLUMNS))).alt)
    Direction of effect in 1 study, 1 outcome: 1 for, 0 against, 0 neither; 1 tested.
    """
    found = findings(rows)
    style = preset_called(preset)
    leaf, keys = turned([[key] for key in found.studies], page)
    shown = replace(found, studies={key: found.studies[key] for key in keys})
    subtitle = leaf.subtitle(subtitle or "")
    sheet = arrange(shown, style, title, subtitle, _entries(found, style), ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(short_alt(found)), ALT_LENGTH),
        long_alt=long_alt(found, title or ""),
        caption=f"{short_alt(found)} Arrows: up for, down against; {_TESTED}. Area: number of people.",
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    _draw_heads(figure, sheet)
    _draw_rows(figure, sheet, found)
    figure.pages = leaf.count
    below = sheet.bottom + 0.8 * style.em
    sheet.key.place(figure, style.margin, below)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    return figure


def _entries(found: Findings, style: Preset) -> list[Entry]:
    used = {cell.direction for cell in found.cells.values()}
    entries = [
        Entry(_drawer(direction), DIRECTIONS[direction]) for direction in DIRECTIONS if direction in used
    ]
    entries.append(Entry(_drawer("for", tested=False), _TESTED))
    people = [cell.n for cell in found.cells.values() if np.isfinite(cell.n)]
    if people:
        most, fewest = max(people), min(people)
        said = f"area: {most:g} people" if most == fewest else f"area: people, from {fewest:g} to {most:g}"
        sizes = [_size(Finding("for", True, n, ""), most, style) for n in dict.fromkeys((fewest, most))]
        entries.append(Entry(partial(_draw_sizes, sizes=sizes, base=style.base), said, 2.0 * len(sizes)))
    return entries


def _drawer(direction: str, *, tested: bool = True) -> Callable[[Axes, float, float, float], None]:
    return partial(_draw_sample, direction=direction, tested=tested)


def _draw_sample(axes: Axes, x: float, y: float, size: float, *, direction: str, tested: bool) -> None:
    _draw_arrow(axes, x, y, direction, tested, 1.05 * size, size)


def _draw_sizes(axes: Axes, x: float, y: float, size: float, *, sizes: list[float], base: float) -> None:
    """Draw the smallest and the largest arrow side by side."""
    step = 2.0 * size / 1.3 / 72
    for i, each in enumerate(sizes):
        _draw_arrow(axes, x + (i - (len(sizes) - 1) / 2) * step, y, "for", True, each, base)


def _draw_heads(figure: EvidenceFigure, sheet: Sheet) -> None:
    style = sheet.preset
    line = style.base * LEADING / 72
    middle = sheet.top - 0.4 * style.em - line / 2
    write(figure, "Study", style.margin, middle, size=style.base, bold=True)
    if sheet.design:
        write(figure, "Design", sheet.design, middle, size=style.base, bold=True)
    write(figure, "n", sheet.people, middle, size=style.base, bold=True, align="right")
    for words, x in zip(sheet.heads, sheet.centres, strict=True):
        words.place(figure, sheet.left + x, sheet.top - 0.4 * style.em - words.height, align="center")


def _draw_rows(figure: EvidenceFigure, sheet: Sheet, found: Findings) -> None:
    style, em = sheet.preset, sheet.preset.em
    wide = sum(sheet.cells)
    edges = (0.5 * style.margin, sheet.left + wide + 0.5 * style.margin)
    rule(figure, sheet.top, *edges, color=INK, points=0.08 * style.base)
    axes = inch_axes(figure, sheet.left, sheet.top, wide, sheet.bottom - sheet.top, "directions")
    most = max((cell.n for cell in found.cells.values() if np.isfinite(cell.n)), default=0.0)
    odd = False
    for row in sheet.rows:
        odd = bool(row.key) and not odd
        if odd:
            stripe(figure, *edges, row.top, row.height)
        _draw_words(figure, sheet, row, found)
        for outcome, x in zip(found.outcomes, sheet.centres, strict=True):
            cell = found.cells.get((row.key, outcome))
            if cell is not None:
                middle = row.top + row.height / 2 - sheet.top
                _draw_cell(axes, cell, x, middle, most, found.notes, style)
    last = sheet.bottom - ROW * em
    rule(figure, last, *edges, color=INK, points=0.08 * style.base)
    write(figure, TALLY, style.margin, last + 0.5 * ROW * em, size=style.base, bold=True)
    for outcome, x in zip(found.outcomes, sheet.centres, strict=True):
        counts = found.tally(outcome)
        said, middle = f"{counts['for']} of {counts.total()}", last + 0.5 * ROW * em - sheet.top
        put(axes, said, x, middle, size=style.base, bold=True, align="center")


def _draw_words(figure: EvidenceFigure, sheet: Sheet, row: Row, found: Findings) -> None:
    style, line = sheet.preset, sheet.preset.base * LEADING / 72
    middle = row.top + row.height / 2
    for lines, x in ((row.lines, style.margin), (row.design, sheet.design)):
        for i, text in enumerate(lines):
            at = middle + (i - (len(lines) - 1) / 2) * line
            write(figure, text, x, at, size=style.base, bold=not row.key)
    if row.key:
        n = people_in(found.studies[row.key].n)
        write(figure, n, sheet.people, middle, size=style.base, align="right")


def _size(cell: Finding, most: float, style: Preset) -> float:
    """Return the length of an arrow in points: its area is the number of people."""
    share = np.sqrt(cell.n / most) if most and np.isfinite(cell.n) else 0.0
    return style.base * max(_LARGEST * share, _SMALLEST)


def _draw_cell(
    axes: Axes, cell: Finding, x: float, middle: float, most: float, notes: tuple[str, ...], style: Preset
) -> None:
    size = _size(cell, most, style)
    _draw_arrow(axes, x, middle, cell.direction, cell.tested, size, style.base)
    if cell.note and style.aspect is None:
        beside, above = x + 0.55 * size / 72 + 0.1 * style.em, middle - 0.35 * style.em
        put(axes, str(notes.index(cell.note) + 1), beside, above, size=0.75 * style.small)


def _draw_arrow(
    axes: Axes, x: float, y: float, direction: str, tested: bool, size: float, base: float
) -> None:
    name, color = _LOOKS[direction]
    look = {"facecolor": color if tested else PAPER, "edgecolor": color, "linewidths": 0.13 * base}
    label = f"{direction} {'tested' if tested else 'untested'}"
    axes.scatter([x], [y], s=size**2, marker=sign(name), label=label, zorder=3, clip_on=False, **look)
