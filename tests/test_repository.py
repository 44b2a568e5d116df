"""The repository keeps its promises: environments agree, notebooks are stored as run, no machine is named."""

from __future__ import annotations

import ast
import itertools
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import matplotlib as mpl
import pytest
import yaml

from evidence.figures.catalogue import catalogue, draw
from evidence.publish.figures import data_hash, drawn_hash
from evidence.publish.notebooks import notebooks_in

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = notebooks_in(ROOT / "notebooks")
NUMBERED = [path for path in NOTEBOOKS if path.parent.name == "notebooks" and path.name[:2].isdigit()]
CLAIMS = [path for path in NUMBERED if path.name[:2] >= "02"]
HEADINGS = ["The claim", "The trials", "What they show", "How sure", "Verdict"]


def requirement(line: str) -> tuple[str, str]:
    name, _, version = re.fullmatch(r"([A-Za-z0-9._-]+)(\[[a-z,]+\])?(.*)", line).groups()
    return name.lower(), version.strip()


def test_environment_yml_equals_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = list(project["dependencies"])
    wanted += [line for name in ("lab", "explore", "cluster", "test") for line in extras[name]]
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    plain = dict(requirement(line) for line in conda if isinstance(line, str))
    assert plain.pop("python") == project["requires-python"]
    assert plain.pop("pip") == ""
    assert plain == dict(map(requirement, wanted))
    assert {"pip": ["-e .[browser]"]} in conda


def test_the_lock_pins_every_requirement_and_names_no_host():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [
        *project["dependencies"],
        *itertools.chain.from_iterable(project["optional-dependencies"].values()),
    ]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", lock, flags=re.MULTILINE))
    assert {requirement(line)[0] for line in lines} <= pinned
    assert "://" not in lock
    assert lock.count("--hash=sha256:") > len(pinned)


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines()]


def test_nothing_names_a_machine_or_a_folder_outside():
    # Put together here, so that this file does not hold what it looks for.
    forbidden = re.compile("|".join(["/" + "work/", "/" + "root/", r"\.\./" + "shared", "pypi" + r"\.org"]))
    for path in tracked():
        if path.suffix in {".py", ".md", ".toml", ".yml", ".csv", ".json", ".ipynb", ".cff", ".lock", ".csl"}:
            found = forbidden.search(path.read_text(encoding="utf-8"))
            assert not found, f"{path.relative_to(ROOT)} names {found[0]}"


def test_licences_are_named_in_both_places():
    assert "MIT License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "CC BY 4.0" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "CC BY 4.0" in (ROOT / "data" / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_stored_as_it_ran(path):
    """nbval compares nothing in a cell that was never run, so a stripped notebook has to fail here."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert any(cell["outputs"] for cell in code)
    for cell in code:
        source = "".join(cell["source"])
        ast.parse(source)
        assert not source.rstrip().endswith(";"), "a trailing ; hides no output when checked"
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr", output["text"]


def nbval(folder: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "-q",
        "-p",
        "no:cacheprovider",
        str(folder / "notebooks"),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_a_changed_number_in_the_data_fails_a_notebook(tmp_path):
    """Half a point in one mean of one trial must show in a stored output."""
    for name in ("pyproject.toml", "nbval_sanitize.cfg", "conftest.py"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "data", tmp_path / "data")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "02_do_scars_improve.ipynb", tmp_path / "notebooks")
    outcomes = tmp_path / "data" / "outcomes.csv"
    text = outcomes.read_text(encoding="utf-8")
    assert text.count(",16.39,3.43,") == 1
    outcomes.write_text(text.replace(",16.39,3.43,", ",16.89,3.43,"), encoding="utf-8")
    # Cells that the number does not reach pass, so that it is not the copy that fails.
    assert re.search(r"^\d+ failed, \d+ passed", nbval(tmp_path), flags=re.MULTILINE)


@pytest.mark.parametrize("path", CLAIMS, ids=lambda path: path.name)
def test_claim_notebooks_share_their_headings(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
def test_a_notebook_that_asks_questions_offers_their_r_scripts(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    if "ev.answer(" in code or "ev.network_answer(" in code:
        assert "ev.r_twin(" in code


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_prose_holds_no_typed_in_result(path):
    """Decimals and percentages in prose would go stale; they belong to computed sentences."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert not re.search(r"\d\.\d|\d ?%", "".join(cell["source"])), cell["source"]


def test_manifest_and_files_hold_every_figure(review):
    manifest = json.loads((ROOT / "figures" / "manifest.json").read_text(encoding="utf-8"))
    names = [entry["name"] for entry in manifest["figures"]]
    assert names == list(catalogue(review))
    assert manifest["data"] == data_hash(review), "the tables changed: run `evidence review`"
    for name in names:
        for kind in ("png", "svg", "pdf"):
            assert (ROOT / "figures" / f"{name}.{kind}").stat().st_size > 1000


def test_figures_draw_what_the_manifest_says(review):
    manifest = json.loads((ROOT / "figures" / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["figures"]:
        figure = draw(review, entry["name"])
        assert drawn_hash(figure) == entry["fingerprint"], entry["name"]
        assert (figure.alt, figure.long_alt) == (entry["alt"], entry["long_alt"])
        assert 0 < len(figure.alt) <= 125 < len(figure.long_alt)
        assert figure.title
        assert figure.subtitle
        assert figure.caption


def test_svg_files_are_the_same_bytes_under_the_same_matplotlib(review):
    manifest = json.loads((ROOT / "figures" / "manifest.json").read_text(encoding="utf-8"))
    if mpl.__version__ != manifest["matplotlib"]:
        pytest.skip(f"figures were made with matplotlib {manifest['matplotlib']}")
    for name in ("evidence_map", "forest_Q1b"):
        stored = (ROOT / "figures" / f"{name}.svg").read_bytes()
        assert draw(review, name).to_bytes("svg") == stored


def test_import_is_light():
    """The public names load their modules only when used."""
    code = "import sys, evidence; print(any(m in sys.modules for m in ('pandas', 'matplotlib', 'scipy')))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_every_public_name_can_be_had():
    import evidence as ev

    assert all(getattr(ev, name) is not None for name in ev.__all__)
    with pytest.raises(AttributeError, match="evidence has no 'poool'"):
        _ = ev.poool
