"""What every command shares: where it prints, how it loads the tables, how it fails."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from evidence.errors import DataError, EvidenceError, ScaleWarning
from evidence.files import as_input_error, write_whole
from evidence.review import Review, load

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

DATA_PROBLEM, FAILED = 1, 2
DataFolder = Annotated[
    Path | None, typer.Option("--data", help="Folder with the CSV files [default: data/ of the project].")
]


def load_or_leave(folder: Path | None) -> Review:
    """Load the review, or say every problem and leave with exit code 1."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ScaleWarning)
        with leaving():
            review = load(folder)
    for warning in caught:
        worth_a_look(str(warning.message))
    return review


def worth_a_look(message: str) -> None:
    """Say what may be right but should be looked at."""
    err.print(f"Worth a look:\n  {message}", markup=False)


@contextmanager
def leaving() -> Iterator[None]:
    """Leave with exit code 1 for problems in the data, 2 for any other failure, and say which.

    Failures of the system count, such as a full disk or a name too long for it.
    """
    try:
        yield
    except BrokenPipeError:  # nobody reads on, which the command line takes for an end
        raise
    except DataError as error:
        err.print(str(error), markup=False)
        raise typer.Exit(DATA_PROBLEM) from error
    except (EvidenceError, OSError) as error:
        fail(error)


def fail(error: Exception) -> NoReturn:
    """Say what failed and leave with exit code 2."""
    err.print(f"{type(error).__name__}: {error}", markup=False)
    raise typer.Exit(FAILED) from error


def write(path: Path, content: str) -> None:
    """Write a file that was asked for, and say where it lies.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with as_input_error(f"{path} cannot be written"):
        write_whole(path, content)
    out.print(f"Written: {short(path)}", markup=False)


def bars() -> Progress:
    """Return progress bars that vanish where nobody watches them."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=err, transient=not sys.stderr.isatty())


def steps_of(shown: Progress) -> Callable[[str, int, int], None]:
    """Return what takes a step, how much of it is done and how much there is, and shows a bar a step."""
    tasks: dict[str, TaskID] = {}

    def progress(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = shown.add_task(step, total=total)
        shown.update(tasks[step], completed=done, total=total)

    return progress


def short(path: Path) -> str:
    """Return a path as seen from the working folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
