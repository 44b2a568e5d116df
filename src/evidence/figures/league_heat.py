"""The league heat map: every treatment against every other, by colour and in numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from evidence.arguments import FloatArray
from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.forest_axis import Axis, axis
from evidence.figures.network_page import Sheet, add_frame, place_words, sheet
from evidence.figures.style import BLUE, INK, MUTED, ORANGE, PAPER, Preset, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.text import LEADING, printable, shortened, text_width, wrapped, write
from evidence.synthesis.network_compared import Compared

_MANY = 9  # treatments from which cells hold the estimate without its interval
_LABELS = 0.22  # most of the width that row labels take before they are wrapped
_PALE = 0.12  # colour of the smallest difference
_NAME = 20  # letters of a name in the short alternative text
_DEEP = 0.62  # and of the largest: light enough for dark letters


@dataclass(frozen=True, slots=True)
class Square:
    """The league as arrays (n, n), best treatment first, each cell its row against its column."""

    names: tuple[str, ...]
    te: FloatArray
    low: FloatArray
    high: FloatArray
    better: FloatArray
    units: Axis
    intervals: bool

    def words(self, row: int, column: int) -> list[str]:
        """Lines of a cell."""
        te, low, high = (float(each[row, column]) for each in (self.te, self.low, self.high))
        if row == column:
            return []
        if math.isnan(te):
            return ["–"]
        return [self.units.number(te), *([self.units.interval(low, high)] if self.intervals else [])]


@house_style()
def league_heat(
    result: Compared,
    *,
    model: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "league_heat",
) -> EvidenceFigure:
    """Draw a league table: each cell is its row against its column.

    Blue cells favour the row, orange ones the column, the deeper the larger the difference; bold numbers have
    an interval that leaves out no difference. Treatments stand from best to worst by P-score. From nine
    treatments on cells hold the estimate alone.

    Parameters
    ----------
    result : Network or Components
    model : {"random", "common"}, optional
        By default that of the result.
    title, subtitle, source : str, optional
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If the result is neither a network nor a component network.
    OptionError
        If there is no such model or preset.

    Examples
    --------
    >>> from evidence.synthesis.network import network
    >>> table = {"study": ["x", "y"], "t1": ["a", "b"], "t2": ["b", "c"], "te": [1, 2], "se": [1, 1]}
    >>> print(league_heat(network(table)).alt)
    League table of 3 treatments, c to a: 2 of 3 comparisons exclude no difference.
    """
    if not isinstance(result, Compared):
        raise InputError(f"league_heat draws a network or its components, not {type(result).__name__}.")
    square = _square(result, model)
    style = preset_called(preset)
    key = _key(result, square)
    words = title or "", subtitle or ""
    page = sheet(style, words, key, source, lambda w: _measures(square, style, w)[:2])
    figure = EvidenceFigure(
        page.width,
        page.height,
        name=name,
        title=title or "",
        subtitle=subtitle or "",
        alt=shortened(_alt(square), ALT_LENGTH),
        long_alt=_long_alt(square),
        caption=f"{_alt(square)} {key}",
        dpi=style.dpi,
    )
    place_words(figure, page)
    _draw(figure, page, square)
    return figure


def _square(result: Compared, model: str | None) -> Square:
    table = result.league(model=model)
    names = tuple(table["treatment"].drop_duplicates())
    n = len(names)
    te, low, high = (table[name].to_numpy().reshape(n, n) for name in ("te", "ci_low", "ci_high"))
    sign = -1.0 if result.small_values == "desirable" else 1.0
    units = axis(result.scale, result.measure, None)
    return Square(tuple(map(printable, names)), te, low, high, sign * te, units, n < _MANY)


def _key(result: Compared, square: Square) -> str:
    what = "Estimates" if square.intervals else "Estimates alone (too many for intervals)"
    interval = f" with {100 * result.level:g} % intervals" if square.intervals else ""
    good = "small" if result.small_values == "desirable" else "large"
    unit = "" if result.measure == "GEN" else f", {square.units.long[0].lower()}{square.units.long[1:]}"
    apart = " –: no study joins their sub-networks." if np.isnan(square.te).any() else ""
    return (
        f"{what}{interval}{unit}: row against column. Blue favours"
        f" the row, orange the column ({good} values are desirable); deeper is a larger difference. Bold: the"
        f" interval leaves out no difference. Columns carry the numbers of the rows.{apart}"
    )


def _measures(
    square: Square, style: Preset, inner: float
) -> tuple[float, float, float, float, list[list[str]]]:
    """Width and height of the table, of its cells, and the lines of its row labels."""
    n, em = len(square.names), style.em
    labels = [f"{row + 1}  {name}" for row, name in enumerate(square.names)]
    longest = max(text_width(label, style.base, True) for label in labels)
    cells = [square.words(row, column) for row in range(n) for column in range(n)]
    needed = max((text_width(line, style.small, True) for cell in cells for line in cell), default=0.0)
    needed += 0.7 * em
    inner = _widened(inner, longest, n * needed + 0.6 * em, style)
    room = _room(inner, longest, style)
    cell = (inner - room - 0.6 * em) / n
    wrappings = [wrapped(label, room, style.base, bold=True, lines=3) for label in labels]
    line = style.base * LEADING / 72
    row = max(max(map(len, wrappings)) * line, max(map(len, cells)) * style.small * LEADING / 72) + 0.5 * em
    return room + 0.6 * em + n * cell, 1.8 * line + n * row, cell, row, wrappings


def _room(inner: float, longest: float, style: Preset) -> float:
    return min(longest, max(style.label_width, _LABELS * inner)) + 0.02


def _widened(inner: float, longest: float, rest: float, style: Preset) -> float:
    """Width at which row labels and the rest stand side by side; labels take more of a wider page."""
    whole = inner
    while (least := _room(whole, longest, style) + rest) > whole + 1e-9:
        whole = least
    return whole


def _draw(figure: EvidenceFigure, page: Sheet, square: Square) -> None:
    """Draw in units of cells, counted from the upper left."""
    style, n = page.preset, len(square.names)
    _, height, cell, row, wrappings = _measures(square, style, page.inner)
    row += min((page.middle - height) / n, 0.5 * row)
    head = 1.8 * style.base * LEADING / 72
    left = page.width - style.margin - n * cell
    axes = add_frame(figure, page, left, page.top + head, (n * cell, n * row), "league")
    axes.set_xlim(0, n)
    axes.set_ylim(n, 0)
    colours = _colours(square)
    for i, j in np.ndindex(n, n):
        axes.add_patch(Rectangle((j, i), 1, 1, facecolor=colours[i, j], edgecolor=PAPER, linewidth=1.5))
    step = style.small * LEADING / 72 / row
    for i in range(n):
        write(
            figure,
            str(i + 1),
            left + (i + 0.5) * cell,
            page.top + head / 2,
            size=style.base,
            bold=True,
            align="center",
        )
        middle = page.top + head + (i + 0.5) * row
        size = style.base * LEADING / 72
        for k, line in enumerate(wrappings[i]):
            at = middle + (k - (len(wrappings[i]) - 1) / 2) * size
            write(figure, line, style.margin, at, size=style.base, bold=True)
        for j in range(n):
            lines = square.words(i, j)
            clear = square.low[i, j] > 0 or square.high[i, j] < 0
            for k, line in enumerate(lines):
                axes.text(
                    j + 0.5,
                    i + 0.5 + (k - (len(lines) - 1) / 2) * step,
                    line,
                    size=style.small,
                    weight="bold" if clear and i != j else "normal",
                    color=MUTED if line == "–" else INK,
                    ha="center",
                    va="center_baseline",
                    parse_math=False,
                )


def _colours(square: Square) -> FloatArray:
    """Colour of each cell, shape (n, n, 3): white to blue or orange by the size of the difference."""
    size = np.abs(square.better)
    top = np.nanmax(size) or 1.0
    share = np.where(size > 0, _PALE + (_DEEP - _PALE) * np.nan_to_num(size) / top, 0.0)[..., None]
    deep = np.where((square.better > 0)[..., None], _rgb(BLUE), _rgb(ORANGE))
    colours = 1 - share * (1 - deep)
    colours[np.isnan(square.te)] = 0.96
    np.einsum("iij->ij", colours)[...] = 0.88
    return colours


def _rgb(color: str) -> FloatArray:
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def _alt(square: Square) -> str:
    n = len(square.names)
    upper = np.triu_indices(n, 1)
    clear = int(((square.low > 0) | (square.high < 0))[upper].sum())
    verb = "excludes" if clear == 1 else "exclude"
    best, worst = (shortened(square.names[row], _NAME) for row in (0, -1))
    return (
        f"League table of {n} treatments, {best} to {worst}: {clear} of {len(upper[0])} comparisons {verb} no"
        " difference."
    )


def _long_alt(square: Square) -> str:
    n = len(square.names)
    parts = []
    for i, j in zip(*np.triu_indices(n, 1), strict=True):
        te, low, high = (float(each[i, j]) for each in (square.te, square.low, square.high))
        said = "not connected" if math.isnan(te) else square.units.estimate(te, low, high)
        parts.append(f"{square.names[i]} against {square.names[j]} {said}")
    return f"{_alt(square)} {square.units.long}: {'; '.join(parts)}."
