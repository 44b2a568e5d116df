"""Keep a spreadsheet from running a cell of text as a formula."""

from __future__ import annotations

# What OWASP's page on CSV injection names: the signs, their full-width twins, and control characters.
_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_MARK = "'"


def guarded(text: str) -> str:
    """Return a text with an apostrophe before it where a spreadsheet would run it.

    Only text is to be handed in: a negative number is a number and stays as it is.

    Examples
    --------
    >>> [guarded(text) for text in ("=1+1", "Alam 2014", "-")]
    ["'=1+1", 'Alam 2014', "'-"]
    """
    return _MARK + text if text.startswith(_STARTS) else text


def unguarded(text: str) -> str:
    """Return a text without the apostrophe that `guarded` put before it.

    Examples
    --------
    >>> [unguarded(text) for text in ("'=1+1", "'tis", "Alam 2014")]
    ['=1+1', "'tis", 'Alam 2014']
    """
    return text[1:] if text.startswith(_MARK) and text[1:].startswith(_STARTS) else text
