"""The page of a funnel: room for the axes, their words and the key; the sunset funnel stands on it too."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest_axis import Axis
from evidence.figures.funnel_axis import effect_ticks, size_ticks
from evidence.figures.funnel_draw import Frame, draw_grid, frame
from evidence.figures.key import Entry, key
from evidence.figures.network_page import Sheet, add_frame, place_words, sheet
from evidence.figures.style import Preset
from evidence.figures.text import fitted, text_width, write

_SHARE = 0.5  # of the width: height of the plot
_SLIDE_SHARE = 0.165
_HEAD = 1.7  # ems above the plot
_TICKS = 1.5  # ems under it
_LINE = 1.55


@dataclass(frozen=True, slots=True)
class Layout:
    """What a page holds beside its marks: units, limits, words of the axes, and inches on the right."""

    units: Axis
    across: tuple[float, float]
    bottom: float
    down: str
    favours: tuple[str, str]
    right: float = 0.0


def page_of(
    layout: Layout, entries: list[Entry], style: Preset, words: tuple[str, str, str, str | None]
) -> Sheet:
    """Measure the page; `words` are title, subtitle, notes and source."""
    title, subtitle, notes, source = words

    def middle(inner: float) -> tuple[float, float]:
        plot = (_SLIDE_SHARE if style.aspect else _SHARE) * min(inner, style.width)
        return inner, plot + _around(layout, style) + key(entries, style, inner).height

    return sheet(style, (title, subtitle), notes, source, middle)


def _around(layout: Layout, style: Preset) -> float:
    """Height of the words above and under the plot, inches."""
    lines = 1 + any(layout.favours)
    return (_HEAD + _TICKS + lines * _LINE + 0.5) * style.em


def draw_page(figure: EvidenceFigure, page: Sheet, layout: Layout, entries: list[Entry]) -> Frame:
    """Write the words of the page, and return the frame for the marks."""
    style, em = page.preset, page.preset.em
    legend = key(entries, style, page.inner)
    place_words(figure, page)
    height = page.middle - _around(layout, style) - legend.height
    down = size_ticks(layout.bottom, height, style.small)
    beside = max((text_width(word, style.small) for word in down[1]), default=0.0)
    left, top = style.margin + beside + 0.9 * em, page.top + _HEAD * em
    width = page.width - style.margin - layout.right - left
    spots, labels = effect_ticks(layout.units, layout.across, width, style.small)
    axes = add_frame(figure, page, left, top, (width, height), "plot")
    at = frame(axes, layout.across, layout.bottom, (width, height), (style.base, style.small))
    draw_grid(at, spots, down[0])
    reach = page.width - style.margin - layout.right - style.margin
    write(figure, fitted(layout.down, reach, style.base), style.margin, page.top + 0.7 * em, size=style.base)
    for spot, word in zip(*down, strict=True):
        y = top + spot / layout.bottom * height
        write(figure, word, left - 0.6 * em, y, size=style.small, align="right")
    low, high = layout.across
    for spot, word in zip(spots, labels, strict=True):
        x = left + (spot - low) / (high - low) * width
        write(figure, word, x, top + height + 0.95 * em, size=style.small, align="center")
    _below(figure, layout, style, (left, top + height + _TICKS * em), width)
    legend.place(figure, style.margin, page.top + page.middle - legend.height)
    return at


def _below(
    figure: EvidenceFigure, layout: Layout, style: Preset, corner: tuple[float, float], width: float
) -> None:
    """Write what the axis measures, and above it what its sides mean."""
    (left, top), em = corner, style.em
    if any(layout.favours):
        room = width / 2 - 0.5 * em
        for words, align, x in zip(layout.favours, ("left", "right"), (left, left + width), strict=True):
            arrow = f"← {words}" if align == "left" else f"{words} →"
            text = fitted(arrow, room, style.base, bold=True) if words else ""
            write(figure, text, x, top + 0.75 * em, size=style.base, bold=True, align=align)
        top += _LINE * em
    write(figure, layout.units.long, left + width / 2, top + 0.75 * em, size=style.base, align="center")
