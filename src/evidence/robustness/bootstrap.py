"""The bootstrap of a pooled mean, its tau2 and I2: simulated from the model, or with studies resampled."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evidence.arguments import MOST_DRAWS, FloatArray, option, whole_number
from evidence.arguments import level as checked_level
from evidence.effects.effects import Effects
from evidence.errors import InputError, OptionError, TooFewStudiesError
from evidence.robustness.bootstrap_intervals import INTERVALS
from evidence.robustness.bootstrap_result import TERMS, Bootstrap
from evidence.robustness.draws import Progress, Tally, seeded
from evidence.synthesis.many import Many, pool_many
from evidence.synthesis.pooled import Pooled
from evidence.synthesis.study_input import Studies, studies
from evidence.synthesis.tau2 import METHODS

KINDS = ("parametric", "cluster")
TESTS = ("z", "knha", "adhoc", "KR")
FEW = 10  # clusters below which the resampled ones say little of the population
_NUMBERS = 500_000  # of an array of a block

_EMPTY_TAU2 = "tau2 is estimated as 0, so that the simulated studies do not differ either"
_FEW_CLUSTERS = (
    "{} resampled clusters say little of the population; with so few, intervals tend to be too narrow"
)

_NOT_YET = (np.nan, np.nan)

IntArray = NDArray[np.intp]


class Resampled(NamedTuple):
    """Rows of studies to pool: estimates, variances and (or None) which of them are there, (n, k) each."""

    y: FloatArray
    v: FloatArray
    mask: FloatArray | None


def bootstrap(
    effects: Effects | pd.DataFrame | Pooled | None = None,
    *,
    yi: ArrayLike | None = None,
    vi: ArrayLike | None = None,
    kind: str = "parametric",
    interval: str = "percentile",
    cluster: ArrayLike | None = None,
    method: str | None = None,
    test: str | None = None,
    draws: int = 10_000,
    seed: int | None = None,
    level: float = 0.95,
    progress: Progress | None = None,
) -> Bootstrap:
    """Bootstrap the pooled mean, the between-study variance and I2.

    Parameters
    ----------
    effects : Effects, DataFrame or Pooled, optional
        A table has columns `yi` and `vi`; rows with `included` False are left out. A pooled result brings its
        method and test along.
    yi, vi : array, shape (k,), optional
        Estimates and sampling variances, in place of `effects`.
    kind : {"parametric", "cluster"}
        "parametric" draws estimates from normal distributions about the pooled mean, with variances
        ``tau2 + vi``; "cluster" draws studies with replacement, each with all of its rows (van den Noortgate
        and Onghena 2005, Behav Res Methods 37:11, compare both).
    interval : {"percentile", "basic", "bca", "t"}
        "bca" (bias-corrected and accelerated) is for resampled studies, "t" for the mean only, which alone
        has a standard error to go by (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chs. 12 to
        14; Davison and Hinkley 1997, Bootstrap Methods and their Application, ch. 5).
    cluster : array, shape (k,), optional
        Which rows belong together, for kind "cluster"; default the column `study_id` of effects, else every
        row for itself.
    method : str, optional
        Of the between-study variance; default that of a pooled result, else "REML".
    test : str, optional
        Standard error behind the interval "t": "z" (Wald), "knha", "adhoc" or "KR" (see `pool`); default
        that of a pooled result, else "adhoc".
    draws : int
        100 or more; the ends of a 95 % interval need a thousand.
    seed : int, optional
        Equal seeds give equal draws. Default 1.
    level : float
        Of the intervals.
    progress : callable, optional
        Called after each block with the number of draws pooled and their total.

    Returns
    -------
    Bootstrap

    Raises
    ------
    TooFewStudiesError
        If there are fewer than two studies.
    OptionError
        If an option does not exist, or an interval does not fit the kind.
    InputError
        If there are fewer than two clusters, clusters are given for kind "parametric", or a test for an
        interval other than "t".

    Examples
    --------
    >>> yi, vi = [0.1, 0.3, 0.35, 0.65, 0.45, 0.15], [0.03, 0.03, 0.05, 0.01, 0.05, 0.02]
    >>> result = bootstrap(yi=yi, vi=vi, draws=2000)
    >>> result.summary()["term"].tolist()
    ['estimate', 'tau2', 'I2 (%)']
    """
    if isinstance(effects, Pooled):
        method = effects.method if method is None else method
        if interval == "t" and test is None:
            test = "z" if effects.test == "t" else effects.test
        effects = effects.effects
    option("kind", kind, KINDS)
    option("interval", interval, INTERVALS)
    method = option("method", "REML" if method is None else method, METHODS)
    if test is not None and interval != "t":
        raise InputError(
            f"test={test!r} is for interval='t', not {interval!r}, which takes no standard error."
        )
    test = option("test", "adhoc" if test is None else test, TESTS)
    level = checked_level(level)
    draws, seed = whole_number("draws", draws, 100, MOST_DRAWS), seeded(seed)
    if interval == "bca" and kind == "parametric":
        raise OptionError(
            "interval='bca' needs kind='cluster': its acceleration comes from leaving out studies."
        )
    if cluster is not None and kind == "parametric":
        raise InputError("cluster is for kind='cluster'; the parametric bootstrap takes rows as independent.")
    given = studies("bootstrap", effects, yi, vi, least=2, instead="One study is not pooled.")
    choices = {"method": method, "test": test}
    observed = pool_many(given.y, given.v, **choices)
    rows = np.arange(given.y.size)[:, None] if kind == "parametric" else _clusters(given, cluster)
    drawn = _draw(given, observed, rows, kind, draws, np.random.default_rng(seed), choices, progress)
    left_out = _left_out(given, rows, choices) if kind == "cluster" else {}
    if interval == "bca" and not left_out:
        raise TooFewStudiesError(
            "interval='bca' needs two or more rows beside each cluster that is left out."
        )
    start = Bootstrap(
        estimate=float(observed.estimate[0]),
        tau2=float(observed.tau2[0]),
        i2=float(observed.i2[0]),
        estimate_ci=_NOT_YET,
        tau2_ci=_NOT_YET,
        i2_ci=_NOT_YET,
        draws=drawn,
        left_out=left_out,
        se=float(observed.se[0]),
        k=given.y.size,
        clusters=len(rows),
        kind=kind,
        interval=interval,
        method=method,
        test=test,
        level=level,
        seed=seed,
        notes=_notes(kind, method, float(observed.tau2[0]), len(rows)),
    )
    return replace(start, **{f"{term}_ci": start.ci(term) for term in TERMS})


def _notes(kind: str, method: str, tau2: float, clusters: int) -> tuple[str, ...]:
    if kind == "cluster":
        return (_FEW_CLUSTERS.format(clusters),) if clusters < FEW else ()
    return (_EMPTY_TAU2,) if method != "EE" and tau2 == 0 else ()


def _clusters(given: Studies, cluster: ArrayLike | None) -> IntArray:
    """Rows of each cluster, shape (clusters, size of the largest); -1 fills up the smaller ones."""
    names = list(range(given.y.size)) if given.table is None else given.table["study_id"].tolist()
    if cluster is not None:
        names = np.asarray(cluster, dtype=object).ravel().tolist()
        if len(names) != given.y.size:
            raise InputError(f"cluster has {len(names)} values where {given.y.size} are needed.")
    codes, known = pd.factorize(np.array(names, dtype=object))
    if (codes < 0).any():
        raise InputError(f"cluster has no value for {given.labels[int(codes.argmin())]}.")
    if len(known) < 2:
        raise InputError(f"All rows belong to one cluster, {known[0]!r}; resampling needs two or more.")
    rows = np.full((len(known), int(np.bincount(codes).max())), -1)
    for code in range(len(known)):
        inside = np.flatnonzero(codes == code)
        rows[code, : inside.size] = inside
    return rows


def _chosen(given: Studies, rows: IntArray, chosen: IntArray) -> Resampled:
    """Rows of the chosen clusters, of which each row of `chosen` names some."""
    at = rows[chosen].reshape(len(chosen), -1)
    gaps = rows.min() < 0
    return Resampled(given.y[at], given.v[at], (at >= 0).astype(float) if gaps else None)


def _draw(
    given: Studies,
    observed: Many,
    rows: IntArray,
    kind: str,
    draws: int,
    generator: np.random.Generator,
    choices: dict[str, str],
    progress: Progress | None,
) -> dict[str, FloatArray]:
    """Pool the draws block by block."""
    tally, parts, left = Tally(progress, draws), [], draws
    spread = np.sqrt(observed.tau2[0] + given.v)
    while left:
        n = min(left, max(1, _NUMBERS // rows.size))
        if kind == "parametric":
            drawn = Resampled(
                observed.estimate[0] + spread * generator.normal(size=(n, spread.size)), given.v, None
            )
        else:
            drawn = _chosen(given, rows, generator.integers(0, len(rows), (n, len(rows))))
        parts.append(_numbers(pool_many(*drawn, **choices)))
        left -= n
        tally.add(n)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _left_out(given: Studies, rows: IntArray, choices: dict[str, str]) -> dict[str, FloatArray]:
    """Results without each cluster in turn; empty where fewer than two rows would be left."""
    sizes = (rows >= 0).sum(axis=1)
    if given.y.size - sizes.max() < 2:
        return {}
    m = len(rows)
    others = np.arange(m - 1) + (np.arange(m - 1) >= np.arange(m)[:, None])
    return _numbers(pool_many(*_chosen(given, rows, others), **choices))


def _numbers(many: Many) -> dict[str, FloatArray]:
    return {name: getattr(many, name) for name in (*TERMS, "se")}
