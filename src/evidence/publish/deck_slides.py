"""The slides around the claims: title, all verdicts, summary of findings, two lessons, and sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pptx.util import Emu, Inches, Pt

from evidence.certainty.summary_of_findings import SummaryOfFindings
from evidence.certainty.verdict_result import Verdicts
from evidence.certainty.verdict_table import verdict_rows
from evidence.figures.slides import pages as turn
from evidence.figures.source_line import version
from evidence.figures.style import DISCLAIMER, framed
from evidence.figures.verdict_chart import verdict_chart
from evidence.publish.deck_layouts import Box, Layouts
from evidence.publish.deck_lessons import explanations, marked_forest, teaching_answer
from evidence.publish.deck_notes import citations, sections
from evidence.publish.deck_pictures import picture
from evidence.publish.deck_quiz import quiz
from evidence.publish.deck_shapes import (
    BODY,
    OPENING,
    add_arrow,
    add_picture,
    add_text,
    fill_text,
    new_slide,
)
from evidence.publish.deck_text import clean, lines_of
from evidence.publish.slide_table import pages
from evidence.publish.summary_of_findings import SHARES, SLIDE_HEADINGS, findings_table, slide_rows
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.tables.fingerprint import data_hash
from evidence.tables.flow import flow

QUESTION = "Does microneedling work for acne scars?"
LICENCE = (
    "Tables and figures: Creative Commons Attribution 4.0 (CC BY 4.0).",
    "Code: MIT licence.",
    "The numbers come from the publications; cite those for the numbers themselves.",
)
_LARGE, _LARGER = Pt(22), Pt(28)
_PICTURE = 0.67
_STRIP, _GAP = Inches(0.72), Inches(0.2)


def opening(found: Layouts, review: Review) -> None:
    """Add the title: the question, what it rests on, the disclaimer, and the version of the tables."""
    counts = flow(review)
    rests = f"{counts.eligible} studies, {counts.usable} of them with a number that can be used."
    notes = sections(
        [
            ("What this is", [f"{QUESTION} {rests}", DISCLAIMER]),
            ("Tables", [version(review), f"Hash of the tables: {data_hash(review)}"]),
        ]
    )
    slide = new_slide(found.presentation, found.opening, QUESTION, notes, size=OPENING)
    fill_text(slide, [rests, DISCLAIMER, version(review)])


def all_verdicts(found: Layouts, review: Review, judged: Verdicts) -> None:
    """Add the chart of the verdicts on every claim, on as many slides as keep its type."""
    claims = judged.of("claim")
    supported = sum(each.verdict == "supported" for each in claims)
    verb = "is" if supported < 2 else "are"
    title = (
        f"{supported or 'None'} of the article's {len(claims)} claims {verb} supported without reservations"
    )
    with framed(Emu(found.body.width).inches, Emu(found.body.height).inches):
        figures = turn(verdict_chart, verdict_rows(review, judged), title="")
    verdicts = [f"{each.id} {each.text} {each.verdict_label}. {each.wording}" for each in claims]
    notes = sections(
        [
            ("Verdicts", verdicts),
            ("Methods", ["Verdicts follow from rules that were fixed before any number was pooled."]),
            ("Limits", [DISCLAIMER]),
            ("How to read the chart", [figures[0].caption]),
        ]
    )
    for number, figure in enumerate(figures, start=1):
        part = f" ({number} of {len(figures)})" if len(figures) > 1 else ""
        slide = new_slide(found.presentation, found.title, f"{title}{part}", notes)
        add_picture(slide, picture(figure), found.body)


def findings(found: Layouts, summary: SummaryOfFindings) -> None:
    """Add the summary of findings as native tables, as many rows a slide as it takes."""
    rows = summary.rows.to_dict("records")
    body = found.body
    notes = sections([("Letters", [f"{letter}. {note}" for letter, note in summary.notes()])])
    split = pages(
        slide_rows(rows), SLIDE_HEADINGS, SHARES, width=body.width, height=body.height, wider=found.wider
    )
    for number, page in enumerate(split, start=1):
        title = f"Summary of findings ({number} of {len(split)})"
        slide = new_slide(found.presentation, found.title, title, f"{summary.title}\n\n{notes}")
        findings_table(slide, [rows[i] for i in page], body.left, body.top, body.width, found.wider)


def reading(found: Layouts, review: Review, answers: Mapping[str, Answer]) -> None:
    """Add how to read a forest plot; none where no answer has all of its marks."""
    chosen = teaching_answer(answers)
    if chosen is None:
        return
    marked, said = marked_forest(chosen), explanations(chosen)
    notes = sections(
        [
            ("Shown", [f"{chosen.question.id} {chosen.question.text}", chosen.finding()]),
            ("How to read it", list(said.values())),
            ("Methods", [chosen.result.method_text()]),
            ("References", citations(review, chosen.effects.included["study_id"])),
        ]
    )
    slide = new_slide(found.presentation, found.title, "How to read a forest plot", notes)
    body = found.body
    width = round(_PICTURE * body.width)
    below = Box(body.left, body.top + _STRIP, width, body.height - _STRIP)
    place = add_picture(slide, picture(marked.figure, trim=False), below)
    _point_at_null(slide, said["null"], body, place, marked.spots["null"])
    _explain(slide, said, place, marked.spots, found)


def _point_at_null(slide: Any, text: str, body: Box, place: Box, spot: tuple[float, float]) -> None:
    box = Box(body.left, body.top, body.width, Inches(0.4))
    add_text(slide, [text], box)
    x = place.left + round(spot[0] * place.width)
    end = (x, place.top + round(spot[1] * place.height))
    add_arrow(slide, (x, box.bottom), end, "Points at the line of no effect")


def _explain(
    slide: Any, said: Mapping[str, str], place: Box, spots: Mapping[str, tuple[float, float]], found: Layouts
) -> None:
    """Write the explanations beside the picture, from above to below, each with an arrow to its mark."""
    left = place.right + 2 * _GAP
    width = found.body.right - left
    names = sorted((name for name in spots if name != "null"), key=lambda name: spots[name][1])
    line = Inches(1.25 * BODY.inches)
    heights = [line * lines_of(clean(said[name]), found.inches(width), BODY.pt) for name in names]
    space = max((place.height - sum(heights)) // max(len(names) - 1, 1), 0)
    top = place.top
    for name, height in zip(names, heights, strict=True):
        box = Box(left, top, width, height)
        add_text(slide, [said[name]], box)
        x, y = spots[name]
        end = (place.left + round(x * place.width), place.top + round(y * place.height))
        add_arrow(slide, (left - _GAP // 2, top + height // 2), end, f"Points at the {name}")
        top += height + min(space, _GAP * 2)


def asking(found: Layouts, answers: Mapping[str, Answer], judged: Verdicts) -> None:
    """Add a question whose answer stands in the notes."""
    asked = quiz(answers, judged)
    slide = new_slide(found.presentation, found.text, asked.question, sections([("Answer", [asked.answer])]))
    fill_text(slide, [asked.facts, *asked.choices], size=_LARGER)


def sources(found: Layouts, review: Review, keys: Sequence[str]) -> None:
    """Add where the numbers come from and how they may be used; the notes hold the deck's references."""
    notes = sections([("Studies shown in this deck", citations(review, keys))])
    slide = new_slide(found.presentation, found.text, "Sources and licence", notes)
    counts = flow(review)
    records = f"{counts.records} records of studies, each with its source, in the tables of this review."
    fill_text(slide, [records, *LICENCE, version(review), DISCLAIMER], size=_LARGE)
