"""A timeline of improvement: what was measured at which visit, in how many people, and nothing in between."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.figures.course_data import Course, panels
from evidence.figures.figure import EvidenceFigure
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import cut, lay, plain_figure
from evidence.figures.plain_words import treatment_words
from evidence.figures.slides import turned
from evidence.figures.style import BLUE, INK, MUTED, RULE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import Block, counted, fitted, text_width
from evidence.review import Review
from evidence.synthesis.time_course import time_course

BASELINE = "baseline"
_NOTE = (
    "Each bar is one visit. The thin line is the range: how far off the number may be."
    " What came between visits is not known. The gaps are not drawn to scale."
)
_TALL = {"web": 7.0, "paper": 7.0, "slide": 3.6}  # height of the bars, ems
_ABREAST = 2  # groups in a row
_GAP, _RAIL, _BAR = 2.4, 2.6, 2.4  # ems: between columns, of the line of time, of a bar


def timeline_rows(review: Review) -> pd.DataFrame:
    """Return the visits of every group that was seen more than once, its treatment in plain words.

    Examples
    --------
    >>> import evidence as ev
    >>> sorted(set(timeline_rows(ev.load())["arm"]))
    ['microneedling', 'no or sham treatment']
    """
    rows = time_course(review)
    rows["arm"] = [treatment_words(review, (code,)) for code in rows["treatment"]]
    return rows


@house_style()
def improvement_timeline(
    rows: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "improvement_timeline",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw each group's change at each of its visits as a bar, with dashes where nothing was measured.

    Groups on one scale share the height of their bars. A gap between visits has its weeks only where both
    are printed.

    Parameters
    ----------
    rows : DataFrame
        One row a group, scale and visit, in order: study_id, label, scale, weeks (since the start; blank if
        not printed), visit (a visit called "baseline" is the start), value (points; above nought is better),
        low, high (blank if there is no range) and n, and if need be arm_id, arm (its words) and unit.
        `timeline_rows` makes it of a review.
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
        If a column is missing, or there is no such preset.
    InputError
        If the table is empty, a visit stands twice, a name is blank, a change is missing, or lies outside its
        range; if there is no such page.

    Examples
    --------
    >>> from evidence.figures.course_data import COLUMNS
    >>> visits = [("s", "Minh", "GB", w, f"week {w}", w / 10, None, None, 31) for w in (4, 8)]
    >>> print(improvement_timeline(pd.DataFrame(visits, columns=list(COLUMNS))).alt)
    1 time line in 1 study, with 2 visits after the start.
    """
    every = [course for panel in panels(rows) for course in panel.courses]
    style = preset_called(preset)
    leaf, shown = turned([every[i : i + _ABREAST] for i in range(0, len(every), _ABREAST)], page)
    courses, subtitle = tuple(shown), leaf.subtitle(subtitle or "")
    laid = sheet(style, (title or "", subtitle), _NOTE, source, partial(_needed, courses, style))
    short = leaf.alt(_short(tuple(every), rows["study_id"].nunique()))
    said = [short, *(_said(course) for course in courses), _NOTE]
    named = leaf.name(name)
    figure, axes = plain_figure(laid, name=named, title=title, subtitle=subtitle, said=said, short=short)
    figure.pages = leaf.count
    _draw(axes, laid, courses, tuple(every))
    return figure


def _after(course: Course) -> int:
    return sum(visit != BASELINE for visit in course.visits)


def _short(courses: tuple[Course, ...], studies: int) -> str:
    visits = sorted({_after(course) for course in courses})
    span = f"{visits[0]}" if len(visits) == 1 else f"{visits[0]} to {visits[-1]}"
    noun = "visit" if span == "1" else "visits"
    lines, of = counted(len(courses), "time line"), counted(studies, "study", "studies")
    return f"{lines} in {of}, with {span} {noun} after the start."


def _said(course: Course) -> str:
    """Return a course in sentences, every visit with its change."""
    parts = []
    for i, visit in enumerate(course.visits):
        if visit != BASELINE:
            number, ends = _change(course, i)
            parts.append(f"{visit}: {number}{f' ({ends})' if ends else ''}.")
    sentences = [f"{part[0].upper()}{part[1:]}" if i else part for i, part in enumerate(parts)]
    return f"{course.name} ({_people(course)}): {' '.join(sentences)}"


def _people(course: Course) -> str:
    who = "" if math.isnan(course.n) else counted(int(course.n), "person", "people")
    return ", ".join(filter(None, [who, f"{course.unit} of {course.scale}"]))


def _signed(value: float) -> str:
    """Write a change in words.

    Examples
    --------
    >>> _signed(2.4), _signed(-1.0), _signed(0.04)
    ('2.4 better', '1.0 worse', 'no change')
    """
    size = f"{abs(value):.1f}"
    return "no change" if float(size) == 0 else f"{size} {'better' if value > 0 else 'worse'}"


def _change(course: Course, i: int) -> tuple[str, str]:
    """Return a change and its range, in words."""
    if not course.has_interval(i):
        return _signed(course.value[i]), ""
    low, high = (round(float(end), 1) for end in (course.low[i], course.high[i]))
    if low < 0 < high:
        return _signed(course.value[i]), f"from {_signed(low)} to {_signed(high)}"
    ends = sorted((abs(low), abs(high)))
    return _signed(course.value[i]), f"from {ends[0]:.1f} to {ends[1]:.1f}"


def _blocks(course: Course, style: Preset, width: float) -> tuple[Block, list[Block]]:
    """Return what stands over the bars, and under each visit."""
    head = cut(course.name, width, style.base, 3, bold=True).lines
    head += cut(_people(course), width, style.small, 2, color=MUTED).lines
    slot = width / len(course.visits) - 0.5 * style.em
    under = []
    for i, visit in enumerate(course.visits):
        if visit == BASELINE:
            under.append(cut("Start", slot, style.small, 1))
            continue
        number, ends = _change(course, i)
        lines = cut(number, slot, style.small, 2, bold=True).lines
        lines += cut(ends, slot, style.small, 3).lines if ends else ()
        under.append(Block(lines + cut(visit, slot, style.small, 5, color=MUTED).lines))
    return Block(head), under


def _column(courses: tuple[Course, ...], style: Preset, width: float) -> tuple[int, float]:
    count = min(_ABREAST, len(courses))
    return count, (width - (count - 1) * _GAP * style.em) / count


def _rows(courses: tuple[Course, ...], style: Preset, width: float) -> list[tuple[float, float]]:
    """Return for each row of the page the height over and under its bars."""
    count, wide = _column(courses, style, width)
    blocks = [_blocks(course, style, wide) for course in courses]
    found = []
    for start in range(0, len(blocks), count):
        row = blocks[start : start + count]
        over = max(head.height for head, _ in row) + 0.5 * style.em
        found.append((over, max(each.height for _, under in row for each in under) + _RAIL * style.em))
    return found


def _needed(courses: tuple[Course, ...], style: Preset, width: float) -> tuple[float, float]:
    rows = _rows(courses, style, width)
    tall = sum(over + under + _TALL[style.name] * style.em for over, under in rows)
    return width, tall + (len(rows) - 1) * 1.4 * style.em


def _draw(axes: Axes, page: Sheet, courses: tuple[Course, ...], every: tuple[Course, ...]) -> None:
    style = page.preset
    count, wide = _column(courses, style, page.inner)
    rows = _rows(courses, style, page.inner)
    spare = max(0.0, page.middle - _needed(courses, style, page.inner)[1]) / len(rows)
    tall, top = _TALL[style.name] * style.em + spare, 0.0
    for r, (over, under) in enumerate(rows):
        for i, course in enumerate(courses[r * count : (r + 1) * count]):
            left = i * (wide + _GAP * style.em)
            head, words = _blocks(course, style, wide)
            lay(axes, head, left, top)
            _bars(axes, course, _limits(course, every), (left, top + over, wide, tall), style)
            _rail(axes, course, words, (left, top + over + tall, wide), style)
        top += over + tall + under + 1.4 * style.em


def _limits(course: Course, every: tuple[Course, ...]) -> tuple[float, float]:
    """Return the ends that all groups on this scale share, those on other pages too."""
    same = [each for each in every if (each.scale, each.unit) == (course.scale, course.unit)]
    values = np.concatenate([np.r_[each.value, each.low, each.high, 0.0] for each in same])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return low, high if high > low else low + 1.0


def _bars(
    axes: Axes,
    course: Course,
    limits: tuple[float, float],
    frame: tuple[float, float, float, float],
    style: Preset,
) -> None:
    """Draw a bar a visit from the line of no change, with its range."""
    left, top, wide, tall = frame
    low, high = limits
    slot, em = wide / len(course.visits), style.em

    def place(value: float) -> float:
        return top + tall * (high - value) / (high - low)

    zero = place(0.0)
    axes.plot([left, left + wide], [zero, zero], color=RULE, linewidth=0.1 * style.base, zorder=1)
    bar = min(_BAR * em, 0.6 * slot)
    for i, visit in enumerate(course.visits):
        if visit == BASELINE:
            continue
        middle = left + (i + 0.5) * slot
        ends = sorted((zero, place(course.value[i])))
        look = {"facecolor": tint(BLUE, 0.55), "edgecolor": BLUE, "linewidth": 0.1 * style.base, "zorder": 2}
        patch = Rectangle((middle - bar / 2, ends[0]), bar, ends[1] - ends[0], label="change", **look)
        if course.value[i] < 0:
            patch.set(hatch="///", hatchcolor=BLUE)
        axes.add_patch(patch)
        if course.has_interval(i):
            spots = [place(course.low[i]), place(course.high[i])]
            axes.plot(
                [middle, middle], spots, color=INK, linewidth=0.14 * style.base, label="range", zorder=3
            )


def _rail(
    axes: Axes, course: Course, words: list[Block], frame: tuple[float, float, float], style: Preset
) -> None:
    """Draw the line of time: a dot a visit, dashes between them, the weeks where they are printed."""
    left, top, wide = frame
    em, slot = style.em, wide / len(course.visits)
    line = top + 1.8 * em
    spots = left + (np.arange(len(course.visits)) + 0.5) * slot
    for i, (start, end) in enumerate(pairwise(spots)):
        ends = [start + 0.6 * em, end - 0.6 * em]
        axes.plot(
            ends, [line, line], color=MUTED, linewidth=0.1 * style.base, linestyle=(0, (3, 3)), zorder=1
        )
        gap = course.weeks[i + 1] - course.weeks[i]
        said = "" if math.isnan(gap) else counted(round(gap), "week")
        size = style.small
        if said and text_width(said, size) > slot - _BAR * em / 2:
            said = fitted(said, slot - _BAR * em / 2, size)
        lay(axes, cut(said, slot, size, 1, color=MUTED), (start + end) / 2, top + 0.45 * em, align="center")
    dots = {"facecolor": INK, "linewidths": 0, "zorder": 2, "clip_on": False, "label": "visits"}
    axes.scatter(spots, np.full(len(spots), line), s=(0.6 * style.base) ** 2, **dots)
    for spot, block in zip(spots, words, strict=True):
        lay(axes, block, spot, top + _RAIL * em, align="center")
