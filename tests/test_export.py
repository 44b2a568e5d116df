"""What other programs are given: the same numbers, no formula in any cell, whole files only."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from importlib import resources
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import rispy
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from evidence.certainty.grade import grade
from evidence.cli import app
from evidence.errors import InputError, OptionError
from evidence.publish import export as export_module
from evidence.publish.exchange.cells import cell, csv_text
from evidence.publish.exchange.long_table import COLUMNS, effects_long
from evidence.publish.exchange.results import results, results_text, schema_text
from evidence.publish.exchange.ris import ris_text
from evidence.publish.exchange.workbook import workbook
from evidence.publish.export import FORMATS, export_review
from evidence.publish.figures import data_hash
from evidence.publish.stable_zip import stable_zip
from evidence.review import load
from evidence.synthesis.answer import answer
from evidence.tables.formula_guard import guarded, unguarded
from evidence.tables.references import csl_items
from evidence.tables.schema import TABLES

DATA = Path(__file__).resolve().parents[1] / "data"
ASKED = ("Q1a", "Q1b", "Q1e", "Q1g", "Q1h", "Q3a", "Q3b", "Q4a", "Q4c.scarring_mn")
DANGEROUS = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x"]


@pytest.fixture(scope="module")
def answers(whole_answers):
    return {question_id: whole_answers[question_id] for question_id in ASKED}


@pytest.fixture(scope="module")
def document(review, answers):
    return results(review, answers, data_hash(review))


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(schema_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def printed(table: str) -> list[dict[str, str]]:
    """Read a table without the package's own reader."""
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def exported(review, answers, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    export_review(review, folder, answers=answers)
    return folder


@pytest.fixture(scope="module")
def long(exported) -> list[dict[str, str]]:
    with (exported / "effects_long.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def of(long, question_id, study_id):
    [row] = [r for r in long if (r["question_id"], r["study_id"]) == (question_id, study_id)]
    return row


def test_every_effect_is_there_included_or_with_its_reason(long, answers):
    for question_id, each in answers.items():
        rows = [row for row in long if row["question_id"] == question_id]
        assert len(rows) == len(each.effects.table)
        assert sum(row["included"] == "yes" for row in rows) == each.effects.k
        assert all(row["reason"] for row in rows if row["included"] == "no")
    assert list(long[0]) == list(COLUMNS)


def test_numbers_in_the_long_table_follow_from_the_printed_ones(long):
    """Puri 2015: 6 of 15 and 9 of 15, an odds ratio of 36/81; its logarithm has variance 2/6 + 2/9."""
    row = of(long, "Q1h", "puri2015")
    assert float(row["estimate"]) == pytest.approx(36 / 81, rel=1e-9)
    assert float(row["vi"]) == pytest.approx(2 / 6 + 2 / 9, rel=1e-9)
    assert (row["events_1"], row["total_1"], row["events_2"], row["total_2"]) == ("6", "15", "9", "15")
    row = of(long, "Q3a", "mps587")
    assert (row["estimate"], row["ci_high"], row["n"]) == ("1", "1", "35")
    # Clopper-Pearson for all of n: (alpha/2)^(1/n).
    assert float(row["ci_low"]) == pytest.approx(0.025 ** (1 / 35), rel=1e-9)


def test_printed_intervals_and_means_stay_as_printed(long):
    alam = [row for row in long if row["question_id"] == "Q1a" and row["arm_id"] == "a"]
    assert [(row["estimate"], row["ci_low"], row["ci_high"]) for row in alam] == [("3.4", "0.2", "6.5")]
    row = of(long, "Q1g", "dermpaper2021")
    final = [
        out
        for out in printed("outcomes")
        if out["study_id"] == "dermpaper2021" and out["value_kind"] == "final" and out["usable"] == "yes"
    ]
    means = {(out["arm_id"], out["mean"], out["sd"], out["n"]) for out in final}
    for arm, number in (("a", 1), ("b", 2)):
        assert (arm, *(row[f"{name}_{number}"] for name in ("mean", "sd", "n"))) in means


def test_years_are_only_those_printed(long):
    years = {row["study_id"]: row["year"] for row in printed("studies")}
    assert {row["study_id"]: row["year"] for row in long}.items() <= years.items()


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_would_run_is_guarded_and_comes_back(text):
    assert guarded(text) == "'" + text
    assert unguarded(guarded(text)) == text
    [_, [written]] = csv.reader(io.StringIO(csv_text(pd.DataFrame({"x": [text]})), newline=""))
    assert written == "'" + text


@pytest.mark.parametrize("text", ["Alam 2014", "a=b", "1-2", "", "'quoted'", "é"])
def test_other_text_stays_as_it_is(text):
    assert guarded(text) == text
    assert unguarded(text) == text


def test_negative_numbers_stay_numbers():
    assert csv_text(pd.DataFrame({"yi": [-0.5, -3.0, float("nan"), 1e-12]})) == 'yi\n-0.5\n-3\n""\n1e-12\n'


# Text that the review reads rather than shows.
MEANT_FOR_CODE = {
    "subgroup",
    "comparator_tags",
    "scales",
    "measure",
    "model",
    "when",
    "counter_when",
    "answers",
}
MEANT_FOR_CODE |= {"n", "data"}


@pytest.fixture
def poisoned(tmp_path):
    """Return a review whose every free text would run as a formula."""
    shutil.copytree(DATA, tmp_path / "data")
    poison = "=HYPERLINK(1)"
    for table, model in TABLES.items():
        if table == "components":  # its tags name those of the arms
            continue
        free = [
            name
            for name, field in model.to_schema().columns.items()
            if not str(field.dtype).startswith("float")
            and field.nullable
            and not (field.metadata or {}).get("vocabulary")
            and not (field.metadata or {}).get("refers_to")
        ]
        free += ["label"] if table == "studies" else []
        free = [name for name in free if name not in MEANT_FOR_CODE]
        rows = printed(table)
        if not rows:
            continue
        rows = [row | {name: poison for name in free if row[name]} for row in rows]
        with (tmp_path / "data" / f"{table}.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return load(tmp_path / "data")


def test_no_cell_of_any_file_is_a_formula(poisoned, tmp_path):
    answers = {question_id: answer(poisoned, question_id) for question_id in ("Q1g", "Q1h", "Q3b")}
    export_review(poisoned, tmp_path, formats=("csv", "xlsx", "revman"), answers=answers)
    for name in ("effects_long.csv", "revman_data_rows.csv", "revman_settings.csv"):
        with (tmp_path / name).open(encoding="utf-8", newline="") as handle:
            cells = [text for row in csv.reader(handle) for text in row]
        assert not [text for text in cells if text.startswith(("=", "+", "@"))]
        assert name == "revman_settings.csv" or "'=HYPERLINK(1)" in cells
    book = openpyxl.load_workbook(tmp_path / "evidence.xlsx")
    seen = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for each in row:
                assert each.data_type in {"s", "n"}
                assert each.hyperlink is None
                seen += each.value == "=HYPERLINK(1)"
    assert seen > 1000


def test_the_workbook_holds_the_tables_as_they_were_typed(exported):
    book = openpyxl.load_workbook(exported / "evidence.xlsx")
    assert book.sheetnames == ["Read me", "effects", *TABLES]
    for table in TABLES:
        sheet = book[table]
        [header, *rows] = sheet.iter_rows(values_only=True)
        expected = printed(table)
        assert list(header) == list(TABLES[table].to_schema().columns)
        assert len(rows) == len(expected)
        assert sheet.freeze_panes == "A2"
        assert not expected or sheet.auto_filter.ref == sheet.dimensions
        for row, typed in zip(rows, expected, strict=True):
            for value, text in zip(row, typed.values(), strict=True):
                same = float(text) == value if isinstance(value, (int, float)) else (value or "") == text
                assert same, (table, typed)
    means = [each.value for each in book["outcomes"]["P"][1:] if each.value is not None]
    assert all(isinstance(value, (int, float)) for value in means)


def test_the_page_about_the_workbook_names_the_data(exported, review):
    page = openpyxl.load_workbook(exported / "evidence.xlsx")["Read me"]
    text = "\n".join(str(each.value) for each in page["A"])
    assert "Not medical advice" in text
    assert data_hash(review) in text
    assert "RevMan cannot state" in text


def test_a_text_too_long_for_a_cell_is_named():
    with pytest.raises(InputError, match=r"Sheet notes, row 3, column note: the text has 32768 letters"):
        workbook("Title", [], {"notes": pd.DataFrame({"note": ["short", "x" * 32768]})})


def test_results_keep_to_their_schema(document, validator, exported):
    validator.validate(document)
    assert json.loads((exported / "results.json").read_text(encoding="utf-8")) == document
    stored = resources.files("evidence.publish.exchange") / "results.schema.json"
    assert (exported / "results.schema.json").read_text(encoding="utf-8") == stored.read_text(
        encoding="utf-8"
    )


def test_results_say_what_was_asked_and_found(document, answers):
    asked = {question["id"]: question for question in document["questions"]}
    assert list(asked) == [row["question_id"] for row in printed("questions")]
    assert not asked["Q10"]["answered"]
    pain = asked["Q4a"]["pooled"]["readers_scale"]
    assert pain["estimate"] == pytest.approx(2 / 192, rel=1e-9)
    assert "Clopper-Pearson" in asked["Q4a"]["pooled"]["method"]
    assert "inverse variance" not in asked["Q4a"]["pooled"]["method"]
    assert asked["Q1g"]["pooled"] is None
    assert (asked["Q4c.scarring_mn"]["k"], asked["Q4c.scarring_mn"]["people"]) == (0, 0)
    for question_id, each in answers.items():
        assert asked[question_id]["finding"] == each.finding()
        assert len(asked[question_id]["effects"]) == len(each.effects.table)


def test_what_is_not_a_number_is_null(document):
    text = results_text(document)
    assert "NaN" not in text
    assert "Infinity" not in text
    [question] = [each for each in document["questions"] if each["id"] == "Q1e"]
    left = [effect for effect in question["effects"] if not effect["included"]]
    assert left
    assert all(effect["yi"] is None and effect["vi"] is None for effect in left)
    assert all(effect["route"] is None for effect in left)


def broken(document, change):
    copy = json.loads(json.dumps(document))
    change(copy)
    return copy


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("data_sha256"),
        lambda d: d.update(schema_version="0.9"),
        lambda d: d.update(more=1),
        lambda d: d["questions"][0].update(k="2"),
        lambda d: d["questions"][0].pop("finding"),
        lambda d: d["questions"][0]["effects"][0].update(vi=None),
        lambda d: d["questions"][0]["effects"][0].update(source="a book"),
        lambda d: d["questions"][1]["pooled"].pop("tau2"),
        lambda d: d.update(certainty={"Q1b": {"certainty": "some"}}),
        lambda d: d.update(verdicts=[{"claim_id": "C1"}]),
    ],
)
def test_a_wrong_result_breaks_the_schema(document, validator, change):
    assert not validator.is_valid(broken(document, change))


def test_certainty_and_verdicts_are_added_when_given(review, answers, whole_verdicts, validator):
    certainty = {key: grade(review, key, found=answers[key]).to_dict() for key in answers}
    judged = whole_verdicts.to_dict()
    document = results(review, answers, data_hash(review), certainty=certainty, verdicts=judged)
    validator.validate(document)
    assert {rating["certainty"] for rating in document["certainty"].values()} == {"very_low", "not_rated"}
    assert document["verdicts"] == judged


def test_references_come_back_through_a_reader(exported):
    entries = rispy.loads((exported / "references.ris").read_text(encoding="utf-8"))
    back = {entry["id"]: entry for entry in entries}
    typed = {row["study_id"]: row for row in printed("studies")}
    typed |= {row["review_id"]: row for row in printed("reviews")}
    assert set(back) == set(typed)
    for key, row in typed.items():
        assert back[key].get("title", "") == " ".join(row["title"].split())
        assert back[key].get("doi", "") == row["doi"]
        assert back[key].get("year", "") == row["year"]
        assert back[key]["urls"] == [row["source"]]
        assert back[key]["type_of_reference"] == "JOUR"
    # As studies.csv prints them: "Pavez G; ..." and the like.
    several = {key: row for key, row in typed.items() if "; " in row.get("authors", "")}
    assert len(several) > 10
    for key, row in several.items():
        first = row["authors"].split(";")[0].strip()
        assert back[key]["authors"][0].replace(", ", " ") == first


def test_pages_and_names_are_taken_apart(review):
    [item] = [each for each in csl_items(review) if each["id"] == "abbas2022"]
    assert "SP  - e15376\n" in ris_text([item])
    assert "EP  - " not in ris_text([item])
    text = ris_text(
        [{"id": "a", "title": "One\nTwo", "page": "S64-S69", "author": [{"literal": "He Simin"}]}]
    )
    assert "TI  - One Two\n" in text
    assert "SP  - S64\nEP  - S69\n" in text
    assert "AU  - He Simin\n" in text


def test_two_runs_give_the_same_bytes(review, answers, exported, tmp_path):
    again = export_review(review, tmp_path, answers=answers)
    assert [path.name for path in again.files] == [
        *("effects_long.csv", "evidence.xlsx", "results.json", "results.schema.json"),
        *("references.ris", "revman_data_rows.csv", "revman_settings.csv"),
    ]
    for path in again.files:
        assert path.read_bytes() == (exported / path.name).read_bytes(), path.name


def test_a_packed_file_tells_neither_time_nor_machine():
    packed = {}
    for when in ((2001, 1, 1, 0, 0, 0), (2021, 5, 5, 5, 5, 4)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name in ("b.txt", "a.txt"):
                archive.writestr(zipfile.ZipInfo(name, when), "text " * 100)
        packed[when] = stable_zip(out.getvalue())
    first, second = packed.values()
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["b.txt", "a.txt"]
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    with pytest.raises(zipfile.BadZipFile):
        stable_zip(b"no zip file")


def test_a_failure_leaves_the_older_files_as_they_were(review, answers, tmp_path, monkeypatch):
    old = tmp_path / "effects_long.csv"
    old.write_text("old", encoding="utf-8")

    def fails(_items):
        raise InputError("no references today")

    monkeypatch.setattr(export_module, "ris_text", fails)
    with pytest.raises(InputError, match="no references today"):
        export_review(review, tmp_path, answers=answers)
    assert old.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["effects_long.csv"]


def test_only_what_was_asked_for_is_written(review, tmp_path):
    done = export_review(review, tmp_path, formats=("ris",))
    assert [path.name for path in tmp_path.iterdir()] == ["references.ris"]
    assert done.left_out == ()


def test_formats_that_do_not_exist_are_named(review, tmp_path):
    with pytest.raises(OptionError, match=r"'xls' is not one of 'csv', .* Did you mean 'xlsx'"):
        export_review(review, tmp_path, formats=("xls",))
    with pytest.raises(InputError, match="at least one format"):
        export_review(review, tmp_path, formats=())
    assert not list(tmp_path.iterdir())


def run(*arguments: str):
    return CliRunner().invoke(app, ["export", *arguments])


def test_the_command_writes_and_says_where(tmp_path):
    result = run("--formats", "ris", "--to", str(tmp_path / "mine"))
    assert result.exit_code == 0, result.output
    assert "references.ris" in result.output
    assert (tmp_path / "mine" / "references.ris").is_file()


def test_the_command_names_what_is_wrong(tmp_path):
    result = run("--formats", "csv,revmam", "--to", str(tmp_path))
    assert result.exit_code == 2
    assert "Did you mean 'revman'" in result.output
    (tmp_path / "file").write_text("here stands a file", encoding="utf-8")
    result = run("--formats", "ris", "--to", str(tmp_path / "file"))
    assert result.exit_code == 2
    assert "cannot be written to" in result.output


def test_cells_of_every_kind():
    assert [cell(value) for value in (True, None, float("inf"), 2.0, "x", pd.NA)] == [
        "yes",
        None,
        None,
        2,
        "x",
        None,
    ]
    assert FORMATS == ("csv", "xlsx", "json", "ris", "revman")


def test_no_answers_make_an_empty_table(review):
    assert list(effects_long(review, {})) == list(COLUMNS)
