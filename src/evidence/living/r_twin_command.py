"""The command `evidence r-twin`: the same analyses as R scripts, and how far R agrees."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from evidence.arguments import option
from evidence.console import FAILED, DataFolder, leaving, load_or_leave, out, short
from evidence.errors import InputError
from evidence.files import write_whole

NETWORK = "network"
r_twin_commands = typer.Typer()


@r_twin_commands.command("r-twin")
def r_twin_command(
    questions: Annotated[
        list[str] | None, typer.Argument(help="Ids of questions, or network; all by default.")
    ] = None,
    to: Annotated[Path, typer.Option(help="Folder the scripts go to.")] = Path("results/r_twin"),
    run: Annotated[bool, typer.Option("--run", help="Run them in R, and print how far R agrees.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Keep how far R agrees as CSV, too; with --run.")] = None,
    data: DataFolder = None,
) -> None:
    """Write one readable R script a question that repeats its primary estimate from the effect sizes.

    Each script runs alone (`Rscript Q1b.R` in its folder) and needs metafor at most.
    Exit codes: 0 done, 1 problems in the data, 2 no such question, nothing pooled, no R with metafor, or R
    does not agree.

    Example: evidence r-twin Q1b Q4a --run
    """
    from evidence.publish.exchange.cells import csv_text
    from evidence.publish.r_twin.r_twin import r_twin
    from evidence.synthesis.answer import answer, answers
    from evidence.synthesis.network_answer import network_answer

    review = load_or_leave(data)
    with leaving():
        if csv is not None and not run:
            raise InputError("--csv keeps what R found; ask for it together with --run.")
        wanted = list(dict.fromkeys(questions or []))
        known = [*(each.id for each in review.all_questions()), NETWORK]
        for each in wanted:
            option("question", each, known)
        found = [answer(review, each) for each in wanted if each != NETWORK]
        found += [] if wanted else answers(review).values()
        found += [network_answer(review)] if NETWORK in wanted or not wanted else []
        made = r_twin(*found)
        if wanted and made.without:
            raise InputError(" ".join(made.without))
        for path in made.write(to):
            out.print(f"Written: {short(path)}", markup=False)
        if run:
            table = made.agreement()
            if csv is not None:
                write_whole(csv, csv_text(table))
            _print(table)


def _print(table: pd.DataFrame) -> None:
    """Print the worst agreement of every question; leave with exit code 2 if one is not good enough."""
    worst = table.loc[table.groupby("question", sort=False)["difference"].idxmax()]
    for row in worst.itertuples():
        count = (table["question"] == row.question).sum()
        verdict = "agrees" if table.loc[table["question"] == row.question, "agrees"].all() else "DIFFERS"
        numbers = f"worst of {count} numbers {row.quantity}: {row.here:.10g} here, {row.in_r:.10g} in R"
        limit = f"difference {row.difference:.1e}, at most {row.tolerance:.0e}: {row.limited_by}"
        out.print(f"{row.question}: {verdict}; {numbers} ({limit})", markup=False)
    if not table["agrees"].all():
        raise typer.Exit(FAILED)
    out.print(f"R agrees in all {len(table)} numbers of {table['question'].nunique()} scripts.", markup=False)
