"""The command line: real commands and options with real names and with junk, in a copy of the project."""

from __future__ import annotations

import atexit
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typer
from hypothesis import strategies as st
from typer.testing import CliRunner

from evidence.cli import app
from fuzz.campaign import Target
from fuzz.judge import FINDING, REFUSAL, RESULT, Verdict, judge
from fuzz.small_tables import DATA, copy_of_some, some_studies

JUNK = (
    "", " ", "-", "--", "-x", "--nonsense", "nonsense", "0", "-1", "9" * 30, "1e9", "nan", "é", "a b",
    "../project/x", "/dev/null", "/proc/nowhere/x", ".", "data/..", "data", "README.md", "x\ny", "[red]",
    "{x}", "%s", "x" * 300, "=1+1", "Q1b;Q4a", "\u202e", "None", "True",
)  # fmt: skip
NAMES = (
    "Q1b", "Q4a", "Q1n", "Q2", "C1", "C4", "network", "forest_Q1b", "study_flow", "minh2019", "REML", "out",
    "verdict", "narrowing", "html", "csv", "png", "svg,pdf", "json", "minor", "out/x.csv", "filled.csv",
    "HEAD", "data", "100", "RevMan", "BMJ", "slide", "paper",
)  # fmt: skip
# What takes minutes, or serves pages until it is stopped, is asked only for what it must refuse; what takes
# seconds is asked in earnest once in a while.
REFUSED = ("review", "site", "deck", "explore")
SLOW = ("export", "next", "r-twin", "summary")
SELDOM = 200
LONGEST = 60.0  # seconds: figures and exports take some
FLAGS = ("--yes", "--list", "--unknown", "--pdf", "--notebooks", "--no-notebooks", "--site", "--no-site")


@cache
def project() -> Path:
    """Return the folder of a small project, which ends with the process."""
    whole = Path(tempfile.mkdtemp(prefix="fuzz-"))
    atexit.register(shutil.rmtree, whole, ignore_errors=True)
    folder = whole / "project"
    copy_of_some(folder / "data", some_studies())
    for name in ("README.md", "docs"):
        source = DATA.parent / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "notebooks").mkdir()
    (whole / "beside").mkdir()
    (whole / "beside" / "kept.txt").write_text("kept", encoding="utf-8")
    shutil.copytree(folder, whole / "before")
    return folder


@cache
def whole() -> Any:
    """Return the command with all of its commands, made once: that takes longer than most lines do."""
    return typer.main.get_command(app)


@cache
def commands() -> dict[str, tuple[str, ...]]:
    """Return every command with its options."""
    return {
        name: tuple(each.opts[0] for each in command.params if each.param_type_name == "option")
        for name, command in whole().commands.items()
    }


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Draw the words of a command line."""
    command = draw(st.sampled_from([*commands(), "nonsense"]))
    words = [command]
    value = st.sampled_from([*NAMES, *JUNK])
    for _ in range(draw(st.integers(0, 3))):
        known = commands().get(command, ()) or ("--data",)
        option = draw(st.sampled_from(["", *known, *known, "--nonsense"]))
        words += [option] if option else []
        if option not in FLAGS:
            words.append(draw(value))
    if command == "figures":
        words += ["study_flow", "--formats", "svg"]
    if command == "next":
        words += ["--draws", "100"]
    slow = command in SLOW or "--list" in words
    if command in REFUSED or (slow and draw(st.integers(1, SELDOM)) < SELDOM):
        words += ["--data", draw(st.sampled_from(["nowhere", "README.md", ""]))]
    return words


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it printed."""

    code: Any
    output: str


def judged(words: list[str]) -> Verdict:
    """Run a command line in the project, see what it came to and that nothing beside it changed."""
    folder = project()
    before = beside()
    ended: list[Ended] = []

    def run() -> Ended:
        ended.append(_run(words))
        return ended[0]

    with contextlib.chdir(folder):
        verdict = judge(run, sound, longest=LONGEST)
    if beside() != before:
        return Verdict(FINDING, "a file outside the project changed", words[0])
    restored(folder)
    return Verdict(REFUSAL) if verdict.kind == RESULT and ended[0].code else verdict


def _run(words: list[str]) -> Ended:
    """Run a command line as Typer's runner does, which would make all commands anew."""
    with CliRunner(env={"COLUMNS": "80"}).isolation(input="") as (_, _, output):
        try:
            whole().main(words, prog_name="evidence")
            code = 0
        except SystemExit as stopped:
            code = stopped.code or 0
        sys.stdout.flush()
        sys.stderr.flush()
        return Ended(code, output.getvalue().decode("utf-8", "replace"))


def beside() -> tuple[tuple[str, int, int], ...]:
    """Return the files around the project and in the checkout's data, with size and time."""
    around = (project().parent / "beside", project().parent, DATA)
    files = sorted(path for each in around for path in each.iterdir() if path.is_file())
    names = sorted(path.name for path in project().parent.iterdir())
    found = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return (*found, *((name, 0, 0) for name in names))


def restored(folder: Path) -> None:
    """Put the project back as it was before the first command."""
    kept = folder.parent / "before"
    for path in folder.iterdir():
        if not (kept / path.name).exists():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for path in kept.rglob("*"):
        place = folder / path.relative_to(kept)
        if path.is_file() and (not place.is_file() or place.read_bytes() != path.read_bytes()):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    for path in sorted(folder.rglob("*"), reverse=True):
        if not (kept / path.relative_to(folder)).exists():
            path.rmdir() if path.is_dir() else path.unlink()


def sound(ended: Ended) -> Iterator[str]:
    """Yield what is wrong with how a command ended."""
    if ended.code not in (0, 1, 2):
        yield f"exit code {ended.code}"
    if "Traceback (most recent call last)" in ended.output:
        yield "a traceback"
    if ended.code and not ended.output.strip():
        yield "a failure without a word"


TARGET = Target("commands", "command lines of real and of junk words", lines(), judged)
