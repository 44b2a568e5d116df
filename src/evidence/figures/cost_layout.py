"""The layout of the plot of prices: columns of words, the printed ranges, and the simulation below them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from evidence.figures.canvas import head, page_height
from evidence.figures.cost_data import Prices, Total
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import LEADING, Block, block, text_width, wrapped

SIMULATED = "simulation"
_ROW = 1.9  # ems
_SCOPE = 9.0
_LABEL = 0.44  # most of the width of a slide that a label takes
_TALL = 2.6
_KEY = "Bar: range; diamond: average. Shaded: what the article states."
_TOTAL_KEY = " Simulation: line, median; dark, middle half; light, nine in ten."


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches; `scope`, `year` and `price` are edges of columns, 0 if there is none."""

    preset: Preset
    size: float
    width: float
    height: float
    heading: Block
    band: Block
    band_at: float
    top: float
    labels: tuple[tuple[str, ...], ...]
    scopes: tuple[tuple[str, ...], ...]
    rows: tuple[float, ...]
    scope: float
    year: float
    plot_left: float
    plot_width: float
    price: float
    limits: tuple[float, float]
    unit: Block
    about: Block
    simulated: Block
    total_top: float
    total_height: float
    total_limits: tuple[float, float]
    total_unit: Block
    footer: Block


def arrange(
    pages: Prices,
    total: Total | None,
    band: tuple[float, float],
    currency: str,
    style: Preset,
    title: str | None,
    subtitle: str | None,
    foot: str,
) -> Sheet:
    """Measure the page; where its shape is fixed, the rows share the height that is left."""

    def measure(width: float, stretch: float = 1.0) -> Sheet:
        return _measured(pages, total, band, currency, style, title, subtitle, foot, width, stretch)

    sheet = shaped(measure, style)
    height = page_height(sheet.height, sheet.width, style)
    sheet = measure(sheet.width, 1 + min(0.6, 0.95 * (height - sheet.height) / sum(sheet.rows)))
    return replace(sheet, height=page_height(sheet.height, sheet.width, style))


def _measured(
    pages: Prices,
    total: Total | None,
    band: tuple[float, float],
    currency: str,
    style: Preset,
    title: str | None,
    subtitle: str | None,
    foot: str,
    width: float,
    stretch: float,
) -> Sheet:
    em, margin, columns = style.em, style.margin, _columns(pages, style)
    page = max(width, columns.plot_left + 0.8 * style.plot_width + columns.price + margin)
    plot_left, plot_width = columns.plot_left, page - margin - columns.price - columns.plot_left
    inner, limits = page - 2 * margin, _limits([*pages.high, pages.reach, *band], plot_width)
    labels, scopes, rows = _rows(pages, columns, stretch)
    heading = head(title, subtitle, style, inner)
    said = block([(f"the article: {band[0]:g} to {band[1]:g}", style.small, True, INK)], plot_width)
    above = max(said.height, style.base * LEADING / 72) + 0.7 * em
    top = margin + heading.height + (0.7 * em if heading.lines else 0) + above
    unit = block([(f"{currency} a session", style.small, False, INK)], plot_width)
    bottom = top + sum(rows) + 1.6 * em + unit.height
    below = _below(total, currency, style, inner, plot_left - margin - 1.2 * em, plot_width)
    about, simulated, total_unit, tall = below
    total_top = bottom + 1.2 * em
    if total is not None:
        bottom = total_top + about.height + 0.5 * em + tall + 1.6 * em + total_unit.height
    words = _KEY + (_TOTAL_KEY if total is not None else "")
    footer = block([(words, style.small, False, INK), (foot, style.fine, False, MUTED)], inner)
    reach = [value for value in (total.high, total.p95) if np.isfinite(value)] if total else [1.0]
    middle = plot_left + plot_width * (sum(band) / 2 - limits[0]) / (limits[1] - limits[0])
    return Sheet(
        preset=style,
        size=columns.size,
        width=page,
        height=bottom + 0.9 * em + footer.height + margin,
        heading=heading,
        band=said,
        band_at=_inside(middle, said, plot_left, plot_width),
        top=top,
        labels=labels,
        scopes=scopes,
        rows=rows,
        scope=columns.scope,
        year=columns.year,
        plot_left=plot_left,
        plot_width=plot_width,
        price=page - margin,
        limits=limits,
        unit=unit,
        about=about,
        simulated=simulated,
        total_top=total_top,
        total_height=tall,
        total_limits=_limits(reach, plot_width),
        total_unit=total_unit,
        footer=footer,
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """Type of the rows in points, widths of labels, scopes and prices, and left edges, inches."""

    preset: Preset
    size: float
    label: float
    scope_width: float
    scope: float
    year: float
    plot_left: float
    price: float


def _columns(pages: Prices, style: Preset) -> _Columns:
    """Measure the columns of words; on a slide the type is smaller and the scopes are left out."""
    slide = style.aspect is not None
    em, size = style.em, style.small if slide else style.base
    most = _LABEL * style.width if slide else style.label_width
    label = max(min(max(text_width(each, size) for each in pages.labels) + 0.01, most), 7 * em)
    scope = 0.0 if slide else _scope_width(pages, style)
    after = style.margin + label + 1.2 * em
    year = after + (scope + 1.2 * em if scope else 0.0)
    wide = max(text_width("undated", size), text_width("Year", style.base, True))
    price = max(text_width(pages.said(i), size) for i in range(len(pages.labels)))
    price = max(price, text_width("Price", style.base, True)) + 1.4 * em
    edges = (after if scope else 0.0, year, year + wide + 1.6 * em)
    return _Columns(style, size, label, scope, *edges, price)


def _rows(
    pages: Prices, columns: _Columns, stretch: float
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...], tuple[float, ...]]:
    """Wrap labels and scopes; return them with the heights of the rows."""
    size, em = columns.size, columns.preset.em
    labels = tuple(tuple(wrapped(each, columns.label, size)) for each in pages.labels)
    wide = columns.scope_width
    scopes = tuple(tuple(wrapped(each, wide, size)) if wide else () for each in pages.scopes)
    line = size * LEADING / 72
    counts = [max(len(one), len(other)) for one, other in zip(labels, scopes, strict=True)]
    return labels, scopes, tuple(stretch * max(_ROW * em, count * line + 0.4 * em) for count in counts)


def _scope_width(pages: Prices, style: Preset) -> float:
    """Return the width of the column of scopes; there is none where all are alike."""
    if len(set(pages.scopes)) < 2:
        return 0.0
    longest = max(text_width(each, style.base) for each in pages.scopes) + 0.01
    return max(min(longest, _SCOPE * style.em), text_width("Scope", style.base, True))


def _limits(values: list[float], width: float) -> tuple[float, float]:
    """Return limits from nought; both ends have room for half the number of a tick."""
    high = max(values) or 1.0
    room = 0.16 / width * high
    return -room, high + room


def _inside(middle: float, words: Block, left: float, width: float) -> float:
    """Move words that are centred on the band so far that they stay over the plot."""
    half = max((text_width(line.text, line.size, line.bold) for line in words.lines), default=0.0) / 2
    return float(np.clip(middle, left + half, max(left + half, left + width - half)))


def _below(
    total: Total | None, currency: str, style: Preset, inner: float, beside: float, plot_width: float
) -> tuple[Block, Block, Block, float]:
    """Return what is said above, beside and under the simulation, and how high its plot is."""
    if total is None:
        return Block(), Block(), Block(), 0.0
    about = [("Total of a whole treatment: a simulation, not data", style.base, True, INK)]
    about += [(total.n_sessions, style.small, False, MUTED)] if total.n_sessions else []
    simulated = [(SIMULATED.capitalize(), style.base, True, INK), (total.said(), style.small, False, INK)]
    words = block(simulated, beside)
    unit = block([(f"{currency} in all", style.small, False, INK)], plot_width)
    return block(about, inner), words, unit, max(_TALL * style.em, words.height + 0.2 * style.em)
