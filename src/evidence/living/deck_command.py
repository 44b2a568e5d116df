"""The command `evidence deck`: slides on the review, and their PDF."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evidence.console import DataFolder, bars, leaving, load_or_leave, out, short

deck_commands = typer.Typer()


@deck_commands.command("deck")
def deck_command(
    claims: Annotated[
        str | None, typer.Option(help="Claims that get a slide, such as C1,C4; all by default.")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="A .pptx or .potx (16:9) whose layouts are used.")
    ] = None,
    to: Annotated[Path, typer.Option(help="File the slides go to.")] = Path("deck.pptx"),
    pdf: Annotated[bool, typer.Option("--pdf", help="Make a PDF too; needs LibreOffice.")] = False,
    data: DataFolder = None,
) -> None:
    """Make slides: the verdicts, a slide a claim with notes, the summary of findings, two lessons.

    Text and tables can be edited. What a slide leaves out stands in its notes, references among it.
    Exit codes: 0 done, 1 problems in the data, 2 no such claim, a template that lacks a layout, no
    LibreOffice for the PDF, or a file that cannot be written; files are replaced only when whole.

    Example: evidence deck --claims C1,C4 --template department.potx --to talk.pptx --pdf
    """
    from evidence.publish.deck import write_deck

    review = load_or_leave(data)
    wanted = None if claims is None else [key.strip() for key in claims.split(",") if key.strip()]
    with leaving(), bars() as shown:
        task = shown.add_task("Answering the questions", total=None)

        def progress(done: int, total: int) -> None:
            shown.update(task, description="Making slides", completed=done, total=total)

        written = write_deck(review, to, claims=wanted, template=template, pdf=pdf, progress=progress)
    for path in written:
        out.print(f"Written: {short(path)}", markup=False)
