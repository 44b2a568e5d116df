"""The layout of the PRISMA 2020 diagram: columns, heights of rows, and the bands of its phases."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evidence.figures.canvas import head, page_height
from evidence.figures.prisma_boxes import Place, words_in
from evidence.figures.style import INK, MUTED, Preset, shaped
from evidence.figures.text import Block, block, text_width

# Share of the width by column, and the room between columns in ems.
_SHARES = {"previous": 0.8, "main": 1.0, "side": 1.15, "other": 1.0, "other side": 1.0}
_BETWEEN = 2.2
_NARROWEST = 9.0
BAND = 1.9


def pad(style: Preset) -> float:
    """Return the room inside a box, ems."""
    return 0.7 if style.aspect is None else 0.4


def _between(style: Preset) -> float:
    """Return the room between rows, ems."""
    return 1.7 if style.aspect is None else 0.95


@dataclass(frozen=True, slots=True)
class Spot:
    """A box with its words and its place, inches from the upper left corner of the page."""

    place: Place
    words: Block
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Return the middle from the left."""
        return self.left + self.width / 2

    @property
    def bottom(self) -> float:
        """Return the lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Sheet:
    """Measures of the page, inches; bands run from one height to another."""

    preset: Preset
    width: float
    height: float
    size: float
    heading: Block
    footer: Block
    bottom: float
    spots: tuple[Spot, ...]
    titles: tuple[tuple[Block, float, float], ...]
    bands: tuple[tuple[int, float, float], ...]

    def get(self, name: str) -> Spot | None:
        """Return a box by its name."""
        return next((spot for spot in self.spots if spot.place.name == name), None)


def arrange(
    places: tuple[Place, ...],
    titles: dict[str, str],
    phases: dict[int, str],
    style: Preset,
    title: str,
    subtitle: str,
    foot: str,
) -> Sheet:
    """Measure the page; where its shape is fixed, the rows share the height that is left."""
    sheet = shaped(
        lambda width: _measured(places, titles, phases, style, title, subtitle, foot, width), style
    )
    height = page_height(sheet.height, sheet.width, style)
    rows = len({place.row for place in places})
    spare = 0.9 * (height - sheet.height) / max(rows, 2)
    sheet = _measured(
        places, titles, phases, style, title, subtitle, foot, sheet.width, min(spare, 4 * style.em)
    )
    return replace(sheet, height=page_height(sheet.height, sheet.width, style))


def _measured(
    places: tuple[Place, ...],
    titles: dict[str, str],
    phases: dict[int, str],
    style: Preset,
    title: str,
    subtitle: str,
    foot: str,
    width: float,
    spare: float = 0.0,
) -> Sheet:
    em = style.em
    size = style.small if style.aspect is None else style.fine
    columns = [name for name in _SHARES if any(place.column == name for place in places)]
    room = width - 2 * style.margin - (BAND + 0.8) * em - (len(columns) - 1) * _BETWEEN * em
    room = max(room, len(columns) * _NARROWEST * em)
    page = room + 2 * style.margin + (BAND + 0.8) * em + (len(columns) - 1) * _BETWEEN * em
    whole = sum(_SHARES[name] for name in columns)
    widths = {name: room * _SHARES[name] / whole for name in columns}
    lefts, x = {}, style.margin + (BAND + 0.8) * em
    for name in columns:
        lefts[name] = x
        x += widths[name] + _BETWEEN * em
    heading = head(title, subtitle, style, page - 2 * style.margin)
    footer = block([(foot, style.fine, False, MUTED)], page - 2 * style.margin)
    top = style.margin + heading.height + (0.8 * em if heading.lines else 0.0)
    headed, top = _titles(columns, titles, lefts, widths, style, top)
    spots, bands, bottom = _rows(places, phases, lefts, widths, style, size, top, spare)
    height = bottom + 0.9 * em + footer.height + style.margin
    return Sheet(style, page, height, size, heading, footer, bottom, spots, headed, bands)


def _titles(
    columns: list[str],
    titles: dict[str, str],
    lefts: dict[str, float],
    widths: dict[str, float],
    style: Preset,
    top: float,
) -> tuple[tuple[tuple[Block, float, float], ...], float]:
    """Place the headings of the columns where there are several ways; return them and what is below."""
    if not {"previous", "other"} & set(columns):
        return (), top
    headed = []
    for name in ("previous", "main", "other"):
        if name in columns and titles.get(name):
            side = "side" if name == "main" else f"{name} side"
            width = widths[name]
            if side in columns:
                width = lefts[side] + widths[side] - lefts[name]
            words = block([(titles[name], style.base, True, INK)], width)
            headed.append((words, lefts[name]))
    tallest = max((words.height for words, _ in headed), default=0.0)
    placed = tuple((words, left, top + tallest - words.height) for words, left in headed)
    return placed, top + tallest + 0.4 * style.em


def _rows(
    places: tuple[Place, ...],
    phases: dict[int, str],
    lefts: dict[str, float],
    widths: dict[str, float],
    style: Preset,
    size: float,
    top: float,
    spare: float,
) -> tuple[tuple[Spot, ...], tuple[tuple[int, float, float], ...], float]:
    """Place the rows under one another, each as high as its highest box."""
    em = style.em
    words = {
        place.name: words_in(place, style, size, widths[place.column] - 2 * pad(style) * em)
        for place in places
    }
    spots: list[Spot] = []
    bands: list[tuple[int, float, float]] = []
    for phase in range(3):
        rows = sorted({place.row for place in places if place.phase == phase})
        if not rows:
            continue
        start = top
        for row in rows:
            of_row = [place for place in places if place.row == row]
            height = max(words[place.name].height for place in of_row) + 2 * pad(style) * em
            for place in of_row:
                tall = words[place.name].height + 2 * pad(style) * em
                start_at = top + (height - tall) / 2
                spots.append(
                    Spot(place, words[place.name], lefts[place.column], start_at, widths[place.column], tall)
                )
            top += height + _between(style) * em + spare
        least = text_width(phases[phase], size, True) + 2 * pad(style) * em
        end = max(top - _between(style) * em - spare, start + least)
        bands.append((phase, start, end))
        top = end + _between(style) * em + spare
    return tuple(spots), tuple(bands), top - _between(style) * em - spare
