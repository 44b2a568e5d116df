"""What every result of a synthesis can do: be tabulated, serialised and shown."""

from __future__ import annotations

import dataclasses
import html
from typing import Any

import numpy as np
import pandas as pd


def plain(value: Any) -> Any:
    """Turn arrays, tables and NaN into what JSON can hold.

    Examples
    --------
    >>> plain({"x": np.array([1.0, np.nan])})
    {'x': [1.0, None]}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, pd.DataFrame):
        return plain(value.to_dict("records"))
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


class Result:
    """Mixin of the frozen result dataclasses; they give `summary` and `method_text`."""

    __slots__ = ()

    def summary(self) -> pd.DataFrame:
        """Return the result as one tidy table."""
        raise NotImplementedError

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return every field in types that JSON can hold (NaN becomes None)."""
        return plain(self)

    def _repr_html_(self) -> str:
        table = self.summary().round(4).to_html(index=False, border=0, escape=True)
        return f"{table}<p>{html.escape(self.method_text())}</p>"
