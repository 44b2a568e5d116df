"""The command `evidence site`: the review as pages to read without Python."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.console import DataFolder, bars, leaving, load_or_leave, out, short, steps_of

site_commands = typer.Typer()


@site_commands.command("site")
def site_command(
    to: Annotated[Path, typer.Option(help="Folder the pages go to; new, empty, or an earlier site.")] = Path(
        "site"
    ),
    data: DataFolder = None,
) -> None:
    """Write the review as a folder of web pages that open from disk and need no network.

    A page a claim and a study, the table of trials, all figures, the notebooks as they are stored.
    Exit codes: 0 done, 1 problems in the data, 2 a folder that holds other things or cannot be written to.

    Example: evidence site --to public
    """
    from evidence.publish.site.build import build_site

    review = load_or_leave(data)
    with leaving(), bars() as shown:
        front = build_site(review, review.folder.parent, to, progress=steps_of(shown))
    out.print(f"Written: {short(front)}. Open it in a browser.", markup=False)
