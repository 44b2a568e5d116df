"""The albatross plot: p values against numbers of people, with the effects that would explain them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evidence.arguments import option
from evidence.figures import albatross_words as say
from evidence.figures.albatross_contours import MEASURES, checked_baseline, checked_contours
from evidence.figures.albatross_draw import (
    MIDDLE,
    Contour,
    Plot,
    draw_contours,
    draw_labels,
    draw_marks,
    leaves_by,
    lines_of,
    marks,
)
from evidence.figures.albatross_key import entries
from evidence.figures.albatross_rows import Picture, number, picture
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.key import Key, key
from evidence.figures.network_page import Sheet, add_frame, place_words, sheet
from evidence.figures.style import INK, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import fitted, shortened, text_width, write

_SHARE = 0.42  # of the width: height of the plot
_ROWS = 20  # studies beyond which it grows
_HEAD = 2.8  # ems above the plot
_FOOT = 4.6
_UP = axis("log", "", None)


@house_style()
def albatross(
    rows: pd.DataFrame,
    *,
    measure: str = "SMD",
    contours: Sequence[float] | None = None,
    baseline: float = 0.3,
    first: str = "the first treatment",
    second: str = "the second treatment",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "albatross",
) -> EvidenceFigure:
    """Draw an albatross plot (Harrison et al. 2017, Res Synth Methods 8:281).

    A study stands by its two-sided p value, 1 in the middle and small ones at the ends, on the side of the
    treatment it favours, and by its number of people on a log scale. A point is a p value printed as a
    number; a bar is what it can be where only "<0.05" or "not significant" is printed, with an arrow where it
    goes on to 0. A study without a direction stands hollow on both sides. The contours join the p values that
    one effect would give with so many people in two separate groups.

    Parameters
    ----------
    rows : DataFrame
        One row a study, columns label, n (people), low and high (what the two-sided p value can be; the same
        for a number), direction ("first", "second" or ""). If it has them, n1 and n2 give the people in each
        group, which set the contours' ratio of groups, and group a marker of its own. A row without people
        or p value is not drawn but named.
    measure : str
        "SMD" or "OR" (of a good event): what the contours stand for.
    contours : sequence of float, optional
        At most five effects, above 0 for SMD and above 1 for OR; default 0.2, 0.5, 0.8 or 1.5, 2, 3.
    baseline : float
        Risk with the second treatment, for the contours of an OR.
    first, second : str
        Names of the treatments.
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
        If a column is missing, or a direction, the measure or the preset does not exist.
    InputError
        If a cell or an option is out of bounds, there are more than five groups, or no row can be drawn.

    Examples
    --------
    >>> columns = ["label", "n", "low", "high", "direction"]
    >>> table = pd.DataFrame([("A", 30, 0.03, 0.03, "first"), ("B", 60, 0.05, 1, "")], columns=columns)
    >>> print(albatross(table, first="needling", second="peel").alt)
    Albatross plot of 2 studies of 30 to 60 people: 1 favours needling, 0 peel, 1 without a direction.
    """
    option("measure", measure, MEASURES)
    shown, style = picture(rows), preset_called(preset)
    values, risk = checked_contours(contours, measure), checked_baseline(baseline)
    notes = say.notes(shown, measure, risk, bool(values))
    items = entries(shown, values, measure)

    def middle(inner: float) -> tuple[float, float]:
        wide = min(inner, style.width)
        growth = max(1.0, (len(shown.studies) / _ROWS) ** 0.5)
        plot = (0.3 if style.aspect else _SHARE * growth) * wide
        return inner, (_HEAD + _FOOT) * style.em + plot + key(items, style, inner).height

    page = sheet(style, (title or "", subtitle or ""), notes, source, middle)
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(say.short_alt(shown, first, second), ALT_LENGTH),
        long_alt=say.long_alt(shown, values, measure, (first, second), title or ""),
        caption=say.caption(shown, measure, notes),
        dpi=style.dpi,
    )
    place_words(figure, page)
    _draw(figure, page, shown, key(items, style, page.inner), (values, measure, risk), (first, second))
    return figure


def _up(shown: Picture) -> tuple[float, float]:
    """Return the limits of the axis of people, natural logarithms."""
    n = np.log([study.n for study in shown.studies])
    room = max(0.35, 0.06 * (n.max() - n.min()))
    return float(n.min() - room), float(n.max() + room)


def _draw(
    figure: EvidenceFigure,
    page: Sheet,
    shown: Picture,
    legend: Key,
    wanted: tuple[tuple[float, ...], str, float],
    sides: tuple[str, str],
) -> None:
    style, em, up = page.preset, page.preset.em, _up(shown)
    height = page.middle - (_HEAD + _FOOT) * em - legend.height
    spots = ticks(_UP, up, height, style.small)[0]
    words = [f"{np.exp(spot):,.6g}" for spot in spots]
    beside = max([text_width(word, style.small) for word in words], default=0.0)
    room = max([text_width(f"−{value:g}", style.small) for value in wanted[0]], default=0.0) + 1.3 * em
    left = max(style.margin + beside + room, style.margin + 2 * em)
    top, width = page.top + _HEAD * em, page.width - style.margin - room - left
    axes = add_frame(figure, page, left, top, (width, height), "plot")
    across = 1.05 * shown.reach
    axes.set_xlim(-across, across)
    axes.set_ylim(up)
    plot = Plot(axes, shown, across, up, (width, height), style.base, style.small)
    for spot, word in zip(spots, words, strict=True):
        axes.plot([-across, across], [spot, spot], color=RULE, linewidth=0.03 * style.base, zorder=0)
        at = top + height - float(plot.y(np.exp(spot)))
        write(figure, word, left - room, at, size=style.small, align="right")
    axes.plot([0, 0], up, color=INK, linewidth=0.09 * style.base, zorder=0.5)
    lines = lines_of(plot, *wanted)
    _contours(figure, plot, lines, (left, top), style)
    _axis(figure, plot, sides, (left, top + height), page)
    placed = marks(plot)
    draw_marks(plot, placed)
    draw_labels(plot, placed, lines)
    write(figure, "People", style.margin, page.top + 0.6 * em, size=style.base)
    legend.place(figure, style.margin, page.top + page.middle - legend.height + 0.2 * em)


def _contours(
    figure: EvidenceFigure,
    plot: Plot,
    lines: list[Contour],
    corner: tuple[float, float],
    style: Preset,
) -> None:
    """Draw the contours and write their numbers where they leave the frame and find room."""
    draw_contours(plot, lines)
    (left, top), em, taken = corner, style.em, []
    for contour in lines:
        found = leaves_by(plot, contour)
        if found is None:
            continue
        x, y, edge = found
        words = f"{contour.effect:.{2 if abs(contour.effect) < 1 else 3}g}".replace("-", "−")
        half = text_width(words, style.small) / 2
        if edge == "top":
            spot, middle = left + x, top - 0.7 * em
        else:
            side = 1 if edge == "right" else -1
            spot, middle = left + x + side * (0.3 * em + half), top + plot.inches[1] - y
        box = (spot - half - 0.03, middle - 0.5 * em, spot + half + 0.03, middle + 0.5 * em)
        if not any(box[0] < b[2] and box[2] > b[0] and box[1] < b[3] and box[3] > b[1] for b in taken):
            taken.append(box)
            write(figure, words, spot, middle, size=style.small, align="center")


def _axis(
    figure: EvidenceFigure, plot: Plot, sides: tuple[str, str], corner: tuple[float, float], page: Sheet
) -> None:
    """Write the p values, the same on both sides, and below them what the sides mean."""
    style, em, (left, bottom) = page.preset, page.preset.em, corner
    taken = [0.0]
    for p in (MIDDLE, 0.001, 0.01, *(10.0**-power for power in range(4, 8)), 0.1, 0.3, 0.5):
        spot = -float(np.log10(p))
        if spot > plot.across:
            continue
        half = text_width("0.001", style.small) / plot.inches[0] * plot.across * 2
        if min(abs(spot - other) for other in taken) < half * 1.25:
            continue
        taken.append(spot)
    for spot in {side * spot for spot in taken for side in (-1, 1)}:
        at = left + float(plot.x(spot))
        write(figure, number(10.0 ** -abs(spot)), at, bottom + 0.8 * em, size=style.small, align="center")
        line = {"color": RULE, "linewidth": 0.07 * style.base, "zorder": 0.4}
        if abs(abs(spot) + np.log10(MIDDLE)) < 1e-9:
            plot.axes.plot([spot, spot], plot.up, linestyle=(0, (1, 2)), **line)
    middle = left + plot.inches[0] / 2
    write(figure, "Two-sided p value", middle, bottom + 3.7 * em, size=style.base, align="center")
    for words, sign in zip((sides[1], sides[0]), (-1, 1), strict=True):
        arrow = f"← favours {words}" if sign < 0 else f"favours {words} →"
        reach = abs((style.margin if sign < 0 else page.width - style.margin) - middle) - 0.5 * em
        text = fitted(arrow, reach, style.base, bold=True)
        align = "right" if sign < 0 else "left"
        write(
            figure,
            text,
            middle + sign * 0.5 * em,
            bottom + 2.3 * em,
            size=style.base,
            bold=True,
            align=align,
        )
    floor = {"color": INK, "linewidth": 0.08 * style.base, "clip_on": False, "zorder": 2}
    plot.axes.plot([-plot.across, plot.across], [plot.up[0]] * 2, **floor)
