"""The command line teaches, says what is wrong, and writes only whole files."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evidence.cli import app
from evidence.figures.catalogue import catalogue
from evidence.publish.figures import MANY

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["check"],
        ["review"],
        ["figures"],
        ["summary"],
        ["export"],
        ["add"],
        ["remove"],
        ["log"],
        ["diff"],
        ["next"],
        ["deck"],
    ],
)
def test_help_teaches(command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    if command:
        assert "Example: evidence" in result.output
        assert "Exit codes:" in result.output


def test_figures_are_listed_with_what_they_show(monkeypatch, whole_review):
    """Two stand for all, each of which the manifest's own test draws."""
    some = {name: catalogue(whole_review)[name] for name in ("evidence_map", "forest_Q1b")}
    # The package evidence.figures has a function of the module's name.
    monkeypatch.setattr(sys.modules["evidence.figures.catalogue"], "catalogue", lambda _review: some)
    result = run("figures", "--list")
    assert "evidence_map: Evidence map of 10 claims" in result.output
    assert "forest_Q1b: Forest plot of 7 studies" in result.output


def test_one_figure_for_slides(tmp_path):
    result = run("figures", "study_flow", "--for", "slide", "--formats", "svg", "--to", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.rglob("*.svg")] == ["study_flow.svg"]
    assert (tmp_path / "slide" / "study_flow.svg").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["forest_Q1x"], "Did you mean"),
        (["study_flow", "--formats", "bmp"], "'png', 'svg', 'pdf'"),
        (["study_flow", "--for", "stage"], "'web', 'paper', 'slide'"),
    ],
)
def test_what_does_not_exist_is_named(tmp_path, arguments, message):
    result = run("figures", *arguments, "--to", str(tmp_path))
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    (tmp_path / "file").write_text("here stands a file", encoding="utf-8")
    result = run("figures", "study_flow", "--formats", "svg", "--to", str(tmp_path / "file"))
    assert result.exit_code == 2
    assert "cannot be written to" in result.output


def test_review_without_notebooks_renews_what_is_generated(tmp_path, monkeypatch):
    """Six figures stand for all: as many as two processes share."""
    some = ["study_flow", "evidence_map", "forest_Q1b", "forest_Q1c", "cost_ladder", "prisma"]
    assert len(some) >= MANY
    monkeypatch.setattr("evidence.publish.figures.catalogue", lambda _review: some)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    readme = (
        "# Title\n<!-- generated: verdicts -->\nstale words\n<!-- end: verdicts -->\n"
        "<!-- generated: findings -->\nstale words\n<!-- end: findings -->\nkept\n"
    )
    (tmp_path / "README.md").write_text(readme, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    result = run("review", "--no-notebooks", "--no-site", "--data", str(tmp_path / "data"))
    assert result.exit_code == 0, result.output
    assert "C1 Microneedling improves the appearance of acne scars." in result.output
    assert "Where things lie" in result.output
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Title\n")
    assert text.endswith("kept\n")
    assert "stale words" not in text
    assert "Q1b" in text
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    assert names == {"manifest.json", "index.html"} | {
        f"{figure}.{kind}" for figure in some for kind in ("png", "svg", "pdf")
    }


def test_review_says_when_the_readme_lacks_its_marks(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "README.md").write_text("# Nothing here\n", encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    result = run("review", "--no-notebooks", "--data", str(tmp_path / "data"))
    assert result.exit_code == 2
    assert "no block marked" in result.output


def test_review_outside_a_project_says_what_is_missing(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    result = run("review", "--data", str(tmp_path / "data"))
    assert result.exit_code == 2
    assert "has no README.md" in result.output


def test_an_export_touches_nothing_it_did_not_write(tmp_path, monkeypatch):
    """Of a catalogue of two; that of the review is exported above."""
    monkeypatch.setattr("evidence.publish.figures.catalogue", lambda _review: ["study_flow", "evidence_map"])
    mine = tmp_path / "holiday.png"
    mine.write_bytes(b"mine")
    old = tmp_path / "forest_of_old.svg"
    old.write_text("<svg/>", encoding="utf-8")
    (tmp_path / "manifest.json").write_text('{"figures": [{"name": "forest_of_old"}]}', encoding="utf-8")
    result = run("figures", "--formats", "svg", "--to", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert {path.stem for path in tmp_path.glob("*.svg")} == {"study_flow", "evidence_map"}
    assert mine.read_bytes() == b"mine"
    assert not old.exists()
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    assert run("figures", "--formats", "svg", "--to", str(tmp_path)).exit_code == 2


def test_no_format_is_an_error(tmp_path):
    assert (
        "at least one format" in run("figures", "study_flow", "--formats", "", "--to", str(tmp_path)).output
    )
