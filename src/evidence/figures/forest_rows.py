"""The rows of a forest plot: studies, subgroups, pooled results and what is shown without being pooled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.special import logit
from scipy.stats import norm

from evidence.arguments import option
from evidence.effects.effects import Effects
from evidence.errors import InputError
from evidence.figures.forest_axis import Axis
from evidence.figures.forest_words import brief_heterogeneity, counted, per_cent
from evidence.synthesis.exact import exact_interval

# Nobody and everybody, as near as the logit goes.
_NOUGHT = 1e-9
_DECIMALS = 9

SORTS = (None, "estimate", "weight", "label", "n")
MARKS = {"R": "randomised", "N": "non-randomised", "S": "single-arm", "O": "other design"}


class PooledResult(Protocol):
    """What `forest` needs of a pooled result; it shows more where there is more."""

    estimate: float
    ci_low: float
    ci_high: float
    k: int
    level: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row; numbers stand on the analysis scale.

    `kind` is "group", "study", "excluded", "pooled", "prediction" or "note"; `overall` marks the row
    that opens the pooled result of all studies, or the list of those not pooled.
    """

    kind: str
    label: str
    note: str = ""
    yi: float = np.nan
    low: float = np.nan
    high: float = np.nan
    weight: float = np.nan
    cells: Mapping[str, str] = field(default_factory=dict)
    overall: bool = False

    def __post_init__(self) -> None:
        # The last bits of a number differ between versions of NumPy; the bytes of a figure should not.
        for name in ("yi", "low", "high", "weight"):
            object.__setattr__(self, name, round(float(getattr(self, name)), _DECIMALS))


class Made(Protocol):
    """A column whose cells are written from several columns of the table."""

    def of(self, study: Mapping[str, Any]) -> str:
        """Write the cell of a study."""
        ...

    def total(self, part: pd.DataFrame) -> str:
        """Write the cell beside the pooled result of some studies."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn: the studies, the results and the choices about them.

    `made` holds columns that are written from several columns of the table, by name.
    """

    effects: Effects
    pooled: PooledResult | None
    axis: Axis
    level: float
    studies: pd.DataFrame
    columns: tuple[str, ...]
    routes: dict[str, str]
    groups: str | None = None
    subgroups: Mapping[str, PooledResult] | None = None
    sort: str | None = None
    show_excluded: bool = True
    show_prediction: bool = True
    made: Mapping[str, Made] = field(default_factory=dict)


def design_mark(design: object) -> str:
    """Return the letter of a study design: R, N, S, O, or "" when it is not stated.

    Examples
    --------
    >>> [design_mark(x) for x in ("rct_split_face", "nonrandomised_parallel", "single_arm", "other", "")]
    ['R', 'N', 'S', 'O', '']
    """
    words = "" if pd.isna(design) else str(design).strip().lower().replace("-", "").replace("_", " ")
    if not words:
        return ""
    if words in ("n", "nrs", "nrsi") or any(
        part in words for part in ("nonrandom", "non random", "not random")
    ):
        return "N"
    if words in ("r", "rct") or words.startswith(("rct", "random", "quasi random")):
        return "R"
    if words == "s" or any(part in words for part in ("single", "before", "case series", "one arm")):
        return "S"
    return "O"


def study_table(effects: Effects, pooled: PooledResult | None, level: float) -> pd.DataFrame:
    """Return the rows of `effects` with their intervals and weights in percent.

    Intervals that a source printed (columns ci_low and ci_high of the table) are drawn as printed; shares of
    people with their counts (columns xi and ni) as such, with exact intervals; the others follow from the
    variance by normal quantiles.
    """
    table = effects.table.copy()
    reach = norm.ppf((1 + level) / 2) * np.sqrt(table["vi"].where(table["vi"] > 0))
    table["_low"], table["_high"] = table["yi"] - reach, table["yi"] + reach
    if {"ci_low", "ci_high"} <= set(table.columns):
        table["_low"] = table["ci_low"].fillna(table["_low"])
        table["_high"] = table["ci_high"].fillna(table["_high"])
    table["_weight"] = np.nan
    if counted(effects):
        known = table["ni"].notna()
        x, n = (table.loc[known, name].to_numpy(dtype=float) for name in ("xi", "ni"))
        shares = np.array([x / n, *exact_interval(x, n, level=level)])
        table.loc[known, ["yi", "_low", "_high"]] = logit(shares.clip(_NOUGHT, 1 - _NOUGHT)).T
        table.loc[table["included"], "_weight"] = 100 * n / n.sum() if known.all() else np.nan
    if getattr(pooled, "weights", None) is not None:
        weights = np.asarray(pooled.weights, dtype=float)
        if weights.shape != (effects.k,):
            raise InputError(
                f"weights has shape {weights.shape} where ({effects.k},) is needed, one a study pooled."
            )
        table.loc[table["included"], "_weight"] = weights
    table["_mark"] = [design_mark(design) for design in table["design"]]
    return table


def route_letters(table: pd.DataFrame) -> dict[str, str]:
    """Give each way the numbers were had a letter, in order of appearance."""
    routes = [str(route) for route in table["route"] if not pd.isna(route) and str(route).strip()]
    distinct = list(dict.fromkeys(routes))
    letters = "abcdefghijklmnopqrstuvwxyz"
    if len(distinct) > len(letters):
        raise InputError(
            f"The column route holds {len(distinct)} different texts; at most {len(letters)} get a letter."
        )
    return dict(zip(distinct, letters, strict=False))


def build_rows(plan: Plan) -> list[Row]:
    """Return every row from top to bottom."""
    used = _sorted(plan.studies.loc[plan.studies["included"]], plan.sort)
    rows = [row for name, part, result in _parts(plan, used) for row in _part_rows(plan, name, part, result)]
    if plan.pooled is not None:
        label = "All studies" if plan.subgroups else "Pooled"
        rows.append(replace(_pooled_row(plan, plan.pooled, used, label), overall=True))
        rows.extend(_prediction_row(plan))
    left_out = _sorted(plan.studies.loc[~plan.studies["included"]], plan.sort)
    if plan.show_excluded and len(left_out):
        rows.append(Row("group", "Shown, not pooled", overall=True))
        rows.extend(_study_row(plan, study, "excluded") for study in left_out.to_dict("records"))
    return rows


def _parts(plan: Plan, used: pd.DataFrame) -> list[tuple[str, pd.DataFrame, Any]]:
    """Split the studies into (heading, studies, pooled result of the part)."""
    if plan.subgroups is not None:
        member = _membership(plan.subgroups, used)
        parts = [(name, used.loc[member == name], result) for name, result in plan.subgroups.items()]
        rest = used.loc[member == ""]
        return [*parts, ("In no subgroup", rest, None)] if len(rest) else parts
    if plan.groups is not None:
        names = used[plan.groups].fillna("not stated").astype(str).replace("", "not stated")
        return [(name, used.loc[names == name], None) for name in dict.fromkeys(names)]
    return [("", used, None)]


def _membership(subgroups: Mapping[str, Any], used: pd.DataFrame) -> pd.Series:
    """Say for every pooled study which subgroup holds it; the same study may stand in one only."""
    member = pd.Series("", index=used.index)
    keys = _keys(used)
    for name, result in subgroups.items():
        for key in _keys(result.effects.included).to_list():
            free = keys.index[(keys == key) & (member == "")]
            if not len(free):
                raise InputError(
                    f"subgroups[{name!r}] holds {key[1]!r}, which the overall result does not hold"
                    " or another subgroup holds already; pool the same rows in both, each in one subgroup."
                )
            member.loc[free[0]] = name
    return member


def _keys(table: pd.DataFrame) -> pd.Series:
    numbers = zip(table["study_id"], table["label"], table["yi"].round(9), table["vi"].round(9), strict=True)
    return pd.Series(list(numbers), index=table.index, dtype=object)


def _part_rows(plan: Plan, name: str, part: pd.DataFrame, result: Any) -> list[Row]:
    rows = [Row("group", name)] if name else []
    rows += [_study_row(plan, study, "study") for study in part.to_dict("records")]
    if result is not None and result.k > 1:
        rows.append(_pooled_row(plan, result, part, "Subgroup"))
        rows.append(Row("note", brief_heterogeneity(result)))
    elif result is not None:
        rows.append(Row("note", "One study: shown, not pooled"))
    return rows


def _study_row(plan: Plan, study: Mapping[str, Any], kind: str) -> Row:
    reason = "" if pd.isna(study["reason"]) else str(study["reason"])
    cells = {name: _cell(plan, name, study) for name in plan.columns}
    note = reason if kind == "excluded" else ""
    return Row(
        kind, str(study["label"]), note, study["yi"], study["_low"], study["_high"], study["_weight"], cells
    )


def _cell(plan: Plan, name: str, study: Mapping[str, Any]) -> str:
    if name in plan.made:
        return plan.made[name].of(study)
    if name == "estimate":
        if not np.isfinite(study["yi"]):
            return "no usable number"
        return plan.axis.estimate(study["yi"], study["_low"], study["_high"])
    if name == "weight":
        return f"{study['_weight']:.1f}" if np.isfinite(study["_weight"]) else ""
    if name == "design":
        return study["_mark"] or "–"
    if name == "route":
        return plan.routes.get(str(study["route"]), "–")
    value = study[name]
    if pd.isna(value) or value == "":
        return "–"
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}".replace("-", "−")
    return str(value)


def _pooled_row(plan: Plan, result: Any, part: pd.DataFrame, label: str) -> Row:
    cells = {"estimate": plan.axis.estimate(result.estimate, result.ci_low, result.ci_high)}
    if "n" in plan.columns and part["n"].notna().all():
        cells["n"] = f"{part['n'].astype(float).sum():.6g}"
    cells |= {name: made.total(part) for name, made in plan.made.items()}
    weight = float(part["_weight"].sum())
    if np.isfinite(weight) and len(part):
        cells["weight"] = f"{weight:.1f}"
    return Row(
        "pooled",
        f"{label} (k = {result.k})",
        "",
        result.estimate,
        result.ci_low,
        result.ci_high,
        weight,
        cells,
    )


def _prediction_row(plan: Plan) -> list[Row]:
    low, high = (getattr(plan.pooled, name, np.nan) for name in ("pi_low", "pi_high"))
    if not plan.show_prediction or not (np.isfinite(low) and np.isfinite(high)):
        return []
    label = f"{per_cent(plan.level)} prediction interval"
    cells = {"estimate": plan.axis.interval(low, high)}
    return [Row("prediction", label, "", plan.pooled.estimate, low, high, np.nan, cells)]


def _sorted(table: pd.DataFrame, sort: str | None) -> pd.DataFrame:
    option("sort", sort, SORTS)
    if sort is None:
        return table
    if sort == "weight":
        order = table["_weight"].fillna(1 / table["vi"].where(table["vi"] > 0))
        return table.loc[order.sort_values(ascending=False, kind="stable").index]
    column = {"estimate": "yi", "label": "label", "n": "n"}[sort]
    return table.sort_values(column, kind="stable")


def known_columns(effects: Effects) -> list[str]:
    """Return every name that `columns` may hold: the figure's own and those of the table."""
    own = ("n", "design", "route", "estimate", "weight")
    hidden = {"yi", "vi", "included", "reason", "label", *own}
    return [*own, *(name for name in effects.table.columns if name not in hidden)]
