"""How many people stand behind an arm whose numbers are incomplete."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evidence.robustness.printed_cells import Cells


@dataclass(frozen=True, slots=True)
class People:
    """People of an arm: `n` is NaN where nothing tells; `basis` says where it is from ("" if it is printed)."""

    n: float
    basis: str = ""


def people_of(study: pd.Series, arms: pd.DataFrame, arm_id: str, cells: Cells) -> People:
    """Return the people of an arm: of its numbers, else of the arm, else what the study's total leaves.

    Parameters
    ----------
    study : Series
        Row of studies.csv.
    arms : DataFrame
        Its arms, by arm_id.
    arm_id : str
    cells : Cells
        What is printed of the arm.

    Returns
    -------
    People
    """
    for n in (cells.people, cells.total, arms.loc[arm_id, "n_arm"]):
        if np.isfinite(n):
            return People(float(n))
    total = study["n_analysed"] if np.isfinite(study["n_analysed"]) else study["n_enrolled"]
    if not np.isfinite(total):
        return People(np.nan, "number of people not printed")
    groups = int((arms["arm_kind"] == "arm").sum())
    if arms.loc[arm_id, "arm_kind"] != "arm" or groups < 2:
        return People(float(total), "all people of the study")
    return People(float(max(total // groups, 1)), f"{total:.0f} people over {groups} arms alike")
