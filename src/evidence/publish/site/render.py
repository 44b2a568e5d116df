"""Pages from templates: every text is escaped, every link leads from the page it stands on."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.publish.site import places
from evidence.publish.site.numbers import cell

_NAV = (
    (places.FRONT, "Claims"),
    (places.TRIALS, "Trials"),
    (places.FIGURES, "Figures"),
    (places.NOTEBOOKS, "Notebooks"),
    (places.METHODS, "Methods"),
    (places.GLOSSARY, "Glossary"),
    (places.CITE, "Cite"),
)


def page(template: str, place: str, title: str, version: str, **content: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        Name of a template, without its ending.
    place : str
        Where the page will lie, seen from the front page.
    title : str
    version : str
        Version and day of the tables.
    **content
        What the template asks for.
    """
    here = next((target for target, _ in _NAV if target.split("/")[0] == place.split("/")[0]), place)
    frame = {"here": here, "title": title, "up": places.up(place), "nav": _NAV, "version": version}
    return _environment().get_template(f"site/{template}.html").render(**frame, **content)


def address(text: object) -> str:
    """Return a web address as it may stand in a link, nothing where it is none.

    Examples
    --------
    >>> address("https://doi.org/10.1/x"), address("javascript:alert(1)"), address("see page 3")
    ('https://doi.org/10.1/x', '', '')
    """
    found = re.fullmatch(r"https?://[^\s<>\"']+", str(text).strip())
    return found[0] if found else ""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("evidence.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"cell": cell, "address": address}
    environment.globals |= {"claim_page": places.claim_page, "study_page": places.study_page}
    return environment
