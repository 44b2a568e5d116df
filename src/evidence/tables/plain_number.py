"""Which cell is a plain number, and what to say of one that is not."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")
_LARGEST = 1e12


def is_plain(cell: str) -> bool:
    """Say whether a cell is a plain decimal number of a size that anything is counted or measured in.

    Examples
    --------
    >>> [is_plain(cell) for cell in ("-1.5", "1e3", "1,5", "55%", "nan")]
    [True, True, False, False, False]
    """
    return bool(_PLAIN.fullmatch(cell)) and abs(float(cell)) < _LARGEST


def not_plain(cell: str) -> str:
    """Say what would be right in place of a cell that is not a plain number.

    Examples
    --------
    >>> not_plain("16,39")
    'write a decimal point, not a comma: 16.39.'
    """
    if re.fullmatch(r"[-+]?\d+,\d+", cell):
        return f"write a decimal point, not a comma: {cell.replace(',', '.')}."
    return "a plain number belongs here (no text, sign or unit); leave it blank if it was not reported."
