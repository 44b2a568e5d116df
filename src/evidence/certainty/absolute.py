"""Absolute effects: of one hundred people, or in points of a scale that readers know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evidence.certainty.reading import Reading, reading
from evidence.review import Review, checked_review
from evidence.synthesis.answer import Answer, checked_answer

PER = 100
RATIOS = ("OR", "RR")
STANDARDISED = ("SMD", "SMCR", "SMCC")


@dataclass(frozen=True, slots=True)
class Absolute:
    """What an answer means in people or in points.

    Attributes
    ----------
    unit : str
        "of 100 people", "points of <scale>" or "" where nothing can be said.
    without : float
        With the comparator; NaN where there is none.
    value, low, high : float
        With the treatment, and its 95 % interval.
    how : str
        How it was had, or why it cannot be given.
    converted : bool
        Whether it was computed from an effect on another scale, so that readers are told how.
    """

    unit: str
    without: float
    value: float
    low: float
    high: float
    how: str
    converted: bool = False

    def words(self) -> str:
        """Return it as a phrase.

        Examples
        --------
        >>> Absolute("of 100 people", 30.0, 7.0, 2.2, 22.3, "").words()
        '7 (2 to 22) of 100 people, instead of 30'
        >>> Absolute("of 100 people", 0.0, 0.3, 0.0, 2.1, "").words()
        'fewer than 1 (0 to 2) of 100 people, instead of 0'
        """
        if not self.unit:
            return "cannot be given"
        if self.unit == f"of {PER} people":
            said = f"{_counted(self.value)} ({self.low:.0f} to {self.high:.0f}) {self.unit}"
            return said if np.isnan(self.without) else f"{said}, instead of {_counted(self.without)}"
        return f"{self.value:.1f} ({self.low:.1f} to {self.high:.1f}) {self.unit}"


def _counted(value: float) -> str:
    return "fewer than 1" if 0 < value < 0.5 else f"{value:.0f}"


def _not_given(why: str) -> Absolute:
    return Absolute("", np.nan, np.nan, np.nan, np.nan, why)


def absolute(review: Review, found: Answer) -> Absolute:
    """Express an answer in people or in points.

    A ratio is applied to the share with the event under the comparator, summed over the studies that entered
    (Cochrane Handbook 15.4.4). A standardised difference is multiplied by the median SD of the scale most
    used among them (Cochrane Handbook 15.5.3.2).

    Parameters
    ----------
    review : Review
    found : Answer

    Returns
    -------
    Absolute

    Examples
    --------
    >>> import evidence as ev
    >>> review = ev.load()
    >>> absolute(review, ev.answer(review, "Q3b")).words()
    '7 (2 to 23) of 100 people, instead of 30'
    """
    checked_review(review)
    checked_answer(found)
    held = reading(found)
    measure = found.effects.measure
    if held is None:
        return _not_given("nothing was pooled")
    if found.question.kind == "proportion":
        shares = (PER * value for value in (held.estimate, held.low, held.high))
        return Absolute(f"of {PER} people", np.nan, *shares, "share of those counted")
    if "total_2" in found.effects.included and measure in (*RATIOS, "RD"):
        return _people(found, held)
    if measure in STANDARDISED:
        return _points(review, found, held)
    if measure in RATIOS:
        return _not_given("the people with and without the event are not printed")
    scale_name = found.effects.included["scale_name"].iloc[0]
    return Absolute(f"points of {scale_name}", np.nan, held.estimate, held.low, held.high, "as measured")


def _people(found: Answer, held: Reading) -> Absolute:
    rows = found.effects.included
    risk = float(rows["events_2"].sum() / rows["total_2"].sum())
    values = np.array([held.estimate, held.low, held.high])
    if found.effects.measure == "OR":
        odds = values * risk / (1 - risk) if risk < 1 else np.full(3, np.inf)
        shares = np.where(np.isinf(odds), 1.0, odds / (1 + odds))
    else:
        shares = np.clip(risk + values if found.effects.measure == "RD" else values * risk, 0.0, 1.0)
    how = f"{found.effects.measure} applied to {PER * risk:.0f} of {PER} under the comparator"
    return Absolute(f"of {PER} people", PER * risk, *(PER * shares), how, converted=True)


def _points(review: Review, found: Answer, held: Reading) -> Absolute:
    """Return a standardised difference in points of the scale most used."""
    rows = found.effects.included
    names = rows.loc[rows["outcome"] != "responder", "scale_name"]
    if names.empty:
        return _not_given("responders were counted, not scored")
    scale_name = str(names.value_counts(sort=True).index[0])
    kind = "baseline" if found.question.kind == "change" else "final"
    outcomes = review.outcomes
    spread = outcomes.loc[
        outcomes["study_id"].isin(rows["study_id"])
        & (outcomes["scale_name"] == scale_name)
        & (outcomes["value_kind"] == kind)
        & (outcomes["usable"] == "yes"),
        "sd",
    ].dropna()
    if spread.empty:
        return _not_given(f"no SD of {scale_name} is printed")
    sd = float(spread.median())
    values = (sd * value for value in (held.estimate, held.low, held.high))
    how = f"multiplied by its median SD, {sd:.2f}"
    return Absolute(f"points of {scale_name}", np.nan, *values, how, converted=True)
