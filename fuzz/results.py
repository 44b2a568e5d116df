"""What the last run of each target came to, as a table in checks/."""

from __future__ import annotations

import csv
import datetime
import io
import platform
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from evidence.files import write_whole
from fuzz.campaign import Tally, Target

RESULT = Path(__file__).resolve().parents[1] / "checks" / "fuzzing.csv"
COLUMNS = (
    "target",
    "about",
    "inputs",
    "results",
    "refusals",
    "findings",
    "seconds",
    "seed",
    "date",
    "versions",
)


def store(target: Target, tally: Tally, seed: int, path: Path = RESULT) -> None:
    """Put the counts of a target into the table, in the place of those it had."""
    rows = [row for row in stored(path) if row["target"] != target.name]
    rows.append(
        {"target": target.name, "about": target.about, **tally.row(), "seconds": round(tally.seconds)}
        | {"seed": seed, "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat()}
        | {"versions": versions()}
    )
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, out.getvalue())


def stored(path: Path = RESULT) -> list[dict[str, Any]]:
    """Return the rows of the table; none where there is no table yet."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def versions() -> str:
    """Return the versions that a result may hang on."""
    numbers = {"numpy": np.__version__, "scipy": scipy.__version__, "pandas": pd.__version__}
    listed = "; ".join(f"{name} {version}" for name, version in numbers.items())
    return f"Python {platform.python_version()}; {listed}"
