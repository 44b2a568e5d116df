"""What the figures of networks share: the head and the foot of the page, and room in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from matplotlib.axes import Axes

from evidence.figures.figure import EvidenceFigure
from evidence.figures.source_line import ending
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import Block, block


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches: the middle stands between heading and footer.

    Attributes
    ----------
    preset : Preset
    width, height : float
    top, middle : float
        Upper edge and height of the middle.
    heading, footer : Block
    """

    preset: Preset
    width: float
    height: float
    top: float
    middle: float
    heading: Block
    footer: Block

    @property
    def inner(self) -> float:
        """Width between the margins."""
        return self.width - 2 * self.preset.margin


def sheet(
    style: Preset,
    heading: tuple[str, str],
    key: str,
    source: str | None,
    middle: Callable[[float], tuple[float, float]],
) -> Sheet:
    """Measure a page; where its shape is fixed, the middle takes the height that is left.

    Parameters
    ----------
    style : Preset
    heading : tuple of str
        Title and subtitle, either of which may be empty.
    key : str
        How to read the figure, under it.
    source : str or None
    middle : callable
        Takes the width between the margins; gives the width it needs, and its height.
    """

    def measured(width: float) -> Sheet:
        inner = width - 2 * style.margin
        wanted, height = middle(inner)
        while wanted > inner + 1e-9:  # on a wider page words wrap otherwise
            inner = wanted
            wanted, height = middle(inner)
        width = inner + 2 * style.margin
        title, subtitle = heading
        head = block([(title, style.title, True, INK), (subtitle, style.base, False, MUTED)], inner)
        notes = "" if style.aspect else key
        foot = block([(notes, style.small, False, INK), (ending(source), style.fine, False, MUTED)], inner)
        top = style.margin + head.height + (0.9 * style.em if head.lines else 0.0)
        whole = top + height + 0.9 * style.em + foot.height + style.margin
        return Sheet(style, width, whole, top, height, head, foot)

    found = shaped(measured, style)
    if style.aspect is None:
        return found
    height = found.width / style.aspect
    return replace(found, height=height, middle=found.middle + height - found.height)


def place_words(figure: EvidenceFigure, page: Sheet) -> None:
    """Write the head and the foot."""
    margin = page.preset.margin
    page.heading.place(figure, margin, margin)
    page.footer.place(figure, margin, page.height - margin - page.footer.height)


def add_frame(
    figure: EvidenceFigure, page: Sheet, left: float, top: float, size: tuple[float, float], label: str
) -> Axes:
    """Add axes without frame, `left` and `top` inches from the corner of the page."""
    width, height = size
    corner = left / page.width, 1 - (top + height) / page.height
    axes = figure.add_axes((*corner, width / page.width, height / page.height), label=label)
    axes.set_axis_off()
    return axes
