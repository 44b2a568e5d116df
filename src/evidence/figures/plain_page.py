"""What the pictures for lay readers share: lines of text inside axes whose units are inches, and a page."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from evidence.figures.canvas import inch_axes, put
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.key import Key
from evidence.figures.network_page import Sheet, place_words
from evidence.figures.style import INK
from evidence.figures.text import Block, block, shortened, spoken, wrapped

RANGE_NOTE = "The range shows how far off the best guess may be."


def cut(text: str, width: float, size: float, lines: int, *, bold: bool = False, color: str = INK) -> Block:
    """Wrap a text to at most so many lines; what is left over ends in an ellipsis."""
    parts = wrapped(text, width, size, bold=bold, lines=lines)
    return block([(part, size, bold, color) for part in parts], 1e3)


def lay(axes: Axes, words: Block, x: float, top: float, *, align: str = "left") -> float:
    """Write a block into axes whose units are inches; return where it ends."""
    for line in words.lines:
        middle = top + line.height / 2
        put(axes, line.text, x, middle, size=line.size, bold=line.bold, color=line.color, align=align)
        top += line.height
    return top


def plain_figure(
    page: Sheet,
    *,
    name: str,
    title: str | None,
    subtitle: str | None,
    said: Sequence[str],
    short: str,
    legend: Key | None = None,
) -> tuple[EvidenceFigure, Axes]:
    """Open the page, write its head and foot, and return it with axes for what stands between.

    Parameters
    ----------
    page : Sheet
    name : str
    title, subtitle : str or None
    said : sequence of str
        Sentences with every number that is drawn.
    short : str
        The same in one line.
    legend : Key, optional
        At the foot of what stands between.
    """
    asked = " ".join(filter(None, [title, *said]))
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(short, ALT_LENGTH),
        long_alt=asked if title and title[-1] in "?!" else spoken(title or "", said),
        caption=" ".join(filter(None, said)),
        dpi=page.preset.dpi,
    )
    place_words(figure, page)
    tall = page.middle
    if legend is not None:
        tall -= legend.height
        legend.place(figure, page.preset.margin, page.top + tall)
    axes = inch_axes(figure, page.preset.margin, page.top, page.inner, tall, name)
    return figure, axes
