"""Run the tests under several Pythons, with the lowest and the newest versions that pyproject.toml allows.

    python checks/environments.py      # each Python found, with the newest; the oldest with the lowest too
    python checks/environments.py python3.13 --versions newest

The result goes into checks/environments.csv, a row each; rows of other environments stay. It needs uv, as
`make lock` does, and a quarter of an hour for each environment.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from documents import main as renew_documents

from evidence.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).with_name("environments.csv")
SHOWN = ("numpy", "scipy", "pandas", "matplotlib")
COLUMNS = ("python", "versions", *SHOWN, "passed", "skipped", "failed", "which", "minutes", "date")
KEY = ("python", "versions")
HOW = {"lowest": ["--resolution", "lowest-direct"], "newest": ["--upgrade"]}
EXTRAS = "lab,explore,cluster,test,browser,bench"
ASK = """
import json, platform, sys
from importlib.metadata import version
print(json.dumps([platform.python_version(), *map(version, sys.argv[1:])]))
"""


def found() -> list[str]:
    """Return the Pythons on the path that are new enough, the oldest first."""
    names = (f"python3.{minor}" for minor in range(11, 30))
    return [name for name in names if shutil.which(name)] or [sys.executable]


def installed(python: str, versions: str, folder: Path) -> Path:
    """Make an environment with the project in it, and return its Python."""
    subprocess.run(["uv", "venv", "--quiet", "--python", python, str(folder)], check=True)
    place = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = ["uv", "pip", "install", "--quiet", "--compile-bytecode", "--python", str(place)]
    subprocess.run([*install, *HOW[versions], "--editable", f"{ROOT}[{EXTRAS}]"], check=True)
    return place


def tested(place: Path, report: Path) -> dict[str, str | int]:
    """Run every test, and count what came of them."""
    command = [str(place), "-m", "pytest", "--nbval", "-q", "-n", "2", "--dist", "loadscope"]
    environment = os.environ | {"PATH": f"{place.parent}{os.pathsep}{os.environ['PATH']}"}
    started = time.monotonic()
    subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--junitxml={report}"], cwd=ROOT, env=environment, check=False
    )
    cases = list(ET.parse(report).iter("testcase"))
    bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    return {
        "passed": len(cases) - len(bad) - skipped,
        "skipped": skipped,
        "failed": len(bad),
        "which": "; ".join(f"{case.get('classname')}.{case.get('name')}" for case in bad),
        "minutes": round((time.monotonic() - started) / 60),
    }


def row(python: str, versions: str) -> dict[str, str | int]:
    """Test one environment."""
    with tempfile.TemporaryDirectory() as folder:
        place = installed(python, versions, Path(folder) / "environment")
        asked = subprocess.run([str(place), "-c", ASK, *SHOWN], check=True, capture_output=True, text=True)
        names = dict(zip(("python", *SHOWN), json.loads(asked.stdout), strict=True))
        counts = tested(place, Path(folder) / "report.xml")
    return names | {"versions": versions} | counts | {"date": dt.date.today().isoformat()}


def stored() -> list[dict[str, str]]:
    """Return the rows of earlier runs."""
    if not RESULT.is_file():
        return []
    with RESULT.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def store(new: dict[str, str | int]) -> None:
    """Put a row in the place of an older one of the same environment."""
    rows = [old for old in stored() if any(old[name] != new[name] for name in KEY)]
    rows.append({name: str(new[name]) for name in COLUMNS})
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda each: [int(part) for part in each["python"].split(".")]))
    write_whole(RESULT, text.getvalue())


def main() -> None:
    """Test the environments asked for, one after another, and store each as it is done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pythons", nargs="*", help="names or paths; every one on the path by default")
    parser.add_argument("--versions", choices=HOW, help="of the dependencies")
    asked = parser.parse_args()
    if shutil.which("uv") is None:
        sys.exit("uv is needed: pip install uv")
    pythons = asked.pythons or found()
    wanted = [(python, asked.versions or "newest") for python in pythons]
    if asked.versions is None:
        wanted.insert(0, (pythons[0], "lowest"))
    for number, (python, versions) in enumerate(wanted, start=1):
        print(f"{number} of {len(wanted)}: {python}, {versions} versions ...", flush=True)
        done = row(python, versions)
        store(done)
        renew_documents()  # or the tests of the next environment would find them out of date
        print(f"  Python {done['python']}: {done['passed']} passed, {done['failed']} failed", flush=True)


if __name__ == "__main__":
    main()
