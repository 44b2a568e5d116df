"""The guided way checks each answer as it is given, can be taken back, and writes only at the end."""

from __future__ import annotations

import pytest

from copied_tables import contents, table
from living_data import SOURCE, run

pytestmark = pytest.mark.usefixtures("without_the_difference")

STUDY = ["sim2027", "Sim 2027", "A simulated trial, made up for a test", "", "rct_parallel"]
STUDY += ["", "", "assessor_blinded", "60", "", "", "", "", SOURCE, ""]
ARM_A = ["", "", "mn_prp", "", "needling, then platelets", "30", ""]
ARM_B = ["", "", "mn", "", "needling", "30", ""]
BASELINE = [
    "a",
    "gb_quantitative",
    "baseline",
    "Goodman-Baron quantitative",
    "worse",
    "",
    "30",
    "16.1",
    "3.2",
]
BASELINE += ["", "", "", "", ""]
FINAL = ["", "", "final", "", "", "3 months", "", "8.0", "2.9", "", "", "", "", ""]
COMPARISON = ["", "", "", "", "", "", "0.002", "", "favours mn_prp", "", "", ""]
ARMS = [*STUDY, *ARM_A, "y", *ARM_B, "n"]
ALL = [*ARMS, "y", *BASELINE, "y", *FINAL, "n", "y", *COMPARISON, "n"]


def guided(folder, answers):
    return run("add", "--data", folder, typed="".join(f"{each}\n" for each in answers))


def rows_of(folder, name):
    return [row for row in table(folder, name) if row["study_id"] == "sim2027"]


def test_a_study_is_added_by_answering(folder):
    result = guided(folder, [*ALL, "y"])
    assert result.exit_code == 0, result.output
    [study] = rows_of(folder, "studies")
    assert (study["randomised"], study["split_face"], study["needling"]) == ("yes", "no", "mn")
    assert [(row["arm_id"], row["treatment"], row["arm_kind"]) for row in rows_of(folder, "arms")] == [
        ("a", "mn_prp", "arm"),
        ("b", "mn", "arm"),
    ]
    first, second = rows_of(folder, "outcomes")
    assert (first["value_kind"], first["mean"], first["sd"], first["n"]) == ("baseline", "16.1", "3.2", "30")
    assert (first["timepoint_label"], first["primary_time"], first["source"]) == (
        "baseline",
        "baseline",
        SOURCE,
    )
    assert (second["value_kind"], second["scale_name"]) == ("final", "Goodman-Baron quantitative")
    assert (second["higher_is"], second["n"], second["usable"]) == ("worse", "30", "yes")
    [printed] = rows_of(folder, "contrasts")
    assert (printed["arm_id_1"], printed["arm_id_2"], printed["p_value"]) == ("a", "b", "0.002")
    assert run("check", folder).exit_code == 0


@pytest.mark.parametrize("end", ["n", "q", None])
def test_nothing_is_written_unless_one_says_so(folder, end):
    before = contents(folder)
    result = guided(folder, ALL if end is None else [*ALL, end])
    assert result.exit_code == 1
    assert "Nothing was written" in result.output
    assert contents(folder) == before


@pytest.mark.parametrize("answered", [0, 3, len(STUDY), len(STUDY) + 4, len(ARMS), len(ARMS) + 8])
@pytest.mark.parametrize("stop", ["q", None])
def test_stopping_anywhere_writes_nothing(folder, answered, stop):
    before = contents(folder)
    result = guided(folder, [*ALL[:answered], *([stop] if stop else [])])
    assert result.exit_code == 1
    assert "Nothing was written" in result.output
    assert contents(folder) == before


WRONG = [
    (0, "sim 2027", "a key has no spaces"),
    (0, "", "must be filled in"),
    (4, "rct_paralel", "Nearest: rct_parallel"),
    (8, "sixty", "plain number"),
    (8, "0", "at least 1"),
    (8, "60.5", "whole number"),
    (13, "a book", "https://"),
    (14, "doii=10.1000/x", "Did you mean 'doi'?"),
    (14, "year=27", "at least 1900"),
    (14, "no column", "write name=value"),
    (len(STUDY) + 2, "mn_prpp", "Nearest: mn_prp"),
    (len(ARMS) + 1, "c", "the study has the arms a, b"),
    (len(ARMS) + 5, "", "this is needed"),
    (len(ARMS) + 8, "16,1", "point, not a comma: 16.1"),
    (len(ARMS) + 9, "-3", "at least 0"),
]


@pytest.mark.parametrize(("place", "answer", "said"), WRONG, ids=[f"{w[1]} at {w[0]}" for w in WRONG])
def test_a_wrong_answer_is_explained_and_asked_again(folder, place, answer, said):
    result = guided(folder, [*ALL[:place], answer])
    assert said in result.output
    question = result.output.split(said)[-1]
    assert ":" in question or "More columns?" in question  # the same question again


def test_wrong_answers_do_no_harm(folder):
    answers = [*ALL, "y"]
    for place, answer, _ in sorted(WRONG, reverse=True):
        answers.insert(place, answer)
    result = guided(folder, answers)
    assert result.exit_code == 0, result.output
    assert len(rows_of(folder, "outcomes")) == 2


def test_codes_are_listed_when_asked_for(folder):
    result = guided(folder, [*ALL[: len(STUDY) + 2], "?"])
    assert "mn_tca_cross" in result.output
    assert "laser_ablative_fractional" in result.output


def test_a_step_can_be_taken_back(folder):
    # The label is taken back and given anew; then the whole first arm, after it was complete.
    answers = ["sim2027", "Wrong", "<", "Sim 2027", *STUDY[2:]]
    answers += [*ARM_A, "<", "", "", "mn_prf", "", "fibrin", "", "", "n", "n", "n", "y"]
    result = guided(folder, answers)
    assert result.exit_code == 0, result.output
    assert rows_of(folder, "studies")[0]["label"] == "Sim 2027"
    [arm] = rows_of(folder, "arms")
    assert (arm["treatment"], arm["treatment_detail"], arm["n_arm"]) == ("mn_prf", "fibrin", "30")


def test_going_back_from_the_first_question_asks_it_again(folder):
    result = guided(folder, ["<", *ARMS, "n", "n", "y"])
    assert "This is the first question." in result.output
    assert result.exit_code == 0, result.output


def test_a_row_that_breaks_a_rule_between_cells_is_asked_again(folder):
    events = [
        "a",
        "responder",
        "events",
        "half better",
        "ge50_pct",
        "3 months",
        "31",
        "30",
        "",
        "",
        "",
        "",
        "",
    ]
    again = ["", "", "", "", "", "", "21", "", "", "", "", "", ""]
    result = guided(folder, [*ARMS, "y", *events, *again, "n", "n", "y"])
    assert "number 1, column outcomes.events, value '31': more events than people" in result.output
    assert result.exit_code == 0, result.output
    [row] = rows_of(folder, "outcomes")
    assert (row["events"], row["total"], row["threshold_class"]) == ("21", "30", "ge50_pct")


def test_a_change_may_get_its_interval_from_a_comparison(folder):
    change = [
        "a",
        "gb_quantitative",
        "change",
        "Goodman-Baron quantitative",
        "worse",
        "3 months",
        "30",
        "8.1",
        "",
    ]
    change += ["", "", "", "", ""]
    # Without the interval the change is incomplete; the last row is asked again, and the interval follows.
    interval = ["a", "baseline", "", "", "", "MD", "8.1", "7.0", "9.2", "", "", "improved", "", "", ""]
    result = guided(folder, [*ARMS, "y", *change, "n", "n", *[""] * 14, "n", "y", *interval, "n", "y"])
    assert "its interval in contrasts.csv" in result.output
    assert result.exit_code == 0, result.output
    [printed] = rows_of(folder, "contrasts")
    assert (printed["contrast_type"], printed["paired"], printed["ci_high"]) == ("within_arm", "yes", "9.2")


def test_further_columns_and_blanks(folder):
    study = [*STUDY[:8], "-", *STUDY[9:14], "country=Egypt", "note=one = two", "country=", ""]
    result = guided(folder, [*study, *ARM_A, "n", "n", "n", "y"])
    assert result.exit_code == 0, result.output
    [row] = rows_of(folder, "studies")
    assert (row["n_enrolled"], row["country"], row["note"]) == ("", "", "one = two")


def test_a_study_that_is_there_already_is_refused_at_once(folder):
    result = guided(folder, ["abbas2022", *STUDY[1:]])
    assert "studies.csv, row 2 (abbas2022) has this key already" in result.output
