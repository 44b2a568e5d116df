"""Fit every model of a multiverse to every distinct data set, many at once."""

from __future__ import annotations

import numpy as np

from evidence.arguments import FloatArray
from evidence.effects.measures import MEASURES
from evidence.effects.scale import scale
from evidence.robustness.multiverse_choices import BY_COUNTS, Choice
from evidence.robustness.multiverse_data import DataSet, Progress
from evidence.synthesis.exact import exact_interval
from evidence.synthesis.inference import quantile
from evidence.synthesis.many import Many, pool_many
from evidence.synthesis.proportion import proportion

NUMBERS = ("estimate", "ci_low", "ci_high", "p", "tau2", "i2", "pi_low", "pi_high")
_ON_SCALE = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")

Numbers = dict[str, FloatArray]


def fit_effects(
    sets: list[DataSet], methods: Choice, tests: Choice, level: float, progress: Progress | None
) -> Numbers:
    """Pool every data set by every method and test.

    Parameters
    ----------
    sets : list of DataSet
    methods, tests : Choice
    level : float
    progress : callable or None

    Returns
    -------
    dict
        By name of `NUMBERS`, an array of shape (sets, methods, tests): the numbers of `ev.pool` with
        ``prediction="test"``, estimates and intervals on the reader's scale. NaN where nothing is pooled.
    """
    shape = (len(sets), len(methods.levels), len(tests.levels))
    numbers = {name: np.full(shape, np.nan) for name in NUMBERS}
    used = [i for i, each in enumerate(sets) if not each.reason]
    if not used:
        return numbers
    yi, vi, mask = _side_by_side([sets[i] for i in used])
    for m, method in enumerate(methods.levels):
        if progress is not None:
            progress("Pooling", m, len(methods.levels))
        for t, test in enumerate(tests.levels):
            many = pool_many(yi, vi, mask, method=method, test=test, level=level)
            for name, values in _of_many(many, method, level).items():
                numbers[name][used, m, t] = values
    if progress is not None:
        progress("Pooling", len(methods.levels), len(methods.levels))
    for i in used:
        back = scale(MEASURES[sets[i].measure].scale).back
        for name in _ON_SCALE:
            numbers[name][i] = back(numbers[name][i])
    return numbers


def _side_by_side(sets: list[DataSet]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lay data sets of unlike length into rows; the mask is 0 where a row has no study."""
    widest = max(each.k for each in sets)
    mask = np.array([np.arange(widest) < each.k for each in sets], dtype=float)
    yi, vi = np.zeros(mask.shape), np.ones(mask.shape)
    for row, each in enumerate(sets):
        yi[row, : each.k], vi[row, : each.k] = each.yi, each.vi
    return yi, vi, mask


def _of_many(many: Many, method: str, level: float) -> Numbers:
    """Take over the numbers, with the prediction interval by the distribution and error of the test."""
    half = quantile(many.df, level) * np.hypot(np.sqrt(many.tau2), many.se)
    if method == "EE":  # a common effect leaves nothing to predict
        half = np.full(half.shape, np.nan)
    found = {name: getattr(many, name) for name in NUMBERS if not name.startswith("pi_")}
    return found | {"pi_low": many.estimate - half, "pi_high": many.estimate + half}


def fit_shares(sets: list[DataSet], models: Choice, level: float, progress: Progress | None) -> Numbers:
    """Pool the counts of every data set by every model.

    Parameters
    ----------
    sets : list of DataSet
    models : Choice
        "GLMM", "exact", or a measure and a method of `pool`, such as "PLO REML".
    level : float
    progress : callable or None

    Returns
    -------
    dict
        By name of `NUMBERS`, an array of shape (sets, models): the numbers of `ev.proportion`, as shares
        of people. There is no p value: no share stands for no effect.
    """
    shape = (len(sets), len(models.levels))
    numbers = {name: np.full(shape, np.nan) for name in NUMBERS}
    used = [i for i, each in enumerate(sets) if not each.reason]
    for done, i in enumerate(used):
        for m, model in enumerate(models.levels):
            if progress is not None:
                progress("Pooling", done * len(models.levels) + m, len(used) * len(models.levels))
            for name, value in _share(sets[i], str(model), level).items():
                numbers[name][i, m] = value
    if progress is not None and used:
        progress("Pooling", len(used) * len(models.levels), len(used) * len(models.levels))
    return numbers


def _share(data: DataSet, model: str, level: float) -> dict[str, float]:
    if model == "exact":
        # As `proportion` does, without the intervals that it shows beside.
        low, high = exact_interval(data.xi.sum(), data.ni.sum(), level=level)
        share = float(data.xi.sum() / data.ni.sum())
        return {"estimate": share, "ci_low": float(low[0]), "ci_high": float(high[0])}
    counts = {"xi": data.xi, "ni": data.ni, "level": level}
    if model in BY_COUNTS:
        result = proportion(**counts, method=model)
    else:
        measure, method = model.split(" ")
        result = proportion(**counts, measure=measure, method=method)
    names = ("", "_low", "_high", "_pi_low", "_pi_high")
    found = {to: getattr(result, f"proportion{name}") for to, name in zip(_ON_SCALE, names, strict=True)}
    return found | {"tau2": result.tau2, "i2": result.i2}
