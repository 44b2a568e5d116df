"""Export the figures of the catalogue, with a manifest that says what each one shows."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import matplotlib as mpl

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures.catalogue import catalogue, draw_pages, figure_names
from evidence.figures.figure import FORMATS, EvidenceFigure
from evidence.figures.style import PRESETS
from evidence.files import write_whole
from evidence.review import Review, load
from evidence.tables.fingerprint import data_hash

__all__ = ["data_hash", "drawn_hash", "export_figures"]

MANIFEST = "manifest.json"
MANY = 6
Entry = dict[str, str]


def drawn_hash(figure: EvidenceFigure) -> str:
    """Return a hash over what a figure draws, to three decimals: the same on every machine."""
    exact = json.dumps(figure.fingerprint(), sort_keys=True)
    coarse = json.loads(exact, parse_float=lambda digits: round(float(digits), 3) + 0.0)
    return hashlib.sha256(json.dumps(coarse, sort_keys=True).encode()).hexdigest()


def export_figures(
    review: Review,
    folder: Path,
    *,
    names: Sequence[str] = (),
    formats: Sequence[str] = ("png", "svg", "pdf"),
    preset: str = "web",
    layout: str | None = None,
    done: Callable[[str], None] = lambda _name: None,
) -> list[Path]:
    """Write figures as files, each whole or not at all.

    Parameters
    ----------
    review : Review
    folder : Path
        Where they go; made if missing.
    names : sequence of str
        Names of the catalogue; all of them by default.
    formats : sequence of str
        "png", "svg" and "pdf".
    preset : str
        "web", "paper" or "slide"; other presets than "web" go into a folder of their own name.
    layout : str, optional
        "RevMan", "BMJ" or "JAMA", for forest plots that `names` lists; it stands in the names of their files.
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
    if layout is not None and not names:
        raise InputError(f"layout={layout!r} is for forest plots; name those to be exported.")
    known = figure_names(review) if names else []
    wanted = [option("figure", name, known) for name in names] or list(catalogue(review))
    folder = folder if preset == "web" else folder / preset
    write = partial(_write, preset=preset, layout=layout, folder=folder, kinds=kinds)
    # A manifest of somebody else is refused before anything is drawn.
    before = set() if names else _names_before(folder / MANIFEST)
    written: list[Path] = []
    entries: list[Entry] = []
    try:
        for name, (paths, drawn) in zip(wanted, _each(write, review, wanted), strict=True):
            written += paths
            entries += drawn
            done(name)
        if not names:
            write_whole(folder / MANIFEST, _manifest(entries, data_hash(review)))
            _remove(folder, before - {entry["name"] for entry in entries}, kinds)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written to: {error}.") from error
    return written


def _each(
    write: Callable[[Review, str], tuple[list[Path], list[Entry]]], review: Review, names: Sequence[str]
) -> Iterator[tuple[list[Path], list[Entry]]]:
    """Write figures in turn, many of them in two processes."""
    if len(names) < MANY:
        yield from (write(review, name) for name in names)
        return
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(partial(_with_review, write, review.folder), names)


def _with_review(
    write: Callable[[Review, str], tuple[list[Path], list[Entry]]], folder: Path, name: str
) -> tuple[list[Path], list[Entry]]:
    return write(_loaded(folder), name)


@cache
def _loaded(folder: Path) -> Review:
    """Load the review once in each process that draws."""
    return load(folder)


def _write(
    review: Review, name: str, *, preset: str, layout: str | None, folder: Path, kinds: Sequence[str]
) -> tuple[list[Path], list[Entry]]:
    figures = draw_pages(review, name, preset=preset, layout=layout)
    entries = [
        {
            "name": figure.name,
            "title": figure.title,
            "alt": figure.alt,
            "long_alt": figure.long_alt,
            "caption": figure.caption,
            "fingerprint": drawn_hash(figure),
        }
        for figure in figures
    ]
    return [figure.save(folder / f"{figure.name}.{kind}") for figure in figures for kind in kinds], entries


def _names_before(manifest: Path) -> set[str]:
    """Return the figures an earlier export wrote here; a manifest of somebody else is refused.

    Raises
    ------
    InputError
        If there is a manifest that no export wrote.
    """
    if not manifest.is_file():
        return set()
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return {entry["name"] for entry in content["figures"]}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{manifest} is not a manifest of figures; export into another folder.") from error


def _remove(folder: Path, names: set[str], kinds: Iterable[str]) -> None:
    """Remove exports of figures that the catalogue no longer has, and nothing else."""
    for name in names:
        for kind in kinds:
            (folder / f"{name}.{kind}").unlink(missing_ok=True)


def _manifest(entries: Sequence[Entry], data: str) -> str:
    content = {"data": data, "matplotlib": mpl.__version__, "figures": entries}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
