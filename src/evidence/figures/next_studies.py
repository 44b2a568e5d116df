"""What to get next: by how much each missing number would narrow the pooled interval, and what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from evidence.certainty.what_next import WhatNext
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.network_page import Sheet, add_frame, place_words, sheet
from evidence.figures.slides import turned
from evidence.figures.style import BLUE, INK, MUTED, PAPER, RULE, SKY, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import (
    Block,
    block,
    counted,
    fitted,
    number,
    printable,
    shortened,
    text_width,
    write,
)
from evidence.robustness.missing import NOT_KNOWN, NOT_READ, PRINTED

FURTHEST = -50.0  # percent; a range that reaches further into wider intervals is cut there, with a mark
_LABELS = 0.46
_HOLLOW = {NOT_READ: "the results were not read", NOT_KNOWN: "it is not known"}
_GAP = 1.2  # ems
_BAR = 1.1  # ems


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: a row a study, with its words laid out.

    Attributes
    ----------
    table : DataFrame
        Rows of the result's summary.
    words : tuple of Block
        Study and what is missing.
    numbers : tuple of (str, str)
        Expected narrowing, and the probability of another reading ("" where there is none).
    limits : tuple of float
    room, side : float
        Widths of the words and of the numbers, inches.
    heights : array
        Of the rows, inches.
    """

    table: pd.DataFrame
    words: tuple[Block, ...]
    numbers: tuple[tuple[str, str], ...]
    limits: tuple[float, float]
    room: float
    side: float
    heights: np.ndarray


@house_style()
def next_studies(
    result: WhatNext,
    *,
    top: int = 10,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "next_studies",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw by how much the missing number of each study is expected to narrow the pooled interval.

    Parameters
    ----------
    result : WhatNext
        Of one question or several. Studies of questions where nothing is pooled are counted in the key.
    top : int
        How many studies to draw, the most useful first.
    title, subtitle, source : str, optional
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
    InputError
        If the result is none of `what_next`, `top` is not 1 or more, or nothing is pooled.
    OptionError
        If there is no such preset.

    Examples
    --------
    >>> import evidence as ev
    >>> print(next_studies(ev.what_next(ev.load(), "Q1f.prp", draws=200)).alt)
    Expected narrowing of the interval by study: Mohta (year not seen) 79 %, Ullah 2025 60 %.
    """
    if not isinstance(result, WhatNext):
        raise InputError(f"next_studies draws the result of what_next, not {type(result).__name__}.")
    if isinstance(top, bool) or not isinstance(top, (int, np.integer)) or top < 1:
        raise InputError(f"top={top!r} must be a whole number, 1 or more.")
    every = result.summary()
    table = every.loc[every["narrowing"].notna()].head(top)
    if table.empty:
        raise InputError(
            f"{', '.join(result.questions)}: no pooled interval could be narrowed; summary() lists what each"
            " missing number would allow."
        )
    style = preset_called(preset)
    leaf, shown = turned([[i] for i in range(len(table))], page)
    part = table.iloc[shown]
    subtitle = leaf.subtitle(subtitle or "")
    key = _key(result, every, len(table))
    laid = sheet(
        style,
        (title or "", subtitle or ""),
        key,
        source,
        lambda inner: _needed(part, style, inner, len(result.questions) > 1),
    )
    picture = _picture(part, style, laid.inner, len(result.questions) > 1)
    figure = EvidenceFigure(
        laid.width,
        laid.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(_alt(table)), ALT_LENGTH),
        long_alt=_long_alt(table),
        caption=f"{_alt(table)} {key}",
        dpi=style.dpi,
    )
    place_words(figure, laid)
    _fill(figure, laid, picture)
    figure.pages = leaf.count
    return figure


def _key(result: WhatNext, every: pd.DataFrame, shown: int) -> str:
    """Say how to read the figure, and how many studies it does not show."""
    shares = set(every.loc[every["narrowing"].notna()].head(shown)["measured"])
    parts = [
        f"Bar: expected narrowing of the 95 % interval were the number had; line: 90 % of {result.draws:,}"
        " simulated results. Simulated from what is known of each study, not found."
    ]
    if shares != {PRINTED}:
        unsure = [_HOLLOW[name] for name in _HOLLOW if name in shares]
        parts.append(f"Filled: print shows that the outcome was measured; hollow: {' or '.join(unsure)}.")
    if every["narrowing_low"].head(shown).min() < FURTHEST:
        parts.append("Arrow: the line goes on.")
    more = int(every["narrowing"].notna().sum()) - shown
    if more:
        parts.append(f"{counted(more, 'further study', 'further studies')} would narrow an interval less.")
    unpooled = int(every["narrowing"].isna().sum())
    if unpooled:
        parts.append(
            f"{counted(unpooled, 'row')} of questions without a pooled estimate"
            f" {'has' if unpooled == 1 else 'have'} no interval to narrow."
        )
    return " ".join(parts)


def _numbers(row: dict[str, Any]) -> tuple[str, str]:
    chance = row["p_reading"]
    moves = (
        ""
        if np.isnan(chance) or round(100 * chance) == 0
        else f"other reading in {number(100 * chance, 0)} %"
    )
    return f"{number(row['narrowing'], 0)} %", moves


def _picture(table: pd.DataFrame, style: Preset, inner: float, several: bool) -> Picture:
    rows = table.to_dict("records")
    room = _LABELS * inner
    words = tuple(_words(row, style, room, several) for row in rows)
    numbers = tuple(_numbers(row) for row in rows)
    side = max(
        max(text_width(first, style.base), text_width(second, style.small)) for first, second in numbers
    )
    side = max(side, text_width("Narrower by", style.base, True))
    heights = np.array([max(each.height, 2.2 * style.em) + 0.7 * style.em for each in words])
    low = max(FURTHEST, min(0.0, table["narrowing_low"].min(), table["narrowing"].min()))
    high = max(10.0, table["narrowing_high"].max(), table["narrowing"].max())
    pad = 0.03 * (high - low)
    return Picture(table, words, numbers, (low - pad, high + pad), room, side, heights)


def _words(row: dict[str, Any], style: Preset, room: float, several: bool) -> Block:
    study = f"{row['question_id']}: {row['study']}" if several else row["study"]
    named = block([(printable(study), style.base, True, INK)], room)
    missing = block([(f"missing: {printable(row['missing'])}", style.small, False, MUTED)], room)
    lines = [*_at_most(named, 2, room), *_at_most(missing, 3, room)]
    return Block(tuple(lines))


def _at_most(of: Block, lines: int, room: float) -> list[Any]:
    """Keep the first lines, the last of them with an ellipsis where something is lost."""
    if len(of.lines) <= lines:
        return list(of.lines)
    last = of.lines[lines - 1]
    text = fitted(f"{last.text} {of.lines[lines].text}", room, last.size, bold=last.bold)
    return [*of.lines[: lines - 1], type(last)(text, last.size, last.bold, last.color)]


def _needed(table: pd.DataFrame, style: Preset, inner: float, several: bool) -> tuple[float, float]:
    picture = _picture(table, style, inner, several)
    least = (picture.side + 2 * _GAP * style.em + style.plot_width) / (1 - _LABELS)
    return max(inner, least), (1.9 + 3.0) * style.em + float(picture.heights.sum())


def _fill(figure: EvidenceFigure, page: Sheet, picture: Picture) -> None:
    """Draw headings, rows and axis into the middle of the page."""
    style = page.preset
    head, foot = 1.9 * style.em, 3.0 * style.em
    stretch = min(1.6, (page.middle - head - foot) / picture.heights.sum())
    heights = stretch * picture.heights
    left, right = style.margin + picture.room + _GAP * style.em, page.width - style.margin
    width = right - picture.side - _GAP * style.em - left
    top = page.top + head
    axes = add_frame(figure, page, left, top, (width, float(heights.sum())), "narrowing")
    axes.set_xlim(picture.limits)
    axes.set_ylim(float(heights.sum()), 0)
    middle = page.top + head / 2 - 0.1 * style.em
    write(figure, "Study and what is missing", style.margin, middle, size=style.base, bold=True)
    write(figure, "Narrower by", right, middle, size=style.base, bold=True, align="right")
    _draw_scale(figure, axes, page, picture, (left, top + float(heights.sum()), width))
    centres = np.cumsum(heights) - heights / 2
    for row, words, said, centre in zip(
        picture.table.to_dict("records"), picture.words, picture.numbers, centres, strict=True
    ):
        words.place(figure, style.margin, top + centre - words.height / 2)
        _draw_row(axes, row, centre, picture.limits, style)
        step = 0.62 * style.em if said[1] else 0.0
        write(figure, said[0], right, top + centre - step, size=style.base, align="right")
        if said[1]:
            write(figure, said[1], right, top + centre + step, size=style.small, align="right", color=MUTED)


def _draw_row(
    axes: Axes, row: dict[str, Any], centre: float, limits: tuple[float, float], style: Preset
) -> None:
    """Draw a bar to the expected narrowing and the line of the simulated range; a cut end has an arrow."""
    face = SKY if row["measured"] == PRINTED else PAPER
    point = max(row["narrowing"], limits[0])
    height = _BAR * style.em
    look = {"facecolor": face, "edgecolor": BLUE, "linewidth": 0.12 * style.base, "zorder": 2}
    axes.barh(centre, point, height=height, **look)
    low, high = max(row["narrowing_low"], limits[0]), row["narrowing_high"]
    axes.plot([low, high], [centre] * 2, color=INK, linewidth=0.14 * style.base, zorder=3)
    for end in (low, high):
        cut = end > row["narrowing_low"] and end == low
        mark = "<" if cut else "|"
        axes.plot([end], [centre], mark, color=INK, markersize=0.6 * style.base, zorder=3, clip_on=False)


def _draw_scale(
    figure: EvidenceFigure, axes: Axes, page: Sheet, picture: Picture, place: tuple[float, float, float]
) -> None:
    """Draw the zero line and the ticks, and say below what the sides mean."""
    style = page.preset
    left, bottom, width = place
    low, high = picture.limits
    floor = float(axes.get_ylim()[0])
    for tick in _ticks(low, high):
        zero = tick == 0
        look = {"color": INK if zero else RULE, "linewidth": (0.1 if zero else 0.03) * style.base}
        axes.plot([tick, tick], [0, floor], zorder=4 if zero else 0, **look)
        spot = left + (tick - low) / (high - low) * width
        write(figure, f"{number(tick, 0)} %", spot, bottom + 0.8 * style.em, size=style.small, align="center")
    null = left - low / (high - low) * width
    sides = [("narrower interval →", "left", 1), *([("← wider", "right", -1)] if _reaches(picture) else [])]
    for words, align, sign in sides:
        spot = null + sign * 0.4 * style.em
        write(figure, words, spot, bottom + 2.2 * style.em, size=style.small, bold=True, align=align)


def _reaches(picture: Picture) -> bool:
    """Say whether anything is drawn on the side of wider intervals."""
    return bool(picture.table[["narrowing_low", "narrowing"]].min().min() < 0)


def _ticks(low: float, high: float) -> list[float]:
    step = next(each for each in (5, 10, 20, 25, 50, 100, 200, 500, 1000) if (high - low) / each <= 6)
    return [float(tick) for tick in range(int(np.ceil(low / step)) * step, int(high) + 1, step)]


def _alt(table: pd.DataFrame) -> str:
    said = ", ".join(f"{row.study} {number(row.narrowing, 0)} %" for row in table.itertuples())
    return f"Expected narrowing of the interval by study: {said}."


def _long_alt(table: pd.DataFrame) -> str:
    """Return the numbers drawn, in words."""
    rows = [
        f"{row.study} ({row.question_id}): missing {row.missing}; {number(row.narrowing, 0)} % narrower"
        f" ({number(row.narrowing_low, 0)} to {number(row.narrowing_high, 0)} %)."
        for row in table.itertuples()
    ]
    return " ".join(
        ["Expected narrowing of the 95 % interval were the missing number had, simulated.", *rows]
    )
