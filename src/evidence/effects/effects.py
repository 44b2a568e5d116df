"""`Effects`: one row a study with its estimate, its variance and how both were had."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray, instance
from evidence.errors import InputError

COLUMNS = (
    "study_id",
    "label",
    "yi",
    "vi",
    "measure",
    "n",
    "design",
    "route",
    "assumption",
    "caution",
    "included",
    "reason",
)


@dataclass(frozen=True, slots=True)
class Effects:
    """The effect sizes of one question, those that enter a synthesis and those that cannot.

    Parameters
    ----------
    table : DataFrame
        One row a study (or arm, or comparison). `yi` and `vi` are the estimate and its sampling
        variance; other columns of `COLUMNS` are filled in as blanks where absent. A row with
        `included` False stays in the table, with its `reason`.
    measure : str
        Code of the effect measure, as `ev.escalc` knows it.
    scale : str
        "identity", "log", "logit" or "arcsine": the scale `yi` stands on.
    title : str
        The question in words.
    favours : tuple of str
        What a value below and a value above no effect means, for the axis of a forest plot.

    Raises
    ------
    InputError
        If `yi` or `vi` is missing, a column stands twice, or an included row has no number or a variance of
        zero or less.

    Examples
    --------
    >>> effects = Effects(pd.DataFrame({"label": ["A", "B"], "yi": [0.2, 0.4], "vi": [0.1, 0.2]}))
    >>> effects.k, effects.yi
    (2, array([0.2, 0.4]))
    """

    table: pd.DataFrame
    measure: str = "GEN"
    scale: str = "identity"
    title: str = ""
    favours: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        instance("The table of effects", self.table, pd.DataFrame, "a DataFrame")
        missing = {"yi", "vi"} - set(self.table.columns)
        if missing:
            raise InputError(f"The table of effects has no column {' and '.join(sorted(missing))}.")
        twice = self.table.columns[self.table.columns.duplicated()]
        if len(twice):
            raise InputError(f"The table of effects has more than one column {twice[0]!r}.")
        object.__setattr__(self, "table", self._completed(self.table))
        yi, vi, included = (self.table[name].to_numpy() for name in ("yi", "vi", "included"))
        bad = included & ~(np.isfinite(yi) & (vi > 0))
        if bad.any():
            raise InputError(
                "Included studies need a finite yi and a positive vi; not so for:"
                f" {', '.join(self.table.loc[bad, 'label'])}."
            )

    def _completed(self, table: pd.DataFrame) -> pd.DataFrame:
        table = table.reset_index(drop=True)
        yi, vi = (table[name].astype(float).to_numpy() for name in ("yi", "vi"))
        numbered = [f"Study {i + 1}" for i in range(len(table))]
        defaults: dict[str, object] = {
            "study_id": table.get("label", numbered),
            "label": numbered,
            "measure": self.measure,
            "n": np.nan,
            "included": np.isfinite(yi) & np.isfinite(vi),
        }
        extra = [name for name in table.columns if name not in COLUMNS]
        columns = {name: table.get(name, defaults.get(name, "")) for name in (*COLUMNS, *extra)}
        columns |= {"yi": yi, "vi": vi, "included": columns["included"].astype(bool)}
        return pd.DataFrame(columns, index=table.index)

    @property
    def included(self) -> pd.DataFrame:
        """Rows that enter a synthesis."""
        return self.table.loc[self.table["included"]]

    @property
    def excluded(self) -> pd.DataFrame:
        """Rows that do not, each with its reason."""
        return self.table.loc[~self.table["included"]]

    @property
    def yi(self) -> FloatArray:
        """Estimates of the included rows, shape (k,)."""
        return self._of_included("yi")

    @property
    def vi(self) -> FloatArray:
        """Sampling variances of the included rows, shape (k,)."""
        return self._of_included("vi")

    @property
    def k(self) -> int:
        """Number of included rows."""
        return int(self.table["included"].sum())

    def _of_included(self, name: str) -> FloatArray:
        return self.table[name].to_numpy()[self.table["included"].to_numpy()]

    def _repr_html_(self) -> str:
        return self.table.round(4).to_html(index=False, border=0, escape=True)
