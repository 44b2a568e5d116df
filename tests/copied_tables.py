"""A copy of the tables that a test may change, break or put under git."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from evidence.errors import DataError
from evidence.review import load
from evidence.tables.fingerprint import folder_hash

DATA = Path(__file__).resolve().parents[1] / "data"


def copy_of_data(folder: Path) -> Path:
    """Copy the tables, logged as one version, so that no test depends on how often they changed."""
    copied = folder / "data"
    shutil.copytree(DATA, copied)
    entry = f"1.0.0,2026-01-01,First version,{folder_hash(copied)}"
    (copied / "changelog.csv").write_text(f"version,date,change,sha256\n{entry}\n", encoding="utf-8")
    return copied


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def change(folder: Path, name: str, was: str, now: str) -> None:
    """Replace the first of some words in a table."""
    path = folder / f"{name}.csv"
    content = path.read_bytes().decode("utf-8")
    assert was in content
    path.write_bytes(content.replace(was, now, 1).encode("utf-8"))


def problems(folder: Path) -> list[str]:
    """Return what is wrong in tables that cannot be loaded."""
    with pytest.raises(DataError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def git(folder: Path, *arguments: str) -> None:
    names = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True)
