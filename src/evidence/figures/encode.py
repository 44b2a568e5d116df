"""Figures as other files want them: pictures with few colours, TIFF, and SVG that a screen reader reads."""

from __future__ import annotations

import base64
import html
import io
import re

from PIL import Image, TiffImagePlugin

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TITLE, _DESCRIPTION = 269, 270  # DocumentName and ImageDescription of TIFF 6.0


def clean(words: str) -> str:
    """Return words without the characters that XML may not hold."""
    return _NOT_XML.sub("", words)


def described(svg: bytes, label: str, words: str) -> bytes:
    """Add to an SVG what a screen reader looks for: a role, a label and a description."""
    label, words = html.escape(clean(label)), html.escape(clean(words), quote=False)
    text = svg.decode("utf-8")
    text = text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return text.replace("</title>", f"</title>\n <desc>{words}</desc>", 1).encode("utf-8")


def tiff(png: bytes, dpi: float, title: str, words: str) -> bytes:
    """Return a picture as TIFF, without loss (LZW), with its title and its words in UTF-8."""
    told = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, text in ((_TITLE, title), (_DESCRIPTION, words)):
        told.tagtype[tag] = 2
        told[tag] = clean(text).encode("utf-8")
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(
        buffer, "TIFF", compression="tiff_lzw", dpi=(dpi, dpi), tiffinfo=told
    )
    return buffer.getvalue()


def few_colours(png: bytes, colours: int = 256) -> bytes:
    """Return a picture with a palette: a third of the size, for notebooks and pages to hold."""
    return _with_palette(Image.open(io.BytesIO(png)).convert("RGB"), colours)


def narrowed(png: bytes, width: int) -> bytes:
    """Return a picture `width` pixels wide, with few colours."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    height = max(1, round(picture.height * width / picture.width))
    return _with_palette(picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3), 48)


def _with_palette(picture: Image.Image, colours: int) -> bytes:
    buffer = io.BytesIO()
    few = picture.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def data_uri(png: bytes) -> str:
    """Return a picture as an address that holds it."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
