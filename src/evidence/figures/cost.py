"""Prices: the printed range of a session on every page, and below it a simulated total, named as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.errors import InputError
from evidence.figures.canvas import rule
from evidence.figures.cost_data import Prices, Total, long_alt, prices_of, short_alt, total_of
from evidence.figures.cost_layout import SIMULATED, Sheet, arrange
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.slides import turned
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, ORANGE, PAPER, YELLOW, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import LEADING, shortened, write
from evidence.synthesis.cost import CLAIMED

_BAND = tint(YELLOW, 0.45)
_OUTER = tint(ORANGE, 0.35)


@house_style()
def cost_ranges(
    prices: pd.DataFrame,
    total: Mapping[str, Any] | None,
    *,
    claimed: Sequence[float] = CLAIMED,
    currency: str = "US dollars",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "cost_ranges",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the printed prices of a session, and the simulated total of a treatment.

    Above, a bar is the range a page prints and a diamond an average, over the shaded range that the article
    states. Below, on an axis of its own, hatched and named a simulation, stands what all sessions may cost:
    the line is the median, the dark part the middle half, the light part nine in ten. A slide leaves out the
    scopes.

    Parameters
    ----------
    prices : DataFrame
        One row a page, columns label, low, high (equal for an average), year (blank if undated) and scope.
    total : mapping or None
        Quantiles of the simulated total: median, low, high (quartiles), if known p05 and p95, and n_sessions,
        a text on where the numbers of sessions come from. None leaves the simulation out.
    claimed : sequence of two float
        The range of a session that the article states.
    currency : str
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        This page of the prices, for slides; see `evidence.figures.slides.pages`.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    OptionError
        If a column or a quantile is missing or not known.
    InputError
        If the table is empty, a label is blank, a price is missing or out of order, quantiles do not rise,
        `claimed` is not two rising numbers, or there is no such page.

    Examples
    --------
    >>> from evidence.figures.cost_data import COLUMNS
    >>> page = pd.DataFrame([("Clinic", 100, 700, 2015, "needling")], columns=list(COLUMNS))
    >>> print(cost_ranges(page, {"low": 900, "median": 1400, "high": 2000}).alt)
    1 price page, 0 within 200 to 700 a session; simulated total, median 1,400.
    """
    pages, whole, band = prices_of(prices), total_of(total), _claimed(claimed)
    style = preset_called(preset)
    leaf, places = turned([[i] for i in range(len(pages.labels))], page)
    shown = pages.only(places)
    subtitle = leaf.subtitle(subtitle or "")
    sheet = arrange(shown, whole, band, currency, style, title, subtitle, ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(short_alt(pages, whole, band)), ALT_LENGTH),
        long_alt=long_alt(pages, whole, band, currency, title or ""),
        caption=f"{short_alt(pages, whole, band)} Shaded: the range the article states.",
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    _draw_words(figure, sheet, shown)
    _draw_prices(figure, sheet, shown, band)
    if whole is not None:
        _draw_total(figure, sheet, whole)
    figure.pages = leaf.count
    return figure


def _claimed(claimed: Sequence[float]) -> tuple[float, float]:
    try:
        low, high = (float(value) for value in claimed)
    except (TypeError, ValueError):
        low = high = np.nan
    if not 0 <= low < high < np.inf:
        raise InputError(f"claimed={claimed!r} must be two numbers, the lower first, such as (200, 700).")
    return low, high


def _draw_words(figure: EvidenceFigure, sheet: Sheet, pages: Prices) -> None:
    """Write the headings, and for every page its name, scope, year and price."""
    style, em = sheet.preset, sheet.preset.em
    middle = sheet.top - 0.9 * em
    heads = [("Page", style.margin, "left"), ("Year", sheet.year, "left"), ("Price", sheet.price, "right")]
    heads += [("Scope", sheet.scope, "left")] if sheet.scope else []
    for text, x, align in heads:
        write(figure, text, x, middle, size=style.base, bold=True, align=align)
    sheet.band.place(figure, sheet.band_at, sheet.top - 0.35 * em - sheet.band.height, align="center")
    edges = (0.5 * style.margin, sheet.width - 0.5 * style.margin)
    rule(figure, sheet.top, *edges, color=INK, points=0.08 * style.base)
    top, size = sheet.top, sheet.size
    line = size * LEADING / 72
    for i, row in enumerate(sheet.rows):
        middle = top + row / 2
        for lines, x in ((sheet.labels[i], style.margin), (sheet.scopes[i], sheet.scope)):
            for j, text in enumerate(lines):
                write(figure, text, x, middle + (j - (len(lines) - 1) / 2) * line, size=size)
        dated = bool(pages.years[i])
        year = pages.years[i] or "undated"
        write(figure, year, sheet.year, middle, size=size, color=INK if dated else MUTED)
        write(figure, pages.said(i), sheet.price, middle, size=size, align="right")
        top += row


def _axes(
    figure: EvidenceFigure, sheet: Sheet, top: float, height: float, limits: tuple[float, float], label: str
) -> Axes:
    """Add a plot with one axis, whose heights are inches from its upper edge."""
    small = sheet.preset.small
    rect = (sheet.plot_left / sheet.width, 1 - (top + height) / sheet.height)
    size = (sheet.plot_width / sheet.width, height / sheet.height)
    axes = figure.add_axes((*rect, *size), label=label)
    axes.patch.set_visible(False)
    axes.set_xlim(limits)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    spots, _ = ticks(axis("identity", "", None), limits, 0.9 * sheet.plot_width, small)
    axes.set_xticks(spots, [f"{spot:,.10g}" for spot in spots], fontsize=small)
    axes.tick_params(axis="x", length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color=INK, linewidth=0.08 * small)
    return axes


def _draw_prices(figure: EvidenceFigure, sheet: Sheet, pages: Prices, band: tuple[float, float]) -> None:
    style, height = sheet.preset, sum(sheet.rows)
    axes = _axes(figure, sheet, sheet.top, height, sheet.limits, "prices")
    look = {"facecolor": _BAND, "edgecolor": "none", "zorder": 0, "label": "claimed"}
    upper = 0.06 * style.em  # clear of the rule
    axes.add_patch(Rectangle((band[0], upper), band[1] - band[0], height - upper, **look))
    for edge in band:
        line = {"color": MUTED, "linewidth": 0.08 * style.base, "linestyle": "--", "zorder": 1}
        axes.plot([edge, edge], [upper, height], **line)
    top = 0.0
    for low, high, row in zip(pages.low, pages.high, sheet.rows, strict=True):
        middle = top + row / 2
        if low == high:
            dot = {"color": BLUE, "marker": "D", "linewidths": 0, "zorder": 3, "label": "average"}
            axes.scatter([low], [middle], s=(0.75 * style.base) ** 2, **dot)
        else:
            bar = {"facecolor": BLUE, "edgecolor": "none", "zorder": 3, "label": "range"}
            thick = 0.5 * style.em
            axes.add_patch(Rectangle((low, middle - thick / 2), high - low, thick, **bar))
        top += row
    below = sheet.top + height + 1.6 * style.em
    sheet.unit.place(figure, sheet.plot_left + sheet.plot_width / 2, below, align="center")


def _draw_total(figure: EvidenceFigure, sheet: Sheet, total: Total) -> None:
    """Draw the simulation: quantiles as one bar, hatched, so that nobody takes it for a printed price."""
    style, em = sheet.preset, sheet.preset.em
    sheet.about.place(figure, style.margin, sheet.total_top)
    bar_top = sheet.total_top + sheet.about.height + 0.5 * em
    middle = bar_top + sheet.total_height / 2
    first = middle - sheet.simulated.height / 2
    sheet.simulated.place(figure, style.margin, first)
    axes = _axes(figure, sheet, bar_top, sheet.total_height, sheet.total_limits, SIMULATED)
    _quantiles(axes, total, sheet.total_height / 2, style)
    below = bar_top + sheet.total_height + 1.6 * em
    sheet.total_unit.place(figure, sheet.plot_left + sheet.plot_width / 2, below, align="center")


def _quantiles(axes: Axes, total: Total, middle: float, style: Preset) -> None:
    em, edge = style.em, {"edgecolor": INK, "linewidth": 0.06 * style.base}
    hatch = {"hatch": "////", "hatchcolor": (0.1, 0.1, 0.1, 0.35), "hatch_linewidth": 0.06 * style.base}
    if np.isfinite(total.p05):
        outer = Rectangle((total.p05, middle - 0.35 * em), total.p95 - total.p05, 0.7 * em, facecolor=_OUTER)
        outer.set(label="nine in ten", zorder=2, **edge)
        axes.add_patch(outer)
    inner = Rectangle((total.low, middle - 0.65 * em), total.high - total.low, 1.3 * em, facecolor=ORANGE)
    inner.set(label="middle half", zorder=3, **edge, **hatch)
    axes.add_patch(inner)
    ends = [middle - 0.95 * em, middle + 0.95 * em]
    axes.plot([total.median] * 2, ends, color=PAPER, linewidth=0.42 * style.base, zorder=4)
    axes.plot([total.median] * 2, ends, color=INK, linewidth=0.2 * style.base, zorder=5)
