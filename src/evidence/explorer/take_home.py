"""What a reader may take home: the figure, the rows that were used, and the code."""

from __future__ import annotations

from evidence.explorer.compute import Result
from evidence.explorer.page import Download
from evidence.figures.figure import EvidenceFigure
from evidence.publish.exchange.cells import csv_text


def stem(result: Result) -> str:
    """Return the name that the files of a question share.

    Examples
    --------
    >>> import evidence as ev
    >>> from evidence.explorer.compute import Engine
    >>> from evidence.explorer.state import State
    >>> stem(Engine(ev.load())(State("Q1e.response")))
    'explored_Q1e_response'
    """
    return f"explored_{result.state.question.replace('.', '_')}"


def figure_files(result: Result, figure: EvidenceFigure) -> list[Download]:
    """Return the figure in outlines and in dots, which take longer than all the rest of the page."""
    return [
        Download(f"{stem(result)}.{kind}", f"Save the {kind.upper()}", media_type, figure.to_bytes(kind))
        for kind, media_type in (("svg", "image/svg+xml"), ("png", "image/png"))
    ]


def rows_file(result: Result) -> Download:
    """Return the rows that were found, those left out with their reason."""
    content = csv_text(result.answer.effects.table).encode("utf-8")
    return Download(f"{stem(result)}.csv", "Rows as CSV", "text/csv", content)


def code_file(result: Result, code: str) -> Download:
    """Return the code as a file."""
    return Download(f"{stem(result)}.py", "Python code", "text/x-python", code.encode("utf-8"))
