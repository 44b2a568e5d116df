"""`Table`: a data frame shown as a table that a screen reader can walk through."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import MOST_DIGITS, whole_number
from evidence.errors import InputError


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A data frame with a caption, headed rows and columns, and rounded numbers.

    Parameters
    ----------
    frame : DataFrame
        The first column names the rows; a named index becomes the first column.
    caption : str
        What the table holds.
    digits : int
        Decimals of numbers that are not whole.
    missing : str
        What stands in a cell without a value.

    Raises
    ------
    InputError
        If `frame` is not a data frame or `digits` is negative.

    Examples
    --------
    >>> Table(pd.DataFrame({"study": ["A", "B"], "yi": [0.123, None]}), caption="Two studies")
    Two studies
    study   yi
        A 0.12
        B
    """

    frame: pd.DataFrame
    caption: str = ""
    digits: int = 2
    missing: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.frame, pd.DataFrame):
            raise InputError(f"frame must be a pandas DataFrame, not {type(self.frame).__name__}.")
        whole_number("digits", self.digits, 0, MOST_DIGITS)
        named = any(name is not None for name in self.frame.index.names)
        object.__setattr__(self, "frame", self.frame.reset_index(drop=not named))

    def __repr__(self) -> str:
        cells = self._cells()
        if cells.empty:
            body = f"no rows; columns: {', '.join(cells.columns)}"
        else:
            body = "\n".join(line.rstrip() for line in cells.to_string(index=False).splitlines())
        return f"{self.caption}\n{body}" if self.caption else body

    def _repr_html_(self) -> str:
        cells = self._cells()
        right = [_is_number(kind) for kind in self.frame.dtypes]
        align = ["right" if each else "left" for each in right]
        head = "".join(
            f'<th scope="col" style="text-align:{side}">{html.escape(name)}</th>'
            for name, side in zip(cells.columns, align, strict=True)
        )
        rows = "".join(
            f"<tr>{self._row(row, align)}</tr>" for row in cells.itertuples(index=False, name=None)
        )
        caption = (
            f'<caption style="text-align:left">{html.escape(self.caption)}</caption>' if self.caption else ""
        )
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _row(self, row: tuple[str, ...], align: list[str]) -> str:
        first, *others = row
        head = f'<th scope="row" style="text-align:{align[0]}">{html.escape(first)}</th>'
        pairs = zip(others, align[1:], strict=True)
        return head + "".join(
            f'<td style="text-align:{side}">{html.escape(cell)}</td>' for cell, side in pairs
        )

    def _cells(self) -> pd.DataFrame:
        """Every cell and heading as the text that is shown."""
        columns = [self.frame.iloc[:, i] for i in range(self.frame.shape[1])]
        texts = {i: [self._text(value) for value in column] for i, column in enumerate(columns)}
        cells = pd.DataFrame(texts, dtype=object)
        cells.columns = [_heading(name) for name in self.frame.columns]
        return cells

    def _text(self, value: Any) -> str:
        if isinstance(value, (bool, np.bool_)):
            return "yes" if value else "no"
        if pd.api.types.is_scalar(value) and pd.isna(value):
            return self.missing
        if isinstance(value, (float, np.floating)):
            text = f"{value:.{self.digits}f}"
            return text.removeprefix("-") if float(text) == 0 else text
        return str(value)


def _is_number(kind: Any) -> bool:
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def _heading(name: Any) -> str:
    parts = name if isinstance(name, tuple) else (name,)
    return " ".join(str(part) for part in parts if str(part))
