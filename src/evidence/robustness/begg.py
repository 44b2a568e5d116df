"""Begg's rank correlation test: are small studies ranked apart from large ones?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import FloatArray, option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.robustness.small_study_input import given, varied
from evidence.synthesis.inference import p_value
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.result import Result

MOST_EXACT = 170  # beyond, counting takes long and the normal distribution is as good

_TIED = "tied ranks: the p value is from the normal distribution, its variance corrected for ties"


@dataclass(frozen=True, slots=True)
class RankTest(Result):
    """Result of `begg`.

    Attributes
    ----------
    tau : float
        Kendall's tau-b of standardised estimates and sampling variances.
    statistic : float
        Standard normal deviate; NaN where the p value is exact.
    p : float
        Two-sided.
    score : float
        Concordant minus discordant pairs.
    exact, continuity : bool
        How the p value was had.
    k : int
    forced : bool
        True if fewer than ten studies were forced through.
    notes : tuple of str
    """

    tau: float
    statistic: float
    p: float
    score: float
    exact: bool
    continuity: bool
    k: int
    forced: bool
    notes: tuple[str, ...]

    def summary(self) -> pd.DataFrame:
        """Return one row: term, estimate (tau), score, statistic, p."""
        columns = ["term", "estimate", "score", "statistic", "p"]
        return pd.DataFrame(
            [("Kendall's tau", self.tau, self.score, self.statistic, self.p)], columns=columns
        )

    def method_text(self) -> str:
        """Return the sentence a methods section needs, true to the options used."""
        how = "exact p value" if self.exact else "normal approximation"
        how += " with continuity correction" if self.continuity else ""
        notes = " ".join(f"{note[0].upper()}{note[1:]}." for note in self.notes)
        return f"Rank correlation test (Begg and Mazumdar 1994), {self.k} studies: {how}. {notes}".strip()


def begg(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    exact: bool | None = None,
    continuity: bool = False,
    force: bool = False,
) -> RankTest:
    """Test for small-study effects by the rank correlation of estimates and their variances.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    exact : bool, optional
        P value from all permutations of the ranks, or from the normal distribution; by default exact where
        no ranks are tied, no continuity correction is asked for, and there are at most 170 studies.
    continuity : bool
        Draw the score one step to 0 before it is compared with the normal distribution.
    force : bool
        Test fewer than ten studies (three at the least) all the same; warns and marks the result.

    Returns
    -------
    RankTest

    Raises
    ------
    TooFewStudiesError
        With fewer than ten studies.
    InputError
        If all variances or all estimates are alike, or an exact p value is asked for although ranks are tied,
        of more than 170 studies, or together with a continuity correction.

    Notes
    -----
    Estimates enter as ``(yi - mean) / sqrt(vi - 1 / sum(1 / vi))`` with the common-effect mean. The test has
    little power; Sterne et al. (2011, BMJ 343:d4002) advise against it where a regression test suits.

    References
    ----------
    Begg and Mazumdar 1994, Biometrics 50:1088. Variance under ties: Kendall 1970, Rank Correlation Methods,
    4th ed.

    Examples
    --------
    >>> yi = [0.1, 0.2, 0.15, 0.4, 0.3, 0.6, 0.5, 0.9, 0.7, 1.2]
    >>> vi = [0.01, 0.011, 0.02, 0.03, 0.04, 0.05, 0.08, 0.1, 0.12, 0.2]
    >>> found = begg(yi=yi, vi=vi)
    >>> round(found.tau, 3), round(found.p, 4)
    (0.778, 0.0009)
    """
    option("exact", exact, (None, True, False))
    option("continuity", continuity, (True, False))
    if exact and continuity:
        raise InputError("begg: an exact p value takes no continuity correction; choose one of them.")
    read = given("begg", effects, yi, vi, force=force)
    varied("begg", "the sampling variance", read.v)
    ranked = _standardised(read.y, read.v)
    if np.unique(ranked).size == 1:
        raise InputError("begg: all estimates are alike, so that they have no ranks to compare.")
    tied = any(np.unique(values).size < read.k for values in (ranked, read.v))
    if exact and tied:
        raise InputError(
            "begg: some ranks are tied, for which there is no exact p value; leave out exact=True."
        )
    if exact and read.k > MOST_EXACT:
        raise InputError(f"begg: an exact p value is for {MOST_EXACT} studies at most; leave out exact=True.")
    by_count = not (tied or continuity or read.k > MOST_EXACT) if exact is None else exact
    score, tau = _kendall(ranked, read.v)
    statistic = math.nan if by_count else _deviate(score, ranked, read.v, continuity=continuity)
    return RankTest(
        tau=tau,
        statistic=statistic,
        p=exact_p(score, read.k) if by_count else float(p_value(statistic, math.inf)),
        score=score,
        exact=by_count,
        continuity=continuity,
        k=read.k,
        forced=read.forced,
        notes=(*read.notes, *((_TIED,) if tied else ())),
    )


def _standardised(y: FloatArray, v: FloatArray) -> FloatArray:
    """Deviates from the common-effect mean over their errors, ``v - 1 / sum(w) = v rest / sum(w)``."""
    w = v.min() / v
    y = y - y[w.argmax()]
    rest = np.array([np.delete(w, i).sum() for i in range(w.size)])
    return (y - np.sum(w * y) / w.sum()) / np.sqrt(v * rest / w.sum())


def _kendall(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Concordant minus discordant pairs, and tau-b."""
    score = untied_x = untied_y = 0.0
    for i in range(1, x.size):
        one, two = np.sign(x[i] - x[:i]), np.sign(y[i] - y[:i])
        score += float(one @ two)
        untied_x, untied_y = untied_x + float(one @ one), untied_y + float(two @ two)
    return score, score / math.sqrt(untied_x * untied_y)


def exact_p(score: float, k: int) -> float:
    """Two-sided p value of a score among all k! orders without ties.

    Examples
    --------
    >>> exact_p(3, 3), exact_p(1, 3)  # one order of six, and three of them, on either side
    (0.3333333333333333, 1.0)
    """
    shares = np.ones(1)  # of the numbers of inversions, one study after the other
    for size in range(2, k + 1):
        shares = np.convolve(shares, np.full(size, 1 / size))
    inversions = round((k * (k - 1) / 2 - abs(score)) / 2)
    return min(1.0, 2 * float(shares[: inversions + 1].sum()))


def _deviate(score: float, x: FloatArray, y: FloatArray, *, continuity: bool) -> float:
    n = x.size
    one, two = (np.unique(values, return_counts=True)[1].astype(float) for values in (x, y))
    pairs, triples = (
        [float(np.prod([g - i for i in range(m)], axis=0).sum()) for g in (one, two)] for m in (2, 3)
    )
    plain = n * (n - 1) * (2 * n + 5) - sum(float((g * (g - 1) * (2 * g + 5)).sum()) for g in (one, two))
    variance = plain / 18 + pairs[0] * pairs[1] / (2 * n * (n - 1))
    variance += triples[0] * triples[1] / (9 * n * (n - 1) * (n - 2))
    if continuity:
        score = math.copysign(max(abs(score) - 1, 0.0), score)
    return score / math.sqrt(variance)
