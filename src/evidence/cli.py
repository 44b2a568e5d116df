"""The command line: one function a command, with its help and its exit codes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from evidence.certainty.verdict_result import Verdicts
from evidence.console import DataFolder, err, leaving, out, steps_of, worth_a_look
from evidence.console import bars as _bars
from evidence.console import load_or_leave as _load
from evidence.console import short as _short
from evidence.explorer.command import explore_commands
from evidence.living.changelog import doubt
from evidence.living.commands import commands
from evidence.living.deck_command import deck_commands
from evidence.living.next_command import next_commands
from evidence.living.r_twin_command import r_twin_commands
from evidence.living.site_command import site_commands

app = typer.Typer(
    help="Does microneedling work for acne scars? Check the data, answer every question, export the figures.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(commands)
app.add_typer(next_commands)
app.add_typer(deck_commands)
app.add_typer(site_commands)
app.add_typer(r_twin_commands)
app.add_typer(explore_commands)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with the CSV files [default: data/ of the project].")
    ] = None,
) -> None:
    """Read every table and name every problem: file, row, column, value, and what would be right.

    Exit codes: 0 all is well, 1 problems in the data, 2 the folder cannot be read.

    Example: evidence check my_tables/
    """
    review = _load(folder)
    with leaving():
        stale = doubt(review)
    if stale:
        worth_a_look(stale)
    counts = [("studies", review.studies), ("arms", review.arms), ("outcome rows", review.outcomes)]
    counts += [("printed contrasts", review.contrasts), ("questions", review.questions)]
    said = ", ".join(f"{len(frame)} {name}" for name, frame in counts)
    out.print(f"{review.folder}: no problems. {said}.", markup=False)


@app.command("review")
def review_command(
    data: DataFolder = None,
    notebooks: Annotated[bool, typer.Option(help="Execute the notebooks too.")] = True,
    site: Annotated[bool, typer.Option(help="Write the pages to read in a browser, too.")] = True,
) -> None:
    """Check the data, answer every question, run the notebooks, export figures and pages, say what was found.

    Works in the project's folder: the one that holds data/, notebooks/ and figures/.
    Exit codes: 0 done, 1 problems in the data, 2 a step failed; files are replaced only when whole.

    Example: evidence review --no-notebooks
    """
    from evidence.publish.run import run_review

    started = time.perf_counter()
    review = _load(data)
    counts = f"{len(review.studies)} studies, {len(review.outcomes)} outcome rows"
    out.print(f"Data checked: {counts}.", markup=False)
    root = review.folder.parent
    with leaving(), _bars() as bars:
        report = run_review(review, root, notebooks=notebooks, site=site, progress=steps_of(bars))
    _print_claims(report.summary)
    _print_verdicts(report.verdicts)
    out.print("\nWhere things lie:", markup=False)
    for what, place in (
        ("notebooks, executed", root / "notebooks"),
        ("figures (PNG, SVG, PDF) and their manifest", root / "figures"),
        ("summary of findings (page, CSV, slides) and results as JSON", root / "results"),
        ("tables and their dictionary", review.folder),
        *([("pages to open in a browser", root / "site" / "index.html")] if site else []),
    ):
        out.print(f"  {what}: {_short(place)}", markup=False)
    changed = ", ".join(_short(path) for path in report.changed) or "none"
    out.print(f"  files that changed: {changed}", markup=False)
    out.print(f"Done in {time.perf_counter() - started:.0f} s. Not medical advice.", markup=False)


@app.command()
def figures(
    names: Annotated[list[str] | None, typer.Argument(help="Names of figures; all by default.")] = None,
    data: DataFolder = None,
    to: Annotated[Path, typer.Option(help="Folder the files go to.")] = Path("figures"),
    formats: Annotated[str, typer.Option("--formats", help="Any of png,svg,pdf,tiff.")] = "png,svg,pdf",
    preset: Annotated[
        str,
        typer.Option(
            "--for",
            help="web, paper (double column), paper-single, slide (16:9), poster, web-dark or print-grey.",
        ),
    ] = "web",
    own: Annotated[
        list[Path] | None, typer.Option("--from", help="Python file that registers figures of your own.")
    ] = None,
    layout: Annotated[
        str | None, typer.Option("--layout", help="RevMan, BMJ or JAMA, for the forest plots that are named.")
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Only list the names and titles.")] = False,
) -> None:
    """Export figures for papers, slides and pages, each with its alternative text.

    Exit codes: 0 done, 1 problems in the data, 2 an unknown name or a folder that cannot be written to.

    Example: evidence figures forest_Q1b --for slide --formats png --to my_slides

    Slides hold twelve rows, fewer where type would shrink; a figure with more is name-1.png, name-2.png ...
    """
    from evidence.figures.catalogue import catalogue
    from evidence.figures.registry import register_from
    from evidence.publish.figures import export_figures

    with leaving():
        for path in own or ():
            register_from(path)
    review = _load(data)
    if list_only:
        for name, draw in catalogue(review).items():
            out.print(f"{name}: {draw(review).alt}", markup=False)
        return
    with leaving(), _bars() as bars:
        task = bars.add_task("Exporting figures", total=None)
        written = export_figures(
            review,
            to,
            names=names or [],
            formats=_listed(formats),
            preset=preset,
            layout=layout,
            progress=lambda done, count: bars.update(task, completed=done, total=count),
        )
    folders = ", ".join(sorted({_short(path.parent) for path in written}))
    out.print(f"{len(written)} files in {folders}.", markup=False)


@app.command()
def export(
    data: DataFolder = None,
    to: Annotated[Path, typer.Option(help="Folder the files go to.")] = Path("export"),
    formats: Annotated[
        str, typer.Option("--formats", help="Any of csv,xlsx,json,ris,revman.")
    ] = "csv,xlsx,json,ris,revman",
) -> None:
    """Export the effects, the tables, the results and the references for other programs.

    A long CSV of every effect size, a workbook, results as JSON, references as RIS, data rows of RevMan.

    Exit codes: 0 done, 1 problems in the data, 2 an unknown format or a folder that cannot be written to.

    Example: evidence export --formats csv,revman --to my_numbers
    """
    from evidence.certainty.grade import ratings
    from evidence.certainty.verdict import verdicts
    from evidence.publish.exchange.revman import left_out_in_words
    from evidence.publish.export import asked_formats, export_review
    from evidence.synthesis.answer import answers as answer_all

    review = _load(data)
    with leaving():
        kinds = asked_formats(_listed(formats))
        with err.status("Answering the questions ..."):
            found = answer_all(review)
            done = export_review(
                review,
                to,
                formats=kinds,
                answers=found,
                certainty=ratings(review, found),
                verdicts=verdicts(review, found).to_dict(),
            )
    names = ", ".join(path.name for path in done.files)
    out.print(f"{len(done.files)} files in {_short(to)}: {names}.", markup=False)
    if done.left_out:
        out.print(left_out_in_words(done.left_out), markup=False)


@app.command()
def summary(
    questions: Annotated[
        list[str] | None, typer.Argument(help="Up to seven questions; those of questions.csv by default.")
    ] = None,
    data: DataFolder = None,
    to: Annotated[Path, typer.Option(help="Folder the files go to.")] = Path("summary"),
    formats: Annotated[str, typer.Option("--formats", help="Any of html,csv,pptx.")] = "html,csv,pptx",
) -> None:
    """Write the summary of findings: absolute effects, certainty and the reason for each step.

    Exit codes: 0 done, 1 problems in the data, 2 an unknown question or format, more than seven questions,
    or a folder that cannot be written to.

    Example: evidence summary Q1b Q4a --formats pptx --to my_slides
    """
    from evidence.certainty.summary_of_findings import summary_of_findings
    from evidence.publish.summary_of_findings import write_summary

    review = _load(data)
    with leaving(), err.status("Rating the certainty ..."):
        written = write_summary(summary_of_findings(review, questions or None), to, formats=_listed(formats))
    out.print(
        f"{len(written)} files in {_short(to)}: {', '.join(path.name for path in written)}.", markup=False
    )


def _listed(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


def _print_claims(summary: pd.DataFrame) -> None:
    """Print each claim, and under it what each of its questions found."""
    for claim, rows in summary.groupby(["claim_id", "claim"], sort=False):
        out.print(f"\n{' '.join(claim)}", markup=False, style="bold")
        for row in rows.to_dict("records"):
            out.print(f"  {row['question']}: {row['found']}".replace("  : ", "  "), markup=False)


def _print_verdicts(judged: Verdicts) -> None:
    """Print the verdict on each claim, its certainty and its wording."""
    out.print("\nVerdicts", markup=False, style="bold")
    for verdict in judged.of("claim"):
        said = f"  {verdict.id} {verdict.verdict_label} (certainty: {verdict.certainty_label})"
        out.print(said, markup=False, style="bold")
        out.print(f"     {verdict.wording}", markup=False)


if __name__ == "__main__":
    app()
