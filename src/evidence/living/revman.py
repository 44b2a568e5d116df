"""From the rows of a RevMan review to a template, with blanks for what RevMan does not know."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from evidence.errors import InputError

NEEDED = ("study", "year", "outcome", "arm", "mean", "sd", "n", "events", "total")
LETTERS = {"experimental": "a", "control": "b"}
Cells = dict[str, str]


def from_revman(rows: pd.DataFrame) -> list[Cells]:
    """Return template rows with everything that RevMan knows.

    RevMan knows a study's label and year, the name of an analysis, and for each of two arms either mean,
    SD and people or events and total. Treatments, design, outcome codes and sources are left blank.

    Parameters
    ----------
    rows : DataFrame
        One row a study, analysis and arm: study, year, outcome, arm ("experimental" or "control"), mean,
        sd, n, events, total.

    Returns
    -------
    list of dict
        Cells by `table.column`, one dict a number; study and arm stand in the first row of each.

    Raises
    ------
    InputError
        If a column is missing or an arm is neither experimental nor control.

    Examples
    --------
    >>> rows = pd.DataFrame([["Lee 2027", 2027, "Score", "control", 5.5, 2, 30, None, None]], columns=NEEDED)
    >>> from_revman(rows)[0]["studies.study_id"], from_revman(rows)[0]["outcomes.mean"]
    ('lee2027', '5.5')
    """
    missing = [name for name in NEEDED if name not in rows]
    if missing:
        raise InputError(f"The rows of RevMan lack the column {' and '.join(missing)}.")
    odd = sorted(set(rows["arm"]) - set(LETTERS))
    if odd:
        raise InputError(f"An arm is 'experimental' or 'control', not {odd[0]!r}.")
    filled: list[Cells] = []
    keys: dict[str, str] = {}
    for (study, letter), of_arm in _by_study_and_arm(rows):
        first = _study_cells(of_arm.iloc[0], keys) if study not in keys else {}
        first |= {"arms.arm_id": letter, "arms.n_arm": _largest(of_arm)}
        for row in of_arm.to_dict("records"):
            if numbers := _numbers(row):
                filled.append(first | numbers)
                first = {}
    return filled


def _by_study_and_arm(rows: pd.DataFrame) -> Any:
    rows = rows.assign(letter=rows["arm"].map(LETTERS), place=rows.groupby("study", sort=False).ngroup())
    rows = rows.sort_values(["place", "letter"], kind="stable")
    return rows.groupby(["study", "letter"], sort=False)


def _study_cells(row: pd.Series, keys: dict[str, str]) -> Cells:
    """Return what RevMan says of a study, and remember its key."""
    label, year = str(row["study"]), _plain(row["year"])
    stem = re.sub(r"\W+", "", label.lower()) or "study"
    key = stem if year in stem else f"{stem}{year}"
    while key in keys.values():
        key += "x"
    keys[row["study"]] = key
    return {"studies.study_id": key, "studies.label": label, "studies.year": year}


def _numbers(row: dict[str, Any]) -> Cells:
    cells = {name: _plain(row[name]) for name in ("n", "mean", "sd", "events", "total")}
    if cells["events"]:
        kind, wanted = "events", ("events", "total")
    elif cells["mean"]:
        kind, wanted = "final", ("n", "mean", "sd")
    else:
        return {}
    said = {"outcomes.scale_name": str(row["outcome"]), "outcomes.value_kind": kind}
    return said | {f"outcomes.{name}": cells[name] for name in wanted}


def _largest(rows: pd.DataFrame) -> str:
    people = pd.concat([rows["n"], rows["total"]]).astype(float)
    return _plain(people.max())


def _plain(value: Any) -> str:
    if value is None or pd.isna(value):
        return ""
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)
