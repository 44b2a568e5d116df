"""Keep what is generated from the tables and their schema in step with them."""

from __future__ import annotations

import json
from pathlib import Path

from evidence.files import write_whole
from evidence.publish.generated import replace_block
from evidence.tables.load import Tables
from evidence.tables.package import datapackage, dictionary
from evidence.tables.references import csl_items


def data_documents(tables: Tables) -> dict[Path, str]:
    """Return the generated documents of data/: descriptor, dictionary and references.

    Parameters
    ----------
    tables : Tables

    Returns
    -------
    dict
        Content by path.
    """
    folder = tables.folder
    vocabularies = tables.codes.groupby("vocabulary", sort=False)["code"].agg(list).to_dict()
    readme = folder / "README.md"
    return {
        folder / "datapackage.json": _json(datapackage(vocabularies)),
        folder / "references.json": _json(csl_items(tables)),
        readme: replace_block(readme, "dictionary", dictionary()),
    }


def write_data_documents(tables: Tables) -> list[Path]:
    """Write the generated documents of data/ and return those that changed."""
    return [path for path, content in data_documents(tables).items() if write_whole(path, content)]


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
