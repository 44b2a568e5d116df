"""The counts of the PRISMA diagram: recorded, computed or not known; refused where they cannot be right."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from copied_tables import DATA, problems
from evidence.review import load
from evidence.tables.flow import flow
from evidence.tables.prisma import KEYS, prisma

COLUMNS = ["data", "node", "box", "description", "boxtext", "tooltips", "url", "n"]


def record(folder: Path, **counts: str) -> dict[str, int]:
    """Write counts by key, a new row where there is none; return the line of each."""
    path = folder / "prisma.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for key, n in counts.items():
        row = next((row for row in rows if row["data"] == key), None)
        if row is None:
            row = dict.fromkeys(COLUMNS, "") | {
                "data": key,
                "box": "extra",
                "description": key,
                "boxtext": key,
            }
            rows.append(row)
        row["n"] = n
    write(path, rows)
    return {row["data"]: line for line, row in enumerate(rows, start=2) if row["data"]}


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_projects_own_counts():
    review = load(DATA)
    found, counts = prisma(review), flow(review)
    assert found.get("dbr_assessed").n == counts.records
    assert found.get("new_studies").n == counts.eligible
    assert found.get("new_usable").n == counts.usable
    assert dict(found.get("new_unusable").reasons) == counts.unusable
    assert sum(found.get("dbr_excluded").reasons.values()) == counts.records - counts.eligible
    hows = {box.key: box.how for box in found.boxes}
    assert hows["dbr_assessed"] == "computed"
    assert hows["duplicates"] == "recorded"
    assert hows["database_results"] == "not known"
    assert found.get("database_results").n is None
    assert [box.key for box in found.boxes] == [key for key in KEYS if key in hows]
    assert found.headings["screening"] == "Screening"
    assert found.get("total_studies") is None


def test_recorded_counts_that_add_up_are_taken(folder):
    counts = flow(load(DATA))
    sought = counts.records + 7
    record(
        folder,
        database_results=str(sought + 50 + 16 + 3),
        register_results="10",
        excluded_automatic="3",
        excluded_other="0",
        records_screened=str(sought + 60),
        records_excluded="60",
        dbr_sought_reports=str(sought),
        dbr_notretrieved_reports="7",
        dbr_assessed=str(counts.records),
    )
    found = prisma(load(folder))
    assert found.get("records_screened").n == sought + 60
    assert found.get("records_screened").how == "recorded"
    assert found.get("dbr_assessed").how == "computed"


def test_a_recorded_count_must_agree_with_the_tables(folder):
    lines = record(folder, dbr_assessed="163", new_unusable="No spread, 1", dbr_excluded="Retracted, 13")
    found = problems(folder)
    assert f"prisma.csv, row {lines['dbr_assessed']}, column n, value '163': the tables give 164;" in found[0]
    assert "the tables give the reasons 'a review of trials, not a trial, 1;" in found[1]
    assert "value 'No spread, 1': the tables give 92 (p values only, 25;" in found[2]
    assert len(found) == 3


def test_sums_that_do_not_add_up_are_all_named(folder):
    lines = record(
        folder,
        records_screened="500",
        records_excluded="300",
        dbr_sought_reports="190",
        dbr_notretrieved_reports="20",
        database_results="500",
        register_results="100",
        excluded_automatic="0",
        excluded_other="0",
    )
    found = problems(folder)
    assert len(found) == 3
    place = f"prisma.csv, row {lines['records_screened']}, column n, value '500'"
    assert found[0] == (
        f"{place}: records_screened is 500, but database_results 500 + register_results 100 - duplicates 16"
        " - excluded_automatic 0 - excluded_other 0 makes 584; mend one of them."
    )
    assert "records_excluded 300 + dbr_sought_reports 190 makes 490" in found[1]
    assert "dbr_notretrieved_reports 20 + dbr_assessed 164 makes 184" in found[2]


@pytest.mark.parametrize(
    ("key", "cell", "message"),
    [
        ("duplicates", "about 16", "a count is a whole number"),
        ("duplicates", "-1", "a count is a whole number"),
        ("duplicates", "1.5", "a count is a whole number"),
        ("other_excluded", "Retracted 3", "'Reason, 3; Another reason, 4'"),
        ("other_excluded", "Retracted, 3; Retracted, 4", "each once"),
        ("record_screened", "3", "no such key. Did you mean 'records_screened'?"),
        ("moonbeams", "3", "no such key. It has previous_studies, "),
    ],
)
def test_wrong_cells_are_named(folder, key, cell, message):
    lines = record(folder, **{key: cell})
    (found,) = problems(folder)
    assert f"prisma.csv, row {lines[key]}, column" in found
    assert message in found


def test_a_key_stands_once_and_a_heading_has_no_count(folder):
    path = folder / "prisma.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    again = next(row for row in rows if row["data"] == "duplicates") | {"description": "Again"}
    heading = dict.fromkeys(COLUMNS, "") | {"box": "late", "description": "Late", "boxtext": "L", "n": "4"}
    write(path, [*rows, again, heading])
    found = problems(folder)
    assert "this key stands already in row 9" in found[0]
    assert "a heading has no count" in found[1]


def template(path: Path, **counts: str) -> None:
    """Write a file with every key of the template, as it comes: NA and xxx where nothing was filled in."""
    rows = [
        {"data": "NA", "node": "node1", "box": "identification", "description": "Blue band",
         "boxtext": "Identification", "tooltips": "tip", "url": "page", "n": "xxx"}
    ]  # fmt: skip
    rows += [
        {"data": key, "node": "NA", "box": f"box{i}", "description": key, "boxtext": key.replace("_", " "),
         "tooltips": "tip", "url": "page", "n": counts.get(key, "xxx")}
        for i, key in enumerate(KEYS)
        if key not in ("new_usable", "new_unusable")
    ]  # fmt: skip
    write(path, rows)


def test_a_file_with_the_keys_of_the_template_is_read(folder):
    eligible = flow(load(DATA)).eligible
    template(
        folder / "prisma.csv",
        previous_studies="9",
        total_studies=str(9 + eligible),
        other_sought_reports="12",
        other_notretrieved_reports="2",
        other_assessed="10",
        other_excluded="Wrong people, 4; Wrong outcome, 6",
    )
    found = prisma(load(folder))
    assert len(found.boxes) == 24
    assert found.get("previous_studies").n == 9
    assert dict(found.get("other_excluded").reasons) == {"Wrong people": 4, "Wrong outcome": 6}
    assert found.get("other_excluded").n == 10
    assert found.get("database_results").how == "not known"
    template(folder / "prisma.csv", previous_studies="9", total_studies="10")
    assert f"previous_studies 9 + new_studies {eligible} makes {9 + eligible}" in problems(folder)[0]
