"""A deck of slides on the review, one message a slide, each with notes for who speaks."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

from evidence.arguments import instance, names, option
from evidence.certainty.summary_of_findings import summary_of_findings
from evidence.certainty.verdict import verdicts as judge
from evidence.certainty.verdict_result import Verdicts, checked_verdicts
from evidence.effects.assemble import KINDS
from evidence.errors import InputError
from evidence.files import as_input_error, write_whole
from evidence.publish import deck_slides as make
from evidence.publish.deck_claims import claim_slide
from evidence.publish.deck_evidence import Evidence, evidence
from evidence.publish.deck_layouts import layouts
from evidence.publish.stable_zip import stable_zip
from evidence.publish.summary_of_findings import FIXED
from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, checked_answers
from evidence.synthesis.answer import answers as answer_all

Progress = Callable[[int, int], None]


def deck(
    review: Review,
    answers: Mapping[str, Answer] | None = None,
    verdicts: Verdicts | None = None,
    *,
    claims: Sequence[str] | None = None,
    template: str | PathLike[str] | None = None,
    progress: Progress = lambda _done, _total: None,
) -> bytes:
    """Make slides of the review: title, verdicts, a slide a claim, summary of findings, lessons, sources.

    Text and tables are native and can be edited; figures are pictures with alternative text. What a slide
    leaves out stands in its notes: methods, certainty with its reasons, limits, what stands against the
    claim, and references. The same tables make the same bytes.

    Parameters
    ----------
    review : Review
    answers : mapping of str to Answer, optional
        The answers to all questions by id, where they were computed already.
    verdicts : Verdicts, optional
        Verdicts on all claims, where they were computed already.
    claims : sequence of str, optional
        Claims that get a slide, in this order; all by default. The chart of verdicts shows all.
    template : path, optional
        A .pptx or .potx of 16 to 9 whose layouts are used; its own slides are left out.
    progress : callable
        Told how many slides of how many are made; the summary of findings counts as one.

    Returns
    -------
    bytes
        A .pptx file.

    Raises
    ------
    OptionError
        If a claim does not exist.
    InputError
        If no claim is named, an answer is missing, or the template lacks a layout or is not 16 to 9.
    """
    checked_review(review)
    wanted = chosen(review, claims)
    found = layouts(template)
    known = answer_all(review) if answers is None else complete(review, answers)
    judged = judge(review, known) if verdicts is None else checked_verdicts(verdicts)
    summary = summary_of_findings(review, answers=known)
    shown: dict[str, Evidence] = {}

    def add_claim(key: str) -> None:
        shown[key] = evidence(review, key, known)
        claim_slide(found, review, judged[key], shown[key], known)

    steps: list[Callable[[], None]] = [
        lambda: make.opening(found, review),
        lambda: make.all_verdicts(found, review, judged),
        *(partial(add_claim, key) for key in wanted),
        lambda: make.findings(found, summary),
        lambda: make.reading(found, review, known),
        lambda: make.asking(found, known, judged),
        lambda: make.sources(found, review, [key for each in shown.values() for key in each.keys]),
    ]
    for done, step in enumerate(steps, start=1):
        step()
        progress(done, len(steps))
    return _packed(found.presentation)


def write_deck(
    review: Review,
    path: str | PathLike[str],
    answers: Mapping[str, Answer] | None = None,
    verdicts: Verdicts | None = None,
    *,
    claims: Sequence[str] | None = None,
    template: str | PathLike[str] | None = None,
    pdf: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> list[Path]:
    """Write the deck, and its PDF if wanted; nothing is replaced before all of it is whole.

    Parameters
    ----------
    review : Review
    path : path
        Ends in .pptx; the PDF stands beside it.
    answers, verdicts, claims, template, progress
        See `deck`.
    pdf : bool
        Make a PDF too, through LibreOffice.

    Returns
    -------
    list of Path

    Raises
    ------
    OptionError
        If a claim does not exist.
    InputError
        As `deck`; and if the path does not end in .pptx or cannot be written, or LibreOffice is wanted and is
        not installed.
    """
    from evidence.publish.deck_pdf import as_pdf, libreoffice

    target = Path(instance("path", path, str | PathLike, "a path"))
    option("pdf", pdf, (True, False))
    if target.suffix.lower() != ".pptx":
        raise InputError(f"A deck is a .pptx file; {target} must end so.")
    if pdf:
        libreoffice()
    content = deck(review, answers, verdicts, claims=claims, template=template, progress=progress)
    files = {target: content} | ({target.with_suffix(".pdf"): as_pdf(content)} if pdf else {})
    with as_input_error(f"{target} cannot be written"):
        for file, data in files.items():
            write_whole(file, data)
    return list(files)


def chosen(review: Review, claims: Sequence[str] | None) -> list[str]:
    """Return the claims that get a slide, each once.

    Raises
    ------
    OptionError
        If one does not exist.
    InputError
        If none is named, or `claims` is a single text.
    """
    every = review.claims["claim_id"].tolist()
    if claims is None:
        return every
    wanted = [option("claim", key, every) for key in names("claims", claims, "C1")]
    if not wanted:
        raise InputError(f"Name at least one claim of {', '.join(every)}.")
    return wanted


def complete(review: Review, answers: Mapping[str, Answer]) -> Mapping[str, Answer]:
    """Return the answers if there is one to every question that effect sizes answer.

    Raises
    ------
    InputError
        Naming the questions without one.
    """
    checked_answers(answers)
    asked = [question.id for question in review.all_questions() if question.kind in KINDS]
    missing = [key for key in asked if key not in answers]
    if missing:
        raise InputError(
            f"answers lack {', '.join(missing)}; leave answers out, or use evidence.answers(review)."
        )
    return answers


def _packed(presentation: Any) -> bytes:
    core = presentation.core_properties
    core.title, core.author, core.last_modified_by = make.QUESTION, "", ""
    core.created = core.modified = core.last_printed = FIXED
    buffer = io.BytesIO()
    presentation.save(buffer)
    return stable_zip(buffer.getvalue())
