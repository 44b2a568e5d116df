"""A difference between two versions as one page of HTML that needs no other file."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from evidence.figures.catalogue import answer_forest
from evidence.figures.style import DISCLAIMER
from evidence.living.diff import Diff
from evidence.living.diff_words import counts_in_words, gist, headline, judgement_rows, numbers
from evidence.living.estimates import Moved
from evidence.synthesis.answer import Answer

_PIXELS_AN_INCH = 96


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as an image inside the page, with what it shows in words."""

    when: str
    source: str
    width: int
    alt: str
    words: str


def _picture(when: str, found: Answer | None) -> Picture | None:
    """Return the forest plot of an answer; None where there is nothing to draw."""
    if found is None or found.effects.k == 0:
        return None
    figure = answer_forest(found)
    image = base64.b64encode(figure.to_bytes("svg")).decode("ascii")
    width = round(figure.get_figwidth() * _PIXELS_AN_INCH)
    return Picture(when, f"data:image/svg+xml;base64,{image}", width, figure.alt, figure.long_alt)


def _pictures(moved: Moved) -> list[Picture]:
    both = (_picture("Before", moved.old), _picture("After", moved.new))
    return [picture for picture in both if picture is not None]


def page(diff: Diff) -> str:
    """Return the page: what changed in the tables, which answers moved, and how their figures looked.

    Parameters
    ----------
    diff : Diff

    Returns
    -------
    str
        HTML; every text from the tables is escaped.
    """
    environment = Environment(
        loader=PackageLoader("evidence.living", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("diff_page.html.jinja").render(
        headline=headline(diff),
        gist=gist(diff),
        tables=[
            (name, counts_in_words(diff, name), [change for change in diff.rows if change.table == name])
            for name in diff.tables
        ],
        questions=[(moved, numbers(moved), _pictures(moved)) for moved in diff.questions],
        judgements=judgement_rows(diff),
        disclaimer=DISCLAIMER,
    )
