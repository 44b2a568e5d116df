"""Kill commands with signal 9 at random moments, and see that no file is half of anything.

python checks/crash.py                       # fifty kills of each command, into checks/crash.csv
python checks/crash.py add deck --kills 10

Each command works in a copy of the project with a few of its studies. Before a kill the files are those of
older tables, so that the command has all of them to write anew; afterwards each must be the older or the
newer file, byte for byte, and the tables must load. Every tenth time the command runs once more, to its end:
the files must then be those of a run that nobody disturbed. Every second kill falls into the write of a file,
after a share of its bytes (`dying/`). Needs a system with process groups (not Windows).
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import evidence as ev  # noqa: E402
from evidence.errors import EvidenceError  # noqa: E402
from evidence.files import leftovers, write_whole  # noqa: E402
from fuzz.results import versions  # noqa: E402
from fuzz.small_tables import copy_of_some, some_studies  # noqa: E402

RESULT = Path(__file__).with_name("crash.csv")
SEED = 20261126
COLUMNS = ("command", "kills", "while_writing", "changed_some", "second_runs", "findings")
LONGEST = 600.0  # seconds after which a command counts as hanging
DYING = Path(__file__).with_name("dying")
EVERY = 10
CALL = (sys.executable, "-c", "from evidence.cli import app; app()")
NOTEBOOK = "01_the_trials.ipynb"  # asks for no study by name
COMMANDS: dict[str, tuple[str, ...]] = {
    "add": ("add", "trial.csv", "--yes"),
    "figures": ("figures", "study_flow", "forest_Q1b", "forest_Q1e"),
    "deck": ("deck", "--to", "deck.pptx"),
    "site": ("site",),
    "review": ("review", "--no-site"),
}
Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Scene:
    """One command in one folder: its words, the files before, and those after a run that nobody disturbed."""

    folder: Path
    words: Sequence[str]
    before: Files
    after: Files
    seconds: float
    again: Callable[[Path], Sequence[Sequence[str]]]

    @property
    def written(self) -> int:
        """Number of files that the command writes."""
        return max(1, sum(self.before.get(name) != content for name, content in self.after.items()))


@dataclass(slots=True)
class Tally:
    """What the kills of one command came to."""

    kills: int = 0
    while_writing: int = 0
    changed_some: int = 0
    second_runs: int = 0
    findings: list[str] = field(default_factory=list)

    def row(self, command: str) -> dict[str, object]:
        """Return the counts as they are stored."""
        numbers = (self.kills, self.while_writing, self.changed_some, self.second_runs, len(self.findings))
        return dict(zip(COLUMNS, (command, *numbers), strict=True))


def files_in(folder: Path) -> Files:
    """Return every file of a folder, but what a killed process left beside its place."""
    parts = {part for each in (folder, *folder.rglob("*")) if each.is_dir() for part in leftovers(each)}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path not in parts
    }


def put_back(folder: Path, files: Files) -> None:
    """Make a folder hold these files and no others."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if str(path.relative_to(folder)) not in files:
            path.unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != content:
            path.write_bytes(content)


def finished(folder: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def killed(scene: Scene, moment: float) -> None:
    """Start a command and kill it, with all that it started, at a moment."""
    process = _started(scene, {})
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=moment)
    _end(process)


def killed_in_a_write(scene: Scene, turn: int, share: float) -> None:
    """Start a command that is killed when it has written a share of the file whose turn it is."""
    with tempfile.TemporaryDirectory() as place:
        counter = Path(place) / "writes"
        told = {"DIE_AT": str(turn), "DIE_SHARE": str(share), "DIE_COUNTER": str(counter)}
        process = _started(scene, told | {"PYTHONPATH": os.pathsep.join((str(DYING), *_paths()))})
        try:
            process.wait(timeout=LONGEST)
        finally:
            _end(process)


def _paths() -> list[str]:
    return [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]


def _started(scene: Scene, told: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(
        scene.words, cwd=scene.folder, start_new_session=True, env=os.environ | told, **quiet
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):  # it had ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def problems(scene: Scene) -> list[str]:
    """Return what is wrong after a kill: half a file, a file of neither run, tables that do not load."""
    found = files_in(scene.folder)
    wrong = [
        f"{name} is neither the older nor the newer file"
        for name, content in found.items()
        if content not in (scene.before.get(name), scene.after.get(name))
    ]
    wrong += [f"{name} is gone" for name in scene.before.keys() & scene.after.keys() - found.keys()]
    wrong += [f"{name} is a lock" for name in found if name.endswith((".lock", ".lck"))]
    if (scene.folder / "data").is_dir():
        try:
            ev.load(scene.folder / "data")
        except EvidenceError as error:
            wrong.append(f"the tables do not load: {str(error)[:200]}")
    return wrong


def after_a_second_run(scene: Scene) -> list[str]:
    """Return what is wrong after the command ran once more, to its end."""
    for words in scene.again(scene.folder):
        done = finished(scene.folder, words)
        if done.returncode:
            return [f"the second run ended with {done.returncode}: {done.stderr[-200:]}"]
    found, after = files_in(scene.folder), scene.after
    names = found.keys() | after.keys()
    wrong = [
        f"{name} differs after a second run" for name in names if found.get(name) != scene.after.get(name)
    ]
    left = [path.name for path in scene.folder.rglob(".*.part")]
    return wrong + [f"{name} is left after a second run" for name in left]


def kill_often(
    scene: Scene, kills: int, chance: random.Random, told: Callable[[Tally], object] = lambda _tally: None
) -> Tally:
    """Kill a command at random moments, and collect what was wrong afterwards."""
    tally = Tally()
    for number in range(kills):
        put_back(scene.folder, scene.before)
        if number % 2:
            killed(scene, chance.uniform(0, scene.seconds))
        else:
            killed_in_a_write(scene, chance.randint(1, scene.written), chance.random())
        tally.kills += 1
        tally.while_writing += bool(list(scene.folder.rglob(".*.part")))
        tally.changed_some += files_in(scene.folder) != scene.before
        tally.findings += problems(scene)
        if (number + 1) % EVERY == 0:
            tally.findings += after_a_second_run(scene)
            tally.second_runs += 1
        told(tally)
    return tally


def set_up(folder: Path) -> None:
    """Make a project with a few studies, a trial to add, and everything that is made from its tables."""
    copy_of_some(folder / "data", some_studies())
    for name in ("README.md", "docs"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, folder / "notebooks")
    sys.path.insert(0, str(ROOT / "tests"))
    from living_data import trial, write_rows

    write_rows(folder / "trial.csv", trial())


def change_the_tables(folder: Path) -> None:
    """Change a label that stands in every figure, so that no file is as it was."""
    path = folder / "data" / "studies.csv"
    content = path.read_bytes().decode("utf-8")
    study = next(csv.DictReader(io.StringIO(content)))
    path.write_bytes(content.replace(study["label"], f"{study['label']}b").encode("utf-8"))
    path = folder / "data" / "claims.csv"
    path.write_bytes(path.read_bytes().replace(b"icroneedling", b"icro-needling"))


def scene_of(folder: Path, command: str) -> Scene:
    """Run a command on older tables and on newer ones, and return both sets of files."""
    words = (*CALL, *COMMANDS[command])
    if command == "add":
        before = files_in(folder)
    else:
        own = files_in(folder)
        _must_end_well(folder, words)
        made = files_in(folder).keys() - own.keys() | {f"notebooks/{NOTEBOOK}"}
        for name in made:  # so that every file has to be written anew
            with (folder / name).open("ab") as file:
                file.write(b"\n")
        change_the_tables(folder)
        before = files_in(folder)
    started = time.monotonic()
    _must_end_well(folder, words)
    seconds = time.monotonic() - started
    return Scene(
        folder, words, before, files_in(folder), seconds, add_again if command == "add" else lambda _: [words]
    )


def add_again(folder: Path) -> list[Sequence[str]]:
    """Return how to add a trial of which a part was written: take that out first, as the command says."""
    known = "sim2027," in (folder / "data" / "studies.csv").read_text(encoding="utf-8")
    logged = "sim2027" in (folder / "data" / "changelog.csv").read_text(encoding="utf-8")
    if known and logged:
        return []
    return [*([(*CALL, "remove", "sim2027", "--yes")] if known else []), (*CALL, *COMMANDS["add"])]


def _must_end_well(folder: Path, words: Sequence[str]) -> None:
    done = finished(folder, words)
    if done.returncode:
        raise SystemExit(f"{' '.join(words[3:])} ended with {done.returncode}: {done.stderr}")


def store(command: str, tally: Tally, seconds: float, seed: int, path: Path = RESULT) -> None:
    """Put the counts of a command into the table, in the place of those it had."""
    rows = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["command"] != command]
    said = {"seconds": round(seconds), "seed": seed, "date": datetime.now(tz=UTC).date().isoformat()}
    rows.append(tally.row(command) | said | {"versions": versions()})
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, [*COLUMNS, "seconds", "seed", "date", "versions"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(path, out.getvalue())


def main() -> None:
    """Kill every command that is asked for, print what was wrong, and store the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commands", nargs="*", help=f"of {', '.join(COMMANDS)}; all by default")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--to", type=Path, default=RESULT)
    asked = parser.parse_args()
    found = False
    for command in asked.commands or COMMANDS:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "project"
            set_up(folder)
            started = time.monotonic()
            scene = scene_of(folder, command)
            print(
                f"{command}: {asked.kills} kills within {scene.seconds:.0f} s, seed {asked.seed}", flush=True
            )
            told = lambda tally: print(f"  {tally.row('')}", end="\r", flush=True)  # noqa: E731
            tally = kill_often(scene, asked.kills, random.Random(f"{asked.seed} {command}"), told)
            store(command, tally, time.monotonic() - started, asked.seed, asked.to)
            print(f"  {tally.row(command)}")
            print("\n".join(f"  {each}" for each in dict.fromkeys(tally.findings)), flush=True)
            found = found or bool(tally.findings)
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
