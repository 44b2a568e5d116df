"""Slides as PDF, through LibreOffice where it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from evidence.errors import InputError

PROGRAMS = ("soffice", "libreoffice")
_SECONDS = 300


def libreoffice() -> str:
    """Return where LibreOffice is.

    Raises
    ------
    InputError
        If it is not installed; what to do instead is said.
    """
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise InputError(
            "A PDF needs LibreOffice (soffice), which was not found; install it, or open the slides and"
            " export them as PDF from there."
        )
    return found


def as_pdf(slides: bytes) -> bytes:
    """Return slides as PDF.

    LibreOffice runs without a window and with a profile of its own, so that one that is open stays as it is.

    Parameters
    ----------
    slides : bytes
        A .pptx file.

    Returns
    -------
    bytes

    Raises
    ------
    InputError
        If LibreOffice is not installed, or makes no PDF of the slides.
    """
    program = libreoffice()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "deck.pptx"
        source.write_bytes(slides)
        command = [
            program,
            f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            folder,
            str(source),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(f"LibreOffice could not make the PDF: {error}.") from error
        made = source.with_suffix(".pdf")
        if done.returncode or not made.is_file():
            said = (done.stderr or done.stdout).strip() or f"exit code {done.returncode}"
            raise InputError(f"LibreOffice could not make the PDF: {said}.")
        return made.read_bytes()
