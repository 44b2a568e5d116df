"""What the whole treatment may cost: printed prices times sessions given, a simulation and named as such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import MOST_DRAWS, whole_number
from evidence.errors import InputError
from evidence.review import Review, checked_review
from evidence.synthesis.sessions import sessions_given

CLAIMED = (200.0, 700.0)
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class TotalCost:
    """A simulation of what the sessions of one treatment cost together.

    Attributes
    ----------
    prices : DataFrame
        One row a price page: label, low, high (US dollars a session; equal for an average), year, scope.
    sessions : DataFrame
        How many groups of trials had how many sessions: sessions, groups.
    quantiles : dict of float to float
        US dollars, by level.
    draws, seed : int
    """

    prices: pd.DataFrame
    sessions: pd.DataFrame
    quantiles: dict[float, float]
    draws: int
    seed: int

    @property
    def within_claim(self) -> int:
        """Pages whose whole range lies within what the article says of a session."""
        low, high = CLAIMED
        return int(((self.prices["low"] >= low) & (self.prices["high"] <= high)).sum())

    def levels(self) -> dict[str, float]:
        """Return the ends and the middle of the total as the figure of prices takes them."""
        names = {0.05: "p05", 0.25: "low", 0.5: "median", 0.75: "high", 0.95: "p95"}
        return {names[level]: value for level, value in self.quantiles.items()}

    def summary(self) -> pd.DataFrame:
        """Return the quantiles of the total, to the nearest ten dollars."""
        rows = [
            {"share of treatments": f"{level:.0%}", "cost at most (US dollars)": f"{round(value, -1):.0f}"}
            for level, value in self.quantiles.items()
        ]
        return pd.DataFrame(rows)

    def method_text(self) -> str:
        """Return what was done and what it is worth, for a methods section."""
        dated = int(self.prices["year"].notna().sum())
        groups = int(self.sessions["groups"].sum())
        return (
            f"Simulation, not data: {self.draws} treatments, each with a number of sessions drawn from the"
            f" {groups} groups of trials that print it, and one price drawn evenly from the range of one of"
            f" {len(self.prices)} price pages, the same for every session. The pages are consumer pages of"
            f" clinics and advertisers, {dated} of {len(self.prices)} dated, some of one network; how their"
            f" ranges were had is not said. Sessions in trials need not be those that people pay for."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the quantiles and what they were made from."""
        return {
            "quantiles": {f"{level:g}": value for level, value in self.quantiles.items()},
            "draws": self.draws,
            "seed": self.seed,
            "pages": len(self.prices),
            "groups": int(self.sessions["groups"].sum()),
        }


def price_ranges(review: Review, scopes: tuple[str, ...] = ("mn",)) -> pd.DataFrame:
    """Return the printed prices of a session as ranges.

    Parameters
    ----------
    review : Review
    scopes : tuple of str
        Treatment scopes: "mn", "mnrf", "mixed".

    Returns
    -------
    DataFrame
        label, low, high, year, scope.
    """
    rows = review.prices
    rows = rows.loc[rows["treatment_scope"].isin(scopes) & (rows["per"] == "session")]
    return pd.DataFrame(
        {
            "label": rows["service"] + ", " + rows["source_label"],
            "low": rows["price_low"].fillna(rows["price"]),
            "high": rows["price_high"].fillna(rows["price"]),
            "year": rows["year"],
            "scope": rows["treatment_scope"],
        }
    ).reset_index(drop=True)


def total_cost(review: Review, *, draws: int = 100_000, seed: int = 2026) -> TotalCost:
    """Simulate the cost of a whole treatment with microneedling alone.

    Parameters
    ----------
    review : Review
    draws : int
        Treatments to simulate.
    seed : int
        Start of the random numbers; the same seed gives the same result.

    Returns
    -------
    TotalCost

    Raises
    ------
    InputError
        If `draws` is below 100, or no price or no number of sessions is recorded.

    Examples
    --------
    >>> import evidence as ev
    >>> cost = total_cost(ev.load())
    >>> cost.quantiles[0.05] < cost.quantiles[0.5] < cost.quantiles[0.95]
    True
    """
    checked_review(review)
    whole_number("draws", draws, 100, MOST_DRAWS)
    whole_number("seed", seed, 0)
    prices = price_ranges(review)
    sessions = sessions_given(review).dropna().reset_index(drop=True)
    if prices.empty or sessions.empty:
        raise InputError("A total needs at least one price and one number of sessions.")
    rng = np.random.default_rng(seed)
    page = rng.integers(len(prices), size=draws)
    low, high = (prices[name].to_numpy()[page] for name in ("low", "high"))
    price = low + (high - low) * rng.random(draws)
    share = sessions["groups"].to_numpy(dtype=float)
    number = rng.choice(sessions["sessions"].to_numpy(), size=draws, p=share / share.sum())
    values = np.quantile(price * number, LEVELS)
    quantiles = dict(zip(LEVELS, values.tolist(), strict=True))
    return TotalCost(prices, sessions, quantiles, draws, seed)
