"""The sign test: how many studies point one way, whatever their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from evidence.arguments import level as checked_level
from evidence.errors import InputError

SAYS = (
    "The sign test asks whether studies point one way more often than a coin would (Cochrane Handbook"
    " 12.2.1.3). It counts directions, not significance; it says nothing of how large an effect is, and"
    " small studies count as much as large ones."
)


@dataclass(frozen=True, slots=True)
class SignTest:
    """Directions counted.

    Attributes
    ----------
    first, second : int
        Studies that favour the first- and the second-named treatment.
    neither : int
        Studies without a direction; they do not count.
    share, ci_low, ci_high : float
        Share that favours the first of those with a direction, with its exact interval.
    p : float
        Two-sided exact p value against one half.
    level : float
    """

    first: int
    second: int
    neither: int
    share: float
    ci_low: float
    ci_high: float
    p: float
    level: float

    def method_text(self) -> str:
        """Return what was counted, what it can say and what it cannot."""
        left = f" {self.neither} without a direction are left out." if self.neither else ""
        said = f"{self.first} of {self.first + self.second} studies favour the first-named treatment."
        return f"{said}{left} {SAYS}"

    def summary(self) -> pd.DataFrame:
        """Return the result as one row."""
        return pd.DataFrame([self.to_dict()])

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a dict."""
        names = ("first", "second", "neither", "share", "ci_low", "ci_high", "p", "level")
        return {name: getattr(self, name) for name in names}


def sign_test(first: int, second: int, *, neither: int = 0, level: float = 0.95) -> SignTest:
    """Test whether studies favour one of two treatments more often than chance would.

    Parameters
    ----------
    first, second : int
        Studies that favour the first- and the second-named treatment.
    neither : int
        Studies without a direction.
    level : float
        Of the Clopper-Pearson interval of the share.

    Returns
    -------
    SignTest

    Raises
    ------
    InputError
        If a count is negative or not whole, or no study has a direction.

    Examples
    --------
    >>> round(sign_test(8, 1).p, 4)
    0.0391
    """
    for name, count in (("first", first), ("second", second), ("neither", neither)):
        if count != int(count) or count < 0:
            raise InputError(f"{name}={count!r} must be a whole number of studies.")
    if first + second == 0:
        raise InputError("No study has a direction; there is nothing to count.")
    found = binomtest(int(first), int(first + second), 0.5)
    interval = found.proportion_ci(checked_level(level), method="exact")
    share = first / (first + second)
    return SignTest(
        int(first), int(second), int(neither), share, interval.low, interval.high, float(found.pvalue), level
    )
