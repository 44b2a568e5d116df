"""`EvidenceFigure` and the house style: same bytes everywhere, words for those who cannot see, safe files."""

import base64
import hashlib
import io
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.backends import _backend_pdf_ps as backend
from matplotlib.font_manager import FontPath, get_font
from PIL import Image, ImageChops

from evidence.errors import InputError, OptionError
from evidence.figures import pdf_fonts, style
from evidence.figures.figure import EvidenceFigure
from evidence.figures.fingerprint import rounded
from evidence.figures.forest import forest
from evidence.figures.text import font_file
from figure_checks import invented, pooled

NASTY = """<script>alert("x")</script> & 'y' $x_1$ \x07"""
SCRIPT = """
import hashlib, sys
from evidence.figures.forest import forest
from figure_checks import invented, pooled
figure = forest(pooled(invented(4, excluded=2)), source="Same everywhere")
print(*(hashlib.sha256(figure.to_bytes(kind)).hexdigest() for kind in ("png", "svg", "pdf")))
print("matplotlib.pyplot" in sys.modules)
"""


@pytest.fixture
def figure():
    made = EvidenceFigure(
        3, 2, name="small", title=NASTY, alt=NASTY, long_alt=f"{NASTY} in full", caption=f"{NASTY} caption"
    )
    axes = made.add_axes((0.2, 0.2, 0.7, 0.7))
    axes.plot([0, 1 / 3], [2, 3], color="red")
    axes.scatter([1], [2], s=[9], color="blue")
    axes.fill([0, 1, 0], [0, 0, 1], facecolor=(0, 1, 0, 0.5))
    return made


def _run(tmp_path, seed, rc=""):
    (tmp_path / "matplotlibrc").write_text(rc)
    folder = Path(__file__).parent
    path = os.pathsep.join([str(folder), str(folder.parent / "src")])
    env = os.environ | {
        "MATPLOTLIBRC": str(tmp_path / "matplotlibrc"),
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": path,
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True
    ).stdout


def test_bytes_are_the_same_in_another_process_under_a_foreign_matplotlibrc(tmp_path):
    foreign = (
        "font.size: 22\nfont.family: monospace\naxes.grid: True\nsvg.fonttype: none\nfigure.dpi: 33\n"
        "savefig.bbox: tight\ntext.hinting: force_autohint\nlines.linewidth: 7\nsavefig.facecolor: red\n"
    )
    plain, other = _run(tmp_path, "1"), _run(tmp_path, "2", foreign)
    assert plain == other
    hashes, pyplot = plain.splitlines()
    here = forest(pooled(invented(4, excluded=2)), source="Same everywhere")
    assert hashes.split() == [
        hashlib.sha256(here.to_bytes(kind)).hexdigest() for kind in ("png", "svg", "pdf")
    ]
    assert pyplot == "False"


def test_bytes_are_the_same_on_two_runs(figure):
    for kind in ("png", "svg", "pdf"):
        assert figure.to_bytes(kind) == figure.to_bytes(kind)


def test_fonts_are_those_that_are_cut_from_the_whole_font(monkeypatch):
    """Letters of several alphabets one after the other, so that the shorter font grows on the way."""
    monkeypatch.setattr(pdf_fonts, "_SHORTER", {})
    path = FontPath(font_file(bold=False), 0)
    letters = get_font(path).get_charmap()
    for text in ("plain", "Ωβ−≥", "⊕⊝üﬁ", "plain", "Жук←é"):
        glyphs = {letters[ord(letter)] for letter in text}
        with pdf_fonts._without_layout(), backend.get_glyphs_subset(path, glyphs) as found:
            whole, places = backend.font_as_file(found.font).getvalue(), found.glyph_index_map
        with pdf_fonts.fonts_cut_quickly(), backend.get_glyphs_subset(path, glyphs) as found:
            assert backend.font_as_file(found.font).getvalue() == whole
            assert {glyph: found.glyph_index_map[glyph] for glyph in glyphs} == {
                glyph: places[glyph] for glyph in glyphs
            }


def test_settings_of_the_caller_come_back(figure):
    with mpl.rc_context({"font.size": 22, "axes.grid": True}):
        before = dict(mpl.rcParams)
        figure.to_bytes("png")
        forest(pooled(invented(3)))
        assert dict(mpl.rcParams) == before


def test_html_names_and_escapes(figure):
    html = figure._repr_html_()
    assert "<script" not in html
    assert 'alt="&lt;script&gt;alert(&quot;x&quot;)' in html
    assert re.search(r"<figure[^>]*><img [^>]*src=\"data:image/png;base64,[^\"]+\"><figcaption>", html)
    assert "caption</figcaption></figure>" in html


def test_a_notebook_holds_the_picture_in_few_colours(figure):
    inline = base64.b64decode(re.search(r"base64,([^\"]+)", figure._repr_html_())[1])
    exact = figure.to_bytes("png")
    few, all_of_them = Image.open(io.BytesIO(inline)), Image.open(io.BytesIO(exact)).convert("RGB")
    assert few.mode == "P"
    assert len(inline) < len(exact) / 2
    assert few.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    furthest = ImageChops.difference(few.convert("RGB"), all_of_them).getextrema()
    assert max(high for _, high in furthest) <= 8


def test_repr_is_the_long_text(figure):
    assert repr(figure) == f"{NASTY} in full"


def test_svg_speaks_to_a_screen_reader(figure):
    root = ET.fromstring(figure.to_bytes("svg"))
    clean = NASTY.replace("\x07", "")
    assert root.get("role") == "img"
    assert root.get("aria-label") == clean
    space = "{http://www.w3.org/2000/svg}"
    assert [root.find(f"{space}{tag}").text for tag in ("title", "desc")] == [clean, f"{clean} in full"]
    assert b"<dc:date>" not in figure.to_bytes("svg")


def test_editable_svg_keeps_letters_as_text(figure):
    figure.text(0.1, 0.95, "Readable")
    assert b">Readable</text>" in figure.to_bytes("svg", editable=True)
    assert b">Readable</text>" not in figure.to_bytes("svg")


def test_png_carries_title_and_description(figure):
    content = figure.to_bytes("png")
    assert b"Title" in content
    assert b"Description" in content
    assert b"Software" not in content


def test_dpi_sets_the_size_of_a_png(figure):
    def size(content):
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")

    assert size(figure.to_bytes("png", dpi=100)) == (300, 200)
    assert size(figure.to_bytes("png")) == (450, 300)


@pytest.mark.parametrize("kind", ["jpg", "PNG", ""])
def test_unknown_formats_are_refused(figure, kind, tmp_path):
    with pytest.raises(OptionError, match="'png', 'svg', 'pdf'"):
        figure.to_bytes(kind)
    with pytest.raises(OptionError):
        figure.save(tmp_path / "picture.bmp")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"format": "svg", "dpi": 99}, {"format": "png", "editable": True}])
def test_options_that_would_do_nothing_are_refused(figure, options):
    with pytest.raises(InputError, match="is for format"):
        figure.to_bytes(**options)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf", "SVG"])
def test_save_writes_the_bytes_and_nothing_else(figure, tmp_path, ending):
    path = figure.save(tmp_path / "new" / f"picture.{ending}")
    assert path.read_bytes() == figure.to_bytes(ending.lower())
    assert [each.name for each in path.parent.iterdir()] == [f"picture.{ending}"]


@pytest.mark.parametrize("broken", ["write_bytes", "replace"])
def test_a_failing_writer_leaves_the_old_file(figure, tmp_path, monkeypatch, broken):
    path = tmp_path / "picture.png"
    path.write_bytes(b"old")

    def fail(self, *_):
        if broken == "write_bytes":
            with self.open("wb") as file:
                file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(type(path), broken, fail)
    with pytest.raises(OSError, match="disk full"):
        figure.save(path)
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("alt", ["", "x" * 126])
def test_alternative_text_has_a_length(alt):
    with pytest.raises(InputError, match="125"):
        EvidenceFigure(1, 1, name="x", alt=alt)


def test_fingerprint_holds_what_is_drawn(figure):
    (axes,) = figure.fingerprint()["axes"]
    assert axes["lines"] == [{"xy": [[0.0, 2.0], [0.333333, 3.0]], "style": "-", "color": "#ff0000ff"}]
    assert axes["markers"] == [{"xy": [[1.0, 2.0]], "area": [9.0], "colors": ["#0000ffff"]}]
    assert axes["fills"] == ["#00ff0080"]
    assert axes["polygons"] == [[[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]]


def test_rounding_leaves_no_negative_zero():
    assert str(rounded([-1e-9])) == "[0.0]"


def _luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text", [style.INK, style.MUTED])
@pytest.mark.parametrize("ground", [style.PAPER, style.STRIPE])
def test_text_stands_out(text, ground):
    light, dark = sorted((_luminance(text), _luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_unknown_presets_are_refused():
    with pytest.raises(OptionError, match="Did you mean 'slide'"):
        style.preset("slides")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "tiff"])
def test_half_a_letter_in_a_name_is_left_out(kind):
    figure = EvidenceFigure(2, 2, name="a", title="half \ud83d", alt="half \ud83d", long_alt="half \ud83d")
    assert figure.to_bytes(kind) == figure.to_bytes(kind)
