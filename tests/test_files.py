"""Files are written whole or not at all, and what a killed process left beside them goes."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence import files
from evidence.cli import app
from evidence.files import leftovers, write_whole


@pytest.fixture
def ended():
    """Return the number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def part(folder, process, name="a.csv"):
    left = folder / f".{name}.{process}.part"
    left.write_text("half", encoding="utf-8")
    return left


@pytest.mark.parametrize("place", [".", "", "folder", "..", "/"])
def test_a_folder_is_no_file_and_nothing_is_left_of_the_trial(tmp_path, monkeypatch, place):
    (tmp_path / "here" / "folder").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(IsADirectoryError, match=re.escape(str(Path(place)))):
        write_whole(place, "text")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("command", [("add", "--template"), ("next", "--draws", "100", "--csv")])
@pytest.mark.parametrize("place", [".", "", "/"])
def test_commands_refuse_a_folder_for_a_file(tmp_path, monkeypatch, command, place):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, [*command, place])
    assert result.exit_code == 2
    assert "InputError" in result.output
    assert isinstance(result.exception, SystemExit)


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path, ended):
    left = part(tmp_path, ended)
    assert write_whole(tmp_path / "a.csv", "whole")
    assert not left.exists()
    assert leftovers(tmp_path) == []


def test_it_goes_even_if_the_file_holds_the_content_already(tmp_path, ended):
    write_whole(tmp_path / "a.csv", "whole")
    left = part(tmp_path, ended)
    assert not write_whole(tmp_path / "a.csv", "whole")
    assert not left.exists()


def test_the_part_of_a_running_process_stays(tmp_path):
    left = part(tmp_path, os.getppid())
    write_whole(tmp_path / "a.csv", "whole")
    assert left.read_text(encoding="utf-8") == "half"


def test_a_part_of_another_file_stays(tmp_path, ended):
    left = [part(tmp_path, ended, name) for name in ("b.csv", "a.csv.bak", "a")]
    write_whole(tmp_path / "a.csv", "whole")
    assert all(each.exists() for each in left)


def test_a_part_of_yesterday_goes_whatever_its_number_means_today(tmp_path):
    left = part(tmp_path, os.getppid())
    yesterday = time.time() - 24 * 3600
    os.utime(left, (yesterday, yesterday))
    write_whole(tmp_path / "a.csv", "whole")
    assert not left.exists()


def test_where_processes_cannot_be_asked_only_age_counts(tmp_path, ended, monkeypatch):
    monkeypatch.setattr(files, "ASKABLE", False)
    left = part(tmp_path, ended)
    write_whole(tmp_path / "a.csv", "whole")
    assert left.exists()


def test_a_number_no_process_can_have_is_no_error(tmp_path):
    left = part(tmp_path, "9" * 30)
    write_whole(tmp_path / "a.csv", "whole")
    assert not left.exists()


def test_a_write_that_fails_leaves_the_older_file_and_no_part(tmp_path, monkeypatch):
    write_whole(tmp_path / "a.csv", "older")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(files.Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(tmp_path / "a.csv", "newer")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "older"
    assert leftovers(tmp_path) == []
