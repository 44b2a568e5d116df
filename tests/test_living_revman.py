"""RevMan's numbers go into a template; what RevMan lacks is filled in by a person, then added."""

from __future__ import annotations

import csv

import pandas as pd
import pytest

from copied_tables import copy_of_data, table
from evidence.errors import InputError
from evidence.living.revman import NEEDED, from_revman
from evidence.living.template import template_columns
from evidence.tables.revman import DATA_ROWS
from living_data import PLACE, STUDY, arm, run, score, write_rows

ROWS = pd.DataFrame(
    [
        ("Sim 2027", 2027, "Goodman-Baron score", "experimental", 8.0, 2.9, 30, None, None),
        ("Sim 2027", 2027, "Goodman-Baron score", "control", 10.5, 3.0, 29, None, None),
        ("Sim 2027", 2027, "Good or excellent", "experimental", None, None, None, 21, 30),
        ("Sim 2027", 2027, "Good or excellent", "control", None, None, None, 0, 29),
        ("O'Neil & al.", 2020, "Pain", "experimental", 2.25, 0.5, 12, None, None),
        ("O'Neil & al.", 2020, "Pain", "control", 2.0, 0.25, 12, None, None),
        ("O'Neil & al.", 2020, "Nothing printed", "control", None, None, None, None, None),
    ],
    columns=NEEDED,
)


def test_every_number_gets_its_row():
    rows = from_revman(ROWS)
    assert len(rows) == 6  # the last one holds no number
    assert rows[0] == {
        "studies.study_id": "sim2027",
        "studies.label": "Sim 2027",
        "studies.year": "2027",
        "arms.arm_id": "a",
        "arms.n_arm": "30",
        "outcomes.scale_name": "Goodman-Baron score",
        "outcomes.value_kind": "final",
        "outcomes.n": "30",
        "outcomes.mean": "8",
        "outcomes.sd": "2.9",
    }
    assert rows[1] == {
        "outcomes.scale_name": "Good or excellent",
        "outcomes.value_kind": "events",
        "outcomes.events": "21",
        "outcomes.total": "30",
    }
    assert (rows[2]["arms.arm_id"], rows[2]["arms.n_arm"]) == ("b", "29")
    assert rows[3]["outcomes.events"] == "0"
    assert rows[4]["studies.study_id"] == "oneilal2020"
    assert set().union(*rows) <= set(template_columns())


def test_two_studies_of_one_key_are_told_apart():
    rows = ROWS.iloc[[0]]
    both = pd.concat([rows, rows.assign(study="SIM-2027")])
    assert [row["studies.study_id"] for row in from_revman(both)] == ["sim2027", "sim2027x"]


def test_what_is_no_table_of_revman_is_refused():
    with pytest.raises(InputError, match="lack the column sd"):
        from_revman(ROWS.drop(columns="sd"))
    with pytest.raises(InputError, match="not 'placebo'"):
        from_revman(ROWS.replace({"arm": {"control": "placebo"}}))


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the tables beside a file of data rows as RevMan exports it, of an invented trial."""
    cells = dict.fromkeys(DATA_ROWS, "") | {"Analysis group": "1", "Study": "Sim 2027", "Study year": "2027"}
    means = {"Experimental mean": "8.0", "Experimental SD": "2.9", "Experimental N": "30"}
    means |= {"Control mean": "10.5", "Control SD": "3.0", "Control N": "29"}
    events = {"Experimental cases": "21", "Experimental N": "30", "Control cases": "0", "Control N": "29"}
    with (tmp_path / "revman.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(cells), lineterminator="\n")
        writer.writeheader()
        writer.writerow(cells | {"Analysis number": "1", "Analysis name": "Goodman-Baron score"} | means)
        writer.writerow(cells | {"Analysis number": "2", "Analysis name": "Good or excellent"} | events)
    return copy_of_data(tmp_path)


def test_in_two_steps(folder):
    source, place = folder.parent / "revman.csv", folder.parent / "trial.csv"
    result = run("add", "--revman", source, "--template", place, "--data", folder)
    assert result.exit_code == 0, result.output
    assert "4 numbers are filled in" in result.output
    # What is still blank is named, each cell in its row.
    result = run("add", place, "--data", folder)
    assert result.exit_code == 1
    for blank in (
        "row 2, column studies.title",
        "row 4, column arms.treatment",
        "row 3, column outcomes.outcome",
    ):
        assert f"trial.csv, {blank}: this cell must be filled in." in result.output
    with place.open(encoding="utf-8", newline="") as handle:
        rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(handle)]
    rows[0] = STUDY | arm("a", "mn_prp") | score("final", "", "") | rows[0]
    rows[2] = arm("b", "mn") | score("final", "", "") | rows[2]
    for position in (1, 3):
        response = {"outcomes.outcome": "responder", "outcomes.threshold_class": "good_or_excellent"}
        response |= {"outcomes.timepoint_label": "3 months", "outcomes.usable": "yes"}
        rows[position] = PLACE | response | rows[position]
    result = run("add", write_rows(place, rows), "--data", folder)
    assert result.exit_code == 0, result.output
    added = [row for row in table(folder, "outcomes") if row["study_id"] == "sim2027"]
    assert [(row["arm_id"], row["mean"], row["events"], row["total"]) for row in added] == [
        ("a", "8", "", ""),
        ("a", "", "21", "30"),
        ("b", "10.5", "", ""),
        ("b", "", "0", "29"),
    ]


def test_revman_alone_is_not_enough(folder):
    result = run("add", "--revman", folder.parent / "revman.csv", "--data", folder)
    assert result.exit_code == 2
    assert "evidence add --revman FILE --template OUT.csv" in result.output
    result = run("add", folder.parent / "trial.csv", "--template", folder.parent / "x.csv", "--data", folder)
    assert result.exit_code == 2
    assert "not both at once" in result.output
