"""Numbers of sessions: how many groups of trials had how many, and how many do not say."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.canvas import head, inch_axes, page_height, put
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.frames import checked, numbered, once, wrong
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, MUTED, PAPER, Preset, house_style, shaped
from evidence.figures.style import preset as preset_called
from evidence.figures.text import Block, block, counted, shortened, spoken, text_width

COLUMNS = ("sessions", "groups")
SILENT = "not printed"

_WIDEST = 8.5  # ems a bar and the room beside it may take
_EVERY = 20  # numbers of sessions up to which those nobody had are shown too


@dataclass(frozen=True, slots=True)
class Counts:
    """Groups by number of sessions, in rising order, and the groups that do not print it."""

    sessions: FloatArray
    groups: FloatArray
    silent: int

    @property
    def known(self) -> int:
        """Number of groups that print it."""
        return int(self.groups.sum())

    def quartiles(self) -> tuple[float, float, float]:
        """Return the quartiles of the sessions over the groups that print them."""
        below = np.cumsum(self.groups)
        low, middle, high = (
            float(self.sessions[np.searchsorted(below, share * below[-1])]) for share in (0.25, 0.5, 0.75)
        )
        return low, middle, high


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches; `step` is what a bar and the room beside it take."""

    preset: Preset
    width: float
    height: float
    heading: Block
    top: float
    step: float
    plot_height: float
    bars: tuple[tuple[str, float], ...]
    beside: float
    footer: Block


@house_style()
def session_histogram(
    counts: pd.DataFrame,
    *,
    noun: str = "group",
    plural: str = "",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "session_histogram",
) -> EvidenceFigure:
    """Draw how many groups had how many sessions.

    Groups whose number of sessions is not printed stand apart, in a hollow bar.

    Parameters
    ----------
    counts : DataFrame
        One row a number of sessions, columns sessions (blank for groups that do not print it) and groups.
    noun, plural : str
        What is counted, and its plural where that is not the noun with an s.
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
        If a column is missing.
    InputError
        If the table is empty, a number of sessions stands twice, or a count is no whole number of 0 or more.

    Examples
    --------
    >>> table = pd.DataFrame({"sessions": [3, 4, None], "groups": [5, 2, 6]})
    >>> print(session_histogram(table).alt)
    Sessions in 7 groups: median 3, middle half 3 to 4; 6 more do not print it.
    """
    found = _counts(counts)
    style = preset_called(preset)
    said = _alt(found, noun, plural)
    sheet = _sheet(found, said, style, title, subtitle, ending(source))
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(said, ALT_LENGTH),
        long_alt=spoken(title or "", [said, _in_full(found, noun, plural)]),
        caption=said,
        dpi=style.dpi,
    )
    sheet.heading.place(figure, style.margin, style.margin)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    _draw(figure, sheet, found)
    return figure


def _counts(table: pd.DataFrame) -> Counts:
    table = checked(table, COLUMNS, "a histogram of sessions")
    sessions = numbered(table, "sessions", low=0)
    groups = numbered(table, "groups", low=0, gaps=False)
    for name, values in (("sessions", sessions), ("groups", groups)):
        for row, value in zip(table.index, values, strict=True):
            if np.isfinite(value) and value % 1:
                raise InputError(wrong(row, name, value, "a count must be a whole number."))
    once(table.assign(sessions=sessions), ("sessions",))
    known = np.isfinite(sessions)
    order = np.argsort(sessions[known], kind="stable")
    return Counts(sessions[known][order], groups[known][order], int(groups[~known].sum()))


def _bars(found: Counts) -> tuple[tuple[str, float], ...]:
    """Return the bars; numbers that no group had are shown where that keeps the axis short."""
    by_number = dict(zip(found.sessions.tolist(), found.groups.tolist(), strict=True))
    if by_number and max(by_number) - min(by_number) <= _EVERY:
        whole = np.arange(min(by_number), max(by_number) + 1).tolist()
        by_number = {number: by_number.get(number, 0.0) for number in whole}
    return tuple((f"{number:g}", count) for number, count in by_number.items())


def _sheet(
    found: Counts, said: str, style: Preset, title: str | None, subtitle: str | None, foot: str
) -> Sheet:
    """Measure the page; where its shape is fixed, the plot takes the height that is left."""
    sheet = shaped(lambda width: _measured(found, said, style, title, subtitle, foot, width), style)
    height = page_height(sheet.height, sheet.width, style)
    taller = sheet.plot_height + 0.95 * (height - sheet.height)
    return replace(sheet, height=height, plot_height=taller)


def _measured(
    found: Counts, said: str, style: Preset, title: str | None, subtitle: str | None, foot: str, width: float
) -> Sheet:
    em, inner = style.em, width - 2 * style.margin
    bars = _bars(found)
    beside = max(3.0 * em, text_width(SILENT, style.small) + 0.6 * em) if found.silent else 0.0
    room = inner - (beside + 1.5 * em if found.silent else 0.0)
    step = min(_WIDEST * em, room / max(len(bars), 1))
    heading = head(title, subtitle, style, inner)
    parts = [(said, style.small, False, INK), (foot, style.fine, False, MUTED)]
    footer = block(parts, inner)
    top = style.margin + heading.height + (0.8 * em if heading.lines else 0.0)
    tall = 12 * em if style.aspect else 17 * em
    height = top + tall + 3.6 * em + footer.height + style.margin
    return Sheet(style, width, height, heading, top, step, tall, bars, beside, footer)


def _draw(figure: EvidenceFigure, sheet: Sheet, found: Counts) -> None:
    style, em = sheet.preset, sheet.preset.em
    wide = sheet.step * len(sheet.bars)
    whole = wide + (1.5 * em + sheet.beside if found.silent else 0.0)
    room = 1.5 * em
    axes = inch_axes(
        figure, style.margin, sheet.top, max(whole, em), sheet.plot_height + 3.2 * em, "sessions"
    )
    most = max([count for _, count in sheet.bars] + [found.silent, 1.0])
    tall = sheet.plot_height - room
    skip = _skip(sheet)
    for i, (words, count) in enumerate(sheet.bars):
        middle = (i + 0.5) * sheet.step
        _bar(axes, sheet, middle, 0.74 * sheet.step, tall * count / most, count, silent=False)
        if i % skip == 0:
            put(axes, words, middle, sheet.plot_height + 0.9 * em, size=style.small, align="center")
    if sheet.bars:
        middle = min(wide / 2, max(wide, text_width("Sessions", style.base) + 0.1) / 2)
        put(axes, "Sessions", middle, sheet.plot_height + 2.4 * em, size=style.base, align="center")
        _ground(axes, sheet, 0, wide)
    if found.silent:
        start = wide + 1.5 * em if sheet.bars else 0.0
        middle = start + sheet.beside / 2
        thick = min(0.74 * max(sheet.step, 2 * em), sheet.beside)
        _bar(axes, sheet, middle, thick, tall * found.silent / most, found.silent, silent=True)
        put(axes, SILENT, middle, sheet.plot_height + 0.9 * em, size=style.small, align="center")
        _ground(axes, sheet, start, start + sheet.beside)


def _skip(sheet: Sheet) -> int:
    """Return every how manieth number has room under its bar."""
    widest = max((text_width(words, sheet.preset.small) for words, _ in sheet.bars), default=0.0)
    return max(1, int(np.ceil((widest + 0.3 * sheet.preset.em) / sheet.step)))


def _ground(axes: Axes, sheet: Sheet, start: float, end: float) -> None:
    look = {"color": INK, "linewidth": 0.08 * sheet.preset.base, "zorder": 3, "clip_on": False}
    axes.plot([start, end], [sheet.plot_height] * 2, **look)


def _bar(
    axes: Axes, sheet: Sheet, middle: float, width: float, height: float, count: float, *, silent: bool
) -> None:
    """Draw a bar with its count above it, where that has room."""
    style = sheet.preset
    if count:
        look = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "///", "hatchcolor": (0.35, 0.35, 0.35, 0.5)}
        look = look if silent else {"facecolor": BLUE, "edgecolor": BLUE}
        patch = Rectangle(
            (middle - width / 2, sheet.plot_height - height), width, height, clip_on=False, **look
        )
        patch.set(linewidth=0.1 * style.base, label="silent" if silent else "known", zorder=2)
        axes.add_patch(patch)
    words = f"{count:g}"
    if count and text_width(words, style.small, True) + 0.1 * style.em <= max(sheet.step, width):
        above = sheet.plot_height - height - 0.75 * style.em
        put(axes, words, middle, above, size=style.small, bold=True, align="center")


def _alt(found: Counts, noun: str, plural: str) -> str:
    if not found.known:
        return f"Sessions: {counted(found.silent, noun, plural)}, none of which prints the number."
    low, middle, high = found.quartiles()
    groups = counted(found.known, noun, plural)
    more = f"; {found.silent} more do not print it" if found.silent else ""
    return f"Sessions in {groups}: median {middle:g}, middle half {low:g} to {high:g}{more}."


def _in_full(found: Counts, noun: str, plural: str) -> str:
    bars = [(number, count) for number, count in zip(found.sessions, found.groups, strict=True) if count]
    parts = [f"{counted(int(count), noun, plural)} with {number:g}" for number, count in bars]
    parts += [f"{found.silent} {SILENT}"] if found.silent else []
    return f"{'; '.join(parts)}." if parts else ""
