"""A short run of every target stays clean, and the judge notices what it is there for."""

import itertools
import math
import shutil
import warnings
from types import SimpleNamespace

import pytest

from copied_tables import contents
from evidence.errors import FewStudiesWarning, InputError
from evidence.tables.schema import TABLES
from fuzz import campaign, commands, effect_sizes, networks, pooling, questions, small_tables, tables
from fuzz.campaign import Target, run
from fuzz.judge import FINDING, REFUSAL, RESULT, judge
from fuzz.processes import shared_by
from fuzz.results import store, stored, unfinished
from fuzz.variants import neighbours

# Inputs and a seed of which some give a result and some are refused.
SHORT = {
    "escalc": (200, 3),
    "network": (200, 3),
    "pool": (150, 3),
    "metareg": (100, 3),
    "proportion": (80, 6),
    "mantel_haenszel": (60, 3),
    "peto": (60, 3),
    "glmm": (60, 14),
    "beta_binomial": (50, 3),
}
TARGETS = {each.name: each for each in (effect_sizes.TARGET, networks.TARGET, *pooling.TARGETS)}


@pytest.fixture
def few_tables(folder, monkeypatch):
    """Let the target of tables work in a folder of the test."""
    before = {name: (folder / f"{name}.csv").read_bytes() for name in TABLES}
    monkeypatch.setattr(tables, "folder", lambda: folder)
    monkeypatch.setattr(tables, "contents", lambda: before)
    return folder


@pytest.fixture
def project(folder, monkeypatch):
    """Let command lines run in a folder of the test."""
    whole = folder.parent
    (whole / "beside").mkdir()
    for name in ("project", "before"):
        shutil.copytree(folder, whole / name / "data")
    monkeypatch.setattr(commands, "project", lambda: whole / "project")
    return whole / "project"


def fine(_result):
    return ()


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_is_clean(name):
    inputs, seed = SHORT[name]
    tally = run(TARGETS[name], inputs, seed)
    assert not tally.findings
    assert tally.inputs == inputs
    assert tally.counts[RESULT]
    assert tally.counts[REFUSAL]


def test_a_short_run_on_tables_is_clean(few_tables):
    before = contents(few_tables)
    tally = run(tables.TARGET, 4, 1)
    assert not tally.findings
    assert contents(few_tables) == before


def test_a_short_run_on_questions_is_clean():
    before = contents(small_tables.folder())
    tally = run(questions.TARGET, 80, 1)
    assert not tally.findings
    assert tally.counts[RESULT]
    assert tally.counts[REFUSAL]
    assert contents(small_tables.folder()) == before


def test_a_question_whose_tables_do_not_load_is_asked_once():
    wrong = questions.Asked("Q1b", (questions.Cell("outcomes", 1, "n", "-3"),))
    assert questions.judged(wrong).kind == REFUSAL
    assert list(questions.every_choice(wrong)) == [wrong]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"study_id\n", b"a,b\r\n1", b"\x00", "\ufeff\u2028".encode(), b'"' * 99, b"," * 99],
)
@pytest.mark.usefixtures("few_tables")
def test_odd_bytes_are_refused(raw):
    assert tables.judged(("scales", raw)).kind == REFUSAL


def test_a_result_and_a_refusal_are_told_apart():
    assert judge(lambda: 1, fine).kind == RESULT
    assert judge(lambda: (_ for _ in ()).throw(InputError("no")), fine).kind == REFUSAL


def raised():
    return {}["nothing"]


def warned():
    warnings.warn("overflow", RuntimeWarning, stacklevel=1)


def hung():
    for _ in itertools.count():
        pass


def silent():
    raise InputError("")


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        (raised, "KeyError"),
        (warned, "RuntimeWarning: overflow"),
        (hung, "more than 0.2 s"),
        (silent, "a message of 0 letters"),
    ],
)
def test_what_is_planted_is_found(planted, said):
    verdict = judge(planted, fine, longest=0.2)
    assert verdict.kind == FINDING
    assert said in verdict.what


def test_a_warning_of_ours_is_no_finding():
    def call():
        warnings.warn("few", FewStudiesWarning, stacklevel=1)

    assert judge(call, fine).kind == RESULT


def test_a_handler_of_errors_cannot_swallow_a_hang():
    def call():
        while True:
            try:
                hung()
            except Exception:  # noqa: BLE001 (as careless code would)
                continue

    assert judge(call, fine, longest=0.2).kind == FINDING


POOLED = {"estimate": 0.1, "se": 0.1, "ci_low": 0.0, "ci_high": 0.2, "p": 0.5, "tau2": 0.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("estimate", math.nan), ("ci_high", math.inf), ("ci_low", 0.15), ("p", 2.0), ("se", -1.0)],
)
def test_a_gap_or_an_impossible_number_in_a_result_is_found(name, value):
    assert not list(pooling.sound(SimpleNamespace(**POOLED)))
    assert list(pooling.sound(SimpleNamespace(**(POOLED | {name: value}))))


def test_a_run_that_finds_something_says_what_and_for_which_input():
    target = Target("planted", "", effect_sizes.TARGET.inputs, lambda _: judge(raised, fine))
    tally = run(target, 20, 1)
    assert tally.row() == {"inputs": 20, "results": 0, "refusals": 0, "findings": 20}
    [(verdict, given)] = tally.findings.items()
    assert verdict.what == "KeyError"
    assert "measure" in given


def interrupted_after(many):
    seen = itertools.count()

    def judged(_case):
        if next(seen) == many:
            raise KeyboardInterrupt
        return judge(lambda: 1, fine)

    return Target("one", "", effect_sizes.TARGET.inputs, judged)


def test_a_run_that_is_interrupted_keeps_the_blocks_that_were_whole(monkeypatch):
    monkeypatch.setattr(campaign, "BLOCK", 10)
    tally = run(interrupted_after(25), 40, 1)
    assert (tally.inputs, tally.blocks) == (20, 2)


def test_a_run_goes_on_where_it_was_stopped(monkeypatch, tmp_path):
    monkeypatch.setattr(campaign, "BLOCK", 10)
    target = Target("one", "", effect_sizes.TARGET.inputs, effect_sizes.TARGET.judged)
    path = tmp_path / "fuzzing.csv"
    store(target, run(target, 20, 1), 1, path, since="2026-01-02")
    before, since = unfinished(target, 40, 1, path)
    assert (before.inputs, before.blocks, since) == (20, 2, "2026-01-02")
    assert run(target, 40, 1, before=before).counts == run(target, 40, 1).counts


def test_a_remark_stays_with_a_run_that_goes_on_and_goes_with_one_that_begins_anew(tmp_path):
    path, target = tmp_path / "fuzzing.csv", effect_sizes.TARGET
    tally = run(target, 3, 1)
    store(target, tally, 1, path)
    path.write_text(path.read_text().rstrip("\n") + "looked at\n")
    for since, remark in (("2026-01-02", "looked at"), (None, "")):
        store(target, tally, 1, path, since=since)
        assert [row["remark"] for row in stored(path)] == [remark]


@pytest.mark.parametrize(("many", "seed"), [(20, 1), (40, 2)])
def test_a_run_that_was_finished_or_has_another_seed_is_not_gone_on_with(many, seed, tmp_path):
    path = tmp_path / "fuzzing.csv"
    store(effect_sizes.TARGET, run(effect_sizes.TARGET, 20, 1), 1, path)
    assert unfinished(effect_sizes.TARGET, many, seed, path) == (campaign.Tally(), None)


def test_two_processes_judge_as_many_inputs():
    tally = run(effect_sizes.TARGET, 300, 1, blocks=shared_by(2))
    assert tally.inputs == 300
    assert tally.counts[RESULT]
    assert tally.counts[REFUSAL]


def test_a_result_takes_the_place_of_the_one_before(tmp_path):
    tally = run(Target("one", "", effect_sizes.TARGET.inputs, lambda _: judge(lambda: 1, fine)), 3, 1)
    for seed in (1, 2):
        store(SimpleNamespace(name="one", about=""), tally, seed, tmp_path / "fuzzing.csv")
    store(SimpleNamespace(name="two", about=""), tally, 1, tmp_path / "fuzzing.csv")
    rows = stored(tmp_path / "fuzzing.csv")
    assert [(row["target"], row["seed"], row["inputs"]) for row in rows] == [
        ("one", "2", "3"),
        ("two", "1", "3"),
    ]


def test_neighbours_differ_in_one_column():
    for each in list(neighbours({"yi": [1.0, 2.0], "vi": [0.1, 0.2]}))[1:]:
        assert (each["yi"] == [1.0, 2.0]) or (each["vi"] == [0.1, 0.2])


@pytest.mark.parametrize(
    "words",
    [
        ["check", "nowhere"],
        ["nonsense"],
        ["figures", "nonsense"],
        ["log", "x\ny"],
        ["remove", "nobody", "--yes"],
        ["r-twin", "", "--csv", "out"],
        ["add", "--data", "x" * 300],
        ["diff", "x" * 300],
    ],
)
@pytest.mark.usefixtures("project")
def test_junk_on_the_command_line_is_refused(words):
    assert commands.judged(words).kind == REFUSAL


def test_a_command_that_ends_with_a_traceback_is_found():
    assert list(commands.sound(commands.Ended(1, "Traceback (most recent call last)"))) == ["a traceback"]
    assert list(commands.sound(commands.Ended(3, "?"))) == ["exit code 3"]
    assert list(commands.sound(commands.Ended(1, " "))) == ["a failure without a word"]
    assert not list(commands.sound(commands.Ended(2, "No such thing.")))


@pytest.mark.usefixtures("project")
def test_an_error_of_another_kind_in_a_command_is_found(monkeypatch):
    monkeypatch.setattr(commands, "_run", lambda _words: raised())
    assert commands.judged(["check"]).what == "KeyError"
