"""An earlier version of the tables: from git, or from another folder."""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import DataError, InputError, Problem, ScaleWarning
from evidence.review import Review, load
from evidence.tables.fingerprint import content_hash
from evidence.tables.schema import TABLES

LOOKED_BACK = 50


@dataclass(frozen=True, slots=True)
class Version:
    """The tables as they were, or are.

    Attributes
    ----------
    name : str
        What it is called in a report: a revision, a folder.
    review : Review
        Its folder is gone where the tables came from git.
    borrowed : tuple of str
        Tables that did not exist yet, and were taken as they are now.
    """

    name: str
    review: Review
    borrowed: tuple[str, ...] = ()


def version_at(revision: str, now: Review) -> Version:
    """Return the tables of a git revision or of a folder.

    Tables that did not exist then are taken as they are now.

    Parameters
    ----------
    revision : str
        A folder with studies.csv, or whatever git takes for a revision, such as HEAD~3 or a tag.
    now : Review
        The tables as they are; their folder says where git has to look.

    Returns
    -------
    Version

    Raises
    ------
    InputError
        If it is neither a folder nor a revision, or its tables do not fit today's schema.
    """
    folder = Path(revision)
    if (folder / "studies.csv").is_file():
        contents = {name: path.read_bytes() for name in TABLES if (path := folder / f"{name}.csv").is_file()}
        name = str(folder)
    else:
        commit = _commit(now.folder, revision)
        contents = contents_at(now.folder, commit)
        name = revision if commit.startswith(revision) else f"{revision} ({commit[:7]})"
        if not contents:
            raise InputError(f"{name} holds no tables at {now.folder}; name a later revision.")
    borrowed = tuple(table for table in TABLES if table not in contents)
    filled = {table: (now.folder / f"{table}.csv").read_bytes() for table in borrowed}
    return Version(name, _loaded(name, {**contents, **filled}), borrowed)


def _loaded(name: str, contents: Mapping[str, bytes]) -> Review:
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        # What looks doubtful was said when that version was the current one.
        warnings.simplefilter("ignore", ScaleWarning)
        for table, content in contents.items():
            (Path(place) / f"{table}.csv").write_bytes(content)
        try:
            return load(place)
        except DataError as error:
            raise InputError(
                f"The tables of {name} do not fit today's schema, so they cannot be compared:"
                f" {_places(error.problems)}. Name a later revision."
            ) from error


def _places(problems: tuple[Problem, ...]) -> str:
    """Return the files and columns that problems speak of."""
    columns: dict[str, dict[str, None]] = {}
    for problem in problems:
        columns.setdefault(problem.file, {})[problem.column or "the file itself"] = None
    return "; ".join(f"{file} ({', '.join(names)})" for file, names in columns.items())


def _git(folder: Path, *arguments: str) -> bytes | None:
    """Run git in a folder; None where it fails, or is not there."""
    try:
        ran = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except OSError:
        return None
    return ran.stdout if ran.returncode == 0 else None


def _commit(folder: Path, revision: str) -> str:
    if _git(folder, "rev-parse", "--git-dir") is None:
        raise InputError(f"{folder} is not in a git repository; name a folder to compare with.")
    # What begins with a dash would be taken for an option of git.
    found = (
        None
        if revision.startswith("-")
        else _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    )
    if found is None:
        raise InputError(
            f"{revision!r} is neither a folder with studies.csv nor a revision that git knows here."
        )
    return found.decode().strip()


def contents_at(folder: Path, commit: str) -> dict[str, bytes]:
    """Return the content of each table of a folder that stands in a commit."""
    found = {name: _git(folder, "show", f"{commit}:./{name}.csv") for name in TABLES}
    return {name: content for name, content in found.items() if content is not None}


def logged_contents(folder: Path, sha256: str) -> dict[str, bytes] | None:
    """Return the tables of the last commits that have this hash; None if git does not hold them."""
    for commit in _commits(folder):
        contents = contents_at(folder, commit)
        if content_hash(contents) == sha256:
            return contents
    return None


def _commits(folder: Path) -> Iterator[str]:
    listed = _git(folder, "log", f"-{LOOKED_BACK}", "--format=%H", "--", ".")
    yield from (listed or b"").decode().split()
