"""Is the study in the tables already? The same identifiers are an error, a likeness is a doubt."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from evidence.errors import Problem
from evidence.living.draft import Draft, NewRow
from evidence.living.lines import columns, records
from evidence.living.merge import read_texts
from evidence.tables.load import Tables

LIKE = 0.8
_KEYS = {"outcomes": "result_id", "contrasts": "contrast_id"}


def doi_of(cell: str) -> str:
    """Return a DOI without its address, in small letters; '' where there is none.

    Examples
    --------
    >>> doi_of("https://doi.org/10.1111/DTH.15376")
    '10.1111/dth.15376'
    >>> doi_of("https://example.org/page")
    ''
    """
    found = re.search(r"10\.\d{4,9}/\S+", cell)
    return found[0].lower().rstrip(".,;") if found else ""


def _pmid_of(cell: str) -> str:
    found = re.fullmatch(r"(?:pmid:?\s*|https?://pubmed\.ncbi\.nlm\.nih\.gov/)?0*(\d+)/?", cell.lower())
    return found[1] if found else ""


def _registrations_of(cell: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", cell.upper())


_IDENTIFIERS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("study_id", "key", str.lower),
    ("doi", "DOI", doi_of),
    ("pmid", "PubMed identifier", _pmid_of),
    ("registry", "registration number", _registrations_of),
    ("source", "DOI as its source", doi_of),
)


def duplicates(tables: Tables, draft: Draft) -> list[Problem]:
    """Return the studies and keys of a draft that stand in the tables, or in the draft, already."""
    return [*_same_studies(tables, draft), *_same_keys(tables, draft)]


def _same_studies(tables: Tables, draft: Draft) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for line, cells in _known(tables):
        for column, _, plain in _IDENTIFIERS:
            if plain(cells.get(column, "")):
                where = f"studies.csv, row {line} ({cells['study_id']})"
                seen.setdefault((_kind(column), plain(cells[column])), where)
    for row in draft.of("studies"):
        said: set[str] = set()
        for column, what, plain in _IDENTIFIERS:
            value = row.cells.get(column, "")
            where = seen.get((_kind(column), plain(value))) if plain(value) else None
            if where and where not in said:
                said.add(where)
                remedy = f"{where} has this {what} already; a study stands in the tables once."
                yield row.problem(column, value, remedy)
        for column, _, plain in _IDENTIFIERS:
            if plain(row.cells.get(column, "")):
                here = f"{row.file}, row {row.line} ({row.cells.get('study_id', '')})"
                seen.setdefault((_kind(column), plain(row.cells[column])), here)


def _kind(column: str) -> str:
    return "doi" if column == "source" else column


def _same_keys(tables: Tables, draft: Draft) -> Iterator[Problem]:
    arms: set[tuple[str, str]] = set()
    for row in draft.of("arms"):
        key = (row.cells["study_id"], row.cells["arm_id"])
        if key in arms:
            yield row.problem("arm_id", key[1], "the study has an arm with this letter already.")
        arms.add(key)
    known = set(tables.studies["study_id"])
    for table, column in _KEYS.items():
        taken = dict.fromkeys(getattr(tables, table)[column], f"{table}.csv has")
        for row in draft.of(table):
            key = row.cells[column]
            if key in taken and row.cells["study_id"] not in known:
                remedy = f"{taken[key]} a row with this key already; leave it blank to have it numbered."
                yield row.problem(column, key, remedy)
            taken.setdefault(key, f"row {row.line} is")


def likenesses(tables: Tables, draft: Draft) -> list[Problem]:
    """Return the studies of a draft whose title or label is like that of a study of as many people."""
    found = []
    known = list(_known(tables))
    for row in draft.of("studies"):
        for line, cells in known:
            column = next((name for name in ("title", "label") if _alike(row, cells, name)), None)
            if column and _sizes_may_agree(row.cells, cells):
                remedy = (
                    f"studies.csv, row {line} ({cells['study_id']}) is much like it: {cells[column]!r},"
                    f" {_size(cells)} people. Is it another report of the same trial?"
                )
                found.append(row.problem(column, row.cells[column], remedy))
    return found


def _alike(row: NewRow, cells: dict[str, str], column: str) -> bool:
    ours, theirs = (_plain(each.get(column, "")) for each in (row.cells, cells))
    if column == "label":  # of two words; those of different trials are alike
        return ours == theirs != ""
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    return bool(ours and theirs) and matcher.real_quick_ratio() >= LIKE and matcher.ratio() >= LIKE


def _plain(text: str) -> str:
    words = re.sub(r"\W+", " ", text.casefold())
    return " ".join(words.replace(" et al ", " ").split())


def _sizes_may_agree(ours: dict[str, str], theirs: dict[str, str]) -> bool:
    names = ("n_enrolled", "n_analysed")
    sizes = [{_number(each.get(name, "")) for name in names} - {None} for each in (ours, theirs)]
    return not all(sizes) or bool(sizes[0] & sizes[1])


def _size(cells: dict[str, str]) -> str:
    return cells.get("n_enrolled") or cells.get("n_analysed") or "an unknown number of"


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _known(tables: Tables) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line of each study in its file, and its cells."""
    text = read_texts(tables.folder, ["studies"])["studies"]
    header = columns(text)
    for record in records(text)[1:]:
        if any(record.cells):
            yield record.line, dict(zip(header, (cell.strip() for cell in record.cells), strict=True))
