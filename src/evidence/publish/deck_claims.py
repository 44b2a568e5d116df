"""The slide of a claim: what was found in a headline, how sure one can be, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pptx.util import Inches

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
    """Add the slide of a claim.

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
    slide = new_slide(found.presentation, found.title, title, claim_notes(review, verdict, shown, answers))
    body = found.body
    top = _judged(slide, verdict, shown, found) + _GAP
    bottom = body.bottom
    if shown.one_sided and verdict.brief_against:
        bottom -= _LINE
        said = cut(f"Against it: {verdict.brief_against}", found.inches(body.width), BODY.pt)
        add_text(slide, [said], Box(body.left, bottom, body.width, _LINE))
    _show(slide, shown, Box(body.left, top, body.width, bottom - top), found.wider)


def _judged(slide: Any, verdict: Verdict, shown: Evidence, found: Layouts) -> int:
    """Write the verdict, its certainty and what is shown side by side, and return where they end."""
    look, body = VERDICTS[verdict.verdict], found.body
    label, sure = clean(verdict.verdict_label), f"Certainty: {verdict.certainty_label}"
    if verdict.certainty != NOT_RATED:
        sure += f" {symbols(verdict.certainty)}"
    # The circles of GRADE come from another font, as wide as the one that text is measured in.
    widths = (found.emu(text_width(label, BODY.pt, True)) + 2 * _GAP, Inches(text_width(sure, BODY.pt)))
    left = body.left + sum(widths) + 3 * _GAP
    room = found.inches(body.right - left)
    height = _HIGHER if lines_of(clean(shown.shown), room, BODY.pt) > 1 else _LINE
    chip = Box(body.left, body.top + (height - _LINE) // 2, widths[0], _LINE)
    add_chip(slide, label, chip, fill=tint(look.color, 0.22), line=look.color, ink=INK)
    add_text(slide, [sure], Box(chip.right + _GAP, body.top, widths[1], height))
    rest = Box(left, body.top, body.right - left, height)
    add_text(slide, [cut(shown.shown, room, BODY.pt, lines=2)], rest, align="RIGHT")
    return rest.bottom


def _show(slide: Any, shown: Evidence, box: Box, wider: float) -> None:
    if shown.figure is not None:
        add_picture(slide, picture(shown.figure), box)
        return
    rows = [[str(cell) for cell in row] for row in shown.table.itertuples(index=False)]
    said = "; ".join(f"{part}: {mine} for, {other} against" for part, mine, other in rows)
    place = {"left": box.left, "top": box.top, "width": box.width}
    add_table(slide, _COUNTS, rows, _COUNT_SHARES, **place, wider=wider, alt=f"Table: {said}")
