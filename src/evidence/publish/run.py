"""The whole review in order: check, answer, judge, documents, notebooks, figures, results."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from evidence.certainty.verdict import verdicts
from evidence.certainty.verdict_result import Verdicts
from evidence.certainty.verdict_table import verdict_markdown
from evidence.effects.assemble import KINDS
from evidence.errors import InputError
from evidence.files import as_input_error, write_whole
from evidence.publish.data_docs import write_data_documents
from evidence.publish.divergences import write_divergences
from evidence.publish.figures import export_figures
from evidence.publish.generated import replace_in
from evidence.publish.notebooks import execute_all, notebooks_in
from evidence.publish.outputs import write_results
from evidence.publish.site.build import build_site
from evidence.review import Review
from evidence.synthesis.answer import Answer, answer
from evidence.synthesis.claims import claims_summary, summary_markdown

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a run of the review found, and which files it changed."""

    summary: pd.DataFrame
    verdicts: Verdicts
    changed: list[Path]


def run_review(
    review: Review,
    root: Path,
    *,
    notebooks: bool = True,
    site: bool = True,
    progress: Progress = lambda _step, _done, _all: None,
) -> Report:
    """Answer every question and renew everything that is made from the tables.

    Parameters
    ----------
    review : Review
    root : Path
        Folder of the project: holds README.md, notebooks/ and figures/.
    notebooks : bool
        Whether to execute the notebooks, which takes most of the time.
    site : bool
        Whether to write the pages into site/, last.
    progress : callable
        Told the step, how much of it is done, and how much there is.

    Returns
    -------
    Report
    """
    _check_project(root)
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(_notebooks, root / "notebooks", progress) if notebooks else None
        with as_input_error(f"The project in {root} cannot be written to"):
            answers = _answers(review, progress)
            summary, judged = claims_summary(review, answers), verdicts(review, answers)
            changed = write_data_documents(review)
            changed += write_divergences(root)
            changed += _readme(root / "README.md", summary, judged)
            export_figures(review, root / "figures", progress=partial(progress, "Exporting figures"))
            write_results(review, root / "results", answers, judged)
        changed += running.result() if running else []
    if site:
        build_site(review, root, root / "site", answers=answers, judged=judged, progress=progress)
    return Report(summary, judged, changed)


def _readme(path: Path, summary: pd.DataFrame, judged: Verdicts) -> list[Path]:
    """Renew the generated tables of the README; return it if it changed."""
    blocks = {"verdicts": verdict_markdown(judged), "findings": summary_markdown(summary)}
    text = path.read_text(encoding="utf-8")
    for name, content in blocks.items():
        text = replace_in(text, name, content, path)
    return [path] if write_whole(path, text) else []


def _check_project(root: Path) -> None:
    for name in ("README.md", "notebooks"):
        if not (root / name).exists():
            raise InputError(
                f"{root} has no {name}; run the review in a folder with data/, notebooks/ and README.md."
            )


def _answers(review: Review, progress: Progress) -> dict[str, Answer]:
    questions = [question.id for question in review.all_questions() if question.kind in KINDS]
    answers = {}
    for number, question_id in enumerate(questions):
        progress("Answering questions", number, len(questions))
        answers[question_id] = answer(review, question_id)
    progress("Answering questions", len(questions), len(questions))
    return answers


def _notebooks(folder: Path, progress: Progress) -> list[Path]:
    count, finished = len(notebooks_in(folder)), []

    def done(path: Path) -> None:
        finished.append(path)
        progress("Running notebooks", len(finished), count)

    progress("Running notebooks", 0, count)
    return execute_all(folder, done=done)
