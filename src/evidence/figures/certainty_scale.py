"""How sure one can be: GRADE as a staircase of four steps, with plain words and the reasons in short."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from evidence.certainty.grade import LEVELS
from evidence.errors import InputError
from evidence.figures.canvas import box
from evidence.figures.figure import EvidenceFigure
from evidence.figures.frames import checked, coded, is_gap, named, once, words, wrong
from evidence.figures.key import Entry, Key
from evidence.figures.key import key as laid_out
from evidence.figures.network_page import Sheet, sheet
from evidence.figures.plain_page import cut, lay, plain_figure
from evidence.figures.plain_reasons import COLUMNS
from evidence.figures.plain_words import CERTAINTIES, lowered
from evidence.figures.slides import turned
from evidence.figures.style import BLUE, INK, MUTED, PAPER, RULE, STRIPE, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import Block

_NOTE = "The more steps are filled, the more sure we can be. New studies may change an answer."
_STEPS = 7.0  # width of the staircase, ems
_TALL = 2.6  # its height, ems
_PARTS = (0.36, 0.64)  # of the rest, for the question and for the answer
_GAP = 1.4
_SHORT = {
    "very_low": "can't be sure",
    "low": "may be so",
    "moderate": "likely so",
    "high": "we can trust it",
}


@dataclass(frozen=True, slots=True)
class Rated:
    """One question with its certainty and the reasons for it."""

    question: str
    certainty: str
    reasons: tuple[str, ...]

    @property
    def steps(self) -> int:
        """Steps that are filled: 1 to 4, none where nothing was rated."""
        return LEVELS.index(self.certainty) + 1 if self.certainty in LEVELS else 0

    def why(self) -> str:
        """Return the reasons as one line.

        Examples
        --------
        >>> Rated("Does it work?", "low", ("few people", "weak studies")).why()
        'Why: few people; weak studies.'
        """
        return f"Why: {'; '.join(self.reasons)}." if self.reasons else ""

    def said(self) -> str:
        """Return the whole row as sentences."""
        level, plain = CERTAINTIES[self.certainty]
        return " ".join(filter(None, [self.question, f"{level}: {lowered(plain)}", self.why()]))


def _rated(rows: pd.DataFrame) -> tuple[Rated, ...]:
    table = checked(rows, COLUMNS, "a certainty scale")
    once(table, ("question",))
    asked, levels = named(table, "question"), coded(table, "certainty", CERTAINTIES)
    reasons = []
    for row, cell in table["reasons"].items():
        if isinstance(cell, str) or is_gap(cell):
            cell = [] if is_gap(cell) else cell.split(";")
        if not isinstance(cell, (list, tuple)) or not all(isinstance(each, str) for each in cell):
            raise InputError(wrong(row, "reasons", cell, "a list of texts, or one text with semicolons."))
        reasons.append(
            tuple(words(pd.DataFrame({"reasons": [each for each in cell if each.strip()]}), "reasons"))
        )
    return tuple(Rated(*each) for each in zip(asked, levels, reasons, strict=True))


@house_style()
def certainty_scale(
    rows: pd.DataFrame,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "certainty_scale",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw how sure one can be of each answer: four steps, as many filled as GRADE gives.

    Parameters
    ----------
    rows : DataFrame
        One row a question: question, certainty ("high", "moderate", "low", "very_low" or "not_rated") and
        reasons (a list of phrases, or one text with semicolons). `certainty_rows` makes it of answers.
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
        If a column is missing, a certainty is no such code, or there is no such preset.
    InputError
        If there are no rows, a question is blank or stands twice, or reasons are no texts.

    Examples
    --------
    >>> from evidence.figures.plain_reasons import COLUMNS
    >>> rows = pd.DataFrame([("Do scars fade?", "low", ["few people"])], columns=list(COLUMNS))
    >>> certainty_scale(rows)
    How sure can we be of 1 answer? 1 low. Do scars fade? Low: this may be so. Why: few people.
    """
    every = _rated(rows)
    leaf, found = turned([[each] for each in every], page)
    subtitle = leaf.subtitle(subtitle or "")
    style = preset_called(preset)
    laid = sheet(style, (title or "", subtitle or ""), _NOTE, source, partial(_needed, found, style))
    counts = [
        (CERTAINTIES[code][0].lower(), sum(each.certainty == code for each in found)) for code in CERTAINTIES
    ]
    count = "1 answer" if len(found) == 1 else f"{len(found)} answers"
    tally = ", ".join(f"{many} {level}" for level, many in counts if many)
    short = f"How sure can we be of {count}? {tally}."
    said = [short, *(each.said() for each in found)]
    if style.aspect:
        said.append(_NOTE)  # under the picture it would take the room of a row
    figure, axes = plain_figure(
        laid,
        name=leaf.name(name),
        title=title,
        subtitle=subtitle,
        said=said,
        short=short,
        legend=None if style.aspect else _key_of(style, laid.inner),
    )
    _draw(axes, laid, found)
    figure.pages = leaf.count
    return figure


def _columns(style: Preset, width: float) -> tuple[float, float, float, float]:
    """Return the width of the question, where the steps and the answer begin, and its width, inches."""
    em = style.em
    rest = width - (_STEPS + 2 * _GAP + 1.2) * em
    question, answer = (part * rest for part in _PARTS)
    steps = question + (_GAP + 0.6) * em
    return question, steps, steps + (_STEPS + _GAP) * em, answer


def _blocks(each: Rated, style: Preset, width: float) -> tuple[Block, Block]:
    question, _, _, answer = _columns(style, width)
    level, plain = CERTAINTIES[each.certainty]
    said = (
        cut(level, answer, 1.1 * style.base, 1, bold=True),
        cut(plain, answer, style.base, 2),
        cut(each.why(), answer, style.small, 6, color=MUTED),
    )
    return cut(each.question, question, style.base, 6, bold=True), Block(
        sum((each.lines for each in said), ())
    )


def _tall(blocks: tuple[Block, Block], style: Preset) -> float:
    return max(*(each.height for each in blocks), _TALL * style.em) + 1.3 * style.em


def _needed(found: tuple[Rated, ...], style: Preset, width: float) -> tuple[float, float]:
    rows = sum(_tall(_blocks(each, style, width), style) for each in found)
    legend = 0.0 if style.aspect else 0.9 * style.em + _key_of(style, width).height
    return width, rows + legend


def _key_of(style: Preset, width: float) -> Key:
    """Return the four levels with their steps and words."""
    entries = [
        Entry(partial(_sample, filled=i + 1), f"{CERTAINTIES[level][0]}: {_SHORT[level]}", 2.2)
        for i, level in enumerate(LEVELS)
    ]
    return laid_out(entries, style, width)


def _sample(axes: Axes, x: float, y: float, size: float, *, filled: int) -> None:
    em = size / 72
    _staircase(axes, x - 0.75 * em, y, filled, em, (1.5, 0.85))


def _draw(axes: Axes, page: Sheet, found: tuple[Rated, ...]) -> None:
    style, top = page.preset, 0.0
    _, steps, answer, _ = _columns(style, page.inner)
    spare = max(0.0, page.middle - _needed(found, style, page.inner)[1])
    extra = min(spare / len(found), 1.6 * style.em)
    for i, each in enumerate(found):
        asked, said = _blocks(each, style, page.inner)
        tall = _tall((asked, said), style) + extra
        if i % 2 == 0:
            box(axes, 0.0, top, page.inner, tall, face=STRIPE, radius=0.35 * style.em, zorder=0)
        lay(axes, asked, 0.6 * style.em, top + (tall - asked.height) / 2)
        _staircase(axes, steps, top + tall / 2, each.steps, style.em, (_STEPS, _TALL))
        lay(axes, said, answer, top + (tall - said.height) / 2)
        top += tall


def _staircase(
    axes: Axes, left: float, middle: float, filled: int, em: float, size: tuple[float, float]
) -> None:
    """Draw four bars that rise, in a frame of `size` ems; those up to the level are filled."""
    count, gap = len(LEVELS), 0.043 * size[0] * em
    wide = (size[0] * em - (count - 1) * gap) / count
    foot = middle + size[1] * em / 2
    for i in range(count):
        tall = size[1] * em * (i + 1) / count
        look = {"facecolor": BLUE if i < filled else PAPER, "edgecolor": INK if i < filled else RULE}
        bar = Rectangle((left + i * (wide + gap), foot - tall), wide, tall, **look)
        bar.set(linewidth=5.8 * em, zorder=3, label="filled" if i < filled else "empty", clip_on=False)
        axes.add_patch(bar)
