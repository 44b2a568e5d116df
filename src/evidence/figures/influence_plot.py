"""Influence diagnostics side by side: one panel each, the studies on a common axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.canvas import rule, stripe
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.network_page import Sheet, place_words, sheet
from evidence.figures.style import BLUE, INK, MUTED, RULE, VERMILLION, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import LEADING, counted, number, printable, shortened, text_width, wrapped, write
from evidence.robustness.influence_result import Influence
from evidence.synthesis.inference import quantile

_LABELS, _SLIDE_LABELS = 0.3, 0.4  # most of the width that labels take before they are wrapped
_GAP = 1.1  # ems between the panels
_NARROWEST = 5.0  # ems of a panel
_ROW, _SLIDE_ROW = 1.6, 1.42  # ems
_FOOT = 1.9  # ems for the ticks
_MOST_STRETCH = 1.6
_TITLE_LINES = 3


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagnostic: its heading, its values, the value that all studies give, and its cut-offs."""

    heading: str
    values: FloatArray
    neutral: float
    cuts: tuple[float, ...] = ()

    @property
    def limits(self) -> tuple[float, float]:
        """Limits that show every value and cut-off."""
        seen = [*self.values, self.neutral, *self.cuts]
        low, high = min(seen), max(seen)
        pad = 0.08 * ((high - low) or abs(high) or 1.0)
        return float(low - pad), float(high + pad)


@dataclass(frozen=True, slots=True)
class Layout:
    """Measures, inches: lines and width of the labels, width of a panel, heights of the head and of a row."""

    labels: tuple[tuple[str, ...], ...]
    room: float
    panel: float
    headings: tuple[tuple[str, ...], ...]
    head: float
    row: float


@house_style()
def influence_plot(
    result: Influence,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "influence_plot",
) -> EvidenceFigure:
    """Draw the influence diagnostics of every study.

    Panels: studentised deleted residual, DFFITS, Cook's distance, covariance ratio, tau2 and Q without the
    study, and hat value. Dashed lines are cut-offs; the solid line is where a study without influence lies,
    or what all studies together give. Influential studies are diamonds with their labels in bold.

    Parameters
    ----------
    result : Influence
    title : str, optional
        What the figure says; default the title of the effects.
    subtitle, source : str, optional
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is no influence analysis.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> from evidence.robustness.influence import influence
    >>> found = influence(yi=[0.1, 0.2, 0.15, 1.6], vi=[0.03, 0.05, 0.04, 0.04], test="z")
    >>> print(influence_plot(found).alt)
    Influence of 4 studies in 7 panels; influential: Study 4.
    """
    if not isinstance(result, Influence):
        raise InputError(f"influence_plot draws an influence analysis, not {type(result).__name__}.")
    style = preset_called(preset)
    panels = _panels(result)
    if style.aspect:
        panels = tuple(panel for panel in panels if panel.heading in _ON_SLIDES)
    title = result.source.title if title is None else title
    key = _key(result)

    def middle(width: float) -> tuple[float, float]:
        found = _layout(result, panels, style, width)
        wanted = found.room + len(panels) * (_narrowest(panels, style) + _GAP * style.em)
        return max(width, wanted), found.head + len(result.labels) * found.row + _FOOT * style.em

    page = sheet(style, (title, subtitle or ""), key, source, middle)
    alt = _alt(result, len(panels))
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title,
        subtitle=subtitle or "",
        alt=shortened(alt, ALT_LENGTH),
        long_alt=f"{alt} {_words(result, panels)}. {key}",
        caption=f"{alt} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    _draw(figure, page, result, panels)
    return figure


def _panels(result: Influence) -> tuple[Panel, ...]:
    cut = result.limits()
    beyond = float(quantile(np.inf, 0.95))
    return (
        Panel("Deleted residual", result.rstudent, 0.0, (-beyond, beyond)),
        Panel("DFFITS", result.dffits, 0.0, (-cut["dffits"], cut["dffits"])),
        Panel("Cook's distance", result.cook_d, 0.0, (cut["cook_d"],)),
        Panel("Covariance ratio", result.cov_r, 1.0),
        Panel("Deleted tau²", result.tau2_del, result.whole.tau2),
        Panel("Deleted Q", result.qe_del, result.whole.q),
        Panel("Hat value", result.hat, 1 / len(result.labels), (cut["hat"],)),
    )


_ON_SLIDES = ("Deleted residual", "Cook's distance", "Deleted tau²", "Hat value")


def _narrowest(panels: tuple[Panel, ...], style: Preset) -> float:
    """Width that a panel needs for the words over it."""
    words = (word for panel in panels for word in panel.heading.split())
    return max(_NARROWEST * style.em, *(text_width(word, style.small, True) for word in words))


def _layout(result: Influence, panels: tuple[Panel, ...], style: Preset, inner: float) -> Layout:
    names = [printable(label) for label in result.labels]
    longest = max(text_width(name, style.base, True) for name in names) + 0.02
    room = min(longest, max(0.8 * style.label_width, (_SLIDE_LABELS if style.aspect else _LABELS) * inner))
    labels = tuple(tuple(wrapped(name, room, style.base, bold=True, lines=3)) for name in names)
    panel = max((inner - room) / len(panels) - _GAP * style.em, _narrowest(panels, style))
    wide = panel + min(0.6 * style.em, style.margin)
    headings = tuple(
        tuple(wrapped(each.heading, wide, style.small, bold=True, lines=_TITLE_LINES)) for each in panels
    )
    head = (max(map(len, headings)) * LEADING * style.small / style.base + 0.6) * style.em
    least, pad = (_SLIDE_ROW, 0.1) if style.aspect else (_ROW, 0.3)
    row = max(least, max(map(len, labels)) * LEADING + pad) * style.em
    return Layout(labels, room, panel, headings, head, row)


def _draw(figure: EvidenceFigure, page: Sheet, result: Influence, panels: tuple[Panel, ...]) -> None:
    style, k = page.preset, len(result.labels)
    found = _layout(result, panels, style, page.inner)
    free = (page.middle - found.head - _FOOT * style.em) / k
    row = min(max(free, found.row), _MOST_STRETCH * found.row)
    top = page.top + found.head
    edges = page.preset.margin / 2, page.width - page.preset.margin / 2
    rule(figure, top, *edges, color=INK, points=0.08 * style.base)
    for i, (lines, flag) in enumerate(zip(found.labels, result.influential.tolist(), strict=True)):
        if i % 2 == 0:
            stripe(figure, *edges, top + i * row, row)
        for j, line in enumerate(lines):
            at = top + (i + 0.5) * row + (j - (len(lines) - 1) / 2) * style.base * LEADING / 72
            write(figure, line, style.margin, at, size=style.base, bold=flag)
    for i, panel in enumerate(panels):
        left = style.margin + found.room + _GAP * style.em + i * (found.panel + _GAP * style.em)
        for j, line in enumerate(reversed(found.headings[i])):
            at = top - (0.75 + j * LEADING) * style.small / 72
            write(figure, line, left + found.panel / 2, at, size=style.small, bold=True, align="center")
        _draw_panel(figure, page, panel, result.influential, (left, top, found.panel, k * row))


def _draw_panel(
    figure: EvidenceFigure,
    page: Sheet,
    panel: Panel,
    influential: FloatArray,
    place: tuple[float, float, float, float],
) -> None:
    """Draw the values of one diagnostic; `place` is left, top, width and height in inches."""
    style, k = page.preset, panel.values.size
    left, top, width, height = place
    rect = (left / page.width, 1 - (top + height) / page.height, width / page.width, height / page.height)
    axes = figure.add_axes(rect, label=panel.heading)
    axes.patch.set_visible(False)
    axes.set_xlim(panel.limits)
    axes.set_ylim(k, 0)
    axes.set_yticks([])
    axes.set_xticks(*_ticks(panel.limits, width, style.fine), fontsize=style.fine)
    axes.tick_params(axis="x", length=0.3 * style.fine, pad=0.3 * style.fine, width=0.08 * style.fine)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set(color=INK, linewidth=0.08 * style.fine)
    axes.plot([panel.neutral] * 2, [0, k], color=RULE, linewidth=0.1 * style.base, zorder=1)
    for cut in panel.cuts:
        axes.plot([cut, cut], [0, k], color=MUTED, linestyle="--", linewidth=0.08 * style.base, zorder=1)
    heights = np.arange(k) + 0.5
    stems = {"colors": MUTED, "linewidth": 0.1 * style.base, "zorder": 2}
    axes.hlines(heights, panel.neutral, panel.values, **stems)
    for flag, marker, color in ((False, "o", BLUE), (True, "D", VERMILLION)):
        chosen = influential == flag
        look = {"marker": marker, "facecolor": color, "edgecolor": INK, "linewidths": 0.4, "zorder": 3}
        axes.scatter(panel.values[chosen], heights[chosen], s=(0.55 * style.base) ** 2, clip_on=False, **look)


def _ticks(limits: tuple[float, float], width: float, size: float) -> tuple[list[float], list[str]]:
    """Return the most round ticks whose labels stay apart on a narrow panel."""
    low, high = limits
    for steps in (4, 3, 2, 1):
        values = MaxNLocator(steps, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        spots = [float(value) for value in values if low <= value <= high]
        words = [f"{spot + 0.0:.6g}".replace("-", "−") for spot in spots]
        half = np.array([text_width(word, size) for word in words]) / 2
        if (np.diff(spots) / (high - low) * width > half[1:] + half[:-1] + 0.05).all():
            return spots, words
    middle = len(spots) // 2
    return [spots[middle]], [words[middle]]


def _alt(result: Influence, panels: int) -> str:
    noun = ("study", "studies") if result.by == "study" else ("row", "rows")
    names = [printable(n) for n, flag in zip(result.labels, result.influential, strict=True) if flag]
    found = f"influential: {', '.join(names)}" if names else "none is influential"
    return f"Influence of {counted(len(result.labels), *noun)} in {panels} panels; {found}."


def _words(result: Influence, panels: tuple[Panel, ...]) -> str:
    return "; ".join(
        f"{printable(label)}: "
        + ", ".join(f"{panel.heading.lower()} {number(panel.values[i], 3)}" for panel in panels)
        for i, label in enumerate(result.labels)
    )


def _key(result: Influence) -> str:
    flagged = (
        "Diamonds: influential by the limits of metafor (DFFITS, Cook's distance, hat value or DFBETAS)."
        if result.influential.any()
        else "No study is beyond the limits of DFFITS, Cook's distance, hat value or DFBETAS."
    )
    lines = (
        "Dashed: cut-offs, for residuals that of 95 % of a normal distribution. Solid: no influence, or the"
        " value of all studies together."
    )
    return f"{flagged} {lines} {result.method_text()}"
