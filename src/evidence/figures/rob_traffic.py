"""The traffic-light plot: risk of bias of every study in every domain, with what the judgement rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
from matplotlib.axes import Axes

from evidence.figures.canvas import inch_axes, rule, stripe
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.key import Entry
from evidence.figures.rob_data import Judged, heading, judged, short_alt, used
from evidence.figures.rob_layout import WEIGHT, Part, Sheet, arrange
from evidence.figures.slides import Leafing, turned
from evidence.figures.source_line import ending
from evidence.figures.style import INK, PAPER, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import JUDGEMENTS, stamp
from evidence.figures.text import LEADING, fitted, number, printable, shortened, spoken, write

_DISC = 1.5  # ems
_SILENT = "ring with ?: judged so only because nothing is printed"
_PERSON = "diamond: a person's answer, which overrules the recorded facts"


@house_style()
def rob_traffic(
    judgements: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "rob_traffic",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the risk of bias of every study, domain by domain.

    Each tool has a block of its own, since tools differ in their domains. What was judged only because
    nothing is printed is a ring with a question mark; a person's answer has a small diamond.

    Parameters
    ----------
    judgements : DataFrame
        One row a study and domain, columns study_id, label, tool, tool_label, domain, domain_label,
        judgement (code), judgement_label and basis ("facts", "person" or "no information"), and weight
        (percent) if studies are weighted. The domain "overall" becomes the last column; a pair without a row
        stays blank.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        Draw this page of a figure spread over pages of at most 12 studies; default all on one.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    OptionError
        If a column is missing, or a judgement or its basis is no known code.
    InputError
        If the table is empty, a judgement stands twice, a label is blank, or a weight is no percentage; if
        there is no such page.

    Examples
    --------
    >>> from evidence.figures.rob_data import COLUMNS
    >>> row = ("s1", "Minh 2019", "rob2", "RoB 2", "D1", "Randomisation", "low", "low", "no information")
    >>> figure = rob_traffic(pd.DataFrame([row], columns=list(COLUMNS)))
    >>> print(figure.alt)
    Risk of bias in 1 study: in all domains 1 low.
    >>> figure.long_alt
    'Risk of bias in 1 study: in all domains 1 low. RoB 2. Minh 2019: D1 low (nothing printed).'
    """
    tools = judged(judgements, "a traffic-light plot")
    style = preset_called(preset)
    whole, (leaf, tools) = tools, _page(tools, page)
    entries = _entries(tools)
    subtitle = leaf.subtitle(subtitle or "")
    sheet = arrange(tools, style, title, subtitle, entries, ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(short_alt(whole)), ALT_LENGTH),
        long_alt=_long_alt(tools, title or ""),
        caption=f"{short_alt(whole)} Symbols: {'; '.join(entry.words for entry in entries)}.",
        dpi=style.dpi,
    )
    figure.pages = leaf.count
    sheet.heading.place(figure, style.margin, style.margin)
    for part in sheet.parts:
        _draw_part(figure, sheet, tools[part.tool], part, several=len(tools) > 1)
    sheet.key.place(figure, style.margin, sheet.bottom)
    sheet.footer.place(figure, style.margin, sheet.bottom + sheet.key.height + 0.3 * style.em)
    return figure


def _page(tools: tuple[Judged, ...], page: int | None) -> tuple[Leafing, tuple[Judged, ...]]:
    """Return the tools with the studies of a page; those of a tool stay together where they can."""
    blocks = [[(index, study) for study in tool.studies] for index, tool in enumerate(tools)]
    leaf, rows = turned(blocks, page)
    kept = []
    for index, tool in enumerate(tools):
        here = {study for which, study in rows if which == index}
        studies = {study: label for study, label in tool.studies.items() if study in here}
        weights = {study: weight for study, weight in tool.weights.items() if study in here}
        kept += [replace(tool, studies=studies, weights=weights)] if here else []
    return leaf, tuple(kept)


def _entries(tools: tuple[Judged, ...]) -> list[Entry]:
    entries = [Entry(_stamper(code), JUDGEMENTS[code].word) for code in used(tools)]
    silent = used(tools, silent=True)
    if silent:
        entries.append(Entry(_stamper(silent[-1], doubtful=True), _SILENT))
    if any(each.basis == "person" for tool in tools for each in tool.cells.values()):
        entries.append(Entry(_draw_person, _PERSON, 0.8))
    return entries


def _stamper(code: str, *, doubtful: bool = False) -> Callable[[Axes, float, float, float], None]:
    return partial(_stamp_one, code=code, doubtful=doubtful)


def _stamp_one(axes: Axes, x: float, y: float, size: float, *, code: str, doubtful: bool) -> None:
    stamp(axes, x, y, JUDGEMENTS[code], size, doubtful=doubtful)


def _draw_person(axes: Axes, x: float, y: float, size: float) -> None:
    """Draw the small mark of a person's answer."""
    look = {"facecolor": INK, "edgecolor": PAPER, "linewidths": 0.05 * size, "zorder": 6, "clip_on": False}
    axes.scatter([x], [y], s=(0.36 * size) ** 2, marker="D", label="person", **look)


def _draw_part(figure: EvidenceFigure, sheet: Sheet, tool: Judged, part: Part, *, several: bool) -> None:
    style, em, columns = sheet.preset, sheet.preset.em, sheet.columns
    left = sheet.left(part.panel)
    beside = 0.5 * min(style.margin, em)
    edges = (left - beside, left + columns.width + beside)
    _draw_heads(figure, sheet, tool, part, several=several)
    rule(figure, part.rows_top, *edges, color=INK, points=0.08 * style.base)
    centres = columns.centres[part.tool]
    start = min(centres.values()) - 0.55 * _DISC * em
    width = max(centres.values()) + 0.55 * _DISC * em - start
    spots = {domain: x - start for domain, x in centres.items()}
    height, label = sum(part.heights), f"{tool.tool} {part.first}"
    axes = inch_axes(figure, left + start, part.rows_top, width, height, label)
    top = 0.0
    for index, row in enumerate(part.heights, start=part.first):
        if index % 2 == 0:
            stripe(figure, *edges, part.rows_top + top, row)
        _draw_row(figure, sheet, part, tool, index, part.rows_top + top + row / 2)
        _draw_cells(axes, tool, list(tool.studies)[index], spots, top + row / 2, style.base)
        top += row
    rule(figure, part.rows_top + height, *edges, points=0.04 * style.base)


def _draw_heads(figure: EvidenceFigure, sheet: Sheet, tool: Judged, part: Part, *, several: bool) -> None:
    """Write the name of the tool, where there are several, and the headings of the columns."""
    style, left = sheet.preset, sheet.left(part.panel)
    look = {"size": style.base, "bold": True}
    if several:
        words = tool.label + (" (continued)" if part.first else "")
        words = fitted(printable(words), sheet.columns.width, style.base, bold=True)
        write(figure, words, left, part.top + style.em, **look)
    middle = part.rows_top - 0.9 * style.em
    write(figure, "Study", left, middle, **look)
    for domain, x in sheet.columns.centres[part.tool].items():
        write(figure, heading(domain), left + x, middle, align="center", **look)
    if tool.weighted:
        write(figure, WEIGHT, left + sheet.columns.weight, middle, align="right", **look)


def _draw_row(
    figure: EvidenceFigure, sheet: Sheet, part: Part, tool: Judged, index: int, middle: float
) -> None:
    """Write the name of a study and its weight."""
    style = sheet.preset
    left = sheet.left(part.panel)
    lines, line = sheet.lines[part.tool][index], style.base * LEADING / 72
    top = middle - (len(lines) - 1) * line / 2
    for i, text in enumerate(lines):
        write(figure, text, left, top + i * line, size=style.base)
    if tool.weighted:
        weight = number(list(tool.weights.values())[index], 1)
        write(figure, weight, left + sheet.columns.weight, middle, size=style.base, align="right")


def _draw_cells(
    axes: Axes, tool: Judged, study: str, spots: dict[str, float], middle: float, base: float
) -> None:
    size = _DISC * base
    for domain, x in spots.items():
        cell = tool.cells.get((study, domain))
        if cell is None:
            continue
        label = f"{study} {domain} {cell.code}"
        stamp(axes, x, middle, JUDGEMENTS[cell.code], size, doubtful=cell.silent, label=label)
        if cell.basis == "person":
            _draw_person(axes, x + 0.36 * size / 72, middle - 0.34 * size / 72, 0.9 * size)


def _long_alt(tools: tuple[Judged, ...], title: str) -> str:
    sentences = [short_alt(tools)]
    said = {"facts": "", "person": " (a person's answer)", "no information": " (nothing printed)"}
    for tool in tools:
        sentences.append(f"{tool.label.rstrip('.')}.")
        for study, label in tool.studies.items():
            cells = [(domain, tool.cells.get((study, domain))) for domain in tool.domains]
            words = [
                f"{domain} {JUDGEMENTS[cell.code].word}{said[cell.basis]}"
                for domain, cell in cells
                if cell is not None
            ]
            sentences.append(f"{label}: {', '.join(words)}.")
    return spoken(title, sentences)
