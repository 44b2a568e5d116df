"""What a GOSH plot says in words: its key, its alternative texts and its caption."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence.figures.forest_axis import Axis
from evidence.figures.gosh_cloud import Cloud
from evidence.figures.text import counted, number, printable
from evidence.robustness.gosh_result import Gosh

NAMES = {"i2": "I² (%)", "tau2": "tau²"}
_SHORT = {"i2": "I²", "tau2": "tau²"}


def amount(against: str, value: float) -> str:
    """Write I2 as whole percent, tau2 with two decimals.

    Examples
    --------
    >>> amount("i2", 78.6), amount("tau2", 0.314)
    ('I² 79 %', 'tau² 0.31')
    """
    return f"{_SHORT[against]} {f'{number(value, 0)} %' if against == 'i2' else number(value)}"


def middle(cloud: Cloud, chosen: NDArray[np.bool_]) -> str:
    """Write the medians of some of the subsets."""
    estimate = cloud.units.number(float(np.median(cloud.result.estimate[cloud.known][chosen])))
    return f"median {estimate}, {amount(cloud.against, float(np.median(cloud.y[chosen])))}"


def full(cloud: Cloud) -> str:
    """Write what all studies together give."""
    estimate = cloud.units.number(cloud.result.full_estimate)
    return f"all {len(cloud.result.labels)} studies: {estimate}, {amount(cloud.against, cloud.full[1])}"


def _which(result: Gosh) -> str:
    kind = "all " if result.n == result.available else "" if result.seed is None else "random "
    return f"{kind}{result.n:,} subsets of {len(result.labels)} studies"


def short_alt(result: Gosh, units: Axis, coloured: str | None) -> str:
    """Write the alternative text; `coloured` says by what."""
    low, high = (units.number(float(end(result.estimate))) for end in (np.min, np.max))
    whole = units.number(result.full_estimate)
    text = f"GOSH plot of {_which(result)}: pooled {low} to {high}; all studies {whole}"
    return f"{text}." if coloured is None else f"{text}; coloured by {coloured}."


def long_alt(cloud: Cloud, table: pd.DataFrame) -> str:
    """Write the medians with and without every study, from the result's summary."""
    result, against, units = cloud.result, cloud.against, cloud.units
    everything = middle(cloud, np.ones(cloud.x.size, dtype=bool))
    parts = [f"GOSH plot of {_which(result)}. {units.long}: {everything}; {full(cloud)}"]
    for _, row in table.iterrows():
        halves = [
            f"{half} it {units.number(row[f'estimate_{half}'])}, {amount(against, row[f'{against}_{half}'])}"
            for half in ("with", "without")
            if row[f"subsets_{half}"]
        ]
        apart = f"separates {number(row['separation'], 0)} %"
        parts.append(f"{printable(row['study'])}: medians {'; '.join(halves)}; {apart}")
    return f"{'. '.join(parts)}."


def key(result: Gosh, *, each: bool, coloured: bool) -> str:
    """Write how to read the picture."""
    whose = "the study over the panel" if each else "the study"
    parts = ["A cell is deeper the more subsets it holds (log scale)"]
    if coloured:
        parts[0] += f", its hue the share of them that hold {whose}"
    if each:
        parts.append(
            "Per cent: share of the variance of estimate and I² that the study accounts for; the study that"
            " separates the subsets most comes first"
        )
    parts.append("Clouds that lie apart point to studies that make or break the result")
    how = "a common effect" if result.method == "EE" else f"random effects ({result.method})"
    which = "All" if result.seed is None else "Random"
    parts.append(f"{which} subsets of {counted(result.minimum, 'study', 'studies')} or more, pooled by {how}")
    if result.minimum == 1:
        parts.append("Single studies have no heterogeneity and are left out")
    return f"{'. '.join(parts)}."
