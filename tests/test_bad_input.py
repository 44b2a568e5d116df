"""Whatever is wrong in a table is named: file, row, column, value, and what would be right."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import pytest
from typer.testing import CliRunner

from copied_tables import problems
from evidence.cli import app
from evidence.errors import DataError, InputError, ScaleWarning
from evidence.review import load


def change(folder: Path, table: str, where: dict[str, str], **cells: str) -> int:
    """Write cells into the first matching row and return its line."""
    path = folder / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    line = next(i for i, row in enumerate(rows) if all(row[k] == v for k, v in where.items()))
    rows[line] |= cells
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return line + 2


def test_the_data_as_they_are_raise_nothing(folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(folder)


@pytest.mark.parametrize(
    ("table", "column"),
    [("arms", "treatment"), ("outcomes", "caution"), ("studies", "n_analysed"), ("studies", "design")],
)
def test_a_cell_of_thousands_of_letters_is_shown_without_its_middle(folder, table, column):
    change(folder, table, {}, **{column: "x" * 5000 + "; y" * (column == "caution")})
    with pytest.raises(DataError) as caught:
        load(folder)
    said = str(caught.value)
    assert f"column {column}" in said
    assert len(said) < 1000 * len(caught.value.problems)
    assert caught.value.problems[0].value.startswith("x" * 5000)


def test_a_key_of_thousands_of_letters_is_named_without_its_middle(folder):
    change(folder, "rob_tools", {"tool": "rob2"}, tool="x" * 5000)
    with pytest.raises(DataError, match=r"x{80} \.\.\. x{39}\.") as caught:
        load(folder)
    assert max(map(len, str(caught.value).splitlines())) < 1000


CELLS = [
    (
        "treatment",
        "arms",
        {"study_id": "alam2014", "arm_id": "a"},
        {"treatment": "mn_prpp"},
        "Did you mean 'mn_prp'",
    ),
    (
        "text in a number",
        "outcomes",
        {"result_id": "alchalabi2020.r01"},
        {"mean": "about 16"},
        "plain number",
    ),
    (
        "comma decimals",
        "outcomes",
        {"result_id": "alchalabi2020.r01"},
        {"mean": "16,39"},
        "point, not a comma: 16.39",
    ),
    ("percent sign", "outcomes", {"result_id": "abbas2022.r01"}, {"change_pct": "55%"}, "plain number"),
    (
        "events above total",
        "outcomes",
        {"result_id": "idoj2024.r14"},
        {"events": "31"},
        "more events than people",
    ),
    ("infinity", "outcomes", {"result_id": "alchalabi2020.r01"}, {"mean": "inf"}, "plain number"),
    ("overflow", "outcomes", {"result_id": "alchalabi2020.r01"}, {"sd": "1e400"}, "plain number"),
    ("nan", "outcomes", {"result_id": "alchalabi2020.r01"}, {"n": "nan"}, "plain number"),
    ("underscore", "outcomes", {"result_id": "alchalabi2020.r01"}, {"n": "1_000"}, "plain number"),
    ("other digits", "outcomes", {"result_id": "alchalabi2020.r01"}, {"n": "\u0663"}, "plain number"),
    ("no title", "studies", {"study_id": "alam2014"}, {"title": "NA"}, "must be filled in"),
    ("negative SD", "outcomes", {"result_id": "alchalabi2020.r01"}, {"sd": "-3.43"}, "at least 0"),
    ("n of zero", "outcomes", {"result_id": "alchalabi2020.r01"}, {"n": "0"}, "at least 1"),
    ("half a person", "outcomes", {"result_id": "idoj2024.r14"}, {"events": "2.5"}, "whole number"),
    (
        "dangling study",
        "arms",
        {"study_id": "alam2014", "arm_id": "a"},
        {"study_id": "alan2014"},
        "studies.csv",
    ),
    ("dangling arm", "outcomes", {"result_id": "idoj2024.r14"}, {"arm_id": "z"}, "no arm 'z' in arms.csv"),
    (
        "baseline with a time",
        "outcomes",
        {"result_id": "alchalabi2020.r01"},
        {"timepoint_weeks": "6"},
        "week 0",
    ),
    ("outside the scale", "outcomes", {"scale_max": "10"}, {"mean": "11"}, "outside the scale"),
    ("unknown caution", "outcomes", {"result_id": "idoj2024.r14"}, {"caution": "sd_asumed"}, "'sd_assumed'"),
    (
        "interval upside down",
        "contrasts",
        {"contrast_id": "alam2014.c02"},
        {"ci_low": "7"},
        "above the upper",
    ),
    ("usable without SD", "outcomes", {"result_id": "alchalabi2020.r02"}, {"sd": ""}, "needs sd"),
    ("no source", "outcomes", {"result_id": "idoj2024.r14"}, {"source": ""}, "must be filled in"),
    ("source not an address", "outcomes", {"result_id": "idoj2024.r14"}, {"source": "a book"}, "https://"),
    (
        "unknown measure's outcome",
        "questions",
        {"question_id": "Q1b"},
        {"outcomes": "gb_quantitativ"},
        "codes.csv",
    ),
    ("p above one", "contrasts", {"contrast_id": "alam2014.c02"}, {"p_num": "3"}, "at most 1"),
]


@pytest.mark.parametrize(
    ("table", "where", "cells", "remedy"), [case[1:] for case in CELLS], ids=[c[0] for c in CELLS]
)
def test_a_bad_cell_is_named(folder, table, where, cells, remedy):
    line = change(folder, table, where, **cells)
    [(column, value)] = cells.items()
    found = [
        text for text in problems(folder) if text.startswith(f"{table}.csv, row {line}, column {column}")
    ]
    assert found, problems(folder)
    assert any(remedy in text for text in found)
    assert value == "" or any(f"value '{value}'" in text for text in found)


def test_all_bad_cells_are_named_at_once(folder):
    change(folder, "outcomes", {"result_id": "alchalabi2020.r01"}, mean="16,39", sd="-1")
    change(folder, "arms", {"study_id": "alam2014", "arm_id": "a"}, n_arm="many")
    text = "\n".join(problems(folder))
    assert "column mean" in text
    assert "column sd" in text
    assert "arms.csv" in text


def test_duplicate_keys_name_both_rows(folder):
    path = folder / "studies.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    [found] = [text for text in problems(folder) if "stands already" in text]
    assert found.startswith(f"studies.csv, row {len(lines) + 1}, column study_id, value 'abbas2022'")
    assert "row 2" in found


def test_a_standard_error_typed_as_sd_warns(folder):
    # 3.43 is the SD of 25 people; its standard error is a fifth of that.
    change(folder, "outcomes", {"result_id": "alchalabi2020.r01"}, sd="0.686")
    change(folder, "outcomes", {"result_id": "alchalabi2020.r02"}, sd="0.558")
    with pytest.warns(ScaleWarning, match=r"outcomes.csv, row \d+, column sd, value '0.686'.*standard error"):
        load(folder)


SLIPS = [
    (
        "outcomes",
        {"result_id": "minh2019.r02"},
        {"sd": "0.1006"},
        "sd",
        "times the spread",
    ),  # an SE of n = 31
    ("outcomes", {"result_id": "pmid25196684.r02"}, {"sd": "27.1"}, "sd", "a decimal moved"),
    ("outcomes", {"result_id": "wang2018.r01"}, {"n": "31"}, "n", "the arm had 30 people"),
    ("studies", {"study_id": "abbas2022"}, {"year": "2020"}, "year", "the label says 2022"),
]


@pytest.mark.parametrize(("table", "key", "cells", "column", "words"), SLIPS)
def test_a_slip_warns(folder, table, key, cells, column, words):
    change(folder, table, key, **cells)
    with pytest.warns(ScaleWarning, match=rf"{table}.csv, row \d+, column {column}, .*{words}"):
        load(folder)


def test_a_percentage_typed_as_a_count_warns_and_a_caution_stops_it(folder):
    key = {"result_id": "ishfaq2022.r01"}  # 22 of 30 people, 73 %
    change(folder, "outcomes", key, pct_printed="73.3")
    load(folder)
    change(folder, "outcomes", key, events="73", total="90")
    with pytest.warns(
        ScaleWarning, match="of 90 people it is 81.1 %, but 73.3 % is printed. It is the percentage"
    ):
        load(folder)
    change(folder, "outcomes", key, caution="print_error")
    load(folder)


def test_arms_exchanged_against_their_printed_direction_warn(folder):
    # Microneedling with PRP 4.27, alone 2.77; the source says that PRP did better.
    change(folder, "outcomes", {"result_id": "ullah2025.r02"}, mean="4.27")
    change(folder, "outcomes", {"result_id": "ullah2025.r04"}, mean="2.77")
    with pytest.warns(
        ScaleWarning, match=r"contrasts.csv, row \d+, column direction.*are the arms exchanged"
    ):
        load(folder)


def replace(folder: Path, table: str, old: str, new: str) -> None:
    path = folder / f"{table}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def test_a_missing_column_is_named_with_the_likely_typo(folder):
    replace(folder, "outcomes", ",value_kind,", ",valuekind,")
    text = "\n".join(problems(folder))
    assert "outcomes.csv, row 1, column value_kind: the column is missing. Did you mean 'valuekind'?" in text
    assert "column valuekind: there is no such column in this table. Did you mean 'value_kind'?" in text


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "empty"),
        (b"  \n\n", "empty"),
        (b"study_id;arm_id;arm_kind\nx;a;arm\n", "not separated by commas"),
        (b",,,,\n,,,,\n", "empty"),
        (b"PK\x03\x04rest of a workbook", "not a CSV file"),
        (b"\x00\x01\x02\x03", "not a CSV file"),
        ("study_id,arm_id\nm\u00fcller,a\n".encode("latin-1"), "not UTF-8"),
        (b'study_id,arm_id\n"open quote,a\n', "not a well-formed CSV row"),
        (b"study_id,arm_id\none\ntwo,a,b\n", "the row has 1 cells where the header has 2"),
    ],
)
def test_a_file_that_is_no_table_is_named(folder, content, remedy):
    (folder / "arms.csv").write_bytes(content)
    assert any(text.startswith("arms.csv") and remedy in text for text in problems(folder)), problems(folder)


def test_a_missing_file_is_named(folder):
    (folder / "scales.csv").unlink()
    assert any(text.startswith("scales.csv: the file is missing") for text in problems(folder))


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load(tmp_path / "nowhere")


def test_excel_marks_and_windows_line_ends_are_read(folder):
    path = folder / "claims.csv"
    text = path.read_text(encoding="utf-8")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode("utf-8"))
    assert load(folder).claims["claim_id"].tolist()[0] == "C1"


def test_check_says_the_problem_and_leaves_with_1(folder):
    change(folder, "outcomes", {"result_id": "idoj2024.r14"}, events="31")
    result = CliRunner().invoke(app, ["check", str(folder)])
    assert result.exit_code == 1
    assert "more events than people" in result.output


def test_check_leaves_with_0_and_2(folder, tmp_path):
    assert CliRunner().invoke(app, ["check", str(folder)]).exit_code == 0
    assert CliRunner().invoke(app, ["check", str(tmp_path / "nowhere")]).exit_code == 2


def test_review_of_bad_data_changes_no_file(folder):
    change(folder, "outcomes", {"result_id": "idoj2024.r14"}, events="31")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert CliRunner().invoke(app, ["review", "--data", str(folder)]).exit_code == 1
    assert {path: path.read_bytes() for path in folder.parent.rglob("*") if path.is_file()} == before


def test_odd_line_separators_inside_a_cell_do_not_shift_rows(folder):
    change(folder, "outcomes", {"result_id": "abbas2022.r01"}, note="one\u2028two\x0cthree\x85four")
    line = change(folder, "outcomes", {"result_id": "idoj2024.r14"}, events="many")
    assert [text for text in problems(folder) if f"row {line}, column events" in text]


def test_what_one_does_to_loaded_tables_never_reaches_the_next_load(folder):
    first, expected = load(folder), (folder / "arms.csv").read_bytes()
    before = first.arms.copy()
    first.arms.loc[:, "treatment"] = "laser"
    first.arms.iloc[0, 0] = "nobody"
    first.arms["further"] = 1
    assert load(folder).arms.equals(before)
    assert (folder / "arms.csv").read_bytes() == expected


def test_a_file_changed_between_two_loads_is_seen(folder):
    assert load(folder).claims["short"].iloc[0] != "Changed"
    change(folder, "claims", {"claim_id": "C1"}, short="Changed")
    assert load(folder).claims["short"].iloc[0] == "Changed"
    change(folder, "claims", {"claim_id": "C1"}, kind="no such kind")
    assert len(problems(folder)) == 1
    assert problems(folder) == problems(folder)
