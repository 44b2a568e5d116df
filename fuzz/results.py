"""What the last run of each target came to, as a table in checks/."""

from __future__ import annotations

import csv
import datetime
import io
import platform
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy

from evidence.files import write_whole
from fuzz.campaign import KINDS, Tally, Target

RESULT = Path(__file__).resolve().parents[1] / "checks" / "fuzzing.csv"
COLUMNS = (
    "target",
    "about",
    "inputs",
    "results",
    "refusals",
    "findings",
    "blocks",
    "seconds",
    "seed",
    "since",
    "date",
    "versions",
    "remark",
)


def store(target: Target, tally: Tally, seed: int, path: Path = RESULT, *, since: str | None = None) -> None:
    """Put the counts of a target into the table, in the place of those it had.

    Parameters
    ----------
    target : Target
    tally : Tally
    seed : int
    path : Path
    since : str, optional
        Day on which a run began that was gone on with; its remark, which a person wrote, stays.
    """
    rows = stored(path)
    remarks = [row["remark"] for row in rows if row["target"] == target.name and since is not None]
    rows = [row for row in rows if row["target"] != target.name]
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    rows.append(
        {"target": target.name, "about": target.about, **tally.row(), "blocks": tally.blocks}
        | {"seconds": round(tally.seconds), "seed": seed, "since": since or today, "date": today}
        | {"versions": versions(), "remark": "".join(remarks)}
    )
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, out.getvalue())


def unfinished(target: Target, many: int, seed: int, path: Path = RESULT) -> tuple[Tally, str | None]:
    """Return what a run that was stopped had counted, and the day it began; an empty tally if there is none.

    A run of other inputs (another seed, or another description of them) is not gone on with.
    """
    for row in stored(path):
        same = (row["target"], row["about"], row["seed"]) == (target.name, target.about, str(seed))
        if same and row["blocks"] and int(row["inputs"]) < many:
            counts = Counter({kind: int(row[name]) for name, kind in KINDS.items()})
            return Tally(counts, {}, float(row["seconds"]), int(row["blocks"])), row["since"]
    return Tally(), None


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
