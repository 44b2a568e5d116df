"""The manifest beside exported figures: what each one shows, from which data, and the hash of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.font_manager import get_font
from matplotlib.ft2font import __freetype_version__

from evidence.errors import InputError
from evidence.figures.figure import EvidenceFigure
from evidence.figures.text import font_file

MANIFEST = "manifest.json"
SCHEMA = "manifest.schema.json"
SCHEMA_VERSION = "1.0"
Entry = dict[str, Any]

_VERSION_OF_FONT = (1, 0, 0, 5)  # version string, Macintosh, Roman, English, of the font's name table


def drawn_hash(figure: EvidenceFigure) -> str:
    """Return a hash over what a figure draws, to three decimals: the same on every machine."""
    exact = json.dumps(figure.fingerprint(), sort_keys=True)
    coarse = json.loads(exact, parse_float=lambda digits: round(float(digits), 3) + 0.0)
    return hashlib.sha256(json.dumps(coarse, sort_keys=True).encode()).hexdigest()


def entry(name: str, figure: EvidenceFigure, files: Mapping[str, bytes]) -> Entry:
    """Return what the manifest says of one figure; `files` are the contents by their names."""
    width, height = figure.get_size_inches()
    return {
        "name": name,
        "title": figure.title,
        "subtitle": figure.subtitle,
        "alt": figure.alt,
        "long_alt": figure.long_alt,
        "caption": figure.caption,
        "source": figure.source,
        "width": round(float(width), 2),
        "height": round(float(height), 2),
        "fingerprint": drawn_hash(figure),
        "files": {file: hashlib.sha256(content).hexdigest() for file, content in files.items()},
    }


def manifest_text(entries: Sequence[Entry], data: str, preset: str) -> str:
    """Return the manifest as text; `schema_text` says what each field means."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "data": data,
        "preset": preset,
        "package": metadata.version("microneedling-evidence"),
        "matplotlib": mpl.__version__,
        "freetype": __freetype_version__,
        "fonts": {
            "DejaVu Sans": _font_version(bold=False),
            "DejaVu Sans Bold": _font_version(bold=True),
        },
        "figures": list(entries),
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def schema_text() -> str:
    """Return the JSON Schema (draft 2020-12) that the manifest keeps to."""
    return (resources.files("evidence.publish") / SCHEMA).read_text(encoding="utf-8")


def _font_version(*, bold: bool) -> str:
    return get_font(font_file(bold)).get_sfnt()[_VERSION_OF_FONT].decode("latin-1")


def files_before(manifest: Path) -> dict[str, set[str]]:
    """Return the figures an earlier export wrote here, each with its files.

    Raises
    ------
    InputError
        If there is a manifest that no export wrote.
    """
    if not manifest.is_file():
        return {}
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        return {each["name"]: _plain(each.get("files", {})) for each in content["figures"]}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{manifest} is not a manifest of figures; export into another folder.") from error


def _plain(files: Mapping[str, str]) -> set[str]:
    """Return the names that lie in the folder itself."""
    return {file for file in files if Path(file).name == file}


def changed_files(folder: Path) -> list[str]:
    """Return the files of an export that are missing or no longer what its manifest says.

    An export that was stopped halfway leaves whole files, old and new; this names the new ones.

    Raises
    ------
    InputError
        If the folder holds no manifest of figures.
    """
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise InputError(f"{folder} holds no {MANIFEST}.")
    files_before(manifest)
    content = json.loads(manifest.read_text(encoding="utf-8"))
    expected = {name: known for each in content["figures"] for name, known in each.get("files", {}).items()}
    return [
        name
        for name, known in expected.items()
        if not (folder / name).is_file() or hashlib.sha256((folder / name).read_bytes()).hexdigest() != known
    ]
