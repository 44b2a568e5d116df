"""The command `evidence next`: which study to write to, and for which number."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from evidence.console import DataFolder, bars, leaving, load_or_leave, out, write
from evidence.errors import InputError
from evidence.tables.formula_guard import guarded

if TYPE_CHECKING:
    from evidence.certainty.what_next import WhatNext

next_commands = typer.Typer()
_WIDTH = 110


@next_commands.command("next")
def next_command(
    question: Annotated[str | None, typer.Argument(help="A question; all by default.")] = None,
    claim: Annotated[str | None, typer.Option(help="Only the questions of this claim.")] = None,
    top: Annotated[int, typer.Option(help="How many to print.")] = 10,
    by: Annotated[str, typer.Option(help="Rank by narrowing or by verdict.")] = "narrowing",
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Also studies that may not have measured the outcome.")
    ] = False,
    draws: Annotated[int, typer.Option(help="Simulated effects a study.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 1,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write every row as CSV here.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every row as JSON here.")] = None,
    data: DataFolder = None,
) -> None:
    """Say which missing number would help an answer most, what it is, and where it may be found.

    Effects are simulated from what is known of each study: nothing of them is data.
    Exit codes: 0 done, 1 problems in the data, 2 no such question or claim, an option that cannot be used, or
    a file that cannot be written.

    Example: evidence next Q1b --top 5 --csv ask.csv
    """
    from evidence.certainty.what_next import what_next

    review = load_or_leave(data)
    with leaving():
        if top < 1:
            raise InputError(f"--top {top} must be 1 or more.")
        with bars() as shown:
            task = shown.add_task("Simulating", total=None)
            found = what_next(
                review,
                question,
                claim=claim,
                by=by,
                unknown=unknown,
                draws=draws,
                seed=seed,
                progress=lambda done, total: shown.update(task, completed=done, total=total),
            )
        _print(found, top)
        if csv_file is not None:
            write(csv_file, as_csv(found))
        if json_file is not None:
            write(json_file, json.dumps(found.to_dict(), indent=1, ensure_ascii=False) + "\n")


def as_csv(found: WhatNext) -> str:
    """Return every row as CSV; text that a spreadsheet would run as a formula is marked."""
    table = found.summary()
    for name in table.columns:
        table[name] = [guarded(cell) if isinstance(cell, str) else cell for cell in table[name]]
    return table.to_csv(index=False, lineterminator="\n", float_format="%.6g")


def _print(found: WhatNext, top: int) -> None:
    rows = found.summary().head(top).to_dict("records")
    if not rows:
        out.print("No study lacks a number that could be had.", markup=False)
    for row in rows:
        for i, line in enumerate(_lines(row)):
            out.print(line, markup=False, style="bold" if i == 0 else None)
    left = len(found.table) - len(rows)
    if left:
        out.print(
            f"\nand {left} more; --top {len(found.table)} prints them, --csv FILE writes them.", markup=False
        )
    for note in found.notes:
        if len(found.questions) == 1:
            out.print(note, markup=False)
    out.print("\nSimulated from what is known of each study, not found.", markup=False)


def _lines(row: dict[str, Any]) -> list[str]:
    """Return a study and question in a few lines, the name first."""
    said = [f"{row['rank']}. {row['study']}, for {row['question_id']} {row['question']}"]
    said += _wrapped("missing", row["missing"])
    if row["known"]:
        said += _wrapped("known", row["known"])
    said += _wrapped("where", row["where"])
    return said + _wrapped("worth", worth(row))


def worth(row: dict[str, Any]) -> str:
    """Say what a number would do, in words.

    Examples
    --------
    >>> worth({"allows": "first number for this question"})
    'first number for this question'
    """
    if row["allows"]:
        return str(row["allows"])
    low, high = row["narrowing_low"], row["narrowing_high"]
    said = [f"interval {_change(row['narrowing'])} ({low:.0f} to {high:.0f} % in nine of ten draws)"]
    if not np.isnan(row["p_reading"]):
        said.append(f"moves to another side of no effect in {100 * row['p_reading']:.0f} %")
    if not np.isnan(row["p_verdict"]):
        said.append(f"changes the verdict on the question in {100 * row['p_verdict']:.0f} %")
    if row["p_claim"] > 0:
        said.append(f"on the claim in {100 * row['p_claim']:.0f} %")
    basis = f"{row['basis']} ({row['assumption']})" if row["assumption"] else row["basis"]
    return f"{', '.join(said)}; from {basis}"


def _change(percent: float) -> str:
    return f"{percent:.0f} % narrower" if percent >= 0 else f"{-percent:.0f} % wider"


def _wrapped(name: str, text: str) -> list[str]:
    lines = textwrap.wrap(text, _WIDTH - 12, break_long_words=False, break_on_hyphens=False)
    return [f"   {name if i == 0 else '':<9}{line}" for i, line in enumerate(lines)]
