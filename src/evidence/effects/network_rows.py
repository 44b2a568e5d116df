"""Every controlled comparison on one scale: the standardised mean difference, each by a documented route."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from evidence.arguments import names, nearest
from evidence.effects.contrast import pair_row
from evidence.effects.rows import Choices, Row, Selection, filtered
from evidence.effects.smd_routes import smd_from_p
from evidence.errors import OptionError, ScaleWarning
from evidence.tables.load import Tables
from evidence.tables.question import Question

MEANS = "means and SDs"
PERCENT = "percent changes and their SDs"
CHANGES = "changes and their SDs"
EVENTS = "events, by the log odds ratio"
INTERVALS = "means or changes and their intervals"
EXACT_P = "exact p value, people and direction"
NO_ROUTE = ""
ROUTES = (MEANS, PERCENT, CHANGES, EVENTS, INTERVALS, EXACT_P)
_NAMES = {
    "means and SDs": MEANS,
    "means and SDs of the percent change": PERCENT,
    "mean changes and their SDs": CHANGES,
    "events, by the log odds ratio": EVENTS,
}
UNTREATED = "untreated"


def network_rows(
    tables: Tables, question: Question, *, r: float = 0.5, without_routes: Sequence[str] = ()
) -> pd.DataFrame:
    """Return every comparison of two arms that a controlled study made, on the scale of Hedges' g.

    Positive favours t1. Arms whose treatments are made of the same components (two needle lengths, say) are
    no comparison of the network and say so.

    Parameters
    ----------
    tables : Tables
    question : Question
        Its outcomes decide, in order of preference.
    r : float
        Correlation of the two sides of a face.
    without_routes : sequence of str
        Routes that are not taken; see `ROUTES`.

    Returns
    -------
    DataFrame
        One row a pair of arms: study_id, label, arm_1, arm_2, t1, t2, yi, vi, n1, n2, n, design, randomised,
        outcome, scale_name, route, assumption, caution, direction, p_printed, included, reason, source.

    Raises
    ------
    OptionError
        If a route does not exist; the nearest is named.
    """
    for route in names("without_routes", without_routes, next(iter(ROUTES))):
        if route not in ROUTES:
            raise OptionError(f"{route!r} is not one of {'; '.join(ROUTES)}.{nearest(route, ROUTES)}")
    choices = Choices(r, "SMD")
    choices.check(tables)
    selection = Selection(tables, question)
    named = component_names(tables)
    with warnings.catch_warnings():
        # The tables are asked about SEs typed as SDs when they are loaded.
        warnings.simplefilter("ignore", ScaleWarning)
        rows = [
            _pair(selection, choices, named, first, second, tuple(without_routes))
            for first, second in _pairs_of_arms(tables)
        ]
    return pd.DataFrame(filtered(rows, choices))


def component_names(tables: Tables) -> dict[tuple[str, str], str]:
    """Return what each arm's treatment is made of, by study and arm, such as 'needling + PRP'."""
    known = {
        (row["treatment"], "" if pd.isna(row["treatment_tag"]) else row["treatment_tag"]): row["components"]
        for row in tables.components.to_dict("records")
    }
    named = {}
    for arm in tables.arms.to_dict("records"):
        tag = "" if pd.isna(arm["treatment_tag"]) else str(arm["treatment_tag"])
        text = known.get((arm["treatment"], tag), known[arm["treatment"], ""])
        tag = (tag or arm["treatment"]).replace("_", " ")
        named[arm["study_id"], arm["arm_id"]] = text.replace("{tag}", tag)
    return named


def _pairs_of_arms(tables: Tables) -> Iterator[tuple[Row, Row]]:
    """Yield every two arms of every study of needling for acne scars that compares arms."""
    studies = tables.studies
    eligible = (studies["retracted"] == "no") & (studies["population"] == "facial_acne_scars")
    eligible &= (studies["needling"] != "none") & (studies["why_not"] != "not_a_study")
    controlled = ~studies["design"].isin(["single_arm", "retrospective"])
    wanted = set(studies.loc[eligible & controlled, "study_id"])
    arms = tables.arms.loc[tables.arms["arm_kind"] != "pooled_row"]
    for study_id, group in arms.groupby("study_id", sort=True):
        if study_id in wanted:
            yield from combinations(group.to_dict("records"), 2)


def _pair(
    selection: Selection,
    choices: Choices,
    named: dict[tuple[str, str], str],
    first: Row,
    second: Row,
    without: tuple[str, ...],
) -> Row:
    row = pair_row(selection, choices, first, second)
    names = [named[arm["study_id"], arm["arm_id"]] for arm in (first, second)]
    row |= {"arm_1": first["arm_id"], "arm_2": second["arm_id"], "t1": names[0], "t2": names[1]}
    row |= dict(zip(("n1", "n2"), _people(selection, first, second), strict=True))
    row["route"] = next((name for start, name in _NAMES.items() if row["route"].startswith(start)), NO_ROUTE)
    if names[0] == names[1]:
        return row | {"included": False, "reason": "both arms are made of the same components"}
    if not row["included"] or row["route"] in without:
        row |= {"included": False, "yi": np.nan, "vi": np.nan}
        for route, compute in ((INTERVALS, _from_intervals), (EXACT_P, _from_p)):
            found = compute(selection, choices, first, second, row) if route not in without else {}
            if found:
                return row | found | {"route": route, "included": True, "reason": ""}
        row |= {"reason": row["reason"] or f"only by a route that is left out: {row['route']}"}
    return row


def _people(selection: Selection, first: Row, second: Row) -> list[float]:
    """Return the people of both arms: of the arm, else of the study where sides of a face are compared."""
    study = selection.study(first["study_id"])
    whole = study["n_enrolled"] if pd.isna(study["n_analysed"]) else study["n_analysed"]
    sides = first["arm_kind"] == second["arm_kind"] == "side"
    return [float(whole if sides and pd.isna(arm["n_arm"]) else arm["n_arm"]) for arm in (first, second)]


def _paired_smd(d: float, n: float, r: float) -> dict[str, float]:
    """Return g of two sides with alike SDs, and its variance (Bonett 2008, eq. 13 with equal SDs)."""
    df = n - 1
    g = d * (1 - 3 / (4 * df - 1))
    return {"yi": g, "vi": d**2 * (1 + r**2) / (4 * df) + 2 * (1 - r) / df, "n": n}


def _from_intervals(selection: Selection, choices: Choices, first: Row, second: Row, _row: Row) -> Row:
    """Take means or changes of both arms whose confidence intervals are printed."""
    printed = [
        row
        for row in selection.contrasts(first["study_id"])
        if row["arm_id_2"] == "baseline" and row["outcome"] in selection.question.outcomes
    ]
    by_arm = [[row for row in printed if row["arm_id_1"] == arm["arm_id"]] for arm in (first, second)]
    if not all(by_arm):
        return {}
    numbers: list[dict[str, Any]] = []
    for arm, intervals in zip((first, second), by_arm, strict=True):
        usable = selection.rows(arm["study_id"], arm["arm_id"])
        rows = pd.DataFrame(intervals).dropna(subset=["estimate", "ci_low", "ci_high"])
        rows = _with_people(rows, usable)
        if rows.empty or pd.isna(rows.iloc[-1]["n"]):
            return {}
        numbers.append(rows.iloc[-1].to_dict())
    one, two = numbers
    if (one["outcome"], one["scale_name"]) != (two["outcome"], two["scale_name"]):
        return {}
    sds = [_sd(each) for each in numbers]
    sd = float(np.sqrt(np.mean(np.square(sds))))
    d = (one["estimate"] - two["estimate"]) / sd
    shared = {"outcome": one["outcome"], "scale_name": one["scale_name"], "caution": one["caution"] or ""}
    if first["arm_kind"] == second["arm_kind"] == "side":
        said = f"SD of the change from its interval; correlation of the two sides r = {choices.r:g}"
        return shared | _paired_smd(d, one["n"], choices.r) | {"assumption": said}
    df = one["n"] + two["n"] - 2
    g = d * (1 - 3 / (4 * df - 1))
    vi = 1 / one["n"] + 1 / two["n"] + g**2 / (2 * (one["n"] + two["n"]))
    said = "SD from the printed interval"
    return shared | {"yi": g, "vi": vi, "n": one["n"] + two["n"], "assumption": said}


def _with_people(printed: pd.DataFrame, usable: pd.DataFrame) -> pd.DataFrame:
    """Join printed intervals to the people of their scale and visit; a visit may be worded in two ways."""
    columns = ["outcome", "scale_name", "timepoint_label", "n", "primary_time", "caution"]
    both = printed.merge(usable[columns], on=["outcome", "scale_name"], suffixes=("", "_row"))
    same = both["timepoint_label"] == both["timepoint_label_row"]
    both = both.loc[same | ~both["scale_name"].isin(both.loc[same, "scale_name"])]
    return both.loc[both["primary_time"] != "no"]


def _sd(printed: dict[str, Any]) -> float:
    """Return the SD behind a mean with its interval (Cochrane Handbook 6.5.2.2)."""
    n = printed["n"]
    level = 0.95 if pd.isna(printed["ci_level"]) else printed["ci_level"] / 100
    tail = (1 + level) / 2
    quantile = float(stdtrit(n - 1, tail)) if n < 60 else float(ndtri(tail))
    return float((printed["ci_high"] - printed["ci_low"]) / (2 * quantile) * np.sqrt(n))


def _from_p(selection: Selection, choices: Choices, first: Row, second: Row, row: Row) -> Row:
    """Take an exact p value between the arms, with the people in each and the side it lies on."""
    order = {outcome: place for place, outcome in enumerate(selection.question.outcomes)}
    rows = [
        row
        for row in selection.contrasts(first["study_id"])
        if row["contrast_type"] == "between_arm"
        and pd.isna(row["subgroup"])
        and row["p_op"] == "="
        and row["p_num"] > 0
        and row["outcome"] in order
        and {row["arm_id_1"], row["arm_id_2"]} == {first["arm_id"], second["arm_id"]}
    ]
    for printed in sorted(rows, key=lambda row: order[row["outcome"]]):
        side = _side(printed["direction"], first, second)
        n1, n2 = row["n1"], row["n2"]
        if side and not np.isnan([n1, n2]).any() and min(n1, n2) > 1:
            return _by_p(printed, side, n1, n2, choices, paired=row["paired"] == "yes")
    return {}


def _side(direction: str, first: Row, second: Row) -> int:
    """Return 1 or -1 for the arm a printed direction favours, 0 where it names neither or both."""
    favoured = direction.removeprefix("favours ")
    sides = []
    for arm in (first, second):
        tag = "" if pd.isna(arm["treatment_tag"]) else f" ({arm['treatment_tag']})"
        sides.append(favoured in {arm["treatment"], f"{arm['treatment']}{tag}"})
    return int(sides[0]) - int(sides[1]) if direction.startswith("favours ") else 0


def _by_p(printed: Row, side: int, n1: float, n2: float, choices: Choices, *, paired: bool) -> Row:
    shared = {
        "outcome": printed["outcome"],
        "scale_name": printed["scale_name"],
        "p_printed": printed["p_value"],
    }
    if paired:
        n = min(n1, n2)
        t = float(stdtrit(n - 1, 1 - printed["p_num"] / 2))
        d = side * t * float(np.sqrt(2 * (1 - choices.r) / n))
        said = f"p of a paired t test; correlation of the two sides r = {choices.r:g}"
        return shared | _paired_smd(d, n, choices.r) | {"assumption": said}
    yi, vi = smd_from_p(printed["p_num"], n1=n1, n2=n2, direction=float(side))
    return shared | {"yi": float(yi), "vi": float(vi), "n": n1 + n2, "assumption": "p of Student's t test"}
