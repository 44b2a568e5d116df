"""The courses over time: how far each group had changed at each visit, its name beside its line."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from evidence.figures.canvas import inch_axes, put
from evidence.figures.course_data import Course, long_alt, panels, short_alt
from evidence.figures.course_layout import Plot, Sheet, arrange
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import axis, ticks
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, GREEN, INK, ORANGE, PAPER, PURPLE, RULE, SKY, VERMILLION, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import LEADING, shortened

_COLORS = (BLUE, VERMILLION, GREEN, PURPLE, INK, ORANGE, SKY)
_MARKERS = "os^Dv<>"
_DODGE = 0.42  # ems between lines at the same visit
_MOST_DODGE = 2.4
_KEY = "Bars: 95 % intervals, where they are printed or follow from what is. Up: better than before."


@house_style()
def time_course(
    rows: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    xlabel: str = "Weeks",
    note: str = _KEY,
    source: str | None = None,
    preset: str = "web",
    name: str = "time_course",
) -> EvidenceFigure:
    """Draw the change from baseline of each group at each visit, one line a study and scale.

    Changes in standard deviations share a panel; points of one scale have a panel of their own. Where a week
    is not printed, the visits of a course stand in their order, by their words.

    Parameters
    ----------
    rows : DataFrame
        One row a study, scale and visit, columns study_id, label, scale, weeks (blank if not printed), visit,
        value, low, high (blank if there is no interval) and n, and if need be arm_id (key of a group within a
        study), arm (its words) and unit ("SD", or what the points are of; "points" by default).
    title, subtitle, source : str, optional
        What the figure says at its head and foot.
    xlabel : str
        What the weeks are counted from.
    note : str
        How to read the bars and the direction.
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
        If a column is missing.
    InputError
        If the table is empty, a visit stands twice, a name is blank, a change is missing, or lies outside its
        interval.

    Examples
    --------
    >>> from evidence.figures.course_data import COLUMNS
    >>> lines = [("s", "Minh 2019", "GB", w, f"visit {w}", w / 10, None, None, 31) for w in (0, 4)]
    >>> print(time_course(pd.DataFrame(lines, columns=list(COLUMNS))).alt)
    Change over time: 1 course in 1 study, each seen 2 times.
    """
    found = panels(rows)
    studies = rows["study_id"].nunique()
    style = preset_called(preset)
    sheet = arrange(found, style, title, subtitle, xlabel, [note, ending(source)])
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(short_alt(found, studies), ALT_LENGTH),
        long_alt=long_alt(found, studies, title or ""),
        caption=" ".join(part for part in (short_alt(found, studies), note) if part),
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    for i, plot in enumerate(sheet.plots):
        _draw_plot(figure, sheet, plot, f"panel {i + 1}")
    return figure


def _draw_plot(figure: EvidenceFigure, sheet: Sheet, plot: Plot, label: str) -> None:
    style, em = sheet.preset, sheet.preset.em
    plot.title.place(figure, plot.left, plot.top)
    width, height = figure.get_size_inches()
    corner = (plot.plot_left / width, 1 - (plot.plot_top + plot.plot_height) / height)
    axes = figure.add_axes((*corner, plot.plot_width / width, plot.plot_height / height), label=label)
    _draw_frame(axes, plot, style.small)
    for words, x in plot.below:
        down = 0.5 * em + (1.4 * em if plot.panel.dated else 0.0)
        words.place(figure, plot.plot_left + x, plot.plot_top + plot.plot_height + down, align="center")
    right = plot.plot_left + plot.plot_width
    wide = plot.right - right
    beside = inch_axes(figure, right, plot.plot_top, wide, plot.plot_height, f"{label} labels")
    for i, course in enumerate(plot.panel.courses):
        _draw_course(axes, beside, plot, course, i, style.base, style.small)


def _draw_frame(axes: Axes, plot: Plot, small: float) -> None:
    axes.set_xlim(plot.across)
    axes.set_ylim(plot.up)
    axes.set_yticks(*plot.yticks, fontsize=small)
    plain = axis("identity", "", None)
    if plot.panel.dated:
        axes.set_xticks(*ticks(plain, plot.across, plot.plot_width, small), fontsize=small)
    else:
        axes.set_xticks(range(len(plot.panel.visits)), [""] * len(plot.panel.visits))
    axes.tick_params(length=0.35 * small, pad=0.3 * small, width=0.08 * small, colors=INK)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=INK, linewidth=0.08 * small)
    axes.axhline(0, color=RULE, linewidth=0.1 * small, zorder=1)


def _draw_course(
    axes: Axes, beside: Axes, plot: Plot, course: Course, i: int, base: float, small: float
) -> None:
    """Draw a line with its intervals, and lead from its end to its label."""
    color, marker = _COLORS[i % len(_COLORS)], _MARKERS[(i + i // len(_COLORS)) % len(_MARKERS)]
    count = len(plot.panel.courses)
    step = min(_DODGE, _MOST_DODGE / count) * base / 72
    across = (plot.across[1] - plot.across[0]) / plot.plot_width
    x = plot.panel.spots(course) + (i - (count - 1) / 2) * step * across
    look = {"color": color, "zorder": 3, "clip_on": False}
    axes.plot(x, course.value, linewidth=0.17 * base, **look)
    for spot, visit in zip(x, range(len(course.visits)), strict=True):
        if course.has_interval(visit):
            ends = [course.low[visit], course.high[visit]]
            axes.plot([spot, spot], ends, linewidth=0.11 * base, alpha=0.75, **look)
    dots = {"facecolor": color, "edgecolor": PAPER, "linewidths": 0.06 * base, "zorder": 4, "clip_on": False}
    axes.scatter(x, course.value, s=(0.62 * base) ** 2, marker=marker, label=course.name, **dots)
    end = plot.place_y(course.value[-1])
    middle, em = plot.middles[i], base / 72
    start = plot.place_x(x[-1]) - plot.plot_width + 0.5 * em
    leader = Line2D([start, 1.2 * em], [end, middle], color=color, linewidth=0.06 * base, linestyle=":")
    leader.set(clip_on=False, zorder=2)
    beside.add_line(leader)
    beside.scatter([1.75 * em], [middle], s=(0.62 * base) ** 2, marker=marker, **dots)
    line = small * LEADING / 72
    for j, text in enumerate(plot.labels[i]):
        at = middle + (j - (len(plot.labels[i]) - 1) / 2) * line
        put(beside, text, 2.4 * em, at, size=small)
