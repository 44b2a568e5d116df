"""Icon arrays: a hundred people in ten rows, those it happens to filled, the range hatched and outlined."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from evidence.figures.figure import EvidenceFigure
from evidence.figures.icon_groups import Group, groups_of, short_of
from evidence.figures.key import Entry, Key
from evidence.figures.key import key as laid_out
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import RANGE_NOTE, cut, lay, plain_figure
from evidence.figures.plain_words import lowered, people_words
from evidence.figures.style import BLUE, INK, MUTED, PAPER, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import Block, text_width

_ROW = 10
_SIDE = {"web": 19.0, "paper": 19.0, "slide": 11.0}  # of a square, ems
_GAP = 3.0  # ems between squares
_WORDS = {  # what each look means, in the order of the icons
    "sure": "likely these",
    "fewer": "our best guess adds these",
    "more": "it could be these, too",
    "rest": "all the others",
}
_PALE = "#DDE1E6"


@house_style()
def icon_array(
    rows: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "icon_array",
) -> EvidenceFigure:
    """Draw of 100 people how many it happens to, and how far off that number may be.

    People up to the low end of the range are filled, from there to the best guess hatched, from there to the
    high end outlined. Numbers are rounded to whole people, halves up; a share above nought that rounds to
    none is said to be "fewer than 1".

    Parameters
    ----------
    rows : DataFrame
        One row a group, at most four: label, value, low and high (of 100 people; low and high blank where no
        range is known). `icon_rows` makes it of an absolute effect.
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
        If a column is missing, or there is no such preset.
    InputError
        If there are no rows or more than four, a label is blank or stands twice, a number is not of 100, or
        lies outside its range.

    Examples
    --------
    >>> from evidence.figures.icon_groups import COLUMNS
    >>> rows = pd.DataFrame([("Laser", 30, None, None), ("Needling", 6.7, 2, 22.6)], columns=list(COLUMNS))
    >>> print(icon_array(rows).alt)
    Laser: about 30 of 100 people. Needling: about 7 of 100 people (from 2 to 23).
    """
    groups = groups_of(rows)
    style = preset_called(preset)
    ranged = any(np.isfinite(group.low) for group in groups)
    note = RANGE_NOTE if ranged else ""
    page = sheet(style, (title or "", subtitle or ""), note, source, partial(_needed, groups, style))
    said = [f"{group.label}: {lowered(group.said())}." for group in groups]
    long = [f"{line} {group.warned()}".strip() for line, group in zip(said, groups, strict=True)]
    figure, axes = plain_figure(
        page,
        name=name,
        title=title,
        subtitle=subtitle,
        said=[*long, note],
        short=short_of(groups, said),
        legend=_key_of(groups, style, page.inner),
    )
    _draw(axes, page, groups)
    return figure


def _words(groups: tuple[Group, ...], style: Preset, width: float) -> list[tuple[Block, ...]]:
    """Return each group's name, its number, its range and its warning, wrapped to `width` inches."""
    large, ranged = 1.25 * style.base, any(np.isfinite(group.low) for group in groups)
    return [
        (
            cut(group.label, width, style.base, 3),
            cut(people_words(group.value), width, large, 3, bold=True),
            cut(group.beneath() if ranged else "", width, style.base, 2),
            cut(group.warned(), width, style.base, 2, color=MUTED),
        )
        for group in groups
    ]


def _across(groups: tuple[Group, ...], style: Preset, width: float) -> tuple[float, float]:
    """Return the width of a square, and that of its words, inches; a single group has them beside it."""
    gap, count = _GAP * style.em, max(len(groups), 2)
    most = (width - (count - 1) * gap) / count
    side = min(_SIDE[style.name] * style.em, most)
    return side, most if len(groups) > 1 else width - side - gap


def _needed(groups: tuple[Group, ...], style: Preset, width: float) -> tuple[float, float]:
    side, wide = _across(groups, style, width)
    words = _words(groups, style, wide)
    foot = _key_of(groups, style, width).height + 1.2 * style.em
    if len(groups) == 1:
        return width, max(side, _tall(words[0]) + style.em) + foot
    return width, _above(words, style) + side + _below(words, style) + foot


def _tall(blocks: tuple[Block, ...]) -> float:
    return sum(each.height for each in blocks)


def _above(words: list[tuple[Block, ...]], style: Preset) -> float:
    return max(label.height for label, *_ in words) + 0.4 * style.em


def _below(words: list[tuple[Block, ...]], style: Preset) -> float:
    return max(_tall(below) for _, *below in words) + 0.4 * style.em


def _key_of(groups: tuple[Group, ...], style: Preset, width: float) -> Key:
    shown = [look for look in _WORDS if any(group.counts()[look] for group in groups)]
    if all(np.isnan(group.low) for group in groups):
        shown = []
    return laid_out([Entry(partial(_sample, look=look), _WORDS[look], 1.3) for look in shown], style, width)


def _sample(axes: Axes, x: float, y: float, size: float, *, look: str) -> None:
    cell = 1.25 * size / 72
    _people(axes, [(x - cell / 2, y - cell / 2)], cell, look, size)


def _draw(axes: Axes, page: Sheet, groups: tuple[Group, ...]) -> None:
    style = page.preset
    side, wide = _across(groups, style, page.inner)
    spare = max(0.0, page.middle - _needed(groups, style, page.inner)[1])
    side = min(side + spare, wide)
    words = _words(groups, style, wide)
    if len(groups) == 1:
        x, top = side + _GAP * style.em, max(0.0, (side - _tall(words[0])) / 2)
        _square(axes, 0.0, 0.0, side, groups[0], style)
        _stack(axes, words[0], x, top)
        return
    above = _above(words, style)
    widest = max(_widest(blocks) for blocks in words)
    pitch = min(wide, max(side, widest)) + _GAP * style.em
    for i, (group, (label, *below)) in enumerate(zip(groups, words, strict=True)):
        left = i * pitch
        lay(axes, label, left, above - 0.4 * style.em - label.height)
        _square(axes, left, above, side, group, style)
        _stack(axes, below, left, above + side + 0.4 * style.em)


def _widest(blocks: tuple[Block, ...]) -> float:
    return max(text_width(line.text, line.size, line.bold) for each in blocks for line in each.lines)


def _stack(axes: Axes, blocks: Iterable[Block], left: float, top: float) -> None:
    for each in blocks:
        top = lay(axes, each, left, top)


def _square(axes: Axes, left: float, top: float, side: float, group: Group, style: Preset) -> None:
    cell, first = side / _ROW, 0
    for look, count in group.counts().items():
        spots = [(left + i % _ROW * cell, top + i // _ROW * cell) for i in range(first, first + count)]
        if spots:
            _people(axes, spots, cell, look, 1.3 * style.small)
        first += count


def _people(axes: Axes, spots: list[tuple[float, float]], cell: float, look: str, size: float) -> None:
    """Draw a person into each square cell, all of one look as one shape."""
    fine = 0.07 * size
    looks = {
        "sure": {"facecolor": BLUE, "edgecolor": BLUE},
        "fewer": {"facecolor": tint(BLUE, 0.22), "edgecolor": BLUE, "hatch": "/" * 8, "hatchcolor": BLUE},
        "more": {"facecolor": PAPER, "edgecolor": INK},
        "rest": {"facecolor": _PALE, "edgecolor": _PALE},
    }
    people = [Path(_PERSON.vertices * cell + spot, _PERSON.codes) for spot in spots]
    shape = Path.make_compound_path(*people)
    patch = PathPatch(shape, linewidth=fine, hatch_linewidth=0.8 * fine, clip_on=False, **looks[look])
    patch.set(label=look, zorder=3 if look != "rest" else 2)
    axes.add_artist(patch)  # unlike `add_patch` it does not measure a thousand curves for limits that are set


def _outline() -> Path:
    """Return a person in a unit square, its head at the top (the page is measured downwards)."""
    head = Path.circle((0.5, 0.26), 0.17)
    k, c = Path.CURVE4, Path.LINETO
    body = [(0.14, 0.93), (0.14, 0.66), (0.14, 0.54), (0.24, 0.48), (0.36, 0.48)]
    body += [(0.64, 0.48), (0.76, 0.48), (0.86, 0.54), (0.86, 0.66), (0.86, 0.93), (0.14, 0.93)]
    codes = [Path.MOVETO, c, k, k, k, c, k, k, k, c, Path.CLOSEPOLY]
    return Path.make_compound_path(head, Path(body, codes))


_PERSON = _outline()
