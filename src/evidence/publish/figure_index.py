"""A page of all exported figures: thumbnails with titles, words and links to the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from evidence.figures.encode import data_uri

INDEX = "index.html"


def index_page(entries: Sequence[Mapping[str, Any]], thumbnails: Mapping[str, bytes], preset: str) -> str:
    """Return the page; it needs nothing but the files it links to, and text is escaped.

    Parameters
    ----------
    entries : sequence of mapping
        Those of the manifest.
    thumbnails : mapping of str to bytes
        A small PNG for each name.
    preset : str
    """
    environment = Environment(
        loader=PackageLoader("evidence.publish"), autoescape=select_autoescape(), keep_trailing_newline=True
    )
    shown = [
        {
            **entry,
            "thumbnail": data_uri(thumbnails[entry["name"]]),
            "links": [(file, PurePath(file).suffix.lstrip(".").upper()) for file in entry["files"]],
        }
        for entry in entries
    ]
    return environment.get_template("figures.html").render(figures=shown, preset=preset)
