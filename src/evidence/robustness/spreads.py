"""SDs that other studies print of a scale, for a study that prints none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.arguments import FloatArray
from evidence.effects.rows import codes_of
from evidence.robustness.printed_cells import SEVERITY
from evidence.tables.load import Tables

FEWEST = 2
Value = Callable[[pd.DataFrame], pd.Series]
_DOUBTFUL = {"ambiguous_spread", "sd_maybe_se", "implausible", "implausible_for_scale"}


@dataclass(frozen=True, slots=True)
class Spreads:
    """Values of other studies, one a study, and of what they are."""

    printed: FloatArray
    of: str


class SpreadLibrary:
    """Means and SDs of every study, by scale and visit.

    Parameters
    ----------
    tables : Tables
    """

    def __init__(self, tables: Tables) -> None:
        rows = tables.outcomes
        usable = rows["subgroup"].isna() & rows["mean"].notna() & (rows["sd"] > 0)
        usable &= ~rows["caution"].map(lambda cell: bool(_DOUBTFUL & set(codes_of(cell))))
        studies = tables.studies
        fit = studies.loc[(studies["retracted"] == "no") & (studies["population"] == "facial_acne_scars")]
        usable &= rows["study_id"].isin(fit["study_id"]) & rows["value_kind"].isin(["baseline", "final"])
        columns = ["study_id", "outcome", "scale_name", "value_kind", "mean", "sd"]
        self._rows = rows.loc[usable, columns]

    def sds(self, scale_name: str, outcome: str, visit: str, *, but: str) -> Spreads | None:
        """Return SDs at a visit ("baseline" or "final") on a scale in studies other than `but`.

        Of the scale of that name if two studies print one, else of the outcome; None if neither has two.
        """
        return self._found(scale_name, [outcome], visit, but, lambda rows: rows["sd"])

    def ratios(self, scale_name: str, outcomes: Sequence[str], visit: str, *, but: str) -> Spreads | None:
        """Return the mean at baseline over the SD at a visit, as `sds` does."""
        return self._found(scale_name, outcomes, visit, but, self._over_baseline)

    def _over_baseline(self, rows: pd.DataFrame) -> pd.Series:
        start = self._rows.loc[self._rows["value_kind"] == "baseline"]
        start = start.groupby(["study_id", "scale_name"])["mean"].mean()
        keys = pd.MultiIndex.from_frame(rows[["study_id", "scale_name"]])
        return pd.Series(start.reindex(keys).to_numpy() / rows["sd"].to_numpy(), index=rows.index)

    def _found(
        self, scale_name: str, outcomes: Sequence[str], visit: str, but: str, value: Value
    ) -> Spreads | None:
        rows = self._rows.loc[(self._rows["value_kind"] == visit) & (self._rows["study_id"] != but)]
        named = SEVERITY & set(outcomes)
        for chosen, of in (
            (rows["scale_name"] == scale_name, scale_name),
            (rows["outcome"].isin(named), "the same outcome" if len(named) == 1 else "severity scores"),
        ):
            found = rows.loc[chosen]
            values = value(found)
            values = values.loc[np.isfinite(values) & (values > 0)]
            by_study = np.exp(np.log(values).groupby(found["study_id"]).mean())
            if len(by_study) >= FEWEST:
                return Spreads(by_study.to_numpy(), of)
        return None
