"""The command `python -m simulations`: run the study, here or on a cluster, and store what it found."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import simulations
from evidence.arguments import option
from evidence.console import leaving, out, short
from evidence.errors import InputError
from simulations.means import simulate_means
from simulations.rare_groups import simulate_rare_groups
from simulations.results import FOLDER, kept_in, store, table
from simulations.runner import run
from simulations.scenarios import GRIDS, scenarios
from simulations.shares import simulate_shares

DRAWS = 10_000
WORKS = {"shares": simulate_shares, "rare_groups": simulate_rare_groups}  # of means, all other designs


def simulate(
    designs: Annotated[list[str] | None, typer.Argument(help="Designs to simulate; all by default.")] = None,
    draws: Annotated[int, typer.Option(min=2, help="Meta-analyses of a scenario.")] = DRAWS,
    jobs: Annotated[int, typer.Option(min=1, help="Worker processes on this machine.")] = 2,
    cluster: Annotated[str | None, typer.Option(help="Address of a dask scheduler to use instead.")] = None,
    to: Annotated[Path, typer.Option(help="Folder the results go to.")] = FOLDER,
    kept: Annotated[Path, typer.Option(help="Folder of unfinished work.")] = Path("results/simulations"),
) -> None:
    """Draw meta-analyses with known answers, and store how often intervals hold them.

    The numbers are the same on one process, on many and on a cluster. A run that was stopped goes on where it
    was.
    """
    with leaving():
        wanted = [option("design", each, GRIDS) for each in designs or GRIDS]
        folder = kept / kept_in(draws)
        with ExitStack() as stack:
            if cluster:
                stack.enter_context(connected(cluster))
            tables = {}
            for design in wanted:
                work = partial(WORKS.get(design, simulate_means), draws=draws)
                worlds = scenarios(design)
                found = run(
                    worlds, work, folder, jobs=jobs, on_cluster=bool(cluster), done=partial(_say, design)
                )
                tables[design] = table(worlds, found)
        for path in store(tables, draws, to):
            out.print(f"Written: {short(path)}", markup=False)
        shutil.rmtree(folder)


def _say(design: str, done: int, total: int) -> None:
    if done % 50 == 0 or done == total:
        out.print(f"{design}: {done} of {total}", markup=False)


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Connect to a dask scheduler whose workers have the package, and send them this folder.

    Raises
    ------
    InputError
        If nobody answers at the address.
    """
    from distributed import Client

    try:
        client = Client(address)
    except (OSError, ValueError) as error:
        raise InputError(f"No dask scheduler answers at {address}: {error}.") from error
    with client, tempfile.TemporaryDirectory() as folder:
        sent = Path(folder) / f"{simulations.__name__}.zip"
        with zipfile.ZipFile(sent, "w") as archive:
            for path in Path(simulations.__file__).parent.glob("*.py"):
                archive.write(path, f"{simulations.__name__}/{path.name}")
        client.upload_file(str(sent))
        yield


if __name__ == "__main__":
    typer.run(simulate)
