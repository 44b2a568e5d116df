"""The slide of a claim: what was found in a headline, how sure one can be, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pptx.util import Emu, Inches

from evidence.certainty.grade import NOT_RATED
from evidence.certainty.summary_of_findings import symbols
from evidence.certainty.verdict_result import Verdict
from evidence.figures.style import INK
from evidence.figures.symbols import VERDICTS, tint
from evidence.figures.text import text_width
from evidence.publish.deck_evidence import Evidence
from evidence.publish.deck_layouts import Box, Layouts
from evidence.publish.deck_notes import claim_notes
from evidence.publish.deck_pictures import picture
from evidence.publish.deck_shapes import BODY, INSET, TITLE, add_chip, add_picture, add_text, new_slide
from evidence.publish.deck_text import clean, cut, headline, lines_of
from evidence.publish.slide_table import add_table
from evidence.review import Review
from evidence.synthesis.answer import Answer

_LINE, _HIGHER, _GAP = Inches(0.42), Inches(0.62), Inches(0.16)
_COUNTS = ("What the claim says", "Sources for it", "Sources against it")
_COUNT_SHARES = (0.6, 0.2, 0.2)


def claim_slide(
    found: Layouts, review: Review, verdict: Verdict, shown: Evidence, answers: Mapping[str, Answer]
) -> None:
    """Add the slide of a claim, and further ones where its picture takes several to keep its type.

    Parameters
    ----------
    found : Layouts
    review : Review
    verdict : Verdict
    shown : Evidence
    answers : mapping of str to Answer
    """
    short = review.claims.set_index("claim_id")["short"][verdict.id]
    title = headline(verdict, short, found.inches(found.head.width - 2 * INSET), TITLE.pt)
    notes = claim_notes(review, verdict, shown, answers)
    body, against = found.body, _against(verdict, shown, found)
    top = body.top + (_HIGHER if _two_lines(verdict, f"{shown.shown} (1 of 2)", found) else _LINE) + _GAP
    box = Box(body.left, top, body.width, body.bottom - top - (_LINE if against else 0))
    figures = shown.pictures(Emu(box.width).inches, Emu(box.height).inches)
    for number in range(1, max(len(figures), 1) + 1):
        part = f" ({number} of {len(figures)})" if len(figures) > 1 else ""
        slide = new_slide(found.presentation, found.title, title, notes)
        _judged(slide, verdict, f"{shown.shown}{part}", found)
        if against:
            add_text(slide, [against], Box(body.left, box.bottom, body.width, _LINE))
        if figures:
            add_picture(slide, picture(figures[number - 1]), box)
        else:
            _count_sources(slide, shown, box, found.wider)


def _against(verdict: Verdict, shown: Evidence, found: Layouts) -> str:
    """Return what stands against the claim elsewhere, where the picture cannot show it."""
    if not (shown.one_sided and verdict.brief_against):
        return ""
    return cut(f"Against it: {verdict.brief_against}", found.inches(found.body.width), BODY.pt)


def _widths(verdict: Verdict, found: Layouts) -> tuple[str, str, tuple[int, int]]:
    """Return the verdict and its certainty in words, with the widths they take."""
    label, sure = clean(verdict.verdict_label), f"Certainty: {verdict.certainty_label}"
    if verdict.certainty != NOT_RATED:
        sure += f" {symbols(verdict.certainty)}"
    # The circles of GRADE come from another font, as wide as the one that text is measured in.
    return (
        label,
        sure,
        (found.emu(text_width(label, BODY.pt, True)) + 2 * _GAP, Inches(text_width(sure, BODY.pt))),
    )


def _two_lines(verdict: Verdict, said: str, found: Layouts) -> bool:
    """Tell whether what is shown takes two lines beside the verdict."""
    _, _, widths = _widths(verdict, found)
    return lines_of(clean(said), found.inches(found.body.width - sum(widths) - 3 * _GAP), BODY.pt) > 1


def _judged(slide: Any, verdict: Verdict, said: str, found: Layouts) -> None:
    """Write the verdict, its certainty and what is shown side by side."""
    look, body = VERDICTS[verdict.verdict], found.body
    label, sure, widths = _widths(verdict, found)
    left = body.left + sum(widths) + 3 * _GAP
    room = found.inches(body.right - left)
    height = _HIGHER if _two_lines(verdict, said, found) else _LINE
    chip = Box(body.left, body.top + (height - _LINE) // 2, widths[0], _LINE)
    add_chip(slide, label, chip, fill=tint(look.color, 0.22), line=look.color, ink=INK)
    add_text(slide, [sure], Box(chip.right + _GAP, body.top, widths[1], height))
    rest = Box(left, body.top, body.right - left, height)
    add_text(slide, [cut(said, room, BODY.pt, lines=2)], rest, align="RIGHT")


def _count_sources(slide: Any, shown: Evidence, box: Box, wider: float) -> None:
    rows = [[str(cell) for cell in row] for row in shown.table.itertuples(index=False)]
    said = "; ".join(f"{part}: {mine} for, {other} against" for part, mine, other in rows)
    place = {"left": box.left, "top": box.top, "width": box.width}
    add_table(slide, _COUNTS, rows, _COUNT_SHARES, **place, wider=wider, alt=f"Table: {said}")
