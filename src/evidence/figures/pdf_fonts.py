"""The fonts that a PDF holds, cut down to its letters: most of a font is cut away once, not for each file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from matplotlib.font_manager import get_font

_LATIN = 0x100  # one more than the last letter of the block that nearly every file asks for
_LAYOUT = ("GSUB", "GPOS", "GDEF")


class _File(io.BytesIO):
    """A font in memory, as matplotlib asks for one: with the number of its face."""

    face_index = 0


@dataclass(frozen=True, slots=True)
class _Shorter:
    """A font with the Latin letters and the glyphs asked for so far, and where each stands in it now."""

    content: bytes
    place: Mapping[int, int]


_SHORTER: dict[tuple[str, int], _Shorter] = {}


@contextmanager
def fonts_cut_quickly() -> Iterator[None]:
    """Let matplotlib cut fonts from shorter ones: fontTools reads all six thousand glyphs each time.

    The embedded fonts are the same to the byte.
    """
    from matplotlib.backends import _backend_pdf_ps as backend

    cut_whole = backend.get_glyphs_subset

    def cut(fontfile: Any, glyphs: Iterable[int]) -> AbstractContextManager[Any]:
        glyphs = set(glyphs)
        return _cut_again(cut_whole, _shorter(cut_whole, fontfile, glyphs), glyphs)

    backend.get_glyphs_subset = cut
    try:
        yield
    finally:
        backend.get_glyphs_subset = cut_whole


def _shorter(cut_whole: Any, fontfile: Any, glyphs: set[int]) -> _Shorter:
    """Return the font cut down to the Latin letters, these glyphs, and all that were asked for before."""
    key = str(fontfile), fontfile.face_index
    known = _SHORTER.get(key)
    if known is not None and glyphs <= known.place.keys():
        return known
    before = _latin(fontfile) if known is None else set(known.place)
    with _without_layout(), cut_whole(fontfile, before | glyphs) as found:
        buffer = io.BytesIO()
        found.font.save(buffer, reorderTables=False)
        _SHORTER[key] = _Shorter(buffer.getvalue(), dict(found.glyph_index_map))
    return _SHORTER[key]


def _latin(fontfile: Any) -> set[int]:
    return {glyph for letter, glyph in get_font(fontfile).get_charmap().items() if letter < _LATIN}


@contextmanager
def _cut_again(cut_whole: Any, shorter: _Shorter, glyphs: set[int]) -> Iterator[Any]:
    """Cut the shorter font; the places of the glyphs are told by those in the whole font."""
    with cut_whole(_File(shorter.content), {shorter.place[glyph] for glyph in glyphs}) as found:
        after = found.glyph_index_map
        places = {glyph: after[place] for glyph, place in shorter.place.items() if place in after}
        yield found._replace(glyph_index_map=places)


@contextmanager
def _without_layout() -> Iterator[None]:
    """Leave out the tables that tell how to set text, for it is set already.

    No reader of a PDF asks for them, and to cut them down takes longer than all the rest of the file.
    """
    from fontTools.subset import Options

    kept = Options._drop_tables_default
    Options._drop_tables_default = [*kept, *_LAYOUT]
    try:
        yield
    finally:
        Options._drop_tables_default = kept
