"""The layouts of a deck by the part they play: those of the house, or of a template somebody gave."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PackageNotFoundError
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches

from evidence.arguments import instance
from evidence.errors import InputError

WIDE, HIGH = Emu(12_192_000), Emu(6_858_000)
SHAPE = 16 / 9
TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
BODIES = (PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.BODY)
FOOT = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
_NEEDED = {
    "opening": "a centred title and a subtitle (“Title Slide”)",
    "title": "a title over at least half a free page (“Title Only”)",
    "text": "a title and one text (“Title and Content”)",
}
_LEAST_ROOM = 0.5
_TEMPLATE, _SLIDES = "presentationml.template.main+xml", "presentationml.presentation.main+xml"
_FACE = re.compile(rb'(<a:latin typeface=)"[^"]*"')
# DejaVu Sans is a seventh wider than Arial; of a template nothing is assumed.
_FONT, _WIDER = "Arial", 1.12
_MARGIN, _TITLE_TOP, _TITLE_HIGH = Inches(0.45), Inches(0.28), Inches(0.95)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a slide, EMU."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Return its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Return its lower edge."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Layouts:
    """A presentation without slides, and its layouts by role.

    Attributes
    ----------
    presentation : pptx.presentation.Presentation
    opening, title, text : pptx.slide.SlideLayout
        A title with its subtitle, a title alone, and a title with one text.
    wider : float
        How much wider text is measured, in DejaVu Sans, than it is set.
    """

    presentation: Any
    opening: Any
    title: Any
    text: Any
    wider: float

    def inches(self, width: int) -> float:
        """Return the width that text is measured against, inches, of a width in EMU."""
        return self.wider * Emu(width).inches

    def emu(self, width: float) -> int:
        """Return in EMU the width that a text takes that was measured in inches."""
        return Inches(width / self.wider)

    @property
    def head(self) -> Box:
        """Where the title of a slide stands."""
        return _box(_title(self.title))

    @property
    def body(self) -> Box:
        """What is free below the title of a slide."""
        return _room(self.title, self.presentation)


def layouts(template: str | PathLike[str] | None = None) -> Layouts:
    """Return a presentation of 16 to 9 without slides, with the layouts that a deck needs.

    Parameters
    ----------
    template : path, optional
        A .pptx or .potx whose layouts are used; its slides are left out.

    Returns
    -------
    Layouts

    Raises
    ------
    InputError
        If the template is no presentation, is not 16 to 9, or lacks a layout; what is missing is named.
    """
    if template is not None:
        instance("template", template, str | PathLike, "a path")
    presentation = _house() if template is None else _opened(Path(template))
    name = "the house layouts" if template is None else Path(template).name
    found = {
        "opening": _first(presentation, _is_opening),
        "title": _first(presentation, lambda layout: _is_title(layout, presentation)),
        "text": _first(presentation, _has_one_text),
    }
    missing = [_NEEDED[role] for role, layout in found.items() if layout is None]
    if missing:
        has = ", ".join(layout.name for layout in presentation.slide_layouts) or "none"
        raise InputError(f"{name} has no layout with {'; nor with '.join(missing)}. Its layouts: {has}.")
    return Layouts(presentation, **found, wider=_WIDER if template is None else 1.0)


def _opened(path: Path) -> Any:
    if not path.is_file():
        raise InputError(f"The template {path} is not a file.")
    try:
        presentation = Presentation(io.BytesIO(_as_slides(path.read_bytes())))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError(f"The template {path} is not a .pptx or .potx file: {error}.") from error
    wide, high = presentation.slide_width, presentation.slide_height
    if abs(wide / high - SHAPE) > 0.01 * SHAPE:
        raise InputError(
            f"The slides of {path} are {wide / high:.2f} times as wide as high; 16:9 is {SHAPE:.2f}."
        )
    _without_slides(presentation)
    return presentation


def _as_slides(content: bytes) -> bytes:
    """Return a template as a presentation: they differ in one word of their list of contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for member in before.infolist():
            part = before.read(member)
            if member.filename == "[Content_Types].xml":
                part = part.replace(_TEMPLATE.encode(), _SLIDES.encode())
            after.writestr(member.filename, part)
    return out.getvalue()


def _without_slides(presentation: Any) -> None:
    """Take out the slides of a template, and the list of sections, which names them."""
    listed = presentation.slides._sldIdLst
    for slide in list(listed):
        presentation.part.drop_rel(slide.rId)
        listed.remove(slide)
    extensions = presentation.part._element.find(qn("p:extLst"))
    if extensions is not None:
        presentation.part._element.remove(extensions)


def _house() -> Any:
    """Return the layouts that python-pptx brings, made as wide as 16:9 with a title at the upper left."""
    presentation = Presentation()
    stretch = WIDE / presentation.slide_width
    presentation.slide_width, presentation.slide_height = WIDE, HIGH
    master = presentation.slide_master
    for page in (master, *presentation.slide_layouts):
        for shape in list(page.placeholders):
            if page is not master and shape.placeholder_format.type in FOOT:
                shape._element.getparent().remove(shape._element)
            elif shape._element.spPr.xfrm is not None:
                shape.left, shape.width = round(stretch * shape.left), round(stretch * shape.width)
    for shape in master.placeholders:
        inner = WIDE - 2 * _MARGIN
        if shape.placeholder_format.type in TITLES:
            shape.left, shape.top, shape.width, shape.height = _MARGIN, _TITLE_TOP, inner, _TITLE_HIGH
        elif shape.placeholder_format.type in BODIES:
            top = _TITLE_TOP + _TITLE_HIGH + Inches(0.25)
            shape.left, shape.top, shape.width, shape.height = _MARGIN, top, inner, HIGH - top - _MARGIN
    _set_type(presentation)
    return presentation


def _set_type(presentation: Any) -> None:
    """Set the house type: titles bold and to the left, a subtitle as dark as the text."""
    master = presentation.slide_master
    style = master._element.find(qn("p:txStyles")).find(qn("p:titleStyle")).find(qn("a:lvl1pPr"))
    style.set("algn", "l")
    style.find(qn("a:defRPr")).set("b", "1")
    theme = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme._blob = _FACE.sub(rf'\g<1>"{_FONT}"'.encode(), theme.blob)
    opening = _first(presentation, _is_opening)
    for shape in opening.placeholders:
        shape.left, shape.width = _MARGIN, WIDE - 2 * _MARGIN
        for level in shape._element.iter(qn("a:lvl1pPr")):
            level.set("algn", "l")
            for fill in list(level.iter(qn("a:solidFill"))):
                fill.getparent().remove(fill)


def _first(presentation: Any, fits: Any) -> Any:
    return next((layout for layout in presentation.slide_layouts if fits(layout)), None)


def _kinds(layout: Any) -> list[Any]:
    """Return the kinds of placeholders of a layout, without those at its foot."""
    kinds = [shape.placeholder_format.type for shape in layout.placeholders]
    return [kind for kind in kinds if kind not in FOOT]


def _is_opening(layout: Any) -> bool:
    return {PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.SUBTITLE} <= set(_kinds(layout))


def _is_title(layout: Any, presentation: Any) -> bool:
    kinds = _kinds(layout)
    if len(kinds) != 1 or kinds[0] not in TITLES:
        return False
    return _room(layout, presentation).height >= _LEAST_ROOM * presentation.slide_height


def _has_one_text(layout: Any) -> bool:
    kinds = _kinds(layout)
    return len(kinds) == 2 and kinds[0] == PP_PLACEHOLDER.TITLE and kinds[1] in BODIES


def _title(layout: Any) -> Any:
    return next(shape for shape in layout.placeholders if shape.placeholder_format.type in TITLES)


def _box(shape: Any) -> Box:
    return Box(shape.left, shape.top, shape.width, shape.height)


def _room(layout: Any, presentation: Any) -> Box:
    head = _box(_title(layout))
    feet = [shape.top for shape in layout.placeholders if shape.placeholder_format.type in FOOT]
    edge = min(head.left, presentation.slide_width - head.right)
    bottom = min([presentation.slide_height - Inches(0.15), *feet])
    top = head.bottom + Inches(0.08)
    return Box(edge, top, presentation.slide_width - 2 * edge, max(bottom - top, 0))
