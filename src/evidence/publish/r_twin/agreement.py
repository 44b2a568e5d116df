"""Run the R scripts, and say how far R and this package agree."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evidence.errors import InputError
from evidence.files import as_input_error, write_whole
from evidence.publish.r_twin.script import Twin, rendered

ALL = "all.R"
COLUMNS = ("question", "quantity", "here", "in_r", "difference", "tolerance", "agrees", "limited_by")
_MINUTES = 10


def write_twins(made: Sequence[Twin], folder: Path) -> list[Path]:
    """Write the scripts, the files they read, and one that runs them all, as `RTwin.write` says."""
    files = {name: content for each in made for name, content in each.all_files.items()}
    files[ALL] = rendered("all", title="", names=[each.name for each in made])
    with as_input_error(f"The folder {folder} cannot be written to"):
        for name, content in files.items():
            write_whole(folder / name, content)
    return [folder / name for name in files]


def r_found() -> str:
    """Return where Rscript lies, if it has metafor.

    Raises
    ------
    InputError
        If there is no R, or it has no metafor; says how to get them.
    """
    path = shutil.which("Rscript")
    if path is None:
        raise InputError("No Rscript was found; install R (Debian: r-base-core r-cran-metafor).")
    asked = [path, "--vanilla", "-e", 'cat(requireNamespace("metafor", quietly = TRUE))']
    said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    if said.stdout.strip() != "TRUE":
        raise InputError('R has no metafor; in R: install.packages("metafor") (Debian: r-cran-metafor).')
    return path


def agreement(made: Sequence[Twin]) -> pd.DataFrame:
    """Run the scripts in R and compare, as `RTwin.agreement` says."""
    path = r_found()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_twins(made, folder)
        ran = subprocess.run(
            [path, "--vanilla", ALL],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=60 * _MINUTES,
            check=False,
        )
        if ran.returncode:
            raise InputError(f"R did not run to its end:\n{ran.stderr.strip()[-2000:]}")
        rows = [row for each in made for row in _compared(each, folder / f"{each.name}_from_R.csv")]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _compared(each: Twin, file: Path) -> list[tuple[object, ...]]:
    found = pd.read_csv(file).set_index("quantity")["value"]
    rows = []
    for quantity, here in each.expected.items():
        there = float(found[quantity])
        difference = abs(there - here) / max(1.0, abs(here))
        agrees = difference <= each.tolerance
        rows.append((each.name, quantity, here, there, difference, each.tolerance, agrees, each.why))
    return rows
