"""RevMan's data rows: the contrasts go out, come back as the same numbers, and every bad cell is named."""

from __future__ import annotations

import csv
import io
import math
import zipfile
from pathlib import Path

import pytest

import evidence as ev
from evidence.errors import DataError, InputError
from evidence.publish.exchange.cells import csv_text
from evidence.publish.exchange.revman import revman
from evidence.publish.exchange.revman_settings import SETTINGS
from evidence.review import load
from evidence.tables.revman import DATA_ROWS, read_revman

ASKED = ("Q1b", "Q1e", "Q1e.response", "Q1f.prp", "Q1g", "Q1g.nonablative", "Q1h", "Q1i", "Q3b", "Q4a")
NAMES = ["mean", "sd", "n", "events", "total", "estimate", "se"]


@pytest.fixture(scope="module")
def answers(whole_answers):
    return {question_id: whole_answers[question_id] for question_id in ASKED}


@pytest.fixture(scope="module")
def stated(answers):
    return revman(load(), answers)


@pytest.fixture(scope="module")
def back(stated, tmp_path_factory):
    path = tmp_path_factory.mktemp("revman") / "revman_data_rows.csv"
    path.write_text(csv_text(stated.data_rows), encoding="utf-8")
    return read_revman(path)


def arms(back, study, outcome):
    rows = back.loc[(back["study"] == study) & back["outcome"].str.startswith(outcome + " ")]
    return rows.set_index("arm")[NAMES].T.to_dict()


def test_events_come_back_as_printed(back):
    both = arms(back, "Puri 2015", "Q1h")
    assert (both["experimental"]["events"], both["experimental"]["total"]) == (6, 15)
    assert (both["control"]["events"], both["control"]["total"]) == (9, 15)
    assert math.isnan(both["control"]["mean"])


def test_means_come_back_with_more_as_better(back):
    """ECCA of Zhang L 2018 was printed as 29.5 (15.1) of 42 and 31.3 (14.9) of 47; lower is better."""
    both = arms(back, "Zhang L 2018", "Q1i")
    assert [both["experimental"][name] for name in ("mean", "sd", "n")] == [-29.5, 15.1, 42]
    assert [both["control"][name] for name in ("mean", "sd", "n")] == [-31.3, 14.9, 47]
    assert math.isnan(both["experimental"]["total"])


def test_sides_of_one_face_come_back_as_effect_and_error(back, answers):
    both = arms(back, "IDOJ 2024", "Q3b")
    # 2 of 30 against 9 of 30.
    assert both["experimental"]["estimate"] == pytest.approx(math.log(2 / 9), rel=1e-9)
    row = answers["Q3b"].effects.included.iloc[0]
    assert both["experimental"]["se"] == pytest.approx(math.sqrt(row["vi"]), rel=1e-9)
    assert math.isnan(both["control"]["estimate"])
    assert (both["experimental"]["n"], both["control"]["n"]) == (30, 30)


def test_every_usable_contrast_is_stated_once_and_the_rest_counted(stated, back, answers):
    contrasts = {key: each for key, each in answers.items() if each.question.kind == "contrast"}
    assert len(stated.data_rows) == sum(each.effects.k for each in contrasts.values())
    assert len(back) == 2 * len(stated.data_rows)
    left = [row.question_id for row in stated.left_out]
    assert [key for key in left if key not in contrasts] == ["Q1b", "Q4a"]
    for key, each in contrasts.items():
        assert left.count(key) == len(each.effects.excluded)
    assert all(row.reason for row in stated.left_out)


def test_one_comparison_holds_its_questions_and_numbers_stay(stated):
    places = stated.settings.set_index(stated.settings["Analysis name"].str.split().str[0])
    numbers = places[["Analysis group", "Analysis number"]].apply(tuple, axis=1).to_dict()
    assert (numbers["Q1e"], numbers["Q1e.response"]) == ((1, 1), (1, 2))
    assert (numbers["Q1g"], numbers["Q3b"]) == ((3, 1), (3, 2))
    assert "Q1g.nonablative" not in numbers
    assert numbers["Q1h"] == (5, 1)


def test_settings_say_how_each_analysis_is_made(stated):
    rows = stated.settings.set_index(stated.settings["Analysis name"].str.split().str[0])
    assert list(stated.settings) == list(SETTINGS)
    assert rows["Data type"].to_dict() == {
        "Q1e": "Contrast level",
        "Q1e.response": "Contrast level",
        "Q1f.prp": "Contrast level",
        "Q1g": "Continuous",
        "Q3b": "Contrast level",
        "Q1h": "Dichotomous",
        "Q1i": "Continuous",
    }
    assert (rows.loc["Q1h", "Effect measure"], rows.loc["Q1h", "Log-scale data"]) == ("Odds Ratio", "TRUE")
    assert (rows.loc["Q1h", "Experimental cases"], rows.loc["Q1h", "Control N"]) == (
        13 + 6 + 33,
        15 + 15 + 49,
    )
    assert (rows.loc["Q1h", "Overall estimates"], rows.loc["Q1e", "Overall estimates"]) == ("FALSE", "TRUE")
    assert rows.loc["Q1g", "Analysis group name"] == "Microneedling versus Ablative fractional laser"
    assert rows.loc["Q1g", "Graph label (right)"] == "favours microneedling"


def test_the_public_name_reads(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("Analysis name,Study,GIV Mean,GIV SE\nPain,A 2020,-0.5,0.25\n", encoding="utf-8")
    table = ev.read_revman(path)
    assert table[["study", "outcome", "arm", "estimate", "se"]].iloc[0].tolist() == [
        *("A 2020", "Pain", "experimental", -0.5, 0.25)
    ]


ROW = {
    "Analysis group": "1",
    "Analysis number": "2",
    "Analysis name": "Response",
    "Study": "A 2020",
    "Study year": "2020",
    "Experimental cases": "3",
    "Experimental N": "10",
    "Control cases": "1",
    "Control N": "11",
}


def written(path: Path, *rows: dict[str, str], header=DATA_ROWS) -> Path:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_revman(path)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("column", "value", "remedy"),
    [
        ("Experimental cases", "11", "more events than people; Experimental N, which is 10"),
        ("Experimental cases", "2.5", "whole number"),
        ("Control N", "-1", "whole number of 0 or more"),
        ("Control mean", "1,5", "decimal point, not a comma: 1.5"),
        ("Control mean", "about 3", "plain number"),
        ("Control SD", "-0.1", "0 or more"),
        ("GIV SE", "0", "above 0"),
        ("GIV Mean", "nan", "plain number"),
        ("Study year", "20", "between 1900 and 2100"),
        ("Study", "", "must be filled in"),
        ("Analysis name", "#N/A", "must be filled in"),
    ],
)
def test_a_bad_cell_is_named(tmp_path, column, value, remedy):
    path = written(tmp_path / "rows.csv", ROW, ROW | {column: value})
    found = [text for text in problems(path) if text.startswith(f"rows.csv, row 3, column {column}")]
    assert found
    assert any(remedy in text for text in found)


def test_all_bad_cells_are_named_at_once(tmp_path):
    bad = ROW | {"Experimental cases": "many", "Control SD": "-2", "Study": ""}
    assert len(problems(written(tmp_path / "rows.csv", ROW, bad, ROW | {"Control N": "0"}))) == 4


def test_missing_columns_are_named_with_the_nearest(tmp_path):
    header = ["Analysis name", "Studies", "GIV Mean", "GIV SE"]
    [text] = problems(written(tmp_path / "rows.csv", ROW, header=header))
    assert "column Study: the column is missing" in text
    assert "'Studies'" in text
    [text] = problems(written(tmp_path / "rows.csv", ROW, header=["Analysis name", "Study"]))
    assert "no column holds numbers" in text


def test_what_is_no_table_is_named(tmp_path):
    assert "no rows below the header" in problems(written(tmp_path / "rows.csv"))[0]
    path = tmp_path / "odd.csv"
    path.write_bytes(b"%PDF-1.7")
    assert "not a CSV file" in problems(path)[0]
    with pytest.raises(InputError, match="is not a file"):
        read_revman(tmp_path / "nowhere.csv")


def test_columns_that_are_not_known_are_passed_over(tmp_path):
    path = written(tmp_path / "rows.csv", ROW | {"Further": "x"}, header=[*DATA_ROWS, "Further"])
    assert read_revman(path)["events"].tolist() == [3, 1]


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_package_is_opened_and_a_package_within_one(tmp_path):
    rows = written(tmp_path / "rows.csv", ROW).read_bytes()
    inner = zipped(
        tmp_path / "inner.zip", **{"CD1-analysis-data/CD1-data-rows.csv": rows, "CD1-other.csv": b"x"}
    )
    assert read_revman(inner)["total"].tolist() == [10, 11]
    outer = zipped(tmp_path / "outer.zip", **{"CD1-files/CD1-data.zip": inner.read_bytes()})
    assert read_revman(outer).equals(read_revman(inner))


def test_a_package_without_data_rows_or_broken_is_named(tmp_path):
    assert "found: none" in problems(zipped(tmp_path / "empty.zip", **{"a.csv": b"x"}))[0]
    two = {"A-data-rows.csv": b"x", "B-data-rows.csv": b"x"}
    assert "A-data-rows.csv, B-data-rows.csv" in problems(zipped(tmp_path / "two.zip", **two))[0]
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    assert "cannot be unpacked" in problems(path)[0]


def test_a_guarded_name_comes_back_without_its_mark(tmp_path):
    path = written(tmp_path / "rows.csv", ROW | {"Study": "'=HYPERLINK(1)"})
    assert set(read_revman(path)["study"]) == {"=HYPERLINK(1)"}
