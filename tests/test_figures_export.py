"""The export door: whole files, a manifest that keeps to its schema, a safe page, figures of one's own."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from typer.testing import CliRunner

from evidence.cli import app
from evidence.errors import InputError, OptionError
from evidence.figures import text as text_module
from evidence.figures.catalogue import catalogue, draw
from evidence.figures.figure import EvidenceFigure
from evidence.figures.registry import forget, register, register_from, registered
from evidence.figures.style import BLUE, PRESETS
from evidence.publish import figures as door
from evidence.publish.figure_index import index_page
from evidence.publish.figure_manifest import changed_files, manifest_text, schema_text
from evidence.publish.figures import export_figures

ROOT = Path(__file__).resolve().parents[1]
NASTY = "<script>alert('x')</script> & \"y\""
OWN = """
import evidence as ev
from evidence.figures.style import BLUE, preset as preset_called

@ev.figures.register("mine")
def mine(review, *, preset="web"):
    style = preset_called(preset)
    page = ev.figures.EvidenceFigure(4, 2, name="mine", title="Mine", alt="A line.", dpi=style.dpi)
    page.add_axes((0.1, 0.1, 0.8, 0.8)).plot([0, 1], [0, 1], color=BLUE)
    return page
"""


def drawing(_review, *, preset="web"):
    figure = EvidenceFigure(
        4, 2, name="own", title=NASTY, alt=NASTY, caption=NASTY, long_alt=f"{NASTY} {preset}", dpi=50
    )
    figure.add_axes((0.1, 0.1, 0.8, 0.8)).plot([0, 1], [0, 1], color=BLUE)
    return figure


@pytest.fixture
def own():
    register("own", drawing)
    yield "own"
    forget("own")


@pytest.fixture
def only_own(monkeypatch):
    """Let the catalogue hold nothing but two registered figures, so that an export of all of it is quick."""
    register("own", drawing)
    register("own2", drawing)
    for name in ("catalogue", "figure_names"):
        monkeypatch.setattr(door, name, lambda _review: registered())
    yield ("own", "own2")
    forget("own")
    forget("own2")


# Formats


def test_tiff_is_what_journals_ask_for(own, whole_review):
    figure = draw(whole_review, own)
    content = figure.to_bytes("tiff")
    assert content == figure.to_bytes("tiff")
    picture = Image.open(io.BytesIO(content))
    assert picture.info["compression"] == "tiff_lzw"
    assert tuple(round(float(each)) for each in picture.info["dpi"]) == (600, 600)
    assert picture.size == (2400, 1200)
    assert picture.mode == "RGB"
    assert picture.tag_v2[269] == NASTY
    assert picture.tag_v2[270] == f"{NASTY} web"
    exact = Image.open(io.BytesIO(figure.to_bytes("png", dpi=600))).convert("RGB")
    assert picture.tobytes() == exact.tobytes()


def test_a_wide_page_takes_half_the_dots():
    figure = EvidenceFigure(15, 1, name="wide", alt="Wide.")
    assert Image.open(io.BytesIO(figure.to_bytes("tiff"))).size == (4500, 300)
    assert Image.open(io.BytesIO(figure.to_bytes("tiff", dpi=100))).size == (1500, 100)


# Whole exports


@pytest.mark.parametrize("preset", ["web", "web-dark"])
def test_a_whole_export_has_a_manifest_and_a_page(only_own, whole_review, tmp_path, preset):
    formats = ("png", "svg", "pdf", "tiff")
    written = export_figures(whole_review, tmp_path, preset=preset, formats=formats)
    folder = tmp_path if preset == "web" else tmp_path / preset
    assert sorted(path.name for path in written) == sorted(
        f"{n}.{kind}" for n in only_own for kind in formats
    )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(schema_text())).validate(manifest)
    assert manifest["preset"] == preset
    assert manifest["fonts"]["DejaVu Sans"].startswith("Version 2.")
    assert [each["name"] for each in manifest["figures"]] == list(only_own)
    for each in manifest["figures"]:
        for name, known in each["files"].items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == known
    assert changed_files(folder) == []
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    export_figures(whole_review, tmp_path, preset=preset, formats=formats)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    (folder / "own.png").write_bytes(b"changed")
    (folder / "own2.svg").unlink()
    assert changed_files(folder) == ["own.png", "own2.svg"]


def test_the_schema_is_valid_and_closed():
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    empty = json.loads(manifest_text([], "0" * 64, "web"))
    validator = Draft202012Validator(schema)
    validator.validate(empty)
    assert not validator.is_valid(empty | {"more": 1})


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.pictures = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "a":
            self.links.append(given["href"])
        if tag == "img":
            self.pictures.append(given)


def test_the_page_is_escaped_and_needs_nothing_else(only_own, whole_review, tmp_path):
    export_figures(whole_review, tmp_path, formats=("svg", "pdf"))
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(html)
    assert "script" not in page.tags
    assert not {"link", "iframe"} & set(page.tags)
    assert page.tags.count("h2") == 2
    assert {picture["alt"] for picture in page.pictures} == {NASTY}
    assert all(picture["src"].startswith("data:image/png;base64,") for picture in page.pictures)
    assert set(page.links) == {f"{name}.{kind}" for name in only_own for kind in ("svg", "pdf")}
    for needed in ("prefers-color-scheme: dark", "@media print", 'lang="en"'):
        assert needed in html
    assert "http" not in html


def test_links_are_safe_addresses():
    entry = {"name": "a", "title": "", "subtitle": "", "alt": "A.", "long_alt": "A.", "caption": ""}
    html = index_page([entry | {"files": {"a b'#.png": "0"}}], {"a": b""}, "web")
    assert 'href="a%20b%27%23.png"' in html


@pytest.mark.usefixtures("only_own")
def test_figures_that_are_gone_are_removed_and_nothing_else(whole_review, tmp_path):
    export_figures(whole_review, tmp_path, formats=("svg", "pdf"))
    (tmp_path / "notes.svg").write_text("mine", encoding="utf-8")
    forget("own2")
    export_figures(whole_review, tmp_path, formats=("svg",))
    assert {path.name for path in tmp_path.iterdir()} == {
        "own.svg", "own.pdf", "notes.svg", "manifest.json", "index.html"
    }  # fmt: skip


@pytest.mark.usefixtures("only_own")
def test_a_manifest_cannot_remove_files_elsewhere(whole_review, tmp_path):
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")
    folder = tmp_path / "figures"
    folder.mkdir()
    old = {"figures": [{"name": "gone", "files": {"../kept.txt": "0"}}]}
    (folder / "manifest.json").write_text(json.dumps(old), encoding="utf-8")
    export_figures(whole_review, folder, formats=("svg",))
    assert (tmp_path / "kept.txt").exists()


KILLED = """
import os, signal, sys
sys.path[:0] = [{tests!r}]
from pathlib import Path
import test_figures_export as test
from evidence.figures.registry import register, registered
from evidence.publish import figures as door
from evidence.review import load
for name in ("own", "own2"):
    register(name, test.drawing)
door.catalogue = lambda review: registered()
real = Path.replace
def replace(self, target):
    if Path(target).name == "own2.svg":
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)
Path.replace = replace
door.export_figures(load({data!r}), Path(sys.argv[1]), formats=("svg",))
"""


@pytest.mark.usefixtures("only_own")
def test_a_killed_export_leaves_every_file_old_or_new(whole_review, tmp_path):
    export_figures(whole_review, tmp_path, formats=("svg",))
    names = ("own.svg", "own2.svg", "manifest.json", "index.html")
    new = {name: (tmp_path / name).read_bytes() for name in names}
    for name in ("own.svg", "own2.svg"):
        (tmp_path / name).write_bytes(b"old")
    code = KILLED.format(tests=str(ROOT / "tests"), data=str(ROOT / "data"))
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=os.environ | {"PYTHONPATH": path}, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / "own.svg").read_bytes() == new["own.svg"]
    assert (tmp_path / "own2.svg").read_bytes() == b"old"
    assert changed_files(tmp_path) == ["own2.svg"]


# Figures of one's own


def test_a_registered_figure_is_drawn_as_any_other(own, whole_review, tmp_path):
    assert own in catalogue(whole_review)
    assert draw(whole_review, own, preset="paper").long_alt.endswith("paper")
    dark = draw(whole_review, own, preset="web-dark")
    assert dark.coat == "dark"
    (path,) = export_figures(whole_review, tmp_path, names=[own], formats=["svg"], preset="slide")
    assert path == tmp_path / "slide" / "own.svg"


def test_a_decorated_function_stays_itself():
    @register("third")
    def third(review, *, preset="web"):
        return drawing(review, preset=preset)

    assert third(None).name == "own"
    forget("third")
    assert "third" not in registered()


def test_a_file_with_figures_goes_through_the_command(tmp_path):
    (tmp_path / "my_figures.py").write_text(OWN, encoding="utf-8")
    arguments = ["figures", "mine", "--from", str(tmp_path / "my_figures.py"), "--for", "print-grey"]
    result = CliRunner().invoke(app, [*arguments, "--formats", "svg", "--to", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert b"#3e3e3e" in (tmp_path / "out" / "print-grey" / "mine.svg").read_bytes()
    register_from(tmp_path / "my_figures.py")
    forget("mine")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no Python file"),
        ("x = 1", "registers no figure"),
        ("1 / 0", "failed: ZeroDivisionError"),
        ("import evidence as ev\nev.figures.register('../x', len)", "no name of a figure"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, content, message):
    path = tmp_path / "mine.py"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = CliRunner().invoke(app, ["figures", "x", "--from", str(path), "--to", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "a b", "../up", "1st", "ü", 7])
def test_names_must_be_those_of_files(name):
    with pytest.raises(InputError, match="no name of a figure"):
        register(name, drawing)


@pytest.mark.parametrize("wrong", [lambda: None, lambda _review: None, 7])
def test_what_cannot_be_called_with_a_review_is_refused(wrong):
    with pytest.raises(InputError, match="must be a function that is called as"):
        register("wrong", wrong)


def test_a_function_that_draws_something_else_is_named(whole_review):
    def numbers(_review, preset):
        return len(preset)

    register("numbers", numbers)
    try:
        with pytest.raises(InputError, match="'numbers' must be an EvidenceFigure; its function gave a int"):
            draw(whole_review, "numbers")
    finally:
        forget("numbers")


def test_names_are_taken_once(own, whole_review):
    register(own, drawing)
    with pytest.raises(InputError, match="registered already"):
        register(own, lambda _review, preset: preset)
    register("study_flow", drawing)
    try:
        with pytest.raises(InputError, match="under another name"):
            draw(whole_review, "study_flow")
    finally:
        forget("study_flow")


# What goes wrong


def test_unknown_names_come_with_the_nearest(own, whole_review, tmp_path):
    with pytest.raises(OptionError, match="Did you mean 'own'"):
        draw(whole_review, "owns")
    with pytest.raises(OptionError, match="Did you mean 'poster'"):
        draw(whole_review, own, preset="posters")
    with pytest.raises(OptionError, match="Did you mean 'tiff'"):
        export_figures(whole_review, tmp_path, names=[own], formats=["tif"])


def test_a_folder_that_takes_no_files_is_known_before_anything_is_drawn(
    own, whole_review, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("here stands a file", encoding="utf-8")
    monkeypatch.setattr(door, "draw_pages", lambda *_a, **_k: pytest.fail("drawn"))
    with pytest.raises(InputError, match="cannot be written to"):
        export_figures(whole_review, tmp_path / "file", names=[own])


def test_a_missing_font_is_named(monkeypatch):
    def missing(*_, **__):
        raise ValueError("not found")

    text_module.font_file.cache_clear()
    monkeypatch.setattr(text_module, "findfont", missing)
    with pytest.raises(InputError, match="DejaVu Sans is missing"):
        text_module.font_file(False)
    monkeypatch.undo()
    assert text_module.font_file(False).endswith("DejaVuSans.ttf")


SAME = """
import hashlib
from evidence.figures.forest import forest
from figure_checks import invented, pooled
for preset in ("web-dark", "print-grey"):
    figure = forest(pooled(invented(4, excluded=2)), preset=preset)
    for kind in ("svg", "pdf", "tiff"):
        content = figure.to_bytes(kind, **({"dpi": 60} if kind == "tiff" else {}))
        print(preset, kind, hashlib.sha256(content).hexdigest())
"""


def test_bytes_are_the_same_under_a_foreign_matplotlibrc(tmp_path):
    said = []
    for seed, rc in (
        ("1", ""),
        ("2", "font.size: 22\nhatch.color: red\nhatch.linewidth: 9\nsavefig.dpi: 33\n"),
    ):
        (tmp_path / "matplotlibrc").write_text(rc, encoding="utf-8")
        env = os.environ | {
            "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")]),
        }
        said.append(
            subprocess.run([sys.executable, "-c", SAME], env=env, capture_output=True, check=True).stdout
        )
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 6
    assert len(PRESETS) == 7


@pytest.mark.parametrize("layout", ["BMJ", "nonsense"])
def test_a_layout_that_does_not_fit_leaves_no_folder(review, tmp_path, layout):
    name = "study_flow" if layout == "BMJ" else "forest_Q1b"
    with pytest.raises((InputError, OptionError)):
        export_figures(review, tmp_path / "new", names=[name], formats=["svg"], layout=layout)
    assert not (tmp_path / "new").exists()
