"""The summary of risk of bias: for every domain the share of weight, or of studies, in each judgement."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from evidence.figures.canvas import head, inch_axes, page_height
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.key import Entry, Key, key
from evidence.figures.rob_bars import draw_bar, swatch
from evidence.figures.rob_data import OVERALL, Judged, judged, used
from evidence.figures.rob_shares import basis, described, shares, short_alt
from evidence.figures.slides import turned
from evidence.figures.source_line import ending
from evidence.figures.style import MUTED, RULE, Preset, house_style, shaped
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import JUDGEMENTS
from evidence.figures.text import (
    LEADING,
    Block,
    block,
    fitted,
    printable,
    shortened,
    spoken,
    text_width,
    wrapped,
    write,
)

_NARROWEST = 16.0  # ems of a bar, under which its five ticks stand apart
_ROW, _SLIDE_ROW = 1.85, 1.42  # ems
_SLIDE_LABELS = 0.36  # of the width, at most
_BAR = 1.35
_HEAD = 2.0
_AXIS = 1.7
_BETWEEN = 1.0
_GAP = 2.4
_SILENT = "light: judged so only because nothing is printed"
_ABSENT = "white: not judged"


@dataclass(frozen=True, slots=True)
class Part:
    """The bars of one tool: column of the page, upper edge and heights of the rows in inches."""

    column: int
    top: float
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches."""

    preset: Preset
    width: float
    height: float
    heading: Block
    label: float
    bar: float
    thick: float
    parts: tuple[Part, ...]
    bottom: float
    key: Key
    footer: Block

    def left(self, column: int) -> float:
        """Return the left edge of a column."""
        step = self.label + self.bar + _GAP * self.preset.em
        return self.preset.margin + column * step


@house_style()
def rob_summary(
    judgements: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "rob_summary",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw what share of the evidence lies in each judgement, domain by domain.

    A bar is divided by the weights of the studies where every study of the tool has one, otherwise every
    study counts once; the subtitle says which. The light part of a colour was judged so only because nothing
    is printed. Studies not judged in a domain leave the end of its bar white.

    Parameters
    ----------
    judgements : DataFrame
        As `rob_traffic` takes it: one row a study and domain.
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
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
        If a column is missing, or a judgement or its basis is no known code.
    InputError
        If the table is empty, a judgement stands twice, a label is blank, or a weight is no percentage.

    Examples
    --------
    >>> from evidence.figures.rob_data import COLUMNS
    >>> row = ("s1", "Minh 2019", "rob2", "RoB 2", "D1", "Randomisation", "low", "low", "facts")
    >>> print(rob_summary(pd.DataFrame([row], columns=list(COLUMNS))).alt)
    Risk of bias by domain. RoB 2, D1: 100% low.
    """
    every = judged(judgements, "a summary of risk of bias")
    leaf, places = turned([[i] * len(tool.domains) for i, tool in enumerate(every)], page)
    tools = tuple(every[i] for i in dict.fromkeys(places))
    style = preset_called(preset)
    said = f"{subtitle.rstrip('.')}. {basis(every)}" if subtitle else basis(every)
    said = leaf.subtitle(said)
    sheet = _sheet(tools, style, title, said, ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=said,
        alt=shortened(leaf.alt(short_alt(tools)), ALT_LENGTH),
        long_alt=_long_alt(tools, title or ""),
        caption=f"{basis(every)} in each judgement, by domain. {short_alt(tools)}",
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    for tool, part in zip(tools, sheet.parts, strict=True):
        _draw_tool(figure, sheet, tool, part)
    sheet.key.place(figure, style.margin, sheet.bottom)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    figure.pages = leaf.count
    return figure


def _label(domain: str, words: str) -> str:
    return words if domain == OVERALL else f"{domain}  {words}"


def _sheet(tools: tuple[Judged, ...], style: Preset, title: str | None, said: str, foot: str) -> Sheet:
    """Measure the page; where its shape is fixed, the bars share the height that is left."""
    sheet = shaped(lambda width: _measured(tools, style, title, said, foot, width), style)
    height = page_height(sheet.height, sheet.width, style)
    rows = max(_rows(sheet.parts, column) for column in {part.column for part in sheet.parts})
    stretch = 1 + min(0.6, 0.95 * (height - sheet.height) / rows)
    sheet = _measured(tools, style, title, said, foot, sheet.width, stretch)
    return replace(sheet, height=page_height(sheet.height, sheet.width, style))


def _rows(parts: tuple[Part, ...], column: int) -> float:
    return sum(sum(part.heights) for part in parts if part.column == column)


def _measured(
    tools: tuple[Judged, ...],
    style: Preset,
    title: str | None,
    said: str,
    foot: str,
    width: float,
    stretch: float = 1.0,
) -> Sheet:
    em, inner = style.em, width - 2 * style.margin
    labels = [_label(*pair) for tool in tools for pair in tool.domains.items()]
    longest = max(text_width(label, style.base, True) for label in labels) + 0.6 * em
    widest = max(style.label_width, _SLIDE_LABELS * inner) if style.aspect else style.label_width
    label = min(longest, widest + 0.6 * em)
    narrowest = max(style.plot_width, _NARROWEST * em)
    least = label + narrowest
    most = max(1, int((inner + _GAP * em) / (least + _GAP * em))) if style.aspect else 1
    plans = [_parts(tools, style, label, columns, stretch) for columns in range(1, min(most, len(tools)) + 1)]
    parts = min(plans, key=lambda plan: max(_end(part, em) for part in plan))
    columns = 1 + max(part.column for part in parts)
    bar = max((inner - (columns - 1) * _GAP * em) / columns - label, narrowest)
    heading = head(title, said, style, inner)
    marks = key(_entries(tools), style, inner)
    footer = block([(foot, style.fine, False, MUTED)], inner)
    top = style.margin + heading.height + 0.5 * em
    parts = [replace(part, top=part.top + top) for part in parts]
    bottom = max(_end(part, em) for part in parts) + 0.3 * em
    height = bottom + marks.height + 0.4 * em + footer.height + style.margin
    return Sheet(
        style, width, height, heading, label, bar, _BAR * em * stretch, tuple(parts), bottom, marks, footer
    )


def _end(part: Part, em: float) -> float:
    return part.top + (_HEAD + _AXIS) * em + sum(part.heights)


def _parts(
    tools: tuple[Judged, ...], style: Preset, label: float, columns: int, stretch: float
) -> list[Part]:
    """Put the tools under one another in so many columns, each as low as can be."""
    em, line = style.em, style.base * LEADING / 72
    heights = []
    for tool in tools:
        lines = [
            len(wrapped(_label(*pair), label - 0.6 * em, style.base, bold=pair[0] == OVERALL))
            for pair in tool.domains.items()
        ]
        heights.append(
            tuple(
                stretch
                * max(
                    (_SLIDE_ROW if style.aspect else _ROW) * em,
                    count * line + (0.12 if style.aspect else 0.35) * em,
                )
                for count in lines
            )
        )
    whole = [sum(rows) + (_HEAD + _AXIS + _BETWEEN) * em for rows in heights]
    room = max(max(whole), sum(whole) / columns)
    while True:
        parts, column, y = [], 0, 0.0
        for rows, height in zip(heights, whole, strict=True):
            if y and y + height > room + 1e-9:
                column, y = column + 1, 0.0
            parts.append(Part(column, y, rows))
            y += height
        if column < columns:
            return parts
        room += 0.5 * em


def _entries(tools: tuple[Judged, ...]) -> list[Entry]:
    entries = [Entry(swatch(code), JUDGEMENTS[code].word, 2.0) for code in used(tools)]
    silent = used(tools, silent=True)
    if silent:
        entries.append(Entry(swatch(silent[-1], silent=True), _SILENT, 2.0))
    if any(
        (study, domain) not in tool.cells
        for tool in tools
        for study in tool.studies
        for domain in tool.domains
    ):
        entries.append(Entry(None, _ABSENT))
    return entries


def _draw_tool(figure: EvidenceFigure, sheet: Sheet, tool: Judged, part: Part) -> None:
    style, em = sheet.preset, sheet.preset.em
    left = sheet.left(part.column)
    words = fitted(
        printable(f"{tool.label} ({described(tool)})"), sheet.label + sheet.bar, style.base, bold=True
    )
    write(figure, words, left, part.top + 0.9 * em, size=style.base, bold=True)
    top = part.top + _HEAD * em
    height = sum(part.heights)
    axes = inch_axes(figure, left + sheet.label, top, sheet.bar, height, tool.tool)
    for percent in (0, 25, 50, 75, 100):
        x = percent / 100 * sheet.bar
        axes.plot([x, x], [0, height], color=RULE, linewidth=0.05 * style.base, zorder=0, clip_on=False)
        align = "left" if percent == 0 else "right" if percent == 100 else "center"
        middle = top + height + 0.75 * em
        write(figure, f"{percent}%", left + sheet.label + x, middle, size=style.small, align=align)
    y = 0.0
    for (domain, about), row in zip(tool.domains.items(), part.heights, strict=True):
        bold, line = domain == OVERALL, style.base * LEADING / 72
        lines = wrapped(_label(domain, about), sheet.label - 0.6 * em, style.base, bold=bold)
        for i, text in enumerate(lines):
            middle = top + y + row / 2 + (i - (len(lines) - 1) / 2) * line
            write(figure, text, left, middle, size=style.base, bold=bold)
        draw_bar(axes, shares(tool, domain), y + row / 2, sheet.bar, sheet.thick, style)
        y += row


def _long_alt(tools: tuple[Judged, ...], title: str) -> str:
    sentences = [f"{basis(tools)} in each judgement."]
    for tool in tools:
        sentences.append(f"{tool.label.rstrip('.')} ({described(tool)}).")
        for domain, about in tool.domains.items():
            words = ", ".join(share.words for share in shares(tool, domain))
            sentences.append(f"{about.rstrip('.')}: {words or 'not judged'}.")
    return spoken(title, sentences)
