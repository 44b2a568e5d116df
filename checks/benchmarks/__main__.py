"""Time every task, package after package and round after round, and store the medians.

    python -m checks.benchmarks

Rounds alternate between packages, so that a machine that slows down slows all; R runs in between. A package
enters the ratios of a task only where it finds the same number. Stored in checks/benchmarks.csv;
docs/benchmarks.md is made from it by checks/documents.py.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import math
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pandas as pd

from checks.benchmarks import memory
from checks.benchmarks.tasks import OURS, Call, Task, tasks
from evidence.files import write_whole

RESULT = Path(__file__).parents[1] / "benchmarks.csv"
LARGE = "reml_3000"  # the task whose memory is measured
NUMBERS = ("milliseconds", "ratio", "same", "megabytes")
COLUMNS = ("task", "words", "package", "version", *NUMBERS, "date", "machine")
ROUNDS = 7
LEAST = 0.05  # seconds in which calls are repeated
PATIENCE = 5.0  # seconds after which three rounds are enough
SAME = 1e-4  # relative; several peers stop their iterations early
NAMES = {OURS: "microneedling-evidence", "PyMetaAnalysis": "pymetaanalysis", "PyMARE": "pymare"}


def once(call: Call) -> float:
    """Return the seconds of a call, the mean of as many as fill `LEAST`."""
    started, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - started < LEAST:
        call()
        calls += 1
    return (time.perf_counter() - started) / calls


def timed(task: Task) -> dict[str, tuple[float, float]]:
    """Return the median seconds and the number of each package."""
    numbers = {package: float(call()) for package, call in task.calls.items()}
    seconds: dict[str, list[float]] = {package: [] for package in task.calls}
    for number in range(ROUNDS):
        for package, call in task.calls.items():
            if number < 3 or sum(seconds[package]) < PATIENCE:
                seconds[package].append(once(call))
    return {package: (statistics.median(seconds[package]), numbers[package]) for package in task.calls}


def in_r(given: Iterable[Task]) -> tuple[dict[str, tuple[float, float]], str, str]:
    """Return what metafor needs for the tasks, the megabytes of the large one, and its version.

    Nothing where R is missing.
    """
    script = shutil.which("Rscript")
    if script is None:
        return {}, "", ""
    with tempfile.TemporaryDirectory() as folder:
        for task in given:
            if task.data:
                pd.DataFrame(dict(task.data)).to_csv(Path(folder) / f"{task.name}.csv", index=False)
        command = [script, "--vanilla", str(Path(__file__).with_name("tasks.R")), folder]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = {line.split(",")[0]: line.split(",")[1:] for line in said.splitlines()}
    named = lines.pop("version")[0]
    found = {name: (float(seconds), float(number)) for name, (seconds, number, _) in lines.items()}
    return found, lines[LARGE][2], named


def same(one: float, other: float) -> str:
    """Say whether two packages found the same; nothing where their draws differ."""
    if math.isnan(one) or math.isnan(other):
        return ""
    return "yes" if math.isclose(one, other, rel_tol=SAME, abs_tol=1e-9) else "no"


def rows(
    task: Task,
    found: Mapping[str, tuple[float, float]],
    versions: Mapping[str, str],
    memory: Mapping[str, str],
) -> list[dict[str, str]]:
    """Return the rows of a task, ours first."""
    ours, number = found[OURS]
    about = {"date": dt.date.today().isoformat(), "machine": machine()}
    return [
        {
            "task": task.name,
            "words": task.words,
            "package": package,
            "version": versions[package],
            "milliseconds": f"{1000 * seconds:.3g}",
            "ratio": f"{seconds / ours:.3g}",
            "same": same(number, theirs),
            "megabytes": memory.get(package, ""),
        }
        | about
        for package, (seconds, theirs) in found.items()
    ]


def known(package: str) -> str:
    """Return the version of a Python package."""
    with contextlib.suppress(PackageNotFoundError):
        return version(NAMES.get(package, package))
    return ""


def machine() -> str:
    """Say on what the times were taken."""
    system = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{system}, Python {platform.python_version()}, NumPy {np.__version__}"


def main() -> None:
    """Time everything; what R needs is asked in the middle of the run."""
    warnings.simplefilter("ignore")
    every = list(tasks())
    found: dict[str, dict[str, tuple[float, float]]] = {}
    metafor: tuple[dict[str, tuple[float, float]], str, str] = ({}, "", "")
    for place, task in enumerate(every):
        if place == len(every) // 2:
            print("R ...", flush=True)
            metafor = in_r(every)
        print(f"{place + 1} of {len(every)}: {task.words}", flush=True)
        found[task.name] = timed(task)
    for name, numbers in metafor[0].items():
        found[name]["metafor"] = numbers
    packages = {package for numbers in found.values() for package in numbers}
    versions = {package: known(package) for package in packages} | {"metafor": metafor[2]}
    megabytes = {package: memory.of(LARGE, package) for package in found[LARGE] if package != "metafor"}
    megabytes["metafor"] = metafor[1]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for task in every:
        writer.writerows(rows(task, found[task.name], versions, megabytes if task.name == LARGE else {}))
    write_whole(RESULT, text.getvalue())
    print(f"Stored in {RESULT}. Now run: python checks/documents.py")


if __name__ == "__main__":
    main()
