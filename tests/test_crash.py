"""Commands that are killed leave whole files, and the check would notice if they did not."""

import os
import random
import sys
from dataclasses import replace

import pytest

from test_checks import loaded

crash = loaded("crash")
pytestmark = pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups on this system")

WHOLE = """
import sys
from pathlib import Path
from evidence.files import write_whole
for number in range(100):
    write_whole(Path("made") / f"{number}.txt", sys.argv[1] * 200_000)
"""
HALF = """
import sys, time
with open("made/0.txt", "w") as file:
    for _ in range(200):
        file.write(sys.argv[1] * 1000)
        file.flush()
        time.sleep(0.01)
"""


def scene(folder, script):
    words = {name: (sys.executable, "-c", script, name) for name in ("o", "n")}
    (folder / "made").mkdir()
    crash.finished(folder, (sys.executable, "-c", WHOLE, "o"))
    before = crash.files_in(folder)
    crash.finished(folder, (sys.executable, "-c", WHOLE, "n"))
    after = crash.files_in(folder)
    assert len(before) == 100
    return crash.Scene(folder, words["n"], before, after, 0.4, lambda _: [(sys.executable, "-c", WHOLE, "n")])


def test_a_killed_writer_leaves_whole_files_and_a_second_run_clears_up(tmp_path):
    made = scene(tmp_path, WHOLE)
    tally = crash.kill_often(made, 4, random.Random(1))
    assert tally.findings == []
    assert tally.while_writing >= 2  # every second kill
    assert crash.after_a_second_run(made) == []
    assert not list(tmp_path.rglob(".*.part"))


def test_a_kill_in_a_write_leaves_a_part_and_the_older_file(tmp_path):
    made = scene(tmp_path, WHOLE)
    crash.put_back(tmp_path, made.before)
    crash.killed_in_a_write(made, turn=2, share=0.5)
    [part] = tmp_path.rglob(".*.part")
    assert part.read_bytes() == b"n" * 100_000
    found = crash.files_in(tmp_path)
    assert [name for name in found if found[name] == made.after[name]] == ["made/0.txt"]
    assert sum(found[name] == made.before[name] for name in found) == 99


def test_half_a_file_is_noticed(tmp_path):
    made = scene(tmp_path, HALF)
    crash.put_back(tmp_path, made.before)
    crash.killed(made, 0.4)
    assert crash.problems(made) == ["made/0.txt is neither the older nor the newer file"]


def test_what_is_gone_or_locked_or_left_is_noticed(tmp_path):
    made = scene(tmp_path, WHOLE)
    (tmp_path / "made" / "0.txt").unlink()
    (tmp_path / "made" / "a.lock").touch()
    assert len(crash.problems(made)) == 3  # the lock is a file of neither run, too
    stuck = replace(made, again=lambda _: [(sys.executable, "-c", "1/0")])
    assert "the second run ended with 1" in crash.after_a_second_run(stuck)[0]


def test_counts_take_the_place_of_those_before(tmp_path):
    tally = crash.Tally(kills=3, findings=["x"])
    for seed in (1, 2):
        crash.store("add", tally, 1.2, seed, tmp_path / "crash.csv")
    [row] = crash.csv.DictReader((tmp_path / "crash.csv").read_text(encoding="utf-8").splitlines())
    assert (row["command"], row["kills"], row["findings"], row["seed"]) == ("add", "3", "1", "2")
