"""The checks of the repository: their documents are in step, and mutants are judged rightly."""

import csv
import importlib.util
import os
import subprocess
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


mutate, documents, code_mutants = loaded("mutate"), loaded("documents"), loaded("code_mutants")
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
    return mutate.printed(whole_review, "minh2019", mutate.of_effects(whole_review), entered_only=True)


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


SMALL = '''"""A module."""

TWO = 2


def larger(a, b):
    if a > b:
        return a
    return b


def half(a):
    return a / TWO


def unused():
    return 1
'''


def test_changes_of_code_leave_words_alone(tmp_path):
    path = tmp_path / "small.py"
    path.write_text('def f(a, b=2):\n    """1 + 1"""\n    if a <= 0:\n        raise ValueError(f"{a + b}")\n'
                    "    return -a * b, min(a, key=b)\n", encoding="utf-8")  # fmt: skip
    found = [(each.was, each.becomes) for each in code_mutants.mutants(path, "small")]
    assert found == [
        ("2", "3"),
        ("a <= 0", "a < 0"),
        ("a <= 0", "a > 0"),
        ("0", "1"),
        ("return (-a * b, min(a, key=b))", "return (min(a, key=b), -a * b)"),
        ("-a * b", "-a / b"),
        ("-a", "a"),
        ("key=b", "left out"),
        ("min(a, key=b)", "max(a, key=b)"),
    ]
    assert len(code_mutants.sample(code_mutants.mutants(path, "small"), 4, seed=1)) == 4


def test_mutants_of_code_that_a_test_notices_are_killed_and_others_survive(tmp_path):
    """`larger` cannot tell > from >=, nobody asks for `unused`, and all else is seen."""
    for name, text in {
        "src/evidence/__init__.py": "",
        "src/evidence/effects/__init__.py": "",
        "src/evidence/effects/small.py": SMALL,
        "tests/test_options.py": "from evidence.effects.small import half, larger\n\n\ndef test_it():\n"
        "    assert larger(2, 1) == larger(1, 2) == 2\n    assert half(3) == 1.5\n",
        "pyproject.toml": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, str(CHECKS / "mutate_code.py"), "--most", "0"]
    plain = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env=plain)
    with (tmp_path / "checks" / "code_mutation.csv").open(encoding="utf-8") as file:
        fates = {(row["was"], row["becomes"]): (row["result"], row["by"]) for row in csv.DictReader(file)}
    noticed = ("killed", "tests/test_options.py::test_it")
    assert fates == {
        ("a > b", "a >= b"): ("survived", ""),
        ("a > b", "a <= b"): noticed,
        ("a / TWO", "a * TWO"): noticed,
        ("2", "3"): noticed,
        ("1", "2"): ("survived", "no test reaches it"),
    }
