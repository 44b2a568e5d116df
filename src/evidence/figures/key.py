"""A key: marks with their words, side by side, on as many lines as they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evidence.figures.canvas import inch_axes, put
from evidence.figures.style import INK, Preset
from evidence.figures.text import text_width, wrapped

_LINE = 1.75  # ems
_GAP = 1.5

Drawer = Callable[[Axes, float, float, float], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """A mark and its words.

    Attributes
    ----------
    draw : callable or None
        Takes the axes, the mark's centre in inches and its size in points.
    words : str
    wide : float
        Width of the mark, ems.
    """

    draw: Drawer | None
    words: str
    wide: float = 1.5


@dataclass(frozen=True, slots=True)
class Key:
    """Entries with their places, inches; `height` is what the key takes."""

    style: Preset
    width: float
    height: float
    placed: tuple[tuple[Entry, float, float, tuple[str, ...]], ...]

    def place(self, figure: Figure, left: float, top: float, label: str = "key") -> None:
        """Draw the key with its upper left corner at `left` and `top`, inches."""
        if not self.placed:
            return
        axes = inch_axes(figure, left, top, self.width, self.height, label)
        em, line = self.style.small / 72, 1.32 * self.style.small / 72
        for entry, x, y, lines in self.placed:
            middle = y + _LINE * em / 2
            if entry.draw is not None:
                entry.draw(axes, x + entry.wide * em / 2, middle, 1.3 * self.style.small)
            start = x + (entry.wide + 0.4) * em if entry.draw is not None else x
            for i, text in enumerate(lines):
                put(axes, text, start, middle + i * line, size=self.style.small, color=INK)


def key(entries: Sequence[Entry], style: Preset, width: float) -> Key:
    """Lay entries side by side, going on below where a line of `width` inches is full."""
    em, placed, x, y, used = style.small / 72, [], 0.0, 0.0, 0.0
    for entry in entries:
        before = (entry.wide + 0.4) * em if entry.draw is not None else 0.0
        lines = tuple(wrapped(entry.words, width - before, style.small))
        taken = before + max(text_width(text, style.small) for text in lines)
        if x and x + taken > width:
            x, y = 0.0, y + used
            used = 0.0
        placed.append((entry, x, y, lines))
        used = max(used, (_LINE + 1.32 * (len(lines) - 1)) * em)
        x += taken + _GAP * em
    return Key(style, width, y + used, tuple(placed))
