"""Replace the generated part of a document that people write the rest of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from evidence.errors import InputError


def replace_block(path: Path, name: str, content: str) -> str:
    """Return a Markdown document with the block between its two marks replaced.

    The marks are `<!-- generated: NAME -->` and `<!-- end: NAME -->`, each on a line of its own.

    Parameters
    ----------
    path : Path
    name : str
        Name in the marks.
    content : str
        What should stand between them.

    Raises
    ------
    InputError
        If the document lacks the marks.
    """
    return replace_in(path.read_text(encoding="utf-8"), name, content, path)


def replace_in(text: str, name: str, content: str, path: Path) -> str:
    """Return the text of a document with one block replaced; `path` is named if it lacks the marks.

    Raises
    ------
    InputError
        If the document lacks the marks.
    """
    pattern = rf"(<!-- generated: {re.escape(name)} -->\n).*?(<!-- end: {re.escape(name)} -->)"
    if not re.search(pattern, text, flags=re.DOTALL):
        raise InputError(f"{path} has no block marked <!-- generated: {name} --> ... <!-- end: {name} -->.")
    return re.sub(pattern, lambda found: f"{found[1]}{content.rstrip()}\n{found[2]}", text, flags=re.DOTALL)


def markdown_table(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a Markdown table; a bar in a cell does not end it.

    Examples
    --------
    >>> print(markdown_table(["k", "why"], [(7, "a|b")]), end="")
    | k | why |
    | --- | --- |
    | 7 | a&#124;b |
    """
    lines = [[str(cell) for cell in row] for row in (heading, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)
