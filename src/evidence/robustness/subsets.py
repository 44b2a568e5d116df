"""GOSH: pool every subset of the studies, to see whether single studies make or break the result."""

from __future__ import annotations

from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import FloatArray, option, progress_of, whole_number
from evidence.effects.effects import Effects
from evidence.errors import InputError, TooFewStudiesError
from evidence.robustness.draws import Progress, seeded
from evidence.robustness.gosh_result import WORD, Gosh, Words, packed, unpacked
from evidence.synthesis.kernels import problems
from evidence.synthesis.many import pool_many
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies, studies
from evidence.synthesis.subset_kernels import (
    SHARED,
    Common,
    SubsetFits,
    common_sums,
    fit_subsets,
    well_conditioned,
)
from evidence.synthesis.tau2 import METHODS

MOST = 20  # studies of which all subsets are pooled: 1,048,575
RANDOM = 1_000_000  # subsets drawn where there are more studies and no number is given


def gosh(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    method: str | None = None,
    subsets: str | int = "auto",
    seed: int | None = None,
    minimum: int = 2,
    progress: Progress | None = None,
) -> Gosh:
    """Pool all subsets of the studies, or many drawn at random.

    Where the estimates of the subsets fall into clouds, the study that separates them deserves a look.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    method : str, optional
        "EE", or between-study variance by "DL", "REML" or another of `evidence.synthesis.tau2.tau2` (those
        three are the fastest); default that of a pooled result, else "REML".
    subsets : int or str
        How many to draw, all different; "all" for every subset of up to 20 studies; "auto" for all of up to
        20 studies, else 1,000,000 drawn.
    seed : int, optional
        Of the draws; equal seeds give equal subsets. Default 1.
    minimum : int
        Fewest studies of a subset. A single study has a tau2 of 0 and no I2.
    progress : callable, optional
        Called after each block with the number of subsets done and their total, such as for a bar.

    Returns
    -------
    Gosh

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two studies, or fewer than `minimum`.
    OptionError
        If there is no such method.
    InputError
        If all subsets of more than 20 studies are asked for, more subsets than there are, or a seed where
        nothing is drawn.

    Notes
    -----
    The result takes 40 bytes a subset (4 more for every further 32 studies), 42 MB for all subsets of 20
    studies; beside it only a block of subsets is in memory at a time. Between blocks it can be interrupted.

    References
    ----------
    Olkin, Dahabreh and Trikalinos 2012, Res Synth Methods 3:214 (graphical display of study heterogeneity).

    Examples
    --------
    >>> result = gosh(yi=[0.1, 0.2, 0.15, 1.4], vi=[0.03, 0.05, 0.04, 0.04])
    >>> result.n, result.separating
    (11, 'Study 4')
    >>> result.without_study("Study 4").estimate.max().round(3)
    np.float64(0.172)
    """
    if isinstance(effects, Pooled):
        effects, method = effects.effects, effects.method if method is None else method
    progress_of(progress)
    method = option("method", "REML" if method is None else method, METHODS)
    given = studies("gosh", effects, yi, vi, least=2, instead="One study has no subsets to compare.")
    minimum = whole_number("minimum", minimum, 1)
    problems(given.y, given.v)  # refuses what no subset could be pooled of
    k = given.y.size
    if minimum > k:
        raise TooFewStudiesError(f"minimum={minimum} is more than the {k} studies there are.")
    available = 2**k - sum(comb(k, size) for size in range(minimum))
    wanted = _wanted(subsets, k, available)
    if wanted is None:
        if seed is not None:
            raise InputError(f"seed={seed!r} is for subsets drawn at random; here all of them are pooled.")
        members = _every(k, minimum)
    else:
        seed = seeded(seed)
        members = _drawn(k, minimum, wanted, np.random.default_rng(seed))
    fits = _pooled(given, members, method, progress)
    whole = _pooled(given, packed(np.ones((1, k))), method, None)
    return Gosh(
        estimate=fits.estimate,
        tau2=fits.tau2,
        i2=fits.i2,
        q=fits.q,
        k=fits.k.astype(np.int32),
        members=members,
        labels=tuple(given.labels),
        full_estimate=float(whole.estimate[0]),
        full_tau2=float(whole.tau2[0]),
        full_i2=float(whole.i2[0]),
        method=method,
        minimum=minimum,
        seed=None if wanted is None else seed,
        available=available,
        measure=given.measure,
        scale=given.scale,
    )


def _wanted(subsets: Any, k: int, available: int) -> int | None:
    """Number of subsets to draw, or None for all."""
    if isinstance(subsets, str):
        option("subsets", subsets, ("auto", "all"))
        if k <= MOST:
            return None
        if subsets == "auto":
            return min(RANDOM, available)
        raise InputError(
            f"{k} studies have {available:,} subsets; all of them are pooled for up to {MOST} studies."
            f" Draw some, such as subsets={RANDOM:_}."
        )
    wanted = whole_number("subsets", subsets, 1)
    if wanted > available:
        raise InputError(f"subsets={wanted:,} is more than the {available:,} subsets there are.")
    return wanted


def _every(k: int, minimum: int) -> Words:
    """All subsets of `minimum` or more of k studies, in the order of their numbers."""
    members = np.arange(1, 2**k, dtype=WORD)
    return members[np.bitwise_count(members) >= minimum][:, None]


def _drawn(k: int, minimum: int, wanted: int, generator: np.random.Generator) -> Words:
    """Distinct subsets, each as likely as any other."""
    if k <= MOST:
        every = _every(k, minimum)
        return every[np.sort(generator.choice(len(every), wanted, replace=False))]
    found = packed(np.empty((0, k)))
    while len(found) < wanted:
        more = packed(_random(k, minimum, wanted, generator))
        found = _distinct(np.concatenate([found, more]))[:wanted]
    return found


def _random(k: int, minimum: int, n: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Rows of studies that are in, each subset as likely as any other."""
    if minimum <= k // 2:
        rows = generator.integers(0, 2, (n, k), dtype=np.uint8)
        return rows[rows.sum(axis=1) >= minimum] == 1
    counts = [comb(k, size) for size in range(minimum, k + 1)]
    sizes = generator.choice(np.arange(minimum, k + 1), n, p=[count / sum(counts) for count in counts])
    ranks = generator.random((n, k)).argsort(axis=1).argsort(axis=1)
    return ranks < sizes[:, None]


def _distinct(members: Words) -> Words:
    """Rows that differ from all rows before them."""
    order = np.lexsort(members.T)
    ordered = members[order]
    new = np.ones(len(members), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return members[np.sort(order[new])]


def _pooled(given: Studies, members: Words, method: str, progress: Progress | None) -> SubsetFits:
    """Pool the subsets block by block."""
    total, k = len(members), given.y.size
    found = SubsetFits(*(np.empty(total) for _ in SubsetFits._fields))
    shared = method in SHARED and (method != "REML" or well_conditioned(given.y, given.v))
    common = common_sums(given.y, given.v, method if shared else "EE")
    for first in range(0, total, common.rows):
        part = slice(first, first + common.rows)
        inside = unpacked(members[part], k)
        fits = fit_subsets(common, inside) if shared else _one_by_one(given, common, inside, method)
        for whole, block in zip(found, fits, strict=True):
            whole[part] = block
        if progress is not None:
            progress(min(first + common.rows, total), total)
    return found


def _one_by_one(given: Studies, common: Common, inside: FloatArray, method: str) -> SubsetFits:
    """Pool subsets by the general kernels, which take two or more studies."""
    fits = fit_subsets(common, inside)  # by common effect, which is right for single studies
    several = fits.k > 1
    if several.any():
        fitted = pool_many(given.y, given.v, inside[several], method=method, test="z")
        for name, values in zip(SubsetFits._fields, fits, strict=True):
            values[several] = getattr(fitted, name)
    return fits
