"""The references in the RIS format, which reference managers import."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import rispy

_FIELDS = {
    "title": "title",
    "container-title": "journal_name",
    "volume": "volume",
    "issue": "number",
    "DOI": "doi",
}


class _Writer(rispy.RisWriter):
    """Writer without a line that numbers each reference, which the format does not know."""

    def set_header(self, count: int) -> str:  # noqa: ARG002
        return ""


def ris_text(items: Iterable[dict[str, Any]]) -> str:
    """Return references as RIS: type, authors, title, journal, year, volume, issue, pages, DOI, address, key.

    Parameters
    ----------
    items : iterable of dict
        References in the CSL JSON format; see `evidence.tables.references.csl_items`.

    Returns
    -------
    str
        What an item does not have is not written.

    Examples
    --------
    >>> item = {"id": "a2020", "title": "Needles", "author": [{"family": "An", "given": "B"}], "page": "5-9"}
    >>> print(ris_text([item]))
    TY  - JOUR
    AU  - An, B
    TI  - Needles
    SP  - 5
    EP  - 9
    ID  - a2020
    ER  -
    """
    return rispy.dumps([_reference(item) for item in items], implementation=_Writer)


def _reference(item: dict[str, Any]) -> dict[str, Any]:
    reference: dict[str, Any] = {"type_of_reference": "JOUR"}
    if "author" in item:
        reference["authors"] = [_name(author) for author in item["author"]]
    for field, name in _FIELDS.items():
        if field in item:
            reference[name] = _line(item[field])
    if "issued" in item:
        reference["year"] = str(item["issued"]["date-parts"][0][0])
    first, _, last = item.get("page", "").partition("-")
    reference |= {"start_page": first} if first else {}
    reference |= {"end_page": last} if last else {}
    if "URL" in item:
        reference["urls"] = [_line(item["URL"])]
    return reference | {"id": item["id"]}


def _line(text: str) -> str:
    """Return a text on one line; a line of its own would be read as another field."""
    return " ".join(text.split())


def _name(author: dict[str, str]) -> str:
    """Write a name as RIS wants it.

    Examples
    --------
    >>> _name({"family": "El-Domyati", "given": "MM"}), _name({"literal": "He Simin"})
    ('El-Domyati, MM', 'He Simin')
    """
    if "literal" in author:
        return _line(author["literal"])
    return _line(", ".join(author[part] for part in ("family", "given") if part in author))
