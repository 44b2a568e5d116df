"""Export the figures of the catalogue, with a manifest that says what each one shows."""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from pathlib import Path

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures.catalogue import catalogue, draw, figure_names
from evidence.figures.figure import FORMATS
from evidence.figures.registry import registered
from evidence.figures.style import PRESETS
from evidence.files import write_whole
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
Written = tuple[list[Path], Entry, bytes]


def export_figures(
    review: Review,
    folder: Path,
    *,
    names: Sequence[str] = (),
    formats: Sequence[str] = ("png", "svg", "pdf"),
    preset: str = "web",
    done: Callable[[str], None] = lambda _name: None,
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
    done : callable
        Told the name of each figure when it is written.

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
    known = figure_names(review) if names else []
    wanted = [option("figure", name, known) for name in names] or list(catalogue(review))
    folder = folder if preset == "web" else folder / preset
    write = partial(_write, preset=preset, folder=folder, kinds=kinds, small=not names)
    # A manifest of somebody else is refused before anything is drawn.
    before = {} if names else files_before(folder / MANIFEST)
    written: list[Path] = []
    entries: list[Entry] = []
    thumbnails: dict[str, bytes] = {}
    try:
        _try_out(folder)
        for paths, said, thumbnail in _each(write, review, wanted):
            written += paths
            entries.append(said)
            thumbnails[said["name"]] = thumbnail
            done(said["name"])
        if not names:
            write_whole(folder / INDEX, index_page(entries, thumbnails, preset))
            write_whole(folder / MANIFEST, manifest_text(entries, data_hash(review), preset))
            _remove(folder, {name: files for name, files in before.items() if name not in wanted}, kinds)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written to: {error}.") from error
    except BrokenProcessPool as error:
        raise InputError("A process that drew figures was ended from outside; export them again.") from error
    return written


def _try_out(folder: Path) -> None:
    """Write a file and remove it, so that a folder that takes none is known before anything is drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _each(write: Callable[[Review, str], Written], review: Review, names: Sequence[str]) -> Iterator[Written]:
    """Write figures in turn, many of them in two processes; registered ones are known to this one only."""
    house = [name for name in names if name not in registered()]
    if len(house) < MANY:
        yield from (write(review, name) for name in names)
        return
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(partial(_with_review, write, review.folder), house)
    yield from (write(review, name) for name in names if name not in house)


def _with_review(write: Callable[[Review, str], Written], folder: Path, name: str) -> Written:
    return write(_loaded(folder), name)


@cache
def _loaded(folder: Path) -> Review:
    """Load the review once in each process that draws."""
    return load(folder)


def _write(
    review: Review, name: str, *, preset: str, folder: Path, kinds: Sequence[str], small: bool
) -> Written:
    figure = draw(review, name, preset=preset)
    files = {f"{name}.{kind}": figure.to_bytes(kind) for kind in kinds}
    for file, content in files.items():
        write_whole(folder / file, content)
    return [folder / file for file in files], entry(name, figure, files), figure.thumbnail() if small else b""


def _remove(folder: Path, gone: Mapping[str, set[str]], kinds: Sequence[str]) -> None:
    """Remove exports of figures that the catalogue no longer has, and nothing else."""
    for name, files in gone.items():
        for file in files or {f"{name}.{kind}" for kind in kinds}:
            (folder / file).unlink(missing_ok=True)
