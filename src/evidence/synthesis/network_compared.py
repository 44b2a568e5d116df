"""What a fitted network of treatments, or of components, can be asked: its league, its ranks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.arguments import MOST_DIGITS, nearest, option, whole_number
from evidence.errors import OptionError
from evidence.synthesis.network_compare import Comparison, Fit, league, league_words, numbers
from evidence.synthesis.network_ranks import p_scores, rank_shares, rank_table
from evidence.synthesis.result import Result

MODELS = ("random", "common")


class Compared(Result):
    """Mixin of results with `treatments`, `random`, `common`, `model`, `small_values`, `level`, `scale`."""

    __slots__ = ()

    @property
    def fit(self) -> Fit:
        """The chosen model."""
        return self._model(None)

    def _model(self, model: str | None) -> Fit:
        chosen = self.model if model is None else option("model", model, MODELS)
        return self.random if chosen == "random" else self.common

    def code(self, treatment: str) -> int:
        """Return the position of a treatment.

        Raises
        ------
        OptionError
            If the network has no such treatment; the nearest is named.
        """
        return treatment_code(treatment, self.treatments)

    def _comparison(self, t1: str, t2: str, te: float, se: float, model: str | None) -> Comparison:
        found = numbers(np.array([te]), np.array([se]), self._model(model), self.level)
        single = {name: float(value[0]) for name, value in found.items()}
        chosen = self.model if model is None else model
        return Comparison(t1, t2, **single, model=chosen, level=self.level, scale=self.scale)

    def league(self, *, model: str | None = None) -> pd.DataFrame:
        """Return every treatment against every other, one row a cell of the league table.

        Columns treatment (the row of the table), comparator (its column), te, se, ci_low, ci_high, statistic,
        p, pi_low, pi_high; treatments from best to worst of each sub-network. Cells across sub-networks are
        NaN.
        """
        fit = self._model(model)
        order = np.lexsort((-p_scores(fit, self.small_values), fit.part))
        return league(fit, self.treatments, order, self.level)

    def league_table(self, *, model: str | None = None, digits: int = 2) -> pd.DataFrame:
        """Return the league as a square of words: each cell its row against its column, reader's scale."""
        whole_number("digits", digits, 0, MOST_DIGITS)
        return league_words(self.league(model=model), self.scale, digits)

    def ranks(self, *, model: str | None = None, draws: int = 10_000, seed: int = 1) -> pd.DataFrame:
        """Return P-scores, SUCRA, mean ranks and chances of being best, with intervals; see `rank_table`.

        Parameters
        ----------
        model : {"random", "common"}, optional
        draws : int
            From the joint normal distribution of the effects.
        seed : int
            Of the generator; equal seeds give equal tables.
        """
        fit = self._model(model)
        shares = rank_shares(fit, self.small_values, draws, seed)
        return rank_table(fit, self.treatments, shares, p_scores(fit, self.small_values), self.level)

    def rankogram(self, *, model: str | None = None, draws: int = 10_000, seed: int = 1) -> pd.DataFrame:
        """Return the probability of each rank, and cumulated; one row a treatment and rank."""
        shares = rank_shares(self._model(model), self.small_values, draws, seed)
        row, column = np.indices(shares.shape).reshape(2, -1)
        return pd.DataFrame(
            {
                "treatment": [self.treatments[code] for code in row],
                "rank": column + 1,
                "probability": shares.ravel(),
                "cumulated": np.minimum(shares.cumsum(axis=1), 1.0).ravel(),
            }
        )


def treatment_code(treatment: str, treatments: tuple[str, ...], name: str = "Treatment") -> int:
    """Return the position of a treatment, or name the nearest.

    Examples
    --------
    >>> treatment_code("mn", ("laser", "mn"))
    1
    """
    if not isinstance(treatment, str) or treatment not in treatments:
        raise OptionError(
            f"{name} {treatment!r} is not in this network of {', '.join(treatments)}."
            f"{nearest(str(treatment), treatments)}"
        )
    return treatments.index(treatment)
