"""The rule that picks a method for two-group counts: every limit of it, from both sides."""

import json
from pathlib import Path

import numpy as np
import pytest

from evidence.synthesis.counts import Tables
from evidence.synthesis.method_choice import choose_method, look_at, picked

CASES = json.loads((Path(__file__).parent / "golden" / "binary.json").read_text("utf-8"))
YUSUF = next(case["input"] for case in CASES if case["id"] == "mh_yusuf_OR")
TOY = {"ai": [1, 0, 3], "n1i": [50, 40, 60], "ci": [4, 2, 5], "n2i": [50, 42, 58]}


def table(ai, ci, first, second=None):
    """Tables of groups of one size each."""
    return {"ai": ai, "n1i": [first] * len(ai), "ci": ci, "n2i": [second or first] * len(ai)}


@pytest.mark.parametrize(
    ("table", "method", "words"),
    [
        (
            {"ai": [1, 0, 2], "n1i": [400, 350, 500], "ci": [2, 1, 1], "n2i": [410, 340, 500]},
            "PETO",
            "below 1 %",
        ),
        (
            {"ai": [1, 0, 2], "n1i": [400, 350, 500], "ci": [2, 1, 1], "n2i": [100, 340, 500]},
            "MH",
            "unbalanced",
        ),
        ({"ai": [0, 0, 1], "n1i": [400, 350, 500], "ci": [3, 2, 4], "n2i": [400, 340, 500]}, "MH", "large"),
        ({"ai": [20, 30], "n1i": [60, 70], "ci": [15, 22], "n2i": [60, 70]}, "IV", "no zero cell"),
        (TOY, "MH", "event rate"),
        (YUSUF, "GLMM", "not rare"),
        (TOY | {"ai": [0, 0, 0], "ci": [0, 0, 0]}, "NONE", "no events"),
        ({"ai": [3], "n1i": [10], "ci": [1], "n2i": [10]}, "NONE", "one study"),
    ],
)
def test_the_rule_picks_and_says_why(table, method, words):
    got = choose_method(**table)
    assert got.method == method
    assert words in got.method_text()
    assert got.summary()["method"].tolist() == [method]


def test_the_rule_does_not_mind_which_outcome_is_called_the_event():
    table = YUSUF
    other = {
        "ai": np.subtract(table["n1i"], table["ai"]),
        "n1i": table["n1i"],
        "ci": np.subtract(table["n2i"], table["ci"]),
        "n2i": table["n2i"],
    }
    assert choose_method(**other).method == choose_method(**table).method


@pytest.mark.parametrize(
    ("counts", "method"),
    [
        # Crude odds ratio, 0.5 added: 13.5 / 4.5 times 1996.5 / 1987.5 is 3.01; 12.5 / 4.5 is 2.79.
        (table([7, 6], [4, 0], 1000), "MH"),
        (table([6, 6], [4, 0], 1000), "PETO"),
        (table([4, 0], [7, 6], 1000), "MH"),
        (table([4, 0], [6, 6], 1000), "PETO"),
        (table([4, 0], [4, 4], 1000), "PETO"),
        # Groups of 2 to 1, and a little more.
        (table([2, 1], [1, 0], 1000, 500), "PETO"),
        (table([1, 0], [2, 1], 500, 1000), "PETO"),
        (table([2, 1], [1, 0], 1002, 500), "MH"),
        # An event rate of 1 %, and a little less.
        (table([2, 0], [1, 1], 100), "MH"),
        (table([2, 0], [1, 1], 101), "PETO"),
        # Five events in a study, or four; then five people without, or four.
        (table([3, 4], [2, 4], 20), "IV"),
        (table([3, 4], [1, 4], 20), "MH"),
        (table([17, 16], [18, 16], 20), "IV"),
        (table([17, 16], [19, 16], 20), "MH"),
        # Enough events, but one cell of nothing.
        (table([0, 4], [9, 4], 20), "MH"),
        # Five studies with events, or four and one without; an event rate of 5 %, and a little less.
        (table([0, 1, 1, 1, 1], [1, 1, 1, 1, 2], 10), "GLMM"),
        (table([0, 1, 1, 1, 0], [3, 1, 1, 1, 0], 10), "MH"),
        (table([0, 1, 1, 1, 1], [1, 0, 0, 0, 0], 10), "GLMM"),
        (table([0, 1, 1, 1, 1], [1, 0, 0, 0, 0], 11), "MH"),
    ],
)
def test_every_limit_from_both_sides(counts, method):
    assert choose_method(**counts).method == method


def test_what_the_rule_looks_at_by_hand():
    # 3 of 10 against 2 of 20; nobody of 10 against everybody of 4; everybody of 5 against 1 of 5.
    seen = look_at(
        Tables(*(np.array(each, dtype=float) for each in ([3, 0, 5], [10, 10, 5], [2, 4, 1], [20, 4, 5])))
    )
    assert seen.event_rate == pytest.approx(15 / 54)
    assert seen.zero_cells == 2
    assert seen.imbalance == 2.5
    assert seen.crude_or == pytest.approx(8.5 * 22.5 / (17.5 * 7.5))
    assert seen.informative == 3
    assert seen.fewest == 4


def test_many_tables_are_picked_for_as_one_is():
    rng = np.random.default_rng(20261127)
    people = rng.integers(5, 400, (2, 300, 3)).astype(float)
    events = rng.binomial(people.astype(int), rng.choice([0.003, 0.03, 0.3], (1, 300, 1))).astype(float)
    many = Tables(events[0], people[0], events[1], people[1])
    codes = picked(many).tolist()
    rows = zip(*many.columns.values(), strict=True)
    assert codes == [choose_method(**dict(zip(many.columns, row, strict=True))).method for row in rows]
    assert set(codes) == {"NONE", "IV", "PETO", "MH"}


def test_studies_are_counted_along_the_last_axis():
    given = table([3, 4], [2, 4], 20)
    one = Tables(*(np.array(column, dtype=float) for column in given.values()))
    assert str(picked(one)) == "IV"
    each_alone = Tables(*(column[:, None] for column in one.columns.values()))
    assert picked(each_alone).tolist() == ["NONE", "NONE"]
    in_one_row = Tables(*(column[None, :] for column in one.columns.values()))
    assert picked(in_one_row).tolist() == ["IV"]


def test_the_reason_says_which_condition_failed():
    large = choose_method(**table([0, 0], [4, 5], 1000, 500)).reason
    assert "Peto is unsuited: the effect large, 2 to 1" in large
    assert "unsuited" not in choose_method(**table([2, 0], [1, 1], 100)).reason
    assert "no events" in choose_method(**table([0, 0], [0, 0], 100)).reason
