"""Export the tables, the effects and the results for spreadsheets, statistics programs and RevMan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.arguments import option
from evidence.errors import InputError
from evidence.files import as_input_error, write_whole
from evidence.publish.exchange.cells import csv_text
from evidence.publish.exchange.long_table import COLUMNS, effects_long
from evidence.publish.exchange.results import SCHEMA_FILE, TITLE, results, results_text, schema_text
from evidence.publish.exchange.revman import LeftOut, RevMan, left_out_in_words, revman
from evidence.publish.exchange.ris import ris_text
from evidence.publish.exchange.workbook import workbook
from evidence.publish.figures import data_hash
from evidence.review import Review
from evidence.synthesis.answer import Answer
from evidence.synthesis.answer import answers as answer_all
from evidence.tables.references import csl_items
from evidence.tables.schema import TABLES

FORMATS = ("csv", "xlsx", "json", "ris", "revman")


@dataclass(frozen=True, slots=True)
class Export:
    """What an export wrote.

    Attributes
    ----------
    files : tuple of Path
    left_out : tuple of LeftOut
        Questions and studies that the RevMan files cannot state, each with its reason; empty where those
        were not asked for.
    """

    files: tuple[Path, ...]
    left_out: tuple[LeftOut, ...] = ()


def export_review(
    review: Review,
    folder: Path,
    *,
    formats: Sequence[str] = FORMATS,
    answers: Mapping[str, Answer] | None = None,
    certainty: Mapping[str, Mapping[str, Any]] | None = None,
    verdicts: Sequence[Mapping[str, Any]] | None = None,
) -> Export:
    """Write the review in the formats of other programs, each file whole or not at all.

    Everything is made before the first file is written: a failure leaves the older files as they were.

    Parameters
    ----------
    review : Review
    folder : Path
        Where the files go; made if missing.
    formats : sequence of str
        Any of "csv" (effects_long.csv: every effect size), "xlsx" (evidence.xlsx: all tables and the
        effects), "json" (results.json with its schema), "ris" (references.ris) and "revman" (data rows and
        settings of the contrasts).
    answers : mapping of str to Answer, optional
        Answers by question id; by default every question is answered by its primary model.
    certainty, verdicts : optional
        For results.json; see `evidence.publish.exchange.results.results`.

    Returns
    -------
    Export

    Raises
    ------
    OptionError
        If a format does not exist.
    InputError
        If no format is named, or the folder cannot be written to.
    """
    kinds = asked_formats(formats)
    if answers is None:
        answers = answer_all(review) if set(kinds) != {"ris"} else {}
    stated = revman(review, answers) if {"xlsx", "revman"} & set(kinds) else None
    contents: dict[str, str | bytes] = {}
    if "csv" in kinds:
        contents["effects_long.csv"] = csv_text(effects_long(review, answers))
    if "xlsx" in kinds:
        contents["evidence.xlsx"] = _workbook(review, answers, stated)
    if "json" in kinds:
        document = results(review, answers, data_hash(review), certainty=certainty, verdicts=verdicts)
        contents |= {"results.json": results_text(document), SCHEMA_FILE: schema_text()}
    if "ris" in kinds:
        contents["references.ris"] = ris_text(csl_items(review))
    if "revman" in kinds:
        contents["revman_data_rows.csv"] = csv_text(stated.data_rows)
        contents["revman_settings.csv"] = csv_text(stated.settings)
    _write(folder, contents)
    left_out = stated.left_out if "revman" in kinds else ()
    return Export(tuple(folder / name for name in contents), left_out)


def asked_formats(formats: Sequence[str]) -> list[str]:
    """Return the formats asked for, once it is clear that they exist.

    Raises
    ------
    OptionError
        If a format does not exist.
    InputError
        If none is named.
    """
    kinds = [option("format", kind, FORMATS) for kind in formats]
    if not kinds:
        raise InputError(f"Name at least one format of {', '.join(FORMATS)}.")
    return kinds


def _write(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    with as_input_error(f"The folder {folder} cannot be written to"):
        for name, content in contents.items():
            write_whole(folder / name, content)


def _workbook(review: Review, answers: Mapping[str, Answer], stated: RevMan) -> bytes:
    about = [
        "Not medical advice. Built from what is public about each trial, mostly abstracts.",
        "Sheet effects: one row a question, study and arm, with its effect size or the reason why there is"
        " none. The other sheets are the tables of the review, as data/README.md describes them.",
        "A blank cell was not reported. Text is text: no cell is a formula. Tables and figures: CC BY 4.0.",
        f"SHA-256 of the tables: {data_hash(review)}",
        f"The RevMan files state {len(stated.data_rows)} rows in {len(stated.settings)} analyses."
        f" {left_out_in_words(stated.left_out)}",
        "Columns of the sheet effects:",
        *(f"{name}: {meaning}" for name, meaning in COLUMNS.items()),
    ]
    sheets = {"effects": effects_long(review, answers)}
    return workbook(TITLE, about, sheets | {name: getattr(review, name) for name in TABLES})
