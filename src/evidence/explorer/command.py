"""The command `evidence explore`: the exploration in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from evidence.console import DataFolder, leaving, load_or_leave, out
from evidence.explorer.state import State, checked

explore_commands = typer.Typer()


@explore_commands.command("explore")
def explore_command(
    question: Annotated[
        str | None, typer.Argument(help="Question to start with; the first pooled one by default.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port [default: a free one].")] = None,
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
    data: DataFolder = None,
) -> None:
    """Change the choices of an analysis by hand, in a browser on this machine, and see what they do.

    The page can be had from this machine only (127.0.0.1) and asks nothing of any other. Its address carries
    the choices. Ctrl+C ends it.
    Exit codes: 0 ended, 1 problems in the data, 2 no such question, a port that cannot be used, or what it
    needs is not installed.

    Example: evidence explore Q1e --no-browser --port 8866
    """
    from evidence.explorer.server import serve

    review = load_or_leave(data)
    with leaving():
        if question is not None:
            checked(review, State(question))
        serve(
            review.folder,
            question=question,
            port=port,
            browser=browser,
            ready=lambda address: out.print(f"Explore at {address} (Ctrl+C ends it)", markup=False),
        )
