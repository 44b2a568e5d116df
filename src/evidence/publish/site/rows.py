"""Which rows of the tables stand behind an effect, and how a row reads."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evidence.effects.rows import codes_of
from evidence.publish.site.facts import Facts
from evidence.publish.site.numbers import cell
from evidence.review import Review

_VALUES = {
    "n": "n",
    "mean": "mean",
    "sd": "SD",
    "se": "SE",
    "median": "median",
    "iqr_low": "lower quartile",
    "iqr_high": "upper quartile",
    "change_mean": "mean change",
    "change_sd": "SD of the change",
    "change_pct": "change, per cent",
    "events": "events",
    "total": "of",
    "pct_printed": "per cent, as printed",
    "count_printed": "count, as printed",
    "p_within": "p within the group",
}
_CONTRAST = {
    "effect_measure": "",
    "estimate": "estimate",
    "ci_low": "from",
    "ci_high": "to",
    "p_value": "p",
}


def behind(review: Review, effect: dict[str, Any]) -> list[str]:
    """Return the ids of the rows of outcomes.csv and contrasts.csv that an effect may draw on.

    They are those of the same study, arms, outcome and scale.

    Parameters
    ----------
    review : Review
    effect : dict
        A row of `effects_long`.
    """
    arms = str(effect["arm_id"]).split(" v ")
    tables = (
        (review.outcomes, "result_id", review.outcomes["arm_id"].isin(arms)),
        (
            review.contrasts,
            "contrast_id",
            review.contrasts["arm_id_1"].isin(arms) & review.contrasts["arm_id_2"].isin(arms),
        ),
    )
    found: list[str] = []
    for table, key, ours in tables:
        same = ours & (table["study_id"] == effect["study_id"])
        for name in ("outcome", "scale_name"):
            if not pd.isna(effect[name]):
                same &= (table[name] == effect[name]) | table[name].isna()
        found += table.loc[same, key].tolist()
    return found


def result_words(row: dict[str, Any]) -> str:
    """Write the numbers of a row of outcomes.csv, without the blank ones."""
    return _joined(row, _VALUES)


def contrast_words(row: dict[str, Any]) -> str:
    """Write the numbers of a row of contrasts.csv, without the blank ones."""
    return _joined(row, _CONTRAST)


def _joined(row: dict[str, Any], names: dict[str, str]) -> str:
    shown = {word: cell(row[name]) for name, word in names.items()}
    return "; ".join(f"{word} {value}".strip() for word, value in shown.items() if value)


def cautions(facts: Facts, codes: object) -> list[str]:
    """Return the cautions of a row in words."""
    return [facts.label("caution", code) for code in codes_of(codes)]
