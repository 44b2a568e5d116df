"""What lies under a text or a sign of a finished figure: the colour it must stand out from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.path import Path

from evidence.arguments import FloatArray

Order = tuple[float, int, float]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One filled shape, or markers all alike.

    Attributes
    ----------
    order : tuple
        Layers are drawn in this order.
    path : Path or None
        Outline in pixels; None for markers.
    centres, radius : array
        Of markers, in pixels, shapes (n, 2) and (n,).
    colors : array, shape (n, 4)
        Red, green, blue and opacity; one row serves all.
    """

    order: Order
    path: Path | None
    centres: FloatArray
    radius: FloatArray
    colors: FloatArray

    def at(self, spot: FloatArray) -> FloatArray | None:
        """Return the colour with opacity that the layer has at a place, in pixels."""
        if self.path is not None:
            return self.colors[0] if self.path.contains_point(spot) else None
        hit = np.flatnonzero(np.hypot(*(self.centres - spot).T) < self.radius)
        return self.colors[hit[-1] % len(self.colors)] if hit.size else None


def ordered(figure: Figure) -> Iterator[tuple[Order, Artist]]:
    """Yield every artist of the page and of its axes with its place in the order of drawing."""
    for artist in figure.get_children():
        if artist not in figure.axes:
            yield (artist.get_zorder(), -1, 0.0), artist
    for i, axes in enumerate(figure.axes):
        for artist in axes.get_children():
            yield (axes.get_zorder(), i, artist.get_zorder()), artist


def layers(figure: Figure) -> list[Layer]:
    """Return the filled shapes of a figure in the order they are drawn in."""
    found: list[Layer] = []
    for order, artist in ordered(figure):
        hidden = artist.axes is not None and artist is artist.axes.patch and not artist.axes.axison
        if not artist.get_visible() or artist is figure.patch or hidden:
            continue
        if isinstance(artist, FancyArrowPatch):
            continue
        if isinstance(artist, Patch) and artist.get_fill():
            path = artist.get_transform().transform_path(artist.get_path())
            found.append(_shape(order, path, np.array([artist.get_facecolor()])))
        elif isinstance(artist, PathCollection):
            found.append(_markers(order, artist, figure.dpi))
        elif isinstance(artist, Collection) and len(artist.get_facecolor()):
            faces = np.asarray(artist.get_facecolor())
            for i, path in enumerate(artist.get_paths()):
                face = faces[[i % len(faces)]]
                found.append(_shape(order, artist.get_transform().transform_path(path), face))
    return sorted(
        (layer for layer in found if len(layer.colors) and layer.colors[:, 3].any()),
        key=lambda layer: layer.order,
    )


def _shape(order: Order, path: Path, color: FloatArray) -> Layer:
    return Layer(order, path, np.empty((0, 2)), np.empty(0), color)


def _markers(order: Order, shown: PathCollection, dpi: float) -> Layer:
    centres = shown.get_offset_transform().transform(np.ma.filled(shown.get_offsets(), np.nan))
    sizes = np.resize(shown.get_sizes(), len(centres)) if len(shown.get_sizes()) else np.zeros(len(centres))
    return Layer(order, None, centres, np.sqrt(sizes) / 2 * dpi / 72, np.asarray(shown.get_facecolor()))


def ground(found: Sequence[Layer], order: Order, spot: FloatArray, page: FloatArray) -> FloatArray:
    """Return the colour under a place, seen through what is not opaque."""
    color = np.array(page, dtype=float)
    for layer in found:
        if layer.order >= order:
            break
        above = layer.at(spot)
        if above is not None:
            color += above[3] * (above[:3] - color)
    return color
