"""A figure as a picture on a slide: without the white that fills a page around what was drawn."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evidence.figures.figure import EvidenceFigure

_WHITE = 252
# Inches: what is left of an empty band across the page, and of the edge.
_BAND, _EDGE = 0.3, 0.04


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with its words.

    Attributes
    ----------
    png : bytes
    width, height : float
        Inches.
    name, alt, long_alt, caption : str
        See `EvidenceFigure`.
    subtitle : str
    """

    png: bytes
    width: float
    height: float
    name: str
    alt: str
    long_alt: str
    caption: str
    subtitle: str


def picture(figure: EvidenceFigure, *, trim: bool = True) -> Picture:
    """Return a figure as a picture in 256 colours.

    Parameters
    ----------
    figure : EvidenceFigure
    trim : bool
        Cut white edges off, and narrow empty bands across the page; text and marks keep their size.

    Returns
    -------
    Picture
    """
    image = Image.open(io.BytesIO(figure.to_bytes("png"))).convert("RGB")
    if trim:
        image = Image.fromarray(trimmed(np.asarray(image), figure.export_dpi))
    few = image.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG")
    width, height = (size / figure.export_dpi for size in image.size)
    words = (figure.name, figure.alt, figure.long_alt, figure.caption, figure.subtitle)
    return Picture(buffer.getvalue(), width, height, *words)


def trimmed(pixels: NDArray[np.uint8], dpi: float) -> NDArray[np.uint8]:
    """Return the pixels, shape (height, width, 3), without white edges and wide white bands.

    Examples
    --------
    >>> page = np.full((200, 50, 3), 255, dtype=np.uint8)
    >>> page[[20, 180]] = 0
    >>> trimmed(page, 100).shape
    (40, 50, 3)
    """
    drawn = (pixels < _WHITE).any(axis=2)
    rows, columns = (np.flatnonzero(drawn.any(axis=across)) for across in (1, 0))
    if not rows.size:
        return pixels
    edge, band = round(_EDGE * dpi), round(_BAND * dpi)
    # A row of white is kept if it is among the first of its band, or beside the page's edge.
    above = np.maximum.accumulate(np.where(drawn.any(axis=1), np.arange(len(pixels)), -1))
    kept = np.arange(len(pixels)) - above <= band
    kept[: max(rows[0] - edge, 0)] = False
    kept[max(rows[0] - edge, 0) : rows[0]] = True
    kept[rows[-1] + 1 + edge :] = False
    return pixels[kept][:, max(columns[0] - edge, 0) : columns[-1] + 1 + edge]
