"""Work through many tasks on worker processes, so that what is done stays done."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Protocol

import joblib
from joblib.externals.loky.process_executor import BrokenProcessPool

from evidence.errors import EvidenceError
from evidence.files import write_whole

Rows = list[dict[str, Any]]
ATTEMPTS = 3  # ends of a worker in a row, without one task done between, after which the fault is in the task


class WorkersLostError(EvidenceError, RuntimeError):
    """Workers ended again and again without finishing a task."""


class Task(Protocol):
    """What is worked on; its name is that of the file its rows are kept in."""

    @property
    def name(self) -> str: ...


def run(
    tasks: Sequence[Task],
    work: Callable[[Any], Rows],
    kept: Path,
    *,
    jobs: int = 1,
    on_cluster: bool = False,
    done: Callable[[int, int], object] = lambda _done, _all: None,
) -> list[Rows]:
    """Return the rows of every task, in the order of the tasks.

    Rows of a task are kept in a file as soon as they are known. A worker that is killed costs the tasks that
    were in hand, which are done again; a run that is stopped goes on where it was.

    Parameters
    ----------
    tasks : sequence
    work : callable
        Rows of one task, which depend on nothing but the task.
    kept : Path
        Folder of the rows that are known.
    jobs : int
        Worker processes; 1 for none beside this one.
    on_cluster : bool
        Hand tasks to the workers of the dask client that is connected.
    done : callable
        Told how many tasks are done, and how many there are.

    Raises
    ------
    WorkersLostError
        If workers end three times in a row without a task done between.
    """
    attempts = 0
    while left := [task for task in tasks if not _file(kept, task).is_file()]:
        before = len(left)
        try:
            for name, rows in _finished(left, work, jobs, on_cluster=on_cluster):
                write_whole(kept / f"{name}.json", json.dumps(rows))
                before -= 1
                done(len(tasks) - before, len(tasks))
        except BrokenProcessPool as error:
            attempts = attempts + 1 if before == len(left) else 0
            if attempts == ATTEMPTS:
                raise WorkersLostError(
                    f"Workers ended {ATTEMPTS} times in a row before {left[0].name} or another task was done;"
                    " is there enough memory? Try fewer --jobs."
                ) from error
    return [json.loads(_file(kept, task).read_text(encoding="utf-8")) for task in tasks]


def _file(kept: Path, task: Task) -> Path:
    return kept / f"{task.name}.json"


def _finished(tasks: Sequence[Task], work: Callable[[Any], Rows], jobs: int, *, on_cluster: bool) -> Any:
    """Yield name and rows of tasks as they are done, in any order."""
    if jobs == 1 and not on_cluster:
        yield from (_named(task, work) for task in tasks)
        return
    chosen = joblib.parallel_config(backend="dask") if on_cluster else nullcontext()
    with chosen:
        parallel = joblib.Parallel(n_jobs=-1 if on_cluster else jobs, return_as="generator_unordered")
        yield from parallel(joblib.delayed(_named)(task, work) for task in tasks)


def _named(task: Task, work: Callable[[Any], Rows]) -> tuple[str, Rows]:
    return task.name, work(task)
