"""The worlds that trials are drawn from: one scenario a combination of design, size, effect and spread."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

STUDIES = (2, 3, 5, 7, 10, 20)
PEOPLE = (10, 30, 100)
TAUS = (0.0, 0.3, 0.9)
CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.9)
ASSUMED_R = 0.5  # what the protocol takes where a source does not let it be computed
ROOT_SEED = 20_261_126


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world of which meta-analyses are drawn.

    Attributes
    ----------
    design : str
        "two_groups", "uneven_groups", "split_face" or "before_after" (means), "shares", or "rare_groups".
    number : int
        Place within its design; with the design it names the random numbers, whoever draws them.
    k : int
        Studies.
    n : int
        People of a study, of each group with two; the last of uneven studies has ten times as many.
    effect : float
        Mean of the studies' true effects (log odds ratios of rare events), or the proportion of a typical
        (median) group.
    tau : float
        Standard deviation of the true effects; on the logit for shares.
    r : float
        Correlation of the two measurements of a person; NaN where there is but one.
    share : float
        Proportion of the second group of a typical study; NaN where nothing is counted in two groups.
    """

    design: str
    number: int
    k: int
    n: int
    effect: float
    tau: float
    r: float = float("nan")
    share: float = float("nan")

    @property
    def name(self) -> str:
        """Name of the scenario among all."""
        return f"{self.design}_{self.number:04d}"

    def generator(self) -> np.random.Generator:
        """Return the scenario's own random numbers: the same on any machine, in any order, beside any others.

        Examples
        --------
        >>> first, again = (Scenario("shares", 3, 2, 10, 0.01, 0.0).generator().random() for _ in range(2))
        >>> first == again
        True
        """
        key = (tuple(GRIDS).index(self.design), self.number)
        return np.random.default_rng(np.random.SeedSequence(ROOT_SEED, spawn_key=key))


NONE = (float("nan"),)
# design -> effects, standard deviations between studies, correlations, shares of the second group; seeds hang
# on the place of a design, so that another one stands at the end
GRIDS: dict[str, tuple[tuple[float, ...], ...]] = {
    "two_groups": ((0.0, 0.5, 1.0, 2.0), TAUS, NONE, NONE),
    "split_face": ((0.0, 1.0, 2.0), TAUS, CORRELATIONS, NONE),
    "before_after": ((0.0, 1.0, 2.0), TAUS, CORRELATIONS, NONE),
    "shares": ((0.0, 0.005, 0.01, 0.02, 0.05), (0.0, 0.5), NONE, NONE),
    "uneven_groups": ((0.0, 0.5, 1.0, 2.0), TAUS, NONE, NONE),
    "rare_groups": ((0.0, 0.7, 1.4), (0.0, 0.5), NONE, (0.005, 0.01, 0.02, 0.05)),
}


def scenarios(design: str) -> list[Scenario]:
    """Return every scenario of a design.

    Examples
    --------
    >>> len(scenarios("two_groups"))
    216
    """
    grid = itertools.product(STUDIES, PEOPLE, *GRIDS[design])
    return [Scenario(design, number, *values) for number, values in enumerate(grid)]
