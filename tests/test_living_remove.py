"""A study is removed with everything of its own, unless other tables refer to it."""

from __future__ import annotations

import csv

import pytest

from copied_tables import contents, table
from evidence.errors import DataError, OptionError
from evidence.living.remove import removal
from evidence.review import load
from living_data import put, run, take_back, trial

OWN = ("studies", "arms", "outcomes", "contrasts")


def free_study(folder):
    """Return a study with rows in all four tables that no other table and no overlap group names."""
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in folder.glob("*.csv")
        if path.stem not in {*OWN, "changelog"}
    )
    with_rows = set.intersection(*({row["study_id"] for row in table(folder, name)} for name in OWN))
    return next(
        row["study_id"]
        for row in table(folder, "studies")
        if row["study_id"] in with_rows and row["study_id"] not in text
    )


def rows_as_written(path):
    """Return the bytes and the cells of each row of a file; a row may run over several lines."""
    lines = path.read_bytes().decode("utf-8").splitlines(keepends=True)
    reader, done, rows = csv.reader(lines), 0, []
    for cells in reader:
        rows.append(("".join(lines[done : reader.line_num]), cells))
        done = reader.line_num
    return rows


def test_every_row_of_the_study_goes_and_every_other_byte_stays(folder):
    study_id, before = free_study(folder), contents(folder)
    expected = {}
    for name in OWN:
        (header, columns), *rows = rows_as_written(folder / f"{name}.csv")
        place = columns.index("study_id")
        kept = [raw for raw, cells in rows if cells[place] != study_id]
        assert len(kept) < len(rows), name
        expected[f"{name}.csv"] = "".join([header, *kept]).encode("utf-8")
    result = run("remove", study_id, "--data", folder, typed="y\n")
    assert result.exit_code == 0, result.output
    after = contents(folder)
    assert after["changelog.csv"].startswith(before["changelog.csv"])
    assert {name: after[name] for name in expected} == expected
    untouched = before.keys() - expected.keys() - {"changelog.csv"}
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in untouched)
    assert table(folder, "changelog")[-1]["change"].startswith(f"Removed {study_id} (")


def test_without_a_yes_nothing_is_removed(folder):
    study_id, before = free_study(folder), contents(folder)
    for typed in ("n\n", ""):
        result = run("remove", study_id, "--data", folder, typed=typed)
        assert result.exit_code == 1
        assert "Nothing was written" in result.output
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("study_id", "place"),
    [
        ("lan2020", ("overlaps", "studies")),
        ("asif2016", ("review_trials", "study_id")),
        ("jptcp4222", ("risk_of_bias", "study_id")),
    ],
)
def test_rows_that_refer_to_a_study_are_named(folder, study_id, place):
    before = contents(folder)
    result = run("remove", study_id, "--yes", "--data", folder)
    assert result.exit_code == 1
    name, column = place
    line = 2 + next(i for i, row in enumerate(table(folder, name)) if study_id in row[column].split("; "))
    assert f"{name}.csv, row {line}, column {column}" in result.output
    assert f"refers to {study_id}; change or remove it first" in result.output
    assert contents(folder) == before


def test_statements_that_refer_to_a_study_are_named(folder):
    put(folder, trial())
    path = folder / "claims_evidence.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("E001,C4,,neither,,", "E001,C4,,neither,sim2027,", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"claims_evidence.csv, row 2, column study_id, value 'sim2027'"):
        take_back(folder)


def test_a_question_that_would_lose_its_last_arm_is_named(folder):
    with (folder / "codes.csv").open("a", encoding="utf-8", newline="") as handle:
        handle.write("treatment,mn_new,Microneedling with something new,\n")
    with (folder / "components.csv").open("a", encoding="utf-8", newline="") as handle:
        handle.write("mn_new,,needling + something new\n")
    rows = trial()
    rows[0]["arms.treatment"] = "mn_new"
    put(folder, rows)
    path = folder / "questions.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(",change,mn,,", ",change,mn_new,,", 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"questions.csv.*no arm in arms.csv had this treatment"):
        take_back(folder)


def test_an_unknown_study_is_named_with_the_nearest(folder):
    with pytest.raises(OptionError, match="Did you mean 'abbas2022'"):
        removal(load(folder), "abas2022")
    assert run("remove", "abas2022", "--data", folder).exit_code == 2
