"""The forest plot of earlier reviews: what each pooled, on its own scale, and where they disagree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evidence.figures.canvas import put, rule, stripe
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import ticks
from evidence.figures.key import Entry
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, PAPER, RULE, VERMILLION, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import BASELINE, LEADING, counted, printable, shortened, spoken, write
from evidence.figures.umbrella_layout import (
    EXTRAS,
    GUTTER,
    SAYS,
    Estimate,
    Item,
    Panel,
    Sheet,
    arrange,
    estimates,
)

_MARK = "≠"
_DISAGREE = (
    "reviews of this comparison and outcome disagree: on the side they favour, or on whether there is one"
)
_UNKNOWN = " –: not in what could be read."
_BRIEF = "Each estimate is on its review's own scale; the words say which side it favours."
_NOTE = (
    "Each estimate stands on its review's own scale: which side is better differs from row to row and is"
    " in the words at its right, and differences in points are not to be compared across rows."
)


@house_style()
def umbrella_forest(
    rows: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "umbrella_forest",
) -> EvidenceFigure:
    """Draw the pooled estimates of earlier reviews as a forest plot, a block for each kind of scale.

    Ratios, standardised differences and differences in points each have an axis of their own, cut where a
    few long intervals would hide the rest. A slide leaves out k, people and I2, and the rows that would not
    fit; those on which reviews disagree stay first.

    Parameters
    ----------
    rows : DataFrame
        As `evidence.synthesis.umbrella.umbrella` returns it: review, group, outcome, measure (OR, RR, HR,
        SMD, MD or WMD), estimate, low, high (both blank without an interval), favours, disagrees; if known
        k, n, i2; condition, named with the group where there are several; and comparison, named
        with a review that stands twice with an outcome.
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
        If a column is missing, or a measure or the preset is not known.
    InputError
        If the table is empty, a name is blank, an estimate is missing, a ratio is not above 0, an interval
        has one end or its ends are crossed, or disagrees is neither True nor False.

    Examples
    --------
    >>> row = {"review": "Long 2020", "group": "PRP added", "outcome": "Severity", "measure": "SMD",
    ...        "estimate": -0.6, "low": -0.9, "high": -0.3, "favours": "favours PRP", "disagrees": False}
    >>> print(umbrella_forest(pd.DataFrame([row])).alt)
    1 pooled estimate of 1 earlier review on 1 scale; 0 on findings over which reviews disagree.
    """
    found = estimates(rows)
    style = preset_called(preset)
    sheet, shown = arrange(found, style, (title, subtitle, _note(found, style), ending(source)), _entries)
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_alt(found), ALT_LENGTH),
        long_alt=_long_alt(found, title or "", shown),
        caption=f"{_alt(found)} {_MARK}: {_DISAGREE}. {_NOTE}",
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    for panel in sheet.panels:
        _draw_panel(figure, sheet, panel)
    foot = sheet.height - style.margin - sheet.footer.height
    sheet.key.place(figure, style.margin, foot - 0.3 * style.em - sheet.key.height)
    sheet.footer.place(figure, style.margin, foot)
    return figure


def _alt(found: Sequence[Estimate]) -> str:
    reviews, scales = len({each.review for each in found}), len({each.family for each in found})
    disagree = sum(each.disagrees for each in found)
    return (
        f"{counted(len(found), 'pooled estimate')} of {counted(reviews, 'earlier review')} on"
        f" {counted(scales, 'scale')}; {disagree} on findings over which reviews disagree."
    )


def _long_alt(found: Sequence[Estimate], title: str, shown: int) -> str:
    parts = [_alt(found)]
    if shown < len(found):
        parts.append(f"{shown} are drawn.")
    group = ""
    for each in found:
        heading = f"{each.family}, {each.group}: "
        names = zip(("k", "n", "I²"), each.known, strict=True)
        known = [f"{name} = {value}" for name, value in names if value]
        said = [each.said, *known, each.favours, "reviews disagree" if each.disagrees else ""]
        words = f"{each.outcome}, {each.name}: {', '.join(part for part in said if part)}."
        parts.append(words if heading == group else heading + words)
        group = heading
    return printable(spoken(title, parts))


def _note(found: Sequence[Estimate], style: Preset) -> str:
    if style.aspect is not None:
        return _BRIEF
    columns = list(zip(*(each.known for each in found), strict=True))
    gaps = any(any(column) and not all(column) for column in columns)
    return _NOTE + (_UNKNOWN if gaps else "")


def _entries(panels: Sequence[Panel]) -> list[Entry]:
    drawn = [(panel, item.estimate) for panel in panels for item in panel.items if item.estimate]
    whole = [np.isfinite(each.low) for _, each in drawn]
    entries = []
    if any(whole):
        entries.append(Entry(_sample, "estimate with its interval, as printed", 2.4))
    if any(any(_gone(panel, each)) for panel, each in drawn):
        entries.append(Entry(_sample_arrow, "lies, or goes on, beyond the axis", 1.2))
    if not all(whole):
        entries.append(Entry(_sample_hollow, "no interval is given", 1.0))
    if any(each.disagrees for _, each in drawn):
        entries.append(Entry(_sample_mark, _DISAGREE, 1.0))
    return entries


def _gone(panel: Panel, each: Estimate) -> tuple[bool, bool]:
    """Tell whether an estimate or its interval goes below, and above, the axis."""
    return bool(np.nanmin(each.drawn) < panel.limits[0]), bool(np.nanmax(each.drawn) > panel.limits[1])


def _sample(axes: Axes, x: float, y: float, size: float) -> None:
    half = 1.2 * size / 1.3 / 72
    axes.plot([x - half, x + half], [y, y], color=INK, linewidth=0.1 * size, solid_capstyle="butt", zorder=2)
    axes.scatter([x], [y], s=(0.5 * size) ** 2, color=BLUE, linewidths=0, marker="s", zorder=3)


def _sample_arrow(axes: Axes, x: float, y: float, size: float) -> None:
    axes.scatter([x], [y], s=(0.5 * size) ** 2, color=INK, linewidths=0, marker=">", zorder=3)


def _sample_hollow(axes: Axes, x: float, y: float, size: float) -> None:
    look = {"facecolor": PAPER, "edgecolor": MUTED, "linewidths": 0.1 * size, "zorder": 3}
    axes.scatter([x], [y], s=(0.5 * size) ** 2, **look)


def _sample_mark(axes: Axes, x: float, y: float, size: float) -> None:
    put(axes, _MARK, x, y, size=size / 1.3, bold=True, color=VERMILLION, align="center")


def _draw_panel(figure: EvidenceFigure, sheet: Sheet, panel: Panel) -> None:
    """Draw one block: the heads of its columns, its rows, and the plot with its axis."""
    style, em = sheet.preset, sheet.preset.em
    line = style.base * LEADING / 72
    middle = panel.top - 0.3 * em - line / 2
    edges = (0.5 * style.margin, sheet.width - 0.5 * style.margin)
    for i, text in enumerate(panel.title):
        up = (len(panel.title) - 1 - i) * line
        write(figure, text, style.margin, middle - up, size=style.base, bold=True)
    heads = [("Estimate (interval)", sheet.numbers, "right"), (SAYS, sheet.favours, "left")]
    heads += [(text, x, "right") for text, x in sheet.extras]
    for text, x, align in heads if panel is sheet.panels[0] or style.aspect is None else ():
        write(figure, text, x, middle, size=style.base, bold=True, align=align)
    rule(figure, panel.top, *edges, color=INK, points=0.08 * style.base)
    axes = _axes(figure, sheet, panel)
    start = panel.top
    for item in panel.items:
        if item.level == 1:
            _null(axes, panel, start, item.top, style)
            start = item.top + item.height
            stripe(figure, *edges, item.top, item.height)
        if item.estimate is None:
            _draw_heading(axes, sheet, panel, item)
        else:
            _draw_row(figure, sheet, item)
            _draw_estimate(axes, panel, item, style)
    _null(axes, panel, start, panel.bottom, style)


def _null(axes: Axes, panel: Panel, start: float, end: float, style: Preset) -> None:
    """Draw the line of no effect, which leaves the headings of groups free."""
    if end - start > 0.5 * style.em:
        heights = [start - panel.top, end - panel.top]
        axes.plot([0, 0], heights, color=RULE, linewidth=0.1 * style.base, zorder=1)


def _axes(figure: EvidenceFigure, sheet: Sheet, panel: Panel) -> Axes:
    """Add the plot of a block, its heights inches below its upper edge."""
    left, width = sheet.plot
    small, height = sheet.preset.small, panel.bottom - panel.top
    corner = left / sheet.width, 1 - panel.bottom / sheet.height
    axes = figure.add_axes((*corner, width / sheet.width, height / sheet.height), label=panel.family)
    axes.patch.set_visible(False)
    axes.set_xlim(panel.limits)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    spots, labels = ticks(panel.units, panel.limits, width, small)
    axes.set_xticks(spots, labels, fontsize=small)
    axes.tick_params(axis="x", length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=INK, linewidth=0.08 * small)
    return axes


def _draw_heading(axes: Axes, sheet: Sheet, panel: Panel, item: Item) -> None:
    """Write the name of a group, which may run over the plot, or of an outcome, which keeps to its column."""
    style, left = sheet.preset, sheet.plot[0]
    unit = (panel.limits[1] - panel.limits[0]) / sheet.plot[1]
    line = style.base * LEADING / 72
    x = panel.limits[0] + (style.margin - left) * unit
    last = item.top + item.height - (0.25 if item.level == 1 else 0.02) * style.em
    for i, text in enumerate(item.lines):
        middle = last - (len(item.lines) - i - 0.5) * line - panel.top
        look = {"size": style.base, "weight": "bold", "ha": "left", "va": "baseline", "parse_math": False}
        baseline = middle + BASELINE * style.base / 72
        color = INK if item.level == 1 else MUTED
        axes.text(x, baseline, printable(text), color=color, zorder=6, **look)


def _draw_row(figure: EvidenceFigure, sheet: Sheet, item: Item) -> None:
    """Write what stands beside an estimate."""
    style, each, middle = sheet.preset, item.estimate, item.top + item.height / 2
    indent = style.margin + GUTTER * style.em
    for lines, x, size in ((item.lines, indent, style.base), (item.favours, sheet.favours, style.small)):
        for i, text in enumerate(lines):
            at = middle + (i - (len(lines) - 1) / 2) * size * LEADING / 72
            write(figure, text, x, at, size=size)
    if each.disagrees:
        at = style.margin + 0.5 * style.em
        write(figure, _MARK, at, middle, size=style.base, bold=True, color=VERMILLION, align="center")
    write(figure, each.said, sheet.numbers, middle, size=style.base, align="right")
    values = dict(zip(EXTRAS, each.known, strict=True))
    for name, x in sheet.extras:
        said = values[name]
        write(figure, said or "–", x, middle, size=style.base, align="right", color=INK if said else MUTED)


def _draw_estimate(axes: Axes, panel: Panel, item: Item, style: Preset) -> None:
    """Draw a point with its interval up to the ends of the axis, and arrows where it goes on."""
    point, low, high = item.estimate.drawn
    middle = item.top + item.height / 2 - panel.top
    start, end = panel.limits
    whole = bool(np.isfinite(low))
    color = INK if whole else MUTED
    if whole:
        look = {"color": color, "linewidth": 0.12 * style.base, "solid_capstyle": "butt", "zorder": 2}
        axes.plot(np.clip([low, high], start, end), [middle] * 2, **look)
    for edge, marker, gone in zip(panel.limits, "<>", _gone(panel, item.estimate), strict=True):
        if gone:
            area = {"s": 0.28 * style.base**2, "color": color, "linewidths": 0, "clip_on": False}
            axes.scatter([edge], [middle], marker=marker, zorder=4, **area)
    if not start <= point <= end:
        return
    if whole:
        look = {"marker": "s", "color": BLUE, "linewidths": 0}
    else:
        look = {"facecolor": PAPER, "edgecolor": MUTED, "linewidths": 0.12 * style.base}
    axes.scatter([point], [middle], s=(0.6 * style.base) ** 2, zorder=3, **look)
