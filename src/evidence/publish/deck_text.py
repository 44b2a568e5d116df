"""Text for slides: cleaned, measured, and shortened so that it still says something whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.certainty.verdict_result import Verdict
from evidence.figures.text import wrapped

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BRACKETS = re.compile(r" \([^()]*\)")


def clean(text: object) -> str:
    """Return text on one line, without what a slide's XML cannot hold.

    Examples
    --------
    >>> clean("a\\x00 b\\ufffe\\n c")
    'a b c'
    """
    return " ".join(_NOT_XML.sub("", str(text)).split())


def clean_lines(text: object) -> str:
    """Return text of several lines without what a slide's XML cannot hold.

    Examples
    --------
    >>> clean_lines("a\\x0b\\n\\n b")
    'a\\n\\nb'
    """
    return "\n".join(clean(line) for line in str(text).split("\n"))


def lines_of(text: str, width: float, size: float, *, bold: bool = False) -> int:
    """Return how many lines text takes in `width` inches at `size` points, measured in DejaVu Sans.

    Hardly any font of slides is wider.
    """
    return len(wrapped(text, width, size, bold=bold))


def cut(text: str, width: float, size: float, *, lines: int = 1) -> str:
    """Cut text to so many lines of `width` inches, with an ellipsis where something is lost."""
    return " ".join(wrapped(clean(text), width, size, lines=lines))


def headline(verdict: Verdict, short: str, width: float, size: float, *, lines: int = 2) -> str:
    """Return the finding in a few lines: the wording of a verdict, or as much of it as is a whole.

    The clause before the numbers stands for all of it, with its brackets, since they say what a word means.
    Where even that is too long, the verdict is put before the claim, and before the claim in short.

    Parameters
    ----------
    verdict : Verdict
    short : str
        The claim in a few words.
    width, size : float
        Inches and points.
    lines : int
        Most lines allowed.

    Returns
    -------
    str
    """
    for text in _wordings(verdict, short):
        if lines_of(text, width, size, bold=True) <= lines:
            return text
    return " ".join(wrapped(clean(verdict.verdict_label), width, size, bold=True, lines=lines))


def _wordings(verdict: Verdict, short: str) -> Iterator[str]:
    whole = _BRACKETS.sub(_kept, clean(verdict.wording))
    first = re.split(r": |\. ", whole)[0].rstrip(".")
    yield first
    yield clean(f"{verdict.verdict_label}: “{verdict.text.rstrip('.')}”")
    yield clean(f"{verdict.verdict_label}: {short}")


def _kept(bracket: re.Match[str]) -> str:
    """Take out a bracket that only repeats the certainty, which a slide shows beside its headline."""
    return "" if bracket[0].startswith(" (certainty") else bracket[0]
