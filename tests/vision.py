"""What the tests of accessibility share: contrast, colour vision, and what the marks of a figure lie on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from evidence.figures.style import house_style

# Machado, Oliveira and Fernandes 2009, IEEE Trans Vis Comput Graph 15:1291, severity 1.0; for linear RGB.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
VIEWS = {
    "normal": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "grey": np.tile(LUMINANCE, (3, 1)),
}
# sRGB, IEC 61966-2-1, with its white point D65.
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)
SHARE = 0.25  # of the pixels beside a mark that may belong to others, which it touches


def linear(rgb) -> np.ndarray:
    """Undo the coding of sRGB; colours in the last axis, 0 to 1."""
    rgb = np.asarray(rgb, dtype=float)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other, view: str = "normal") -> np.ndarray:
    """Contrast ratio of WCAG 2.1, between colours 0 to 1 in the last axis, as seen with a colour vision."""
    seen = [np.clip(linear(color) @ VIEWS[view].T, 0, 1) @ LUMINANCE for color in (one, other)]
    pair = np.stack(np.broadcast_arrays(*seen))
    return (pair.max(axis=0) + 0.05) / (pair.min(axis=0) + 0.05)


def lab(rgb, view: str = "normal") -> np.ndarray:
    """CIELAB of a colour as someone of that colour vision sees it."""
    seen = np.clip(linear(rgb) @ VIEWS[view].T, 0, 1)
    ratio = seen @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def apart(one, other, view: str) -> float:
    """Distance of two colours in CIELAB (delta-E of 1976)."""
    return float(np.linalg.norm(lab(to_rgba(one)[:3], view) - lab(to_rgba(other)[:3], view)))


def over(color, ground) -> np.ndarray:
    """A colour with its opacity laid over a ground."""
    *rgb, alpha = to_rgba(color)
    return alpha * np.array(rgb) + (1 - alpha) * np.asarray(ground)


@dataclass(frozen=True)
class Drawn:
    """A text or a mark, with the pixels it lies on, shape (n, 3)."""

    name: str
    color: tuple
    edge: tuple | None
    shape: tuple
    ground: np.ndarray

    def contrast(self, view: str = "normal") -> float:
        """Contrast with most of the ground, by the face or by a rim that stands out from ground or face."""
        face = over(self.color, self.ground)
        found = contrast(face, self.ground, view)
        if self.edge is not None:
            rim = over(self.edge, self.ground)
            found = np.maximum(found, contrast(rim, self.ground, view))
            found = np.maximum(found, contrast(rim, face, view))
        return float(np.quantile(found, SHARE))


def _picture(figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    with house_style():
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3] / 255


def _pixels(picture: np.ndarray, box) -> np.ndarray:
    height, width = picture.shape[:2]
    x0, x1 = (int(np.clip(round(x), 0, width - 1)) for x in (box.x0, box.x1))
    y0, y1 = (int(np.clip(round(height - y), 0, height - 1)) for y in (box.y1, box.y0))
    return picture[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)].reshape(-1, 3)


def all_texts(figure) -> list:
    """Every text that is drawn."""
    texts = list(figure.texts)
    for axes in figure.axes:
        texts += axes.texts
        if axes.axison:
            texts += [*axes.get_xticklabels(), *axes.get_yticklabels()]
    return [text for text in texts if text.get_text().strip() and text.get_visible()]


def texts_on_grounds(figure) -> Iterator[Drawn]:
    """Give each text with what it is written on: its own box or halo, else the picture without texts."""
    texts = all_texts(figure)
    with house_style():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        boxes = [text.get_window_extent(renderer) for text in texts]
    for text in texts:
        text.set_visible(False)
    picture = _picture(figure)
    for text, box in zip(texts, boxes, strict=True):
        text.set_visible(True)
        ground, patch = _pixels(picture, box), text.get_bbox_patch()
        halo = [each for each in text.get_path_effects() if isinstance(each, withStroke)]
        if patch is not None:
            ground = np.array([to_rgba(patch.get_facecolor())[:3]])
        elif halo:
            ground = np.array([to_rgba(halo[0]._gc["foreground"])[:3]])
        yield Drawn(text.get_text(), text.get_color(), None, (), ground)


def marks_on_grounds(figure) -> Iterator[Drawn]:
    """Give each line and each set of points of the axes with the pixels beside it, all below it drawn."""
    marks = [
        (axes, each)
        for axes in figure.axes
        for each in [*axes.lines, *axes.collections]
        if each.get_visible() and not isinstance(each, LineCollection) and not _is_empty(each)
    ]
    texts = all_texts(figure)
    for artist in [*texts, *(each for _, each in marks)]:
        artist.set_visible(False)
    for level in sorted({each.get_zorder() for _, each in marks}):
        picture = _picture(figure)
        here = [(axes, each) for axes, each in marks if each.get_zorder() == level]
        for axes, each in here:
            if isinstance(each, Line2D):
                yield _line(axes, each, picture)
            else:
                yield _points(each, picture, figure.dpi)
        for _, each in here:
            each.set_visible(True)
    for text in texts:
        text.set_visible(True)


def _is_empty(artist) -> bool:
    return not len(artist.get_xdata() if isinstance(artist, Line2D) else artist.get_offsets())


def _line(axes, line: Line2D, picture: np.ndarray) -> Drawn:
    ends = line.get_transform().transform(line.get_xydata())
    steps = np.linspace(0, len(ends) - 1, 200)
    along = np.column_stack([np.interp(steps, np.arange(len(ends)), ends[:, i]) for i in (0, 1)])
    halo = [each for each in line.get_path_effects() if isinstance(each, withStroke)]
    ground = np.array([to_rgba(halo[0]._gc["foreground"])[:3]]) if halo else _at(picture, along)
    color = to_rgba(line.get_color(), line.get_alpha())
    shape = ("line", line.get_linestyle(), str(line._unscaled_dash_pattern))
    return Drawn(f"{axes.get_label()}: line", color, None, shape, ground)


def _points(points, picture: np.ndarray, dpi: float) -> Drawn:
    """Give points with a ring of pixels just outside of them."""
    spots = points.get_offset_transform().transform(points.get_offsets())
    around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.column_stack([np.cos(around), np.sin(around)])
    reach = np.sqrt(np.broadcast_to(points.get_sizes(), len(spots))) / 2 * dpi / 72
    beside = (spots[:, None] + (reach[:, None, None] + 1.0) * ring).reshape(-1, 2)
    faces, edges = points.get_facecolor(), points.get_edgecolor()
    rim = tuple(edges[0]) if len(edges) and np.max(points.get_linewidths(), initial=0) > 0 else None
    shape = ("points", np.round(points.get_paths()[0].vertices, 3).tobytes())
    face = tuple(faces[0]) if len(faces) else (1.0, 1.0, 1.0, 0.0)
    return Drawn(f"points {points.get_label()}", face, rim, shape, _at(picture, beside))


def _at(picture: np.ndarray, spots: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    x = np.clip(np.round(spots[:, 0]).astype(int), 0, width - 1)
    y = np.clip(np.round(height - spots[:, 1]).astype(int), 0, height - 1)
    return picture[y, x]
