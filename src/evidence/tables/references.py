"""References: the studies and earlier reviews as CSL JSON, and rendered by citeproc."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Iterable
from importlib import resources
from typing import Any

import pandas as pd

from evidence.arguments import nearest
from evidence.errors import OptionError
from evidence.tables.load import Tables

_CSL_FIELDS = {"volume": "volume", "issue": "issue", "pages": "page", "doi": "DOI", "pmid": "PMID"}


def csl_items(tables: Tables) -> list[dict[str, Any]]:
    """Return every study and review as a CSL JSON item, sorted by key.

    Names, years, volumes and pages stand in an item only where they were printed in what was read.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    list of dict
        Items in the CSL JSON format, which reference managers import.
    """
    items = [_item(row, row["study_id"]) for row in tables.studies.to_dict("records")]
    items += [_item(row, row["review_id"]) for row in tables.reviews.to_dict("records")]
    return sorted(items, key=lambda item: item["id"])


def _item(row: dict[str, Any], key: str) -> dict[str, Any]:
    item: dict[str, Any] = {"id": key, "type": "article-journal"}
    if not pd.isna(row["title"]):
        item["title"] = row["title"]
    authors = row.get("authors")
    if pd.isna(authors):
        authors = row["first_author"]
    if not pd.isna(authors):
        item["author"] = [_name(name) for name in _printed_names(authors)]
    if not pd.isna(row["journal"]):
        item["container-title"] = row["journal"]
    if not pd.isna(row["year"]):
        item["issued"] = {"date-parts": [[int(row["year"])]]}
    for column, field in _CSL_FIELDS.items():
        if not pd.isna(row.get(column)):
            item[field] = row[column]
    item["URL"] = row["source"]
    return item


def _printed_names(authors: str) -> list[str]:
    """Return the names, without remarks in brackets or 'et al.'.

    Examples
    --------
    >>> _printed_names("Zhang Z; Fei Y; et al.; [further names cut]")
    ['Zhang Z', 'Fei Y']
    """
    names = re.sub(r"\[[^\]]*\]", "", authors).split(";")
    return [name.strip() for name in names if name.strip() not in {"", "et al."}]


def _name(printed: str) -> dict[str, str]:
    """Split 'El-Domyati MM' into family and given name.

    Examples
    --------
    >>> _name("Al Chalabi QS")
    {'family': 'Al Chalabi', 'given': 'QS'}
    """
    initials = re.fullmatch(r"(.+?)[ ,]+([A-Z][A-Z-]{0,4})\.?", printed)
    if initials:
        return {"family": initials[1], "given": initials[2]}
    return {"literal": printed} if " " in printed else {"family": printed}


def render(tables: Tables, keys: Iterable[str]) -> list[str]:
    """Return references in the Vancouver style, numbered in the order of their keys.

    Parameters
    ----------
    tables : Tables
    keys : iterable of str
        study_id or review_id.

    Returns
    -------
    list of str
        Plain text, one entry a reference.

    Raises
    ------
    OptionError
        If a key is neither a study nor a review.
    """
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    items = {item["id"]: item for item in csl_items(tables)}
    wanted = list(dict.fromkeys(keys))
    for key in wanted:
        if key not in items:
            raise OptionError(f"{key!r} is neither a study nor a review.{nearest(key, items)}")
    style_file = resources.files("evidence.tables") / "vancouver.csl"
    with warnings.catch_warnings(), resources.as_file(style_file) as path:
        warnings.simplefilter("ignore")
        style = CitationStylesStyle(str(path), validate=False)
        source = CiteProcJSON([items[key] for key in wanted])
        bibliography = CitationStylesBibliography(style, source, formatter.plain)
        for key in wanted:
            bibliography.register(Citation([CitationItem(key)]))
        return [html.unescape("".join(entry)).strip() for entry in bibliography.bibliography()]
