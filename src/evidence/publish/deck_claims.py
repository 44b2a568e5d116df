"""The slide of a claim: what was found in a headline, how sure one can be, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pptx.util import Emu, Inches

from evidence.certainty.summary_of_findings import symbols
from evidence.certainty.verdict_result import Verdict
from evidence.figures.style import INK
from evidence.figures.symbols import VERDICTS, tint
from evidence.publish.deck_evidence import Evidence, evidence
from evidence.publish.deck_layouts import Box, Layouts
from evidence.publish.deck_notes import claim_notes
from evidence.publish.deck_pictures import picture
from evidence.publish.deck_shapes import BODY, TITLE, add_chip, add_picture, add_text, new_slide
from evidence.publish.deck_text import clean, cut, headline
from evidence.publish.slide_table import add_table
from evidence.review import Review
from evidence.synthesis.answer import Answer

_LINE, _GAP = Inches(0.42), Inches(0.12)
_CHIP, _KNOWN = Inches(3.3), Inches(3.0)
_COUNTS = ("Kind of source", "Sources", "With a number")
_COUNT_SHARES = (0.6, 0.2, 0.2)


def claim_slide(found: Layouts, review: Review, verdict: Verdict, answers: Mapping[str, Answer]) -> None:
    """Add the slide of a claim.

    Parameters
    ----------
    found : Layouts
    review : Review
    verdict : Verdict
    answers : mapping of str to Answer
    """
    shown = evidence(review, verdict.id, answers)
    short = review.claims.set_index("claim_id")["short"][verdict.id]
    title = headline(verdict, short, Emu(found.head.width).inches, TITLE.pt)
    slide = new_slide(found.presentation, found.title, title, claim_notes(review, verdict, shown, answers))
    body = found.body
    _judged(slide, verdict, shown, Box(body.left, body.top, body.width, _LINE))
    top = body.top + _LINE + _GAP
    _show(slide, shown, Box(body.left, top, body.width, body.bottom - top))


def _judged(slide: Any, verdict: Verdict, shown: Evidence, line: Box) -> None:
    """Write the verdict, its certainty and what is shown, in one line."""
    look = VERDICTS[verdict.verdict]
    chip = Box(line.left, line.top, _CHIP, line.height)
    fill = tint(look.color, 0.22)
    add_chip(slide, clean(verdict.verdict_label), chip, fill=fill, line=look.color, ink=INK)
    sure = Box(chip.right + _GAP, line.top, _KNOWN, line.height)
    circles = symbols(verdict.certainty)
    add_text(slide, [f"Certainty: {verdict.certainty_label} {circles}"], sure)
    rest = Box(sure.right + _GAP, line.top, line.right - sure.right - _GAP, line.height)
    add_text(slide, [cut(shown.shown, Emu(rest.width).inches, BODY.pt)], rest, align="RIGHT")


def _show(slide: Any, shown: Evidence, box: Box) -> None:
    if shown.figure is not None:
        add_picture(slide, picture(shown.figure), box)
        return
    rows = [[str(cell) for cell in row] for row in shown.table.itertuples(index=False)]
    said = "; ".join(f"{kind}: {count}, {usable} with a number" for kind, count, usable in rows)
    place = {"left": box.left, "top": box.top, "width": box.width}
    add_table(slide, _COUNTS, rows, _COUNT_SHARES, **place, alt=f"Table: {said}")
