"""Icon arrays: a hundred people in ten rows, those it happens to filled, the range hatched and outlined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from evidence.certainty.absolute import Absolute
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.frames import checked, named, numbered, once, wrong
from evidence.figures.key import Entry, Key
from evidence.figures.key import key as laid_out
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import RANGE_NOTE, cut, lay, plain_figure
from evidence.figures.plain_words import PER, amount, people_words, too_wide, whole
from evidence.figures.style import BLUE, INK, MUTED, PAPER, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import Block, text_width

COLUMNS = ("label", "value", "low", "high")
MOST = 4
_WIDE = "This range is too wide to tell."
_COUNTED = "as counted; no range is known"
_ROW = 10
_SIDE = {"web": 19.0, "paper": 19.0, "slide": 14.0}  # of a square, ems
_GAP = 3.0  # ems between squares
_WORDS = {  # what each look means, in the order of the icons
    "sure": "likely at least these",
    "fewer": "our best guess adds these",
    "more": "it could be these, too",
    "rest": "all the others",
}
_PALE = "#DDE1E6"


@dataclass(frozen=True, slots=True)
class Group:
    """One square: how many of 100 people, and the range; NaN where there is none."""

    label: str
    value: float
    low: float
    high: float

    def counts(self) -> dict[str, int]:
        """Return how many icons have each look.

        Examples
        --------
        >>> Group("", 6.7, 2.0, 22.6).counts()
        {'sure': 2, 'fewer': 5, 'more': 16, 'rest': 77}
        """
        ends = (self.low, self.value, self.high) if np.isfinite(self.low) else (self.value,) * 3
        low, middle, high = (whole(end) for end in ends)
        return {"sure": low, "fewer": middle - low, "more": high - middle, "rest": PER - high}

    def said(self) -> str:
        """Return the number in words, with its range."""
        return people_words(self.value, self.low, self.high)

    def beneath(self) -> str:
        """Return what is written under the number."""
        return _COUNTED if np.isnan(self.low) else f"from {amount(self.low)} to {amount(self.high)}"

    def warned(self) -> str:
        """Return a warning if the range says next to nothing."""
        return _WIDE if too_wide(self.low, self.high) else ""


def icon_rows(found: Absolute, treated: str, compared: str = "") -> pd.DataFrame:
    """Return the rows of an icon array: people under the treatment and, where there is one, the comparator.

    Parameters
    ----------
    found : Absolute
        In people.
    treated, compared : str
        Names of the two groups.

    Raises
    ------
    InputError
        If the answer is not one of 100 people, or the comparator has no name.

    Examples
    --------
    >>> icon_rows(Absolute("of 100 people", 30, 7, 2, 23, ""), "With it", "Without it")["value"].tolist()
    [7.0, 30.0]
    """
    if found.unit != f"of {PER} people":
        raise InputError(f"unit={found.unit!r}: icons stand for people, so it must be 'of {PER} people'.")
    rows = [(treated, found.value, found.low, found.high)]
    if not np.isnan(found.without):
        if not compared:
            raise InputError(f"compared={compared!r}: the group without the treatment needs a name.")
        rows.append((compared, found.without, np.nan, np.nan))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = list(COLUMNS[1:])
    # An interval of a share that is 0 or 100 may miss it by rounding.
    frame[numbers] = frame[numbers].astype(float).round(9) + 0.0
    return frame


def _groups(rows: pd.DataFrame) -> tuple[Group, ...]:
    table = checked(rows, COLUMNS, "an icon array")
    if len(table) > MOST:
        raise InputError(f"rows has {len(table)} groups; an icon array shows at most {MOST} side by side.")
    once(table, ("label",))
    labels = named(table, "label")
    value = numbered(table, "value", low=0, high=PER, gaps=False)
    low, high = (numbered(table, end, low=0, high=PER) for end in ("low", "high"))
    for row, middle, start, end in zip(table.index, value, low, high, strict=True):
        if np.isnan(start) != np.isnan(end):
            column = "low" if np.isnan(start) else "high"
            raise InputError(wrong(row, column, np.nan, "a range needs both of its ends, or neither."))
        if start > middle or end < middle:
            raise InputError(wrong(row, "value", middle, f"it lies outside its range, {start:g} to {end:g}."))
    return tuple(Group(*each) for each in zip(labels, value, low, high, strict=True))


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
        "web", "paper" or "slide".
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
    >>> rows = pd.DataFrame([("Laser", 30, None, None), ("Needling", 6.7, 2, 22.6)], columns=list(COLUMNS))
    >>> print(icon_array(rows).alt)
    Laser: about 30 of 100 people. Needling: about 7 of 100 people (from 2 to 23).
    """
    groups = _groups(rows)
    style = preset_called(preset)
    ranged = any(np.isfinite(group.low) for group in groups)
    note = RANGE_NOTE if ranged else ""
    page = sheet(style, (title or "", subtitle or ""), note, source, partial(_needed, groups, style))
    said = [f"{group.label}: {_lowered(group.said())}." for group in groups]
    long = [f"{line} {group.warned()}".strip() for line, group in zip(said, groups, strict=True)]
    figure, axes = plain_figure(
        page,
        name=name,
        title=title,
        subtitle=subtitle,
        said=[*long, note],
        short=_short(groups, said),
        legend=_key_of(groups, style, page.inner),
    )
    _draw(axes, page, groups)
    return figure


def _short(groups: tuple[Group, ...], said: list[str]) -> str:
    """Return all groups in a line that fits, without their ranges or their names where need be."""
    plain = [f"{group.label}: {_lowered(people_words(group.value))}." for group in groups]
    bare = f"Of {PER} people: {'; '.join(amount(group.value) for group in groups)}."
    return next((text for text in (" ".join(said), " ".join(plain)) if len(text) <= ALT_LENGTH), bare)


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]


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
    _person(axes, x - cell / 2, y - cell / 2, cell, look, size)


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
    looks = [look for look, count in group.counts().items() for _ in range(count)]
    cell = side / _ROW
    for i, look in enumerate(looks):
        row, column = divmod(i, _ROW)
        _person(axes, left + column * cell, top + row * cell, cell, look, 1.3 * style.small)


def _person(axes: Axes, left: float, top: float, cell: float, look: str, size: float) -> None:
    """Draw one figure of a head and shoulders into a square cell."""
    fine = 0.07 * size
    looks = {
        "sure": {"facecolor": BLUE, "edgecolor": BLUE},
        "fewer": {"facecolor": tint(BLUE, 0.22), "edgecolor": BLUE, "hatch": "/" * 8, "hatchcolor": BLUE},
        "more": {"facecolor": PAPER, "edgecolor": INK},
        "rest": {"facecolor": _PALE, "edgecolor": _PALE},
    }
    shape = Path(_PERSON.vertices * cell + (left, top), _PERSON.codes)
    patch = PathPatch(shape, linewidth=fine, hatch_linewidth=0.8 * fine, clip_on=False, **looks[look])
    patch.set(label=look, zorder=3 if look != "rest" else 2)
    axes.add_patch(patch)


def _outline() -> Path:
    """Return a person in a unit square, its head at the top (the page is measured downwards)."""
    head = Path.circle((0.5, 0.26), 0.17)
    k, c = Path.CURVE4, Path.LINETO
    body = [(0.14, 0.93), (0.14, 0.66), (0.14, 0.54), (0.24, 0.48), (0.36, 0.48)]
    body += [(0.64, 0.48), (0.76, 0.48), (0.86, 0.54), (0.86, 0.66), (0.86, 0.93), (0.14, 0.93)]
    codes = [Path.MOVETO, c, k, k, k, c, k, k, k, c, Path.CLOSEPOLY]
    return Path.make_compound_path(head, Path(body, codes))


_PERSON = _outline()
