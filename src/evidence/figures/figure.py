"""`EvidenceFigure`: a matplotlib figure that can say in words what it shows and is saved alike everywhere."""

from __future__ import annotations

import base64
import html
import io
import os
import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures.style import house_style
from evidence.files import write_whole

FORMATS = ("png", "svg", "pdf")
ALT_LENGTH = 125
_DECIMALS = 6

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class EvidenceFigure(Figure):
    """A figure with its title, alternative text and caption.

    Parameters
    ----------
    width, height : float
        Inches.
    name : str
        Name in the catalogue; also the stem of a file.
    title, subtitle : str
        What the figure says at its head.
    alt : str
        What it shows, in at most 125 characters.
    long_alt : str
        The numbers it shows, in words.
    caption : str
        How to read it.
    dpi : int
        Dots an inch of a PNG.

    Attributes
    ----------
    pages : int
        How many pages the figure has; this is one of them.

    Raises
    ------
    InputError
        If `alt` is empty or longer than 125 characters.

    Examples
    --------
    >>> figure = EvidenceFigure(4, 3, name="empty", alt="An empty page.", long_alt="Nothing is drawn.")
    >>> figure
    Nothing is drawn.
    >>> figure.to_bytes("png")[1:4]
    b'PNG'
    """

    def __init__(
        self,
        width: float,
        height: float,
        *,
        name: str,
        alt: str,
        long_alt: str = "",
        title: str = "",
        subtitle: str = "",
        caption: str = "",
        dpi: int = 150,
    ) -> None:
        if not 0 < len(alt) <= ALT_LENGTH:
            raise InputError(f"alt has {len(alt)} characters; it needs 1 to {ALT_LENGTH}: {alt!r}.")
        with house_style():
            super().__init__(figsize=(round(width, _DECIMALS), round(height, _DECIMALS)))
            FigureCanvasAgg(self)
        self.name = name
        self.title = title
        self.subtitle = subtitle
        self.alt = alt
        self.long_alt = long_alt or alt
        self.caption = caption
        self.export_dpi = dpi
        self.pages = 1

    def add_axes(self, rect: Any, **kwargs: Any) -> Any:
        """Add axes, placed to a millionth of the page: an SVG names its parts by where they are."""
        return super().add_axes([round(float(part), _DECIMALS) for part in rect], **kwargs)

    def __repr__(self) -> str:
        return self.long_alt

    def _repr_html_(self) -> str:
        picture = base64.b64encode(_in_few_colours(self.to_bytes("png"))).decode("ascii")
        width = round(self.get_figwidth() * 96)
        return (
            '<figure style="margin:0">'
            f'<img alt="{html.escape(self.alt)}" width="{width}" style="max-width:100%;height:auto"'
            f' src="data:image/png;base64,{picture}">'
            f"<figcaption>{html.escape(self.caption or self.title)}</figcaption></figure>"
        )

    def to_bytes(self, format: str = "png", *, dpi: float | None = None, editable: bool = False) -> bytes:  # noqa: A002
        """Return the figure as a file's content, the same bytes on every run.

        Parameters
        ----------
        format : str
            "png", "svg" or "pdf".
        dpi : float, optional
            Dots an inch of a PNG; default the figure's own.
        editable : bool
            Keep the letters of an SVG as text (smaller, editable) instead of as outlines.

        Returns
        -------
        bytes

        Raises
        ------
        OptionError
            If the format is none of the three.
        InputError
            If `dpi` is asked of another format than PNG, or `editable` of another than SVG.
        """
        option("format", format, FORMATS)
        if editable and format != "svg":
            raise InputError(f"editable=True is for format='svg', not {format!r}.")
        if dpi is not None and format != "png":
            raise InputError(f"dpi={dpi!r} is for format='png'; {format!r} has no dots.")
        salt = {"svg.hashsalt": f"evidence-{self.name}", "svg.fonttype": "none" if editable else "path"}
        buffer = io.BytesIO()
        with house_style(), mpl.rc_context(salt):
            self.savefig(
                buffer,
                format=format,
                metadata=self._metadata(format),
                facecolor="white",
                dpi=(dpi or self.export_dpi) if format == "png" else 72,
            )
        return self._described(buffer.getvalue()) if format == "svg" else buffer.getvalue()

    def save(self, path: str | os.PathLike[str], *, dpi: float | None = None, editable: bool = False) -> Path:
        """Write the figure to `path`; its ending says the format.

        The file is written beside its place and moved there when complete, so that a failure leaves
        an older file as it was. `dpi` and `editable` are those of `to_bytes`.

        Raises
        ------
        OptionError
            If the ending is not .png, .svg or .pdf.
        """
        path = Path(path)
        content = self.to_bytes(path.suffix.lstrip(".").lower(), dpi=dpi, editable=editable)
        write_whole(path, content)
        return path

    def fingerprint(self) -> dict[str, Any]:
        """Return what the figure draws, in data coordinates rounded to 6 decimals.

        The same for every version of matplotlib and every size of type: what a test should compare.

        Returns
        -------
        dict
            `texts` of the page, and `axes`: for each its limits and its `lines`, `markers`,
            `polygons`, `segments` and `texts`.
        """
        return {
            "name": self.name,
            "texts": [text.get_text() for text in self.texts],
            "axes": [_axes_fingerprint(axes) for axes in self.axes],
        }

    def _metadata(self, format: str) -> dict[str, str | None]:  # noqa: A002
        title = _NOT_XML.sub("", self.title or self.alt)
        words = _NOT_XML.sub("", self.long_alt)
        if format == "png":
            return {"Software": None, "Title": title, "Description": words}
        if format == "svg":
            return {"Date": None, "Creator": None, "Title": title, "Description": words}
        nobody = dict.fromkeys(("CreationDate", "Creator", "Producer"))
        return {**nobody, "Title": title, "Subject": words}

    def _described(self, svg: bytes) -> bytes:
        """Add what a screen reader looks for: a role, a label and a description."""
        label = html.escape(_NOT_XML.sub("", self.alt))
        words = html.escape(_NOT_XML.sub("", self.long_alt), quote=False)
        text = svg.decode("utf-8")
        text = text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
        return text.replace("</title>", f"</title>\n <desc>{words}</desc>", 1).encode("utf-8")


def _in_few_colours(png: bytes) -> bytes:
    """Return a picture with a palette of 256 colours: a third of the size, for notebooks to hold."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    buffer = io.BytesIO()
    few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def rounded(values: Any) -> Any:
    """Round numbers, alone or nested, to 6 decimals; NaN and infinite become None.

    Examples
    --------
    >>> rounded([[1 / 3, -1e-9], [float("nan"), 2]])
    [[0.333333, 0.0], [None, 2.0]]
    """
    array = np.round(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan), 6) + 0.0
    return np.where(np.isfinite(array), array, None).tolist()


def _axes_fingerprint(axes: Any) -> dict[str, Any]:
    patches = [patch for patch in axes.patches if patch.get_visible()]
    outlines = [patch.get_patch_transform().transform_path(patch.get_path()).vertices for patch in patches]
    points = [shown for shown in axes.collections if len(shown.get_offsets()) and not _is_lines(shown)]
    return {
        "label": axes.get_label(),
        "xlim": rounded(axes.get_xlim()),
        "ylim": rounded(axes.get_ylim()),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "title": axes.get_title(loc="left") or axes.get_title(),
        "xticks": [tick.get_text() for tick in axes.get_xticklabels()],
        "yticks": [tick.get_text() for tick in axes.get_yticklabels()],
        "lines": [{"xy": rounded(line.get_xydata()), "style": line.get_linestyle()} for line in axes.lines],
        "segments": [
            rounded(each) for shown in axes.collections if _is_lines(shown) for each in shown.get_segments()
        ],
        "markers": [
            {"xy": rounded(shown.get_offsets()), "area": rounded(shown.get_sizes())} for shown in points
        ],
        "polygons": [rounded(vertices) for vertices in outlines],
        "texts": [text.get_text() for text in axes.texts],
    }


def _is_lines(shown: Any) -> bool:
    return hasattr(shown, "get_segments")
