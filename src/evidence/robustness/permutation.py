"""Permutation tests of the pooled mean (sign flips) and of moderators (permuted rows)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evidence.arguments import MOST_DRAWS, option, whole_number
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import InputError, TooFewStudiesError
from evidence.robustness.draws import Progress, Tally, seeded
from evidence.robustness.permutation_fits import Choices, Flips, Orders, Rearranged
from evidence.robustness.permutation_interval import EVALUATIONS, SIDES, inverted
from evidence.robustness.permutation_result import Permutation
from evidence.synthesis.many import MANY_TESTS
from evidence.synthesis.pool import pool
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.regression import metareg
from evidence.synthesis.regression_result import MetaRegression
from evidence.synthesis.tau2 import METHODS

EVERY = 2**16  # rearrangements up to which exact="auto" takes all
MOST = 2**20  # that exact=True takes
ITERATIONS = 10_000
STATISTICS = ("test", "coefficient")

Fit = Pooled | MetaRegression

_TOGETHER = "several rows belong to one study; they are rearranged as if they were independent"
_OPEN = "there are too few sign flips for an interval of this level that ends on both sides"


def permutation_test(
    effects: Effects | pd.DataFrame | Pooled | MetaRegression | None = None,
    moderators: str | Sequence[str] | Mapping[str, ArrayLike] | pd.DataFrame | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    method: str | None = None,
    test: str | None = None,
    statistic: str = "test",
    alternative: str = "two-sided",
    exact: bool | str = "auto",
    iterations: int | None = None,
    seed: int | None = None,
    level: float | None = 0.95,
    reference: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Permutation:
    """Test a pooled mean, or the coefficients of a meta-regression, without a distribution.

    Without moderators the signs of the estimates are flipped: if the mean effect is 0 and the effects are
    symmetric about it, each sign is as likely as the other (Follmann and Proschan 1999, Biometrics 55:732).
    With moderators their rows are permuted over the studies (Higgins and Thompson 2004, Stat Med 23:1663).
    The p value is the share of rearrangements, the observed one among them, whose statistic is as extreme as
    the observed one.

    Parameters
    ----------
    effects : Effects, DataFrame, Pooled or MetaRegression, optional
        A table has columns `yi` and `vi`; a result is tested with its own method and test.
    moderators : str, sequence of str, mapping or DataFrame, optional
        As of `evidence.synthesis.regression.metareg`.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    method : str, optional
        Of the between-study variance; default "REML". A result has its own.
    test : str, optional
        Of the statistic and of the p values shown beside: "z", "t", "knha", "adhoc" or, without moderators,
        "KR" (see `pool`); default "adhoc". A result has its own.
    statistic : {"test", "coefficient"}
        What is compared: the coefficient over its standard error, or the coefficient itself. The omnibus test
        of moderators always compares QM.
    alternative : {"two-sided", "less", "greater"}
        Of the tests of single coefficients; two-sided compares absolute values.
    exact : bool or "auto"
        True takes all 2^k sign flips or all different orders of rows (up to 1,048,576), False draws
        `iterations` at random; "auto" takes all where there are no more than 65,536.
    iterations : int, optional
        Number drawn where not all are taken; default 10,000. The observed arrangement is added to them
        (Phipson and Smyth 2010, Stat Appl Genet Mol Biol 9:39).
    seed : int, optional
        Of the draws. Default 1.
    level : float or None
        Of the interval of the mean: the values that the same test, of the estimates less that value, does not
        reject. None leaves it out, which takes a fiftieth of the time. With moderators there is none.
    reference : mapping, optional
        Reference levels of categorical moderators.
    progress : callable, optional
        Called after each block with the number of models fitted and their total.

    Returns
    -------
    Permutation

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two studies, or not more than coefficients.
    OptionError
        If an option does not exist.
    InputError
        If there are too many rearrangements to take all, `iterations` or `seed` is given where all are taken,
        or `method` or `test` beside a result.

    Examples
    --------
    >>> result = permutation_test(yi=[0.3, 0.6, 0.2, 0.9, 0.5], vi=[0.1, 0.05, 0.08, 0.1, 0.04], level=None)
    >>> result.p.tolist(), result.n
    ([0.0625], 32)
    """
    option("statistic", statistic, STATISTICS)
    option("alternative", alternative, SIDES)
    option("exact", exact, (True, False, "auto"))
    critical = None if level is None else checked_level(level)
    fit = _fit(effects, moderators, reference, yi=yi, vi=vi, method=method, test=test)
    ways = _ways(fit, statistic)
    drawn, seed = _plan(ways.available, exact, iterations, seed)
    arranged = ways.every() if drawn is None else ways.drawn(drawn, np.random.default_rng(seed))
    alone = isinstance(fit, Pooled)
    inverting = alone and critical is not None
    looks = len(SIDES[alternative]) * EVALUATIONS if inverting else 0
    tally = Tally(progress, len(arranged) * (1 + looks))
    every = Rearranged(ways, arranged, alone and drawn is None, alternative, tally)
    found = every.compare()
    low, high, notes = _interval(fit, every, critical) if inverting else (math.nan, math.nan, ())
    return Permutation(
        terms=("mean",) if alone else fit.terms,
        estimate=np.array([fit.estimate]) if alone else fit.beta,
        statistic=found.observed,
        p=found.p,
        p_model=np.array([fit.p]) if alone else fit.p,
        qm=found.qm,
        qm_p=found.qm_p,
        qm_p_model=math.nan if alone else fit.qm_p,
        ci_low=low,
        ci_high=high,
        permuted=found.permuted,
        n=len(found.permuted),
        available=ways.available,
        exact=drawn is None,
        k=fit.k,
        method=fit.method,
        test=fit.test,
        compared=statistic,
        alternative=alternative,
        level=critical if inverting else None,
        seed=None if drawn is None else seed,
        notes=notes + (_TOGETHER,) * bool(fit.effects.included["study_id"].duplicated().any()),
    )


def _fit(
    effects: Any,
    moderators: Any,
    reference: Mapping[str, Any] | None,
    *,
    yi: ArrayLike | None,
    vi: ArrayLike | None,
    method: str | None,
    test: str | None,
) -> Fit:
    """The model as observed: what was given, or a pooled mean or a meta-regression of it."""
    if isinstance(effects, Fit):
        options = {"method": method, "test": test, "moderators": moderators, "reference": reference}
        beside = [name for name, value in {**options, "yi": yi, "vi": vi}.items() if value is not None]
        if beside:
            raise InputError(f"A result is tested as it is; leave {', '.join(beside)} out or give effects.")
        fit = effects
    else:
        chosen = {"method": "REML" if method is None else method, "test": "adhoc" if test is None else test}
        if moderators is None:
            if reference is not None:
                raise InputError("reference is for moderators, and there are none.")
            fit = pool(effects, yi=yi, vi=vi, **chosen)
        else:
            fit = metareg(effects, moderators, yi=yi, vi=vi, reference=reference, **chosen)
    option("method", fit.method, METHODS)
    option("test", fit.test, MANY_TESTS)
    if fit.k < 2:
        raise TooFewStudiesError("permutation_test needs 2 or more studies, not 1.")
    return fit


def _ways(fit: Fit, statistic: str) -> Flips | Orders:
    choices = Choices(fit.method, fit.test, statistic)
    if isinstance(fit, Pooled):
        return Flips(fit.yi, fit.vi, choices)
    rows, groups = np.unique(fit.design.matrix, axis=0, return_inverse=True)
    return Orders(rows, groups.ravel(), fit.source.yi, fit.source.vi, choices)


def _plan(
    available: int, exact: bool | str, iterations: int | None, seed: int | None
) -> tuple[int | None, int | None]:
    """How many to draw (None for all), and the seed."""
    if exact is True and available > MOST:
        raise InputError(
            f"There are {available:,} rearrangements; exact=True takes up to {MOST:,}. Use exact=False."
        )
    if exact is True or (exact == "auto" and available <= EVERY):
        for name, value in (("iterations", iterations), ("seed", seed)):
            if value is not None:
                raise InputError(f"{name}={value!r} is for exact=False; here all {available:,} are taken.")
        return None, None
    drawn = ITERATIONS if iterations is None else whole_number("iterations", iterations, 99, MOST_DRAWS)
    return drawn, seeded(seed)


def _interval(fit: Pooled, every: Rearranged, level: float) -> tuple[float, float, tuple[str, ...]]:
    low, high = inverted(
        lambda mean: float(every.compare(shift=mean).p[0]),
        fit.estimate,
        math.sqrt((fit.tau2 + float(fit.vi.mean())) / fit.k),
        alpha=1 - level,
        alternative=every.alternative,
    )
    ends = {-1: low, 1: high}
    some_open = any(math.isinf(ends[side]) for side in SIDES[every.alternative])
    return low, high, (_OPEN,) if some_open else ()
