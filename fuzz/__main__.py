"""The command `python -m fuzz`: judge the inputs of every target, and store what they came to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.arguments import option
from evidence.console import leaving, out, short
from fuzz import commands, effect_sizes, networks, pooling, questions, tables, wrong_types
from fuzz.campaign import Tally, Target, run
from fuzz.results import RESULT, store

SEED = 20261126
ALONE = (tables.TARGET, questions.TARGET, effect_sizes.TARGET)
TARGETS = {
    each.name: each
    for each in (*ALONE, *pooling.TARGETS, networks.TARGET, wrong_types.TARGET, commands.TARGET)
}
SHOWN = 20


def fuzz(
    names: Annotated[list[str] | None, typer.Argument(help="Targets; all by default.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Inputs of a target at most.")] = None,
    seed: Annotated[int, typer.Option(help="Start of the random inputs.")] = SEED,
    to: Annotated[Path, typer.Option(help="Table that keeps the results.")] = RESULT,
) -> None:
    """Judge inputs nobody would type; each must end in a result or in a refusal that says why.

    Ctrl+C ends a target; what was counted until then is kept, and the next one begins.
    """
    with leaving():
        wanted = [TARGETS[option("target", each, TARGETS)] for each in names or TARGETS]
    found = False
    for target in wanted:
        many = target.many if most is None else min(most, target.many)
        out.print(f"{target.name}: {many:,} inputs, seed {seed}. {target.about}.", markup=False)
        tally = run(target, many, seed, told=lambda done: out.print(f"  {_line(done)}", markup=False))
        _show(target, tally)
        store(target, tally, seed, to)
        found = found or bool(tally.findings)
    out.print(f"Written: {short(to)}", markup=False)
    raise typer.Exit(1 if found else 0)


def _line(tally: Tally) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in tally.row().items())
    return f"{counts}, {tally.seconds:.0f} s"


def _show(target: Target, tally: Tally) -> None:
    for verdict, given in list(tally.findings.items())[:SHOWN]:
        out.print(f"  {target.name}: {verdict.what} at {verdict.where}\n    {given}", markup=False)


if __name__ == "__main__":
    typer.run(fuzz)
