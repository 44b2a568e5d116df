"""The harvest plot: a bar a study under the direction of its finding, as tall as its design is strong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evidence.figures.canvas import box, inch_axes, put, rule, stripe
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.harvest_layout import (
    BY,
    SIDES,
    SPACE,
    TALLEST,
    TOTAL,
    Bar,
    Crop,
    Sheet,
    arrange,
    crop,
)
from evidence.figures.key import Entry
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, PAPER, VERMILLION, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import LEADING, counted, shortened, spoken, write

RANKS = {3: "randomised", 2: "controlled, not randomised", 1: "one group"}
_COLORS = {"first": BLUE, "second": VERMILLION, "": "#6B7480"}
_FILLS = {"estimate": "direction of an estimate", "source": "direction as printed, without a usable number"}
_BAR = 0.76  # of its place
_LISTED = "Studies by the number under their bars; people in brackets (– not printed)"
_AGAIN = "Studies by number, the same in all panels; people in brackets (– not printed)"


@house_style()
def harvest(
    rows: pd.DataFrame,
    *,
    ranks: Mapping[int, str] | None = None,
    first: str = "favours the first",
    second: str = "favours the second",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "harvest",
) -> EvidenceFigure:
    """Draw one bar a study in the column of its direction, one panel a question.

    After Ogilvie et al., BMC Medical Research Methodology 2008;8:8. A bar is as tall as the rank of the
    study's design; it is full where the direction is that of an estimate, and hatched where a source only
    says it. The last row counts the bars of every column; counts say nothing of the size of an effect.

    Parameters
    ----------
    rows : DataFrame
        One row a study and panel, columns label, panel (the question in words), direction ("first",
        "second", or blank for none), rank (a key of `ranks`), by ("estimate" or "source") and n (people;
        blank if not printed). A study that stands in several panels keeps its number.
    ranks : mapping, optional
        Names of the ranks 1 to 3; default one group, controlled but not randomised, and randomised.
    first, second : str
        Heads of the columns on the right and on the left.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    OptionError
        If a column is missing, or a direction or `by` is no known code.
    InputError
        If the table is empty, a study stands twice in a panel, a name is blank, a rank has no name, n is no
        number of 0 or more, or `ranks`, `first` or `second` name nothing.

    Examples
    --------
    >>> from evidence.figures.harvest_layout import COLUMNS
    >>> row = ("Minh 2019", "Needling or laser?", "first", 3, "estimate", 31)
    >>> print(harvest(pd.DataFrame([row], columns=list(COLUMNS))).alt)
    Harvest plot, 1 study, 1 bar: 0 favours the second, 0 no direction, 1 favours the first; 1 by estimate.
    """
    found = crop(rows, RANKS if ranks is None else ranks, first, second)
    style = preset_called(preset)
    sheet = arrange(found, style, title, subtitle, _entries(found), ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_short_alt(found), ALT_LENGTH),
        long_alt=_long_alt(found, title or ""),
        caption=(
            f"{_short_alt(found)} One bar a study. Height, from tall to low:"
            f" {'; '.join(found.ranks.values())}. Full: {_FILLS['estimate']}; hatched: {_FILLS['source']}."
        ),
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    for words, x in zip(sheet.heads, sheet.edges, strict=True):
        words.place(figure, sheet.left + x, sheet.top - 0.4 * style.em - words.height)
    _draw_panels(figure, sheet)
    _draw_bars(figure, sheet, found)
    _draw_below(figure, sheet, _AGAIN if len(found.bars) > len(found.studies) else _LISTED)
    return figure


def _entries(found: Crop) -> tuple[list[Entry], ...]:
    heights = [
        Entry(partial(_draw_sample, share=rank / max(found.ranks), by="estimate"), name)
        for rank, name in found.ranks.items()
    ]
    fills = [Entry(partial(_draw_sample, share=1.0, by=by), _FILLS[by]) for by in BY]
    return [Entry(None, "Height:"), *heights], [Entry(None, "Fill:"), *fills]


def _draw_sample(axes: Axes, x: float, y: float, size: float, *, share: float, by: str) -> None:
    """Draw a small bar for the key; it stands for every column, and is grey."""
    tall = 1.1 * size / 72
    wide = 0.62 * tall
    _draw_bar(axes, x - wide / 2, y + tall / 2, wide, share * tall, MUTED, by, size / 1.3)


def _draw_bar(
    axes: Axes, left: float, foot: float, wide: float, tall: float, color: str, by: str, base: float
) -> None:
    points = 0.09 * base
    full = by == "estimate"
    patch = box(
        axes,
        left,
        foot - tall,
        wide,
        tall,
        face=color if full else PAPER,
        edge=color,
        points=points,
        zorder=3,
    )
    patch.set_label(by)
    if not full:
        patch.set(hatch="/" * max(2, round(50 / base)), hatchcolor=color, hatch_linewidth=0.08 * base)


def _draw_panels(figure: EvidenceFigure, sheet: Sheet) -> None:
    style, em = sheet.preset, sheet.preset.em
    edges = (0.5 * style.margin, sheet.width - 0.5 * style.margin)
    rule(figure, sheet.top, *edges, color=INK, points=0.08 * style.base)
    for i, strip in enumerate(sheet.strips):
        if i % 2 == 0:
            stripe(figure, *edges, strip.top, strip.height)
        parts = [(text, style.base, True, INK) for text in strip.lines]
        parts += [(text, style.small, False, MUTED) for text in strip.holds]
        y = strip.top + 0.5 * em
        for text, size, bold, color in parts:
            line = size * LEADING / 72
            write(figure, text, style.margin, y + line / 2, size=size, bold=bold, color=color)
            y += line
    last = sheet.bottom - TOTAL * em
    rule(figure, last, *edges, color=INK, points=0.08 * style.base)
    write(figure, "Total", style.margin, last + 0.5 * TOTAL * em, size=style.base, bold=True)


def _draw_bars(figure: EvidenceFigure, sheet: Sheet, found: Crop) -> None:
    style, em = sheet.preset, sheet.preset.em
    wide = sum(sheet.cells) - SPACE * em
    axes = inch_axes(figure, sheet.left, sheet.top, wide, sheet.bottom - sheet.top, "bars")
    for low, high, foot in sheet.floors:
        axes.plot([low, high], [foot, foot], color=INK, linewidth=0.08 * style.base, zorder=4)
    below = style.small * LEADING / 72 / 2 + 0.08 * em
    for bar, (left, foot) in zip(found.bars, sheet.places, strict=True):
        tall = TALLEST * em * bar.rank / max(found.ranks)
        across = _BAR * sheet.slot
        start = left + (sheet.slot - across) / 2
        _draw_bar(axes, start, foot, across, tall, _COLORS[bar.direction], bar.by, style.base)
        middle = start + across / 2
        put(axes, str(bar.number), middle, foot + below, size=style.small, align="center")
    spot = sheet.bottom - 0.5 * TOTAL * em - sheet.top
    for side, x in zip(SIDES, sheet.edges, strict=True):
        said = f"{len(found.of(side))} of {len(found.bars)}"
        put(axes, said, x, spot, size=style.base, bold=True)


def _draw_below(figure: EvidenceFigure, sheet: Sheet, listed: str) -> None:
    """Write the keys, the numbered studies and the source under the plot."""
    style = sheet.preset
    y, line = sheet.bottom + 0.8 * style.em, style.small * LEADING / 72
    for i, each in enumerate(sheet.keys):
        each.place(figure, style.margin, y, label=f"key {i + 1}")
        y += each.height
    y += 0.5 * style.em
    write(figure, listed, style.margin, y + line / 2, size=style.small, color=MUTED)
    for number, lines, edge, top in sheet.listed:
        x, middle = style.margin + edge, y + top + line / 2
        before = 0.5 * style.small / 72
        write(figure, number, x - before, middle, size=style.small, bold=True, align="right")
        for i, text in enumerate(lines):
            write(figure, text, x, middle + i * line, size=style.small)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)


def _short_alt(found: Crop) -> str:
    """Count studies, bars, directions and estimates."""
    bars = counted(len(found.bars), "bar")
    counts = ", ".join(f"{len(found.of(side))} {found.heads[side]}" for side in SIDES)
    estimates = sum(bar.by == "estimate" for bar in found.bars)
    studies = counted(len(found.studies), "study", "studies")
    return f"Harvest plot, {studies}, {bars}: {counts}; {estimates} by estimate."


def _long_alt(found: Crop, title: str) -> str:
    """Say what stands in every column of every panel."""
    sentences = [_short_alt(found)]
    for panel in found.panels:
        parts = []
        for side in SIDES:
            bars = found.of(side, panel)
            if bars:
                parts.append(f"{found.heads[side]}: {'; '.join(_said(bar, found) for bar in bars)}")
        sentences.append(f"{panel.rstrip('.')}: {'. '.join(parts)}.")
    counts = Counter((bar.rank, bar.direction) for bar in found.bars)
    for rank, name in found.ranks.items():
        listed = ", ".join(f"{counts[rank, side]} {found.heads[side]}" for side in SIDES)
        sentences.append(f"Of {name}: {listed}.")
    return spoken(title, sentences)


def _said(bar: Bar, found: Crop) -> str:
    people = "n not printed" if np.isnan(bar.n) else f"{bar.n:g} people"
    return f"{bar.label} ({found.ranks[bar.rank]}, {_FILLS[bar.by]}, {people})"
