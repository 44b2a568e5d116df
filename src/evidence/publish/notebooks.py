"""Execute the notebooks and store them so that the same outputs give the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from evidence.errors import EvidenceError, InputError
from evidence.files import write_whole

TIMEOUT = 120
# Views of widgets carry ids that differ on every run, and show nothing without a kernel.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
_ENVIRONMENT = {"PYTHONHASHSEED": "0", "IPYKERNEL_CELL_NAME": "<cell>", "OPENBLAS_NUM_THREADS": "1"}


class NotebookError(EvidenceError, RuntimeError):
    """A notebook did not run to its end."""


def notebooks_in(folder: Path) -> list[Path]:
    """Return the notebooks of a folder in the order of their names.

    Raises
    ------
    InputError
        If the folder holds none.
    """
    found = sorted(path for path in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not found:
        raise InputError(f"No notebooks in {folder}.")
    return found


def execute(path: Path) -> bool:
    """Run a notebook from a fresh kernel and store its outputs; the old file stays if it fails.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
        Whether the stored file changed.

    Raises
    ------
    NotebookError
        If a cell raises an error or takes longer than two minutes.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute(env=os.environ | _ENVIRONMENT)
    except (CellExecutionError, DeadKernelError, TimeoutError) as error:
        raise NotebookError(f"{path.name} did not run to its end:\n{error}") from error
    return write_whole(path, stored(notebook))


def stored(notebook: nbformat.NotebookNode) -> str:
    """Return a notebook as text without anything that differs between machines."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:02d}"
        cell.metadata = {key: value for key, value in cell.metadata.items() if key == "tags"}
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
            for output in cell.outputs:
                output.get("data", {}).pop(WIDGET_VIEW, None)
    return nbformat.writes(notebook) + "\n"


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Join pieces of one stream; how a kernel cuts it depends on timing."""
    joined: list[nbformat.NotebookNode] = []
    for output in outputs:
        before = joined[-1] if joined else None
        if before and output.output_type == before.output_type == "stream" and output.name == before.name:
            before.text += output.text
        else:
            joined.append(output)
    return joined


def execute_all(
    folder: Path, *, workers: int = 2, done: Callable[[Path], None] = lambda _path: None
) -> list[Path]:
    """Run every notebook of a folder, two at a time, and return those that changed.

    Raises
    ------
    NotebookError
        Naming every notebook that failed.
    """
    paths = notebooks_in(folder)
    changed, failures = [], []

    def run(path: Path) -> tuple[Path, bool, NotebookError | None]:
        try:
            return path, execute(path), None
        except NotebookError as error:
            return path, False, error
        finally:
            done(path)

    with ThreadPoolExecutor(workers) as pool:
        for path, has_changed, error in pool.map(run, paths):
            if error:
                failures.append(str(error))
            elif has_changed:
                changed.append(path)
    if failures:
        raise NotebookError("\n\n".join(failures))
    return changed
