"""Where each page and file of the site lies, seen from its front page."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

FRONT, TRIALS, FIGURES, GLOSSARY, CITE = (
    "index.html",
    "trials.html",
    "figures.html",
    "glossary.html",
    "cite.html",
)
METHODS, NOTEBOOKS = "docs/protocol.html", "notebooks.html"


def slug(key: str) -> str:
    """Return a key as part of a file's name on any system.

    Examples
    --------
    >>> slug("Q1d.any"), slug("a b/c")
    ('Q1d.any', 'a~20b~2fc')
    """
    return re.sub(r"[^A-Za-z0-9._-]", lambda found: f"~{ord(found[0]):x}", key)


def claim_page(claim_id: str) -> str:
    """Return where the page of a claim lies."""
    return f"claims/{slug(claim_id)}.html"


def study_page(study_id: str) -> str:
    """Return where the page of a study lies."""
    return f"studies/{slug(study_id)}.html"


def effects_file(question_id: str) -> str:
    """Return where the effects of a question lie as CSV."""
    return f"downloads/effects_{slug(question_id)}.csv"


def r_file(name: str) -> str:
    """Return where an R script lies, or what it reads, which it looks for beside it."""
    return f"r/{name}"


def notebook_page(name: str) -> str:
    """Return where an executed notebook lies; `name` is its path below notebooks/, without its ending."""
    return f"notebooks/{name}.html"


def up(page: str) -> str:
    """Return what leads from a page to the folder of the front page.

    Examples
    --------
    >>> up("index.html"), up("claims/C1.html")
    ('', '../')
    """
    return "../" * (len(PurePosixPath(page).parts) - 1)
