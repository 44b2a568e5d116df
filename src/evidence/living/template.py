"""The template for a study: one CSV file, one row a number, and beside it what belongs into its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from evidence.errors import InputError
from evidence.files import as_input_error, write_whole
from evidence.living.draft import HIDDEN, NOUNS, STUDY_TABLES
from evidence.tables.load import Tables
from evidence.tables.package import column_kind
from evidence.tables.pandas_only import pa
from evidence.tables.schema import TABLES

_HOW = """\
# How to fill in {name}

One row a number. The columns of the study (`studies.`) and of the arm (`arms.`) need be filled in only in
the first row of that study or arm; blank means: the same as above. A row with `outcomes.` cells is a number
of its arm, a row with `contrasts.` cells a comparison that the source prints; one row may be both, or only an
arm. Several studies may follow each other.

- Type numbers as printed. Leave blank what the source does not print; never compute, round or guess.
- `outcomes.result_id` and `contrasts.contrast_id` may stay blank; they are then numbered.
- Columns without the word *required* may stay blank, or be deleted.
- Lists inside a cell are separated by `; `. Numbers have a decimal point.
- Save as 'CSV UTF-8 (comma separated)', then: `evidence add {name}`
"""


def template_columns() -> list[str]:
    """Return the columns of the template, `table.column`, those required first in each table."""
    return [
        f"{table}.{column.name}"
        for table in STUDY_TABLES
        for wanted in (True, False)
        for column in schema_columns(table).values()
        if must_fill(table, column) == wanted
    ]


def schema_columns(table: str) -> dict[str, pa.Column]:
    """Return the columns of a table that the template has, by name."""
    columns = TABLES[table].to_schema().columns
    return {name: column for name, column in columns.items() if (table, name) not in HIDDEN}


def must_fill(table: str, column: pa.Column) -> bool:
    """Say whether somebody has to fill in a column; keys of numbers and comparisons number themselves."""
    return not column.nullable and (table, column.name) not in {
        ("outcomes", "result_id"),
        ("contrasts", "contrast_id"),
    }


def optional_columns() -> frozenset[str]:
    """Return the columns that a filled template may lack."""
    required = {
        f"{table}.{name}"
        for table in STUDY_TABLES
        for name, column in schema_columns(table).items()
        if must_fill(table, column)
    }
    # A template for arms without numbers, or without comparisons, needs no column for them.
    return frozenset(
        name for name in template_columns() if name not in required or name.startswith(STUDY_TABLES[2:])
    )


def template_text(rows: Sequence[Mapping[str, str]] = ()) -> str:
    """Return the template as CSV text, with rows filled in beforehand if there are any.

    Parameters
    ----------
    rows : sequence of mapping
        Cells by `table.column`.

    Examples
    --------
    >>> template_text().split(",")[:3]
    ['studies.study_id', 'studies.label', 'studies.author_certainty']
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, template_columns(), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def help_text(tables: Tables, name: str) -> str:
    """Return what belongs into the columns of a template, as Markdown with every allowed code."""
    parts = [_HOW.format(name=name)]
    used: dict[str, None] = {}
    for table in STUDY_TABLES:
        parts += [f"## The {NOUNS[table]}: {table}", "", "| column | kind | meaning |", "| --- | --- | --- |"]
        columns = schema_columns(table).values()
        for column in sorted(columns, key=lambda column: not must_fill(table, column)):
            kind = column_kind(column).removesuffix(", required")
            kind += ", **required**" if must_fill(table, column) else ""
            parts.append(f"| {table}.{column.name} | {kind} | {column.description} |")
            if "vocabulary" in (column.metadata or {}):
                used[column.metadata["vocabulary"]] = None
        parts.append("")
    parts += ["## Codes", ""]
    for vocabulary in used:
        parts += [f"### {vocabulary}", "", *_codes(tables.codes, vocabulary), ""]
    return "\n".join(parts)


def _codes(codes: pd.DataFrame, vocabulary: str) -> list[str]:
    rows = codes.loc[codes["vocabulary"] == vocabulary].fillna("")
    return [
        f"- `{row.code}`: {row.label}" + (f" ({row.meaning})" if row.meaning else "")
        for row in rows.itertuples()
    ]


def help_path(path: Path) -> Path:
    """Return where the help of a template lies.

    Examples
    --------
    >>> help_path(Path("new/trial.csv")).name
    'trial.help.md'
    """
    return path.with_name(f"{path.stem}.help.md")


def write_template(tables: Tables, path: Path, rows: Sequence[Mapping[str, str]] = ()) -> list[Path]:
    """Write a template and its help; nothing that is there already is overwritten.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If the file does not end in .csv, exists already, or cannot be written.
    """
    if path.suffix.lower() != ".csv":
        raise InputError(f"A template is a CSV file, such as {path.stem or 'trial'}.csv; {path} must end so.")
    beside = help_path(path)
    if path.exists():
        raise InputError(f"{path} exists already and may be filled in; name a new file.")
    with as_input_error(f"{path} cannot be written"):
        write_whole(beside, help_text(tables, path.name))
        write_whole(path, template_text(rows))
    return [path, beside]
