"""The PRISMA 2020 flow diagram: how the studies were found, and which of its counts are not on record."""

from __future__ import annotations

from itertools import groupby, pairwise

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from evidence.errors import InputError
from evidence.figures.figure import ALT_LENGTH, EvidenceFigure
from evidence.figures.prisma_boxes import PHASES, UNKNOWN, Place, places, said
from evidence.figures.prisma_layout import BAND, Sheet, Spot, arrange, pad
from evidence.figures.slides import turned
from evidence.figures.source_line import ending
from evidence.figures.style import BLUE, INK, PAPER, RULE, STRIPE, house_style
from evidence.figures.style import preset as preset_called
from evidence.figures.symbols import tint
from evidence.figures.text import fitted, printable, shortened, spoken
from evidence.tables.prisma import Prisma

LAYOUT = "Layout: PRISMA 2020, Page et al., BMJ 2021;372:n71"

_TITLES = {"previous": "prevstud", "main": "newstud", "other": "othstud"}
_DEFAULTS = {
    "prevstud": "Previous studies",
    "newstud": "Identification of new studies via databases and registers",
    "othstud": "Identification of new studies via other methods",
    "identification": "Identification",
    "screening": "Screening",
    "included": "Included",
}
# From a box down to the next one that is there.
_DOWN = (
    ("identified", "screened", "sought", "assessed", "new", "usable", "total"),
    ("other identified", "other sought", "other assessed"),
)
_ASIDE = (
    ("identified", "removed"),
    ("screened", "excluded"),
    ("sought", "not retrieved"),
    ("assessed", "not eligible"),
    ("new", "unusable"),
    ("other sought", "other not retrieved"),
    ("other assessed", "other not eligible"),
)


@house_style()
def prisma(
    counts: Prisma,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    preset: str = "web",
    name: str = "prisma",
    page: int | None = None,
) -> EvidenceFigure:
    """Draw the PRISMA 2020 flow diagram.

    A count that is not known is no number but "not recorded", in a muted, dashed box. The columns of previous
    studies and of other methods are drawn only where the counts have their keys.

    Parameters
    ----------
    counts : Prisma
        As `evidence.tables.prisma.prisma` gives them.
    title, subtitle : str, optional
    source : str, optional
        Added to the line at the foot.
    preset : str
        A name of `evidence.figures.style.PRESETS`, such as "web", "paper" or "slide".
    name : str
        Name of the figure.
    page : int, optional
        This page of a diagram that is too high for one slide; default all on one. See
        `evidence.figures.pages`.

    Returns
    -------
    EvidenceFigure

    Raises
    ------
    InputError
        If there is no count, or no such page.

    Examples
    --------
    >>> from evidence.tables.prisma import Box
    >>> boxes = (Box("records_screened", "Records screened", None), Box("new_studies", "Studies", 151))
    >>> figure = prisma(Prisma(boxes))
    >>> print(figure.alt)
    PRISMA 2020 flow: 151 studies included. 1 of 2 counts is not recorded.
    """
    found = places(counts) if isinstance(counts, Prisma) else ()
    if not found:
        raise InputError(
            "counts holds no count of the PRISMA diagram; make it by evidence.tables.prisma.prisma."
        )
    style = preset_called(preset)
    headings = _DEFAULTS | dict(counts.headings)
    titles = {column: headings[key] for column, key in _TITLES.items()}
    phases = {i: headings[key] for i, key in enumerate(PHASES)}
    foot = ending(f"{LAYOUT}. {source}" if source else LAYOUT)
    by_row = groupby(sorted(found, key=lambda place: place.row), key=lambda place: place.row)
    leaf, shown = turned([list(row) for _, row in by_row], page)
    subtitle = leaf.subtitle(subtitle or "")
    sheet = arrange(tuple(shown), titles, phases, style, title or "", subtitle, foot)
    figure = EvidenceFigure(
        sheet.width,
        sheet.height,
        name=leaf.name(name),
        title=title or "",
        subtitle=subtitle,
        alt=shortened(leaf.alt(_alt(counts)), ALT_LENGTH),
        long_alt=leaf.alt(_long_alt(tuple(shown), phases, counts, title or "")),
        caption=f"{_alt(counts)} Dashed boxes: {UNKNOWN}. {LAYOUT}.",
        dpi=style.dpi,
    )
    figure.pages = leaf.count
    sheet.heading.place(figure, style.margin, style.margin)
    sheet.footer.place(figure, style.margin, sheet.height - style.margin - sheet.footer.height)
    for words, left, top in sheet.titles:
        words.place(figure, left, top)
    for phase, start, end in sheet.bands:
        _band(figure, sheet, phases[phase], start, end)
    for spot in sheet.spots:
        _box(figure, sheet, spot)
    _arrows(figure, sheet)
    return figure


def _band(figure: EvidenceFigure, sheet: Sheet, words: str, start: float, end: float) -> None:
    """Draw the band of a phase with its name from bottom to top."""
    style = sheet.preset
    width, left = BAND * style.em, style.margin
    look = {"facecolor": tint(BLUE, 0.16), "edgecolor": BLUE, "linewidth": 0.08 * style.base}
    _add(figure, left, start, width, end - start, radius=0.35 * style.em, **look)
    page_width, page_height = figure.get_size_inches()
    figure.text(
        (left + width / 2) / page_width,
        1 - (start + end) / 2 / page_height,
        fitted(printable(words), end - start - 0.2 * style.em, sheet.size, bold=True),
        size=sheet.size,
        weight="bold",
        color=INK,
        rotation=90,
        ha="center",
        va="center",
        parse_math=False,
    )


def _box(figure: EvidenceFigure, sheet: Sheet, spot: Spot) -> None:
    style = sheet.preset
    side = spot.place.column in ("side", "other side", "previous")
    if spot.place.unknown:
        look = {"facecolor": PAPER, "edgecolor": RULE, "linestyle": (0, (4, 3))}
    else:
        look = {"facecolor": STRIPE if side else PAPER, "edgecolor": RULE if side else BLUE}
    _add(figure, spot.left, spot.top, spot.width, spot.height, linewidth=0.12 * style.base, **look)
    inside = spot.top + (spot.height - spot.words.height) / 2
    spot.words.place(figure, spot.left + pad(style) * style.em, inside)


def _add(
    figure: EvidenceFigure,
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    radius: float = 0.0,
    **look: object,
) -> None:
    """Add a rectangle in inches from the upper left corner; its corners are round if `radius` is given."""
    page_width, page_height = figure.get_size_inches()
    if radius:
        shape = f"round,pad=0,rounding_size={radius:.4f}"
        patch = FancyBboxPatch((left, page_height - top - height), width, height, boxstyle=shape, **look)
        patch.set_transform(figure.dpi_scale_trans)
    else:
        corner = (left / page_width, 1 - (top + height) / page_height)
        patch = Rectangle(
            corner, width / page_width, height / page_height, transform=figure.transFigure, **look
        )
    figure.add_artist(patch).set_zorder(-1)


def _arrows(figure: EvidenceFigure, sheet: Sheet) -> None:
    for chain in _DOWN:
        there = [spot for name in chain if (spot := sheet.get(name)) is not None]
        for upper, lower in pairwise(there):
            _arrow(figure, sheet, [(upper.middle, upper.bottom), (upper.middle, lower.top)])
    for start, end in _ASIDE:
        main, aside = sheet.get(start), sheet.get(end)
        if main is not None and aside is not None:
            across = aside.top + aside.height / 2
            _arrow(figure, sheet, [(main.left + main.width, across), (aside.left, across)])
    _into_the_review(figure, sheet)


def _into_the_review(figure: EvidenceFigure, sheet: Sheet) -> None:
    """Lead the last box of other methods to the included studies, and the previous ones to the total."""
    goal = sheet.get("new") or sheet.get("total")
    last = next((spot for name in reversed(_DOWN[1]) if (spot := sheet.get(name)) is not None), None)
    em = sheet.preset.em
    if goal is not None and last is not None:
        aside = sheet.get("unusable")
        if aside is None:
            across = goal.top + goal.height / 2
            route = [(last.middle, last.bottom), (last.middle, across), (goal.left + goal.width, across)]
        else:
            across = goal.top - 0.85 * em
            route = [(last.middle, last.bottom), (last.middle, across), (goal.middle, across)]
        _arrow(figure, sheet, route)
    before, total = sheet.get("previous"), sheet.get("total")
    if before is not None and total is not None:
        across = total.top + total.height / 2
        route = [(before.middle, before.bottom), (before.middle, across), (total.left, across)]
        _arrow(figure, sheet, route)


def _arrow(figure: EvidenceFigure, sheet: Sheet, route: list[tuple[float, float]]) -> None:
    """Draw a way in inches from the upper left corner, with a head at its end."""
    width, height = figure.get_size_inches()
    spots = [(x / width, 1 - top / height) for x, top in route]
    look = {"color": INK, "shrinkA": 0, "shrinkB": 0, "linewidth": 0.1 * sheet.preset.base}
    look |= {"transform": figure.transFigure, "zorder": 0}
    for start, end in pairwise(spots[:-1]):
        figure.add_artist(FancyArrowPatch(start, end, arrowstyle="-", **look))
    size = 0.9 * sheet.preset.base
    figure.add_artist(FancyArrowPatch(spots[-2], spots[-1], arrowstyle="-|>", mutation_scale=size, **look))


def _alt(counts: Prisma) -> str:
    wording = {"dbr_assessed": "assessed", "new_studies": "included", "new_usable": "with a usable number"}
    parts = []
    for key, words in wording.items():
        box = counts.get(key)
        if box is not None and box.n is not None:
            parts.append(f"{box.n}{'' if parts else ' studies'} {words}")
    unknown = sum(box.n is None for box in counts.boxes)
    verb = "is" if unknown == 1 else "are"
    tail = f" {unknown} of {len(counts.boxes)} counts {verb} {UNKNOWN}." if unknown else ""
    return f"PRISMA 2020 flow: {', '.join(parts)}.{tail}" if parts else f"PRISMA 2020 flow.{tail}"


def _long_alt(found: tuple[Place, ...], phases: dict[int, str], counts: Prisma, title: str) -> str:
    sentences = [_alt(counts)]
    for phase, heading in phases.items():
        parts = []
        for place in (each for each in found if each.phase == phase):
            words = []
            for box in place.boxes:
                reasons = "; ".join(f"{count} {reason}" for reason, count in box.reasons.items())
                words.append(f"{said(box)}{f' [{reasons}]' if reasons else ''}")
            listed = ", ".join(words)
            parts.append(f"{place.heading}: {listed}" if place.heading else listed)
        if parts:
            sentences.append(f"{heading}. {'. '.join(parts)}.")
    return spoken(title, sentences)
