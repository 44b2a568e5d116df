"""The chip of a verdict: symbol, words, and a bar that says where the verdict stands on the scale."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from evidence.figures.canvas import box, put
from evidence.figures.style import INK, PAPER, Preset
from evidence.figures.symbols import GREY, STEPS, VERDICTS, stamp, tint
from evidence.figures.text import LEADING, breakable, text_width, wrapped

_PAD = 0.32  # ems
_WIDEST = 13.0


@dataclass(frozen=True, slots=True)
class Chips:
    """Chips of one width, inches; `texts` holds the lines of each."""

    preset: Preset
    width: float
    texts: tuple[tuple[str, ...], ...]

    @property
    def low(self) -> bool:
        """True on a slide, where many rows share little height."""
        return self.preset.aspect is not None

    @property
    def size(self) -> float:
        """Type of the words, points."""
        return self.preset.fine if self.low else self.preset.small

    @property
    def disc(self) -> float:
        """Diameter of the symbol, ems."""
        return 1.12 if self.low else 1.3

    @property
    def bar(self) -> float:
        """Height of the bar, ems."""
        return 0.24 if self.low else 0.3

    @property
    def under(self) -> float:
        """Room between the coloured part and the bar, ems."""
        return 0.15 if self.low else 0.22

    def pill(self, row: int) -> float:
        """Return the height of the coloured part, inches."""
        lines = len(self.texts[row]) * self.size * LEADING / 72
        return max(lines + 0.15 * self.preset.em, (self.disc + 0.2) * self.preset.em)

    def height(self, row: int) -> float:
        """Return the height of the chip with the bar under it, inches."""
        return self.pill(row) + (self.under + self.bar) * self.preset.em


def measure_chips(labels: list[str], style: Preset, *, lines: int) -> Chips:
    """Make chips as narrow as their words can be had in so many lines."""
    blank = Chips(style, 0.0, ())
    em, size = style.em, blank.size
    before = (2 * _PAD + blank.disc) * em
    room = 0.0
    for label in labels:
        width = text_width(label, size, True)
        word = max(text_width(part, size, True) for _, part in breakable(label))
        trial = max(width / lines, 4 * em, word)
        while trial < width and len(wrapped(label, trial, size, bold=True)) > lines:
            trial += 0.1 * em
        room = max(room, min(trial, width) + 0.01)
    room = min(room, _WIDEST * em * (1.25 if lines == 1 else 1))
    texts = tuple(tuple(wrapped(label, room, size, bold=True)) for label in labels)
    return Chips(style, before + room + 1.5 * _PAD * em, texts)


def draw_chips(axes: Axes, chips: Chips, row: int, verdict: str, middle: float) -> None:
    """Draw the chip of one row, centred at `middle` inches in axes whose units are inches."""
    style, em, look = chips.preset, chips.preset.em, VERDICTS[verdict]
    pill, top = chips.pill(row), middle - chips.height(row) / 2
    look_of = {"face": tint(look.color, 0.22), "edge": look.color, "points": 0.09 * style.base}
    box(axes, 0, top, chips.width, pill, radius=min(pill / 2, 0.75 * em), **look_of)
    stamp(axes, (_PAD + chips.disc / 2) * em, top + pill / 2, look, chips.disc * style.base, label=verdict)
    line = chips.size * LEADING / 72
    start = top + pill / 2 - (len(chips.texts[row]) - 1) * line / 2
    for i, text in enumerate(chips.texts[row]):
        put(axes, text, (2 * _PAD + chips.disc) * em, start + i * line, size=chips.size, bold=True)
    _bar(axes, chips, verdict, top + pill + chips.under * em)


def _bar(axes: Axes, chips: Chips, verdict: str, top: float) -> None:
    """Draw the steps of the scale; the verdict's own is filled, none where it cannot be placed."""
    em = chips.preset.em
    left, gap = 0.75 * em, 0.16 * em
    step = (chips.width - 2 * left - (STEPS - 1) * gap) / STEPS
    for i, code in enumerate(list(VERDICTS)[:STEPS]):
        here = code == verdict
        look = {"face": VERDICTS[code].color if here else GREY}
        look |= {"edge": INK if here else PAPER, "points": 0.05 * chips.preset.base if here else 0.0}
        box(axes, left + i * (step + gap), top, step, chips.bar * em, zorder=2, **look)
