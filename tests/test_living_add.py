"""A study is added from a template whole or not at all, and every existing byte stays as it was."""

from __future__ import annotations

import csv

import pytest

from copied_tables import DATA, contents, copy_of_data, table
from evidence.errors import DataError, InputError
from evidence.living import add as add_module
from evidence.living import commands
from evidence.living.add import examine
from evidence.living.diff import compare
from evidence.living.filled import read_template
from evidence.living.lines import records, with_rows, without_rows
from evidence.living.past import Version
from evidence.living.remove import removal, remove
from evidence.review import load
from evidence.tables.schema import TABLES
from living_data import STUDY, arm, comparison, put, run, score, take_back, trial, write_rows

pytestmark = pytest.mark.usefixtures("without_the_difference")
PRINT_DIFFERENCE = commands._print_difference


@pytest.fixture(scope="module")
def review(tmp_path_factory):
    """Return tables that no test adds to."""
    return load(copy_of_data(tmp_path_factory.mktemp("unchanged")))


def add(folder, rows, *more, typed=None):
    return run("add", write_rows(folder.parent / "trial.csv", rows), "--data", folder, *more, typed=typed)


def refused(review, rows):
    """Return the problems for which rows may not be added, after checking that nothing was written."""
    before = contents(review.folder)
    try:
        draft, problems = read_template(write_rows(review.folder.parent / "trial.csv", rows))
        doubts = examine(review, draft, problems)
    except DataError as error:
        assert contents(review.folder) == before
        return [str(problem) for problem in error.problems]
    raise AssertionError(f"not refused; doubts: {doubts}")


def test_the_template_has_every_column_of_the_four_tables_once(folder):
    place = folder.parent / "new.csv"
    assert run("add", "--template", place, "--data", folder).exit_code == 0
    header = place.read_text(encoding="utf-8").strip().split(",")
    wanted = {
        f"{name}.{column}"
        for name in ("studies", "arms", "outcomes", "contrasts")
        for column in TABLES[name].to_schema().columns
    }
    # The study and the arm a row belongs to stand in their own columns only.
    links = {"arms.study_id", "outcomes.study_id", "outcomes.arm_id", "contrasts.study_id"}
    assert set(header) == wanted - links
    assert len(header) == len(set(header))
    assert header[:3] == ["studies.study_id", "studies.label", "studies.author_certainty"]
    help_text = (folder.parent / "new.help.md").read_text(encoding="utf-8")
    for name in header:
        assert f"| {name} |" in help_text
    assert "- `mn_prp`: Microneedling + PRP" in help_text
    assert "| outcomes.mean | number | Mean, in points of the scale. |" in help_text


def test_a_template_never_overwrites(folder):
    place = folder.parent / "new.csv"
    place.write_text("filled in by somebody", encoding="utf-8")
    result = run("add", "--template", place, "--data", folder)
    assert result.exit_code == 2
    assert "exists already" in result.output
    assert place.read_text(encoding="utf-8") == "filled in by somebody"
    result = run("add", "--template", folder.parent / "new.xlsx", "--data", folder)
    assert result.exit_code == 2
    assert "new.csv" in result.output


def test_a_study_is_added_and_the_rows_before_it_keep_their_bytes(folder):
    before = contents(folder)
    result = add(folder, trial())
    assert result.exit_code == 0, result.output
    after = contents(folder)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {f"{name}.csv" for name in ("studies", "arms", "outcomes", "contrasts", "changelog")}
    for name in changed:
        assert after[name].startswith(before[name])
        assert b"\r" not in after[name]
    assert after["arms.csv"].removeprefix(before["arms.csv"]).decode() == (
        'sim2027,a,arm,mn_prp,,mn,"needling, 3 sessions",,,,30,\n'
        'sim2027,b,arm,mn,,mn,"needling, 3 sessions",,,,30,\n'
    )
    keys = [row["result_id"] for row in table(folder, "outcomes") if row["study_id"] == "sim2027"]
    assert keys == ["sim2027.r01", "sim2027.r02", "sim2027.r03", "sim2027.r04"]
    [printed] = [row for row in table(folder, "contrasts") if row["study_id"] == "sim2027"]
    assert (printed["contrast_id"], printed["p_value"]) == ("sim2027.c01", "0.002")
    assert run("check", folder).exit_code == 0


# Reasoned from questions.csv: the trial compares mn_prp with mn on gb_quantitative, with means and SDs at
# two visits. Q1b asks for the change after mn and Q1e for mn_prp against mn; both take gb_quantitative. The
# other questions about mn ask for responders, harms or another comparator. Of these only Q4c.scarring_mn has
# no study with a number, and then says how many reports of needling were found, which are one more.
ANSWERS_THAT_MOVE = {"Q1b", "Q1e"}
SENTENCES_THAT_MOVE = {"Q4c.scarring_mn"}


def test_what_changed_is_printed_after_adding_and_after_taking_back(folder, monkeypatch):
    monkeypatch.setattr(commands, "_print_difference", PRINT_DIFFERENCE)
    assert "Q1e" in add(folder, trial()).output
    assert "Q1e" in run("remove", "sim2027", "--yes", "--data", folder).output


def test_exactly_the_questions_of_the_trial_change(folder):
    old = load(folder)
    put(folder, trial())
    diff = compare(Version("before", old), Version("after", load(folder)))
    moved = {each.question_id: each for each in diff.questions}
    assert {key for key, each in moved.items() if not each.in_words_only} == ANSWERS_THAT_MOVE
    assert {key for key, each in moved.items() if each.in_words_only} == SENTENCES_THAT_MOVE
    # A third study of platelets on the same side brings the interval beyond no effect; no claim rests on it.
    judged = diff.judgements.set_index("id")
    assert judged["verdict_after"].to_dict() == {"Q1e": "Supported with reservations"}
    # Thirty people an arm: Q1b gains one arm, Q1e one trial of sixty.
    for key, people in (("Q1b", 30), ("Q1e", 60)):
        assert moved[key].after.k == moved[key].before.k + 1
        assert moved[key].after.people == moved[key].before.people + people


def test_adding_and_taking_back_restores_every_byte(folder):
    before = contents(folder)
    assert add(folder, trial()).exit_code == 0
    result = run("remove", "sim2027", "--yes", "--data", folder)
    assert result.exit_code == 0, result.output
    assert contents(folder) == before


ODD = [
    'He said "so", twice',
    "commas, and; semicolons",
    "one\ntwo\nthree",
    "emoji 🪡 and 中文",
    '=cmd|"/c calc"!A1',
    "'single'",
    "tab\there",
    "ends in a backslash \\",
    "<script>alert(1)</script>",
]


def test_odd_text_is_kept_as_it_is(folder):
    before = contents(folder)
    rows = trial()
    columns = ["studies.title", "studies.note", "arms.treatment_detail", "outcomes.note", "studies.country"]
    columns += ["studies.authors", "arms.n_arm_note", "outcomes.locator", "studies.scar_types"]
    rows[0] |= dict(zip(columns, ODD, strict=True))
    put(folder, rows)
    for column, value in zip(columns, ODD, strict=True):
        name, field = column.split(".")
        found = next(row for row in table(folder, name) if row["study_id"] == "sim2027")
        assert found[field] == value
    loaded = load(folder)
    assert loaded.studies.set_index("study_id").loc["sim2027", "title"] == ODD[0]
    take_back(folder)
    assert contents(folder) == before


def test_a_template_saved_by_a_spreadsheet_is_read(folder):
    plain = folder.parent / "plain"
    plain.mkdir()
    other = copy_of_data(plain)
    put(other, trial())
    path = write_rows(folder.parent / "excel.csv", trial())
    text = path.read_bytes().decode().replace("\r\n", "\n").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    assert run("add", path, "--data", folder).exit_code == 0
    assert contents(folder) == contents(other)


def change(position, **cells):
    """Return the trial with some cells of one row changed; `__` stands for the dot of a column."""
    rows = trial()
    rows[position] |= {name.replace("__", "."): value for name, value in cells.items()}
    return rows


BAD = {
    "blank study key": (0, "studies.study_id", "", 2, "first row needs the key"),
    "spaces in the key": (0, "studies.study_id", "sim 2027", 2, "a key has no spaces"),
    "blank title": (0, "studies.title", "", 2, "must be filled in"),
    "not a title": (0, "studies.title", "NA", 2, "must be filled in"),
    "unknown design": (0, "studies.design", "rct_paralel", 2, "Did you mean 'rct_parallel'"),
    "no address": (0, "studies.source", "a book", 2, "https://"),
    "year": (0, "studies.year", "27", 2, "at least 1900"),
    "more analysed than enrolled": (0, "studies.n_analysed", "61", 2, "more people analysed than enrolled"),
    "unknown overlap": (0, "studies.overlap_group", "og_none", 2, "overlaps.csv"),
    "unknown treatment": (2, "arms.treatment", "mnn", 4, "treatment in codes.csv"),
    "half a person": (2, "arms.n_arm", "30.5", 4, "whole number"),
    "blank arm": (0, "arms.arm_id", "", 2, "first row of an arm needs its letter"),
    "comma decimals": (1, "outcomes.mean", "8,0", 3, "point, not a comma: 8.0"),
    "text in a number": (1, "outcomes.sd", "about 3", 3, "plain number"),
    "negative SD": (1, "outcomes.sd", "-3", 3, "at least 0"),
    "no people": (1, "outcomes.n", "0", 3, "at least 1"),
    "usable without SD": (1, "outcomes.sd", "", 3, "needs sd"),
    "unknown outcome": (1, "outcomes.outcome", "gb_quant", 3, "Did you mean 'gb_quantitative'"),
    "baseline with a time": (0, "outcomes.timepoint_weeks", "6", 2, "week 0"),
    "outside the scale": (1, "outcomes.scale_max", "7", 3, ""),
    "unknown caution": (1, "outcomes.caution", "sd_asumed", 3, "'sd_assumed'"),
    "blank locator": (3, "outcomes.locator", "", 5, "must be filled in"),
    "key of a number": (1, "outcomes.result_id", "alam2014.r01", 3, "outcomes.csv has a row with this key"),
    "arm of a comparison": (4, "contrasts.arm_id_2", "c", 6, "sim2027 has no arm 'c'"),
    "no arm of a comparison": (4, "contrasts.arm_id_1", "", 6, "must be filled in"),
    "p above one": (4, "contrasts.p_num", "3", 6, "at most 1"),
    "blank direction": (4, "contrasts.direction", "", 6, "must be filled in"),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_a_bad_cell_is_named_with_its_row_in_the_template(review, case):
    position, column, value, line, remedy = case
    rows = trial()
    rows[position][column] = value
    if remedy == "":  # the mean lies outside the scale
        rows[position]["outcomes.scale_min"] = "0"
        column, value, remedy = "outcomes.mean", "8.0", "outside the scale, which runs from 0 to 7"
    found = refused(review, rows)
    place = f"trial.csv, row {line}, column {column}"
    assert any(each.startswith(place) and remedy in each for each in found), found
    shown = value.removesuffix(".0")
    assert value == "" or any(f"value '{shown}'" in each for each in found)


def test_all_bad_cells_are_named_at_once_with_those_between_tables(review):
    rows = trial()
    rows[0] |= {"studies.design": "rct", "studies.year": "soon", "studies.n_analysed": "99"}
    rows[1] |= {"outcomes.sd": "-1", "outcomes.outcome": ""}
    rows[2] |= {"arms.treatment": "needles"}
    rows[3] |= {"outcomes.source": "a book"}
    rows[4] |= {"contrasts.arm_id_2": "z", "contrasts.paired": "maybe"}
    found = refused(review, rows)
    named = [each.split(", value")[0].split(":")[0] for each in found]
    assert sorted(named) == [
        "trial.csv, row 2, column studies.design",
        "trial.csv, row 2, column studies.n_analysed",
        "trial.csv, row 2, column studies.year",
        "trial.csv, row 3, column outcomes.outcome",
        "trial.csv, row 3, column outcomes.sd",
        "trial.csv, row 4, column arms.treatment",
        "trial.csv, row 5, column outcomes.source",
        "trial.csv, row 6, column contrasts.arm_id_2",
        "trial.csv, row 6, column contrasts.paired",
    ]


def test_cells_of_a_study_that_contradict_each_other_are_named(review):
    found = refused(review, change(3, studies__label="Sim 2028", arms__treatment="peel"))
    [label] = [each for each in found if "studies.label" in each]
    assert label.startswith("trial.csv, row 5, column studies.label, value 'Sim 2028': row 2 says 'Sim 2027'")
    [treatment] = [each for each in found if "arms.treatment" in each]
    assert treatment.startswith("trial.csv, row 5, column arms.treatment, value 'peel': row 4 says 'mn'")


def test_a_study_may_be_repeated_in_every_row_and_completed_in_a_later_one(folder):
    rows = [STUDY | row for row in trial()]
    rows[3]["studies.country"] = "Egypt"
    put(folder, rows)
    [study] = [row for row in table(folder, "studies") if row["study_id"] == "sim2027"]
    assert study["country"] == "Egypt"


def test_a_cell_filled_in_later_is_named_where_it_stands(review):
    found = refused(review, change(3, studies__year="soon"))
    assert found[0].startswith("trial.csv, row 5, column studies.year, value 'soon'")


def test_two_studies_in_one_template(folder):
    second = [dict(row) for row in trial()]
    second[0] |= {"studies.study_id": "sim2028", "studies.label": "Sim 2028", "studies.title": "Quite other"}
    put(folder, trial() + second)
    assert [row["study_id"] for row in table(folder, "studies")][-2:] == ["sim2027", "sim2028"]
    entry = table(folder, "changelog")[-1]["change"]
    assert (
        entry == "Added 2 studies: sim2027 (Sim 2027), sim2028 (Sim 2028): 4 arms, 8 numbers, 2 comparisons"
    )


def test_unknown_and_missing_columns_are_named(review):
    rows = trial()
    rows[0]["outcomes.mena"] = "1"
    assert any("column outcomes.mena" in each and "'outcomes.mean'" in each for each in refused(review, rows))
    rows = trial()
    del rows[0]["studies.title"]
    assert any("column studies.title: the column is missing" in each for each in refused(review, rows))


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a workbook", "not a CSV file"),
        (b"studies.study_id;studies.label\nx;y\n", "not separated by commas"),
        ("studies.label\nM\u00fcller\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_a_file_that_is_no_template_is_named(folder, content, remedy):
    path = folder.parent / "trial.csv"
    path.write_bytes(content)
    result = run("add", path, "--data", folder)
    assert result.exit_code == 1
    assert remedy in result.output


def test_an_empty_template_and_a_missing_one(folder):
    place = folder.parent / "empty.csv"
    run("add", "--template", place, "--data", folder)
    result = run("add", place, "--data", folder)
    assert result.exit_code == 1
    assert "no row below the header" in result.output
    result = run("add", folder.parent / "nowhere.csv", "--data", folder)
    assert result.exit_code == 2
    assert "evidence add --template" in result.output


def existing(**wanted):
    """Return line and cells of the first study of the data that has all the columns wanted."""
    with (DATA / "studies.csv").open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        line = 2
        for row in reader:
            if all(row[name] if value is True else row[name] == value for name, value in wanted.items()):
                return line, row
            line = reader.line_num + 1
    raise AssertionError(wanted)


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("study_id", str.upper),
        ("doi", lambda cell: f"https://doi.org/{cell.upper()}"),
        ("pmid", lambda cell: f"PMID: {cell}"),
        ("registry", str.lower),
    ],
)
def test_a_study_that_is_there_already_is_an_error_that_names_its_row(review, column, written):
    line, row = existing(**{column: True})
    value = written(row[column])
    found = refused(review, change(0, **{f"studies__{column}": value}))
    [said] = [each for each in found if f"column studies.{column}," in each]
    assert f"value {value!r}: studies.csv, row {line} ({row['study_id']}) has this" in said


def test_the_doi_may_hide_in_the_source(review):
    line, row = existing(doi=True)
    found = refused(review, change(0, studies__source=f"https://doi.org/{row['doi']}"))
    assert any(
        "column studies.source" in each and f"row {line} ({row['study_id']})" in each for each in found
    )


def test_one_study_twice_in_a_template_is_an_error(review):
    second = [dict(row) for row in trial()]
    second[0] |= {"studies.study_id": "sim2028", "studies.doi": "10.1000/xyz1"}
    rows = trial() + second
    rows[0]["studies.doi"] = "10.1000/XYZ1"
    found = refused(review, rows)
    assert any(
        "row 7, column studies.doi" in each and "row 2 (sim2027) has this DOI" in each for each in found
    )


def test_a_study_much_like_another_is_asked_about(folder):
    before = contents(folder)
    _, row = existing(study_id="abbas2022")
    rows = change(0, studies__title=row["title"].replace("split-face", "split face").upper())
    rows[0]["studies.n_enrolled"] = row["n_enrolled"]
    for typed in ("n\n", ""):  # no, and nobody there to ask
        result = add(folder, rows, typed=typed)
        assert result.exit_code == 1
        assert "abbas2022" in result.output
        assert "another report of the same trial" in result.output
        assert "Nothing was written" in result.output
        assert contents(folder) == before
    assert add(folder, rows, "--yes").exit_code == 0


def doubts(review, rows):
    draft, _ = read_template(write_rows(review.folder.parent / "trial.csv", rows))
    return [str(each) for each in examine(review, draft)]


def test_only_a_study_of_the_same_size_is_much_like_another(review):
    _, row = existing(study_id="abbas2022")
    assert doubts(review, change(0, studies__title=row["title"], studies__n_enrolled="31")) == []
    assert doubts(review, trial()) == []
    same = change(0, studies__label="abbas et al. 2022", studies__n_enrolled=row["n_enrolled"])
    [said] = doubts(review, same)
    assert "abbas2022" in said


def test_a_spread_that_may_be_a_standard_error_is_asked_about(folder):
    rows = trial()
    rows[0]["outcomes.sd"], rows[1]["outcomes.sd"] = "0.6", "0.5"
    before = contents(folder)
    result = add(folder, rows, typed="n\n")
    assert result.exit_code == 1
    assert "trial.csv, row 3, column outcomes.sd" in result.output
    assert "standard error" in result.output
    assert contents(folder) == before
    assert add(folder, rows, typed="y\n").exit_code == 0


def with_interval():
    """Return a trial whose usable change rests on an interval that stands in contrasts.csv."""
    rows = trial()
    rows[1] |= {"outcomes.value_kind": "change", "outcomes.mean": "", "outcomes.sd": ""}
    rows[1] |= {"outcomes.change_mean": "8.1"}
    interval = {"contrasts.estimate": "8.1", "contrasts.ci_low": "7.0", "contrasts.ci_high": "9.2"}
    interval |= {"contrasts.arm_id_2": "baseline", "contrasts.contrast_type": "within_arm"}
    return [*rows, comparison() | interval | {"contrasts.effect_measure": "MD", "contrasts.paired": "yes"}]


class PowerCutError(Exception):
    """The machine stops."""


@pytest.mark.parametrize("writes", range(6))
def test_a_crash_between_two_files_leaves_valid_tables(folder, monkeypatch, writes):
    review = load(folder)
    draft, problems = read_template(write_rows(folder.parent / "trial.csv", with_interval()))
    assert not problems
    cut_after(monkeypatch, writes)
    if writes < 5:
        with pytest.raises(PowerCutError):
            add_module.add(review, draft)
    else:
        add_module.add(review, draft)
    monkeypatch.undo()
    load(folder)


@pytest.mark.parametrize("writes", range(5))
def test_a_crash_while_removing_leaves_valid_tables(folder, monkeypatch, writes):
    put(folder, with_interval())
    review = load(folder)
    gone = removal(review, "sim2027")
    cut_after(monkeypatch, writes)
    with pytest.raises(PowerCutError):
        remove(review, gone)
    monkeypatch.undo()
    load(folder)


@pytest.mark.parametrize("writes", range(5))
def test_a_file_that_cannot_be_written_puts_the_others_back(folder, monkeypatch, writes):
    before = contents(folder)
    cut_after(monkeypatch, writes, PermissionError("read-only"))
    with pytest.raises(InputError, match="cannot be written, so nothing was: read-only"):
        put(folder, trial())
    assert contents(folder) == before


def test_what_a_crash_left_can_be_removed(folder, monkeypatch):
    before = contents(folder)
    cut_after(monkeypatch, 2)
    with pytest.raises(PowerCutError):
        put(folder, trial())
    monkeypatch.undo()
    assert contents(folder) != before
    take_back(folder)
    assert contents(folder) == before


def cut_after(monkeypatch, writes, error=PowerCutError):
    done = []

    def write(path, content, whole=add_module.write_whole):
        if len(done) == writes:
            done.append(path)
            raise error
        done.append(path)
        return whole(path, content)

    monkeypatch.setattr(add_module, "write_whole", write)


def test_tables_with_problems_of_their_own_are_not_added_to(folder):
    path = folder / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("C1,", "C1 x,", 1), encoding="utf-8")
    before = contents(folder)
    result = add(folder, trial())
    assert result.exit_code == 1
    assert "claims.csv" in result.output
    assert contents(folder) == before


def test_a_file_without_a_last_line_end_gets_its_rows_and_loses_them_again(folder):
    path = folder / "arms.csv"
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    before = contents(folder)
    put(folder, [STUDY | arm("a", "mn") | score("baseline", "16", "3")])
    assert not (folder / "arms.csv").read_bytes().endswith(b"\n")
    take_back(folder)
    assert contents(folder) == before


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a,b\r\n1,2", '\ufeffa,b\n\n1,"x\r\ny"\n', "a,b\n"])
def test_lines_are_taken_apart_and_put_together_without_loss(text):
    assert "".join(record.raw for record in records(text)) == text
    more = with_rows(text, [{"a": 'new "one"', "b": "two\nlines"}])
    assert more.startswith(text)
    assert without_rows(more, lambda cells: cells["a"].startswith("new")) == text


def test_the_message_for_a_problem_can_be_read_aloud(review):
    found = refused(review, change(2, arms__treatment="mn_prpp"))
    assert found == [
        "trial.csv, row 4, column arms.treatment, value 'mn_prpp': 'mn_prpp' is not in the vocabulary"
        " treatment in codes.csv. Did you mean 'mn_prp'?"
    ]
