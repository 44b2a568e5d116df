"""Export the figures of the catalogue, with a manifest that says what each one shows."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures.catalogue import catalogue, check_layout, draw_pages, figure_names
from evidence.figures.figure import FORMATS
from evidence.figures.registry import registered
from evidence.figures.remember import unchanged
from evidence.figures.style import PRESETS
from evidence.files import as_input_error, write_whole
from evidence.publish.figure_index import INDEX, index_page
from evidence.publish.figure_manifest import (
    MANIFEST,
    Entry,
    drawn_hash,
    entry,
    files_before,
    manifest_text,
)
from evidence.review import Review, load
from evidence.tables.fingerprint import data_hash

__all__ = ["data_hash", "drawn_hash", "export_figures"]

MANY = 6
_SLOW = ("verdict_chart", "next", "choices", "certainty_scale", "network_graph")  # their answers take long
Written = tuple[list[Path], Entry, bytes]


def export_figures(
    review: Review,
    folder: Path,
    *,
    names: Sequence[str] = (),
    formats: Sequence[str] = ("png", "svg", "pdf"),
    preset: str = "web",
    layout: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Path]:
    """Write figures as files, each whole or not at all.

    All figures of the catalogue get a manifest and a page of thumbnails besides, index.html; the manifest is
    written last. A file that an export stopped halfway left behind is old or new, never cut off.

    Parameters
    ----------
    review : Review
    folder : Path
        Where they go; made if missing.
    names : sequence of str
        Names of the catalogue, registered ones among them; all by default.
    formats : sequence of str
        "png", "svg", "pdf" and "tiff".
    preset : str
        "web", "paper", "paper-single", "slide", "poster", "web-dark" or "print-grey"; other presets
        than "web" go into a folder of their own name.
    layout : str, optional
        "RevMan", "BMJ" or "JAMA", for forest plots that `names` lists; it stands in the names of their files.
    progress : callable
        Told how many figures are done, and how many there are.

    Returns
    -------
    list of Path

    Raises
    ------
    OptionError
        If a name, a format or the preset does not exist.
    InputError
        If the folder cannot be written to.
    """
    kinds = [option("format", kind, FORMATS) for kind in formats]
    if not kinds:
        raise InputError(f"Name at least one format of {', '.join(FORMATS)}.")
    option("preset", preset, PRESETS)
    if layout is not None and not names:
        raise InputError(f"layout={layout!r} is for forest plots; name those to be exported.")
    if names:
        known = figure_names(review)
        names = [option("figure", name, known) for name in names]
    for name in names:
        check_layout(name, layout)
    folder = folder if preset == "web" else folder / preset
    write = partial(_write, preset=preset, layout=layout, folder=folder, kinds=kinds, small=not names)
    # A manifest of somebody else is refused before anything is drawn.
    before = {} if names else files_before(folder / MANIFEST)
    written: list[Path] = []
    entries: list[Entry] = []
    thumbnails: dict[str, bytes] = {}
    try:
        with as_input_error(f"The folder {folder} cannot be written to"):
            _try_out(folder)
            for drawn in _each(write, review, names, progress):
                for paths, said, thumbnail in drawn:
                    written += paths
                    entries.append(said)
                    thumbnails[said["name"]] = thumbnail
            if not names:
                write_whole(folder / INDEX, index_page(entries, thumbnails, preset))
                write_whole(folder / MANIFEST, manifest_text(entries, data_hash(review), preset))
                kept = {said["name"] for said in entries}
                _remove(folder, {name: files for name, files in before.items() if name not in kept}, kinds)
    except BrokenProcessPool as error:
        raise InputError("A process that drew figures was ended from outside; export them again.") from error
    return written


def _try_out(folder: Path) -> None:
    """Write a file and remove it, so that a folder that takes none is known before anything is drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _each(
    write: Callable[[Review, str], list[Written]],
    review: Review,
    names: Sequence[str],
    progress: Callable[[int, int], None],
) -> list[list[Written]]:
    """Write figures, many of them in two processes, and return what was written in the order of the names.

    Registered figures are known to this process only.
    """
    with ExitStack() as stack:
        pool = None
        if len(set(names or figure_names(review)) - registered().keys()) >= MANY:
            pool = stack.enter_context(ProcessPoolExecutor(2, _start_method(), _hold, (review.folder,)))
            pool.submit(len, "")  # both processes start while the names are looked up
        wanted = list(names) or list(catalogue(review))
        progress(0, len(wanted))
        done = {}
        for count, (name, written) in enumerate(_drawn(write, review, wanted, pool), start=1):
            done[name] = written
            progress(count, len(wanted))
    return [done[name] for name in wanted]


def _drawn(
    write: Callable[[Review, str], list[Written]],
    review: Review,
    names: Sequence[str],
    pool: ProcessPoolExecutor | None,
) -> Iterator[tuple[str, list[Written]]]:
    """Write figures one by one, those in other processes as they are finished, the slow ones begun first."""
    house = [name for name in names if name not in registered()] if pool else []
    running = {
        pool.submit(_with_review, write, name): name
        for name in sorted(house, key=lambda name: not name.startswith(_SLOW))
    }
    try:
        for future in as_completed(running):
            yield running[future], future.result()
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    yield from ((name, write(review, name)) for name in names if name not in house)


def _start_method() -> multiprocessing.context.BaseContext:
    """Return how processes start: where the system can, from one that has imported what both need."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


_HELD: list[Review] = []  # of a process that only draws: nobody else can change its tables
_UNCHANGED = ExitStack()


def _hold(folder: Path) -> None:
    """Load the review once in each process that draws, and compare its tables once."""
    _HELD[:] = [load(folder)]
    _UNCHANGED.enter_context(unchanged(_HELD[0]))


def _with_review(write: Callable[[Review, str], list[Written]], name: str) -> list[Written]:
    return write(_HELD[0], name)


def _write(
    review: Review,
    name: str,
    *,
    preset: str,
    layout: str | None,
    folder: Path,
    kinds: Sequence[str],
    small: bool,
) -> list[Written]:
    """Write a figure, or each of its pages: paths, entry of the manifest and thumbnail of each."""
    done = []
    for figure in draw_pages(review, name, preset=preset, layout=layout):
        stem = name if name in registered() else figure.name
        files = {f"{stem}.{kind}": figure.to_bytes(kind) for kind in kinds}
        for file, content in files.items():
            write_whole(folder / file, content)
        small_copy = figure.thumbnail(png=files.get(f"{stem}.png")) if small else b""
        done.append(([folder / file for file in files], entry(stem, figure, files), small_copy))
    return done


def _remove(folder: Path, gone: Mapping[str, set[str]], kinds: Sequence[str]) -> None:
    """Remove exports of figures that the catalogue no longer has, and nothing else."""
    for name, files in gone.items():
        for file in files or {f"{name}.{kind}" for kind in kinds}:
            (folder / file).unlink(missing_ok=True)
