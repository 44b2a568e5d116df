"""The dictionary of the tables: a Frictionless data package and its human twin, from the schema."""

from __future__ import annotations

from typing import Any

from evidence.tables.pandas_only import pa
from evidence.tables.schema import KEYS, LIST_SEPARATOR, TABLES

_BOUNDS = {"greater_than_or_equal_to": "minimum", "less_than_or_equal_to": "maximum"}
_BOUNDS |= {"greater_than": "exclusiveMinimum", "less_than": "exclusiveMaximum"}
_BOUND_VALUES = ("min_value", "max_value")


def datapackage(vocabularies: dict[str, list[str]]) -> dict[str, Any]:
    """Return the Frictionless data package that describes data/.

    Parameters
    ----------
    vocabularies : dict
        Codes by vocabulary, as codes.csv holds them.

    Returns
    -------
    dict
        Descriptor in the Data Package (version 2) and Table Schema formats.
    """
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "microneedling-acne-scars",
        "title": "Trials, outcomes, earlier reviews and prices: microneedling for acne scars",
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "title": "Creative Commons Attribution 4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
            }
        ],
        "resources": [_resource(name, vocabularies) for name in TABLES],
    }


def _resource(name: str, vocabularies: dict[str, list[str]]) -> dict[str, Any]:
    schema = TABLES[name].to_schema()
    fields = [_field(column, vocabularies) for column in schema.columns.values()]
    links = {
        column: field.metadata["refers_to"]
        for column, field in schema.columns.items()
        if field.metadata and "refers_to" in field.metadata and not field.metadata["many"]
    }
    foreign = [
        {"fields": column, "reference": {"resource": table, "fields": KEYS[table][0]}}
        for column, table in links.items()
    ]
    if name == "outcomes":
        arm = ["study_id", "arm_id"]
        foreign.append({"fields": arm, "reference": {"resource": "arms", "fields": arm}})
    return {
        "name": name,
        "path": f"{name}.csv",
        "type": "table",
        "title": str(TABLES[name].__doc__).splitlines()[0],
        "encoding": "utf-8",
        "schema": {
            "fields": fields,
            "primaryKey": list(KEYS[name]),
            "missingValues": [""],
            **({"foreignKeys": foreign} if foreign else {}),
        },
    }


def _field(column: pa.Column, vocabularies: dict[str, list[str]]) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if not column.nullable:
        constraints["required"] = True
    for check in column.checks:
        if check.name in _BOUNDS:
            bound = next(check.statistics[name] for name in _BOUND_VALUES if name in check.statistics)
            constraints[_BOUNDS[check.name]] = bound
        elif check.name == "str_matches":
            constraints["pattern"] = r"\S+"
    metadata = column.metadata or {}
    if "vocabulary" in metadata and not metadata["many"]:
        constraints["enum"] = vocabularies[metadata["vocabulary"]]
    return {
        "name": column.name,
        "type": "number" if _is_number(column) else "string",
        "description": column.description,
        **({"constraints": constraints} if constraints else {}),
    }


def _is_number(column: pa.Column) -> bool:
    return str(column.dtype).startswith("float")


def dictionary() -> str:
    """Return the dictionary of all tables as Markdown: every column, its type and its meaning."""
    parts = []
    for name, model in TABLES.items():
        schema = model.to_schema()
        parts += [f"### {name}.csv", "", str(model.__doc__), ""]
        parts += [f"Key: {', '.join(KEYS[name])}.", "", "| column | type | meaning |", "| --- | --- | --- |"]
        parts += [_dictionary_row(column) for column in schema.columns.values()]
        parts.append("")
    return "\n".join(parts)


def _dictionary_row(column: pa.Column) -> str:
    return f"| {column.name} | {column_kind(column)} | {column.description} |"


def column_kind(column: pa.Column) -> str:
    """Return what may stand in a column, in words: text, number, code or key, and whether it is required."""
    metadata = column.metadata or {}
    kind = "number" if _is_number(column) else "text"
    if "vocabulary" in metadata:
        kind = f"code ({metadata['vocabulary']})"
    elif "refers_to" in metadata:
        kind = f"key of {metadata['refers_to']}.csv"
    if metadata.get("many"):
        kind += f", several separated by `{LIST_SEPARATOR}`"
    if not column.nullable:
        kind += ", required"
    return kind
