"""Presets: sizes of type and of pages, and other coats of colour that stay readable and told apart."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from PIL import Image

from evidence.errors import InputError, OptionError
from evidence.figures import style
from evidence.figures.catalogue import draw
from evidence.figures.colours import COATS, contrast, luminance, parts, recoloured
from evidence.figures.figure import EvidenceFigure
from evidence.figures.forest import forest
from evidence.figures.funnel import funnel
from evidence.figures.style import PRESETS, house_style
from figure_checks import assert_clean, invented, pooled

COATED = ("web-dark", "print-grey")
NEW = ("paper-single", "poster", *COATED)


def _page(*colors: str) -> EvidenceFigure:
    figure = EvidenceFigure(4, 2, name="page", alt="Patches.")
    for i, color in enumerate(colors):
        figure.add_artist(Rectangle((0.1 * i, 0), 0.1, 0.5, facecolor=color, transform=figure.transFigure))
    return figure


def _linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _ratios(figure: EvidenceFigure) -> list[tuple[float, str]]:
    """Contrast of each text with the pixels under it: the page is rendered without its text."""
    texts = [text for text in figure.findobj(match=lambda a: hasattr(a, "get_text")) if text.get_text()]
    renderer = figure.canvas.get_renderer()
    with house_style():
        figure.draw(renderer)
        shown = [text for text in texts if text.get_visible() and text.get_figure() is not None]
        boxes = [text.get_window_extent(renderer) for text in shown]
        for text in shown:
            text.set_visible(False)
        picture = Image.open(io.BytesIO(figure.to_bytes("png", dpi=figure.dpi))).convert("RGB")
        for text in shown:
            text.set_visible(True)
    pixels = np.asarray(picture) / 255
    found = []
    for text, box in zip(shown, boxes, strict=True):
        across = slice(max(int(box.x0) + 1, 0), int(box.x1))
        down = slice(max(int(len(pixels) - box.y1) + 1, 0), int(len(pixels) - box.y0))
        under = pixels[down, across].reshape(-1, 3)
        if len(under):
            values, counts = np.unique(under, axis=0, return_counts=True)
            weights = _linear(values[counts.argmax()]) @ [0.2126, 0.7152, 0.0722]
            own = _linear(np.array(to_rgb(text.get_color()))) @ [0.2126, 0.7152, 0.0722]
            low, high = sorted((float(weights), float(own)))
            found.append(((high + 0.05) / (low + 0.05), text.get_text()))
    return found


# What is drawn


@pytest.mark.parametrize("preset", COATED)
@pytest.mark.parametrize("name", ["risk_of_bias", "prisma", "funnel_Q1b", "forest_Q1e"])
def test_text_can_be_read_on_what_lies_under_it(whole_review, name, preset):
    ratios = _ratios(draw(whole_review, name, preset=preset))
    assert len(ratios) > 10
    worst, text = min(ratios)
    assert worst >= 4.5, f"{text!r} has a contrast of {worst:.2f}"


@pytest.mark.parametrize("preset", NEW)
@pytest.mark.parametrize("k", [3, 20])
def test_figures_are_clean_at_every_new_preset(preset, k):
    for figure in (
        forest(pooled(invented(k, excluded=2)), preset=preset),
        funnel(invented(k), preset=preset),
    ):
        assert_clean(figure)


@pytest.mark.parametrize("name", ["study_flow", "forest_Q1a", "funnel_Q1b"])
def test_a_single_column_is_as_wide_as_a_column(whole_review, name):
    assert draw(whole_review, name, preset="paper-single").get_figwidth() == pytest.approx(3.4)


def test_a_poster_is_the_page_of_the_web_enlarged():
    web, poster = (forest(pooled(invented(7)), preset=name) for name in ("web", "poster"))
    assert poster.get_figwidth() / web.get_figwidth() == pytest.approx(2.5, rel=0.05)
    smallest = [min(text.get_fontsize() for text in figure.texts) for figure in (web, poster)]
    assert smallest[1] / smallest[0] > 2.3


def test_print_without_colour_holds_greys_only():
    picture = forest(pooled(invented(5, excluded=1)), preset="print-grey").to_bytes("png", dpi=80)
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    assert np.ptp(pixels, axis=2).max() == 0


def _without_colors(drawn):
    if isinstance(drawn, list):
        return [_without_colors(each) for each in drawn]
    if not isinstance(drawn, dict):
        return drawn
    left = {name: each for name, each in drawn.items() if name not in {"color", "colors", "fills"}}
    return {name: _without_colors(each) for name, each in left.items()}


def test_a_dark_page_is_dark_and_says_what_it_shows():
    light, dark = (forest(pooled(invented(5)), preset=name) for name in ("web", "web-dark"))
    corner = Image.open(io.BytesIO(dark.to_bytes("png", dpi=50))).convert("RGB").getpixel((1, 1))
    assert to_hex(tuple(part / 255 for part in corner)).upper() == COATS["dark"].page
    assert (dark.alt, dark.long_alt) == (light.alt, light.long_alt)
    assert _without_colors(dark.fingerprint()["axes"]) == _without_colors(light.fingerprint()["axes"])
    assert dark.fingerprint()["axes"] != light.fingerprint()["axes"]


def test_words_for_depth_change_sides_on_a_dark_page(whole_review):
    def foot(preset):
        return " ".join(text.get_text() for text in draw(whole_review, "evidence_map", preset=preset).texts)

    assert "Dark part and first number" in foot("web")
    assert "Bright part and first number" in foot("web-dark")
    assert "Dark part" not in foot("web-dark")


def test_pulsed_light_stays_light():
    effects = invented(2, label=["Intense pulsed light, 2 sessions", "Light therapy"])
    assert "Light therapy" in [text.get_text() for text in forest(effects, preset="web-dark").texts]


def test_areas_that_hue_told_apart_are_hatched_in_grey():
    figure = _page(style.VERMILLION, style.BLUE)
    figure.paint("grey")
    first, second = (artist for artist in figure.artists if isinstance(artist, Rectangle))
    assert first.get_hatch()
    assert not second.get_hatch()
    alone = _page(style.VERMILLION)
    alone.paint("grey")
    assert not any(artist.get_hatch() for artist in alone.artists)


# Colours


@pytest.mark.parametrize("coat", COATS)
def test_house_colours_become_those_of_the_coat(coat):
    worn = COATS[coat]
    expected = {style.PAPER: worn.page, style.INK: worn.ink, **worn.hues}
    for color, other in expected.items():
        assert to_hex(recoloured(to_rgb(color), coat)).upper() == other


@pytest.mark.parametrize("coat", COATS)
@pytest.mark.parametrize("color", [style.INK, style.MUTED])
def test_ink_stands_out_from_page_and_stripe(coat, color):
    for ground in (style.PAPER, style.STRIPE):
        assert contrast(recoloured(to_rgb(color), coat), recoloured(to_rgb(ground), coat)) >= 4.5


def test_every_colour_stands_out_from_the_dark_page():
    page = to_rgb(COATS["dark"].page)
    assert min(contrast(to_rgb(hue), page) for hue in COATS["dark"].hues.values()) >= 4.5


def _lightness(color: str) -> float:
    y = luminance(to_rgb(color))
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def test_greys_are_steps_that_can_be_told_apart():
    shades = sorted(_lightness(grey) for grey in (*COATS["grey"].hues.values(), style.INK, style.PAPER))
    assert min(np.diff(shades)) > 7


# What people see who lack one kind of cone, in linear RGB (Viénot, Brettel and Mollon 1999, Color Res Appl).
PROTAN = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
DEUTAN = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])


# Oklab (Ottosson 2020, "A perceptual color space for image processing").
CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@pytest.mark.parametrize("seen", [np.eye(3), PROTAN, DEUTAN], ids=["all cones", "protan", "deutan"])
def test_colours_on_a_dark_page_are_told_apart_as_well_as_those_on_white(seen):
    def nearest(colors):
        linear = [np.clip(seen @ _linear(np.array(to_rgb(color))), 0, 1) for color in colors]
        lab = [LAB @ np.cbrt(CONES @ each) for each in linear]
        return min(float(np.linalg.norm(a - b)) for a, b in combinations(lab, 2))

    assert nearest(COATS["dark"].hues.values()) >= nearest(style.PALETTE)


@pytest.mark.parametrize("hue", style.PALETTE)
@pytest.mark.parametrize("share", [0.15, 0.45, 0.8])
def test_tints_keep_their_share(hue, share):
    tinted = tuple((1 - share * (1 - np.array(to_rgb(hue)))).tolist())
    hues, black = parts(tinted)
    assert black == pytest.approx(0, abs=1e-6)
    assert dict(hues) == pytest.approx({hue: share}, abs=1e-5)


@pytest.mark.parametrize("color", ["red", "lime", "magenta", "#4B0082"])
def test_a_colour_that_is_none_of_the_house_is_named(color):
    figure = _page(color)
    with pytest.raises(InputError, match=rf"'page': {to_hex(color)} is no colour of the house"):
        figure.paint("dark")


def test_a_colour_near_one_of_the_house_is_taken_for_it():
    near = np.array(to_rgb(style.BLUE)) + 0.01
    assert np.allclose(
        recoloured(tuple(near.tolist()), "dark"), to_rgb(COATS["dark"].hues[style.BLUE]), atol=0.1
    )


# Wrong use


def test_a_figure_is_painted_once():
    figure = _page(style.BLUE)
    figure.paint("dark")
    figure.paint("dark")
    with pytest.raises(InputError, match="wears 'dark' already"):
        figure.paint("grey")


def test_axes_of_ones_own_are_not_painted():
    axes = EvidenceFigure(4, 3, name="mine", alt="Mine.").add_axes((0.3, 0.2, 0.6, 0.7))
    with pytest.raises(InputError, match="cannot be used with ax="):
        forest(pooled(invented(3)), ax=axes, preset="web-dark")


def test_unknown_presets_name_the_nearest():
    with pytest.raises(OptionError, match="Did you mean 'web-dark'"):
        style.preset("webdark")
    with pytest.raises(OptionError, match="'grey'"):
        _page().paint("green")


@pytest.mark.parametrize("name", NEW)
def test_layouts_are_known_to_every_figure(name):
    assert PRESETS[name].name in {"web", "paper", "slide"}


def test_lines_are_recoloured_with_their_markers():
    figure = EvidenceFigure(2, 2, name="line", alt="A line.")
    line = Line2D(
        [0, 1], [0, 1], color=style.BLUE, marker="o", markerfacecolor="none", markeredgecolor=style.INK
    )
    figure.add_artist(line)
    figure.paint("dark")
    worn = COATS["dark"]
    assert to_hex(line.get_color()).upper() == worn.hues[style.BLUE]
    assert to_hex(line.get_markeredgecolor()).upper() == worn.ink
    assert line.get_markerfacecolor()[3] == 0
