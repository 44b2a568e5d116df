"""Print by how many megabytes a task raises the peak memory of a process of its own.

python -m checks.benchmarks.memory reml_3000 evidence
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

from checks.benchmarks.tasks import tasks

STATUS = Path("/proc/self/status")  # the kernel's own mark, which Linux alone keeps


def of(task: str, package: str) -> str:
    """Return the megabytes as text; nothing where the system does not tell."""
    if not STATUS.is_file():
        return ""
    command = [sys.executable, "-m", "checks.benchmarks.memory", task, package]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _peak() -> float:
    return int(STATUS.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]) / 1024


def main(name: str, package: str) -> None:
    """Run one call, its imports and data ready before."""
    warnings.simplefilter("ignore")
    every = {task.name: task for task in tasks()}
    every["reml_13"].calls[package]()  # what is loaded at the first call
    before = _peak()
    every[name].calls[package]()
    print(f"{_peak() - before:.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
