"""What an interval says of a claim: beyond no effect on its side, against it, or neither."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from evidence.effects.scale import scale
from evidence.synthesis.answer import Answer
from evidence.synthesis.exact import exact_interval
from evidence.synthesis.pool import Pooled
from evidence.synthesis.proportion import Proportion

FOR, AGAINST, UNCLEAR = "for", "against", "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """An estimate with its interval, held against no effect (or a benchmark) and what would be worth having.

    All numbers stand on the reader's scale: ratios, shares, standard deviations or points.

    Attributes
    ----------
    estimate, low, high : float
    null : float
        Value of no effect, or the question's benchmark; NaN where there is neither.
    worthwhile : float
        NaN where no source gives one.
    side : str
        "high" or "low": where the claim lies; empty where it has no side.
    pi_low, pi_high : float
        Prediction interval; NaN where there is none.
    studies : int
        Studies behind the estimate.
    """

    estimate: float
    low: float
    high: float
    null: float
    worthwhile: float
    side: str
    pi_low: float
    pi_high: float
    studies: int

    @property
    def points(self) -> str:
        """Side of the estimate itself, whatever its interval: "for", "against" or "unclear"."""
        if not self.side or np.isnan(self.null) or self.estimate == self.null:
            return UNCLEAR
        return FOR if (self.estimate > self.null) == (self.side == "high") else AGAINST

    @property
    def direction(self) -> str:
        """ "for", "against" or "unclear"."""
        if not self.side or np.isnan(self.null):
            return UNCLEAR
        above, below = self.low > self.null, self.high < self.null
        if not above and not below:
            return UNCLEAR
        return FOR if above == (self.side == "high") else AGAINST

    def holds(self, value: float) -> bool:
        """Say whether the interval holds a value."""
        return bool(self.low <= value <= self.high)

    def reaches_worthwhile(self) -> bool:
        """Say whether the interval reaches a value worth having on the claim's side."""
        return bool(self.high >= self.worthwhile if self.side == "high" else self.low <= self.worthwhile)


def reading(found: Answer) -> Reading | None:
    """Return what an answer's interval says; None where several studies are shown without pooling, or none.

    Parameters
    ----------
    found : Answer

    Returns
    -------
    Reading or None
    """
    effects, result = found.effects, found.result
    rows = treated(found)
    back = scale(effects.scale).back
    pi = (np.nan, np.nan)
    if isinstance(result, Proportion):
        numbers = (result.proportion, result.proportion_low, result.proportion_high)
        pi = (result.proportion_pi_low, result.proportion_pi_high)
    elif isinstance(result, Pooled):
        numbers = (result.estimate, result.ci_low, result.ci_high)
        pi = (float(back(result.pi_low)), float(back(result.pi_high)))
        numbers = tuple(float(back(value)) for value in numbers)
    elif len(rows) == 1:
        return study_reading(found, rows.iloc[0])
    else:
        return None
    return _held(found, numbers, int(rows["study_id"].nunique()), pi)


def treated(found: Answer) -> pd.DataFrame:
    """Return an answer's rows with a number, without those of the untreated side or group of a change."""
    rows = found.effects.included
    if found.question.kind == "change" and found.question.comparator:
        rows = rows.loc[rows["treatment"].isin(found.question.treatment)]
    return rows


def study_reading(found: Answer, row: pd.Series) -> Reading:
    """Return what the interval of one study says of the question that it answers."""
    return _held(found, _single(row, found.question.kind, found.effects.scale), 1)


def _held(
    found: Answer,
    numbers: tuple[float, float, float],
    studies: int,
    pi: tuple[float, float] = (np.nan, np.nan),
) -> Reading:
    question, units = found.question, scale(found.effects.scale)
    null = float(units.back(units.null)) if question.kind != "proportion" else np.nan
    return Reading(
        *(float(value) for value in numbers),
        null=null if question.benchmark is None else question.benchmark,
        worthwhile=np.nan if question.worthwhile is None else question.worthwhile,
        side=question.claim_side,
        pi_low=float(pi[0]),
        pi_high=float(pi[1]),
        studies=studies,
    )


def _single(row: pd.Series, kind: str, scale_name: str) -> tuple[float, float, float]:
    """Return the estimate and interval of one study: exact for a share, as printed where it was printed."""
    if kind == "proportion":
        low, high = (limit.item() for limit in exact_interval([row["xi"]], [row["ni"]]))
        return row["xi"] / row["ni"], low, high
    back = scale(scale_name).back
    if not pd.isna(row.get("ci_low", np.nan)):
        return tuple(float(back(row[name])) for name in ("yi", "ci_low", "ci_high"))
    half = float(ndtri(0.975)) * row["vi"] ** 0.5
    return tuple(float(back(row["yi"] + shift)) for shift in (0.0, -half, half))
