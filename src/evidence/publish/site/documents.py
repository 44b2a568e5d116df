"""The documents of the project and its executed notebooks as pages."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from nbconvert.filters import markdown2html

from evidence.publish.notebooks import notebooks_in
from evidence.publish.site import places
from evidence.publish.site.render import page

_PICTURE = re.compile(r'src="data:image/png;base64,([^"]+)"')
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_REGION = '<div class="wide" tabindex="0" role="region" aria-label="Table {number}">{table}</div>'
Written = Iterator[tuple[str, str | bytes]]


def document_pages(folder: Path, version: str) -> Written:
    """Return place and content of every Markdown document of a folder."""
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        place = f"docs/{path.stem}.html"
        body = _scrolling(re.sub(r'(href="[^":]+)\.md\b', r"\1.html", markdown2html(text)))
        yield place, page("document", place, _heading(text, path.stem), version, body=body)


def notebook_pages(folder: Path, version: str) -> Written:
    """Return every notebook as a page, the pictures in it once each, and the page that lists them."""
    exporter = HTMLExporter(template_name="basic", exclude_anchor_links=True)
    listed = []
    for path in notebooks_in(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        place = places.notebook_page(name)
        notebook = nbformat.read(path, as_version=4)
        body, _ = exporter.from_notebook_node(notebook)
        pictures: dict[str, bytes] = {}
        body = _PICTURE.sub(partial(_aside, kept=pictures, up=places.up(place)), body)
        title = _heading(notebook.cells[0].source, name)
        body = re.sub(r'(href="[^":]+)\.ipynb\b', r"\1.html", _scrolling(body))
        yield place, page("document", place, title, version, body=body)
        yield from pictures.items()
        listed.append((place, title, name))
    yield (
        places.NOTEBOOKS,
        page("notebooks", places.NOTEBOOKS, "The executed notebooks", version, listed=listed),
    )


def _heading(text: str, otherwise: str) -> str:
    found = re.search(r"^#\s+(.+)$", text, flags=re.MULTILINE)
    return found[1].strip() if found else otherwise


def _aside(found: re.Match[str], *, kept: dict[str, bytes], up: str) -> str:
    """Keep a picture in a file of its own, named by what it shows."""
    content = base64.b64decode(found[1])
    place = f"pictures/{hashlib.sha256(content).hexdigest()[:20]}.png"
    kept[place] = content
    return f'loading="lazy" src="{up}{place}"'


def _scrolling(body: str) -> str:
    """Let wide tables scroll on their own, by keyboard too."""
    numbers = iter(range(1, 10_000))
    return _TABLE.sub(lambda found: _REGION.format(number=next(numbers), table=found[0]), body)
