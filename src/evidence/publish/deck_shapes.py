"""What stands on a slide, as native shapes: titles, texts, chips, arrows, and pictures with their words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from evidence.publish.deck_layouts import BODIES, Box
from evidence.publish.deck_pictures import Picture
from evidence.publish.deck_text import clean, clean_lines

BODY, TITLE, OPENING = Pt(18), Pt(26), Pt(40)
# The margin at either side of a placeholder's text.
INSET = Inches(0.1)
TEXTS = (*BODIES, PP_PLACEHOLDER.SUBTITLE)
_ARROW = RGBColor.from_string("595959")


def new_slide(presentation: Any, layout: Any, title: str, notes: str, *, size: Pt = TITLE) -> Any:
    """Add a slide with its title and its speaker notes."""
    slide = presentation.slides.add_slide(layout)
    say(slide.shapes.title.text_frame, [title], size=size, keep=True)
    slide.notes_slide.notes_text_frame.text = clean_lines(notes)
    return slide


def fill_text(slide: Any, lines: Sequence[str], *, size: Pt = BODY) -> None:
    """Fill the text or subtitle of a slide, a paragraph a line, and take out what stays empty."""
    body = next(shape for shape in slide.placeholders if shape.placeholder_format.type in TEXTS)
    say(body.text_frame, lines, size=size, keep=True)
    for shape in list(slide.placeholders):
        if not (shape.has_text_frame and shape.text_frame.text):
            shape._element.getparent().remove(shape._element)


def say(frame: Any, lines: Sequence[str], *, size: Pt = BODY, bold: bool = False, keep: bool = False) -> None:
    """Write paragraphs into a text frame; `keep` leaves weight and margins to the layout."""
    frame.word_wrap = True
    for i, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = clean(line)
        run.font.size = size
        if not keep:
            run.font.bold = bold
    if not keep:
        frame.auto_size = MSO_AUTO_SIZE.NONE
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0


def add_text(
    slide: Any,
    lines: Sequence[str],
    box: Box,
    *,
    bold: bool = False,
    middle: bool = True,
    align: str = "LEFT",
) -> Any:
    """Add a text box."""
    shape = slide.shapes.add_textbox(Emu(box.left), Emu(box.top), Emu(box.width), Emu(box.height))
    say(shape.text_frame, lines, bold=bold)
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
    for paragraph in shape.text_frame.paragraphs:
        paragraph.alignment = PP_ALIGN[align]
    return shape


def add_chip(slide: Any, text: str, box: Box, *, fill: str, line: str, ink: str) -> None:
    """Add a rounded box with a short text, told apart by its words and by its colour."""
    shape = slide.shapes.add_shape(
        MSO_SHAPE.ROUNDED_RECTANGLE, Emu(box.left), Emu(box.top), Emu(box.width), Emu(box.height)
    )
    _flat(shape)
    shape.fill.solid()
    shape.fill.fore_color.rgb = RGBColor.from_string(fill.lstrip("#"))
    shape.line.color.rgb = RGBColor.from_string(line.lstrip("#"))
    shape.line.width = Pt(1.5)
    say(shape.text_frame, [text], bold=True)
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    [paragraph] = shape.text_frame.paragraphs
    paragraph.alignment = PP_ALIGN.CENTER
    paragraph.runs[0].font.color.rgb = RGBColor.from_string(ink.lstrip("#"))


def add_arrow(slide: Any, start: tuple[int, int], end: tuple[int, int], words: str) -> None:
    """Add an arrow that points at `end`."""
    arrow = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *(Emu(at) for at in (*start, *end)))
    arrow.line.color.rgb = _ARROW
    arrow.line.width = Pt(1.75)
    head = arrow.line._get_or_add_ln().makeelement(qn("a:tailEnd"), {"type": "triangle"})
    arrow.line._get_or_add_ln().append(head)
    _flat(arrow)
    arrow._element.nvCxnSpPr.cNvPr.set("descr", clean(words))


def _flat(shape: Any) -> None:
    """Take the shadow off that a theme gives to shapes."""
    for effect in shape._element.iter(qn("a:effectRef")):
        effect.set("idx", "0")


def add_picture(slide: Any, picture: Picture, box: Box) -> Box:
    """Add a picture as large as the box allows, centred, and return where it stands."""
    scale = min(box.width / picture.width, box.height / picture.height)
    width, height = round(scale * picture.width), round(scale * picture.height)
    left = box.left + (box.width - width) // 2
    shape = slide.shapes.add_picture(
        io.BytesIO(picture.png), Emu(left), Emu(box.top), Emu(width), Emu(height)
    )
    shape.name = picture.name
    shape._element.nvPicPr.cNvPr.set("descr", clean(picture.alt))
    return Box(left, box.top, width, height)
