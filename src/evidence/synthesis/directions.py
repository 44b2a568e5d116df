"""The directions of a question's studies, counted and with what is printed of p, where nothing is pooled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evidence.effects.scale import scale
from evidence.errors import OptionError
from evidence.review import Review
from evidence.synthesis.p_values import CombinedP, combine_p, one_sided, p_interval
from evidence.synthesis.sign_test import SignTest, sign_test
from evidence.tables.comparisons import in_words

_RANK = {"yes": 3, "no": 2, "unclear": 2, "not_applicable": 1}


def directions(review: Review, question_id: str) -> pd.DataFrame:
    """Return the direction of every study that compared a question's treatments, and its p value as printed.

    Parameters
    ----------
    review : Review
    question_id : str
        A question of kind "contrast".

    Returns
    -------
    DataFrame
        One row a study: study_id, label, direction ("first", "second" or "": the estimate's side where
        there is one, else what the source says), by ("estimate" or "source"), low, high (what the
        two-sided p value can be; NaN where nothing is printed), n, rank (3 randomised, 2 controlled), design,
        p_printed.

    Raises
    ------
    OptionError
        If the question compares nothing.
    """
    question = review.question(question_id)
    if question.kind != "contrast":
        raise OptionError(f"{question_id} is a {question.kind}; directions are those of a contrast.")
    effects = review.effects(question_id)
    null = scale(effects.scale).null
    better_low = question.claim_side == "low"
    labels = review.codes.set_index(["vocabulary", "code"])["label"].to_dict()
    printed = _printed_p(review)
    people = review.studies.set_index("study_id")[["n_analysed", "n_enrolled"]].bfill(axis=1).iloc[:, 0]
    rows = []
    for row in effects.table.drop_duplicates("study_id").to_dict("records"):
        side, by = _said(row["direction"], question.treatment, question.comparator, labels), "source"
        if row["included"] and row["yi"] != null:
            above = row["yi"] > null
            side, by = ("first" if above != better_low else "second"), "estimate"
        low, high = printed.get(_key(row), (np.nan, np.nan))
        rows.append(
            {
                "study_id": row["study_id"],
                "label": row["label"],
                "direction": side,
                "by": by,
                "low": low,
                "high": high,
                "n": row["n"] if not pd.isna(row["n"]) else people[row["study_id"]],
                "rank": _RANK[row["randomised"]],
                "design": labels["design", row["design"]],
                "p_printed": row["p_printed"],
            }
        )
    return pd.DataFrame(rows)


def _key(row: dict[str, object]) -> tuple[object, object]:
    return row["study_id"], row["p_printed"]


def _printed_p(review: Review) -> dict[tuple[object, object], tuple[float, float]]:
    """Return what each printed p value can be, by study and wording."""
    rows = review.contrasts.dropna(subset=["p_op", "p_value"])
    return {
        (row.study_id, row.p_value): _rounded(row.p_value, *p_interval(row.p_op, row.p_num))
        for row in rows.itertuples()
        if row.p_op in {"sig", "ns", "trend"} or not pd.isna(row.p_num)
    }


def _rounded(printed: str, low: float, high: float) -> tuple[float, float]:
    """Read a p value printed as nought as what is rounded to nought: '0.00' is at most 0.005."""
    decimals = len(printed.strip().partition(".")[2])
    return (low, 0.5 * 10.0**-decimals) if high == 0 else (low, high)


def _said(
    direction: str, ours: tuple[str, ...], theirs: tuple[str, ...], labels: dict[tuple[str, str], str]
) -> str:
    for side, codes in (("first", ours), ("second", theirs)):
        for code in codes:
            words = in_words(f"favours {code}", labels)
            if direction == words or direction.startswith(f"{words} ("):
                return side
    return ""


def question_sign_test(review: Review, question_id: str) -> SignTest:
    """Count the directions of a question's studies; see `evidence.synthesis.sign_test.sign_test`."""
    sides = directions(review, question_id)["direction"].value_counts()
    first, second = int(sides.get("first", 0)), int(sides.get("second", 0))
    return sign_test(first, second, neither=int(sides.sum()) - first - second)


def question_p(review: Review, question_id: str, *, method: str = "stouffer") -> CombinedP:
    """Combine the printed p values of a question's studies, as intervals where they are not numbers.

    Studies that print no p value are not in it. See `evidence.synthesis.p_values.combine_p`.
    """
    rows = directions(review, question_id).dropna(subset=["low"])
    ends = [
        one_sided(low, high, side)
        for low, high, side in zip(rows["low"], rows["high"], rows["direction"], strict=True)
    ]
    low, high = np.array(ends, dtype=float).reshape(-1, 2).T
    weights = rows["n"].to_numpy(dtype=float)
    known = method == "stouffer" and np.isfinite(weights).all()
    return combine_p(low, high, method=method, n=weights if known else None)
