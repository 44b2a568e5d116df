"""The checks of the repository: their documents are in step, and mutants are judged rightly."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

CHECKS = Path(__file__).resolve().parents[1] / "checks"


def loaded(name):
    spec = importlib.util.spec_from_file_location(f"checks_{name}", CHECKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


mutate, documents = loaded("mutate"), loaded("documents")
ROW = {"n": "25", "mean": "16.39", "sd": "3.43", "events": "7", "total": "10"}


@pytest.mark.parametrize("name", documents.BLOCKS)
def test_documents_hold_what_the_checks_have_stored(name):
    assert (documents.DOCS / name).read_text(encoding="utf-8") == documents.renewed(name)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (
            "sd",
            {
                ("digits swapped", "3.34"),
                ("decimal moved", "34.3"),
                ("decimal moved", "0.343"),
                ("SE for SD", "0.686"),
            },
        ),
        ("events", {("off by one", "8"), ("off by one", "6"), ("percent for count", "70")}),
        ("total", {("digits swapped", "01"), ("off by one", "11"), ("off by one", "9")}),
        (
            "mean",
            {
                ("digits swapped", "61.39"),
                ("decimal moved", "163.9"),
                ("decimal moved", "1.639"),
                ("sign flipped", "-16.39"),
            },
        ),
    ],
)
def test_slips_are_those_of_a_hand(column, expected):
    assert set(mutate.slips(column, ROW)) == expected


def test_a_blank_cell_has_no_slip():
    assert not list(mutate.slips("mean", {"mean": ""}))


@pytest.fixture(scope="module")
def known(whole_review):
    return mutate.printed(whole_review, "minh2019")


CELL = mutate.Mutant("outcomes", "minh2019.r01", "mean", "3.29", "3.39", "misread", "minh2019")
CASES = [
    (CELL, (False, False, True)),
    (replace(CELL, becomes="-3.29"), (True, False, False)),
    (replace(CELL, column="sd", was="0.59", becomes="0.106"), (False, True, True)),
    (
        replace(CELL, key="minh2019.r03", was="1.93", becomes="1.99"),
        (False, False, False),
    ),  # a visit not used
]


@pytest.mark.parametrize(("mutant", "expected"), CASES)
def test_a_mutant_is_noticed_where_it_should_be(folder, known, mutant, expected):
    path = folder / f"{mutant.table}.csv"
    path.write_text(mutate.changed_text(path, mutant), encoding="utf-8")
    assert mutate.noticed(folder, mutant.study, known) == expected


def test_arms_exchanged_change_both_rows():
    cells = {row["result_id"]: row for row in mutate.records(mutate.DATA / "outcomes.csv")}
    [mutant] = mutate.exchanged(cells, "ullah2025.r02", "ullah2025")
    assert (mutant.was, mutant.becomes, mutant.partner) == ("2.77", "4.27", "ullah2025.r04")
    text = mutate.changed_text(mutate.DATA / "outcomes.csv", mutant)
    rows = {line.split(",")[0]: line for line in text.splitlines()}
    assert ",4.27," in rows["ullah2025.r02"]
    assert ",2.77," in rows["ullah2025.r04"]
