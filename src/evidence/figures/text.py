"""Text that is measured before it is placed: widths, line breaks, numbers and blocks of lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import TextToPath

from evidence.errors import InputError
from evidence.figures.style import INK

LEADING = 1.32
BASELINE = 0.36

_AFTER_HYPHEN = re.compile(r"(?<=[^\W\d_]-)(?=[^\W\d_])")
_PATHS = TextToPath()


@lru_cache
def _font(bold: bool) -> FontProperties:
    return FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")


@lru_cache
def _glyphs() -> frozenset[int]:
    plain, bold = (get_font(font_file(weight)).get_charmap() for weight in (False, True))
    return frozenset(plain) & frozenset(bold)


@lru_cache
def font_file(bold: bool) -> str:
    """Return where the font of the house lies.

    Raises
    ------
    InputError
        If matplotlib does not find it; another font would change every measure.
    """
    try:
        return findfont(_font(bold), fallback_to_default=False)
    except ValueError as error:
        raise InputError(
            "The font DejaVu Sans is missing, which matplotlib brings along and every figure is measured in;"
            " install matplotlib again."
        ) from error


def printable(text: object) -> str:
    """Return the text on one line, without control characters; a letter the font lacks becomes U+FFFD.

    Examples
    --------
    >>> printable("a\\tb\\x00\\n c")
    'a b c'
    """
    line = " ".join(unicodedata.normalize("NFC", str(text)).split())
    kept = (letter for letter in line if unicodedata.category(letter) not in ("Cc", "Cs"))
    known = _glyphs()
    return "".join(letter if ord(letter) in known else "\ufffd" for letter in kept)


@lru_cache(maxsize=20_000)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width, as it is printed, of one line of DejaVu Sans at `size` points, inches.

    Examples
    --------
    >>> text_width("mm", 10) > text_width("ii", 10) > text_width("", 10)
    True
    """
    return _unscaled_width(text, bold) * (float(size) / _PATHS.FONT_SCALE) / 72


@lru_cache(maxsize=50_000)
def _unscaled_width(text: str, bold: bool) -> float:
    """Return the width of a line at the size letters are measured in, which all others are scaled from."""
    text = printable(text)
    if not text:
        return 0.0
    font = _font(bold).copy()
    font.set_size(_PATHS.FONT_SCALE)
    return _PATHS.get_text_width_height_descent(text, font, ismath=False)[0]


def shortened(text: str, limit: int) -> str:
    """Cut a sentence to `limit` characters, the last one an ellipsis where something is lost.

    Examples
    --------
    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def fitted(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Cut one line to `width` inches, with an ellipsis where something is lost."""
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(text[:middle].rstrip() + "…", size, bold) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


# A space and the white on both sides of a word's ink, in ems: more than the font has. Words repeat, lines do
# not, so that a line is measured only when the sum over its words leaves it open whether it fits.
_AROUND_A_WORD = 0.6


def wrapped(
    text: object, width: float, size: float, *, bold: bool = False, lines: int | None = None
) -> list[str]:
    """Break text into lines no wider than `width` inches; a word too long for a line is cut in two.

    Parameters
    ----------
    text : object
    width : float
        Inches.
    size : float
        Points.
    bold : bool
    lines : int, optional
        Most lines allowed; the last one then ends in an ellipsis if text is left over.

    Returns
    -------
    list of str
        At least one line (empty for empty text).

    Examples
    --------
    >>> wrapped("one two three", 0.6, 10)
    ['one two', 'three']
    """
    done: list[str] = []
    line, at_most = "", 0.0
    for glue, word in breakable(text):
        trial = f"{line}{glue}{word}" if line else word
        at_most += text_width(word, size, bold) + _AROUND_A_WORD * size / 72
        if at_most <= width or text_width(trial, size, bold) <= width:
            line = trial
            continue
        if line:
            done.append(line)
        *full, line = _pieces(word, width, size, bold)
        at_most = text_width(line, size, bold) + _AROUND_A_WORD * size / 72
        done.extend(full)
    done.append(line)
    if lines is not None and len(done) > lines:
        rest = "".join(part if part.endswith("-") else f"{part} " for part in done[lines - 1 :]).rstrip()
        done = [*done[: lines - 1], fitted(rest, width, size, bold=bold)]
    return done


def breakable(text: object) -> list[tuple[str, str]]:
    """Return the parts of a text that must stay whole, each with what joins it to the part before.

    Examples
    --------
    >>> breakable("non-randomised or 2-3")
    [(' ', 'non-'), ('', 'randomised'), (' ', 'or'), (' ', '2-3')]
    """
    words = [_AFTER_HYPHEN.split(word) for word in printable(text).split(" ")]
    return [("" if i else " ", part) for parts in words for i, part in enumerate(parts)]


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, size, bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def number(value: float, digits: int = 2) -> str:
    """Write a number with a real minus sign, never as minus zero, and very large ones as a power of ten.

    Examples
    --------
    >>> number(-0.561, 2), number(-0.001, 2), number(2.5e9, 2), number(float("inf"))
    ('−0.56', '0.00', '2.5×10⁹', '∞')
    """
    if np.isnan(value):
        return "–"
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    if abs(value) >= 1e6:
        mantissa, power = f"{value:.1e}".split("e")
        raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{mantissa}×10{raised}".replace("-", "−")
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def p_value(value: float) -> str:
    """Write a p value: three decimals, or "p < 0.001".

    Examples
    --------
    >>> p_value(0.0304), p_value(1e-9)
    ('p = 0.030', 'p < 0.001')
    """
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block of text."""

    text: str
    size: float
    bold: bool = False
    color: str = INK

    @property
    def height(self) -> float:
        """Inches the line takes."""
        return self.size * LEADING / 72


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text under one another."""

    lines: tuple[Line, ...] = ()

    @property
    def height(self) -> float:
        """Inches the block takes."""
        return sum(line.height for line in self.lines)

    def place(self, figure: Figure, x: float, top: float, *, align: str = "left") -> None:
        """Write the block with its upper edge `top` inches below the figure's."""
        for line in self.lines:
            middle = top + line.height / 2
            write(figure, line.text, x, middle, size=line.size, bold=line.bold, color=line.color, align=align)
            top += line.height


def block(parts: Iterable[tuple[str, float, bool, str]], width: float) -> Block:
    """Wrap parts (text, points, bold, colour) into a block `width` inches wide, without the empty ones."""
    return Block(
        tuple(
            Line(line, size, bold, color)
            for text, size, bold, color in parts
            if text
            for line in wrapped(text, width, size, bold=bold)
        )
    )


def write(
    figure: Figure,
    text: str,
    x: float,
    middle: float,
    *,
    size: float,
    bold: bool = False,
    color: str = INK,
    align: str = "left",
) -> Text:
    """Write one line at `x` inches from the left, centred `middle` inches below the upper edge.

    All texts of a row share one baseline, whatever letters they hold, and "$" is only a dollar sign.
    """
    width, height = figure.get_size_inches()
    return figure.text(
        x / width,
        1 - (middle + BASELINE * size / 72) / height,
        printable(text),
        size=size,
        weight="bold" if bold else "normal",
        color=color,
        ha=align,
        va="baseline",
        parse_math=False,
    )


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> counted(1, "study", "studies"), counted(3, "study", "studies")
    ('1 study', '3 studies')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def spoken(title: str, sentences: Iterable[str]) -> str:
    """Join the sentences of a long alternative text behind the figure's title; empty ones are left out.

    Examples
    --------
    >>> spoken("Most improve.", ["", "Seven studies."])
    'Most improve. Seven studies.'
    """
    return " ".join(filter(None, [f"{title.rstrip('.')}." if title else "", *sentences]))
