"""What stands where in the PRISMA 2020 diagram: its rows and columns, and the words of every box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.figures.style import INK, MUTED, Preset
from evidence.figures.text import Block, block
from evidence.tables.prisma import Box, Prisma

UNKNOWN = "not recorded"
PHASES = ("identification", "screening", "included")
_OTHER = ("website_results", "organisation_results", "citations_results")
_LISTED = 4  # reasons on a slide


@dataclass(frozen=True, slots=True)
class Place:
    """A box of the diagram.

    Attributes
    ----------
    name : str
    phase : int
        0 identification, 1 screening, 2 included.
    row : int
    column : str
        "previous", "main", "side", "other" or "other side".
    heading : str
        A line above the counts; empty where the count has its own words.
    boxes : tuple of Box
        The counts in it.
    """

    name: str
    phase: int
    row: int
    column: str
    heading: str
    boxes: tuple[Box, ...]

    @property
    def unknown(self) -> bool:
        """True if none of its counts is known."""
        return all(box.n is None for box in self.boxes)


# name, phase, row, column, heading, keys
_PLAN = (
    ("previous", 0, 0, "previous", "", ("previous_studies", "previous_reports")),
    ("identified", 0, 0, "main", "Records identified from", ("database_results", "register_results")),
    (
        "removed",
        0,
        0,
        "side",
        "Records removed before screening",
        ("duplicates", "excluded_automatic", "excluded_other"),
    ),
    ("other identified", 0, 0, "other", "Records identified from", _OTHER),
    ("screened", 1, 1, "main", "", ("records_screened",)),
    ("excluded", 1, 1, "side", "", ("records_excluded",)),
    ("sought", 1, 2, "main", "", ("dbr_sought_reports",)),
    ("not retrieved", 1, 2, "side", "", ("dbr_notretrieved_reports",)),
    ("other sought", 1, 2, "other", "", ("other_sought_reports",)),
    ("other not retrieved", 1, 2, "other side", "", ("other_notretrieved_reports",)),
    ("assessed", 1, 3, "main", "", ("dbr_assessed",)),
    ("not eligible", 1, 3, "side", "", ("dbr_excluded",)),
    ("other assessed", 1, 3, "other", "", ("other_assessed",)),
    ("other not eligible", 1, 3, "other side", "", ("other_excluded",)),
    ("new", 2, 4, "main", "", ("new_studies", "new_reports")),
    ("unusable", 2, 4, "side", "", ("new_unusable",)),
    ("usable", 2, 5, "main", "", ("new_usable",)),
    ("total", 2, 6, "main", "", ("total_studies", "total_reports")),
)


def places(prisma: Prisma) -> tuple[Place, ...]:
    """Return the boxes for which the file has a key, in the order of the diagram.

    What was found in other ways has columns of its own only if it was screened apart; otherwise its counts
    stand beside those of databases and registers.
    """
    apart = any(prisma.get(key) for key in ("other_sought_reports", "other_assessed"))
    found = []
    for name, phase, row, column, heading, keys in _PLAN:
        if name == "identified" and not apart:
            keys = (*keys, *_OTHER)
        if name == "other identified" and not apart:
            continue
        boxes = tuple(box for key in keys if (box := prisma.get(key)) is not None)
        if boxes:
            found.append(Place(name, phase, row, column, heading, boxes))
    return tuple(found)


def said(box: Box) -> str:
    """Return a count with its words as the diagram prints it.

    Examples
    --------
    >>> said(Box("duplicates", "Duplicates", 16)), said(Box("duplicates", "Duplicates", None))
    ('Duplicates (n=16)', 'Duplicates: not recorded')
    """
    text = box.text.rstrip(": ")
    return f"{text}: {UNKNOWN}" if box.n is None else f"{text} (n={box.n})"


def words_in(place: Place, style: Preset, size: float, width: float) -> Block:
    """Return the words of a box, wrapped; what is not known is muted."""
    parts: list[tuple[str, float, bool, str]] = []
    if place.heading:
        parts.append((f"{place.heading}:", size, True, MUTED if place.unknown else INK))
    for box in place.boxes:
        color = MUTED if box.n is None else INK
        parts.append((said(box), size, not place.heading and box.n is not None, color))
        parts += [(line, size, False, INK) for line in _reasons(box.reasons, whole=style.aspect is None)]
    return block(parts, width)


def _reasons(reasons: Mapping[str, int], *, whole: bool) -> list[str]:
    """List the reasons, single ones in one line; a page of fixed shape lists the most frequent ones."""
    ranked = sorted(reasons.values(), reverse=True)
    least = 2 if whole or len(ranked) <= _LISTED else max(2, ranked[_LISTED - 1])
    lines = [f"{count} {reason}" for reason, count in reasons.items() if count >= least]
    rare = [reason for reason, count in reasons.items() if count < least]
    if not rare:
        return lines
    total = sum(reasons[reason] for reason in rare)
    if len(rare) == 1:
        lines.append(f"{total} {rare[0]}")
    elif whole or total == len(rare) <= 2:
        lines.append(f"1 each: {'; '.join(rare)}")
    else:
        lines.append(f"{total} {'other reasons' if lines else 'reasons'} ({len(rare)} kinds)")
    return lines
