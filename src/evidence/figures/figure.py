"""`EvidenceFigure`: a matplotlib figure that can say in words what it shows and is saved alike everywhere."""

from __future__ import annotations

import html
import io
import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from evidence.arguments import option
from evidence.errors import InputError
from evidence.figures.colours import COATS
from evidence.figures.encode import (
    clean,
    data_uri,
    described,
    few_colours,
    narrowed,
    tiff,
)
from evidence.figures.fingerprint import fingerprint
from evidence.figures.pdf_fonts import fonts_cut_quickly
from evidence.figures.repaint import repaint, said
from evidence.figures.style import BRIEF_DISCLAIMER, DISCLAIMER, LIGHT, PAPER, house_style
from evidence.files import write_whole

FORMATS = ("png", "svg", "pdf", "tiff")
DOTTED = ("png", "tiff")
ALT_LENGTH = 125
TIFF_DPI, WIDE_TIFF_DPI = 600, 300  # what journals ask for; a poster's large type needs half
_SHEET = 14  # inches
_DECIMALS = 6
_UPPER = 0.6  # share of the page above which no foot stands
_COMPRESSION = 3  # as small as zlib's own 6 for drawings, in two thirds of the time


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
        self.coat = LIGHT
        self.pages = 1

    def paint(self, coat: str) -> None:
        """Take another coat of colours, once: that of the preset the figure is drawn for.

        Raises
        ------
        OptionError
            If there is no such coat.
        InputError
            If the figure draws in a colour that is none of the house's.
        """
        option("coat", coat, (LIGHT, *COATS))
        if coat == self.coat:
            return
        if self.coat != LIGHT:
            raise InputError(f"{self.name!r} wears {self.coat!r} already; draw it anew for {coat!r}.")
        try:
            repaint(self, coat)
        except InputError as error:
            raise InputError(f"Figure {self.name!r}: {error}") from error
        self.coat = coat
        for words in ("alt", "long_alt", "caption"):
            setattr(self, words, said(getattr(self, words), COATS[coat]))

    def add_axes(self, rect: Any, **kwargs: Any) -> Any:
        """Add axes, placed to a millionth of the page: an SVG names its parts by where they are."""
        return super().add_axes([round(float(part), _DECIMALS) for part in rect], **kwargs)

    def __repr__(self) -> str:
        return self.long_alt

    def _repr_html_(self) -> str:
        picture = data_uri(few_colours(self.to_bytes("png")))
        width = round(self.get_figwidth() * 96)
        return (
            '<figure style="margin:0">'
            f'<img alt="{html.escape(self.alt)}" width="{width}" style="max-width:100%;height:auto"'
            f' src="{picture}">'
            f"<figcaption>{html.escape(self.caption or self.title)}</figcaption></figure>"
        )

    def to_bytes(self, format: str = "png", *, dpi: float | None = None, editable: bool = False) -> bytes:  # noqa: A002
        """Return the figure as a file's content, the same bytes on every run.

        Parameters
        ----------
        format : str
            "png", "svg", "pdf" or "tiff" (without loss, LZW).
        dpi : float, optional
            Dots an inch of a PNG or TIFF; default the figure's own for a PNG, 600 for a TIFF, and 300 for
            a TIFF wider than 14 inches.
        editable : bool
            Keep the letters of an SVG as text (smaller, editable) instead of as outlines.

        Returns
        -------
        bytes

        Raises
        ------
        OptionError
            If the format is none of the four.
        InputError
            If `dpi` is asked of a format without dots, or `editable` of another than SVG.
        """
        option("format", format, FORMATS)
        if editable and format != "svg":
            raise InputError(f"editable=True is for format='svg', not {format!r}.")
        if dpi is not None and format not in DOTTED:
            raise InputError(f"dpi={dpi!r} is for format='png' or 'tiff'; {format!r} has no dots.")
        if format == "tiff":
            dpi = dpi or (TIFF_DPI if self.get_figwidth() <= _SHEET else WIDE_TIFF_DPI)
            return tiff(self.to_bytes("png", dpi=dpi), dpi, self.title or self.alt, self.long_alt)
        salt = {"svg.hashsalt": f"evidence-{self.name}", "svg.fonttype": "none" if editable else "path"}
        buffer = io.BytesIO()
        fonts = fonts_cut_quickly() if format == "pdf" else nullcontext()
        with house_style(), mpl.rc_context(salt), fonts:
            self.savefig(
                buffer,
                format=format,
                metadata=self._metadata(format),
                facecolor=PAPER if self.coat == LIGHT else COATS[self.coat].page,
                dpi=(dpi or self.export_dpi) if format == "png" else 72,
                **({"pil_kwargs": {"compress_level": _COMPRESSION}} if format == "png" else {}),
            )
        content = buffer.getvalue()
        return described(content, self.alt, self.long_alt) if format == "svg" else content

    def save(self, path: str | os.PathLike[str], *, dpi: float | None = None, editable: bool = False) -> Path:
        """Write the figure to `path`; its ending says the format.

        The file is written beside its place and moved there when complete, so that a failure leaves
        an older file as it was. `dpi` and `editable` are those of `to_bytes`.

        Raises
        ------
        OptionError
            If the ending is not .png, .svg, .pdf or .tiff.
        """
        path = Path(path)
        content = self.to_bytes(path.suffix.lstrip(".").lower(), dpi=dpi, editable=editable)
        write_whole(path, content)
        return path

    @property
    def source(self) -> str:
        """The line at the foot that says where the data come from; empty if there is none."""
        last = tuple(words.split()[-1] for words in (BRIEF_DISCLAIMER, DISCLAIMER))
        ends = [i for i, text in enumerate(self.texts) if text.get_text().endswith(last)]
        if not ends:
            return ""
        foot = self.texts[ends[-1]]
        lines: list[str] = []
        for text in self.texts[ends[-1] :: -1]:
            if (text.get_fontsize(), text.get_color()) != (foot.get_fontsize(), foot.get_color()):
                break
            if text.get_position()[1] > _UPPER:
                break  # on a slide the subtitle looks like the foot
            lines.insert(0, text.get_text())
        return " ".join(lines)

    def thumbnail(self, width: int = 360, *, png: bytes | None = None) -> bytes:
        """Return a small PNG, `width` pixels wide, with few colours.

        Parameters
        ----------
        width : int
            Pixels.
        png : bytes, optional
            The figure as a PNG, where it was drawn already.
        """
        return narrowed(self.to_bytes("png") if png is None else png, width)

    def fingerprint(self) -> dict[str, Any]:
        """Return what the figure draws, in data coordinates rounded to 6 decimals.

        The same for every version of matplotlib and every size of type: what a test should compare.

        Returns
        -------
        dict
            `texts` of the page, and `axes`: for each its limits and its `lines`, `markers`,
            `polygons`, `segments` and `texts`.
        """
        return fingerprint(self)

    def _metadata(self, format: str) -> dict[str, str | None]:  # noqa: A002
        title = clean(self.title or self.alt)
        words = clean(self.long_alt)
        if format == "png":
            return {"Software": None, "Title": title, "Description": words}
        if format == "svg":
            return {"Date": None, "Creator": None, "Title": title, "Description": words}
        nobody = dict.fromkeys(("CreationDate", "Creator", "Producer"))
        return {**nobody, "Title": title, "Subject": words}
