"""The command `python -m fuzz`: judge the inputs of every target, and store what they came to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.arguments import option
from evidence.console import leaving, out, short
from fuzz.campaign import Tally, Target, run
from fuzz.judge import FINDING, Verdict
from fuzz.processes import shared_by
from fuzz.results import RESULT, store, unfinished
from fuzz.targets import TARGETS

SEED, MANY = 20261126, 100_000


def fuzz(
    names: Annotated[list[str] | None, typer.Argument(help="Targets; all by default.")] = None,
    most: Annotated[int, typer.Option(min=1, help="Inputs of a target.")] = MANY,
    workers: Annotated[int, typer.Option(min=1, help="Processes at once.")] = 1,
    seed: Annotated[int, typer.Option(help="Start of the random inputs.")] = SEED,
    again: Annotated[bool, typer.Option("--again", help="Begin anew what was stopped, too.")] = False,
    to: Annotated[Path, typer.Option(help="Table that keeps the results.")] = RESULT,
) -> None:
    """Judge inputs nobody would type; each must end in a result or in a refusal that says why.

    Counts are stored after every block of inputs. A target that was stopped goes on where it was; one that
    was finished begins anew. Ctrl+C ends a target, and the next one begins.
    """
    with leaving():
        wanted = [TARGETS[option("target", each, TARGETS)] for each in names or TARGETS]
    told = [_judged(target, most, workers, seed, again, to) for target in wanted]
    out.print(f"Written: {short(to)}", markup=False)
    raise typer.Exit(1 if any(tally.counts[FINDING] for tally in told) else 0)


def _judged(target: Target, most: int, workers: int, seed: int, again: bool, to: Path) -> Tally:
    """Judge the inputs of one target; what is found is printed with the block that found it."""
    before, since = (Tally(), None) if again else unfinished(target, most, seed, to)
    out.print(f"{target.name}: {most:,} inputs, seed {seed}. {target.about}.", markup=False)
    if before.blocks:
        out.print(f"  {_line(before)}, from before", markup=False)
    shown: set[Verdict] = set()

    def told(tally: Tally) -> None:
        for verdict in tally.findings.keys() - shown:
            given = tally.findings[verdict]
            out.print(f"  {target.name}: {verdict.what} at {verdict.where}\n    {given}", markup=False)
        shown.update(tally.findings)
        out.print(f"  {_line(tally)}", markup=False)
        store(target, tally, seed, to, since=since)

    return run(target, most, seed, before=before, blocks=shared_by(workers), told=told)


def _line(tally: Tally) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in tally.row().items())
    return f"{counts}, {tally.seconds:.0f} s"


if __name__ == "__main__":
    typer.run(fuzz)
