"""Give a finished figure another coat of colour, artist by artist."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection, PathCollection
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, Patch
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from evidence.arguments import FloatArray
from evidence.figures.colours import COATS, Coat, contrast, parts, recoloured
from evidence.figures.grounds import Layer, Order, ground, layers, ordered
from evidence.figures.style import PAPER

READABLE = 4.5  # contrast of text with its ground (WCAG 2.2, success criterion 1.4.3)
_STEPS = 20
_GREYISH = 0.08  # share of a hue below which an area is grey
_FAINT = 0.3  # opacity of a hatch that takes the place of a hue


def repaint(figure: Figure, coat: str) -> None:
    """Recolour everything a figure draws, and keep its text readable on what lies under it.

    Parameters
    ----------
    figure : Figure
        In the colours of the house; changed in place.
    coat : str
        A name of `COATS`.

    Raises
    ------
    InputError
        If the figure draws in a colour that is no mixture of the house's.
    """
    worn = COATS[coat]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.get_major_ticks(len(axis.get_majorticklocs()))
    artists = figure.findobj()
    hatches = _hatches(artists, worn)
    for artist in artists:
        _recolour(artist, worn)
    for patch, hatch in hatches:
        patch.set(hatch=hatch, hatchcolor=(*to_rgb(worn.ink), _FAINT), hatch_linewidth=0.5)
    _keep_readable(figure, worn)
    _say(figure.texts, worn)
    for axes in figure.axes:
        _say(axes.texts, worn)


def said(text: str, coat: Coat) -> str:
    """Return a text whose words for looks are those of the coat.

    Examples
    --------
    >>> said("Dark part: with numbers", COATS["dark"])
    'Bright part: with numbers'
    """
    for pattern, instead in coat.words.items():
        text = re.sub(pattern, instead, text)
    return text


def _say(texts: Any, coat: Coat) -> None:
    """Change the words of texts read in a row; a phrase may go on in the next line."""
    if not texts:
        return
    lines = said("\n".join(text.get_text() for text in texts), coat).split("\n")
    for text, line in zip(texts, lines, strict=True):
        text.set_text(line)


def _new(colors: Any, coat: Coat) -> FloatArray:
    """Recolour rows of red, green, blue and opacity; clear ones stay as they are."""
    rows = np.atleast_2d(np.array(colors, dtype=float)).reshape(-1, 4)
    for i in np.flatnonzero(rows[:, 3]):
        rows[i, :3] = recoloured(tuple(rows[i, :3].round(6).tolist()), coat.name)
    return rows


def _one(color: Any, coat: Coat) -> tuple[float, ...]:
    return tuple(_new(to_rgba(color), coat)[0].tolist())


def _recolour(artist: Artist, coat: Coat) -> None:
    if isinstance(artist, Text):
        _recolour_text(artist, coat)
    elif isinstance(artist, Patch):
        _recolour_patch(artist, coat)
    elif isinstance(artist, Line2D):
        _recolour_line(artist, coat)
    elif isinstance(artist, Collection):
        _recolour_collection(artist, coat)
    elif isinstance(artist, AxesImage):
        _recolour_image(artist, coat)


def _recolour_text(text: Text, coat: Coat) -> None:
    text.set_color(_one(text.get_color(), coat))
    looks = [dict(effect._gc) for effect in text.get_path_effects() or ()]
    if looks:
        text.set_path_effects(
            [withStroke(**look | {"foreground": _one(look["foreground"], coat)}) for look in looks]
        )


def _recolour_patch(patch: Patch, coat: Coat) -> None:
    face = patch.get_facecolor()
    if patch.get_hatch():
        patch.set_hatchcolor(_one(patch.get_hatchcolor(), coat))
    patch.set_edgecolor(_one(patch.get_edgecolor(), coat))
    if patch.get_fill():
        patch.set_facecolor(_one(face, coat))


def _hatches(artists: list[Artist], coat: Coat) -> list[tuple[Patch, str]]:
    """Return hatches for areas that hue alone told apart; one hue, and boxes around words, need none."""
    areas = [each for each in artists if isinstance(each, Patch) and not isinstance(each, FancyBboxPatch)]
    hues = {patch: hue for patch in areas if not patch.get_hatch() and (hue := _hue(patch))}
    if len(set(hues.values())) < 2:
        return []
    return [(patch, coat.hatches[hue]) for patch, hue in hues.items() if hue in coat.hatches]


def _hue(patch: Patch) -> str:
    """Return the colour of the palette that a patch is filled with, tinted or not; "" for a grey one."""
    face = patch.get_facecolor()
    if not patch.get_fill() or not face[3]:
        return ""
    hues, _ = parts(tuple(round(part, 6) for part in face[:3]))
    most = max(hues, key=lambda each: each[1], default=("", 0.0))
    return most[0] if most[1] > _GREYISH else ""


def _recolour_line(line: Line2D, coat: Coat) -> None:
    face, edge = line.get_markerfacecolor(), line.get_markeredgecolor()
    line.set_color(_one(line.get_color(), coat))
    line.set_markerfacecolor(_one(face, coat))
    line.set_markeredgecolor(_one(edge, coat))


def _recolour_collection(shown: Collection, coat: Coat) -> None:
    face, edge = shown.get_facecolor(), shown.get_edgecolor()
    if len(face):
        shown.set_facecolor(_new(face, coat))
    if len(edge):
        shown.set_edgecolor(_new(edge, coat))
    if shown.get_hatch():
        shown.set_hatchcolor(_new(shown.get_hatchcolor(), coat))


def _recolour_image(image: AxesImage, coat: Coat) -> None:
    pixels = np.asarray(image.get_array())
    colors, where = np.unique(pixels.reshape(-1, pixels.shape[-1]), axis=0, return_inverse=True)
    new = _new(colors / 255, coat)
    image.set_data((255 * new).round().astype(np.uint8)[where].reshape(pixels.shape))


def _keep_readable(figure: Figure, coat: Coat) -> None:
    """Let texts and signs that no longer stand out from their ground take a colour that does."""
    found = layers(figure)
    renderer = figure.canvas.get_renderer()
    for order, artist in list(ordered(figure)):
        if isinstance(artist, Text) and artist.get_text():
            box = artist.get_window_extent(renderer)
            spot = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
            color = to_rgb(artist.get_color())
            artist.set_color(_readable(color, found, order, spot, coat))
        elif isinstance(artist, PathCollection) and _is_sign(artist):
            spots = artist.get_offset_transform().transform(artist.get_offsets())
            color = tuple(artist.get_facecolor()[0][:3].tolist())
            artist.set_facecolor([_readable(color, found, order, spot, coat) for spot in spots])


def _is_sign(shown: PathCollection) -> bool:
    """Whether markers are solid, of one colour and without an edge, as signs on a disc are."""
    return len(shown.get_facecolor()) == 1 and not np.any(shown.get_linewidths()) and shown.get_zorder() >= 5


def _readable(
    color: tuple[float, ...], found: list[Layer], order: Order, spot: FloatArray, coat: Coat
) -> tuple[float, float, float]:
    """Return the colour, or the first on its way to ink or page that can be read."""
    under = tuple(ground(found, order, spot, np.array(to_rgb(coat.page))).tolist())
    start = np.array(color, dtype=float)
    if contrast(tuple(start.tolist()), under) >= READABLE:
        return tuple(start.tolist())
    end = np.array(max((to_rgb(coat.ink), to_rgb(coat.page)), key=lambda each: contrast(each, under)))
    # Ink and paper change places at once; a hue moves no further than it must.
    steps = [1.0] if np.ptp(start) < 0.05 and coat.page != PAPER else np.arange(1, _STEPS + 1) / _STEPS
    for share in steps:
        mixed = tuple((start + share * (end - start)).round(6).tolist())
        if contrast(mixed, under) >= READABLE:
            return mixed
    return tuple(end.tolist())
