"""Build the site: every page and file whole or not at all, and none left over from before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath

from evidence.certainty.verdict_result import Verdicts
from evidence.errors import InputError
from evidence.figures.source_line import version as tables_version
from evidence.files import as_input_error, write_whole
from evidence.publish.exchange.cells import csv_text
from evidence.publish.exchange.ris import ris_text
from evidence.publish.site.claim_pages import claim_pages
from evidence.publish.site.documents import document_pages, notebook_pages
from evidence.publish.site.facts import Facts, gather
from evidence.publish.site.other_pages import other_pages
from evidence.publish.site.pictures import Pictures, pictures_of
from evidence.publish.site.places import TRIALS
from evidence.publish.site.study_pages import study_pages
from evidence.publish.site.trials_page import trials_page
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.tables.references import csl_items

CONTENTS = "site.json"
_ASSETS = ("site.css", "trials.js")
Progress = Callable[[str, int, int], None]


def build_site(
    review: Review,
    root: Path,
    folder: Path,
    *,
    answers: Mapping[str, Answer] | None = None,
    judged: Verdicts | None = None,
    progress: Progress = lambda _step, _done, _all: None,
) -> Path:
    """Write the review as pages that open from disk and ask nothing of a network.

    Parameters
    ----------
    review : Review
    root : Path
        Folder of the project; its figures/ are taken where they are up to date, its notebooks/ and docs/
        where they are there.
    folder : Path
        Where the site goes; made if missing. Files of an earlier site that are no longer part of it go.
    answers : mapping of str to Answer, optional
    judged : Verdicts, optional
        What was computed before.
    progress : callable
        Told the step, how much of it is done, and how much there is.

    Returns
    -------
    Path
        The front page.

    Raises
    ------
    InputError
        If the folder holds other files than those of a site, or cannot be written to.
    """
    before = _files_before(folder)
    progress("Building the site", 0, 4)
    facts = gather(review, answers, judged)
    progress("Building the site", 1, 4)
    pictures = pictures_of(review, root / "figures", lambda done, count: progress("Drawing", done, count))
    progress("Building the site", 2, 4)
    contents: dict[str, str] = {}
    with as_input_error(f"The folder {folder} cannot be written to"):
        if not (folder / CONTENTS).exists():  # so that a build that is stopped can be taken up again
            write_whole(folder / CONTENTS, _listed({}))
        for place, content in every_file(facts, pictures, root):
            data = content.encode("utf-8") if isinstance(content, str) else content
            write_whole(folder / place, data)
            contents[place] = hashlib.sha256(data).hexdigest()
        progress("Building the site", 3, 4)
        for place in before - contents.keys():
            (folder / place).unlink(missing_ok=True)
        write_whole(folder / CONTENTS, _listed(contents))
    progress("Building the site", 4, 4)
    return folder / "index.html"


def every_file(facts: Facts, pictures: Pictures, root: Path) -> Iterator[tuple[str, str | bytes]]:
    """Return place and content of every file of the site, the front page last."""
    said = tables_version(facts.review)
    for name in _ASSETS:
        source = resources.files("evidence.publish") / "templates" / "site" / name
        yield name, source.read_text(encoding="utf-8")
    for picture in pictures.values():
        yield picture.place, picture.png
        yield f"figures/{picture.name}.pdf", picture.pdf
    yield "downloads/effects_long.csv", csv_text(facts.effects)
    yield "downloads/references.ris", ris_text(csl_items(facts.review))
    yield from claim_pages(facts, pictures, said)
    yield from study_pages(facts, said)
    yield TRIALS, trials_page(facts, said)
    if (root / "docs").is_dir():
        yield from document_pages(root / "docs", said)
    if any((root / "notebooks").rglob("*.ipynb")):
        yield from notebook_pages(root / "notebooks", said)
    yield from other_pages(facts, pictures, said)


def _listed(contents: Mapping[str, str]) -> str:
    return json.dumps({"files": dict(sorted(contents.items()))}, indent=1) + "\n"


def _files_before(folder: Path) -> set[str]:
    """Return the files of an earlier site; a folder with other things in it is refused."""
    contents = folder / CONTENTS
    if contents.is_file():
        try:
            listed = json.loads(contents.read_text(encoding="utf-8"))["files"]
            return {place for place in listed if _inside(place)}
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{contents} is no list of a site's files; name another folder.") from error
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty and holds no site; name an empty or a new folder.")
    return set()


def _inside(place: object) -> bool:
    """Say whether a listed file lies in the site's own folder, so that nothing else is ever removed."""
    return isinstance(place, str) and not place.startswith("/") and ".." not in PurePosixPath(place).parts
