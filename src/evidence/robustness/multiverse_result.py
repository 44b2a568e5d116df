"""`Multiverse`: the paths through the analytic choices of a question, and what they say together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evidence.arguments import option
from evidence.robustness.choice_importance import variance_shares
from evidence.robustness.multiverse_choices import NAMES, Choice, effects_options
from evidence.synthesis.result import Result
from evidence.tables.question import Question

SHARE = "share of people"
RATIOS = ("odds ratio", "risk ratio")
OF = ("estimate", "ci_low", "ci_high", "tau2")


@dataclass(frozen=True, slots=True, eq=False)
class Multiverse(Result):
    """Result of `evidence.robustness.multiverse.multiverse`.

    Attributes
    ----------
    question : Question
    choices : tuple of Choice
        Name, levels and the protocol's level of each choice that was varied.
    paths : DataFrame
        One row a path: `path` (its number in the grid), a column a choice, `scale`, `k`, `people`,
        estimate, ci_low, ci_high, pi_low, pi_high on the reader's scale (ratios, not their logarithms;
        shares of people), p, tau2 on the analysis scale, i2 in percent, `beyond` ("above", "below" or
        "neither": where the interval lies to no effect, or to the question's benchmark), `protocol`, `data`
        (number of its data set), `same_as` (the path that speaks for all with the same data and model),
        `distinct`, and `reason` (why it was not pooled). Sorted by estimate, the question's own scale first,
        paths without an estimate last.
    dropped : dict
        Choices that were not varied, by name, with the reason.
    level : float
        Of all intervals.
    notes : tuple of str
        What a reader should know.
    """

    question: Question
    choices: tuple[Choice, ...]
    paths: pd.DataFrame = field(repr=False)
    dropped: dict[str, str]
    level: float
    notes: tuple[str, ...]

    @property
    def primary(self) -> pd.Series:
        """The protocol's path: what `ev.answer` says, where that pools."""
        return self.paths.loc[self.paths["protocol"]].iloc[0]

    @property
    def scale(self) -> str:
        """The scale of the protocol's path."""
        return str(self.primary["scale"])

    @property
    def scales(self) -> tuple[str, ...]:
        """Every scale that a path stands on, the protocol's first."""
        return tuple(dict.fromkeys([self.scale, *self.paths["scale"]]))

    @property
    def pooled(self) -> int:
        """Paths with an estimate."""
        return int(self.paths["estimate"].notna().sum())

    @property
    def distinct(self) -> int:
        """Paths with an estimate that differ in their data or their model."""
        return int((self.paths["distinct"] & self.paths["estimate"].notna()).sum())

    def on(self, scale: str | None = None) -> pd.DataFrame:
        """Return the pooled paths on one scale, by default the protocol's.

        Raises
        ------
        OptionError
            If no path stands on that scale.
        """
        chosen = self.scale if scale is None else option("scale", scale, self.scales)
        return self.paths.loc[(self.paths["scale"] == chosen) & self.paths["estimate"].notna()]

    def summary(self) -> pd.DataFrame:
        """Return one row a scale, first of all its pooled paths, then of the distinct ones.

        Columns: scale, counted ("all paths" or "distinct paths"), paths, median, lowest and highest
        estimate, primary, and the shares of these paths whose interval lies below and above no effect (or
        the benchmark) and beyond it on the claim's side; NaN where there is no such side.
        """
        rows = []
        for scale in self.scales:
            pooled = self.on(scale)
            for counted, paths in (("all paths", pooled), ("distinct paths", pooled.loc[pooled["distinct"]])):
                row = {"scale": scale, "counted": counted, "paths": len(paths)} | _spread(paths)
                row["primary"] = self.primary["estimate"] if scale == self.scale else math.nan
                row |= _sides(paths)
                side = {"high": "share_above", "low": "share_below"}.get(self.question.claim_side)
                row["share_claim"] = row[side] if side else math.nan
                rows.append(row)
        return pd.DataFrame(rows)

    def by_choice(self, scale: str | None = None) -> pd.DataFrame:
        """Return one row a level of each choice: how the paths that take it come out.

        Parameters
        ----------
        scale : str, optional
            By default the protocol's. Measures on other scales are no levels of this table.

        Returns
        -------
        DataFrame
            choice, level, protocol, paths, pooled, median, lowest, highest, share_below, share_above.
        """
        chosen = self.scale if scale is None else option("scale", scale, self.scales)
        of_scale = self.paths.loc[self.paths["scale"] == chosen]
        rows = []
        for choice in self.choices:
            for level in choice.levels:
                paths = of_scale.loc[of_scale[choice.name] == level]
                if paths.empty:
                    continue
                pooled = paths.loc[paths["estimate"].notna()]
                row = {"choice": choice.name, "level": level, "protocol": level == choice.protocol}
                row |= {"paths": len(paths), "pooled": len(pooled)}
                rows.append(row | _spread(pooled) | _sides(pooled))
        return pd.DataFrame(rows)

    def importance(self, of: str = "estimate", scale: str | None = None) -> pd.DataFrame:
        """Return which choices move the answer, the one that moves it most first.

        Parameters
        ----------
        of : {"estimate", "ci_low", "ci_high", "tau2"}
            What is taken apart; ratios as their logarithms.
        scale : str, optional
            By default the protocol's.

        Returns
        -------
        DataFrame
            choice, name, levels (those with a pooled path), first_order and total (shares of the variance
            over all paths: by the choice alone, and with its interactions), alone_low and alone_high (range
            when only this choice leaves the protocol, on the reader's scale; on the protocol's scale only)
            and orthogonal: False where paths are missing, so that shares of choices overlap.

        See Also
        --------
        evidence.robustness.choice_importance.variance_shares
        """
        option("of", of, OF)
        varied, grid, complete = self._grid(of, scale)
        chosen = self.scale if scale is None else scale
        shares = variance_shares(np.log(grid) if chosen in RATIOS and of != "tau2" else grid)
        rows = []
        for axis, (choice, levels) in enumerate(varied):
            row = {"choice": choice.name, "name": NAMES[choice.name], "levels": levels}
            row |= {"first_order": float(shares.first[axis]), "total": float(shares.total[axis])}
            row |= self._alone(choice, of, chosen)
            rows.append(row | {"orthogonal": complete})
        columns = [
            "choice",
            "name",
            "levels",
            "first_order",
            "total",
            "alone_low",
            "alone_high",
            "orthogonal",
        ]
        table = pd.DataFrame(rows, columns=columns)
        return table.sort_values(["total", "first_order"], ascending=False, kind="stable", ignore_index=True)

    def _grid(self, of: str, scale: str | None) -> tuple[list[tuple[Choice, int]], np.ndarray, bool]:
        """Return choices with the number of their levels, the numbers of the grid, and whether all are there.

        Levels without any pooled path are left out first.
        """
        pooled = self.on(scale)
        varied, codes = [], []
        for choice in self.choices:
            levels = [level for level in choice.levels if (pooled[choice.name] == level).any()]
            if len(levels) > 1:
                varied.append((choice, len(levels)))
                codes.append(pooled[choice.name].map({level: i for i, level in enumerate(levels)}).to_numpy())
        grid = np.full([levels for _, levels in varied], np.nan)
        if varied:
            grid[tuple(code.astype(int) for code in codes)] = pooled[of].to_numpy()
        return varied, grid, bool(np.isfinite(grid).all()) if varied else True

    def _alone(self, choice: Choice, of: str, scale: str) -> dict[str, float]:
        """Return the range when a choice alone leaves the protocol."""
        paths = self.on(scale)
        for other in self.choices:
            if other is not choice:
                paths = paths.loc[paths[other.name] == other.protocol]
        return {"alone_low": float(paths[of].min()), "alone_high": float(paths[of].max())}

    def options(self, path: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what repeats a path by hand: the choices of `review.effects`, and those of the model.

        Parameters
        ----------
        path : int
            Number in the column `path`.

        Returns
        -------
        tuple of dict
            For a change or contrast the second is for ``ev.pool``; for a proportion it holds `model`.
        """
        numbers = self.paths["path"].tolist()
        row = self.paths.iloc[numbers.index(option("path", path, numbers))]
        levels = {choice.name: row[choice.name] for choice in self.choices}
        if "model" in levels:
            return effects_options(levels), {"model": levels["model"]}
        model = {"method": levels["method"], "test": levels["test"]}
        return effects_options(levels), model | {"prediction": "test", "level": self.level}

    def method_text(self) -> str:
        """Return the sentence a methods section needs."""
        varied = [choice for choice in self.choices if len(choice.levels) > 1]
        levels = "; ".join(
            f"{NAMES[choice.name]} ({', '.join(str(level) for level in choice.levels)})" for choice in varied
        )
        unpooled = len(self.paths) - self.pooled
        left = f"; {unpooled:,} paths left nothing to pool and are listed with their reason" * bool(unpooled)
        several = len(self.scales) > 1
        apart = f" Estimates on {len(self.scales)} scales are kept apart: {', '.join(self.scales)}." * several
        return (
            f"A multiverse analysis (Steegen et al. 2016) answered the question on all"
            f" {len(self.paths):,} paths through its analytic choices: {levels}. {self.pooled:,} paths were"
            f" pooled, {self.distinct:,} of them distinct in data or model{left}. Intervals have a level of"
            f" {100 * self.level:g} %.{apart}"
        )


def _spread(paths: pd.DataFrame) -> dict[str, float]:
    estimates = paths["estimate"]
    return {
        "median": float(estimates.median()),
        "lowest": float(estimates.min()),
        "highest": float(estimates.max()),
    }


def _sides(paths: pd.DataFrame) -> dict[str, float]:
    """Shares of paths whose interval lies beyond no effect."""
    asked = paths.loc[paths["beyond"] != "", "beyond"]
    if asked.empty:
        return {"share_below": math.nan, "share_above": math.nan}
    return {f"share_{side}": float((asked == side).mean()) for side in ("below", "above")}
