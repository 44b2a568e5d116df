"""Pack a zip file again so that the same content gives the same bytes."""

from __future__ import annotations

import io
import zipfile

# The earliest moment a zip file can name.
_THEN = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


def stable_zip(content: bytes) -> bytes:
    """Return a zip file with its members in their order, without when and where each was packed.

    Workbooks, slides and documents of office programs are zip files and stay readable.

    Parameters
    ----------
    content : bytes
        A whole zip file.

    Returns
    -------
    bytes

    Raises
    ------
    zipfile.BadZipFile
        If `content` is not a zip file.

    Examples
    --------
    >>> packed = io.BytesIO()
    >>> with zipfile.ZipFile(packed, "w") as archive:
    ...     archive.writestr("a.txt", "text")
    >>> again = stable_zip(packed.getvalue())
    >>> again == stable_zip(again), zipfile.ZipFile(io.BytesIO(again)).read("a.txt")
    (True, b'text')
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for member in before.infolist():
            fresh = zipfile.ZipInfo(member.filename, _THEN)
            fresh.compress_type = zipfile.ZIP_DEFLATED
            fresh.create_system, fresh.external_attr = _UNIX, _PLAIN_FILE
            after.writestr(fresh, before.read(member), compresslevel=9)
    return out.getvalue()
