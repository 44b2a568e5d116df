"""The commands of the living review: `evidence add`, `remove`, `log` and `diff`."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from evidence.console import DATA_PROBLEM, DataFolder, err, leaving, load_or_leave, out, short, write
from evidence.errors import InputError, Problem, ScaleWarning
from evidence.living.draft import STUDY_TABLES, Draft
from evidence.review import Review, load

commands = typer.Typer()
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before writing.")]


@commands.command("add")
def add_command(
    file: Annotated[Path | None, typer.Argument(help="A filled template; without it you are asked.")] = None,
    template: Annotated[
        Path | None, typer.Option(help="Write an empty template here, with its help beside it.")
    ] = None,
    revman: Annotated[
        Path | None, typer.Option(help="Fill the template with the numbers of this RevMan file.")
    ] = None,
    yes: Yes = False,
    data: DataFolder = None,
) -> None:
    """Add a study: its arms, its numbers and the comparisons it prints.

    Without a file you are asked for them step by step. Everything is checked first, and nothing is written
    unless all is well. What the study changed is printed.
    Exit codes: 0 done, 1 something is wrong in the template or you stopped, 2 a file cannot be used.

    Example: evidence add --template trial.csv; fill it in; evidence add trial.csv
    """
    review = load_or_leave(data)
    with leaving():
        if template is not None or revman is not None:
            _write_template(review, file, template, revman)
            return
        draft, problems = _draft(review, file)
        _add(review, draft, problems, ask=file is None and not yes, yes=yes)


def _write_template(review: Review, file: Path | None, template: Path | None, revman: Path | None) -> None:
    from evidence.living.revman import from_revman
    from evidence.living.template import write_template
    from evidence.tables.revman import read_revman

    if file is not None:
        raise InputError("Either write a template or add a filled one, not both at once.")
    if template is None:
        raise InputError(
            "RevMan lacks treatments, design and sources; name a template to fill them in:"
            " evidence add --revman FILE --template OUT.csv, then evidence add OUT.csv"
        )
    rows = [] if revman is None else from_revman(read_revman(revman))
    path, beside = write_template(review, template, rows)
    filled = f"; {len(rows)} numbers are filled in" if rows else ""
    out.print(f"{short(path)}: one row a number{filled}.", markup=False)
    out.print(f"{short(beside)}: what belongs into each column.", markup=False)
    out.print(f"Then: evidence add {short(path)}", markup=False)


def _draft(review: Review, file: Path | None) -> tuple[Draft, list[Problem]]:
    from evidence.living.filled import read_template
    from evidence.living.guided import Guide, StoppedError

    if file is None:
        try:
            return Guide(review, _prompt, lambda said: out.print(said, markup=False)).run(), []
        except StoppedError:
            _leave_unchanged()
    if not file.is_file():
        raise InputError(f"{file} is not a file; make one with evidence add --template {file}.")
    return read_template(file)


def _prompt(question: str) -> str:
    from evidence.living.guided import StoppedError

    try:
        return str(typer.prompt(question, default="", show_default=False, prompt_suffix=" > "))
    except typer.Abort as stop:
        raise StoppedError from stop


def _leave_unchanged() -> NoReturn:
    err.print("\nNothing was written.", markup=False)
    raise typer.Exit(DATA_PROBLEM)


def _add(review: Review, draft: Draft, problems: list[Problem], *, ask: bool, yes: bool) -> None:
    from evidence.living.add import add, examine

    doubts = examine(review, draft, problems)
    for line in _summary(draft):
        out.print(line, markup=False)
    for each in doubts:
        err.print(f"Worth a look:\n  {each}", markup=False)
    if (ask or (doubts and not yes)) and not _sure("Add this?"):
        _leave_unchanged()
    entry = add(review, draft)
    out.print(f"Added as version {entry.version} of the tables.\n", markup=False)
    _print_difference(review)
    out.print("\nmake review renews the figures, notebooks and documents.", markup=False)


def _sure(question: str) -> bool:
    try:
        return typer.confirm(question, default=False)
    except typer.Abort:
        return False


def _summary(draft: Draft) -> Iterable[str]:
    for study in draft.of("studies"):
        cells = study.cells
        yield f"{cells['study_id']}: {cells['label']}, {cells['design']}. {cells['title']}"
        for table in STUDY_TABLES[1:]:
            rows = [row.cells for row in draft.of(table) if row.cells["study_id"] == cells["study_id"]]
            for row in rows:
                shown = [f"{name}={value}" for name, value in row.items() if name not in _NOT_SHOWN]
                yield f"  {table}: {', '.join(shown)}"


_NOT_SHOWN = {"study_id", "source", "locator", "result_id", "contrast_id"}


def _print_difference(before: Review) -> None:
    """Print what differs from the tables as they were loaded."""
    from evidence.living.diff import compare
    from evidence.living.diff_words import text
    from evidence.living.past import Version

    with warnings.catch_warnings():
        # Doubts were said, and accepted, before anything was written.
        warnings.simplefilter("ignore", ScaleWarning)
        after = load(before.folder)
    out.print(text(compare(Version("before", before), Version("now", after))), markup=False)


@commands.command("remove")
def remove_command(
    study_id: Annotated[str, typer.Argument(help="Key of the study in studies.csv.")],
    yes: Yes = False,
    data: DataFolder = None,
) -> None:
    """Take a study out of the tables, with its arms, numbers and comparisons.

    Rows of other tables that refer to it are named, and nothing is removed. An addition that was logged last
    is taken back together with its entry in the changelog.
    Exit codes: 0 done, 1 other tables refer to it or you stopped, 2 there is no such study.

    Example: evidence remove lee2027
    """
    from evidence.living.remove import removal, remove

    review = load_or_leave(data)
    with leaving():
        gone = removal(review, study_id)
        out.print(f"{gone.study_id} ({gone.label}): {gone.counts}.", markup=False)
        if not yes and not _sure("Remove this?"):
            _leave_unchanged()
        entry = remove(review, gone)
        logged = "; its addition is no longer logged" if entry is None else f" in version {entry.version}"
        out.print(f"Removed{logged}.\n", markup=False)
        _print_difference(review)


@commands.command("log")
def log_command(
    change: Annotated[str, typer.Argument(help="What changed and why.")],
    bump: Annotated[
        str | None, typer.Option(help="major, minor or patch; by default it follows from what changed.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """Log what changed in the tables as their next version, with its day and the hash of the data.

    Rows or cells that changed make a minor version, labels and notes alone a patch, columns a major one.
    Exit codes: 0 done, 1 problems in the data, 2 nothing changed, or git does not hold the last version.

    Example: evidence log "SD of Lee 2027 corrected after the erratum"
    """
    from evidence.living.log import log

    review = load_or_leave(data)
    with leaving():
        entry = log(review, change, bump=bump)
    out.print(f"Version {entry.version}, {entry.date}: {entry.change}", markup=False)


@commands.command("diff")
def diff_command(
    revision: Annotated[str, typer.Argument(help="A git revision, or a folder with the tables.")] = "HEAD",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write it as JSON here.")] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write it as a page with forest plots here.")
    ] = None,
    data: DataFolder = None,
) -> None:
    """Say what differs from an earlier version: rows, pooled estimates, certainty and verdicts.

    Exit codes: 0 compared, 1 problems in the data, 2 the earlier version cannot be had or a file not written.

    Example: evidence diff HEAD~1 --html changes.html
    """
    from evidence.living.diff import compare
    from evidence.living.diff_page import page
    from evidence.living.diff_words import text
    from evidence.living.past import Version, version_at

    review = load_or_leave(data)
    with leaving():
        diff = compare(version_at(revision, review), Version(short(review.folder), review))
        if json_file is None and html_file is None:
            out.print(text(diff), markup=False)
        if json_file is not None:
            write(json_file, json.dumps(diff.to_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        if html_file is not None:
            write(html_file, page(diff))
