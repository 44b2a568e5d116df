"""Export the figures of the catalogue, with a manifest that says what each one shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import matplotlib as mpl

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures.catalogue import catalogue, draw
from evidence.figures.figure import FORMATS, EvidenceFigure
from evidence.figures.style import PRESETS
from evidence.files import write_whole
from evidence.review import Review
from evidence.tables.schema import TABLES

MANIFEST = "manifest.json"


def data_hash(review: Review) -> str:
    """Return one hash over all tables, as their files stand on disk."""
    digest = hashlib.sha256()
    for name in TABLES:
        digest.update((review.folder / f"{name}.csv").read_bytes())
    return digest.hexdigest()


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
    wanted = list(names) or list(catalogue(review))
    kinds = [option("format", kind, FORMATS) for kind in formats]
    option("preset", preset, PRESETS)
    folder = folder if preset == "web" else folder / preset
    written = []
    drawn = {}
    try:
        for name in wanted:
            drawn[name] = draw(review, name, preset=preset)
            written += _write(drawn[name], folder / name, kinds)
            done(name)
        if not names:
            write_whole(folder / MANIFEST, _manifest(drawn.values(), data_hash(review)))
            _remove_stale(folder, set(wanted), kinds)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be written to: {error}.") from error
    return written


def _write(figure: EvidenceFigure, stem: Path, kinds: Iterable[str]) -> list[Path]:
    return [figure.save(stem.with_name(f"{stem.name}.{kind}")) for kind in kinds]


def _remove_stale(folder: Path, names: set[str], kinds: Iterable[str]) -> None:
    """Remove exports of figures that the catalogue no longer has."""
    for kind in kinds:
        for path in folder.glob(f"*.{kind}"):
            if path.stem not in names:
                path.unlink()


def _manifest(figures: Iterable[EvidenceFigure], data: str) -> str:
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
    content = {"data": data, "matplotlib": mpl.__version__, "figures": entries}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
