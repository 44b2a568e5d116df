"""How many people stand behind an arm whose numbers are incomplete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evidence.robustness.printed_cells import Cells
from evidence.robustness.sources import Record


@dataclass(frozen=True, slots=True)
class People:
    """People of an arm: `n` is NaN where nothing tells; `basis` is "" if it is printed for the arm."""

    n: float
    basis: str = ""


def people_of(study: Record, arms: Mapping[str, Record], arm_id: str, cells: Cells) -> People:
    """Return the people of an arm: of its numbers, else of the arm, else what the study's total leaves.

    Parameters
    ----------
    study : mapping
        Row of studies.csv.
    arms : mapping of str to mapping
        Its rows of arms.csv.
    arm_id : str
    cells : Cells
        What is printed of the arm.

    Returns
    -------
    People
    """
    for n in (cells.people, cells.total, arms[arm_id]["n_arm"]):
        if np.isfinite(n):
            return People(float(n))
    total = study["n_analysed"] if np.isfinite(study["n_analysed"]) else study["n_enrolled"]
    if not np.isfinite(total):
        return People(np.nan, "number of people not printed")
    groups = sum(arm["arm_kind"] == "arm" for arm in arms.values())
    if arms[arm_id]["arm_kind"] != "arm" or groups < 2:
        return People(float(total), "all people of the study")
    return People(float(max(total // groups, 1)), f"{total:.0f} people over {groups} arms alike")
