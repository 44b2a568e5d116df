"""Write files whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: str | os.PathLike[str], content: bytes | str) -> bool:
    """Write a file beside its place and move it there when complete.

    A failure leaves an older file as it was; a file that holds the content already is not touched.

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

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first, again = (write_whole(Path(folder) / "a.txt", "text") for _ in range(2))
    >>> first, again
    (True, False)
    """
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
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
