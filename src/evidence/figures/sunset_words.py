"""What a sunset funnel says in words: the power of its studies, how to read it, and its alternative texts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from evidence.arguments import FloatArray
from evidence.figures.forest_axis import Axis
from evidence.figures.forest_words import studies
from evidence.figures.text import number, p_value, printable
from evidence.robustness.study_power import StudyPower


@dataclass(frozen=True, slots=True)
class Shown:
    """Power of studies, the units it is told in, and its table."""

    found: StudyPower
    units: Axis
    table: pd.DataFrame

    @property
    def labels(self) -> list[str]:
        """Names of the studies."""
        return [printable(label) for label in self.table["label"]]

    @property
    def significant(self) -> FloatArray:
        """True for significant studies."""
        return self.table["significant"].to_numpy(dtype=bool)

    def value(self, value: float) -> str:
        """Write a value with the name of its measure."""
        said = self.units.number(value)
        return f"{said} %" if self.units.percent else f"{self.units.short} {said}"


def effect(shown: Shown) -> str:
    """Write which effect the power is for."""
    what = "given effect" if shown.found.given else "pooled estimate"
    return f"{what}: {shown.value(shown.found.effect)}"


def alt(shown: Shown) -> str:
    """Write the alternative text."""
    found = shown.found
    return (
        f"Sunset funnel plot of {studies(found.k)}: median power {_percent(found.median)} to find"
        f" {shown.value(found.effect)}; {found.observed} significant, {number(found.expected, 1)} expected."
    )


def _percent(share: float) -> str:
    return f"{number(100 * share, 0)} %"


def notes(shown: Shown) -> str:
    """Write what power says of all studies, and what must temper it."""
    found = shown.found
    parts = [
        f"Median power {_percent(found.median)}; {found.observed} of {studies(found.k)} significant, where"
        f" power lets {number(found.expected, 1)} be expected."
    ]
    if math.isfinite(found.effect_two_thirds):
        sign = -1.0 if found.effect < found.null else 1.0
        far = shown.value(found.null + sign * found.effect_two_thirds)
        parts.append(f"Half the studies would find {far} with a power of two thirds or more.")
    parts.append(f"R-index {_percent(found.r_index)}: a rough sign, without a standard error.")
    if not found.given:
        parts.append(
            "The pooled estimate stands for the true effect; where small studies inflate it, power is too"
            " high."
        )
    return " ".join(parts)


def long_alt(shown: Shown, title: str) -> str:
    """Write every number of the figure in sentences."""
    sentences = [f"{title.rstrip('.')}." if title else "", alt(shown), notes(shown)]
    rows = zip(shown.labels, shown.table.to_dict("records"), strict=True)
    sentences += [
        f"{label}: {shown.units.number(row['yi'])}, standard error {number(row['se'], 3)}, power"
        f" {_percent(row['power'])}, {p_value(row['p'])}."
        for label, row in rows
    ]
    return " ".join(sentence for sentence in sentences if sentence)
