"""What a forest plot says in words: its heterogeneity, its alternative texts and its caption."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from evidence.figures.text import number, p_value

_TESTS = {
    "z": "Wald interval",
    "t": "t interval",
    "knha": "Hartung-Knapp interval",
    "adhoc": "Hartung-Knapp interval, never narrower than Wald",
}


_MODELS = {
    "EE": "common effect",
    "CE": "common effect",
    "FE": "common effect",
    "MH": "Mantel-Haenszel",
    "Peto": "Peto",
}
_PRIMARY = {
    "GLMM": "binomial-normal model (GLMM), Wald interval",
    "exact (summed counts)": "exact interval of the summed counts",
    "Bayesian binomial-normal": "Bayesian binomial-normal model",
}
_TAU2 = ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM")


def per_cent(level: float) -> str:
    """Write a level as percent.

    Examples
    --------
    >>> per_cent(0.95)
    '95 %'
    """
    return f"{100 * level:.6g} %"


def counted(effects: Any) -> bool:
    """Say whether the rows are shares of people with their counts."""
    return effects.scale == "logit" and {"xi", "ni"} <= set(effects.table.columns)


def studies(count: int) -> str:
    """Write a number of studies.

    Examples
    --------
    >>> studies(1), studies(7)
    ('one study', '7 studies')
    """
    return "one study" if count == 1 else f"{count} studies"


def heterogeneity(result: Any) -> str:
    """Write the heterogeneity of a pooled result: "Heterogeneity: tau² 0.57, I² 95 % (tau²-based), ..."."""
    parts = []
    if known(result, "tau2"):
        parts.append(f"tau² {significant(result.tau2)}")
    if known(result, "i2"):
        parts.append(f"I² {number(float(result.i2), 0)} % ({i2_kind(result)})")
    if all(known(result, name) for name in ("q", "q_df", "q_p")):
        parts += [
            f"Q {number(float(result.q), 1)}",
            f"df {float(result.q_df):.6g}",
            p_value(float(result.q_p)),
        ]
    return f"Heterogeneity: {', '.join(parts)}" if parts else ""


def i2_kind(result: Any) -> str:
    """Say what I² was computed from."""
    from_tau2 = known(result, "tau2") and getattr(result, "method", "") not in _MODELS
    return "tau²-based" if from_tau2 else "Q-based"


def brief_heterogeneity(result: Any) -> str:
    """Write tau² and I² alone, for the line under a subgroup."""
    parts = [f"tau² {significant(result.tau2)}"] if known(result, "tau2") else []
    parts += [f"I² {number(float(result.i2), 0)} %"] if known(result, "i2") else []
    return ", ".join(parts)


def method(result: Any) -> str:
    """Write the model and its interval in a few words."""
    primary = getattr(result, "primary", None)
    if primary is not None:
        return _PRIMARY.get(primary, primary)
    code = str(getattr(result, "method", ""))
    model = _MODELS.get(code, f"random effects ({code})" if code in _TAU2 else code)
    interval = _TESTS.get(str(getattr(result, "test", "")), "")
    return ", ".join(part for part in (model, interval) if part)


def short_alt(plan: Any) -> str:
    """Write the alternative text of at most about 125 characters."""
    axis, effects, pooled = plan.axis, plan.effects, plan.pooled
    if pooled is not None:
        found = f"{_measure(axis)}{axis.estimate(pooled.estimate, pooled.ci_low, pooled.ci_high)}"
        return f"Forest plot of {studies(pooled.k)}: pooled {found}, {per_cent(plan.level)} interval."
    used = plan.studies.loc[plan.studies["included"]]
    if effects.k == 1:
        row = used.iloc[0]
        found = axis.estimate(row["yi"], row["_low"], row["_high"])
        return f"Forest plot of one study: {_measure(axis)}{found}, not pooled."
    if effects.k == 0:
        return f"Forest plot without a study that can be pooled ({len(effects.table)} shown)."
    span = axis.interval(used["yi"].min(), used["yi"].max())
    return f"Forest plot of {studies(effects.k)}, not pooled: {_measure(axis)}from {span}."


def long_alt(plan: Any, rows: Iterable[Any], title: str) -> str:
    """Write every number of the figure in sentences."""
    sentences = [_ended(title), short_alt(plan)]
    sentences += [sentence for row in rows if (sentence := _row_sentence(plan, row))]
    if plan.pooled is not None:
        sentences.append(_ended(heterogeneity(plan.pooled)))
    return " ".join(sentence for sentence in sentences if sentence)


def caption(plan: Any, rows: list[Any], *, clipped: bool) -> str:
    """Write how to read the figure, naming only what is drawn in it."""
    kinds = {row.kind for row in rows}
    numbers = any(np.isfinite(row.yi) for row in rows if row.kind == "study")
    weighted = plan.studies["_weight"].notna().any()
    area = "area by weight" if weighted else "area by precision"
    if counted(plan.effects):
        area = "area by number of people"
    level = per_cent(plan.level)
    parts = [
        f"Squares: estimates of the studies, {area}; lines: {level} intervals." if numbers else "",
        "Arrows: intervals that go on beyond the axis." if clipped else "",
        f"Diamond: pooled estimate, {method(plan.pooled)}, {level}." if plan.pooled is not None else "",
        f"Bar: {level} prediction interval, where a new study's effect may lie."
        if "prediction" in kinds
        else "",
        _ended(heterogeneity(plan.pooled)) if plan.pooled is not None else "",
        "Hollow grey circles: shown, not pooled." if _hollow(rows) else "",
        _ended(unpooled_note(plan)),
    ]
    return " ".join(part for part in parts if part)


def unpooled_note(plan: Any) -> str:
    """Say why there is no diamond ('' when there is one)."""
    if plan.pooled is not None:
        return ""
    if plan.effects.k == 0:
        return "No study was pooled"
    return f"{studies(len(set(plan.effects.included['study_id']))).capitalize()}: shown, not pooled"


def _hollow(rows: Iterable[Any]) -> bool:
    return any(row.kind == "excluded" and np.isfinite(row.yi) for row in rows)


def _row_sentence(plan: Any, row: Any) -> str:
    if row.kind == "group":
        return f"{row.label}:"
    if row.kind == "note":
        return f"{row.label}."
    if row.kind == "prediction":
        return f"{row.label}: {plan.axis.interval(row.low, row.high)}."
    found = plan.axis.estimate(row.yi, row.low, row.high) if np.isfinite(row.yi) else "no usable number"
    weight = f", weight {row.weight:.1f} %" if row.kind == "study" and np.isfinite(row.weight) else ""
    return f"{row.label}: {found}{weight}{f'; {row.note}' if row.note else ''}."


def _ended(sentence: str) -> str:
    return sentence if not sentence or sentence.endswith((".", "?", "!")) else f"{sentence}."


def _measure(axis: Any) -> str:
    return "" if axis.short in ("%", "Estimate") else f"{axis.short} "


def known(result: Any, name: str) -> bool:
    """Tell whether a result has a finite number of this name."""
    value = getattr(result, name, None)
    return value is not None and bool(np.isfinite(value))


def significant(value: float) -> str:
    """Write two decimals, and more where those would say little."""
    value = float(value)
    if 0 < value < 0.0001:
        return "below 0.0001"
    return number(value, 2) if value == 0 or value >= 0.095 else f"{value:.2g}"
