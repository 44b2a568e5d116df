"""What a run leaves beside the documents: the summary of findings and the results as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from evidence.certainty.grade import ratings
from evidence.certainty.summary_of_findings import summary_of_findings
from evidence.certainty.verdict_result import Verdicts
from evidence.publish.export import export_review
from evidence.publish.summary_of_findings import write_summary
from evidence.review import Review
from evidence.synthesis.answer import Answer


def write_results(
    review: Review, folder: Path, answers: Mapping[str, Answer], judged: Verdicts
) -> list[Path]:
    """Write the summary of findings (page, CSV, slides) and the results as JSON with their schema.

    Parameters
    ----------
    review : Review
    folder : Path
        Made if missing.
    answers : mapping of str to Answer
    judged : Verdicts

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    written = export_review(
        review,
        folder,
        formats=["json"],
        answers=answers,
        certainty=ratings(review, answers),
        verdicts=judged.to_dict(),
    )
    return [*written.files, *write_summary(summary_of_findings(review, answers=answers), folder)]
