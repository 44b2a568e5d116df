"""What a specification curve draws: the paths it shows, their places, and the rows of choices under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence.arguments import FloatArray
from evidence.effects.measures import MEASURES
from evidence.errors import InputError
from evidence.figures.forest_axis import Axis, axis, robust_limits
from evidence.figures.text import number
from evidence.robustness.multiverse_choices import NAMES
from evidence.robustness.multiverse_result import SHARE, Multiverse
from evidence.synthesis.proportion_result import NAMES as TRANSFORMED

_SHARES = ("first_order", "total", "alone_low", "alone_high")
_SEED = 1  # the same paths on every run
_CODES = {
    "test": {"z": "z (Wald)", "t": "t (Wald)", "knha": "Hartung-Knapp", "adhoc": "Hartung-Knapp, ad hoc"},
    "method": {"EE": "EE (common effect)"},
    "model": {"GLMM": "binomial-normal (GLMM)", "exact": "exact, summed counts"},
}


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One choice.

    Attributes
    ----------
    name : str
    levels : tuple of str
        In words.
    protocol : int
        Position of the protocol's level; -1 where it has none on this scale.
    first, total : float
        Shares of the variance.
    alone : tuple of float
        Range of the estimate when this choice alone leaves the protocol; NaN on another scale.
    """

    name: str
    levels: tuple[str, ...]
    protocol: int
    first: float
    total: float
    alone: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """What is drawn.

    Attributes
    ----------
    result : Multiverse
    scale : str
    units : Axis
    paths : DataFrame
        Distinct paths with an estimate, lowest first; `shown` are the positions drawn.
    shown : array of int
    estimate, low, high : array, shape (shown,)
        Positions on the axis.
    limits : tuple of float
    groups : tuple of Group
        The choice that moves the answer most first.
    taken : array of int, shape (groups, shown)
        Level that each path takes of each choice.
    lesser, same : tuple of str
        Choices that are not drawn: those that matter less, and those whose levels give no path of their own.
    """

    result: Multiverse
    scale: str
    units: Axis
    paths: pd.DataFrame
    shown: NDArray[np.intp]
    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    null: float
    limits: tuple[float, float]
    groups: tuple[Group, ...]
    taken: NDArray[np.intp]
    lesser: tuple[str, ...]
    same: tuple[str, ...]

    @property
    def protocol(self) -> int | None:
        """Position, among those drawn, of the protocol's path; None on another scale."""
        spots = np.flatnonzero(self.paths["protocol"].to_numpy()[self.shown])
        return int(spots[0]) if spots.size else None

    @property
    def mark(self) -> str:
        """What the line stands for that an interval may lie beyond."""
        return "no effect" if self.result.question.benchmark is None else "the benchmark"

    def said(self, value: float) -> str:
        """Write a number of the reader's scale."""
        if self.units.percent:
            return f"{number(100 * value, self.units.digits)} %"
        return self.units.number(float(np.log(value)) if self.units.ratio else value)

    def interval(self, row: pd.Series) -> str:
        """Write an estimate with its interval."""
        ends = f"{self.said(row['ci_low'])} to {self.said(row['ci_high'])}"
        return f"{self.said(row['estimate'])} ({ends})"


def curve(
    result: Multiverse, scale: str | None, paths: int, choices: Sequence[str] | None, most_rows: int | None
) -> Curve:
    """Choose what to draw.

    Parameters
    ----------
    result : Multiverse
    scale : str or None
    paths : int
        Most paths to draw; see `_thinned`.
    choices : sequence of str or None
        Choices to draw; by default those that vary, the most important first.
    most_rows : int or None
        Most rows of levels, where `choices` is left open.

    Raises
    ------
    InputError
        If no path on the scale has an estimate, `paths` is no number of 2 or more, or a choice does not vary.
    """
    if isinstance(paths, bool) or not isinstance(paths, int) or paths < 2:
        raise InputError(f"paths={paths!r} must be a whole number of 2 or more.")
    pooled = result.on(scale)
    pooled = pooled.loc[pooled["distinct"]].reset_index(drop=True)
    if pooled.empty:
        raise InputError(f"{result.question.id} has no pooled path on this scale: there is no curve to draw.")
    chosen = result.scale if scale is None else scale
    units = _units(result, pooled)
    shown = _thinned(pooled, paths)
    drawn = pooled.iloc[shown]
    estimate, low, high = (_position(units, drawn[name]) for name in ("estimate", "ci_low", "ci_high"))
    null = _position(units, [_null(result, units, chosen)])[0]
    groups, codes, lesser, same = _groups(result, pooled, scale, choices, most_rows)
    return Curve(
        result=result,
        scale=chosen,
        units=units,
        paths=pooled,
        shown=shown,
        estimate=estimate,
        low=low,
        high=high,
        null=float(null),
        limits=robust_limits(estimate, low, high, estimate, [], null=float(null)),
        groups=groups,
        taken=codes[:, shown],
        lesser=lesser,
        same=same,
    )


def _units(result: Multiverse, paths: pd.DataFrame) -> Axis:
    # Another scale has one measure of its own; a result with one scale has no such column.
    measure = paths["measure"].iloc[0] if "measure" in paths.columns else result.question.measure
    return axis(MEASURES[measure].scale, measure, None)


def _position(units: Axis, values: Sequence[float] | pd.Series) -> FloatArray:
    """Places on the axis of numbers on the reader's scale."""
    values = np.asarray(values, dtype=float)
    if units.percent:
        return 100 * values
    with np.errstate(divide="ignore"):
        return np.log(values) if units.ratio else values


def _null(result: Multiverse, units: Axis, scale: str) -> float:
    if scale == SHARE:
        return np.nan if result.question.benchmark is None else result.question.benchmark
    return 1.0 if units.ratio else 0.0


def _thinned(paths: pd.DataFrame, most: int) -> NDArray[np.intp]:
    """Take one path at random from each of `most` equal stretches of ranks, and the protocol's always.

    Every so-manieth path would not do: levels follow one another at regular steps, and whole levels would
    be passed over.
    """
    if len(paths) <= most:
        return np.arange(len(paths))
    edges = np.linspace(0, len(paths), most + 1)
    spots = edges[:-1] + np.random.default_rng(_SEED).random(most) * np.diff(edges)
    return np.union1d(np.floor(spots).astype(np.intp), np.flatnonzero(paths["protocol"]))


def _groups(
    result: Multiverse,
    paths: pd.DataFrame,
    scale: str | None,
    choices: Sequence[str] | None,
    most_rows: int | None,
) -> tuple[tuple[Group, ...], NDArray[np.intp], tuple[str, ...], tuple[str, ...]]:
    table = result.importance(scale=scale).set_index("choice")
    known = {choice.name: choice for choice in result.choices}
    names = list(table.index) if choices is None else list(choices)
    for name in names:
        if name not in table.index:
            raise InputError(f"choices holds {name!r}; those that vary are {', '.join(table.index)}.")
    groups, codes, drawn, same, rows = [], [], set(), [], 0
    for name in names:
        levels = [level for level in known[name].levels if (paths[name] == level).any()]
        if len(levels) < 2:
            same.append(name)
            continue
        rows += len(levels)
        if choices is None and most_rows is not None and groups and rows > most_rows:
            break
        words = tuple(_words(name, level) for level in levels)
        protocol = levels.index(known[name].protocol) if known[name].protocol in levels else -1
        first, total, *alone = (float(x) for x in table.loc[name, list(_SHARES)])
        title = NAMES[name][0].upper() + NAMES[name][1:]
        groups.append(Group(title, words, protocol, first, total, (alone[0], alone[1])))
        drawn.add(name)
        codes.append(paths[name].map({level: i for i, level in enumerate(levels)}).to_numpy(dtype=np.intp))
    lesser = [name for name in table.index if name not in drawn and name not in same]
    codes_of_paths = np.array(codes, dtype=np.intp).reshape(len(groups), len(paths))
    in_words = (tuple(NAMES[name] for name in left) for left in (lesser, same))
    return tuple(groups), codes_of_paths, *in_words


def _words(name: str, level: str | float) -> str:
    if level in _CODES.get(name, {}):
        return _CODES[name][level]
    if name == "r":
        return f"r = {level:g}"
    if name == "model":
        measure, method = str(level).split(" ")
        return f"{TRANSFORMED[measure]}, {method}"
    return str(level).replace("_", " ")
