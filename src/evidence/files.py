"""Write files whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from evidence.errors import InputError

_PART = re.compile(r"\.(?P<name>.+)\.(?P<process>\d+)\.part")
ASKABLE = os.name == "posix"  # whether one may ask if a process runs; on Windows asking would end it
ABANDONED = 3600.0  # seconds after which nobody is still writing a part, whatever its process is called


@contextlib.contextmanager
def as_input_error(said: str) -> Iterator[None]:
    """Tell a failure of the system in a sentence.

    Parameters
    ----------
    said : str
        What cannot be done, such as "The folder out cannot be written to".

    Raises
    ------
    InputError
        In place of an `OSError`: what cannot be done, and what the system says.

    Examples
    --------
    >>> with as_input_error("The table cannot be written"):
    ...     raise PermissionError("it is closed")
    Traceback (most recent call last):
        ...
    evidence.errors.InputError: The table cannot be written: it is closed.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{said}: {error}.") from error


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> bool:
    """Write a file beside its place and move it there when complete.

    A failure leaves an older file as it was; a file that holds the content already is not touched. What a
    process that was killed left beside the place goes.

    Parameters
    ----------
    path : path
        Folders on the way are made.
    content : bytes or str
        Text is written as UTF-8.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    OSError
        If it cannot be written: `IsADirectoryError` for a folder, before anything is.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, again = (write_whole(Path(folder) / "a.txt", "text") for _ in range(2))
    >>> first, again
    (True, False)
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    data = content.encode("utf-8") if isinstance(content, str) else content
    remove_leftovers(path)
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


def remove_leftovers(path: Path) -> None:
    """Remove the parts of a file whose processes were killed; those of running ones stay.

    Parameters
    ----------
    path : Path
        The file they were to become.
    """
    for part in leftovers(path.parent):
        if _PART.fullmatch(part.name)["name"] == path.name and _is_abandoned(part):
            # Another process may do the same at the same time; a folder that is closed stays as it is.
            with contextlib.suppress(OSError):
                part.unlink()


def leftovers(folder: Path) -> list[Path]:
    """Return the parts in a folder, of any file and any process."""
    try:
        names = [entry.name for entry in os.scandir(folder)]
    except OSError:
        return []
    return [folder / name for name in names if _PART.fullmatch(name)]


def _is_abandoned(part: Path) -> bool:
    """Say whether a part's process has ended: by its number, or where that cannot be asked, by its age."""
    process = int(_PART.fullmatch(part.name)["process"])
    if process == os.getpid():
        return False
    try:
        old = time.time() - part.stat().st_mtime > ABANDONED
    except OSError:
        return False
    return old or (ASKABLE and not _runs(process))


def _runs(process: int) -> bool:
    """Say whether a process of this machine runs; signal 0 asks and does nothing."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # it is there, and another user's
    return True
