"""The figures of the site: exported ones in few colours, each under the name it has in the catalogue."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.figures.catalogue import figure_name
from evidence.figures.encode import few_colours
from evidence.publish.figure_manifest import MANIFEST
from evidence.publish.figures import export_figures
from evidence.review import Review
from evidence.tables.fingerprint import data_hash

Progress = Callable[[int, int], None]
_COLOURS = 64


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as the pages show it.

    Attributes
    ----------
    name, title, alt, long_alt, caption : str
    width : int
        Pixels it is shown at.
    png, pdf : bytes
    """

    name: str
    title: str
    alt: str
    long_alt: str
    caption: str
    width: int
    png: bytes
    pdf: bytes

    @property
    def place(self) -> str:
        """Where the PNG lies, seen from the front page."""
        return f"figures/{self.name}.png"


Pictures = Mapping[str, Picture]


def forest_of(pictures: Pictures, question_id: str) -> Picture | None:
    """Return the forest plot of a question, where there is one."""
    return pictures.get(figure_name(question_id))


def pictures_of(review: Review, folder: Path, progress: Progress = lambda _done, _all: None) -> Pictures:
    """Return all figures of the review: those in `folder` where they are up to date, else drawn anew."""
    if _is_current(folder / MANIFEST, review):
        return _read(folder)
    with tempfile.TemporaryDirectory() as drawn:
        export_figures(review, Path(drawn), formats=("png", "pdf"), progress=progress)
        return _read(Path(drawn))


def _is_current(manifest: Path, review: Review) -> bool:
    try:
        return json.loads(manifest.read_text(encoding="utf-8"))["data"] == data_hash(review)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _read(folder: Path) -> Pictures:
    entries = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["figures"]
    with ThreadPoolExecutor(2) as pool:
        return {picture.name: picture for picture in pool.map(lambda entry: _picture(folder, entry), entries)}


def _picture(folder: Path, entry: Mapping[str, Any]) -> Picture:
    name = entry["name"]
    words = {part: entry[part] for part in ("title", "alt", "long_alt", "caption")}
    png = few_colours((folder / f"{name}.png").read_bytes(), _COLOURS)
    return Picture(
        name=name,
        **words,
        width=round(96 * entry["width"]),
        png=png,
        pdf=(folder / f"{name}.pdf").read_bytes(),
    )
